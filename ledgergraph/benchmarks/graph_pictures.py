"""What graph networks see, as numbers to draw, and why trees and networks say what they say.

Belongs here: embeddings in a plane, attention by relation, reasons of some invoices: which nodes
are shown and what is averaged. Not here: drawing (assets.pictures), pages (graph_page).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from ledgergraph.benchmarks.graph_contest import (
    TREES,
    matrix_in,
    network_in,
    networks_in,
    trees_in,
)
from ledgergraph.corpora.training import TrainingLedger
from ledgergraph.datasets.features import witnesses
from ledgergraph.datasets.graph_dataset import INVOICE, ISSUE, OUTCOMES
from ledgergraph.datasets.made_ledgers import snapshot_of_books
from ledgergraph.graph.frames import Ledger, ledger_of
from ledgergraph.models.boosting import BoostedTrees
from ledgergraph.models.contract import Floats
from ledgergraph.models.graph_explaining import explained
from ledgergraph.models.graph_network import GraphNetwork
from ledgergraph.models.graphs import Graph

FINE = "no issue"
MOST = 6
"""Features, and neighbours, that are named as reasons."""


def embedded(
    network: GraphNetwork, graph: Graph, most: int, seed: int
) -> tuple[Floats, Sequence[str], Sequence[str]]:
    """Nodes in a plane by t-SNE: points (nodes, 2), the label of each, and what is wrong with it.

    Of `most` nodes about a quarter are invoices with an issue and a quarter other invoices, the
    rest is shared among the other labels; all drawn by `seed`. Only of invoices an issue is told.
    """
    from sklearn.manifold import TSNE

    rng = np.random.default_rng(seed)
    states = network.embeddings(graph)
    is_issue = np.nan_to_num(graph.outcomes[ISSUE]) > 0
    pools = [(INVOICE, np.flatnonzero(is_issue), most // 4),
             (INVOICE, np.flatnonzero(~is_issue), most // 4),
             *((label, np.arange(len(own)), max(most // (2 * (len(states) - 1)), 2))
               for label, own in states.items() if label != INVOICE)]  # fmt: skip
    picked = [
        (label, int(at)) for label, own, room in pools for at in sorted(rng.permutation(own)[:room])
    ]
    inputs = np.stack([states[label][at] for label, at in picked])
    spread = np.maximum(inputs.std(axis=0), 1e-6)
    near = max(2.0, min(30.0, (len(picked) - 1) / 4))
    points: Floats = TSNE(2, perplexity=near, init="pca", random_state=seed).fit_transform(
        (inputs - inputs.mean(axis=0)) / spread
    )
    said = [_kind(graph, at) if label == INVOICE else FINE for label, at in picked]
    return points, [label for label, _ in picked], said


def attention_by_issue(network: GraphNetwork, graph: Graph) -> Mapping[tuple[str, str], float]:
    """How much of its attention an invoice gives to each relation, by kind of issue: mean shares.

    Over the last layer and all heads; the shares of a kind sum to 1 where all its invoices hear
    of something.
    """
    weights = network.attention(graph)[-1]
    kinds = {name: own for name, own in graph.outcomes.items() if name not in OUTCOMES}
    groups = {FINE: graph.outcomes[ISSUE] == 0,
              **{kind: own > 0 for kind, own in kinds.items()}}  # fmt: skip
    found: dict[tuple[str, str], float] = {}
    for key, share in weights.items():
        if key[2] != INVOICE:
            continue
        total = np.zeros(len(graph.keys))
        np.add.at(total, graph.edges[key].target, share.mean(axis=1))
        for kind, flags in groups.items():
            if flags.any():
                found[kind, f"{key[0]} {key[1].removeprefix('rev_')}"] = float(total[flags].mean())
    return found


# Reasons


@dataclass(frozen=True)
class Reasons:
    """Why a scorer says what it says of one invoice.

    `features` moved its log odds by so much. `neighbours` are other nodes by label and id, with
    how much each moved them; of trees the records that its first features were computed from,
    each with None.
    """

    invoice: str
    issue: str
    scorer: str
    probability: float
    features: Sequence[tuple[str, float]]
    neighbours: Sequence[tuple[str, float | None]]


def reasons(folder: Path, made: TrainingLedger, graph: Graph, most: int) -> list[Reasons]:
    """Why trees and networks of a folder say what they say of some invoices of a made ledger.

    Those invoices with an issue that the trees think likeliest, one of each kind.
    """
    trees, ledger = trees_in(folder), ledger_of(snapshot_of_books(made.tables))
    likely = trees.predict_matrix(matrix_in(graph, trees.names))
    picked: dict[str, int] = {}
    for at in np.argsort(-likely, kind="stable").tolist():
        if graph.outcomes[ISSUE][at] > 0:
            picked.setdefault(_kind(graph, at), at)
    found = []
    for kind, at in list(picked.items())[:most]:
        found.append(_of_trees(trees, ledger, graph, at, kind, float(likely[at])))
        found += [
            _of_network(network_in(folder, name), name, graph, at, kind)
            for name in networks_in(folder)
        ]
    return found


def _kind(graph: Graph, at: int) -> str:
    """The first kind of issue that an invoice is of."""
    kinds = (name for name, own in graph.outcomes.items() if name not in OUTCOMES and own[at] > 0)
    return next(kinds, FINE)


def _of_trees(
    trees: BoostedTrees, ledger: Ledger, graph: Graph, at: int, kind: str, probability: float
) -> Reasons:  # fmt: skip
    own = matrix_in(graph, trees.names)[at]
    row = pa.table({name: [value] for name, value in zip(trees.names, own.tolist(), strict=True)})
    moved = _largest(zip(trees.names, trees.contributions(row)[0].tolist(), strict=True))
    invoice = graph.keys[at]
    records = dict.fromkeys(
        record for name, _ in moved[:2] for record in witnesses(ledger, invoice, name)[1:]
    )
    return Reasons(invoice, kind, TREES, probability, moved,
                   [(one, None) for one in list(records)[:MOST]])  # fmt: skip


def _of_network(
    network: GraphNetwork, name: str, graph: Graph, at: int, kind: str
) -> Reasons:  # fmt: skip
    found = explained(network, graph, at)
    near = _largest(
        (f"{label} {key}", moved) for (label, key), moved in found.neighbours.items()
    )  # fmt: skip
    probability = float(1.0 / (1.0 + np.exp(-found.log_odds)))
    return Reasons(graph.keys[at], kind, name, probability, _largest(found.features.items()), near)


def _largest(moved: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    return sorted(moved, key=lambda one: -abs(one[1]))[:MOST]
