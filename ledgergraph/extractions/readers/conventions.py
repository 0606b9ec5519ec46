"""What a paper's own evidence says of marks that can mean several things: 03/04/2024, $, kr.

Belongs here: in which country the seller is, as the signs on the page tell; in which order its
dates are written, from its payment terms, its periods and that country; which of several
currencies share a sign. Not here: the signs themselves (languages/countries.toml), habits of a
vendor over its papers (vendor_dates), which total is which (totals).

Nothing is guessed: where the evidence is even, there is none.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources

from ledgergraph.extractions.languages import Lexicon
from ledgergraph.extractions.readers.recognisers import NUMERIC_DATE, Style, dates_in

TERMS = re.compile(
    r"(?i)\b(?:net|netto|within|in|innerhalb(?: von)?|sous|dans|en|entro|em|a)?\s*(\d{1,3})\s*"
    r"(?:calendar |business )?(?:days?|tagen?|jours|días|dias|giorni)\b|\bnet\s*(\d{1,3})\b"
)
"""Days of payment as printed: `Net 30`, `within 14 days`, `zahlbar in 30 Tagen`."""
LONGEST_TERM, MOST_DATES = 180, 20
"""Days of the longest term, and dates of a page that are looked at."""
ENOUGH_SIGNS = 2
"""So many signs of a country decide in which order it writes a date."""
SHARED: Mapping[str, frozenset[str]] = {
    "$": frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"}),
    "kr": frozenset({"SEK", "NOK", "DKK"}),
    "¥": frozenset({"JPY", "CNY"}),
}
"""Signs that several currencies share."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What is usual in a country."""

    currency: str
    month_first: bool | None
    signs: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Country:
    """The country of a paper's seller, ISO 3166, with one sign of it as printed, and how many
    different ones there are."""

    code: str
    currency: str
    sign: str
    signs: int


@lru_cache(maxsize=1)
def habits() -> Mapping[str, Habits]:
    """The file `countries.toml`, by country."""
    place = resources.files("ledgergraph.extractions.languages").joinpath("countries.toml")
    raw = tomllib.loads(place.read_text(encoding="utf-8"))
    return {
        code: Habits(
            one["currency"],
            one.get("month_first"),
            re.compile("|".join(f"({sign})" for sign in one["signs"])),
        )
        for code, one in raw.items()
    }


def country_of(text: str) -> Country | None:
    """The country with the most different signs in a text; null where two have as many."""
    found: list[tuple[int, str, str]] = []
    for code, own in habits().items():
        signs = {match.lastindex: match[0] for match in own.signs.finditer(text)}
        if signs:
            found.append((len(signs), code, max(signs.values(), key=len).strip()))
    found.sort(reverse=True)
    if not found or (len(found) > 1 and found[0][0] == found[1][0]):
        return None
    count, code, sign = found[0]
    return Country(code, habits()[code].currency, sign, count)


def told_order(text: str, style: Style, lexicon: Lexicon, country: Country | None) -> bool | None:
    """Whether a paper writes the month first, as far as it tells; null where it does not.

    First its unmistakable dates (`style`), then its terms and periods: the order in which two
    of its dates are as far apart as it says. Then its language, as only English is written
    in both orders, and then its country, if two signs speak for it: one alone may be that of
    a customer, or chance.
    """
    if style.month_first is not None:
        return style.month_first
    if not any(_is_open(match) for match in NUMERIC_DATE.finditer(text)):
        return None
    days_first, months_first = (
        _fits(text, replace(style, month_first=order)) for order in (False, True)
    )
    if (days_first > 0) != (months_first > 0):
        return months_first > 0
    if lexicon.language != "en":
        return False
    if country is None or country.signs < ENOUGH_SIGNS:
        return None
    return habits()[country.code].month_first


def _is_open(match: re.Match[str]) -> bool:
    first, sign, second, _ = match.groups()
    is_day_or_month = len(first) <= 2 and int(first) <= 12 and int(second) <= 12
    return sign == "/" and is_day_or_month and int(first) != int(second)


def _fits(text: str, style: Style) -> int:
    """How many pairs of dates are as far apart as printed terms say, or span whole months.

    The earlier day of a pair is printed first: so are days of issue before those of payment.
    """
    days = list(dict.fromkeys(found.value for found in dates_in(text, style)))[:MOST_DATES]
    terms = {int(match[1] or match[2]) for match in TERMS.finditer(text)}
    wanted = {timedelta(term) for term in terms if 0 < term <= LONGEST_TERM}
    pairs = [(a, b) for at, a in enumerate(days) for b in days[at + 1 :]]
    return sum(b - a in wanted or _is_months(a, b) for a, b in pairs)


def _is_months(start: date, end: date) -> bool:
    """Whether two days are the first and last of one or several whole months."""
    after = end + timedelta(1)
    return start.day == 1 and after.day == 1 and after > start


def shared_sign(printed: str) -> str | None:
    """The sign that several currencies share, where a currency is printed by it alone."""
    bare = re.sub(r"[\d\s.,'’()+−–-]", "", printed).casefold().rstrip(".")
    return bare if bare in SHARED else None


def resolved(sign: str, codes: Sequence[str], country: Country | None) -> str | None:
    """Which currency a shared sign means: one that the page names by its code, else that of
    the country; null where neither tells."""
    named = [code for code in codes if code in SHARED[sign]]
    if len(set(named)) == 1:
        return named[0]
    if country is not None and country.currency in SHARED[sign]:
        return country.currency
    return None
