"""A column of the books that nobody understood is named beside what it may be meant to be."""

from ledgergraph.extractions.books_import import import_table
from ledgergraph.extractions.columns import strangers_in

EXPORT = b"""invoice_id,number,vendor_id,Kostenstelle,gross,Paid by
I-1,R-1,V-1,4711,10.00,
I-2,R-2,V-1,,11.00,
"""


def records(data: bytes):
    imported = import_table("sha256:1", "invoices.csv", data, "csv", 4096)
    return {imported.table: imported.records}


def test_a_strange_column_with_cells_is_named_with_those_that_are_empty():
    (found,) = strangers_in(records(EXPORT))
    assert (found.table, found.columns, found.rows) == ("invoices", ("Kostenstelle",), 1)
    assert "due_date" in found.lacking
    assert not {"number", "gross"} & set(found.lacking)


def test_books_of_known_columns_name_nothing():
    known = b"invoice_id,number,vendor_id\nI-1,R-1,V-1\n"
    assert strangers_in(records(known)) == []
