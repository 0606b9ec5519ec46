"""From scores to probabilities: a logistic curve fitted on scores of rows that the model never saw.

Platt's curve and not isotonic steps: steps would give many rows the same
probability, and what ranks must not tie.
"""

from dataclasses import dataclass

import numpy as np

from ledgergraph.models.contract import Floats

LIMIT = 30.0
"""Log odds beyond this are as good as certain."""


@dataclass(frozen=True)
class Platt:
    """probability = 1 / (1 + exp(-(slope * score + offset))), score in log odds."""

    slope: float = 1.0
    offset: float = 0.0

    def probability(self, score: Floats) -> Floats:
        """Probabilities in (0, 1), in the order of the scores."""
        return 1.0 / (1.0 + np.exp(-np.clip(self.slope * score + self.offset, -LIMIT, LIMIT)))


def fit_platt(score: Floats, target: Floats) -> Platt:
    """The curve that fits scores (log odds) to outcomes (0 or 1) best; identity without both.

    Newton's method on the log likelihood with Platt's smoothed targets (Platt 1999).
    """
    positives, negatives = float(target.sum()), float((1 - target).sum())
    if not positives or not negatives:
        return Platt()
    smooth = np.where(target > 0, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    weights = np.array([1.0, 0.0])
    columns = np.vstack([np.clip(score, -LIMIT, LIMIT), np.ones(len(score))])
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-np.clip(weights @ columns, -LIMIT, LIMIT)))
        gradient = columns @ (smooth - p)
        hessian = (columns * (p * (1 - p) + 1e-9)) @ columns.T + 1e-6 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        weights = weights + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-8:
            break
    return Platt(max(float(weights[0]), 1e-3), float(weights[1]))


def expected_calibration_error(probability: Floats, target: Floats, bins: int = 10) -> float:
    """Mean distance of stated and seen frequency over equal bins, by rows; 0 is perfect."""
    place = np.minimum((probability * bins).astype(np.int64), bins - 1)
    error = 0.0
    for one in range(bins):
        inside = place == one
        if inside.any():
            gap = abs(float(probability[inside].mean()) - float(target[inside].mean()))
            error += gap * float(inside.mean())
    return error
