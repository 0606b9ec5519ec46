"""Which row states a node, under which key, and what it refers to."""

from datetime import date
from decimal import Decimal

import pyarrow as pa

from ledgergraph.graph.ontology import EDGES, LABELS
from ledgergraph.graph.projection import as_text


def a_vendor(vendor_id="V1", **more):
    return {"vendor_id": vendor_id, **more}


def keys(snapshot, label):
    return snapshot.rows(label)["key"].to_pylist()


def test_the_export_whose_name_sorts_last_wins_in_any_order(snapshot):
    older = {"vendors-2024-01.csv": [a_vendor(name="Old")]}
    newer = {"vendors-2024-02.csv": [a_vendor(name="New")]}
    one, other = snapshot({**older, **newer}), snapshot({**newer, **older})
    assert one.rows("Vendor")["name"].to_pylist() == ["New"]
    assert one == other


def test_what_only_the_older_export_states_stays(snapshot):
    found = snapshot(
        {
            "vendors-2024-01.csv": [a_vendor("V1"), a_vendor("V2")],
            "vendors-2024-02.csv": [a_vendor("V1")],
        }
    )
    assert keys(found, "Vendor") == ["V1", "V2"]


def test_the_books_win_over_paper(snapshot):
    found = snapshot(
        {"invoices.csv": [{"invoice_id": "I1", "number": "booked"}],
         "z.pdf": [{"invoice_id": "I1", "number": "printed"}]}
    )  # fmt: skip
    assert found.rows("Invoice")["number"].to_pylist() == ["booked"]


def test_the_last_row_of_a_key_wins_within_a_document(snapshot):
    found = snapshot({"vendors.csv": [a_vendor(name="A"), a_vendor(name="B")]})
    assert found.rows("Vendor")["name"].to_pylist() == ["B"]


def test_rows_whose_key_is_incomplete_are_told_apart(snapshot):
    lines = [{"journal_id": "J1", "text": text} for text in ("a", "b", "b")]
    found = snapshot({"journal_lines.csv": lines})
    assert len(found.rows("JournalLine")) == 3


def test_a_mark_inside_a_key_does_not_make_two_keys_one(snapshot):
    orders = [{"order_id": "O|1", "line": None}, {"order_id": "O", "line": 1}]
    found = snapshot({"purchase_orders.csv": orders})
    assert len(set(keys(found, "PurchaseOrderLine"))) == 2


def test_what_has_not_arrived_is_a_node_with_a_key_only(snapshot):
    found = snapshot({"payments.csv": [{"payment_id": "P1", "invoice_id": "I1", "iban": "de 12"}]})
    assert found.nodes["Invoice"]["key"].to_pylist() == ["I1"]
    assert found.nodes["Invoice"]["invoice_id"].to_pylist() == [None]
    assert len(found.rows("Invoice")) == 0
    assert found.nodes["BankAccount"]["key"].to_pylist() == ["DE12"]


def test_a_relation_is_known_from_the_day_of_the_row_that_states_it(snapshot):
    row = {"invoice_id": "I1", "vendor_id": "V1", "issue_date": date(2024, 3, 1)}
    found = snapshot(
        {"invoices.csv": [row, {**row, "invoice_id": "I2", "received_on": date(2024, 3, 5)}]}
    )
    known = found.edges[("Invoice", "ISSUED_BY", "Vendor")]["known_from"].to_pylist()
    assert known == [date(2024, 3, 1), date(2024, 3, 5)]


def test_amounts_and_dates_keep_their_declared_types(snapshot):
    found = snapshot(
        {
            "invoices.csv": [
                {"invoice_id": "I1", "net": Decimal("10.10"), "issue_date": date(2024, 1, 1)}
            ]
        }
    )
    row = found.rows("Invoice").to_pylist()[0]
    assert row["net"] == Decimal("10.10")
    assert row["known_from"] == date(2024, 1, 1)


def test_every_label_and_relation_is_there_even_without_rows(snapshot):
    found = snapshot({})
    assert found.nodes.keys() == LABELS.keys()
    assert found.edges.keys() == EDGES.keys()


def test_a_stored_snapshot_reads_back_as_it_was(snapshot):
    found = snapshot({"vendors.csv": [a_vendor(iban="DE1")]})
    assert type(found).of_stored(found.stored()) == found


def test_every_relation_leads_to_labels_that_exist():
    assert all({source, target} <= LABELS.keys() for source, _, target in EDGES)


def test_text_of_decimals_is_plain_and_exact():
    values = ["0", "1000", "-0.5", "1234567.25", "10.10", "0.00000001"]
    column = pa.chunked_array([pa.array([Decimal(one) for one in values], pa.decimal128(24, 8))])
    text = as_text(column)
    assert text.to_pylist()[:5] == ["0", "1000", "-0.5", "1234567.25", "10.1"]
    assert text.cast(column.type) == column
