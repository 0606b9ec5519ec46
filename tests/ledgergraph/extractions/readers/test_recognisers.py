from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgergraph.extractions.languages import CODES, lexicon
from ledgergraph.extractions.readers.recognisers import (
    Style,
    dates_in,
    ibans_in,
    number_of,
    numbers_in,
    style_of,
    vat_id_at,
)

COMMA = Style(",", None, lexicon(("de", "en")).months)
POINT = Style(".", None, lexicon(("en",)).months)
AMOUNTS = st.decimals(-9_999_999, 9_999_999, places=2, allow_nan=False)


def style_for(code: str) -> Style:
    words = lexicon((code, "en"))
    return Style(words.decimal, None, words.months)


@given(AMOUNTS, st.sampled_from([(".", ","), (",", "."), ("'", "."), ("’", "."), (" ", ",")]))
def test_an_amount_is_read_as_it_was_written(amount: Decimal, signs: tuple[str, str]):
    thousands, point = signs
    written = f"{amount:,.2f}".replace(",", "\0").replace(".", point).replace("\0", thousands)
    found = number_of(written, COMMA if point == "," else POINT)
    assert found is not None
    assert found.value == amount


@pytest.mark.parametrize(
    ("text", "value", "currency"),
    [
        ("-€5.00", "-5.00", "EUR"), ("5,00-", "-5.00", None), ("(5.00)", "-5.00", None),
        ("−5,00", "-5.00", None), ("£1,200.00", "1200.00", "GBP"), ("12,50€", "12.50", "EUR"),
        ("5,-", "5", None), ("CHF1'234.50", "1234.50", "CHF"),
    ],
)  # fmt: skip
def test_signs_and_currencies_are_part_of_a_number(text: str, value: str, currency: str | None):
    found = number_of(text, COMMA)
    assert found is not None
    assert (found.value, found.currency) == (Decimal(value), currency)


@pytest.mark.parametrize("text", ["R-7", "12x", "A4", "2018-471331", "1.2.3", "", "-"])
def test_what_is_no_number_is_not_read_as_one(text: str):
    assert number_of(text, COMMA) is None


def test_three_digits_after_a_separator_follow_the_documents_habit():
    assert number_of("1.234", COMMA).value == 1234
    assert number_of("1.234", POINT).value == Decimal("1.234")
    assert number_of("0.125", COMMA).value == Decimal("0.125")


def test_a_number_may_span_words():
    assert [n.value for n in numbers_in(["1", "234,56", "€"], COMMA)] == [Decimal("1234.56")]
    assert [n.value for n in numbers_in(["-", "12,00", "EUR"], COMMA)] == [Decimal("-12.00")]
    rate, tax = numbers_in(["19", "%", "MwSt.", "12,00"], COMMA)
    assert rate.is_percent
    assert tax.value == 12


def test_two_whole_numbers_side_by_side_stay_two():
    assert [n.value for n in numbers_in(["3", "100"], COMMA)] == [3, 100]


def test_the_habit_of_a_document_is_what_most_of_its_amounts_do():
    words = lexicon(("de", "en"))
    assert style_of(["1.234,56", "7,00", "3.50"], words).decimal == ","
    assert style_of(["1,234.56", "7.00"], words).decimal == "."
    assert style_of(["03/14/2024"], words).month_first is True
    assert style_of(["14/03/2024"], words).month_first is False


@given(st.dates(date(1971, 1, 1), date(2069, 12, 31)))
def test_a_numeric_date_is_read_in_every_form(day: date):
    for form in ("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d", "%d.%m.%y", "%Y/%m/%d"):
        assert [d.value for d in dates_in(f"am {day.strftime(form)}.", COMMA)] == [day]


@pytest.mark.parametrize("code", CODES)
@given(day=st.dates(date(1971, 1, 1), date(2069, 12, 31)))
def test_a_date_in_words_is_read_in_every_language(code: str, day: date):
    names = {}
    for name, number in lexicon((code,)).months.items():
        names[number] = max(names.get(number, ""), name, key=len)
    month = names[day.month]
    texts = [f"{day.day} {month} {day.year}", f"{day.day}. {month.title()} {day.year}"]
    if code in ("es", "pt"):
        texts.append(f"{day.day} de {month} de {day.year}")
    if code == "en":
        texts.append(f"{month.title()} {day.day}, {day.year}")
    for text in texts:
        assert [d.value for d in dates_in(text, style_for(code))] == [day], text


def test_a_date_that_can_be_read_two_ways_is_not_certain():
    (found,) = dates_in("04/03/2024", POINT)
    assert not found.is_certain
    assert dates_in("14/03/2024", POINT)[0].is_certain


@pytest.mark.parametrize("text", ["32.01.2024", "01.13.2024", "1.2.3.4", "10.000,00", "0123/45678"])
def test_what_is_no_date_is_not_read_as_one(text: str):
    assert dates_in(text, COMMA) == []


def test_an_iban_ends_where_its_country_says():
    (found,) = ibans_in("IBAN DE02 1203 0000 0000 2020 51 BIC BYLADEM1001")
    assert found.value == "DE02120300000000202051"
    assert found.is_valid


def test_an_iban_with_wrong_check_digits_is_kept_and_not_valid():
    (found,) = ibans_in("DE12 1203 0000 0000 2020 51")
    assert found.value == "DE12120300000000202051"
    assert not found.is_valid


def test_a_vat_number_is_read_with_or_without_separators():
    for text in ("DE136695976", "DE 136 695 976", "DE-136.695.976 Amtsgericht"):
        assert vat_id_at(text).value == "DE136695976"
    assert vat_id_at("ATU12345678").value == "ATU12345678"
    assert vat_id_at("HRB 12345") is None


def test_a_national_number_gets_its_country_only_if_its_check_digits_hold():
    assert vat_id_at("00743110157", "IT").value == "IT00743110157"
    assert vat_id_at("00743110158", "IT") is None
    assert vat_id_at("00743110157") is None
