"""Process memory in short."""

from datetime import UTC, datetime, timedelta

from ledgergraph.books import BOOK_TABLES
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.extractions.schemas import EXTRACTIONS, QUALITY, VALIDATIONS
from ledgergraph.feedback.events import event_of
from ledgergraph.graph.memory import judgements_of, memory_of, readings_of


def test_a_reading_counts_its_fields_and_those_chosen():
    rows = [
        {"document_id": "d", "part": 0, "reading": "page", "field": field, "confidence": confidence,
         "chosen": chosen, "source": "text"}
        for field, confidence, chosen in (("number", 1.0, True), ("type", 0.5, False))
    ]  # fmt: skip
    found = readings_of(EXTRACTIONS.rows(rows)).to_pylist()
    assert [(one["fields"], one["chosen"], one["confidence"]) for one in found] == [(2, 1, 0.75)]


def test_a_judgement_counts_the_rules_that_its_document_breaks():
    quality = QUALITY.rows([{"document_id": name, "part": 0, "score": 0.5} for name in "de"])
    broken = VALIDATIONS.rows([{"document_id": "d", "part": 0, "rule": rule} for rule in "xy"])
    found = judgements_of(quality, broken).to_pylist()
    assert {one["document_id"]: one["violations"] for one in found} == {"d": 2, "e": 0}


def test_nothing_read_makes_empty_tables():
    assert len(readings_of(EXTRACTIONS.empty())) == 0
    assert len(judgements_of(QUALITY.empty(), VALIDATIONS.empty())) == 0


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIELD = {
    "target": "field", "document_id": "d", "field": "totals.gross", "verdict": "correction",
    "value": "12.50",
}  # fmt: skip
DOCUMENT = DOCUMENTS.rows([{"document_id": one, "name": one} for one in "de"])
INVOICE = BOOK_TABLES["invoices"].records.rows(
    [{"record_id": "1", "document_id": "e", "part": 0, "invoice_id": "I-1"}]
)
READ = EXTRACTIONS.rows(
    [
        {"document_id": "d", "part": 0, "reading": reading, "field": field, "value": "1"}
        for reading, field in (("xml", "number"), ("page", "totals.gross"), ("page", "number"))
    ]
)


def said(*stated):
    """Events an hour apart."""
    return [event_of(one, NOON + timedelta(hours=at), "ann") for at, one in enumerate(stated)]


def memory(*stated):
    rows = memory_of(said(*stated), DOCUMENT, READ, INVOICE).to_pylist()
    return {(one["target"], one["verdict"], one["field"]): one for one in rows}


def test_a_correction_means_the_reading_that_states_its_field():
    number = {**FIELD, "field": "number", "value": "R-1"}
    due = {**FIELD, "field": "due_date", "value": "2026-03-01"}
    found = memory(FIELD, number, due)
    assert {key[2]: one["reading"] for key, one in found.items()} == {
        "totals.gross": "page", "number": "xml", "due_date": "xml",
    }  # fmt: skip


def test_a_withdrawn_correction_is_remembered_and_corrects_nothing():
    found = memory(FIELD, {**FIELD, "verdict": "withdrawal", "value": None})
    correction = found["field", "correction", "totals.gross"]
    assert (correction["stands"], correction["reading"]) == (False, None)


def test_what_is_said_of_an_invoice_is_said_of_the_document_that_states_it():
    finding = {"target": "finding", "finding_id": "f", "subject_id": "I-1", "verdict": "approval"}
    assert memory(finding)["finding", "approval", None]["document_id"] == "e"


def test_what_is_about_nothing_that_is_there_is_left_out():
    assert memory({**FIELD, "document_id": "x"}, {
        "target": "pair", "subject_id": "I-8", "other_id": "I-9", "verdict": "approval",
    }, {"target": "product", "comment": "slow", "verdict": "rejection"}) == {}  # fmt: skip


def test_the_order_of_events_and_saying_them_twice_change_nothing():
    events = said(FIELD, {**FIELD, "value": "13.00"}, {**FIELD, "verdict": "approval", "value": ""})
    wanted = memory_of(events, DOCUMENT, READ, INVOICE)
    assert memory_of([*events[::-1], *events], DOCUMENT, READ, INVOICE) == wanted
