"""Everything that is made from all batches, made again at night without asking."""

import dagster as dg

from assets.policies import FEEDBACK, WHOLE_ASSETS

rebuild_ledger = dg.define_asset_job(
    "rebuild_ledger",
    selection=dg.AssetSelection.assets(FEEDBACK, *WHOLE_ASSETS),
    description="From parties to the report: what all batches together say.",
)
rebuild_ledger_nightly = dg.ScheduleDefinition(
    name="rebuild_ledger_nightly",
    job=rebuild_ledger,
    cron_schedule="0 1 * * *",
    execution_timezone="UTC",
    description="Catches what the conditions of the assets could miss under constant intake.",
)
