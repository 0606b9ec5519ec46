"""What a transformer looks at when it reads a field, drawn over the page.

Not here: how attention is computed (models.layout_attention), what tags offer (spotting).
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ledgergraph.documents.limits import Limits
from ledgergraph.errors import BadInput
from ledgergraph.evidence import Box, Page, Word
from ledgergraph.extractions.page_views import shown
from ledgergraph.extractions.readers.page import viewed
from ledgergraph.extractions.readers.spotting import Placed, placed
from ledgergraph.extractions.readers.transformed import Spotter
from ledgergraph.models.contract import Floats
from ledgergraph.models.layout_attention import attended

LONGEST = 1400
"""Pixels of the longer side of the picture."""
LIGHT, OWN = (255, 140, 0), (47, 109, 179)
"""Of what it looks at, and around what it reads."""
MOST = 170
"""How much of 255 the colour covers where it looks most."""


@dataclass(frozen=True)
class Looked:
    """A picture (PNG) of a page, and the words that are looked at most, with their shares."""

    png: bytes
    value: str
    words: Sequence[tuple[str, float]]


def looked_at(
    spotter: Spotter, pages: Sequence[Page], words: Sequence[Word], data: bytes, field: str,
    limits: Limits,
) -> Looked:  # fmt: skip
    """What the transformer attends to when it reads a field of a document.

    `data` is the document's file. Raises: BadInput if the transformer does not read the field.
    """
    name = pages[0].document_id if pages else ""
    view = viewed(name, pages, words)
    offers = spotter.offers(view) if view is not None else {}
    if view is None or field not in offers:
        known = ", ".join(sorted(offers)) or "nothing"
        raise BadInput("not_read", f"It reads no {field} here. It reads {known}.")
    best = offers[field][0]
    own = placed(view.sheet.layout)
    places = [at for at, one in enumerate(own) if one.page == best.page and _is_in(one, best.box)]
    document = spotter.seen(view)
    found = attended(spotter.transformer, document, places)
    page = view.sheet.layout.by_number[best.page]
    drawn = _drawn(data, page, own, places, found.words, found.patches, limits)
    order = np.argsort(-found.words, kind="stable")[:10]
    return Looked(drawn, best.value, [(own[at].text, float(found.words[at])) for at in order])


def _is_in(word: Placed, box: Box) -> bool:
    x = (word.box.x0 + word.box.x1) / 2
    return box.x0 <= x <= box.x1 and box.y0 <= word.box.middle_y <= box.y1


def _drawn(
    data: bytes, page: Page, words: Sequence[Placed], places: Sequence[int], shares: Floats,
    patches: Floats, limits: Limits,
) -> bytes:  # fmt: skip
    from PIL import Image, ImageDraw

    picture = shown(data, page.page, limits, LONGEST)
    across, down = picture.width / (page.width or 1.0), picture.height / (page.height or 1.0)
    others = [share for at, share in enumerate(shares) if at not in places]
    most = max([*others, patches.max() if patches.size else 0.0, 1e-9])
    cover = Image.new("L", picture.size)
    if patches.size:
        light = (np.minimum(patches / most, 1.0) * MOST / 2).astype(np.uint8)
        cover = Image.fromarray(light).resize(picture.size, Image.Resampling.BILINEAR)
    pen = ImageDraw.Draw(cover)
    for one, share in zip(words, shares, strict=True):
        if one.page == page.page and share > 0:
            pen.rectangle(_corners(one.box, across, down), fill=int(min(share / most, 1) * MOST))
    picture.paste(Image.new("RGB", picture.size, LIGHT), mask=cover)
    pen = ImageDraw.Draw(picture)
    for at in places:
        pen.rectangle(_corners(words[at].box, across, down), outline=OWN, width=3)
    sink = io.BytesIO()
    picture.save(sink, format="png", optimize=True)
    return sink.getvalue()


def _corners(box: Box, across: float, down: float) -> tuple[float, float, float, float]:
    x0, y0 = box.x0 * across - 1, box.y0 * down - 1
    return x0, y0, max(box.x1 * across + 1, x0), max(box.y1 * down + 1, y0)
