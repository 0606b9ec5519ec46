"""Why a graph network says what it says of a node: what each input and each neighbour adds.

Belongs here: integrated gradients (Sundararajan and others, 2017) over the part of the graph
that reaches the node. Not here: what reasons are called, and how they are shown.

Inputs are scaled so that 0 is the usual value: the reasons say how far what is unusual moved
the log odds, away from what the network says where all of it is usual. Together they are the
difference. That a neighbour is there at all is part of the start.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ledgergraph.models.contract import Floats
from ledgergraph.models.graph_layers import logits_of
from ledgergraph.models.graph_network import GraphNetwork, Scale, prepared
from ledgergraph.models.graph_parts import around
from ledgergraph.models.graphs import Graph, Relation
from ledgergraph.models.layout_windows import needed

if TYPE_CHECKING:
    from torch import Tensor

STEPS = 32
"""Points of the way from the usual to what is there at which gradients are taken."""


@dataclass(frozen=True)
class Explained:
    """What moved the log odds of one node, after calibration.

    `start` is what the network says where everything is usual. `features` are those of the node
    itself by name, `neighbours` other nodes by label and id: what they are, and what the
    messages from them say; `messages` the same by relation, of messages to the node alone.
    """

    start: float
    features: Mapping[str, float]
    neighbours: Mapping[tuple[str, str], float]
    messages: Mapping[Relation, float]

    @property
    def log_odds(self) -> float:
        """What the reasons come to."""
        return self.start + sum(self.features.values()) + sum(self.neighbours.values())


def explained(model: GraphNetwork, graph: Graph, node: int, steps: int = STEPS) -> Explained:
    """What moved the score of one judged node, given by its position."""
    torch = needed("torch", "gnn_model")
    found = around(graph, node, model.shape.layers)
    part, place = found.graph, int(found.asked[0])
    whole = prepared(part, model.scales, model.device)
    inputs: list[Tensor] = [*whole.nodes.values(), *whole.edges.values()]
    total = [torch.zeros_like(one) for one in inputs]
    model.network.eval()
    for step in range(steps):
        some = [
            (one * ((step + 0.5) / steps)).requires_grad_() for one in inputs
        ]  # fmt: skip
        at = replace(
            whole,
            nodes=dict(zip(whole.nodes, some[: len(whole.nodes)], strict=True)),
            edges=dict(zip(whole.edges, some[len(whole.nodes) :], strict=True)),
        )
        score = logits_of(model.network, model.shape, at)[place]
        gradients = torch.autograd.grad(score, some, allow_unused=True)
        for sum_, one in zip(total, gradients, strict=True):
            if one is not None:
                sum_ += one
    slope = model.calibration.slope
    moved = [
        (one * sum_).cpu().numpy().astype(np.float64) * slope / steps
        for one, sum_ in zip(inputs, total, strict=True)
    ]
    nodes = dict(zip(whole.nodes, moved[: len(whole.nodes)], strict=True))
    edges = dict(zip(whole.edges, moved[len(whole.nodes) :], strict=True))
    with torch.inference_mode():
        usual = replace(
            whole,
            nodes={label: one * 0 for label, one in whole.nodes.items()},
            edges={key: one * 0 for key, one in whole.edges.items()},
        )
        start = float(logits_of(model.network, model.shape, usual)[place])
    return Explained(
        slope * start + model.calibration.offset,
        _by_feature(model.scales.nodes[part.judged], nodes[part.judged][place]),
        *_by_neighbour(part, place, nodes, edges),
    )


def _by_feature(scale: Scale, moved: Floats) -> dict[str, float]:
    """What each column added; that it is unknown counts as part of it."""
    found = dict(zip(scale.names, moved[: len(scale.names)].tolist(), strict=True))
    for at, value in zip(scale.flagged, moved[len(scale.names) :].tolist(), strict=True):
        found[scale.names[at]] += value
    return found


def _by_neighbour(
    part: Graph, place: int, nodes: Mapping[str, Floats], edges: Mapping[Relation, Floats]
) -> tuple[dict[tuple[str, str], float], dict[Relation, float]]:
    """What each other node added, with its messages; and what each relation's messages did."""
    of_nodes = {label: moved.sum(axis=1) for label, moved in nodes.items()}
    of_nodes[part.judged][place] = 0.0
    messages: dict[Relation, float] = {}
    for key, moved in edges.items():
        one, said = part.edges[key], moved.sum(axis=1)
        np.add.at(of_nodes[key[0]], one.source, said)
        if key[2] == part.judged and (into := one.target == place).any():
            messages[key] = float(said[into].sum())
    found = {
        (label, key): value
        for label, moved in of_nodes.items()
        for key, value in zip(part.nodes[label].keys, moved.tolist(), strict=True)
        if value
    }
    return found, messages
