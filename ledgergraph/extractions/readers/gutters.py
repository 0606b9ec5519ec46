"""White space that runs down through the rows of a table: where its columns are apart.

Two columns can stand closer than two words of a sentence; what tells them apart is that the
gap is there in every row. Not here: what a column holds (columns).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from ledgergraph.extractions.readers.layout import Cell, Line, Token, cell_of

LEAST_ROWS = 3
"""White space in fewer rows says nothing: words of two lines happen to end alike."""
WIDER = 1.15
"""And wider than the usual space by this factor: it is a whole character where all are alike."""
LEAST_WIDTH = 0.3
"""The least width of a gap through many rows, in heights of a line: wider than a space."""
LEADING = re.compile(r"[-−(]?\d{1,3}")
GROUP = re.compile(r"\d{3}(?:[.,]\d+)?\D{0,2}")
"""How a number begins and goes on whose thousands stand apart."""
WITHIN_NUMBER = 0.4
"""They are at most so many line heights apart."""
MOST_ROWS = 30
"""Rows that are looked at."""


def gutters_of(lines: Sequence[Line]) -> list[float]:
    """Where white space runs through all of some rows, from left to right; the middles."""
    rows = lines[:MOST_ROWS]
    if len(rows) < LEAST_ROWS:
        return []
    height = sorted(line.cells[0].box.height for line in rows)[len(rows) // 2]
    spans = sorted(
        (token.box.x0, token.box.x1)
        for line in rows
        for cell in line.cells
        for token in cell.tokens
    )
    space = _usual_space(rows)
    least = max(LEAST_WIDTH * height, WIDER * space)
    found: list[float] = []
    reach = spans[0][1]
    for start, end in spans[1:]:
        if start - reach > least:
            found.append((reach + start) / 2)
        reach = max(reach, end)
    return found


def _usual_space(lines: Sequence[Line]) -> float:
    """The median gap between two words of a cell; 0 where there is none."""
    gaps = sorted(
        other.box.x0 - one.box.x1
        for line in lines
        for cell in line.cells
        for one, other in pairwise(cell.tokens)
        if not other.is_glued
    )
    return gaps[len(gaps) // 2] if gaps else 0.0


def _runs(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Words, with those that are one number or one printed word together: `1 234,56`."""
    start = 0
    for number, (one, other) in enumerate(pairwise(tokens), start=1):
        gap = other.box.x0 - one.box.x1
        is_number = GROUP.fullmatch(other.text) and LEADING.fullmatch(one.text)
        if other.is_glued or (is_number and gap < WITHIN_NUMBER * other.box.height):
            continue
        yield tokens[start:number]
        start = number
    yield tokens[start:]


def cut(line: Line, gutters: Sequence[float]) -> Line:
    """A line with its cells cut where a gutter runs between two of their words."""
    if not gutters:
        return line
    cells = [piece for cell in line.cells for piece in _pieces(cell, gutters)]
    return line if len(cells) == len(line.cells) else replace(line, cells=tuple(cells))


def _pieces(cell: Cell, gutters: Sequence[float]) -> Iterator[Cell]:
    if not any(cell.box.x0 < x < cell.box.x1 for x in gutters):
        yield cell
        return
    kept: list[Token] = []
    for run in _runs(cell.tokens):
        if kept and any(kept[-1].box.x1 <= x <= run[0].box.x0 for x in gutters):
            yield cell_of(cell.page, cell.line, kept)
            kept = []
        kept.extend(run)
    yield cell_of(cell.page, cell.line, kept)
