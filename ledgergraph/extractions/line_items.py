"""Line items of a page: the rows below a heading, by geometry.

The numbers below the amount column of a heading row are the rows; what stands beside and
below each belongs to it. Carried totals, allowances of a line and the totals below the table
are no items.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations, takewhile

from ledgergraph.evidence import Box
from ledgergraph.extractions.languages import phrase_key
from ledgergraph.extractions.readers.columns import (
    Column,
    Heading,
    columns_on,
    continued,
    has_number,
    headings_on,
    overlap,
    placed_on,
)
from ledgergraph.extractions.readers.gutters import cut
from ledgergraph.extractions.readers.labels import Hit, Sheet
from ledgergraph.extractions.readers.layout import Cell, Line
from ledgergraph.extractions.readers.recognisers import FoundNumber, numbers_in
from ledgergraph.extractions.readers.stacks import described
from ledgergraph.money import plain

MEASURED = frozenset({"quantity", "unit", "unit_price", "net", "gross", "tax_rate", "discount"})
"""Columns that never hold a description."""

ROW_REACH = 1.4
"""Numbers this many line heights from a row's amount belong to its row."""

LEADING = 1.75
"""Lines of one description follow each other within this many line heights, top to top."""

SEEN_LINES = 12
"""Lines below a heading row that are looked at for a description it does not name."""
UNIT_LETTERS = 4
"""A cell with a number and more letters than this is text, not a number with its unit."""
END_GAP = 6.0
"""A table ends where nothing stands through so many line heights."""
WITH_UNIT = re.compile(r"([-−]?\d[\d.,'’]*?)[.,]?([^\W\d].*)")
"""A number and its unit in one word."""
PAGE_NUMBER = re.compile(r"\b\d{1,3}(?=\s*(?:/|von|of|de|di|sur|\||$))")
HeadingsOf = Callable[[Sheet, Sequence[Line]], Iterable[Heading]]
"""Finds the heading rows among the lines of a page."""
MAX_RATE = 40
"""A tax rate above this many per cent is no tax rate."""


@dataclass(frozen=True, slots=True)
class Value:
    """One cell of an item as read."""

    value: str
    raw: str
    page: int
    box: Box


@dataclass(frozen=True, slots=True)
class Item:
    """One row of the item table, with the fields that it states."""

    values: dict[str, Value]
    is_consistent: bool | None  # quantity times unit price is the net amount; None: cannot tell


@dataclass(frozen=True)
class Table:
    """The items of a document and the numbers of the lines that they and headings stand on."""

    items: tuple[Item, ...]
    lines: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Row:
    """An amount of the table and the cells that stand with it, by column."""

    top: float
    middle: float
    line: int
    cells: dict[str, list[Cell]]


def read_items(sheet: Sheet) -> Table:
    """The items of all pages, in the order of the document.

    Where no heading row is found, rows whose amount is the product of two numbers before it
    show the columns.
    """
    table = _tables(sheet, headings_on)
    return table if table.items else _tables(sheet, _shown_by_a_product)


def _tables(sheet: Sheet, headings_of: HeadingsOf) -> Table:
    rows: list[tuple[_Row, list[Cell]]] = []
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
            until = headings[position + 1].line.number if position + 1 < len(headings) else None
            found, last, is_open = _body(sheet, heading, on_page, until, furniture)
            rows.extend(found)
            end = last if found else heading.last_line
            lines.update(range(heading.line.number, end + 1))
            current = heading if is_open else None
    items = [item for row, text in rows if (item := _item(sheet, row, text)) is not None]
    return Table(tuple(items), frozenset(lines))


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
            for number in _numbers(sheet, [cell])
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
    """Quantity and unit price among some numbers: the price has cents, the quantity fewer."""
    for one, other in combinations(numbers, 2):
        if product and abs(one[1].value * other[1].value - product) < Decimal("0.01"):
            if other[1].decimals >= one[1].decimals:
                return one[0], other[0]
            return other[0], one[0]
    return None


def _body(
    sheet: Sheet,
    heading: Heading,
    lines: Sequence[Line],
    until: int | None,
    furniture: frozenset[int],
) -> tuple[list[tuple[_Row, list[Cell]]], int, bool]:
    """Rows below a heading, the last line they reach, and whether the table may go on."""
    heading = _with_description(heading, lines)
    kinds = {column.kind for column in heading.columns}
    anchor = next(k for k in ("net", "gross", "unit_price") if k in kinds)
    placed: list[tuple[Line, dict[str, list[Cell]]]] = []
    is_open = True
    bottom, widest = heading.bottom, 0.0
    for line in lines:
        if line.number <= heading.last_line or line.box.middle_y < heading.bottom:
            continue
        if line.flow != heading.line.flow or line.number in furniture:
            continue
        if until is not None and line.number >= until:
            break
        gap, height = line.box.y0 - bottom, line.cells[0].box.height
        if placed and gap > max(END_GAP * height, 2 * widest):
            break  # the foot of the page
        cells = placed_on(heading.columns, cut(line, heading.gutters), sheet.style)
        end = _end_of(sheet, line, cells, anchor, "quantity" in kinds)
        if end == "stop":
            is_open = False
            break
        widest, bottom = max(widest, gap if placed else 0.0), max(bottom, line.box.y1)
        if end == "item":
            placed.append((line, cells))
    rows = [_with_quantity(sheet, row) for row in _rows(sheet, placed, anchor)]
    chosen = [(row, text) for row, text in _described(rows, placed, anchor) if text or row.cells]
    last = max((row.line for row, _ in chosen), default=heading.last_line)
    for _, text in chosen:
        last = max([last, *(cell.line for cell in text)])
    return chosen, last, is_open and bool(chosen)


def _with_description(heading: Heading, lines: Sequence[Line]) -> Heading:
    """A heading row that names no description, with the column where most text begins."""
    if any(column.kind == "description" for column in heading.columns):
        return heading
    below = [line for line in lines if line.number > heading.last_line][:SEEN_LINES]
    texts = [
        cell
        for line in below
        for cell in line.cells
        if sum(map(str.isalpha, cell.text)) > UNIT_LETTERS
    ]
    starts = Counter(round(cell.box.x0) for cell in texts)
    if not starts:
        return heading
    most, _ = starts.most_common(1)[0]
    widest = max((c for c in texts if round(c.box.x0) == most), key=lambda cell: cell.box.x1)
    columns = [*heading.columns, Column("description", widest.box, ("description",))]
    return replace(heading, columns=tuple(sorted(columns, key=lambda column: column.box.x0)))


def _end_of(
    sheet: Sheet, line: Line, cells: dict[str, list[Cell]], anchor: str, has_quantity: bool
) -> str:
    """What a line below the heading is: `item`, `skip`, or `stop` where the table ends."""
    hits = [hit for hit in sheet.by_line.get(line.number, ()) if hit.at_start]
    amounts = _numbers(sheet, cells.get(anchor, ()))
    labelled = {hit.cell for hit in hits if _is_total(hit)}
    own = [cell for number, cell in enumerate(line.cells) if number in labelled]
    counted = [cell for cell in cells.get("quantity", ()) if not _within(cell, own)]
    measured = _numbers(sheet, counted)
    if any(hit.means("carried") for hit in hits):
        return "skip"
    totals = [hit for hit in hits if _is_total(hit) and _is_alone(line, hit)]
    if totals and not measured and _any_number(sheet, line, totals):
        return "stop"
    extras = [hit for hit in hits if hit.means("allowances", "charges") and _is_alone(line, hit)]
    priced = _numbers(sheet, cells.get("unit_price", ()))
    if extras and not measured and not priced and amounts and has_quantity:
        return "skip"
    columns = columns_on(line, sheet.lexicon.headings, sheet.lexicon.longest)
    is_heading = len(columns) >= 3 and len(columns) >= 0.6 * len(line.cells)
    return "stop" if is_heading and not any(map(has_number, line.cells)) else "item"


def _within(cell: Cell, others: Sequence[Cell]) -> bool:
    return any(overlap(cell.box, other.box) > 0 for other in others)


def _is_alone(line: Line, hit: Hit) -> bool:
    """Whether a label is more than the first word of a text: strong, or without words after it."""
    rest = line.cells[hit.cell].tokens[hit.last + 1 :]
    words = [token for token in rest if len(token.key) > 3 and token.key.isalpha()]
    is_weak = all(m.is_weak or m.field in ("allowances", "charges") for m in hit.meanings)
    return not words or hit.has_colon or not is_weak


def _is_total(hit: Hit) -> bool:
    return hit.means("net", "tax", "gross", "lines", "due", "prepaid")


def _any_number(sheet: Sheet, line: Line, hits: Sequence[Hit]) -> bool:
    """Whether an amount follows a total's label on its line."""
    for hit in hits:
        if _is_total(hit):
            after = [cell for cell in line.cells if cell.box.x1 > hit.box.x1]
            if any(n.decimals and not n.is_percent for n in _numbers(sheet, after)):
                return True
            if any(_is_number(sheet, cell) for cell in after):
                return True
    return False


def _numbers(sheet: Sheet, cells: Sequence[Cell]) -> list[FoundNumber]:
    return [
        number
        for cell in cells
        for number in numbers_in([token.text for token in cell.tokens], sheet.style)
    ]


def _rows(
    sheet: Sheet, placed: Sequence[tuple[Line, dict[str, list[Cell]]]], anchor: str
) -> list[_Row]:
    """A row for each amount in the anchor column, with the numbers that stand near it."""
    anchors = [
        (line, cell)
        for line, cells in placed
        if (cell := _amount_cell(sheet, cells, anchor)) is not None
    ]
    anchors = _with_cents(sheet, anchors)
    cells: list[dict[str, list[Cell]]] = [{anchor: [cell]} for _, cell in anchors]
    tops = [cell.box.y0 for _, cell in anchors]
    order = sorted(range(len(anchors)), key=lambda number: anchors[number][1].box.middle_y)
    middles = [anchors[number][1].box.middle_y for number in order]
    beside = (
        (kind, one)
        for _, by_kind in placed
        for kind, many in by_kind.items()
        if kind not in (anchor, "description")
        for one in many
    )
    for kind, one in beside:
        for number in (order[at] for at in _nearest(middles, one.box.middle_y)):
            amount = anchors[number][1].box
            away = abs(one.box.middle_y - amount.middle_y)
            if away <= ROW_REACH * max(one.box.height, amount.height):
                cells[number].setdefault(kind, []).append(one)
                if kind in ("quantity", "unit_price", "tax_rate"):
                    tops[number] = min(tops[number], one.box.y0)
    return [
        _Row(top, cell.box.middle_y, line.number, own)
        for (line, cell), top, own in zip(anchors, tops, cells, strict=True)
    ]


def _with_cents(sheet: Sheet, anchors: list[tuple[Line, Cell]]) -> list[tuple[Line, Cell]]:
    """The amounts of a column; where most have cents, a number without is none."""
    exact = [one for one in anchors if any(n.decimals for n in _numbers(sheet, [one[1]]))]
    return exact if 2 * len(exact) > len(anchors) else anchors


def _nearest(heights: Sequence[float], height: float) -> Iterator[int]:
    """The places among sorted heights that are nearest to one: several where they tie."""
    at = bisect_left(heights, height)
    least = min((abs(height - one) for one in heights[max(at - 1, 0) : at + 1]), default=0.0)
    below = takewhile(lambda n: abs(height - heights[n]) == least, range(at - 1, -1, -1))
    yield from below
    yield from takewhile(lambda n: abs(height - heights[n]) == least, range(at, len(heights)))


def _amount_cell(sheet: Sheet, cells: dict[str, list[Cell]], anchor: str) -> Cell | None:
    """The amount of a line; of two in the column, the one that quantity and price make."""
    able = [cell for cell in cells.get(anchor, ()) if _is_number(sheet, cell)]
    if len(able) < 2:
        return able[0] if able else None
    made = [
        quantity.value * price.value
        for quantity in _numbers(sheet, cells.get("quantity", ()))
        for price in _numbers(sheet, cells.get("unit_price", ()))
    ]
    for cell in able:
        if any(abs(n.value - m) < Decimal("0.02") for n in _numbers(sheet, [cell]) for m in made):
            return cell
    return able[0]


def _is_number(sheet: Sheet, cell: Cell) -> bool:
    """Whether a cell is a number, perhaps with a currency or a unit, and not text with one."""
    if sum(map(str.isalpha, cell.text)) > UNIT_LETTERS:
        return False
    return any(not number.is_percent for number in _numbers(sheet, [cell]))


def _with_quantity(sheet: Sheet, row: _Row) -> _Row:
    """A row whose quantity stands under another heading: the number that makes the product."""
    if "quantity" in row.cells:
        return row
    amounts = [_numbers(sheet, row.cells.get(kind, ())) for kind in ("unit_price", "net")]
    if not all(amounts):
        return row
    price, net = (numbers[0].value for numbers in amounts)
    for kind in ("position", "article", "unit", "other"):
        for cell in row.cells.get(kind, ()):
            for number in _numbers(sheet, [cell]):
                if net and abs(number.value * price - net) < Decimal("0.015"):
                    return replace(row, cells={**row.cells, "quantity": [cell]})
    return row


def _described(
    rows: Sequence[_Row], placed: Sequence[tuple[Line, dict[str, list[Cell]]]], anchor: str
) -> Iterator[tuple[_Row, list[Cell]]]:
    """Each row with the lines of its description."""
    texts = [cell for _, cells in placed for cell in cells.get("description", ())]
    order = sorted(rows, key=lambda row: row.middle)
    boxes = [row.cells[anchor][0].box for row in order]
    yield from zip(order, described(boxes, texts), strict=True)


def _item(sheet: Sheet, row: _Row, text: Sequence[Cell]) -> Item | None:
    values: dict[str, Value] = {}
    described = list(text) or _most_text(row)
    if described:
        words = " ".join(cell.text for cell in described)
        box = Box.around([cell.box for cell in described])
        values["description"] = Value(words, words, described[0].page, box)
    for kind in ("quantity", "unit_price", "net", "tax_rate"):
        if (value := _number_value(sheet, kind, row.cells.get(kind, ()))) is not None:
            values[kind] = value
    if (unit := _unit(sheet, row)) is not None:
        values["unit"] = unit
    if "description" not in values or not {"net", "unit_price"} & values.keys():
        return None
    return Item(values, _is_consistent(sheet, values, row))


def _most_text(row: _Row) -> list[Cell]:
    """The cell with the most letters, for a row without anything under its description."""
    able = [cell for kind, cells in row.cells.items() if kind not in MEASURED for cell in cells]
    best = max(able, key=lambda cell: sum(map(str.isalpha, cell.text)), default=None)
    return [] if best is None else [best]


def _number_value(sheet: Sheet, kind: str, cells: Sequence[Cell]) -> Value | None:
    for cell in cells:
        for number in numbers_in([token.text for token in cell.tokens], sheet.style):
            if number.is_percent and kind != "tax_rate":
                continue
            if kind == "tax_rate" and not 0 <= number.value <= MAX_RATE:
                continue
            box = Box.around([t.box for t in cell.tokens[number.first : number.last + 1]])
            return Value(plain(number.value), number.raw, cell.page, box)
    return _measured(sheet, cells) if kind == "quantity" else None


def _measured(sheet: Sheet, cells: Sequence[Cell]) -> Value | None:
    """A quantity that its unit is printed close to: `12Stk.`, `2x`."""
    for cell in cells:
        for token in cell.tokens:
            match = WITH_UNIT.fullmatch(token.text)
            if match and (found := numbers_in([match[1]], sheet.style)):
                return Value(plain(found[0].value), match[1], cell.page, token.box)
    return None


def _unit(sheet: Sheet, row: _Row) -> Value | None:
    """The unit from its own column, or from beside the quantity; as a UN/ECE code if known."""
    for kind in ("unit", "quantity"):
        for cell in row.cells.get(kind, ()):
            for token in cell.tokens:
                if token.text[:1].isdigit() or not (token.key or token.text.strip("-.,")):
                    continue
                if not any(letter.isalpha() for letter in token.text):
                    continue
                code = sheet.lexicon.units.get(phrase_key(token.text), token.text)
                return Value(code, token.text, cell.page, token.box)
    return None


def _is_consistent(sheet: Sheet, values: dict[str, Value], row: _Row) -> bool | None:
    """Whether quantity times unit price, less a discount, is the net amount to a cent or two."""
    if not {"quantity", "unit_price", "net"} <= values.keys():
        return None
    quantity, price, net = (
        Decimal(values[kind].value) for kind in ("quantity", "unit_price", "net")
    )
    whole = quantity * price
    discounts = _numbers(sheet, row.cells.get("discount", ()))
    expected = [whole]
    for discount in discounts:
        expected += [whole * (1 - abs(discount.value) / 100), whole - abs(discount.value)]
    for divisor in _numbers(sheet, row.cells.get("base_quantity", ())):
        if divisor.value:
            expected.append(whole / divisor.value)
    cent = Decimal("0.01")
    slack = max(cent, abs(quantity) * cent / 2) if price != price.to_integral_value() else cent
    rounded = (one.quantize(cent, ROUND_HALF_UP) for one in expected)
    return any(abs(one - net) <= min(slack, cent * 5) for one in rounded)
