"""Canonical values: from the text of an element to the one way a value is written.

Each function takes a text without surrounding space and returns the canonical
value, or null where the text is not one: what cannot be stated canonically is
not stated at all, so that every `value` can be relied on. The rules that ask for
a mandatory field then report it.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from ledgergraph.money import plain

DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,14}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})")
"""xs:decimal with at most 14 digits before the point, the most that tables of books hold."""
DAY = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?:[0-9]{4}|[0-9]{6}|[TZ+-].*)?")
"""ISO dates, and UNTDID 2379 formats 102, 203 and 204; what follows the day is dropped."""
CODE = re.compile(r"[0-9]{1,3}")
CURRENCY = re.compile(r"[A-Z]{3}")
IMPLIED: Mapping[str, str] = {
    "Invoice": "380", "CreditNote": "381", "Order": "220", "OrderResponse": "231",
    "DespatchAdvice": "351", "ReceiptAdvice": "632",
}  # fmt: skip
"""UNTDID 1001 codes that roots of UBL stand for."""
PLUS = " + "
"""Joins the raw texts of a sum."""

FATTURA_TYPES: Mapping[str, str] = {
    "TD01": "380",  # fattura
    "TD02": "386",  # acconto su fattura
    "TD03": "386",  # acconto su parcella
    "TD04": "381",  # nota di credito
    "TD05": "383",  # nota di debito
    "TD06": "380",  # parcella
    "TD07": "380",  # fattura semplificata
    "TD08": "381",  # nota di credito semplificata
    "TD09": "383",  # nota di debito semplificata
    "TD16": "389",  # integrazione, reverse charge interno
    "TD17": "389",  # integrazione, servizi dall'estero
    "TD18": "389",  # integrazione, beni intracomunitari
    "TD19": "389",  # integrazione, beni art. 17
    "TD20": "389",  # autofattura per regolarizzazione
    "TD21": "389",  # autofattura per splafonamento
    "TD22": "389",  # estrazione da deposito IVA
    "TD23": "389",  # estrazione da deposito IVA con versamento
    "TD24": "380",  # fattura differita
    "TD25": "380",  # fattura differita, triangolare
    "TD26": "380",  # cessione di beni ammortizzabili
    "TD27": "380",  # autoconsumo
    "TD28": "389",  # acquisti da San Marino
    "TD29": "389",  # omessa o irregolare fatturazione
}
"""UNTDID 1001 codes of FatturaPA's TipoDocumento; what the buyer writes is self-billed (389)."""


def words(text: str) -> str | None:
    """Text on one line, with single spaces."""
    return " ".join(text.split()) or None


def number(text: str) -> str | None:
    """A plain decimal: `3.0000` is `3`."""
    return plain(Decimal(text)) if DECIMAL.fullmatch(text) else None


def total(text: str) -> str | None:
    """The sum of decimals joined by a plus sign."""
    parts = text.split(PLUS)
    if not all(DECIMAL.fullmatch(part) for part in parts):
        return None
    return number(format(sum(map(Decimal, parts), Decimal(0)), "f"))


def day(text: str) -> str | None:
    """An ISO date: `20180605` is `2018-06-05`."""
    found = DAY.fullmatch(text)
    if not found:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        return None


def currency(text: str) -> str | None:
    """An ISO 4217 code in capitals."""
    upper = text.upper()
    return upper if CURRENCY.fullmatch(upper) else None


def type_code(text: str) -> str | None:
    """A UNTDID 1001 code."""
    return text if CODE.fullmatch(text) else None


def fattura_type(text: str) -> str | None:
    """The UNTDID 1001 code of a FatturaPA TipoDocumento."""
    return FATTURA_TYPES.get(text)


def implied_type(text: str) -> str | None:
    """The code that the name of a UBL root implies where the document states none."""
    return IMPLIED.get(text)


def identifier(text: str) -> str | None:
    """A VAT id or an account number: without spaces, in capitals."""
    return "".join(text.split()).upper() or None
