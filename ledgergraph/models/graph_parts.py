"""Parts of a graph on which a network says the same as on the whole: surroundings and batches.

Belongs here: which nodes and messages reach some judged nodes in so many messages, judged nodes
packed into batches, neighbours drawn by pyg-lib where it is installed. Not here: graphs
themselves (graphs), how a network learns from parts (graph_training).

A hub, such as an entity that every invoice names, tells all of them what it is and hears of none
of them: no message comes from the future, and little came before a hub was first named. So what
reaches a node needs no bound, and what is said on a part is what is said on the whole. If the
rows behind a graph have no days, its hubs hear of all of them, and a part may be the whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np

from ledgergraph.models.contract import Ints
from ledgergraph.models.graphs import Edges, Graph, Nodes, Relation, geometric
from ledgergraph.models.layout_windows import needed

WHOLE = 100_000
"""Judged nodes of a graph up to which it is taken as a whole."""
BATCH = 5_000
"""Judged nodes of a part of a larger one, about."""


@dataclass(frozen=True)
class Part:
    """A part of a graph; `asked` are the positions in it of the judged nodes asked about.

    Of each relation the messages to the nodes asked about come first, then those to what is one
    message away, and so on: `within` counts how many end so far away at most. Empty: not told.
    """

    graph: Graph
    asked: Ints
    within: Mapping[Relation, Sequence[int]]


class Near(Protocol):
    """What gives parts of one graph."""

    def of(self, nodes: Ints, hops: int) -> Part:
        """The part that reaches some judged nodes in so many messages at most."""
        ...


def around(graph: Graph, node: int, hops: int) -> Part:
    """The part of a graph that reaches one judged node in so many messages at most."""
    return Surroundings(graph).of(np.array([node]), hops)


class Surroundings:
    """All that reaches judged nodes of one graph: made once, asked for many parts.

    What a network of as many layers says of the nodes is the same on a part.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.into = {
            key: _into(one.target, len(graph.nodes[key[2]].keys))
            for key, one in graph.edges.items()
        }

    def of(self, nodes: Ints, hops: int) -> Part:
        """The part that reaches some judged nodes in so many messages at most."""
        graph = self.graph
        last: dict[str, Ints] = {graph.judged: np.unique(nodes)}
        nothing = np.empty(0, np.int64)
        reached = {label: last.get(label, nothing) for label in graph.nodes}
        messages: dict[Relation, list[Ints]] = {key: [] for key in graph.edges}
        for _ in range(hops):
            found: dict[str, list[Ints]] = {label: [] for label in graph.nodes}
            for key, into in self.into.items():
                heard = into.to(last.get(key[2], nothing))
                messages[key].append(heard)
                found[key[0]].append(graph.edges[key].source[heard])
            last = {
                label: np.setdiff1d(np.concatenate(some), reached[label])
                for label, some in found.items()
                if some
            }
            reached |= {label: np.union1d(reached[label], new) for label, new in last.items()}
        part = _part(graph, nodes, reached, messages)
        within = {key: np.cumsum([len(one) for one in own]).tolist()
                  for key, own in messages.items()}  # fmt: skip
        return replace(part, within=within)


@dataclass(frozen=True)
class _Into:
    """The messages of a relation by their targets: to node n `order[start[n]:start[n + 1]]`."""

    order: Ints
    start: Ints

    def to(self, nodes: Ints) -> Ints:
        """The positions of all messages to some nodes."""
        count = self.start[nodes + 1] - self.start[nodes]
        before = np.cumsum(count) - count
        place = np.repeat(self.start[nodes] - before, count) + np.arange(count.sum())
        found: Ints = self.order[place]
        return found


def _into(target: Ints, nodes: int) -> _Into:
    count = np.bincount(target, minlength=nodes)
    return _Into(np.argsort(target, kind="stable"), np.concatenate([[0], np.cumsum(count)]))


def _part(
    graph: Graph, asked: Ints, nodes: Mapping[str, Ints],
    messages: Mapping[Relation, Sequence[Ints]],
) -> Part:  # fmt: skip
    """Some nodes of a graph (positions, ascending) and some messages between them."""
    place = {}
    for label, own in nodes.items():
        place[label] = np.empty(len(graph.nodes[label].keys), dtype=np.int64)
        place[label][own] = np.arange(len(own))
    edges: dict[Relation, Edges] = {}
    for key, positions in messages.items():
        if any(len(one) for one in positions):
            held = graph.edges[key].taken(np.concatenate(positions))
            edges[key] = replace(
                held, source=place[key[0]][held.source], target=place[key[2]][held.target]
            )
    judged = nodes[graph.judged]
    some = {
        label: Nodes([one.keys[at] for at in nodes[label].tolist()], one.known[nodes[label]],
                     one.names, one.matrix[nodes[label]])
        for label, one in graph.nodes.items()
    }  # fmt: skip
    part = replace(
        graph, nodes=some, edges=edges,
        outcomes={name: one[judged] for name, one in graph.outcomes.items()},
        splits={name: one[judged] for name, one in graph.splits.items()},
        flags={name: one[judged] for name, one in graph.flags.items()},
    )  # fmt: skip
    return Part(part, place[graph.judged][asked], {})


# Batches


def batches(graph: Graph, nodes: Ints, size: int, seed: int = 0) -> list[Ints]:
    """Judged nodes in batches: of `size` about, always fewer than twice as many.

    What the graph's messages of type `together` come from is not torn apart (of one vendor all
    invoices), unless it has more than `size` nodes; then in the order in which they came. Which
    of them share a batch depends on the seed alone.
    """
    if not len(nodes):
        return []
    group = _groups(graph)[nodes]
    order = np.lexsort((nodes, group))
    nodes, group = nodes[order], group[order]
    is_first = np.concatenate([[True], group[1:] != group[:-1]])
    first = np.flatnonzero(is_first)
    within = np.arange(len(nodes)) - np.repeat(first, np.diff([*first, len(nodes)]))
    piece = np.cumsum(is_first | (within % size == 0)) - 1
    count = np.bincount(piece)
    turn = np.random.default_rng(seed).permutation(len(count))
    start = np.empty(len(count), dtype=np.int64)
    start[turn] = np.cumsum(count[turn]) - count[turn]
    batch = (start // size)[piece]
    order = np.argsort(batch, kind="stable")
    ends = np.flatnonzero(np.diff(batch[order])) + 1
    return [np.sort(one) for one in np.split(nodes[order], ends)]


def _groups(graph: Graph) -> Ints:
    """What each judged node goes together with; what goes with nothing is alone."""
    group = -1 - np.arange(len(graph.keys), dtype=np.int64)
    for (_, type_, target), one in graph.edges.items():
        if type_ == graph.together and target == graph.judged:
            group[one.target] = one.source
    return group


# Neighbours that are drawn


def can_draw() -> bool:
    """Whether pyg-lib is installed, which draws neighbours."""
    return find_spec("pyg_lib") is not None


class Drawn:
    """Of each relation at most so many messages to a node, drawn by PyG's NeighborLoader.

    Draws from torch's own seed. No time is told to the loader: all messages of a graph are of
    the past already. What a network says on such a part is near to what it says on the whole,
    and not the same.
    """

    def __init__(self, graph: Graph, most: int) -> None:
        self.graph, self.most = graph, most
        torch = needed("torch", "gnn_model")
        self.data = geometric("data").HeteroData()
        for label, nodes in graph.nodes.items():
            self.data[label].num_nodes = len(nodes.keys)
        for key, edges in graph.edges.items():
            self.data[key].edge_index = torch.tensor(np.stack([edges.source, edges.target]))
        self.loaders: dict[int, Any] = {}

    def of(self, nodes: Ints, hops: int) -> Part:
        """A part that reaches some judged nodes in so many messages at most."""
        torch = needed("torch", "gnn_model")
        if hops not in self.loaders:
            self.loaders[hops] = geometric("loader").NeighborLoader(
                self.data, num_neighbors=[self.most] * hops, input_nodes=(self.graph.judged, None)
            )
        found = self.loaders[hops](torch.from_numpy(nodes))
        reached = {label: np.sort(found[label].n_id.numpy()) for label in self.graph.nodes}
        messages = {key: [found[key].e_id.numpy()] for key in self.graph.edges}
        return _part(self.graph, nodes, reached, messages)
