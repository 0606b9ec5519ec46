"""What is unusual among rows of numbers, without labels: detectors, combined by rank, calibrated.

Columns are scaled robustly, each detector's score becomes its rank among the rows that
were learned from, and a row is as unusual as the detector says that finds it most so
(one finds what is far from all, the other what is far from its like). The same rows,
whatever their order, and the same seed give the same scores. A folder holds settings and
the rows to learn from again, never a pickled detector. Which detectors a data set
allows: `detector_choice`. Not here: what the columns mean.
"""

import hashlib
import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from threadpoolctl import ThreadpoolController, threadpool_limits

from ledgergraph.errors import StaleInput
from ledgergraph.models.contract import Floats, matrix_of
from ledgergraph.models.detector_choice import Characteristics, Choice, chosen, measured
from ledgergraph.models.detectors import BY_PATH, DETECTORS, Detector, Fitted, Use, made
from ledgergraph.models.forests import FEW, Forest
from ledgergraph.models.thresholds import Ranks, Threshold, threshold_of

ALGORITHM = "pyod"
FACTS, REFERENCE, RANKS = "outliers.json", "reference.parquet", "ranks.parquet"
LIMIT = 8.0
"""Scaled values beyond it are cut: one wild column must not outvote all others."""
SIGMAS = 1.349
"""The distance between the quartiles of a normal distribution, in standard deviations."""
DIGITS = 6
"""Scores are rounded: sums in another order differ in their last bits, and ranks must not."""
NEIGHBOURS, FOREST = "knn.KNN", "iforest.IForest"
NORMALS = "normals"
AT_ONCE = 32
"""Rows that are explained at once."""


@dataclass(frozen=True)
class OutlierSettings:
    """How outliers are found.

    `most_reference` rows at most are learned from, drawn by their content; `low_side`
    is what a scaled value below the median weighs, 1 for as much as one above;
    `is_turned`: the forest cuts along directions drawn at random instead of columns
    (an extended isolation forest), which suits many columns of flags and counts;
    `false_positive_rate` is the share of usual rows that the threshold lets through;
    `least_normals`: of fewer reviewed normal rows the threshold is not taken.
    """

    most_reference: int = 5_000
    low_side: float = 1.0
    is_turned: bool = False
    false_positive_rate: float = 0.04
    least_normals: int = 100


@dataclass(frozen=True)
class Scaling:
    """Median and spread of the columns that vary; the others are not looked at."""

    kept: npt.NDArray[np.int64]
    centre: Floats
    spread: Floats
    low_side: float
    turn: int | None

    def scaled(self, matrix: Floats) -> Floats:
        """Scaled columns, cut at LIMIT; what is not known is as usual as can be."""
        values = (matrix[:, self.kept] - self.centre) / self.spread
        cut = np.clip(np.nan_to_num(values, nan=0.0, posinf=LIMIT, neginf=-LIMIT), -LIMIT, LIMIT)
        return np.where(cut < 0, cut * self.low_side, cut)

    @cached_property
    def directions(self) -> Floats | None:
        """Orthogonal directions drawn with the seed `turn`; null where columns are kept."""
        if self.turn is None:
            return None
        drawn = np.random.default_rng(self.turn).normal(size=(len(self.kept), len(self.kept)))
        return np.asarray(np.linalg.qr(drawn)[0], dtype=np.float64)

    def seen_by(self, path: str, scaled: Floats) -> Floats:
        """Scaled rows as a detector sees them."""
        if path != FOREST or self.directions is None:
            return scaled
        return np.asarray(np.round(scaled @ self.directions, DIGITS), dtype=np.float64)


def scaling_of(matrix: Floats, settings: OutlierSettings, seed: int) -> Scaling:
    """The scaling of some rows: spread is that of the quartiles or of all values, if larger.

    Most columns of flags and counts have equal quartiles; all of their values then say
    how rare the others are. Columns with one value, or none, are dropped.
    """
    known = (~np.isnan(matrix)).any(axis=0) if len(matrix) else np.zeros(matrix.shape[1], bool)
    some = matrix[:, known]
    low, centre, high = np.nanquantile(some, [0.25, 0.5, 0.75], axis=0) if some.size else (
        np.empty((3, 0))
    )  # fmt: skip
    spread = np.maximum((high - low) / SIGMAS, np.nanstd(some, axis=0) if some.size else 0.0)
    varies = spread > 1e-9 * np.maximum(1.0, np.abs(centre))
    kept = np.flatnonzero(known)[varies]
    turn = seed if settings.is_turned else None
    return Scaling(kept, centre[varies], spread[varies], settings.low_side, turn)


class Outliers:
    """A fitted model; see `ledgergraph.models.contract.Model`."""

    def __init__(
        self,
        names: tuple[str, ...],
        scaling: Scaling,
        reference: Floats,
        ranks: Mapping[str, Ranks],
        threshold: Threshold,
        seed: int,
    ) -> None:
        self._names, self._scaling, self._reference = names, scaling, reference
        self._ranks, self._seed = ranks, seed
        self.threshold = threshold
        """Where the alarm lies, and on how many normal rows that rests."""
        with on_one_thread():
            self._fitted = {path: _fitted(path, reference, scaling, seed) for path in ranks}
        self._forest = Forest.of(self._fitted[FOREST]) if FOREST in self._fitted else None
        self._threads = ThreadpoolController()  # it looks at all libraries: once

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that it reads, in its own order."""
        return self._names

    def predict(self, rows: pa.Table) -> Floats:
        """How unusual each row is, in [0, 1]; one half is the threshold.

        Of the usual rows a share p is at least so unusual; with the false positive
        rate a the score is a / (a + p). It ranks, and is no frequency of errors.
        """
        return self.threshold.score(self.surprise(rows))

    def surprise(self, rows: pa.Table) -> Floats:
        """-log of the share of learned rows that the most alarmed detector finds as unusual."""
        scaled = self._scaling.scaled(matrix_of(rows, self._names))
        return np.asarray(self._surprises(scaled).max(axis=0), dtype=np.float64)

    def contributions(self, rows: pa.Table) -> Floats:
        """How much each column raised each score, in log odds, never negative.

        They add up to the log odds above those of the most usual row. What neighbours
        find is split exactly (the squared distance is a sum over columns); what the
        forest finds by setting one column after the other to its median.
        """
        given = matrix_of(rows, self._names)
        out = np.zeros(given.shape)
        if not len(given) or not self._ranks:
            return out
        scaled = self._scaling.scaled(given)
        surprises = self._surprises(scaled)
        total = -np.log(self.threshold.usual_share(surprises.max(axis=0)))
        paths = list(self._ranks)
        loudest = surprises.argmax(axis=0)
        with on_one_thread():
            for at, path in enumerate(paths):
                found = np.flatnonzero(loudest == at)
                split = self._parts_of_distance if path == NEIGHBOURS else self._parts_of_forest
                for some in np.array_split(found, max(1, len(found) // AT_ONCE)):
                    parts = split(scaled[some]) * total[some, None]
                    out[np.ix_(some, self._scaling.kept)] = parts
        return out

    def save(self, folder: Path) -> None:
        """Write settings, reference rows and ranks into a folder, made if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        scaling = self._scaling
        stated = {name: value for name, value in asdict(self.threshold).items() if name != NORMALS}
        facts = {
            "names": list(self._names),
            "seed": self._seed,
            "threshold": stated,
            "scaling": {
                "kept": scaling.kept.tolist(),
                "centre": scaling.centre.tolist(),
                "spread": scaling.spread.tolist(),
                "low_side": scaling.low_side,
                "turn": scaling.turn,
            },
            "detectors": {path: ranks.spread for path, ranks in self._ranks.items()},
        }
        (folder / FACTS).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
        columns = {str(at): self._reference[:, at] for at in range(self._reference.shape[1])}
        pq.write_table(pa.table(columns), folder / REFERENCE, compression="zstd")
        values = {path: ranks.values for path, ranks in self._ranks.items()}
        values[NORMALS] = self.threshold.normals.values
        kinds = np.repeat(list(values), [len(one) for one in values.values()])
        stored = {"of": kinds.tolist(), "value": np.concatenate(list(values.values()))}
        pq.write_table(pa.table(stored), folder / RANKS, compression="zstd")

    def _surprises(self, scaled: Floats) -> Floats:
        """The surprise of each detector that counts (detectors, rows); zeros if none does."""
        with self._threads.limit(limits=1):
            found = [
                ranks.surprise(self._scores(path, scaled)) for path, ranks in self._ranks.items()
            ]
        return np.stack(found) if found else np.zeros((1, len(scaled)))

    def _scores(self, path: str, scaled: Floats) -> Floats:
        seen = self._scaling.seen_by(path, scaled)
        if path == FOREST and self._forest is not None and len(seen) <= FEW:
            return np.asarray(np.round(self._forest.scores(seen), DIGITS), dtype=np.float64)
        return _scores(self._fitted[path], seen)

    def _parts_of_distance(self, rows: Floats) -> Floats:
        """The part of each column in the mean distance to the nearest reference rows."""
        most = BY_PATH[NEIGHBOURS].settings["n_neighbors"]
        parts = np.zeros(rows.shape)
        for at, row in enumerate(rows):
            apart = (self._reference - row) ** 2
            distance = np.sqrt(apart.sum(axis=1))
            near = np.argsort(distance, kind="stable")[:most]
            parts[at] = (apart[near] / np.maximum(distance[near], 1e-12)[:, None]).sum(axis=0)
        return _shares(parts)

    def _parts_of_forest(self, rows: Floats) -> Floats:
        """How much less unusual rows are when one column after the other is at its median."""
        count, width = rows.shape
        tried = np.repeat(rows[:, None, :], width + 1, axis=1)
        tried[:, np.arange(width), np.arange(width)] = 0.0
        scores = self._scores(FOREST, tried.reshape(-1, width)).reshape(count, width + 1)
        return _shares(np.maximum(scores[:, -1:] - scores[:, :-1], 0.0))


@dataclass(frozen=True)
class Found:
    """A fitted model, what the data are like, the choice of detectors, and all of their ranks.

    `ranks` holds for each detector that was used, counting or not, the rank in [0, 1]
    of each row that was given.
    """

    model: Outliers
    data: Characteristics
    choices: tuple[Choice, ...]
    ranks: Mapping[str, Floats]


def fit(
    names: Sequence[str],
    matrix: Floats,
    settings: OutlierSettings,
    seed: int,
    normal: npt.NDArray[np.bool_] | None = None,
    detectors: Sequence[Detector] = DETECTORS,
) -> Found:
    """Learn what is usual in a matrix (rows, names), NaN where unknown.

    `normal` says which rows a person found in order, drawn as those in order come: from
    `least_normals` of them on they set the threshold, else all rows do. Too few rows, or
    rows that are all alike, give a model to which each row is as usual as can be.
    """
    data = measured(matrix, settings.false_positive_rate)
    choices = chosen(data, detectors)
    scaling = scaling_of(matrix, settings, seed)
    scaled = scaling.scaled(matrix)
    reference = scaled[_drawn(matrix, settings.most_reference, seed)]
    scores: dict[str, Floats] = {}
    judged: list[Choice] = []
    with on_one_thread():
        for choice in choices:
            path = choice.detector.path
            try:
                if choice.is_used:
                    with strictly():
                        fitted = _fitted(path, reference, scaling, seed)
                        scores[path] = _scores(fitted, scaling.seen_by(path, scaled))
                judged.append(choice)
            except (ValueError, UserWarning, RuntimeWarning) as error:
                judged.append(Choice(choice.detector, False, f"It refused these rows: {error}"))
    ranks = {path: Ranks.of(values) for path, values in scores.items()}
    counting = {path: one for path, one in ranks.items() if BY_PATH[path].use is Use.SCORE}
    surprises = [one.surprise(scores[path]) for path, one in counting.items()]
    surprise = np.max(surprises, axis=0) if surprises else np.zeros(len(matrix))
    is_reviewed = normal is not None and int(normal.sum()) >= settings.least_normals
    usual = surprise[normal] if normal is not None and is_reviewed else surprise
    threshold = threshold_of(usual, settings.false_positive_rate, is_reviewed=is_reviewed)
    model = Outliers(tuple(names), scaling, reference, counting, threshold, seed)
    published = {path: 1.0 - np.exp(-one.surprise(scores[path])) for path, one in ranks.items()}
    return Found(model, data, tuple(judged), published)


def load(folder: Path) -> Outliers:
    """The model of a folder, fitted again. Raises StaleInput if a file of it is missing."""
    for name in (FACTS, REFERENCE, RANKS):
        if not (folder / name).is_file():
            raise StaleInput(f"{folder.name} holds no {name}. Materialize anomaly_model again.")
    facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    stored = pq.read_table(folder / RANKS)
    of, value = np.array(stored["of"].to_pylist()), stored["value"].to_numpy()
    spreads: Mapping[str, float] = facts["detectors"]
    ranks = {path: Ranks(value[of == path], spread) for path, spread in spreads.items()}
    normals = Ranks(value[of == NORMALS], 1.0)
    scaling = facts["scaling"]
    rows = pq.read_table(folder / REFERENCE)
    reference = np.column_stack([one.to_numpy() for one in rows.columns]) if rows.columns else (
        np.empty((0, 0))
    )  # fmt: skip
    return Outliers(
        tuple(facts["names"]),
        Scaling(
            np.array(scaling["kept"], dtype=np.int64),
            np.array(scaling["centre"]),
            np.array(scaling["spread"]),
            scaling["low_side"],
            scaling["turn"],
        ),
        reference,
        ranks,
        Threshold(normals, **facts["threshold"]),
        facts["seed"],
    )


@contextmanager
def on_one_thread() -> Iterator[None]:
    """Sums are made in one order, whatever the machine."""
    with threadpool_limits(1):
        yield


@contextmanager
def strictly() -> Iterator[None]:
    """Let a detector that merely warns of rows that it cannot judge refuse them."""
    with warnings.catch_warnings():
        for kind in (UserWarning, RuntimeWarning):
            warnings.simplefilter("error", kind)
        # Of joblib where `lscpu` is missing, as in small containers: it tells nothing of rows.
        warnings.filterwarnings("ignore", message="Could not find the number of physical cores")
        yield


def _fitted(path: str, reference: Floats, scaling: Scaling, seed: int) -> Fitted:
    return made(BY_PATH[path], seed, len(reference)).fit(scaling.seen_by(path, reference))


def _scores(fitted: Fitted, scaled: Floats) -> Floats:
    """A detector's scores of some rows, rounded."""
    return np.round(fitted.decision_function(scaled), DIGITS) if len(scaled) else np.empty(0)


def _drawn(matrix: Floats, most: int, seed: int) -> npt.NDArray[np.int64]:
    """Places of at most so many rows, drawn and put in order by a hash of their content.

    So the rows that are learned from do not depend on the order in which they come,
    and most stay when others join.
    """
    key = str(seed).encode()
    content = np.ascontiguousarray(np.where(np.isnan(matrix), np.nan, matrix + 0.0))
    digests = [hashlib.blake2b(row.tobytes(), digest_size=16, key=key).digest() for row in content]
    order = sorted(range(len(digests)), key=digests.__getitem__)
    return np.array(order[:most], dtype=np.int64)


def _shares(parts: Floats) -> Floats:
    """The parts of each row as shares of their sum; equal ones where there is none."""
    total = parts.sum(axis=1, keepdims=True)
    equal = np.full(parts.shape, 1.0 / max(parts.shape[1], 1))
    return np.where(total > 0, parts / np.where(total > 0, total, 1.0), equal)
