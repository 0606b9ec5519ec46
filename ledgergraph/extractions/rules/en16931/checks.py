"""The checks that EN 16931's rules name, and all rules on one invoice.

Amounts are compared as they are stated, sums rounded to cents, halves away from zero:
as the standard's official artefacts (Schematron 1.3) do it.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from ledgergraph.books import INVOICE_TYPES
from ledgergraph.extractions.rules.en16931.terms import DOCUMENT, Group, Invoice
from ledgergraph.money import plain

if TYPE_CHECKING:
    from lxml.etree import _Element

ZERO, CENT, UNIT = Decimal(0), Decimal("0.01"), Decimal(1)
TRANSFERS = ("30", "58")
"""Codes of payment by credit transfer (UNTDID 4461), plain and SEPA."""
MOST_CARD_DIGITS = 10
PREFIX = re.compile(r"(?:1A|XI|EL|XK|AN|[A-Z]{2})\w")
OUTSIDE, INSIDE_EU, SPLIT, STANDARD = "O", "K", "B", "S"
COUNTED = ("BG-25", "BG-20", "BG-21")
"""Lines, allowances, charges: what a VAT breakdown is of."""
CATEGORY_OF = {"BG-25": "BT-151", "BG-20": "BT-95", "BG-21": "BT-102", "BG-23": "BT-118"}
RATE_OF = {"BG-25": "BT-152", "BG-20": "BT-96", "BG-21": "BT-103", "BG-23": "BT-119"}
AMOUNT_OF = {"BG-25": ("BT-131", 1), "BG-20": ("BT-92", -1), "BG-21": ("BT-99", 1)}
WORDS = {"BG-25": "line", "BG-20": "allowance", "BG-21": "charge"}


class Broken(NamedTuple):
    """A rule that does not hold: which, in which line (from 0, null elsewhere), and what is so."""

    id: str
    line: int | None
    sentence: str
    severity: str


@dataclass(frozen=True)
class BusinessRule:
    """One rule of the standard, as rules.toml states it."""

    id: str
    test: str
    terms: tuple[str, ...]
    sentence: str
    on: str = DOCUMENT
    severity: str = "low"


@dataclass(frozen=True)
class Category:
    """One category of VAT, as categories.toml states it."""

    rule: str
    code: str
    name: str
    seller: tuple[str, ...]
    buyer: tuple[str, ...] = ()
    one: bool = True
    rate: str = "zero"
    tax: str = "none"
    reason: str = "always"
    tolerance: Mapping[str, int] = field(default_factory=lambda: {"ubl": 0, "cii": 1})


@cache
def business_rules() -> tuple[BusinessRule, ...]:
    """The rules of rules.toml."""
    return tuple(BusinessRule(**_tuples(one)) for one in _data("rules.toml")["rules"])


@cache
def categories() -> tuple[Category, ...]:
    """The categories of categories.toml."""
    return tuple(Category(**_tuples(one)) for one in _data("categories.toml")["categories"])


def _data(name: str) -> dict[str, Any]:
    return tomllib.loads((files(__package__) / name).read_text("utf-8"))


def _tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}


def broken_rules(root: "_Element", syntax: str) -> list[Broken]:
    """The rules that an e-invoice breaks, each once for every group that breaks it.

    `syntax` is ubl or cii. All rules are applied, whatever the profile of the invoice.
    """
    invoice = Invoice(root, syntax)
    found = []
    for rule in business_rules():
        for number, group in enumerate(invoice.groups(rule.on)):
            if not CHECKS[rule.test](group, rule.terms):
                line = number if rule.on == "BG-25" else None
                found.append(Broken(rule.id, line, rule.sentence, rule.severity))
    for category in categories():
        found += _of_category(invoice, category)
    return found


Check = Callable[[Group, Sequence[str]], bool]
"""Whether a rule holds in a group, for some terms."""


def _present(group: Group, terms: Sequence[str]) -> bool:
    return all(group.has(term) for term in terms)


def _either(group: Group, terms: Sequence[str]) -> bool:
    return any(group.has(term) for term in terms)


def _not_both(group: Group, terms: Sequence[str]) -> bool:
    return not _present(group, terms)


def _with(group: Group, terms: Sequence[str]) -> bool:
    first, *others = terms
    return not group.has(first) or _present(group, others)


def _identified(group: Group, terms: Sequence[str]) -> bool:
    return not group.has("BG-4") or _either(group, terms)


def _has_group(group: Group, terms: Sequence[str]) -> bool:
    return any(group.invoice.groups(name) for name in terms)


def _not_negative(group: Group, terms: Sequence[str]) -> bool:
    return all((group.number(term) or ZERO) >= 0 for term in terms)


def _in_order(group: Group, terms: Sequence[str]) -> bool:
    start, end = (group.text(term) for term in terms)
    return start is None or end is None or start <= end


def _two_decimals(group: Group, terms: Sequence[str]) -> bool:
    return all(len(text.partition(".")[2]) <= 2 for term in terms for text in group.texts(term))


def _short(group: Group, terms: Sequence[str]) -> bool:
    return all(len(text) <= MOST_CARD_DIGITS for term in terms for text in group.texts(term))


def _payee(group: Group, terms: Sequence[str]) -> bool:
    names = group.texts("BT-59")
    return bool(names) and not set(names) & set(group.invoice.document.texts("BT-27"))


def _rate(group: Group, terms: Sequence[str]) -> bool:
    return group.has("BT-119") or group.text("BT-118") == OUTSIDE


def _account(group: Group, terms: Sequence[str]) -> bool:
    is_transfer = group.text("BT-81") in TRANSFERS
    has_group = bool(group.invoice.at(group.element, _steps(group, "BG-17")))
    return not (is_transfer and has_group) or group.has("BT-84")


def _steps(group: Group, term: str) -> Any:
    return group.invoice.binding.terms[group.name][term].steps


def _transfer(group: Group, terms: Sequence[str]) -> bool:
    return group.text("BT-81") not in TRANSFERS or group.has("BT-84")


def _prefix(group: Group, terms: Sequence[str]) -> bool:
    return all(PREFIX.match(text) for term in terms for text in group.texts(term))


def _terms(group: Group, terms: Sequence[str]) -> bool:
    if group.element.tag.endswith("}CreditNote"):  # what is due is paid back
        return True
    due = group.number("BT-115")
    return due is None or due <= 0 or _either(group, terms)


def _delivered(group: Group, terms: Sequence[str]) -> bool:
    return INSIDE_EU not in _codes(group.invoice, "BG-23") or _either(group, terms)


def _only_outside(group: Group, terms: Sequence[str]) -> bool:
    if OUTSIDE not in _codes(group.invoice, "BG-23"):
        return True
    return all(code == OUTSIDE for code in _codes(group.invoice, terms[0]))


def _split_payment(group: Group, terms: Sequence[str]) -> bool:
    codes = {code for name in CATEGORY_OF for code in _codes(group.invoice, name)}
    if SPLIT not in codes:
        return True
    if terms[0] == STANDARD:
        return STANDARD not in codes
    return all(country == "IT" for country in group.texts(terms[0]))


def _codes(invoice: Invoice, name: str) -> list[str]:
    return [code for one in invoice.groups(name) if (code := one.text(CATEGORY_OF[name]))]


def _type_code(group: Group, terms: Sequence[str]) -> bool:
    return all(text in INVOICE_TYPES for term in terms for text in group.texts(term))


def _category_code(group: Group, terms: Sequence[str]) -> bool:
    known = {SPLIT, *(one.code for one in categories())}
    return all(text in known for term in terms for text in group.texts(term))


def _cents(amount: Decimal) -> Decimal:
    """Rounded to cents, halves up, as XPath rounds."""
    return (amount * 100 + Decimal("0.5")).quantize(UNIT, ROUND_FLOOR) / 100


def _sum(groups: Iterable[Group], term: str) -> Decimal:
    return sum((group.number(term) or ZERO for group in groups), ZERO)


def _sum_of_lines(group: Group, terms: Sequence[str]) -> bool:
    stated = group.number("BT-106")
    return stated is None or stated == _cents(_sum(group.invoice.groups("BG-25"), "BT-131"))


def _sum_of_group(group: Group, terms: Sequence[str]) -> bool:
    total, name, term = terms
    groups, stated = group.invoice.groups(name), group.number(total)
    if stated is None:
        return not groups
    return stated == _cents(_sum(groups, term))


def _net_total(group: Group, terms: Sequence[str]) -> bool:
    net, lines = group.number("BT-109"), group.number("BT-106")
    if net is None or lines is None:
        return net is lines  # where all totals are missing, that is said once
    less, more = group.number("BT-107") or ZERO, group.number("BT-108") or ZERO
    return net == _cents(lines - less + more)


def _tax_total(group: Group, terms: Sequence[str]) -> bool:
    stated, breakdown = group.number("BT-110"), group.invoice.groups("BG-23")
    return stated is None or not breakdown or stated == _cents(_sum(breakdown, "BT-117"))


def _gross_total(group: Group, terms: Sequence[str]) -> bool:
    net, gross = group.number("BT-109"), group.number("BT-112")
    taxes = group.texts("BT-110")
    if len(taxes) != 1 or net is None or gross is None:
        return not group.has("BT-5")
    return gross == _cents(net + (group.number("BT-110") or ZERO))


def _due_total(group: Group, terms: Sequence[str]) -> bool:
    gross, due = group.number("BT-112"), group.number("BT-115")
    if gross is None or due is None:
        return gross is due
    paid, rounding = group.number("BT-113") or ZERO, group.number("BT-114") or ZERO
    return _cents(due - rounding) == _cents(gross - paid)


def _tax_of_rate(group: Group, terms: Sequence[str]) -> bool:
    rate, base, tax = (group.number(term) for term in ("BT-119", "BT-116", "BT-117"))
    if tax is None or base is None:
        return False
    if rate is None:
        return tax.to_integral_value() == 0
    if rate.to_integral_value() == 0:
        return tax.to_integral_value() == 0
    return _is_product(tax, base, rate)


def _is_product(tax: Decimal, base: Decimal, rate: Decimal) -> bool:
    """Whether a tax is base times rate, less than one unit of the currency off."""
    return abs(abs(tax) - _cents(abs(base) * rate / 100)) < UNIT


CHECKS: Mapping[str, Check] = {
    "present": _present, "either": _either, "not both": _not_both, "with": _with,
    "identified": _identified,
    "has group": _has_group, "not negative": _not_negative, "in order": _in_order,
    "two decimals": _two_decimals, "short": _short, "payee": _payee, "rate": _rate,
    "account": _account, "transfer": _transfer, "prefix": _prefix, "terms": _terms,
    "delivered": _delivered, "only outside": _only_outside, "split payment": _split_payment,
    "sum of lines": _sum_of_lines, "sum of group": _sum_of_group, "net total": _net_total,
    "tax total": _tax_total, "gross total": _gross_total, "due total": _due_total,
    "tax of rate": _tax_of_rate, "type code": _type_code, "category code": _category_code,
}  # fmt: skip
"""The checks by the names that rules.toml gives them."""


def _of_category(invoice: Invoice, category: Category) -> Iterator[Broken]:
    """The rules of one category of VAT that do not hold."""
    parts = {
        name: [
            (number, group)
            for number, group in enumerate(invoice.groups(name))
            if group.text(CATEGORY_OF[name]) == category.code
        ]
        for name in CATEGORY_OF
    }
    used, breakdown = any(parts[name] for name in COUNTED), parts["BG-23"]
    if used != bool(breakdown) or (category.one and len(breakdown) > 1):
        how = "exactly one" if category.one else "a"
        yield _broken(category, 1, None, f"where it is used, it has {how} VAT breakdown (BG-23)")
    for place, name in enumerate(COUNTED):
        what = WORDS[name]
        if parts[name] and not _is_identified(invoice.document, category):
            yield _broken(category, 2 + place, None, _needs(category, what))
        for number, group in parts[name]:
            if not _is_rate(category, group, RATE_OF[name]):
                line = number if name == "BG-25" else None
                rule = f"the rate of a {what} is {RATES[category.rate]} ({RATE_OF[name]})"
                yield _broken(category, 5 + place, line, rule)
    for _, group in breakdown:
        yield from _of_breakdown(invoice, category, group)


def _of_breakdown(invoice: Invoice, category: Category, group: Group) -> Iterator[Broken]:
    base, tax, rate = (group.number(term) for term in ("BT-116", "BT-117", "BT-119"))
    by_rate = rate if category.tax == "rate" else None
    is_of_no_rate = category.tax == "rate" and rate is None  # which BR-48 says
    expected = _base_of(invoice, category, by_rate)
    most = category.tolerance[invoice.syntax]
    is_sum = base is None or (abs(base - expected) < most if most else base == _cents(expected))
    if not is_sum and not is_of_no_rate:
        what = f"base (BT-116) {plain(base or ZERO)} is the sum of what it is of, {plain(expected)}"
        yield _broken(category, 8, None, f"a breakdown's {what}")
    if tax is not None:
        is_due = _is_product(tax, base or ZERO, rate or ZERO) if category.tax == "rate" else not tax
        if not is_due:
            how = "its base times its rate" if category.tax == "rate" else "zero"
            yield _broken(category, 9, None, f"the VAT of a breakdown is {how} (BT-117)")
    has_reason = group.has("BT-120") or group.has("BT-121")
    if has_reason is not (category.reason == "always"):
        how = "has" if category.reason == "always" else "has no"
        yield _broken(
            category, 10, None, f"a breakdown {how} reason for exemption (BT-120, BT-121)"
        )


def _base_of(invoice: Invoice, category: Category, rate: Decimal | None) -> Decimal:
    """The sum of the lines and charges less the allowances of a category, at a rate if given."""
    total = ZERO
    for name, (term, sign) in AMOUNT_OF.items():
        for group in invoice.groups(name):
            if group.text(CATEGORY_OF[name]) != category.code:
                continue
            if rate is None or group.number(RATE_OF[name]) == rate:
                total += sign * (group.number(term) or ZERO)
    return total


def _is_identified(document: Group, category: Category) -> bool:
    if not category.seller:
        return not any(document.has(term) for term in ("BT-31", "BT-48", "BT-63"))
    is_seller = any(document.has(term) for term in category.seller)
    return is_seller and (not category.buyer or any(document.has(one) for one in category.buyer))


def _needs(category: Category, what: str) -> str:
    if not category.seller:
        return f"beside a {what} neither seller nor buyer has a VAT identifier (BT-31, BT-48)"
    buyer = f", the buyer {' or '.join(category.buyer)}" if category.buyer else ""
    return f"beside a {what} the seller has {' or '.join(category.seller)}{buyer}"


RATES = {
    "positive": "above zero", "zero": "zero", "zero or more": "zero or above", "none": "not stated",
}  # fmt: skip


def _is_rate(category: Category, group: Group, term: str) -> bool:
    rate = group.number(term)
    if category.rate == "none":
        return not group.has(term)
    if rate is None:
        return False
    if category.rate == "zero":
        return rate == 0
    return rate > 0 if category.rate == "positive" else rate >= 0


def _broken(category: Category, number: int, line: int | None, what: str) -> Broken:
    sentence = f"Of VAT category {category.code} ({category.name}): {what}"
    return Broken(f"BR-{category.rule}-{number:02}", line, sentence, "medium")
