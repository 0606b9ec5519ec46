"""Records from paper: one row of `invoices` per business document, from its chosen fields.

The one place where seller becomes vendor. Amounts are as printed, whatever their
sign; a credit note is one by its `type`. Not here: records from books (books_import),
and which vendor, entity or order of the books is meant (graph).
"""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from ledgergraph.books import BOOK_TABLES
from ledgergraph.extractions.fields import fitted, typed_value
from ledgergraph.extractions.rules.document import Part, Stated, parts_of
from ledgergraph.identity import canonical_json, record_id
from ledgergraph.tables import NUMBER

INVOICES = BOOK_TABLES["invoices"]
COLUMNS: Mapping[str, str] = {
    "number": "number", "vendor_name": "seller.name", "vat_id": "seller.vat_id",
    "iban": "seller.iban", "issue_date": "issue_date", "due_date": "due_date",
    "currency": "currency", "net": "totals.net", "tax": "totals.tax", "gross": "totals.gross",
    "contract_id": "contract_reference", "order_id": "order_reference",
    "preceding_invoice": "preceding_invoice", "period_start": "period_start",
    "period_end": "period_end",
}  # fmt: skip
"""Columns of an invoice record, and the field of the document that each is."""
KEPT = ("buyer.name", "buyer.vat_id", "buyer.address", "seller.address", "payee.name", "type",
        "totals.due", "totals.prepaid")  # fmt: skip
"""Fields without a column of their own, kept in `extra` for whoever resolves parties and types."""


def invoice_records(extractions: pa.Table) -> pa.Table:
    """One invoice record per document and part that is an invoice, a credit note or a pro forma.

    `invoice_id` is the document's id, `#` and the part: the ERP does not know the
    paper. vendor_id stays null, as do quantity and unit price where there are
    several lines, and the tax rate where there are several. A value that does not
    fit its column is null here and a validation there (rule unusable_value).
    Amounts keep their printed sign, so a credit note over 100 is 100 with type
    credit_note, unless it prints -100.
    """
    rows = [_record(part) for part in parts_of(extractions) if part.is_business]
    return INVOICES.records.conform(INVOICES.records.rows(rows))


def _record(part: Part) -> dict[str, Any]:
    row = {column: _value(part.header, field) for column, field in COLUMNS.items()}
    rates = {_value(line, "tax_rate") for line in part.lines.values()} - {None}
    row["tax_rate"] = rates.pop() if len(rates) == 1 else None
    if len(part.lines) == 1:
        line = next(iter(part.lines.values()))
        price, base = _value(line, "unit_price"), _value(line, "price_base_quantity")
        row["quantity"] = _value(line, "quantity")
        row["unit_price"] = fitted(price / base, NUMBER) if price and base else price
    kept = {field: value for field in KEPT if (value := part.text(field))}
    return row | {
        "record_id": record_id(part.document_id, part.part, INVOICES.name, None),
        "document_id": part.document_id,
        "part": part.part,
        "invoice_id": f"{part.document_id}#{part.part}",
        "type": part.type,
        "lines": len(part.lines) or None,
        "extra": canonical_json(kept).decode() if kept else None,
    }


def _value(fields: Mapping[str, Stated], field: str) -> Any:
    stated = fields.get(field)
    return typed_value(field, stated.value) if stated else None
