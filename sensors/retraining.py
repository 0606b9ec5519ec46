"""Retraining: a role learns again when its labels are due, and its promotion takes effect.

The sensor looks often, the schedule at night after the rebuild; both ask the same
policy. For the sensor the same labels are a reason once, and again after a run that
failed, a few times; a night asks on its own.
"""

from datetime import UTC, datetime

import dagster as dg

from assets.lineage import COMPARED, THROUGH_TIME
from jobs.rebuild import rebuild_ledger
from jobs.training import MATCHING, SELECTED, training_jobs
from ledgergraph.artifacts import WHOLE
from ledgergraph.feedback.events import Target
from resources.doors import RetrainingResource, StoreResource
from resources.feedback import said
from resources.learning import Asked, candidates, due
from resources.store import Store
from sensors.asking import asked_again

REASON = "ledgergraph/reason"
"""Run tag: why a run was asked for."""


def request_of(asked: Asked) -> dg.RunRequest:
    """The run in which a role learns, with the reason."""
    return dg.RunRequest(
        run_key=asked.key,
        job_name=f"training_{asked.role}",
        asset_selection=[dg.AssetKey(name) for name in SELECTED[asked.role]],
        tags={REASON: asked.decision.reason},
    )


@dg.sensor(
    name="retraining",
    jobs=list(training_jobs.values()),
    minimum_interval_seconds=60,
    description="A role learns again at enough labels, errors or days; else says how far it is.",
)
def watch_labels(
    context: dg.SensorEvaluationContext, store: StoreResource, retraining: RetrainingResource
) -> dg.SensorResult | dg.SkipReason:
    """Ask for the training of each role that is due; name types that are often read wrong."""
    home, limits, now = store.open(), retraining.value(), datetime.now(UTC)
    asked = [due(home, role, now, limits) for role in SELECTED]
    due_now = [request_of(one) for one in asked if one.decision.is_due]
    wanted = [asked_again(context.instance, one) for one in due_now]
    types = candidates(home, said(home, Target.FIELD), limits)
    often_wrong = [one.reason for one in types if one.is_due]
    if often_wrong:
        context.log.warning("; ".join(often_wrong))
    if not wanted:
        return dg.SkipReason("; ".join([*(one.decision.reason for one in asked), *often_wrong]))
    return dg.SensorResult(run_requests=wanted)


def nightly(role: str) -> dg.ScheduleDefinition:
    """The schedule that asks at night, after the rebuild, whether a role is due."""

    @dg.schedule(
        name=f"training_{role}_nightly",
        job=training_jobs[role],
        cron_schedule="0 2 * * *",
        execution_timezone="UTC",
        description=f"Asks the policy of retraining for the {role} role after the nightly rebuild.",
    )
    def asked_at_night(
        context: dg.ScheduleEvaluationContext, store: StoreResource, retraining: RetrainingResource
    ) -> dg.RunRequest | dg.SkipReason:
        now = context.scheduled_execution_time.astimezone(UTC)
        asked = due(store.open(), role, now, retraining.value())
        return request_of(asked) if asked.decision.is_due else dg.SkipReason(asked.decision.reason)

    definition: dg.ScheduleDefinition = asked_at_night
    return definition


nightly_training = [nightly(role) for role in SELECTED]


@dg.sensor(
    name="promotions",
    job=rebuild_ledger,
    minimum_interval_seconds=60,
    description="Pairs are matched anew once another duplicate champion counts that was trained "
    "here, or is back.",
)
def watch_promotions(
    context: dg.SensorEvaluationContext, store: StoreResource
) -> dg.RunRequest | dg.SkipReason:
    """Ask for the pairs, and all after them, if their model is not the one that counts.

    Once each time that a champion comes to count, so for one that is back as well, and
    again after a run that failed, a few times.
    """
    home = store.open()
    version = unmatched(home)
    if version is None:
        return dg.SkipReason("pairs were matched by the champion that counts")
    request = dg.RunRequest(
        run_key=f"{version} since {home.counts_since('duplicate_champion', WHOLE)}",
        asset_selection=[dg.AssetKey(name) for name in MATCHING],
        tags={REASON: f"duplicate champion {version[:12]}", THROUGH_TIME: COMPARED},
    )
    return asked_again(context.instance, request)


def unmatched(store: Store) -> str | None:
    """The duplicate champion that counts, if pairs were matched by another.

    One of a newer package is none: it takes effect with the next batch.
    """
    champion, made = store.head("duplicate_champion", WHOLE), store.head("duplicates", WHOLE)
    if champion is None or made is None or champion.settings["origin"] == "package":
        return None
    used = made.through_time.get("duplicate_champion", {}).get(WHOLE)
    return None if used == champion.version else champion.version
