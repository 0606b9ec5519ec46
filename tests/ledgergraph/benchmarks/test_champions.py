"""Training, judging and writing of the default champions, on ledgers small enough for a test."""

from pathlib import Path

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from ledgergraph.benchmarks.champions import (
    Recipe,
    described,
    judged,
    make_matcher,
    make_models,
    train,
)
from ledgergraph.benchmarks.protocols import LabelledLedger, compliance, summary
from ledgergraph.corpora.training import as_tables, from_tables, training_ledgers
from ledgergraph.datasets.labelled_pairs import label_pairs, pair_examples, without_easy
from ledgergraph.models.boosting import BoostingSettings, load
from ledgergraph.models.contract import ModelCard

TREES = BoostingSettings(rounds=40, leaves=8, folds=2)
QUICK = Recipe(TREES, TREES, TREES)


@pytest.fixture(scope="module")
def ledgers() -> list[LabelledLedger]:
    return [described(one) for one in training_ledgers([31, 32], 400)]


def test_the_same_seeds_give_the_same_files(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        make_models(tmp_path / folder, [31, 32], [41], 300, QUICK)
    for role in ("compliance", "duplicate"):
        names = sorted(path.name for path in (tmp_path / "one" / role).iterdir())
        assert names == ["calibration.json", "card.json", "model.txt"]
        for name in names:
            one, two = (tmp_path / folder / role / name for folder in ("one", "two"))
            assert one.read_bytes() == two.read_bytes()
        assert ModelCard.load(tmp_path / "one" / role).examples["test_seeds"] == [41]
        assert load(tmp_path / "one" / role).names


def test_a_matcher_is_made_alone_and_learns_from_other_seeds_than_it_is_judged_on(
    tmp_path: Path,
) -> None:
    table = make_matcher(tmp_path, [31, 32], [41], 300, TREES)
    assert [path.name for path in tmp_path.iterdir()] == ["duplicate"]
    assert {row["scorer"] for row in table} >= {"blocking", "model"}
    with pytest.raises(ValueError, match="41"):
        make_matcher(tmp_path, [31, 41], [41], 300, TREES)


def test_easy_pairs_that_stay_count_for_those_that_go(ledgers: list[LabelledLedger]) -> None:
    every = pair_examples([(one.pairs, label_pairs(one.pairs, one.duplicates)) for one in ledgers])
    few = without_easy(every, seed=1)
    assert few.target.sum() == every.target.sum()
    assert len(few.target) < len(every.target)
    assert few.weight is not None
    assert abs(few.weight.sum() / len(every.target) - 1) < 0.1


def test_every_scorer_is_judged_on_the_same_rows(ledgers: list[LabelledLedger]) -> None:
    rows = judged(train(ledgers, 1, QUICK), ledgers[0], seed=1)
    means = {(row["protocol"], row["scorer"]): row for row in summary(rows)}
    assert ("compliance", "rules") in means
    assert ("compliance", "own attributes") in means
    assert means[("compliance", "model")]["average_precision"] > 0.3
    assert 0.8 <= means[("duplicate", "blocking")]["recall"] <= 1
    for row in rows.to_pylist():
        if row["low"] is not None:
            assert row["low"] <= row["high"]


def test_a_perfect_score_is_perfect_and_a_constant_is_the_prevalence(
    ledgers: list[LabelledLedger],
) -> None:
    ledger = ledgers[0]
    truth = dict(zip(ledger.truth["invoice_id"].to_pylist(),
                     ledger.truth["is_issue"].to_pylist(), strict=True))  # fmt: skip
    perfect = np.array([float(truth[one]) for one in ledger.features["invoice_id"].to_pylist()])
    rows = compliance(ledger, {"perfect": perfect, "constant": np.zeros(len(perfect))}, 1, 20)
    means = {row["scorer"]: row for row in summary(rows)}
    assert means["perfect"]["average_precision"] == 1
    assert means["constant"]["average_precision"] < 0.2


def test_ledgers_read_back_from_their_tables_teach_the_same(
    ledgers: list[LabelledLedger],
) -> None:
    stored = {table.name: rows for table, rows in as_tables(training_ledgers([31, 32], 400))}
    for read, one in zip(from_tables(stored), ledgers, strict=True):
        again = described(read)
        assert again.name == one.name
        for mine, other in ((again.features, one.features), (again.pairs, one.pairs)):
            assert_frame_equal(mine.to_pandas(), other.to_pandas())
        assert again.truth.sort_by("invoice_id").equals(one.truth.sort_by("invoice_id"))
        assert again.duplicates.num_rows == one.duplicates.num_rows


def test_seeds_are_not_both_learned_from_and_judged_on(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="both learned from and judged on"):
        make_models(tmp_path, [1, 2], [2], 300)
