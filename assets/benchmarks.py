"""Benchmarks: which model of each role counts. The models of the package are the first."""

from collections.abc import Collection
from dataclasses import asdict

import dagster as dg
from pydantic import Field

from assets import expectations, policies
from assets.learning import ROLL_BACK, benchmark_made, chosen, reasoned, registered, rolled_back
from assets.learning import packaged as packaged
from assets.lineage import Inputs, Made, domain_errors, reported, written
from assets.reader_learning import DOCUMENTS_JUDGED, PICTURES, documents_of, reader_judged
from ledgergraph.artifacts import WHOLE
from ledgergraph.identity import canonical_json
from resources.doors import LedgerResource, StoreResource
from resources.recognition import OcrResource
from resources.registry import RegistryResource

LEDGER = "ledger"
"""What the anomaly champion follows, and what names it where one was held."""


class RollBack(dg.Config):
    """Which earlier champion is to count again; by default none."""

    to: str = Field("", description="its version, six digits or more of it, or `previous`; of the "
                    "anomaly role also `ledger`, to follow it again")  # fmt: skip
    why: str = Field("", description="the reason, for the record")


def champion(role: str) -> dg.AssetsDefinition:
    """The asset that holds the model of a role that counts."""

    @dg.asset(
        name=f"{role}_champion",
        deps=[f"{role}_benchmark"],
        description=f"The {role} model that counts, with its card; at first that of the package, "
        "later the challenger that won the benchmark, unless it is rolled back.",
        **policies.on_request("benchmarks", "lightgbm", version="1"),
    )
    def role_champion(
        context: dg.AssetExecutionContext, config: RollBack, store: StoreResource
    ) -> dg.MaterializeResult:
        home = store.open()
        with domain_errors():
            choice = rolled_back(home, role, config.to, config.why) if config.to else None
            choice = choice or chosen(home, role)
        if choice is None:
            head = Inputs(home, {name: home.heads(name)}, WHOLE).whole(name)
            return reported(head, head.version, is_computed=False)
        made = Made(files=choice.files, facts=choice.said)
        earlier = [f"{role}_model", f"{role}_benchmark"]
        return written(context, home, lambda _: made, settings=choice.settings,
                       through_time=earlier, said=choice.said)  # fmt: skip

    name = f"{role}_champion"
    definition: dg.AssetsDefinition = role_champion
    return definition


def benchmark(role: str) -> dg.AssetsDefinition:
    """The asset that holds challenger and champion of a role against each other."""

    @dg.asset(
        name=f"{role}_benchmark",
        deps=[f"{role}_model", "benchmark_features"],
        description=f"What the {role} challenger and the champion say of the same items, and "
        "whether it is promoted, with the reason.",
        **policies.on_request("benchmarks", "parquet", version="1"),
    )
    def role_benchmark(
        context: dg.AssetExecutionContext, store: StoreResource
    ) -> dg.MaterializeResult:
        return written(context, store.open(), lambda inputs: benchmark_made(inputs, role),
                       through_time=[f"{role}_champion"])  # fmt: skip

    definition: dg.AssetsDefinition = role_benchmark
    return definition


@dg.asset(
    deps=["anomaly_model", "invoice_features"],
    **policies.whole("benchmarks", "pyod", version="2"),
)
def anomaly_champion(
    context: dg.AssetExecutionContext, config: RollBack, store: StoreResource
) -> dg.MaterializeResult:
    """The anomaly model that counts, with its card and why: the one that fits the ledger as it is.

    Rolled back to an earlier one, that one stays until it is rolled back to `ledger`. The asset
    stands on the invoices as well, so that it is asked for whenever they change.
    """
    home = store.open()
    is_to_follow = config.to == LEDGER
    with domain_errors():
        if is_to_follow:
            reasoned(config.why)
        is_to_hold = config.to and not is_to_follow
        choice = rolled_back(home, "anomaly", config.to, config.why) if is_to_hold else None
    if choice is not None:
        held = Made(files=choice.files, facts=choice.said)
        earlier = ["anomaly_model", "invoice_features"]
        return written(context, home, lambda _: held, settings=choice.settings,
                       through_time=earlier, said=choice.said)  # fmt: skip
    head = home.head("anomaly_champion", WHOLE)
    if head is not None and head.settings["origin"] == ROLL_BACK and not is_to_follow:
        return reported(head, head.version, is_computed=False)

    def compute(inputs: Inputs) -> Made:
        from ledgergraph.anomalies.unusual import decided
        from ledgergraph.models.contract import ModelCard

        held = [file for file in inputs.whole("anomaly_model").files if file.rows is None]
        with inputs.folder("anomaly_model") as folder:
            decision = decided(ModelCard.load(folder))
        files = {file.table: home.file(file) for file in held}
        files["decision.json"] = canonical_json(asdict(decision))
        return Made(files=files, facts={"ledgergraph/reason": decision.reason})

    said = {"decision": "follow", "reason": f"Follows the ledger again: {config.why.strip()}"}
    return written(context, home, compute, settings={"origin": LEDGER},
                   said=said if is_to_follow else None)  # fmt: skip


@dg.asset(
    deps=["reader_model", "reader_corpus"],
    **policies.on_request("benchmarks", "parquet", version="2"),
)
def reader_benchmark(
    context: dg.AssetExecutionContext, store: StoreResource, ocr: OcrResource
) -> dg.MaterializeResult:
    """What the reader's challenger and the champion make of documents of vendors new to both.

    By field, language, layout and degradation, with how far confidence can be trusted; and
    whether the challenger is promoted, with the reason.
    """
    home = store.open()

    def compute(inputs: Inputs) -> Made:
        with ocr.open(home) as recogniser:
            documents = documents_of(home, inputs, "test", DOCUMENTS_JUDGED, PICTURES, recogniser)
        return reader_judged(inputs, documents)

    return written(context, home, compute, settings={"ocr": ocr.version()},
                   through_time=["reader_champion"])  # fmt: skip


compliance_benchmark = benchmark("compliance")
duplicate_benchmark = benchmark("duplicate")
compliance_champion = champion("compliance")
duplicate_champion = champion("duplicate")
reader_champion = champion("reader")


def reads_what_is_made(role: str, asset: dg.AssetsDefinition) -> dg.AssetChecksDefinition:
    """The check that a champion and the code that feeds it are of one release."""

    @dg.asset_check(
        asset=asset,
        name=f"the_{role}_model_reads_the_features_that_are_made",
        description="A column that a model expects and nobody makes is unknown to it, always.",
    )
    def check(store: StoreResource) -> dg.AssetCheckResult:
        from ledgergraph.models.boosting import load

        home = store.open()
        inputs = Inputs(home, {asset.key.path[-1]: home.heads(asset.key.path[-1])}, WHOLE)
        with inputs.folder(asset.key.path[-1]) as folder:
            names = load(folder).names
        faults = expectations.faults_of_columns(names, declared(role))
        return expectations.outcome(faults, columns=len(names))

    definition: dg.AssetChecksDefinition = check
    return definition


def declared(role: str) -> Collection[str]:
    """The columns that are made for the models of a role."""
    from ledgergraph.datasets.features import PORTABLE
    from ledgergraph.graph.duplicates import PAIR_FEATURES

    return {"compliance": PORTABLE, "duplicate": tuple(PAIR_FEATURES)}[role]


compliance_reads_what_is_made = reads_what_is_made("compliance", compliance_champion)
duplicate_reads_what_is_made = reads_what_is_made("duplicate", duplicate_champion)


LEARNING = ("compliance", "duplicate", "reader")
"""The roles whose champions people's labels change."""


@dg.asset(
    deps=[f"{role}_champion" for role in LEARNING],
    **policies.on_request("benchmarks", "mlflow", version="1"),
)
def model_registry(
    context: dg.AssetExecutionContext,
    store: StoreResource,
    registry: RegistryResource,
    ledger: LedgerResource,
) -> dg.MaterializeResult:
    """The champions as the model registry names them: it mirrors what counts, and decides nothing.

    Its versions carry the hashes of the champions' manifests; alias `champion` names one.
    """
    home, door = store.open(), registry.open(ledger.name)
    with domain_errors():
        for role in LEARNING:
            head = home.head(f"{role}_champion", WHOLE)
            known = head is None or door.champion(role) == head.version
            if not known and (model := registered(home, role)) is not None:
                door.mirror(role, model)
        result = written(context, home, lambda _: Made())
        door.note_log(*home.last_entry(0))
    return result


@dg.asset_check(
    asset=model_registry,
    description="Who looks a champion up in the registry would use another than the one that "
    "counts here.",
)
def the_registry_names_the_champions(
    store: StoreResource, registry: RegistryResource, ledger: LedgerResource
) -> dg.AssetCheckResult:
    """The alias of each role names the manifest that is the head of its champion."""
    home, door = store.open(), registry.open(ledger.name)
    with domain_errors():
        counts = {role: home.head(f"{role}_champion", WHOLE) for role in LEARNING}
        other = [role for role, head in counts.items()
                 if door.champion(role) != (head.version if head else None)]  # fmt: skip
    return expectations.outcome(
        {f"another {role} champion": 1 for role in other}, roles=len(counts)
    )
