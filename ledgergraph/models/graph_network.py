"""Networks on typed graphs: a probability for each judged node, its embedding, what it attends to.

Belongs here: three networks, how numbers are scaled for them, and one form on disk (safetensors
and JSON, never pickle). `sage` is GraphSAGE over relations as it stands in the literature: it
sees which nodes are beside one another. In `edges` every message holds what the relation itself
says and how long ago its source became known; it is the one to use. `attention` weighs the same
messages against one another. Not here: how they learn (graph_training), their layers
(graph_layers), what a graph is made of (datasets).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ledgergraph.errors import BadSetting, StaleInput
from ledgergraph.models.calibration import Platt
from ledgergraph.models.contract import Floats, Ints
from ledgergraph.models.graph_layers import logits_of, modules_of, states_of
from ledgergraph.models.graph_parts import BATCH, WHOLE, Surroundings, batches
from ledgergraph.models.graphs import Edges, Graph, Matrix, Relation
from ledgergraph.models.layout_transformer import device_called
from ledgergraph.models.layout_windows import needed

if TYPE_CHECKING:
    from torch import Tensor, nn

ALGORITHM = "graph network"
WEIGHTS, SHAPE = "network.safetensors", "network.json"
KINDS = ("sage", "edges", "attention")
NEARNESS = (3.0, 14.0, 60.0, 240.0)
"""Days over which a message of the past fades: four clocks."""
ALWAYS = 4.0
"""What stands for the logarithm of the days since something that was always known."""
MOST = 8.0
"""Scaled numbers are not let further from the usual."""


@dataclass(frozen=True)
class Shape:
    """Of a network: `kind` is one of KINDS, `columns` what it reads of the judged nodes.

    `width` of its states, `layers` of messages, `heads` of attention, share of `dropout`;
    `without` are types of relations that it does not hear.
    """

    kind: str = "edges"
    columns: tuple[str, ...] = ()
    width: int = 64
    layers: int = 2
    heads: int = 4
    dropout: float = 0.2
    without: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadSetting("kind", f"is {self.kind!r}. It must be one of {', '.join(KINDS)}.")
        if self.width % self.heads:
            raise BadSetting("width", f"of {self.width} cannot be shared by {self.heads} heads.")


@dataclass(frozen=True)
class Scale:
    """How columns become inputs: middle and spread of each, and which of them may be unknown."""

    names: tuple[str, ...]
    middle: Sequence[float]
    spread: Sequence[float]
    flagged: Sequence[int]

    @property
    def width(self) -> int:
        """Inputs that the columns make: each of them, and one for each that may be unknown."""
        return len(self.names) + len(self.flagged)

    def apply(self, names: Sequence[str], matrix: Matrix) -> Matrix:
        """Inputs of some rows, shape (rows, width); a column that is not there is unknown."""
        place = {name: at for at, name in enumerate(names)}
        found = np.full((len(matrix), len(self.names)), np.nan, dtype=np.float64)
        for at, name in enumerate(self.names):
            if name in place:
                found[:, at] = matrix[:, place[name]]
        with np.errstate(invalid="ignore"):
            far = np.arcsinh((found - np.array(self.middle)) / np.array(self.spread))
        unknown = ~np.isfinite(found)
        values = np.where(unknown, 0.0, np.clip(far, -MOST, MOST))
        flags = unknown[:, list(self.flagged)].astype(np.float64)
        inputs: Matrix = np.concatenate([values, flags], axis=1).astype(np.float32)
        return inputs


def scale_of(names: Sequence[str], matrix: Matrix) -> Scale:
    """The scale of some rows: median, and the span of the middle eight tenths as a deviation."""
    if not len(matrix):
        return Scale(tuple(names), [0.0] * len(names), [1.0] * len(names), list(range(len(names))))
    found = [_spread(matrix[:, at]) for at in range(len(names))]  # one at a time: few copies
    flagged = [at for at, (_, _, is_known) in enumerate(found) if not is_known]
    return Scale(tuple(names), [one[0] for one in found], [one[1] for one in found], flagged)


def _spread(column: Matrix) -> tuple[float, float, bool]:
    """Middle and spread of a column, and whether all of it is known."""
    known = np.isfinite(column)
    values = column[known].astype(np.float64) if known.any() else np.zeros(1)
    low, middle, high = np.quantile(values, [0.1, 0.5, 0.9])
    spreads = [(high - low) / 2.563, values.std(), 1.0]
    return float(middle), float(next(one for one in spreads if one > 1e-6)), bool(known.all())


@dataclass(frozen=True)
class Scales:
    """The scales of all labels and relations that a network reads."""

    nodes: Mapping[str, Scale]
    edges: Mapping[Relation, Scale]


def scales_of(graphs: Sequence[Graph], sides: Sequence[Ints], shape: Shape) -> Scales:
    """Scales from what is learned from alone (side 0): other rows and graphs change nothing.

    Nodes that are not judged, and messages to them, count as far as they were known when the
    last judged node that is learned from came.
    """
    taught = [
        (one, own, _last_day(one, own))
        for one, own in zip(graphs, sides, strict=True)
        if (own == 0).any()
    ]
    labels = list(dict.fromkeys(label for one, _, _ in taught for label in one.nodes))
    relations = list(dict.fromkeys(key for one, _, _ in taught for key in one.edges))
    left_out = {*shape.without, *(f"rev_{one}" for one in shape.without)}
    nodes, edges = {}, {}
    for label in labels:
        parts: list[Matrix] = []
        names: tuple[str, ...] = ()
        for graph, own, day in taught:
            if (rows := graph.nodes.get(label)) is None:
                continue
            is_judged = label == graph.judged
            names = shape.columns if is_judged and shape.columns else rows.names
            at = [rows.names.index(name) for name in names]
            keep = own == 0 if is_judged else rows.known <= day
            parts.append(rows.matrix[keep][:, at])
        nodes[label] = scale_of(names, np.concatenate(parts))
    for key in relations:
        if key[1] in left_out:
            continue
        chunks = [
            held.kept(own[held.target] == 0 if key[2] == graph.judged else held.known <= day)
            for graph, own, day in taught
            if (held := graph.edges.get(key)) is not None
        ]
        edges[key] = scale_of(chunks[0].names, np.concatenate([one.matrix for one in chunks]))
    return Scales(nodes, edges)


def _last_day(graph: Graph, sides: Ints) -> float:
    days = graph.nodes[graph.judged].known[sides == 0]
    days = days[np.isfinite(days)]
    return float(days.max()) if len(days) else -np.inf


def _clocks(graph: Graph, key: Relation, edges: Edges) -> Matrix:
    """How long before its target the source of each message became known, on several clocks."""
    source, _, target = key
    with np.errstate(invalid="ignore"):
        passed = graph.nodes[target].known[edges.target] - graph.nodes[source].known[edges.source]
    always = ~np.isfinite(passed)
    passed = np.maximum(np.where(always, 0.0, passed), 0.0)
    long = np.where(always, ALWAYS, np.log10(1.0 + passed)) / ALWAYS
    fading = [np.where(always, 0.0, np.exp(-passed / days)) for days in NEARNESS]
    return np.column_stack([long, *fading]).astype(np.float32)


@dataclass(frozen=True)
class Prepared:
    """A graph as tensors: inputs by label, positions and inputs of messages by relation.

    `parts` are what each message is of the mean of those of its relation to its target. Of a
    graph that is a part `within` counts its messages as Part does.
    """

    judged: str
    nodes: "Mapping[str, Tensor]"
    index: "Mapping[Relation, Tensor]"
    edges: "Mapping[Relation, Tensor]"
    parts: "Mapping[Relation, Tensor]"
    within: Mapping[Relation, Sequence[int]]

    def reaching(self, hops: int) -> "Prepared":
        """It with the messages alone that reach the nodes asked about in so many at most."""
        if not self.within:
            return self
        last = {key: self.within[key][hops - 1] for key in self.index}
        return replace(
            self,
            index={key: self.index[key][:, :count] for key, count in last.items() if count},
            edges={key: self.edges[key][:count] for key, count in last.items() if count},
            parts={key: self.parts[key][:count] for key, count in last.items() if count},
        )


def prepared(
    graph: Graph,
    scales: Scales,
    device: str,
    within: Mapping[Relation, Sequence[int]] | None = None,
) -> Prepared:
    """A graph as a network reads it; relations and labels that it does not know are left out.

    Of a part (Part) with the counts of its messages `within` so many hops.
    """
    torch = needed("torch", "gnn_model")
    nodes = {
        label: torch.from_numpy(scale.apply(held.names, held.matrix)).to(device)
        for label, scale in scales.nodes.items()
        if (held := graph.nodes.get(label)) is not None
    }
    index, edges, parts = {}, {}, {}
    for key, scale in scales.edges.items():
        one = graph.edges.get(key)
        if one is None or not len(one.source):
            continue
        said = np.concatenate([scale.apply(one.names, one.matrix), _clocks(graph, key, one)], 1)
        index[key] = torch.tensor(np.stack([one.source, one.target])).to(device)
        edges[key] = torch.from_numpy(said).to(device)
        count = np.bincount(one.target)[one.target].astype(np.float32)
        parts[key] = torch.from_numpy(1.0 / count).to(device)
    return Prepared(graph.judged, nodes, index, edges, parts, within or {})


def network_of(shape: Shape, scales: Scales) -> "nn.ModuleDict":
    """A network with random weights (torch's own seed) for graphs of these scales."""
    inputs = {label: scale.width for label, scale in scales.nodes.items()}
    said = {key: scale.width + 1 + len(NEARNESS) for key, scale in scales.edges.items()}
    return modules_of(shape, inputs, said)


class GraphNetwork:
    """A fitted network; see `ledgergraph.models.contract.GraphModel`."""

    def __init__(
        self, network: "nn.ModuleDict", shape: Shape, scales: Scales, judged: str,
        calibration: Platt, device: str,
    ) -> None:  # fmt: skip
        self.network, self.shape, self.scales = network.to(device), shape, scales
        self.judged, self.calibration, self.device = judged, calibration, device

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of judged nodes that it reads, in its own order."""
        return self.scales.nodes[self.judged].names

    def score(self, graph: Graph, whole: int = WHOLE, batch: int = BATCH) -> Floats:
        """The raw score of each judged node, in log odds before calibration.

        A graph of more than `whole` judged nodes is scored in batches of `batch` of them about,
        each with all that reaches it, so the scores are the same.
        """
        if len(graph.keys) <= whole:
            return self._said(prepared(graph, self.scales, self.device))
        near = Surroundings(graph.without(self.shape.without))
        score = np.empty(len(graph.keys))
        for nodes in batches(graph, np.arange(len(score)), batch):
            part = near.of(nodes, self.shape.layers)
            inputs = prepared(part.graph, self.scales, self.device, part.within)
            score[nodes] = self._said(inputs)[part.asked]
        return score

    def _said(self, inputs: Prepared) -> Floats:
        torch = needed("torch", "gnn_model")
        self.network.eval()
        with torch.inference_mode():
            found = logits_of(self.network, self.shape, inputs)
        return np.asarray(found.cpu().numpy(), dtype=np.float64)

    def predict(self, graph: Graph) -> Floats:
        """A probability in [0, 1] for each judged node."""
        return self.calibration.probability(self.score(graph))

    def embeddings(self, graph: Graph) -> dict[str, Matrix]:
        """The states of all nodes by label, shape (nodes, width of all layers read)."""
        torch = needed("torch", "gnn_model")
        self.network.eval()
        with torch.inference_mode():
            found = states_of(self.network, self.shape, prepared(graph, self.scales, self.device))
        return {label: one.cpu().numpy() for label, one in found.items()}

    def attention(self, graph: Graph) -> list[dict[Relation, Matrix]]:
        """By layer and relation how much of its attention each message's target gives to it.

        Shares in [0, 1], shape (messages, heads); all messages to one node sum to 1 for each
        head. Raises BadSetting if the network does not weigh its messages.
        """
        if self.shape.kind != "attention":
            raise BadSetting("kind", f"is {self.shape.kind!r}: only attention weighs messages.")
        torch = needed("torch", "gnn_model")
        self.network.eval()
        weights: list[dict[Relation, Tensor]] = []
        with torch.inference_mode():
            inputs = prepared(graph, self.scales, self.device)
            states_of(self.network, self.shape, inputs, weights)
        return [{key: one.cpu().numpy() for key, one in layer.items()} for layer in weights]

    def save(self, folder: Path) -> None:
        """Write network.safetensors and network.json into a folder, made if need be."""
        from safetensors.torch import save_file

        folder.mkdir(parents=True, exist_ok=True)
        weights = {name: one.detach().cpu().contiguous()
                   for name, one in self.network.state_dict().items()}  # fmt: skip
        save_file(weights, folder / WEIGHTS)
        facts = {
            "shape": asdict(self.shape), "judged": self.judged,
            "calibration": asdict(self.calibration),
            "nodes": {label: asdict(one) for label, one in self.scales.nodes.items()},
            "edges": [{"relation": list(key), **asdict(one)}
                      for key, one in self.scales.edges.items()],
        }  # fmt: skip
        (folder / SHAPE).write_text(json.dumps(facts) + "\n", encoding="utf-8")


def load(folder: Path, device: str | None = None) -> GraphNetwork:
    """The network of a folder. Raises StaleInput if a file of it is missing."""
    needed("torch", "gnn_model")
    from safetensors.torch import load_file

    for name in (WEIGHTS, SHAPE):
        if not (folder / name).is_file():
            raise StaleInput(f"{folder.name} holds no {name}. Materialize gnn_model again.")
    facts = json.loads((folder / SHAPE).read_text(encoding="utf-8"))
    nodes = {label: _scale(one) for label, one in facts["nodes"].items()}
    edges: dict[Relation, Scale] = {}
    for one in facts["edges"]:
        source, type_, target = one.pop("relation")
        edges[source, type_, target] = _scale(one)
    own = facts["shape"]
    shape = Shape(**{**own, "columns": tuple(own["columns"]), "without": tuple(own["without"])})
    scales = Scales(nodes, edges)
    network = network_of(shape, scales)
    network.load_state_dict(load_file(folder / WEIGHTS))
    return GraphNetwork(network, shape, scales, facts["judged"], Platt(**facts["calibration"]),
                        device_called(device))  # fmt: skip


def _scale(facts: Mapping[str, Any]) -> Scale:
    return Scale(tuple(facts["names"]), facts["middle"], facts["spread"], facts["flagged"])
