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
    event = made(home, papers=8, seeds=[1], languages=["de", "it"], media=["pdf", "png"], dpi=60,
                 presets=[], noised=0)  # fmt: skip
    inputs = Inputs(home, {"synthetic_documents": home.heads("synthetic_documents")}, WHOLE)
    found = list(annotations_in(inputs.table(ANNOTATIONS)))
    assert len(found) >= 8
    assert {one.language for one in found} == {"de", "it"}
    for one in found:
        assert home.blob(one.document_id)
    shown = event.metadata["sample (picture)"].value
    assert 2_000 < len(shown) < 120_000
    counts = event.metadata["type"].value
    assert sum(counts.values()) == len(found)


def test_the_same_order_is_not_made_twice(home):
    first = made(home, papers=3, seeds=[2], languages=["en"], media=["pdf"], presets=[])
    again = made(home)
    assert not again.metadata["ledgergraph/computed"].value
    assert first.metadata["ledgergraph/manifest"] == again.metadata["ledgergraph/manifest"]


def test_each_document_comes_clean_degraded_and_misread(home):
    event = made(
        home, papers=4, seeds=[3], languages=["es"], media=["pdf"], families=["modern"], dpi=60,
        presets=["scan", "fax"], noised=1,
    )  # fmt: skip
    inputs = Inputs(home, {"synthetic_documents": home.heads("synthetic_documents")}, WHOLE)
    found = {one.annotation_id: one for one in annotations_in(inputs.table(ANNOTATIONS))}
    clean = [one for one in found.values() if one.preset is None]
    derived = [one for one in found.values() if one.preset is not None]
    assert len(clean) == 4
    assert {one.preset for one in derived} - {"text_noise"} <= {"scan", "fax"}
    for one in clean:
        own = [other for other in derived if other.derived_from == one.annotation_id]
        noised = [other for other in own if other.document_id is None]
        pictures = [other for other in own if other.document_id is not None]
        assert len(noised) == 1
        assert len(pictures) == len(one.pages)
        assert all(home.blob(other.document_id) for other in pictures)
    assert sum(event.metadata["preset"].value.values()) == len(found)


def test_a_preset_that_is_none_is_named(home):
    with pytest.raises(Exception, match="There is no preset 'sepia'"):
        made(home, papers=1, presets=["sepia"])
