"""Processes that write to a graph, and get a signal before some statement.

A server process has imported what writers need and holds no thread; each writer is a fork
of it, which costs a hundredth of a start. What a writer is to write lies in a folder.
"""

import itertools
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import neo4j
import pyarrow as pa
import pyarrow.parquet as pq

from ledgergraph.errors import Busy
from resources.graph.connection import GraphResource
from resources.graph.copies import checked, restore_copy

REFUSED = 3
"""Exit status of a writer that found the graph held by another."""
Tables = Mapping[str, pa.Table]


@dataclass(frozen=True)
class Generation:
    """What batches state at some time, all together, and what is derived of them."""

    version: str
    batches: tuple[Tables, ...]
    everything: Tables
    derived: Tables

    def load(self, graph: GraphResource, batch: int) -> None:
        """Loads one batch where the graph does not hold it, as the asset does."""
        if graph.stamp("ledger_graph", str(batch)) != self.version:
            with graph.held() as held:
                held.load_batch(str(batch), self.batches[batch], lambda: self.everything)
                held.set_stamp("ledger_graph", str(batch), self.version)

    def run(self, graph: GraphResource) -> None:
        """Everything that a run does with the graph."""
        for batch in range(len(self.batches)):
            self.load(graph, batch)
        for name, table in self.derived.items():
            if graph.stamp(name, "_") != self.version:
                with graph.held() as held:
                    held.write_derived(name, table)
                    held.set_stamp(name, "_", self.version)

    def save(self, folder: Path) -> Path:
        """Puts it into a folder, which is that of its version."""
        groups = {"everything": self.everything, "derived": self.derived}
        groups |= {f"batch-{at}": batch for at, batch in enumerate(self.batches)}
        for group, tables in groups.items():
            place = folder / self.version / group
            place.mkdir(parents=True)
            for name, table in tables.items():
                pq.write_table(table, place / f"{name}.parquet")
        return folder / self.version

    @staticmethod
    def saved(folder: Path) -> "Generation":
        """What lies in a folder."""

        def tables(group: Path) -> Tables:
            return {one.stem: pq.read_table(one) for one in sorted(group.iterdir())}

        batches = tuple(tables(one) for one in sorted(folder.glob("batch-*")))
        whole = (tables(folder / one) for one in ("everything", "derived"))
        return Generation(folder.name, batches, *whole)


@dataclass(frozen=True)
class Writer:
    """A process that writes."""

    pid: int
    server: "Writers"

    def ended(self) -> int:
        """Waits for its end: its exit status, or below zero the signal that ended it."""
        return os.waitstatus_to_exitcode(self.server.ask(wait=self.pid))

    def stopped(self) -> bool:
        """Waits until it stands still (true) or has ended."""
        return os.WIFSTOPPED(self.server.ask(wait=self.pid))


class Writers:
    """The server that starts writers; they end with it."""

    def __init__(self) -> None:
        command = [sys.executable, str(Path(__file__))]
        path = os.pathsep.join(entry for entry in sys.path if entry)
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip

    def start(
        self, graph: GraphResource, work: str, folder: Path, at: int = 0, sent: int = signal.SIGKILL
    ) -> Writer:
        """Starts a writer: `run`, `load <batch>` of a generation, or `restore` of a copy.

        Before its `at`-th statement it gets a signal.
        """
        settings = graph.model_dump(exclude_none=True)
        return Writer(
            self.ask(graph=settings, work=work, folder=str(folder), at=at, sent=int(sent)), self
        )

    def ask(self, **request: Any) -> int:
        """The answer to a request: the process started, or how one has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """Ends the server."""
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()


def serve() -> None:
    """Answers requests until there are no more, then ends all writers that are left."""
    started: set[int] = set()
    for line in sys.stdin:
        request = json.loads(line)
        if "wait" in request:
            answer = os.waitpid(request["wait"], os.WUNTRACED)[1]
            if not os.WIFSTOPPED(answer):
                started.discard(request["wait"])
        elif answer := os.fork():
            started.add(answer)
        else:
            _write(**request)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()
    for pid in started:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _write(graph: Mapping[str, Any], work: str, folder: str, at: int, sent: int) -> None:
    status = 1
    try:
        _count_statements(at, sent)
        _do(GraphResource(**graph), work, Path(folder))
        status = 0
    except Busy:
        status = REFUSED
    finally:
        if status == 1:
            traceback.print_exc()
        os._exit(status)


def _do(graph: GraphResource, work: str, folder: Path) -> None:
    if work == "restore":
        manifest = checked(folder)
        with graph.held(restoring=manifest.version) as held:
            restore_copy(held, folder, manifest)
    elif work == "run":
        Generation.saved(folder).run(graph)
    else:
        Generation.saved(folder).load(graph, int(work.removeprefix("load ")))


def _count_statements(at: int, sent: int) -> None:
    """Sends this process a signal before the `at`-th statement of its transactions."""
    numbers, run = itertools.count(1), neo4j.ManagedTransaction.run

    def counted(tx: neo4j.ManagedTransaction, *given: Any, **named: Any) -> neo4j.Result:
        if next(numbers) == at:
            os.kill(os.getpid(), sent)
        return run(tx, *given, **named)

    neo4j.ManagedTransaction.run = counted  # type: ignore[method-assign]


if __name__ == "__main__":
    serve()
