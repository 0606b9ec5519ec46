"""What was known before: statistics within groups, in order of arrival, without the row itself.

All arrays are aligned to rows in order of arrival. `group` holds whole numbers,
negative where a row belongs to none: it then gets NaN (counts too). NaN values
are passed over. Nothing here looks ahead, which is what makes features as-of.

With `at`, positions of rows, a statistic is told of these alone, from the rows of their
groups; the others get NaN. Of few rows of many that takes a fraction of the time.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable
from dataclasses import dataclass
from math import fsum
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ledgergraph.graph.frames import Flags, Floats, Ints, floats_of


def _nan_outside(group: Ints, values: Floats) -> Floats:
    return np.where(group < 0, np.nan, values)


def told(group: Ints, at: Ints, alone: Callable[..., float], *values: npt.NDArray[Any]) -> Floats:
    """What `alone` gives for some rows, NaN for the others; see `Statistic`."""
    result = np.full(len(group), np.nan)
    for one in at.tolist():
        if group[one] >= 0:
            earlier = np.flatnonzero(group[:one] == group[one])
            result[one] = alone(*(part for all_ in values for part in (all_[earlier], all_[one])))
    return result


def count_before(group: Ints, where: Flags | None = None, at: Ints | None = None) -> Floats:
    """Earlier rows of the group (of those where a flag holds)."""
    if at is not None:
        return told(group, at, _count_of, np.ones(len(group), bool) if where is None else where)
    flag = np.ones(len(group)) if where is None else where.astype(np.float64)
    order, first, length = _runs(group)
    ranked = flag[order]
    before = np.cumsum(ranked) - ranked
    running = np.empty(len(group))
    running[order] = before - np.repeat(before[first], length)
    return _nan_outside(group, running)


def _runs(group: Ints) -> tuple[Ints, Ints, Ints]:
    """Rows by group, each in their order; where in that each group begins; how many it has."""
    order = np.argsort(group, kind="stable")
    ranked = group[order]
    first = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1])[: len(group)])
    return order, first, np.diff(np.append(first, len(group)))


def sum_before(group: Ints, values: Floats, at: Ints | None = None) -> Floats:
    """Sum of the group's earlier values; 0 where there are none."""
    if at is not None:
        return told(group, at, _sum_of, values)
    filled = np.nan_to_num(values)
    running: Floats = pd.Series(filled).groupby(group).cumsum().to_numpy(dtype=np.float64) - filled
    return _nan_outside(group, running)


def mean_before(group: Ints, values: Floats, at: Ints | None = None) -> Floats:
    """Mean of the group's earlier values; NaN where there are none."""
    if at is not None:
        return told(group, at, _mean_of, values)
    count = count_before(group, ~np.isnan(values))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0, sum_before(group, values) / count, np.nan)


def share_before(
    group: Ints, flag: Flags, prior: float = 0.0, weight: float = 0.0, at: Ints | None = None
) -> Floats:
    """Share of the group's earlier rows where a flag holds, drawn to `prior` by `weight` rows."""
    count = count_before(group, at=at)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (count_before(group, flag, at) + prior * weight) / (count + weight)
    return np.where(count + weight > 0, share, np.nan)


def deviation_before(group: Ints, values: Floats) -> Floats:
    """How many standard deviations a value lies above the mean of the group's earlier ones.

    NaN with fewer than three of them. A floor of .05 under the spread keeps constant
    series from giving infinite values.
    """
    count = count_before(group, ~np.isnan(values))
    # For precision only: a constant series has no spread at all.
    centred = values - first_valid(group, values)
    mean = mean_before(group, centred)
    square = mean_before(group, centred**2)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt(np.maximum(square - mean**2, 0.0))
        score = (centred - mean) / (spread + 0.05)
    return np.where(count >= 3, np.clip(score, -50, 50), np.nan)


def previous(group: Ints, values: Floats, at: Ints | None = None) -> Floats:
    """The value of the group's row just before; NaN for the first."""
    if at is not None:
        return told(group, at, _last_of, values)
    order, first, _ = _runs(group)
    before = np.empty(len(group))
    before[1:] = values[order][:-1]
    before[first] = np.nan
    result = np.empty(len(group))
    result[order] = before
    return _nan_outside(group, result)


def first_of(group: Ints, values: Floats, at: Ints | None = None) -> Floats:
    """The group's first value that is known, from its second row on."""
    return np.where(count_before(group, at=at) > 0, first_valid(group, values, at), np.nan)


def first_valid(group: Ints, values: Floats, at: Ints | None = None) -> Floats:
    """The group's first value that is known, for every row of the group."""
    if at is not None:
        return told(group, at, _first_of_all, values)
    order, first, length = _runs(group)
    if not len(order):
        return np.empty(0)
    ranked = values[order]
    # Where each row's value stands if it is known, else behind all; the least of each group.
    place = np.where(np.isnan(ranked), len(ranked), np.arange(len(ranked)))
    found = np.append(ranked, np.nan)[np.minimum.reduceat(place, first)]
    result = np.empty(len(group))
    result[order] = np.repeat(found, length)
    return _nan_outside(group, result)


def max_before(group: Ints, values: Floats, at: Ints | None = None) -> Floats:
    """The largest of the group's earlier values; NaN where there are none."""
    if at is not None:
        return told(group, at, _largest_of, values)
    running = pd.Series(values).groupby(group).cummax()
    filled = running.groupby(group).ffill()
    return previous(group, floats_of(filled))


def median_before(group: Ints, values: Floats, at: Ints | None = None) -> Floats:
    """Median of the group's earlier values; NaN where there are none."""
    if at is not None:
        return told(group, at, _median_of, values)
    kept: dict[int, list[float]] = {}
    result = np.full(len(group), np.nan)
    for place, (key, value) in enumerate(zip(group.tolist(), values.tolist(), strict=True)):
        if key < 0:
            continue
        earlier = kept.setdefault(key, [])
        if earlier:
            middle = len(earlier) // 2
            odd = len(earlier) % 2
            result[place] = earlier[middle] if odd else (earlier[middle] + earlier[middle - 1]) / 2
        if value == value:
            insort(earlier, value)
    return result


def rank_before(group: Ints, values: Floats) -> Floats:
    """Share of the group's earlier values that are smaller, equal ones counting half."""
    kept: dict[int, list[float]] = {}
    result = np.full(len(group), np.nan)
    for at, (key, value) in enumerate(zip(group.tolist(), values.tolist(), strict=True)):
        if key < 0 or value != value:
            continue
        earlier = kept.setdefault(key, [])
        if earlier:
            below, upto = bisect_left(earlier, value), bisect_right(earlier, value)
            result[at] = (below + upto) / 2 / len(earlier)
        insort(earlier, value)
    return result


def nearest_below(group: Ints, values: Floats, at: Ints | None = None) -> Floats:
    """The largest of the group's earlier values that is smaller than the row's own."""
    if at is not None:
        return told(group, at, _nearest_of, values)
    kept: dict[int, list[float]] = {}
    result = np.full(len(group), np.nan)
    for row, (key, value) in enumerate(zip(group.tolist(), values.tolist(), strict=True)):
        if key < 0 or value != value:
            continue
        earlier = kept.setdefault(key, [])
        place = bisect_left(earlier, value)
        if place:
            result[row] = earlier[place - 1]
        earlier.insert(place, value)
    return result


def distinct_before(group: Ints, member: Ints, at: Ints | None = None) -> Floats:
    """How many different members the group has had, the row's own included."""
    if at is not None:
        return told(group, at, _members_of, member)
    valid = (group >= 0) & (member >= 0)
    first = ~pd.DataFrame({"g": group, "m": member}).duplicated().to_numpy() & valid
    count: Floats = pd.Series(first * 1.0).groupby(group).cumsum().to_numpy(dtype=np.float64)
    return _nan_outside(group, count)


def latest_row(group: Ints, days: Floats, asked: Ints, as_of: Floats) -> Ints:
    """Which row of a table was the group's latest as of a day: its position, or -1.

    Rows without a day were always known. `group` and `days` describe the
    table's rows, `asked` and `as_of` the questions.
    """
    upto = rows_upto(group, days, asked, as_of)
    return (
        np.where(upto.count > 0, upto.order[np.maximum(upto.end - 1, 0)], -1)
        if len(upto.order)
        else np.full(len(asked), -1)
    )


class Upto:
    """For each question the slice `order[start:end]` of a table's rows known by then."""

    def __init__(self, order: Ints, group: Ints, start: Ints, end: Ints) -> None:
        self.order, self.start, self.end = order, start, end
        self._group = group

    @property
    def count(self) -> Ints:
        """How many rows were known."""
        return self.end - self.start

    def total(self, values: Floats) -> Floats:
        """Sum of a column over the known rows; NaN counts as 0."""
        if not len(self.order):
            return np.zeros(len(self.start))
        # Each group by itself: what others sum up to must not show in the last digits.
        running = pd.Series(np.nan_to_num(values)[self.order]).groupby(self._group).cumsum()
        return np.where(self.count > 0, running.to_numpy()[np.maximum(self.end - 1, 0)], 0.0)


def rows_upto(group: Ints, days: Floats, asked: Ints, as_of: Floats) -> Upto:
    """The rows of a table that were known of each asked group as of a day, oldest first."""
    since = np.where(np.isnan(days), -np.inf, days)
    order = np.lexsort((since, group))
    order = order[group[order] >= 0]
    sorted_group, sorted_days = group[order], since[order]
    start = np.searchsorted(sorted_group, asked, side="left")
    stop = np.searchsorted(sorted_group, asked, side="right")
    # Days are ranked, so that group and day make one whole number to search for.
    distinct = np.unique(sorted_days)
    width = len(distinct) + 1
    rows = sorted_group * width + np.searchsorted(distinct, sorted_days, side="left")
    question = asked * width + np.searchsorted(distinct, as_of, side="right") - 1
    end = np.clip(np.searchsorted(rows, question, side="right"), start, stop)
    nothing = asked < 0
    return Upto(order, sorted_group, np.where(nothing, 0, start), np.where(nothing, 0, end))


@dataclass(frozen=True)
class Statistic:
    """A statistic of a group's earlier rows, told for all rows or for a single one.

    `running` takes the groups and the values of all rows. `alone` takes for each of the
    values those of the group's earlier rows, and the row's own; it says the same of one row.
    """

    running: Callable[..., Floats]
    alone: Callable[..., float]


def _count_of(earlier: Flags, own: bool) -> float:
    return float(np.count_nonzero(earlier))


def _sum_of(earlier: Floats, own: float) -> float:
    return fsum(earlier[~np.isnan(earlier)].tolist())


def _last_of(earlier: Floats, own: float) -> float:
    return float(earlier[-1]) if len(earlier) else np.nan


def _first_of_all(earlier: Floats, own: float) -> float:
    known = earlier[~np.isnan(earlier)]
    return float(known[0]) if len(known) else own


def _median_of(earlier: Floats, own: float) -> float:
    known = np.sort(earlier[~np.isnan(earlier)])
    middle = len(known) // 2
    if not len(known):
        return np.nan
    return float(known[middle] if len(known) % 2 else (known[middle] + known[middle - 1]) / 2)


def _nearest_of(earlier: Floats, own: float) -> float:
    below = earlier[earlier < own]
    return float(below.max()) if len(below) else np.nan


def _members_of(earlier: Ints, own: int) -> float:
    return float(len(set(earlier[earlier >= 0].tolist()) | ({int(own)} if own >= 0 else set())))


def _mean_of(earlier: Floats, own: float) -> float:
    known = earlier[~np.isnan(earlier)]
    return float(known.mean()) if len(known) else np.nan


def _deviation_of(earlier: Floats, own: float) -> float:
    known = earlier[~np.isnan(earlier)]
    if len(known) < 3:
        return np.nan
    centred = known - known[0]
    spread = np.sqrt(max(float((centred**2).mean() - centred.mean() ** 2), 0.0))
    return float(np.clip((own - known[0] - centred.mean()) / (spread + 0.05), -50, 50))


def _rank_of(earlier: Floats, own: float) -> float:
    known = earlier[~np.isnan(earlier)]
    if not len(known) or np.isnan(own):
        return np.nan
    below, upto = np.count_nonzero(known < own), np.count_nonzero(known <= own)
    return (below + upto) / 2 / len(known)


def _largest_of(earlier: Floats, own: float) -> float:
    known = earlier[~np.isnan(earlier)]
    return float(known.max()) if len(known) else np.nan


COUNT = Statistic(count_before, _count_of)
"""Earlier rows where a flag holds."""
SUM = Statistic(sum_before, _sum_of)
MEAN = Statistic(mean_before, _mean_of)
DEVIATION = Statistic(deviation_before, _deviation_of)
RANK = Statistic(rank_before, _rank_of)
LARGEST = Statistic(max_before, _largest_of)
EVER = Statistic(
    lambda group, flag: np.maximum.accumulate(flag.astype(np.float64)) if len(flag) else flag,
    lambda earlier, own: float(own or earlier.any()),
)
"""Whether a flag held for any row so far, its own included; of the company alone."""


def share(prior: float = 0.0, weight: float = 0.0) -> Statistic:
    """The share of flags (0, 1, or NaN where nobody can say), as `share_before`."""

    def running(group: Ints, flag: Floats) -> Floats:
        return share_before(np.where(np.isnan(flag), -1, group), flag == 1, prior, weight)

    def alone(earlier: Floats, own: float) -> float:
        known = earlier[~np.isnan(earlier)]
        total = len(known) + weight
        if np.isnan(own) or not total:
            return np.nan
        return float((np.count_nonzero(known == 1) + prior * weight) / total)

    return Statistic(running, alone)
