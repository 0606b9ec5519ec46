"""Unusual invoices of a made ledger: ranked above the others without a label, and explained."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from ledgergraph.anomalies.schemas import INVOICE_SCORES
from ledgergraph.anomalies.scoring import anomaly_reasons, score
from ledgergraph.anomalies.unusual import (
    COLUMNS,
    MOST_EXPLAINED,
    anomaly_score,
    card_of,
    decided,
    fitted,
    most_unusual,
    ranks_table,
)
from ledgergraph.corpora.training import TrainingLedger, made_ledger
from ledgergraph.datasets.features import OWN, feature_table
from ledgergraph.datasets.labels import approved_unasked, judged_invoices, labels_of, targets
from ledgergraph.datasets.made_ledgers import snapshot_of_books
from ledgergraph.feedback.events import Feedback, event_of
from ledgergraph.graph.schemas import DUPLICATES
from ledgergraph.models.contract import Floats, matrix_of
from ledgergraph.models.metrics import average_precision
from ledgergraph.models.outliers import Found, OutlierSettings, fit
from ledgergraph.models.packaged import champion

INVOICES = 1200


@pytest.fixture(scope="module")
def made() -> TrainingLedger:
    return made_ledger(90211, INVOICES)


@pytest.fixture(scope="module")
def features(made: TrainingLedger) -> pa.Table:
    return feature_table(snapshot_of_books(made.tables))


@pytest.fixture(scope="module")
def found(features: pa.Table) -> Found:
    return fitted(features)


@pytest.fixture(scope="module")
def scores(features: pa.Table, found: Found) -> pa.Table:
    return score(features, DUPLICATES.empty(), champion("compliance"), found.model)


def precision(values: Floats, features: pa.Table, made: TrainingLedger) -> float:
    target = targets(features, labels_of(made.truth))
    known = ~np.isnan(target)
    return average_precision(values[known], target[known])


def test_every_invoice_has_a_score_and_the_risk_is_what_it_was(
    features: pa.Table, scores: pa.Table
) -> None:
    values = scores["anomaly_score"].to_numpy()
    assert scores.schema == INVOICE_SCORES.schema
    assert scores["invoice_id"].to_pylist() == features["invoice_id"].to_pylist()
    assert values.min() >= 0
    assert values.max() <= 1
    without = score(features, DUPLICATES.empty(), champion("compliance"))
    assert without["anomaly_score"].null_count == without.num_rows
    assert without["risk"] == scores["risk"]


def test_relations_say_more_than_an_invoice_alone(
    features: pa.Table, found: Found, made: TrainingLedger
) -> None:
    alone = fit(OWN, matrix_of(features, OWN), OutlierSettings(), seed=1)
    own = precision(alone.model.predict(features), features, made)
    related = precision(anomaly_score(features, found.model), features, made)
    assert related > 0.18
    assert related > 1.5 * own


def test_no_column_is_an_attribute_of_the_invoice_alone() -> None:
    assert not set(COLUMNS) & set(OWN)
    assert len(COLUMNS) > 100


def test_a_planted_invoice_that_nothing_resembles_is_among_the_most_unusual(
    features: pa.Table,
) -> None:
    changed = features
    for name in ("amount_to_median", "account_new", "twin_exact", "window_count_14", "order_use"):
        values = features[name].to_numpy().copy()
        values[5] = 50.0
        column = features.schema.get_field_index(name)
        changed = changed.set_column(column, name, pa.array(values, from_pandas=True))
    again = fitted(changed)
    first = most_unusual(changed, anomaly_score(changed, again.model))[:5]
    assert features["invoice_id"][5].as_py() in first


def test_the_order_of_invoices_does_not_matter(features: pa.Table, found: Found) -> None:
    order = np.random.default_rng(4).permutation(features.num_rows)
    again = fitted(features.take(order))
    np.testing.assert_array_equal(
        anomaly_score(features, again.model), anomaly_score(features, found.model)
    )


def test_the_most_unusual_are_explained_by_what_was_seen(
    features: pa.Table, found: Found, scores: pa.Table
) -> None:
    reasons = anomaly_reasons(features, scores, found.model)
    unusual = most_unusual(features, scores["anomaly_score"].to_numpy())
    assert 0 < len(unusual) <= MOST_EXPLAINED
    assert set(reasons["invoice_id"].to_pylist()) == set(unusual)
    assert set(reasons["feature"].to_pylist()) <= set(COLUMNS)
    assert min(reasons["contribution"].to_pylist()) >= 0


def verdict(invoice: str, target: str, is_right: bool) -> Feedback:
    """What a person says of an invoice as a whole, or of a finding on it."""
    said = {"target": target, "subject_id": invoice, "finding_id": f"of {invoice}",
            "verdict": "approval" if is_right else "rejection"}  # fmt: skip
    return event_of(said, datetime(2026, 3, 1, tzinfo=UTC), "ann")


def test_dismissed_findings_do_not_move_the_threshold_that_chance_questions_set(
    features: pa.Table, made: TrainingLedger
) -> None:
    target = targets(features, labels_of(made.truth))
    ids = features["invoice_id"].to_pylist()
    drawn = np.random.default_rng(1).permutation(np.flatnonzero(~np.isnan(target)))[:300]
    by_chance = [verdict(ids[at], "invoice", target[at] == 0) for at in drawn]
    risk = champion("compliance").predict(features)
    suspicious = np.setdiff1d(np.argsort(-risk)[:400], drawn)
    asked = [verdict(ids[at], "finding", False) for at in suspicious if target[at] == 0]
    assert len(asked) > 100

    few = fitted(features, approved_unasked(*judged_invoices(by_chance))).model
    many = fitted(features, approved_unasked(*judged_invoices([*by_chance, *asked]))).model
    assert many.threshold.value == few.threshold.value
    assert few.threshold.rows == np.sum(target[drawn] == 0)
    alarms = np.mean(anomaly_score(features, many)[target == 0] >= 0.5)
    assert many.threshold.rate_low <= alarms <= many.threshold.rate_high


def test_of_invoices_in_order_only_approved_ones_tell_how_often_they_are_called_unusual(
    features: pa.Table, found: Found, made: TrainingLedger
) -> None:
    target = targets(features, labels_of(made.truth))
    good = np.array(features["invoice_id"].to_pylist())[target == 0].tolist()
    reviewed = fitted(features, good)
    assert reviewed.model.threshold.is_reviewed
    alarms = anomaly_score(features, reviewed.model)[target == 0] >= 0.5
    assert np.mean(alarms) == pytest.approx(0.04, abs=0.01)
    assert "false alarms" in decided(card_of(reviewed)).reason

    without = decided(card_of(found)).reason
    assert "false alarms" not in without
    assert "issues included" in without
    assert "is not known" in without


def test_ranks_of_all_detectors_that_were_used_are_published(
    features: pa.Table, found: Found
) -> None:
    ranks = ranks_table(features, found)
    assert ranks.num_rows == features.num_rows * len(found.ranks)
    assert {"knn.KNN", "iforest.IForest"} <= set(ranks["detector"].to_pylist())


def test_a_ledger_without_an_invoice_or_with_few_is_not_unusual(features: pa.Table) -> None:
    for size in (0, 3):
        few = features.slice(0, size)
        small = fitted(few)
        values = anomaly_score(few, small.model)
        assert len(values) == size
        assert (values < 0.5).all()
        assert not most_unusual(few, values)
        assert "nothing of what is usual" in decided(card_of(small)).reason
        assert ranks_table(few, small).num_rows == 0
