import pytest

from ledgergraph.corpora.annotations import as_lines, from_lines
from ledgergraph.corpora.drafts import drafts_of
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.evidence import Box, Page, Word
from ledgergraph.extractions.schemas import EXTRACTIONS
from ledgergraph.extractions.transcripts import pages_table, words_table

PAPER, XML = f"sha256:{1:064}", f"sha256:{2:064}"
TEXTS = ("Rechnung", "Nr.", "A-17", "Gesamtbetrag", "119,00")
NOWHERE = dict.fromkeys(("page", "x0", "y0", "x1", "y1", "box_unit"))


def box(at: int) -> Box:
    return Box(10, 20 * at, 60, 20 * at + 10)


def reading(field, value, at=None, **changed):
    place = NOWHERE
    if at is not None:
        one = box(at)
        place = {"page": 0, "x0": one.x0 - 1, "y0": one.y0 - 1, "x1": one.x1 + 1,
                 "y1": one.y1 + 1, "box_unit": "pt"}  # fmt: skip
    return {
        "document_id": PAPER, "part": 0, "reading": "page", "line": None, "field": field,
        "value": value, "raw": f"as {value}", "confidence": 0.8, "source": "text", "chosen": True,
        **place, **changed,
    }  # fmt: skip


def drafts(*readings):
    documents = [{"document_id": one, "media_type": "application/pdf", "type": "invoice"}
                 for one in (PAPER, XML)]  # fmt: skip
    return list(
        drafts_of(
            DOCUMENTS.rows(documents),
            pages_table([Page(PAPER, 0, 595, 842, "pt", quality=1.0)]),
            words_table([Word(PAPER, 0, text, box(at)) for at, text in enumerate(TEXTS)]),
            EXTRACTIONS.rows(readings),
        )
    )


def test_a_draft_has_the_chosen_fields_where_they_stand_and_how_sure_they_are():
    (draft,) = drafts(
        reading("number", "A-17", 2), reading("totals.gross", "119", 4, confidence=0.6),
        reading("due_date", "2026-01-01", 1, chosen=False),
    )  # fmt: skip
    one = draft.annotation
    said = [(one.field, one.value, one.raw, [TEXTS[at] for at in one.words]) for one in one.fields]
    assert said == [("number", "A-17", "as A-17", ["A-17"]),
                    ("totals.gross", "119", "as 119", ["119,00"])]  # fmt: skip
    assert draft.uncertainty == pytest.approx(0.3)
    assert (one.language, one.type, one.document_id, draft.origin) == (
        "de", "invoice", PAPER, "text",
    )  # fmt: skip
    assert list(from_lines(as_lines([one]), "draft"))


def test_a_value_of_the_xml_stands_where_the_page_states_the_same():
    (draft,) = drafts(
        reading("totals.gross", "119.00", reading="xml", source="xml", confidence=1.0),
        reading("totals.gross", "119", 4, chosen=False),
        reading("number", "B-1", reading="xml", source="xml"),
        reading("number", "A-17", 2, chosen=False),
    )
    places = {one.field: (one.value, one.words) for one in draft.annotation.fields}
    assert places == {"totals.gross": ("119.00", (4,)), "number": ("B-1", ())}
    assert draft.origin == "xml"


def test_each_part_of_a_document_is_a_draft_and_one_without_pages_is_none():
    found = drafts(
        reading("number", "A", 0), reading("number", "B", 2, part=1),
        reading("number", "C", document_id=XML),
    )  # fmt: skip
    assert [(one.part, one.annotation.fields[0].value) for one in found] == [(0, "A"), (1, "B")]
    assert len({one.annotation.annotation_id for one in found}) == 2


def test_of_what_nothing_was_read_nothing_is_sure():
    (draft,) = drafts()
    assert (draft.annotation.fields, draft.uncertainty) == ((), 1.0)
