"""Strokes: the straight lines that a page draws, level or upright, around and between its cells.

Belongs here: finding them among what a PDF draws, and on pictures of pages. Not here: what
they say of a table (readers.ruled). Edges of filled areas count as lines: stripes tell rows
apart as well.

Those of a PDF are thin boxes along their middles in its own space, those of a picture in pixels.
"""

import ctypes
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ledgergraph.evidence import Box

if TYPE_CHECKING:
    from ledgergraph.extractions.engines import Picture

Rectangle = tuple[float, float, float, float]
Point = tuple[float, float]
Matrix = tuple[float, float, float, float, float, float]

LEAST = 8.0
"""Points that a stroke is long at least: as high as one line of small print."""
THIN = 2.5
"""An area so thin, in points, is one line."""
SKEW = 0.5
"""Points that the ends of a level line may differ by."""
SAME = 1.0
"""Two lines so near, in points, are one, and pieces so far apart go on."""
HALF = 0.1
"""Points from the middle of a stroke to its edge, however thick it is drawn."""
WHITE = 245
"""An area as light as this, of 255, is not seen on paper."""
BOXES = range(4, 7)
"""Segments of a rectangle: it begins, has three or four sides, and may be closed by one more."""
MOST = 400
"""Strokes of a page: a drawing has more."""
MOST_OBJECTS, MOST_SEGMENTS = 20_000, 400
"""Objects of a page, and segments of one, that are looked at: what has more is a drawing."""
NEAR, DARKER = 31, 12
"""Ink is darker, by so many shades of 255, than what is around it within so many pixels."""
PARTS = 40
"""On a picture a stroke is long at least by this part of its longer side: no letter is."""
LEAN, THICKEST = 0.05, 6
"""And no thicker than so many pixels, and this share of its length that it may lean."""
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def strokes_of_picture(picture: "Picture") -> list[Box]:
    """The strokes on the pixels of a page, in pixels, aslant ones within their box."""
    import cv2
    import numpy as np

    rgb = np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3)
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    ink = cv2.adaptiveThreshold(
        grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, NEAR, DARKER
    )
    long = max(picture.width, picture.height) // PARTS
    found: list[Box] = []
    for run, thick in (((1, long), (3, 1)), ((long, 1), (1, 3))):
        drawn = cv2.dilate(ink, np.ones(thick, np.uint8))  # what leans a little goes on
        drawn = cv2.morphologyEx(drawn, cv2.MORPH_OPEN, np.ones(run, np.uint8))
        outlines, _ = cv2.findContours(drawn, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        for x, y, wide, high in map(cv2.boundingRect, outlines):
            if min(wide, high) <= LEAN * max(wide, high) + THICKEST:
                found.append(Box(float(x), float(y), float(x + wide), float(y + high)))
    return found if len(found) <= MOST else []


def strokes_of(page: pdfium.PdfPage) -> list[Rectangle]:
    """The strokes of a page that PDFium holds open, joined; none where it is a drawing."""
    found: list[Rectangle] = []
    for path, form in _paths(page.raw):
        for one, other in _lines(path):
            found.extend(_straight(_moved(one, form), _moved(other, form)))
    joined = [*_joined(found, 1), *_joined(found, 0)]
    return joined if len(joined) <= MOST else []


def _paths(page: "pdfium_c.FPDF_PAGE") -> Iterator[tuple["pdfium_c.FPDF_PAGEOBJECT", Matrix]]:
    """The paths of a page, and of the forms on it, with where these lie."""
    for index in range(min(pdfium_c.FPDFPage_CountObjects(page), MOST_OBJECTS)):
        one = pdfium_c.FPDFPage_GetObject(page, index)
        kind = pdfium_c.FPDFPageObj_GetType(one)
        if kind == pdfium_c.FPDF_PAGEOBJ_PATH:
            yield one, IDENTITY
        elif kind == pdfium_c.FPDF_PAGEOBJ_FORM:
            form = _matrix(one)
            for inner in range(min(pdfium_c.FPDFFormObj_CountObjects(one), MOST_OBJECTS)):
                within = pdfium_c.FPDFFormObj_GetObject(one, inner)
                if pdfium_c.FPDFPageObj_GetType(within) == pdfium_c.FPDF_PAGEOBJ_PATH:
                    yield within, form


def _matrix(one: "pdfium_c.FPDF_PAGEOBJECT") -> Matrix:
    found = pdfium_c.FS_MATRIX()
    if not pdfium_c.FPDFPageObj_GetMatrix(one, ctypes.byref(found)):
        return IDENTITY
    return found.a, found.b, found.c, found.d, found.e, found.f


def _moved(point: Point, by: Matrix) -> Point:
    x, y = point
    return by[0] * x + by[2] * y + by[4], by[1] * x + by[3] * y + by[5]


def _lines(path: "pdfium_c.FPDF_PAGEOBJECT") -> Iterable[tuple[Point, Point]]:
    """The straight lines of a path that is seen: a thin area is one along its middle."""
    edges = [ctypes.c_float() for _ in range(4)]
    if not pdfium_c.FPDFPageObj_GetBounds(path, *map(ctypes.byref, edges)):
        return ()
    x0, y0, x1, y1 = (edge.value for edge in edges)
    wide, high = x1 - x0, y1 - y0
    if max(wide, high) < LEAST or not _is_seen(path):
        return ()
    if min(wide, high) <= THIN:
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        return [((x0, y), (x1, y)) if wide > high else ((x, y0), (x, y1))]
    count = pdfium_c.FPDFPath_CountSegments(path)
    if count in BOXES:
        return pairwise(((x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)))
    return _segments(path, count) if count <= MOST_SEGMENTS else ()


def _is_seen(path: "pdfium_c.FPDF_PAGEOBJECT") -> bool:
    """Whether a path is drawn: stroked, or filled with what is not white."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium_c.FPDFPath_GetDrawMode(path, ctypes.byref(fill), ctypes.byref(stroke))
    if stroke.value or not fill.value:
        return bool(stroke.value)
    colour = [ctypes.c_uint() for _ in range(4)]
    if not pdfium_c.FPDFPageObj_GetFillColor(path, *map(ctypes.byref, colour)):
        return False
    red, green, blue, opacity = (part.value for part in colour)
    return opacity > 0 and min(red, green, blue) <= WHITE


def _segments(path: "pdfium_c.FPDF_PAGEOBJECT", count: int) -> Iterator[tuple[Point, Point]]:
    """The straight segments of a path, each as its two ends."""
    own = _matrix(path)
    x, y = ctypes.c_float(), ctypes.c_float()
    start = last = (0.0, 0.0)
    for index in range(count):
        segment = pdfium_c.FPDFPath_GetPathSegment(path, index)
        pdfium_c.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
        here = _moved((x.value, y.value), own)
        kind = pdfium_c.FPDFPathSegment_GetType(segment)
        if kind == pdfium_c.FPDF_SEGMENT_MOVETO:
            start = here
        elif kind == pdfium_c.FPDF_SEGMENT_LINETO:
            yield last, here
        last = here
        if pdfium_c.FPDFPathSegment_GetClose(segment):
            yield here, start
            last = start


def _straight(one: Point, other: Point) -> Iterator[Rectangle]:
    """A line that is level or upright, without width or without height."""
    (x0, x1), (y0, y1) = sorted((one[0], other[0])), sorted((one[1], other[1]))
    if y1 - y0 <= SKEW < x1 - x0:
        yield x0, (y0 + y1) / 2, x1, (y0 + y1) / 2
    elif x1 - x0 <= SKEW < y1 - y0:
        yield (x0 + x1) / 2, y0, (x0 + x1) / 2, y1


def _joined(lines: Iterable[Rectangle], across: int) -> Iterator[Rectangle]:
    """Pieces of one line together: the level ones (`across` 1), or the upright ones (0)."""
    own = sorted(
        (one[across], one[1 - across], one[3 - across])
        for one in lines
        if one[across] == one[2 + across]
    )
    groups: list[list[tuple[float, float, float]]] = []
    for one in own:
        if not groups or one[0] - groups[-1][0][0] > SAME:
            groups.append([])
        groups[-1].append(one)
    for group in groups:
        low, high = group[0][0] - HALF, group[0][0] + HALF
        for start, end in _spans(sorted((start, end) for _, start, end in group)):
            if end - start >= LEAST:
                yield (start, low, end, high) if across else (low, start, high, end)


def _spans(pieces: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Stretches that touch, or nearly, as one; they come by where they begin."""
    found: list[tuple[float, float]] = []
    for start, end in pieces:
        if found and start - found[-1][1] <= SAME:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found
