"""Pages that lie on their side, upside down or askew: boxes upright, and back as they are shown.

Belongs here: the geometry of a turned page. Not here: telling that it is turned (engines).

What is printed on a page is turned by degrees clockwise: whole quarters, and up to 45
degrees more or less. Upright means turned back about the middle; quarters swap the sides.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from ledgergraph.evidence import Box, Page, Word

STRAIGHT = 0.25
"""Degrees below which print counts as upright: 5 pixels over a page of 1,200."""


def quarters(degrees: float) -> int:
    """The whole quarters of a turn, 0 to 3."""
    return round(degrees / 90) % 4


def tilt(degrees: float) -> float:
    """What a turn has beside whole quarters, from -45 to 45 degrees."""
    return degrees - 90 * round(degrees / 90)


def is_turned(page: Page) -> bool:
    """Whether what is printed on a page as it is shown has to be turned to be read."""
    degrees = page.turned_degrees or 0.0
    return quarters(degrees) != 0 or abs(tilt(degrees)) >= STRAIGHT


def upright(page: Page, words: Sequence[Word]) -> tuple[Page, list[Word]]:
    """A page and its words as they are when it is turned back."""
    degrees = page.turned_degrees or 0.0
    turns, rest = quarters(degrees), tilt(degrees)
    width, height = (page.height, page.width) if turns % 2 else (page.width, page.height)
    strokes = tuple(
        _levelled(turned(one, -turns, page.width, page.height), rest, width, height)
        for one in page.strokes
    )
    shown = replace(page, width=width, height=height, turned_degrees=0.0, strokes=strokes)
    boxes = (turned(word.box, -turns, page.width, page.height) for word in words)
    level = (_levelled(box, rest, width, height) for box in boxes)
    return shown, [replace(word, box=box) for word, box in zip(words, level, strict=True)]


def as_shown(box: Box, page: Page) -> Box:
    """A box of the upright page as it lies on the page as shown, cut at its edges.

    Where print is askew, it is the smallest box around the tilted one.
    """
    degrees = page.turned_degrees or 0.0
    turns, rest = quarters(degrees), tilt(degrees)
    width, height = (page.height, page.width) if turns % 2 else (page.width, page.height)
    sine, cosine = math.sin(math.radians(rest)), math.cos(math.radians(rest))
    corners = ((box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1))
    moved = [
        (width / 2 + (x - width / 2) * cosine - (y - height / 2) * sine,
         height / 2 + (x - width / 2) * sine + (y - height / 2) * cosine)
        for x, y in corners
    ]  # fmt: skip
    tilted = Box(
        min(x for x, _ in moved), min(y for _, y in moved),
        max(x for x, _ in moved), max(y for _, y in moved),
    )  # fmt: skip
    back = turned(tilted, turns, width, height)
    return Box(
        round(min(max(back.x0, 0.0), page.width), 2), round(min(max(back.y0, 0.0), page.height), 2),
        round(max(min(back.x1, page.width), 0.0), 2), round(max(min(back.y1, page.height), 0.0), 2),
    )  # fmt: skip


def turned(box: Box, turns: int, width: float, height: float) -> Box:
    """A box of a page of some size after the page was turned clockwise by quarters."""
    x0, y0, x1, y1 = box.x0, box.y0, box.x1, box.y1
    for _ in range(turns % 4):
        x0, y0, x1, y1 = height - y1, x0, height - y0, x1
        width, height = height, width
    return Box(*(round(edge, 2) for edge in (x0, y0, x1, y1)))


def _levelled(box: Box, rest: float, width: float, height: float) -> Box:
    """The level rectangle around whose tilted self a box was drawn.

    A word as wide as w and as high as h, tilted, has a box of w cos + h sin by
    w sin + h cos: solved for w and h. Boxes that no word can have keep a third of their height.
    """
    if rest == 0:
        return box
    sine, cosine = math.sin(math.radians(rest)), math.cos(math.radians(rest))
    across, down = box.x1 - box.x0, box.y1 - box.y0
    lean = abs(sine)
    over = cosine * cosine - lean * lean
    wide = max((across * cosine - down * lean) / over, across / 3)
    high = max((down * cosine - across * lean) / over, down / 3)
    x, y = (box.x0 + box.x1) / 2 - width / 2, (box.y0 + box.y1) / 2 - height / 2
    x, y = x * cosine + y * sine + width / 2, -x * sine + y * cosine + height / 2
    return Box(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
