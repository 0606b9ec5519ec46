"""What events are about: the invoice of a finding, and the types of corrected documents."""

import json
from datetime import UTC, datetime
from pathlib import Path

from ledgergraph.anomalies.schemas import FINDINGS
from ledgergraph.artifacts import WHOLE, Manifest
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.extractions.schemas import EXTRACTIONS
from ledgergraph.feedback.events import event_of
from ledgergraph.feedback.retraining import Thresholds
from resources.feedback import with_subjects
from resources.learning import candidates
from resources.store import Store

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def put(store: Store, *findings: dict[str, object]) -> None:
    file = store.put_table(FINDINGS, FINDINGS.rows(findings))
    store.commit(Manifest("findings", WHOLE, "1", (file,)))


def test_an_event_that_names_a_finding_alone_is_about_its_invoice_now_and_later(
    tmp_path: Path,
) -> None:
    store = Store(str(tmp_path))
    scored = [{"table": "invoice_scores", "key": {"invoice_id": "i2"}}]
    of_invoice = {"finding_id": "f1", "kind": "ghost_vendor", "subject": "i1",
                  "subject_table": "invoices"}  # fmt: skip
    of_order = {"finding_id": "f2", "kind": "order_overbilled", "subject": "o1",
                "subject_table": "purchase_orders", "evidence": json.dumps(scored)}  # fmt: skip
    said = [
        event_of({"target": "finding", "verdict": "approval", "finding_id": name}, NOW, "ann")
        for name in ("f1", "f2", "nothing")
    ]
    put(store, of_invoice, of_order)
    for _ in range(2):
        found = with_subjects(store, said)
        assert [(one.subject_id, one.kind) for one in found] == [
            ("i1", "ghost_vendor"), ("i2", "order_overbilled"), (None, None),
        ]  # fmt: skip
        assert [one.feedback_id for one in found] == [one.feedback_id for one in said]
        put(store)


def test_a_type_of_document_that_is_often_read_wrong_is_named(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    ids = [f"d{number}" for number in range(4)]
    documents = DOCUMENTS.rows([{"document_id": one, "name": one} for one in ids])
    store.commit(Manifest("documents", "b", "1", (store.put_table(DOCUMENTS, documents),)))
    kinds = zip(ids, ["380", "380", "receipt"], strict=False)
    usual = {"part": 0, "reading": "page", "field": "type", "chosen": True}
    read = [{**usual, "document_id": one, "value": kind} for one, kind in kinds]
    file = store.put_table(EXTRACTIONS, EXTRACTIONS.rows(read))
    store.commit(Manifest("extractions", "b", "1", (file,)))
    wrong = {"target": "field", "field": "number", "verdict": "correction", "value": "R-1"}
    said = [event_of({**wrong, "document_id": one}, NOW, "ann") for one in [*ids, "never read"]]
    found = candidates(store, said, Thresholds(type_corrections=2))
    assert [(one.reason.split(":")[0], one.is_due) for one in found] == [
        ("documents of type 380", True), ("documents of type receipt", False),
        ("documents of type unknown", False),
    ]  # fmt: skip
    assert "2 of 2 corrections, 100.0% errors, a candidate for retraining" in found[0].reason
    assert candidates(store, [], Thresholds()) == []
