"""The report on quality, each morning on the 24 hours before."""

from datetime import UTC

import dagster as dg

QUALITY_REPORT = "quality_report"
TELL = "ledgergraph/tell"
"""Run tag that asks to tell a person of limits that were crossed."""

quality = dg.define_asset_job(
    "quality",
    selection=dg.AssetSelection.assets(QUALITY_REPORT),
    executor_def=dg.in_process_executor,
    description="What came in within 24 hours, and how well it was read.",
)


@dg.schedule(
    name="quality_daily",
    job=quality,
    cron_schedule="0 6 * * *",
    execution_timezone="UTC",
    description="The report on the 24 hours before; `quality_alerts` tells of crossed limits.",
)
def quality_daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """The report up to the time of the tick."""
    until = context.scheduled_execution_time.astimezone(UTC).isoformat()
    return dg.RunRequest(
        run_key=until,
        asset_selection=[dg.AssetKey(QUALITY_REPORT)],
        run_config={"ops": {QUALITY_REPORT: {"config": {"until": until}}}},
        tags={TELL: "yes"},
    )
