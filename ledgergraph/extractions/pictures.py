"""Pages as pictures for an engine, and its words as words of the page.

Belongs here: frames of images and renderings of PDF pages without usable text, made as
large as an engine looks at, and boxes brought back to the page's own unit. Not here:
recognising (engines), and text that a file itself carries (transcripts).
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pypdfium2 as pdfium

from ledgergraph.documents.images import frames_of
from ledgergraph.documents.limits import Limits
from ledgergraph.evidence import Box, Page, Word
from ledgergraph.extractions.engines import GIVEN_UP, Picture, Sight
from ledgergraph.extractions.strokes import strokes_of_picture

if TYPE_CHECKING:
    from PIL import Image

LONGEST = 2000
"""Pixels of the longer side of a picture, unless it is slender: engines look at no more."""
SLENDER = 3.0
"""A page so many times longer than wide is slender."""
MOST = 12_000
"""Pixels of the longer side of any picture."""
DPI = 200
"""A page of a PDF is rendered at most so fine."""


@dataclass(frozen=True)
class Scan:
    """A page to be recognised; the picture has `scale` pixels for each unit of the page."""

    page: Page
    picture: Picture | None
    scale: float


def scans_of_image(document_id: str, data: bytes, format: str, limits: Limits) -> Iterator[Scan]:
    """The pages of an image, in its own pixels; raises BadInput as `frames_of`."""
    for number, frame in enumerate(frames_of(data, format, limits)):
        page = Page(document_id, number, float(frame.width), float(frame.height), "px")
        scale = min(1.0, _longest(frame.width, frame.height) / max(frame.size))
        if scale < 1.0:
            size = (max(round(frame.width * scale), 1), max(round(frame.height * scale), 1))
            frame = frame.resize(size, reducing_gap=3.0)
        yield _scan(page, _picture(frame), scale)


def scans_of_pdf(pdf: bytes, pages: Sequence[Page]) -> Iterator[Scan]:
    """Some pages of a PDF, rendered as they are shown, in points."""
    if not pages:
        return
    with closing(pdfium.PdfDocument(pdf)) as document:
        for page in pages:
            longest = max(page.width, page.height)
            most = _longest(page.width, page.height)
            scale = min(DPI / 72, most / longest) if longest > 0 else 0.0
            if min(page.width, page.height) * scale < 1:
                yield Scan(page, None, 1.0)
                continue
            with closing(document[page.page]) as sheet:
                yield _scan(page, _picture(sheet.render(scale=scale).to_pil()), scale)


def _scan(page: Page, picture: Picture | None, scale: float) -> Scan:
    """A page to be recognised, with the strokes on its picture; those that its file draws stay."""
    drawn = () if picture is None or page.strokes else strokes_of_picture(picture)
    strokes = (Box(b.x0 / scale, b.y0 / scale, b.x1 / scale, b.y1 / scale) for b in drawn)
    return Scan(replace(page, strokes=page.strokes or tuple(strokes)), picture, scale)


def _longest(width: float, height: float) -> float:
    """Pixels that the longer side of a page may have; a long receipt is not made thin."""
    slender = max(width, height) / min(width, height) if min(width, height) > 0 else 1.0
    return min(LONGEST * max(slender / SLENDER, 1.0), MOST)


def _picture(image: "Image.Image") -> Picture | None:
    """The pixels of an image; null where it is of one colour, and so has no text."""
    shown = image.convert("RGB")
    low_and_high = shown.convert("L").getextrema()
    if low_and_high[0] == low_and_high[1]:
        return None
    return Picture(shown.width, shown.height, shown.tobytes())


def recognised_page(scan: Scan, sight: Sight, engine: str) -> tuple[Page, list[Word]]:
    """A page with its words; its quality is how sure the engine is of their characters."""
    page, looks = scan.page, sight.looks
    words = []
    for one in sight.words:
        box = one.box
        shown = Box(
            round(box.x0 / scan.scale, 2), round(box.y0 / scan.scale, 2),
            round(min(box.x1 / scan.scale, page.width), 2),
            round(min(box.y1 / scan.scale, page.height), 2),
        )  # fmt: skip
        if shown.x0 < shown.x1 and shown.y0 < shown.y1:
            words.append(Word(page.document_id, page.page, one.text, shown, one.confidence, engine))
    letters = sum(len(word.text) for word in words)
    sure = sum(len(word.text) * word.confidence for word in words)
    height = looks.letter_height
    seen = replace(
        page,
        quality=round(sure / letters, 4) if letters else 0.0,
        turned_degrees=sight.turned_degrees,
        sharpness=looks.sharpness,
        contrast=looks.contrast,
        noise=looks.noise,
        letter_height=None if height is None else round(height / scan.scale, 2),
        recovery=sight.recovery if sight.fault is None else f"{GIVEN_UP}{sight.fault}",
    )
    return seen, words
