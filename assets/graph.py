"""The graph: records loaded batch by batch, what is derived from all of them, and the export.

Belongs here: what is loaded when, and the stamps that say what the database
holds. Not here: nodes and edges (`ledgergraph.graph`), Cypher (`resources.graph`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from assets import expectations, policies
from assets.lineage import (
    ANEW,
    Inputs,
    Made,
    as_made,
    code_version_of,
    domain_errors,
    inputs_behind,
    version_of,
    written,
)
from assets.partitions import intake_batches
from ledgergraph.artifacts import WHOLE
from ledgergraph.books import BOOK_TABLES
from ledgergraph.documents.schemas import DOCUMENTS, FINGERPRINTS
from ledgergraph.errors import StaleInput
from ledgergraph.extractions.schemas import EXTRACTIONS, PAGES, QUALITY, VALIDATIONS, WORDS
from ledgergraph.feedback.events import Target
from ledgergraph.graph.bookings import match_bookings
from ledgergraph.graph.decisions import decisions_on
from ledgergraph.graph.embeddings import embeddings_of
from ledgergraph.graph.memory import judgements_of, memory_of, readings_of
from ledgergraph.graph.parties import resolved
from ledgergraph.graph.schemas import (
    BOOKINGS,
    DOCUMENT_EMBEDDINGS,
    DUPLICATES,
    PARTIES,
    PARTY_COMPARISONS,
    PROCESS_MEMORY,
    SIMILAR_DOCUMENTS,
)
from ledgergraph.graph.similarity import Vectors, similar_of
from ledgergraph.graph.snapshot import Snapshot, snapshot_of, snapshot_tables
from ledgergraph.identity import sha256_of
from ledgergraph.models import sentences
from ledgergraph.tables import Table
from resources.comparing import DUCKDB, engine_of
from resources.doors import SparkResource, StoreResource
from resources.feedback import said, settings_of
from resources.feedback import stated as stated_by_people
from resources.graph.connection import GraphResource
from resources.graph.loading import Graph
from resources.store import Store, file_uri

BATCH_INPUTS = ["documents", "extractions", "records", "validations"]
MERGES = "parties.html"
POOL = "graph"
"""Whatever writes or exports the graph runs alone."""
DERIVED = (PARTIES, BOOKINGS, DUPLICATES, PROCESS_MEMORY, SIMILAR_DOCUMENTS)
"""The sets that are derived from all batches, each an asset and a table of one name."""


def stated(inputs: Inputs) -> dict[str, pa.Table]:
    """Everything that documents state: records, the documents, and process memory in short."""
    tables = {name: inputs.table(table.records) for name, table in BOOK_TABLES.items()}
    fields, quality = inputs.table(EXTRACTIONS), inputs.table(QUALITY)
    return {
        **tables,
        "documents": inputs.table(DOCUMENTS),
        "readings": readings_of(fields),
        "judgements": judgements_of(quality, inputs.table(VALIDATIONS)),
    }


def all_batches(store: Store) -> dict[str, pa.Table]:
    """What the documents of all batches state."""
    return stated(Inputs(store, {asset: store.heads(asset) for asset in BATCH_INPUTS}, WHOLE))


@dg.asset(
    deps=BATCH_INPUTS,
    partitions_def=intake_batches,
    pool=POOL,
    **policies.on_request("graph", "neo4j", version="3"),
)
def ledger_graph(
    context: dg.AssetExecutionContext, store: StoreResource, graph: GraphResource
) -> dg.MaterializeResult:
    """The nodes and relations that one batch's documents assert, in the graph database."""
    home, batch = store.open(), context.partition_key
    result = written(context, home, lambda _: Made())
    with domain_errors():
        version = version_of(result)
        if graph.stamp("ledger_graph", batch) != version:
            with graph.held() as held:
                rows = stated(inputs_behind(home, home.manifest("ledger_graph", batch, version)))
                held.load_batch(batch, rows, lambda: all_batches(home))
                held.set_stamp("ledger_graph", batch, version)
    return result


class Comparing(dg.Config):
    """Where descriptions of parties are compared; what comes of it is the same."""

    engine: Literal["duckdb", "spark"] = Field(
        DUCKDB, description="spark: where LEDGERGRAPH_SPARK says, for what outgrows one machine"
    )


@dg.asset(
    deps=["ledger_graph", policies.FEEDBACK, *BATCH_INPUTS],
    pool=POOL,
    **policies.whole("graph", "neo4j", version="5"),
)
def parties(
    context: dg.AssetExecutionContext,
    config: Comparing,
    store: StoreResource,
    graph: GraphResource,
    spark: SparkResource,
) -> dg.MaterializeResult:
    """Which vendors, sellers and buyers are one party: by identifiers first, then by likeness.

    With a page for reviewers: each merge, why it was made, and what undoes it.
    """

    home = store.open()
    events = said(home, Target.PARTY)

    def compute(inputs: Inputs) -> Made:
        from ledgergraph.anomalies.report.merges import merges_page

        decisions = decisions_on(Target.PARTY, events)
        printed = inputs.table(BOOK_TABLES["invoices"].records)
        with engine_of(config.engine, spark) as engine:
            found = resolved(graph_of(inputs), decisions, printed, engine)
        tables = [(PARTIES, found.parties), (PARTY_COMPARISONS, found.comparisons)]
        page = merges_page(found, events)
        where = dg.MetadataValue.path(home.path(file_uri(MERGES, sha256_of(page))))
        is_open = pc.invert(found.comparisons["joined"])
        facts = {"open_pairs": pc.sum(is_open).as_py() or 0, "page": where}
        return Made(tables, {MERGES: page}, facts)

    return derived(context, home, graph, compute, settings_of(events), [policies.FEEDBACK])


@dg.asset(
    deps=["ledger_graph", "parties", *BATCH_INPUTS],
    pool=POOL,
    **policies.whole("graph", "neo4j", version="2"),
)
def bookings(
    context: dg.AssetExecutionContext, store: StoreResource, graph: GraphResource
) -> dg.MaterializeResult:
    """Which paper is which row of the books: by number, seller, gross and date, one to one."""

    def compute(inputs: Inputs) -> Made:
        return Made([(BOOKINGS, match_bookings(graph_of(inputs), inputs.table(PARTIES)))])

    return derived(context, store.open(), graph, compute)


@dg.asset(
    deps=[
        "ledger_graph",
        "parties",
        "bookings",
        "fingerprints",
        policies.FEEDBACK,
        *BATCH_INPUTS,
    ],
    pool=POOL,
    **policies.whole("graph", "neo4j", version="3"),
)
def duplicates(
    context: dg.AssetExecutionContext, store: StoreResource, graph: GraphResource
) -> dg.MaterializeResult:
    """Pairs of invoices that are likely one claim; the model is read as its head stands."""
    home = store.open()
    events = said(home, Target.PAIR)

    def compute(inputs: Inputs) -> Made:
        from ledgergraph.anomalies.scoring import duplicate_table
        from ledgergraph.models.boosting import load

        with inputs.folder("duplicate_champion") as folder:
            snapshot = graph_of(inputs, PARTIES, BOOKINGS)
            decisions = decisions_on(Target.PAIR, events)
            papers = inputs.table(FINGERPRINTS)
            pairs = duplicate_table(snapshot, load(folder), decisions, papers)
        return Made([(DUPLICATES, pairs)])

    earlier = ["duplicate_champion", policies.FEEDBACK]
    return derived(context, home, graph, compute, settings_of(events), earlier)


@dg.asset(
    deps=["ledger_graph", policies.FEEDBACK, *BATCH_INPUTS],
    pool=POOL,
    **policies.whole("graph", "neo4j", version="2"),
)
def process_memory(
    context: dg.AssetExecutionContext, store: StoreResource, graph: GraphResource
) -> dg.MaterializeResult:
    """What people said of each document, and which reading a correction means."""
    home = store.open()
    events = stated_by_people(home)

    def compute(inputs: Inputs) -> Made:
        invoices = inputs.table(BOOK_TABLES["invoices"].records)
        rows = memory_of(events, inputs.table(DOCUMENTS), inputs.table(EXTRACTIONS), invoices)
        return Made([(PROCESS_MEMORY, rows)])

    earlier = [policies.FEEDBACK]
    return derived(context, home, graph, compute, settings_of(events), earlier)


@dg.asset(
    deps=["transcripts"],
    partitions_def=intake_batches,
    **policies.of_batch("graph", "onnx", version="1"),
)
def document_embeddings(
    context: dg.AssetExecutionContext, store: StoreResource
) -> dg.MaterializeResult:
    """What each document of a batch looks like, as a vector: its first words and its layout."""

    def compute(inputs: Inputs) -> Made:
        pages, words = inputs.table(PAGES), inputs.table(WORDS)
        rows = embeddings_of(pages, words, lambda text: sentences.encoder().encode(text))
        return Made([(DOCUMENT_EMBEDDINGS, rows)])

    return written(context, store.open(), compute, settings={"weights": sentences.WEIGHTS})


@dg.asset(
    deps=["ledger_graph", "document_embeddings"],
    pool=POOL,
    **policies.whole("graph", "neo4j", version="1"),
)
def similar_documents(
    context: dg.AssetExecutionContext, store: StoreResource, graph: GraphResource
) -> dg.MaterializeResult:
    """The documents that are most like each one; and vectors of all, for the database to search.

    Only documents that are new or read anew are compared with all: the pairs of before
    are a memo, and what comes of it is what would come without them.
    """
    home = store.open()
    head = None if ANEW in context.run.tags else home.head("similar_documents", WHOLE)

    def compute(inputs: Inputs) -> Made:
        earlier, known = SIMILAR_DOCUMENTS.empty(), set[str]()
        if head is not None and head.code_version == code_version_of(context):
            before = head.inputs.get("document_embeddings", {})
            now = inputs.manifests["document_embeddings"]
            same = {key: one for key, one in now.items() if before.get(key) == one.version}
            earlier = home.table(SIMILAR_DOCUMENTS, {WHOLE: head})
            known.update(home.table(DOCUMENT_EMBEDDINGS, same)["document_id"].to_pylist())
        vectors = Vectors.of(inputs.table(DOCUMENT_EMBEDDINGS))
        return Made([(SIMILAR_DOCUMENTS, similar_of(vectors, earlier, known))])

    result = derived(context, home, graph, compute)
    with domain_errors():
        made = home.manifest("similar_documents", WHOLE, version_of(result))
        if graph.indexes_vectors():
            write_vectors(home, graph, made.inputs["document_embeddings"])
    return result


@dg.asset(
    deps=[
        "ledger_graph",
        "parties",
        "bookings",
        "duplicates",
        "process_memory",
        "similar_documents",
    ],
    pool=POOL,
    **policies.whole("graph", "neo4j", version="3"),
)
def graph_snapshot(
    context: dg.AssetExecutionContext, store: StoreResource, graph: GraphResource
) -> dg.MaterializeResult:
    """The whole graph as tables of nodes and edges: what everything after it reads."""

    def compute(inputs: Inputs) -> Made:
        with graph.held() as held:
            require_complete(inputs, held)
            snapshot = held.export().stored()
        return Made([(table, snapshot[table.name]) for table in snapshot_tables()])

    return written(context, store.open(), compute)


def graph_of(inputs: Inputs, *sets: Table) -> Snapshot:
    """The graph of all batches and some derived sets, from stored rows alone."""
    tables = stated(inputs)
    memory = {name: tables.pop(name) for name in ("readings", "judgements")}
    return snapshot_of(
        tables,
        tables.pop("documents"),
        memory=memory,
        derived={one.name: inputs.table(one) for one in sets},
    )


def derived(
    context: dg.AssetExecutionContext,
    store: Store,
    graph: GraphResource,
    compute: Callable[[Inputs], Made],
    settings: Mapping[str, str] | None = None,
    through_time: Sequence[str] = (),
) -> dg.MaterializeResult:
    """Keep a derived set as a table, and make the graph hold it."""
    result = written(context, store, compute, settings=settings, through_time=through_time)
    name = context.asset_key.path[-1]
    with domain_errors():
        version = version_of(result)
        if graph.stamp(name, WHOLE) != version:
            table = next(one for one in DERIVED if one.name == name)
            rows = store.table(table, {WHOLE: store.manifest(name, WHOLE, version)})
            with graph.held() as held:
                held.write_derived(name, rows)
                held.set_stamp(name, WHOLE, version)
    return result


def write_vectors(store: Store, graph: GraphResource, batches: Mapping[str, str]) -> None:
    """Make the database's index hold the vectors of some batches, by their manifests' hashes."""
    stamps = graph.stamps("document_embeddings")
    lacking = {batch: one for batch, one in batches.items() if stamps.get(batch) != one}
    if not lacking:
        return
    with graph.held() as held:
        for batch, version in lacking.items():
            manifest = store.manifest("document_embeddings", batch, version)
            rows = store.table(DOCUMENT_EMBEDDINGS, {batch: manifest})
            held.write_vectors(batch, rows)
            held.set_stamp("document_embeddings", batch, version)


def require_complete(inputs: Inputs, held: Graph) -> None:
    """StaleInput unless the database holds exactly what the heads name."""
    for asset in ("ledger_graph", *(one.name for one in DERIVED)):
        stamps = held.stamps(asset)
        for partition, manifest in inputs.manifests[asset].items():
            if stamps.get(partition) != manifest.version:
                raise StaleInput(
                    f"The graph does not hold {asset} ({partition}) as the store names it. "
                    f"Materialize {asset} ({partition}), or run `ledgergraph run`, then retry."
                )


@dg.asset_check(
    asset=graph_snapshot,
    blocking=True,
    description="A snapshot that differs from the records would let scores rest on another ledger.",
)
def the_snapshot_is_what_the_records_make(store: StoreResource) -> dg.AssetCheckResult:
    """The export equals the graph made from stored rows without a database."""
    home = store.open()
    names = [*BATCH_INPUTS, *(one.name for one in DERIVED), "graph_snapshot"]
    inputs = Inputs(home, {name: home.heads(name) for name in names}, WHOLE)
    made = graph_of(inputs, *DERIVED).stored()
    differing = [
        table.name
        for table in snapshot_tables()
        if not inputs.table(table).equals(table.conform(made[table.name]))
    ]
    return dg.AssetCheckResult(
        passed=not differing,
        metadata={"tables": len(made), "differing": ", ".join(differing) or "none"},
    )


@dg.asset_check(
    asset=parties,
    description="A vendor without a party is compared with nobody.",
)
def every_vendor_has_a_party(store: StoreResource) -> dg.AssetCheckResult:
    """Every vendor of the books has a party, and each paper's seller is a vendor that there is."""
    inputs = as_made(store.open(), "parties")
    found = inputs.table(PARTIES)
    vendors, invoices = (inputs.table(BOOK_TABLES[one].records) for one in ("vendors", "invoices"))
    faults = expectations.faults_of_parties(found, vendors, invoices)
    return expectations.outcome(faults, members=found.num_rows)


@dg.asset_check(
    asset=bookings,
    description="A row that is two papers would hide one of them.",
)
def every_booking_is_one_to_one(store: StoreResource) -> dg.AssetCheckResult:
    """A paper is booked as one row, and a row from one paper; both are there."""
    inputs = as_made(store.open(), "bookings")
    found = inputs.table(BOOKINGS)
    faults = expectations.faults_of_bookings(found, inputs.table(BOOK_TABLES["invoices"].records))
    return expectations.outcome(faults, bookings=found.num_rows)


@dg.asset_check(
    asset=duplicates,
    description="A pair that names a paper and its own row would call every booking a duplicate.",
)
def every_pair_is_of_two_invoices(store: StoreResource) -> dg.AssetCheckResult:
    """Each pair is of two invoices that there are, once, of a known kind, with a probability."""
    from ledgergraph.anomalies.events import DUPLICATE_KINDS

    inputs = as_made(store.open(), "duplicates")
    found = inputs.table(DUPLICATES)
    faults = expectations.faults_of_pairs(
        found,
        inputs.table(BOOK_TABLES["invoices"].records),
        inputs.table(BOOKINGS),
        {kind.value for kind in DUPLICATE_KINDS},
    )
    return expectations.outcome(faults, pairs=found.num_rows)
