"""Strips of pages with the boxes of readings drawn on them, as PNG.

A strip is as wide as its page, so that a value is seen beside its label. Of a page that was
laid on its side, on its head or askew it shows the page upright, as it was read.
"""

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from ledgergraph.anomalies.subjects import Row
from ledgergraph.documents.images import frame_of, image_format
from ledgergraph.documents.limits import Limits
from ledgergraph.evidence import Box, Page, Word
from ledgergraph.extractions.turning import STRAIGHT, quarters, tilt, upright

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
    """A part of a page and the readings that are framed on it; `page` counts from 0.

    `boxes` are those of the readings, `top` and `bottom` of the strip, all on the page upright;
    `sheet` is the page as it is shown, where that is another way up.
    """

    document_id: str
    page: int
    top: float
    bottom: float
    readings: tuple[Row, ...]
    boxes: tuple[Box, ...]
    sheet: Page | None = None


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


Askew = Mapping[tuple[str, int], Page]
"""Pages whose print is turned (`extractions.turning`), by document and page."""


def strips_of(readings: Iterable[Row], askew: Askew | None = None) -> list[Strip]:
    """The strips that show all boxed readings; boxes near one another share one."""
    boxed = [row for row in readings if row["page"] is not None and row["x0"] is not None]
    place = ("document_id", "page")
    boxed.sort(key=lambda row: (*(row[name] for name in place), row["y0"], row["x0"]))
    strips: list[Strip] = []
    for (document_id, page), rows in groupby(boxed, key=lambda row: tuple(row[n] for n in place)):
        sheet = (askew or {}).get((document_id, page))
        for near in _near([_Boxed(row, _box(row, sheet), _margin(row)) for row in rows]):
            top = min(one.top for one in near)
            bottom = max(one.bottom for one in near)
            own, boxes = (tuple(one.row for one in near), tuple(one.box for one in near))
            strips.append(Strip(document_id, page, max(top, 0.0), bottom, own, boxes, sheet))
    return strips


@dataclass(frozen=True)
class _Boxed:
    """A reading with its box on the page upright, and how much is shown around it."""

    row: Row
    box: Box
    share: float | None

    @property
    def margin(self) -> float:
        return MARGIN if self.share is None else self.share * (self.box.y1 - self.box.y0)

    @property
    def top(self) -> float:
        return self.box.y0 - self.margin

    @property
    def bottom(self) -> float:
        return self.box.y1 + self.margin


def _box(row: Row, sheet: Page | None) -> Box:
    box = Box(*(float(row[name]) for name in ("x0", "y0", "x1", "y1")))
    if sheet is None:
        return box
    return upright(sheet, [Word(sheet.document_id, sheet.page, "", box)])[1][0].box


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


def _margin(row: Row) -> float | None:
    """How much is shown around a box in heights of it; null where it is `MARGIN` points."""
    return LINES_OF_MARGIN if row.get("box_unit") == "px" else None


def _near(rows: list[_Boxed]) -> list[list[_Boxed]]:
    groups: list[list[_Boxed]] = []
    bottom = float("-inf")
    for one in sorted(rows, key=lambda one: (one.box.y0, one.box.x0)):
        if one.top > bottom:
            groups.append([])
        groups[-1].append(one)
        bottom = max(bottom, one.bottom)
    return groups


def _of_page(page: "PdfPage", strip: Strip, width_px: int) -> Picture:
    across, down = page.get_size()
    width, height = _upright_size(across, down, strip.sheet)
    scale = width_px / width
    return _picture(page.render(scale=scale).to_pil(), strip, scale, height)


def _of_image(frame: "Image.Image", strip: Strip, width_px: int) -> Picture:
    width, height = _upright_size(frame.width, frame.height, strip.sheet)
    scale = width_px / width
    size = (max(round(frame.width * scale), 1), max(round(frame.height * scale), 1))
    return _picture(frame.resize(size), strip, scale, height)


def _upright_size(width: float, height: float, sheet: Page | None) -> tuple[float, float]:
    turns = quarters(sheet.turned_degrees or 0.0) if sheet else 0
    return (height, width) if turns % 2 else (width, height)


def _upright(page: "Image.Image", sheet: Page | None) -> "Image.Image":
    """The picture of a page turned back, by quarters first, about its middle."""
    from PIL import Image

    degrees = sheet.turned_degrees or 0.0 if sheet else 0.0
    back = page.rotate(90 * quarters(degrees), expand=True)
    if abs(tilt(degrees)) < STRAIGHT:
        return back
    return back.rotate(tilt(degrees), Image.Resampling.BICUBIC, fillcolor="white")


def _picture(page: "Image.Image", strip: Strip, scale: float, height: float) -> Picture:
    """A strip of a page that is shown at a scale, with the boxes drawn on it."""
    from PIL import Image, ImageDraw

    shown = _upright(page.convert("RGB"), strip.sheet)
    top, bottom = strip.top * scale, min(strip.bottom, height) * scale
    over = Image.new("RGBA", shown.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(over)
    padding = PADDING * shown.width
    for box in strip.boxes:
        x0, y0, x1, y1 = (edge * scale for edge in (box.x0, box.y0, box.x1, box.y1))
        corners = (x0 - padding, y0 - padding, x1 + padding, y1 + padding)
        draw.rectangle([round(edge) for edge in corners], fill=FILL, outline=(*FRAME, 255), width=2)
    shown.paste(over, mask=over)
    part = shown.crop((0, round(top), shown.width, max(round(bottom), round(top) + 1)))
    sink = io.BytesIO()
    part.quantize(COLOURS, dither=Image.Dither.NONE).save(sink, "PNG", optimize=True)
    return Picture(sink.getvalue(), part.width, part.height)
