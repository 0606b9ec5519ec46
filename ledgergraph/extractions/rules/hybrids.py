"""Hybrids: does the page that a person sees say what the XML says that a machine books?

A difference counts only if the page states another value with confidence and the
XML's value stands nowhere on the page, in no usual way of writing it. So what is
printed elsewhere (several accounts, an amount due beside a total, a second currency),
not printed at all, or read badly, is no mismatch.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from ledgergraph.evidence import Reading
from ledgergraph.extractions.choosing import same_value
from ledgergraph.extractions.fields import day_of, decimal_of
from ledgergraph.extractions.languages import CODES, common, key_of, lexicon
from ledgergraph.extractions.readers.recognisers import Style, dates_in
from ledgergraph.extractions.rules.arithmetic import MOST_ROUNDING
from ledgergraph.extractions.rules.document import Breach, shown
from ledgergraph.extractions.rules.identifiers import is_iban
from ledgergraph.issues import Severity
from ledgergraph.money import minor_digits, rounded

CONFIDENT = 0.9
"""From here on a page is believed against its XML."""
ROUNDING = Decimal("0.02")
"""Sums that were rounded line by line may differ by this much."""
TOTALS = ("totals.net", "totals.tax", "totals.gross", "totals.due")
PREPAID = "totals.prepaid"
SEVERITIES: Mapping[str, Severity] = {
    "seller.iban": Severity.CRITICAL, "payee.name": Severity.CRITICAL,
    "totals.net": Severity.HIGH, "totals.tax": Severity.HIGH, "totals.gross": Severity.HIGH,
    "totals.due": Severity.HIGH, "seller.name": Severity.HIGH,
}  # fmt: skip
"""Severity by field; medium where none is given."""
SENTENCE = "The page of a hybrid says what its XML says (EN 16931; § 14c UStG)"
RULE_ID = "page_agrees_with_xml"


@dataclass(frozen=True)
class Printed:
    """The words of a document in reading order, asked whether a value stands among them."""

    words: Sequence[str]

    @cached_property
    def text(self) -> str:
        """All words, one space apart, with one kind of apostrophe and minus."""
        joined = " ".join(self.words).replace("’", "'").replace("−", "-")
        return re.sub(r"\s+", " ", joined)

    @cached_property
    def compact(self) -> str:
        """All letters and digits, in capitals."""
        return re.sub(r"[\W_]", "", self.text).upper()

    @cached_property
    def keys(self) -> frozenset[str]:
        """Its words without case, accents and signs."""
        return frozenset(key for word in self.words for key in map(key_of, re.split(r"\W", word)))

    @cached_property
    def days(self) -> frozenset[date]:
        """Every day that any stretch of the text can mean."""
        months = lexicon(tuple(CODES)).months
        styles = [Style(decimal, first, months) for decimal in ".," for first in (True, False)]
        return frozenset(found.value for style in styles for found in dates_in(self.text, style))

    def has_amount(self, amount: Decimal, currency: str | None) -> bool:
        """Whether an amount stands there, whatever its separators, sign and currency."""
        value = rounded(abs(amount), currency)
        places = minor_digits(currency)
        whole, _, cents = f"{value:.{places}f}".partition(".")
        grouped = f"{int(whole):,}".replace(",", "[.,' ]?")
        decimals = rf"(?:[.,] ?{cents})" if cents.strip("0") else rf"(?:[.,] ?(?:{cents}|-+))?"
        pattern = rf"(?<!\d)(?<!\d[.,']){grouped}{decimals if cents else ''}(?!\d)(?![.,]\d)"
        return re.search(pattern, self.text) is not None

    def has_code(self, code: str) -> bool:
        """Whether letters and digits stand there, however they are grouped."""
        bare = re.sub(r"[\W_]", "", code).upper()
        if len(bare) > 4:
            return bare in self.compact
        return key_of(bare) in self.keys

    def has_name(self, name: str) -> bool:
        """Whether most of the words of a name stand there, in any order."""
        words = [key for key in map(key_of, re.split(r"\W+", name)) if len(key) > 2]
        found = sum(word in self.keys or word.upper() in self.compact for word in words)
        return not words or found * 2 > len(words)

    def has_currency(self, code: str) -> bool:
        """Whether a currency stands there by its code or a sign of it."""
        forms = [form for form, currency in common().currencies.items() if currency == code]
        lower = self.text.casefold()
        return code in self.text or any(form in lower for form in forms)


def disagreements(
    xml: Iterable[Reading], page: Iterable[Reading], printed: Printed
) -> list[Breach]:
    """The fields of one part that its page and its XML state differently, and how.

    `xml` and `page` are the two readings of the same part, `printed` all words of the
    document. Only differences that hold against every usual look-alike are reported.
    """
    stated, seen = list(xml), list(page)
    ours = {one.field: one for one in stated if one.line is None}
    theirs = {one.field: one for one in seen if one.line is None and one.confidence >= CONFIDENT}
    found = []
    for field, is_printed in CHECKS.items():
        if field not in ours or field not in theirs or not ours[field].value:
            continue
        value, other = ours[field].value, theirs[field].value
        if same_value(field, value, other, _currency(ours)) or is_printed(value, printed, ours):
            continue
        if _is_a_look_alike(field, other, ours, theirs):
            continue
        found.append(Breach(field, None, _sentence(field, value, other)))
    return [*found, *_lines(stated, seen, printed, _currency(ours))]


def _currency(header: Mapping[str, Reading]) -> str | None:
    return header["currency"].value if "currency" in header else None


def _is_a_look_alike(
    field: str, other: str, ours: Mapping[str, Reading], theirs: Mapping[str, Reading]
) -> bool:
    """Whether the page's value is another thing than the field that it was taken for."""
    if field == "seller.iban":
        return not is_iban(other)
    if field == "seller.name":  # a trade name; the VAT id tells who it is
        both = [header["seller.vat_id"].value if "seller.vat_id" in header else None
                for header in (ours, theirs)]  # fmt: skip
        return same_value("seller.vat_id", *both)
    if field not in TOTALS:
        return False
    if "currency" in theirs and not same_value(
        "currency", _currency(ours), theirs["currency"].value
    ):
        return True
    totals = {name: decimal_of(ours[name].value) for name in (*TOTALS, PREPAID) if name in ours}
    amount = decimal_of(other)
    compared = TOTALS if _add_up(totals) else (field,)
    known = [one for name in compared if (one := totals.get(name)) is not None]
    return amount is None or any(abs(abs(one) - abs(amount)) <= ROUNDING for one in known)


def _add_up(totals: Mapping[str, Decimal | None]) -> bool:
    """Whether an XML's totals agree, so that one of them may be printed as another."""
    net, tax, gross, due = (totals.get(name) for name in TOTALS)
    if gross is None:
        return True
    taxed = gross if net is None or tax is None else net + tax
    owed = gross if due is None else due + (totals.get(PREPAID) or Decimal(0))
    return abs(gross - taxed) <= ROUNDING and abs(gross - owed) <= MOST_ROUNDING


def _sentence(field: str, value: str, other: str) -> str:
    if field in ("seller.iban", "seller.vat_id"):
        return f"the page's ends in {other[-4:]}, the XML's in {value[-4:]} and is not printed"
    if field.endswith("name"):
        return "the page names another than the XML, whose name is not printed"
    return f"the page says {other}, the XML {value}, which is not printed"


def _code_printed(value: str, printed: Printed, ours: Mapping[str, Reading]) -> bool:
    return printed.has_code(value)


def _day_printed(value: str, printed: Printed, ours: Mapping[str, Reading]) -> bool:
    day = day_of(value)
    return day is None or day in printed.days


def _amount_printed(value: str, printed: Printed, ours: Mapping[str, Reading]) -> bool:
    amount = decimal_of(value)
    return amount is None or printed.has_amount(amount, _currency(ours))


def _name_printed(value: str, printed: Printed, ours: Mapping[str, Reading]) -> bool:
    return printed.has_name(value)


def _currency_printed(value: str, printed: Printed, ours: Mapping[str, Reading]) -> bool:
    return printed.has_currency(value)


def _type_is_close(value: str, printed: Printed, ours: Mapping[str, Reading]) -> bool:
    """Corrections and self-billing go by the names of invoices and credit notes alike."""
    return value not in ("380", "325")


IsPrinted = Callable[[str, Printed, Mapping[str, Reading]], bool]
CHECKS: Mapping[str, IsPrinted] = {
    "number": _code_printed, "issue_date": _day_printed, "due_date": _day_printed,
    "currency": _currency_printed, "type": _type_is_close, "seller.iban": _code_printed,
    "seller.vat_id": _code_printed, "seller.name": _name_printed, "payee.name": _name_printed,
    "buyer.name": _name_printed,
    "totals.net": _amount_printed, "totals.tax": _amount_printed,
    "totals.gross": _amount_printed, "totals.due": _amount_printed,
}  # fmt: skip
"""The fields that are compared, and when the XML's value counts as printed."""


def _lines(
    xml: Sequence[Reading], page: Sequence[Reading], printed: Printed, currency: str | None
) -> Iterator[Breach]:
    """Lines that the page describes in the same words with another net amount."""
    seen = {}
    for line in _rows(page):
        if "description" in line and "net" in line and line["net"].confidence >= CONFIDENT:
            seen[key_of(line["description"].value)] = decimal_of(line["net"].value)
    for line in _rows(xml):
        if "description" not in line or "net" not in line:
            continue
        amount = decimal_of(line["net"].value)
        other = seen.get(key_of(line["description"].value))
        if amount is None or other is None or printed.has_amount(amount, currency):
            continue
        if not any(abs(abs(amount) - abs(one)) <= ROUNDING for one in _shown_as(other, line)):
            yield Breach(
                "net", line["net"].line,
                f"the page says {shown(other, currency)}, the XML {shown(amount, currency)}, "
                "which is not printed",
            )  # fmt: skip


def _rows(readings: Sequence[Reading]) -> list[dict[str, Reading]]:
    rows: dict[int, dict[str, Reading]] = {}
    for one in readings:
        if one.line is not None:
            rows.setdefault(one.line, {})[one.field] = one
    return list(rows.values())


def _shown_as(amount: Decimal, line: Mapping[str, Reading]) -> list[Decimal]:
    """A page's amount of a line, with tax and without: columns are headed by either."""
    rate = decimal_of(line["tax_rate"].value) if "tax_rate" in line else None
    factor = 1 + (rate or Decimal(0)) / 100
    return [amount] if factor <= 0 else [amount, amount * factor, amount / factor]
