"""Quality: the limits that the report of the schedule crossed become one alert for a person.

Belongs here: which runs are told of, and the words. Not here: limits
(`ledgergraph.anomalies.quality`), and how an alert leaves (`resources.alerts`).
"""

from collections.abc import Sequence

import dagster as dg

from jobs.quality import QUALITY_REPORT, TELL, quality
from ledgergraph.anomalies.quality.limits import QUALITY_CROSSINGS, Crossing, crossings_in
from ledgergraph.artifacts import WHOLE, Manifest
from resources.alerts import Alert
from resources.doors import AlertsResource, StoreResource
from sensors.failures import deliver, facts_of

READ = "`ledgergraph quality` shows the report of now, as does `quality_report` in Dagster."


@dg.run_status_sensor(
    name="quality_alerts",
    run_status=dg.DagsterRunStatus.SUCCESS,
    monitored_jobs=[quality],
    minimum_interval_seconds=30,
    description="Tells a person of limits that the daily report on quality crossed.",
)
def alert_on_quality(
    context: dg.RunStatusSensorContext, store: StoreResource, alerts: AlertsResource
) -> None:
    """One alert for all limits that a scheduled report crossed; none if it crossed none.

    A report by hand is read by who asked; one that was there already was told of.
    """
    if TELL not in context.dagster_run.tags:
        return
    home = store.open()
    for version in made_in(context):
        manifest = home.manifest(QUALITY_REPORT, WHOLE, version)
        crossings = crossings_in(home.table(QUALITY_CROSSINGS, {WHOLE: manifest}))
        if crossings:
            deliver(context, alerts, quality_alert(manifest, crossings, context.dagster_run))


def made_in(context: dg.RunStatusSensorContext) -> list[str]:
    """The versions of the report that a run made, without those that were there already."""
    entries = context.instance.all_logs(
        context.dagster_run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION
    )
    made = [one.asset_materialization for one in entries]
    return [
        str(one.metadata["ledgergraph/manifest"].value)
        for one in made
        if one is not None
        and one.asset_key == dg.AssetKey(QUALITY_REPORT)
        and one.metadata["ledgergraph/computed"].value
    ]


def quality_alert(manifest: Manifest, crossings: Sequence[Crossing], run: dg.DagsterRun) -> Alert:
    """The alert of a day: each limit in its words, and what to do."""
    limits = "limit" if len(crossings) == 1 else "limits"
    remedies = dict.fromkeys(one.remedy for one in crossings)
    return Alert(
        f"{len(crossings)} {limits} of quality crossed",
        " ".join(one.sentence for one in crossings),
        " ".join([*remedies, READ]),
        {"24 hours to": str(manifest.settings["until"]), **facts_of(run)},
    )
