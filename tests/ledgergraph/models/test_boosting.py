"""The contract of models, on a problem small enough to know its answer."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from ledgergraph.errors import StaleInput
from ledgergraph.models.boosting import BoostedTrees, BoostingSettings, fit, load
from ledgergraph.models.calibration import Platt, expected_calibration_error, fit_platt
from ledgergraph.models.combining import either
from ledgergraph.models.contract import Examples, ModelCard, matrix_of
from ledgergraph.models.metrics import average_precision

SETTINGS = BoostingSettings(rounds=60, leaves=7, columns=1.0)


def rows(seed: int, size: int = 900) -> Examples:
    """Two groups; positive where both columns are high, the second one often unknown."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(0, 1, (size, 3))
    chance = 1 / (1 + np.exp(-(2 * matrix[:, 0] + 2 * matrix[:, 1] - 2)))
    target = (rng.random(size) < chance).astype(float)
    matrix[rng.random(size) < 0.1, 1] = np.nan
    return Examples(("a", "b", "noise"), matrix, target, rng.integers(0, 4, size))


def table(examples: Examples) -> pa.Table:
    return pa.table({name: examples.matrix[:, at] for at, name in enumerate(examples.names)})


@pytest.fixture(scope="module")
def model() -> BoostedTrees:
    return fit(rows(1), SETTINGS, seed=7)


def test_it_ranks_rows_that_it_never_saw(model: BoostedTrees) -> None:
    unseen = rows(2)
    found = model.predict(table(unseen))
    assert found.min() >= 0
    assert found.max() <= 1
    assert average_precision(found, unseen.target) > 0.7 > unseen.target.mean() + 0.2


def test_its_probabilities_are_frequencies(model: BoostedTrees) -> None:
    unseen = rows(3, 4000)
    assert expected_calibration_error(model.predict(table(unseen)), unseen.target) < 0.05


def test_the_same_seed_gives_the_same_trees(model: BoostedTrees, tmp_path: Path) -> None:
    model.save(tmp_path / "one")
    fit(rows(1), SETTINGS, seed=7).save(tmp_path / "two")
    for name in ("model.txt", "calibration.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_saved_model_answers_as_before(model: BoostedTrees, tmp_path: Path) -> None:
    model.save(tmp_path)
    again = load(tmp_path)
    assert again.names == model.names
    np.testing.assert_array_equal(again.predict(table(rows(2))), model.predict(table(rows(2))))


def test_a_missing_file_is_named(model: BoostedTrees, tmp_path: Path) -> None:
    model.save(tmp_path)
    (tmp_path / "calibration.json").unlink()
    with pytest.raises(StaleInput, match=r"calibration\.json"):
        load(tmp_path)


def test_a_known_direction_is_kept_whatever_the_examples_say() -> None:
    against = replace(rows(1), directions={"a": -1, "noise": 1})
    found = fit(against, SETTINGS, seed=7)
    rising = pa.table({"a": np.linspace(-3, 3, 50), "b": np.zeros(50), "noise": np.zeros(50)})
    assert (np.diff(found.predict(rising)) <= 1e-12).all()


def test_an_absent_column_is_unknown_and_others_are_ignored(model: BoostedTrees) -> None:
    some = table(rows(2)).drop_columns(["noise"]).append_column("more", pa.array([1.0] * 900))
    assert len(model.predict(some)) == 900
    assert np.isnan(matrix_of(some, ["noise"])).all()


def test_contributions_add_up_to_the_score(model: BoostedTrees) -> None:
    few = table(rows(2)).slice(0, 50)
    odds = np.log(model.predict(few) / (1 - model.predict(few)))
    base = odds - model.contributions(few).sum(axis=1)
    np.testing.assert_allclose(base, base[0], atol=1e-6)


def test_no_rows_give_no_scores(model: BoostedTrees) -> None:
    assert len(model.predict(table(rows(2)).slice(0, 0))) == 0
    assert model.contributions(table(rows(2)).slice(0, 0)).shape == (0, 3)


def test_one_outcome_cannot_be_learned() -> None:
    same = rows(1)
    with pytest.raises(ValueError, match="nothing to learn"):
        fit(Examples(same.names, same.matrix, np.zeros(900), same.group), SETTINGS, 1)


def test_calibration_keeps_the_order() -> None:
    rng = np.random.default_rng(1)
    score = rng.normal(0, 3, 500)
    curve = fit_platt(score, (rng.random(500) < 1 / (1 + np.exp(-score / 2))).astype(float))
    found = curve.probability(np.sort(score))
    assert (np.diff(found) > 0).all()
    assert 0.3 < curve.slope < 0.8
    assert fit_platt(score, np.zeros(500)) == Platt()


def test_either_of_two_signs_suffices() -> None:
    found = either(np.array([0.5, 0.0, np.nan]), np.array([0.5, 0.9, 0.2]))
    np.testing.assert_allclose(found, [0.75, 0.9, 0.2])


def test_a_card_says_what_it_said(tmp_path: Path) -> None:
    card = ModelCard("role", "lightgbm", {"rounds": 3}, 1, {"seeds": [1]}, "1", {"f1": 0.5})
    card.save(tmp_path)
    assert ModelCard.load(tmp_path) == ModelCard(
        "role", "lightgbm", {"rounds": 3}, 1, {"seeds": [1]}, "1", {"f1": 0.5}, []
    )
