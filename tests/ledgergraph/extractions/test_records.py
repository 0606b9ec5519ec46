import json
from datetime import date
from decimal import Decimal

import pytest

from ledgergraph.books import BOOK_TABLES
from ledgergraph.evidence import Reading
from ledgergraph.extractions.choosing import choose
from ledgergraph.extractions.records import invoice_records, order_records

PLAIN = {
    "number": "R-1", "type": "380", "issue_date": "2026-01-02", "currency": "EUR",
    "seller.name": "Acme GmbH", "seller.vat_id": "DE136695976", "seller.iban": "DE89",
    "buyer.name": "Buyer AG", "totals.net": "100", "totals.tax": "19", "totals.gross": "119",
    "order_reference": "PO-7",
}  # fmt: skip


def records(fields: dict[str, str], *lines: dict[str, str], part: int = 0) -> list[dict]:
    def reading(line: int | None, field: str, value: str) -> Reading:
        return Reading("sha256:1", part, "xml", line, field, value, value, 1.0, "xml")

    readings = [reading(None, *item) for item in fields.items()]
    for number, line in enumerate(lines):
        readings += [reading(number, *item) for item in line.items()]
    table = invoice_records(choose(readings))
    assert table.schema.equals(BOOK_TABLES["invoices"].records.schema)
    return table.to_pylist()


def test_the_seller_of_a_paper_becomes_the_vendor_of_a_record():
    [row] = records(PLAIN, part=2)
    assert row["invoice_id"] == "sha256:1#2"
    assert row["part"] == 2
    assert row["row"] is None
    assert row["vendor_name"] == "Acme GmbH"
    assert row["vat_id"] == "DE136695976"
    assert row["vendor_id"] is None
    assert row["order_id"] == "PO-7"
    assert row["issue_date"] == date(2026, 1, 2)
    assert row["gross"] == Decimal(119)
    assert json.loads(row["extra"])["buyer.name"] == "Buyer AG"


def test_quantity_and_price_are_those_of_a_single_line():
    line = {"quantity": "4", "unit_price": "250", "price_base_quantity": "10", "tax_rate": "19"}
    [row] = records(PLAIN, line)
    assert (row["quantity"], row["unit_price"], row["lines"]) == (4, 25, 1)
    [row] = records(PLAIN, line, {"quantity": "1", "unit_price": "2", "tax_rate": "7"})
    assert (row["quantity"], row["unit_price"], row["lines"]) == (None, None, 2)
    assert row["tax_rate"] is None


@pytest.mark.parametrize(
    ("code", "word"),
    [("326", "partial_invoice"), ("384", "corrected_invoice"), ("386", "prepayment_invoice"),
     ("389", "self_billed_invoice"), ("393", "invoice")],
)  # fmt: skip
def test_an_invoice_that_bills_in_another_way_keeps_its_type(code: str, word: str):
    [row] = records(PLAIN | {"type": code})
    assert row["type"] == word


def test_a_credit_note_is_told_by_its_type_and_keeps_its_amounts_as_printed():
    [row] = records(PLAIN | {"type": "381", "preceding_invoice": "R-0"})
    assert (row["type"], row["gross"]) == ("credit_note", 119)
    assert row["preceding_invoice"] == "R-0"


@pytest.mark.parametrize(
    ("field", "column", "value"),
    [("totals.net", "net", "9" * 20), ("issue_date", "issue_date", "soon"),
     ("totals.tax", "tax", "NaN"), ("number", "number", " ")],
)  # fmt: skip
def test_a_value_that_does_not_fit_its_column_is_null(field, column, value):
    [row] = records(PLAIN | {field: value})
    assert row[column] is None
    assert row["gross"] == 119


def test_what_is_no_invoice_makes_no_record():
    assert records(PLAIN | {"type": "220"}) == []  # an order
    assert records({"seller.name": "Acme GmbH", "issue_date": "2026-01-02"}) == []
    without_type = {name: value for name, value in PLAIN.items() if name != "type"}
    assert len(records(without_type)) == 1


def orders(net: str = "100", sure: float = 0.9, type_: str = "220") -> list[dict]:
    """The records of an order of one line as a page states it, with the total `net`."""
    header = {"number": "PO-7", "type": type_, "totals.net": net, "issue_date": "2026-02-03"}
    line = {"quantity": "4", "unit_price": "25", "net": "100"}
    readings = [
        Reading("sha256:1", 0, "page", at, field, value, value, sure, "text")
        for at, fields in ((None, header), (0, line))
        for field, value in fields.items()
    ]
    return order_records(choose(readings))["purchase_orders"].to_pylist()


def test_an_order_on_a_page_is_a_record_if_it_is_sure_and_whole():
    [row] = orders()
    assert (row["order_id"], row["line"], row["quantity"], row["unit_price"]) == ("PO-7", 1, 4, 25)
    assert orders(net="300") == []  # a line is missing
    assert orders(sure=0.6) == []
    assert orders(type_="231") == []
