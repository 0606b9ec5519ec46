"""Models learn from the training ledgers that a home keeps."""

from pathlib import Path

import dagster as dg
import pytest

from assets.corpora import every_training_invoice_has_its_truth, training_ledgers
from ledgergraph.models.boosting import load
from ledgergraph.models.contract import ModelCard
from orchestration.cli import main
from resources.doors import StoreResource


def test_models_are_made_from_the_ledgers_that_a_home_keeps(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    home, models = tmp_path / "home", tmp_path / "models"
    config = {"training_ledgers": {"config": {"seeds": [31, 32], "invoices": 300}}}
    dg.materialize(
        [training_ledgers],
        instance=instance,
        resources={"store": StoreResource(url=str(home / "store"))},
        run_config={"ops": config},
    )
    check = every_training_invoice_has_its_truth(store=StoreResource(url=str(home / "store")))
    assert isinstance(check, dg.AssetCheckResult)
    assert check.passed
    given = ("--home", str(home), "--folder", str(models), "--test-seeds", "41")
    assert main(["models", *given]) == 0
    for role in ("compliance", "duplicate"):
        assert ModelCard.load(models / role).examples["seeds"] == [31, 32]
        assert load(models / role).names


def test_a_home_without_training_ledgers_says_how_they_are_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "--home", str(tmp_path)]) == 1
    assert "Materialize training_ledgers" in capsys.readouterr().err
