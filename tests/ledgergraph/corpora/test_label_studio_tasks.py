import json
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledgergraph.corpora.agreement import agreement
from ledgergraph.corpora.annotations import (
    AnnotatedPage,
    AnnotatedWord,
    Annotation,
    FieldTruth,
    as_lines,
    from_lines,
)
from ledgergraph.corpora.drafts import Draft
from ledgergraph.corpora.label_studio_tasks import (
    Reviewed,
    label_of,
    labelling_config,
    labels_of,
    reviewed_in,
    tasks_of,
)
from ledgergraph.errors import BadInput, BadSetting
from ledgergraph.evidence import Box
from ledgergraph.feedback.label_studio import annotations_in, is_export, regions_of

IMAGE = "/data/local-files/?d={name}-{page}.png"
FIELDS = ["number", "totals.gross", "description", "net", "taxes.1.base", "funsd.question"]
PAGES = (AnnotatedPage(595.28, 841.89, "pt"), AnnotatedPage(1000, 3000, "px"))


@st.composite
def drafts(draw):
    """Two pages of words on a grid, and fields over some of them, in whatever order."""
    words = tuple(
        AnnotatedWord(page, f"w{page}{row}{column}", grid(page, row, column))
        for page in range(2) for row in range(draw(st.integers(1, 4)))
        for column in range(draw(st.integers(1, 4)))
    )  # fmt: skip
    fields = []
    for name in draw(st.lists(st.sampled_from(FIELDS), max_size=6)):
        places = draw(st.sets(st.integers(0, len(words) - 1), max_size=3))
        line = draw(st.integers(0, 30)) if name in ("description", "net") else None
        value = draw(st.sampled_from(["1234.5", "Gänse & Co", "<a>"]))
        fields.append(FieldTruth(name, line, value, "printed " + value, tuple(sorted(places))))
    # A field without a place is restored unless a region names the same.
    placed = {(one.field, one.line) for one in fields if one.words}
    kept = [one for one in fields if one.words or (one.field, one.line) not in placed]
    one = Annotation(
        "made/7", "made", "7", "invoice", PAGES, words, tuple(kept), document_id=f"sha256:{7:064}",
        media_type="application/pdf", language="de", vendor="v", template="t", split="train",
    )  # fmt: skip
    return Draft(one, tuple(0.5 for _ in kept), tuple(0.9 for _ in words))


def grid(page: int, row: int, column: int) -> Box:
    width, height = PAGES[page].width / 10, PAGES[page].height / 50
    return Box(
        width * 2 * column, height * 2 * row, width * (2 * column + 1), height * (2 * row + 1)
    )


def exported(tasks, *people, **changed):
    """An export in which each person submits the predictions as they stand."""
    result = tasks[0]["predictions"][0]["result"]
    assert json.loads(json.dumps(result)) == result
    return [
        {
            "id": number, "data": task["data"], "predictions": task["predictions"],
            "annotations": [
                {"completed_by": {"email": person}, "updated_at": "2026-02-01T10:00:00Z",
                 "was_cancelled": False, "result": task["predictions"][0]["result"], **changed}
                for person in people
            ],
        }
        for number, task in enumerate(tasks)
    ]  # fmt: skip


def draft(*fields: FieldTruth, words: int = 4) -> Draft:
    listed = tuple(AnnotatedWord(0, f"w{at}", grid(0, at, 0)) for at in range(words))
    return Draft(Annotation("made/1", "made", "1", "receipt", PAGES[:1], listed, fields))


@settings(max_examples=40)
@given(drafts(), st.booleans())
def test_what_is_exported_and_not_touched_comes_back_the_same(made, with_words):
    tasks = list(tasks_of(made, IMAGE, words=with_words))
    (back,) = reviewed_in(exported(tasks, "ann@example.com"))
    assert isinstance(back, Reviewed)
    one, other = made.annotation, back.annotation
    assert back.annotator == "ann@example.com"
    assert other.derived_from == one.annotation_id
    assert [word.text for word in other.words] == [word.text for word in one.words]
    for word, same in zip(one.words, other.words, strict=True):
        page = PAGES[word.page]
        assert (word.page, page.unit) == (same.page, other.pages[word.page].unit)
        for side, size in zip(("x0", "y0", "x1", "y1"), (page.width, page.height) * 2, strict=True):
            assert abs(getattr(word.box, side) - getattr(same.box, side)) <= size / 1000
    assert other.fields == one.fields
    for name in ("type", "language", "vendor", "template", "split", "document_id"):
        assert getattr(other, name) == getattr(one, name)
    (line,) = as_lines([other])
    (again,) = from_lines([line], "export")
    assert again.annotation_id == other.annotation_id


@settings(max_examples=20)
@given(drafts())
def test_a_person_agrees_with_themself_and_agreement_is_symmetric(made):
    (one,) = reviewed_in(exported(list(tasks_of(made, IMAGE)), "ann"))
    own = agreement({"d": one.annotation}, {"d": one.annotation})
    assert own.kappa == 1
    assert all(label.kappa == 1 and label.is_met for label in own.labels)
    assert (own.differences, own.unmatched, own.other_line) == ((), 0, 0)
    assert own.words == len(made.annotation.words)


def test_what_people_change_is_taken_and_the_rest_stays():
    made = draft(
        FieldTruth("number", None, "A1", "No. A1", (0,)), FieldTruth("net", 1, "5", "5,00", (1,))
    )
    (task,) = exported(list(tasks_of(made, IMAGE)), "ann")
    results = [dict(one) for one in task["annotations"][0]["result"]]
    for one in results:
        if one["id"] == "f0" and one["type"] == "textarea":
            one["value"] = {**one["value"], "text": ["A2"]}
        if one["id"] == "f1":  # drawn over the next two words
            box = {"x": 0, "y": 7, "width": 12, "height": 7}
            one["value"] = {**one["value"], **box}
        if one["id"] == "w3" and one["type"] == "textarea":
            one["value"] = {**one["value"], "text": ["corrected"]}
    new = {"x": 0, "y": 0, "width": 12, "height": 2.1, "rotation": 0}
    results += [
        {"id": "Zx1", "from_name": "label", "type": "rectanglelabels",
         "value": {**new, "rectanglelabels": ["taxes.base"]}},
        {"id": "Zx1", "from_name": "line", "type": "number", "value": {**new, "number": 0}},
        {"id": "Zx1", "from_name": "value", "type": "textarea", "value": {**new, "text": ["x"]}},
    ]  # fmt: skip
    task["annotations"][0]["result"] = results
    (back,) = reviewed_in([task])
    assert back.annotation.fields == (
        FieldTruth("number", None, "A2", "w0", (0,)),
        FieldTruth("net", 1, "5", "5,00", (2, 3)),
        FieldTruth("taxes.0.base", None, "x", "w0", (0,)),
    )
    assert back.annotation.words[3].text == "corrected"
    assert [one.partition(":")[0] for one in back.annotation.faults] == ["not_canonical"]


def test_a_region_that_is_deleted_is_gone_and_a_deleted_word_moves_no_other():
    made = draft(FieldTruth("number", None, "A", "A", (0,)), FieldTruth("net", 0, "5", "5", (2, 3)))
    (task,) = exported(list(tasks_of(made, IMAGE)), "ann")
    said = task["annotations"][0]
    said["result"] = [one for one in said["result"] if one["id"] not in ("f0", "w1")]
    (back,) = reviewed_in([task])
    assert [word.text for word in back.annotation.words] == ["w0", "w2", "w3"]
    assert back.annotation.fields == (FieldTruth("net", 0, "5", "5", (1, 2)),)


def test_cancelled_annotations_say_nothing_and_of_two_the_later_counts():
    made = draft(FieldTruth("number", None, "A", "A", (0,)))
    (task,) = exported(list(tasks_of(made, IMAGE)), "ann", "bob")
    first, second = task["annotations"]
    second["was_cancelled"] = True
    later = {**first, "updated_at": "2026-03-01T10:00:00Z", "result": []}
    task["annotations"] = [later, first, second]
    (back,) = reviewed_in([task])
    assert (back.annotator, back.annotation.fields) == ("ann", ())
    del task["annotations"]
    task["completions"] = [first]  # as older versions name them
    (back,) = reviewed_in([task])
    assert back.annotation.fields == made.annotation.fields
    assert is_export([task])


def test_a_turned_rectangle_becomes_the_upright_one_around_it():
    value = {"x": 50, "y": 50, "width": 20, "height": 10, "rotation": 90}
    result = {"id": "a", "type": "rectanglelabels", "original_width": 100, "original_height": 200,
              "value": {**value, "rectanglelabels": ["net"]}}  # fmt: skip
    (region,) = regions_of({"result": [result]})
    assert region.rectangle == pytest.approx((30, 50, 20, 10))


def test_tasks_of_another_make_are_named_by_their_number():
    made = draft(FieldTruth("number", None, "A", "A", (0,)))
    tasks = exported(list(tasks_of(made, IMAGE)), "ann")
    tasks += [{"data": {"image": "x"}, "annotations": []}, 7]
    found = list(reviewed_in(tasks))
    assert [str(one)[:7] for one in found if isinstance(one, BadInput)] == ["Task 2 ", "Task 3 "]
    assert len(found) == 3


def test_an_export_of_our_tasks_is_feedback_too():
    made = draft(
        FieldTruth("number", None, "A1", "A1", (0,)), FieldTruth("net", 3, "5", "5", (1,)),
        FieldTruth("taxes.1.base", None, "7", "7", (2,)),
    )  # fmt: skip
    made = Draft(
        Annotation(**{name: getattr(made.annotation, name) for name in
                      ("annotation_id", "source", "name", "type", "pages", "words", "fields")},
                   document_id="sha256:1")
    )  # fmt: skip
    (task,) = exported(list(tasks_of(made, IMAGE)), "ann")
    stated = [one for _, one in annotations_in([task])]
    assert [(one["field"], one["line"], one["verdict"]) for one in stated] == [
        ("number", None, "approval"), ("net", "3", "approval"), ("taxes.1.base", None, "approval"),
    ]  # fmt: skip


def test_the_address_of_a_picture_names_the_page_or_says_what_it_may_name():
    (task,) = tasks_of(draft(), "s3://scans/{source}/{name}-{page}.png")
    assert task["data"]["image"] == "s3://scans/made/1-0.png"
    for wrong in ("{folder}/x.png", "{name", "{}"):
        with pytest.raises(BadSetting, match="--image"):
            list(tasks_of(draft(), wrong))


def test_the_labelling_configuration_has_all_labels_that_tasks_use():
    made = draft(FieldTruth('odd "label" <', None, "A", "A", (0,)))
    config = ET.fromstring(labelling_config(labels_of([made])))
    labels = [one.get("value") for one in config.iter("Label")]
    assert len(labels) == len(set(labels)) == 38  # 36 entities, words, and the odd one
    assert {'odd "label" <', "word", "totals.gross"} <= set(labels)
    names = {one.get("name") for one in config.iter()}
    (task,) = tasks_of(draft(FieldTruth("net", 1, "1", "1", (0,))), IMAGE)
    used = {one["from_name"] for one in task["predictions"][0]["result"]}
    assert used == {"label", "value", "line"} <= names
    assert label_of("taxes.2.rate") == ("taxes.rate", 2)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 200) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "value", "text", "x", "label"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def places_in(inner, found):
    """Every place of something nested: its holder and its key there."""
    keys = list(inner) if isinstance(inner, dict) else range(len(inner))
    for key in keys:
        found.append((inner, key))
        if isinstance(inner[key], dict | list):
            places_in(inner[key], found)
    return found


@settings(max_examples=100)
@example(501, None)
@given(st.integers(0, 100_000), JSON)
def test_whatever_an_export_says_is_an_annotation_or_a_task_that_is_named(place, other):
    made = draft(
        FieldTruth("number", None, "A", "A", (0,)), FieldTruth("net", 0, "5", "5", (2, 3)),
        FieldTruth("seller.name", None, "B", "B"),
    )  # fmt: skip
    tasks = json.loads(json.dumps(exported(list(tasks_of(made, IMAGE)), "ann")))
    found = places_in(tasks, [])
    holder, key = found[place % len(found)]
    holder[key] = other
    for one in reviewed_in(tasks):
        if isinstance(one, Reviewed):
            assert list(from_lines(as_lines([one.annotation]), "export"))
        else:
            assert one.sentence.endswith(".")
    list(annotations_in(tasks))
