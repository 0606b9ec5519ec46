"""Working days must be those that people of a country know."""

from datetime import date, timedelta

import pytest

from ledgergraph.corpora.calendars import (
    holidays,
    is_working,
    working_day,
    working_day_before,
)
from ledgergraph.corpora.catalogue import LANGUAGE_OF


@pytest.mark.parametrize(("country", "year", "days"), [
    ("DE", 2024, "0101 0329 0401 0501 0509 0520 1003 1225 1226"),
    ("FR", 2024, "0101 0401 0501 0508 0509 0520 0714 0815 1101 1111 1225"),
    ("ES", 2023, "0101 0106 0407 0501 0815 1012 1101 1206 1208 1225"),
    ("IT", 2023, "0101 0106 0410 0425 0501 0602 0815 1101 1208 1225 1226"),
    ("PT", 2023, "0101 0407 0425 0501 0608 0610 0815 1005 1101 1201 1208 1225"),
    ("GB", 2017, "0102 0414 0417 0501 0529 0828 1225 1226"),
    ("GB", 2021, "0101 0402 0405 0503 0531 0830 1227 1228"),
    ("US", 2023, "0102 0116 0220 0529 0619 0704 0904 1009 1110 1123 1225"),
])  # fmt: skip
def test_days_off_are_those_of_the_law(country, year, days):
    found = [date.fromordinal(day).strftime("%m%d") for day in sorted(holidays(country, year))]
    assert " ".join(found) == days


@pytest.mark.parametrize("country", sorted(LANGUAGE_OF))
def test_the_working_day_is_the_nearest_on_its_side(country):
    for place in range(800):
        day = (date(2023, 1, 1) + timedelta(days=place)).toordinal()
        after, before = working_day(day, country), working_day_before(day, country)
        assert is_working(after, country)
        assert is_working(before, country)
        assert not any(is_working(one, country) for one in range(before + 1, after))
        assert (before == day == after) == is_working(day, country)
        assert after - before < 7


def test_nobody_works_on_christmas_day_and_on_sundays():
    assert working_day(date(2023, 12, 24).toordinal(), "DE") == date(2023, 12, 27).toordinal()
    assert working_day(date(2023, 12, 24).toordinal(), "US") == date(2023, 12, 26).toordinal()
