"""What labels are about, where an event names a finding and nothing else."""

import json
from datetime import UTC, datetime
from pathlib import Path

from ledgergraph.anomalies.schemas import FINDINGS
from ledgergraph.artifacts import WHOLE, Manifest
from ledgergraph.feedback.events import event_of
from resources.feedback import with_subjects
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
