"""Marks that mean several things, and what a paper says of them by itself."""

from collections.abc import Sequence

import pytest

from ledgergraph.evidence import Box, Page, Word
from ledgergraph.extractions.languages import lexicon
from ledgergraph.extractions.readers.conventions import country_of, habits, told_order
from ledgergraph.extractions.readers.page import PageReading, read_page
from ledgergraph.extractions.readers.recognisers import style_of

ENGLISH = lexicon(("en",))
HEAD = ("Muster & Co. Ltd", "12 High Street", "Invoice", "Invoice number: R-77")
TAIL = ("Description          Amount", "Screws          100.00")


def page_of(lines: Sequence[str]) -> PageReading:
    words = []
    for row, line in enumerate(lines):
        at = 0
        for text in line.split(" "):
            if text:
                box = Box(60 + 5.5 * at, 60 + 14 * row, 60 + 5.5 * (at + len(text)), 69 + 14 * row)
                words.append(Word("sha256:00", 0, text, box))
            at += len(text) + 1
    return read_page("sha256:00", [Page("sha256:00", 0, 595, 842, "pt")], words)


def value_of(lines: Sequence[str], field: str) -> tuple[str, float]:
    return next((r.value, r.confidence) for r in page_of(lines).readings if r.field == field)


def order_of(text: str) -> bool | None:
    return told_order(text, style_of([text], ENGLISH), ENGLISH, country_of(text))


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("ABN 15 541 797 482 Perth WA 6000", "AU"), ("Singapore 119077 GST ID 201663926E", "SG"),
        ("Austin, TX 78701 EIN 12-3456789", "US"), ("Leeds LS1 4AP VAT no. GB395437318", "GB"),
        ("RFC: MAM890313G66 Guadalajara, C.P. 44100", "MX"), ("MWST-Nr. CHE638904278 Basel", "CH"),
        ("Org.nr 556677-8899 moms Bankgiro", "SE"), ("CVR 12345678 moms København", "DK"),
    ],
)  # fmt: skip
def test_the_signs_of_a_page_tell_the_country_of_its_seller(text: str, country: str) -> None:
    found = country_of(text)
    assert found is not None
    assert (found.code, found.currency) == (country, habits()[country].currency)
    assert found.sign in text


def test_even_signs_of_two_countries_tell_none() -> None:
    assert country_of("+44 20 7946 0000, +61 2 9999 0000") is None
    assert country_of("Screws and bolts") is None


@pytest.mark.parametrize(
    ("text", "month_first"),
    [
        ("Issued 03/04/2024 due 04/03/2024 Net 30", True),
        ("Issued 03/04/2024 due 03/05/2024, payable within 30 days", False),
        ("Issued 03/04/2024 and 03/25/2024", True),
        ("Issued 03/04/2024", None),
        ("Issued 03/04/2024, Austin, TX 78701", None),
        ("Issued 03/04/2024, Austin, TX 78701, EIN 12-3456789", True),
        ("Issued 03/04/2024, Leeds LS1 4AP, VAT no. GB395437318", False),
        ("Issued 03/04/2024, DE 10115 Berlin, Germany", None),
        ("Issued 03.04.2024", None),
    ],
)
def test_terms_then_two_signs_tell_the_order_of_dates(text: str, month_first: bool | None) -> None:
    assert order_of(text) is month_first


def test_what_is_due_thirty_days_later_decides_both_dates() -> None:
    dates = ("Invoice date: 03/04/2024", "Due date: 04/03/2024", "Terms: Net 30")
    assert value_of([*HEAD, *dates, *TAIL], "issue_date")[0] == "2024-03-04"
    assert value_of([*HEAD, *dates, *TAIL], "due_date")[0] == "2024-04-03"


def test_a_date_that_stays_ambiguous_is_less_sure_and_keeps_both_readings() -> None:
    lines = [*HEAD, "Invoice date: 03/04/2024", *TAIL]
    value, sure = value_of(lines, "issue_date")
    assert value == "2024-04-03"
    assert sure <= 0.6
    others = [one.reading for one in page_of(lines).candidates if one.reading.field == "issue_date"]
    assert "2024-03-04" in [one.value for one in others]
    assert {one.raw for one in others if one.value == "2024-03-04"} == {"03/04/2024"}


def test_a_date_that_can_mean_one_day_alone_stays_sure() -> None:
    assert value_of([*HEAD, "Invoice date: 25/04/2024", *TAIL], "issue_date")[1] > 0.6


@pytest.mark.parametrize(
    ("place", "total", "currency"),
    [
        ("ABN 15 541 797 482", "Total $ 118.30", "AUD"),
        ("Singapore 119077", "Total $118.30", "SGD"),
        ("Austin, TX 78701", "Total $118.30", "USD"),
        ("NZBN 9429047631757", "Total NZ$118.30", "NZD"),
        ("Org.nr 556677-8899", "Total 118.30 kr", "SEK"),
        ("CVR 12345678", "Total 118.30 kr", "DKK"),
        ("NO 987654321 MVA", "Total 118.30 kr", "NOK"),
        ("Toronto M5V 2T6", "Total $118.30", "CAD"),
    ],
)
def test_a_sign_that_currencies_share_means_the_money_of_the_sellers_country(
    place: str, total: str, currency: str
) -> None:
    assert value_of([*HEAD, place, *TAIL, total], "currency")[0] == currency


def test_a_sign_that_nothing_explains_is_unsure_and_keeps_the_others() -> None:
    lines = [*HEAD, *TAIL, "Total $118.30"]
    value, sure = value_of(lines, "currency")
    assert value == "USD"
    assert sure <= 0.6
    others = {one.reading.value for one in page_of(lines).candidates}
    assert {"AUD", "CAD"} <= others


def test_without_any_currency_the_country_tells_it_and_is_its_evidence() -> None:
    lines = [*HEAD, "MWST-Nr. CHE638904278", *TAIL, "Total 118.30"]
    (found,) = [one for one in page_of(lines).readings if one.field == "currency"]
    assert found.value == "CHF"
    assert "CHE638904278" in found.raw


def test_goods_named_after_money_are_none() -> None:
    lines = [*HEAD, "Austin, TX 78701", *TAIL, "Euro pallets          12.00", "Total $112.00"]
    assert value_of(lines, "currency")[0] == "USD"
