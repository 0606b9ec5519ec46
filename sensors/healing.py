"""Healing: a batch whose reading failed is tried again in other ways, a few times, then shown.

First as it was, since a service may have been away; then with each document read
in a process of its own, so that the one to blame is rejected and the others come
through; then a person is told. A batch that was to be read again for a correction is
such a batch too. Not here: what the inbox and corrections ask for by themselves.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import dagster as dg

from assets.documents import APART
from assets.lineage import ANEW
from assets.policies import BATCH_ASSETS, RE_READ
from jobs.intake import intake
from resources.alerts import Alert
from resources.doors import AlertsResource, StoreResource
from resources.feedback import lacking
from resources.intake import waiting
from resources.store import Store
from sensors.failures import deliver

WAYS: tuple[Mapping[str, str], ...] = ({}, {APART: "healing", ANEW: "healing"})
"""Tags of the runs that follow a failed one, in their order."""
LOOKED_AT = 10
"""How many runs of a batch are looked at: more than there are ways."""


@dataclass(frozen=True)
class Failed:
    """A batch whose last runs failed: how many in a row, and the last of them."""

    batch: str
    times: int
    last_run: str


@dg.sensor(
    name="healing",
    job=intake,
    minimum_interval_seconds=300,
    description="Tries batches again whose reading failed: as they were, then document by "
    "document; then tells a person.",
)
def heal(
    context: dg.SensorEvaluationContext, store: StoreResource, alerts: AlertsResource
) -> dg.SensorResult:
    """Ask for the next way of each batch that failed; tell of those that have none left, once."""
    told = set(json.loads(context.cursor or "[]"))
    wanted = unfinished(store.open())
    failed = list(failing(context.instance, wanted))
    requests = [request(one, wanted[one.batch]) for one in failed if one.times <= len(WAYS)]
    lost = [one for one in failed if one.times > len(WAYS)]
    told = {
        one.batch
        for one in lost
        if one.batch in told or deliver(context, alerts, call_for_help(one))
    }
    cursor = json.dumps(sorted(told))
    if requests:
        return dg.SensorResult(run_requests=requests, cursor=cursor)
    nothing = f"{len(lost)} batches wait for a person" if lost else "nothing to heal"
    return dg.SensorResult(skip_reason=nothing, cursor=cursor)


def unfinished(store: Store) -> dict[str, tuple[str, ...]]:
    """The batches that are not read, or not with what was said of them, and what to make."""
    corrected = dict.fromkeys(lacking(store), RE_READ)
    return {**corrected, **dict.fromkeys(waiting(store, BATCH_ASSETS), BATCH_ASSETS)}


def failing(instance: dg.DagsterInstance, batches: Iterable[str]) -> Iterator[Failed]:
    """Those of some batches whose last runs failed, and none is under way or waits for its turn."""
    for batch in batches:
        runs = instance.get_runs(
            dg.RunsFilter(job_name=intake.name, tags={"dagster/partition": batch}),
            limit=LOOKED_AT,
        )
        times = 0
        for run in runs:  # the newest first
            if run.status != dg.DagsterRunStatus.FAILURE:
                break
            times += 1
        if times and all(run.is_finished for run in runs):
            yield Failed(batch, times, runs[0].run_id)


def request(failed: Failed, names: Iterable[str]) -> dg.RunRequest:
    """The next run of a batch that failed, which makes some assets."""
    return dg.RunRequest(
        run_key=f"{failed.batch} after {failed.last_run}",
        partition_key=failed.batch,
        asset_selection=[dg.AssetKey(name) for name in names],
        tags={**WAYS[failed.times - 1], "ledgergraph/healing": str(failed.times)},
    )


def call_for_help(failed: Failed) -> Alert:
    """What a person is told of a batch that no way of reading brought through."""
    return Alert(
        "A batch cannot be read",
        f"Batch {failed.batch} failed {failed.times} times, also document by document.",
        "Open its last run in Dagster and read the error; after it is mended, launch `intake` "
        "for the batch, or `ledgergraph run`.",
        {"batch": failed.batch, "run": failed.last_run},
    )
