"""Filters, normal forms and features of annotations."""

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgergraph.corpora.annotations import (
    AnnotatedPage,
    AnnotatedWord,
    Annotation,
    Cell,
    FieldTruth,
    annotations_in,
    table_of,
)
from ledgergraph.corpora.cleaning import REASONS, Filters, facts_of, normal, normalised
from ledgergraph.evidence import Box

TEXTS = ("Rechnung", "Nr.", "4711", "vom", "01.02.2026", "Gesamtbetrag", "119,00", "€")


def annotation(name: str = "a", **changed: Any) -> Annotation:
    words = tuple(
        AnnotatedWord(0, text, Box(left, top, left + 35.0, top + 10.0))
        for at, text in enumerate(TEXTS)
        for left, top in [(10.0 + 40 * (at % 4), 10.0 + 20 * (at // 4))]
    )
    given: dict[str, Any] = {
        "annotation_id": f"made/{name}", "source": "made", "name": name, "type": "invoice",
        "pages": (AnnotatedPage(200.0, 100.0, "pt"),), "words": words,
        "fields": (FieldTruth("number", None, "4711", "4711", (2,)),),
    }  # fmt: skip
    return Annotation(**{**given, **changed})


def reason(one: Annotation, **filters: Any) -> str | None:
    found = facts_of(table_of([annotation("0"), one]), replace(Filters(), **filters))
    assert found["reason"][0].as_py() is None
    return found["reason"].to_pylist()[1]


def moved(word: AnnotatedWord, **corners: float) -> AnnotatedWord:
    return replace(word, box=replace(word.box, **corners))


WORDS = annotation().words
UNFIT: dict[str, Annotation] = {
    "no_page": annotation(pages=()),
    "too_few_words": annotation(words=WORDS[:4], fields=()),
    "no_field": annotation(fields=()),
    "boxes_outside": annotation(words=(moved(WORDS[0], x0=150, x1=290.0), *WORDS[1:])),
    "unreadable": annotation(words=tuple(replace(one, text="\ufffd\ufffd") for one in WORDS)),
    "faults": annotation(faults=("the label of number is not in the text",)),
}


@pytest.mark.parametrize("expected", UNFIT)
def test_what_is_unfit_is_told_by_its_reason(expected: str) -> None:
    assert reason(UNFIT[expected]) == expected
    assert expected in REASONS


def test_other_faults_of_form_are_told_too() -> None:
    assert reason(annotation(), least_words=5, most_words=8) is None
    assert reason(annotation(words=WORDS * 2), most_words=8) == "too_many_words"
    assert reason(annotation(words=(replace(WORDS[0], page=1), *WORDS[1:]))) == "no_page"
    inside_out = annotation(words=(moved(WORDS[0], x0=50.0, x1=20.0), *WORDS[1:]))
    assert reason(inside_out) == "boxes_outside"
    cells = (Cell(0, 0, 0, 0, Box(0.0, 0.0, 400.0, 10.0)),)
    assert reason(annotation(cells=cells)) == "boxes_outside"
    assert reason(annotation(faults=("one",)), most_faults=1) is None


def test_a_box_slightly_off_the_page_is_moved_onto_it() -> None:
    off = annotation(words=(moved(WORDS[0], x0=-1.0), *WORDS[1:]))
    assert reason(off) is None
    (kept,) = annotations_in(normalised(table_of([off])))
    assert kept.words[0].box.x0 == 0.0
    assert kept.words[1:] == off.words[1:]


def test_text_is_brought_into_one_form() -> None:
    spelt = pa.array(["Mu\u0308ller", "  a\u00a0 \tb ", "\u00a0", None, "x"])
    assert normal(spelt).to_pylist() == ["Müller", "a b", "\u00a0", None, "x"]


@given(st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=8))
def test_the_normal_form_is_normal_and_keeps_everything_else(texts: list[str]) -> None:
    spelt = tuple(replace(WORDS[0], text=text) for text in texts)
    one = annotation(words=spelt, fields=(FieldTruth("number", None, "1", texts[0], (0,)),))
    once = normalised(table_of([one, annotation("b")]))
    assert normalised(once).equals(once)
    first, second = annotations_in(once)
    assert second == annotation("b")
    assert len(first.words) == len(one.words)
    assert [word.box for word in first.words] == [word.box for word in one.words]
    assert all(word.text for word in first.words)


def test_features_count_what_stands_on_the_page() -> None:
    german = annotation("de", language=None)
    (facts,) = facts_of(table_of([german]), Filters()).to_pylist()
    assert facts["words"] == len(TEXTS)
    assert facts["lines"] == 2
    assert facts["fields"] == facts["fields_placed"] == 1
    assert facts["characters"] == sum(map(len, TEXTS))
    digits = sum(one.isdigit() for text in TEXTS for one in text)
    assert facts["digit_share"] == pytest.approx(digits / facts["characters"])
    assert facts["language"] == "de"


@given(st.permutations(range(6)), st.integers(0, 5))
def test_facts_do_not_depend_on_what_stands_beside_in_the_batch(order: list[int], cut: int) -> None:
    made = [annotation(str(at), words=WORDS[: 3 + at], fields=()) for at in range(6)]
    rows = table_of(made)
    whole = {row["annotation_id"]: row for row in facts_of(rows, Filters()).to_pylist()}
    mixed = rows.take(pa.array(order))
    for piece in (mixed.slice(0, cut), mixed.slice(cut)):
        for row in facts_of(piece, Filters()).to_pylist():
            assert row == whole[row["annotation_id"]]


def test_nothing_gives_nothing() -> None:
    rows = table_of([])
    assert facts_of(rows, Filters()).num_rows == normalised(rows).num_rows == 0
