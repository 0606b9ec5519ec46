"""White space that runs down through the rows of a table: where its columns are apart.

Two columns can stand closer than two words of a sentence; what tells them apart is that the
gap is there in every row. Not here: what a column holds (columns).
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from ledgergraph.evidence import Box
from ledgergraph.extractions.readers.layout import Cell, Line, cell_of

LEAST_ROWS = 3
"""White space in fewer rows says nothing: words of two lines happen to end alike."""
LEAST_WIDTH = 0.3
"""The least width of a gap through many rows, in heights of a line: wider than a space."""
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
    found: list[float] = []
    reach = spans[0][1]
    for start, end in spans[1:]:
        if start - reach > LEAST_WIDTH * height:
            found.append((reach + start) / 2)
        reach = max(reach, end)
    return found


def cut(line: Line, gutters: Sequence[float]) -> Line:
    """A line with its cells cut where a gutter runs between two of their words."""
    if not gutters:
        return line
    cells: list[Cell] = []
    for cell in line.cells:
        start = 0
        for number, (one, other) in enumerate(pairwise(cell.tokens), start=1):
            if not other.is_glued and any(one.box.x1 <= x <= other.box.x0 for x in gutters):
                cells.append(cell_of(cell.page, cell.line, cell.tokens[start:number]))
                start = number
        rest = cell.tokens[start:]
        cells.append(cell if not start else cell_of(cell.page, cell.line, rest))
    return replace(line, cells=tuple(cells), box=Box.around([cell.box for cell in cells]))
