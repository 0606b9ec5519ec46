"""Degradation: a clean page as it arrives, scanned, faxed, photographed or worn; boxes follow.

Belongs here: pictures through the steps of a preset, and their annotations with them. Not
here: making clean pages (rendering), words that engines misread (text_noise), and how many
variants of what a corpus holds (sampling).

The same annotation, picture, preset and seed give the same bytes, whatever else is made.
What was printed stays the truth: a word under a stain is still stated.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import median
from zlib import crc32

import numpy as np

from ledgergraph.corpora.annotations import (
    AnnotatedPage,
    AnnotatedWord,
    Annotation,
    Cell,
    FieldTruth,
)
from ledgergraph.corpora.degradation.pixels import Move, Picture, Points
from ledgergraph.corpora.degradation.presets import LOOKS, SHIFTS, Preset
from ledgergraph.errors import BadInput
from ledgergraph.evidence import Box
from ledgergraph.identity import document_id_of

LETTERS_MM = 3.0
"""Height of a usual word's box: how large a millimetre is where pages are in pixels alone."""
USUAL_MM = 150 / 25.4
"""Pixels of a millimetre at 150 dots to the inch, where nothing says more."""
STEPS_ALONG = 5
"""Points on each side of a box that are moved: sides may bend."""


def degraded(
    annotation: Annotation, picture: Picture, preset: Preset, seed: int
) -> tuple[Annotation, bytes]:
    """One page through a preset: its annotation in pixels of the new picture, and its file.

    `picture` shows the annotation's one page, in any size; documents of several pages are
    taken apart with `only_page`. Words that end beyond the picture's edge are left out.

    Raises: BadInput `bad_picture` if the annotation has not one page, or the picture is none.
    """
    _require_one_page(annotation, picture)
    rng = np.random.default_rng([seed, crc32(annotation.annotation_id.encode()), 0])
    shown, moves = changed(picture, preset, rng, pixels_of_mm(annotation, picture))
    low, high = preset.quality
    data = _encoded(shown, preset, int(rng.integers(low, high + 1)))
    page = annotation.pages[0]
    scale = np.array([picture.shape[1] / page.width, picture.shape[0] / page.height])

    def moved(boxes: Sequence[Box]) -> list[Box]:
        return _moved(boxes, scale, moves)

    name = f"{annotation.name}+{preset.name}-{seed}"
    new = replace(
        _with_boxes(annotation, moved, shown.shape[1], shown.shape[0]),
        annotation_id=f"{annotation.source}/{name}",
        name=name,
        document_id=document_id_of(data),
        media_type=f"image/{preset.format}",
        preset=preset.name,
        derived_from=annotation.annotation_id,
    )
    return new, data


def changed(
    picture: Picture, preset: Preset, rng: np.random.Generator, mm: float
) -> tuple[Picture, list[Move]]:
    """A picture through the steps of a preset, and the moves of its points in their order.

    `mm` is how many pixels a millimetre has. Each step has random numbers of its own, so
    that whether one happens changes nothing in the others.
    """
    moves: list[Move] = []
    for step, own in zip(preset.steps, rng.spawn(len(preset.steps)), strict=True):
        if own.random() >= step.probability:
            continue
        strength = float(own.uniform(step.weakest, step.strongest))
        if step.effect in SHIFTS:
            picture, move = SHIFTS[step.effect](picture, own, strength, mm)
            moves.append(move)
        else:
            picture = LOOKS[step.effect](picture, own, strength, mm)
    return picture, moves


def only_page(annotation: Annotation, page: int) -> Annotation:
    """The annotation of one page of a document, as a document of its own.

    A field is kept if words of it stand on the page, or if none stand anywhere.
    """
    if len(annotation.pages) == 1:
        return annotation
    kept = [at for at, word in enumerate(annotation.words) if word.page == page]
    words = tuple(replace(annotation.words[at], page=0) for at in kept)
    places = {old: new for new, old in enumerate(kept)}
    name = f"{annotation.name}-p{page + 1}"
    return replace(
        annotation,
        annotation_id=f"{annotation.source}/{name}",
        name=name,
        pages=(annotation.pages[page],),
        words=words,
        fields=tuple(
            replace(one, words=own)
            for one in annotation.fields
            if (own := _kept(one.words, places)) or not one.words
        ),
        cells=tuple(
            replace(one, page=0, words=_kept(one.words, places))
            for one in annotation.cells
            if one.page == page
        ),
        derived_from=annotation.annotation_id,
    )


def pixels_of_mm(annotation: Annotation, picture: Picture) -> float:
    """How many pixels of a picture a millimetre of its page has.

    Known where the page is in points; else usual words are taken to be 3 mm high.
    """
    page = annotation.pages[0]
    if page.unit == "pt":
        return float(picture.shape[1] / page.width * 72 / 25.4)
    heights = [word.box.height for word in annotation.words if word.box.height > 0]
    if not heights:
        return USUAL_MM
    return float(max(median(heights) * picture.shape[0] / page.height / LETTERS_MM, 1.0))


def _require_one_page(annotation: Annotation, picture: Picture) -> None:
    name = annotation.annotation_id
    if len(annotation.pages) != 1:
        raise BadInput(
            "bad_picture",
            f"{name} has {len(annotation.pages)} pages, and a picture shows one. "
            "Degrade each alone: only_page(annotation, page).",
        )
    page = annotation.pages[0]
    is_fine = picture.ndim == 3 and picture.shape[2] == 3 and picture.dtype == np.uint8
    if not is_fine or min(picture.shape) == 0 or min(page.width, page.height) <= 0:
        raise BadInput(
            "bad_picture",
            f"The picture of {name} is {picture.dtype} {picture.shape} of a page of "
            f"{page.width:g} x {page.height:g}. Give bytes of three channels, and a page with a "
            "size.",
        )


def _encoded(picture: Picture, preset: Preset, quality: int) -> bytes:
    import cv2

    is_grey = bool((np.ptp(picture[::7, ::7], axis=2) == 0).all())
    shown = picture[:, :, 0] if is_grey and _is_grey(picture) else picture[:, :, ::-1]
    way = [cv2.IMWRITE_JPEG_QUALITY, quality] if preset.format == "jpeg" else []
    _, data = cv2.imencode(".jpg" if preset.format == "jpeg" else ".png", shown, way)
    return data.tobytes()


def _is_grey(picture: Picture) -> bool:
    red, green, blue = picture[:, :, 0], picture[:, :, 1], picture[:, :, 2]
    return np.array_equal(red, green) and np.array_equal(green, blue)


def _moved(boxes: Sequence[Box], scale: Points, moves: Sequence[Move]) -> list[Box]:
    """Boxes around where their sides go."""
    if not boxes:
        return []
    share = np.linspace(0, 1, STEPS_ALONG)
    none, full = np.zeros(STEPS_ALONG), np.ones(STEPS_ALONG)
    sides = np.concatenate(
        [np.column_stack(side) for side in ((share, none), (share, full), (none, share),
                                            (full, share))]
    )  # fmt: skip
    corners = np.array([(one.x0, one.y0, one.x1, one.y1) for one in boxes], float)
    low, size = corners[:, None, :2], (corners[:, 2:] - corners[:, :2])[:, None, :]
    points = ((low + sides[None] * size) * scale).reshape(-1, 2)
    for move in moves:
        points = move(points)
    points = points.reshape(len(boxes), -1, 2)
    low_high = np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)
    return [Box(*map(float, row)) for row in low_high]


def _with_boxes(
    annotation: Annotation, moved: Callable[[Sequence[Box]], list[Box]], width: int, height: int
) -> Annotation:
    """The annotation on a page in pixels, without what is beyond its edges."""
    boxes = [_cut(box, width, height) for box in moved([one.box for one in annotation.words])]
    kept = [at for at, box in enumerate(boxes) if box is not None]
    places = {old: new for new, old in enumerate(kept)}
    spans = [_cut(box, width, height) for box in moved([one.box for one in annotation.cells])]
    return replace(
        annotation,
        pages=(AnnotatedPage(float(width), float(height), "px"),),
        words=tuple(
            AnnotatedWord(0, annotation.words[at].text, box)
            for at, box in enumerate(boxes)
            if box is not None
        ),
        fields=tuple(_field(one, places) for one in annotation.fields),
        cells=tuple(
            _cell(one, box, places)
            for one, box in zip(annotation.cells, spans, strict=True)
            if box is not None
        ),
    )


def _field(field: FieldTruth, places: Mapping[int, int]) -> FieldTruth:
    return replace(field, words=_kept(field.words, places))


def _cell(cell: Cell, box: Box, places: Mapping[int, int]) -> Cell:
    return replace(cell, box=box, words=_kept(cell.words, places))


def _kept(words: Sequence[int], places: Mapping[int, int]) -> tuple[int, ...]:
    return tuple(places[at] for at in words if at in places)


def _cut(box: Box, width: int, height: int) -> Box | None:
    cut = Box(max(box.x0, 0.0), max(box.y0, 0.0), min(box.x1, width), min(box.y1, height))
    return cut if cut.x1 - cut.x0 > 1 and cut.y1 - cut.y0 > 1 else None
