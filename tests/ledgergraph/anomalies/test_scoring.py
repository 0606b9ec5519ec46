"""Scores are probabilities, rank what was planted, and say what moved them."""

import numpy as np
import pyarrow as pa
import pytest

from ledgergraph.anomalies.scoring import (
    LEAST_PROBABILITY,
    MOST_PAIRS,
    contributions,
    duplicate_table,
    score,
)
from ledgergraph.benchmarks.champions import described
from ledgergraph.benchmarks.protocols import LabelledLedger
from ledgergraph.corpora.settings import COMPLETE
from ledgergraph.corpora.training import TrainingLedger, made_ledger
from ledgergraph.datasets.labels import labels_of, targets
from ledgergraph.datasets.made_ledgers import snapshot_of_books
from ledgergraph.models.metrics import average_precision
from ledgergraph.models.packaged import ROLES, card, champion


@pytest.fixture(scope="module")
def made() -> TrainingLedger:
    return made_ledger(90210, 1200)


@pytest.fixture(scope="module")
def ledger(made: TrainingLedger) -> LabelledLedger:
    return described(made)


@pytest.fixture(scope="module")
def duplicates(made: TrainingLedger) -> pa.Table:
    return duplicate_table(snapshot_of_books(made.tables), champion("duplicate"))


@pytest.fixture(scope="module")
def scores(ledger: LabelledLedger, duplicates: pa.Table) -> pa.Table:
    return score(ledger.features, duplicates, champion("compliance"))


def test_every_invoice_has_one_row_of_probabilities(
    ledger: LabelledLedger, scores: pa.Table
) -> None:
    assert scores["invoice_id"].to_pylist() == ledger.features["invoice_id"].to_pylist()
    for name in ("compliance_risk", "duplicate_probability", "risk"):
        values = scores[name].to_numpy()
        assert values.min() >= 0
        assert values.max() <= 1
    assert scores["anomaly_score"].null_count == scores.num_rows


def test_risk_is_at_least_each_of_its_parts(scores: pa.Table) -> None:
    risk = scores["risk"].to_numpy()
    for part in ("compliance_risk", "duplicate_probability"):
        assert (risk >= scores[part].to_numpy() - 1e-12).all()


def test_risk_ranks_planted_issues_of_a_ledger_that_no_model_has_seen(
    ledger: LabelledLedger, scores: pa.Table
) -> None:
    target = targets(ledger.features, labels_of(ledger.truth))
    known = ~np.isnan(target)
    assert average_precision(scores["risk"].to_numpy()[known], target[known]) >= 0.75


def test_the_packaged_model_knows_every_kind() -> None:
    ledger = described(made_ledger(90211, 1000, COMPLETE))
    target = targets(ledger.features, labels_of(ledger.truth))
    known = ~np.isnan(target)
    risk = champion("compliance").predict(ledger.features)
    assert average_precision(risk[known], target[known]) >= 0.7


def test_pairs_are_likely_few_and_the_later_comes_first(
    ledger: LabelledLedger, duplicates: pa.Table
) -> None:
    as_of = dict(zip(ledger.features["invoice_id"].to_pylist(),
                     ledger.features["as_of"].to_pylist(), strict=True))  # fmt: skip
    assert 0 < duplicates.num_rows < 0.2 * len(as_of)
    for row in duplicates.to_pylist():
        assert LEAST_PROBABILITY <= row["probability"] <= 1
        assert as_of[row["invoice_id"]] >= as_of[row["other_id"]]
        assert row["kind"].startswith("dup_")
    counts = np.unique(duplicates["invoice_id"].to_pylist(), return_counts=True)[1]
    assert counts.max() <= MOST_PAIRS


def test_contributions_name_the_heaviest_features_of_each_invoice(ledger: LabelledLedger) -> None:
    asked = ledger.features["invoice_id"].to_pylist()[:5]
    found = contributions(ledger.features, champion("compliance"), asked, most=4)
    assert found.num_rows == 20
    for key in asked:
        own = [abs(r["contribution"]) for r in found.to_pylist() if r["invoice_id"] == key]
        assert own == sorted(own, reverse=True)


def test_the_packaged_models_beat_rules_and_own_attributes_on_other_seeds() -> None:
    for role, least in (("compliance", "average_precision"), ("duplicate", "average_precision")):
        told = card(role)
        assert not set(told.examples["seeds"]) & set(told.examples["test_seeds"])
        for habits in ("same", "other"):
            table = {row["scorer"]: row for row in told.comparison if row["habits"] == habits}
            others = [row[least] for name, row in table.items() if name not in (
                "model", "model and duplicates", "blocking")]  # fmt: skip
            assert table["model"][least] > max(others) + 0.05
    assert ROLES == ("compliance", "duplicate")
