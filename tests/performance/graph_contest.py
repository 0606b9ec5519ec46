"""Rules, trees and graph networks in one table, and what learning on graphs takes."""

import json
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sections import BENCHMARKS, PERFORMANCE, Row, Section
from stopwatch import ran, timed

from ledgergraph.benchmarks.graph_contest import (
    SHAPES,
    STACK,
    TREES,
    accuracy_at_random,
    contestants,
    graph_of_made,
    judged,
    learned_with,
)
from ledgergraph.corpora.settings import COMPLETE, SHIFTED_COMPLETE
from ledgergraph.corpora.training import made_ledger, training_ledgers
from ledgergraph.datasets.graph_dataset import own_attributes, trivial
from ledgergraph.models.graph_training import Training
from ledgergraph.models.graphs import Graph, stored

LEARNED = range(1, 7)
JUDGED = (9001, 9002)
INVOICES, LARGE = 2_500, 20_000
HABITS = {"every kind": COMPLETE, "every kind, other habits": SHIFTED_COMPLETE}
HOW = Training(epochs=20, patience=6, threads=1)
SHARED = ("ghost_vendor", "iban_shared", "conflict_of_interest", "vendor_impersonated")
"""Kinds that lie in what several vendors, employees and accounts share."""


@cache
def _learned() -> Sequence[Graph]:
    return [graph_of_made(one) for one in training_ledgers(tuple(LEARNED), INVOICES)]


def graph_contest() -> list[Section]:
    """Everybody on the same unseen ledgers, pooled, whole and by kind of issue."""
    table, kinds = judged(contestants(_learned(), learned_with(HOW)), _unseen(), JUDGED[0])
    return _sections(table.to_pylist(), kinds.to_pylist())


def _unseen() -> dict[str, list[Graph]]:
    return {
        habits: [graph_of_made(made_ledger(seed, INVOICES, settings)) for seed in JUDGED]
        for habits, settings in HABITS.items()
    }


def _sections(rows: Sequence[dict[str, Any]], kinds: Sequence[dict[str, Any]]) -> list[Section]:
    figures: list[Row] = [
        (row["habits"], row["scorer"], row["average_precision"],
         f"{row['low']:.3f} to {row['high']:.3f}", row["recall_at_1pct"], row["recall_at_5pct"],
         row["tpr_at_4pct"], f"{row['tpr_low']:.3f} to {row['tpr_high']:.3f}", row["accuracy"],
         row["nothing_accuracy"], row["fit_s"], row["score_s"])
        for row in sorted(rows, key=lambda one: (one["habits"], -one["average_precision"]))
    ]  # fmt: skip
    accuracy, nothing = accuracy_at_random(_learned(), learned_with(HOW))
    baselines = ", ".join(f"{name} {value:.3f}" for name, value in trivial(_learned()).items())
    sentence = (
        f"All learned from the same {len(LEARNED)} made ledgers of {INVOICES:,} invoices and are "
        f"judged on {len(JUDGED)} others of each sort, pooled; 95 % intervals from drawing "
        "invoices again. GraphSAGE and the first boosting see what invoices say of themselves, "
        "the second also generic aggregates of those beside it; the networks and the third "
        "boosting see the engineered features; the stack is fitted out of fold. Average "
        f"precision of scores that know nothing: {baselines}; of boosting that sees single "
        f"invoices, on every second of the ledgers learned from: "
        f"{own_attributes(_learned(), 1):.3f}. Accuracy stands beside that of calling nothing an "
        f"issue; on a random part of the ledgers that it learned from, GraphSAGE's is "
        f"{accuracy:.3f} and that of calling nothing an issue {nothing:.3f}."
    )
    columns = ("ledgers", "scorer", "average precision", "interval", "recall at 1 %",
               "recall at 5 %", "found at 4 % false", "interval", "accuracy",
               "accuracy of nothing", "learning: CPU s", "scoring: CPU s")  # fmt: skip
    return [
        Section(BENCHMARKS, "Rules, trees and graph networks", sentence, columns, figures),
        _by_kind(kinds),
    ]


def _by_kind(rows: Sequence[dict[str, Any]]) -> Section:
    shown = ("rules", TREES, *SHAPES, STACK)
    found = {
        (row["ledger"], row["slice"], row["scorer"]): (row["value"], row["rows"])
        for row in rows
        if row["metric"] == "tpr_at_4pct" and row["slice"] != "all"
    }
    habits = "every kind"
    kinds = sorted({kind for sort, kind, _ in found if sort == habits})
    table: list[Row] = [
        (kind, *(found[habits, kind, one][0] for one in shown), found[habits, kind, TREES][1],
         "yes" if kind in SHARED else "")
        for kind in kinds
    ]  # fmt: skip
    sentence = (
        "Share of each kind's invoices found where 4 % of the honest ones are flagged, on ledgers "
        "of the habits learned from. The last column marks kinds that lie in what is shared."
    )
    columns = ("kind", *shown, "invoices", "shared")
    return Section(BENCHMARKS, "Graph networks by kind of issue", sentence, columns, table)


SIZED = """
import json, resource, sys, time
from pathlib import Path
from ledgergraph.benchmarks.graph_contest import SHAPES
from ledgergraph.models.graph_training import Training, fit
from ledgergraph.models.graphs import restored

graph = restored(Path(sys.argv[1]))
start = time.process_time()
how = Training(epochs=1, threads=1)
learned = fit([graph], [graph.splits["by_time"]], SHAPES[sys.argv[2]], how, device="cpu")
epoch, start = time.process_time() - start, time.process_time()
learned.model.predict(graph)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"epoch": epoch, "score": time.process_time() - start, "peak": peak}))
"""
"""A process of its own: its peak of memory is that of one network."""


def graph_sizes() -> list[Section]:
    """A whole ledger as one batch: what an epoch takes, and how much memory."""
    made = made_ledger(JUDGED[0], LARGE, COMPLETE)
    graph, took = timed(lambda: graph_of_made(made))
    messages = sum(len(one.source) for one in graph.edges.values())
    rows: list[Row] = []
    with TemporaryDirectory() as place:
        for name, data in stored(graph).items():
            (Path(place) / name).write_bytes(data)
        for name in SHAPES:
            result = ran([sys.executable, "-W", "ignore", "-c", SIZED, place, name])
            facts = json.loads(result.output.splitlines()[-1])
            rows.append((name, facts["epoch"], facts["score"], facts["peak"]))
    sentence = (
        f"A made ledger of {len(graph.keys):,} invoices as one batch, with {messages:,} messages; "
        f"making the graph of its tables took {took.cpu:.0f} s. CPU time on one core: one epoch "
        "with importing the libraries, preparing the graph and scoring what is held out; and "
        "scoring all. Memory is the most that the process held."
    )
    columns = ("network", "epoch: s", "score: s", "memory: MiB")
    return [Section(PERFORMANCE, "Learning on graphs on one core", sentence, columns, rows)]
