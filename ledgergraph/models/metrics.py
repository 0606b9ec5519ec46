"""How good a ranking is: average precision, recall at a share, rates at a false positive rate.

Scores are higher for what is likelier; targets are 0 or 1. Equal scores share a
rank. A figure that cannot be computed (no positive row) is NaN.
"""

from collections.abc import Callable

import numpy as np

from ledgergraph.models.contract import Floats

Metric = Callable[[Floats, Floats], float]


def average_precision(score: Floats, target: Floats) -> float:
    """Mean of the precision at each positive row, in [0, 1]; chance gives the prevalence."""
    positives = float(target.sum())
    if not positives:
        return float("nan")
    seen, found = _at_steps(score, target)
    gained = np.diff(found, prepend=0.0)
    return float(np.sum(gained / positives * (found / seen)))


def _at_steps(score: Floats, target: Floats) -> tuple[Floats, Floats]:
    """Rows and positives at or above each distinct score, from the highest on."""
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    return (ends + 1).astype(np.float64), np.cumsum(target[order])[ends]


def recall_at_share(score: Floats, target: Floats, share: float) -> float:
    """Share of the positive rows among the highest-ranked `share` of all rows."""
    positives = float(target.sum())
    if not positives:
        return float("nan")
    taken = int(np.ceil(share * len(score)))
    return float(target[np.argsort(-score, kind="stable")[:taken]].sum() / positives)


def true_positive_rate(score: Floats, target: Floats, false_positive_rate: float) -> float:
    """Share of the positive rows above the score that this share of the negatives exceeds."""
    negatives = np.sort(score[target == 0])[::-1]
    positives = score[target == 1]
    if not len(positives) or not len(negatives):
        return float("nan")
    cut = negatives[min(int(false_positive_rate * len(negatives)), len(negatives) - 1)]
    return float(np.mean(positives > cut))


def best_f1(score: Floats, target: Floats, positives: float | None = None) -> float:
    """The highest harmonic mean of precision and recall over all thresholds.

    `positives` counts those that were never scored too (missed by blocking).
    """
    total = float(target.sum()) if positives is None else positives
    if not total or not len(score):
        return 0.0
    seen, found = _at_steps(score, target)
    return float(np.max(2 * found / (seen + total)))


def recall_at_precision(
    score: Floats, target: Floats, precision: float, positives: float | None = None
) -> float:
    """The highest recall over all thresholds whose precision is at least so high; else 0."""
    total = float(target.sum()) if positives is None else positives
    if not total or not len(score):
        return 0.0
    seen, found = _at_steps(score, target)
    good = found / seen >= precision
    return float(found[good].max(initial=0.0) / total)


def bootstrap_interval(
    metric: Metric, score: Floats, target: Floats, *, seed: int, rounds: int = 200,
    level: float = 0.95,
) -> tuple[float, float]:  # fmt: skip
    """The interval in which a metric falls when rows are drawn again, with replacement."""
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(rounds):
        drawn = rng.integers(0, len(score), len(score))
        values.append(metric(score[drawn], target[drawn]))
    tail = (1.0 - level) / 2.0
    low, high = np.nanquantile(values, [tail, 1.0 - tail])
    return float(low), float(high)
