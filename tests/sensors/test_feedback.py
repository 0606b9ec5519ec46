"""The feedback sensors, tick by tick on a real instance, as a daemon would evaluate them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.feedback import feedback as asset
from assets.policies import FEEDBACK, RE_READ
from ledgergraph.artifacts import WHOLE, Manifest
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.feedback.events import corrections, event_of
from resources.doors import FeedbackResource, StoreResource
from resources.feedback import add, all_events, of_batch, settings_of, stated
from resources.store import Store
from sensors.asking import AGAIN
from sensors.feedback import watch_corrections, watch_feedback
from sensors.looks import Looks

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SLOW = {"target": "product", "verdict": "rejection", "comment": "slow"}
FIELD = {"target": "field", "document_id": "sha256:b1", "field": "number"}


class Watch:
    """A feedback inbox, a store with batches, and the sensors over them."""

    def __init__(self, instance: dg.DagsterInstance, folder: Path) -> None:
        self.instance = instance
        self.inbox = folder / "feedback"
        self.inbox.mkdir()
        self.store = Store(str(folder / "store"))
        self.cursor: str | None = None

    def put(self, name: str, *stated: dict[str, Any]) -> None:
        (self.inbox / name).write_text("\n".join(map(json.dumps, stated)))

    def tick(self) -> list[dg.RunRequest]:
        """One look at the inbox."""
        with dg.build_sensor_context(instance=self.instance, cursor=self.cursor) as context:
            result = watch_feedback(
                context,
                store=StoreResource(url=self.store.url),
                feedback_inbox=FeedbackResource(url=str(self.inbox)),
            )
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        return list(result.run_requests or [])

    def settle(self) -> list[dg.RunRequest]:
        self.tick()
        return self.tick()

    def make(self) -> None:
        """Materialise asset `feedback`."""
        resources = {"store": StoreResource(url=self.store.url)}
        assert dg.materialize([asset], instance=self.instance, resources=resources).success

    def read(self, *batches: str) -> None:
        """Read batches of one document each as the intake would, with what was said of them."""
        for batch in batches:
            documents = Manifest("documents", batch, "1", (self.store.put_table(
                DOCUMENTS, DOCUMENTS.rows([{"document_id": f"sha256:{batch}", "name": batch}])
            ),))  # fmt: skip
            self.store.commit(documents)
            said = of_batch(self.store, documents, corrections(stated(self.store)))
            self.store.commit(Manifest("extractions", batch, "1", (), settings_of(said)))

    def say(self, hour: int, verdict: str, **changes: Any) -> None:
        at = NOON + timedelta(hours=hour)
        said = {**FIELD, "verdict": verdict, "at": at.isoformat(), **changes}
        add(self.store, [event_of(said, at, "ann")])
        self.make()

    def asked(self) -> dict[str, str]:
        """Batches that are asked for, and the keys of their runs."""
        with dg.build_sensor_context(instance=self.instance) as context:
            result = watch_corrections(context, store=StoreResource(url=self.store.url))
        if isinstance(result, dg.SkipReason):
            return {}
        for request in result.run_requests or []:
            assert request.asset_selection == [dg.AssetKey(name) for name in RE_READ]
        return {str(one.partition_key): str(one.run_key) for one in result.run_requests or []}


@pytest.fixture
def watch(instance: dg.DagsterInstance, tmp_path: Path) -> Watch:
    return Watch(instance, tmp_path)


def test_an_empty_inbox_asks_for_nothing(watch: Watch) -> None:
    assert watch.settle() == []


def test_a_file_that_has_settled_is_imported_and_asks_for_what_it_concerns(watch: Watch) -> None:
    watch.put("a.jsonl", SLOW)
    assert watch.tick() == []
    (request,) = watch.tick()
    assert dg.AssetKey(FEEDBACK) in (request.asset_selection or [])
    assert len(all_events(watch.store)) == 1
    watch.make()
    assert watch.settle() == []


def test_a_cursor_of_an_earlier_form_begins_anew(watch: Watch) -> None:
    watch.put("a.jsonl", SLOW)
    watch.cursor = "[{}, {}]"
    assert watch.tick() == []
    assert len(watch.tick()) == 1


def test_a_file_that_grows_is_not_taken(watch: Watch) -> None:
    for count in range(1, 4):
        watch.put("a.jsonl", *[SLOW] * count)
        assert watch.tick() == []
    assert all_events(watch.store) == []


def test_a_request_is_the_same_until_something_new_is_said(watch: Watch) -> None:
    watch.put("a.jsonl", SLOW)
    (first,) = watch.settle()
    (again,) = watch.tick()
    assert first.run_key == again.run_key
    watch.put("b.jsonl", {**SLOW, "comment": "slower"})
    (other,) = watch.settle()
    assert other.run_key != first.run_key


def test_feedback_whose_run_failed_is_asked_for_again_a_few_times(
    watch: Watch, failing_for_ever: Any
) -> None:
    add(watch.store, [event_of(SLOW, NOON, "ann")])
    assert len(failing_for_ever(watch.instance, lambda: watch.tick()[0])) == 1 + AGAIN


def test_what_was_said_by_command_is_seen(watch: Watch) -> None:
    add(watch.store, [event_of(SLOW, NOON, "ann")])
    assert len(watch.tick()) == 1


def test_a_copy_and_a_touched_file_are_read_once_and_say_nothing_new(watch: Watch) -> None:
    watch.put("a.jsonl", SLOW)
    watch.settle()
    watch.make()
    watch.put("copy.jsonl", SLOW)
    (watch.inbox / "a.jsonl").touch()
    assert watch.settle() == []
    looks = Looks.from_cursor(watch.cursor)
    assert (looks.growing, set(looks.touched)) == ({}, {"a.jsonl", "copy.jsonl"})
    assert len(all_events(watch.store)) == 1


def test_bad_lines_are_kept_with_their_file_and_number(watch: Watch) -> None:
    watch.put("a.jsonl", SLOW, {"target": "moon"})
    watch.settle()
    watch.make()
    head = watch.store.head("feedback", WHOLE)
    assert head is not None
    assert {file.table: file.rows for file in head.files} == {
        "feedback": 1, "feedback_rejections": 1,
    }  # fmt: skip


def test_a_correction_asks_for_its_batch_and_no_other(watch: Watch) -> None:
    watch.read("b1", "b2")
    assert watch.asked() == {}
    watch.say(0, "correction", value="R-1")
    assert set(watch.asked()) == {"b1"}
    watch.read("b1")
    assert watch.asked() == {}


def test_a_withdrawal_asks_again_and_so_does_each_later_decision(watch: Watch) -> None:
    watch.read("b1")
    keys = []
    for hour, verdict in enumerate(["correction", "withdrawal", "correction", "rejection"]):
        watch.say(hour, verdict, **({"value": "R-1"} if verdict == "correction" else {}))
        keys += watch.asked().values()
        watch.read("b1")
        assert watch.asked() == {}
    assert len(set(keys)) == 4


def test_an_approval_and_a_correction_of_an_unread_document_ask_for_nothing(watch: Watch) -> None:
    watch.read("b2")
    watch.say(0, "approval", document_id="sha256:b2")
    watch.say(1, "correction", value="R-1")
    assert watch.asked() == {}
    watch.read("b1")
    assert watch.asked() == {}
