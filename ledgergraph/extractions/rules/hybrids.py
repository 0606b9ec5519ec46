"""Hybrids: does the page that a person sees say what the XML says that a machine books?

A difference counts only if the page states another value that is believed and the
XML's value stands nowhere on the page, in no usual way of writing it. So what is
printed elsewhere (several accounts, an amount due beside a total, a second currency),
not printed at all, or read badly, is no mismatch.

A page is believed if it was read confidently; sooner where what it says proves itself: an
account or VAT id by its check digits, totals that add up. Text that a file itself carries is
believed sooner than what was recognised, and a recognised value that differs by a character
or two is a misreading.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import token_set_ratio

from ledgergraph.evidence import Reading
from ledgergraph.extractions.choosing import same_value
from ledgergraph.extractions.fields import day_of, decimal_of
from ledgergraph.extractions.languages import key_of
from ledgergraph.extractions.rules.arithmetic import MOST_ROUNDING
from ledgergraph.extractions.rules.document import Breach, shown
from ledgergraph.extractions.rules.identifiers import is_iban, is_vat_id
from ledgergraph.extractions.rules.printed import Printed
from ledgergraph.issues import Severity

CONFIDENT = 0.9
"""From here on a page is believed against its XML."""
CONFIDENT_TEXT, CONFIDENT_PROVEN = 0.7, 0.5
"""The same of text that the file carries, for fields that stand on each invoice; and of values
that prove themselves."""
SLIPS = 2
"""So many characters of a recognised value may be misread."""
ROUNDING = Decimal("0.02")
"""Sums that were rounded line by line may differ by this much."""
ALIKE = 85
"""Descriptions so like (of 100) are of one thing."""
ENOUGH_WORDS = 2
"""Fewer words in a description are as likely a name for the same thing in other words."""
TOTALS = ("totals.net", "totals.tax", "totals.gross", "totals.due")
SUMS = ("totals.lines", "totals.allowances", "totals.charges", "totals.prepaid")
PREPAID = "totals.prepaid"
CREDIT_NOTE, CORRECTIONS = "381", ("381", "383", "384")
"""UNTDID 1001, and what a credit note may be headed as."""
SEVERITIES: Mapping[str, Severity] = {
    "seller.iban": Severity.CRITICAL, "payee.name": Severity.CRITICAL,
    "totals.net": Severity.HIGH, "totals.tax": Severity.HIGH, "totals.gross": Severity.HIGH,
    "totals.due": Severity.HIGH, "seller.name": Severity.HIGH,
    "order_reference": Severity.LOW, "contract_reference": Severity.LOW,
    "preceding_invoice": Severity.LOW, "period_start": Severity.LOW, "period_end": Severity.LOW,
    "seller.address": Severity.LOW, "buyer.address": Severity.LOW,
}  # fmt: skip
"""Severity by field; medium where none is given."""
SENTENCE = "The page of a hybrid says what its XML says (EN 16931; § 14c UStG)"
RULE_ID = "page_agrees_with_xml"

Header = Mapping[str, Reading]
IsPrinted = Callable[[str, Printed, Header], bool]


class Compared(NamedTuple):
    """How a field is compared: when the XML's value counts as printed, and whether the field
    stands on each invoice, so that what the page's reader took for it mostly is it."""

    is_printed: IsPrinted
    is_usual: bool = False


def disagreements(
    xml: Iterable[Reading], page: Iterable[Reading], printed: Printed
) -> list[Breach]:
    """The fields of one part that its page and its XML state differently, and how.

    `xml` and `page` are the two readings of the same part, `printed` all words of the
    document. Only differences that hold against every usual look-alike are reported.
    """
    stated, seen = list(xml), list(page)
    ours = {one.field: one for one in stated if one.line is None}
    theirs = {one.field: one for one in seen if one.line is None}
    found = []
    for field, compared in CHECKS.items():
        if field not in ours or field not in theirs or not ours[field].value:
            continue
        value, other = ours[field].value, theirs[field].value
        if same_value(field, value, other, _currency(ours)):
            continue
        if compared.is_printed(value, printed, ours) or not _is_believed(field, theirs, compared):
            continue
        if not _is_a_look_alike(field, theirs[field], ours, theirs):
            found.append(Breach(field, None, _sentence(field, value, other)))
    return [*found, *_taxes(ours, theirs, printed), *_lines(stated, seen, printed, ours)]


def _currency(header: Header) -> str | None:
    return header["currency"].value if "currency" in header else None


def _is_recognised(reading: Reading) -> bool:
    return reading.source.startswith("ocr:")


def _is_believed(field: str, theirs: Header, compared: Compared) -> bool:
    """Whether what a page states for a field can be held against its XML."""
    reading = theirs[field]
    if reading.confidence >= CONFIDENT:
        return True
    if reading.confidence >= CONFIDENT_PROVEN and _proves_itself(field, theirs):
        return True
    is_text = not _is_recognised(reading) and compared.is_usual
    return is_text and reading.confidence >= CONFIDENT_TEXT


def _proves_itself(field: str, theirs: Header) -> bool:
    value = theirs[field].value
    if field == "seller.iban":
        return is_iban(value)
    if field.endswith(".vat_id"):
        return is_vat_id(value) is True
    if field not in TOTALS:
        return False
    net, tax, gross = (
        decimal_of(theirs[name].value) if name in theirs else None for name in TOTALS[:3]
    )
    if net is None or tax is None or gross is None or not tax:
        return False
    return abs(net + tax - gross) <= ROUNDING


def _is_a_look_alike(field: str, reading: Reading, ours: Header, theirs: Header) -> bool:
    """Whether the page's value is another thing than the field that it was taken for."""
    other = reading.value
    if field == "seller.iban":
        return not is_iban(other)
    if field == "type" and ours[field].value == CREDIT_NOTE:  # a claim below zero is a credit
        gross = decimal_of(theirs["totals.gross"].value) if "totals.gross" in theirs else None
        return gross is None or gross < 0
    if field == "seller.name":  # a trade name; the VAT id tells who it is
        both = [header["seller.vat_id"].value if "seller.vat_id" in header else None
                for header in (ours, theirs)]  # fmt: skip
        if same_value("seller.vat_id", *both):
            return True
    if _is_recognised(reading) and not _proves_itself(field, theirs):
        return _is_misread(ours[field].value, other)
    if field not in (*TOTALS, *SUMS):
        return False
    if "currency" in theirs and not same_value(
        "currency", _currency(ours), theirs["currency"].value
    ):
        return True
    totals = {name: decimal_of(ours[name].value) for name in (*TOTALS, *SUMS) if name in ours}
    amount = decimal_of(other)
    compared = (*TOTALS, *SUMS) if _add_up(totals) or field in SUMS else (field,)
    known = [one for name in compared if (one := totals.get(name)) is not None]
    return amount is None or any(abs(abs(one) - abs(amount)) <= ROUNDING for one in known)


def _is_misread(value: str, other: str) -> bool:
    """Whether two values differ by so little that an engine may have made the one of the other."""
    bare = ["".join(one for one in text.upper() if one.isalnum()) for text in (value, other)]
    most = min(SLIPS, max(1, min(map(len, bare)) // 6))
    return Levenshtein.distance(*bare, score_cutoff=most) <= most


def _add_up(totals: Mapping[str, Decimal | None]) -> bool:
    """Whether an XML's totals agree, so that one of them may be printed as another."""
    net, tax, gross, due = (totals.get(name) for name in TOTALS)
    if gross is None:
        return True
    taxed = gross if net is None or tax is None else net + tax
    owed = gross if due is None else due + (totals.get(PREPAID) or Decimal(0))
    return abs(gross - taxed) <= ROUNDING and abs(gross - owed) <= MOST_ROUNDING


def _sentence(field: str, value: str, other: str) -> str:
    if field.endswith((".iban", ".vat_id")):
        return f"the page's ends in {other[-4:]}, the XML's in {value[-4:]} and is not printed"
    if field.endswith(("name", "address")):
        what = "name" if field.endswith("name") else "address"
        return f"the page has another {what} than the XML, whose {what} is not printed"
    return f"the page says {other}, the XML {value}, which is not printed"


def _code_printed(value: str, printed: Printed, ours: Header) -> bool:
    return printed.has_code(value)


def _day_printed(value: str, printed: Printed, ours: Header) -> bool:
    day = day_of(value)
    return day is None or day in printed.days


def _amount_printed(value: str, printed: Printed, ours: Header) -> bool:
    amount = decimal_of(value)
    return amount is None or printed.has_amount(amount, _currency(ours))


def _words_printed(value: str, printed: Printed, ours: Header) -> bool:
    return printed.has_words(value)


def _currency_printed(value: str, printed: Printed, ours: Header) -> bool:
    return printed.has_currency(value)


def _type_printed(value: str, printed: Printed, ours: Header) -> bool:
    """Corrections and self-billing go by the names of invoices and credit notes alike."""
    if value == CREDIT_NOTE:
        return printed.has_title(CORRECTIONS)
    return value not in ("380", "325")


CHECKS: Mapping[str, Compared] = {
    "number": Compared(_code_printed, is_usual=True),
    "issue_date": Compared(_day_printed, is_usual=True),
    "due_date": Compared(_day_printed),
    "currency": Compared(_currency_printed, is_usual=True),
    "type": Compared(_type_printed),
    "order_reference": Compared(_code_printed),
    "contract_reference": Compared(_code_printed),
    "preceding_invoice": Compared(_code_printed),
    "period_start": Compared(_day_printed),
    "period_end": Compared(_day_printed),
    "seller.iban": Compared(_code_printed),
    "seller.vat_id": Compared(_code_printed),
    "seller.name": Compared(_words_printed, is_usual=True),
    "seller.address": Compared(_words_printed),
    "payee.name": Compared(_words_printed),
    "buyer.name": Compared(_words_printed, is_usual=True),
    "buyer.address": Compared(_words_printed),
    "buyer.vat_id": Compared(_code_printed),
    **{name: Compared(_amount_printed) for name in SUMS},
    **{name: Compared(_amount_printed, is_usual=True) for name in TOTALS},
}
"""The header fields that are compared."""


def _taxes(ours: Header, theirs: Header, printed: Printed) -> Iterator[Breach]:
    """Rates of tax that both state with another base or amount, and the XML's is not printed."""
    seen = _by_rate(theirs)
    for rate, stated in _by_rate(ours).items():
        for part in ("base", "tax"):
            if rate not in seen or part not in stated or part not in seen[rate]:
                continue
            reading, field = seen[rate][part], stated[part].field
            amount, other = decimal_of(stated[part].value), decimal_of(reading.value)
            if amount is None or other is None or reading.confidence < CONFIDENT:
                continue
            if abs(abs(amount) - abs(other)) <= ROUNDING:
                continue
            if _is_recognised(reading) and _is_misread(stated[part].value, reading.value):
                continue
            if not printed.has_amount(amount, _currency(ours)):
                yield Breach(field, None, _sentence(field, str(amount), str(other)))


def _by_rate(header: Header) -> dict[Decimal, dict[str, Reading]]:
    """The breakdown of tax of a header by rate; a rate that stands there twice is left out."""
    rows: dict[str, dict[str, Reading]] = {}
    for name, reading in header.items():
        group, _, rest = name.partition(".")
        number, _, part = rest.partition(".")
        if group == "taxes" and part:
            rows.setdefault(number, {})[part] = reading
    rates = [(decimal_of(row["rate"].value), row) for row in rows.values() if "rate" in row]
    known = [rate for rate, _ in rates]
    return {rate: row for rate, row in rates if rate is not None and known.count(rate) == 1}


Row = Mapping[str, Reading]


def _lines(
    xml: Sequence[Reading], page: Sequence[Reading], printed: Printed, ours: Header
) -> Iterator[Breach]:
    """Lines that the page describes in the same words with other figures, and lines of the XML
    that stand nowhere on the page."""
    seen = [row for row in _rows(page) if "description" in row]
    currency = _currency(ours)
    for line in _rows(xml):
        if "description" not in line or "net" not in line:
            continue
        match = _same_thing(line, seen)
        if match is not None:
            yield from _of_line(line, match, printed, currency)
        elif seen and _stands_nowhere(line, seen, printed, currency):
            yield Breach(
                "description", line["net"].line, "it stands in the XML and nowhere on the page"
            )
        elif _is_another_thing(line, seen, printed):
            yield Breach(
                "description", line["net"].line,
                "the page names another thing at its amount, and none of its words are printed",
            )  # fmt: skip


def _same_thing(line: Row, seen: Sequence[Row]) -> Row | None:
    """The row of the page that describes what a line describes; none where two do."""
    wanted = key_of(line["description"].value)
    exact = [row for row in seen if key_of(row["description"].value) == wanted]
    if exact:
        return exact[-1]
    like = [
        row for row in seen
        if token_set_ratio(row["description"].value, line["description"].value) >= ALIKE
    ]  # fmt: skip
    return like[0] if len(like) == 1 and len(wanted) > 3 else None


def _of_line(line: Row, match: Row, printed: Printed, currency: str | None) -> Iterator[Breach]:
    number = line["net"].line
    if "net" in match and match["net"].confidence >= CONFIDENT:
        amount, other = decimal_of(line["net"].value), decimal_of(match["net"].value)
        if amount is not None and other is not None:
            is_same = any(abs(abs(amount) - abs(one)) <= ROUNDING for one in _shown_as(other, line))
            is_slip = _is_recognised(match["net"]) and _is_misread(str(amount), str(other))
            if not is_same and not is_slip and not printed.has_amount(amount, currency):
                yield Breach(
                    "net", number,
                    f"the page says {shown(other, currency)}, the XML {shown(amount, currency)}, "
                    "which is not printed",
                )  # fmt: skip
                return
    if "tax_rate" in line and "tax_rate" in match and match["tax_rate"].confidence >= CONFIDENT:
        rate, other = decimal_of(line["tax_rate"].value), decimal_of(match["tax_rate"].value)
        if rate is not None and other is not None and rate != other and not printed.has_rate(rate):
            yield Breach("tax_rate", number, _sentence("tax_rate", str(rate), str(other)))
    if _counts_otherwise(line, match, printed, currency):
        value, other_value = line["quantity"].value, match["quantity"].value
        yield Breach(
            "quantity", number,
            f"the page says {other_value}, the XML {value} at a price that is not printed",
        )  # fmt: skip


def _counts_otherwise(line: Row, match: Row, printed: Printed, currency: str | None) -> bool:
    """Whether both have a quantity and price that make their net, others here than there."""
    ours, theirs = _figures(line), _figures(match)
    if ours is None or theirs is None or not _is_product(ours) or not _is_product(theirs):
        return False
    is_sure = all(match[name].confidence >= CONFIDENT for name in ("quantity", "unit_price"))
    if not is_sure or ours[0] == theirs[0] or _is_recognised(match["quantity"]):
        return False
    if (
        "unit" in line
        and "unit" in match
        and not same_value("unit", line["unit"].value, match["unit"].value)
    ):
        return False
    return not printed.has_price(ours[1], currency)


def _figures(line: Row) -> tuple[Decimal, Decimal, Decimal] | None:
    """Quantity, price of one and net of a line."""
    found = [
        decimal_of(line[name].value) if name in line else None
        for name in ("quantity", "unit_price", "net")
    ]
    base = decimal_of(line["price_base_quantity"].value) if "price_base_quantity" in line else None
    quantity, price, net = found
    if quantity is None or price is None or net is None:
        return None
    return quantity, price / base if base else price, net


def _is_product(figures: tuple[Decimal, Decimal, Decimal]) -> bool:
    quantity, price, net = figures
    return abs(abs(quantity * price) - abs(net)) <= ROUNDING


def _stands_nowhere(line: Row, seen: Sequence[Row], printed: Printed, currency: str | None) -> bool:
    """Neither its words nor its amount are printed, with tax or without, and others' are."""
    amount = decimal_of(line["net"].value)
    if not amount or printed.has_words(line["description"].value):
        return False
    if any(printed.has_amount(one, currency) for one in _shown_as(amount, line)):
        return False
    return any("net" in row and row["net"].confidence >= CONFIDENT for row in seen)


def _is_another_thing(line: Row, seen: Sequence[Row], printed: Printed) -> bool:
    """Whether the one row of the page with a line's amount is described in other words alone."""
    amount = decimal_of(line["net"].value)
    rows = [row for row in seen if "net" in row and row["net"].confidence >= CONFIDENT
            and decimal_of(row["net"].value) == amount]  # fmt: skip
    if len(rows) != 1 or _is_recognised(rows[0]["description"]):
        return False
    ours, theirs = (_words(one["description"].value) for one in (line, rows[0]))
    return min(len(ours), len(theirs)) >= ENOUGH_WORDS and not any(map(printed.has_words, ours))


def _words(text: str) -> list[str]:
    """The words of a description that can be told from codes and units."""
    return [word for word in re.split(r"\W+", text) if len(word) > 3 and word.isalpha()]


def _rows(readings: Sequence[Reading]) -> list[dict[str, Reading]]:
    rows: dict[int, dict[str, Reading]] = {}
    for one in readings:
        if one.line is not None:
            rows.setdefault(one.line, {})[one.field] = one
    return list(rows.values())


def _shown_as(amount: Decimal, line: Row) -> list[Decimal]:
    """A page's amount of a line, with tax and without: columns are headed by either."""
    rate = decimal_of(line["tax_rate"].value) if "tax_rate" in line else None
    factor = 1 + (rate or Decimal(0)) / 100
    return [amount] if factor <= 0 else [amount, amount * factor, amount / factor]
