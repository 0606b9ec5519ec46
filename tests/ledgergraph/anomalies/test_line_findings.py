"""A line that is dearer than its order, from the table of lines to the box on its page."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from ledgergraph.anomalies.findings import findings_of, refs_of
from ledgergraph.anomalies.report.data import Layout
from ledgergraph.anomalies.report.exhibits import exhibits_of
from ledgergraph.anomalies.trace import Piece, as_text, trace, unresolved
from ledgergraph.artifacts import Manifest
from ledgergraph.datasets.line_rules import with_lines
from ledgergraph.datasets.schemas import FIRED
from ledgergraph.datasets.three_way.matching import line_matches
from ledgergraph.graph.snapshot import snapshot_of
from ledgergraph.issues import Kind
from tests.ledgergraph.anomalies.signs import (
    EVERYTHING,
    FIRST_DAY,
    a_file,
    a_reading,
    a_score,
    an_invoice,
    books,
    signs,
    subjects,
)

ITEMS = (("Paper A4", "200", "5.00"), ("Toner black", "10", "60.00"))


def judged(lines, came=("200", "10")):
    """The findings of a paper with some lines for an order of two items, and what they rest on."""
    orders = [
        {"order_id": "O1", "line": at, "description": text, "quantity": Decimal(quantity),
         "unit_price": Decimal(price), "currency": "EUR", "ordered_on": FIRST_DAY}
        for at, (text, quantity, price) in enumerate(ITEMS, 1)
    ]  # fmt: skip
    receipts = [
        {"receipt_id": f"R{at}", "order_id": "O1", "line": at, "received_on": FIRST_DAY,
         "quantity": Decimal(quantity)}
        for at, quantity in enumerate(came, 1)
    ]  # fmt: skip
    kept_until = FIRST_DAY + timedelta(days=90)
    receipts.append({**receipts[0], "receipt_id": "R9", "order_id": "O9",
                     "received_on": kept_until})  # fmt: skip
    paper = an_invoice("A", order_id="O1", document_id=a_file("a.pdf"))
    readings = [
        a_reading("a.pdf", field, value, line=at, y0=300.0 + 20 * at, y1=312.0 + 20 * at)
        for at, line in enumerate(lines)
        for field, value in zip(("description", "quantity", "unit_price"), line, strict=True)
    ]
    later = an_invoice("B", days=90)
    tables = books(invoices=[paper, later], purchase_orders=orders, goods_receipts=receipts)
    about = subjects(tables, files=["a.pdf"], readings=readings)
    matches = line_matches(snapshot_of(tables, about.documents), about.extractions)
    about = replace(about, line_matches=matches)
    fired, unseen = with_lines(FIRED.empty(), matches)
    given = replace(signs(scores=[a_score("A", 0.01)]), fired=fired, unseen=unseen)
    found, _ = findings_of(given, about, EVERYTHING)
    return found, given, about


def walked(found, given, about):
    tables = {
        **about.records, "documents": about.documents, "extractions": about.extractions,
        "line_matches": about.line_matches, "invoice_scores": given.scores, "findings": found,
    }  # fmt: skip

    def lookup(name):
        return [Piece(Manifest(name, "_", "1", ()), tables[name])] if name in tables else []

    assert unresolved(found, lookup) == []
    return as_text(trace(found["finding_id"][0].as_py(), lookup))


def test_the_line_is_named_with_its_variance_and_leads_to_its_box():
    found, given, about = judged([("Paper A4", "200", "5.20"), ("Toner black", "10", "60")])
    (row,) = found.to_pylist()
    assert row["kind"] == Kind.PRICE_ABOVE_ORDER.value
    assert row["amount_at_risk"] == 40
    assert row["sentence"] == (
        "Invoice A of Acme GmbH (2 March 2026) over 119.00 EUR: line 1 (Paper A4) is billed at "
        "5.20 EUR for one, 4 % above the 5.00 EUR of order O1, line 1: 40.00 EUR on 200."
    )
    text = walked(found, given, about)
    assert "unit_price of line 1 is 5.20, by text" in text
    assert "a.pdf, page 1, box 100.0 300.0 180.0 312.0 pt" in text
    assert "line 1 against order O1, line 1: billed 200, at 5.2, ordered 200, at 5" in text
    assert "unit price 5: purchase_orders.csv, row 1" in text
    assert "purchase_orders.csv, row 2" not in text


def test_the_report_shows_what_was_ordered_billed_and_the_variance():
    found, _, about = judged([("Paper A4", "200", "5.20"), ("Toner black", "10", "60")])
    exhibits = exhibits_of(found.to_pylist()[0], about, lambda document: None, Layout())
    grid = next(one for one in exhibits.grids if one.caption == "Lines against their order")
    (row,) = grid.rows
    said = dict(zip(grid.columns, (cell.text for cell in row), strict=True))
    assert said["description"] == "Paper A4"
    assert (said["ordered price"], said["unit price"], said["quantity"]) == ("5", "5.2", "200")
    assert (said["price variance"], said["price variance pct"]) == ("40.00 EUR", "4.0 %")
    assert said["price tolerance"] == "10.00 EUR"


def test_a_low_risk_of_the_whole_invoice_does_not_hide_a_line_that_no_model_saw():
    found, _, _ = judged([("Paper A4", "200", "5.20"), ("Toner black", "10", "60")])
    assert found["score"].to_pylist()[0] >= 0.5


@pytest.mark.parametrize(
    ("lines", "came", "kind", "amount"),
    [
        ([("Paper A4", "220", "5"), ("Toner black", "8", "60")], ("220", "8"),
         Kind.ORDER_OVERBILLED, 100),
        ([("Paper A4", "200", "5"), ("Toner black", "10", "60")], ("200", "7"),
         Kind.QTY_ABOVE_RECEIPT, 180),
    ],
)  # fmt: skip
def test_one_item_for_another_and_one_that_came_short_are_found_by_line(lines, came, kind, amount):
    # The vendor's other receipts say that what it bills comes in.
    (row,) = judged(lines, came)[0].to_pylist()
    assert (row["kind"], row["amount_at_risk"]) == (kind.value, amount)
    assert any(ref.table == "line_matches" for ref in refs_of(row))


def test_a_price_of_one_line_that_slipped_by_ten_is_found_with_its_money():
    found, given, about = judged([("Paper A4", "200", "50"), ("Toner black", "10", "60")])
    (row,) = found.to_pylist()
    assert (row["kind"], row["amount_at_risk"]) == (Kind.UNIT_OR_CURRENCY_SLIP.value, 9000)
    assert "line 1 (Paper A4) is billed at 50.00 EUR for one" in row["sentence"]
    assert "unit_price of line 1 is 50" in walked(found, given, about)


def test_lines_that_agree_with_their_order_make_no_finding():
    assert judged(list(ITEMS))[0].num_rows == 0
