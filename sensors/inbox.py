"""The inbox: files that have stopped growing become batches, each with its run."""

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial

import dagster as dg

from assets.partitions import intake_batches
from assets.policies import BATCH_ASSETS
from jobs.intake import intake
from ledgergraph.documents.batches import Stamp, is_urgent
from ledgergraph.documents.limits import MEBIBYTE, Limits
from ledgergraph.documents.sniffing import SNIFFING_VERSION
from resources.doors import InboxResource, LimitsResource, StoreResource
from resources.inbox import Inbox
from resources.intake import listing, refused, take_in, unseen, waiting
from resources.store import Store
from sensors.looks import Looks

FILES, BYTES = 500, 256 * MEBIBYTE
"""Most that is taken in at a time: what fits into one batch."""
FIRST = {"dagster/priority": "10"}
"""Tag of runs of urgent batches, which leave the queue before others."""
SECONDS = 20.0
"""After this long a look ends, and the next one goes on: Dagster gives it 60."""


@dg.sensor(
    name="inbox",
    job=intake,
    minimum_interval_seconds=30,
    description="New files, once they have stopped growing, become batches and are read.",
)
def watch_inbox(
    context: dg.SensorEvaluationContext,
    store: StoreResource,
    inbox: InboxResource,
    limits: LimitsResource,
) -> dg.SensorResult:
    """Take in what has not changed since the last look; ask for batches that nobody asked for."""
    home, door = store.open(), inbox.open()
    looks = Looks.from_cursor(context.cursor)
    unread = look(door, home, looks, limits.value())
    if unread:
        context.log.warning(
            "%d files could not be read: %s", len(unread), "; ".join(set(unread.values()))
        )
    new = list(waiting(home, BATCH_ASSETS))
    # The run key of a batch is used up; another sniffing is another.
    again = set(refused(home)) if looks.sniffing != SNIFFING_VERSION else set()
    looks.sniffing = SNIFFING_VERSION
    run_keys = {key: key for key in new} | {key: f"{key} {SNIFFING_VERSION}" for key in again}
    if not run_keys:
        waits = f"{len(looks.growing)} new files, none of them settled yet"
        return dg.SensorResult(skip_reason=waits, cursor=looks.cursor())
    day = datetime.now(UTC).date().isoformat()
    requests = [
        dg.RunRequest(
            run_key=run_key,
            partition_key=key,
            asset_selection=[dg.AssetKey(name) for name in BATCH_ASSETS],
            tags={"ledgergraph/day": day} | (FIRST if listing(home, key).is_urgent else {}),
        )
        for key, run_key in sorted(run_keys.items())
    ]
    context.log.info("%d new batches, %d to try again", len(new), len(again))
    return dg.SensorResult(
        run_requests=requests,
        dynamic_partitions_requests=[intake_batches.build_add_request(new)],
        cursor=looks.cursor(),
    )


def look(inbox: Inbox, store: Store, looks: Looks, limits: Limits) -> dict[str, str]:
    """Take in what has settled since the last look; returns what could not be read and why."""
    new = partial(unseen, store)
    whole = looks.look(inbox.listing(), new)
    began = time.monotonic()
    unread: dict[str, str] = {}
    for part in parts(whole):
        unread |= take_in(inbox, store, part, datetime.now(UTC), limits).unread
        looks.taken(part, unread, new)
        if time.monotonic() - began > SECONDS:
            break
    return unread


def parts(files: Mapping[str, Stamp]) -> Iterator[dict[str, Stamp]]:
    """The files by name, urgent ones first, as many at a time as fit into one batch."""
    part: dict[str, Stamp] = {}
    for name, stamp in sorted(files.items(), key=lambda one: (not is_urgent(one[0]), one[0])):
        size = sum(one.bytes for one in part.values())
        if part and (len(part) == FILES or size + stamp.bytes > BYTES):
            yield part
            part = {}
        part[name] = stamp
    if part:
        yield part
