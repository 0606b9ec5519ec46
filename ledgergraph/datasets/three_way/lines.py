"""What is billed, line by line: from the paper of an invoice, else from its row in the books.

Not here: which line of an order a line is (pairing).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.books import CREDIT_NOTE
from ledgergraph.extractions.fields import typed_value
from ledgergraph.extractions.records import price_of_one
from ledgergraph.extractions.rules.document import Part, Stated, parts_of
from ledgergraph.graph.snapshot import Snapshot
from ledgergraph.identity import number_key

Row = Mapping[str, Any]
Paper = tuple[str, int]
COLUMNS = (
    "key", "booked_as", "document_id", "part", "row", "known_from", "order_id", "vendor_id",
    "currency", "type", "net", "gross", "quantity", "unit_price", "number", "preceding_invoice",
    "lines",
)  # fmt: skip
"""What is read of an invoice."""
PREPAYMENTS = frozenset({"386", "prepayment_invoice"})
"""Types of invoices that bill nothing of an order yet: the final invoice bills it all."""
DECIDING = ("quantity", "unit_price", "net")


class Billed(NamedTuple):
    """One line of an invoice. `confidence` is the least of the fields that decide, 1 of books."""

    line: int
    paper: Paper | None
    description: str | None
    article: str | None
    order_line: str | None
    quantity: Decimal | None
    price: Decimal | None
    confidence: float = 1.0


@dataclass(frozen=True)
class Claim:
    """An invoice that names an order, with its lines. `known` is the day it arrived."""

    invoice_id: str
    order_id: str
    vendor_id: str | None
    currency: str | None
    known: date
    is_credit: bool
    lines: Sequence[Billed]


def claims_of(snapshot: Snapshot, extractions: pa.Table) -> list[Claim]:
    """The invoices that name an order, in order of arrival; some do not state their lines.
    Prepayments are left out.

    A paper that is booked is its row in the books: the row says which order and which
    vendor, the paper its lines. Of several papers the one with most lines counts. A credit
    note without an order is for that of the invoice that it names, and comes before what else
    arrived on its day: a bill that is corrected is credited and billed again.
    """
    rows = snapshot.rows("Invoice").select(COLUMNS).to_pylist()
    booked = {row["key"]: row["booked_as"] or row["key"] for row in rows}
    named = {booked[row["key"]]: row["order_id"] for row in rows if row["order_id"]}
    named |= {row["key"]: row["order_id"] for row in rows if row["order_id"]}
    of_number = {
        (row["vendor_id"], number_key(row["number"])): named[row["key"]]
        for row in rows
        if row["key"] in named and row["number"]
    }
    for row in rows:
        cited = row["vendor_id"], number_key(row["preceding_invoice"])
        if row["preceding_invoice"] and _is_credit(row) and cited in of_number:
            named.setdefault(booked[row["key"]], of_number[cited])
    of_paper = {
        (row["document_id"], row["part"]): booked[row["key"]]
        for row in rows
        if row["row"] is None and booked[row["key"]] in named
    }
    printed, prepaid = _printed(of_paper, extractions)
    prepaid |= {booked[row["key"]] for row in rows if row["type"] in PREPAYMENTS}
    claims = [
        Claim(
            row["key"], named[row["key"]], row["vendor_id"], row["currency"],
            row["known_from"] or date.max, _is_credit(row),
            printed.get(row["key"]) or _of_books(row),
        )
        for row in rows
        if row["booked_as"] is None and row["key"] in named and row["key"] not in prepaid
    ]  # fmt: skip
    return sorted(claims, key=lambda one: (one.known, not one.is_credit, one.invoice_id))


def _is_credit(row: Row) -> bool:
    total = row["gross"] if row["gross"] is not None else row["net"]
    return row["type"] == CREDIT_NOTE or (total is not None and total < 0)


def _of_books(row: Row) -> list[Billed]:
    """The one line that a row of the books tells of: of several items it says too little."""
    if (row["quantity"] is None and row["unit_price"] is None) or (row["lines"] or 1) > 1:
        return []
    return [Billed(0, None, None, None, None, row["quantity"], row["unit_price"])]


def _printed(
    papers: Mapping[Paper, str], extractions: pa.Table
) -> tuple[dict[str, list[Billed]], set[str]]:
    """The lines of invoices as their papers print them, and which of them are prepayments."""
    wanted = pa.array(sorted({document for document, _ in papers}), pa.string())
    stated = extractions.filter(pc.is_in(extractions["document_id"], value_set=wanted))
    found: dict[str, list[Billed]] = defaultdict(list)
    prepaid = set()
    for part in parts_of(stated):
        invoice_id = papers.get((part.document_id, part.part))
        if invoice_id is not None:
            lines = list(_lines(part))
            found[invoice_id] = max(found[invoice_id], lines, key=len)
            if part.text("type") in PREPAYMENTS:
                prepaid.add(invoice_id)
    return found, prepaid


def _lines(part: Part) -> Iterable[Billed]:
    for number, line in part.lines.items():
        read = [line[name].confidence for name in DECIDING if name in line]
        quantity = _stated(line, "quantity")
        if quantity or _stated(line, "net"):
            yield Billed(
                number, (part.document_id, part.part), _stated(line, "description"),
                _stated(line, "article"), _stated(line, "order_line"), quantity,
                _price(line, quantity), min(read, default=1.0),
            )  # fmt: skip


def _stated(line: Mapping[str, Stated], field: str) -> Any:
    return typed_value(field, line[field].value) if field in line else None


def _price(line: Mapping[str, Stated], quantity: Decimal | None) -> Decimal | None:
    """The lower of the price of one that a line states and the one that its net comes to.

    What is taken off a line makes it cheaper; what is put on it is no price.
    """
    net: Decimal | None = _stated(line, "net")
    found = [abs(price) for price in (price_of_one(line),) if price]
    if net and quantity:
        found.append(abs(net / quantity))
    return min(found, default=None)
