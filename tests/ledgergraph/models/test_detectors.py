"""The table of detectors is complete, and what data exclude has a reason."""

import numpy as np
import pytest

from ledgergraph.models.detector_choice import (
    LEAST_ROWS,
    MANY_ROWS,
    Characteristics,
    Choice,
    chosen,
    measured,
)
from ledgergraph.models.detectors import BY_PATH, DETECTORS, Use, made, offered

LEDGER = Characteristics(2_500, 176, 12, 0.27, 1.0, 4.0, 0.04)


def used(data: Characteristics) -> dict[str, Choice]:
    return {one.detector.path: one for one in chosen(data) if one.is_used}


def test_the_table_lists_what_the_installed_pyod_offers() -> None:
    assert offered() == set(BY_PATH)
    assert len(BY_PATH) == len(DETECTORS)


def test_a_detector_that_is_off_says_why() -> None:
    assert all(one.reason for one in DETECTORS if one.use is Use.OFF)
    assert all(one.cost for one in DETECTORS if one.use is not Use.OFF)


@pytest.mark.parametrize("path", [one.path for one in DETECTORS if one.use is Use.SCORE])
def test_those_that_count_can_be_made_for_any_number_of_rows(path: str) -> None:
    rng = np.random.default_rng(0)
    for size in (2, 40):
        rows = rng.normal(size=(size, 3))
        assert len(made(BY_PATH[path], 1, size).fit(rows).decision_function(rows)) == size


def test_every_exclusion_has_a_reason_that_names_its_number() -> None:
    for data in (LEDGER, Characteristics(5, 3, 0, 0, 0, 0, 0.04)):
        for choice in chosen(data):
            assert choice.reason
            if not choice.is_used and choice.detector.use is not Use.OFF:
                assert any(letter.isdigit() for letter in choice.reason)


def test_what_counts_is_used_on_any_ledger_of_usual_size() -> None:
    assert {"knn.KNN", "iforest.IForest"} <= set(used(LEDGER))


def test_few_rows_exclude_all() -> None:
    assert not used(Characteristics(LEAST_ROWS - 1, 10, 0, 0, 0, 0, 0.04))


def test_very_many_rows_leave_what_grows_with_them_alone() -> None:
    large = Characteristics(MANY_ROWS + 1, 20, 0, 0, 0, 0, 0.04)
    assert set(used(large)) == {"iforest.IForest", "ecod.ECOD", "hbos.HBOS"}


def test_a_covariance_needs_many_more_rows_than_columns() -> None:
    assert "mcd.MCD" not in used(Characteristics(100, 20, 0, 0, 0, 0, 0.04))
    assert "mcd.MCD" in used(Characteristics(101, 20, 0, 0, 0, 0, 0.04))


def test_characteristics_are_measured_on_what_is_known() -> None:
    rng = np.random.default_rng(2)
    matrix = np.column_stack([rng.exponential(size=5000), np.ones(5000), np.full(5000, np.nan)])
    found = measured(matrix, 0.05)
    assert (found.rows, found.columns, found.constants, found.varying) == (5000, 3, 2, 1)
    assert found.missing == pytest.approx(1 / 3, abs=1e-5)
    assert found.skew == pytest.approx(2, abs=0.4)  # of an exponential distribution
    assert found.kurtosis == pytest.approx(6, abs=3)
    assert measured(np.empty((0, 2)), 0.05).varying == 0
