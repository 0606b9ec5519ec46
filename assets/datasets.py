"""Datasets: what models read of each invoice, as of the day it arrived."""

import dagster as dg
import pyarrow.compute as pc

from assets import policies
from assets.lineage import Inputs, Made, written
from assets.snapshots import snapshot_in
from ledgergraph.artifacts import WHOLE
from resources.doors import StoreResource


@dg.asset(
    deps=["graph_snapshot"],
    **policies.whole("datasets", "pandas", version="2"),
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


@dg.asset_check(
    asset=invoice_features,
    blocking=True,
    description="An invoice without features is never judged; one with two is judged twice.",
)
def every_invoice_has_features_once(store: StoreResource) -> dg.AssetCheckResult:
    """One row for each invoice of the snapshot that is not the paper of another."""
    from ledgergraph.datasets.schemas import INVOICE_FEATURES

    home = store.open()
    names = ("graph_snapshot", "invoice_features")
    inputs = Inputs(home, {name: home.heads(name) for name in names}, WHOLE)
    invoices = snapshot_in(inputs).rows("Invoice")
    expected = invoices.filter(pc.is_null(invoices["booked_as"]))["key"].to_pylist()
    described = inputs.table(INVOICE_FEATURES)["invoice_id"].to_pylist()
    return dg.AssetCheckResult(
        passed=sorted(expected) == sorted(described),
        metadata={"invoices": len(expected), "with features": len(described)},
    )
