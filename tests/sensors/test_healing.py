"""Batches that fail, on a real instance: runs of a tiny job under the name of the intake."""

from datetime import UTC, datetime

import dagster as dg
import pytest

from assets.documents import APART
from assets.partitions import intake_batches
from ledgergraph.documents.limits import Limits
from resources.doors import AlertsResource, InboxResource, StoreResource
from resources.intake import take_in
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


def test_the_same_failure_is_answered_once(platform):
    platform.run({"fails": "yes"})
    first, second = platform.tick(), platform.tick()
    assert first.run_requests[0].run_key == second.run_requests[0].run_key


def test_a_success_in_between_begins_anew(platform):
    for tags in ({"fails": "yes"}, {"fails": "yes"}, {}, {"fails": "yes"}):
        platform.run(tags)
    (request,) = platform.tick().run_requests
    assert APART not in request.tags
