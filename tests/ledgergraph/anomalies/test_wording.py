from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgergraph.anomalies.wording import (
    LONGEST,
    counted,
    day,
    listed,
    lower_first,
    measured,
    money,
    named_measure,
    printable,
    shown,
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
    ("value", "unit", "sentence", "text"),
    [
        (1.0, "flag", "whether it is new", "yes"),
        (0.125, "share", "", "12.5 %"),
        (1.0, "days", "", "1 day"),
        (2.0, "log10", "amount over the median", "100 times"),
        (2.0, "log10", "days since then, log10(1 + days)", "99 days"),
        (0.0, "log10", "earlier invoices, log10(1 + n)", "0"),
        (0.301, "log10", "how far it lies", "0.301 (log10)"),
        (4.0, "weekday", "", "Friday"),
        (float("nan"), "days", "", "unknown"),
        (3.0, "count", "", "3"),
    ],
)
def test_a_measure_is_told_in_its_unit(value, unit, sentence, text):
    assert measured(value, unit, sentence) == text


def test_the_name_of_a_measure_does_not_speak_of_logarithms():
    assert named_measure("days since then, log10(1 + days)") == "Days since then"


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
