"""Corpora: made and labelled data to learn from."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field

from assets import expectations, policies
from assets.lineage import Inputs, Made, as_before, written
from assets.pictures import bars
from ledgergraph.artifacts import WHOLE
from ledgergraph.corpora.annotations import ANNOTATIONS
from ledgergraph.corpora.loaders import REJECTED_ITEMS, Taking, folders_below, state_of
from ledgergraph.corpora.loaders.collecting import collected
from ledgergraph.corpora.training import (
    INVOICES,
    SEEDS,
    TRAINING_BOOKS,
    TRAINING_DUPLICATES,
    TRAINING_TRUTH,
)
from resources.doors import PublicDataResource, StoreResource


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


class PublicDocuments(dg.Config):
    """Which labelled data sets of others are taken."""

    folders: dict[str, str] | None = Field(
        None,
        description="source (sroie, cord, funsd, rvl_cdip) and its folder; default as before, else "
        "those below LEDGERGRAPH_PUBLIC_DATA",
    )
    keep_pictures: bool | None = Field(
        None, description="keep their pictures in the store too; default as before, else no"
    )


@dg.asset(**policies.on_request("corpora", "public", version="1"))
def public_documents(
    context: dg.AssetExecutionContext,
    config: PublicDocuments,
    store: StoreResource,
    public_data: PublicDataResource,
) -> dg.MaterializeResult:
    """Real documents with labels of others, in our form; damaged items are listed apart.

    Pictures stay where they are unless they are asked for: names and hashes say which.
    """
    home = store.open()
    usual = {"folders": {}, "keep_pictures": False}
    settings = as_before(home, "public_documents", usual, config)
    root = public_data.folder
    folders = {source: Path(one) for source, one in settings["folders"].items()}
    folders = folders or (folders_below(Path(root)) if root else {})
    state = {source: state_of(one) for source, one in folders.items() if one.is_dir()}

    def compute(_: Inputs) -> Made:
        keep = (lambda data: home.take(io.BytesIO(data))) if settings["keep_pictures"] else None
        found = collected(folders, Taking(keep=keep))
        counts = {"items": found.items, "faults": found.faults, "rejected": found.reasons}
        tables = [(ANNOTATIONS, found.annotations), (REJECTED_ITEMS, found.rejected)]
        return Made(tables, facts=said_of(counts, nothing=not folders))

    return written(context, home, compute, settings={**settings, "state": state})


def said_of(counts: Mapping[str, Mapping[str, int]], *, nothing: bool) -> dict[str, Any]:
    """Counts by what they are, as metadata; where there is no data set, how to name one."""
    if nothing:
        return {
            "why": "No data set was named: set LEDGERGRAPH_PUBLIC_DATA, or folders in the config."
        }
    pictures = {f"{what} (picture)": bars(of, what) for what, of in counts.items() if of}
    return {what: dg.MetadataValue.json(dict(of)) for what, of in counts.items()} | pictures
