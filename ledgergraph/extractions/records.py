"""Records from paper: a row of `invoices` per invoice, one per line of an order or receipt.

The one place where seller becomes vendor. Amounts are as printed, whatever their
sign; a credit note is one by its `type`. Not here: records from books (books_import),
and which vendor, entity or order of the books is meant (graph).
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa

from ledgergraph.books import BOOK_TABLES, PURCHASE_ORDER, SPECIAL_TYPES
from ledgergraph.extractions.fields import fitted, typed_value
from ledgergraph.extractions.rules.document import Part, Stated, number_in, parts_of
from ledgergraph.identity import canonical_json, record_id
from ledgergraph.tables import NUMBER

INVOICES = BOOK_TABLES["invoices"]
ORDERS, RECEIPTS = BOOK_TABLES["purchase_orders"], BOOK_TABLES["goods_receipts"]
RECEIVED = "632"
"""UNTDID 1001's code of a goods receipt; a despatch advice (351) is its sender's word alone."""
COLUMNS: Mapping[str, str] = {
    "number": "number", "vendor_name": "seller.name", "vat_id": "seller.vat_id",
    "iban": "seller.iban", "issue_date": "issue_date", "due_date": "due_date",
    "currency": "currency", "net": "totals.net", "tax": "totals.tax", "gross": "totals.gross",
    "contract_id": "contract_reference", "order_id": "order_reference",
    "preceding_invoice": "preceding_invoice", "period_start": "period_start",
    "period_end": "period_end",
}  # fmt: skip
"""Columns of an invoice record, and the field of the document that each is."""
KEPT = ("buyer.name", "buyer.vat_id", "buyer.register_id", "buyer.address", "seller.address",
        "seller.register_id", "payee.name", "type", "totals.due", "totals.prepaid")  # fmt: skip
"""Fields without a column of their own, kept in `extra` for whoever resolves parties and types."""
PARTIES = ("seller.name", "seller.vat_id", "buyer.name", "buyer.vat_id")
"""The same of orders and receipts."""
OF_LINES = ("quantity", "unit_price", "net")
"""What invoices are held against, line by line."""
SURE = 0.75
"""An order on a page is so sure of its number and lines at least."""
LINE_NUMBER = re.compile(r"[0-9]{1,9}")


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
        row["quantity"] = _value(line, "quantity")
        row["unit_price"] = price_of_one(line)
    kept = {field: value for field in KEPT if (value := part.text(field))}
    return row | {
        "record_id": record_id(part.document_id, part.part, INVOICES.name, None),
        "document_id": part.document_id,
        "part": part.part,
        "invoice_id": f"{part.document_id}#{part.part}",
        "type": SPECIAL_TYPES.get(part.text("type") or "", part.type),
        "lines": len(part.lines) or None,
        "extra": canonical_json(kept).decode() if kept else None,
    }


def _value(fields: Mapping[str, Stated], field: str) -> Any:
    stated = fields.get(field)
    return typed_value(field, stated.value) if stated else None


def order_records(extractions: pa.Table) -> dict[str, pa.Table]:
    """The rows of `purchase_orders` and `goods_receipts`, one per line, by table.

    `line` is the name that the order gives to it where that is a number, else its
    place from 1. An order read from a page makes records where what invoices are held against
    is sure, and its lines make its total: no line is missing. Goods receipts print no amounts
    that could show as much, so only XML makes records of them; none without an order.
    """
    parts = [
        part
        for part in parts_of(extractions)
        if part.text("number") and (part.is_structured or _is_sure_order(part))
    ]
    rows = ((ORDERS, _order_rows), (RECEIPTS, _receipt_rows))
    return {
        table.name: table.records.conform(
            table.records.rows([row for part in parts for row in rows_of(part)])
        )
        for table, rows_of in rows
    }


def _is_sure_order(part: Part) -> bool:
    """Whether a page states an order whose lines are sure and all there."""
    if part.type != PURCHASE_ORDER or not part.lines:
        return False
    if any(not line.keys() >= set(OF_LINES) for line in part.lines.values()):
        return False
    least, _ = part.confidence(("number", *OF_LINES), None)
    nets = [number_in(line, "net") or Decimal(0) for line in part.lines.values()]
    totals = {part.amount("totals.net"), part.amount("totals.lines")}
    return least >= SURE and sum(nets, Decimal(0)) in totals


def _order_rows(part: Part) -> Iterator[dict[str, Any]]:
    if part.type != PURCHASE_ORDER:
        return
    header = {
        "order_id": part.text("number"),
        "contract_id": part.text("contract_reference"),
        "ordered_on": part.day("issue_date"),
        "currency": part.currency,
    }
    for number, line in part.lines.items():
        yield (
            _row_of_line(part, ORDERS.name, number)
            | header
            | {
                "line": _line_number(line, "line_id", number + 1),
                "description": _value(line, "description"),
                "article": _value(line, "article"),
                "quantity": _value(line, "quantity"),
                "unit_price": price_of_one(line),
            }
        )


def _receipt_rows(part: Part) -> Iterator[dict[str, Any]]:
    if part.text("type") != RECEIVED or not part.text("order_reference"):
        return
    header = {
        "receipt_id": part.text("number"),
        "order_id": part.text("order_reference"),
        "received_on": part.day("issue_date"),
    }
    for number, line in part.lines.items():
        yield (
            _row_of_line(part, RECEIPTS.name, number)
            | header
            | {
                "line": _line_number(line, "order_line", None),
                "quantity": _value(line, "quantity"),
            }
        )


def _row_of_line(part: Part, table: str, line: int) -> dict[str, Any]:
    kept = {field: value for field in PARTIES if (value := part.text(field))}
    return {
        "record_id": record_id(part.document_id, part.part, table, line),
        "document_id": part.document_id,
        "part": part.part,
        "extra": canonical_json(kept).decode() if kept else None,
    }


def _line_number(line: Mapping[str, Stated], field: str, otherwise: int | None) -> int | None:
    stated = line.get(field)
    is_number = stated is not None and LINE_NUMBER.fullmatch(stated.value)
    return int(stated.value) if stated and is_number else otherwise


def price_of_one(line: Mapping[str, Stated]) -> Any:
    """The price of one unit, whatever the number of units that it is stated for."""
    price, base = _value(line, "unit_price"), _value(line, "price_base_quantity")
    return fitted(price / base, NUMBER) if price and base else price
