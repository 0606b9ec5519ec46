"""Traces: each run that ended becomes spans, from what Dagster recorded of it.

Belongs here: when runs are told. Not here: how spans go out (`resources.traces`). Without
`LEDGERGRAPH_TRACES` these sensors are not there.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from resources import traces
from resources.traces import Ended

SECONDS = 30


def trace_of(instance: dg.DagsterInstance, run_id: str) -> tuple[Ended, list[Ended]]:
    """A run that ended, and its steps, as they are told; a step that never ended ends with it."""
    (record,) = instance.get_run_records(dg.RunsFilter(run_ids=[run_id]))
    run = record.dagster_run
    ended = record.end_time or datetime.now(UTC).timestamp()
    started = record.start_time or ended  # a run that never started
    facts = {
        "dagster.run_id": run_id,
        "dagster.job": run.job_name,
        "dagster.status": run.status.value,
    }
    if batch := run.tags.get("dagster/partition"):
        facts["dagster.partition"] = batch
    told = Ended(f"run {run.job_name}", started, ended, run.is_success, facts)
    return told, list(_steps(instance, run_id, ended))


def _steps(instance: dg.DagsterInstance, run_id: str, ended: float) -> Iterator[Ended]:
    for one in instance.get_run_step_stats(run_id):
        if one.start_time is not None:
            said = one.status.value if one.status else "UNKNOWN"
            facts = {"dagster.step": one.step_key, "dagster.status": said}
            yield Ended(
                one.step_key, one.start_time, one.end_time or ended, said == "SUCCESS",
                {**facts, "dagster.attempts": one.attempts or 1},
            )  # fmt: skip


def _telling(name: str, status: dg.DagsterRunStatus) -> dg.SensorDefinition:
    """The sensor that tells runs which ended in one way."""

    @dg.run_status_sensor(
        name=name,
        run_status=status,
        minimum_interval_seconds=SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Sends the spans of runs that ended to LEDGERGRAPH_TRACES.",
    )
    def tell(context: dg.RunStatusSensorContext) -> None:
        run_id = context.dagster_run.run_id
        traces.tell(run_id, *trace_of(context.instance, run_id))

    return tell


tell_traces = (
    _telling("traces", dg.DagsterRunStatus.SUCCESS),
    _telling("traces_of_failures", dg.DagsterRunStatus.FAILURE),
    _telling("traces_of_cancellations", dg.DagsterRunStatus.CANCELED),
)
"""One for each way in which a run ends."""
