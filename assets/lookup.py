"""Stored tables by name with the manifests that hold them: what tracing and checks read."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from ledgergraph.anomalies.schemas import COVERAGE, FINDINGS, INVOICE_SCORES
from ledgergraph.anomalies.trace import Lookup, Piece
from ledgergraph.books import BOOK_TABLES
from ledgergraph.datasets.schemas import INVOICE_FEATURES
from ledgergraph.documents.schemas import ARRIVALS, DOCUMENTS, REJECTIONS
from ledgergraph.extractions.schemas import EXTRACTIONS, PAGES, QUALITY, VALIDATIONS, WORDS
from ledgergraph.graph.schemas import BOOKINGS, DUPLICATES, PARTIES
from ledgergraph.tables import Table
from resources.store import Store

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        ARRIVALS,
        BOOKINGS,
        COVERAGE,
        DOCUMENTS,
        DUPLICATES,
        EXTRACTIONS,
        FINDINGS,
        INVOICE_FEATURES,
        INVOICE_SCORES,
        PAGES,
        PARTIES,
        QUALITY,
        REJECTIONS,
        VALIDATIONS,
        WORDS,
        *(book.records for book in BOOK_TABLES.values()),
    )
}


def lookup_in(store: Store) -> Lookup:
    """The pieces of a table in all heads of a store; none for a name that no asset writes."""
    assets = sorted({PurePosixPath(uri).parent.name for uri in store.names("heads/")})
    heads = [manifest for asset in assets for manifest in store.heads(asset).values()]

    def lookup(name: str) -> Sequence[Piece]:
        if name not in TABLES:
            return []
        table = TABLES[name]
        return [
            Piece(manifest, table.from_parquet(store.file(file), file.version))
            for manifest in heads
            if (file := manifest.file(name)) is not None
        ]

    return lookup
