"""Pods of runs that have ended: none is left waiting for an image, a node or a volume.

A run that could not start is failed by Dagster's monitoring, which leaves its pod with Kubernetes.
"""

import time

import dagster as dg

from resources.pods import PodsResource

GRACE_SECONDS = 60
"""How long the pods of a run that ended may take to end by themselves."""


@dg.sensor(
    name="stray_pods",
    minimum_interval_seconds=60,
    description="Deletes pods of runs that ended a while ago, such as those that never started.",
)
def end_stray_pods(context: dg.SensorEvaluationContext, pods: PodsResource) -> dg.SkipReason:
    """Delete the Jobs of runs that ended, or are not known any more."""
    jobs = pods.unended()
    filters = dg.RunsFilter(run_ids=sorted(set(jobs.values())))
    records = context.instance.get_run_records(filters) if jobs else []
    going_on = {
        one.dagster_run.run_id for one in records
        if not one.dagster_run.is_finished or time.time() - (one.end_time or 0) < GRACE_SECONDS
    }  # fmt: skip
    ended = sorted(job for job, run in jobs.items() if run not in going_on and pods.end(job))
    for job in ended:
        context.log.warning("%s was deleted: its run has ended, its pod had not.", job)
    return dg.SkipReason(f"{len(jobs)} Jobs go on, {len(ended)} were deleted")
