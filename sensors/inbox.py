"""The inbox: files that have stopped growing become batches, each with its run."""

import json
from datetime import UTC, datetime

import dagster as dg

from assets.partitions import intake_batches
from assets.policies import BATCH_ASSETS
from jobs.intake import intake
from ledgergraph.documents.batches import Stamp, settled
from resources.doors import InboxResource, StoreResource
from resources.intake import take_in, unseen, waiting


@dg.sensor(
    name="inbox",
    job=intake,
    minimum_interval_seconds=30,
    description="New files, once they have stopped growing, become batches and are read.",
)
def watch_inbox(
    context: dg.SensorEvaluationContext, store: StoreResource, inbox: InboxResource
) -> dg.SensorResult | dg.SkipReason:
    """Take in what has not changed since the last look; ask for batches that nobody asked for."""
    home, door = store.open(), inbox.open()
    fresh = unseen(home, door.listing())
    before = {name: Stamp(*look) for name, look in json.loads(context.cursor or "{}").items()}
    whole = {name: fresh[name] for name in settled(fresh, before)}
    taken = take_in(door, home, whole, datetime.now(UTC))
    known = set(context.instance.get_dynamic_partitions("intake_batches"))
    new = [key for key in waiting(home, BATCH_ASSETS) if key not in known]
    cursor = json.dumps({name: [one.bytes, one.modified] for name, one in fresh.items()})
    if not new:
        context.update_cursor(cursor)
        return dg.SkipReason(f"{len(fresh)} new files, none of them settled yet")
    day = datetime.now(UTC).date().isoformat()
    requests = [
        dg.RunRequest(
            run_key=key,
            partition_key=key,
            asset_selection=[dg.AssetKey(name) for name in BATCH_ASSETS],
            tags={"ledgergraph/day": day},
        )
        for key in new
    ]
    context.log.info("%d batches taken in, %d requested", len(taken), len(new))
    return dg.SensorResult(
        run_requests=requests,
        dynamic_partitions_requests=[intake_batches.build_add_request(new)],
        cursor=cursor,
    )
