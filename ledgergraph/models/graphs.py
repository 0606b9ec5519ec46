"""Typed graphs in time: what graph networks learn from, as arrays and on disk.

Belongs here: nodes and edges of several labels with the day since which each is known, the law
that no message comes from the future, and one form on disk (safetensors and JSON, never
pickle). Knows no invoice. Not here: what nodes and edges are (datasets.graph_dataset), and what
is learned on them (graph_network).

An edge is the way of a message: from its source to its target. It is there only if all that
the source knows was known when the target came, so that what a network says of a node never
changes when later rows are added.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ledgergraph.errors import StaleInput
from ledgergraph.identity import canonical_json, sha256_of
from ledgergraph.models.contract import Floats, Ints
from ledgergraph.models.layout_windows import needed

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

Matrix = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Relation = tuple[str, str, str]
"""Label of the source, type, label of the target."""
SIDES = ("train", "validation", "test")
"""Of a split: what is learned from, what ends the learning, what is judged."""
TENSORS, MEANING = "graph.safetensors", "graph.json"


@dataclass(frozen=True)
class Nodes:
    """The nodes of one label.

    `keys` are their ids, `known` the days since 1970 since which each is known (-inf: always),
    `matrix` has shape (nodes, names), NaN where unknown.
    """

    keys: Sequence[str]
    known: Floats
    names: tuple[str, ...]
    matrix: Matrix


@dataclass(frozen=True)
class Edges:
    """The messages of one relation: positions of sources and targets, shape (edges,).

    `known` is the day since which the relation itself is known; `matrix` (edges, names).
    """

    source: Ints
    target: Ints
    known: Floats
    names: tuple[str, ...]
    matrix: Matrix

    def kept(self, flags: Flags) -> "Edges":
        """The edges for which a flag holds."""
        return self.taken(np.flatnonzero(flags))

    def taken(self, places: Ints) -> "Edges":
        """The edges of some positions, in that order."""
        return replace(
            self, source=self.source[places], target=self.target[places],
            known=self.known[places], matrix=self.matrix[places],
        )  # fmt: skip


@dataclass(frozen=True)
class Graph:
    """Nodes by label, messages by relation, and what is known of the nodes of label `judged`.

    The judged nodes stand in the order in which they came: of two, the earlier never sees the
    later. `outcomes` are 0 or 1 by name, NaN where nobody knows; `splits` by name hold a side
    (position in SIDES) for each judged node; `flags` by name mark judged nodes. Judged nodes to
    which messages of the type `together` come from one node are learned from in one batch.
    """

    name: str
    judged: str
    nodes: Mapping[str, Nodes]
    edges: Mapping[Relation, Edges]
    outcomes: Mapping[str, Floats]
    splits: Mapping[str, Ints]
    flags: Mapping[str, Flags]
    together: str = ""

    @property
    def keys(self) -> Sequence[str]:
        """The ids of the judged nodes."""
        return self.nodes[self.judged].keys

    def without(self, types: Sequence[str]) -> "Graph":
        """The same without relations of some types, in both directions: what each is worth."""
        left_out = {*types, *(f"rev_{one}" for one in types)}
        return replace(
            self, edges={key: one for key, one in self.edges.items() if key[1] not in left_out}
        )


def in_time(
    source: Nodes, target: Nodes, edges: Edges, *, is_judged: tuple[bool, bool]
) -> Flags:  # fmt: skip
    """For each edge whether a message may pass: nothing that it carries is of the future.

    `is_judged` says of source and target whether they are judged nodes. Between two of them
    the order counts, from a judged one to another label the day must be over.
    """
    day = target.known[edges.target]
    passes: Flags = edges.known <= day
    if all(is_judged):
        return passes & (edges.source < edges.target)
    sent = source.known[edges.source]
    return passes & ((sent < day) if is_judged[0] else (sent <= day))


def from_the_future(graph: Graph) -> dict[str, int]:
    """By relation how many messages would come from the future; empty if none does."""
    found = {}
    for (source, type_, target), edges in graph.edges.items():
        judged = (source == graph.judged, target == graph.judged)
        good = in_time(graph.nodes[source], graph.nodes[target], edges, is_judged=judged)
        if not good.all():
            found[f"{source} {type_} {target}"] = int((~good).sum())
    return found


def degrees(graph: Graph) -> Floats:
    """How many messages reach each judged node: a trivial score that no model may owe much to."""
    count = np.zeros(len(graph.keys))
    for (_, _, target), edges in graph.edges.items():
        if target == graph.judged:
            count += np.bincount(edges.target, minlength=len(count))
    return count


def norms(graph: Graph, names: Sequence[str]) -> Floats:
    """How far some values of each judged node lie from the usual ones, together: another one."""
    own = graph.nodes[graph.judged]
    values = own.matrix[:, [own.names.index(name) for name in names]].astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        known = np.isfinite(values)
        count = np.maximum(known.sum(axis=0), 1)
        filled = np.where(known, values, 0.0)
        mean = filled.sum(axis=0) / count
        spread = np.sqrt(np.where(known, (values - mean) ** 2, 0.0).sum(axis=0) / count)
        far = np.where(known, (values - mean) / np.maximum(spread, 1e-9), 0.0)
    total: Floats = np.sqrt((np.clip(far, -8, 8) ** 2).sum(axis=1))
    return total


def hetero_data(graph: Graph) -> "HeteroData":
    """The graph for PyTorch Geometric, with its masks; NaN stays where a value is unknown.

    Raises BadSetting, naming the extra, where PyTorch Geometric is not installed.
    """
    torch = needed("torch", "gnn_dataset")
    data: HeteroData = geometric("data").HeteroData()
    for label, nodes in graph.nodes.items():
        data[label].x = torch.tensor(nodes.matrix)
        data[label].known_from = torch.tensor(nodes.known)
    for key, edges in graph.edges.items():
        data[key].edge_index = torch.tensor(np.stack([edges.source, edges.target]))
        data[key].edge_attr = torch.tensor(edges.matrix)
        data[key].known_from = torch.tensor(edges.known)
    judged = data[graph.judged]
    for name, outcome in graph.outcomes.items():
        judged[name] = torch.tensor(outcome)
    for name, sides in graph.splits.items():
        for number, side in enumerate(SIDES):
            judged[f"{side}_mask_{name}"] = torch.tensor(sides == number)
    for name, flags in graph.flags.items():
        judged[name] = torch.tensor(flags)
    return data


def geometric(module: str) -> Any:
    """A module of PyTorch Geometric; BadSetting says what to install where it is not there."""
    import warnings

    with warnings.catch_warnings():  # it asks torch for what torch no longer recommends
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        return needed(f"torch_geometric.{module}", "gnn_dataset")


# On disk


def stored(graph: Graph) -> dict[str, bytes]:
    """The graph as the files of a folder: its tensors, and what they mean, ids included."""
    needed("safetensors", "gnn_dataset")
    from safetensors.numpy import save

    packed = {name: np.ascontiguousarray(one) for name, one in _tensors(graph).items()}
    return {TENSORS: save(packed), MEANING: _meaning(graph)}


def fingerprint(graph: Graph) -> str:
    """What tells a graph from others, with no copy of the whole."""
    parts = {name: sha256_of(one.tobytes()) for name, one in _tensors(graph).items()}
    return sha256_of(canonical_json([sha256_of(_meaning(graph)), parts]))


def _tensors(graph: Graph) -> dict[str, "np.ndarray"]:
    tensors: dict[str, np.ndarray] = {}
    for label, nodes in graph.nodes.items():
        tensors |= {f"nodes/{label}/known": nodes.known, f"nodes/{label}/matrix": nodes.matrix}
    for key, edges in graph.edges.items():
        start = "edges/" + "/".join(key)
        tensors |= {f"{start}/index": np.stack([edges.source, edges.target]),
                    f"{start}/known": edges.known, f"{start}/matrix": edges.matrix}  # fmt: skip
    tensors |= {f"outcomes/{name}": one for name, one in graph.outcomes.items()}
    tensors |= {f"splits/{name}": one for name, one in graph.splits.items()}
    return tensors | {f"flags/{name}": one for name, one in graph.flags.items()}


def _meaning(graph: Graph) -> bytes:
    meaning = {
        "name": graph.name, "judged": graph.judged, "together": graph.together,
        "nodes": {label: {"names": list(one.names), "keys": list(one.keys)}
                  for label, one in graph.nodes.items()},
        "edges": [{"relation": list(key), "names": list(one.names)}
                  for key, one in graph.edges.items()],
        "outcomes": list(graph.outcomes), "splits": list(graph.splits),
        "flags": list(graph.flags),
    }  # fmt: skip
    return (json.dumps(meaning, ensure_ascii=False) + "\n").encode()


def restored(folder: Path) -> Graph:
    """The graph of a folder. Raises StaleInput if its files do not belong together."""
    needed("safetensors", "gnn_dataset")
    from safetensors.numpy import load

    tensors = load((folder / TENSORS).read_bytes())
    meaning = json.loads((folder / MEANING).read_text(encoding="utf-8"))
    try:
        nodes = {
            label: Nodes(facts["keys"], tensors[f"nodes/{label}/known"], tuple(facts["names"]),
                         tensors[f"nodes/{label}/matrix"])
            for label, facts in meaning["nodes"].items()
        }  # fmt: skip
        edges: dict[Relation, Edges] = {}
        for facts in meaning["edges"]:
            source, type_, target = facts["relation"]
            start = f"edges/{source}/{type_}/{target}"
            index = tensors[f"{start}/index"]
            edges[source, type_, target] = Edges(
                index[0], index[1], tensors[f"{start}/known"], tuple(facts["names"]),
                tensors[f"{start}/matrix"],
            )  # fmt: skip
        return Graph(
            meaning["name"], meaning["judged"], nodes, edges,
            {name: tensors[f"outcomes/{name}"] for name in meaning["outcomes"]},
            {name: tensors[f"splits/{name}"] for name in meaning["splits"]},
            {name: tensors[f"flags/{name}"] for name in meaning["flags"]},
            meaning["together"],
        )  # fmt: skip
    except KeyError as error:
        raise StaleInput(
            f"The graph's files do not belong together: {error} is missing. Materialize "
            "gnn_dataset again."
        ) from error
