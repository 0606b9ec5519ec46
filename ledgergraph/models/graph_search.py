"""Which settings a graph network learns best with: a grid, of which hopeless trials end early.

Belongs here: the grid, when a trial is given up, which one wins. Not here: how a trial learns
(graph_training), where trials are noted and kept (assets.graph_learning).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pyarrow as pa

from ledgergraph.models.graph_training import Epoch, Hopeless, Settings
from ledgergraph.tables import TEXT, Table

WIDTHS, RATES = (32, 64, 128), (0.001, 0.005, 0.01)
"""The grid: width of states, rate of learning."""
BEFORE, AT_LEAST = 3, 2
"""No trial is given up before so many epochs, or beside fewer others."""
GNN_TRIALS = Table(
    "gnn_trials",
    pa.schema(
        [("network", TEXT), ("width", pa.int64()), ("rate", pa.float64()), ("epochs", pa.int64()),
         ("average_precision", pa.float64()), ("is_given_up", pa.bool_()),
         ("is_chosen", pa.bool_())]
    ),
    key=("network", "width", "rate"),
)  # fmt: skip
"""One row for each trial: its best epoch's figure on ledgers held out, after so many epochs."""


@dataclass(frozen=True)
class Trial:
    """Settings that were tried: average precision held out after each epoch."""

    width: int
    rate: float
    scores: Sequence[float]
    is_given_up: bool

    @property
    def best(self) -> float:
        """The figure of its best epoch."""
        return max(self.scores)


def settings_of(usual: Settings, width: int, rate: float) -> Settings:
    """Some settings with the width and rate of a trial."""
    return Settings(replace(usual.shape, width=width), replace(usual.training, rate=rate))


Learn = Callable[[int, float, Hopeless], Sequence[Epoch]]
"""Learning with a width, a rate, and what says when to end; gives its epochs."""


def searched(learn: Learn, done: Sequence[Trial] = ()) -> Iterator[Trial]:
    """The trials of the grid, one after the other, from the first that is not done."""
    trials = list(done)
    for width, rate in list(product(WIDTHS, RATES))[len(done) :]:
        trials.append(_tried(learn, width, rate, trials))
        yield trials[-1]


def _tried(learn: Learn, width: int, rate: float, others: Sequence[Trial]) -> Trial:
    is_given_up = False

    def hopeless(own: Sequence[Epoch]) -> bool:
        nonlocal is_given_up
        is_given_up = is_hopeless([one.average_precision for one in own], others)
        return is_given_up

    history = learn(width, rate, hopeless)
    return Trial(width, rate, [one.average_precision for one in history], is_given_up)


def is_hopeless(own: Sequence[float], others: Sequence[Trial]) -> bool:
    """Whether a trial's best is below the median of what others had reached by then.

    The median stopping rule (Golovin and others, Google Vizier, 2017).
    """
    if len(own) < BEFORE:
        return False
    known = [max(one.scores[: len(own)]) for one in others if len(one.scores) >= len(own)]
    return len(known) >= AT_LEAST and max(own) < float(np.median(known))


def chosen(trials: Sequence[Trial]) -> Trial:
    """The best trial; of equal ones the narrowest."""
    return max(trials, key=lambda one: (round(one.best, 4), -one.width))


def trial_rows(network: str, trials: Sequence[Trial]) -> list[dict[str, object]]:
    """Rows of GNN_TRIALS."""
    best = chosen(trials)
    return [
        {"network": network, "width": one.width, "rate": one.rate, "epochs": len(one.scores),
         "average_precision": one.best, "is_given_up": one.is_given_up, "is_chosen": one is best}
        for one in trials
    ]  # fmt: skip
