"""Batches that fail, on a real instance: runs of a tiny job under the name of the intake."""

from datetime import UTC, datetime

import dagster as dg
import pytest

from assets.documents import APART
from assets.feedback import feedback
from assets.partitions import intake_batches
from assets.policies import BATCH_ASSETS, RE_READ
from ledgergraph.artifacts import Manifest
from ledgergraph.documents.limits import Limits
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.feedback.events import event_of
from resources.doors import AlertsResource, InboxResource, StoreResource
from resources.feedback import add
from resources.intake import take_in
from sensors.feedback import watch_corrections
from sensors.healing import WAYS, heal


@dg.asset(partitions_def=intake_batches)
def documents(context: dg.AssetExecutionContext):
    if "fails" in context.run.tags:
        raise dg.Failure("The service is away.", allow_retries=False)


class Platform:
    """An instance with one batch that waits, and a sensor to tick."""

    def __init__(self, folder):
        (folder / "inbox").mkdir()
        (folder / "inbox" / "a.txt").write_text("a")
        self.store = StoreResource(url=str(folder / "store"))
        inbox = InboxResource(url=str(folder / "inbox")).open()
        taken = take_in(inbox, self.store.open(), inbox.listing(), datetime.now(UTC), Limits())
        (self.batch,) = taken.batches
        self.instance = dg.DagsterInstance.ephemeral()
        self.instance.add_dynamic_partitions("intake_batches", [self.batch])
        job = dg.define_asset_job("intake", selection=[documents])
        self.job = dg.Definitions(assets=[documents], jobs=[job]).resolve_job_def("intake")
        self.cursor = None
        self.alerts = AlertsResource()

    def run(self, tags):
        self.job.execute_in_process(
            instance=self.instance, partition_key=self.batch, tags=tags, raise_on_error=False
        )

    def tick(self):
        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor)
        result = heal(context, store=self.store, alerts=self.alerts)
        self.cursor = result.cursor
        return result

    def correct(self):
        """A correction of a batch that was read, before anyone asks for its reading again."""
        home, at = self.store.open(), datetime(2026, 3, 1, tzinfo=UTC)
        ours = DOCUMENTS.rows([{"document_id": "sha256:b1", "name": "b1"}])
        for name in BATCH_ASSETS:
            files = (home.put_table(DOCUMENTS, ours),) if name == "documents" else ()
            home.commit(Manifest(name, self.batch, "1", files))
        said = {"target": "field", "document_id": "sha256:b1", "field": "number",
                "verdict": "correction", "value": "R-1"}  # fmt: skip
        add(home, [event_of(said, at, "ann")])
        resources = {"store": self.store}
        assert dg.materialize([feedback], instance=self.instance, resources=resources).success

    def corrections(self):
        """The runs that the sensor of corrections asks for."""
        with dg.build_sensor_context(instance=self.instance) as context:
            result = watch_corrections(context, store=self.store)
        return [] if isinstance(result, dg.SkipReason) else result.run_requests


@pytest.fixture
def platform(tmp_path):
    platform = Platform(tmp_path)
    with platform.instance:
        yield platform


def test_a_batch_that_never_failed_is_left_to_the_inbox(platform):
    assert not platform.tick().run_requests
    platform.run({})
    assert not platform.tick().run_requests


def test_a_batch_that_failed_is_tried_as_it_was_then_document_by_document_then_shown(platform):
    for way in WAYS:
        platform.run({"fails": "yes"})
        (request,) = platform.tick().run_requests
        assert request.partition_key == platform.batch
        assert (APART in request.tags) == (APART in way)
    platform.run({"fails": "yes"})
    result = platform.tick()
    assert not result.run_requests
    assert "1 batches wait for a person" in str(result.skip_reason)
    assert platform.batch in platform.cursor


def test_a_person_is_told_of_a_batch_once(platform, webhook):
    platform.alerts = AlertsResource(webhook=f"http://127.0.0.1:{webhook.server_port}/")
    for _ in range(len(WAYS) + 1):
        platform.run({"fails": "yes"})
    for _ in range(2):
        platform.tick()
    (alert,) = webhook.got
    assert alert["facts"]["batch"] == platform.batch


def test_a_person_who_could_not_be_told_is_told_at_the_next_look(platform, webhook):
    platform.alerts = AlertsResource(webhook="http://127.0.0.1:9/")
    for _ in range(len(WAYS) + 1):
        platform.run({"fails": "yes"})
    platform.tick()
    assert platform.cursor == "[]"
    platform.alerts = AlertsResource(webhook=f"http://127.0.0.1:{webhook.server_port}/")
    platform.tick()
    assert len(webhook.got) == 1
    assert platform.batch in platform.cursor


def test_the_same_failure_is_answered_once(platform):
    platform.run({"fails": "yes"})
    first, second = platform.tick(), platform.tick()
    assert first.run_requests[0].run_key == second.run_requests[0].run_key


def test_a_success_in_between_begins_anew(platform):
    for tags in ({"fails": "yes"}, {"fails": "yes"}, {}, {"fails": "yes"}):
        platform.run(tags)
    (request,) = platform.tick().run_requests
    assert APART not in request.tags


def test_a_correction_whose_run_failed_is_tried_again_a_few_times(platform):
    platform.correct()
    (asked,) = platform.corrections()
    assert not platform.tick().run_requests  # that is asked for already
    keys = {asked.run_key}
    for _ in WAYS:
        platform.run({"fails": "yes"})
        assert [one.run_key for one in platform.corrections()] == [asked.run_key]  # used up
        (request,) = platform.tick().run_requests
        assert request.asset_selection == [dg.AssetKey(name) for name in RE_READ]
        keys.add(request.run_key)
    assert len(keys) == 1 + len(WAYS)
    platform.run({"fails": "yes"})
    assert not platform.tick().run_requests
    assert platform.batch in platform.cursor
