"""Which column holds quantity, price and amount, where headings do not say or say it wrongly.

Arithmetic tells: in rows that are read right, quantity times price is the amount. Not here:
what headings say (columns).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import permutations

from ledgergraph.extractions.readers.item_rows import UNIT_LETTERS, Row, numbers_of
from ledgergraph.extractions.readers.labels import Sheet

ROLES = ("quantity", "unit_price", "net")
ENOUGH = 0.8
"""Share of rows in which other columns must make a product to be believed."""
CENT = Decimal("0.01")
MOST_COLUMNS = 9
Numbers = Mapping[str, tuple[Decimal, int]]
"""Value and decimals by column."""


def with_roles(sheet: Sheet, rows: Sequence[Row]) -> list[Row]:
    """The rows with their columns named as arithmetic tells, or as they were."""
    found = [_numbers(sheet, row) for row in rows]
    known = [one for one in found if all(role in one for role in ROLES)]
    right = sum(_is_product(one, *ROLES, row) for one, row in _with_discounts(sheet, found, rows))
    if not rows or 2 * right >= len(known) > 0:
        return list(rows)
    best = max(_triples(found), key=lambda one: _score(found, one), default=None)
    if best is None or _score(found, best)[0] < max(1, ENOUGH * _able(found, best), right + 1):
        return list(rows)
    return [_renamed(row, dict(zip(best, ROLES, strict=True))) for row in rows]


def _numbers(sheet: Sheet, row: Row) -> dict[str, tuple[Decimal, int]]:
    """The first number of each column that holds one."""
    found = {}
    for kind, cells in row.cells.items():
        for cell in cells:
            if sum(map(str.isalpha, cell.text)) > UNIT_LETTERS:
                continue
            numbers = [one for one in numbers_of(sheet, [cell]) if not one.is_percent]
            if numbers:
                found[kind] = numbers[0].value, numbers[0].decimals
                break
    return found


def _with_discounts(
    sheet: Sheet, found: Sequence[Numbers], rows: Sequence[Row]
) -> Iterator[tuple[Numbers, Sequence[Decimal]]]:
    for numbers, row in zip(found, rows, strict=True):
        cells = [
            cell
            for kind in ("discount", "base_quantity", "unit_price", "unit")
            for cell in row.cells.get(kind, ())
        ]
        yield numbers, [one.value for one in numbers_of(sheet, cells)]


def _is_product(
    numbers: Numbers, quantity: str, price: str, net: str, others: Sequence[Decimal] = ()
) -> bool:
    """Whether two columns make a third, perhaps less a discount or per so many."""
    if not all(one in numbers for one in (quantity, price, net)):
        return False
    whole, amount = numbers[quantity][0] * numbers[price][0], numbers[net][0]
    if not amount:
        return False
    made = [whole]
    for other in others:
        made += [whole * (1 - abs(other) / 100), whole - abs(other)]
        made += [whole / other] if other else []
    return any(abs(one.quantize(CENT, ROUND_HALF_UP) - amount) <= CENT for one in made)


def _triples(found: Sequence[Numbers]) -> Iterator[tuple[str, str, str]]:
    """Columns that could be quantity, price and amount: amounts have cents."""
    kinds = [kind for kind in {k: None for one in found for k in one} if kind != "tax_rate"]
    for quantity, price, net in permutations(kinds[:MOST_COLUMNS], 3):
        if quantity == "net" or all(one[net][1] != 2 for one in found if net in one):
            continue
        yield quantity, price, net


def _able(found: Sequence[Numbers], triple: tuple[str, str, str]) -> int:
    return sum(all(kind in one for kind in triple) for one in found)


def _score(found: Sequence[Numbers], triple: tuple[str, str, str]) -> tuple[int, int, int]:
    """Rows that the triple explains, roles that it keeps, and whether the price has cents."""
    rows = sum(_is_product(one, *triple) and _tells(one, triple) for one in found)
    kept = sum(kind == role for kind, role in zip(triple, ROLES, strict=True))
    cents = sum(one[triple[1]][1] >= 2 for one in found if triple[1] in one)
    return rows, kept, cents


def _tells(numbers: Numbers, triple: tuple[str, str, str]) -> bool:
    """Whether a product says anything: one times something is itself in any column."""
    quantity, price, _ = triple
    is_counted = quantity in ("quantity", "unit")
    return is_counted or price == "unit_price" or numbers[quantity][0] != 1


def _renamed(row: Row, roles: Mapping[str, str]) -> Row:
    """A row whose columns have new names; what had one of them is `other`."""
    cells = {}
    for kind, many in row.cells.items():
        name = roles.get(kind, f"other:{kind}" if kind in roles.values() else kind)
        cells[name] = many
    anchor = roles.get(row.anchor, row.anchor if row.anchor in cells else "net")
    return replace(row, cells=cells, anchor=anchor)
