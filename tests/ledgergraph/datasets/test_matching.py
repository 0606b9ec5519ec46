"""When a value that was read is what the truth says."""

import pytest

from ledgergraph.datasets.matching import is_printed, is_same, likeness


@pytest.mark.parametrize(
    ("field", "value", "truth"),
    [
        ("totals.gross", "12.50", "12.5"),
        ("seller.name", "Café  Müller GmbH", "CAFE MULLER GMBH"),
        ("seller.address", "1, High Street, London", "1 HIGH STREET LONDON."),
        ("issue_date", "2026-03-01", "2026-03-01"),
    ],
)
def test_letters_digits_and_amounts_decide(field: str, value: str, truth: str) -> None:
    assert is_same(field, value, truth)


def test_another_amount_letter_or_nothing_is_not_the_same() -> None:
    assert not is_same("totals.gross", "12.5", "12.51")
    assert not is_same("seller.name", "SON BHD", "SDN BHD")
    assert not is_same("seller.name", None, "SDN BHD")


def test_strict_is_as_printed_up_to_spaces() -> None:
    assert is_printed("RM  12.50", "RM 12.50")
    assert not is_printed("12.50", "RM 12.50")


def test_one_letter_in_thirty_is_nearly_the_same() -> None:
    assert (
        likeness("12 JALAN TAMPOI, 81200 JOHOR BAHRU", "12 JALAN TAMPOL 81200 JOHOR BAHRU") > 0.95
    )
