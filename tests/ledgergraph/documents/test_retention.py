from datetime import date

import pytest

from ledgergraph.documents.retention import BOOKS, kept_until, rules_in, years_of


def test_a_rule_of_a_type_goes_before_that_of_all() -> None:
    rules = rules_in("8, contract=10")
    assert rules == {"*": 8, "contract": 10}
    assert (years_of("contract", rules), years_of("invoice", rules)) == (10, 8)
    assert years_of("invoice", rules_in("contract=10")) is None


def test_tables_of_an_erp_have_no_rule_but_their_own() -> None:
    assert years_of(BOOKS, rules_in("8")) is None
    assert years_of(BOOKS, rules_in("8,books=10")) == 10


def test_years_count_from_the_end_of_the_year() -> None:
    assert kept_until(date(2016, 1, 1), 8) == date(2024, 12, 31)
    assert kept_until(date(2016, 12, 31), 8) == date(2024, 12, 31)
    assert kept_until(date(2024, 2, 29), 0) == date(2024, 12, 31)


@pytest.mark.parametrize("text", ["eight", "invoice", "invoice=", "-1", "poem=3", "8.5"])
def test_a_rule_that_says_no_years_of_a_type_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"years|types"):
        rules_in(text)


def test_nothing_said_is_no_rule() -> None:
    assert rules_in("") == {}
