from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgergraph.anomalies.wording import (
    LONGEST,
    against,
    counted,
    day,
    listed,
    lower_first,
    money,
    percent,
    printable,
    shown,
    unit_price,
)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("4200", "EUR", "4,200.00 EUR"),
        ("-0.005", "EUR", "-0.01 EUR"),
        ("1234567.4", "JPY", "1,234,567 JPY"),
        ("1.2345", "KWD", "1.235 KWD"),  # halves away from zero
        ("7", None, "7.00"),
    ],
)
def test_money_has_the_digits_of_its_currency(amount, currency, text):
    assert money(Decimal(amount), currency) == text


def test_what_is_unknown_is_a_dash():
    assert money(None, "EUR") == day(None) == "–"


def test_days_counts_and_lists_read_as_they_are_spoken():
    assert day(date(2026, 3, 2)) == "2 March 2026"
    assert counted(1, "entity", "entities") == "1 entity"
    assert counted(2000, "entity", "entities") == "2,000 entities"
    assert [listed(list("abc"[:n])) for n in range(4)] == ["", "a", "a and b", "a, b and c"]


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (1.0001, "the same as it"), (1.17, "17 % above it"), (0.75, "25 % below it"),
        (3.42, "3.4 times it"), (9.96, "10 times it"), (1234.5, "1,234 times it"),
    ],
)  # fmt: skip
def test_one_amount_is_told_against_another(ratio, text):
    assert against(ratio, "it") == text


def test_shares_and_prices_have_the_digits_that_matter():
    assert [percent(share) for share in (0.004, 0.125, 1.0, 25.0)] == [
        "0.4 %", "12 %", "100 %", "2,500 %",
    ]  # fmt: skip
    prices = ("12.4", "82.89123456", "0.123456", "12.3456")
    assert [unit_price(Decimal(price), "EUR") for price in prices] == [
        "12.40 EUR", "82.89 EUR", "0.1235 EUR", "12.3456 EUR",
    ]  # fmt: skip


def test_a_sentence_goes_on_in_small_letters_unless_it_starts_with_a_short_form():
    assert lower_first("The price rose.") == "the price rose."
    assert lower_first("IBAN is new.") == "IBAN is new."


@given(st.text())
def test_printable_text_is_short_and_shows_all_that_it_holds(text):
    clean = printable(text)
    assert len(clean) <= LONGEST
    assert clean.isprintable() or not clean
    assert printable(clean) == clean


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (True, "yes"), (Decimal("1200.50"), "1200.5"), (date(2026, 3, 2), "2026-03-02")],
)
def test_a_cell_shows_its_value_plainly(value, text):
    assert shown(value) == text
