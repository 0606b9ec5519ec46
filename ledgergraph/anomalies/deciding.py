"""What decides a kind: the columns of an invoice that a reader compares, and the records beside it.

Findings keep these as evidence, reports show these columns and no others, trace
walks to their fields.
"""

from collections.abc import Iterator, Mapping

from ledgergraph.anomalies.subjects import (
    FIELD_OF_COLUMN,
    Row,
    Subjects,
    known_on,
    record_ref,
)
from ledgergraph.books import BOOK_TABLES
from ledgergraph.datasets.three_way.schemas import breaching, cost_of
from ledgergraph.evidence import Ref
from ledgergraph.issues import AGREEMENTS, DUPLICATES, PARTIES, SCHEMES, TAX, Kind

NAMES = ("number", "vendor_name", "issue_date")

CLAIM = (*NAMES, "gross", "currency", "iban", "order_id", "contract_id", "preceding_invoice")
BILLED = (*NAMES, "net", "currency", "contract_id")
PRICED = (*NAMES, "quantity", "unit_price", "net", "currency")
ACCOUNT = (*NAMES, "gross", "currency", "iban", "vat_id")
TAXED = (*NAMES, "net", "tax_rate", "tax", "gross", "currency", "vat_id")
APPROVED = (*NAMES, "gross", "currency", "approver")
COLUMNS_OF_GROUP: Mapping[str, tuple[str, ...]] = {
    DUPLICATES: CLAIM, AGREEMENTS: BILLED, PARTIES: ACCOUNT, SCHEMES: APPROVED, TAX: TAXED,
}  # fmt: skip
COLUMNS_OF_KIND: Mapping[Kind, tuple[str, ...]] = {
    Kind.DUP_CROSS_VENDOR: ("vendor_id", *CLAIM),
    Kind.DUP_CROSS_ENTITY: ("entity_id", *CLAIM),
    Kind.OUTSIDE_CONTRACT_TERM: (*BILLED, "period_start", "period_end"),
    Kind.PRICE_ABOVE_CONTRACT: (*PRICED, "contract_id"),
    Kind.ESCALATION_EXCEEDED: (*PRICED, "contract_id"),
    Kind.PRICE_ABOVE_ORDER: (*PRICED, "order_id"),
    Kind.QTY_ABOVE_RECEIPT: (*PRICED, "order_id"),
    Kind.NO_RECEIPT: (*PRICED, "order_id"),
    Kind.ORDER_OVERBILLED: (*NAMES, "net", "currency", "order_id"),
    Kind.ORDER_AFTER_INVOICE: (*NAMES, "net", "currency", "order_id"),
    Kind.NO_ORDER: (*NAMES, "net", "currency", "order_id"),
    Kind.UNIT_OR_CURRENCY_SLIP: PRICED,
    Kind.TERMS_WORSE_THAN_AGREED: (*NAMES, "due_date", "gross", "currency"),
    Kind.INFLATED_PRICE: PRICED,
    Kind.PRICE_DRIFT: PRICED,
    Kind.GHOST_VENDOR: (*APPROVED, "iban", "order_id"),
    Kind.SEQUENTIAL_NUMBERS: (*NAMES, "gross", "currency"),
    Kind.CUTOFF_ERROR: (*NAMES, "received_on", "period_start", "period_end", "net", "currency"),
}
"""Where a kind is decided by other columns than its group."""

COLUMNS_OF_TABLE: Mapping[str, tuple[str, ...]] = {
    "vendors": ("vendor_id", "name", "vat_id", "iban", "country", "registered_on"),
    "employees": ("employee_id", "iban"),
    "approvals": ("object", "object_id", "action", "at"),
    "journal_lines": ("journal_id", "line", "posted_at", "account", "amount", "currency"),
}
"""What is shown of tables other than invoices: of people no more than what names the row.

Tables that are not named show all of their columns.
"""

ORDER = ("purchase_orders",)
RELATED: Mapping[Kind, tuple[str, ...]] = {
    Kind.OVER_CONTRACT_VALUE: ("contracts", "contract_amendments"),
    Kind.OUTSIDE_CONTRACT_TERM: ("contracts", "contract_amendments"),
    Kind.PRICE_ABOVE_CONTRACT: ("contracts",),
    Kind.ESCALATION_EXCEEDED: ("contracts", "contract_amendments"),
    Kind.PRICE_ABOVE_ORDER: ORDER,
    Kind.QTY_ABOVE_RECEIPT: (*ORDER, "goods_receipts"),
    Kind.NO_RECEIPT: ORDER,
    Kind.ORDER_OVERBILLED: ORDER,
    Kind.ORDER_AFTER_INVOICE: ORDER,
    Kind.BANK_CHANGED_BEFORE_INVOICE: ("vendors", "bank_changes"),
    Kind.IBAN_NOT_OF_VENDOR: ("vendors", "bank_changes"),
    Kind.IBAN_SHARED: ("vendors",),
    Kind.IBAN_COUNTRY_MISMATCH: ("vendors",),
    Kind.VENDOR_IMPERSONATED: ("vendors",),
    Kind.VENDOR_REACTIVATED: ("vendors",),
    Kind.GHOST_VENDOR: ("vendors",),
    Kind.CONFLICT_OF_INTEREST: ("vendors",),
    Kind.SPLIT_UNDER_LIMIT: ("approval_limits",),
    Kind.OVER_APPROVAL_LIMIT: ("approval_limits",),
    Kind.JUST_BELOW_LIMIT: ("approval_limits",),
}
"""The tables whose rows stand beside the invoice when a kind is judged."""

_JOIN: Mapping[str, str] = {
    "contracts": "contract_id", "contract_amendments": "contract_id",
    "purchase_orders": "order_id", "goods_receipts": "order_id", "vendors": "vendor_id",
    "bank_changes": "vendor_id", "approval_limits": "approver",
}  # fmt: skip
_SINCE: Mapping[str, str] = {
    "contract_amendments": "amended_on", "bank_changes": "changed_on",
    "goods_receipts": "received_on",
}  # fmt: skip
MOST_LINES = 8
"""Lines of an invoice that are kept as evidence."""
EVERYBODY = "*"
"""The approver whose limits hold for the whole company."""


def columns_of(kind: Kind) -> tuple[str, ...]:
    """The columns of an invoice that a reader compares for a kind."""
    return COLUMNS_OF_KIND.get(kind, COLUMNS_OF_GROUP.get(kind.facts.group, CLAIM[:5]))


def decisive_fields(kind: Kind) -> set[str]:
    """The fields of a paper without which a kind is not testable."""
    columns = (need.partition(".")[2] for need in kind.facts.needs)
    return {FIELD_OF_COLUMN[name] for name in columns if name in FIELD_OF_COLUMN}


def shown_columns(kind: Kind, table: str) -> tuple[str, ...]:
    """The columns of a table's rows that are shown beside a finding of a kind."""
    if table == "invoices":
        return columns_of(kind)
    return COLUMNS_OF_TABLE.get(table, tuple(BOOK_TABLES[table].columns))


def related_refs(kind: Kind, invoice: Row, subjects: Subjects) -> list[Ref]:
    """The records beside an invoice that a kind is judged by, as known on its day.

    Where lines of the invoice break what the kind is about, the worst of these lines with what
    was ordered and received of them; else all of the order.
    """
    lines = subjects.matched_lines.get(invoice["invoice_id"], [])
    column = cost_of(kind)
    worst = sorted(breaching(lines, kind), key=lambda row: (-(row[column] or 0), row["line"]))
    if worst:
        return [ref for line in worst[:MOST_LINES] for ref in subjects.refs_of_line(line)]
    return [
        record_ref(table, row)
        for table in RELATED.get(kind, ())
        for row in _beside(table, invoice, subjects)
    ]


def _beside(table: str, invoice: Row, subjects: Subjects) -> Iterator[Row]:
    column = _JOIN[table]
    names = {invoice[column]} | ({EVERYBODY} if column == "approver" else set())
    as_of, since = known_on(invoice), _SINCE.get(table)
    for name in sorted(one for one in names if one is not None):
        for row in subjects.rows_by(table, column).get(name, []):
            is_later = since and as_of and row[since] and row[since] > as_of
            if not is_later:
                yield row
