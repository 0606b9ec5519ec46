"""How findings and reports write money, dates, counts and text from documents.

One way each, the same in sentences, tables and captions. Not here: what is said.
"""

import math
import re
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


def lower_first(sentence: str) -> str:
    """A sentence to go on with after a colon; names in capitals stay as they are."""
    second = sentence[1:2]
    return sentence[:1].lower() + sentence[1:] if second.islower() or second == " " else sentence


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


LOG_OF_COUNT = re.compile(r", log10\(1 \+ (n|days)\)$")
"""How the sentence of a feature ends that holds the logarithm of a count or of days."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def named_measure(sentence: str) -> str:
    """What a feature measures, as a heading: without the logarithm that models like to see."""
    clear = LOG_OF_COUNT.sub("", sentence.rstrip(".")).removesuffix(", log10 with its sign")
    return clear[:1].upper() + clear[1:]


def measured(value: float | None, unit: str, sentence: str = "") -> str:
    """A value of a feature as a person would say it: `4 days`, `12 %`, `2.5 times`, `yes`.

    Logarithms are undone where the sentence says of what: of a count, of days, of
    one thing over another.
    """
    if value is None or math.isnan(value):
        return "unknown"
    if unit == "log10":
        return _undone(value, sentence)
    match unit:
        case "flag":
            return "yes" if value else "no"
        case "share":
            return f"{value * 100:.3g} %"
        case "percent":
            return f"{value:.3g} %"
        case "days":
            return counted(round(value), "day")
        case "weekday":
            return WEEKDAYS[int(value) % 7]
        case "points" | "deviations":
            return f"{value:+.3g} {unit}"
    return f"{value:,.0f}" if value.is_integer() else f"{value:,.3g}"


def _undone(value: float, sentence: str) -> str:
    if found := LOG_OF_COUNT.search(sentence):
        number = round(10**value - 1)
        return counted(number, "day") if found[1] == "days" else f"{number:,}"
    return f"{10**value:,.3g} times" if " over " in sentence else f"{value:.3g} (log10)"
