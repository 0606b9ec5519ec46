"""The fields that are read (EN 16931), the form of their values, and what a value has room for.

Canonical values are text: ISO dates, plain decimals. Not here: how a field is
found (einvoices, readers), and when two values are the same (choosing).
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import Enum, auto
from typing import Any

from ledgergraph.books import DOCUMENT_TYPES
from ledgergraph.tables import AMOUNT, NUMBER


class Form(Enum):
    """What kind of thing the value of a field is, which decides how two of them compare."""

    DATE = auto()
    AMOUNT = auto()
    """Money in the document's currency."""
    NUMBER = auto()
    """Quantities, prices per unit, percentages: as many decimals as it takes."""
    CODE = auto()
    """Letters and digits that name something."""
    NAME = auto()
    TEXT = auto()


FORMS: Mapping[str, Form] = {
    "number": Form.CODE, "type": Form.CODE, "issue_date": Form.DATE, "due_date": Form.DATE,
    "currency": Form.CODE, "order_reference": Form.CODE, "contract_reference": Form.CODE,
    "preceding_invoice": Form.CODE, "period_start": Form.DATE, "period_end": Form.DATE,
    "seller.name": Form.NAME, "seller.address": Form.TEXT, "seller.vat_id": Form.CODE,
    "seller.register_id": Form.CODE, "seller.iban": Form.CODE, "payee.name": Form.NAME,
    "buyer.name": Form.NAME, "buyer.address": Form.TEXT, "buyer.vat_id": Form.CODE,
    "buyer.register_id": Form.CODE,
    "totals.lines": Form.AMOUNT, "totals.allowances": Form.AMOUNT, "totals.charges": Form.AMOUNT,
    "totals.net": Form.AMOUNT, "totals.tax": Form.AMOUNT, "totals.gross": Form.AMOUNT,
    "totals.prepaid": Form.AMOUNT, "totals.rounding": Form.AMOUNT, "totals.due": Form.AMOUNT,
    "description": Form.TEXT, "quantity": Form.NUMBER, "unit": Form.CODE,
    "unit_price": Form.NUMBER, "price_base_quantity": Form.NUMBER, "net": Form.AMOUNT,
    "tax_rate": Form.NUMBER, "line_id": Form.CODE, "order_line": Form.CODE,
    "article": Form.CODE,
    "allowances.amount": Form.AMOUNT, "allowances.base": Form.AMOUNT,
    "allowances.percentage": Form.NUMBER, "allowances.tax_rate": Form.NUMBER,
    "allowances.reason": Form.TEXT,
    "charges.amount": Form.AMOUNT, "charges.base": Form.AMOUNT,
    "charges.percentage": Form.NUMBER, "charges.tax_rate": Form.NUMBER,
    "charges.reason": Form.TEXT,
    "taxes.base": Form.AMOUNT, "taxes.tax": Form.AMOUNT, "taxes.rate": Form.NUMBER,
    "taxes.category": Form.CODE,
}  # fmt: skip
"""The form of each field of EN 16931 that is read.

`register_id` is a number in a commercial register (BT-30, BT-47), after its scheme where XML
states one of ISO 6523: `0002:552081317`. `line_id` is a line's own name (BT-126), `order_line`
the line of the order that it answers, delivers or bills (BT-132), `article` the number of what
it is (BT-156, else BT-155).
What a document states several times is numbered in it from 0: `taxes.0.base` (BT-116),
`allowances.1.amount` (BT-92, on a line BT-136).
"""


def form_of(field: str) -> Form:
    """The form of a field's values; text where the field is not known."""
    return FORMS.get(re.sub(r"\.\d+\.", ".", field), Form.TEXT)


def decimal_of(value: str) -> Decimal | None:
    """The number that a canonical value states, or None; infinity and NaN are none."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def day_of(value: str) -> date | None:
    """The day that a canonical value states, or None."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def fitted(number: Decimal, type_: Any) -> Decimal | None:
    """The number as a decimal column of this type holds it, halves away from zero.

    None where it has no room for it.
    """
    if number.adjusted() >= type_.precision - type_.scale:
        return None
    return number.quantize(Decimal(1).scaleb(-type_.scale), rounding=ROUND_HALF_UP)


def typed_value(field: str, value: str) -> date | Decimal | str | None:
    """A canonical value as tables hold it; None if it is empty or does not fit its form."""
    form = form_of(field)
    if form is Form.DATE:
        return day_of(value)
    if form not in (Form.AMOUNT, Form.NUMBER):
        return value.strip() or None
    number = decimal_of(value)
    return None if number is None else fitted(number, AMOUNT if form is Form.AMOUNT else NUMBER)


LINE_FIELDS = frozenset(
    {
        "description",
        "quantity",
        "unit",
        "unit_price",
        "price_base_quantity",
        "net",
        "tax_rate",
        "line_id",
        "order_line",
        "article",
    }
)
"""Fields that only lines have."""
GROUPS = ("allowances", "charges", "taxes")
"""What a document, and all but taxes a line, states several times."""
PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def fault_of(field: str, line: int | None, value: str | None) -> str | None:
    """What is wrong with a field and the value that a person gives it, as a clause, or null.

    `line` counts from 0 and is null for the header. Without a value only the field
    is looked at.
    """
    name, numbered = re.subn(r"\.\d+\.", ".", field)
    is_grouped = name.split(".")[0] in GROUPS
    if name not in FORMS or numbered != is_grouped:
        known = ", ".join(sorted(FORMS))
        return f"has field {field!r}, which is none. Fields are {known}; numbered as taxes.0.base"
    if name in LINE_FIELDS and line is None:
        return f"has field {field}, which only lines have. State the line, the first one is 0"
    if line is not None and name not in LINE_FIELDS and name.split(".")[0] not in GROUPS[:2]:
        return f"has field {field}, which no line has. Leave out the line"
    return None if value is None else _fault_of_value(name, value)


def _fault_of_value(field: str, value: str) -> str | None:
    form = form_of(field)
    if form is Form.DATE:
        day = day_of(value)
        is_fine, example = day is not None and day.isoformat() == value, "a date as 2026-03-01"
    elif form in (Form.AMOUNT, Form.NUMBER):
        is_number = PLAIN_NUMBER.fullmatch(value) is not None
        is_fine = is_number and typed_value(field, value) is not None
        example = "a plain number as 1234.50"
    elif field == "currency":
        is_fine, example = re.fullmatch(r"[A-Z]{3}", value) is not None, "a code as EUR"
    elif field == "type":
        is_fine, example = value in DOCUMENT_TYPES, "a code of UNTDID 1001 as 380 or 381"
    else:
        is_fine, example = bool(value.strip()), "text"
    return None if is_fine else f"has value {value[:40]!r}, {field} must be {example}"
