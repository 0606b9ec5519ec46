"""The graph databases that tests run on, and small random ledgers."""

import json
import os
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import neo4j
import pyarrow as pa
import pytest
from graph_emptying import emptied
from graph_writers import Writers

from ledgergraph.books import BOOK_TABLES
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.graph.schemas import JUDGEMENTS, READINGS
from ledgergraph.identity import document_id_of, record_id
from resources.graph import dialect
from resources.graph.connection import GraphResource
from resources.graph.embedded import EmbeddedGraph

NEO4J = "LEDGERGRAPH_TEST_NEO4J"
SERVERS = ["embedded", pytest.param("neo4j", marks=pytest.mark.service)]


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphResource]:
    """A server of its own for all tests: it takes seconds to start."""
    root = tmp_path_factory.mktemp("graph")
    with EmbeddedGraph(root, memory="512m"):
        yield GraphResource(root=str(root), patience_seconds=0)


@pytest.fixture(params=SERVERS)
def graph(request: pytest.FixtureRequest) -> GraphResource:
    """An empty graph, on each server that there is."""
    return empty_graph(request, request.param)


@pytest.fixture(params=SERVERS)
def other(request: pytest.FixtureRequest) -> Callable[[], GraphResource]:
    """Gives an empty graph on each server that there is, which may be that of `graph`."""
    return partial(empty_graph, request, request.param)


def empty_graph(request: pytest.FixtureRequest, server: str) -> GraphResource:
    """The graph of a server, without anything in it."""
    if server == "embedded":
        resource = request.getfixturevalue("embedded")
    else:
        url = os.environ.get(NEO4J)
        if not url:
            pytest.skip(f"{NEO4J} names no Neo4j")
        resource = GraphResource(url=url, patience_seconds=0)
    with cypher(resource) as session:
        emptied(session, resource.agent())
    return resource


class cypher:  # noqa: N801 - reads like a verb
    """A session on the database itself, to look and to meddle."""

    def __init__(self, resource: GraphResource) -> None:
        url, auth, _, _ = resource._address()
        self._driver = neo4j.GraphDatabase.driver(url, auth=auth, notifications_min_severity="OFF")

    def __enter__(self) -> neo4j.Session:
        agent = self._driver.get_server_info().agent
        self._session = self._driver.session(database=dialect.database_of(agent))
        return self._session

    def __exit__(self, *_: object) -> None:
        self._session.close()
        self._driver.close()


@pytest.fixture
def session(graph: GraphResource) -> Iterator[neo4j.Session]:
    """A session on the database of `graph`."""
    with cypher(graph) as session:
        yield session


@pytest.fixture(scope="session")
def writers() -> Iterator[Writers]:
    """Starts processes that write, and get a signal on the way."""
    server = Writers()
    yield server
    server.close()


@dataclass(frozen=True)
class Stated:
    """A document and the rows that it states."""

    name: str
    table: str
    rows: tuple[Mapping[str, Any], ...]

    @property
    def document_id(self) -> str:
        return document_id_of(self.name.encode())


Batch = tuple[Stated, ...]


def tables_of(*batches: Batch) -> dict[str, pa.Table]:
    """The records, documents and process memory of some batches."""
    rows: dict[str, list[dict[str, Any]]] = {}
    documents = [one for batch in batches for one in batch]
    for one in documents:
        is_paper = one.name.endswith(".pdf")
        for number, row in enumerate(one.rows, start=1):
            place = None if is_paper else number
            name = record_id(one.document_id, 0, one.table, place)
            origin = {"record_id": name, "document_id": one.document_id, "part": 0, "row": place}
            rows.setdefault(one.table, []).append({**origin, **row})
    papers = [one for one in documents if one.name.endswith(".pdf")]
    return {
        **{name: BOOK_TABLES[name].records.rows(found) for name, found in rows.items()},
        "documents": DOCUMENTS.rows(
            {"document_id": one.document_id, "name": one.name, "bytes": 7} for one in documents
        ),
        "readings": READINGS.rows(
            {"document_id": one.document_id, "part": 0, "reading": "page", "confidence": 0.1 + 0.2}
            for one in papers
        ),
        "judgements": JUDGEMENTS.rows(
            {"document_id": one.document_id, "part": 0, "score": 1 / 3, "violations": 2}
            for one in papers
        ),
    }


class Ledgers:
    """Random small ledgers in which keys meet, miss and repeat."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def batches(self, count: int = 4) -> list[Batch]:
        """Batches of exports, monthly repeated, and papers."""
        documents = [
            Stated(f"{month}/{table}.csv", table, self.rows(table))
            for month in ("2024-01", "2024-02", "2024-03")
            for table in BOOK_TABLES
            if self.rng.random() < 0.7
        ]
        documents += [Stated(f"p{n}.pdf", "invoices", (self.paper(n),)) for n in range(6)]
        self.rng.shuffle(documents)
        return [tuple(documents[at::count]) for at in range(count)]

    def paper(self, number: int) -> dict[str, Any]:
        row = dict(self.rows("invoices", 1)[0])
        printed = json.dumps({"buyer.name": f"Alpenbau {['Keller', 'Hansen'][number % 2]} GmbH"})
        return row | {"invoice_id": f"paper {number}", "vendor_id": None, "extra": printed}

    def rows(self, table: str, count: int | None = None) -> tuple[dict[str, Any], ...]:
        columns = BOOK_TABLES[table].columns
        count = self.rng.randrange(1, 8) if count is None else count
        required = set(BOOK_TABLES[table].required)
        return tuple(
            {
                name: self.value(name, kind)
                for name, kind in columns.items()
                if name in required or self.rng.random() < 0.8
            }
            for _ in range(count)
        )

    def value(self, name: str, kind: pa.DataType) -> Any:
        number = self.rng.randrange(6)
        if pa.types.is_decimal(kind):
            return Decimal(self.rng.randrange(-(10**8), 10**8)).scaleb(
                -self.rng.randrange(kind.scale)
            )
        if pa.types.is_date(kind):
            return date(2024, 1, 1) + timedelta(days=number)
        if pa.types.is_timestamp(kind):
            return datetime(2024, 1, 1, 12, microsecond=number, tzinfo=UTC)
        if pa.types.is_boolean(kind):
            return number < 3
        if pa.types.is_integer(kind):
            return number
        if name == "iban":
            return f"de0{number} 1234"
        return f"{name.removesuffix('_id')} é|{number}"

    def altered(self, batch: Batch) -> Batch:
        """The batch read again: rows gone, rows changed, a document gone."""
        kept = [one for one in batch if self.rng.random() < 0.8]
        return tuple(replace(one, rows=self.again(one)) for one in kept)

    def again(self, document: Stated) -> tuple[Mapping[str, Any], ...]:
        if document.name.endswith(".pdf"):
            return document.rows
        kept = [row for row in document.rows if self.rng.random() < 0.6]
        return (*kept, *self.rows(document.table, self.rng.randrange(2)))


@pytest.fixture(scope="session")
def ledgers() -> Callable[[int], Ledgers]:
    """Makes random ledgers from a seed."""
    return Ledgers


@pytest.fixture(scope="session")
def tables() -> Callable[..., dict[str, pa.Table]]:
    """Makes the tables of some batches."""
    return tables_of


@pytest.fixture
def server_root(tmp_path: Path) -> Path:
    """A folder for a server that a test starts itself."""
    return tmp_path / "graph"
