import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgergraph.corpora.annotations import (
    ANNOTATIONS,
    AnnotatedPage,
    AnnotatedWord,
    Annotation,
    Cell,
    FieldTruth,
    annotations_in,
    as_lines,
    fault_of,
    from_lines,
    table_of,
)
from ledgergraph.errors import BadInput
from ledgergraph.evidence import Box

COORDINATES = st.integers(0, 200_000).map(lambda hundredths: hundredths / 100)
TEXTS = st.text(min_size=1, max_size=12).filter(lambda text: not set(text) & set("\ud800"))


@st.composite
def boxes(draw):
    return Box(draw(COORDINATES), draw(COORDINATES), draw(COORDINATES), draw(COORDINATES))


@st.composite
def annotations(draw):
    pages = draw(st.lists(st.sampled_from([AnnotatedPage(595.28, 841.89, "pt")]), min_size=1))
    words = draw(
        st.lists(
            st.builds(AnnotatedWord, st.integers(0, len(pages) - 1), TEXTS, boxes()), max_size=6
        )
    )
    places = st.lists(st.integers(0, len(words) - 1)) if words else st.just([])
    numbers = st.none() | st.integers(0, 9)
    return Annotation(
        f"synthetic/{draw(st.uuids())}", "synthetic", "x", draw(st.sampled_from([None, "invoice"])),
        tuple(pages), tuple(words),
        tuple(
            draw(
                st.lists(
                    st.builds(
                        FieldTruth, st.sampled_from(["number", "totals.gross", "funsd.question"]),
                        numbers, TEXTS, TEXTS, places.map(tuple),
                    ),
                    max_size=3,
                )
            )
        ),
        tuple(
            draw(
                st.lists(
                    st.builds(
                        Cell, st.just(0), numbers, st.integers(0, 4),
                        st.integers(0, len(pages) - 1), boxes(), numbers, places.map(tuple),
                    ),
                    max_size=3,
                )
            )
        ),
        language=draw(st.sampled_from([None, "de"])),
        faults=tuple(draw(st.lists(TEXTS, max_size=2))),
    )  # fmt: skip


@given(st.lists(annotations(), max_size=3))
def test_annotations_come_back_from_json_lines_as_they_were(made):
    assert list(from_lines(as_lines(made), "a.jsonl")) == made


@given(st.lists(annotations(), max_size=3))
def test_annotations_come_back_from_their_table_by_id_to_a_hundredth_of_a_unit(made):
    ordered = sorted(made, key=lambda one: one.annotation_id)
    back = list(annotations_in(ANNOTATIONS.from_parquet(ANNOTATIONS.to_parquet(table_of(made)), 1)))
    assert [one.annotation_id for one in back] == [one.annotation_id for one in ordered]
    assert [one.text for one in back] == [one.text for one in ordered]
    for one, before in zip(back, ordered, strict=True):
        assert [f.words for f in one.fields] == [f.words for f in before.fields]
        for word, first in zip(one.words, before.words, strict=True):
            assert word.box.x0 == pytest.approx(first.box.x0, abs=0.01)


@given(annotations())
def test_what_is_written_keeps_the_published_schema(made):
    (line,) = as_lines([made])
    assert fault_of(json.loads(line)) is None


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"version": 2}, "version"),
        ({"pages": [{"width": 0, "height": 1, "unit": "pt"}]}, "pages/0/width"),
        ({"fields": [{"field": "Total!", "value": "", "raw": "", "words": []}]}, "fields/0/field"),
        ({"fields": [{"field": "a", "value": "", "raw": "", "words": [1]}]}, "beyond its 1 words"),
        ({"words": [{"page": 1, "text": "a", "x0": 0, "y0": 0, "x1": 1, "y1": 1}]}, "beyond its"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_fault_names_the_file_the_line_and_the_place(change, what):
    page = AnnotatedPage(10, 10, "px")
    word = AnnotatedWord(0, "a", Box(0, 0, 1, 1))
    (line,) = as_lines([Annotation("x/1", "x", "1", None, (page,), (word,), ())])
    bad = json.dumps({**json.loads(line), **change})
    with pytest.raises(BadInput, match=r"own\.jsonl: line 2") as told:
        list(from_lines([line, bad], "own.jsonl"))
    assert what in str(told.value)


def test_a_line_that_is_no_json_is_named():
    with pytest.raises(BadInput, match=r"own\.jsonl: line 1 is no JSON"):
        list(from_lines(["{"], "own.jsonl"))
