import io
import json
import re
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from ledgergraph.corpora.annotations import Annotation, as_lines, from_lines, table_of
from ledgergraph.corpora.loaders import (
    LOADERS,
    Rejected,
    Taking,
    folders_below,
    load,
    rule_of,
    state_of,
)
from ledgergraph.corpora.loaders.collecting import collected
from ledgergraph.corpora.loaders.items import places_of_text, words_of_line
from ledgergraph.corpora.loaders.sroie import canonical
from ledgergraph.errors import BadInput
from ledgergraph.evidence import Box

SIZE = (200, 300)
LINES = (
    "10,10,110,10,110,20,10,20,LUCKY SHOP\n"
    "10,30,110,30,110,40,10,40,12, HIGH ST.\n"
    "10,50,110,50,110,60,10,60,DATE:05/03/2018\n"
    "10,70,110,70,110,80,10,80,SUBTOTAL 9.00\n"
    "10,90,110,90,110,100,10,100,TOTAL RM9.00\n"
)
KEYS = {"company": "Lucky Shop", "date": "05/03/2018", "address": "12, High St", "total": "RM9.00"}


def picture(format: str = "PNG") -> bytes:
    data = io.BytesIO()
    Image.effect_noise(SIZE, 60).convert("RGB").save(data, format)
    return data.getvalue()


SMALL = picture()


def write(path: Path, data) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(data, dict):
        data = json.dumps(data)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())


def sroie(folder: Path, name: str = "000", lines: str = LINES, keys=KEYS) -> None:
    write(folder / "img" / f"{name}.jpg", picture("JPEG"))
    write(folder / "box" / f"{name}.csv", lines)
    write(folder / "key" / f"{name}.json", keys)


def cord_line(category: str, group: int, *texts: str, key: str | None = None, sub: int = 0) -> dict:
    quad = {"x1": 10, "y1": 10, "x2": 90, "y2": 10, "x3": 90, "y3": 20, "x4": 10, "y4": 20}
    words = [{"quad": quad, "is_key": 0, "row_id": 1, "text": text} for text in texts]
    if key:
        words.insert(0, {"quad": quad, "is_key": 1, "row_id": 1, "text": key})
    return {"words": words, "category": category, "group_id": group, "sub_group_id": sub}


CORD = {
    "dontcare": [],
    "valid_line": [
        cord_line("menu.cnt", 3, "2", "x"),
        cord_line("menu.nm", 3, "NASI", "GORENG"),
        cord_line("menu.unitprice", 3, "@16.500"),
        cord_line("menu.price", 3, "33,000"),
        cord_line("menu.nm", 4, "TEH"),
        cord_line("menu.sub_nm", 4, "LESS", "SUGAR"),
        cord_line("menu.sub_nm", 4, "LESS", "ICE", sub=1),
        cord_line("menu.price", 4, "FREE"),
        cord_line("sub_total.tax_price", 5, "3,000", key="PB1"),
        cord_line("sub_total.tax_price", 6, "300", key="TAX"),
        cord_line("total.total_price", 7, "36,300", key="TOTAL"),
        cord_line("total.cashprice", 8, "50,000", key="CASH"),
    ],
    "meta": {"version": "2.0", "split": "train", "image_id": 0,
             "image_size": {"width": 200, "height": 300}},
}  # fmt: skip


def group(id: int, label: str, texts: list[str], linking=()) -> dict:
    words = [{"text": text, "box": [10, 10 * id + 5, 60, 10 * id + 14]} for text in texts]
    return {"id": id, "label": label, "text": " ".join(texts), "box": [10, 10, 60, 20],
            "words": words, "linking": [list(one) for one in linking]}  # fmt: skip


FUNSD = {
    "form": [
        group(0, "header", ["FORM", "A"], [(0, 1)]),
        group(1, "question", ["NAME:"], [(0, 1), (1, 2)]),
        group(2, "answer", ["Ada", "Byron"], [(1, 2)]),
        group(3, "question", ["DATE:"], [(3, 4)]),
        group(4, "answer", ["1", "May"], [(3, 4)]),
        group(5, "other", ["page", ""]),
    ]
}


def taken(source: str, folder: Path) -> list[Annotation]:
    found = list(load(source, folder))
    assert all(isinstance(one, Annotation) for one in found), found
    names = [one.annotation_id for one in found]
    assert len(set(names)) == len(names)
    assert list(from_lines(as_lines(found), "made"))  # each keeps the form
    return found


def read(annotation: Annotation) -> dict:
    return {(one.field, one.line): one.value for one in annotation.fields}


def said(annotation: Annotation, field: str, line: int | None = None) -> str:
    one = next(one for one in annotation.fields if (one.field, one.line) == (field, line))
    return " ".join(annotation.words[place].text for place in one.words)


def in_folders(folder: Path) -> None:
    sroie(folder / "train")
    sroie(folder / "test", "001")


def as_on_kaggle(folder: Path) -> None:
    for split, name in (("train", "X1"), ("test", "X2")):
        write(folder / "SROIE2019" / split / "img" / f"{name}.jpg", picture("JPEG"))
        write(folder / "SROIE2019" / split / "box" / f"{name}.txt", LINES)
        write(folder / "SROIE2019" / split / "entities" / f"{name}.txt", KEYS)


def as_organised(folder: Path) -> None:
    train, test = "0325updated.task1train(626p)", "task1_2_test(361p)"
    write(folder / train / "X1.jpg", picture("JPEG"))
    write(folder / train / "X1.txt", LINES)
    write(folder / "0325updated.task2train(626p)" / "X1.txt", KEYS)
    write(folder / test / "X2.jpg", picture("JPEG"))
    write(folder / "text.task1_2-test(361p)" / "X2.txt", LINES)
    write(folder / "task3-test 347p" / "X2.txt", KEYS)


@pytest.mark.parametrize("layout", [in_folders, as_on_kaggle, as_organised])
def test_sroie_is_read_in_each_layout_that_it_comes_in(layout, tmp_path: Path):
    layout(tmp_path)
    found = taken("sroie", tmp_path)
    assert sorted(one.split for one in found) == ["test", "train"]
    for one in found:
        assert read(one) == {
            ("seller.name", None): "Lucky Shop",
            ("seller.address", None): "12, High St",
            ("issue_date", None): "2018-03-05",
            ("totals.gross", None): "9",
        }
        assert said(one, "totals.gross") == "RM9.00"  # not the subtotal, which is the same
        assert said(one, "issue_date") == "DATE:05/03/2018"
        assert said(one, "seller.address") == "12, HIGH ST."
        assert (one.type, one.faults, one.pages[0].width) == ("receipt", (), SIZE[0])
        assert one.vendor == "lucky shop"


def test_a_line_is_split_into_words_by_its_characters():
    words = words_of_line("AB CDE F", Box(0, 0, 80, 10))
    assert [(word.text, word.box.x0, word.box.x1) for word in words] == [
        ("AB", 0, 20), ("CDE", 30, 60), ("F", 70, 80),
    ]  # fmt: skip


def test_a_value_is_found_at_the_edges_of_words_letters_and_digits_only():
    words = ["NO.53", "55,57", "DATE:25/12/2018", "1900.50"]
    assert places_of_text(words, "53 55, 57") == [(0, 1)]
    assert places_of_text(words, "25-12-2018") == [(2,)]
    assert places_of_text(words, "900.50") == []


@pytest.mark.parametrize(
    ("label", "raw", "value"),
    [("date", "05 MAR 2018", "2018-03-05"), ("date", "5/3/18", "2018-03-05"), ("date", "n/a", None),
     ("date", "20180304", "2018-03-04"), ("date", "25032018", "2018-03-25"),
     ("total", "RM 1,007.50", "1007.5"), ("total", "-", None)],
)  # fmt: skip
def test_labels_of_sroie_are_canonical_or_known_to_be_unreadable(label, raw, value):
    assert canonical(label, raw) == value


def test_what_is_wrong_with_labels_of_sroie_is_told_item_by_item(tmp_path: Path):
    lines = LINES + "10,110,110,110,110,120,10,120,\n" + "10,9,1900,9,1900,19,10,19,FAR AWAY\n"
    keys = {"company": "Other Ltd", "date": "someday", "address": "", "total": "9.00"}
    sroie(tmp_path, lines=lines, keys=keys)
    (one,) = taken("sroie", tmp_path)
    assert Counter(map(rule_of, one.faults)) == Counter(
        ["box_without_text", "box_beyond_page", "label_not_in_text", "date_unreadable",
         "label_missing"]
    )  # fmt: skip
    assert ("issue_date", None) not in read(one)
    assert all(word.box.x1 <= SIZE[0] for word in one.words)


def test_damaged_receipts_are_listed_and_the_rest_comes_through(tmp_path: Path):
    for name in ("000", "001", "002", "003", "004", "005"):
        sroie(tmp_path, name)
    write(tmp_path / "img" / "001.jpg", picture("JPEG")[:900])
    write(tmp_path / "img" / "002.jpg", b"no picture")
    write(tmp_path / "box" / "003.csv", "10,10,110,10\n")
    write(tmp_path / "key" / "004.json", "{")
    (tmp_path / "box" / "005.csv").unlink()
    found = {one.name: one for one in load("sroie", tmp_path)}
    reasons = {name: one.reason for name, one in found.items() if isinstance(one, Rejected)}
    assert reasons.pop("key/005.json", reasons.pop("img/005.jpg", None)) == "incomplete"
    assert reasons == {
        "img/001.jpg": "damaged", "img/002.jpg": "no_picture", "img/003.jpg": "bad_box",
        "img/004.jpg": "bad_labels",
    }  # fmt: skip
    assert isinstance(found["img/000.jpg"], Annotation)
    for one in found.values():
        if isinstance(one, Rejected):
            assert "Take" in one.sentence
            assert one.name.split(".")[0][-3:] in one.sentence


def test_cord_states_our_fields_by_line_and_keeps_the_rest_under_its_own_names(tmp_path: Path):
    for split in ("train", "dev"):
        write(tmp_path / split / "image" / "receipt_00000.png", picture())
        write(tmp_path / split / "json" / "receipt_00000.json", CORD)
    dev, train = taken("cord", tmp_path)
    assert (dev.split, train.split) == ("dev", "train")
    below = [one.value for one in dev.fields if one.field == "cord.menu.sub_nm"]
    assert below == ["LESS SUGAR", "LESS ICE"]  # two of one item, as version 2 tells them apart
    assert read(dev) == {
        ("quantity", 0): "2", ("description", 0): "NASI GORENG", ("unit_price", 0): "16500",
        ("net", 0): "33000", ("description", 1): "TEH", ("cord.menu.sub_nm", 1): "LESS ICE",
        ("cord.menu.price", 1): "FREE", ("cord.sub_total.tax_price", None): "300",
        ("totals.gross", None): "36300", ("cord.total.cashprice", None): "50,000",
    }  # fmt: skip
    assert said(dev, "totals.gross") == "36,300"  # without its key word
    assert "TOTAL" in dev.text
    assert [rule_of(one) for one in dev.faults] == ["number_unreadable"]


def test_an_item_of_cord_with_labels_or_picture_alone_is_listed(tmp_path: Path):
    write(tmp_path / "train" / "image" / "a.png", picture())
    write(tmp_path / "train" / "json" / "a.json", CORD)
    write(tmp_path / "train" / "image" / "b.png", picture())
    write(tmp_path / "train" / "json" / "c.json", CORD)
    write(tmp_path / "train" / "image" / "d.png", picture())
    write(tmp_path / "train" / "json" / "d.json", {"valid_line": [{"category": "menu.nm"}]})
    found = list(load("cord", tmp_path))
    reasons = {one.name: one.reason for one in found if isinstance(one, Rejected)}
    assert reasons == {
        "train/image/b.png": "incomplete", "train/json/c.json": "incomplete",
        "train/json/d.json": "bad_labels",
    }  # fmt: skip
    assert len(found) == 4


def test_archives_of_cord_unpacked_side_by_side_are_one_data_set(tmp_path: Path):
    one, other = tmp_path / "CORD-1k-001" / "CORD", tmp_path / "CORD-1k-002" / "CORD"
    for place, split in ((one, "train"), (other, "train"), (one, "test")):
        write(place / split / "json" / f"{place.parent.name}.json", CORD)
    for split in ("train", "test"):
        write(other / split / "image" / "CORD-1k-001.png", picture())
    write(one / "train" / "image" / "CORD-1k-002.png", picture())
    write(one / "dev" / "image" / "alone.png", picture())
    found = list(load("cord", tmp_path))
    assert [one.split for one in found if isinstance(one, Annotation)] == ["test", "train", "train"]
    assert [one.name for one in found if isinstance(one, Rejected)] == [
        "CORD-1k-001/CORD/dev/image/alone.png"
    ]


def test_a_question_of_funsd_and_its_answer_have_one_number(tmp_path: Path):
    for part in ("training_data", "testing_data"):
        write(tmp_path / "dataset" / part / "annotations" / "0.json", FUNSD)
        write(tmp_path / "dataset" / part / "images" / "0.png", picture())
    test, train = taken("funsd", tmp_path)
    assert (test.split, train.split) == ("test", "train")
    assert [(one.field, one.line, one.value) for one in test.fields] == [
        ("funsd.header", None, "FORM A"), ("funsd.question", 0, "NAME:"),
        ("funsd.answer", 0, "Ada Byron"), ("funsd.question", 1, "DATE:"),
        ("funsd.answer", 1, "1 May"), ("funsd.other", None, "page"),
    ]  # fmt: skip
    assert [rule_of(one) for one in test.faults] == ["box_without_text"]


def test_documents_of_rvl_cdip_have_their_class_and_wrong_lines_are_listed(tmp_path: Path):
    for name in ("a/1.tif", "a/2.tif"):
        write(tmp_path / "images" / name, picture("TIFF"))
    write(tmp_path / "labels" / "train.txt", "a/1.tif 11\na/2.tif 6\na/3.tif 1\na/1.tif 16\n")
    write(tmp_path / "labels" / "val.txt", "../../etc/passwd 1\n")
    found = list(load("rvl_cdip", tmp_path))
    assert [(one.type, one.split, one.words) for one in found if isinstance(one, Annotation)] == [
        ("invoice", "train", ()), ("scientific publication", "train", ()),
    ]  # fmt: skip
    assert [one.reason for one in found if isinstance(one, Rejected)] == [
        "unreadable", "bad_labels", "bad_labels",
    ]  # fmt: skip


def test_lists_of_rvl_cdip_may_lie_beside_the_pictures(tmp_path: Path):
    write(tmp_path / "images" / "a" / "1.tif", picture("TIFF"))
    write(tmp_path / "test.txt", "a/1.tif 15\na/2.tif\n")
    memo, wrong = load("rvl_cdip", tmp_path)
    assert isinstance(memo, Annotation)
    assert (memo.type, memo.split) == ("memo", "test")
    assert isinstance(wrong, Rejected)
    assert wrong.name == "test.txt, line 2"


BOXES = [[10, 10, 60, 20], [70, 10, 120, 20], [10, 30, 110, 40]]
CLASS_LABEL = {"names": ["O", "B-TOTAL", "I-TOTAL"], "_type": "ClassLabel"}


def saved(folder: Path, rows: list[dict], features: dict | None = None, dict_of=None) -> None:
    """As `save_to_disk` of Hugging Face's library writes: IPC streams beside their description."""
    place = folder / dict_of if dict_of else folder
    if dict_of:
        write(folder / "dataset_dict.json", {"splits": [dict_of]})
    write(place / "state.json", {"_data_files": [{"filename": "data-00000-of-00001.arrow"}]})
    write(place / "dataset_info.json", {"features": features or {}})
    table = pa.Table.from_pylist(rows)
    shard = str(place / "data-00000-of-00001.arrow")
    with pa.OSFile(shard, "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)


def in_parquet(folder: Path, rows: list[dict], features: dict | None = None) -> None:
    table = pa.Table.from_pylist(rows)
    described = json.dumps({"info": {"features": features or {}}})
    table = table.replace_schema_metadata({"huggingface": described})
    (folder / "data").mkdir(parents=True)
    pq.write_table(table, folder / "data" / "train-00000-of-00001.parquet")


def image(data: bytes | None = None, path: str | None = None) -> dict:
    return {"bytes": data, "path": path}


@pytest.mark.parametrize("write_rows", [in_parquet, saved])
def test_rows_of_hugging_face_say_the_same_as_files(write_rows, tmp_path: Path):
    rows = [{"image": image(picture()), "ground_truth": json.dumps(CORD)}] * 3
    write_rows(tmp_path / "train", rows)
    found = taken("cord", tmp_path / "train")
    assert len(found) == 3
    assert read(found[0])["totals.gross", None] == "36300"
    assert {one.split for one in found} == {"train"}


def test_receipts_with_entities_or_tags_are_read_from_rows(tmp_path: Path):
    texts = ["TOTAL", "9.00", "LUCKY"]
    row = {"image": image(picture()), "words": texts, "bboxes": BOXES}
    in_parquet(tmp_path / "entities", [{**row, "entities": KEYS}])
    features = {"ner_tags": {"feature": CLASS_LABEL, "_type": "Sequence"}}
    saved(tmp_path / "tags", [{**row, "ner_tags": [0, 1, 0]}], features, dict_of="test")
    (one,) = taken("sroie", tmp_path / "entities")
    assert said(one, "totals.gross") == "9.00"
    assert one.words[0].box == Box(10, 10, 60, 20)
    (one,) = taken("sroie", tmp_path / "tags")
    assert (read(one), one.split) == ({("totals.gross", None): "9"}, "test")
    assert one.words[0].box == Box(2, 3, 12, 6)  # of a thousand, made pixels


def test_forms_and_classes_are_read_from_rows_with_their_names(tmp_path: Path):
    names = {"names": ["O", "B-HEADER", "I-HEADER"], "_type": "ClassLabel"}
    rows = [{"id": "0", "tokens": ["A", "B", "C"], "bboxes": BOXES, "ner_tags": [1, 2, 0],
             "image": image(picture())}]  # fmt: skip
    saved(tmp_path / "funsd", rows, {"ner_tags": [names]})
    (one,) = taken("funsd", tmp_path / "funsd")
    assert read(one) == {("funsd.header", None): "A B"}
    label = {"names": ["budget", "news_article"], "_type": "ClassLabel"}
    write(tmp_path / "rvl" / "pictures" / "1.png", picture())
    in_parquet(
        tmp_path / "rvl", [{"image": image(path="pictures/1.png"), "label": 1}], {"label": label}
    )
    (one,) = taken("rvl_cdip", tmp_path / "rvl")
    assert one.type == "news article"


@pytest.mark.parametrize("source", ["funsd", "sroie"])
def test_words_whose_rows_have_the_box_of_their_segment_share_it(source, tmp_path: Path):
    names = {"names": ["O", "B-TOTAL", "I-TOTAL"], "_type": "ClassLabel"}
    segment, other = [100, 10, 200, 20], [100, 10, 110, 20]
    rows = [{"tokens": ["AB", "CDEF", "GH", "I"], "bboxes": [segment] * 3 + [other],
             "ner_tags": [1, 2, 2, 0], "image": image(picture())}]  # fmt: skip
    saved(tmp_path, rows, {"ner_tags": [names]})
    (one,) = taken(source, tmp_path)
    assert [(word.text, word.box.x0, word.box.x1) for word in one.words] == [
        ("AB", 20, 24), ("CDEF", 26, 34), ("GH", 36, 40), ("I", 20, 22),
    ]  # fmt: skip


def test_rows_that_cannot_be_used_are_listed_and_a_cut_shard_once(tmp_path: Path):
    rows = [
        {"image": image(picture()), "ground_truth": json.dumps(CORD)},
        {"image": image(b"\xff\xd8\xff no"), "ground_truth": json.dumps(CORD)},
        {"image": image(path="../../secret.png"), "ground_truth": json.dumps(CORD)},
        {"image": image(picture()), "ground_truth": "{"},
    ]
    saved(tmp_path, rows * 2)
    shard = tmp_path / "data-00000-of-00001.arrow"
    shard.write_bytes(shard.read_bytes()[: shard.stat().st_size * 6 // 10])
    found = list(load("cord", tmp_path))
    reasons = Counter(one.reason for one in found if isinstance(one, Rejected))
    assert reasons["bad_shard"] == 1
    assert {"damaged", "no_picture", "bad_labels"} <= reasons.keys()
    assert any(isinstance(one, Annotation) for one in found)


@pytest.mark.parametrize("source", LOADERS)
def test_a_folder_in_no_known_layout_says_what_was_looked_for(source, tmp_path: Path):
    write(tmp_path / "readme.txt", "nothing")
    with pytest.raises(BadInput, match=r"Looked for were .*folder.*Hugging Face"):
        list(load(source, tmp_path))


def test_rows_of_another_data_set_say_which_column_is_missing(tmp_path: Path):
    in_parquet(tmp_path, [{"text": "a"}])
    with pytest.raises(BadInput, match=r"column words or texts or tokens, bboxes|column image"):
        list(load("sroie", tmp_path))


def test_unknown_sources_and_folders_are_named(tmp_path: Path):
    with pytest.raises(BadInput, match="sroie, cord, funsd, rvl_cdip"):
        load("mnist", tmp_path)
    with pytest.raises(BadInput, match="is no folder"):
        load("cord", tmp_path / "none")


def test_a_folder_has_another_state_when_a_file_changes(tmp_path: Path):
    write(tmp_path / "a" / "b.txt", "one")
    before = state_of(tmp_path)
    assert state_of(tmp_path) == before
    write(tmp_path / "a" / "b.txt", "three")
    assert state_of(tmp_path) != before


@pytest.mark.public_data
def test_receipts_of_sroie_come_through_with_their_known_faults(public_data: Path):
    found = taken("sroie", public_data / "sroie" / "dev")
    assert len(found) == 60
    fields = [one for each in found for one in each.fields]
    placed = sum(bool(one.words) for one in fields) / len(fields)
    assert placed > 0.96  # the others' labels are misspelt, as the faults say
    assert sum(map(len, (one.faults for one in found))) == sum(
        not one.words for one in fields
    ) + sum(rule_of(fault) != "label_not_in_text" for one in found for fault in one.faults)
    assert {one.split for one in found} == {"dev"}
    for one in found:
        page = one.pages[0]
        assert all(0 <= w.box.x0 < w.box.x1 <= page.width for w in one.words)
        assert all(0 <= w.box.y0 < w.box.y1 <= page.height for w in one.words)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2000) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["form", "valid_line", "words", "text", "box", "quad", "x1", "category",
                         "group_id", "label", "id", "linking", "company", "total", "date"]),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


def damaged(whole):
    """Something of the right form in which one place was changed to something else."""
    stated, place, other = whole
    copy = json.loads(json.dumps(stated))
    found = [(copy, key) for key in copy]
    for holder, key in found:
        inner = holder[key]
        keys = inner if isinstance(inner, dict) else range(len(inner) if _is_list(inner) else 0)
        found += [(inner, one) for one in keys]
    holder, key = found[place % len(found)]
    holder[key] = other
    return copy


def _is_list(inner) -> bool:
    return isinstance(inner, list)


def stated(example):
    changed = st.tuples(st.just(example), st.integers(0, 10_000), JSON).map(damaged)
    return JSON | changed


GROUP_OF_LISTS = {"valid_line": [{**cord_line("menu.nm", 0, "A"), "group_id": [1]}]}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(GROUP_OF_LISTS, FUNSD, KEYS, b"")
@given(stated(CORD), stated(FUNSD), stated(KEYS), st.binary(max_size=60))
def test_whatever_labels_say_an_item_is_an_annotation_or_a_rejection(
    tmp_path: Path, cord, funsd, keys, boxes
):
    for source, image, labels, said in (
        ("cord", "image", "json", cord), ("funsd", "images", "annotations", funsd),
    ):  # fmt: skip
        write(tmp_path / source / image / "a.png", SMALL)
        write(tmp_path / source / labels / "a.json", json.dumps(said).encode())
    write(tmp_path / "sroie" / "img" / "a.png", SMALL)
    write(tmp_path / "sroie" / "box" / "a.csv", boxes)
    write(tmp_path / "sroie" / "key" / "a.json", json.dumps(keys).encode())
    for source in ("cord", "funsd", "sroie"):
        (one,) = load(source, tmp_path / source)
        if isinstance(one, Annotation):
            assert list(from_lines(as_lines([one]), "made"))
            table_of([one])
        else:
            assert one.sentence.endswith(".")


def test_one_item_is_read_at_a_time(tmp_path: Path):
    for name in ("000", "001", "002"):
        sroie(tmp_path, name)
    seen: list[bytes] = []
    items = load("sroie", tmp_path, Taking(keep=seen.append))
    for count in (1, 2, 3):
        assert isinstance(next(items), Annotation)
        assert len(seen) == count


def test_all_sources_together_are_two_tables_and_counts(tmp_path: Path):
    sroie(tmp_path / "sroie" / "train")
    write(tmp_path / "funsd" / "training_data" / "annotations" / "0.json", FUNSD)
    write(tmp_path / "funsd" / "training_data" / "annotations" / "1.json", "{")
    write(tmp_path / "funsd" / "training_data" / "images" / "0.png", SMALL)
    write(tmp_path / "funsd" / "training_data" / "images" / "1.png", SMALL)
    found = collected(folders_below(tmp_path))
    assert found.items == {"funsd, train, form": 1, "sroie, train, receipt": 1}
    assert found.reasons == {"funsd, bad_labels": 1}
    assert found.faults == {"funsd, box_without_text": 1}
    assert (found.annotations.num_rows, found.rejected.num_rows) == (2, 1)
    assert collected({}).annotations.num_rows == 0


@pytest.mark.parametrize(
    "labels",
    [
        re.sub(r'"box": \[[\d.]+', '"box": [1' + "0" * 400, json.dumps(FUNSD)),
        re.sub(r'"box": \[[\d.]+', '"box": [1' + "0" * 5000, json.dumps(FUNSD)),
        json.dumps(FUNSD).replace("NAME:", "\\ud800"),
        "[" * 200_000 + "]" * 200_000,
    ],
    ids=["far away", "number of many digits", "half a character", "nested"],
)
def test_labels_that_no_program_writes_are_a_rejection_and_stop_nothing(tmp_path: Path, labels):
    folder = tmp_path / "funsd" / "training_data"
    for name, said in (("0", labels), ("1", FUNSD)):
        write(folder / "annotations" / f"{name}.json", said)
        write(folder / "images" / f"{name}.png", SMALL)
    found = collected(folders_below(tmp_path))
    assert (found.annotations.num_rows, found.rejected.num_rows) == (1, 1)


def test_a_link_that_leads_nowhere_is_a_rejection_and_changes_the_state(tmp_path: Path):
    sroie(tmp_path / "sroie")
    before = state_of(tmp_path)
    (tmp_path / "sroie" / "img" / "gone.jpg").symlink_to(tmp_path / "nowhere")
    assert state_of(tmp_path) != before
    assert collected(folders_below(tmp_path)).annotations.num_rows == 1
