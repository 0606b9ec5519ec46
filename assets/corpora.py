"""Corpora: made and labelled data to learn from."""

import dagster as dg
from pydantic import Field

from assets import policies
from assets.lineage import Inputs, Made, written
from ledgergraph.corpora.training import INVOICES, SEEDS
from resources.doors import StoreResource


class TrainingLedgers(dg.Config):
    """Which companies are made."""

    seeds: list[int] = Field(list(SEEDS), description="one company each")
    invoices: int = Field(INVOICES, gt=0, le=100_000, description="of each company, about")


@dg.asset(**policies.on_request("corpora", "synthetic", version="2"))
def training_ledgers(
    context: dg.AssetExecutionContext, config: TrainingLedgers, store: StoreResource
) -> dg.MaterializeResult:
    """Books of made companies with planted issues and look-alikes, and apart the truth."""

    def compute(_: Inputs) -> Made:
        from ledgergraph.corpora import training

        ledgers = training.training_ledgers(config.seeds, config.invoices)
        return Made(training.as_tables(ledgers))

    settings = {"seeds": config.seeds, "invoices": config.invoices}
    return written(context, store.open(), compute, settings=settings)
