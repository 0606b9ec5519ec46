"""Datasets: what models read of each invoice, as of the day it arrived."""

import dagster as dg

from assets import policies
from assets.lineage import Inputs, Made, written
from assets.snapshots import snapshot_in
from resources.doors import StoreResource


@dg.asset(
    deps=["graph_snapshot"],
    **policies.whole("datasets", "pandas", version="1"),
)
def invoice_features(
    context: dg.AssetExecutionContext, store: StoreResource
) -> dg.MaterializeResult:
    """One row per invoice: what its own books said of it on the day it arrived."""

    def compute(inputs: Inputs) -> Made:
        from ledgergraph.datasets.features import feature_table
        from ledgergraph.datasets.schemas import INVOICE_FEATURES

        return Made([(INVOICE_FEATURES, feature_table(snapshot_in(inputs)))])

    return written(context, store.open(), compute)
