"""Which row of the books a paper invoice is."""

from datetime import date
from decimal import Decimal

from ledgergraph.graph.bookings import match_bookings
from ledgergraph.graph.parties import resolve_parties


def an_invoice(invoice_id, number="R-1001", gross="119.00", day=1, vendor="Alpha", **more):
    return {
        "invoice_id": invoice_id, "number": number, "gross": Decimal(gross), "type": "invoice",
        "currency": "EUR", "issue_date": date(2024, 3, day), "vendor_name": f"{vendor} GmbH",
        **more,
    }  # fmt: skip


def booked(*rows, papers):
    """Paper to row, for rows of the books and papers."""
    vendors = [{"vendor_id": name, "name": f"{name} GmbH"} for name in ("Alpha", "Brandt")]
    documents = {
        "vendors.csv": vendors,
        "invoices.csv": [{**row, "vendor_id": row["vendor_name"].split()[0]} for row in rows],
    }
    documents |= {f"{paper['invoice_id']}.pdf": [paper] for paper in papers}

    def of(snapshot):
        found = snapshot(documents)
        matched = match_bookings(found, resolve_parties(found)).to_pylist()
        return {row["paper_id"]: row["booked_id"] for row in matched}

    return of


def test_a_paper_is_the_row_of_its_number_party_amount_and_date(snapshot):
    rows = [an_invoice("I1"), an_invoice("I2", number="R-1002")]
    assert booked(*rows, papers=[an_invoice("p")])(snapshot) == {"p": "I1"}


def test_an_amount_that_was_booked_wrongly_is_still_that_row(snapshot):
    assert booked(an_invoice("I1", gross="191.00"), papers=[an_invoice("p")])(snapshot) == {
        "p": "I1"
    }


def test_a_seller_that_was_not_recognised_is_forgiven(snapshot):
    paper = an_invoice("p", vendor="Illegible")
    assert booked(an_invoice("I1"), papers=[paper])(snapshot) == {"p": "I1"}


def test_a_number_without_its_prefix_is_forgiven(snapshot):
    assert booked(an_invoice("I1"), papers=[an_invoice("p", number="1001")])(snapshot) == {
        "p": "I1"
    }


def test_a_letter_read_for_a_digit_is_forgiven(snapshot):
    assert booked(an_invoice("I1"), papers=[an_invoice("p", number="R-IOO1")])(snapshot) == {
        "p": "I1"
    }


def test_a_claim_under_another_number_stays_its_own(snapshot):
    for number in ("R-1002", "R-1001A", "R-1001-2"):
        assert booked(an_invoice("I1"), papers=[an_invoice("p", number=number)])(snapshot) == {}


def test_a_second_paper_of_a_row_stays_an_invoice_of_its_own(snapshot):
    papers = [an_invoice("p"), an_invoice("q")]
    assert booked(an_invoice("I1"), papers=papers)(snapshot) == {"p": "I1"}


def test_a_row_booked_twice_takes_one_paper_each(snapshot):
    rows, papers = [an_invoice("I1"), an_invoice("I2")], [an_invoice("p"), an_invoice("q")]
    assert sorted(booked(*rows, papers=papers)(snapshot).values()) == ["I1", "I2"]


def test_the_same_number_of_another_vendor_is_another_invoice(snapshot):
    paper = an_invoice("p", vendor="Brandt", gross="80.00", day=9)
    assert booked(an_invoice("I1"), papers=[paper])(snapshot) == {}


def test_a_credit_note_is_not_the_invoice_that_it_corrects(snapshot):
    paper = an_invoice("p", type="credit_note")
    assert booked(an_invoice("I1"), papers=[paper])(snapshot) == {}


def test_a_credit_note_is_booked_with_either_sign(snapshot):
    row = an_invoice("I1", gross="-119.00", type="credit_note")
    assert booked(row, papers=[an_invoice("p", type="credit_note")])(snapshot) == {"p": "I1"}


def test_another_currency_is_another_invoice(snapshot):
    assert booked(an_invoice("I1"), papers=[an_invoice("p", currency="USD")])(snapshot) == {}


def test_without_a_number_party_amount_and_date_must_all_agree(snapshot):
    assert booked(an_invoice("I1"), papers=[an_invoice("p", number=None)])(snapshot) == {"p": "I1"}
    assert booked(an_invoice("I1"), papers=[an_invoice("p", number=None, day=2)])(snapshot) == {}


def test_the_snapshot_names_the_row_of_a_paper(snapshot):
    documents = {"invoices.csv": [an_invoice("I1", vendor_id="V1")], "p.pdf": [an_invoice("p")]}
    bare = snapshot(documents)
    found = match_bookings(bare, resolve_parties(bare))
    rows = snapshot(documents, bookings=found).rows("Invoice").to_pylist()
    assert {row["key"]: row["booked_as"] for row in rows} == {"I1": None, "p": "I1"}
