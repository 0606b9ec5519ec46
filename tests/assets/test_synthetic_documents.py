"""The asset that makes papers."""

import pytest
from dagster import DagsterInstance, materialize

from assets.corpora import synthetic_documents
from assets.lineage import Inputs
from ledgergraph.artifacts import WHOLE
from ledgergraph.corpora.annotations import ANNOTATIONS, annotations_in
from resources.doors import StoreResource
from resources.store import Store


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Store:
    return Store(str(tmp_path_factory.mktemp("store")))


def made(home: Store, **config):
    with DagsterInstance.ephemeral() as instance:
        done = materialize(
            [synthetic_documents],
            instance=instance,
            resources={"store": StoreResource(url=home.url)},
            run_config={"ops": {"synthetic_documents": {"config": config}}},
        )
    return done.asset_materializations_for_node("synthetic_documents")[0]


def test_files_are_in_the_store_under_the_name_that_their_annotation_gives(home):
    event = made(home, papers=8, seeds=[1], languages=["de", "it"], media=["pdf", "png"], dpi=60)
    inputs = Inputs(home, {"synthetic_documents": home.heads("synthetic_documents")}, WHOLE)
    found = list(annotations_in(inputs.table(ANNOTATIONS)))
    assert len(found) >= 8
    assert {one.language for one in found} == {"de", "it"}
    for one in found:
        assert home.blob(one.document_id)
    shown = event.metadata["sample (picture)"].value
    assert len(shown) < 40_000
    counts = event.metadata["type"].value
    assert sum(counts.values()) == len(found)


def test_the_same_order_is_not_made_twice(home):
    first = made(home, papers=3, seeds=[2], languages=["en"], media=["pdf"])
    again = made(home)
    assert not again.metadata["ledgergraph/computed"].value
    assert first.metadata["ledgergraph/manifest"] == again.metadata["ledgergraph/manifest"]
