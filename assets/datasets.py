"""Datasets: what models read of each invoice as of the day it arrived, and what they learn from.

Belongs here: features, and labels beside them, of made ledgers and of this one.
Not here: how a label follows from what people said (`ledgergraph.datasets`).
"""

from collections import Counter
from dataclasses import asdict

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from assets import expectations, policies
from assets.lineage import Inputs, Made, as_before, domain_errors, require_unseen, written
from assets.snapshots import snapshot_in
from ledgergraph.artifacts import WHOLE
from ledgergraph.datasets.three_way.schemas import LINE_MATCHES
from ledgergraph.extractions.schemas import EXTRACTIONS
from ledgergraph.feedback.events import Target
from ledgergraph.identity import sha256_of
from ledgergraph.tables import Table
from resources.doors import MatchingResource, StoreResource
from resources.feedback import said, settings_of, with_subjects
from resources.store import Store


@dg.asset(
    deps=["graph_snapshot"],
    **policies.whole("datasets", "pandas", version="5"),
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


@dg.asset(
    deps=["graph_snapshot", "extractions"],
    **policies.whole("datasets", "parquet", version="3"),
)
def line_matches(
    context: dg.AssetExecutionContext, store: StoreResource, matching: MatchingResource
) -> dg.MaterializeResult:
    """Each line of an invoice beside its order and receipts: by how much they differ, and whether
    that is within the tolerances."""
    tolerances = matching.value()

    def compute(inputs: Inputs) -> Made:
        from ledgergraph.datasets.three_way.matching import line_matches as matched

        rows = matched(snapshot_in(inputs), inputs.table(EXTRACTIONS), tolerances)
        verdicts = Counter(rows["price_verdict"].to_pylist()) + Counter(
            rows["quantity_verdict"].to_pylist()
        )
        return Made([(LINE_MATCHES, rows)], facts={f"verdicts/{k}": n for k, n in verdicts.items()})

    return written(context, store.open(), compute, settings=asdict(tolerances))


@dg.asset_check(
    asset=line_matches,
    blocking=True,
    description="A line held against another order accuses whoever billed it; a quantity that is "
    "matched twice makes an order look overbilled.",
)
def every_match_is_of_its_own_order(store: StoreResource) -> dg.AssetCheckResult:
    """Every match names an invoice and lines of its order, and no quantity counts twice."""
    from ledgergraph.datasets.three_way.checking import faults_of_matches

    home = store.open()
    names = ("graph_snapshot", "line_matches")
    inputs = Inputs(home, {name: home.heads(name) for name in names}, WHOLE)
    snapshot, matches = snapshot_in(inputs), inputs.table(LINE_MATCHES)
    faults = list(
        faults_of_matches(matches, snapshot.rows("PurchaseOrderLine"), snapshot.rows("Invoice"))
    )
    return dg.AssetCheckResult(
        passed=not faults,
        metadata={"lines": matches.num_rows, "faults": len(faults), "first": faults[:20]},
    )


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


@dg.asset(deps=["training_ledgers"], **policies.on_request("datasets", "pandas", version="2"))
def training_features(
    context: dg.AssetExecutionContext, store: StoreResource
) -> dg.MaterializeResult:
    """Invoices and pairs of the training ledgers with features and truth: what every model reads.

    Made once, so that a challenger of one company need not describe them again.
    """

    def compute(inputs: Inputs) -> Made:
        from ledgergraph.benchmarks.challengers import made_rows
        from ledgergraph.benchmarks.champions import described
        from ledgergraph.corpora.training import TRAINING_TABLES, from_tables
        from ledgergraph.datasets.schemas import TRAINING_FEATURES, TRAINING_PAIRS

        tables = {table.name: inputs.table(table) for table in TRAINING_TABLES}
        ledgers = (("training", described(one)) for one in from_tables(tables))
        invoices, pairs = made_rows(ledgers)
        return Made([(TRAINING_FEATURES, invoices), (TRAINING_PAIRS, pairs)])

    return written(context, store.open(), compute)


BENCHMARKED = {"seeds": [801, 802], "invoices": 2_500}
"""Companies that challengers are judged on unless others are asked for: of seeds that no model
ever learned from."""


class BenchmarkLedgers(dg.Config):
    """Which companies challengers are judged on: of no seed that anything was learned from."""

    seeds: list[int] | None = Field(
        None, description="two companies each, of the habits learned from and of others"
    )
    invoices: int | None = Field(None, ge=200, le=100_000, description="of each company, about")


@dg.asset(
    deps=["training_ledgers"],
    **policies.on_request("datasets", "synthetic", version="3"),
)
def benchmark_features(
    context: dg.AssetExecutionContext, config: BenchmarkLedgers, store: StoreResource
) -> dg.MaterializeResult:
    """Invoices and pairs of made ledgers that no model learned from: no challenger may get worse.

    Half of them have the habits learned from, half have others that are kept apart.
    """

    home = store.open()
    settings = as_before(home, "benchmark_features", BENCHMARKED, config)
    with domain_errors():
        require_unseen(settings["seeds"], {"training_ledgers": home.heads("training_ledgers")})

    def compute(_: Inputs) -> Made:
        from ledgergraph.benchmarks.challengers import made_rows
        from ledgergraph.benchmarks.champions import described
        from ledgergraph.corpora.settings import COMPLETE, SHIFTED_COMPLETE
        from ledgergraph.corpora.training import made_ledger
        from ledgergraph.datasets.schemas import BENCHMARK_FEATURES, BENCHMARK_PAIRS

        ledgers = (
            (habits, described(made_ledger(seed, settings["invoices"], of)))
            for habits, of in (("same habits", COMPLETE), ("other habits", SHIFTED_COMPLETE))
            for seed in settings["seeds"]
        )
        invoices, pairs = made_rows(ledgers)
        return Made([(BENCHMARK_FEATURES, invoices), (BENCHMARK_PAIRS, pairs)])

    return written(context, home, compute, settings=settings, through_time=["training_ledgers"])


@dg.asset(
    deps=["feedback", "invoice_features"],
    **policies.on_request("datasets", "parquet", version="2"),
)
def labels(context: dg.AssetExecutionContext, store: StoreResource) -> dg.MaterializeResult:
    """What people said of invoices as labels, with the features of each: what a challenger learns.

    Made anew exactly when a judgement of an invoice, or a feature of a judged one, changed.
    """
    from ledgergraph.datasets.labels import JUDGED, judged_invoices
    from ledgergraph.datasets.schemas import (
        INVOICE_FEATURES,
        LABEL_EVENTS,
        LABELLED_FEATURES,
        LABELS,
    )

    home = store.open()
    events = with_subjects(home, said(home, *JUDGED))
    stated, used = judged_invoices(events)
    described = Inputs(home, {"invoice_features": home.heads("invoice_features")}, WHOLE)
    features = described.table(INVOICE_FEATURES)
    known = features.filter(pc.is_in(features["invoice_id"], stated["invoice_id"].combine_chunks()))

    def compute(_: Inputs) -> Made:
        tables = [(LABELS, stated), (LABEL_EVENTS, used), (LABELLED_FEATURES, known)]
        return Made(tables, facts={"without features": stated.num_rows - known.num_rows})

    return written(
        context,
        home,
        compute,
        settings={
            **settings_of(events),
            "events": hash_of(LABEL_EVENTS, used),
            "features": hash_of(LABELLED_FEATURES, known),
        },
        through_time=["feedback", "findings", "invoice_features"],
    )


@dg.asset(
    deps=["feedback", "graph_snapshot"],
    **policies.on_request("datasets", "parquet", version="1"),
)
def duplicate_pairs(
    context: dg.AssetExecutionContext, store: StoreResource
) -> dg.MaterializeResult:
    """Pairs of invoices that people judged, with their features: what a challenger learns from."""
    from ledgergraph.datasets.schemas import JUDGED_PAIRS, PAIR_EVENTS

    home = store.open()
    events = said(home, Target.PAIR)
    pairs, used = pairs_of(home) if events else (JUDGED_PAIRS.empty(), PAIR_EVENTS.empty())

    def compute(_: Inputs) -> Made:
        tables = [(JUDGED_PAIRS, pairs), (PAIR_EVENTS, used)]
        return Made(tables, facts={"not described": used.num_rows - pairs.num_rows})

    return written(
        context,
        home,
        compute,
        settings={**settings_of(events), "features": hash_of(JUDGED_PAIRS, pairs)},
        through_time=["feedback", "graph_snapshot"],
    )


def pairs_of(store: Store) -> tuple[pa.Table, pa.Table]:
    """The judged pairs with their features as the snapshot shows them, and their events."""
    from ledgergraph.datasets.labelled_pairs import judged_pairs
    from ledgergraph.graph.frames import ledger_of

    inputs = Inputs(store, {"graph_snapshot": store.heads("graph_snapshot")}, WHOLE)
    return judged_pairs(said(store, Target.PAIR), ledger_of(snapshot_in(inputs)))


def hash_of(table: Table, rows: pa.Table) -> str:
    """The hash of some rows, whatever their order."""
    return sha256_of(table.to_parquet(rows))


@dg.asset_check(
    asset=labels,
    description="A label of an invoice without features teaches nothing; an event that is read "
    "twice counts twice.",
)
def every_label_rests_on_an_event(store: StoreResource) -> dg.AssetCheckResult:
    """Each label names the events that it rests on, and each judged invoice has features."""
    from ledgergraph.datasets.schemas import LABEL_EVENTS, LABELLED_FEATURES, LABELS

    home = store.open()
    inputs = Inputs(home, {"labels": home.heads("labels")}, WHOLE)
    stated, used, known = (inputs.table(one) for one in (LABELS, LABEL_EVENTS, LABELLED_FEATURES))
    faults = expectations.faults_of_labels(stated, used, known)
    return expectations.outcome(faults, labels=stated.num_rows, events=used.num_rows)
