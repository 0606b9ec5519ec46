"""How learning on graphs grows with the ledger: one batch, and batches of whole vendors.

Each figure is of a process of its own, which is this file: its peak of memory is that of one
network.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sections import PERFORMANCE, Row, Section
from stopwatch import ran

from ledgergraph.benchmarks.graph_contest import NETWORK, SHAPES, graph_of_made
from ledgergraph.corpora.settings import COMPLETE
from ledgergraph.corpora.training import made_ledger
from ledgergraph.datasets.graph_dataset import ISSUE
from ledgergraph.models.contract import Ints
from ledgergraph.models.graph_parts import BATCH, WHOLE, batches
from ledgergraph.models.graph_training import Training, fit
from ledgergraph.models.graphs import Graph, restored, stored

SEED, OF_ONE = 9001, 10_000
SIZES = "LEDGERGRAPH_BENCH_GRAPHS"
"""The sizes that are measured, in invoices: a list with spaces between."""
STEPS, HELD_OUT = 3, 100
"""So many steps are measured; of so many invoices one is held out."""
SHARED = "Entity"
"""Nodes of this label belong to all copies of a ledger: hubs of all their invoices."""


def graph_scale() -> list[Section]:
    """An epoch on ledgers of several sizes: seconds and memory."""
    sizes = [int(size) for size in os.environ.get(SIZES, "10000 100000 1000000").split()]
    graph = graph_of_made(made_ledger(SEED, OF_ONE, COMPLETE))
    rows: list[Row] = []
    with TemporaryDirectory() as folder:
        for name, data in stored(graph).items():
            (Path(folder) / name).write_bytes(data)
        for size in sizes:
            for how, whole in (("at once", size * 2), ("vendors", 0)):
                if whole and size > WHOLE:
                    continue
                copies = max(size // OF_ONE, 1)
                command = [sys.executable, "-W", "ignore", __file__, folder, str(copies)]
                said = ran([*command, str(whole)]).output
                facts = json.loads(said.splitlines()[-1])
                rows.append((facts["invoices"], facts["messages"], how, facts["steps"],
                             facts["step"], facts["step"] * facts["steps"], facts["before"],
                             facts["peak"]))  # fmt: skip
    sentence = (
        f"Network `{NETWORK}`. The graph of a made ledger (seed {SEED}) and so many copies of it "
        "in one, whose entities are the same nodes: hubs of all invoices. At once: the whole graph "
        f"is one step, up to {WHOLE:,} invoices. Vendors: batches of {BATCH:,} invoices about, "
        "whole vendors drawn from all copies, with all that reaches them in two messages. CPU "
        f"time on one core; the mean of {STEPS} steps, at once with scoring what is held out, and "
        "an epoch is so many of them. Before: scales and indexes, once. Memory is the most that "
        f"the process held. Sizes by {SIZES}."
    )
    columns = ("invoices", "messages", "learned from", "steps of an epoch", "step: s", "epoch: s",
               "before: s", "memory: MiB")  # fmt: skip
    return [Section(PERFORMANCE, "Learning on large graphs on one core", sentence, columns, rows)]


def copied(graph: Graph, times: int) -> Graph:
    """A graph so many times, each copy with nodes of its own but for entities."""

    def more(places: Ints, label: str) -> Ints:
        if label == SHARED:
            return np.repeat(places, times)
        found: Ints = (places[:, None] * times + np.arange(times)).ravel()
        return found

    def repeated(arrays: Mapping[str, Any]) -> dict[str, Any]:
        return {name: np.repeat(one, times, axis=0) for name, one in arrays.items()}

    nodes = {
        label: one if label == SHARED else replace(
            one, keys=[f"{key} {at}" for key in one.keys for at in range(times)],
            **repeated({"known": one.known, "matrix": one.matrix}),
        )
        for label, one in graph.nodes.items()
    }  # fmt: skip
    edges = {
        key: replace(
            one, source=more(one.source, key[0]), target=more(one.target, key[2]),
            **repeated({"known": one.known, "matrix": one.matrix}),
        )
        for key, one in graph.edges.items()
    }  # fmt: skip
    return replace(
        graph, nodes=nodes, edges=edges, outcomes=repeated(graph.outcomes),
        splits=repeated(graph.splits), flags=repeated(graph.flags),
    )  # fmt: skip


class _Enough(Exception):
    """So many steps were measured."""


def _measured(folder: Path, times: int, whole: int) -> dict[str, float]:
    graph = copied(restored(folder), times)
    count = len(graph.keys)
    sides = (np.arange(count) % HELD_OUT == 0).astype(np.int64)
    learned = np.flatnonzero(~np.isnan(graph.outcomes[ISSUE]) & (sides == 0))
    how = Training(epochs=STEPS + 1, patience=STEPS + 1, threads=1, whole=whole, kept_steps=1)
    ends: list[float] = []

    def after(_: Path) -> None:
        ends.append(time.process_time())
        if len(ends) > STEPS:
            raise _Enough

    start = time.process_time()
    with TemporaryDirectory() as kept, suppress(_Enough):
        fit([graph], [sides], SHAPES[NETWORK], how, ISSUE, Path(kept), device="cpu", after=after)
    step = (ends[STEPS] - ends[0]) / STEPS
    return {
        "invoices": count,
        "messages": sum(len(one.source) for one in graph.edges.values()),
        "steps": 1 if count <= whole else len(batches(graph, learned, how.batch, how.seed)),
        "step": step,
        "before": max(ends[0] - start - step, 0.0),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    facts = _measured(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    print(json.dumps(facts))  # noqa: T201
