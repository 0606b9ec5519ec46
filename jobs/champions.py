"""The champions that come with the package, put into the store with each new version of them."""

import dagster as dg

from assets.policies import CHAMPIONS

publish_champions = dg.define_asset_job(
    "publish_champions",
    selection=dg.AssetSelection.assets(*CHAMPIONS),
    executor_def=dg.in_process_executor,
    description="Put the models that come with the package into the store.",
)
