"""Everything that is made from all batches, made again at night without asking."""

import dagster as dg

from assets.policies import FEEDBACK, WHOLE_ASSETS

REBUILT = (FEEDBACK, *WHOLE_ASSETS)
rebuild_ledger = dg.define_asset_job(
    "rebuild_ledger",
    selection=dg.AssetSelection.assets(*REBUILT),
    executor_def=dg.in_process_executor,
    description="From parties to the report: what all batches together say.",
)


@dg.schedule(
    name="rebuild_ledger_nightly",
    job=rebuild_ledger,
    cron_schedule="0 1 * * *",
    execution_timezone="UTC",
    description="Catches what the conditions of the assets could miss under constant intake.",
)
def rebuild_ledger_nightly() -> dg.RunRequest:
    """The rebuild by the names of its assets.

    A run that names none looks to the conditions like news from outside: ten assets
    would be made once more each night.
    """
    return dg.RunRequest(asset_selection=[dg.AssetKey(name) for name in REBUILT])
