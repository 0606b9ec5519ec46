"""The gate: whether a challenger takes the place of the champion, by a test on the same items.

Belongs here: the paired bootstrap and the decision with its reason. Pure. Not here:
which items are judged (protocols), and what happens to models (the assets).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ledgergraph.evidence import Decision
from ledgergraph.models.contract import Floats
from ledgergraph.models.metrics import Metric, average_precision

PROMOTE, KEEP = "promote", "keep"


@dataclass(frozen=True)
class Paired:
    """What two models say of the same items; shape (items,) each, `target` 0 or 1."""

    target: Floats
    champion: Floats
    challenger: Floats


@dataclass(frozen=True)
class Gate:
    """How strict the gate is.

    `level` is that of the two-sided interval of the difference. A protected slice
    is worse if the whole interval lies below zero, or the difference itself below
    minus `slice_loss`. Below `positives` positive items nothing can be told.
    """

    level: float = 0.95
    slice_loss: float = 0.02
    positives: int = 15
    rounds: int = 1000


@dataclass(frozen=True)
class Difference:
    """A metric of both, challenger minus champion, and the interval of that."""

    champion: float
    challenger: float
    low: float
    high: float

    @property
    def value(self) -> float:
        """Above zero where the challenger is better."""
        return self.challenger - self.champion


def decide(
    deciding: Paired,
    protected: Mapping[str, Paired],
    *,
    seed: int,
    gate: Gate | None = None,
    metric: Metric = average_precision,
) -> Decision:
    """Whether the challenger is promoted: better on the items that decide, worse on no slice.

    The reason names the figures; `numbers` holds champion, challenger, low and
    high of the deciding items and of each slice (`slice/…`).
    """
    rule = gate or Gate()
    found = int(deciding.target.sum())
    if found < rule.positives:
        return Decision(
            KEEP,
            False,
            f"{found} of {len(deciding.target)} items that decide are positive, and "
            f"{rule.positives} are needed to tell two models apart.",
            {"positives": found},
        )
    difference = compared(deciding, metric, seed=seed, rounds=rule.rounds, level=rule.level)
    numbers = _numbers("", difference)
    worse = []
    for name, items in sorted(protected.items()):
        if not items.target.any() or (metric is average_precision and items.target.all()):
            continue
        of_slice = compared(items, metric, seed=seed, rounds=rule.rounds, level=rule.level)
        numbers |= _numbers(f"{name}/", of_slice)
        if of_slice.high < 0 or of_slice.value < -rule.slice_loss:
            worse.append(f"{name} ({of_slice.value:+.3f})")
    said = (
        f"{difference.challenger:.3f} against {difference.champion:.3f}, a difference of "
        f"{difference.value:+.3f} [{difference.low:+.3f}, {difference.high:+.3f}] "
        f"on {len(deciding.target):,} items"
    )
    if worse:
        return Decision(KEEP, False, f"Worse on {', '.join(worse)}; {said}.", numbers)
    if difference.low > 0:
        return Decision(PROMOTE, True, f"Better: {said}.", numbers)
    return Decision(KEEP, False, f"Not shown to be better: {said}.", numbers)


def compared(items: Paired, metric: Metric, *, seed: int, rounds: int, level: float) -> Difference:
    """A metric of both models, with the interval of the difference from a paired bootstrap.

    Items are drawn again with replacement, the same for both (Efron & Tibshirani
    1993, chapter 16); draws without a positive item tell nothing and are left out.
    """
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(rounds):
        drawn = rng.integers(0, len(items.target), len(items.target))
        target = items.target[drawn]
        if target.any():
            values.append(
                metric(items.challenger[drawn], target) - metric(items.champion[drawn], target)
            )
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(values, [tail, 1.0 - tail]) if values else (np.nan, np.nan)
    return Difference(
        metric(items.champion, items.target),
        metric(items.challenger, items.target),
        float(low),
        float(high),
    )


def _numbers(prefix: str, difference: Difference) -> dict[str, float]:
    return {
        f"{prefix}champion": round(difference.champion, 6),
        f"{prefix}challenger": round(difference.challenger, 6),
        f"{prefix}low": round(difference.low, 6),
        f"{prefix}high": round(difference.high, 6),
    }
