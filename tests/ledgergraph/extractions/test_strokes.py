"""Strokes on pictures: cells are found whichever way a page lies a little, and letters are none.

Those that a PDF draws are told in test_transcripts.
"""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ledgergraph.evidence import Page
from ledgergraph.extractions.engines import Picture
from ledgergraph.extractions.strokes import strokes_of_picture
from ledgergraph.extractions.turning import upright

WIDE, HIGH = 900, 1200
LEVEL, UPRIGHT = (300, 360, 420), (100, 400, 800)


def a_picture(degrees: float = 0.0, paper: int = 255) -> Picture:
    """Lines of two columns and two rows with some letters, turned clockwise."""
    image = Image.new("RGB", (WIDE, HIGH), (paper,) * 3)
    draw = ImageDraw.Draw(image)
    for y in LEVEL:
        draw.line([(100, y), (800, y)], (40, 40, 40), 2)
    for x in UPRIGHT:
        draw.line([(x, 300), (x, 420)], (40, 40, 40), 2)
    draw.text((120, 320), "HELVETICA bold 1,234.00", (0, 0, 0), font_size=28)
    image = image.rotate(-degrees, Image.Resampling.BILINEAR, fillcolor=(paper,) * 3)
    return Picture(WIDE, HIGH, image.tobytes())


@pytest.mark.parametrize("degrees", [0.0, 1.3, -2.0])
@pytest.mark.parametrize("paper", [255, 170])
def test_the_strokes_around_cells_are_found_where_the_page_is_upright(degrees: float, paper: int):
    drawn = strokes_of_picture(a_picture(degrees, paper))
    page = Page("x", 0, WIDE, HIGH, "px", turned_degrees=degrees, strokes=tuple(drawn))
    strokes = upright(page, [])[0].strokes
    level = [one for one in strokes if one.height < one.x1 - one.x0]
    rows = sorted(one.middle_y for one in level if one.x0 < 110 and one.x1 > 790)
    columns = sorted((one.x0 + one.x1) / 2 for one in strokes if one not in level)
    assert np.allclose(rows, LEVEL, atol=3)
    assert np.allclose(columns, UPRIGHT, atol=3)


def test_letters_are_no_strokes():
    image = Image.new("RGB", (WIDE, HIGH), "white")
    draw = ImageDraw.Draw(image)
    for y in range(100, 1100, 40):
        draw.text((100, y), "Zwischensumme HEILIGE 1.111,11 |||", "black", font_size=24)
    assert strokes_of_picture(Picture(WIDE, HIGH, image.tobytes())) == []


def test_a_drawing_has_no_strokes():
    image = Image.new("RGB", (WIDE, HIGH), "white")
    draw = ImageDraw.Draw(image)
    for y in range(20, 1180, 24):
        for x in range(10, 860, 80):
            draw.line([(x, y), (x + 60, y)], "black", 2)
    assert strokes_of_picture(Picture(WIDE, HIGH, image.tobytes())) == []
