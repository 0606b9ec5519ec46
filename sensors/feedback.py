"""Feedback: its inbox is watched, and corrections have exactly their batches read again."""

from datetime import UTC, datetime
from functools import partial

import dagster as dg

from assets.policies import FEEDBACK, RE_READ, WHOLE_ASSETS
from jobs.feedback import apply_feedback
from jobs.intake import intake
from resources.doors import FeedbackResource, StoreResource
from resources.feedback import is_outdated, lacking, state_of, take_in, unseen
from sensors.asking import asked_again
from sensors.looks import Looks

DECIDED = (FEEDBACK, *WHOLE_ASSETS)
"""What a decision may concern; all that it does not concern is reported, not computed."""


@dg.sensor(
    name="feedback_inbox",
    job=apply_feedback,
    minimum_interval_seconds=30,
    description="New files of feedback are imported; new events are put into effect.",
)
def watch_feedback(
    context: dg.SensorEvaluationContext, store: StoreResource, feedback_inbox: FeedbackResource
) -> dg.SensorResult:
    """Import files that have not changed since the last look; ask for what events concern.

    Once for all that was said, and again after a run that failed, a few times.
    """
    home, inbox = store.open(), feedback_inbox.open()
    looks, new = Looks.from_cursor(context.cursor), partial(unseen, home)
    whole = looks.look(inbox.listing(), new)
    imported, unread = take_in(inbox, home, whole, datetime.now(UTC))
    if unread:
        reasons = "; ".join(sorted(set(unread.values())))
        context.log.warning("%d files could not be read: %s", len(unread), reasons)
    for one in imported:
        counts = (one.new, one.known, len(one.rejected))
        context.log.info("A file: %d new events, %d known, %d lines rejected", *counts)
    looks.taken(whole, unread, new)
    if not is_outdated(home):
        return dg.SensorResult(skip_reason="no new feedback", cursor=looks.cursor())
    request = dg.RunRequest(
        run_key=" ".join(state_of(home).values()),
        asset_selection=[dg.AssetKey(name) for name in DECIDED],
    )
    return dg.SensorResult(
        run_requests=[asked_again(context.instance, request)], cursor=looks.cursor()
    )


@dg.sensor(
    name="corrections",
    job=intake,
    minimum_interval_seconds=30,
    description="Batches whose extractions lack a correction are read again, and no other.",
)
def watch_corrections(
    context: dg.SensorEvaluationContext, store: StoreResource
) -> dg.SensorResult | dg.SkipReason:
    """Ask for the batches that corrections, or their withdrawal, concern.

    Once for all that was said of a batch: a run that fails is `healing`'s.
    """
    concerned = lacking(store.open())
    if not concerned:
        return dg.SkipReason("every correction is in the extractions")
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(
                run_key=f"{batch} {said}",
                partition_key=batch,
                asset_selection=[dg.AssetKey(name) for name in RE_READ],
                tags={"dagster/priority": "20"},  # a person waits for it
            )
            for batch, said in sorted(concerned.items())
        ]
    )
