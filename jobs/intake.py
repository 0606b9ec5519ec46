"""The intake of one batch: from its files to its rows in the graph."""

import dagster as dg

from assets.policies import BATCH_ASSETS

intake = dg.define_asset_job(
    "intake",
    selection=dg.AssetSelection.assets(*BATCH_ASSETS),
    executor_def=dg.in_process_executor,
    description="Read one intake batch and load it into the graph.",
)
