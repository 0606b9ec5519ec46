"""What is billed, line by line: from the paper of an invoice, else from the lines that the books
list, else from its row in the books.

Not here: which line of an order a line is (pairing).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
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


@dataclass(frozen=True)
class Claims:
    """The invoices of a snapshot that name an order, as columns: `of` makes claims of them.

    `rows` are those and their papers, `order_of` the order of each that is no paper of another.
    """

    rows: pa.Table
    order_of: Mapping[str, str]
    extractions: pa.Table
    lines: pa.Table

    def of(self, orders: Collection[str]) -> list[Claim]:
        """The claims on some orders, in order of arrival; some do not state their lines.
        Prepayments are left out.

        A paper that is booked is its row in the books: the row says which order and which
        vendor, the paper its lines. Of several papers the one with most lines counts; without
        any the lines that the books list. A credit note comes before what else arrived on its
        day: a bill that is corrected is credited and billed again.
        """
        own = [key for key, order in self.order_of.items() if order in orders]
        keys = pa.array(own, pa.string())
        rows = self.rows.filter(pc.is_in(_booked(self.rows), keys)).to_pylist()
        of_paper = {
            (row["document_id"], row["part"]): row["booked_as"] or row["key"]
            for row in rows
            if row["row"] is None
        }
        printed, prepaid = _printed(of_paper, self.extractions)
        prepaid |= {row["booked_as"] or row["key"] for row in rows if row["type"] in PREPAYMENTS}
        listed = _listed(self.lines.filter(pc.is_in(self.lines["invoice_id"], keys)))
        claims = [
            Claim(
                row["key"], self.order_of[row["key"]], row["vendor_id"], row["currency"],
                row["known_from"] or date.max, _is_credit(row),
                printed.get(row["key"]) or listed.get(row["key"]) or _of_books(row),
            )
            for row in rows
            if row["booked_as"] is None and row["key"] not in prepaid
        ]  # fmt: skip
        return sorted(claims, key=lambda one: (one.known, not one.is_credit, one.invoice_id))


def claims_of(snapshot: Snapshot, extractions: pa.Table) -> Claims:
    """The invoices that name an order, or whose paper does.

    A credit note without an order is for that of the invoice that it names.
    """
    rows = snapshot.rows("Invoice").select(COLUMNS)
    ordered = rows.filter(pc.is_valid(rows["order_id"]))
    orders = ordered["order_id"].to_pylist()
    named = dict(zip(_booked(ordered).to_pylist(), orders, strict=True))
    named |= dict(zip(ordered["key"].to_pylist(), orders, strict=True))
    citing = rows.filter(pc.is_valid(rows["preceding_invoice"])).to_pylist()
    cited = {
        row["booked_as"] or row["key"]: (row["vendor_id"], number_key(row["preceding_invoice"]))
        for row in citing
        if _is_credit(row)
    }
    if cited:
        wanted = set(cited.values())
        numbers = map(number_key, ordered["number"].to_pylist())
        stated = zip(ordered["vendor_id"].to_pylist(), numbers, strict=True)
        of_number = {one: order for one, order in zip(stated, orders, strict=True)
                     if one in wanted}  # fmt: skip
        for key, one in cited.items():
            if one[1] and one in of_number:
                named.setdefault(key, of_number[one])
    rows = rows.filter(pc.is_in(_booked(rows), pa.array(named, pa.string())))
    booked = {*rows.filter(pc.is_null(rows["booked_as"]))["key"].to_pylist()}
    order_of = {key: order for key, order in named.items() if key in booked}
    return Claims(rows, order_of, extractions, snapshot.rows("InvoiceLine"))


def _booked(rows: pa.Table) -> pa.ChunkedArray:
    """The invoice of the books that each is, or is the paper of."""
    return pc.coalesce(rows["booked_as"], rows["key"])


def _listed(lines: pa.Table) -> dict[str, list[Billed]]:
    """The lines of invoices as the books list them, numbered from 0 where they state no number."""
    found: dict[str, list[Billed]] = defaultdict(list)
    order = [("invoice_id", "ascending"), ("line", "ascending"), ("key", "ascending")]
    for row in lines.sort_by(order).to_pylist():
        own = found[row["invoice_id"]]
        price = _least_price(row["unit_price"], row["net"], row["quantity"])
        named = None if row["order_line"] is None else str(row["order_line"])
        own.append(
            Billed(
                len(own), None, row["description"], row["article"], named, row["quantity"], price
            )
        )
    return found


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
    return _least_price(price_of_one(line), _stated(line, "net"), quantity)


def _least_price(
    price: Decimal | None, net: Decimal | None, quantity: Decimal | None
) -> Decimal | None:
    found = [abs(price)] if price else []
    if net and quantity:
        found.append(abs(net / quantity))
    return min(found, default=None)
