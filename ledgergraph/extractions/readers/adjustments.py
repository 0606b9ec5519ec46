"""What lies between the lines and what is due: discounts, charges, prepayments, rounding.

    lines - allowances + charges = net        gross - prepaid + rounding = due

Labels name the amounts, and the two sums prove them: an amount between lines and net that no
label names is a discount or a charge where it makes the sum. Not here: net, tax and gross.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from ledgergraph.evidence import Box
from ledgergraph.extractions.languages import common
from ledgergraph.extractions.readers.amounts import TOLERANCE, Amount, rates_on
from ledgergraph.extractions.readers.candidates import Candidate
from ledgergraph.extractions.readers.labels import Sheet
from ledgergraph.extractions.readers.layout import Token, text_of
from ledgergraph.money import plain

NAMED = 0.4
"""Evidence for a role from which on an amount is taken to be named by a label."""
PROVEN, UNPROVEN = 0.95, 0.6
"""Evidence for what the sums prove, and for what they do not."""
MOST = 6
"""Discounts and charges of a document considered together."""
MOST_ROUNDING = Decimal("0.5")
"""What is due is rounded by half a unit of the currency at most."""
ALLOWANCE, CHARGE = "allowances", "charges"


@dataclass(frozen=True)
class Adjustment:
    """A discount or a charge on the whole document; `amount` is positive where it is one."""

    kind: str
    amount: Decimal
    printed: Amount
    is_sum: bool  # of several, stated one by one elsewhere


@dataclass(frozen=True)
class Known:
    """What is known before: net and gross as chosen, and what the items come to."""

    net: Decimal | None
    gross: Decimal | None
    items: Decimal | None


def adjustment_candidates(
    sheet: Sheet, amounts: Sequence[Amount], known: Known
) -> Iterator[Candidate]:
    """Candidates for the sum of lines, discounts, charges, what was prepaid and what is due."""
    yield from _between_lines_and_net(sheet, amounts, known)
    yield from _between_gross_and_due(amounts, known)


def _between_lines_and_net(
    sheet: Sheet, amounts: Sequence[Amount], known: Known
) -> Iterator[Candidate]:
    lines = _lines_total(amounts, known)
    found, is_proven = _adjustments(sheet, amounts, lines, known.net)
    if lines is not None:
        own = max(lines.roles.get("lines", 0.0), 0.5)
        proof = 0.7 if is_proven else 0.0
        yield _candidate("totals.lines", lines.value, [lines], 1 - (1 - own) * (1 - proof))
    for kind in (ALLOWANCE, CHARGE):
        evidence = PROVEN if is_proven else UNPROVEN
        own_kind = [one for one in found if one.kind == kind]
        sums = [one for one in own_kind if one.is_sum] or own_kind
        if sums:
            total = sum((one.amount for one in sums), Decimal(0))
            yield _candidate(f"totals.{kind}", total, [one.printed for one in sums], evidence)
        single = [one for one in own_kind if not one.is_sum]
        if len(single) < len(own_kind) and sum(one.amount for one in single) != total:
            evidence *= 0.6
        for number, one in enumerate(sorted(single, key=lambda one: _place(one.printed))):
            yield from _of_one(sheet, f"{kind}.{number}", one, evidence)


def _candidate(name: str, value: Decimal, printed: Sequence[Amount], evidence: float) -> Candidate:
    raw = " + ".join(one.raw for one in printed)
    page = printed[0].page
    box = Box.around([one.box for one in printed if one.page == page])
    return Candidate(name, plain(value), raw, page, box, round(min(evidence, 0.99), 4))


def _place(amount: Amount) -> tuple[int, float]:
    return amount.page, amount.box.y0


def _lines_total(amounts: Sequence[Amount], known: Known) -> Amount | None:
    """The amount that the lines come to: as labelled, or the items' sum beside other totals."""
    named = [one for one in amounts if one.roles.get("lines", 0.0) >= NAMED]
    best = max(named, key=lambda one: one.roles["lines"], default=None)
    if best is not None or known.items is None or known.items == known.net:
        return best
    same = [one for one in amounts if one.value == known.items]
    return same[-1] if same and not any(_is_named(one, "gross", "tax") for one in same) else None


def _is_named(amount: Amount, *roles: str) -> bool:
    return any(amount.roles.get(role, 0.0) >= NAMED for role in roles)


def _adjustments(
    sheet: Sheet, amounts: Sequence[Amount], lines: Amount | None, net: Decimal | None
) -> tuple[list[Adjustment], bool]:
    """Discounts and charges, and whether they make net of the lines."""
    named = _last_of_lines(amounts)[:MOST]
    between = _between(sheet, amounts, lines, net)
    sign = -1 if lines is not None and lines.value < 0 else 1
    if lines is not None and net is not None:
        for some in (named, [*named, *between][:MOST], between[:MOST]):
            for kinds in product(*(_kinds(one, sign) for one in some)):
                found = [
                    _adjustment(sheet, one, kind, sign)
                    for one, kind in zip(some, kinds, strict=True)
                ]
                counted = _counted(found)
                if abs(lines.value + sum(map(_signed, counted)) - net) <= TOLERANCE:
                    return found, True
    return [_adjustment(sheet, one, _kinds(one, sign)[0], sign) for one in named], False


def _last_of_lines(amounts: Sequence[Amount]) -> list[Amount]:
    """The last amount of each line that is named a discount or a charge: its base comes before."""
    named = {one.line: one for one in amounts if _is_named(one, ALLOWANCE, CHARGE)}
    for one in amounts:
        if one.line in named and one.box.x0 > named[one.line].box.x0:
            for kind in (ALLOWANCE, CHARGE):
                one.support(kind, named[one.line].roles.get(kind, 0.0))
            named[one.line] = one
    return list(named.values())


def _counted(found: Sequence[Adjustment]) -> list[Adjustment]:
    """What counts: the sum where one is stated, else each."""
    summed = {one.kind for one in found if one.is_sum}
    return [one for one in found if one.is_sum or one.kind not in summed]


def _signed(one: Adjustment) -> Decimal:
    return one.amount if one.kind == CHARGE else -one.amount


def _kinds(amount: Amount, sign: int) -> Sequence[str]:
    """What an amount can be: as it is named, else by its sign against that of the lines."""
    for kind in (ALLOWANCE, CHARGE):
        if _is_named(amount, kind):
            return (kind,)
    return (ALLOWANCE,) if amount.value * sign < 0 else (CHARGE, ALLOWANCE)


def _adjustment(sheet: Sheet, amount: Amount, kind: str, sign: int) -> Adjustment:
    """An amount as discount or charge; discounts are printed with either sign."""
    value = sign * abs(amount.value) if kind == ALLOWANCE else amount.value
    first = next((t.key for t in _words_before(sheet, amount) if t.key), "")
    return Adjustment(kind, value, amount, first in common().sum_words)


def _between(
    sheet: Sheet, amounts: Sequence[Amount], lines: Amount | None, net: Decimal | None
) -> list[Amount]:
    """Amounts without a name that stand between the lines' total and net, in their column."""
    if lines is None or net is None:
        return []
    ends = [one for one in amounts if one.value == net and _is_named(one, "net")]
    if not ends or ends[-1].page != lines.page:
        return []
    first, last = lines.line, ends[-1].line
    slack = 2 * lines.box.height
    return [
        one
        for one in amounts
        if first < one.line < last
        and abs(one.box.x1 - lines.box.x1) < slack
        and not any(evidence >= NAMED for evidence in one.roles.values())
    ]


def _words_before(sheet: Sheet, amount: Amount) -> list[Token]:
    """What names an amount on its line: the cell of its label, else the nearest words before it."""
    line = sheet.lines[amount.line]
    named = {hit.cell for hit in sheet.by_line.get(line.number, ()) if hit.means(ALLOWANCE, CHARGE)}
    before = [
        (number in named, cell)
        for number, cell in enumerate(line.cells)
        if cell.box.x0 < amount.box.x0 and any(map(str.isalpha, cell.text))
    ]
    if not before:
        return []
    cell = next((one for is_named, one in before if is_named), before[-1][1])
    return [token for token in cell.tokens if token.box.x1 <= amount.box.x0 + 1]


def _of_one(sheet: Sheet, name: str, one: Adjustment, evidence: float) -> Iterator[Candidate]:
    """Amount, reason and percentage of one discount or charge."""
    yield _candidate(f"{name}.amount", one.amount, [one.printed], evidence)
    words = _words_before(sheet, one.printed)
    rates = [
        rate
        for rate in rates_on(sheet, sheet.lines[one.printed.line])
        if rate.is_percent and rate.box.x1 <= one.printed.box.x0 + 1
    ]
    reason = [t for t in words if t.key and not any(_within(t, rate.box) for rate in rates)]
    while reason and not any(map(str.isalpha, reason[-1].text)):
        reason.pop()
    if reason:
        text = re.sub(r"[\s:,;(–-]+$", "", text_of(reason))
        box = Box.around([token.box for token in reason])
        yield Candidate(f"{name}.reason", text, text, one.printed.page, box, 0.9 * evidence)
    if len(rates) == 1:
        (rate,) = rates
        yield Candidate(
            f"{name}.percentage", plain(rate.value), rate.raw, rate.page, rate.box, 0.9 * evidence
        )


def _within(token: Token, box: Box) -> bool:
    return box.x0 - 1 <= token.box.x0 and token.box.x1 <= box.x1 + 1


def _between_gross_and_due(amounts: Sequence[Amount], known: Known) -> Iterator[Candidate]:
    """What was prepaid, what it is rounded by, and what is left: as labelled, proven by the sum."""
    prepaid = [one for one in amounts if _is_named(one, "prepaid")]
    rounding = [one for one in amounts if _is_named(one, "rounding")][:1]
    owed = [one for one in amounts if _is_named(one, "due")]
    if known.gross is not None:
        for due in sorted(owed, key=lambda one: -one.roles["due"]):
            paid = _paid(known.gross, due.value, prepaid, rounding)
            if paid is None:
                continue
            yield _candidate("totals.due", due.value, [due], PROVEN if paid else 0.97)
            if paid:
                total = known.gross - due.value + sum((one.value for one in rounding), Decimal(0))
                yield _candidate("totals.prepaid", total, paid, PROVEN)
            elif prepaid and not any(one.value for one in prepaid):
                yield _candidate("totals.prepaid", Decimal(0), prepaid[:1], PROVEN)
            for one in rounding:
                yield _candidate("totals.rounding", one.value, [one], PROVEN)
            return
    for name, some in (("due", owed), ("prepaid", prepaid)):
        best = max(some, key=lambda one: one.roles[name], default=None)
        if best is not None:
            value = abs(best.value) if name == "prepaid" else best.value
            yield _candidate(f"totals.{name}", value, [best], best.roles[name])


def _paid(
    gross: Decimal, due: Decimal, prepaid: Sequence[Amount], rounding: Sequence[Amount]
) -> list[Amount] | None:
    """The prepayments that leave what is due of gross; None if none do, empty if none need to."""
    left = gross + sum((one.value for one in rounding), Decimal(0)) - due
    if abs(left) <= TOLERANCE and not any(one.value for one in prepaid):
        return []
    counted = [one for one in prepaid if one.value]
    for some in ([one] for one in counted):
        if abs(abs(some[0].value) - abs(left)) <= TOLERANCE and left:
            return some
    total = sum((abs(one.value) for one in counted), Decimal(0))
    if len(counted) > 1 and abs(total - abs(left)) <= TOLERANCE:
        return list(counted)
    return None
