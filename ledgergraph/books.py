"""The ledger tables: the books of a company as an ERP exports them.

One declaration per table: its columns and their types, the columns that name a
row, and the date from which the row was known. Import, records, graph and
corpora take names and types from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from ledgergraph.tables import AMOUNT, DATE, NUMBER, TEXT, TIME, Table

INTEGER = pa.int64()
BOOLEAN = pa.bool_()

PROVENANCE: Mapping[str, pa.DataType] = {
    "record_id": TEXT,
    "document_id": TEXT,
    "part": pa.int32(),
    "row": INTEGER,
}
"""Where a record comes from: `row` counts data rows from 1 in a table file, null on paper."""


@dataclass(frozen=True)
class BookTable:
    """A ledger table: `key` names a row in the books, `known_from` the first date set."""

    name: str
    columns: Mapping[str, pa.DataType]
    key: tuple[str, ...]
    known_from: tuple[str, ...] = ()
    required: tuple[str, ...] = ()

    @property
    def records(self) -> Table:
        """The stored form: provenance, the columns, and unknown columns as JSON in `extra`."""
        schema = pa.schema({**PROVENANCE, **self.columns, "extra": TEXT})
        return Table(self.name, schema, key=("record_id",))


def _table(
    name: str,
    columns: dict[str, pa.DataType],
    key: tuple[str, ...],
    known_from: tuple[str, ...] = (),
    required: tuple[str, ...] = (),
) -> BookTable:
    return BookTable(name, columns, key, known_from, required or key)


VENDORS = _table(
    "vendors",
    {
        "vendor_id": TEXT, "name": TEXT, "vat_id": TEXT, "iban": TEXT, "address": TEXT,
        "country": TEXT, "registered_on": DATE, "category": TEXT, "register_id": TEXT,
    },
    key=("vendor_id",), known_from=("registered_on",),
)  # fmt: skip
BANK_CHANGES = _table(
    "bank_changes",
    {"vendor_id": TEXT, "changed_on": DATE, "iban": TEXT, "verified": BOOLEAN},
    key=("vendor_id", "changed_on", "iban"), known_from=("changed_on",),
)  # fmt: skip
CONTRACTS = _table(
    "contracts",
    {
        "contract_id": TEXT, "vendor_id": TEXT, "entity_id": TEXT, "value": AMOUNT,
        "currency": TEXT, "starts_on": DATE, "ends_on": DATE, "unit_price": NUMBER,
        "escalation_pct": NUMBER, "tolerance_pct": NUMBER,
    },
    key=("contract_id",), known_from=("starts_on",),
)  # fmt: skip
CONTRACT_AMENDMENTS = _table(
    "contract_amendments",
    {"contract_id": TEXT, "amended_on": DATE, "value": AMOUNT, "ends_on": DATE},
    key=("contract_id", "amended_on"), known_from=("amended_on",),
)  # fmt: skip
PURCHASE_ORDERS = _table(
    "purchase_orders",
    {
        "order_id": TEXT, "line": INTEGER, "vendor_id": TEXT, "entity_id": TEXT,
        "contract_id": TEXT, "ordered_on": DATE, "description": TEXT, "quantity": NUMBER,
        "unit_price": NUMBER, "currency": TEXT, "article": TEXT,
    },
    key=("order_id", "line"), known_from=("ordered_on",), required=("order_id",),
)  # fmt: skip
GOODS_RECEIPTS = _table(
    "goods_receipts",
    {
        "receipt_id": TEXT, "order_id": TEXT, "line": INTEGER, "received_on": DATE,
        "quantity": NUMBER,
    },
    key=("receipt_id", "order_id", "line"), known_from=("received_on",),
    required=("receipt_id", "order_id"),
)  # fmt: skip
INVOICES = _table(
    "invoices",
    {
        "invoice_id": TEXT, "number": TEXT, "type": TEXT, "vendor_id": TEXT,
        "vendor_name": TEXT, "vat_id": TEXT, "iban": TEXT, "entity_id": TEXT,
        "issue_date": DATE, "received_on": DATE, "due_date": DATE, "currency": TEXT,
        "net": AMOUNT, "tax": AMOUNT, "gross": AMOUNT, "tax_rate": NUMBER,
        "quantity": NUMBER, "unit_price": NUMBER, "lines": INTEGER, "contract_id": TEXT,
        "order_id": TEXT, "approver": TEXT, "preceding_invoice": TEXT,
        "period_start": DATE, "period_end": DATE,
    },
    key=("invoice_id",), known_from=("received_on", "issue_date"),
)  # fmt: skip
INVOICE_LINES = _table(
    "invoice_lines",
    {
        "invoice_id": TEXT, "line": INTEGER, "description": TEXT, "article": TEXT,
        "quantity": NUMBER, "unit": TEXT, "unit_price": NUMBER, "net": AMOUNT,
        "tax_rate": NUMBER, "order_id": TEXT, "order_line": INTEGER,
    },
    key=("invoice_id", "line"),
)  # fmt: skip
APPROVAL_LIMITS = _table(
    "approval_limits",
    {"approver": TEXT, "max_amount": AMOUNT, "currency": TEXT},
    key=("approver", "max_amount", "currency"), required=("approver", "max_amount"),
)  # fmt: skip
PAYMENTS = _table(
    "payments",
    {
        "payment_id": TEXT, "invoice_id": TEXT, "paid_on": DATE, "amount": AMOUNT,
        "currency": TEXT, "iban": TEXT,
    },
    key=("payment_id",), known_from=("paid_on",),
)  # fmt: skip
EMPLOYEES = _table(
    "employees",
    {"employee_id": TEXT, "name": TEXT, "address": TEXT, "iban": TEXT, "phone": TEXT},
    key=("employee_id",),
)  # fmt: skip
APPROVALS = _table(
    "approvals",
    {"object": TEXT, "object_id": TEXT, "action": TEXT, "user": TEXT, "at": TIME},
    key=("object", "object_id", "action", "user", "at"), known_from=("at",),
    required=("object", "object_id", "action", "user"),
)  # fmt: skip
STATEMENTS = _table(
    "statements",
    {
        "entity_id": TEXT, "period": TEXT, "statement": TEXT, "account": TEXT,
        "amount": AMOUNT, "currency": TEXT,
    },
    key=("entity_id", "period", "statement", "account"),
)  # fmt: skip
JOURNAL_LINES = _table(
    "journal_lines",
    {
        "journal_id": TEXT, "line": INTEGER, "posted_at": TIME, "period": TEXT,
        "account": TEXT, "amount": AMOUNT, "currency": TEXT, "user": TEXT, "text": TEXT,
        "manual": BOOLEAN,
    },
    key=("journal_id", "line"), known_from=("posted_at",), required=("journal_id",),
)  # fmt: skip

BOOK_TABLES: Mapping[str, BookTable] = {
    table.name: table
    for table in (
        VENDORS, BANK_CHANGES, CONTRACTS, CONTRACT_AMENDMENTS, PURCHASE_ORDERS,
        GOODS_RECEIPTS, INVOICES, INVOICE_LINES, APPROVAL_LIMITS, PAYMENTS, EMPLOYEES, APPROVALS,
        STATEMENTS, JOURNAL_LINES,
    )
}  # fmt: skip
"""All ledger tables by name."""

CREDIT_NOTE = "credit_note"
"""The word of records for what lowers a claim."""
INVOICE_TYPES: Mapping[str, str] = {
    **dict.fromkeys((
        "71", "80", "82", "84", "102", "130", "202", "203", "204", "211", "218", "219", "295",
        "326", "331", "380", "382", "383", "384", "385", "386", "387", "388", "389", "390",
        "393", "394", "395", "456", "457", "471", "472", "473", "500", "501", "527", "553",
        "575", "623", "633", "751", "780", "817", "870", "875", "876", "877", "935",
    ), "invoice"),
    **dict.fromkeys((
        "81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502",
        "503", "532",
    ), CREDIT_NOTE),
    "325": "pro_forma",
}  # fmt: skip
"""Words for UNTDID 1001 codes, the subset of EN 16931 (BT-3): what is alike in all that matters
to readings."""
SPECIAL_TYPES: Mapping[str, str] = {
    "326": "partial_invoice", "384": "corrected_invoice", "386": "prepayment_invoice",
    "389": "self_billed_invoice",
}  # fmt: skip
"""Words that records use for invoices that bill in another way; the others are `invoice`."""
PURCHASE_ORDER, SALES_ORDER, GOODS_RECEIPT = "purchase_order", "sales_order", "goods_receipt"
DOCUMENT_TYPES: Mapping[str, str] = {
    **INVOICE_TYPES,
    **dict.fromkeys(("105", "220", "221", "224", "226", "227", "228"), PURCHASE_ORDER),
    "231": SALES_ORDER,
    **dict.fromkeys(("270", "351", "632"), GOODS_RECEIPT),
}
"""The same of all business documents, with UNTDID 1001's orders, answers and delivery notes."""
