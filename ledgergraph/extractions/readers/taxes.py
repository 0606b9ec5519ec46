"""Tax by rate (EN 16931, BG-23): base, rate and tax as a table, a sentence or a line of the totals.

A row is believed because it adds up: base times rate is tax, and the rows that count come to
the net and the tax of the totals. Not here: how the totals themselves are found (totals).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, permutations

from ledgergraph.extractions.readers.amounts import RATES, TOLERANCE, Amount, Rate, rates_on
from ledgergraph.extractions.readers.candidates import Candidate
from ledgergraph.extractions.readers.labels import Sheet
from ledgergraph.money import plain

MANY = 14
"""Amounts of a line of taxes considered."""
MOST_ROWS = 12
"""Rows of tax considered together: a document has two or three."""
MOST_RATES = 5
"""And at most so many of them at once."""
HIGHEST = 40
"""A rate above this many per cent is no tax rate."""


@dataclass(frozen=True)
class TaxRow:
    """What is stated for one rate; base or tax may stand elsewhere, or nowhere."""

    rate: Rate
    base: Amount | None
    tax: Amount | None

    @property
    def place(self) -> tuple[int, float, float]:
        """Where it stands in the document: page, height, and from the left."""
        return self.rate.page, self.rate.box.y0, self.rate.box.x0


@dataclass(frozen=True)
class Stated:
    """The totals that rows of tax must come to, and the rates of the items; None: not known.

    They are proven where net and tax are the gross amount.
    """

    net: Decimal | None
    tax: Decimal | None
    is_proven: bool
    items: Sequence[tuple[Rate, Decimal]] = ()


def whole_rows(sheet: Sheet, amounts: Sequence[Amount]) -> list[TaxRow]:
    """Rows where base times rate is tax, on one line or on two of the same rate."""
    by_line: dict[int, list[Amount]] = {}
    for amount in amounts:
        by_line.setdefault(amount.line, []).append(amount)
    found: dict[tuple[Decimal, Decimal], TaxRow] = {}
    alone: list[tuple[Rate, Amount]] = []
    for number, many in by_line.items():
        for rate in _tax_rates(sheet, number) if len(many) <= MANY else ():
            if len(many) == 1 and rate.is_percent:
                alone.append((rate, many[0]))
            for base, tax in permutations(many, 2):
                if is_tax_of(tax.value, base.value, rate.value):
                    found.setdefault((base.value, rate.value), TaxRow(rate, base, tax))
    for (rate, base), (other, tax) in _pairs(alone):
        if is_tax_of(tax.value, base.value, rate.value):
            found.setdefault((base.value, rate.value), TaxRow(other, base, tax))
    return list(found.values())


def _tax_rates(sheet: Sheet, line: int) -> Iterator[Rate]:
    """The rates on a line that can be those of a tax."""
    for rate in rates_on(sheet, sheet.lines[line]):
        if 0 <= rate.value <= HIGHEST and not _is_of_a_discount(sheet, line, rate):
            yield rate


def _pairs(
    alone: Sequence[tuple[Rate, Amount]],
) -> Iterator[tuple[tuple[Rate, Amount], tuple[Rate, Amount]]]:
    """Two lines of the same rate, either way round."""
    for one, other in combinations(alone[:MANY], 2):
        if one[0].value == other[0].value and one[1].line != other[1].line:
            yield one, other
            yield other, one


def _is_of_a_discount(sheet: Sheet, line: int, rate: Rate) -> bool:
    """Whether a rate on a line is that of a discount or a charge, which no tax follows."""
    hits = sheet.by_line.get(line, ())
    before = [hit for hit in hits if hit.at_start and hit.box.x0 < rate.box.x0]
    is_tax = any(hit.means("tax") for hit in hits)
    return not is_tax and any(hit.means("allowances", "charges") for hit in before)


def is_tax_of(tax: Decimal, base: Decimal, rate: Decimal) -> bool:
    """Whether an amount is the tax on another at a rate in per cent, to a cent or two."""
    if abs(tax) >= abs(base) or (rate and not tax):
        return False
    return abs(base * rate / 100 - tax) <= TOLERANCE


def tax_candidates(
    sheet: Sheet, amounts: Sequence[Amount], rows: Sequence[TaxRow], stated: Stated
) -> Iterator[Candidate]:
    """Candidates for base, rate and tax of each rate, numbered in the order of the document."""
    chosen, evidence = _chosen(sheet, amounts, rows, stated)
    is_only = len(chosen) == 1 and evidence > 0.5
    for number, row in enumerate(sorted(chosen, key=lambda row: row.place)):
        name = f"taxes.{number}"
        rate = row.rate
        yield Candidate(f"{name}.rate", plain(rate.value), rate.raw, rate.page, rate.box, evidence)
        base, tax = row.base, row.tax
        if is_only:  # then the totals are its base and its tax
            base = base or _with(amounts, stated.net, "net", "lines")
            tax = tax or _with(amounts, stated.tax, "tax")
        for part, amount in (("base", base), ("tax", tax)):
            if amount is not None:
                value = plain(amount.value)
                own = evidence if amount in (row.base, row.tax) else 0.9 * evidence
                yield Candidate(f"{name}.{part}", value, amount.raw, amount.page, amount.box, own)


def _with(amounts: Sequence[Amount], value: Decimal | None, *roles: str) -> Amount | None:
    """The amount of a value, one that a label names first."""
    able = [one for one in amounts if one.value == value]
    return max(able, key=lambda one: max(one.roles.get(role, 0.0) for role in roles), default=None)


def _chosen(
    sheet: Sheet, amounts: Sequence[Amount], rows: Sequence[TaxRow], stated: Stated
) -> tuple[Sequence[TaxRow], float]:
    """The rows that the totals are made of, and how sure that is."""
    parts = _part_rows(sheet, amounts, stated)
    known = [row for row in rows if row.base and row.base.value][:MOST_ROWS]
    for some in _subsets(known):
        if _comes_to(some, stated):
            return some, 0.94 if stated.is_proven else 0.6
    for some in _subsets([row for row in parts if row.tax][:MOST_ROWS]):
        total = sum((row.tax.value for row in some if row.tax), Decimal(0))
        is_known = len(some) > 1 or _fits(some[0].rate.value, stated)
        if is_known and stated.tax is not None and abs(total - stated.tax) <= TOLERANCE:
            return some, 0.9
    if found := _of_items(stated):
        return found
    usual = {row.rate.value: row for row in reversed(known) if row.rate.value in RATES}
    return list(usual.values())[:MOST_RATES], 0.35


def _subsets(rows: Sequence[TaxRow]) -> Iterator[Sequence[TaxRow]]:
    """Rows of different rates, the fewest first."""
    for count in range(1, min(len(rows), MOST_RATES) + 1):
        for some in combinations(rows, count):
            if len({row.rate.value for row in some}) == count:
                yield some


def _comes_to(rows: Sequence[TaxRow], stated: Stated) -> bool:
    bases = sum((row.base.value for row in rows if row.base), Decimal(0))
    taxes = sum((row.tax.value for row in rows if row.tax), Decimal(0))
    if stated.net is None or stated.tax is None:
        return False
    slack = TOLERANCE * len(rows)
    return abs(bases - stated.net) <= slack and abs(taxes - stated.tax) <= slack


def _fits(rate: Decimal, stated: Stated) -> bool:
    if stated.net is None or stated.tax is None:
        return False
    return abs(stated.net * rate / 100 - stated.tax) <= TOLERANCE


def _part_rows(sheet: Sheet, amounts: Sequence[Amount], stated: Stated) -> list[TaxRow]:
    """Lines of the totals with a rate and the tax at it, and none of its base."""
    last = {
        one.line: one
        for one in amounts
        if one.roles.get("tax", 0.0) >= 0.4 or one.value == stated.tax
    }
    found: dict[Decimal, TaxRow] = {}
    for number, tax in last.items():
        is_labelled = tax.roles.get("tax", 0.0) >= 0.4
        for rate in _tax_rates(sheet, number):
            if rate.is_percent and (is_labelled or _fits(rate.value, stated)):
                found.setdefault(rate.value, TaxRow(rate, None, tax))
    return list(found.values())


def _of_items(stated: Stated) -> tuple[Sequence[TaxRow], float] | None:
    """The one rate of all items, where it makes the tax of the totals."""
    rates = {rate.value: rate for rate, _ in reversed(stated.items)}
    if len(rates) != 1:
        return None
    (rate,) = rates.values()
    return ([TaxRow(rate, None, None)], 0.7) if _fits(rate.value, stated) else None
