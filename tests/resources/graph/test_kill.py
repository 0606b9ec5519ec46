"""Writers that are killed or meet: the next run makes the graph what its rows make."""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import pyarrow as pa
import pytest
from graph_writers import REFUSED, Generation

from ledgergraph.graph.bookings import match_bookings
from ledgergraph.graph.parties import resolve_parties
from ledgergraph.graph.schemas import PROCESS_MEMORY
from ledgergraph.graph.snapshot import Snapshot, snapshot_of
from resources.graph.connection import GraphResource

STEP = 31
"""Between the statements before which runs are killed."""


@dataclass(frozen=True)
class Ledger(Generation):
    """A generation, and the graph that it makes."""

    graph: Snapshot

    def is_in(self, graph: GraphResource) -> bool:
        """Whether the graph is what it should be."""
        with graph.held() as held:
            return held.export() == self.graph


@pytest.fixture(scope="module")
def generations(ledgers, tables):
    """Gives generations without end, each with rows gone and rows new; made once for all tests."""
    made: list[Ledger] = []
    more = generations_of(ledgers(20), tables)

    def generation(number: int) -> Ledger:
        while len(made) <= number:
            made.append(next(more))
        return made[number]

    return generation


def generations_of(source, tables) -> Iterator[Ledger]:
    batches = source.batches(2)
    for number in count():
        everything = tables(*batches)
        memory = {name: everything[name] for name in ("readings", "judgements")}
        names = everything.keys() - {*memory, "documents"}
        records = {name: everything[name] for name in names}
        stated = snapshot_of(records, everything["documents"], memory=memory)
        parties = resolve_parties(stated)
        derived = {
            "parties": parties,
            "bookings": match_bookings(stated, parties),
            "process_memory": said_of(everything["readings"], number),
        }
        parts = tuple(tables(batch) for batch in batches)
        whole = snapshot_of(records, everything["documents"], memory=memory, derived=derived)
        yield Ledger(str(number), parts, everything, derived, whole)
        batches = [source.altered(batch) for batch in batches]


def said_of(readings: pa.Table, number: int) -> pa.Table:
    """What people said of some papers: other events each time."""
    papers = readings["document_id"].to_pylist()[number % 2 :]
    return PROCESS_MEMORY.rows(
        {"feedback_id": f"{number}/{paper}", "document_id": paper, "part": 0, "author": "ann",
         "target": "field", "verdict": "correction", "field": "number", "reading": "page"}
        for paper in papers
    )  # fmt: skip


def test_a_run_killed_before_any_statement_is_completed_by_the_next(
    graph, generations, writers, tmp_path
):
    for number in count():
        one, at = generations(number % 4), 1 + number * STEP
        folder = one.save(tmp_path / str(number))
        status = writers.start(graph, "run", folder, at).ended()
        one.run(graph)
        assert one.is_in(graph), f"killed before statement {at}"
        if status == 0:
            break
        assert status == -signal.SIGKILL
    assert number > 3


@pytest.mark.parametrize("at", [0, 15])
def test_two_loaders_at_once_and_one_killed_leave_what_the_next_run_completes(
    at, graph, generations, writers, tmp_path
):
    patient = graph.model_copy(update={"patience_seconds": 60.0})
    generations(0).run(graph)
    folder = generations(1).save(tmp_path)
    one, other = (writers.start(patient, f"load {b}", folder, at * b) for b in range(2))
    assert other.ended() == (-signal.SIGKILL if at else 0)  # first: until then it is not gone
    assert one.ended() == 0
    assert graph.stamp("ledger_graph", "0") == "1"
    generations(1).run(graph)
    assert generations(1).is_in(graph)


@pytest.mark.parametrize("at", [7, 20])
def test_a_loader_that_stood_still_finds_the_graph_taken_and_writes_nothing_more(
    at, graph, generations, writers, tmp_path
):
    quick = graph.model_copy(update={"lease_seconds": 1.0})
    patient = graph.model_copy(update={"patience_seconds": 30.0})
    still = writers.start(quick, "run", generations(0).save(tmp_path), at, signal.SIGSTOP)
    assert still.stopped()
    time.sleep(1.1)
    generations(0).run(patient)
    os.kill(still.pid, signal.SIGCONT)
    assert still.ended() == REFUSED
    assert generations(0).is_in(graph)
