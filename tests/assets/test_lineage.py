import uuid
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pytest

from assets.lineage import ANEW, Inputs, Made, reported, written
from ledgergraph.artifacts import Manifest
from ledgergraph.errors import BadSetting, ServiceMissing
from ledgergraph.tables import TEXT, Table
from resources.doors import StoreResource
from resources.store import Store

WORDS = Table("words", pa.schema([("word", TEXT)]), key=("word",))
LETTERS = Table("letters", pa.schema([("letter", TEXT)]), key=("letter",))


def two_assets(
    words: Callable[[], list[str]], runs: list[str], code_version: str = "1"
) -> list[dg.AssetsDefinition]:
    @dg.asset(name="words", code_version=code_version)
    def words_asset(
        context: dg.AssetExecutionContext, store: StoreResource
    ) -> dg.MaterializeResult:
        def compute(inputs: Inputs) -> Made:
            runs.append("words")
            return Made([(WORDS, WORDS.rows({"word": word} for word in words()))])

        return written(context, store.open(), compute, settings={"words": words()})

    @dg.asset(name="letters", deps=["words"], code_version="1")
    def letters_asset(
        context: dg.AssetExecutionContext, store: StoreResource
    ) -> dg.MaterializeResult:
        def compute(inputs: Inputs) -> Made:
            runs.append("letters")
            letters = {
                letter for word in inputs.table(WORDS)["word"].to_pylist() for letter in word
            }
            return Made([(LETTERS, LETTERS.rows({"letter": letter} for letter in letters))])

        return written(context, store.open(), compute)

    return [words_asset, letters_asset]


class Bench:
    """Two assets on a store, materialized as often as a test likes."""

    def __init__(self, url: str, instance: dg.DagsterInstance) -> None:
        self.url = url
        self.runs: list[str] = []
        self.instance = instance
        self.versions: dict[str, str] = {}

    def materialize(
        self, *words: str, code_version: str = "1", tags: dict[str, str] | None = None
    ) -> list[str]:
        self.runs.clear()
        result = dg.materialize(
            two_assets(lambda: list(words), self.runs, code_version),
            instance=self.instance,
            resources={"store": StoreResource(url=self.url)},
            tags=tags,
        )
        for event in result.get_asset_materialization_events():
            key = event.asset_key.path[-1]
            self.versions[key] = event.materialization.tags["dagster/data_version"]
        return list(self.runs)


@pytest.fixture
def bench(instance: dg.DagsterInstance) -> Bench:
    return Bench(f"memory://{uuid.uuid4().hex}", instance)


def test_nothing_is_computed_twice_from_the_same(bench: Bench) -> None:
    assert bench.materialize("ab") == ["words", "letters"]
    first = dict(bench.versions)
    entries = len(list(Store(bench.url).audit_entries()))
    assert bench.materialize("ab") == []
    assert bench.versions == first
    assert len(list(Store(bench.url).audit_entries())) == entries


def test_a_change_of_settings_goes_through_to_what_depends_on_it(bench: Bench) -> None:
    bench.materialize("ab")
    assert bench.materialize("ab", "cd") == ["words", "letters"]


def test_a_new_code_version_computes_its_asset_anew(bench: Bench) -> None:
    bench.materialize("ab")
    assert "words" in bench.materialize("ab", code_version="2")


def test_a_run_may_ask_for_everything_anew(bench: Bench) -> None:
    bench.materialize("ab")
    assert bench.materialize("ab", tags={ANEW: "true"}) == ["words", "letters"]


def test_the_data_version_is_the_hash_of_the_manifest(bench: Bench) -> None:
    bench.materialize("ab")
    head = Store(bench.url).head("letters", "_")
    assert head is not None
    assert bench.versions["letters"] == head.version
    assert head.inputs == {"words": {"_": bench.versions["words"]}}


def test_the_same_facts_have_the_same_version_anywhere(bench: Bench, tmp_path: Path) -> None:
    elsewhere = Bench(str(tmp_path), bench.instance)
    bench.materialize("ab")
    elsewhere.materialize("ab")
    assert bench.versions == elsewhere.versions


def test_a_person_is_shown_what_an_asset_was_made_from(bench: Bench) -> None:
    bench.materialize("ab")
    event = bench.instance.get_latest_materialization_event(dg.AssetKey("letters"))
    assert event is not None
    shown = event.asset_materialization.metadata
    assert shown["ledgergraph/inputs"].value == {"words": bench.versions["words"][:12]}
    assert shown["dagster/row_count"].value == 2


def test_batches_are_counted_and_files_have_no_rows() -> None:
    inputs = {"documents": {"b1": "1", "b2": "2"}, "champion": {}}
    shown = reported(Manifest("page", "_", "1", (), {}, inputs), "3", is_computed=True).metadata
    assert shown["ledgergraph/inputs"].value == {
        "documents": "2 batches", "champion": "nothing yet",
    }  # fmt: skip
    assert "dagster/row_count" not in shown


@pytest.mark.parametrize(
    ("error", "attempts"),
    [(ServiceMissing("bolt://x", "Start it."), 3), (BadSetting("X", "is wrong."), 1)],
)
def test_only_errors_that_may_pass_are_tried_again(
    error: Exception, attempts: int, instance: dg.DagsterInstance
) -> None:
    tried = []

    @dg.asset(code_version="1", retry_policy=dg.RetryPolicy(max_retries=2))
    def failing(context: dg.AssetExecutionContext, store: StoreResource) -> dg.MaterializeResult:
        def compute(inputs: Inputs) -> Made:
            tried.append(1)
            raise error

        return written(context, store.open(), compute)

    dg.materialize(
        [failing],
        instance=instance,
        resources={"store": StoreResource(url=f"memory://{uuid.uuid4().hex}")},
        raise_on_error=False,
    )
    assert len(tried) == attempts
