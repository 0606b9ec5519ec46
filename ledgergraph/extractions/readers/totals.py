"""The sums of a document: a joint search of labels and arithmetic.

Each amount outside the item table gathers evidence for what it is from the labels beside and
above it. Then the triple of net, tax and gross is chosen that labels and arithmetic together
make most likely: net + tax = gross with one rate, with several, or with none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ledgergraph.evidence import Box
from ledgergraph.extractions.line_items import Item
from ledgergraph.extractions.readers.adjustments import Known, adjustment_candidates
from ledgergraph.extractions.readers.amounts import (
    TOLERANCE,
    Amount,
    Rate,
    amounts_of,
    has_usual_rate,
)
from ledgergraph.extractions.readers.candidates import Candidate
from ledgergraph.extractions.readers.labels import Hit, Sheet, cells_below, right_of
from ledgergraph.extractions.readers.layout import Cell, Token
from ledgergraph.extractions.readers.taxes import Stated, TaxRow, tax_candidates, whole_rows
from ledgergraph.money import plain

ROLES = (
    "lines", "allowances", "charges", "net", "tax", "gross", "prepaid", "rounding", "due",
)  # fmt: skip
"""What an amount of the totals can be; `totals.` and one of these is a field."""
CENTRED = 0.8
"""A label in the middle of two lines stands beside an amount within so many of its heights."""
MANY = 14
"""Amounts considered for each role."""


@dataclass(frozen=True)
class Sum:
    """A value for a role: an amount as printed, or several that make it."""

    value: Decimal
    parts: tuple[Amount, ...]
    evidence: float


@dataclass(frozen=True)
class Triple:
    """Net, tax and gross as chosen together."""

    net: Sum | None
    tax: Sum | None
    gross: Sum | None
    score: float
    is_consistent: bool


def read_totals(sheet: Sheet, table: frozenset[int], items: Sequence[Item]) -> list[Candidate]:
    """Candidates for the totals of a document and its tax by rate; `items` are its lines."""
    amounts = amounts_of(sheet, table)
    _label(sheet, table, amounts)
    rows = whole_rows(sheet, amounts)
    is_exempt = any(True for _ in sheet.of("exempt"))
    nets = [Decimal(item.values["net"].value) for item in items if "net" in item.values]
    best = _best(amounts, rows, sum(nets, Decimal(0)) if nets else None, is_exempt)
    found = list(_chosen(best))
    known = Known(
        best.net.value if best.net else None,
        best.gross.value if best.gross else None,
        sum(nets, Decimal(0)) if nets else None,
    )
    found.extend(adjustment_candidates(sheet, amounts, known))
    taken = {(one.field, one.value) for one in found}
    found.extend(o for o in _alternatives(amounts) if (o.field, o.value) not in taken)
    found.extend(tax_candidates(sheet, amounts, rows, _stated(best, items)))
    return found


def _stated(best: Triple, items: Sequence[Item]) -> Stated:
    """Net and tax as chosen, and the rates of the items."""
    rates = [
        (
            Rate(Decimal(rate.value), rate.raw, rate.page, rate.box, True),
            Decimal(item.values["net"].value),
        )
        for item in items
        if (rate := item.values.get("tax_rate")) is not None and "net" in item.values
    ]
    net, tax = (one.value if one else None for one in (best.net, best.tax))
    return Stated(net, tax, best.is_consistent, rates)


def _label(sheet: Sheet, table: frozenset[int], amounts: Sequence[Amount]) -> None:
    """Give each amount the roles of the labels beside or above it."""
    by_place = {(one.line, one.tokens[0].box.x0): one for one in amounts}
    for hit in sheet.of(*ROLES):
        if hit.line in table:
            continue
        cell = sheet.lines[hit.line].cells[hit.cell]
        beside = _until_next(sheet, hit, cell)
        found = _known(by_place, hit.line, beside)
        if found:
            for number, amount in enumerate(reversed(found)):
                _support(amount, hit, 0.95 if number == 0 else 0.3)
            continue
        if any(token.key and not _is_rate(token) for token in beside) and not hit.is_whole:
            continue
        if (near := _centred(amounts, hit, sheet.lines[hit.line].page)) is not None:
            _support(near, hit, 0.85)
            continue
        for below in cells_below(sheet, hit.box, hit.line):
            for amount in _known(by_place, below.line, below.tokens)[:1]:
                _support(amount, hit, 0.6)


def _centred(amounts: Sequence[Amount], hit: Hit, page: int) -> Amount | None:
    """The nearest amount right of a label, a part of a line above or below it."""
    near = [
        one
        for one in amounts
        if one.page == page
        and one.line != hit.line
        and one.box.x0 > hit.box.x1
        and abs(one.box.middle_y - hit.box.middle_y) < CENTRED * hit.box.height
    ]
    return min(near, key=lambda one: abs(one.box.middle_y - hit.box.middle_y), default=None)


def _until_next(sheet: Sheet, hit: Hit, cell: Cell) -> list[Token]:
    """The tokens after a label on its line, up to the next label of a sum."""
    rest = list(cell.tokens[hit.last + 1 :])
    for other in sheet.hits_in(hit.line, hit.cell):
        if other.first > hit.last and other.means(*ROLES):
            return list(cell.tokens[hit.last + 1 : other.first])
    return rest + right_of(sheet, hit)


def _is_rate(token: Token) -> bool:
    return token.text[:1].isdigit() or token.key == "%" or token.text.startswith("(")


def _known(
    by_place: dict[tuple[int, float], Amount], line: int, tokens: Sequence[Token]
) -> list[Amount]:
    places = ((line, token.box.x0) for token in tokens)
    return [by_place[place] for place in places if place in by_place]


def _support(amount: Amount, hit: Hit, trust: float) -> None:
    for role in ROLES:
        if weight := hit.weight_of(role):
            amount.support(role, weight * trust)


def _best(
    amounts: Sequence[Amount], taxes: Sequence[TaxRow], items: Decimal | None, is_exempt: bool
) -> Triple:
    nets = _options(amounts, {"net": 1.0, "lines": 0.5})
    grosses = _options(amounts, {"gross": 1.0, "due": 0.6})
    tax_options = _options(amounts, {"tax": 1.0})
    _add(tax_options, _sum_of([row.tax for row in taxes if row.tax], 0.75))
    _add(nets, _sum_of([row.base for row in taxes if row.base], 0.6))
    labelled = [one for one in amounts if one.roles.get("tax", 0) > 0.4]
    _add(tax_options, _sum_of(_one_a_line(labelled), 0.4))
    if items is not None and (match := _with_value(amounts, items)) is not None:
        _add(nets, Sum(items, (match,), 0.5))
    for one in amounts:
        for options in (nets, grosses, tax_options):
            _add(options, Sum(one.value, (one,), 0.05))
    none = Sum(Decimal(0), (), 0.5 if is_exempt else 0.2)
    zeros = [] if Decimal(0) in tax_options else [none]
    top = [_top(options) for options in (nets, tax_options, grosses)]
    largest = max((abs(one.value) for one in amounts), default=Decimal(0))
    consistent = [
        _triple(net, tax, gross, items, largest)
        for net in top[0]
        for tax in [*top[1], *zeros]
        for gross in top[2]
        if _adds_up(net, tax, gross)
    ]
    net, tax, gross = (_labelled_only(options) for options in top)
    alone = Triple(net, tax, gross, 0.0, is_consistent=False)
    alone_score = sum(one.evidence for one in (alone.net, alone.tax, alone.gross) if one)
    best = max(consistent, key=lambda one: one.score, default=None)
    if best is None or best.score < alone_score:
        return alone
    return best


def _options(amounts: Sequence[Amount], roles: dict[str, float]) -> dict[Decimal, Sum]:
    options: dict[Decimal, Sum] = {}
    for amount in amounts:
        evidence = max(amount.roles.get(role, 0.0) * share for role, share in roles.items())
        if evidence:
            _add(options, Sum(amount.value, (amount,), evidence))
    return options


def _add(options: dict[Decimal, Sum], one: Sum | None) -> None:
    if one is None:
        return
    known = options.get(one.value)
    if known is None or one.evidence > known.evidence:
        options[one.value] = one


def _sum_of(parts: Sequence[Amount], evidence: float) -> Sum | None:
    if not parts:
        return None
    return Sum(sum((part.value for part in parts), Decimal(0)), tuple(parts), evidence)


def _one_a_line(amounts: Sequence[Amount]) -> list[Amount]:
    """The last amount of each line: the tax, where its base stands before it."""
    return list({one.line: one for one in amounts}.values())


def _with_value(amounts: Sequence[Amount], value: Decimal) -> Amount | None:
    return next((one for one in amounts if one.value == value), None)


def _top(options: dict[Decimal, Sum]) -> list[Sum]:
    return sorted(options.values(), key=lambda one: (-one.evidence, -abs(one.value)))[:MANY]


def _labelled_only(options: Sequence[Sum]) -> Sum | None:
    return next((one for one in options if one.evidence > 0.3), None)


def _adds_up(net: Sum, tax: Sum, gross: Sum) -> bool:
    if not gross.value and (net.value or tax.value):
        return False
    return (
        abs(net.value + tax.value - gross.value) <= TOLERANCE
        and abs(tax.value) < abs(net.value)
        and (net.value < 0) == (gross.value < 0)
    )


def _triple(net: Sum, tax: Sum, gross: Sum, items: Decimal | None, largest: Decimal) -> Triple:
    score = net.evidence + tax.evidence + gross.evidence
    score += 0.7 if tax.value else 0.1
    score += 0.3 if has_usual_rate(net.value, tax.value) else 0.0
    score += 0.3 if items is not None and abs(items - net.value) <= TOLERANCE else 0.0
    score += 0.1 if abs(gross.value) == largest else 0.0
    score -= 0.2 * (net.value + tax.value != gross.value)
    return Triple(net, tax, gross, score, is_consistent=True)


def _chosen(best: Triple) -> Iterator[Candidate]:
    for role, one in (("net", best.net), ("tax", best.tax), ("gross", best.gross)):
        if one is None:
            continue
        parts = one.parts
        evidence = min(one.evidence, 0.98)
        if best.is_consistent:
            proof = 0.85 if best.tax is not None and best.tax.value else 0.5
            evidence = 1 - (1 - evidence) * (1 - proof)
        if not parts:  # nothing is printed: no tax, because gross is net
            anchor = best.gross or best.net
            if anchor is None or not anchor.parts:
                continue
            parts = anchor.parts
            evidence = min(0.3 + one.evidence, 0.85)
        raw = " + ".join(part.raw for part in parts)
        box = Box.around([part.box for part in parts if part.page == parts[0].page])
        yield Candidate(
            f"totals.{role}", plain(one.value), raw, parts[0].page, box, round(evidence, 4)
        )


def _alternatives(amounts: Sequence[Amount]) -> Iterator[Candidate]:
    """The other amounts that a label names: what a person may choose instead."""
    for amount in amounts:
        for role, evidence in amount.roles.items():
            if role in ("net", "tax", "gross", "due", "prepaid"):
                yield Candidate(
                    f"totals.{role}", plain(amount.value), amount.raw, amount.page, amount.box,
                    round(evidence * 0.5, 4),
                )  # fmt: skip
