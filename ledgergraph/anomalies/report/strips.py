"""Strips of pages with the boxes of readings drawn on them, as PNG.

A strip is as wide as its page, so that a value is seen beside its label.
"""

import base64
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from ledgergraph.anomalies.subjects import Row
from ledgergraph.evidence import Box

MARGIN = 36.0
"""How much of the page is shown above and below a box, in points."""
PADDING = 2.0
"""How far the drawn frame stands off the box, in points."""
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
            top = min(row["y0"] for row in near) - MARGIN
            bottom = max(row["y1"] for row in near) + MARGIN
            strips.append(Strip(document_id, page, max(top, 0.0), bottom, tuple(near)))
    return strips


def pictures_of(pdf: bytes, strips: Sequence[Strip], width_px: int) -> list[Picture]:
    """The strips of one PDF as pictures of that width; equal input gives equal bytes."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        return [_picture(document[strip.page], strip, width_px) for strip in strips]
    finally:
        document.close()


def _near(rows: list[Row]) -> list[list[Row]]:
    groups: list[list[Row]] = []
    bottom = float("-inf")
    for row in rows:
        if row["y0"] - MARGIN > bottom:
            groups.append([])
        groups[-1].append(row)
        bottom = max(bottom, row["y1"] + MARGIN)
    return groups


def _picture(page: "pypdfium2.PdfPage", strip: Strip, width_px: int) -> Picture:  # type: ignore[name-defined]  # noqa: F821
    from PIL import Image, ImageDraw

    width, height = page.get_size()
    scale = width_px / width
    shown = page.render(scale=scale).to_pil().convert("RGB")
    top, bottom = strip.top * scale, min(strip.bottom, height) * scale
    over = Image.new("RGBA", shown.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(over)
    for row in strip.readings:
        box = _frame(row)
        corners = tuple(round(value * scale) for value in (box.x0, box.y0, box.x1, box.y1))
        draw.rectangle(corners, fill=FILL, outline=(*FRAME, 255), width=2)
    shown.paste(over, mask=over)
    part = shown.crop((0, round(top), shown.width, max(round(bottom), round(top) + 1)))
    sink = io.BytesIO()
    part.quantize(COLOURS, dither=Image.Dither.NONE).save(sink, "PNG", optimize=True)
    return Picture(sink.getvalue(), part.width, part.height)


def _frame(row: Row) -> Box:
    x0, y0, x1, y1 = (row[name] for name in ("x0", "y0", "x1", "y1"))
    return Box(x0 - PADDING, y0 - PADDING, x1 + PADDING, y1 + PADDING)
