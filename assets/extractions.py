"""Extractions: from a batch's documents to words, fields with evidence, records, and judgements.

Belongs here: the assets of reading, and what they leave for later documents. Not here: how
anything is read
(`ledgergraph.extractions`).
"""

from dataclasses import asdict
from typing import TYPE_CHECKING

import dagster as dg

from assets import expectations, policies
from assets.lineage import Inputs, Made, inputs_behind, written
from assets.partitions import intake_batches
from ledgergraph.artifacts import WHOLE
from ledgergraph.books import BOOK_TABLES
from ledgergraph.documents.schemas import DOCUMENTS, FINGERPRINTS, REJECTIONS
from ledgergraph.extractions.fingerprinting import fingerprints_of
from ledgergraph.extractions.items import items_of
from ledgergraph.extractions.quality import quality
from ledgergraph.extractions.reading import (
    einvoices_of,
    extractions_of,
    records_of,
    transcripts_of,
)
from ledgergraph.extractions.rules import RULES, validate
from ledgergraph.extractions.rules.containers import RULE_ID as CONTAINER_RULE
from ledgergraph.extractions.rules.en16931 import IDS as STANDARD_RULES
from ledgergraph.extractions.rules.hybrids import RULE_ID as HYBRID_RULE
from ledgergraph.extractions.rules.layers import RULE_ID as LAYER_RULE
from ledgergraph.extractions.schemas import (
    CANDIDATES,
    EXTRACTIONS,
    ITEMS,
    PAGES,
    QUALITY,
    VALIDATIONS,
    WORDS,
)
from ledgergraph.extractions.vendor_memory import (
    NOTHING,
    VENDOR_HABITS,
    VENDOR_HISTORY,
    VENDOR_TRAITS,
    VendorMemory,
    memory_of,
    remembered,
    traits_of,
)
from ledgergraph.feedback.events import corrections
from resources.doors import LimitsResource, StoreResource
from resources.feedback import of_batch, settings_of, stated
from resources.reader import ReaderResource
from resources.recognition import OcrResource
from resources.routes import MEMORY, RoutesResource
from resources.store import Store
from resources.translator import TranslatorResource
from resources.watch import bounded

if TYPE_CHECKING:
    from ledgergraph.extractions.readers.learned import ReaderModel


READER = "reader_champion"
"""The model that chooses among what a page offers."""


@dg.asset(
    deps=["documents"],
    partitions_def=intake_batches,
    **policies.of_batch("extractions", "pdf", version="5"),
)
def transcripts(
    context: dg.AssetExecutionContext,
    store: StoreResource,
    limits: LimitsResource,
    ocr: OcrResource,
) -> dg.MaterializeResult:
    """The words of every page of a batch with their boxes; kept, so that no page is read twice.

    What was seen badly is looked at again, whatever its route will be.
    """
    home = store.open()

    def compute(inputs: Inputs) -> Made:
        documents = inputs.table(DOCUMENTS)
        with bounded(context.partition_key, len(documents)), ocr.open(home) as recogniser:
            pages, words, rejections = transcripts_of(
                documents, home.blob, limits.value(), recogniser
            )
        return Made([(PAGES, pages), (WORDS, words), (REJECTIONS, rejections)])

    settings = {**asdict(limits.value()), "ocr": ocr.version()}
    return written(context, home, compute, settings=settings)


@dg.asset(
    deps=["documents", "transcripts"],
    partitions_def=intake_batches,
    **policies.of_batch("extractions", "parquet", version="1"),
)
def fingerprints(
    context: dg.AssetExecutionContext, store: StoreResource, limits: LimitsResource
) -> dg.MaterializeResult:
    """What tells a paper of a batch that was scanned or sent again: its words and its picture."""
    home = store.open()

    def compute(inputs: Inputs) -> Made:
        rows = fingerprints_of(
            inputs.table(DOCUMENTS), inputs.table(WORDS), home.blob, limits.value()
        )
        return Made([(FINGERPRINTS, rows)])

    return written(context, home, compute, settings=asdict(limits.value()))


@dg.asset(
    deps=["documents", "transcripts"],
    partitions_def=intake_batches,
    **policies.of_batch("extractions", "xml", "lightgbm", version="8"),
)
def extractions(
    context: dg.AssetExecutionContext,
    store: StoreResource,
    limits: LimitsResource,
    reader: ReaderResource,
    routes: RoutesResource,
) -> dg.MaterializeResult:
    """Every field that a batch's documents state, by source, with its box and confidence.

    The reader's champion chooses, and the memory of vendors says what a paper leaves open;
    both are read as their heads stand: another one re-reads nothing.
    """
    home = store.open()
    documents = home.head("documents", context.partition_key)
    said = of_batch(home, documents, corrections(stated(home)))

    def compute(inputs: Inputs) -> Made:
        tables = (inputs.table(DOCUMENTS), inputs.table(PAGES), inputs.table(WORDS))
        model = reader.open(reader_in(inputs), home, limits.value())
        with bounded(context.partition_key, len(tables[0])):
            fields, candidates, rejections = extractions_of(
                *tables, home.blob, limits.value(), said, model, memory_in(inputs)
            )
        return Made([(EXTRACTIONS, fields), (CANDIDATES, candidates), (REJECTIONS, rejections)])

    settings = {
        **asdict(limits.value()), **settings_of(said), **reader.version(), **routes.version()
    }  # fmt: skip
    corrected = [policies.FEEDBACK] if said else []
    earlier = [*corrected, READER, *reader.through_time(), *routes.memory()]
    return written(
        context, home, compute, settings=settings, through_time=earlier, once=routes.memory()
    )


def reader_in(inputs: Inputs) -> "ReaderModel | None":
    """The reader that counts; null before there is one: then rules read alone."""
    if WHOLE not in inputs.manifests.get(READER, {}):
        return None
    from ledgergraph.extractions.readers.learned import load

    with inputs.folder(READER) as folder:
        return load(folder)


def memory_in(inputs: Inputs) -> VendorMemory:
    """What is remembered of vendors; nothing before there is a memory, or where it is off.

    A batch that is among what is remembered, read without memory before, is left out of it:
    nothing is read by what it taught itself.
    """
    memory = inputs.manifests.get(MEMORY, {}).get(WHOLE)
    if memory is None:
        return NOTHING
    if inputs.partition not in memory.inputs.get("validations", {}):
        return memory_of(inputs.table(VENDOR_HABITS), inputs.table(VENDOR_HISTORY))
    taught = dict(inputs_behind(inputs.store, memory).manifests["validations"])
    del taught[inputs.partition]
    return memory_of(*remembered(inputs.store.table(VENDOR_TRAITS, taught)))


@dg.asset(
    deps=["documents", "extractions"],
    partitions_def=intake_batches,
    **policies.of_batch("extractions", "parquet", version="6"),
)
def records(
    context: dg.AssetExecutionContext,
    store: StoreResource,
    limits: LimitsResource,
    translator: TranslatorResource,
) -> dg.MaterializeResult:
    """The typed rows of business in a batch, from books and from paper alike, and their items."""
    home = store.open()

    def compute(inputs: Inputs) -> Made:
        fields = inputs.table(EXTRACTIONS)
        rows, rejections = records_of(inputs.table(DOCUMENTS), fields, home.blob, limits.value())
        tables = [(BOOK_TABLES[name].records, table) for name, table in rows.items()]
        items = items_of(fields, translator.open(home))
        return Made([*tables, (ITEMS, items), (REJECTIONS, rejections)])

    settings = {**asdict(limits.value()), **translator.version()}
    return written(context, home, compute, settings=settings)


@dg.asset(
    deps=["documents", "extractions", "transcripts"],
    partitions_def=intake_batches,
    **policies.of_batch("extractions", "parquet", version="5"),
)
def validations(
    context: dg.AssetExecutionContext,
    store: StoreResource,
    limits: LimitsResource,
    routes: RoutesResource,
) -> dg.MaterializeResult:
    """What rules say of each document, how well it was read, its route, and its vendor's traits.

    What is remembered of vendors is read as it stands: more of it routes nothing again.
    """
    home = store.open()

    def compute(inputs: Inputs) -> Made:
        fields, words = inputs.table(EXTRACTIONS), inputs.table(WORDS)
        documents = inputs.table(DOCUMENTS)
        einvoices = einvoices_of(documents, home.blob, limits.value())
        pages = inputs.table(PAGES)
        broken = validate(fields, words, documents, einvoices, pages)
        traits = traits_of(fields, pages, words)
        routed = quality(fields, broken, pages, traits, memory_in(inputs), routes.value())
        return Made([(VALIDATIONS, broken), (QUALITY, routed), (VENDOR_TRAITS, traits)])

    settings = {**asdict(limits.value()), **asdict(routes.value()), **routes.version()}
    memory = routes.memory()
    return written(context, home, compute, settings=settings, through_time=memory, once=memory)


@dg.asset(
    deps=["ledger_graph", "validations"],
    **policies.whole("extractions", "parquet", version="1"),
)
def vendor_memory(context: dg.AssetExecutionContext, store: StoreResource) -> dg.MaterializeResult:
    """What the documents of each vendor have in common, and how many people had to correct.

    Batches that are read later use it; what was read before is not read again.
    """

    def compute(inputs: Inputs) -> Made:
        habits, history = remembered(inputs.table(VENDOR_TRAITS))
        return Made([(VENDOR_HABITS, habits), (VENDOR_HISTORY, history)])

    return written(context, store.open(), compute)


@dg.asset_check(
    asset=extractions,
    description="A box outside its page would send an auditor to the wrong place.",
)
def every_box_lies_on_its_page(
    context: dg.AssetCheckExecutionContext, store: StoreResource
) -> dg.AssetCheckResult:
    """Every box of every reading lies on the page that it names."""
    inputs = batches(context, store.open(), "transcripts", "extractions")
    fields = inputs.table(EXTRACTIONS)
    faults = expectations.faults_of_boxes(fields, inputs.table(PAGES))
    return expectations.outcome(faults, fields=fields.num_rows)


@dg.asset_check(
    asset=transcripts,
    description="What stands on a page that was left out is read by nobody.",
)
def every_page_is_there(
    context: dg.AssetCheckExecutionContext, store: StoreResource
) -> dg.AssetCheckResult:
    """Every paper that was not rejected has the pages that it counts."""
    inputs = batches(context, store.open(), "documents", "transcripts")
    pages = inputs.table(PAGES)
    rejected = inputs.table(REJECTIONS, of="transcripts")
    faults = expectations.faults_of_pages(pages, inputs.table(DOCUMENTS), rejected)
    return expectations.outcome(faults, pages=pages.num_rows)


@dg.asset_check(
    asset=records,
    description="A record that comes from no document leads a finding nowhere.",
)
def every_record_has_its_document(
    context: dg.AssetCheckExecutionContext, store: StoreResource
) -> dg.AssetCheckResult:
    """Every record comes from a document that was accepted."""
    inputs = batches(context, store.open(), "documents", "records")
    tables = [inputs.table(book.records) for book in BOOK_TABLES.values()]
    faults = expectations.faults_of_records(tables, inputs.table(DOCUMENTS))
    return expectations.outcome(faults, records=sum(one.num_rows for one in tables))


@dg.asset_check(
    asset=validations,
    description="A part without judgement is used unchecked; an unknown rule explains nothing.",
)
def every_part_is_judged_by_known_rules(
    context: dg.AssetCheckExecutionContext, store: StoreResource
) -> dg.AssetCheckResult:
    """Every part that was read has a quality, and every breach is of a rule that there is."""
    inputs = batches(context, store.open(), "documents", "extractions", "validations")
    broken, qualities = inputs.table(VALIDATIONS), inputs.table(QUALITY)
    known = {CONTAINER_RULE, HYBRID_RULE, LAYER_RULE, *STANDARD_RULES, *(rule.id for rule in RULES)}
    faults = expectations.faults_of_validations(
        broken, qualities, inputs.table(EXTRACTIONS), inputs.table(DOCUMENTS), known
    )
    return expectations.outcome(faults, parts=qualities.num_rows, validations=broken.num_rows)


def batches(context: dg.AssetCheckExecutionContext, store: Store, *assets: str) -> Inputs:
    """What assets hold of the batch that a run makes; asked for by itself, of all batches.

    Looking at all of them after each would cost the square of an intake.
    """
    held = {asset: store.heads(asset) for asset in assets}
    if context.has_partition_key:
        own = context.partition_key
        held = {name: {own: parts[own]} for name, parts in held.items() if own in parts}
    return Inputs(store, held, WHOLE)
