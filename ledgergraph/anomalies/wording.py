"""How findings and reports write money, dates, counts and text from documents.

One way each, the same in sentences, tables and captions. Not here: what is said.
"""

from datetime import date, datetime
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
    kept = (one for one in str(text) if one.isspace() or one.isprintable())
    clean = "".join(" " if one.isspace() else one for one in kept)
    short = " ".join(clean.split())
    return short if len(short) <= LONGEST else short[: LONGEST - 1] + "…"


IN_CAPITALS = {"iban": "IBAN", "vat": "VAT", "id": "id"}


def column_name(name: str) -> str:
    """A column as words: `issue date`, `IBAN`."""
    return " ".join(IN_CAPITALS.get(word, word) for word in name.split("_"))


def field_words(field: str) -> str:
    """A field of a paper as words: `totals gross`, `seller IBAN`."""
    return column_name(field.replace(".", "_"))


def lower_first(sentence: str) -> str:
    """A sentence to go on with after a colon; names in capitals stay as they are."""
    second = sentence[1:2]
    return sentence[:1].lower() + sentence[1:] if second.islower() or second == " " else sentence


def upper_first(clause: str) -> str:
    """A clause as the beginning of a sentence."""
    return clause[:1].upper() + clause[1:]


MOST_DIGITS = 4
"""Digits after the point that prices per unit are stated with at most."""


def unit_price(amount: Decimal, currency: str | None) -> str:
    """A price per unit with its currency: as stated, or in whole minor units if it was computed.

    What costs less than one is told with four digits.
    """
    exact = -int(amount.normalize().as_tuple().exponent)
    if exact > MOST_DIGITS:
        exact = MOST_DIGITS if abs(amount) < 1 else 0
    text = f"{amount:,.{max(minor_digits(currency), exact)}f}"
    return f"{text} {printable(currency)}" if currency else text


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
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return value.isoformat() if isinstance(value, date) else printable(value)


def days(number: float) -> str:
    """A span of whole days, never negative: `1 day`, `30 days`."""
    return counted(round(abs(number)), "day")


def percent(share: float) -> str:
    """A share as a person says it: `12 %`, `1.5 %`, `250 %`."""
    value = round(share * 100, 0 if abs(share) >= 0.1 else 1)
    return f"{value:,.0f} %" if value.is_integer() else f"{value:,.1f} %"


def repeatedly(number: int) -> str:
    """How often: `never`, `once`, `twice`, `3 times`."""
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number:,} times")


ALIKE = 0.0005
"""Relative difference below which two amounts are called the same."""
MANIFOLD = 2.0
"""From here on one amount is so many times the other, not so many percent above it."""


def against(ratio: float, other: str) -> str:
    """One amount over another: `17 % above the usual`, `3.4 times the usual`."""
    if abs(ratio - 1) < ALIKE:
        return f"the same as {other}"
    if ratio >= MANIFOLD:
        return f"{round(ratio, 1):,.4g} times {other}"
    return f"{percent(abs(ratio - 1))} {'above' if ratio > 1 else 'below'} {other}"
