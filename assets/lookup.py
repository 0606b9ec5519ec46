"""Stored tables by name with the manifests that hold them: what tracing and checks read.

A finding rests on what its manifest names and not on what counts today, so the
walk starts at a manifest and follows its inputs.
"""

from collections import deque
from collections.abc import Iterator, Sequence

from ledgergraph.anomalies.schemas import COVERAGE, FINDINGS, INVOICE_SCORES
from ledgergraph.anomalies.trace import Lookup, Piece
from ledgergraph.artifacts import WHOLE, Manifest
from ledgergraph.books import BOOK_TABLES
from ledgergraph.datasets.schemas import INVOICE_FEATURES
from ledgergraph.datasets.three_way.schemas import LINE_MATCHES
from ledgergraph.documents.schemas import ARRIVALS, DOCUMENTS, REJECTIONS
from ledgergraph.extractions.schemas import EXTRACTIONS, PAGES, QUALITY, VALIDATIONS, WORDS
from ledgergraph.graph.schemas import BOOKINGS, DUPLICATES, PARTIES, SIMILAR_DOCUMENTS
from ledgergraph.tables import Table
from resources.feedback import findings_made
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
        LINE_MATCHES,
        PAGES,
        PARTIES,
        QUALITY,
        REJECTIONS,
        SIMILAR_DOCUMENTS,
        VALIDATIONS,
        WORDS,
        *(book.records for book in BOOK_TABLES.values()),
    )
}


def lookup_from(store: Store, start: Manifest) -> Lookup:
    """The pieces of a table in a manifest and all that it was made from, however far back."""
    held = manifests_behind(store, start)

    def lookup(name: str) -> Sequence[Piece]:
        if name not in TABLES:
            return []
        table = TABLES[name]
        return [
            Piece(manifest, store.rows(table, file))
            for manifest in held
            if (file := manifest.file(name)) is not None
        ]

    return lookup


def manifests_behind(store: Store, start: Manifest) -> list[Manifest]:
    """A manifest and those that it names, and those that they name, by asset and partition.

    Where a partition is named in two versions, the one fewer steps away counts.
    """
    found = {(start.asset, start.partition): start}
    ahead = deque([start])
    while ahead:
        manifest = ahead.popleft()
        for asset, partition, version in named_by(manifest):
            if (asset, partition) not in found:
                found[asset, partition] = store.manifest(asset, partition, version)
                ahead.append(found[asset, partition])
    return [found[key] for key in sorted(found)]


def named_by(manifest: Manifest) -> Iterator[tuple[str, str, str]]:
    """Asset, partition and hash of every manifest that one was made from."""
    for read in (manifest.inputs, manifest.through_time):
        for asset, partitions in read.items():
            for partition, version in partitions.items():
                yield asset, partition, version


def findings_with(store: Store, finding_id: str) -> Manifest | None:
    """The newest manifest of findings that holds one, by its id or the first digits of it.

    The one that counts if none does; None if no findings were made yet.
    """
    head = store.head("findings", WHOLE)
    return next((one for one in findings_made(store) if _holds(store, one, finding_id)), head)


def _holds(store: Store, manifest: Manifest, finding_id: str) -> bool:
    known = store.table(FINDINGS, {manifest.partition: manifest})["finding_id"].to_pylist()
    return any(one.startswith(finding_id.lower()) for one in known)
