"""The contest of rules, trees and graph networks on the same made ledgers.

Belongs here: who takes part, what each learns from, and one table of what came out, whoever
wins. Not here: how rows are judged (protocols), networks (models).
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from ledgergraph.benchmarks.champions import RECIPE, rule_precision, rules_score
from ledgergraph.benchmarks.protocols import BENCHMARKS, LabelledLedger, compliance
from ledgergraph.corpora.training import TrainingLedger
from ledgergraph.datasets.features import FEATURES, OWN, PORTABLE
from ledgergraph.datasets.graph_dataset import (
    AT_RANDOM,
    INVOICE,
    OUTCOMES,
    examples_in,
    graph_of,
)
from ledgergraph.datasets.labels import labels_of
from ledgergraph.datasets.made_ledgers import snapshot_of_books
from ledgergraph.identity import canonical_json
from ledgergraph.models import boosting, graph_training, stacking
from ledgergraph.models.contract import Floats, GraphModel, Ints
from ledgergraph.models.graph_network import GraphNetwork, Shape, load
from ledgergraph.models.graph_training import Epoch, Learned, Training
from ledgergraph.models.graphs import Graph
from ledgergraph.tables import TEXT, Table

NEIGHBOURS = (*OWN, *(name for name, one in FEATURES.items() if one.family == "neighbours"))
"""What an invoice says, and generic aggregates of those beside it: no knowledge of the domain."""
STACK, NETWORK, ATTENTION = "stack", "graph network", "graph attention"
TREES = "boosting, engineered"
SHAPES: Mapping[str, Shape] = {
    "GraphSAGE": Shape("sage", OWN, width=64),
    NETWORK: Shape("edges", PORTABLE, width=48),
    ATTENTION: Shape("attention", PORTABLE, width=48),
}
"""The networks that take part; GraphSAGE sees what invoices say, the others engineered features
as well."""
ORDER = ("rules", "boosting, own", "boosting, own and neighbours", TREES, *SHAPES, STACK)
"""All that take part, in the order in which they learn."""
EVERY_THIRD = 3
"""Of the ledgers that a network learns from every third ends its learning."""
FOLDS = 3
GRAPH_CONTEST = Table(
    "graph_contest",
    pa.schema(
        [("habits", TEXT), ("scorer", TEXT), *((name, pa.float64()) for name in (
            "average_precision", "low", "high", "recall_at_1pct", "recall_at_5pct",
            "tpr_at_4pct", "tpr_low", "tpr_high", "accuracy", "nothing_accuracy",
            "fit_s", "score_s"))]
    ),
    key=("habits", "scorer"),
)  # fmt: skip
"""One row for each scorer and sort of ledgers, pooled; `nothing_accuracy` is that of predicting
no issue at all. Seconds of the processor: to learn, and to score all ledgers of the sort."""

GRAPH_KINDS = Table("graph_contest_kinds", BENCHMARKS.schema, BENCHMARKS.key)
"""The same by kind of issue; `ledger` holds the habits."""
Score = Callable[[Graph], Floats]
Learning = Callable[[str, Sequence[Graph], Sequence[Ints], Shape], Learned]
"""How a network of some name learns from graphs and sides."""
RULES, SECONDS, HISTORY = "rules.json", "seconds.json", "history.json"


@dataclass(frozen=True)
class Scorer:
    """One that takes part: what it says of a graph's invoices, and what learning cost."""

    score: Score
    seconds: float = 0.0
    save: Callable[[Path], None] = lambda _: None
    history: Sequence[Epoch] = ()


def graph_of_made(made: TrainingLedger) -> Graph:
    """The graph of a made ledger, with its truth."""
    return graph_of(made.name, snapshot_of_books(made.tables), labels_of(made.truth))


def learned_with(training: Training) -> Learning:
    """Learning with some settings, and nothing kept or told."""
    return lambda _, graphs, sides, shape: graph_training.fit(graphs, sides, shape, training)


def contestants(
    learned: Sequence[Graph], learning: Learning, networks: Sequence[str] = tuple(SHAPES)
) -> Iterator[tuple[str, Scorer]]:
    """Everybody that takes part, one after the other, each having learned from some ledgers.

    `networks` names those that do; the stack is there if its network is.
    """
    makers: dict[str, Callable[[], Scorer]] = {
        "rules": partial(_rules, learned),
        "boosting, own": partial(_trees, learned, OWN, RECIPE.baseline),
        "boosting, own and neighbours": partial(_trees, learned, NEIGHBOURS, RECIPE.compliance),
        TREES: partial(_trees, learned, PORTABLE, RECIPE.compliance),
        **{name: partial(_network, learned, name, learning) for name in networks},
    }
    made: dict[str, Scorer] = {}
    for name, make in makers.items():
        start = time.process_time()
        made[name] = replace(make(), seconds=time.process_time() - start)
        yield name, made[name]
    if NETWORK in made:
        start = time.process_time()
        stack = _stack(learned, learning)
        seconds = time.process_time() - start + made[TREES].seconds + made[NETWORK].seconds
        yield STACK, replace(_stacked(stack, made), seconds=seconds)


def _rules(learned: Sequence[Graph]) -> Scorer:
    return _of_rules(rule_precision([labelled([one]) for one in learned]))


def _of_rules(precision: Mapping[str, float]) -> Scorer:
    def save(folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / RULES).write_bytes(canonical_json(dict(precision)))

    return Scorer(lambda graph: rules_score(labelled([graph]).features, precision), save=save)


def _trees(
    learned: Sequence[Graph], names: Sequence[str], settings: boosting.BoostingSettings
) -> Scorer:
    return _of_trees(boosting.fit(examples_in(learned, names), settings, seed=1))


def _of_trees(model: boosting.BoostedTrees) -> Scorer:
    return Scorer(lambda graph: model.predict_matrix(matrix_in(graph, model.names)),
                  save=model.save)  # fmt: skip


def matrix_in(graph: Graph, names: Sequence[str]) -> Floats:
    """Some features of all invoices of a graph, shape (invoices, names)."""
    own = graph.nodes[INVOICE]
    return own.matrix[:, [own.names.index(name) for name in names]].astype(np.float64)


def sides_by_ledger(graphs: Sequence[Graph]) -> list[Ints]:
    """Sides of whole ledgers: every third ends the learning, of fewer than three the last one."""
    step = min(EVERY_THIRD, len(graphs))
    return [
        np.full(len(one.keys), int(at % step == step - 1), dtype=np.int64)
        for at, one in enumerate(graphs)
    ]


def _network(learned: Sequence[Graph], name: str, learning: Learning) -> Scorer:
    made = learning(name, learned, sides_by_ledger(learned), SHAPES[name])
    return replace(_of_graphs(made.model), history=made.history)


def _of_graphs(model: GraphModel) -> Scorer:
    return Scorer(model.predict, save=model.save)


def _stack(learned: Sequence[Graph], learning: Learning) -> stacking.Stack:
    """Trees and network by what each said of ledgers that it had not learned from."""
    said: dict[str, list[Floats]] = {TREES: [], NETWORK: []}
    truth: list[Floats] = []
    for number, left_out in enumerate(stacking.folds_of(len(learned), FOLDS)):
        rest = [one for at, one in enumerate(learned) if at not in left_out]
        shape, sides = SHAPES[NETWORK], sides_by_ledger(rest)
        network = learning(f"{NETWORK}, fold {number}", rest, sides, shape).model
        others = {TREES: _trees(rest, PORTABLE, RECIPE.compliance).score, NETWORK: network.predict}
        for at in left_out:
            outcome = learned[at].outcomes["is_issue"]
            known = ~np.isnan(outcome)
            truth.append(outcome[known])
            for name, score in others.items():
                said[name].append(score(learned[at])[known])
    whole = {name: np.concatenate(one) for name, one in said.items()}
    return stacking.fit(whole, np.concatenate(truth))


def _stacked(stack: stacking.Stack, made: Mapping[str, Scorer]) -> Scorer:
    members = {name: made[name].score for name in stack.weights}
    return Scorer(
        lambda graph: stack.predict({name: one(graph) for name, one in members.items()}),
        save=stack.save,
    )


# On disk


def saved(folder: Path, scorers: Mapping[str, Scorer]) -> None:
    """Write all that take part into a folder, each in one of its own."""
    for name, one in scorers.items():
        one.save(folder / _slug(name))
    seconds = {name: round(one.seconds, 3) for name, one in scorers.items()}
    (folder / SECONDS).write_bytes(canonical_json(seconds))
    history = {name: [asdict(epoch) for epoch in one.history] for name, one in scorers.items()
               if one.history}  # fmt: skip
    (folder / HISTORY).write_bytes(canonical_json(history))


def scorers_in(folder: Path) -> dict[str, Scorer]:
    """All that were written into a folder, by name, in the order in which they learned."""
    seconds = json.loads((folder / SECONDS).read_text(encoding="utf-8"))
    found: dict[str, Scorer] = {}
    for name in [one for one in ORDER if one in seconds]:
        own = folder / _slug(name)
        if name == "rules":
            scorer = _of_rules(json.loads((own / RULES).read_text(encoding="utf-8")))
        elif name == STACK:
            scorer = _stacked(stacking.load(own), found)
        elif name in SHAPES:
            scorer = _of_graphs(load(own))
        else:
            scorer = _of_trees(boosting.load(own))
        found[name] = replace(scorer, seconds=seconds[name])
    return found


def network_in(folder: Path, name: str) -> GraphNetwork:
    """The network of some name (SHAPES) that was written into a folder."""
    return load(folder / _slug(name))


def _slug(name: str) -> str:
    return name.replace(",", "").replace(" ", "-")


def labelled(graphs: Sequence[Graph]) -> LabelledLedger:
    """Some graphs as one ledger to be judged on: ids carry the ledger's name."""
    ids, kinds, issues, scored, matrices = [], [], [], [], []
    for graph in graphs:
        own = graph.outcomes["is_issue"]
        named = [name for name in graph.outcomes if name not in OUTCOMES]
        flags = np.column_stack([np.nan_to_num(graph.outcomes[name]) for name in named] or
                                [np.empty((len(own), 0))])  # fmt: skip
        ids += [f"{graph.name} {key}" for key in graph.keys]
        kinds += ["|".join(np.array(named)[row > 0].tolist()) for row in flags]
        issues += (np.nan_to_num(own) > 0).tolist()
        scored += (~np.isnan(own)).tolist()
        matrices.append(matrix_in(graph, tuple(FEATURES)))
    matrix = np.concatenate(matrices)
    columns = {name: pa.array(matrix[:, at]) for at, name in enumerate(FEATURES)}
    names = pa.array(ids, pa.string())
    features = pa.table({"invoice_id": names, **columns})
    truth = pa.table({"invoice_id": names, "is_issue": issues, "kinds": kinds, "scored": scored})
    nothing = pa.table({"invoice_id": names[:0], "other_id": names[:0]})
    return LabelledLedger("pooled", features, nothing, truth, nothing)


def judged(
    scorers: Iterable[tuple[str, Scorer]], ledgers: Mapping[str, Sequence[Graph]], seed: int
) -> tuple[pa.Table, pa.Table]:
    """Everybody's figures on ledgers that nobody learned from, by their habits, pooled.

    A table of GRAPH_CONTEST, and rows of BENCHMARKS by kind of issue.
    """
    known = {habits: labelled(graphs) for habits, graphs in ledgers.items()}
    rows, kinds = [], []
    for name, scorer in scorers:
        for habits, graphs in ledgers.items():
            start = time.process_time()
            score = np.concatenate([scorer.score(one) for one in graphs])
            seconds = time.process_time() - start
            ledger = replace(known[habits], name=habits)
            found = compliance(ledger, {name: score}, seed)
            kinds.append(found)
            rows.append({
                "habits": habits, "scorer": name, **_figures(found), "fit_s": scorer.seconds,
                "score_s": seconds, **_accuracy(score, graphs),
            })  # fmt: skip
    table = GRAPH_CONTEST.conform(GRAPH_CONTEST.rows(rows))
    return table, GRAPH_KINDS.conform(pa.concat_tables(kinds))


def _figures(found: pa.Table) -> dict[str, float]:
    of_all = {row["metric"]: row for row in found.to_pylist() if row["slice"] == "all"}
    names = ("average_precision", "recall_at_1pct", "recall_at_5pct", "tpr_at_4pct")
    precision, rate = of_all["average_precision"], of_all["tpr_at_4pct"]
    return {name: of_all[name]["value"] for name in names} | {
        "low": precision["low"], "high": precision["high"],
        "tpr_low": rate["low"], "tpr_high": rate["high"],
    }  # fmt: skip


def _accuracy(score: Floats, graphs: Sequence[Graph]) -> dict[str, float]:
    """Right at a threshold of one half, and so who never calls anything an issue."""
    truth = np.concatenate([one.outcomes["is_issue"] for one in graphs])
    known = ~np.isnan(truth)
    right = (score[known] > 0.5) == (truth[known] > 0)
    return {"accuracy": float(right.mean()), "nothing_accuracy": float(1 - truth[known].mean())}


def accuracy_at_random(learned: Sequence[Graph], learning: Learning) -> tuple[float, float]:
    """Accuracy of GraphSAGE on a random part of the very ledgers that it learned from.

    Beside that of predicting no issue at all: what requirement A5 asks for, the latter has too.
    """
    sides = [one.splits[AT_RANDOM] for one in learned]
    name = "GraphSAGE"
    model = learning(f"{name}, at random", learned, sides, SHAPES[name]).model
    right, truth = [], []
    for graph, side in zip(learned, sides, strict=True):
        own = graph.outcomes["is_issue"]
        held = (side == graph_training.TEST) & ~np.isnan(own)
        right.append((model.predict(graph)[held] > 0.5) == (own[held] > 0))
        truth.append(own[held])
    return float(np.concatenate(right).mean()), float(1 - np.concatenate(truth).mean())
