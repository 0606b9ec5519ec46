"""Rules, trees and graph networks in one table, and what learning on graphs takes."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sections import BENCHMARKS, PERFORMANCE, Row, Section
from stopwatch import ran, timed

from ledgergraph.benchmarks.champions import RECIPE
from ledgergraph.benchmarks.graph_contest import (
    NETWORK,
    ORDER,
    SAGE,
    SHAPES,
    SHARED_KINDS,
    STACK,
    TREES,
    Judged,
    accuracy_at_random,
    against,
    contestants,
    graph_of_made,
    judged,
    learning,
    matrix_in,
    pooled_precision,
    sides_by_ledger,
    silenced,
    trials,
    usual,
    without_relations,
)
from ledgergraph.corpora.settings import COMPLETE, SHIFTED_COMPLETE
from ledgergraph.corpora.training import made_ledger, training_ledgers
from ledgergraph.datasets.features import PORTABLE
from ledgergraph.datasets.graph_dataset import (
    CONCERNING,
    FOUND,
    ISSUE,
    SHARED,
    SIMILAR,
    examples_in,
    leaks,
)
from ledgergraph.graph.ontology import EDGES
from ledgergraph.models import boosting
from ledgergraph.models.graph_search import Trial, chosen, settings_of
from ledgergraph.models.graph_training import Settings, Training
from ledgergraph.models.graphs import Graph, stored
from ledgergraph.models.metrics import average_precision

LEARNED, SEARCHED = range(1, 7), 3
"""Seeds of the ledgers that all learn from, and how many of them settings are searched on."""
JUDGED = (9001, 9002)
SIZE = "LEDGERGRAPH_BENCH_CONTEST"
"""How many invoices the ledgers have that everybody is judged on."""
INVOICES, MANY, LARGE = 2_500, int(os.environ.get(SIZE, "10000")), 20_000
"""Of the ledgers that are learned from, those that are judged on, and that which is one batch."""
AUDITS = 0.8
"""The share of the issues that audits found, in what is learned from."""
HABITS = {"every kind": COMPLETE, "every kind, other habits": SHIFTED_COMPLETE}
HOW = Training(epochs=24, patience=6, threads=1)
TRIAL = replace(HOW, epochs=6)
TRIED = (SAGE, NETWORK)
"""The networks whose settings are searched; the other one is as it is."""
GROUPS: Mapping[str, Sequence[str]] = {
    "pairs that blocking gives": (SIMILAR,),
    "what invoices share": tuple(SHARED),
    "rows straight to their invoices": tuple(f"{one[1]}_{one[3]}" for one in CONCERNING),
    "relations of the ontology": tuple({key[1] for key in EDGES}),
}
"""Relations that are removed together."""


@cache
def _learned(audit_recall: float = AUDITS) -> Sequence[Graph]:
    ledgers = training_ledgers(tuple(LEARNED), INVOICES)
    return [graph_of_made(one, audit_recall) for one in ledgers]


@cache
def _trials(name: str) -> Sequence[Trial]:
    settings = usual(TRIAL)[name]
    return list(trials(name, _learned()[:SEARCHED], learning, settings))


def _settings() -> dict[str, Settings]:
    """The networks as the search left them."""
    return {
        name: settings_of(own, best.width, best.rate)
        if name in TRIED and (best := chosen(_trials(name)))
        else own
        for name, own in usual(HOW).items()
    }


def graph_search() -> list[Section]:
    """What each width and rate of the grid comes to on ledgers held out."""
    rows: list[Row] = []
    for name in TRIED:
        found = _trials(name)
        best = chosen(found)
        rows += [
            (name, one.width, f"{one.rate:g}", len(one.scores), one.best,
             "yes" if one is best else "given up" if one.is_given_up else "")
            for one in found
        ]  # fmt: skip
    sentence = (
        f"The grid that is asked for, on {SEARCHED} made ledgers of {INVOICES:,} invoices, every "
        f"third held out; {TRIAL.epochs} epochs at most. A trial is given up where its best is "
        "below the median of what the others had reached by then."
    )
    columns = ("network", "width", "rate", "epochs", "average precision held out", "chosen")
    return [Section(BENCHMARKS, "Settings of graph networks", sentence, columns, rows)]


def graph_contest() -> list[Section]:
    """Everybody on the same unseen ledgers, pooled, whole and by kind of issue."""
    ledgers = {
        habits: [graph_of_made(made_ledger(seed, MANY, settings)) for seed in JUDGED]
        for habits, settings in HABITS.items()
    }
    found = judged(contestants(_learned(), learning, _settings()), ledgers, JUDGED[0])
    return [_whole(found), _beside(found), _by_kind(found)]


def _whole(found: Judged) -> Section:
    figures: list[Row] = [
        (row["habits"], row["scorer"], row["average_precision"],
         f"{row['low']:.3f} to {row['high']:.3f}", row["recall_at_1pct"], row["recall_at_5pct"],
         row["tpr_at_4pct"], f"{row['tpr_low']:.3f} to {row['tpr_high']:.3f}", row["accuracy"],
         row["nothing_accuracy"], row["fit_s"], row["score_s"])
        for row in sorted(found.table.to_pylist(),
                          key=lambda one: (one["habits"], -one["average_precision"]))
    ]  # fmt: skip
    accuracy, nothing = accuracy_at_random(_learned(), learning, _settings()[SAGE])
    failing = {name: value for name, (value, _) in leaks(_learned(), 1).items()}
    baselines = ", ".join(f"{name} {value:.3f}" for name, value in failing.items())
    sentence = (
        f"All learned from the same {len(LEARNED)} made ledgers of {INVOICES:,} invoices, in which "
        f"audits found {AUDITS:.0%} of the issues (what they missed stands among the honest), and "
        f"are judged on {len(JUDGED)} others of {MANY:,} invoices of each sort ({SIZE}), pooled, "
        "by the whole truth; 95 % intervals from drawing invoices again. GraphSAGE and the first "
        "boosting see what invoices say of themselves, the second also generic aggregates of "
        "those beside it; the networks and the third boosting see the engineered features; the "
        "stack is fitted out of fold. Average precision of what must fail on the ledgers learned "
        f"from: {baselines}. Accuracy stands beside that of calling nothing an issue; on a random "
        f"part of the ledgers that it learned from, GraphSAGE's is {accuracy:.3f} and that of "
        f"calling nothing an issue {nothing:.3f}."
    )
    columns = ("ledgers", "scorer", "average precision", "interval", "recall at 1 %",
               "recall at 5 %", "found at 4 % false", "interval", "accuracy",
               "accuracy of nothing", "learning: CPU s", "scoring: CPU s")  # fmt: skip
    return Section(BENCHMARKS, "Rules, trees and graph networks", sentence, columns, figures)


def _beside(found: Judged) -> Section:
    rows: list[Row] = []
    for habits in HABITS:
        for what, kinds in (("every kind", ()), ("what is shared", SHARED_KINDS)):
            for name in [one for one in ORDER if one in ("rules", *SHAPES, STACK)]:
                one = against(found, habits, name, TREES, kinds, JUDGED[0])
                rows.append((
                    habits, what, one.issues, name, one.average_precision,
                    f"{one.interval[0]:.3f} to {one.interval[1]:.3f}", one.found, one.difference,
                    f"{one.difference_interval[0]:.3f} to {one.difference_interval[1]:.3f}",
                ))  # fmt: skip
    sentence = (
        "The same scores, less average precision of boosting with engineered features on the same "
        "invoices, drawn again together: who is better by more than the interval. What is shared "
        f"are kinds that lie between vendors, accounts, addresses and employees "
        f"({', '.join(SHARED_KINDS)}), beside the honest invoices."
    )
    columns = ("ledgers", "issues", "how many", "scorer", "average precision", "interval",
               "found at 4 % false", "less the trees'", "interval")  # fmt: skip
    return Section(BENCHMARKS, "Graph networks beside trees", sentence, columns, rows)


def _by_kind(judged: Judged) -> Section:
    shown = ("rules", TREES, *SHAPES, STACK)
    found = {
        (row["ledger"], row["slice"], row["scorer"]): (row["value"], row["rows"])
        for row in judged.kinds.to_pylist()
        if row["metric"] == "tpr_at_4pct" and row["slice"] != "all"
    }
    habits = "every kind"
    kinds = sorted({kind for sort, kind, _ in found if sort == habits})
    table: list[Row] = [
        (kind, *(found[habits, kind, one][0] for one in shown), found[habits, kind, TREES][1],
         "yes" if kind in SHARED_KINDS else "")
        for kind in kinds
    ]  # fmt: skip
    sentence = (
        "Share of each kind's invoices found where 4 % of the honest ones are flagged, on ledgers "
        "of the habits learned from. The last column marks kinds that lie in what is shared."
    )
    columns = ("kind", *shown, "invoices", "shared")
    return Section(BENCHMARKS, "Graph networks by kind of issue", sentence, columns, table)


def graph_relations() -> list[Section]:
    """What each relation is worth: to a network that never knew it, and to one that did."""
    learned, settings = _learned(), _settings()[NETWORK]
    ledgers = [graph_of_made(made_ledger(seed, INVOICES, COMPLETE)) for seed in JUDGED]
    model = learning(NETWORK, learned, sides_by_ledger(learned), settings).model
    every = {**GROUPS, "all": tuple({key[1] for one in learned for key in one.edges})}
    apart: list[Row] = [
        ("none", pooled_precision(model, ledgers)),
        *without_relations(learned, ledgers, every, learning, settings),
    ]
    relied: list[Row] = [
        (name, count, figure)
        for name, (count, figure) in sorted(silenced(model, ledgers).items(),
                                            key=lambda one: one[1][1])
    ]  # fmt: skip
    start = (
        f"Network `{NETWORK}`, learned from {len(learned)} made ledgers of {INVOICES:,} invoices "
        f"in {settings.training.epochs} epochs at most, judged on {len(JUDGED)} others of the same "
        "habits, pooled. "
    )
    return [
        Section(
            BENCHMARKS, "Graph networks that never knew a relation",
            f"{start}Each row is a network that learned without these relations.",
            ("removed", "average precision"), apart,
        ),
        Section(
            BENCHMARKS, "Graph networks that hear no more of a relation",
            f"{start}The first network above, asked without one relation that it had learned with: "
            "how much it relies on it.",
            ("removed", "messages", "average precision"), relied,
        ),
    ]  # fmt: skip


def graph_audits() -> list[Section]:
    """What it costs that audits miss issues, of which trees learn that they are honest."""
    ledgers = [graph_of_made(made_ledger(seed, INVOICES, COMPLETE)) for seed in JUDGED]
    truth = np.concatenate([one.outcomes[ISSUE] for one in ledgers])
    known = ~np.isnan(truth)
    rows: list[Row] = []
    for recall in (1.0, AUDITS, 0.5):
        learned = _learned(recall)
        model = boosting.fit(examples_in(learned, PORTABLE, FOUND), RECIPE.compliance, seed=1)
        score = np.concatenate([
            model.predict_matrix(matrix_in(one, model.names)) for one in ledgers
        ])  # fmt: skip
        found = sum(float(np.nansum(one.outcomes[FOUND])) for one in learned)
        rows.append((f"{recall:.0%}", int(found), average_precision(score[known], truth[known])))
    sentence = (
        f"Boosting with engineered features on {len(LEARNED)} made ledgers of {INVOICES:,} "
        f"invoices, judged on {len(JUDGED)} others by the whole truth. Audits miss all of a "
        "vendor's issues of a kind, or none."
    )
    columns = ("found by audits", "issues learned from", "average precision")
    return [Section(BENCHMARKS, "Issues that audits missed", sentence, columns, rows)]


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
