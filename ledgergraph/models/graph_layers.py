"""The layers of graph networks: what happens to the states of nodes, and to messages.

Belongs here: the modules of each kind of network and how they are run. Not here: what networks
are for, how they are scaled, saved and asked (graph_network). torch is imported on first use.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ledgergraph.models.graphs import Relation, geometric
from ledgergraph.models.layout_windows import needed

if TYPE_CHECKING:
    from torch import Tensor, nn

    from ledgergraph.models.graph_network import Prepared, Shape

Sizes = Mapping[str, int]
Said = Mapping[Relation, int]
SLOPE = 0.1
"""Of what is negative in a message."""


def modules_of(shape: "Shape", inputs: Sizes, said: Said) -> "nn.ModuleDict":
    """The modules of a network with random weights (torch's own seed).

    `inputs` are the inputs of each label, `said` those of each relation's messages.
    """
    return (_sage if shape.kind == "sage" else _of_edges)(shape, inputs, said)


def states_of(
    network: Any, shape: "Shape", graph: "Prepared",
    kept: "list[dict[Relation, Tensor]] | None" = None,
) -> "dict[str, Tensor]":  # fmt: skip
    """The states of all nodes by label; `kept` gets the weights of messages, layer by layer."""
    if shape.kind == "sage":
        return _sage_states(network, shape, graph)
    return _edge_states(network, shape, graph, kept)


def logits_of(network: Any, shape: "Shape", graph: "Prepared") -> "Tensor":
    """The log odds of each judged node."""
    found: Tensor = network["head"](states_of(network, shape, graph)[graph.judged]).squeeze(1)
    return found


def _name(key: Relation) -> str:
    return "__".join(key)


def _some(inputs: "Tensor") -> "Tensor":
    """Inputs, or a column of ones for nodes that say nothing of themselves."""
    return inputs if inputs.shape[1] else inputs.new_ones(len(inputs), 1)


# GraphSAGE


def _sage(shape: "Shape", inputs: Sizes, said: Said) -> "nn.ModuleDict":
    """Layers of SAGEConv over relations, and a classifier.

    Relations add nothing where no message comes: whether others have one changes nothing.
    """
    modules = needed("torch", "gnn_model").nn
    conv, width = geometric("nn").SAGEConv, shape.width
    layers = modules.ModuleList()
    for number in range(shape.layers):
        sizes = {label: width if number else max(size, 1) for label, size in inputs.items()}
        own = {label: modules.Linear(size, width) for label, size in sizes.items()}
        heard = {
            _name(key): conv((sizes[key[0]], sizes[key[2]]), width, root_weight=False, bias=False)
            for key in said
        }
        layers.append(
            modules.ModuleDict({"own": modules.ModuleDict(own), "heard": modules.ModuleDict(heard)})
        )
    made: nn.ModuleDict = modules.ModuleDict({"layers": layers, "head": modules.Linear(width, 1)})
    return made


def _sage_states(network: Any, shape: "Shape", graph: "Prepared") -> "dict[str, Tensor]":
    dropout = needed("torch", "gnn_model").nn.functional.dropout
    states = {label: _some(one) for label, one in graph.nodes.items()}
    for number, layer in enumerate(network["layers"]):
        new = {label: layer["own"][label](one) for label, one in states.items()}
        for key, index in graph.reaching(shape.layers - number).index.items():
            ends = (states[key[0]], states[key[2]])
            new[key[2]] = new[key[2]] + layer["heard"][_name(key)](ends, index)
        states = {
            label: dropout(one.relu(), shape.dropout, network.training)
            for label, one in new.items()
        }
    return states


# Messages that hold what a relation says


def _of_edges(shape: "Shape", inputs: Sizes, said: Said) -> "nn.ModuleDict":
    """Messages of source, target, relation and time; all layers are read (jumping knowledge).

    Kind `edges` adds them up through gates, and takes the mean of each relation beside;
    `attention` weighs all that a node hears against one another.
    """
    modules = needed("torch", "gnn_model").nn
    width, parts = shape.width, 2 if shape.kind == "attention" else 3
    layers = modules.ModuleList()
    for _ in range(shape.layers):
        blocks = {
            "source": {_name(key): modules.Linear(width, width, bias=False) for key in said},
            "target": {_name(key): modules.Linear(width, width, bias=False) for key in said},
            "edge": {_name(key): modules.Linear(size, width) for key, size in said.items()},
            "weigh": {_name(key): modules.Linear(width, shape.heads) for key in said},
            "own": {label: modules.Linear(parts * width, width) for label in inputs},
            "norm": {label: modules.LayerNorm(width) for label in inputs},
        }
        layers.append(
            modules.ModuleDict({name: modules.ModuleDict(one) for name, one in blocks.items()})
        )
    start = {label: modules.Linear(max(size, 1), width) for label, size in inputs.items()}
    head = modules.Sequential(
        modules.Linear((shape.layers + 1) * width, width), modules.ReLU(),
        modules.Dropout(shape.dropout), modules.Linear(width, 1),
    )  # fmt: skip
    made: nn.ModuleDict = modules.ModuleDict(
        {"start": modules.ModuleDict(start), "layers": layers, "head": head}
    )
    return made


def _edge_states(
    network: Any, shape: "Shape", graph: "Prepared",
    kept: "list[dict[Relation, Tensor]] | None",
) -> "dict[str, Tensor]":  # fmt: skip
    torch = needed("torch", "gnn_model")
    dropout = torch.nn.functional.dropout
    states = {
        label: network["start"][label](_some(one)).relu() for label, one in graph.nodes.items()
    }
    every = {label: [one] for label, one in states.items()}
    for number, layer in enumerate(network["layers"]):
        telling = graph.reaching(shape.layers - number)
        new: dict[str, Tensor] = {}
        shares: dict[Relation, Tensor] = {}
        for label, one in states.items():
            heard, own = _heard(layer, shape, telling, states, label)
            shares |= own
            change = layer["own"][label](torch.cat([one, *heard], dim=1)).relu()
            changed = one + dropout(change, shape.dropout, network.training)
            new[label] = layer["norm"][label](changed)
            every[label].append(new[label])
        states = new
        if kept is not None:
            kept.append(shares)
    return {label: torch.cat(one, dim=1) for label, one in every.items()}


def _heard(
    layer: Any, shape: "Shape", graph: "Prepared", states: "Mapping[str, Tensor]", label: str
) -> "tuple[list[Tensor], dict[Relation, Tensor]]":
    """What the nodes of a label hear, and the weight of each message by relation."""
    torch = needed("torch", "gnn_model")
    is_attention, own = shape.kind == "attention", states[label]
    into = [key for key in graph.index if key[2] == label]
    nothing = own.new_zeros(len(own), shape.width)
    if not into:
        return [nothing] * (1 if is_attention else 2), {}
    messages = []
    for key in into:
        name, (source, target) = _name(key), graph.index[key]
        told = layer["source"][name](states[key[0]])[source]
        told += layer["edge"][name](graph.edges[key])
        told += layer["target"][name](own)[target]
        messages.append(torch.nn.functional.leaky_relu_(told, SLOPE))
    message = torch.cat(messages)
    at = torch.cat([graph.index[key][1] for key in into])
    score = torch.cat(
        [layer["weigh"][_name(key)](one) for key, one in zip(into, messages, strict=True)]
    )
    if is_attention:
        share = geometric("utils").softmax(score, at, num_nodes=len(own))
    else:
        share = score.sigmoid()
    weighed = message.view(len(at), shape.heads, -1) * share.unsqueeze(2)
    found = [nothing.index_add(0, at, weighed.flatten(1))]
    if not is_attention:
        part = torch.cat([graph.parts[key] for key in into])
        found.append(nothing.index_add(0, at, message * part.unsqueeze(1)))
    lengths = [len(one) for one in messages]
    return found, dict(zip(into, share.detach().split(lengths), strict=True))
