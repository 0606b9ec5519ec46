"""The transformer learns from the corpus as assets, goes on after a kill, and is judged."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow.parquet as pq
import pytest

from assets.policies import GPU_POOL
from assets.transformer import transformer_benchmark, transformer_lessons, transformer_model
from ledgergraph.artifacts import WHOLE, Manifest
from ledgergraph.benchmarks.transformer_lessons import (
    CONFUSED,
    TRANSFORMER_ENTITIES,
    TRANSFORMER_READERS,
)
from ledgergraph.corpora.annotations import Annotation, table_of
from ledgergraph.corpora.reader_corpus import MAIN_SPLIT
from ledgergraph.corpora.synthetic import Order, made_documents
from ledgergraph.datasets.layout_lessons import TRANSFORMER_LESSONS, classes_in, lessons_in
from ledgergraph.documents.limits import Limits
from ledgergraph.errors import StaleInput
from orchestration.definitions import build_definitions
from orchestration.environments import Environment
from resources.doors import LedgerResource, LimitsResource, StoreResource
from resources.reader import ReaderResource
from resources.recognition import OcrResource
from resources.registry import Registry, RegistryResource
from resources.store import Store
from tests.stores import rows_of, the_head

pytestmark = pytest.mark.slow
ASSETS = (transformer_lessons, transformer_model, transformer_benchmark)
TINY = {
    "width": 24, "layers": 1, "heads": 2, "pieces": 600, "rate": 5e-3, "warm_up": 3,
    "accumulated": 1, "epochs": 2, "kept_every": 1, "threads": 1, "device": "cpu",
}  # fmt: skip


def annotations(papers: int, seed: int) -> list[Annotation]:
    made = made_documents(Order(papers, [seed], families=("receipt",), languages=("en",)))
    return [one.annotation for one in made]


def a_corpus(store: Store) -> None:
    files = []
    for side, own in (("train", annotations(14, 8)), ("test", annotations(5, 71))):
        sink = io.BytesIO()
        pq.write_table(table_of(own), sink)
        files.append(store.put_file(f"split={side}/part-0.parquet", sink.getvalue()))
    store.commit(Manifest("reader_corpus", WHOLE, "1", tuple(files), {"split": MAIN_SPLIT}))


def materialised(store: Store, wanted: dg.AssetsDefinition, **config: Any) -> dict[str, Any]:
    """The metadata of one asset that was made with some settings."""
    name = wanted.key.path[-1]
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [wanted], instance=instance, selection=[wanted],
            resources={
                "store": StoreResource(url=store.url), "limits": LimitsResource(),
                "ocr": OcrResource(engine="off"),
                "registry": RegistryResource(url=registry_url(store)),
                "ledger": LedgerResource(name="tiny"),
            },
            run_config={"ops": {name: {"config": config}}} if config else {},
        )  # fmt: skip
    [event] = result.asset_materializations_for_node(name)
    return dict(event.metadata)


def registry_url(store: Store) -> str:
    return f"sqlite:///{store.url}-registry.db"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with a tiny corpus and its lessons."""
    store = Store(str(tmp_path_factory.mktemp("transformer") / "store"))
    a_corpus(store)
    materialised(store, transformer_lessons)
    return store


@pytest.fixture(scope="module")
def said(store: Store) -> dict[str, Any]:
    """What the model says of itself; its training was killed and asked for again."""
    assert killed(store) == -signal.SIGKILL
    assert list(Path(store.url).glob("checkpoints/transformer/*/latest"))
    return materialised(store, transformer_model, **TINY)


KILLED = """
import json, os, signal, sys
from pathlib import Path
from assets.transformer import LearningToTag
from ledgergraph.datasets.layout_lessons import TRANSFORMER_LESSONS, classes_in, lessons_in
from ledgergraph.models.layout_training import fit, mark_of
from resources.checkpoints import checkpoints
from resources.store import Store

store, config = Store(sys.argv[1]), LearningToTag(**json.loads(sys.argv[2]))
rows = store.table(TRANSFORMER_LESSONS, store.heads("transformer_lessons"))
rows = rows.filter([one == "train" for one in rows["side"].to_pylist()])
classes = classes_in(rows)
lessons, how = lessons_in(rows, classes), (config.shape(), config.training())

def after(latest):
    if json.loads((latest / "state.json").read_text())["epoch"] == 1:
        os.kill(os.getpid(), signal.SIGKILL)

with checkpoints(store, "transformer/" + mark_of(lessons, classes, *how)[:16]) as (kept, _):
    fit(lessons, classes, *how, kept, device="cpu", after=after)
"""
"""What learns as the asset does, and is killed once it kept what the first epoch came to."""


def killed(store: Store) -> int:
    """The status of a process that was killed while it learned."""
    command = [sys.executable, "-c", KILLED, store.url, json.dumps(TINY)]
    root = Path(__file__).parents[2]
    return subprocess.run(command, cwd=root, check=False, env={**os.environ, "PYTHONPATH": "."}
                          ).returncode  # fmt: skip


def test_lessons_are_words_with_classes_of_every_head_on_two_sides(store: Store) -> None:
    rows = rows_of(store, "transformer_lessons", TRANSFORMER_LESSONS)
    sides = rows["side"].to_pylist()
    assert {side: sides.count(side) for side in sides} == {"train": 14, "test": 5}
    for lesson in lessons_in(rows, classes_in(rows)):
        assert len(lesson.laid_out.words) == len(lesson.tags) == len(lesson.tables) > 0
        assert all(0 <= at <= 1000 for box in lesson.laid_out.boxes for at in box)


def test_a_training_that_was_killed_goes_on_and_leaves_no_checkpoints(
    store: Store, said: dict[str, Any]
) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(registry_url(store))
    door = Registry(registry_url(store), "tiny")
    experiment = client.get_experiment_by_name(door.name("trainings"))
    assert experiment is not None
    [run] = client.search_runs([experiment.experiment_id])
    noted = [one.step for one in client.get_metric_history(run.info.run_id, "f1")]
    assert noted == [1]
    assert not list(Path(store.url).glob("checkpoints/transformer/*"))
    assert said["epochs"].value == 2
    assert "from scratch" in said["ledgergraph/licence of the weights"].value


def test_what_was_made_from_the_same_is_not_learned_again(
    store: Store, said: dict[str, Any]
) -> None:
    before = the_head(store, "transformer_model").version
    assert materialised(store, transformer_model, **TINY)["ledgergraph/computed"].value is False
    assert the_head(store, "transformer_model").version == before


def test_entities_errors_and_every_kind_of_reader_are_judged_on_unseen_vendors(
    store: Store, said: dict[str, Any]
) -> None:
    judged = materialised(store, transformer_benchmark)
    for picture in ("entities as", "labels as"):
        assert "data:image/png;base64," in judged[picture].value
    rows = rows_of(store, "transformer_benchmark", TRANSFORMER_ENTITIES).to_pylist()
    of_all = next(one for one in rows if one["entity"] == "all")
    errors = of_all["missed"] + of_all["wrong_type"] + of_all["wrong_extent"]
    assert of_all["stated"] == of_all["right"] + errors > 0
    assert of_all["stated"] == sum(one["stated"] for one in rows) / 2
    readers = rows_of(store, "transformer_benchmark", TRANSFORMER_READERS)["scorer"].to_pylist()
    assert set(readers) == {"rules", "transformer"}
    assert "Trees, and trees beside the transformer, were not judged" in judged["readers"].value
    names = {file.table for file in the_head(store, "transformer_benchmark").files}
    assert {CONFUSED, "spotting.json", "card.json"} <= names
    reader = ReaderResource(kind="transformer").open(None, store, Limits())
    assert reader is not None
    assert reader.name.startswith("model:")
    with pytest.raises(StaleInput, match="too few vendors for trees"):
        ReaderResource(kind="stack").open(None, store, Limits())


def test_learning_asks_for_a_gpu_where_pods_are_and_only_on_request() -> None:
    assert transformer_model.op.pool == GPU_POOL
    definitions = build_definitions(Environment.read({}, home="/of/nobody"))
    wanted = {one.key for one in ASSETS}
    job = definitions.resolve_job_def("training_transformer")
    assert job.asset_layer.selected_asset_keys == wanted
    for schedule in definitions.schedules or []:
        own = definitions.resolve_job_def(schedule.job_name).asset_layer.selected_asset_keys
        assert not own & wanted
    for spec in definitions.resolve_all_asset_specs():
        assert spec.key not in wanted or spec.automation_condition is None


def test_without_torch_the_error_names_what_to_install(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(dg.Failure, match=r"pip install 'ledgergraph\[networks\]'"):
        materialised(store, transformer_model, **{**TINY, "seed": 9})
