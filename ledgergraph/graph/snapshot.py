"""The whole graph as tables: what everything after the graph reads.

`snapshot_of` makes it from rows alone; loading the same rows into a database,
in any batches and any order, and exporting them gives the same snapshot. It
needs no database: training ledgers never enter one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.books import BOOK_TABLES
from ledgergraph.graph.ontology import EDGES, LABELS, Edge, EdgeKey
from ledgergraph.graph.projection import (
    Tables,
    current,
    derived_edges,
    derived_nodes,
    edges_of,
)
from ledgergraph.tables import TEXT, Table


@dataclass(frozen=True)
class Snapshot:
    """All nodes by label, all edges by (source label, type, target label).

    Every label and edge of the ontology is there, if only as an empty table, in
    its declared schema and in the order of its key. A node that no document
    states but something refers to (an entity, an order that has not arrived)
    has a key and nothing else: its document_id is null.
    """

    nodes: Mapping[str, pa.Table]
    edges: Mapping[EdgeKey, pa.Table]

    def rows(self, label: str) -> pa.Table:
        """The nodes of a label that a document states, without those only referred to."""
        nodes = self.nodes[label]
        return nodes.filter(pc.is_valid(nodes["document_id"]))

    def books(self) -> dict[str, pa.Table]:
        """The ledger tables by name, each row once: as the strongest document states it."""
        return {
            label.table: self.rows(name)
            for name, label in LABELS.items()
            if label.table is not None and label.table in BOOK_TABLES
        }

    def stored(self) -> dict[str, pa.Table]:
        """The snapshot as tables by the names under which they are stored."""
        nodes = {LABELS[label].nodes.name: table for label, table in self.nodes.items()}
        return nodes | {EDGES[key].edges.name: table for key, table in self.edges.items()}

    @staticmethod
    def of_stored(tables: Tables) -> "Snapshot":
        """The snapshot that some stored tables hold; an absent one is empty."""
        return Snapshot(
            {name: tables.get(one.nodes.name, one.nodes.empty()) for name, one in LABELS.items()},
            {key: tables.get(one.edges.name, one.edges.empty()) for key, one in EDGES.items()},
        )


def snapshot_tables() -> tuple[Table, ...]:
    """The declared tables of a stored snapshot."""
    return tuple(
        [*(label.nodes for label in LABELS.values()), *(edge.edges for edge in EDGES.values())]
    )


def snapshot_of(
    records: Tables,
    documents: pa.Table,
    *,
    memory: Tables | None = None,
    derived: Tables | None = None,
) -> Snapshot:
    """The graph that some rows make.

    `records` are ledger tables by name, `documents` those that state them,
    `memory` the tables `readings` and `judgements` (ledgergraph.graph.memory),
    `derived` the tables of `ontology.DERIVED`, as far as there.
    """
    nodes = current({**records, **(memory or {}), "documents": documents})
    pieces: dict[EdgeKey, list[pa.Table]] = {key: [] for key in EDGES}
    for name, stated in nodes.items():
        for key, found in edges_of(LABELS[name], stated).items():
            pieces[key].append(found)
    for name, table in (derived or {}).items():
        nodes |= derived_nodes(name, table)
        for key, found in derived_edges(name, table).items():
            pieces[key].append(found)
    return assembled(nodes, pieces)


def assembled(
    stated: Mapping[str, pa.Table], pieces: Mapping[EdgeKey, Sequence[pa.Table]]
) -> Snapshot:
    """A snapshot of stated nodes and of edges, which may come in several pieces.

    Adds what is only referred to, the dates of edges, and the derived columns.
    """
    nodes = {name: stated.get(name, label.nodes.empty()) for name, label in LABELS.items()}
    edges = {key: _dated(edge, pieces.get(key, ()), nodes) for key, edge in EDGES.items()}
    complete = {
        name: LABELS[name].nodes.conform(_with_references(name, table, edges))
        for name, table in nodes.items()
    }
    vendors, invoices = complete["Vendor"], complete["Invoice"]
    complete["Vendor"] = _with_parties(vendors, edges)
    complete["Invoice"] = _with_matches(invoices, complete["Vendor"], edges)
    return Snapshot(complete, edges)


def _dated(edge: Edge, pieces: Sequence[pa.Table], nodes: Mapping[str, pa.Table]) -> pa.Table:
    """The edges in their declared form: known since the node that they belong to."""
    if not pieces:
        return edge.edges.empty()
    whole = pa.concat_tables(pieces, promote_options="default")
    owners = nodes[edge.owner]
    own = whole["target" if edge.is_incoming else "source"]
    return edge.edges.conform(
        whole.append_column("known_from", _looked_up(own, owners["key"], owners["known_from"]))
    )


def _with_references(name: str, table: pa.Table, edges: Mapping[EdgeKey, pa.Table]) -> pa.Table:
    """The nodes, and those that only edges speak of."""
    ends = [found["source"] for (source, _, _), found in edges.items() if source == name]
    ends += [found["target"] for (_, _, target), found in edges.items() if target == name]
    keys = pa.chunked_array([chunk for end in ends for chunk in end.chunks], TEXT).unique()
    absent = keys.filter(pc.invert(pc.is_in(keys, table["key"].combine_chunks())))
    return pa.concat_tables([table, pa.table({"key": absent})], promote_options="default")


def _looked_up(
    keys: pa.ChunkedArray, index: pa.ChunkedArray, values: pa.ChunkedArray
) -> pa.ChunkedArray:
    """For each key its value, null where the index has none."""
    return values.take(pc.index_in(keys, index.combine_chunks()))


def _targets(nodes: pa.Table, edges: pa.Table) -> pa.ChunkedArray:
    """For each node the key that its edge leads to."""
    return _looked_up(nodes["key"], edges["source"], edges["target"])


def _with(table: pa.Table, name: str, values: pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)


def _with_parties(vendors: pa.Table, edges: Mapping[EdgeKey, pa.Table]) -> pa.Table:
    members = edges[("Vendor", "MEMBER_OF", "Party")]
    return _with(vendors, "party_id", _targets(vendors, members))


def _with_matches(
    invoices: pa.Table, vendors: pa.Table, edges: Mapping[EdgeKey, pa.Table]
) -> pa.Table:
    """The invoices with the vendor and party of their seller and their row in the books."""
    issued = edges[("Invoice", "ISSUED_BY", "Vendor")]
    resolved = _targets(invoices, issued.filter(pc.is_valid(issued["score"])))
    vendor_ids = pc.coalesce(invoices["vendor_id"], resolved)
    sellers = _targets(invoices, edges[("Invoice", "SOLD_BY", "Party")])
    parties = _looked_up(vendor_ids, vendors["key"], vendors["party_id"])
    invoices = _with(invoices, "resolved_vendor_id", resolved)
    invoices = _with(invoices, "vendor_id", vendor_ids)
    invoices = _with(invoices, "party_id", pc.coalesce(sellers, parties))
    booked = edges[("Invoice", "BOOKED_AS", "Invoice")]
    return _with(invoices, "booked_as", _targets(invoices, booked))
