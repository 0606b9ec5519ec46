"""Ranks rise with the value, and a threshold lets through what it says."""

import numpy as np
import pytest

from ledgergraph.models.thresholds import Ranks, threshold_of


def test_surprise_rises_with_the_value_and_never_ends() -> None:
    ranks = Ranks.of(np.random.default_rng(0).normal(size=200))
    found = ranks.surprise(np.linspace(-5, 20, 500))
    assert (np.diff(found) >= 0).all()
    assert found[0] == 0
    assert found[-1] > found[-2] > np.log(100)


def test_equal_values_share_a_surprise_and_a_value_is_found_again() -> None:
    ranks = Ranks.of(np.array([0.0, 0.0, 1.0, 2.0, 2.0]))
    assert ranks.surprise(np.array([0.0, 2.0])) == pytest.approx([0.0, np.log(2)])
    for surprise in (0.2, 0.5, 3.0):
        assert ranks.surprise(np.array([ranks.value_at(surprise)]))[0] == pytest.approx(surprise)


def test_a_threshold_of_reviewed_rows_keeps_its_promise_on_others() -> None:
    rng = np.random.default_rng(1)
    rates = []
    for _ in range(60):
        threshold = threshold_of(rng.exponential(size=400), 0.04, is_reviewed=True)
        rates.append(np.mean(threshold.score(rng.exponential(size=2000)) >= 0.5))
        assert threshold.low <= threshold.value <= threshold.high
    assert np.mean(rates) == pytest.approx(0.04, abs=0.006)
    assert np.mean([threshold.rate_low <= one <= threshold.rate_high for one in rates]) > 0.8


def test_more_rows_make_it_surer() -> None:
    rng = np.random.default_rng(2)
    few, many = (threshold_of(rng.exponential(size=n), 0.04, is_reviewed=True) for n in (100, 4000))
    assert many.rate_high - many.rate_low < (few.rate_high - few.rate_low) / 3


@pytest.mark.parametrize("size", [0, 1, 5])
def test_few_rows_promise_nothing(size: int) -> None:
    threshold = threshold_of(np.zeros(size), 0.04, is_reviewed=False)
    assert (threshold.score(np.zeros(3)) < 0.5).all()
    assert threshold.rate_high > 0.3
