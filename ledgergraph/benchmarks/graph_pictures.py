"""What graph networks see, as numbers to draw: embeddings in a plane, attention by relation.

Belongs here: which nodes are shown and what is averaged. Not here: drawing (assets.pictures).
"""

from collections.abc import Mapping, Sequence

import numpy as np

from ledgergraph.datasets.graph_dataset import INVOICE, OUTCOMES
from ledgergraph.models.contract import Floats
from ledgergraph.models.graph_network import GraphNetwork
from ledgergraph.models.graphs import Graph

FINE = "no issue"


def embedded(
    network: GraphNetwork, graph: Graph, most: int, seed: int
) -> tuple[Floats, Sequence[str], Sequence[str]]:
    """Nodes in a plane by t-SNE: points (nodes, 2), the label of each, and what is wrong with it.

    `most` nodes at most: all with an issue as far as they are half of them, and others drawn
    by `seed`; each label has its share. Only of invoices an issue is told.
    """
    from sklearn.manifold import TSNE

    rng = np.random.default_rng(seed)
    states = network.embeddings(graph)
    issues = np.flatnonzero(np.nan_to_num(graph.outcomes["is_issue"]) > 0)[: most // 4]
    picked: list[tuple[str, int]] = [(INVOICE, int(at)) for at in issues]
    for label, own in states.items():
        room = most // 2 if label == INVOICE else most // (3 * max(len(states) - 1, 1))
        drawn = rng.permutation(len(own))[: max(room, 2)]
        picked += [(label, int(at)) for at in sorted(drawn) if (label, int(at)) not in picked]
    inputs = np.stack([states[label][at] for label, at in picked])
    spread = np.maximum(inputs.std(axis=0), 1e-6)
    near = max(2.0, min(30.0, (len(picked) - 1) / 4))
    points: Floats = TSNE(2, perplexity=near, init="pca", random_state=seed).fit_transform(
        (inputs - inputs.mean(axis=0)) / spread
    )
    kinds = {name: own for name, own in graph.outcomes.items() if name not in OUTCOMES}
    said = [
        next((kind for kind, own in kinds.items() if label == INVOICE and own[at] > 0), FINE)
        for label, at in picked
    ]
    return points, [label for label, _ in picked], said


def attention_by_issue(network: GraphNetwork, graph: Graph) -> Mapping[tuple[str, str], float]:
    """How much of its attention an invoice gives to each relation, by kind of issue: mean shares.

    Over the last layer and all heads; the shares of a kind sum to 1 where all its invoices hear
    of something.
    """
    weights = network.attention(graph)[-1]
    kinds = {name: own for name, own in graph.outcomes.items() if name not in OUTCOMES}
    groups = {FINE: graph.outcomes["is_issue"] == 0,
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
