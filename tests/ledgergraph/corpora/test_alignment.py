"""Labels find their words, whatever an engine does to them."""

import json
from dataclasses import replace

import pytest

from ledgergraph.corpora.alignment import aligned, as_lines, likeliest, placed
from ledgergraph.corpora.annotations import AnnotatedPage, AnnotatedWord, Annotation, FieldTruth
from ledgergraph.corpora.entities import LABELS
from ledgergraph.errors import BadInput
from ledgergraph.evidence import Box
from tests.builders.made_pages import made_pages

PAGE = AnnotatedPage(200, 100, "pt")


def word(text: str, x: float, y: float = 10, width: float | None = None) -> AnnotatedWord:
    return AnnotatedWord(0, text, Box(x, y, x + (width or 5 * len(text)), y + 8))


def annotation(words, fields) -> Annotation:
    return Annotation("test/one", "test", "one", "invoice", (PAGE,), tuple(words), tuple(fields))


PLACED = annotation(
    [word("Total", 10), word("1,234.50", 60), word("Acme", 10, 30), word("Ltd", 40, 30)],
    [
        FieldTruth("totals.gross", None, "1234.50", "1,234.50", (1,)),
        FieldTruth("seller.name", None, "Acme Ltd", "Acme Ltd", (2, 3)),
    ],
)


def labels_of(truth: Annotation, words) -> list[tuple[str, str]]:
    found = aligned(truth, (PAGE,), words)
    return list(zip(found.tokens, found.labels, strict=True))


def test_words_of_the_annotation_itself_carry_its_labels() -> None:
    assert labels_of(PLACED, PLACED.words) == [
        ("Total", "O"), ("1,234.50", "B-totals.gross"),
        ("Acme", "B-seller.name"), ("Ltd", "I-seller.name"),
    ]  # fmt: skip


def test_a_word_that_was_split_is_labelled_in_all_its_parts() -> None:
    split = [word("Total", 10), word("1,2", 60), word("34.50", 75)]
    assert labels_of(PLACED, split)[1:] == [("1,2", "B-totals.gross"), ("34.50", "I-totals.gross")]


def test_words_that_were_joined_carry_the_label_of_the_field_in_them() -> None:
    joined = [word("Total1,234.50", 10, width=90)]
    assert labels_of(PLACED, joined) == [("Total1,234.50", "B-totals.gross")]


def test_a_misread_word_is_found_by_its_place() -> None:
    assert labels_of(PLACED, [word("l,Z34.S0", 61, 11)]) == [("l,Z34.S0", "B-totals.gross")]


def test_another_text_in_the_place_of_a_word_is_not_labelled() -> None:
    assert labels_of(PLACED, [word("Fax", 60, width=40)]) == [("Fax", "O")]


def test_a_transcript_may_be_in_another_unit() -> None:
    doubled = [
        replace(one, box=Box(*(3 * at for at in (one.box.x0, one.box.y0, one.box.x1, one.box.y1))))
        for one in PLACED.words
    ]
    found = aligned(PLACED, (AnnotatedPage(600, 300, "px"),), doubled)
    assert found.labels == aligned(PLACED, (PAGE,), PLACED.words).labels
    assert found.boxes == aligned(PLACED, (PAGE,), PLACED.words).boxes


@pytest.mark.parametrize(
    ("text", "found"),
    [("1.234,50", True), ("1234.5O", True), ("1,234.60", False), ("11,234.50", True)],
)
def test_an_amount_without_a_place_is_found_if_its_digits_agree(text: str, found: bool) -> None:
    truth = annotation([], [FieldTruth("totals.gross", None, "1234.50", "1,234.50")])
    assert (labels_of(truth, [word(text, 10)])[0][1] != "O") is found


def test_a_short_number_is_no_part_of_a_longer_one() -> None:
    truth = annotation([], [FieldTruth("totals.gross", None, "9.00", "9.00")])
    assert [label for _, label in labels_of(truth, [word("19.00", 10), word("RM9.00", 80)])] == [
        "O", "B-totals.gross",
    ]  # fmt: skip


def test_of_equal_amounts_the_one_beside_its_line_is_taken() -> None:
    words = [
        word("2.00", 100, 10), word("Tea", 10, 30), word("2.00", 100, 30), word("2.00", 100, 50)
    ]  # fmt: skip
    truth = annotation(
        [], [FieldTruth("net", 0, "2.00", "2.00"), FieldTruth("description", 0, "Tea", "Tea")]
    )
    truth = replace(truth, fields=(*truth.fields[:1], replace(truth.fields[1], words=(1,))),
                    words=tuple(words))  # fmt: skip
    assert [label for _, label in labels_of(truth, words)] == [
        "O", "B-description", "B-net", "O",
    ]  # fmt: skip


def test_an_address_on_lines_beside_another_is_found_piece_by_piece() -> None:
    words = [
        word("Mill Lane 12", 10, 10), word("Station Road 3", 120, 10),
        word("LS1 4AP Leeds", 10, 20), word("M1 2BB Manchester", 120, 20),
    ]  # fmt: skip
    raw = "Mill Lane 12, LS1 4AP Leeds"
    truth = annotation([], [FieldTruth("seller.address", None, raw, raw)])
    assert [label for _, label in labels_of(truth, words)] == [
        "B-seller.address", "O", "I-seller.address", "O",
    ]  # fmt: skip


def test_fields_that_are_no_entity_are_found_and_label_nothing() -> None:
    truth = annotation(PLACED.words, [FieldTruth("funsd.question", None, "Total", "Total", (0,))])
    found = aligned(truth, (PAGE,), truth.words)
    assert found.found == 1
    assert set(found.labels) == {"O"}


def test_every_field_of_a_made_page_finds_its_words() -> None:
    for truth, _ in made_pages():
        found = aligned(truth, truth.pages, truth.words)
        for one, own in zip(truth.fields, found.fields, strict=True):
            assert set(one.words) <= set(own.tokens), one.field


def test_fields_of_a_made_page_are_found_by_their_text_alone() -> None:
    found, all_of = 0, 0
    for truth, _ in made_pages():
        unplaced = replace(truth, fields=tuple(replace(one, words=()) for one in truth.fields))
        tokens = aligned(unplaced, truth.pages, truth.words).fields
        for one, own in zip(truth.fields, tokens, strict=True):
            found += bool(one.words) and bool(own.tokens)
            all_of += bool(one.words)
    assert found >= 0.95 * all_of


def test_what_is_placed_stays_where_it_is_and_the_rest_is_placed() -> None:
    for truth, _ in made_pages():
        found = placed(truth)
        assert placed(found) == found
        for one, own in zip(truth.fields, found.fields, strict=True):
            assert own.words == (one.words or own.words)


def test_a_word_beyond_the_pages_is_refused() -> None:
    with pytest.raises(BadInput, match="test/one has a word on a page beyond its 1 pages"):
        labels_of(PLACED, [replace(PLACED.words[0], page=1)])


def test_lines_hold_tokens_boxes_and_labels_of_one_length() -> None:
    lines = list(as_lines(aligned(truth, truth.pages, truth.words) for truth, _ in made_pages()))
    for line in lines:
        row = json.loads(line)
        assert (
            len({len(row[name]) for name in ("tokens", "boxes", "pages", "labels", "lines")}) == 1
        )
        assert set(row["labels"]) <= set(LABELS)
        assert all(0 <= at <= 1000 for box in row["boxes"] for at in box)
        assert row["found"] > len(row["not_found"])


def test_of_equal_amounts_the_one_behind_its_label_is_the_total() -> None:
    words = [
        word("Tea", 10), word("9.00", 100), word("Subtotal", 10, 30), word("9.00", 100, 30),
        word("Total:", 10, 50), word("RM", 50, 50), word("9.00", 100, 50),
        word("Cash", 10, 70), word("9.00", 100, 70),
    ]  # fmt: skip
    truth = annotation([], [FieldTruth("totals.gross", None, "9.00", "9.00")])
    assert aligned(truth, (PAGE,), words).fields[0].tokens == (6,)


def test_digits_inside_a_longer_number_are_not_a_day_that_stands_elsewhere() -> None:
    words = [word("SJP03201705170016", 10), word("17/05/17", 10, 30)]
    truth = annotation([], [FieldTruth("issue_date", None, "2017-05-17", "17/05/17")])
    assert aligned(truth, (PAGE,), words).fields[0].tokens == (1,)


@pytest.mark.parametrize(
    ("rows", "true"),
    [
        (["Subtotal: 9.00", "Total 9.00", "Cash 9.00"], 1),
        (["Total (excluding GST): 9.00", "GST 0% 0.00", "Total (inclusive of GST): 9.00"], 2),
        (["Cake 9.00", "Total Qty: 1 9.00", "Total Sales 9.00", "Change Due 9.00"], 2),
        (["Summe netto 9.00", "Zwischensumme 9.00", "Gesamtbetrag 9.00"], 2),
        (["Tea 2 4.50 9.00", "Subtotal 9.00", "Net Total 9.00"], 2),
    ],
)
def test_of_equal_amounts_the_total_is_the_one_behind_its_label(rows: list[str], true: int) -> None:
    words, ends = list[AnnotatedWord](), list[int]()
    for number, row in enumerate(rows):
        x = 5.0
        for text in row.split():
            words.append(word(text, x, 5 + 10 * number))
            x += 5 * len(text) + 4
        ends.append(len(words) - 1)
    truth = annotation(words, [FieldTruth("totals.gross", None, "9", "9.00")])
    assert placed(truth).fields[0].words == (ends[true],)
    nines = [(place,) for place, one in enumerate(words) if one.text == "9.00"]
    assert likeliest("totals.gross", nines, PAGE, words) == (ends[true],)
