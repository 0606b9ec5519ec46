"""Rows of an item table: what stands below a heading, by geometry.

The numbers below the amount column of a heading row are the rows; what stands beside and
below each belongs to it. Carried totals and the totals below the table are no rows; a
discount or charge below a row is an extra of it. Not here: which column holds what
(item_roles), what a row states (item_values).
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import takewhile

from ledgergraph.evidence import Box
from ledgergraph.extractions.readers.columns import (
    Column,
    Heading,
    columns_on,
    has_number,
    overlap,
    placed_on,
)
from ledgergraph.extractions.readers.gutters import cut
from ledgergraph.extractions.readers.labels import Hit, Sheet
from ledgergraph.extractions.readers.layout import Cell, Line
from ledgergraph.extractions.readers.recognisers import FoundNumber
from ledgergraph.extractions.readers.ruled import band_of, strokes_across
from ledgergraph.extractions.readers.stacks import described

MEASURED = frozenset({"quantity", "unit", "unit_price", "net", "gross", "tax_rate", "discount"})
"""Columns that never hold a description."""
ROW_REACH = 1.4
"""Numbers this many line heights from a row's amount belong to its row."""
SEEN_LINES = 12
"""Lines below a heading row that are looked at for a description it does not name."""
UNIT_LETTERS = 4
"""A cell with a number and more letters than this is text, not a number with its unit."""
END_GAP = 6.0
"""A table ends where nothing stands through so many line heights."""
CENTS = Decimal("0.02")
"""A product may miss its amount by this."""
REPEATED = ("quantity", "unit_price", "net")
LEADING = 1.75
"""Lines of one description follow each other within this many line heights, top to top."""
UNLIKE, UNLIKE_IN_CELL = 0.1, 0.35
"""Lines whose heights differ by this share are of two sizes; more within strokes on a recognised
page: an engine draws its boxes roughly, and what stands in one cell is one text."""
AHEAD = 14
"""Lines below a sum that are looked at for further rows: then it is the sum of a group."""
Placed = tuple[Line, dict[str, list[Cell]]]
"""A line with its cells by column."""


@dataclass(frozen=True, slots=True)
class Row:
    """An amount of the table, the cells that stand with it by column, and its text."""

    middle: float
    line: int
    anchor: str  # the column of its amount
    cells: dict[str, list[Cell]]
    text: tuple[Cell, ...] = ()
    extras: tuple[dict[str, list[Cell]], ...] = ()  # discounts and charges below it


@dataclass(frozen=True)
class Body:
    """What stands below one heading: rows, the last line they reach, whether more may follow."""

    rows: list[Row]
    last: int
    is_open: bool


def body_of(
    sheet: Sheet, heading: Heading, lines: Sequence[Line], furniture: frozenset[int]
) -> Body:
    """The rows below a heading, among the lines of its page; `furniture` are no lines of it."""
    heading = _with_description(heading, lines)
    kinds = {column.kind for column in heading.columns}
    anchor = next(k for k in ("net", "gross", "unit_price") if k in kinds)
    able = [
        line
        for line in lines
        if line.number > heading.last_line
        and line.box.middle_y >= heading.bottom
        and line.flow == heading.line.flow
        and line.number not in furniture
    ]
    placed: list[Placed] = []
    extras: list[Placed] = []
    is_open = True
    bottom, widest = heading.bottom, 0.0
    for position, line in enumerate(able):
        gap, height = line.box.y0 - bottom, line.cells[0].box.height
        if placed and gap > max(END_GAP * height, 2 * widest):
            break  # the foot of the page
        cells = _cells(sheet, heading, line, anchor)
        end = _end_of(sheet, line, cells, anchor, "quantity" in kinds)
        if end == "stop" and not _goes_on(sheet, heading, able[position + 1 :], anchor):
            is_open = False
            break
        widest, bottom = max(widest, gap if placed else 0.0), max(bottom, line.box.y1)
        if end == "item":
            placed.append((line, cells))
        elif end == "extra":
            extras.append((line, cells))
    rows = _with_extras(_described(sheet, _rows(sheet, placed, anchor), placed), extras)
    reached = [row.line for row in rows]
    reached += [cell.line for row in rows for cell in row.text]
    reached += [
        cell.line for row in rows for one in row.extras for many in one.values() for cell in many
    ]
    return Body(rows, max(reached, default=heading.last_line), is_open and bool(rows))


def _cells(sheet: Sheet, heading: Heading, line: Line, anchor: str) -> dict[str, list[Cell]]:
    """The cells of a line by column; a text that runs through several columns is one."""
    placed = placed_on(heading.columns, cut(line, heading.gutters), sheet.style)
    if len(placed) < 2 or any(_is_number(sheet, cell) for cell in placed.get(anchor, ())):
        return placed
    texts = [cell for cell in line.cells if is_text(cell) and len(cell.tokens) > 1]
    if len(texts) == len(line.cells) == 1 and not any(
        _is_number(sheet, cell)
        for kind in ("quantity", "unit_price")
        for cell in placed.get(kind, ())
    ):
        return {"description": texts}
    return placed


def is_text(cell: Cell) -> bool:
    """Whether a cell has more letters than digits, and more than a unit has."""
    letters = sum(map(str.isalpha, cell.text))
    return letters > max(UNIT_LETTERS, sum(map(str.isdigit, cell.text)))


def _goes_on(sheet: Sheet, heading: Heading, lines: Sequence[Line], anchor: str) -> bool:
    """Whether whole rows follow below a sum: it was that of a group."""
    for line in lines[:AHEAD]:
        if sum(t.text[:1].isdigit() for cell in line.cells for t in cell.tokens) < len(REPEATED):
            continue
        cells = placed_on(heading.columns, cut(line, heading.gutters), sheet.style)
        hits = [hit for hit in sheet.by_line.get(line.number, ()) if hit.at_start]
        if any(map(_is_total, hits)):
            continue
        if all(
            any(_is_number(sheet, cell) for cell in cells.get(kind, ()))
            for kind in (*REPEATED[:2], anchor)
        ):
            return True
    return False


def _with_extras(rows: list[Row], extras: Sequence[Placed]) -> list[Row]:
    """The rows with the discounts and charges that stand below them."""
    found = list(rows)
    for line, cells in extras:
        above = [n for n, row in enumerate(found) if row.middle < line.box.middle_y]
        if above:
            row = found[above[-1]]
            found[above[-1]] = replace(row, extras=(*row.extras, cells))
    return found


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
    """What a line below the heading is: `item`, `extra`, `skip`, or `stop` at its end."""
    hits = [hit for hit in sheet.by_line.get(line.number, ()) if hit.at_start]
    amounts = numbers_of(sheet, cells.get(anchor, ()))
    labelled = {hit.cell for hit in hits if _is_total(hit)}
    own = [cell for number, cell in enumerate(line.cells) if number in labelled]
    counted = [cell for cell in cells.get("quantity", ()) if not _within(cell, own)]
    measured = numbers_of(sheet, counted)
    if any(hit.means("carried") for hit in hits):
        return "skip"
    totals = [hit for hit in hits if _is_total(hit) and _is_alone(line, hit)]
    if totals and not measured and _any_number(sheet, line, totals):
        return "stop"
    extras = [hit for hit in hits if hit.means("allowances", "charges") and _is_alone(line, hit)]
    priced = numbers_of(sheet, cells.get("unit_price", ()))
    if extras and not measured and not priced and amounts and has_quantity:
        return "extra"
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
            if any(n.decimals and not n.is_percent for n in numbers_of(sheet, after)):
                return True
            if any(_is_number(sheet, cell) for cell in after):
                return True
    return False


def numbers_of(sheet: Sheet, cells: Sequence[Cell]) -> list[FoundNumber]:
    """The numbers in some cells."""
    return [number for cell in cells for number in sheet.numbers(cell)]


def _rows(sheet: Sheet, placed: Sequence[Placed], anchor: str) -> list[Row]:
    """A row for each amount in the anchor column, with the numbers that stand near it."""
    anchors = [
        (line, cell)
        for line, cells in placed
        if (cell := _amount_cell(sheet, cells, anchor)) is not None
    ]
    anchors = sorted(_with_cents(sheet, anchors), key=lambda one: one[1].box.middle_y)
    cells: list[dict[str, list[Cell]]] = [{anchor: [cell]} for _, cell in anchors]
    middles = [cell.box.middle_y for _, cell in anchors]
    beside = (
        (kind, one)
        for _, by_kind in placed
        for kind, many in by_kind.items()
        if kind not in (anchor, "description")
        for one in many
    )
    for kind, one in beside:
        for number in _nearest(middles, one.box.middle_y):
            amount = anchors[number][1].box
            away = abs(one.box.middle_y - amount.middle_y)
            if away <= ROW_REACH * max(one.box.height, amount.height):
                cells[number].setdefault(kind, []).append(one)
    return [
        Row(cell.box.middle_y, line.number, anchor, own)
        for (line, cell), own in zip(anchors, cells, strict=True)
    ]


def _with_cents(sheet: Sheet, anchors: list[tuple[Line, Cell]]) -> list[tuple[Line, Cell]]:
    """The amounts of a column; where most have cents, a number without is none."""
    exact = [one for one in anchors if any(n.decimals for n in numbers_of(sheet, [one[1]]))]
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
        for quantity in numbers_of(sheet, cells.get("quantity", ()))
        for price in numbers_of(sheet, cells.get("unit_price", ()))
    ]
    for cell in able:
        if any(abs(n.value - m) < CENTS for n in numbers_of(sheet, [cell]) for m in made):
            return cell
    return able[0]


def _is_number(sheet: Sheet, cell: Cell) -> bool:
    """Whether a cell is a number, perhaps with a currency or a unit, and not text with one."""
    if sum(map(str.isalpha, cell.text)) > UNIT_LETTERS:
        return False
    return any(not number.is_percent for number in numbers_of(sheet, [cell]))


def _described(sheet: Sheet, rows: Sequence[Row], placed: Sequence[Placed]) -> list[Row]:
    """The rows with the lines of their descriptions; rows with nothing beside them are none."""
    texts = [cell for _, cells in placed for cell in cells.get("description", ())]
    boxes = [
        next(row.cells[kind][0].box for kind in (*REPEATED[:2], row.anchor) if kind in row.cells)
        for row in rows
    ]
    found = [
        replace(row, text=tuple(text))
        for row, text in zip(rows, _texts(sheet, rows, boxes, texts), strict=True)
    ]
    return [row for row in found if row.text or _states_more(sheet, row)]


def _texts(
    sheet: Sheet, rows: Sequence[Row], boxes: Sequence[Box], texts: Sequence[Cell]
) -> list[list[Cell]]:
    """The cells of text of each row, less details: between its strokes, else by white space."""
    if not rows or not texts:
        return [[] for _ in rows]
    page = sheet.layout.by_number[texts[0].page]
    left = min(cell.box.x0 for cell in texts)
    amounts = [row.cells[row.anchor][0].box for row in rows]
    right = max(box.x1 for box in amounts)
    strokes = strokes_across(page, left, right, boxes[0].height)
    of_rows = [band_of(strokes, box) for box in amounts]
    of_texts = [band_of(strokes, cell.box) for cell in texts]
    if any(of_rows[0] < band < of_rows[-1] for band in set(of_texts) - set(of_rows)):
        return [list(_first_paragraph(own)) for own in described(boxes, texts)]
    is_recognised = page.turned_degrees is not None
    found: list[list[Cell]] = []
    for band in sorted(set(of_rows)):
        own = [cell for cell, at in zip(texts, of_texts, strict=True) if at == band]
        within = [box for box, at in zip(boxes, of_rows, strict=True) if at == band]
        is_closed = len(within) == 1 and band < len(strokes)
        unlike = UNLIKE_IN_CELL if is_closed and is_recognised else UNLIKE
        parts = [own] if is_closed else described(within, own)
        found.extend(list(_first_paragraph(part, unlike)) for part in parts)
    return found


def _states_more(sheet: Sheet, row: Row) -> bool:
    """Whether a row without text states more than its amount: a number, or words elsewhere."""
    return any(
        kind.partition(":")[0] not in MEASURED or any(_is_number(sheet, cell) for cell in cells)
        for kind, cells in row.cells.items()
        if kind != row.anchor
    )


def _first_paragraph(cells: Sequence[Cell], unlike: float = UNLIKE) -> Iterator[Cell]:
    """The lines of a text that follow each other closely in one size: what comes then are
    details, as a number of a series or the day of a delivery."""
    before: Cell | None = None
    for cell in cells:
        if before is not None and cell.line != before.line:
            step = cell.box.y0 - before.box.y0
            size = cell.box.height / max(before.box.height, 0.01)
            if step > LEADING * before.box.height or abs(size - 1) >= unlike:
                return
        yield cell
        before = cell
