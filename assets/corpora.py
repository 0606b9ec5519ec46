"""Corpora: made and labelled data to learn from."""

import dagster as dg
from pydantic import Field

from assets import expectations, policies
from assets.lineage import Inputs, Made, as_before, written
from ledgergraph.artifacts import WHOLE
from ledgergraph.corpora.training import (
    INVOICES,
    SEEDS,
    TRAINING_BOOKS,
    TRAINING_DUPLICATES,
    TRAINING_TRUTH,
)
from resources.doors import StoreResource


class TrainingLedgers(dg.Config):
    """Which companies are made."""

    seeds: list[int] | None = Field(None, description="one company each; default as before")
    invoices: int | None = Field(None, ge=200, le=100_000, description="of each company, about")


@dg.asset(**policies.on_request("corpora", "synthetic", version="2"))
def training_ledgers(
    context: dg.AssetExecutionContext, config: TrainingLedgers, store: StoreResource
) -> dg.MaterializeResult:
    """Books of made companies with planted issues and look-alikes, and apart the truth."""

    home = store.open()
    usual = {"seeds": list(SEEDS), "invoices": INVOICES}
    settings = as_before(home, "training_ledgers", usual, config)

    def compute(_: Inputs) -> Made:
        from ledgergraph.corpora import training

        ledgers = training.training_ledgers(settings["seeds"], settings["invoices"])
        return Made(training.as_tables(ledgers))

    return written(context, home, compute, settings=settings)


@dg.asset_check(
    asset=training_ledgers,
    description="A model learns wrong things from invoices whose truth is missing or another's.",
)
def every_training_invoice_has_its_truth(store: StoreResource) -> dg.AssetCheckResult:
    """Each ledger that was asked for is there, with the truth of each invoice and no other."""
    home = store.open()
    inputs = Inputs(home, {"training_ledgers": home.heads("training_ledgers")}, WHOLE)
    names = [f"seed {seed}" for seed in inputs.whole("training_ledgers").settings["seeds"]]
    invoices = inputs.table(TRAINING_BOOKS["invoices"]).select(["ledger", "invoice_id"])
    truth, pairs = inputs.table(TRAINING_TRUTH), inputs.table(TRAINING_DUPLICATES)
    faults = expectations.faults_of_training(names, invoices, truth, pairs)
    return expectations.outcome(faults, ledgers=len(names), invoices=invoices.num_rows)
