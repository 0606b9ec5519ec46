"""How a layout transformer learns: from lessons to a fitted network, and on after an interruption.

Belongs here: the loop (AdamW, warm-up, accumulation, clipping, mixed precision where the device
has it, early stopping on groups held out) and going on from checkpoints. Not here: how these
are written (checkpointing), the network (layout_network), what lessons are made of (datasets).

The same lessons, settings and seed give the same weights on the same kind of device, also if
the loop was interrupted and goes on from its checkpoint: each step draws from the seed and its
own number, so that no state of a generator has to be kept.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ledgergraph.errors import BadInput
from ledgergraph.identity import canonical_json, sha256_of
from ledgergraph.models import checkpointing
from ledgergraph.models.entity_scores import entity_scores
from ledgergraph.models.layout_network import (
    CHECKPOINT,
    Classes,
    Shape,
    body_of,
    checkpoint_body,
    network_of,
    new_body,
)
from ledgergraph.models.layout_transformer import LayoutTransformer, device_called, tensors
from ledgergraph.models.layout_windows import (
    UNKNOWN,
    LaidOut,
    Lesson,
    Pieces,
    Window,
    batch_of,
    learned_pieces,
    needed,
    targets_of,
    windows_of,
)

if TYPE_CHECKING:
    from torch import Tensor, nn

HEADS = ("all", "tags", "tables", "cells", "type", "subtype")


@dataclass(frozen=True)
class Training:
    """How it learns. A rate of 5e-5 is for checkpoints; from scratch 1e-3 learns in reach.

    `batch` windows at a time, `accumulated` of them in a step; `warm_up` steps of rising rate,
    then it falls to nothing over `epochs`; `patience` epochs without a better score end it;
    `held_out` is the share of groups that it is scored on; a checkpoint every `kept_every`
    steps and after each epoch. `threads` of the processor are used, all of them at 0.
    `precision` is `mixed` (bfloat16 where a GPU has it), `bfloat16` (wherever it is) or `full`.
    """

    rate: float = 5e-5
    warm_up: int = 500
    batch: int = 4
    accumulated: int = 4
    clipping: float = 1.0
    decay: float = 0.01
    epochs: int = 30
    patience: int = 3
    held_out: float = 0.15
    kept_every: int = 200
    threads: int = 0
    seed: int = 0
    precision: str = "mixed"


SCRATCH = 1e-3
"""The rate at which a network from scratch learns."""
PRECISIONS = ("mixed", "bfloat16", "full")


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to: mean losses of the heads, the score on groups held out."""

    number: int
    steps: int
    losses: Mapping[str, float]
    f1: float
    held_out_loss: float

    @property
    def rank(self) -> tuple[float, float]:
        """What a better epoch has more of."""
        return round(self.f1, 4), -self.held_out_loss


Told = Callable[[Epoch], None]


@dataclass
class _State:
    """Where a training stands."""

    step: int = 0
    epoch: int = 0
    sums: dict[str, float] = field(default_factory=lambda: dict.fromkeys(HEADS, 0.0))
    history: list[Epoch] = field(default_factory=list)
    waited: int = 0

    @property
    def best(self) -> tuple[float, float]:
        return max((one.rank for one in self.history), default=(-1.0, -float("inf")))


@dataclass(frozen=True)
class Learned:
    """A fitted transformer, what each epoch came to, and the groups that it was scored on."""

    model: LayoutTransformer
    history: Sequence[Epoch]
    held_out: frozenset[str]


def fit(
    lessons: Sequence[Lesson], classes: Classes, shape: Shape, training: Training,
    kept: Path | None = None, checkpoint: Path | None = None, told: Told = lambda _: None,
    device: str | None = None, most_steps: int | None = None,
    after: checkpointing.After = lambda _: None,
) -> Learned:  # fmt: skip
    """A transformer that learned from lessons; `checkpoint` is a folder to start from.

    With a folder in `kept` it goes on where an earlier call with the same lessons and settings
    stopped; `most_steps` ends it after so many steps in all. `told` hears each epoch, `after`
    of each checkpoint, by the folder that it stands in.

    Raises: BadInput if there is nothing to learn from, or of a checkpoint that cannot be used;
    StaleInput if `kept` holds the training of something else.
    """
    torch = needed("torch", "reader")
    if training.precision not in PRECISIONS:
        raise BadInput(
            "bad_setting",
            f"precision is {training.precision!r}. It must be one of {', '.join(PRECISIONS)}.",
        )
    device = device_called(device)
    learn, judge, held = parted(lessons, training)
    if training.threads:
        torch.set_num_threads(training.threads)
    torch.manual_seed(training.seed)
    if checkpoint is None:
        pieces = learned_pieces((w for one in learn for w in one.laid_out.words), shape.pieces)
        body = body_of(new_body(shape, pieces.size))
    else:
        pieces = Pieces.load(checkpoint, "tokenizer.json")
        body = body_of(checkpoint_body(checkpoint, shape.has_images), checkpoint)
    network = network_of(body, classes, shape)
    model = LayoutTransformer(network, pieces, classes, shape, device)
    loop = _Loop(model, learn, judge, training, told)
    if kept is not None:
        mark = mark_of(lessons, classes, shape, training, checkpoint)
        checkpointing.keep_in(kept, mark, loop, Epoch, device, after)
    loop.run(most_steps)
    return Learned(model, loop.state.history, held)


def parted(
    lessons: Sequence[Lesson], training: Training
) -> tuple[list[Lesson], list[Lesson], frozenset[str]]:
    """Lessons to learn from, those held out, and the groups of these: no group is on both sides."""
    groups = sorted({one.group for one in lessons})
    if len(groups) < 2:
        raise BadInput(
            "too_few_documents",
            f"There are documents of {len(groups)} vendors to learn from. Give those of two at "
            "least: some are held out.",
        )
    order = np.random.default_rng(training.seed).permutation(len(groups))
    count = min(max(1, round(training.held_out * len(groups))), len(groups) - 1)
    held = frozenset(groups[at] for at in order[:count])
    learn = [one for one in lessons if one.group not in held]
    return learn, [one for one in lessons if one.group in held], held


def mark_of(
    lessons: Sequence[Lesson], classes: Classes, shape: Shape, training: Training,
    checkpoint: Path | None = None,
) -> str:  # fmt: skip
    """What tells a training from another: its lessons, its settings, the weights it starts from."""
    facts = [asdict(classes), asdict(shape), asdict(training), list(map(_facts_of, lessons)),
             weights_of(checkpoint) if checkpoint else ""]  # fmt: skip
    return sha256_of(canonical_json(facts))


def _facts_of(lesson: Lesson) -> dict[str, Any]:
    """All that a network learns of a lesson; its pictures by their hash."""
    shown = lesson.laid_out
    pictures = {str(page): sha256_of(one.tobytes()) for page, one in shown.pictures.items()}
    return {
        **{each.name: getattr(lesson, each.name) for each in fields(lesson)},
        "laid_out": [shown.words, shown.pages, shown.boxes, pictures],
        "open": sorted(lesson.open),
    }


def weights_of(checkpoint: Path) -> str:
    """The hash of a checkpoint's weights. Raises as `checkpoint_body`."""
    checkpoint_body(checkpoint)
    with (checkpoint / CHECKPOINT).open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


class _Loop:
    """A training that runs, and can be kept and taken up again."""

    def __init__(
        self, model: LayoutTransformer, learn: Sequence[Lesson], judge: Sequence[Lesson],
        training: Training, told: Told,
    ) -> None:  # fmt: skip
        torch = needed("torch", "reader")
        self.model, self.judge, self.training, self.told = model, judge, training, told
        self.windows = [
            (one, window)
            for one in learn
            for window in windows_of(one.laid_out, model.pieces, model.shape.length,
                                     model.shape.overlap)
        ]  # fmt: skip
        self.network: nn.Module = model.network
        self.parameters = list(self.network.parameters())
        self.optimizer = torch.optim.AdamW(
            self.parameters, lr=training.rate, weight_decay=training.decay
        )
        self.state = _State()
        self.keep: Callable[[], None] = lambda: None
        self.best: dict[str, Tensor] = {}
        each = training.batch * training.accumulated
        self.steps_of_epoch = max(1, -(-len(self.windows) // each))

    def run(self, most_steps: int | None) -> None:
        """Learn until nothing gets better, all epochs are over, or so many steps were made."""
        while self.state.epoch < self.training.epochs and not self._is_over:
            order = self._order(self.state.epoch)
            each = self.training.batch * self.training.accumulated
            done = self.state.step - self.state.epoch * self.steps_of_epoch
            for at in range(done, self.steps_of_epoch):
                if most_steps is not None and self.state.step >= most_steps:
                    self.keep()
                    return
                self._step([self.windows[one] for one in order[at * each : (at + 1) * each]])
                if self.state.step % self.training.kept_every == 0:
                    self.keep()
            self._end_epoch()
            self.keep()
        if self.best:
            self.network.load_state_dict(self.best)

    @property
    def _is_over(self) -> bool:
        return self.state.waited >= self.training.patience

    def _order(self, epoch: int) -> list[int]:
        """Windows of an epoch: those of like length side by side, so that little is filled up."""
        rng = np.random.default_rng([self.training.seed, epoch])
        mixed = rng.permutation(len(self.windows)).tolist()
        each = self.training.batch * self.training.accumulated
        some = [
            sorted(mixed[at : at + each], key=lambda one: len(self.windows[one][1].pieces))
            for at in range(0, len(mixed), each)
        ]
        return [one for part in some for one in part]

    def _step(self, pairs: Sequence[tuple[Lesson, Window]]) -> None:
        torch = needed("torch", "reader")
        self.network.train()
        torch.manual_seed(self.training.seed * 1_000_003 + self.state.step)
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate(self.state.step)
        size = self.training.batch
        parts = [pairs[at : at + size] for at in range(0, len(pairs), size)]
        for part in parts:
            losses = self._losses(part)
            whole: Any = losses["all"] / len(parts)
            whole.backward()
            for name in HEADS:
                self.state.sums[name] += float(losses[name].detach()) / len(parts)
        torch.nn.utils.clip_grad_norm_(self.parameters, self.training.clipping)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.state.step += 1

    def _losses(self, part: Sequence[tuple[Lesson, Window]]) -> "dict[str, Tensor]":
        torch = needed("torch", "reader")
        device = self.model.device
        batch = batch_of([window for _, window in part], self.model.shape.has_images)
        known = targets_of(part, batch.first.shape[1], len(self.model.classes.tags))
        one, wanted = tensors(asdict(batch), device), tensors(asdict(known), device)
        is_mixed = self.training.precision == "mixed" and device == "cuda"
        is_short = self.training.precision == "bfloat16" or (
            is_mixed and torch.cuda.is_bf16_supported()
        )
        with torch.autocast(device, dtype=torch.bfloat16, enabled=is_short):
            seen = self.network(one)
        found: dict[str, Tensor] = self.model.network.loss(seen, one, wanted)
        return found

    def _rate(self, step: int) -> float:
        """Rises over the warm-up, then falls to nothing at the end of all epochs."""
        whole = self.training.epochs * self.steps_of_epoch
        warm = min(self.training.warm_up, max(whole // 2, 1))
        if step < warm:
            return self.training.rate * (step + 1) / warm
        return self.training.rate * max(whole - step, 0) / max(whole - warm, 1)

    def _end_epoch(self) -> None:
        state = self.state
        losses = {name: round(total / self.steps_of_epoch, 5) for name, total in
                  state.sums.items()}  # fmt: skip
        before = state.best
        epoch = Epoch(state.epoch, state.step, losses, *self._score())
        state.history.append(epoch)
        if epoch.rank > before:
            state.waited = 0
            self.best = {name: one.detach().clone() for name, one in
                         self.network.state_dict().items()}  # fmt: skip
        else:
            state.waited += 1
        state.epoch += 1
        state.sums = dict.fromkeys(HEADS, 0.0)
        self.told(epoch)

    def _score(self) -> tuple[float, float]:
        """F1 of the entities of what is held out, and the loss there."""
        torch = needed("torch", "reader")
        self.network.eval()
        pairs = [
            (one, window)
            for one in self.judge
            for window in windows_of(one.laid_out, self.model.pieces, self.model.shape.length,
                                     self.model.shape.overlap)
        ]  # fmt: skip
        size = self.training.batch
        with torch.inference_mode():
            lost = [
                float(self._losses(pairs[at : at + size])["all"])
                for at in range(0, len(pairs), size)
            ]
        said = tagged(self.model, [one.laid_out for one in self.judge])
        names = self.model.classes.tags
        stated, found = [], []
        for lesson, own in zip(self.judge, said, strict=True):
            known = [tag != UNKNOWN for tag in lesson.tags]
            stated.append([names[t] for t, is_known in zip(lesson.tags, known, strict=True)
                           if is_known])  # fmt: skip
            found.append(
                [names[0 if t in lesson.open else t] for t, is_known in
                 zip(own, known, strict=True) if is_known]
            )  # fmt: skip
        score = entity_scores(stated, found)
        return score.all.f1, round(float(np.mean(lost)) if lost else 0.0, 5)


def tagged(model: LayoutTransformer, documents: Sequence[LaidOut]) -> list[list[int]]:
    """The likeliest tag of each word."""
    return [one.tags.argmax(axis=1).tolist() for one in model.predict(documents)]
