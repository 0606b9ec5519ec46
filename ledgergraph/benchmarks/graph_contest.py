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
from typing import Protocol

import numpy as np
import pyarrow as pa

from ledgergraph.benchmarks.champions import RECIPE, rule_precision, rules_score
from ledgergraph.benchmarks.protocols import BENCHMARKS, LabelledLedger, compliance
from ledgergraph.corpora.training import TrainingLedger
from ledgergraph.datasets.features import FEATURES, OWN, PORTABLE
from ledgergraph.datasets.graph_dataset import (
    AT_RANDOM,
    FOUND,
    INVOICE,
    ISSUE,
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
from ledgergraph.models.graph_search import Trial, searched, settings_of
from ledgergraph.models.graph_training import Epoch, Hopeless, Learned, Settings, Training, never
from ledgergraph.models.graphs import Graph
from ledgergraph.models.metrics import average_precision, bootstrap_interval, true_positive_rate
from ledgergraph.tables import TEXT, Table

NEIGHBOURS = (*OWN, *(name for name, one in FEATURES.items() if one.family == "neighbours"))
"""What an invoice says, and generic aggregates of those beside it: no knowledge of the domain."""
SAGE, NETWORK, ATTENTION, STACK = "GraphSAGE", "graph network", "graph attention", "stack"
TREES = "boosting, engineered"
SHAPES: Mapping[str, Shape] = {
    SAGE: Shape("sage", OWN, width=64),
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
SHARED_KINDS = ("ghost_vendor", "iban_shared", "conflict_of_interest", "vendor_impersonated")
"""Kinds that lie in what several vendors, employees and accounts share."""
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


class Learning(Protocol):
    """How a network of some name learns from what audits found in graphs, by their sides."""

    def __call__(
        self, name: str, graphs: Sequence[Graph], sides: Sequence[Ints], settings: Settings,
        is_hopeless: Hopeless = never,
    ) -> Learned:  # fmt: skip
        """The fitted network."""


RULES, SECONDS, HISTORY = "rules.json", "seconds.json", "history.json"


@dataclass(frozen=True)
class Scorer:
    """One that takes part: what it says of a graph's invoices, and what learning cost."""

    score: Score
    seconds: float = 0.0
    save: Callable[[Path], None] = lambda _: None
    history: Sequence[Epoch] = ()


def graph_of_made(made: TrainingLedger, audit_recall: float = 1.0) -> Graph:
    """The graph of a made ledger, with its truth, and what audits found of it."""
    return graph_of(made.name, snapshot_of_books(made.tables), labels_of(made.truth), audit_recall)


def learning(
    name: str, graphs: Sequence[Graph], sides: Sequence[Ints], settings: Settings,
    is_hopeless: Hopeless = never,
) -> Learned:  # fmt: skip
    """A network that learned, with nothing kept or told; see Learning."""
    return graph_training.fit(
        graphs, sides, settings.shape, settings.training, FOUND, is_hopeless=is_hopeless
    )


def usual(training: Training) -> dict[str, Settings]:
    """The networks that take part, as they are where nothing was searched."""
    return {name: Settings(shape, training) for name, shape in SHAPES.items()}


def trials(
    name: str, learned: Sequence[Graph], learning: Learning, settings: Settings,
    done: Sequence[Trial] = (),
) -> Iterator[Trial]:  # fmt: skip
    """The trials of a network on some ledgers, of which every third is held out."""
    sides = sides_by_ledger(learned)

    def learn(width: int, rate: float, is_hopeless: Hopeless) -> Sequence[Epoch]:
        trial = f"{name}, width {width}, rate {rate:g}"
        own = settings_of(settings, width, rate)
        return learning(trial, learned, sides, own, is_hopeless).history

    return searched(learn, done)


def contestants(
    learned: Sequence[Graph], learning: Learning, networks: Mapping[str, Settings]
) -> Iterator[tuple[str, Scorer]]:
    """Everybody that takes part, one after the other, each having learned from some ledgers.

    All learn from what audits found in them. `networks` are those of SHAPES that take part, with
    their settings; the stack is there if its network is.
    """
    makers: dict[str, Callable[[], Scorer]] = {
        "rules": partial(_rules, learned),
        "boosting, own": partial(_trees, learned, OWN, RECIPE.baseline),
        "boosting, own and neighbours": partial(_trees, learned, NEIGHBOURS, RECIPE.compliance),
        TREES: partial(_trees, learned, PORTABLE, RECIPE.compliance),
        **{name: partial(_network, learned, name, learning, own) for name, own in networks.items()},
    }
    made: dict[str, Scorer] = {}
    for name, make in makers.items():
        start = time.process_time()
        made[name] = replace(make(), seconds=time.process_time() - start)
        yield name, made[name]
    if NETWORK in made:
        start = time.process_time()
        stack = _stack(learned, learning, networks[NETWORK])
        seconds = time.process_time() - start + made[TREES].seconds + made[NETWORK].seconds
        yield STACK, replace(_stacked(stack, made), seconds=seconds)


def _rules(learned: Sequence[Graph]) -> Scorer:
    return _of_rules(rule_precision([labelled([one], FOUND) for one in learned]))


def _of_rules(precision: Mapping[str, float]) -> Scorer:
    def save(folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / RULES).write_bytes(canonical_json(dict(precision)))

    return Scorer(lambda graph: rules_score(labelled([graph]).features, precision), save=save)


def _trees(
    learned: Sequence[Graph], names: Sequence[str], settings: boosting.BoostingSettings
) -> Scorer:
    return _of_trees(boosting.fit(examples_in(learned, names, FOUND), settings, seed=1))


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


def _network(
    learned: Sequence[Graph], name: str, learning: Learning, settings: Settings
) -> Scorer:  # fmt: skip
    made = learning(name, learned, sides_by_ledger(learned), settings)
    return replace(_of_graphs(made.model), history=made.history)


def _of_graphs(model: GraphModel) -> Scorer:
    return Scorer(model.predict, save=model.save)


def _stack(learned: Sequence[Graph], learning: Learning, settings: Settings) -> stacking.Stack:
    """Trees and network by what each said of ledgers that it had not learned from."""
    said: dict[str, list[Floats]] = {TREES: [], NETWORK: []}
    truth: list[Floats] = []
    for number, left_out in enumerate(stacking.folds_of(len(learned), FOLDS)):
        rest = [one for at, one in enumerate(learned) if at not in left_out]
        sides = sides_by_ledger(rest)
        network = learning(f"{NETWORK}, fold {number}", rest, sides, settings).model
        others = {TREES: _trees(rest, PORTABLE, RECIPE.compliance).score, NETWORK: network.predict}
        for at in left_out:
            outcome = learned[at].outcomes[FOUND]
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


def networks_in(folder: Path) -> list[str]:
    """The networks (SHAPES) that were written into a folder."""
    return [name for name in SHAPES if (folder / _slug(name)).is_dir()]


def trees_in(folder: Path) -> boosting.BoostedTrees:
    """The boosted trees with engineered features that were written into a folder."""
    return boosting.load(folder / _slug(TREES))


def network_in(folder: Path, name: str) -> GraphNetwork:
    """The network of some name (SHAPES) that was written into a folder."""
    return load(folder / _slug(name))


def _slug(name: str) -> str:
    return name.replace(",", "").replace(" ", "-")


def labelled(graphs: Sequence[Graph], outcome: str = ISSUE) -> LabelledLedger:
    """Some graphs as one ledger to be judged on: ids carry the ledger's name."""
    ids, kinds, issues, scored, matrices = [], [], [], [], []
    for graph in graphs:
        own = graph.outcomes[outcome]
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


@dataclass(frozen=True)
class Judged:
    """Everybody's figures (GRAPH_CONTEST, GRAPH_KINDS), and what each said of every invoice.

    `said` holds by habits and scorer the probabilities of all invoices of the sort, `truth` by
    habits their outcomes by name; NaN where nobody knows.
    """

    table: pa.Table
    kinds: pa.Table
    said: Mapping[str, Mapping[str, Floats]]
    truth: Mapping[str, Mapping[str, Floats]]


def judged(
    scorers: Iterable[tuple[str, Scorer]], ledgers: Mapping[str, Sequence[Graph]], seed: int
) -> Judged:
    """Everybody's figures on ledgers that nobody learned from, by their habits, pooled."""
    known = {habits: labelled(graphs) for habits, graphs in ledgers.items()}
    said: dict[str, dict[str, Floats]] = {habits: {} for habits in ledgers}
    rows, kinds = [], []
    for name, scorer in scorers:
        for habits, graphs in ledgers.items():
            start = time.process_time()
            score = np.concatenate([scorer.score(one) for one in graphs])
            seconds = time.process_time() - start
            found = compliance(replace(known[habits], name=habits), {name: score}, seed)
            said[habits][name] = score
            kinds.append(found)
            rows.append({
                "habits": habits, "scorer": name, **_figures(found), "fit_s": scorer.seconds,
                "score_s": seconds, **_accuracy(score, graphs),
            })  # fmt: skip
    return Judged(
        GRAPH_CONTEST.conform(GRAPH_CONTEST.rows(rows)),
        GRAPH_KINDS.conform(pa.concat_tables(kinds)),
        said,
        {habits: _together(graphs) for habits, graphs in ledgers.items()},
    )


def _together(graphs: Sequence[Graph]) -> dict[str, Floats]:
    """All outcomes of some graphs, one after the other; a kind that a graph has not is none."""
    names = dict.fromkeys(name for one in graphs for name in one.outcomes)
    return {
        name: np.concatenate([
            one.outcomes.get(name, np.where(np.isnan(one.outcomes[ISSUE]), np.nan, 0.0))
            for one in graphs
        ])
        for name in names
    }  # fmt: skip


@dataclass(frozen=True)
class Against:
    """A scorer beside another on the same invoices: average precision, share found where 4 % of
    the honest are flagged, the first less that of the other; with 95 % intervals."""

    average_precision: float
    found: float
    interval: tuple[float, float]
    difference: float
    difference_interval: tuple[float, float]
    issues: int


def against(
    judged: Judged, habits: str, scorer: str, other: str, kinds: Sequence[str], seed: int
) -> Against:  # fmt: skip
    """How much better a scorer ranks than another: all invoices, or those of some kinds.

    The difference is paired: both on the same invoices, drawn again. Of issues of other kinds
    nothing is asked where kinds are named.
    """
    truth = judged.truth[habits]
    target = truth[ISSUE]
    if kinds:
        own = np.max([np.nan_to_num(truth[kind]) for kind in kinds if kind in truth], axis=0)
        target = np.where((target > 0) & (own == 0), np.nan, target)
    known = ~np.isnan(target)
    target = target[known]
    both = np.column_stack([judged.said[habits][one][known] for one in (scorer, other)])

    def gain(scores: Floats, outcome: Floats) -> float:
        return average_precision(scores[:, 0], outcome) - average_precision(scores[:, 1], outcome)

    return Against(
        average_precision(both[:, 0], target),
        true_positive_rate(both[:, 0], target, 0.04),
        bootstrap_interval(average_precision, both[:, 0], target, seed=seed),
        gain(both, target),
        bootstrap_interval(gain, both, target, seed=seed),
        int(target.sum()),
    )  # fmt: skip


def without_relations(
    learned: Sequence[Graph], ledgers: Sequence[Graph], groups: Mapping[str, Sequence[str]],
    learning: Learning, settings: Settings,
) -> Iterator[tuple[str, float]]:  # fmt: skip
    """Average precision of a network that learned without the relations of each group (A9).

    Each is trained anew: how much a network that never knew the relations is worse.
    """
    sides = sides_by_ledger(learned)
    for name, types in groups.items():
        shape = replace(settings.shape, without=tuple(types))
        own = Settings(shape, settings.training)
        yield name, pooled_precision(learning(name, learned, sides, own).model, ledgers)


def silenced(model: GraphModel, ledgers: Sequence[Graph]) -> dict[str, tuple[int, float]]:
    """By type of relation its messages, and average precision of a network that hears no more of
    it, though it learned with it: how much it relies on it."""
    types = dict.fromkeys(
        key[1].removeprefix("rev_") for graph in ledgers for key in graph.edges
    )  # fmt: skip
    counts = {
        type_: sum(len(one.source) for graph in ledgers for key, one in graph.edges.items()
                   if key[1].removeprefix("rev_") == type_)
        for type_ in types
    }  # fmt: skip
    return {
        type_: (counts[type_], pooled_precision(model, [one.without((type_,)) for one in ledgers]))
        for type_ in types
    }


def pooled_precision(model: GraphModel, ledgers: Sequence[Graph]) -> float:
    """Average precision of what a network says of all invoices of some ledgers together."""
    truth = np.concatenate([one.outcomes[ISSUE] for one in ledgers])
    said = np.concatenate([model.predict(one) for one in ledgers])
    return average_precision(said[~np.isnan(truth)], truth[~np.isnan(truth)])


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
    truth = np.concatenate([one.outcomes[ISSUE] for one in graphs])
    known = ~np.isnan(truth)
    right = (score[known] > 0.5) == (truth[known] > 0)
    return {"accuracy": float(right.mean()), "nothing_accuracy": float(1 - truth[known].mean())}


def accuracy_at_random(
    learned: Sequence[Graph], learning: Learning, settings: Settings
) -> tuple[float, float]:
    """Accuracy of GraphSAGE on a random part of the very ledgers that it learned from.

    Beside that of predicting no issue at all: what requirement A5 asks for, the latter has too.
    """
    sides = [one.splits[AT_RANDOM] for one in learned]
    model = learning(f"{SAGE}, at random", learned, sides, settings).model
    right, truth = [], []
    for graph, side in zip(learned, sides, strict=True):
        own = graph.outcomes[ISSUE]
        held = (side == graph_training.TEST) & ~np.isnan(own)
        right.append((model.predict(graph)[held] > 0.5) == (own[held] > 0))
        truth.append(own[held])
    return float(np.concatenate(right).mean()), float(1 - np.concatenate(truth).mean())
