"""Values are canonical or absent."""

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgergraph.extractions.einvoices import values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3.0000", "3"),
        ("-0.50", "-0.5"),
        ("+7", "7"),
        (".5", "0.5"),
        ("1200", "1200"),
        ("0.00", "0"),
        ("12345678901234.5", "12345678901234.5"),
        ("1.190,00", None),
        ("1,190.00", None),
        ("NaN", None),
        ("1E5", None),
        ("1E999999999", None),
        ("٣", None),
        ("9" * 15, None),
        ("", None),
        ("EUR 5", None),
    ],
)
def test_numbers(text, value):
    assert values.number(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("20180605", "2018-06-05"),
        ("2018-06-05", "2018-06-05"),
        ("2018-06-05Z", "2018-06-05"),
        ("2018-06-05+02:00", "2018-06-05"),
        ("2018-06-05T23:59:59", "2018-06-05"),
        ("201806052359", "2018-06-05"),
        ("20180605235959", "2018-06-05"),
        ("2018-02-30", None),
        ("201806", None),
        ("05.06.2018", None),
        ("0000-01-01", None),
    ],
)
def test_days(text, value):
    assert values.day(text) == value


@given(st.dates())
def test_every_day_is_read_in_both_forms(day: date):
    assert values.day(f"{day:%Y%m%d}".zfill(8)) == values.day(day.isoformat()) == day.isoformat()


@given(st.decimals(-(10**13), 10**13, places=6))
def test_a_number_keeps_its_value_and_is_its_own_canonical_form(number: Decimal):
    value = values.number(f"{number:f}")
    assert value is not None
    assert Decimal(value) == number
    assert values.number(value) == value


@given(st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1, max_size=5))
def test_a_total_is_the_sum_of_what_it_joins(numbers: list[Decimal]):
    value = values.total(values.PLUS.join(f"{number:f}" for number in numbers))
    assert value is not None
    assert Decimal(value) == sum(numbers)


@given(st.text(max_size=30))
def test_any_text_is_canonical_or_absent(text: str):
    number, day = values.number(text.strip()), values.day(text.strip())
    assert number is None or re.fullmatch(r"-?\d+(\.\d+)?", number, re.ASCII)
    assert day is None or date.fromisoformat(day)
    for canonical in (values.currency, values.type_code, values.fattura_type, values.total):
        canonical(text)
