"""Batches read one after another, and two at a time: how much one more worker gives."""

import time
from collections.abc import Callable

import pytest
from clusters import Cluster

from resources.store import Store

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow]
PAPERS = 6
Batch = Callable[..., str]
Note = Callable[[str, object], None]


def test_batches_of_six_papers_are_read_by_one_worker_and_by_two(
    cluster: Cluster, kept: Store, batch: Batch, record_property: Note
) -> None:
    keys = [batch(PAPERS) for _ in range(4)]
    began = time.monotonic()
    runs = [cluster.came_through(cluster.intake(key)) for key in keys[:2]]
    one = time.monotonic() - began
    began = time.monotonic()
    for run in [cluster.intake(key) for key in keys[2:]]:
        cluster.came_through(run)
    two = time.monotonic() - began
    assert all(kept.head("ledger_graph", key) for key in keys)
    papers = 2 * PAPERS * 3600
    record_property("documents an hour, one worker", f"{papers / one:.0f}")
    record_property("documents an hour, two workers", f"{papers / two:.0f}")
    at_work = sum(cluster.seconds(run.id) for run in runs)
    record_property("share of the time until the pod is at work", f"{1 - at_work / one:.2f}")
