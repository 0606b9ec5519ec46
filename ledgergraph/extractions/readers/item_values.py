"""What a row of an item table states: description, quantity, price, amount, rate, discount.

Not here: which cells belong to a row (item_rows), and whether rows add up to the totals
(item_sums).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from ledgergraph.evidence import Box
from ledgergraph.extractions.languages import phrase_key
from ledgergraph.extractions.readers.item_rows import MEASURED, Row, numbers_of
from ledgergraph.extractions.readers.labels import Sheet
from ledgergraph.extractions.readers.layout import Cell, text_of
from ledgergraph.extractions.readers.recognisers import FoundNumber, numbers_in
from ledgergraph.money import plain

WITH_UNIT = re.compile(r"([-−]?\d[\d.,'’]*?)[.,]?([^\W\d].*)")
"""A number and its unit in one word."""
TIMES = ("x", "×", "*", "@", "à", "a")
"""What stands between a quantity and its price in a text."""
MAX_RATE = 40
"""A tax rate above this many per cent is no tax rate."""
CENT = Decimal("0.01")


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

    def number(self, name: str) -> Decimal | None:
        """The number that one of its fields states, or None."""
        value = self.values.get(name)
        return None if value is None else Decimal(value.value)


def item_of(sheet: Sheet, row: Row) -> Item | None:
    """What a row states; None where it has no words, or no amount."""
    values: dict[str, Value] = {}
    words = list(row.text) or _most_text(row)
    if words:
        values["description"] = _text(words)
    for kind in ("quantity", "unit_price", "net", "tax_rate"):
        if (value := _number_value(sheet, kind, row.cells.get(kind, ()))) is not None:
            values[kind] = value
    if (unit := _unit(sheet, row)) is not None:
        values["unit"] = unit
    if "description" not in values or not {"net", "unit_price"} & values.keys():
        return None
    if not {"quantity", "unit_price"} & values.keys():
        values |= _multiplied(sheet, words, values["net"])
    values |= _base_quantity(sheet, row, values)
    values |= _discount(sheet, row, values)
    return Item(values, is_consistent(sheet, values, row))


def _text(cells: Sequence[Cell]) -> Value:
    words = " ".join(cell.text for cell in cells)
    return Value(words, words, cells[0].page, Box.around([cell.box for cell in cells]))


def _most_text(row: Row) -> list[Cell]:
    """The cell with the most letters, for a row without anything under its description."""
    able = [cell for kind, cells in row.cells.items() if kind not in MEASURED for cell in cells]
    best = max(able, key=lambda cell: sum(map(str.isalpha, cell.text)), default=None)
    return [] if best is None else [best]


def _number_value(sheet: Sheet, kind: str, cells: Sequence[Cell]) -> Value | None:
    for cell in cells:
        for number in numbers_of(sheet, [cell]):
            if number.is_percent and kind != "tax_rate":
                continue
            if kind == "tax_rate" and not 0 <= number.value <= MAX_RATE:
                continue
            return _value(cell, number)
    return _measured(sheet, cells) if kind == "quantity" else None


def _value(cell: Cell, number: FoundNumber) -> Value:
    box = Box.around([t.box for t in cell.tokens[number.first : number.last + 1]])
    return Value(plain(number.value), number.raw, cell.page, box)


def _measured(sheet: Sheet, cells: Sequence[Cell]) -> Value | None:
    """A quantity that its unit is printed close to: `12Stk.`, `2x`."""
    for cell in cells:
        for token in cell.tokens:
            match = WITH_UNIT.fullmatch(token.text)
            if match and (found := numbers_in([match[1]], sheet.style)):
                return Value(plain(found[0].value), match[1], cell.page, token.box)
    return None


def _unit(sheet: Sheet, row: Row) -> Value | None:
    """The unit from its own column, or from beside the quantity; as a UN/ECE code if known."""
    for kind in ("unit", "quantity"):
        for cell in row.cells.get(kind, ()):
            for token in cell.tokens:
                text = token.text
                if text[:1].isdigit():
                    match = WITH_UNIT.fullmatch(text)
                    text = match[2] if match else ""
                if not any(letter.isalpha() for letter in text) or text in TIMES:
                    continue
                code = sheet.lexicon.units.get(phrase_key(text), text)
                return Value(code, text, cell.page, token.box)
    return None


def _multiplied(sheet: Sheet, words: Sequence[Cell], net: Value) -> dict[str, Value]:
    """Quantity and price that stand in the text, where they make the amount: `3 x 85,00`."""
    for cell in words:
        numbers = [one for one in numbers_of(sheet, [cell]) if not one.is_percent]
        for one, other in pairwise(numbers):
            between = cell.tokens[one.last + 1 : other.first]
            is_times = any(t.text.casefold().strip(".:") in TIMES for t in between)
            product = (one.value * other.value).quantize(CENT, ROUND_HALF_UP)
            if is_times and abs(abs(product) - abs(Decimal(net.value))) <= CENT:
                found = {"quantity": _value(cell, one), "unit_price": _value(cell, other)}
                rest = [*cell.tokens[: one.first], *cell.tokens[other.last + 1 :]]
                kept = [c.text for c in words if c is not cell]
                text = " ".join([*kept, text_of(rest)]).strip()
                if sum(map(str.isalpha, text)) > 2:
                    box = Box.around([c.box for c in words])
                    found["description"] = Value(text, text, cell.page, box)
                return found
    return {}


def _base_quantity(sheet: Sheet, row: Row, values: Mapping[str, Value]) -> dict[str, Value]:
    """For how many the price is, where that makes the amount: `12,00 / 100 Stk.`."""
    if not {"quantity", "unit_price", "net"} <= values.keys():
        return {}
    quantity, price, net = (
        Decimal(values[kind].value) for kind in ("quantity", "unit_price", "net")
    )
    for cell, number in _divisors(sheet, row):
        if number.value > 1 and abs(quantity * price / number.value - net) <= CENT:
            return {"price_base_quantity": _value(cell, number)}
    return {}


def _divisors(sheet: Sheet, row: Row) -> Iterator[tuple[Cell, FoundNumber]]:
    for cell in row.cells.get("base_quantity", ()):
        yield from ((cell, number) for number in numbers_of(sheet, [cell]))
    for cell in row.cells.get("unit_price", ()):
        yield from ((cell, number) for number in numbers_of(sheet, [cell])[1:])
    for cell in row.cells.get("unit", ()):
        yield from ((cell, number) for number in numbers_of(sheet, [cell]))


def _discount(sheet: Sheet, row: Row, values: Mapping[str, Value]) -> dict[str, Value]:
    """The discount of a row from its own column: per cent where it says or makes it so."""
    if not {"quantity", "unit_price", "net"} <= values.keys():
        return {}
    whole = Decimal(values["quantity"].value) * Decimal(values["unit_price"].value)
    net = Decimal(values["net"].value)
    for cell in row.cells.get("discount", ()):
        for number in numbers_of(sheet, [cell]):
            if not number.value:
                continue
            size = abs(number.value)
            value = Value(plain(size), number.raw, cell.page, cell.box)
            if number.is_percent or abs(whole * (1 - size / 100) - net) <= 2 * CENT:
                return {"allowances.0.percentage": value}
            if abs(whole - size - net) <= 2 * CENT:
                return {"allowances.0.amount": value}
    return {}


def is_consistent(sheet: Sheet, values: Mapping[str, Value], row: Row) -> bool | None:
    """Whether quantity times unit price, less a discount, is the net amount to a cent or two."""
    if not {"quantity", "unit_price", "net"} <= values.keys():
        return None
    quantity, price, net = (
        Decimal(values[kind].value) for kind in ("quantity", "unit_price", "net")
    )
    whole = quantity * price
    expected = [whole]
    for discount in numbers_of(sheet, row.cells.get("discount", ())):
        expected += [whole * (1 - abs(discount.value) / 100), whole - abs(discount.value)]
    for _, divisor in _divisors(sheet, row):
        if divisor.value:
            expected.append(whole / divisor.value)
    slack = max(CENT, abs(quantity) * CENT / 2) if price != price.to_integral_value() else CENT
    rounded = (one.quantize(CENT, ROUND_HALF_UP) for one in expected)
    return any(abs(one - net) <= min(slack, CENT * 5) for one in rounded)
