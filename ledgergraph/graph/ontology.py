"""What the graph is made of: labels, their keys and columns, and the edges between them.

Declared once. Cypher, snapshot tables and the names of heterogeneous graphs
come from `LABELS` and `EDGES`. Not here: how rows become nodes (projection),
how nodes are stored (resources.graph).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from ledgergraph.books import BOOK_TABLES
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.graph.schemas import JUDGEMENTS, PROCESS_MEMORY, READINGS
from ledgergraph.tables import DATE, TEXT, Table

ONTOLOGY_VERSION = 1
"""Rises when stored graphs must be loaded again to be understood."""

EdgeKey = tuple[str, str, str]
"""Source label, type, target label."""

COMMON: Mapping[str, pa.DataType] = {
    "key": TEXT, "record_id": TEXT, "document_id": TEXT, "part": pa.int32(),
    "row": pa.int64(), "known_from": DATE,
}  # fmt: skip
"""Columns of every node. `document_id` names the document that states it, null if none does."""


@dataclass(frozen=True)
class Link:
    """A relation that a row states by its columns: to the node of `target` with that key.

    `is_incoming`: the relation runs from that node to the row's own.
    """

    type: str
    target: str
    columns: tuple[str, ...]
    is_incoming: bool = False


@dataclass(frozen=True)
class Label:
    """A kind of node.

    `table` names the rows that state it; null for what is only referred to (an
    entity, a bank account, a party), and for what a derived set makes (feedback).
    `key` are the columns that name a node, `columns` what it holds beside the common
    ones, `known_from` its dates (the first one set wins), `links` the relations that
    its rows state, `derived` the columns that a snapshot fills in from derived edges.
    """

    name: str
    table: str | None = None
    key: tuple[str, ...] = ()
    columns: Mapping[str, pa.DataType] = field(default_factory=dict)
    known_from: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    derived: Mapping[str, pa.DataType] = field(default_factory=dict)

    @property
    def stored(self) -> Mapping[str, pa.DataType]:
        """The columns that a node has in the database."""
        return {**COMMON, **self.columns}

    @property
    def nodes(self) -> Table:
        """The label's table in a snapshot."""
        return Table(f"nodes_{self.name}", pa.schema({**self.stored, **self.derived}), key=("key",))


@dataclass(frozen=True)
class Edge:
    """A relation between two labels.

    It belongs to the node at its source, or at its target if `is_incoming`: it
    comes and goes with that node's row, and is known from the same day. The
    first of `properties` is set on derived edges only.
    """

    source: str
    type: str
    target: str
    is_incoming: bool = False
    properties: Mapping[str, pa.DataType] = field(default_factory=dict)

    @property
    def key(self) -> EdgeKey:
        """Source label, type, target label."""
        return (self.source, self.type, self.target)

    @property
    def owner(self) -> str:
        """The label whose rows state the edge."""
        return self.target if self.is_incoming else self.source

    @property
    def edges(self) -> Table:
        """The relation's table in a snapshot: keys of its two nodes, date, properties."""
        schema = pa.schema({"source": TEXT, "target": TEXT, "known_from": DATE, **self.properties})
        return Table(f"edges_{self.source}_{self.type}_{self.target}", schema, ("source", "target"))


def _of_book(
    name: str, table: str, *links: Link, derived: Mapping[str, pa.DataType] | None = None
) -> Label:
    book = BOOK_TABLES[table]
    return Label(name, table, book.key, book.columns, book.known_from, links, derived or {})


def _of_table(name: str, table: Table, *links: Link) -> Label:
    columns = {one.name: one.type for one in table.schema if one.name not in COMMON}
    return Label(name, table.name, table.key, columns, links=links)


def _link(type_: str, target: str, *columns: str) -> Link:
    return Link(type_, target, columns)


ACCOUNT = "BankAccount"
"""The label whose key is a normalised IBAN: upper case, without spaces."""

FEEDBACK: Mapping[str, pa.DataType] = {
    one.name: one.type
    for one in PROCESS_MEMORY.schema
    if one.name not in {*COMMON, *PROCESS_MEMORY.key, "reading"}
}
"""What a node of feedback holds; what was said in words stays in tables."""

LABELS: Mapping[str, Label] = {
    label.name: label
    for label in (
        _of_table("Document", DOCUMENTS),
        _of_table(
            "Extraction", READINGS,
            Link("EXTRACTED_TO", "Document", ("document_id",), is_incoming=True),
            _link("VALIDATED_BY", "Validation", "document_id", "part"),
        ),
        _of_table("Validation", JUDGEMENTS),
        _of_book(
            "Vendor", "vendors",
            _link("HAS_ACCOUNT", ACCOUNT, "iban"),
            derived={"party_id": TEXT},
        ),
        _of_book(
            "BankChange", "bank_changes",
            _link("OF_VENDOR", "Vendor", "vendor_id"),
            _link("TO_ACCOUNT", ACCOUNT, "iban"),
        ),
        _of_book(
            "Contract", "contracts",
            _link("WITH_VENDOR", "Vendor", "vendor_id"),
            _link("FOR_ENTITY", "Entity", "entity_id"),
        ),
        _of_book(
            "ContractAmendment", "contract_amendments",
            _link("AMENDS", "Contract", "contract_id"),
        ),
        _of_book(
            "PurchaseOrderLine", "purchase_orders",
            _link("OF_ORDER", "PurchaseOrder", "order_id"),
            _link("ORDERED_FROM", "Vendor", "vendor_id"),
            _link("FOR_ENTITY", "Entity", "entity_id"),
            _link("UNDER_CONTRACT", "Contract", "contract_id"),
        ),
        _of_book("GoodsReceipt", "goods_receipts", _link("FULFILS", "PurchaseOrder", "order_id")),
        _of_book(
            "Invoice", "invoices",
            _link("ISSUED_BY", "Vendor", "vendor_id"),
            _link("BILLED_TO", "Entity", "entity_id"),
            _link("UNDER_CONTRACT", "Contract", "contract_id"),
            _link("FOR_ORDER", "PurchaseOrder", "order_id"),
            _link("PAID_TO", ACCOUNT, "iban"),
            _link("APPROVED_BY", "Approver", "approver"),
            _link("READ_FROM", "Document", "document_id"),
            derived={"resolved_vendor_id": TEXT, "party_id": TEXT, "booked_as": TEXT},
        ),
        _of_book("InvoiceLine", "invoice_lines", _link("LINE_OF", "Invoice", "invoice_id")),
        _of_book(
            "Payment", "payments",
            _link("PAYS", "Invoice", "invoice_id"),
            _link("INTO", ACCOUNT, "iban"),
        ),
        _of_book("ApprovalLimit", "approval_limits", _link("LIMITS", "Approver", "approver")),
        _of_book("Approval", "approvals", _link("GIVEN_BY", "Approver", "user")),
        _of_book("Employee", "employees", _link("HAS_ACCOUNT", ACCOUNT, "iban")),
        _of_book("Statement", "statements", _link("OF", "Entity", "entity_id")),
        _of_book("JournalLine", "journal_lines"),
        Label("Feedback", columns=FEEDBACK),
        Label("Entity"),
        Label(ACCOUNT),
        Label("PurchaseOrder"),
        Label("Approver"),
        Label("Party"),
    )
}  # fmt: skip
"""All labels by name, in the order in which they are loaded: referred to before referring."""

MATCH: Mapping[str, pa.DataType] = {"score": pa.float64(), "reason": TEXT}
PAIR: Mapping[str, pa.DataType] = {
    "probability": pa.float64(), "kind": TEXT, "reasons": TEXT,
}  # fmt: skip
LIKENESS: Mapping[str, pa.DataType] = {"score": pa.float64()}

DERIVED: Mapping[str, tuple[Edge, ...]] = {
    "process_memory": (
        Edge("Document", "HAS_FEEDBACK", "Feedback", is_incoming=True, properties={"about": TEXT}),
        Edge("Feedback", "CORRECTS", "Extraction", properties={"field": TEXT}),
    ),
    "parties": (
        Edge("Vendor", "MEMBER_OF", "Party", properties=MATCH),
        Edge("Invoice", "SOLD_BY", "Party", properties=MATCH),
        Edge("Invoice", "BOUGHT_BY", "Party", properties=MATCH),
        Edge("Invoice", "ISSUED_BY", "Vendor", properties=MATCH),
        Edge("Invoice", "BILLED_TO", "Entity", properties=MATCH),
    ),
    "bookings": (Edge("Invoice", "BOOKED_AS", "Invoice", properties=MATCH),),
    "duplicates": (Edge("Invoice", "DUPLICATE_OF", "Invoice", properties=PAIR),),
    "similar_documents": (Edge("Document", "SIMILAR_TO", "Document", properties=LIKENESS),),
}
"""Edges that no row states, by the set that makes them; a set is replaced as a whole.
Process memory makes the nodes of feedback as well.

ISSUED_BY and BILLED_TO are both: stated by rows of the books, derived for papers."""


def _edge(label: Label, link: Link) -> Edge:
    if link.is_incoming:
        return Edge(link.target, link.type, label.name, is_incoming=True)
    return Edge(label.name, link.type, link.target)


STATED: Mapping[EdgeKey, Edge] = {
    edge.key: edge
    for edge in (_edge(label, link) for label in LABELS.values() for link in label.links)
}
"""Edges that rows state."""

EDGES: Mapping[EdgeKey, Edge] = {
    **STATED,
    **{edge.key: edge for edges in DERIVED.values() for edge in edges},
}
"""All edges by source label, type and target label."""
