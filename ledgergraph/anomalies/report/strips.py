"""Strips of pages with the boxes of readings drawn on them, as PNG.

A strip is as wide as its page, so that a value is seen beside its label.
"""

import base64
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from ledgergraph.anomalies.subjects import Row
from ledgergraph.documents.images import frame_of, image_format
from ledgergraph.documents.limits import Limits

if TYPE_CHECKING:
    from PIL import Image
    from pypdfium2 import PdfPage

MARGIN = 36.0
"""How much of the page is shown above and below a box, in points."""
LINES_OF_MARGIN = 2.5
"""The same on an image, whose pixels are of any size, in heights of the box."""
PADDING = 1 / 300
"""How far the drawn frame stands off the box, as a share of the page's width."""
FRAME = (190, 24, 40)
FILL = (255, 214, 10, 70)
COLOURS = 24
"""Colours of a strip: enough for print, a frame and a logo, at a quarter of the bytes."""


@dataclass(frozen=True)
class Strip:
    """A part of a page and the readings that are framed on it; `page` counts from 0."""

    document_id: str
    page: int
    top: float
    bottom: float
    readings: tuple[Row, ...]


@dataclass(frozen=True)
class Picture:
    """A strip as PNG."""

    png: bytes
    width: int
    height: int

    @property
    def uri(self) -> str:
        """The picture as an address that carries it."""
        return "data:image/png;base64," + base64.b64encode(self.png).decode()


def strips_of(readings: Iterable[Row]) -> list[Strip]:
    """The strips that show all boxed readings; boxes near one another share one."""
    boxed = [row for row in readings if row["page"] is not None and row["x0"] is not None]
    place = ("document_id", "page")
    boxed.sort(key=lambda row: (*(row[name] for name in place), row["y0"], row["x0"]))
    strips: list[Strip] = []
    for (document_id, page), rows in groupby(boxed, key=lambda row: tuple(row[n] for n in place)):
        for near in _near(list(rows)):
            top = min(row["y0"] - _margin(row) for row in near)
            bottom = max(row["y1"] + _margin(row) for row in near)
            strips.append(Strip(document_id, page, max(top, 0.0), bottom, tuple(near)))
    return strips


def has_pages(data: bytes) -> bool:
    """Whether a document is one that strips can be cut from: a PDF or an image."""
    return data.startswith(b"%PDF") or image_format(data[:16]) is not None


def pictures_of(data: bytes, strips: Sequence[Strip], width_px: int) -> list[Picture]:
    """The strips of one PDF or image as pictures of that width; equal input, equal bytes."""
    if image_format(data[:16]) is not None:
        frames = {strip.page: frame_of(data, strip.page, Limits()) for strip in strips}
        return [_of_image(frames[strip.page], strip, width_px) for strip in strips]
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        return [_of_page(document[strip.page], strip, width_px) for strip in strips]
    finally:
        document.close()


def _margin(row: Row) -> float:
    is_image = row.get("box_unit") == "px"
    return LINES_OF_MARGIN * float(row["y1"] - row["y0"]) if is_image else MARGIN


def _near(rows: list[Row]) -> list[list[Row]]:
    groups: list[list[Row]] = []
    bottom = float("-inf")
    for row in rows:
        if row["y0"] - _margin(row) > bottom:
            groups.append([])
        groups[-1].append(row)
        bottom = max(bottom, row["y1"] + _margin(row))
    return groups


def _of_page(page: "PdfPage", strip: Strip, width_px: int) -> Picture:
    width, height = page.get_size()
    scale = width_px / width
    return _picture(page.render(scale=scale).to_pil(), strip, scale, height)


def _of_image(frame: "Image.Image", strip: Strip, width_px: int) -> Picture:
    scale = width_px / frame.width
    shown = frame.resize((width_px, max(round(frame.height * scale), 1)))
    return _picture(shown, strip, scale, float(frame.height))


def _picture(page: "Image.Image", strip: Strip, scale: float, height: float) -> Picture:
    """A strip of a page that is shown at a scale, with the boxes drawn on it."""
    from PIL import Image, ImageDraw

    shown = page.convert("RGB")
    top, bottom = strip.top * scale, min(strip.bottom, height) * scale
    over = Image.new("RGBA", shown.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(over)
    padding = PADDING * shown.width
    for row in strip.readings:
        x0, y0, x1, y1 = (row[name] * scale for name in ("x0", "y0", "x1", "y1"))
        corners = (x0 - padding, y0 - padding, x1 + padding, y1 + padding)
        draw.rectangle([round(edge) for edge in corners], fill=FILL, outline=(*FRAME, 255), width=2)
    shown.paste(over, mask=over)
    part = shown.crop((0, round(top), shown.width, max(round(bottom), round(top) + 1)))
    sink = io.BytesIO()
    part.quantize(COLOURS, dither=Image.Dither.NONE).save(sink, "PNG", optimize=True)
    return Picture(sink.getvalue(), part.width, part.height)
