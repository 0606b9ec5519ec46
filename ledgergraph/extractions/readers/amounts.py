"""The amounts of a document outside its item table, and the tax rates that stand among them.

Belongs here: where an amount stands and what evidence it has gathered for being one total or
another. Not here: which total it is (totals), and which tax at which rate (taxes).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from ledgergraph.evidence import Box
from ledgergraph.extractions.readers.labels import Sheet
from ledgergraph.extractions.readers.layout import Line, Token, text_of
from ledgergraph.extractions.readers.recognisers import FoundNumber, numbers_in

TOLERANCE = Decimal("0.02")
"""Net and tax may miss gross by this: each is rounded on its own."""
RATES = tuple(Decimal(rate) for rate in (
    "0", "2.1", "2.5", "2.6", "3", "3.7", "3.8", "4", "5", "5.5", "6", "7", "7.7", "8", "8.1",
    "8.5", "9", "9.5", "10", "12", "13", "13.5", "14", "15", "16", "17", "18", "19", "20", "21",
    "22", "23", "24", "25", "25.5", "27",
))  # fmt: skip
"""Rates of value added tax in force in Europe, now or lately, in per cent."""


@dataclass
class Amount:
    """An amount on a page and the evidence for each role that it can have."""

    value: Decimal
    tokens: tuple[Token, ...]
    page: int
    line: int
    raw: str
    roles: dict[str, float] = field(default_factory=dict)

    def support(self, role: str, evidence: float) -> None:
        """Add evidence for a role; the strongest counts."""
        self.roles[role] = max(self.roles.get(role, 0.0), evidence)

    @property
    def box(self) -> Box:
        """The box around the amount as printed."""
        return Box.around([token.box for token in self.tokens])


@dataclass(frozen=True, slots=True)
class Rate:
    """A tax rate in per cent as printed; `is_percent` where it has its sign."""

    value: Decimal
    raw: str
    page: int
    box: Box
    is_percent: bool


def amounts_of(sheet: Sheet, table: frozenset[int]) -> list[Amount]:
    """The amounts outside the item table: with cents, or with a currency."""
    amounts: list[Amount] = []
    for line in sheet.lines:
        if line.number in table or not any(map(str.isdigit, line.text)):
            continue
        for cell in line.cells:
            for number in sheet.numbers(cell):
                if _is_amount(number):
                    tokens = cell.tokens[number.first : number.last + 1]
                    amounts.append(
                        Amount(number.value, tokens, line.page, line.number, text_of(tokens))
                    )
    return amounts


def _is_amount(number: FoundNumber) -> bool:
    if number.is_percent:
        return False
    return number.decimals == 2 or (number.decimals <= 3 and number.currency is not None)


def rates_on(sheet: Sheet, line: Line) -> Iterator[Rate]:
    """The tax rates on a line: printed as per cent, or a bare number that is one in force."""
    for cell in line.cells:
        texts = [token.text for token in cell.tokens]
        bare = [text.strip("()[]@:;") for text in texts]  # `(19 %)`, `à 20 %:`
        found = list(sheet.numbers(cell))
        if bare != texts:
            seen = {number.first for number in found if number.is_percent}
            more = numbers_in(bare, sheet.style)
            found += [one for one in more if one.is_percent and one.first not in seen]
        for number in found:
            if number.is_percent or number.value in RATES:
                box = Box.around([t.box for t in cell.tokens[number.first : number.last + 1]])
                yield Rate(number.value, number.raw, line.page, box, number.is_percent)


def has_usual_rate(net: Decimal, tax: Decimal) -> bool:
    """Whether a tax is that on a net amount at a rate in force somewhere in Europe."""
    if not net or not tax:
        return False
    slack = Decimal("0.015") / abs(net) * 100
    return any(abs(tax / net * 100 - rate) <= slack for rate in RATES)
