"""Models: what was learned, before it counts. Which of them counts is `assets.benchmarks`."""

from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg
from pydantic import Field

from assets import policies
from assets.learning import OWN_WEIGHT, ROUNDS, SEED, challenger_made, packaged
from assets.lineage import Inputs, Made, written
from assets.reader_learning import (
    DOCUMENTS_LEARNED,
    PICTURES,
    documents_of,
    reader_made,
)
from ledgergraph.feedback.events import Target
from ledgergraph.identity import sha256_of
from resources.doors import StoreResource
from resources.feedback import said
from resources.recognition import OcrResource


@dg.asset(
    deps=["invoice_features"],
    **policies.whole("models", "pyod", version="2"),
)
def anomaly_model(context: dg.AssetExecutionContext, store: StoreResource) -> dg.MaterializeResult:
    """What is usual in this ledger, learned without labels; it follows the ledger.

    Invoices approved unasked, where there are enough, set its threshold.
    """
    home = store.open()
    reviewed = {part: head.version for part, head in home.heads("labels").items()}

    def compute(inputs: Inputs) -> Made:
        from ledgergraph.anomalies import unusual
        from ledgergraph.datasets.labels import approved_unasked
        from ledgergraph.datasets.schemas import INVOICE_FEATURES, LABEL_EVENTS, LABELS
        from ledgergraph.models.detector_choice import DETECTOR_CHOICE, choice_table

        features = inputs.table(INVOICE_FEATURES)
        stated, events = (inputs.table(one, of="labels") for one in (LABELS, LABEL_EVENTS))
        found = unusual.fitted(features, approved_unasked(stated, events))
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


class Learning(dg.Config):
    """How a challenger learns."""

    rounds: int = Field(ROUNDS, gt=0, le=5_000, description="trees")
    own_weight: float = Field(
        OWN_WEIGHT, gt=0, le=1_000, description="made rows that one label of a person counts for"
    )


def challenger(role: str, labels: str) -> dg.AssetsDefinition:
    """The asset that holds a role's model of made ledgers and of what people said here."""

    @dg.asset(
        name=f"{role}_model",
        deps=["training_features", labels],
        description=f"The {role} challenger: it learned from made ledgers, and from labels of "
        "this ledger but for the latest.",
        **policies.on_request("models", "lightgbm", version="1"),
    )
    def role_model(
        context: dg.AssetExecutionContext, config: Learning, store: StoreResource
    ) -> dg.MaterializeResult:
        settings = {"rounds": config.rounds, "own_weight": config.own_weight, "seed": SEED,
                    "package": sha256_of(packaged(role)["model.txt"])}  # fmt: skip

        def compute(inputs: Inputs) -> Made:
            return challenger_made(inputs, role, config.rounds, config.own_weight)

        return written(context, store.open(), compute, settings=settings)

    definition: dg.AssetsDefinition = role_model
    return definition


compliance_model = challenger("compliance", "labels")
duplicate_model = challenger("duplicate", "duplicate_pairs")


class LearningToRead(dg.Config):
    """How the reader's challenger learns."""

    rounds: int = Field(200, gt=0, le=5_000, description="trees of each head")
    documents: int = Field(
        DOCUMENTS_LEARNED, gt=0, le=100_000, description="of the corpus at most; 20 ms each"
    )
    pictures: int = Field(
        PICTURES, ge=0, le=10_000, description="of them recognised at most; a second or two each"
    )


@dg.asset(
    deps=["reader_corpus"],
    **policies.on_request("models", "lightgbm", version="1"),
)
def reader_model(
    context: dg.AssetExecutionContext,
    config: LearningToRead,
    store: StoreResource,
    ocr: OcrResource,
) -> dg.MaterializeResult:
    """The reader's challenger: it learned from the corpus which of what pages offer is right."""
    home = store.open()
    settings = {**dict(config), "seed": SEED, "ocr": ocr.version()}
    events = [one.feedback_id for one in said(home, Target.FIELD)]

    def compute(inputs: Inputs) -> Made:
        with ocr.open(home) as recogniser:
            documents = documents_of(
                home, inputs, "train", config.documents, config.pictures, recogniser
            )
        return reader_made(inputs, documents, config.rounds, events)

    return written(context, home, compute, settings=settings)
