from datetime import UTC, datetime

import pytest

from ledgergraph.corpora.corrected import corrected
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.extractions.schemas import PAGES, WORDS
from ledgergraph.feedback.events import Category, Feedback, Target, Verdict

ONE, OTHER = "sha256:" + "1" * 64, "sha256:" + "2" * 64
TEXTS = ("Rechnung", "Nr.", "4711", "vom", "01.02.2026", "Gesamt", "119,00", "EUR")


def event(document: str, field: str, value: str) -> Feedback:
    return Feedback(
        f"{document[-2:]}{field}", datetime(2026, 1, 1, tzinfo=UTC), "me", Target.FIELD,
        Verdict.CORRECTION, Category.EXTRACTION, document_id=document, part=0, field=field,
        value=value,
    )  # fmt: skip


def test_what_people_corrected_is_labelled_where_it_stands() -> None:
    documents = DOCUMENTS.rows([{"document_id": ONE, "media_type": "application/pdf"}])
    pages = PAGES.rows(
        {"document_id": one, "page": 0, "width": 200.0, "height": 100.0, "unit": "pt"}
        for one in (ONE, OTHER)
    )
    words = WORDS.rows(
        {"document_id": ONE, "page": 0, "word": at, "text": text, "x0": 20.0 * at, "y0": 10.0,
         "x1": 20.0 * at + 18, "y1": 20.0}
        for at, text in enumerate(TEXTS)
    )  # fmt: skip
    said = [event(ONE, "number", "4711"), event(ONE, "totals.gross", "119.00"),
            event("sha256:" + "3" * 64, "number", "1")]  # fmt: skip
    (found,) = corrected(documents, pages, words, said)
    assert [(one.field, one.value, one.raw, one.words) for one in found.fields] == [
        ("number", "4711", "4711", (2,)),
        ("totals.gross", "119.00", "119,00", (6,)),
    ]
    assert found.document_id == ONE
    assert [word.text for word in found.words] == list(TEXTS)


GERMAN = "Nr. 12345 vom 26.04.2025 fällig 3. Mai 2025 Summe 1.234,50 € Netto 1.000,00"
ENGLISH = "From 12/25/2025 or 25/12/2025 due 03/04/2026 total £ 1,234.50 net 1,000.00"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            GERMAN,
            {
                "issue_date": ("2025-04-26", "26.04.2025"),
                "due_date": ("2025-05-03", "3. Mai 2025"),
                "totals.gross": ("1234.5", "1.234,50"),
                "totals.net": ("1000", "1.000,00"),
            },
        ),
        (
            ENGLISH,
            {
                "due_date": ("2026-03-04", "03/04/2026"),
                "totals.gross": ("1234.5", "1,234.50"),
                "totals.net": ("1000", "1,000.00"),
            },
        ),
    ],
)
def test_a_correction_finds_its_words_however_they_are_printed(
    line: str, said: dict[str, tuple[str, str]]
) -> None:
    pages = PAGES.rows(
        [{"document_id": ONE, "page": 0, "width": 400.0, "height": 100.0, "unit": "pt"}]
    )
    words = WORDS.rows(
        {"document_id": ONE, "page": 0, "word": at, "text": text, "x0": 20.0 * at, "y0": 10.0,
         "x1": 20.0 * at + 18, "y1": 20.0}
        for at, text in enumerate(line.split())
    )  # fmt: skip
    events = [event(ONE, field, value) for field, (value, _) in said.items()]
    (found,) = corrected(DOCUMENTS.empty(), pages, words, events)
    assert {one.field: (one.value, one.raw) for one in found.fields} == said


def test_documents_whose_seller_nobody_named_are_one_vendors() -> None:
    pages = PAGES.rows(
        {"document_id": one, "page": 0, "width": 200.0, "height": 100.0, "unit": "pt"}
        for one in (ONE, OTHER)
    )
    said = [event(ONE, "number", "1"), event(OTHER, "number", "2")]
    first, second = corrected(DOCUMENTS.empty(), pages, WORDS.empty(), said)
    assert first.vendor == second.vendor
    said.append(event(OTHER, "seller.name", "ACME"))
    first, second = corrected(DOCUMENTS.empty(), pages, WORDS.empty(), said)
    assert first.vendor != second.vendor
