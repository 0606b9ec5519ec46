"""Documents: what arrived in each batch, and what was not accepted.

Belongs here: the asset that examines a batch's files. Not here: taking files in
from the inbox (`resources.intake`), and how a file is judged (`ledgergraph.documents`).
"""

import dagster as dg

from assets import policies
from assets.lineage import Inputs, Made, written
from assets.partitions import intake_batches
from ledgergraph.artifacts import Manifest
from ledgergraph.documents.examination import File, examine
from ledgergraph.documents.limits import Limits
from ledgergraph.documents.schemas import ARRIVALS, DOCUMENTS, REJECTIONS
from resources.doors import StoreResource
from resources.intake import listing


@dg.asset(
    partitions_def=intake_batches,
    **policies.on_request("documents", "parquet", version="1"),
)
def documents(context: dg.AssetExecutionContext, store: StoreResource) -> dg.MaterializeResult:
    """What arrived in one batch: each file once, sniffed by content, accepted or rejected."""
    home, batch = store.open(), context.partition_key
    taken = listing(home, batch)
    files = [File(one.name, one.document_id, one.is_known) for one in taken]

    def compute(inputs: Inputs) -> Made:
        examined = examine(files, home.blob, Limits())
        arrivals = [
            {
                "batch": batch,
                "name": one.name,
                "document_id": one.document_id,
                "arrived_at": one.arrived_at,
                "outcome": examined.outcomes[one.name],
            }
            for one in taken
        ]
        file = home.put_table(ARRIVALS, ARRIVALS.rows(arrivals))
        home.commit(Manifest("arrivals", batch, "1", (file,)))
        return Made(
            [(DOCUMENTS, examined.documents), (REJECTIONS, examined.rejections)],
            facts={"files": len(taken)},
        )

    return written(context, home, compute, settings={"batch": batch})


@dg.asset_check(
    asset=documents,
    description="A file that is neither accepted, rejected nor known would be lost without a word.",
)
def every_file_is_accounted_for(
    store: StoreResource,
) -> dg.AssetCheckResult:
    """Every file of every listing has an arrival."""
    home = store.open()
    heads = home.heads("documents")
    arrivals = home.heads("arrivals")
    missing = [key for key in heads if key not in arrivals]
    return dg.AssetCheckResult(
        passed=not missing,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"batches": len(heads), "without arrivals": len(missing)},
    )
