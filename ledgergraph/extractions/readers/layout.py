"""Lines and cells of a page, by geometry alone.

Flows (`flows`) are laid out one after the other. A line is what stands side by side in a
flow, a cell a stretch of it without a wide gap: a table's cell, a label with its value, a line
of an address. A token is a word, or a part of one where a colon or a slash joins two
(`Kundennummer:2`, `Seller/Vendeur`).
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

from ledgergraph.evidence import Box, Page, Word
from ledgergraph.extractions.languages import key_of
from ledgergraph.extractions.readers.flows import flows_of
from ledgergraph.extractions.readers.ruled import upright_strokes

CELL_GAP = 1.4
"""Words further apart than this many widths of a character stand in two cells. A space is
half a character wide in most fonts, and a whole one where all are equally wide."""
LEAST_GAP = 0.5
"""The least gap between two cells, in line heights."""
SLACK = 0.2
"""A stroke between two words may lie so many line heights within one: engines guess where in a
line each of its words ends."""
SAME_LINE = 0.45
"""Words whose middles differ by less than this share of the smaller height share a line."""
LONGEST_LINE = 150
"""Words of a line at most; what follows them is the next line. Each word is compared with
those beside it, so a page written in one endless line would take for ever."""
JOINTS = re.compile(
    r"(?<=[^\W\d_])/(?=[^\W\d_]{3})|(?<=[^\d:]):(?=[^/:\s])|(?<=\d):(?=[^\d/:\s])"
    r"|(?<=[^\W\d_]{2})\.(?=[^\W\d_]{2})"
)
"""Where one printed word is two: after a colon, at a slash or full stop between words."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a part of one, with the key that it is looked up by."""

    text: str
    key: str
    box: Box
    is_glued: bool = False  # printed without a space after the token before


@dataclass(frozen=True, slots=True)
class Cell:
    """Tokens that stand close together on one line."""

    page: int
    line: int  # number of its line in the document
    tokens: tuple[Token, ...]
    box: Box
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """The cells that stand side by side; `number` counts through the whole document.

    `flow` counts the parts of its page that are read one after the other (`flows`).
    """

    page: int
    number: int
    cells: tuple[Cell, ...]
    box: Box
    flow: int = 0

    @property
    def text(self) -> str:
        """All of its words, cells two spaces apart."""
        return "  ".join(cell.text for cell in self.cells)


@dataclass(frozen=True)
class Layout:
    """A document's pages as lines, in reading order."""

    document_id: str
    pages: tuple[Page, ...]
    lines: tuple[Line, ...]
    ranges: Mapping[int, tuple[int, int]]  # of each page: its first line, and the one after it
    by_number: Mapping[int, Page]

    def page_lines(self, page: int) -> Sequence[Line]:
        """The lines of one page, flow by flow, each from top to bottom."""
        first, end = self.ranges.get(page, (0, 0))
        return self.lines[first:end]

    def lines_between(self, page: int, top: float, bottom: float) -> Sequence[Line]:
        """The stretch of a page's lines that holds all between two heights, and few others."""
        if page not in self.ranges:
            return ()
        first, _ = self.ranges[page]
        lowest, highest = self._reach[page]
        start, end = bisect_left(lowest, top), bisect_right(highest, bottom)
        return self.lines[first + start : first + end]

    def lines_above(self, line: int, page: int) -> Iterable[Line]:
        """The lines of a page above one of them, from there upwards."""
        first, _ = self.ranges[page]
        return (self.lines[number] for number in range(line - 1, first - 1, -1))

    @cached_property
    def _reach(self) -> Mapping[int, tuple[Sequence[float], Sequence[float]]]:
        """Of each page: how far down the lines up to each reach, and how far up those from it."""
        found = {}
        for page in self.ranges:
            lines = self.page_lines(page)
            lowest = list(accumulate((line.box.y1 for line in lines), max))
            highest = list(accumulate((line.box.y0 for line in reversed(lines)), min))
            found[page] = lowest, highest[::-1]
        return found

    def height_of(self, page: int) -> float:
        """Height of a page in its unit."""
        return self.by_number[page].height

    def width_of(self, page: int) -> float:
        """Width of a page in its unit."""
        return self.by_number[page].width


def layout_of(document_id: str, pages: Sequence[Page], words: Iterable[Word]) -> Layout:
    """The lines of a document. Words that run up or down the margin are left out."""
    by_number = {page.page: page for page in pages}
    by_page: dict[int, list[Word]] = {}
    for word in words:
        if not _is_upright(word):
            continue
        by_page.setdefault(word.page, []).append(word)
    lines: list[Line] = []
    ranges: dict[int, tuple[int, int]] = {}
    for page in sorted(by_page):
        first = len(lines)
        walls = upright_strokes(by_number[page]) if page in by_number else ()
        for flow, own in enumerate(flows_of(by_page[page])):
            for row in _rows(own):
                for start in range(0, len(row), LONGEST_LINE):
                    part = row[start : start + LONGEST_LINE]
                    lines.append(_line(page, len(lines), part, flow, walls))
        ranges[page] = first, len(lines)
    return Layout(document_id, tuple(pages), tuple(lines), ranges, by_number)


def _is_upright(word: Word) -> bool:
    return len(word.text) < 3 or word.box.height < 2 * (word.box.x1 - word.box.x0)


def _rows(words: Sequence[Word]) -> Iterable[list[Word]]:
    """Words that share a line, top to bottom, each row from left to right."""
    ordered = sorted(words, key=lambda word: (word.box.middle_y, word.box.x0))
    row: list[Word] = []
    middle = height = 0.0
    for word in ordered:
        here = word.box.middle_y
        if row and here - middle > SAME_LINE * min(height, word.box.height):
            yield sorted(row, key=lambda one: one.box.x0)
            row = []
        if not row:
            middle, height = here, word.box.height
        else:
            middle += (here - middle) / (len(row) + 1)
            height = max(height, word.box.height)
        row.append(word)
    if row:
        yield sorted(row, key=lambda one: one.box.x0)


def _line(page: int, number: int, row: Sequence[Word], flow: int, walls: Sequence[Box]) -> Line:
    cells: list[list[Token]] = []
    edge = 0.0
    width = sum(word.box.x1 - word.box.x0 for word in row) / sum(len(word.text) for word in row)
    middle = row[0].box.middle_y
    here = [wall.x0 for wall in walls if wall.y0 < middle < wall.y1]
    for word in row:
        tokens = _tokens(word)
        gap = max(CELL_GAP * width, LEAST_GAP * word.box.height)
        slack = SLACK * word.box.height
        is_walled = any(edge - slack <= x <= word.box.x0 + slack for x in here)
        is_apart = word.box.x0 - edge > gap or is_walled
        if not cells or is_apart:
            cells.append([])
        cells[-1].extend(tokens)
        edge = max(edge, word.box.x1) if len(cells[-1]) > len(tokens) else word.box.x1
    made = tuple(cell_of(page, number, tokens) for tokens in cells)
    return Line(page, number, made, Box.around([cell.box for cell in made]), flow)


def cell_of(page: int, line: int, tokens: Sequence[Token]) -> Cell:
    """A cell of some tokens (at least one), from left to right."""
    box = Box.around([token.box for token in tokens])
    return Cell(page, line, tuple(tokens), box, text_of(tokens))


def text_of(tokens: Sequence[Token]) -> str:
    """The tokens as printed."""
    parts = [token.text if token.is_glued else " " + token.text for token in tokens]
    return "".join(parts).lstrip()


def _tokens(word: Word) -> list[Token]:
    cuts = [match.end() for match in JOINTS.finditer(word.text)]
    if not cuts:
        return [Token(word.text, key_of(word.text), word.box)]
    edges = [0, *cuts, len(word.text)]
    width = (word.box.x1 - word.box.x0) / len(word.text)
    tokens = []
    for start, end in pairwise(edges):
        text = word.text[start:end]
        box = Box(word.box.x0 + start * width, word.box.y0, word.box.x0 + end * width, word.box.y1)
        tokens.append(Token(text, key_of(text), box, is_glued=start > 0))
    return tokens
