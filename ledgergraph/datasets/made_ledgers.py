"""Made companies as snapshots: what a model learns from before a company has labels of its own.

The tables go the way of any export, without the files: rows with provenance,
parties resolved, one snapshot. Training ledgers never enter a graph database.
"""

from collections.abc import Mapping

import pyarrow as pa

from ledgergraph.books import BOOK_TABLES
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.graph.parties import resolve_parties
from ledgergraph.graph.snapshot import Snapshot, snapshot_of
from ledgergraph.identity import document_id_of, record_id


def snapshot_of_books(tables: Mapping[str, pa.Table]) -> Snapshot:
    """The snapshot of some ledger tables (columns as in `books`, of which some may lack)."""
    records, documents = {}, []
    for name, rows in tables.items():
        document = document_id_of(name.encode())
        documents.append({"document_id": document, "name": f"{name}.csv", "type": name})
        records[name] = with_provenance(name, rows, document)
    stated = DOCUMENTS.rows(documents)
    parties = resolve_parties(snapshot_of(records, stated))
    return snapshot_of(records, stated, derived={"parties": parties})


def with_provenance(name: str, rows: pa.Table, document: str) -> pa.Table:
    """Rows of a ledger table as the records that a document of that id states."""
    places = range(1, rows.num_rows + 1)
    provenance = {
        "record_id": pa.array([record_id(document, 0, name, row) for row in places], pa.string()),
        "document_id": pa.array([document] * rows.num_rows, pa.string()),
        "part": pa.array([0] * rows.num_rows, pa.int32()),
        "row": pa.array(places, pa.int64()),
    }
    columns = {column: rows[column] for column in rows.column_names}
    return BOOK_TABLES[name].records.conform(pa.table({**provenance, **columns}))
