"""The query of docs/feedback.md says of each type of document what the policy says."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ledgergraph.artifacts import Manifest
from ledgergraph.books import BOOK_TABLES
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.extractions.schemas import EXTRACTIONS, QUALITY, VALIDATIONS
from ledgergraph.feedback.events import event_of, standing
from ledgergraph.feedback.retraining import Thresholds
from ledgergraph.graph.memory import judgements_of, memory_of, readings_of
from resources.learning import candidates
from resources.store import Store

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DOCS = Path(__file__).parents[3] / "docs"
TYPES = {"d0": ("380",), "d1": ("380", "381"), "d2": ("receipt",), "d3": (), "d4": ("381",)}
"""What was read of each document, a type for each of its parts."""
SAID = {"d0": (120, 5), "d1": (99, 0), "d2": (110, 2_500), "d3": (2, 1), "d4": (1, 0)}
"""Corrections and approvals of each."""


def events():
    for document_id, (wrong, right) in SAID.items():
        for number in range(wrong + right):
            verdict = {"verdict": "approval"} if number >= wrong else {
                "verdict": "correction", "value": f"{number}",
            }  # fmt: skip
            stated = {"target": "field", "document_id": document_id, "part": 0,
                      "line": number, "field": "net"}  # fmt: skip
            yield event_of({**stated, **verdict}, NOW, "ann")
    first = {"target": "field", "document_id": "d0", "part": 0, "line": 0, "field": "net"}
    later = NOW + timedelta(days=1)
    yield event_of({**first, "verdict": "approval"}, later, "eve")
    yield event_of({**first, "line": 1, "verdict": "withdrawal"}, later, "eve")
    yield event_of({"target": "invoice", "subject_id": "i", "verdict": "rejection"}, NOW, "ann")


def test_the_query_and_the_policy_agree(graph, session, tmp_path):
    documents = DOCUMENTS.rows([{"document_id": one, "name": one} for one in TYPES])
    rows = [
        {"document_id": one, "part": part, "reading": "page", "field": field, "value": kind,
         "chosen": True}
        for one, kinds in TYPES.items()
        for part, kind in enumerate(kinds)
        for field in ("number", "type")
    ]  # fmt: skip
    extractions = EXTRACTIONS.conform(EXTRACTIONS.rows(rows))
    invoices = BOOK_TABLES["invoices"].records.empty()
    said = list(events())

    store = Store(str(tmp_path))
    store.commit(Manifest("documents", "b", "1", (store.put_table(DOCUMENTS, documents),)))
    store.commit(Manifest("extractions", "b", "1", (store.put_table(EXTRACTIONS, extractions),)))
    wanted = [
        (
            one.reason.split()[3].rstrip(":"),
            one.numbers["labels"],
            one.numbers["errors"],
            one.is_due,
        )
        for one in candidates(store, standing(said), Thresholds())
    ]

    tables = {
        "documents": documents,
        "readings": readings_of(extractions),
        "judgements": judgements_of(QUALITY.empty(), VALIDATIONS.empty()),
    }
    with graph.held() as held:
        held.load_batch("b", tables, lambda: tables)
        held.write_derived("process_memory", memory_of(said, documents, extractions, invoices))
    (query,) = re.findall(r"```cypher\n(.*?)```", (DOCS / "feedback.md").read_text(), re.DOTALL)
    found = [tuple(row) for row in session.run(query).values()]
    assert found == wanted
    assert [row[0] for row in found if row[3]] == ["380", "381"]
