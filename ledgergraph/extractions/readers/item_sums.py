"""Whether the items add up to the totals, and what to leave out or take off where they do not.

A wrong split shows by arithmetic: the sum of a group that was taken for a row, a discount
below a row, prices that contain the tax. Only what makes a printed total is changed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from ledgergraph.extractions.readers.item_rows import Row, numbers_of
from ledgergraph.extractions.readers.item_values import Item, Value
from ledgergraph.extractions.readers.labels import Sheet
from ledgergraph.extractions.readers.layout import text_of
from ledgergraph.money import plain

CENT = Decimal("0.01")
NET, GROSS = ("net", "lines"), ("gross", "due")
"""Labels of totals that items without tax come to, and of those with it."""
MOST_TAXED = Decimal("1.4")
"""No tax adds more than this."""
FOR_ALL = 0.8
"""Share of rows that must contain the tax alike."""
Pair = tuple[Row, Item]
"""A row and what it states."""


@dataclass(frozen=True)
class Sums:
    """The amounts that labels of totals stand beside: what the items may come to."""

    values: frozenset[Decimal]

    def has(self, pairs: Sequence[Pair]) -> bool:
        """Whether the net amounts of some items make one of them, to a cent each."""
        nets = [net for _, item in pairs if (net := item.number("net")) is not None]
        total = sum(nets, Decimal(0))
        slack = CENT if len(nets) < 5 else 2 * CENT
        return bool(nets) and any(abs(abs(total) - abs(one)) <= slack for one in self.values)


def reconciled(sheet: Sheet, pairs: Sequence[Pair]) -> list[Item]:
    """The items, changed where that makes a total."""
    net, gross = (Sums(frozenset(_stated(sheet, names))) for names in (NET, GROSS))
    sums = Sums(net.values | gross.values)
    found = [pair for pair in pairs if not _is_of_none(pair)]
    found = _without_sums(found)
    if net.values and gross.has(found) and not net.has(found):
        taxed = _less_tax(sheet, found, net)
        found = found if taxed is None else taxed
    if not sums.values or sums.has(found):
        return [_with_discounts(sheet, row, item, taken=False) for row, item in found]
    for repair in REPAIRS:
        changed = repair(sheet, found, sums)
        if changed is not None:
            return [item for _, item in changed]
    return [_with_discounts(sheet, row, item, taken=False) for row, item in found]


def _is_of_none(pair: Pair) -> bool:
    """Whether a row is no item: nothing was counted, and its amount is nought."""
    item = pair[1]
    return not item.number("net") and "quantity" not in item.values and "net" in item.values


def _stated(sheet: Sheet, names: Sequence[str]) -> Iterator[Decimal]:
    """The amounts beside labels of some totals."""
    for number in {hit.line for hit in sheet.of(*names)}:
        hits = [hit for hit in sheet.by_line[number] if hit.means(*names) and hit.at_start]
        if not hits:
            continue
        right = [c for c in sheet.lines[number].cells if c.box.x1 > hits[0].box.x1]
        amounts = [one for one in numbers_of(sheet, right) if not one.is_percent]
        yield from (one.value for one in amounts if one.decimals == 2 and one.value)


def _without_sums(pairs: Sequence[Pair]) -> list[Pair]:
    """The items without the sums of groups of them: rows that nothing was counted in."""
    counted = sum("quantity" in item.values for _, item in pairs)
    if 2 * counted < len(pairs):
        return list(pairs)
    found: list[Pair] = []
    running = Decimal(0)
    for row, item in pairs:
        net = item.number("net")
        is_bare = "quantity" not in item.values and "unit_price" not in item.values
        if is_bare and running and net is not None and abs(net - running) <= CENT:
            running = Decimal(0)
            continue
        found.append((row, item))
        running += net or Decimal(0)
    return found


def _prices_are_amounts(sheet: Sheet, pairs: Sequence[Pair], sums: Sums) -> list[Pair] | None:
    """Where no column is the amount's, and the prices make the total, they are the amounts."""
    if any("net" in item.values for _, item in pairs):
        return None
    changed = [(row, _renamed(item, "unit_price", "net")) for row, item in pairs]
    return changed if sums.has(changed) else None


def _renamed(item: Item, old: str, new: str) -> Item:
    values = {new if name == old else name: value for name, value in item.values.items()}
    return Item(values, None)


def _less_discounts(sheet: Sheet, pairs: Sequence[Pair], sums: Sums) -> list[Pair] | None:
    """Discounts and charges that are printed below a row are part of its amount."""
    if not any(row.extras for row, _ in pairs):
        return None
    changed = [(row, _with_discounts(sheet, row, item, taken=True)) for row, item in pairs]
    return changed if sums.has(changed) else None


def _with_discounts(sheet: Sheet, row: Row, item: Item, *, taken: bool) -> Item:
    """An item with the discounts and charges below it; `taken` off its amount or left in it."""
    values = dict(item.values)
    counts = {"allowances": 0, "charges": 0}
    for cells in row.extras:
        words = [token for cell in cells.get("description", ()) for token in cell.tokens]
        numbers = [
            one for one in numbers_of(sheet, cells.get(row.anchor, ())) if not one.is_percent
        ]
        if not numbers:
            continue
        cell = cells[row.anchor][0]
        hits = sheet.by_line.get(cell.line, ())
        sign = -1 if (item.number("net") or 0) < 0 else 1  # of a credit note
        is_named = any(hit.means("allowances") for hit in hits)
        is_charge = not is_named and sign * numbers[0].value > 0
        kind = "charges" if is_charge else "allowances"
        name = f"{kind}.{counts[kind]}"
        counts[kind] += 1
        size = sign * abs(numbers[0].value) * (1 if is_charge else -1)
        values[f"{name}.amount"] = Value(plain(abs(size)), numbers[0].raw, cell.page, cell.box)
        reason = [token for token in words if token.text.isalpha()]
        if reason:
            text = text_of(reason)
            values[f"{name}.reason"] = Value(text, text, cell.page, reason[0].box)
        for rate in numbers_of(sheet, cells.get("description", ())):
            if rate.is_percent:
                box = cells["description"][0].box
                percent = Value(plain(abs(rate.value)), rate.raw, cell.page, box)
                values[f"{name}.percentage"] = percent
        if taken and "net" in values:
            net = values["net"]
            total = plain(Decimal(net.value) + size)
            values["net"] = replace(net, value=total, raw=f"{net.raw} {numbers[0].raw}")
    return replace(item, values=values)


def _less_tax(sheet: Sheet, pairs: Sequence[Pair], sums: Sums) -> list[Pair] | None:
    """Amounts that contain the tax: quantity times price is what remains without it."""
    kinds = {
        kind: None for row, _ in pairs for kind in row.cells if kind not in ("net", "quantity")
    }
    for kind in ("unit_price", *kinds):
        changed = [_untaxed(sheet, row, item, kind) for row, item in pairs]
        count = sum(pair is not None for pair in changed)
        if count < max(1, FOR_ALL * len(pairs)):
            continue
        found = [pair or old for pair, old in zip(changed, pairs, strict=True)]
        if sums.has(found):
            return found
    return None


def _untaxed(sheet: Sheet, row: Row, item: Item, kind: str) -> Pair | None:
    """A row with the price of a column, if with the tax its product is the amount."""
    quantity, rate = item.number("quantity"), item.number("tax_rate")
    amount = item.values.get("net") or _first(sheet, row, "gross")
    price = item.values.get("unit_price") if kind == "unit_price" else _first(sheet, row, kind)
    if quantity is None or price is None or amount is None:
        return None
    net = (quantity * Decimal(price.value)).quantize(CENT, ROUND_HALF_UP)
    taxed = Decimal(amount.value)
    if rate is None:
        is_taxed = abs(net) < abs(taxed) < abs(net) * MOST_TAXED
    else:
        slack = max(CENT, abs(quantity) * CENT)
        is_taxed = abs(net) < abs(taxed) and abs(net * (1 + rate / 100) - taxed) <= slack
    if not is_taxed:
        return None
    values = {**item.values, "unit_price": price, "net": replace(amount, value=plain(net))}
    return row, replace(item, values=values)


def _first(sheet: Sheet, row: Row, kind: str) -> Value | None:
    """The first number of a column of a row."""
    for cell in row.cells.get(kind, ()):
        for number in numbers_of(sheet, [cell]):
            if not number.is_percent:
                return Value(plain(number.value), number.raw, cell.page, cell.box)
    return None


def _without_strangers(sheet: Sheet, pairs: Sequence[Pair], sums: Sums) -> list[Pair] | None:
    """Without the rows that are unlike the others: nothing counted, or a product that fails."""
    odd = [
        number
        for number, (_, item) in enumerate(pairs)
        if item.is_consistent is False or "quantity" not in item.values
    ]
    if len(odd) == len(pairs):
        return None
    for left_out in ([one] for one in odd):
        changed = [pair for number, pair in enumerate(pairs) if number not in left_out]
        if sums.has(changed):
            return changed
    changed = [pair for number, pair in enumerate(pairs) if number not in odd]
    return changed if sums.has(changed) else None


Repair = Callable[[Sheet, Sequence[Pair], Sums], list[Pair] | None]
REPAIRS: tuple[Repair, ...] = (
    _less_discounts, _prices_are_amounts, _less_tax, _without_strangers,
)  # fmt: skip
"""What is tried, in this order."""
