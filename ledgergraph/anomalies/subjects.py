"""What findings are said about: invoices, vendors, contracts, orders and papers, looked up by name.

Read-only views of the tables of records and readings. Not here: which of them
are wrong.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.datasets.three_way.schemas import LINE_MATCHES
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.evidence import Page, Ref
from ledgergraph.extractions.records import COLUMNS
from ledgergraph.extractions.schemas import EXTRACTIONS, PAGES
from ledgergraph.extractions.transcripts import pages_from_table
from ledgergraph.extractions.turning import is_turned
from ledgergraph.graph.schemas import BOOKINGS

Row = Mapping[str, Any]
Paper = tuple[str, int]
"""A business document: the id of its file, and its part."""
Measures = Mapping[str, float]
"""The features of an invoice that are known, by name."""

READING_KEY = EXTRACTIONS.key
FIELD_OF_COLUMN: Mapping[str, str] = {**COLUMNS, "type": "type", "entity_id": "buyer.name"}
"""The field of a paper that states a column of its record."""
OF_A_LINE = frozenset(
    {"description", "article", "order_line", "quantity", "unit_price", "price_base_quantity", "net"}
)
"""The fields of a line that are shown beside its order."""
ORDERED: Mapping[str, str] = {"order": "purchase_orders", "receipt": "goods_receipts"}


@dataclass(frozen=True)
class Subjects:
    """The records and readings that findings speak of.

    `records` are the tables of `books` by name. `bookings` says which paper is
    which row of the books: the two are one invoice, under the id of the row.
    `line_matches` are lines of invoices beside their order.
    """

    records: Mapping[str, pa.Table]
    documents: pa.Table = field(default_factory=DOCUMENTS.empty)
    extractions: pa.Table = field(default_factory=EXTRACTIONS.empty)
    bookings: pa.Table = field(default_factory=BOOKINGS.empty)
    pages: pa.Table = field(default_factory=PAGES.empty)
    line_matches: pa.Table = field(default_factory=LINE_MATCHES.empty)

    @cached_property
    def invoices(self) -> dict[str, Row]:
        """Invoice records by id; a paper that is booked as a row is left out, the row counts."""
        return {
            row["invoice_id"]: row
            for row in self._rows("invoices")
            if row["invoice_id"] is not None and row["invoice_id"] not in self._booked
        }

    @cached_property
    def vendors(self) -> dict[str, Row]:
        """Vendor records by id."""
        return self._by("vendors", "vendor_id")

    @cached_property
    def contracts(self) -> dict[str, Row]:
        """Contract records by id."""
        return self._by("contracts", "contract_id")

    @cached_property
    def amendments(self) -> dict[str, list[Row]]:
        """Amendments by contract, oldest first."""
        dated = [row for row in self._rows("contract_amendments") if row["amended_on"]]
        return self._grouped(sorted(dated, key=lambda row: row["amended_on"]), "contract_id")

    @cached_property
    def file_names(self) -> dict[str, str]:
        """Paths below the inbox, by document."""
        ids, names = (column(self.documents, name) for name in ("document_id", "name"))
        return dict(zip(ids, names, strict=True))

    @cached_property
    def askew(self) -> dict[tuple[str, int], Page]:
        """Pages whose print is turned as they are shown, by document and page."""
        seen = self.pages.filter(pc.not_equal(self.pages["turned_degrees"], 0.0))
        pages = (page for own in pages_from_table(seen).values() for page in own)
        return {(one.document_id, one.page): one for one in pages if is_turned(one)}

    @cached_property
    def invoice_of_paper(self) -> dict[Paper, str]:
        """The invoice that a paper is: the row that it is booked as, else its own."""
        own = {
            (row["document_id"], row["part"]): row["invoice_id"]
            for row in self._rows("invoices")
            if row["row"] is None
        }
        return {paper: self._booked.get(invoice, invoice) for paper, invoice in own.items()}

    @cached_property
    def papers(self) -> dict[str, list[Paper]]:
        """The papers of an invoice, in order."""
        found: dict[str, list[Paper]] = defaultdict(list)
        for paper, invoice_id in sorted(self.invoice_of_paper.items()):
            found[invoice_id].append(paper)
        return found

    @cached_property
    def invoices_of_contract(self) -> dict[str, list[Row]]:
        """Invoices by contract, oldest first."""
        return self._grouped(self._dated_invoices, "contract_id")

    @cached_property
    def invoices_of_order(self) -> dict[str, list[Row]]:
        """Invoices by order, oldest first."""
        return self._grouped(self._dated_invoices, "order_id")

    @cached_property
    def invoices_of_vendor(self) -> dict[str, list[Row]]:
        """Invoices by vendor, oldest first."""
        return self._grouped(self._dated_invoices, "vendor_id")

    def vendor_name(self, invoice: Row) -> str | None:
        """The vendor of an invoice as the books name it, else as the invoice does."""
        vendor = self.vendors.get(invoice["vendor_id"] or "", {})
        name: str | None = vendor.get("name") or invoice["vendor_name"] or invoice["vendor_id"]
        return name

    def readings(self, paper: Paper) -> Sequence[Row]:
        """All readings of a paper."""
        return self._readings.get(paper, [])

    def chosen(self, paper: Paper, field: str) -> Row | None:
        """The reading of a header field that counts."""
        return next(
            (
                row
                for row in self.readings(paper)
                if row["field"] == field and row["line"] is None and row["chosen"]
            ),
            None,
        )

    @cached_property
    def matched_lines(self) -> dict[str, list[Row]]:
        """The lines of invoices that were held against their order, by invoice."""
        return self._grouped(rows_of(self.line_matches), "invoice_id")

    def refs_of_line(self, line: Row) -> list[Ref]:
        """A matched line, what it states on its paper, its lines of the order and its receipts."""
        refs = [Ref("line_matches", {name: line[name] for name in LINE_MATCHES.key})]
        if line["document_id"] is not None:
            refs += [
                reading_ref(row)
                for row in self.readings((line["document_id"], line["part"]))
                if row["line"] == line["line"] and row["chosen"] and row["field"] in OF_A_LINE
            ]
        for table in ("order", "receipt"):
            ids = (line[f"{table}_records"] or "").split("|")
            refs += [Ref(ORDERED[table], {"record_id": one}) for one in ids if one]
        return refs

    def refs_of_invoice(self, invoice_id: str, columns: Iterable[str]) -> list[Ref]:
        """The row of an invoice, and the readings of its papers for some of its columns."""
        invoice = self.invoices.get(invoice_id)
        refs = [record_ref("invoices", invoice)] if invoice else []
        for paper in self.papers.get(invoice_id, []):
            # The currency is read off an amount, which is there already.
            named = [name for name in columns if name in FIELD_OF_COLUMN and name != "currency"]
            fields = [FIELD_OF_COLUMN[name] for name in named]
            found = [self.chosen(paper, name) for name in fields]
            refs += [reading_ref(row) for row in found if row]
        return refs

    def records_by_id(self, table: str, ids: Iterable[str]) -> list[Row]:
        """The records of a table with some ids, in the order of the ids; unknown ones left out."""
        known = self.rows_by(table, "record_id")
        return [row for one in ids for row in known.get(one, [])]

    @cached_property
    def table_of_record(self) -> dict[str, str]:
        """The table that holds a record, by record id."""
        return {
            record: name
            for name, data in self.records.items()
            for record in column(data, "record_id")
        }

    @cached_property
    def _dated_invoices(self) -> list[Row]:
        return sorted(
            self.invoices.values(), key=lambda row: (known_on(row) or date.min, row["invoice_id"])
        )

    @cached_property
    def _readings(self) -> dict[Paper, list[Row]]:
        found: dict[Paper, list[Row]] = defaultdict(list)
        for row in rows_of(self.extractions):
            found[row["document_id"], row["part"]].append(row)
        return found

    @cached_property
    def _booked(self) -> dict[str, str]:
        papers, rows = (column(self.bookings, name) for name in ("paper_id", "booked_id"))
        return dict(zip(papers, rows, strict=True))

    def rows_by(self, table: str, column: str) -> Mapping[str, list[Row]]:
        """The rows of a table of records by one of its columns, in stored order."""
        if (table, column) not in self._indexes:
            self._indexes[table, column] = self._grouped(self._rows(table), column)
        return self._indexes[table, column]

    @cached_property
    def _indexes(self) -> dict[tuple[str, str], Mapping[str, list[Row]]]:
        return {}

    def _rows(self, table: str) -> list[Row]:
        return rows_of(self.records[table]) if table in self.records else []

    def _by(self, table: str, column: str) -> dict[str, Row]:
        return {row[column]: row for row in self._rows(table) if row[column] is not None}

    def _grouped(self, rows: Iterable[Row], column: str) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            if row[column] is not None:
                found[row[column]].append(row)
        return found


def record_ref(table: str, row: Row) -> Ref:
    """The reference to a record."""
    return Ref(table, {"record_id": row["record_id"]})


def reading_ref(row: Row) -> Ref:
    """The reference to a reading."""
    return Ref("extractions", {name: row[name] for name in READING_KEY})


def reading_key(named: Mapping[str, Any]) -> tuple[Any, ...]:
    """What names a reading, from its row or from a reference to it."""
    return tuple(named[name] for name in READING_KEY)


def known_on(invoice: Row) -> date | None:
    """The day from which an invoice was known."""
    known: date | None = invoice["received_on"] or invoice["issue_date"]
    return known


def readings_of(extractions: pa.Table, document_ids: Iterable[str]) -> pa.Table:
    """The readings of some documents only."""
    wanted = pa.array(sorted(set(document_ids)), pa.string())
    return extractions.filter(pc.is_in(extractions["document_id"], value_set=wanted))


def decimal_of(reading: Row | None) -> Decimal | None:
    """The number that a reading of an amount states."""
    return Decimal(reading["value"]) if reading and reading["value"] else None


def column(table: pa.Table, name: str) -> list[Any]:
    """The values of a column."""
    values: list[Any] = table[name].to_pylist()
    return values


def rows_of(table: pa.Table) -> list[Row]:
    """The rows of a table."""
    return list(table.to_pylist())
