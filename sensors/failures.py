"""Failures: a run that failed, and a check that did, become alerts for a person.

Belongs here: what is worth an alert, and what to do about it. Not here: how it is
delivered (`resources.alerts`), and trying again (`sensors.healing`).
"""

from collections.abc import Iterable, Sequence

import dagster as dg

from resources.alerts import Alert
from resources.doors import AlertsResource

REMEDIES = {
    "BadSetting": "Set the variable that the message names, then launch the run again.",
    "ServiceMissing": "Start the service that the message names; the run may be launched again.",
    "StaleInput": "Materialize the asset that the message names, then launch the run again.",
    "Corrupt": "Restore the object from a backup; `ledgergraph verify` names all that differ.",
    "Busy": "Nothing, if a later run came through; else end the process that holds it.",
}
OF_PODS = {
    "OOMKilled": "Raise the memory limit of run and step pods (docs/operating.md, Sizes), or make "
    "the batch or the settings smaller; then launch the run again.",
    "ImagePull": "Build and push the image that the code location names, or give the service "
    "account its pull secret; then launch the run again.",
    "Unschedulable": "Add a node that has what the pod asks for, or free one; without GPUs set "
    "LEDGERGRAPH_GPU=off, and networks learn on processors. Then launch the run again.",
}
"""By what Kubernetes says of a pod that died or never started."""
OTHERWISE = (
    "Open the run in Dagster and read the step's error; `ledgergraph run` goes on from there."
)
CHECKED = "Open the asset's checks in Dagster: the counts say what was found."


@dg.run_failure_sensor(
    name="failures",
    minimum_interval_seconds=30,
    description="Tells a person of each run that failed, and what to do.",
)
def alert_on_failure(context: dg.RunFailureSensorContext, alerts: AlertsResource) -> None:
    """One alert for a run that failed, by every way that is set."""
    steps = context.get_step_failure_events()
    deliver(context, alerts, failure_of(context.dagster_run, context.failure_event, steps))


@dg.run_status_sensor(
    name="failed_checks",
    run_status=dg.DagsterRunStatus.SUCCESS,
    minimum_interval_seconds=30,
    description="Tells a person of checks that failed in a run that came through.",
)
def alert_on_failed_checks(context: dg.RunStatusSensorContext, alerts: AlertsResource) -> None:
    """One alert for all checks of a run that failed; none if all passed."""
    failed = [
        evaluation
        for entry in context.instance.all_logs(
            context.dagster_run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
        )
        if entry.dagster_event is not None
        and not (evaluation := entry.dagster_event.asset_check_evaluation_data).passed
    ]
    if failed:
        names = sorted(f"{one.asset_key.to_user_string()}: {one.check_name}" for one in failed)
        deliver(context, alerts, failed_checks(context.dagster_run, names))


def failure_of(
    run: dg.DagsterRun, event: dg.DagsterEvent, steps: Sequence[dg.DagsterEvent]
) -> Alert:
    """The alert of a failed run: the first step that failed, why, and the remedy of its error."""
    said = [one.step_failure_data.user_failure_data for one in steps]
    kinds = [str(one.metadata["error"].value) for one in said if one and "error" in one.metadata]
    reasons = [
        own.description if own else innermost(step) for own, step in zip(said, steps, strict=True)
    ]
    reason = (reasons[0] if reasons else event.message) or "No step says why."
    of_pod = next((remedy for word, remedy in OF_PODS.items() if word in reason), OTHERWISE)
    return Alert(
        f"{run.job_name} failed",
        reason.strip().split("\n")[0],
        REMEDIES.get(kinds[0], of_pod) if kinds else of_pod,
        {"steps": ", ".join(one.step_key or "" for one in steps), **facts_of(run)},
    )


def innermost(step: dg.DagsterEvent) -> str | None:
    """What the error of a step said that the others were raised from."""
    error = step.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return error.message if error else None


def failed_checks(run: dg.DagsterRun, names: Iterable[str]) -> Alert:
    """The alert of checks that failed."""
    listed = list(names)
    several = "checks" if len(listed) > 1 else "check"
    return Alert(
        f"{len(listed)} {several} failed in {run.job_name}",
        "; ".join(listed),
        CHECKED,
        facts_of(run),
    )


def facts_of(run: dg.DagsterRun) -> dict[str, str]:
    """What names a run."""
    batch = run.tags.get("dagster/partition")
    return {"run": run.run_id, **({"batch": batch} if batch else {})}


def deliver(
    context: dg.RunStatusSensorContext | dg.SensorEvaluationContext,
    alerts: AlertsResource,
    alert: Alert,
) -> bool:
    """Send an alert; a way that fails is logged. Whether it was sent by any, or none is set.

    Where one way worked it is not sent again: that would repeat it.
    """
    outcome = alerts.open().send(alert)
    if not outcome:
        context.log.info("No way for alerts is set: %s. %s", alert.subject, alert.sentence)
    for way, said in outcome.items():
        if said != "sent":
            context.log.error("The alert did not leave by %s: %s", way, said)
    return not outcome or "sent" in outcome.values()
