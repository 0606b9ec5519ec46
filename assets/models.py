"""Models: what was learned, before it counts. Which of them counts is `assets.benchmarks`."""

from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg

from assets import policies
from assets.lineage import Inputs, Made, written
from resources.doors import StoreResource


@dg.asset(
    deps=["invoice_features"],
    **policies.whole("models", "pyod", version="1"),
)
def anomaly_model(context: dg.AssetExecutionContext, store: StoreResource) -> dg.MaterializeResult:
    """What is usual in this ledger, learned without labels; it follows the ledger.

    Reviewed invoices, where there are enough, set its threshold.
    """
    home = store.open()
    reviewed = {part: head.version for part, head in home.heads("labels").items()}

    def compute(inputs: Inputs) -> Made:
        from ledgergraph.anomalies import unusual
        from ledgergraph.datasets.schemas import INVOICE_FEATURES, LABELS
        from ledgergraph.models.detector_choice import DETECTOR_CHOICE, choice_table

        features = inputs.table(INVOICE_FEATURES)
        found = unusual.fitted(features, inputs.table(LABELS, of="labels"))
        with TemporaryDirectory() as place:
            folder = Path(place)
            found.model.save(folder)
            unusual.card_of(found).save(folder)
            files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
        tables = [
            (DETECTOR_CHOICE, choice_table(found.choices)),
            (unusual.ANOMALY_RANKS, unusual.ranks_table(features, found)),
        ]
        return Made(tables, files, {"ledgergraph/threshold": unusual.threshold_facts(found)})

    return written(
        context,
        home,
        compute,
        settings={"labels": reviewed} if reviewed else {},
        through_time=["labels"],
    )
