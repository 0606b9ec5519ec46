"""The embedded graph: start, loading a large company, loading it again, and the export."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pyarrow as pa
from ledgers import large_books
from sections import PERFORMANCE, Row, Section
from stopwatch import cpu_of, timed

from ledgergraph.graph.bookings import match_bookings
from ledgergraph.graph.parties import resolve_parties
from ledgergraph.graph.schemas import JUDGEMENTS, READINGS
from ledgergraph.graph.snapshot import Snapshot, snapshot_of
from resources.graph.connection import GraphResource
from resources.graph.embedded import EmbeddedGraph
from resources.graph.loading import Counts

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
