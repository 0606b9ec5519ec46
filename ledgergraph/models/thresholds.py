"""Ranks among rows that were seen, and the threshold that lets a set share of usual rows through.

The threshold is split-conformal: of m usual rows it lies at the one that a share of
(m + 1) leaves above, so that the next usual row exceeds it with at most that
probability. How far the true rate may lie from it, m decides: 400 rows give about
two points either way at 4 %, 100 rows four.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ledgergraph.models.contract import Floats

LEVEL = 0.95
"""Of the intervals."""


@dataclass(frozen=True)
class Ranks:
    """Sorted values, and where others stand among them.

    Beyond the largest the share above falls with e for each `spread`: what is further
    out still ranks higher.
    """

    values: Floats
    spread: float

    @staticmethod
    def of(values: Floats, spread: float | None = None) -> "Ranks":
        """The ranks among some values; by default their standard deviation is the spread."""
        found = spread if spread is not None else float(np.std(values)) if len(values) else 0.0
        return Ranks(np.sort(values), found if found > 0 else 1.0)

    @cached_property
    def steps(self) -> tuple[Floats, Floats]:
        """The distinct values, and the surprise of each: -log((rows at or above + 1) / (rows + 1)).

        That is the p-value of split-conformal prediction.
        """
        distinct, first = np.unique(self.values, return_index=True)
        count = len(self.values)
        return distinct, -np.log((count - first + 1.0) / (count + 1.0))

    def surprise(self, values: Floats) -> Floats:
        """-log of the share of values that is at least so large, linear between them; from 0 on.

        No values to compare with give 0.
        """
        distinct, surprise = self.steps
        if not len(distinct):
            return np.zeros(len(values))
        beyond = np.maximum(values - distinct[-1], 0.0) / self.spread
        return np.asarray(np.interp(values, distinct, surprise) + beyond, dtype=np.float64)

    def value_at(self, surprise: float) -> float:
        """The value of a surprise: the inverse; the smallest one for a surprise of 0."""
        distinct, known = self.steps
        if not len(distinct):
            return surprise
        beyond = max(surprise - float(known[-1]), 0.0) * self.spread
        return float(np.interp(surprise, known, distinct)) + beyond


@dataclass(frozen=True)
class Threshold:
    """Where unusual begins, in surprise, and on what that rests.

    `low` and `high` are the surprises between which the threshold lies in 19 of 20
    samples of as many such rows, `rate_low` and `rate_high` the shares of further such
    rows that may truly lie above it. `is_reviewed`: these rows are reviewed ones in order,
    and that share is the false positive rate; else they are all, issues among them, and
    nothing is said of those in order.
    """

    normals: Ranks
    false_positive_rate: float
    value: float
    low: float
    high: float
    rate_low: float
    rate_high: float
    rows: int
    is_reviewed: bool

    def usual_share(self, surprise: Floats) -> Floats:
        """The share of normal rows that is at least so surprising, in (0, 1]."""
        return np.exp(-np.minimum(self.normals.surprise(surprise), 700.0))

    def score(self, surprise: Floats) -> Floats:
        """A score in (0, 1), one half where the usual share is the false positive rate."""
        rate = self.false_positive_rate
        return rate / (rate + self.usual_share(surprise))


def threshold_of(surprise: Floats, false_positive_rate: float, *, is_reviewed: bool) -> Threshold:
    """The threshold that lets `false_positive_rate` (in (0, 1)) of normal rows through.

    `surprise` is that of normal rows. Without a row nothing is known: the interval is
    everything.
    """
    from scipy.stats import beta, binom

    ranks, count = Ranks.of(surprise, spread=1.0), len(surprise)
    if not count:
        return Threshold(ranks, false_positive_rate, 0.0, 0.0, 0.0, 0.0, 1.0, 0, is_reviewed)
    value = ranks.value_at(-np.log(false_positive_rate))
    place = min(int(np.ceil((count + 1) * (1.0 - false_positive_rate))), count)
    tail = (1.0 - LEVEL) / 2.0
    first, last = binom.ppf([tail, 1.0 - tail], count, 1.0 - false_positive_rate)
    low, high = (float(ranks.values[int(np.clip(at, 1, count)) - 1]) for at in (first, last + 1))
    rates = beta.ppf([tail, 1.0 - tail], count + 1 - place, place)
    return Threshold(
        ranks,
        false_positive_rate,
        value,
        min(low, value),
        max(high, value),
        float(rates[0]),
        float(rates[1]),
        count,
        is_reviewed,
    )
