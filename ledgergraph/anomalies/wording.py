"""How findings and reports write money, dates, counts and text from documents.

One way each, the same in sentences, tables and captions. Not here: what is said.
"""

import unicodedata
from datetime import date
from decimal import Decimal
from typing import Any

from ledgergraph.money import minor_digits, plain, rounded

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
LONGEST = 200
"""Characters that a value from a document may take up in a sentence or a cell."""


def money(amount: Decimal | None, currency: str | None) -> str:
    """An amount with thousands and its currency: `4,200.00 EUR`; a dash if unknown."""
    if amount is None:
        return "–"
    digits = minor_digits(currency)
    text = f"{rounded(amount, currency):,.{digits}f}"
    return f"{text} {printable(currency)}" if currency else text


def day(value: date | None) -> str:
    """A date as it is spoken: `12 March 2026`; a dash if unknown."""
    return "–" if value is None else f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A count with its noun: `1 invoice`, `2,000 invoices`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def listed(parts: list[str]) -> str:
    """Several things in a row: `a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def printable(text: Any) -> str:
    """Text from a document without what cannot be seen, and not longer than a reader needs.

    Control characters and marks that turn the direction of writing would let a
    document change how the words around it look.
    """
    clean = "".join(
        " " if character in "\t\r\n" else character
        for character in str(text)
        if character in "\t\r\n" or unicodedata.category(character) not in ("Cc", "Cf", "Cs")
    )
    short = " ".join(clean.split())
    return short if len(short) <= LONGEST else short[: LONGEST - 1] + "…"


def shown(value: Any) -> str:
    """Any value of a row as a cell: dates in ISO form, plain decimals, yes and no."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, float):
        return f"{value:.4g}"
    return value.isoformat() if isinstance(value, date) else printable(value)
