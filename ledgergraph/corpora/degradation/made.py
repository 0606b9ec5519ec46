"""Made documents as they arrive: their pages as pictures, through presets.

Not here: which documents there are (rendering), one page through one preset (degradation).
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from zlib import crc32

import numpy as np
from PIL import Image

from ledgergraph.corpora.annotations import Annotation
from ledgergraph.corpora.degradation import degraded, only_page
from ledgergraph.corpora.degradation.presets import Preset
from ledgergraph.corpora.rendering import MadeDocument
from ledgergraph.corpora.rendering.looks import LAYOUTS, RECEIPT
from ledgergraph.corpora.rendering.pictures import pages_of

PDF = "application/pdf"
OF_ROLLS = ("worn_receipt",)
"""Presets of what happens to receipts alone: letters are not printed on thermal paper."""
SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg"}


def degraded_documents(
    made: Iterable[MadeDocument], presets: Sequence[Preset], seed: int, dpi: float = 150
) -> Iterator[tuple[Annotation, bytes]]:
    """Each page of each document as a picture through one of some presets, drawn by document.

    Gives annotations with their files, as `degraded` does, named by their medium. The
    pages of a document go through the same preset. Documents without pages (XML) are left
    out. `presets` holds at least one, twice what is to be twice as frequent; `worn_receipt` is
    for receipts of tills, and for other papers only where there is none beside it. `dpi` is
    that of pages of PDF.
    """
    of_letters = [preset for preset in presets if preset.name not in OF_ROLLS] or presets
    for one in made:
        name = one.annotation.annotation_id
        rng = np.random.default_rng([seed, crc32(name.encode()), 1])
        fitting = presets if _is_roll(one.annotation) else of_letters
        preset = fitting[int(rng.integers(len(fitting)))]
        for page, picture in enumerate(_pictures(one, dpi)):
            shown = np.asarray(picture.convert("RGB"))
            new, data = degraded(only_page(one.annotation, page), shown, preset, seed)
            # The page alone is in no corpus: the family is that of the document.
            named = f"{new.annotation_id}{SUFFIXES[new.media_type or '']}"
            yield replace(new, annotation_id=named, derived_from=name), data


def _is_roll(annotation: Annotation) -> bool:
    layout = LAYOUTS.get(annotation.template or "")
    return layout is not None and layout.family == RECEIPT


def _pictures(one: MadeDocument, dpi: float) -> Iterator[Image.Image]:
    if one.annotation.media_type == PDF:
        yield from pages_of(one.data, dpi)
    elif one.annotation.pages:
        with Image.open(io.BytesIO(one.data)) as picture:
            yield picture
