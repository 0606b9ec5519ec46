"""What VAT law says by country, as data: rates and since when, small amounts, e-invoices.

Sources: European Commission, Taxes in Europe Database; HMRC VAT rates; national
VAT acts. Zero is left out: it exists everywhere (exports, exemptions).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Rate:
    """A VAT rate in percent and the days on which it was in force, both ends included."""

    percent: Decimal
    since: date = date.min
    until: date = date.max


def _rates(always: str, *dated: tuple[str, str, str]) -> tuple[Rate, ...]:
    permanent = tuple(Rate(Decimal(percent)) for percent in always.split())
    return permanent + tuple(
        Rate(
            Decimal(percent),
            date.fromisoformat(since) if since else date.min,
            date.fromisoformat(until) if until else date.max,
        )
        for percent, since, until in dated
    )


VAT_RATES: Mapping[str, tuple[Rate, ...]] = {
    "DE": _rates(
        "7",
        ("16", "1998-04-01", "2006-12-31"), ("19", "2007-01-01", ""),
        ("16", "2020-07-01", "2020-12-31"), ("5", "2020-07-01", "2020-12-31"),
    ),
    "FR": _rates(
        "5.5 2.1", ("19.6", "2000-04-01", "2013-12-31"), ("20", "2014-01-01", ""),
        ("7", "2012-01-01", "2013-12-31"), ("10", "2014-01-01", ""),
        ("8.5", "", ""), ("1.05", "", ""), ("1.75", "", ""), ("0.9", "", ""), ("13", "", ""),
    ),
    "ES": _rates(
        "4", ("16", "1995-01-01", "2010-06-30"), ("18", "2010-07-01", "2012-08-31"),
        ("21", "2012-09-01", ""), ("7", "1995-01-01", "2010-06-30"),
        ("8", "2010-07-01", "2012-08-31"), ("10", "2012-09-01", ""),
        ("5", "2022-07-01", "2024-12-31"), ("7.5", "2024-10-01", "2024-12-31"),
        ("2", "2024-10-01", "2024-12-31"),
    ),
    "IT": _rates(
        "4 10", ("20", "1997-10-01", "2011-09-16"), ("21", "2011-09-17", "2013-09-30"),
        ("22", "2013-10-01", ""), ("5", "2016-01-01", ""),
    ),
    "PT": _rates(  # mainland, Madeira, Azores
        "", ("23", "2011-01-01", ""), ("13", "2005-01-01", ""), ("6", "", ""),
        ("22", "2012-04-01", ""), ("12", "2012-04-01", ""), ("5", "", ""), ("4", "2010-07-01", ""),
        ("18", "2014-01-01", "2021-06-30"), ("16", "2011-01-01", ""), ("9", "2010-07-01", ""),
        ("10", "2014-01-01", "2015-06-30"),
        ("21", "2005-07-01", "2010-12-31"), ("20", "2008-07-01", "2010-06-30"),
    ),
    "GB": _rates(
        "5", ("17.5", "1991-04-01", "2008-11-30"), ("15", "2008-12-01", "2009-12-31"),
        ("17.5", "2010-01-01", "2011-01-03"), ("20", "2011-01-04", ""),
        ("12.5", "2021-10-01", "2022-03-31"),
    ),
    "AT": _rates("10 20 13 12", ("5", "2020-07-01", "2021-12-31"), ("19", "", "")),
    "NL": _rates(
        "", ("19", "2001-01-01", "2012-09-30"), ("21", "2012-10-01", ""),
        ("6", "", "2018-12-31"), ("9", "2019-01-01", ""),
    ),
    "BE": _rates("6 12 21"),
}  # fmt: skip
"""Positive VAT rates by country of the seller (ISO 3166)."""

SIMPLIFIED_UP_TO: Mapping[str, Decimal] = {
    country: Decimal(limit)
    for country, limit in {
        "DE": 250, "AT": 400, "FR": 150, "ES": 400, "IT": 400, "PT": 100, "GB": 250, "NL": 100,
        "BE": 400,
    }.items()
}  # fmt: skip
"""Gross amounts in the national currency up to which a simplified invoice is enough (Art. 220a)."""
SIMPLIFIED_ANYWHERE = Decimal(100)

TAX_NUMBER_SUFFICES = frozenset({"DE"})
"""Where a national tax number may stand instead of the VAT id (§ 14 (4) UStG)."""

STRUCTURED_SINCE: Mapping[str, date] = {
    "IT": date(2019, 1, 1),
    "RO": date(2024, 7, 1),
    "BE": date(2026, 1, 1),
    "PL": date(2026, 4, 1),
    "FR": date(2027, 9, 1),
    "DE": date(2028, 1, 1),
}
"""Since when invoices between businesses of a country must be structured, transition over."""

EU = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "GR", "HR", "HU",
    "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "XI",
})  # fmt: skip
"""Prefixes of VAT ids within the VAT area of the EU (EL is Greece, XI Northern Ireland)."""


def rates_on(country: str, day: date) -> frozenset[Decimal]:
    """The positive VAT rates of a country on a day; empty where the country is not known."""
    return frozenset(
        rate.percent for rate in VAT_RATES.get(country, ()) if rate.since <= day <= rate.until
    )
