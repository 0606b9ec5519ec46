"""How a graph network learns: a graph or a batch of one a step, until those held out say stop.

Belongs here: the loop (Adam, binary cross entropy on logits, early stopping on average
precision) and going on after an interruption. Not here: networks (graph_network), how large
graphs are parted (graph_parts), what is learned from (datasets, benchmarks).

The same graphs, settings and seed give the same weights on the same kind of device, also if the
loop was interrupted: each step draws from the seed and its own number. Where pyg-lib is
installed large graphs are learned from through it, which gives other weights.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ledgergraph.errors import BadInput
from ledgergraph.identity import canonical_json, sha256_of
from ledgergraph.models import checkpointing
from ledgergraph.models.calibration import Platt, fit_platt
from ledgergraph.models.contract import Floats, Ints
from ledgergraph.models.graph_layers import logits_of
from ledgergraph.models.graph_network import (
    GraphNetwork,
    Prepared,
    Shape,
    network_of,
    prepared,
    scales_of,
)
from ledgergraph.models.graph_parts import (
    BATCH,
    WHOLE,
    Drawn,
    Near,
    Surroundings,
    batches,
    can_draw,
)
from ledgergraph.models.graphs import Graph, Matrix, fingerprint
from ledgergraph.models.layout_transformer import device_called
from ledgergraph.models.layout_windows import needed
from ledgergraph.models.metrics import average_precision

if TYPE_CHECKING:
    from torch import Tensor

TRAIN, VALIDATION, TEST = range(3)


@dataclass(frozen=True)
class Training:
    """How it learns: `rate` of Adam, at most `epochs`, `patience` epochs without a better score.

    `decay` of weights; gradients are clipped at a norm of `clipping`; a checkpoint every
    `kept_every` epochs and, within an epoch, every `kept_steps` steps. `threads` of the processor
    are used, those that torch takes at 0.

    A graph of at most `whole` judged nodes is one step. A larger one is learned from in batches
    of `batch` of them about, with all that reaches them; where pyg-lib is installed with at most
    `drawn` messages of each relation to a node.
    """

    rate: float = 0.003
    epochs: int = 40
    patience: int = 8
    decay: float = 1e-4
    clipping: float = 2.0
    kept_every: int = 5
    threads: int = 0
    seed: int = 1
    whole: int = WHOLE
    batch: int = BATCH
    drawn: int = 4
    kept_steps: int = 50


@dataclass(frozen=True)
class Settings:
    """What a network is, and how it learns."""

    shape: Shape
    training: Training


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to: the losses, and average precision and accuracy where held out."""

    number: int
    loss: float
    held_out_loss: float
    average_precision: float
    accuracy: float


Told = Callable[[Epoch], None]
Hopeless = Callable[[Sequence[Epoch]], bool]
"""Whether a training is to end, by what its epochs came to."""


def never(_: Sequence[Epoch]) -> bool:
    """No training is hopeless."""
    return False


@dataclass(frozen=True)
class Learned:
    """A fitted network and what each epoch came to."""

    model: GraphNetwork
    history: Sequence[Epoch]

    @property
    def best(self) -> Epoch:
        """The epoch whose weights are used."""
        return max(self.history, key=lambda one: (round(one.average_precision, 4), -one.number))


@dataclass
class _State:
    epoch: int = 0
    step: int = 0
    lost: list[float] = field(default_factory=list)
    waited: int = 0
    history: list[Epoch] = field(default_factory=list)


@dataclass(frozen=True)
class _Lesson:
    """Some judged nodes of a graph: what makes inputs and their rows in them, and outcomes."""

    inputs: "Callable[[], tuple[Prepared, Tensor]]"
    outcome: "Tensor"


def fit(
    graphs: Sequence[Graph], sides: Sequence[Ints], shape: Shape, training: Training,
    outcome: str = "is_issue", kept: Path | None = None, told: Told = lambda _: None,
    device: str | None = None, after: checkpointing.After = lambda _: None,
    is_hopeless: Hopeless = never,
) -> Learned:  # fmt: skip
    """A network that learned from the judged nodes of side 0, and stopped by those of side 1.

    `sides` give each judged node of each graph its side (ledgergraph.models.graphs.SIDES); nodes
    without an outcome teach nothing. With a folder in `kept` it goes on where an earlier call
    with the same graphs and settings was stopped; `after` hears of each checkpoint. It ends as
    soon as `is_hopeless` says so.

    Raises: BadInput if there are no two outcomes to learn from, or none held out; StaleInput if
    `kept` holds the training of something else.
    """
    torch = needed("torch", "gnn_model")
    device = device_called(device)
    truth = _outcomes(graphs, sides, outcome, TRAIN)
    if len(np.unique(truth)) < 2:
        raise BadInput("one_outcome", "All nodes have the same outcome: nothing is to be learned.")
    if not _outcomes(graphs, sides, outcome, VALIDATION).any():
        raise BadInput(
            "nothing_held_out",
            "No node with the outcome is held out: nothing says when to stop. Give more graphs.",
        )
    if training.threads:
        torch.set_num_threads(training.threads)
    scales = scales_of(graphs, sides, shape)
    judged = graphs[0].judged
    torch.manual_seed(training.seed)
    network = network_of(shape, scales).to(device)
    model = GraphNetwork(network, shape, scales, judged, Platt(), device)
    lessons = _Lessons(model, training, outcome)
    for one, own in zip(graphs, sides, strict=True):
        lessons.add(one, own)
    loop = _Loop(model, lessons, training, told)
    if kept is not None:
        mark = mark_of(graphs, sides, shape, training, outcome)
        checkpointing.keep_in(kept, mark, loop, Epoch, device, after)
    loop.run(is_hopeless)
    score, known = loop.held_out()
    calibrated = GraphNetwork(network, shape, scales, judged, fit_platt(score, known), device)
    return Learned(calibrated, loop.state.history)


def mark_of(
    graphs: Sequence[Graph], sides: Sequence[Ints], shape: Shape, training: Training, outcome: str
) -> str:  # fmt: skip
    """What tells a training from another: its graphs, sides, settings."""
    held = [fingerprint(one) for one in graphs]
    parts = [sha256_of(own.tobytes()) for own in sides]
    return sha256_of(canonical_json([held, parts, asdict(shape), asdict(training), outcome]))


def _outcomes(graphs: Sequence[Graph], sides: Sequence[Ints], name: str, side: int) -> Floats:
    """The known outcomes of one side."""
    found = [one.outcomes[name][own == side] for one, own in zip(graphs, sides, strict=True)]
    whole: Floats = np.concatenate(found)
    return whole[~np.isnan(whole)]


class _Lessons:
    """What is learned from and what is held out: graphs as a whole, and parts of large ones."""

    def __init__(self, model: GraphNetwork, training: Training, outcome: str) -> None:
        self.model, self.training, self.outcome = model, training, outcome
        self.learn: list[_Lesson] = []
        self.judge: list[_Lesson] = []

    def add(self, graph: Graph, sides: Ints) -> None:
        """Take up a graph with the sides of its judged nodes."""
        known = ~np.isnan(graph.outcomes[self.outcome])
        learn, judge = (np.flatnonzero(known & (sides == one)) for one in (TRAIN, VALIDATION))
        if len(graph.keys) <= self.training.whole:
            inputs = prepared(graph, self.model.scales, self.model.device)
            self.learn += [self._of_whole(graph, inputs, learn)] if len(learn) else []
            self.judge += [self._of_whole(graph, inputs, judge)] if len(judge) else []
            return
        heard = graph.without(self.model.shape.without)
        near: Near = Surroundings(heard)
        drawn: Near = Drawn(heard, self.training.drawn) if can_draw() else near
        how = self.training.batch, self.training.seed
        self.learn += [self._of_part(graph, drawn, one) for one in batches(graph, learn, *how)]
        self.judge += [self._of_part(graph, near, one) for one in batches(graph, judge, *how)]

    def _of_whole(self, graph: Graph, inputs: Prepared, nodes: Ints) -> _Lesson:
        rows = self._tensor(nodes)
        return _Lesson(lambda: (inputs, rows), self._outcomes(graph, nodes))

    def _of_part(self, graph: Graph, near: Near, nodes: Ints) -> _Lesson:
        """Inputs that are made anew for each step: all of them together would be too many."""
        model = self.model

        def inputs() -> "tuple[Prepared, Tensor]":
            part = near.of(nodes, model.shape.layers)
            made = prepared(part.graph, model.scales, model.device, part.within)
            return made, self._tensor(part.asked)

        return _Lesson(inputs, self._outcomes(graph, nodes))

    def _outcomes(self, graph: Graph, nodes: Ints) -> "Tensor":
        return self._tensor(graph.outcomes[self.outcome][nodes].astype(np.float32))

    def _tensor(self, values: "Ints | Matrix") -> "Tensor":
        made: Tensor = needed("torch", "gnn_model").from_numpy(values).to(self.model.device)
        return made


class _Loop:
    """A training that runs, and can be kept and taken up again."""

    def __init__(
        self, model: GraphNetwork, lessons: _Lessons, training: Training, told: Told
    ) -> None:
        torch = needed("torch", "gnn_model")
        self.model, self.lessons, self.training, self.told = model, lessons, training, told
        self.network = model.network
        self.optimizer = torch.optim.Adam(
            self.network.parameters(), lr=training.rate, weight_decay=training.decay
        )
        self.state = _State()
        self.keep: Callable[[], None] = lambda: None
        self.best: dict[str, Tensor] = {}

    def run(self, is_hopeless: Hopeless) -> None:
        """Learn until nothing gets better or all epochs are over; the best weights stay."""
        while not (self._is_over or is_hopeless(self.state.history)):
            self._epoch()
            if self._is_over or self.state.epoch % self.training.kept_every == 0:
                self.keep()
        if self.best:
            self.network.load_state_dict(self.best)

    @property
    def _is_over(self) -> bool:
        state, training = self.state, self.training
        return state.epoch >= training.epochs or state.waited >= training.patience

    def _epoch(self) -> None:
        torch = needed("torch", "gnn_model")
        state, training = self.state, self.training
        learn = self.lessons.learn
        order = np.random.default_rng([training.seed, state.epoch]).permutation(len(learn))
        self.network.train()
        while state.step < len(order):
            torch.manual_seed(training.seed * 1_000_003 + state.epoch * 1_009 + state.step)
            state.lost.append(self._step(learn[order[state.step]]))
            state.step += 1
            if state.step % training.kept_steps == 0:
                self.keep()
        score, known = self.held_out()
        said = 1.0 / (1.0 + np.exp(-np.clip(score, -30, 30)))
        held = -np.mean(known * np.log(said + 1e-9) + (1 - known) * np.log(1 - said + 1e-9))
        best = max((round(one.average_precision, 4) for one in state.history), default=-1.0)
        epoch = Epoch(
            state.epoch, round(float(np.mean(state.lost)), 6), round(float(held), 6),
            average_precision(score, known), float(np.mean((said > 0.5) == (known > 0))),
        )  # fmt: skip
        state.history.append(epoch)
        if round(epoch.average_precision, 4) > best:
            state.waited = 0
            self.best = checkpointing.plain(self.network.state_dict())
        else:
            state.waited += 1
        state.epoch, state.step, state.lost = state.epoch + 1, 0, []
        self.told(epoch)

    def _step(self, lesson: _Lesson) -> float:
        """One step towards a lesson's outcomes; returns the loss before it."""
        torch = needed("torch", "gnn_model")
        loss: Any = torch.nn.functional.binary_cross_entropy_with_logits(
            self._logits(lesson), lesson.outcome
        )
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.training.clipping)
        self.optimizer.step()
        return float(loss.detach())

    def _logits(self, lesson: _Lesson) -> "Tensor":
        inputs, rows = lesson.inputs()
        return logits_of(self.network, self.model.shape, inputs)[rows]

    def held_out(self) -> tuple[Floats, Floats]:
        """Scores and outcomes of the nodes held out."""
        torch = needed("torch", "gnn_model")
        self.network.eval()
        scores, outcomes = [], []
        with torch.inference_mode():
            for one in self.lessons.judge:
                scores.append(self._logits(one).cpu().numpy())
                outcomes.append(one.outcome.cpu().numpy())
        return np.concatenate(scores).astype(float), np.concatenate(outcomes).astype(float)
