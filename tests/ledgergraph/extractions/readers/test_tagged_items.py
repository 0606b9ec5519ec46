"""Rows of an item table from the tags of words and the heads for tables and cells."""

from decimal import Decimal

import numpy as np
import pytest
from made_pages import made_pages

from ledgergraph.corpora.annotations import Annotation
from ledgergraph.corpora.entities import LABELS, NUMBERS
from ledgergraph.corpora.synthetic import Order, made_documents
from ledgergraph.datasets.layout_lessons import labelled
from ledgergraph.evidence import Box, Page, Word
from ledgergraph.extractions.readers.labels import Sheet, sheet_of
from ledgergraph.extractions.readers.layout import layout_of
from ledgergraph.extractions.readers.spotting import Placed, placed
from ledgergraph.extractions.readers.tagged_items import TaggedItem, tagged_items
from ledgergraph.models.contract import Floats

PAGE = Page("sha256:0", 0, 500, 1000)
ROWS = ("Bolts 3 2,50 7,50", "M8, steel", "Nuts 2 1,00 2,00")
TAGS = {
    "Bolts": "B-description", "M8,": "I-description", "steel": "I-description",
    "Nuts": "B-description", "3": "B-quantity", "2": "B-quantity", "2,50": "B-unit_price",
    "1,00": "B-unit_price", "7,50": "B-net", "2,00": "B-net",
}  # fmt: skip


def sheet_with(lines: tuple[str, ...]) -> tuple[Sheet, list[Placed]]:
    """A page of some lines, each word 60 wide."""
    words = [
        Word("sha256:0", 0, text, Box(20 + 80 * at, 40 * row, 80 + 80 * at, 40 * row + 10))
        for row, line in enumerate(lines)
        for at, text in enumerate(line.split())
    ]
    sheet = sheet_of(layout_of("sha256:0", [PAGE], words))
    return sheet, placed(sheet.layout)


def shares(classes: list[int], count: int) -> Floats:
    """Probabilities of a model that is sure."""
    return np.eye(count)[classes]


def read(tags: dict[str, str], tables: int = 2, first: tuple[str, ...] = ()) -> list[TaggedItem]:
    """The rows that tags of words make; `first` are words that begin a cell."""
    sheet, words = sheet_with(ROWS)
    said = [NUMBERS[tags.get(one.text, "O")] for one in words]
    cells = [1 if one.text in first else 2 for one in words]
    return tagged_items(sheet, words, LABELS, shares(said, len(LABELS)),
                        shares([tables] * len(words), 3), shares(cells, 3))  # fmt: skip


def values(found: list[TaggedItem]) -> list[dict[str, str]]:
    """What rows state, by field."""
    return [{name: one.value for name, one in row.item.values.items()} for row in found]


def test_tagged_words_become_rows_with_text_that_goes_on_below() -> None:
    found = read(TAGS)
    assert values(found) == [
        {"description": "Bolts M8, steel", "quantity": "3", "unit_price": "2.5", "net": "7.5"},
        {"description": "Nuts", "quantity": "2", "unit_price": "1", "net": "2"},
    ]
    assert [one.item.is_consistent for one in found] == [True, True]
    assert all(one.share == pytest.approx(1.0) for one in found)


def test_words_that_the_head_for_tables_rules_out_are_no_items() -> None:
    assert read(TAGS, tables=0) == []


def test_where_another_cell_begins_another_amount_does() -> None:
    one_amount = {**TAGS, "2,50": "B-net", "7,50": "I-net"}
    assert "7.5" not in values(read(one_amount))[0].values()
    assert values(read(one_amount, first=("7,50",)))[0]["net"] == "2.5"


def test_rows_without_a_number_are_left_out() -> None:
    assert read({"Bolts": "B-description"}) == []


def made() -> list[Annotation]:
    """Invoices and till receipts."""
    tills = made_documents(Order(6, (8,), families=("receipt",), languages=("en",)))
    return [*(one for one, _ in made_pages()), *(one.annotation for one in tills)]


def test_the_labels_of_made_documents_make_their_line_items() -> None:
    stated = right = 0
    for annotation in made():
        lesson = labelled(annotation)
        assert lesson is not None
        name = annotation.annotation_id
        pages = [Page(name, at, one.width, one.height, one.unit)
                 for at, one in enumerate(annotation.pages)]  # fmt: skip
        words = [Word(name, one.page, one.text, one.box) for one in annotation.words]
        sheet = sheet_of(layout_of(name, pages, words))
        own = placed(sheet.layout)
        found = values(tagged_items(
            sheet, own, LABELS, shares([NUMBERS[tag] for tag in lesson.tags], len(LABELS)),
            shares([max(one, 0) for one in lesson.tables], 3),
            shares([max(one, 0) for one in lesson.cells], 3),
        ))  # fmt: skip
        nets = [Decimal(one["net"]) for one in found if "net" in one]
        truth = [Decimal(one.value) for one in annotation.fields
                 if one.field == "net" and one.line is not None and one.words]  # fmt: skip
        stated += len(truth)
        right += sum(one in nets for one in truth)
    assert stated > 12
    assert right / stated > 0.85
