"""What the strokes of a page tell of a table: which cells are apart, and which row a line is of.

Not here: finding them (extractions.strokes), and rows by white space alone (stacks).
"""

from bisect import bisect
from collections.abc import Sequence

from ledgergraph.evidence import Box, Page

SLACK = 0.6
"""A stroke may begin or end so many line heights within the cells that it parts."""


def upright_strokes(page: Page) -> list[Box]:
    """The strokes of a page that stand upright, from left to right."""
    return sorted(
        (one for one in page.strokes if one.height > one.x1 - one.x0), key=lambda one: one.x0
    )


def strokes_across(page: Page, left: float, right: float, height: float) -> list[float]:
    """How far down strokes run from `left` to `right` of a page; `height` is that of a line."""
    slack = SLACK * height
    return sorted(
        one.middle_y
        for one in page.strokes
        if one.height < one.x1 - one.x0 and one.x0 <= left + slack and one.x1 >= right - slack
    )


def is_parted(page: Page, one: Box, other: Box) -> bool:
    """Whether a stroke runs between two lines, over all that they share of the page's width."""
    left, right = max(one.x0, other.x0), min(one.x1, other.x1)
    strokes = strokes_across(page, left, right, one.height)
    return band_of(strokes, one) != band_of(strokes, other)


def band_of(strokes: Sequence[float], box: Box) -> int:
    """Which of the bands between some strokes a box stands in, from 0 above the first."""
    return bisect(strokes, box.middle_y)
