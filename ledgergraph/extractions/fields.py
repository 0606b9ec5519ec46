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
    "seller.iban": Form.CODE, "payee.name": Form.NAME, "buyer.name": Form.NAME,
    "buyer.address": Form.TEXT, "buyer.vat_id": Form.CODE,
    "totals.lines": Form.AMOUNT, "totals.allowances": Form.AMOUNT, "totals.charges": Form.AMOUNT,
    "totals.net": Form.AMOUNT, "totals.tax": Form.AMOUNT, "totals.gross": Form.AMOUNT,
    "totals.prepaid": Form.AMOUNT, "totals.rounding": Form.AMOUNT, "totals.due": Form.AMOUNT,
    "description": Form.TEXT, "quantity": Form.NUMBER, "unit": Form.CODE,
    "unit_price": Form.NUMBER, "price_base_quantity": Form.NUMBER, "net": Form.AMOUNT,
    "tax_rate": Form.NUMBER,
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
