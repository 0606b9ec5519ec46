"""Boxes go upright and back, whichever way a page lies, and stay on the same ink."""

import math
from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgergraph.evidence import Box, Page, Reading, Word
from ledgergraph.extractions.readers.page import PageReading
from ledgergraph.extractions.turning import as_shown, is_turned, quarters, tilt, turned, upright
from ledgergraph.extractions.upright import read_upright

WIDTH, HEIGHT = 600.0, 800.0
WORDS = st.builds(
    lambda x, y, w, h: Box(x, y, x + w, y + h),
    st.floats(150, 400), st.floats(200, 550), st.floats(15, 100), st.floats(8, 30),
)  # fmt: skip


def far(one: Box, other: Box) -> float:
    return max(abs(a - b) for a, b in zip(astuple(one), astuple(other), strict=True))


def a_page(degrees: float) -> Page:
    return Page("d", 0, WIDTH, HEIGHT, "px", turned_degrees=degrees)


@given(WORDS, st.integers(0, 3), st.floats(-5, 5))
def test_a_word_that_is_turned_upright_and_back_has_its_box_again(box, turns, rest):
    page = a_page(90 * turns + rest)
    size = (HEIGHT, WIDTH) if turns % 2 else (WIDTH, HEIGHT)
    wide = Page("d", 0, *size, "px", turned_degrees=rest)
    shown = turned(as_shown(box, wide), turns, *size)  # as the page shows the upright word
    _, (level,) = upright(page, [Word("d", 0, "word", shown)])
    if box.x1 - box.x0 > 1.5 * box.height:  # else a box says too little of what is in it
        assert far(level.box, box) < 1
    assert far(as_shown(level.box, page), shown) < 3


@given(WORDS, st.integers(0, 3))
def test_four_quarters_are_none_and_two_turns_add_up(box, turns):
    width, height = WIDTH, HEIGHT
    there = turned(box, turns, width, height)
    size = (height, width) if turns % 2 else (width, height)
    assert far(turned(there, 4 - turns, *size), box) < 0.05
    assert far(turned(box, turns + 4, width, height), there) == 0


def test_a_page_on_its_side_swaps_its_sides_and_its_left_edge_becomes_the_top():
    sheet, (word,) = upright(a_page(90), [Word("d", 0, "top left", Box(580, 10, 600, 110))])
    assert (sheet.width, sheet.height, sheet.turned_degrees) == (HEIGHT, WIDTH, 0.0)
    assert word.box == Box(10, 0, 110, 20)


def test_lines_that_fall_are_level_when_upright():
    fall = math.tan(math.radians(3))
    shown = [
        Word("d", 0, f"w{x}", Box(x, 400 + (x - 300) * fall, x + 40, 414 + (x - 300) * fall))
        for x in range(20, 560, 60)
    ]
    _, level = upright(a_page(3), shown)
    tops = [word.box.middle_y for word in level]
    assert max(tops) - min(tops) < 0.5


def test_a_turn_is_quarters_and_a_tilt():
    assert (quarters(88), tilt(88)) == (1, -2)
    assert (quarters(359), tilt(359)) == (0, -1)
    assert [is_turned(a_page(one)) for one in (0, 0.1, 359.9, 2, 90, 180)] == [
        False, False, False, True, True, True,
    ]  # fmt: skip


@pytest.mark.parametrize("degrees", [0, 90, 180, 270, 3])
def test_readings_are_found_upright_and_shown_where_their_words_are(degrees: float):
    seen: list[tuple[float, float]] = []
    words = [
        Word("d", 0, "47", Box(300, 400, 330, 414)),
        Word("d", 0, "11", Box(340, 400, 370, 414)),
    ]

    def read(document_id, pages, words):
        seen.append((pages[0].width, pages[0].height))
        box = Box.around([word.box for word in words])
        return PageReading(
            [Reading("d", 0, "page", None, "number", "4711", "47 11", 0.9, "text", 0, box, "px")],
            [],
        )

    (reading,) = read_upright(read, "d", [a_page(degrees)], words).readings
    assert reading.box == Box(300, 400, 370, 414)
    assert seen == [(HEIGHT, WIDTH) if degrees in (90, 270) else (WIDTH, HEIGHT)]
