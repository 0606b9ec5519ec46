"""Sheets: what stands on a paper as pieces of text, and the marks of the fields that they state.

Belongs here: the form of a sheet. Not here: what stands on a page (sheets) or on the roll of a
till (tills).

A piece is a pair: the number of a mark, or 0, and its text. A rich text is a list of lines,
each a list of pieces. Marks count from 1: one for each mention of a field on the paper.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np

from ledgergraph.corpora.papers import Paper
from ledgergraph.corpora.rendering.looks import Look
from ledgergraph.corpora.rendering.printing import Printer
from ledgergraph.money import plain

Piece = tuple[int, str]
Rich = list[list[Piece]]
ITEMS, TAXES = 0, 1
"""The tables of a paper."""
NO_BREAK = "\u00a0"


@dataclass(frozen=True)
class Mark:
    """One mention of a field: `raw` as it is printed, its lines joined by a space."""

    line: int | None
    field: str
    value: str
    raw: str


@dataclass
class Sheet:
    """The contents of a paper, the marks in it, and which line item each row of a table states.

    `items` are the cells of each line, which `content` has by page.
    """

    paper: Paper
    look: Look
    printer: Printer
    marks: list[Mark] = field(default_factory=list)
    rows: dict[tuple[int, int], int | None] = field(default_factory=dict)
    items: list[list[Rich]] = field(default_factory=list)
    content: dict[str, Any] = field(default_factory=dict)

    def mark(self, name: str, value: str, raw: str, line: int | None = None) -> Piece:
        """A piece that states a field."""
        return self.lines(name, value, [raw], line)[0][0]

    def lines(self, name: str, value: str, raws: Sequence[str], line: int | None = None) -> Rich:
        """A field that is printed on several lines."""
        self.marks.append(Mark(line, name, value, " ".join(raws).replace(NO_BREAK, " ")))
        return [[(len(self.marks), raw)] for raw in raws]

    def amount(self, name: str, value: Decimal, line: int | None = None) -> Piece:
        """An amount with its currency that states a field."""
        return self.mark(name, plain(value), self.printer.amount(value), line)


def unmarked(text: str) -> Rich:
    """A text that states no field."""
    return [[(0, text)]]


def drawn(paper: Paper, part: int) -> np.random.Generator:
    """Choices that are the vendor's, the same on all of its papers."""
    return np.random.default_rng([paper.look, part])
