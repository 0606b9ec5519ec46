"""Boosted trees (LightGBM), calibrated on groups that they did not see; saved as text."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ledgergraph.errors import StaleInput
from ledgergraph.models.calibration import Platt, fit_platt
from ledgergraph.models.contract import Examples, Floats, matrix_of

ALGORITHM = "lightgbm"
MODEL, CALIBRATION = "model.txt", "calibration.json"


@dataclass(frozen=True)
class BoostingSettings:
    """How trees are grown. `bagging` and `columns` are shares in (0, 1], `rounds` counts trees."""

    rounds: int = 300
    learning_rate: float = 0.05
    leaves: int = 24
    smallest_leaf: int = 25
    bagging: float = 0.8
    columns: float = 0.4
    l2: float = 5.0
    path_smoothing: float = 5.0
    folds: int = 4
    threads: int = 1

    def parameters(self, seed: int) -> Mapping[str, Any]:
        """The same in LightGBM's words; the same seed gives the same trees."""
        return {
            "objective": "binary", "learning_rate": self.learning_rate,
            "num_leaves": self.leaves, "min_data_in_leaf": self.smallest_leaf,
            "bagging_fraction": self.bagging, "bagging_freq": 1,
            "feature_fraction": self.columns, "lambda_l2": self.l2,
            "path_smooth": self.path_smoothing, "max_bin": 127, "seed": seed,
            "deterministic": True, "force_row_wise": True, "num_threads": self.threads,
            "verbosity": -1,
        }  # fmt: skip


class BoostedTrees:
    """A fitted model; see `ledgergraph.models.contract.Model`."""

    def __init__(self, names: tuple[str, ...], text: str, calibration: Platt) -> None:
        import lightgbm

        self._names, self._text, self._calibration = names, text, calibration
        self._booster = lightgbm.Booster(model_str=text)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that it reads, in its own order."""
        return self._names

    def predict(self, rows: pa.Table) -> Floats:
        """A probability in [0, 1] for each row; a column that the table lacks is unknown."""
        return self.predict_matrix(matrix_of(rows, self._names))

    def predict_matrix(self, matrix: Floats) -> Floats:
        """The same for a matrix in the order of `names`."""
        if not len(matrix):
            return np.empty(0)
        return self._calibration.probability(self._score(matrix))

    def contributions(self, rows: pa.Table) -> Floats:
        """How much each column moved each row, in log odds; shape (rows, columns). TreeSHAP."""
        if not rows.num_rows:
            return np.empty((0, len(self._names)))
        matrix = matrix_of(rows, self._names)
        found = self._booster.predict(matrix, pred_contrib=True, num_threads=1)
        return np.asarray(found, dtype=np.float64)[:, :-1] * self._calibration.slope

    def gains(self) -> dict[str, float]:
        """The share of each column in all that the splits gained, in [0, 1]."""
        gained = np.asarray(self._booster.feature_importance("gain"), dtype=np.float64)
        return dict(zip(self._names, (gained / max(gained.sum(), 1e-12)).tolist(), strict=True))

    def save(self, folder: Path) -> None:
        """Write model.txt and calibration.json into a folder, made if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MODEL).write_text(self._text, encoding="utf-8")
        facts = {"names": list(self._names), **asdict(self._calibration)}
        (folder / CALIBRATION).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")

    def _score(self, matrix: Floats) -> Floats:
        return np.asarray(
            self._booster.predict(matrix, raw_score=True, num_threads=1), dtype=np.float64
        )


def load(folder: Path) -> BoostedTrees:
    """The model of a folder. Raises StaleInput if a file of it is missing."""
    for name in (MODEL, CALIBRATION):
        if not (folder / name).is_file():
            raise StaleInput(f"{folder.name} holds no {name}. Make it again with `make models`.")
    facts = json.loads((folder / CALIBRATION).read_text(encoding="utf-8"))
    names = tuple(facts.pop("names"))
    return BoostedTrees(names, (folder / MODEL).read_text(encoding="utf-8"), Platt(**facts))


def fit(examples: Examples, settings: BoostingSettings, seed: int) -> BoostedTrees:
    """Trees on all rows, calibrated on each group by trees that did not see it.

    Raises ValueError if all rows have one outcome: there is nothing to learn.
    """
    if len(np.unique(examples.target)) < 2:
        raise ValueError("All examples have the same outcome: there is nothing to learn.")
    text = _grown(examples, np.ones(len(examples.target), dtype=bool), settings, seed)
    unseen = _unseen_scores(examples, settings, seed)
    known = ~np.isnan(unseen)
    calibration = fit_platt(unseen[known], examples.target[known])
    return BoostedTrees(examples.names, text, calibration)


def _grown(
    examples: Examples, rows: "np.typing.NDArray[np.bool_]", settings: BoostingSettings, seed: int
) -> str:
    import lightgbm

    parameters = dict(settings.parameters(seed))
    if examples.directions:
        known = [examples.directions.get(name, 0) for name in examples.names]
        parameters |= {"monotone_constraints": known, "monotone_constraints_method": "basic"}
    weight = None if examples.weight is None else examples.weight[rows]
    data = lightgbm.Dataset(
        examples.matrix[rows], examples.target[rows], weight=weight,
        feature_name=list(examples.names), params=parameters, free_raw_data=True,
    )  # fmt: skip
    booster = lightgbm.train(parameters, data, num_boost_round=settings.rounds)
    return str(booster.model_to_string())


def _unseen_scores(examples: Examples, settings: BoostingSettings, seed: int) -> Floats:
    """Scores of each fold of groups by trees of the others; NaN if there is one group only."""
    import lightgbm

    groups = np.unique(examples.group)
    scores = np.full(len(examples.target), np.nan)
    folds = min(settings.folds, len(groups))
    if folds < 2:
        return scores
    fold_of = {group: at % folds for at, group in enumerate(groups.tolist())}
    fold = np.array([fold_of[group] for group in examples.group.tolist()])
    for one in range(folds):
        inside = fold == one
        if len(np.unique(examples.target[~inside])) < 2:
            continue
        booster = lightgbm.Booster(model_str=_grown(examples, ~inside, settings, seed))
        scores[inside] = booster.predict(examples.matrix[inside], raw_score=True, num_threads=1)
    return scores
