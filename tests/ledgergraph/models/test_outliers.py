"""Laws of unusual rows, on rows small enough to know what is unusual about them."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from ledgergraph.errors import StaleInput
from ledgergraph.models.contract import Floats
from ledgergraph.models.detector_choice import choice_table
from ledgergraph.models.detectors import Use
from ledgergraph.models.outliers import FACTS, Found, OutlierSettings, fit, load

NAMES = ("a", "b", "flag", "constant", "unknown")
SETTINGS = OutlierSettings(low_side=0.3, is_turned=True)
SEED = 3
FAR = 7
"""The row whose `b` lies far from all others."""


def rows(size: int = 400) -> Floats:
    """Two columns that move together, a rare flag, one value, and nothing; a tenth unknown."""
    rng = np.random.default_rng(1)
    first = rng.normal(0, 1, size)
    matrix = np.column_stack(
        [first, first + rng.normal(0, 0.1, size), rng.random(size) < 0.05,
         np.ones(size), np.full(size, np.nan)]
    )  # fmt: skip
    matrix[rng.random(size) < 0.1, 0] = np.nan
    matrix[FAR, 1] = 30.0
    return matrix


def table(matrix: Floats, names: tuple[str, ...] = NAMES) -> pa.Table:
    return pa.table({name: matrix[:, at] for at, name in enumerate(names)})


@pytest.fixture(scope="module")
def found() -> Found:
    return fit(NAMES, rows(), SETTINGS, SEED)


def test_a_planted_outlier_ranks_first_and_every_score_is_in_its_range(found: Found) -> None:
    scores = found.model.predict(table(rows()))
    assert scores.argmax() == FAR
    assert scores.min() >= 0
    assert scores.max() <= 1
    assert np.isfinite(scores).all()


def test_the_set_share_of_rows_is_above_the_threshold(found: Found) -> None:
    scores = found.model.predict(table(rows()))
    rate = SETTINGS.false_positive_rate
    assert np.mean(scores >= 0.5) == pytest.approx(rate, abs=0.01)
    threshold = found.model.threshold
    assert threshold.low <= threshold.value <= threshold.high
    assert threshold.rate_low <= rate <= threshold.rate_high
    assert not threshold.is_reviewed


def test_the_order_of_rows_does_not_matter(found: Found) -> None:
    shuffled = rows()[np.random.default_rng(5).permutation(400)]
    again = fit(NAMES, shuffled, SETTINGS, SEED)
    np.testing.assert_array_equal(
        again.model.predict(table(rows())), found.model.predict(table(rows()))
    )


def test_the_same_seed_gives_the_same_scores_and_few_reference_rows_suffice() -> None:
    few = replace(SETTINGS, most_reference=100)
    one, two = (fit(NAMES, rows(), few, SEED).model.predict(table(rows())) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert one.argmax() == FAR


def test_a_saved_model_answers_as_before(found: Found, tmp_path: Path) -> None:
    found.model.save(tmp_path)
    again = load(tmp_path)
    assert again.names == NAMES
    np.testing.assert_array_equal(again.predict(table(rows())), found.model.predict(table(rows())))
    found.model.save(tmp_path / "again")
    for file in sorted((tmp_path / "again").iterdir()):
        assert file.read_bytes() == (tmp_path / file.name).read_bytes()


def test_a_missing_file_is_named(found: Found, tmp_path: Path) -> None:
    found.model.save(tmp_path)
    (tmp_path / FACTS).unlink()
    with pytest.raises(StaleInput, match=FACTS):
        load(tmp_path)


def test_constant_and_unknown_columns_change_nothing(found: Found) -> None:
    bare = fit(NAMES[:3], rows()[:, :3], replace(SETTINGS, most_reference=400), SEED)
    scores = bare.model.predict(table(rows()))
    assert scores.argmax() == FAR
    assert found.data.constants == 2
    assert not found.model.contributions(table(rows()))[:, 3:].any()


def test_an_absent_column_is_as_usual_as_can_be(found: Found) -> None:
    without = found.model.predict(table(rows()).drop_columns(["b"]))
    assert len(without) == 400
    assert without[FAR] < found.model.predict(table(rows()))[FAR]


def test_what_made_a_row_unusual_is_named(found: Found) -> None:
    few = table(rows()).slice(FAR, 1)
    (parts,) = found.model.contributions(few)
    assert parts.argmax() == NAMES.index("b")
    assert (parts >= 0).all()
    score = found.model.predict(few)[0]
    rate = SETTINGS.false_positive_rate
    assert parts.sum() == pytest.approx(np.log(score / (1 - score)) - np.log(rate))


def test_reviewed_rows_set_the_threshold_once_there_are_enough() -> None:
    rng = np.random.default_rng(8)
    normal = rng.random(400) < 0.5
    reviewed = fit(NAMES, rows(), SETTINGS, SEED, normal)
    assert reviewed.model.threshold.is_reviewed
    assert reviewed.model.threshold.rows == normal.sum()
    scores = reviewed.model.predict(table(rows()))
    assert np.mean(scores[normal] >= 0.5) == pytest.approx(0.04, abs=0.015)
    few = np.arange(400) < 20
    assert not fit(NAMES, rows(), SETTINGS, SEED, few).model.threshold.is_reviewed


@pytest.mark.parametrize("size", [0, 1, 12])
def test_too_few_rows_are_all_as_usual_as_can_be(size: int, tmp_path: Path) -> None:
    small = fit(NAMES, rows()[:size], SETTINGS, SEED)
    assert len(set(small.model.predict(table(rows())))) == 1
    small.model.save(tmp_path)
    assert (load(tmp_path).predict(table(rows())) < 0.5).all()
    assert not small.ranks


def test_rows_that_are_all_alike_are_not_unusual() -> None:
    alike = fit(NAMES, np.ones((50, 5)), SETTINGS, SEED)
    assert (alike.model.predict(table(np.ones((50, 5)))) < 0.5).all()
    assert not any(choice.is_used for choice in alike.choices)


def test_every_detector_that_is_used_is_ranked_and_every_other_has_a_reason(found: Found) -> None:
    chosen = choice_table(found.choices).to_pylist()
    assert {row["detector"] for row in chosen if row["is_used"]} == set(found.ranks)
    assert all(row["reason"] for row in chosen)
    assert all(row["is_used"] for row in chosen if row["use"] == Use.SCORE)
    for ranks in found.ranks.values():
        assert len(ranks) == 400
        assert ranks.min() >= 0
        assert ranks.max() <= 1


def test_which_detectors_count_does_not_hang_on_the_programs_of_the_machine(
    found: Found, tmp_path: Path
) -> None:
    """joblib asks `lscpu`, and warns once a process where there is none."""
    script = (
        "import sys; import numpy as np\n"
        "from ledgergraph.models.outliers import OutlierSettings, fit\n"
        f"made = fit({NAMES}, np.load(sys.argv[1]), {SETTINGS}, {SEED})\n"
        "print(*sorted(one.detector.path for one in made.choices if one.is_used))"
    )
    np.save(tmp_path / "rows.npy", rows())
    said = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "rows.npy")],
        env={**os.environ, "PATH": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.stdout.split() == sorted(
        one.detector.path for one in found.choices if one.is_used
    ), said.stderr
