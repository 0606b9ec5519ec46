"""What a data set is like, and which detectors it therefore excludes, each with its reason.

What data are like hardly tells which detector is best (skew, tails and clusters
predict nothing on the public sets it was tried on), so it never picks one: it
excludes those that cannot be afforded or would be meaningless.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ledgergraph.models.contract import Floats
from ledgergraph.models.detectors import DETECTORS, Detector, Use
from ledgergraph.tables import TEXT, Table

LEAST_ROWS = 30
"""Fewer rows say nothing of what is usual."""
MANY_ROWS = 200_000
"""Above it only what grows with the rows alone is afforded."""
ROWS_A_COLUMN = 5
"""A covariance needs more rows than so many times the columns."""
SECONDS, SECONDS_PER_ROW = 2.0, 1.5e-4
"""What a rank that does not count may take, of one core: the larger of both."""
AFFORDED = frozenset({"hbos.HBOS", "ecod.ECOD", "iforest.IForest"})
"""Detectors that are used whatever the number of rows."""

DETECTOR_CHOICE = Table(
    "detector_choice",
    pa.schema(
        [
            ("detector", TEXT),  # module.class of PyOD
            ("family", TEXT),
            ("use", TEXT),  # score, beside, off
            ("is_used", pa.bool_()),
            ("reason", TEXT),
        ]
    ),
    key=("detector",),
)
"""One row per detector that PyOD offers: whether it is used on this data set, and why."""


@dataclass(frozen=True)
class Characteristics:
    """What a data set is like.

    `constants` counts columns with one value or none; shares are in [0, 1];
    `skew` and `kurtosis` (excess) are medians over the other columns;
    `anomalies` is the share of anomalies that is assumed.
    """

    rows: int
    columns: int
    constants: int
    missing: float
    skew: float
    kurtosis: float
    anomalies: float

    @property
    def varying(self) -> int:
        """The columns that tell rows apart."""
        return self.columns - self.constants


@dataclass(frozen=True)
class Choice:
    """One detector, whether it is used, and why."""

    detector: Detector
    is_used: bool
    reason: str


def measured(matrix: Floats, anomalies: float) -> Characteristics:
    """What a matrix (rows, columns; NaN where unknown) is like."""
    rows, columns = matrix.shape
    known = ~np.isnan(matrix)
    low = np.min(matrix, axis=0, where=known, initial=np.inf)
    high = np.max(matrix, axis=0, where=known, initial=-np.inf)
    varies = high > low
    values = matrix[:, varies]
    with np.errstate(invalid="ignore", over="ignore"):
        centred = values - np.nanmean(values, axis=0) if values.size else values
        second = np.nanmean(centred**2, axis=0) if values.size else np.ones(1)
        third, fourth = (
            np.nanmean(centred**power, axis=0) if values.size else np.zeros(1) for power in (3, 4)
        )
        second = np.maximum(second, np.finfo(np.float64).tiny)
        skew, kurtosis = third / second**1.5, fourth / second**2 - 3.0
    return Characteristics(
        rows,
        columns,
        int(columns - varies.sum()),
        round(float(1.0 - known.mean()), 6) if matrix.size else 0.0,
        round(float(np.median(np.nan_to_num(skew))), 6),
        round(float(np.median(np.nan_to_num(kurtosis))), 6),
        anomalies,
    )


def chosen(data: Characteristics, detectors: Sequence[Detector] = DETECTORS) -> tuple[Choice, ...]:
    """Every detector with whether this data set allows it, and the reason either way."""
    return tuple(_judged(one, data) for one in detectors)


def _judged(detector: Detector, data: Characteristics) -> Choice:
    if detector.use is Use.OFF:
        return Choice(detector, False, f"Off by default: {detector.reason}.")
    if excluded := _excluded(detector, data):
        return Choice(detector, False, excluded)
    if detector.use is Use.SCORE:
        reason = "Counts: forests find what is far from all, neighbours what is far from its like."
        return Choice(detector, True, reason)
    return Choice(detector, True, "Its rank is published beside the score and does not count.")


def _excluded(detector: Detector, data: Characteristics) -> str:
    """Why a data set excludes a detector; empty if it does not."""
    if data.rows < LEAST_ROWS:
        return f"{data.rows} rows: fewer than {LEAST_ROWS} say nothing of what is usual."
    if not data.varying:
        return "No column has two values: all rows are alike."
    if data.rows > MANY_ROWS and detector.path not in AFFORDED:
        return f"{data.rows} rows: above {MANY_ROWS} its cost is not afforded."
    if detector.most_columns is not None and data.varying > detector.most_columns:
        return f"{data.varying} columns: its cost is afforded up to {detector.most_columns}."
    seconds = detector.start + detector.cost * data.rows * data.varying / 1e6
    if detector.use is Use.BESIDE and seconds > afforded(data.rows):
        return (
            f"{data.rows} rows of {data.varying} columns: about {seconds:.1f} s, above the "
            f"{afforded(data.rows):.1f} s for a rank that does not count."
        )
    least = ROWS_A_COLUMN * data.varying
    if detector.needs_square and data.rows <= least:
        return f"{data.rows} rows for {data.varying} columns: a covariance needs more than {least}."
    return ""


def afforded(rows: int) -> float:
    """The seconds of one core that a rank which does not count may take."""
    return max(SECONDS, SECONDS_PER_ROW * rows)


def choice_table(choices: Sequence[Choice]) -> pa.Table:
    """The choices in the schema DETECTOR_CHOICE."""
    return DETECTOR_CHOICE.conform(
        DETECTOR_CHOICE.rows(
            {
                "detector": one.detector.path,
                "family": one.detector.family,
                "use": one.detector.use.value,
                "is_used": one.is_used,
                "reason": one.reason,
            }
            for one in choices
        )
    )
