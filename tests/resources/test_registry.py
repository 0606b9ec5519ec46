"""The registry mirrors champions: a version each, an alias for the one that counts."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from ledgergraph.errors import BadSetting, ServiceMissing
from resources.registry import CHAMPION, EXAMPLE, SIGNATURE, Registered, Registry

ONE = Registered(
    "a" * 64, "file:///store/a.json", "Better.", {"role": "x", "code": "x 1, ledgergraph 1"},
    {"same habits/low": 0.1}, {"amount_rank": "double", "number": "string"},
    {"probability": "double"}, {"amount_rank": None, "number": "R-1"}, {"labels": "c" * 64},
)  # fmt: skip


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    place = tmp_path_factory.mktemp("registry") / "not there yet" / "registry.db"
    return Registry(f"sqlite:///{place}", "Müller & Co: main/1")


@pytest.mark.slow
def test_the_alias_names_the_champion_that_was_mirrored_last(registry: Registry) -> None:
    assert registry.champion("compliance") is None
    other = replace(ONE, manifest="b" * 64)
    for model in (ONE, other, other, ONE):
        registry.mirror("compliance", model)
        assert registry.champion("compliance") == model.manifest
    assert registry.champion("duplicate") is None


@pytest.mark.slow
def test_a_version_says_what_it_reads_and_gives_and_learned_from(registry: Registry) -> None:
    from mlflow import MlflowClient
    from mlflow.models import ModelSignature

    registry.mirror("compliance", ONE)
    client = MlflowClient(tracking_uri=registry.url, registry_uri=registry.url)
    found = client.get_model_version_by_alias(registry.name("compliance"), CHAMPION)
    signature = ModelSignature.from_dict(json.loads(found.tags[SIGNATURE]))
    example = pd.DataFrame(**json.loads(found.tags[EXAMPLE]))
    assert signature.inputs.input_names() == list(example.columns) == list(ONE.inputs)
    assert signature.outputs.input_names() == ["probability"]
    assert found.tags["code"] == "x 1, ledgergraph 1"
    inputs = client.get_run(str(found.run_id)).inputs
    assert inputs is not None
    (learned,) = inputs.dataset_inputs
    assert (learned.dataset.name, learned.dataset.source) == ("labels", "c" * 64)


@pytest.mark.slow
def test_a_server_that_does_not_answer_is_named() -> None:
    with pytest.raises(ServiceMissing, match=r"http://127.0.0.1:9 .*LEDGERGRAPH_REGISTRY"):
        Registry("http://127.0.0.1:9", "main").champion("compliance")


def test_a_url_of_no_registry_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="LEDGERGRAPH_REGISTRY"):
        Registry(str(tmp_path), "main")


@pytest.mark.slow
def test_the_epochs_of_a_training_are_figures_of_one_run(registry: Registry) -> None:
    for epoch, loss in enumerate((2.0, 1.0)):  # the second after a kill
        note = registry.training("transformer", {"rate": "0.001"}, "0123abc")
        note(epoch, {"loss": loss})
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=registry.url, registry_uri=registry.url)
    place = client.get_experiment_by_name(registry.name("trainings"))
    (run,) = client.search_runs([place.experiment_id])
    assert run.data.tags["rate"] == "0.001"
    history = client.get_metric_history(run.info.run_id, "loss")
    assert [(one.step, one.value) for one in history] == [(0, 2.0), (1, 1.0)]


@pytest.mark.slow
def test_the_newest_entry_of_the_log_is_noted_and_never_an_older_one(tmp_path: Path) -> None:
    registry = Registry(f"sqlite:///{tmp_path}/registry.db", "main")
    registry.note_log(3, "c" * 64)
    assert registry.noted_log() is None  # nothing is registered yet
    registry.mirror("compliance", ONE)
    for number, link in ((3, "c" * 64), (5, "e" * 64), (4, "d" * 64)):
        registry.note_log(number, link)
    assert registry.noted_log() == (5, "e" * 64)
