"""Pages as pictures, with the truth in pixels, and contact sheets of many of them."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import pypdfium2 as pdfium
from PIL import Image

from ledgergraph.corpora.annotations import AnnotatedPage, Annotation
from ledgergraph.evidence import Box

POINTS_PER_INCH = 72
SHEET_DPI = 40
"""Of the pages on a contact sheet: to be told apart, not read."""
GAP = 6


def pages_of(pdf: bytes, dpi: float, most: int | None = None) -> Iterator[Image.Image]:
    """The pages of a PDF as pictures of that resolution, the first `most` of them."""
    with pdfium.PdfDocument(pdf) as document:
        for at in range(len(document) if most is None else min(most, len(document))):
            picture: Image.Image = document[at].render(scale=dpi / POINTS_PER_INCH).to_pil()
            yield picture.convert("RGB")


def png_of(picture: Image.Image, *, is_small: bool = False) -> bytes:
    """A picture as PNG; a small one has 64 colours."""
    held = io.BytesIO()
    kept = picture.quantize(64) if is_small else picture
    kept.save(held, "PNG", optimize=is_small, compress_level=9 if is_small else 3)
    return held.getvalue()


def of_page(annotation: Annotation, page: int, width: int, height: int) -> Annotation:
    """What stands on one page, with boxes in pixels of its picture.

    Fields of which nothing stands on the page are left out, unless no page has a word of them.
    """
    shown = annotation.pages[page]
    across, down = width / shown.width, height / shown.height
    kept = [at for at, word in enumerate(annotation.words) if word.page == page]
    place = {old: new for new, old in enumerate(kept)}

    def scaled(box: Box) -> Box:
        return Box(box.x0 * across, box.y0 * down, box.x1 * across, box.y1 * down)

    def moved(words: Sequence[int]) -> tuple[int, ...]:
        return tuple(place[one] for one in words if one in place)

    words = (annotation.words[at] for at in kept)
    return replace(
        annotation,
        pages=(AnnotatedPage(width, height, "px"),),
        words=tuple(replace(one, page=0, box=scaled(one.box)) for one in words),
        fields=tuple(
            replace(one, words=moved(one.words))
            for one in annotation.fields
            if not one.words or moved(one.words)
        ),
        cells=tuple(
            replace(one, page=0, box=scaled(one.box), words=moved(one.words))
            for one in annotation.cells
            if one.page == page
        ),
    )


def contact_sheet(pictures: Iterable[Image.Image], columns: int = 6, width: int = 130) -> bytes:
    """A PNG with pictures side by side, each as wide as the others and at most a page high."""
    tiles = [_tile(one, width) for one in pictures]
    if not tiles:
        return b""
    rows = [tiles[at : at + columns] for at in range(0, len(tiles), columns)]
    heights = [max(tile.height for tile in row) for row in rows]
    size = (columns * (width + GAP) + GAP, sum(heights) + GAP * (len(rows) + 1))
    sheet = Image.new("RGB", size, "#8a8f98")
    top = GAP
    for row, height in zip(rows, heights, strict=True):
        for at, tile in enumerate(row):
            sheet.paste(tile, (GAP + at * (width + GAP), top))
        top += height + GAP
    return png_of(sheet, is_small=True)


def _tile(picture: Image.Image, width: int) -> Image.Image:
    height = round(picture.height * width / picture.width)
    small = picture.resize((width, height), Image.Resampling.LANCZOS)
    return small.crop((0, 0, width, min(height, round(width * 1.45))))
