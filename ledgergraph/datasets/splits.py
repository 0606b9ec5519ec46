"""What is learned from and what is held out, by the day on which things were known.

A model is judged on later months than it learned from, as it will be used. Not
here: what a row is.
"""

from datetime import date

import numpy as np
import pyarrow as pa

HELD_OUT = 0.3
"""The share of the labels, the latest, that a challenger does not learn from."""
Flags = np.typing.NDArray[np.bool_]


def first_held_out(days: pa.ChunkedArray, share: float = HELD_OUT) -> date | None:
    """The first day that is held out, so that about a share of the rows lies on or after it.

    The first of a month if one leaves between half and one and a half times the
    share; else the day itself. None if no row has a day.
    """
    known: list[date] = sorted(day for day in days.to_pylist() if day is not None)
    if not known:
        return None
    months = sorted({day.replace(day=1) for day in known})
    left = {month: sum(day >= month for day in known) / len(known) for month in months}
    fitting = [month for month in months if 0.5 * share <= left[month] <= 1.5 * share]
    if fitting:
        return min(fitting, key=lambda month: (abs(left[month] - share), month))
    return known[min(int(len(known) * (1.0 - share)), len(known) - 1)]


def is_held_out(days: pa.ChunkedArray, first: date | None) -> Flags:
    """For each row whether it lies on the first day that is held out, or later.

    A row without a day is learned from: nobody can say that it is late.
    """
    return np.array(
        [first is not None and day is not None and day >= first for day in days.to_pylist()],
        dtype=bool,
    )
