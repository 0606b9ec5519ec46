"""Several models as one: a logistic curve over their log odds, fitted out of fold.

Each model says of the rows what it said without having learned from them: what it says of rows
that it learned from is too good, and the stack would believe it too much.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ledgergraph.errors import StaleInput
from ledgergraph.models.contract import Floats, Ints

STACK = "stack.json"
NEAREST = 1e-6
"""A probability nearer to 0 or 1 counts as that far from it."""


@dataclass(frozen=True)
class Stack:
    """probability = logistic(offset + sum of weight times log odds), by the names of models."""

    weights: Mapping[str, float]
    offset: float

    def predict(self, probabilities: Mapping[str, Floats]) -> Floats:
        """A probability in [0, 1] of each row from those of the models."""
        total = self.offset + sum(
            weight * _odds(probabilities[name]) for name, weight in self.weights.items()
        )
        said: Floats = 1.0 / (1.0 + np.exp(-np.clip(total, -30.0, 30.0)))
        return said

    def save(self, folder: Path) -> None:
        """Write stack.json into a folder, made if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / STACK).write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


def load(folder: Path) -> Stack:
    """The stack of a folder. Raises StaleInput if there is none."""
    if not (folder / STACK).is_file():
        raise StaleInput(f"{folder.name} holds no {STACK}. Materialize gnn_model again.")
    return Stack(**json.loads((folder / STACK).read_text(encoding="utf-8")))


def fit(probabilities: Mapping[str, Floats], target: Floats) -> Stack:
    """The stack of what models said, out of fold, of rows with an outcome (0 or 1).

    Raises ValueError if all rows have one outcome.
    """
    from sklearn.linear_model import LogisticRegression

    names = list(probabilities)
    odds = np.column_stack([_odds(probabilities[name]) for name in names])
    fitted = LogisticRegression(C=1.0, max_iter=1_000).fit(odds, target)
    weights = dict(zip(names, (float(one) for one in fitted.coef_[0]), strict=True))
    return Stack(weights, float(fitted.intercept_[0]))


def folds_of(groups: int, folds: int) -> Sequence[Ints]:
    """Which groups each fold leaves out: every group once, as many folds as there are groups."""
    count = min(folds, groups)
    return [np.arange(start, groups, count) for start in range(count)]


def _odds(probability: Floats) -> Floats:
    inside = np.clip(probability, NEAREST, 1.0 - NEAREST)
    odds: Floats = np.log(inside / (1.0 - inside))
    return odds
