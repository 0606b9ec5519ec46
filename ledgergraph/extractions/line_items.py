"""Line items of a document: the rows of its item tables, held against its totals.

Belongs here: putting the parts together over all pages. Not here: headings and columns
(readers.columns), rows (readers.item_rows), which column is what (readers.item_roles), what
a row states (readers.item_values), whether rows add up (readers.item_sums).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from ledgergraph.extractions.readers.columns import Column, Heading, continued, headings_on
from ledgergraph.extractions.readers.item_roles import with_roles
from ledgergraph.extractions.readers.item_rows import UNIT_LETTERS, Row, body_of, numbers_of
from ledgergraph.extractions.readers.item_sums import reconciled
from ledgergraph.extractions.readers.item_values import Item, Value, item_of
from ledgergraph.extractions.readers.labels import Sheet
from ledgergraph.extractions.readers.layout import Cell, Line
from ledgergraph.extractions.readers.recognisers import FoundNumber

__all__ = ["Item", "Table", "Value", "read_items"]

PAGE_NUMBER = re.compile(r"\b\d{1,3}(?=\s*(?:/|von|of|de|di|sur|\||$))")
HeadingsOf = Callable[[Sheet, Sequence[Line]], Iterable[Heading]]
"""Finds the heading rows among the lines of a page."""


@dataclass(frozen=True)
class Table:
    """The items of a document and the numbers of the lines that they and headings stand on.

    `reader` is who read them; a model's `shares` say how likely each is, at most.
    """

    items: tuple[Item, ...]
    lines: frozenset[int]
    reader: str = "rules"
    shares: tuple[float, ...] = ()


def read_items(sheet: Sheet) -> Table:
    """The items of all pages, in the order of the document.

    Where no heading row is found, rows whose amount is the product of two numbers before it
    show the columns.
    """
    table = _tables(sheet, headings_on)
    return table if table.items else _tables(sheet, _shown_by_a_product)


def _tables(sheet: Sheet, headings_of: HeadingsOf) -> Table:
    rows: list[Row] = []
    lines: set[int] = set()
    current: Heading | None = None
    furniture = _furniture(sheet)
    for page in sheet.layout.pages:
        on_page = sheet.layout.page_lines(page.page)
        headings = list(headings_of(sheet, on_page))
        if not headings and current is not None:
            headings = [continued(current, on_page)] if on_page else []
        current = None
        for position, heading in enumerate(headings):
            below = on_page
            if position + 1 < len(headings):
                until = headings[position + 1].line.number
                below = [line for line in on_page if line.number < until]
            body = body_of(sheet, heading, below, furniture)
            rows.extend(body.rows)
            end = body.last if body.rows else heading.last_line
            lines.update(range(heading.line.number, end + 1))
            current = heading if body.is_open else None
    pairs = [
        (row, item) for row in with_roles(sheet, rows) if (item := item_of(sheet, row)) is not None
    ]
    return Table(tuple(reconciled(sheet, pairs)), frozenset(lines))


def _furniture(sheet: Sheet) -> frozenset[int]:
    """The lines that stand at the same height on several pages: heads and feet of pages."""
    if len(sheet.layout.pages) < 2:
        return frozenset()
    seen: dict[tuple[int, str], list[int]] = {}
    for line in sheet.lines:
        key = round(line.box.y0), PAGE_NUMBER.sub("0", line.text)
        seen.setdefault(key, []).append(line.number)
    return frozenset(number for many in seen.values() if len(many) > 1 for number in many)


def _shown_by_a_product(sheet: Sheet, lines: Sequence[Line]) -> Iterator[Heading]:
    """Columns as the first row shows them whose last amount is the product of two others."""
    for line in lines:
        numbers = [
            (cell, number)
            for cell in line.cells
            for number in numbers_of(sheet, [cell])
            if not number.is_percent and sum(map(str.isalpha, cell.text)) <= UNIT_LETTERS
        ]
        texts = [c for c in line.cells if sum(map(str.isalpha, c.text)) > UNIT_LETTERS]
        if len(numbers) < 3 or not texts or numbers[-1][1].decimals != 2:
            continue
        found = _factors(numbers[:-1], numbers[-1][1].value)
        if found is None:
            continue
        text = max(texts, key=lambda cell: len(cell.text))
        cells = {
            "description": text,
            "quantity": found[0],
            "unit_price": found[1],
            "net": numbers[-1][0],
        }
        if line.cells[0] is not text and text.box.x0 > line.cells[0].box.x1:
            cells.setdefault("position", line.cells[0])
        columns = [Column(kind, cell.box, (kind,)) for kind, cell in cells.items()]
        columns.sort(key=lambda column: column.box.x0)
        yield Heading(line, tuple(columns), 0.0, line.number - 1)
        return


def _factors(
    numbers: Sequence[tuple[Cell, FoundNumber]], product: Decimal
) -> tuple[Cell, Cell] | None:
    """Quantity and unit price among some numbers: the price has cents, the quantity fewer.

    The last pair that makes the product: a position may stand before them.
    """
    found = None
    for one, other in combinations(numbers, 2):
        if product and abs(one[1].value * other[1].value - product) < Decimal("0.01"):
            is_price = other[1].decimals >= one[1].decimals
            found = (one[0], other[0]) if is_price else (other[0], one[0])
    return found
