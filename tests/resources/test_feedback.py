"""Events and imports in every kind of store."""

import json
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ledgergraph.anomalies.schemas import FINDINGS
from ledgergraph.artifacts import WHOLE, Manifest
from ledgergraph.books import BOOK_TABLES
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.errors import Corrupt
from ledgergraph.feedback.events import Feedback, corrections, event_of, feedback_table, to_json
from ledgergraph.feedback.schemas import FEEDBACK
from ledgergraph.feedback.sources import MOST_BYTES, parse
from orchestration.commands.feedback import imported
from resources.feedback import (
    add,
    all_events,
    import_file,
    imports,
    rejections,
    strangers,
    take_in,
    unseen,
    uri_of,
)
from resources.inbox import Inbox
from resources.store import Store
from resources.verification import verify

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SLOW = {"target": "product", "verdict": "rejection", "comment": "slow"}
UGLY = {**SLOW, "comment": "ugly"}
WRONG = {
    "target": "field", "verdict": "correction", "document_id": "d", "field": "totals.gross",
    "value": "12,50",
}  # fmt: skip


def lines(*stated: dict[str, Any]) -> bytes:
    return "\n".join(map(json.dumps, stated)).encode()


def event(**stated: Any) -> Feedback:
    return event_of({"verdict": "approval", **stated}, NOON, "ann")


def test_a_file_that_is_imported_twice_counts_once(store: Store) -> None:
    first = import_file(store, "a", lines(SLOW, UGLY, {}), NOON, "ann")
    again = import_file(store, "b", lines(SLOW, UGLY, {}), NOON + timedelta(days=1), "ben")
    assert (first.new, first.known, len(first.rejected)) == (2, 0, 1)
    assert (again.new, again.known, again.rejected) == (0, 2, first.rejected)
    assert len(imports(store)) == 1
    assert rejections(store).num_rows == 1


def test_a_row_that_comes_in_two_files_counts_once_as_first_stated(store: Store) -> None:
    import_file(store, "a", lines(SLOW), NOON, "ann")
    done = import_file(store, "b", lines(SLOW, UGLY), NOON + timedelta(days=1), "ben")
    assert (done.new, done.known) == (1, 1)
    assert {(one.comment, one.author) for one in all_events(store)} == {
        ("slow", "ann"), ("ugly", "ben"),
    }  # fmt: skip


def test_ids_that_two_files_count_from_one_lose_no_event(store: Store) -> None:
    import_file(store, "a", lines({**SLOW, "feedback_id": "1"}), NOON, "ann")
    done = import_file(store, "b", lines({**UGLY, "feedback_id": "1"}), NOON, "ann")
    assert (done.new, done.known, len(done.rejected)) == (0, 0, 1)
    assert rejections(store)["sentence"].to_pylist()[0].startswith("Its feedback_id 1 is that of")


def test_a_correction_that_is_meant_again_is_never_taken_for_known(store: Store) -> None:
    for hour, value in enumerate("ABA"):
        said = {**WRONG, "field": "number", "value": value}
        at = NOON + timedelta(hours=hour)
        done = import_file(
            store, f"{hour}", lines(said, {**SLOW, "comment": value * hour}), at, "ann"
        )
    assert [one.reason for one in done.rejected] == ["said_before"]
    assert [one.value for one in corrections(all_events(store))] == ["B"]


def test_files_in_any_order_are_the_same_table(store: Store) -> None:
    files = [lines({**SLOW, "at": NOON.isoformat()}), lines({**UGLY, "at": NOON.isoformat()})]
    for data in files[::-1]:
        import_file(store, "a", data, NOON, "ann")
    stated = [one for data in files for one in parse(data, NOON, "ann").events]
    assert feedback_table(all_events(store)) == feedback_table(stated)


def test_an_import_that_was_killed_is_done_again(store: Store) -> None:
    add(store, parse(lines(SLOW, UGLY), NOON, "ann").events[:1])
    done = import_file(store, "a", lines(SLOW, UGLY), NOON, "ann")
    assert (done.new, done.known) == (1, 1)


def test_events_of_another_process_are_seen(store: Store) -> None:
    assert all_events(store) == []
    add(Store(store.url), [event_of(SLOW, NOON, "ann")])
    assert len(all_events(store)) == 1


def test_a_correction_to_what_a_field_cannot_hold_is_a_rejected_line(store: Store) -> None:
    done = import_file(store, "a", lines(WRONG), NOON, "ann")
    assert (done.new, [one.line for one in done.rejected]) == (0, [1])
    assert "plain number" in done.rejected[0].sentence


def test_what_events_name_is_looked_up_also_among_findings_of_the_past(store: Store) -> None:
    invoices = BOOK_TABLES["invoices"].records
    rows = invoices.rows([{"record_id": "1", "document_id": "d", "invoice_id": "I-1",
                           "vendor_id": "V-1"}])  # fmt: skip
    tables = [BOOK_TABLES["vendors"].records.empty(), rows]
    held = [store.put_table(BOOK_TABLES[name].records, one)
            for name, one in zip(("vendors", "invoices"), tables, strict=True)]  # fmt: skip
    store.commit(Manifest("records", "b", "1", tuple(held)))
    documents = DOCUMENTS.rows([{"document_id": "d", "name": "d"}])
    store.commit(Manifest("documents", "b", "1", (store.put_table(DOCUMENTS, documents),)))
    for finding_id in ("old", "new"):
        found = FINDINGS.rows([{"finding_id": finding_id, "kind": "amount_outlier"}])
        store.commit(Manifest("findings", WHOLE, "1", (store.put_table(FINDINGS, found),)))
    known = [
        event(target="finding", finding_id="new"),
        event(target="finding", finding_id="old"),
        event(target="field", document_id="d", field="number"),
        event(target="invoice", subject_id="I-1"),
        event(target="party", subject_id="I-1", other_id="V-1"),
        event(target="party", subject_id="I-1>buyer", other_id="V-1"),
        event(target="product", comment="fine"),
    ]
    unknown = [
        event(target="finding", finding_id="none"),
        event(target="field", document_id="e", field="number"),
        event(target="pair", subject_id="I-1", other_id="V-1"),
    ]
    assert [one for one, _ in strangers(store, [*known, *unknown])] == unknown


def test_an_event_that_was_changed_or_removed_after_its_use_is_told(store: Store) -> None:
    first, second = parse(lines(SLOW, UGLY), NOON, "ann").events
    add(store, [first, second])
    file = store.put_table(FEEDBACK, feedback_table([first, second]))
    store.commit(Manifest("feedback", WHOLE, "1", (file,)))
    assert verify(store) == []
    store.put(uri_of(first), to_json(second))
    assert [uri_of(first) in one for one in verify(store)] == [True]


def test_what_is_no_event_among_events_is_named(store: Store) -> None:
    for data in (b"{", b"[]", b"{}"):
        store.put("feedback/x.json", data)
        with pytest.raises(Corrupt, match="feedback/x"):
            all_events(Store(store.url))


def test_of_a_file_that_is_too_large_no_more_than_the_limit_is_read(tmp_path: Path) -> None:
    inbox, store = Inbox(str(tmp_path)), Store(str(tmp_path / ".store"))
    with (tmp_path / "huge.jsonl").open("wb") as file:
        file.truncate(8 * MOST_BYTES)
    tracemalloc.start()
    try:
        done, unread = take_in(inbox, store, unseen(store, inbox.listing()), NOON)
        assert imported(store, [tmp_path / "huge.jsonl"]) == 0
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert ([one.rejected[0].reason for one in done], unread) == (["too_large"], {})
    assert peak < 3 * MOST_BYTES
    assert unseen(store, inbox.listing()) == {}  # and it is not looked at again
