"""Rules on sums: EN 16931's conditions BR-CO-10 to BR-CO-17, with its own tolerances.

Amounts are compared in whole minor units of the currency. Allowances, charges, rounding and
tax by rate count as far as they were read, from XML and pages alike. What a page may print and
nobody read there is never held against a document: where it could explain a difference (a
rounding of up to half a unit, an allowance on a line), there is no breach. The same conditions
on an XML's own terms are in `en16931`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal

from ledgergraph.extractions.rules.document import (
    Breach,
    DocumentRule,
    Part,
    number_in,
    numbered,
    shown,
)  # fmt: skip
from ledgergraph.issues import Kind, Severity
from ledgergraph.money import minor_digits, plain, rounded

Check = Callable[[Part], list[Breach]]
ZERO = Decimal(0)
MOST_ROUNDING = Decimal("0.5")
"""The rounding amount (BT-114) rounds to a whole unit at most."""


def _differs(part: Part, name: str, stated: Decimal, expected: Decimal, how: str) -> list[Breach]:
    currency = part.currency
    if rounded(stated, currency) == rounded(expected, currency):
        return []
    seen, due = shown(stated, currency), shown(expected, currency)
    return [Breach(name, None, f"{seen} is stated, {how} is {due}")]


def _lines_add_up(part: Part) -> list[Breach]:
    total = part.amount("totals.lines")
    nets = [number_in(line, "net") for line in part.lines.values()]
    known = [net for net in nets if net is not None]
    if total is None or not known or len(known) < len(nets):
        return []
    return _differs(part, "totals.lines", total, sum(known, ZERO), "the sum of the lines")


def _net_follows_from_lines(part: Part) -> list[Breach]:
    net, lines = part.amount("totals.net"), part.amount("totals.lines")
    if net is None or lines is None:
        return []
    allowances, charges = part.amount("totals.allowances"), part.amount("totals.charges")
    expected = lines - (allowances or ZERO) + (charges or ZERO)
    return _differs(
        part, "totals.net", net, expected, "the sum of lines less allowances plus charges"
    )


def _gross_is_net_plus_tax(part: Part) -> list[Breach]:
    net, tax = part.amount("totals.net"), part.amount("totals.tax")
    gross = part.amount("totals.gross")
    if net is None or tax is None or gross is None:
        return []
    return _differs(part, "totals.gross", gross, net + tax, "net plus tax")


def _due_is_gross_less_prepaid(part: Part) -> list[Breach]:
    gross, due = part.amount("totals.gross"), part.amount("totals.due")
    if gross is None or due is None:
        return []
    rounding = part.amount("totals.rounding")
    expected = gross - (part.amount("totals.prepaid") or ZERO) + (rounding or ZERO)
    if rounding is None and not part.is_structured and abs(due - expected) <= MOST_ROUNDING:
        return []
    return _differs(part, "totals.due", due, expected, "gross less what was prepaid")


def _adds_up(total: str, group: str, amount: str, how: str) -> Check:
    """A check that a total is the sum of what is stated one by one, where both are."""

    def check(part: Part) -> list[Breach]:
        stated = part.amount(total)
        amounts = [one.get(amount) for one in numbered(part.header, group)]
        known = [one for one in amounts if one is not None]
        if stated is None or not known or len(known) < len(amounts):
            return []
        return _differs(part, total, stated, sum(known, ZERO), how)

    return check


def _each_tax_is_base_times_rate(part: Part) -> list[Breach]:
    wrong = []
    for one in numbered(part.header, "taxes"):
        if not {"base", "tax", "rate"} <= one.keys():
            continue
        expected = one["base"] * one["rate"] / 100
        if abs(one["tax"] - expected) >= 1:  # one unit of the currency
            seen = shown(one["tax"], part.currency)
            due = shown(rounded(expected, part.currency), part.currency)
            wrong.append(f"at {plain(one['rate'])} % {seen} is stated, base times rate is {due}")
    return [Breach("totals.tax", None, "; ".join(wrong))] if wrong else []


def _tax_follows_from_rates(part: Part) -> list[Breach]:
    """Only where no allowance or charge of the whole document shifts the base of a rate."""
    tax = part.amount("totals.tax")
    if tax is None or part.amount("totals.allowances") or part.amount("totals.charges"):
        return []
    bases: dict[Decimal, Decimal] = defaultdict(Decimal)
    for line in part.lines.values():
        net, rate = number_in(line, "net"), number_in(line, "tax_rate")
        if net is None or rate is None:
            return []
        bases[rate] += net
    lines, net_total = sum(bases.values(), ZERO), part.amount("totals.net")
    if not bases or net_total is None or rounded(lines) != rounded(net_total):
        return []
    expected = sum((base * rate / 100 for rate, base in bases.items()), ZERO)
    if abs(tax - expected) < len(bases):  # one unit of the currency per rate
        return []
    return _differs(part, "totals.tax", tax, rounded(expected, part.currency), "tax at the rates")


def _line_net_within_price(part: Part) -> Iterator[Breach]:
    """On pages, and one way only: an allowance on a line lowers its net, and is not read;
    neither are the charges that an XML may add to it."""
    if part.is_structured:
        return
    for number, line in part.lines.items():
        net, quantity = number_in(line, "net"), number_in(line, "quantity")
        price = number_in(line, "unit_price")
        if net is None or quantity is None or price is None:
            continue
        value = abs(quantity * price / (number_in(line, "price_base_quantity") or 1))
        taxed = value * (1 + (number_in(line, "tax_rate") or ZERO) / 100)
        slack = _slack(quantity, price, part.currency)
        if abs(net) > value + slack and abs(abs(net) - taxed) > slack:
            seen, most = shown(net, part.currency), shown(rounded(value, part.currency))
            yield Breach("net", number, f"{seen} is stated, quantity times price is {most}")


def _slack(quantity: Decimal, price: Decimal, currency: str | None) -> Decimal:
    """How far rounding of a printed price can move a line's net; at least two minor units."""
    places = max(minor_digits(currency), -int(price.normalize().as_tuple().exponent))
    least = Decimal(2).scaleb(-minor_digits(currency))
    return max(least, abs(quantity) * Decimal("0.5").scaleb(-places))


TOTALS = ("totals.net", "totals.tax", "totals.gross")

RULES = (
    DocumentRule(
        "lines_add_up", Kind.ARITHMETIC_ERROR, Severity.MEDIUM,
        "The total of the lines is the sum of their net amounts (EN 16931, BR-CO-10)",
        ("totals.lines", "net"), _lines_add_up, needs_all=True,
    ),
    DocumentRule(
        "net_follows_from_lines", Kind.ARITHMETIC_ERROR, Severity.MEDIUM,
        "The net total is the total of the lines less allowances plus charges "
        "(EN 16931, BR-CO-13)",
        ("totals.net", "totals.lines", "totals.allowances", "totals.charges"),
        _net_follows_from_lines, needs_all=True,
    ),
    DocumentRule(
        "gross_is_net_plus_tax", Kind.ARITHMETIC_ERROR, Severity.HIGH,
        "The gross total is the net total plus tax (EN 16931, BR-CO-15)",
        TOTALS, _gross_is_net_plus_tax,
    ),
    DocumentRule(
        "due_is_gross_less_prepaid", Kind.ARITHMETIC_ERROR, Severity.HIGH,
        "The amount due is the gross total less what was prepaid, rounded (EN 16931, BR-CO-16)",
        ("totals.gross", "totals.prepaid", "totals.rounding", "totals.due"),
        _due_is_gross_less_prepaid, needs_all=True,
    ),
    DocumentRule(
        "allowances_add_up", Kind.ARITHMETIC_ERROR, Severity.MEDIUM,
        "The total of the allowances is their sum (EN 16931, BR-CO-11)",
        ("totals.allowances",),
        _adds_up("totals.allowances", "allowances", "amount", "the sum of the allowances"),
    ),
    DocumentRule(
        "charges_add_up", Kind.ARITHMETIC_ERROR, Severity.MEDIUM,
        "The total of the charges is their sum (EN 16931, BR-CO-12)",
        ("totals.charges",),
        _adds_up("totals.charges", "charges", "amount", "the sum of the charges"),
    ),
    DocumentRule(
        "taxes_add_up", Kind.ARITHMETIC_ERROR, Severity.HIGH,
        "The total of tax is the sum of the taxes of all categories (EN 16931, BR-CO-14)",
        ("totals.tax",), _adds_up("totals.tax", "taxes", "tax", "the sum of the taxes"),
    ),
    DocumentRule(
        "tax_is_base_times_rate", Kind.ARITHMETIC_ERROR, Severity.HIGH,
        "The tax of a category is its base times its rate, within one unit (EN 16931, BR-CO-17)",
        ("totals.tax",), _each_tax_is_base_times_rate,
    ),
    DocumentRule(
        "tax_follows_from_rates", Kind.ARITHMETIC_ERROR, Severity.HIGH,
        "Tax is each net amount times its rate, within one unit a rate "
        "(EN 16931, BR-CO-14 and BR-CO-17)",
        ("totals.tax", "totals.net", "net", "tax_rate"), _tax_follows_from_rates,
    ),
    DocumentRule(
        "line_net_within_price", Kind.ARITHMETIC_ERROR, Severity.MEDIUM,
        "A line's net amount is at most quantity times price (EN 16931, BT-131)",
        ("net", "quantity", "unit_price", "price_base_quantity"), _line_net_within_price,
    ),
)  # fmt: skip
"""The rules of this module."""
