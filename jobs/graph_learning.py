"""Learning on graphs: on request alone, and on no schedule.

It takes minutes on a processor, and needs torch. `training_ledgers` are those that are there.
"""

import dagster as dg

LEARNED = ("training_ledgers", "gnn_dataset", "gnn_search", "gnn_model", "gnn_benchmark")
training_graph = dg.define_asset_job(
    "training_graph",
    selection=dg.AssetSelection.assets(*LEARNED),
    tags={"gpu": "true"},
    description="Rules, trees and graph networks learn from ledgers, and are judged on others.",
)
