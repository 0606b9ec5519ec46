"""The reader's challenger learns from the corpus, is judged, and counts if it wins."""

import io
from collections.abc import Iterable
from typing import Any

import dagster as dg
import pyarrow.parquet as pq
import pytest

from assets.benchmarks import reader_benchmark, reader_champion
from assets.extractions import READER, reader_in
from assets.lineage import Inputs
from assets.models import reader_model
from assets.reader_learning import ERRORS, errors_uri
from ledgergraph.artifacts import WHOLE, Manifest
from ledgergraph.benchmarks.reading import READER_OUTCOMES
from ledgergraph.benchmarks.record import DECISION, PAGE, decision_of
from ledgergraph.corpora.annotations import Annotation, table_of
from ledgergraph.corpora.reader_corpus import MAIN_SPLIT
from ledgergraph.corpora.synthetic import Order, made_documents
from ledgergraph.extractions.readers.learned import load
from ledgergraph.models.packaged import folder_of
from resources.doors import StoreResource
from resources.learning import learned_from
from resources.recognition import OcrResource
from resources.store import Store
from tests.stores import rows_of, the_head

FEW = {"reader_model": {"config": {"rounds": 15}}}


def annotations(papers: int, seed: int) -> list[Annotation]:
    made = made_documents(Order(papers, [seed], families=("receipt",), languages=("en",)))
    return [one.annotation for one in made]


def a_corpus(store: Store, **sides: Iterable[Annotation]) -> None:
    files = []
    for side, own in sides.items():
        sink = io.BytesIO()
        pq.write_table(table_of(own), sink)
        files.append(store.put_file(f"split={side}/part-0.parquet", sink.getvalue()))
    store.commit(Manifest("reader_corpus", WHOLE, "1", tuple(files), {"split": MAIN_SPLIT}))


def materialised(store: Store, *wanted: dg.AssetsDefinition) -> dict[str, Any]:
    names = {one.key.path[-1] for one in wanted}
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            list(wanted), instance=instance, selection=list(wanted),
            resources={"store": StoreResource(url=store.url), "ocr": OcrResource(engine="off")},
            run_config={"ops": {name: one for name, one in FEW.items() if name in names}},
        )  # fmt: skip
    [event] = result.asset_materializations_for_node(next(iter(sorted(names))))
    return dict(event.metadata)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store whose reader learned from few documents and was judged on others."""
    store = Store(str(tmp_path_factory.mktemp("store")))
    a_corpus(store, train=annotations(24, 6), test=annotations(16, 71))
    materialised(store, reader_champion)
    materialised(store, reader_model)
    materialised(store, reader_benchmark)
    return store


def test_the_packaged_reader_counts_first_and_extractions_read_it(store: Store) -> None:
    counts = the_head(store, READER)
    assert counts.settings["origin"] == "package"
    inputs = Inputs(store, {READER: store.heads(READER)}, WHOLE)
    read = reader_in(inputs)
    assert read is not None
    assert read.version == load(folder_of("reader")).version


def test_before_there_is_a_champion_rules_read(tmp_path_factory: pytest.TempPathFactory) -> None:
    empty = Store(str(tmp_path_factory.mktemp("empty")))
    assert reader_in(Inputs(empty, {READER: empty.heads(READER)}, WHOLE)) is None


def test_both_readers_are_judged_on_the_same_fields_of_documents_new_to_both(store: Store) -> None:
    items = rows_of(store, "reader_benchmark", READER_OUTCOMES)
    assert items.num_rows
    assert not any(items["is_seen"].to_pylist())
    benchmark = the_head(store, "reader_benchmark")
    files = {file.table: store.file(file) for file in benchmark.files if file.rows is None}
    decision = decision_of(files[DECISION])
    assert decision.reason
    assert not decision.is_due  # a few documents do not beat the packaged reader
    assert b"# reader: the challenger is not promoted" in files[PAGE]


def test_the_errors_of_the_challenger_stand_on_a_page_of_the_store(store: Store) -> None:
    benchmark = the_head(store, "reader_benchmark")
    (page,) = (store.file(one) for one in benchmark.files if one.table == ERRORS)
    assert b"What was taken for what" in page
    assert store.read(errors_uri(page)) == page


def test_a_challenger_that_lost_does_not_count(store: Store) -> None:
    before = the_head(store, READER).version
    materialised(store, reader_champion)
    assert the_head(store, READER).version == before


def test_a_challenger_names_the_corrections_it_knew(store: Store) -> None:
    assert learned_from(store, "reader") == frozenset()
    assert the_head(store, "reader_model").file("reader_events") is not None
