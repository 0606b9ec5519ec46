"""Metrics against values worked out by hand, and against scikit-learn."""

import numpy as np
import pytest

from ledgergraph.models.metrics import (
    average_precision,
    best_f1,
    bootstrap_interval,
    recall_at_precision,
    recall_at_share,
    true_positive_rate,
)

SCORE = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
TARGET = np.array([1.0, 0.0, 1.0, 0.0, 0.0])


def test_average_precision_is_the_mean_precision_at_the_positives() -> None:
    assert average_precision(SCORE, TARGET) == pytest.approx((1 + 2 / 3) / 2)


def test_average_precision_agrees_with_scikit_learn_with_ties() -> None:
    from sklearn.metrics import average_precision_score

    rng = np.random.default_rng(5)
    score, target = rng.integers(0, 20, 500) / 20.0, (rng.random(500) < 0.1).astype(float)
    assert average_precision(score, target) == pytest.approx(average_precision_score(target, score))


def test_recall_counts_what_stands_at_the_top() -> None:
    assert recall_at_share(SCORE, TARGET, 0.4) == 0.5
    assert recall_at_share(SCORE, TARGET, 0.6) == 1.0


def test_the_true_positive_rate_holds_at_the_negatives_rate() -> None:
    assert true_positive_rate(SCORE, TARGET, 0.0) == 0.5
    assert true_positive_rate(SCORE, TARGET, 0.5) == 1.0


def test_positives_that_were_never_scored_lower_recall() -> None:
    assert best_f1(SCORE, TARGET) == pytest.approx(0.8)
    assert best_f1(SCORE, TARGET, positives=4) == pytest.approx(4 / 7)
    assert recall_at_precision(SCORE, TARGET, 0.95, positives=4) == 0.25


def test_without_a_positive_row_there_is_no_figure() -> None:
    nothing = np.zeros(5)
    assert np.isnan(average_precision(SCORE, nothing))
    assert np.isnan(recall_at_share(SCORE, nothing, 0.1))


def test_the_interval_holds_the_figure_and_depends_on_its_seed_alone() -> None:
    rng = np.random.default_rng(2)
    target = (rng.random(400) < 0.2).astype(float)
    score = target + rng.normal(0, 1, 400)
    low, high = bootstrap_interval(average_precision, score, target, seed=3)
    assert low < average_precision(score, target) < high
    assert (low, high) == bootstrap_interval(average_precision, score, target, seed=3)
