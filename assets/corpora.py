"""Corpora: made and labelled data to learn from."""

import dagster as dg
from pydantic import Field

from assets import policies
from assets.lineage import Made, written
from resources.doors import StoreResource


class TrainingLedgers(dg.Config):
    """Which companies are made."""

    seeds: list[int] = Field([101, 102, 103, 104], description="one company each")
    invoices: int = Field(3000, gt=0, le=100_000, description="invoices of each company, about")


@dg.asset(**policies.on_request("corpora", "synthetic", version="1"))
def training_ledgers(
    context: dg.AssetExecutionContext, config: TrainingLedgers, store: StoreResource
) -> dg.MaterializeResult:
    """Books of made companies with planted issues and look-alikes, and apart the truth."""
    from ledgergraph.corpora.training import training_ledgers as made

    return written(
        context,
        store.open(),
        lambda _: Made(made(config.seeds, config.invoices)),
        settings={"seeds": config.seeds, "invoices": config.invoices},
    )
