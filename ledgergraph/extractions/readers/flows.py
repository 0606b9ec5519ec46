"""Flows: the parts of a page that are read one after the other, as a sidebar and what is beside it.

Two columns are apart where white space runs between them over much of the page and the lines
of one do not stand beside the lines of the other. A table's columns, and labels with their
values, share their lines: they stay together.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import groupby
from typing import NamedTuple

from ledgergraph.evidence import Word

STRIPS = 48
"""White space is looked for in so many strips of a page's width."""
LEAST_WORDS = 40
"""A page of fewer words is one flow."""
LEAST_STRETCH = 0.6
"""White space must run through this share of the height that has text."""
LEAST_ROWS = 6
"""Each side has so many lines at least."""
LEAST_TEXTS = 0.3
"""And this share of them is text, with more letters than digits: columns of amounts are no flow."""
MOST_SHARED = 0.5
"""Below this share of lines that stand beside one of the other side, two sides are apart."""
BESIDE = 0.22
"""Lines stand beside each other if they are apart by less than this share of a line's height."""
ROWS_OF_TABLE = ((0.06, 3), (BESIDE, 5))
"""So many lines in a row that stand beside one of the other side, within so many heights of a
line, are rows of a table: three to the point, or five nearly, as on scans."""
CENTS = re.compile(r"\D*\d{1,3}(?:[.,'’]?\d{3})*[.,]\d{2,4}\D*")
UNIT_LETTERS = 7
"""A line with more letters than this is more than amounts with their unit."""
SAME_ROW = 0.5
LEAST_FLUSH = 0.35
"""This share of the lines on the right begin at its left edge: amounts in a table do not."""
MOST_GUTTERS = 4
"""Stretches of white space that are looked at on a page, the tallest ones."""
DEPTH = 2
"""A page has at most this many such cuts, one in the other."""


class _Row(NamedTuple):
    start: float
    middle: float
    bottom: float
    height: float
    is_text: bool  # letters more than digits
    amounts: int  # numbers of a line that is amounts alone, perhaps with a unit; else 0


class _Word(NamedTuple):
    """A word as it is looked at for each gutter."""

    word: Word
    middle: float
    letters: int
    digits: int


@dataclass(frozen=True, slots=True)
class _Gutter:
    x: float
    top: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top


def flows_of(words: Sequence[Word], depth: int = DEPTH) -> list[Sequence[Word]]:
    """The words of one page by flow, in the order of reading; each word once."""
    if len(words) < LEAST_WORDS or not depth:
        return [words]
    ordered = sorted(words, key=lambda word: word.box.y0 + word.box.y1)
    lines: list[list[_Word]] | None = None
    for gutter in _gutters(ordered):
        lines = lines or _lines(ordered)
        if _are_apart(lines, gutter):
            parts = _parts(ordered, gutter)
            found = [parts[0], *(one for part in parts[1:3] for one in flows_of(part, depth - 1))]
            return [one for one in (*found, parts[3]) if one]
    return [words]


def _parts(words: Sequence[Word], gutter: _Gutter) -> tuple[list[Word], ...]:
    """What stands above a gutter, left of it, right of it, and below it."""
    parts: tuple[list[Word], ...] = ([], [], [], [])
    for word in words:
        middle = word.box.middle_y
        if middle < gutter.top:
            parts[0].append(word)
        elif middle > gutter.bottom:
            parts[3].append(word)
        else:
            parts[1 if word.box.x0 + word.box.x1 < 2 * gutter.x else 2].append(word)
    return parts


def _gutters(words: Sequence[Word]) -> Iterator[_Gutter]:
    """White space through much of the page, the tallest first; one for each gap."""
    left, right = min(word.box.x0 for word in words), max(word.box.x1 for word in words)
    top, bottom = min(word.box.y0 for word in words), max(word.box.y1 for word in words)
    width = max(right - left, 0.1) / STRIPS
    covers: list[list[Word]] = [[] for _ in range(STRIPS)]
    for word in words:
        first = int((word.box.x0 - left) / width)
        last = min(int((word.box.x1 - left) / width), STRIPS - 1)
        for strip in range(first, last + 1):
            covers[strip].append(word)
    found: dict[tuple[float, float], _Gutter] = {}
    for strip, cover in enumerate(covers):
        start, end = _longest_free(cover, top, bottom)
        if end - start >= LEAST_STRETCH * (bottom - top):
            found.setdefault((start, end), _Gutter(left + (strip + 0.5) * width, start, end))
    yield from nlargest(MOST_GUTTERS, found.values(), key=lambda one: one.height)


def _longest_free(cover: Sequence[Word], top: float, bottom: float) -> tuple[float, float]:
    """The longest stretch of a strip without a word; words come from top to bottom."""
    best = (top, top)
    reached = top
    for word in cover:
        if word.box.y0 - reached > best[1] - best[0]:
            best = reached, word.box.y0
        reached = max(reached, word.box.y1)
    return (reached, bottom) if bottom - reached > best[1] - best[0] else best


def _lines(words: Sequence[Word]) -> list[list[_Word]]:
    """Words that stand beside each other, from top to bottom."""
    found: list[list[_Word]] = []
    for word in words:
        box, text = word.box, word.text
        one = _Word(word, box.middle_y, sum(map(str.isalpha, text)), sum(map(str.isdigit, text)))
        first = found[-1][0] if found else None
        if first is not None and one.middle - first.middle <= SAME_ROW * min(
            box.height, first.word.box.height
        ):
            found[-1].append(one)
        else:
            found.append([one])
    return found


def _are_apart(lines: Sequence[Sequence[_Word]], gutter: _Gutter) -> bool:
    """Whether what stands left and right of a gutter are flows of their own."""
    one: list[_Row] = []
    other: list[_Row] = []
    for line in lines:
        for rows, is_left in ((one, True), (other, False)):
            words = [
                word
                for word in line
                if gutter.top <= word.middle <= gutter.bottom
                and (word.word.box.x0 + word.word.box.x1 < 2 * gutter.x) == is_left
            ]
            if words:
                rows.append(_row(words))
                if rows[-1].amounts > 1:  # amounts without their words are half of a table
                    return False
    for rows in (one, other):
        texts = sum(row.is_text for row in rows)
        if len(rows) < LEAST_ROWS or texts < LEAST_TEXTS * len(rows):
            return False
    edge = min(row.start for row in other)
    flush = sum(row.start - edge < row.height for row in other)
    if flush < LEAST_FLUSH * len(other):
        return False
    for apart in (_apart(one, other), _apart(other, one)):
        shared = sum(distance < BESIDE for distance in apart)
        if shared >= MOST_SHARED * len(apart) or any(
            _longest_run(apart, limit) >= count for limit, count in ROWS_OF_TABLE
        ):
            return False
    return not any(
        row.amounts and distance < BESIDE / 2
        for row, distance in zip(other, _apart(other, one), strict=True)
    )


def _row(words: Sequence[_Word]) -> _Row:
    letters = sum(word.letters for word in words)
    digits = sum(word.digits for word in words)
    tallest = max(words, key=lambda word: word.word.box.height)
    first = min(words, key=lambda word: word.word.box.x0)
    is_amounts = (
        letters <= UNIT_LETTERS
        and first.digits > 0
        and any(CENTS.fullmatch(word.word.text) for word in words)
    )
    amounts = sum(word.digits > 0 for word in words) if is_amounts else 0
    box = tallest.word.box
    return _Row(
        first.word.box.x0, tallest.middle, box.y1, box.height, letters > max(2, digits), amounts
    )


def _apart(rows: Sequence[_Row], others: Sequence[_Row]) -> list[float]:
    """How far each row is from one of the others, by middle or foot, in heights of a line."""
    middles = [row.middle for row in others]
    found = []
    for row in rows:
        at = bisect_left(middles, row.middle)
        found.append(
            min(
                min(abs(row.middle - other.middle), abs(row.bottom - other.bottom))
                / min(row.height, other.height)
                for other in others[max(at - 1, 0) : at + 1]
            )
        )
    return found


def _longest_run(apart: Sequence[float], limit: float) -> int:
    """The most rows in a row that are nearer than a limit to one of the others."""
    return max(
        (sum(1 for _ in run) for near, run in groupby(apart, lambda a: a < limit) if near),
        default=0,
    )
