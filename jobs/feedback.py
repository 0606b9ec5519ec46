"""What people said, and everything that their decisions may concern."""

import dagster as dg

from assets.policies import FEEDBACK, WHOLE_ASSETS

apply_feedback = dg.define_asset_job(
    "apply_feedback",
    selection=dg.AssetSelection.assets(FEEDBACK, *WHOLE_ASSETS),
    executor_def=dg.in_process_executor,
    description="Feedback, then parties to the report; what it does not concern is not made again.",
)
