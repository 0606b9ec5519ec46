"""Documents like a document, and what happened to each: the memory of what was processed.

Belongs here: which document is meant, where its neighbours come from (the database's index
of vectors, or a comparison with all that are stored), and their histories out of the tables
of all heads. Not here: what is alike (ledgergraph.graph.similarity), and how it is shown.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ledgergraph.errors import BadSetting, StaleInput
from ledgergraph.graph.schemas import DOCUMENT_EMBEDDINGS
from ledgergraph.graph.similarity import Vectors, nearest
from resources import sql
from resources.graph.connection import EMBEDDED, GraphResource
from resources.store import Store

if TYPE_CHECKING:
    import duckdb

ASKED = 4
"""An index is asked for so many times as many documents as are wanted; the best of them count."""
SHORTEST_ID = len("sha256:") + 6
"""Characters of a document's id that must be given at least."""
Row = Mapping[str, Any]

HISTORY: Mapping[str, tuple[frozenset[str], str]] = {
    "readings": (
        frozenset({"extractions"}),
        "SELECT document_id, part, reading, max(source) AS source, count(*) AS fields, "
        "count_if(chosen) AS chosen, avg(confidence) AS confidence, "
        "max(value) FILTER (chosen AND field = 'type') AS type FROM extractions "
        "WHERE document_id IN $ids GROUP BY ALL ORDER BY part, reading",
    ),
    "pages": (
        frozenset({"pages", "words"}),
        "SELECT document_id, page, recovery, engine FROM pages LEFT JOIN (SELECT document_id, "
        "page, max(engine) AS engine FROM words WHERE document_id IN $ids GROUP BY ALL) "
        "USING (document_id, page) WHERE document_id IN $ids ORDER BY page",
    ),
    "quality": (
        frozenset({"quality"}),
        "SELECT document_id, part, level, score, route, route_reason FROM quality "
        "WHERE document_id IN $ids ORDER BY part",
    ),
    "violations": (
        frozenset({"validations"}),
        "SELECT document_id, part, rule, severity, sentence FROM validations "
        "WHERE document_id IN $ids ORDER BY part, rule",
    ),
    "rejections": (
        frozenset({"rejections"}),
        "SELECT document_id, reason, sentence FROM rejections "
        "WHERE document_id IN $ids ORDER BY reason, sentence",
    ),
    "feedback": (
        frozenset({"process_memory"}),
        'SELECT document_id, "at", author, target, verdict, category, field, kind, stands, reading '
        'FROM process_memory WHERE document_id IN $ids ORDER BY "at", feedback_id',
    ),
    "findings": (
        frozenset({"findings", "invoices", "bookings"}),
        "SELECT DISTINCT document_id, finding_id, kind, severity, score, status FROM findings "
        "JOIN (SELECT document_id, coalesce(booked_id, invoice_id) AS subject FROM invoices "
        "LEFT JOIN bookings ON paper_id = invoice_id WHERE document_id IN $ids) USING (subject) "
        "WHERE subject_table = 'invoices' ORDER BY score DESC, finding_id",
    ),
}
"""What happened to documents: the tables that tell it, and how these are asked."""


@dataclass(frozen=True)
class History:
    """A document and what happened to it; each list in `told` is a name of HISTORY, as rows."""

    document_id: str
    name: str
    told: Mapping[str, Sequence[Row]] = field(default_factory=dict)


@dataclass(frozen=True)
class Neighbour:
    """A document that is like another, with the score, at most 1, and its history."""

    score: float
    history: History


def similar(
    store: Store, graph: GraphResource, document: str, most: int
) -> tuple[History, list[Neighbour]]:
    """The history of a document, and of the `most` that are most like it, the best first.

    `document` is a name below the inbox, an id, or the first characters of one. A Neo4j
    that is named is asked for candidates; else all stored vectors are compared.
    Raises BadSetting if there is no such document or it has no words, StaleInput if
    nothing was compared yet, ServiceMissing if the Neo4j does not answer.
    """
    with sql.connect(store) as connection:
        there = set(sql.tables(store))
        if not {"documents", "document_embeddings"} <= there:
            raise StaleInput(f"{store.url} has no vectors of documents. Run `ledgergraph run`.")
        document_id = _meant(connection, document)
        found = _neighbours(store, graph, connection, document_id, most)
        histories = _histories(connection, there, [document_id, *(one for one, _ in found)])
    neighbours = [Neighbour(score, histories[one]) for one, score in found]
    return histories[document_id], neighbours


def _meant(connection: "duckdb.DuckDBPyConnection", document: str) -> str:
    start = document if document.startswith("sha256:") else f"sha256:{document}"
    rows = connection.execute(
        "SELECT document_id FROM documents WHERE name = $name OR document_id = $start "
        "OR (length($start) >= $least AND starts_with(document_id, $start)) LIMIT 2",
        {"name": document, "start": start.lower(), "least": SHORTEST_ID},
    ).fetchall()
    if len(rows) != 1:
        raise BadSetting(
            "DOCUMENT",
            f"{document!r} is {'no document' if not rows else 'more than one'}: give a name below "
            "the inbox, or six digits of an id at least, as table documents lists them.",
        )
    return str(rows[0][0])


def _neighbours(
    store: Store,
    graph: GraphResource,
    connection: "duckdb.DuckDBPyConnection",
    document_id: str,
    most: int,
) -> list[tuple[str, float]]:
    row = connection.execute(
        "SELECT vector FROM document_embeddings WHERE document_id = $id", {"id": document_id}
    ).fetchone()
    if row is None:
        raise BadSetting(
            "DOCUMENT", "has no words on any page: there is nothing that others could be like."
        )
    import numpy as np

    vector = np.array(row[0], np.int8)
    if graph.url != EMBEDDED and graph.indexes_vectors():
        tables = iter([graph.like(row[0], ASKED * (most + 1))])
    else:
        heads = store.heads(DOCUMENT_EMBEDDINGS.name).items()
        tables = (store.table(DOCUMENT_EMBEDDINGS, {batch: head}) for batch, head in heads)
    return nearest(map(Vectors.of, tables), vector, most, besides=document_id)


def _histories(
    connection: "duckdb.DuckDBPyConnection", there: set[str], ids: Sequence[str]
) -> dict[str, History]:
    names = dict(
        connection.execute(
            "SELECT document_id, name FROM documents WHERE document_id IN $ids", {"ids": ids}
        ).fetchall()
    )
    told: dict[str, dict[str, list[Row]]] = {one: defaultdict(list) for one in ids}
    for name, (tables, statement) in HISTORY.items():
        if not tables <= there:
            continue
        cursor = connection.execute(statement, {"ids": ids})
        columns = [column[0] for column in cursor.description or []]
        for row in cursor.fetchall():
            values = dict(zip(columns, row, strict=True))
            told[values.pop("document_id")][name].append(values)
    return {one: History(one, names.get(one, one), dict(told[one])) for one in ids}
