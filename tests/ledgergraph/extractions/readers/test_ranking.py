"""What is offered for each field beside what the rules think of, and as what it is printed."""

from dataclasses import replace

import numpy as np
import pytest

from ledgergraph.evidence import Box, Page, Word
from ledgergraph.extractions.readers.candidates import Candidate
from ledgergraph.extractions.readers.learned import Taken, apart
from ledgergraph.extractions.readers.page import viewed
from ledgergraph.extractions.readers.ranking import (
    DATE,
    GROSS,
    NAME,
    NAMES,
    Offer,
    View,
    kind_of,
    offers_of,
    rows_of,
)

SLIP = (
    "KEDAI MAJU 5/B (123456-A)", "12, JALAN BESAR", "43300 SERI KOTA", "RECEIPT",
    "CHECK: 70-94886", "TEL: 03-1234567", "DATE: 23/05/201912:30", "BREAD 4.50",
    "TOTAL RM4.50", "CASH 5.00", "CHANGE 0.50",
)  # fmt: skip
ORDER = (
    "Jansen Handel GmbH", "Hauptstraße 135 · 50667 Köln", "Bestellung", "An",
    "Baustoffe Müller GmbH & Co. KG", "Lindenallee 166", "90402 Nürnberg",
    "Bestell-Nr. 4500500063", "Datum 17.11.2025",
    "Wir bestellen zu unseren Ihnen bekannten Bedingungen und bitten um Bestätigung binnen Tagen:",
    "Nettobetrag 100,00", "MwSt. 19 % 19,00", "Gesamtbetrag 119,00",
)  # fmt: skip


def page(lines: tuple[str, ...], engine: str = "text") -> View:
    """The view of a page of these lines."""
    words = []
    for at, line in enumerate(lines):
        x = 20.0
        for text in line.split():
            box = Box(x, 20.0 + 30 * at, x + 5 * len(text), 38.0 + 30 * at)
            words.append(Word("one", 0, text, box, 0.9, engine))
            x += 5 * len(text) + 4
    found = viewed("one", [Page("one", 0, 600, 800, "px")], words)
    assert found is not None
    return found


def offer(view: View, name: str, value: str) -> Offer:
    """The offer of a value; fails where it is not offered."""
    return next(one for one in offers_of(view)[name] if one.candidate.value == value)


def test_a_code_behind_any_word_of_a_slip_may_be_its_number() -> None:
    view = page(SLIP)
    offered = {one.candidate.value for one in offers_of(view)["number"]}
    assert "70-94886" in offered
    assert not {"23/05/2019", "23/05/201912:30"} & offered


def test_an_orders_own_number_and_both_parties_are_offered() -> None:
    view = page(ORDER)
    assert not view.is_slip
    own = offer(view, "number", "4500500063")
    assert own.candidate.field == "number"
    parties = {
        one.candidate.value
        for name in ("seller.name", "buyer.name")
        for one in offers_of(view).get(name, ())
    }
    for name in ("seller.name", "buyer.name"):
        assert {one.candidate.value for one in offers_of(view)[name]} == parties


@pytest.mark.parametrize(
    ("name", "value", "printed"),
    [(DATE, "2019-05-23", "23/05/2019"), (GROSS, "4.5", "RM4.50"), (GROSS, "0.5", "0.50")],
)
def test_what_is_offered_says_how_it_is_printed(name: str, value: str, printed: str) -> None:
    assert offer(page(SLIP), name, value).candidate.raw == printed


def test_a_name_is_printed_without_its_register_and_repaired_where_it_was_recognised() -> None:
    assert offer(page(SLIP, "ocr"), NAME, "KEDAI MAJU S/B").candidate.raw == "KEDAI MAJU S/B"
    assert offer(page(SLIP), NAME, "KEDAI MAJU 5/B").candidate.raw == "KEDAI MAJU 5/B"


def test_every_offer_is_known_by_the_same_facts() -> None:
    view = page(SLIP)
    view.tags = np.zeros((len(view.top), 3))
    for name, own in offers_of(view).items():
        assert rows_of(view, name, own).shape == (len(own), len(NAMES))


def test_a_value_is_not_read_for_a_field_and_for_the_one_it_was_borrowed_from() -> None:
    box = Box(0.0, 0.0, 1.0, 1.0)
    own = Candidate("seller.vat_id", "DE136695976", "DE136695976", 0, box, 0.9)
    other = replace(own, value="DE999999999", field="buyer.vat_id")
    sellers, buyers = Taken([own], 0.6), Taken([own], 0.7)
    found = apart({"seller.vat_id": sellers, "buyer.vat_id": buyers})
    assert (found["seller.vat_id"], list(found["buyer.vat_id"].order)) == (sellers, [])
    found = apart({"seller.vat_id": Taken([own], 0.1), "buyer.vat_id": buyers})
    assert (list(found["seller.vat_id"].order), found["buyer.vat_id"]) == ([], buyers)
    both = {"seller.vat_id": sellers, "buyer.vat_id": Taken([other], 0.2)}
    assert apart(dict(both)) == both


def test_an_endless_word_names_no_code_and_holds_nothing_up():
    offers = offers_of(page((*SLIP, "a" * 20_000)))
    assert "70-94886" in {one.candidate.value for one in offers["number"]}


def test_what_is_open_on_an_order_makes_no_bill_less_sure() -> None:
    bill = tuple("Rechnung" if line == "Bestellung" else line for line in ORDER)
    kinds = {kind_of(page(lines), "number") for lines in (ORDER, bill, SLIP)}
    assert len(kinds) == 3
    assert kind_of(page(bill, "ocr:rapidocr"), "number") not in kinds
