"""Lessons for a layout transformer: words in reading order with the classes of every head."""

from annotated import annotation
from made_pages import made_pages

from ledgergraph.corpora.annotations import AnnotatedWord, FieldTruth
from ledgergraph.corpora.entities import LABELS, NUMBERS
from ledgergraph.datasets.layout_lessons import Labelled, classes_of, labelled, lessons_of
from ledgergraph.evidence import Box
from ledgergraph.models.layout_windows import UNKNOWN


def documents() -> list[Labelled]:
    """Some made pages with labels."""
    return [one for annotation, _ in made_pages() if (one := labelled(annotation)) is not None]


def test_words_of_made_pages_carry_the_tags_of_what_they_state() -> None:
    for one in documents():
        text = {tag: word for tag, word in zip(one.tags, one.laid_out.words, strict=True)}
        stated = {field.field: field for field in one.annotation.fields if field.line is None}
        assert text["B-number"] in stated["number"].raw
        assert text["B-totals.gross"][:1] in stated["totals.gross"].raw
        assert len(one.tags) == len(one.laid_out.boxes) == len(one.tables)


def test_heads_and_rows_of_tables_are_told_apart_and_cells_begin_once() -> None:
    for one in documents():
        if one.annotation.cells:
            assert {0, 2} <= set(one.tables)
            filled = [cell for cell in one.annotation.cells if cell.words]
            assert 0 < one.cells.count(1) <= len(filled)
        assert all((table == 0) == (cell == 0) for table, cell in
                   zip(one.tables, one.cells, strict=True))  # fmt: skip


def test_what_a_source_never_labels_stays_open_there_and_closed_elsewhere() -> None:
    receipts = labelled(annotation(1, source="receipts", fields=(
        FieldTruth("number", None, "wort1", "wort1", ()),)))  # fmt: skip
    assert receipts is not None
    all_of_them = [*documents(), receipts]
    classes = classes_of(one.annotation for one in all_of_them)
    *made, few = lessons_of(all_of_them, classes)
    assert NUMBERS["B-issue_date"] in few.open
    assert NUMBERS["B-number"] not in few.open
    assert all(NUMBERS["B-issue_date"] not in one.open for one in made)
    assert set(few.tables) == {UNKNOWN}
    assert classes.tags == LABELS


def test_lessons_follow_the_order_of_reading_and_not_that_of_the_annotation() -> None:
    words = tuple(
        AnnotatedWord(0, text, Box(10, y, 60, y + 10))
        for text, y in (("second", 100), ("first", 20))
    )
    one = labelled(annotation(2, words=words, fields=(
        FieldTruth("number", None, "first", "first", (1,)),)))  # fmt: skip
    assert one is not None
    assert list(one.laid_out.words) == ["first", "second"]
    assert list(one.tags) == ["B-number", "O"]
    assert labelled(annotation(3, words=(), fields=())) is None
