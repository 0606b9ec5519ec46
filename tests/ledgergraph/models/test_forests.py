"""An isolation forest walked as arrays says what the library says."""

import numpy as np
import pytest

from ledgergraph.models.detectors import BY_PATH, made
from ledgergraph.models.forests import FEW, Forest, still_apart
from ledgergraph.models.outliers import FOREST


@pytest.mark.parametrize("rows", [3, 40, 700])
def test_the_walk_gives_the_scores_of_the_library(rows: int) -> None:
    numbers = np.random.default_rng(rows)
    learned = np.round(numbers.normal(size=(rows, 9)), 1)  # equal values meet thresholds
    asked = np.concatenate([learned[: FEW - 5], numbers.normal(size=(5, 9)) * 9.0])
    fitted = made(BY_PATH[FOREST], 3, rows).fit(learned)
    np.testing.assert_allclose(
        Forest.of(fitted).scores(asked), fitted.decision_function(asked), rtol=0, atol=1e-12
    )


def test_rows_that_are_alike_are_walked_too() -> None:
    fitted = made(BY_PATH[FOREST], 3, 20).fit(np.ones((20, 2)))
    rows = np.array([[1.0, 1.0], [5.0, 0.0]])
    found, wanted = Forest.of(fitted).scores(rows), fitted.decision_function(rows)
    np.testing.assert_allclose(found, wanted, atol=1e-12)


def test_fewer_than_two_rows_need_no_further_parting() -> None:
    assert still_apart(np.array([0, 1, 2])).tolist() == [0.0, 0.0, 1.0]
