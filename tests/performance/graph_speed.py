"""The graph: the steps of a large company on the embedded server, and growth on each server."""

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from graph_emptying import emptied
from ledgers import SEED, ReadFolder, files_of, large_books, read_files, written_company
from sections import PERFORMANCE, Row, Section
from stopwatch import MEBIBYTE, cpu_of, memory_of, timed

from ledgergraph.corpora.company import make_company
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.graph.bookings import match_bookings
from ledgergraph.graph.parties import resolve_parties
from ledgergraph.graph.schemas import JUDGEMENTS, READINGS
from ledgergraph.graph.snapshot import Snapshot, snapshot_of
from resources.graph.connection import GraphResource
from resources.graph.copies import write_copy
from resources.graph.embedded import EmbeddedGraph
from resources.graph.loading import Counts, Graph

T = TypeVar("T")


def graph() -> list[Section]:
    """Every step as the assets make it, on the books of 20,000 invoices in one batch."""
    books = large_books()
    tables: dict[str, pa.Table] = {
        **books.records,
        "documents": books.documents,
        "readings": READINGS.empty(),
        "judgements": JUDGEMENTS.empty(),
    }
    stated = snapshot_of(books.records, books.documents)
    parties = resolve_parties(stated)
    derived = {"parties": parties, "bookings": match_bookings(stated, parties)}
    rows: list[Row] = []
    with TemporaryDirectory() as place:
        server = EmbeddedGraph(Path(place))
        running, started = timed(server.__enter__)
        rows.append(("start", None, started.wall, started.cpu, cpu_of(running.pid)))
        try:
            with GraphResource(root=place).held() as held:
                steps = _Steps(running.pid, rows)
                load = partial(held.load_batch, "batch", tables, lambda: tables)
                first = steps("first load", load, _changed)
                steps("repeated load", load, _changed)
                for name, table in derived.items():
                    steps(name, partial(held.write_derived, name, table), _changed)
                exported = steps("export", held.export, _size)
        finally:
            _, stopped = timed(lambda: server.__exit__(None, None, None))
        rows.append(("stop", None, stopped.wall, stopped.cpu, None))
        kept = sum(one.stat().st_size for one in Path(place).rglob("*") if one.is_file()) / 2**20
    assert exported == snapshot_of(books.records, books.documents, derived=derived)
    invoices = books.records["invoices"].num_rows
    sentence = (
        f"Books of {invoices:,} invoices in one batch. First load: {first.nodes:,} nodes and "
        f"{first.edges:,} relations, {invoices / steps.wall['first load']:,.0f} invoices a second "
        f"with all that belongs to them; 2,000 are asked for. The database takes {kept:,.0f} MiB."
    )
    columns = ("step", "nodes and relations", "wall s", "CPU s", "CPU s of the server")
    return [Section(PERFORMANCE, "Embedded graph", sentence, columns, rows)]


class _Steps:
    """Does steps and notes how long each took, here and in the server."""

    def __init__(self, server: int, rows: list[Row]) -> None:
        self._server = server
        self._rows = rows
        self.wall: dict[str, float] = {}

    def __call__(self, name: str, work: Callable[[], T], size: Callable[[T], int]) -> T:
        before = cpu_of(self._server)
        result, took = timed(work)
        served = cpu_of(self._server) - before
        self._rows.append((name, size(result), took.wall, took.cpu, served))
        self.wall[name] = took.wall
        return result


def _changed(counts: Counts) -> int:
    return counts.nodes + counts.edges + counts.withdrawn


def _size(snapshot: Snapshot) -> int:
    tables = [*snapshot.nodes.values(), *snapshot.edges.values()]
    return sum(one.num_rows for one in tables)


# Growth: the same company again and again, under other names, in one graph.

NEO4J = "LEDGERGRAPH_TEST_NEO4J"
PART = 10_000
"""Invoices of the company that comes again: a batch each time."""
PAPERS = 500
SHARED = ("entity_id", "approver", "user")
"""Columns whose values all copies share: a company that grows has no more entities than before."""


def graph_growth() -> list[Section]:
    """Ten thousand and a hundred thousand invoices, on each server that there is."""
    return [_grown("Graphs that grow", (1, 10))]


def graph_million() -> list[Section]:
    """A million invoices, on each server that there is."""
    return [_grown("A graph of a million invoices", (1, 10, 30, 100))]


def _grown(title: str, sizes: tuple[int, ...]) -> Section:
    books = _books()
    rows: list[Row] = []
    for name, server in (("embedded", _embedded), ("Neo4j", neo4j_for_tests)):
        if name == "Neo4j" and not os.environ.get(NEO4J):
            rows.append((f"{name}: {NEO4J} names none", *[None] * 13))
            continue
        with server() as (graph, pid), graph.held() as held:
            rows += ((name, *row) for row in _growth(held, books, sizes, pid))
    sentence = (
        f"Batches of {PART:,} invoices with all that belongs to them, each a company under other "
        "names with the same entities and approvers, so that these have as many relations as a "
        "company of that size gives them. Invoices a second: of the first load up to that size, "
        f"and of its last {PART:,}. Then {PAPERS} papers (an invoice, its document, reading and "
        "judgement each) of vendors that are there, the same with other amounts; a copy of all "
        "as files; and the snapshot. Memory is the peak so far, here after the copy and after "
        "the snapshot; the server's as far as it is on this machine."
    )
    columns = (
        "server", "invoices", "nodes and relations", "invoices a second", "of the last batch",
        "CPU s of the last batch", "of the server", f"{PAPERS} papers, s", "again, s", "copy, s",
        "MiB", "snapshot, s", "MiB", "server MiB",
    )  # fmt: skip
    return Section(PERFORMANCE, title, sentence, columns, rows)


@dataclass(frozen=True)
class _Batch:
    """What a batch states."""

    tables: dict[str, pa.Table]

    @property
    def invoices(self) -> int:
        return int(self.tables["invoices"].num_rows)

    def load(self, held: Graph, name: str) -> Counts:
        return held.load_batch(name, self.tables, lambda: self.tables)


def _books() -> ReadFolder:
    with written_company(make_company(SEED, invoices=PART), papers=0) as folder:
        return read_files(files_of(folder / "inbox"))


def _copied(books: ReadFolder, number: int) -> _Batch:
    """The books under other names."""
    tables = {name: _renamed(table, f"{number:03}-") for name, table in books.records.items()}
    documents = _renamed(books.documents, f"{number:03}-")
    return _Batch({**tables, "documents": documents, **_memory([])})


def _renamed(table: pa.Table, prefix: str) -> pa.Table:
    for at, name in enumerate(table.column_names):
        if (name.endswith("_id") or name in ("iban", "name")) and name not in SHARED:
            renamed = pc.binary_join_element_wise(prefix, table[name], "")
            table = table.set_column(at, name, renamed)
    return table


def _papers(books: ReadFolder, size: int, generation: int) -> _Batch:
    """Invoices of known vendors, each on a paper of its own; a generation has its amounts."""
    invoices = _renamed(books.records["invoices"].slice(0, PAPERS), "000-")
    ids = [f"sha256:paper-{size}-{number:05}" for number in range(len(invoices))]
    columns = {
        "document_id": pa.array(ids),
        "invoice_id": pa.array([f"{one}/0" for one in ids]),
        "record_id": pa.array([f"{one}/r" for one in ids]),
        "row": pa.nulls(len(ids), pa.int64()),
        "gross": pc.add(invoices["gross"], generation).cast(invoices["gross"].type),
    }
    for name, values in columns.items():
        invoices = invoices.set_column(invoices.column_names.index(name), name, values)
    documents = DOCUMENTS.rows({"document_id": one, "name": f"{one}.pdf"} for one in ids)
    return _Batch({"invoices": invoices, "documents": documents, **_memory(ids)})


def _memory(papers: list[str]) -> dict[str, pa.Table]:
    told = [{"document_id": one, "part": 0} for one in papers]
    return {
        "readings": READINGS.rows({**one, "reading": "page", "confidence": 0.9} for one in told),
        "judgements": JUDGEMENTS.rows({**one, "score": 0.8} for one in told),
    }


def _growth(
    held: Graph, books: ReadFolder, sizes: tuple[int, ...], pid: int | None
) -> Iterator[Row]:
    """What each size takes, once the graph has grown to it."""
    spent, size, loaded = 0.0, 0, 0
    for number in range(sizes[-1]):
        batch = _copied(books, number)
        before = cpu_of(pid) if pid else float("nan")
        counts, took = timed(partial(batch.load, held, f"{number:03}"))
        served = (cpu_of(pid) if pid else float("nan")) - before
        spent, size = spent + took.wall, size + batch.invoices
        loaded += _changed(counts)
        if number + 1 not in sizes:
            continue
        new, again = (
            timed(partial(_papers(books, size, one).load, held, f"papers-{size}"))[1].wall
            for one in range(2)
        )
        with TemporaryDirectory() as place:
            _, copied = timed(partial(write_copy, held, Path(place) / "copy"))
        after_copy = _peak()
        _, exported = timed(held.export)
        yield (
            size, loaded, size / spent, batch.invoices / took.wall, took.cpu, served, new, again,
            copied.wall, after_copy, exported.wall, _peak(),
            memory_of(pid)[1] if pid else None,
        )  # fmt: skip


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEBIBYTE


@contextmanager
def _embedded() -> Iterator[tuple[GraphResource, int | None]]:
    with TemporaryDirectory() as place, EmbeddedGraph(Path(place)) as server:
        yield GraphResource(root=place), server.pid


@contextmanager
def neo4j_for_tests() -> Iterator[tuple[GraphResource, int | None]]:
    """A Neo4j that is there for tests: emptied before and after."""
    import neo4j

    url = os.environ[NEO4J]
    graph = GraphResource(url=url)
    place, auth, _, _ = graph._address()
    with neo4j.GraphDatabase.driver(place, auth=auth) as driver, driver.session() as session:
        agent = driver.get_server_info().agent
        emptied(session, agent)
        named = session.run(PROCESS).single(strict=True)[0]
        pid = int(str(named).partition("@")[0])
        try:
            yield graph, pid if "java" in _command(pid) else None
        finally:
            emptied(session, agent)


PROCESS = (
    "CALL dbms.queryJmx('java.lang:type=Runtime') YIELD attributes RETURN attributes.Name.value"
)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
