"""The table of matched lines, and the words of its verdicts."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pyarrow as pa

from ledgergraph.issues import Kind
from ledgergraph.tables import AMOUNT, DATE, NUMBER, TEXT, Table

MOST_RECORDS = 12
"""Lines of an order, and receipts, that are kept as evidence of one line: the last ones."""
INT = pa.int32()
REAL = pa.float64()

LINE_MATCHES = Table(
    "line_matches",
    pa.schema(
        [
            ("invoice_id", TEXT), ("line", INT),  # from 0, as in `extractions`
            ("document_id", TEXT), ("part", INT),  # the paper whose line it is; null: the books
            ("order_id", TEXT),
            ("order_lines", TEXT),  # numbers of the order's lines for this item, joined by ", "
            ("order_records", TEXT),  # their record ids, joined by |; the last MOST_RECORDS
            ("receipt_records", TEXT),  # of what counted: by the day, by `covered_on` where late
            ("matched_by", TEXT), ("as_of", DATE), ("description", TEXT), ("currency", TEXT),
            ("quantity", NUMBER), ("unit_price", NUMBER),  # as billed, in the order's unit
            ("unit_factor", NUMBER),  # units of the invoice in one of the order's
            ("ordered_price", NUMBER), ("ordered_quantity", NUMBER),
            ("billed_quantity", NUMBER),  # of the item, with earlier invoices and this line
            ("received_quantity", NUMBER),  # by the day of the invoice
            ("received_since", NUMBER),  # by the last day of the books
            ("covered_on", DATE),  # the day by which all that is billed had come in
            ("usually_received", REAL),  # share of the vendor's other lines that came in at last
            ("price_variance", AMOUNT), ("price_variance_pct", NUMBER),
            ("price_tolerance", AMOUNT), ("price_verdict", TEXT),
            ("quantity_variance", NUMBER), ("quantity_variance_pct", NUMBER),
            ("quantity_variance_amount", AMOUNT),
            ("quantity_tolerance", NUMBER), ("quantity_verdict", TEXT),
        ]
    ),
    key=("invoice_id", "line"),
)  # fmt: skip
"""One row per line of an invoice that names an order of the books.

A variance is what is billed less what was agreed or came in; that of a quantity is of this
line alone, never more than the line bills. `quantity_variance` is above the order where the
verdict is `above_order`, else above what was received.
"""

MATCHED = "matched"
ABOVE_PRICE, OTHER_CURRENCY, POWER_OF_TEN = "above_price", "other_currency", "power_of_ten"
ABOVE_ORDER, ABOVE_RECEIPT, NOT_RECEIVED = "above_order", "above_receipt", "not_received"
AWAITED, RECEIVED_LATE, NO_RECEIPTS = "awaited", "received_late", "no_receipts_kept"
UNSURE, UNKNOWN, UNMATCHED, CREDITED = "unsure", "unknown", "no_order_line", "credited"
PRICE_VERDICTS = (MATCHED, ABOVE_PRICE, OTHER_CURRENCY, POWER_OF_TEN, UNSURE, UNKNOWN, UNMATCHED,
                  CREDITED)  # fmt: skip
"""`power_of_ten`: the unit slipped, another kind; `unknown`: not stated, or it does not fit."""
QUANTITY_VERDICTS = (MATCHED, ABOVE_ORDER, ABOVE_RECEIPT, NOT_RECEIVED, AWAITED, RECEIVED_LATE,
                     NO_RECEIPTS, UNSURE, UNKNOWN, UNMATCHED, CREDITED)  # fmt: skip
"""`awaited`: within the days of grace; `received_late`: since then all has come in."""
OPEN = frozenset({UNKNOWN, UNMATCHED, UNSURE, NO_RECEIPTS})
"""Verdicts that decide nothing."""
BREACHES: Mapping[Kind, tuple[str, Collection[str]]] = {
    Kind.PRICE_ABOVE_ORDER: ("price_verdict", {ABOVE_PRICE}),
    Kind.UNIT_OR_CURRENCY_SLIP: ("price_verdict", {POWER_OF_TEN}),
    Kind.ORDER_OVERBILLED: ("quantity_verdict", {ABOVE_ORDER}),
    Kind.QTY_ABOVE_RECEIPT: ("quantity_verdict", {ABOVE_RECEIPT, NOT_RECEIVED}),
    Kind.NO_RECEIPT: ("quantity_verdict", {NOT_RECEIVED}),
}
"""The verdicts that break what a kind is about."""


def cost_of(kind: Kind) -> str:
    """The column that says what a breach of a kind comes to in money."""
    column, _ = BREACHES.get(kind, ("", ()))
    return "price_variance" if column == "price_verdict" else "quantity_variance_amount"


def breaching(lines: Sequence[Mapping[str, Any]], kind: Kind) -> list[Mapping[str, Any]]:
    """The lines that break what a kind is about; none where it is not about lines."""
    column, verdicts = BREACHES.get(kind, ("line", ()))
    return [row for row in lines if row[column] in verdicts]
