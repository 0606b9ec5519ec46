"""Sums that agree: offers gain by partners that fit, receipts' totals by what is printed above."""

from decimal import Decimal

import numpy as np
import pytest

from ledgergraph.evidence import Box, Page, Word
from ledgergraph.extractions.readers.arithmetic import with_arithmetic
from ledgergraph.extractions.readers.candidates import Candidate
from ledgergraph.extractions.readers.page import viewed
from ledgergraph.extractions.readers.ranking import GROSS, Offer, View, offers_of

RATES = (
    "KEDAI MAJU", "12, JALAN BESAR", "43300 SERI KOTA", "RECEIPT", "BREAD 20.67", "BUN 69.36",
    "TOTAL 0% SUPPLIES: 20.67", "GOODS 6% 69.36", "GST: 4.16", "TOTAL 6% SUPPLIES: 73.52",
    "TOTAL PAYABLE: 94.19", "CASH 100.00", "CHANGE 5.81",
)  # fmt: skip


def slip(lines: tuple[str, ...]) -> View:
    """The view of a receipt of these lines."""
    words = []
    for at, line in enumerate(lines):
        x = 20.0
        for text in line.split():
            box = Box(x, 20.0 + 30 * at, x + 9 * len(text), 38.0 + 30 * at)
            words.append(Word("one", 0, text, box))
            x += 9 * len(text) + 6
    found = viewed("one", [Page("one", 0, 400, 800, "px")], words)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def view() -> View:
    return slip(RATES)


def offers(name: str, *values: str) -> list[Offer]:
    box = Box(0.0, 0.0, 1.0, 1.0)
    return [Offer(Candidate(name, one, one, 0, box, 0.5), 0) for one in values]


def test_the_total_of_all_rates_is_preferred_to_that_of_one(view: View) -> None:
    own = offers_of(view)[GROSS]
    scores = with_arithmetic(view, {GROSS: own}, {GROSS: np.zeros(len(own))})[GROSS]
    gained = {one.candidate.value: score for one, score in zip(own, scores, strict=True)}
    assert max(gained, key=lambda value: gained[value]) == "94.19"
    assert gained["73.52"] < 0


def test_what_was_paid_and_given_back_makes_no_sum(view: View) -> None:
    wholes, parts = view.steps
    assert Decimal("94.19") in wholes
    assert Decimal("94.19") not in parts
    assert not {Decimal("100.00"), Decimal("5.81")} & (wholes | parts)
    assert Decimal("94.19") in view.kept


def test_an_offer_gains_by_likely_partners_that_add_up(view: View) -> None:
    own = {
        "totals.net": offers("totals.net", "100", "119"),
        "totals.tax": offers("totals.tax", "7", "19"),
        GROSS: offers(GROSS, "200"),
    }
    before = {"totals.net": np.array([2.0, 1.0]), "totals.tax": np.array([1.0, 0.5]),
              GROSS: np.array([3.0])}  # fmt: skip
    assert all(
        (with_arithmetic(view, own, before)[name] == one).all()
        for name, one in before.items()
        if name != GROSS
    )
    own[GROSS] = offers(GROSS, "119")
    after = with_arithmetic(view, own, before)
    assert after["totals.tax"].argmax() == 1
    assert after["totals.net"].argmax() == 0


def test_fields_that_are_no_sums_are_left_as_they_are(view: View) -> None:
    before = {"number": np.array([1.0, -1.0])}
    after = with_arithmetic(view, {"number": offers("number", "A1", "B2")}, before)
    assert after["number"].tolist() == [1.0, -1.0]
