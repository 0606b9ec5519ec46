"""The asset that takes labelled data sets of others."""

import json
from pathlib import Path

import dagster as dg
import pytest
from PIL import Image

from assets.corpora import public_documents
from assets.lineage import Inputs
from ledgergraph.artifacts import WHOLE
from ledgergraph.corpora.annotations import ANNOTATIONS, annotations_in
from ledgergraph.corpora.loaders import REJECTED_ITEMS
from resources.doors import PublicDataResource, StoreResource

LINE = "5,5,90,5,90,15,5,15,TOTAL 9.00\n"
KEYS = {"company": "A", "date": "1/2/2020", "address": "B", "total": "9.00"}


def receipt(folder: Path, name: str) -> None:
    for part in ("img", "box", "key"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    Image.effect_noise((100, 100), 50).save(folder / "img" / f"{name}.jpg")
    (folder / "box" / f"{name}.csv").write_text(LINE)
    (folder / "key" / f"{name}.json").write_text(json.dumps(KEYS))


def made(instance, home: Path, root: str = "", **config) -> dg.AssetMaterialization:
    resources = {
        "store": StoreResource(url=str(home)),
        "public_data": PublicDataResource(folder=root),
    }
    run_config = {"ops": {"public_documents": {"config": config}}}
    done = dg.materialize(
        [public_documents], instance=instance, resources=resources, run_config=run_config
    )
    return done.asset_materializations_for_node("public_documents")[0]


def tables(home: Path):
    store = StoreResource(url=str(home)).open()
    inputs = Inputs(store, {"public_documents": store.heads("public_documents")}, WHOLE)
    return store, inputs.table(ANNOTATIONS), inputs.table(REJECTED_ITEMS)


def test_data_sets_below_the_public_data_are_taken_without_their_pictures(instance, tmp_path):
    receipt(tmp_path / "public" / "sroie" / "train", "1")
    receipt(tmp_path / "public" / "sroie" / "train", "2")
    (tmp_path / "public" / "sroie" / "train" / "img" / "2.jpg").write_bytes(b"no")
    done = made(instance, tmp_path / "store", str(tmp_path / "public"))
    store, annotations, rejected = tables(tmp_path / "store")
    (one,) = annotations_in(annotations)
    assert (one.annotation_id, one.split) == ("sroie/train/img/1.jpg", "train")
    assert [row["reason"] for row in rejected.to_pylist()] == ["no_picture"]
    assert not store.names("blobs/")
    assert done.metadata["items"].value == {"sroie, train, receipt": 1}
    assert done.metadata["rejected"].value == {"sroie, no_picture": 1}
    assert done.metadata["faults"].value["sroie, label_not_in_text"] > 0


def test_the_same_folders_are_not_read_twice_and_a_changed_one_is(instance, tmp_path):
    folders = {"sroie": str(tmp_path / "elsewhere")}
    receipt(tmp_path / "elsewhere", "1")
    first = made(instance, tmp_path / "store", folders=folders, keep_pictures=True)
    again = made(instance, tmp_path / "store")
    receipt(tmp_path / "elsewhere", "2")
    changed = made(instance, tmp_path / "store")
    computed = [one.metadata["ledgergraph/computed"].value for one in (first, again, changed)]
    assert computed == [True, False, True]
    store, annotations, _ = tables(tmp_path / "store")
    assert annotations.num_rows == 2
    for one in annotations_in(annotations):
        assert store.blob(one.document_id)  # its picture, as was asked for


def test_without_a_data_set_the_tables_are_empty_and_the_metadata_says_how_to_name_one(
    instance, tmp_path
):
    done = made(instance, tmp_path / "store")
    assert tables(tmp_path / "store")[1].num_rows == 0
    assert "LEDGERGRAPH_PUBLIC_DATA" in done.metadata["why"].value


def test_a_folder_that_is_no_such_data_set_fails_with_what_was_looked_for(instance, tmp_path):
    (tmp_path / "cord").mkdir()
    with pytest.raises(dg.Failure, match="Looked for were"):
        made(instance, tmp_path / "store", folders={"cord": str(tmp_path / "cord")})
