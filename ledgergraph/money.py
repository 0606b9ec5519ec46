"""Money as exact decimals: rounding by currency and the plain written form."""

from decimal import ROUND_HALF_UP, Decimal

WITHOUT_MINOR_UNIT = frozenset({"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF"}) | {
    "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF",
}  # fmt: skip
"""Currencies whose smallest unit is the currency itself (ISO 4217)."""
WITH_THREE_DIGITS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
"""Currencies with a thousandth as their smallest unit (ISO 4217)."""


def minor_digits(currency: str | None) -> int:
    """Digits after the decimal point that a currency has; 2 where it is unknown."""
    if currency in WITHOUT_MINOR_UNIT:
        return 0
    return 3 if currency in WITH_THREE_DIGITS else 2


def rounded(amount: Decimal, currency: str | None = None) -> Decimal:
    """The amount in whole minor units, halves away from zero (EN 16931, 6.5.2)."""
    unit = Decimal(1).scaleb(-minor_digits(currency))
    return amount.quantize(unit, rounding=ROUND_HALF_UP)


def plain(number: Decimal) -> str:
    """A number without exponent, thousands and needless trailing zeros: `1200`, `-0.5`."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
