"""Documents: what arrived in each batch, and what was not accepted.

Belongs here: the asset that examines a batch's files. Not here: taking files in
from the inbox (`resources.intake`), and how a file is judged (`ledgergraph.documents`).
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from functools import partial

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc

from assets import policies
from assets.lineage import Inputs, Made, written
from assets.partitions import intake_batches
from ledgergraph.artifacts import Manifest
from ledgergraph.documents.batches import Batch, Entry, arrivals_of
from ledgergraph.documents.envelopes import ENVELOPES
from ledgergraph.documents.examination import Sniff, examine, unaccounted
from ledgergraph.documents.isolation import Apart
from ledgergraph.documents.schemas import ARRIVALS, DOCUMENTS, REJECTIONS
from ledgergraph.documents.sniffing import SNIFFING_VERSION, sniff
from ledgergraph.extractions.recovery import tried
from ledgergraph.tables import Table
from resources import erasure
from resources.doors import LimitsResource, StoreResource
from resources.intake import Listing, Taken, listing, take_out
from resources.recognition import OcrResource
from resources.store import Store
from resources.watch import bounded

APART = "ledgergraph/apart"
"""Run tag that asks to read each document in another process first: one may end its own."""


@dg.asset(
    partitions_def=intake_batches,
    **policies.of_batch("documents", "parquet", version=f"1.{SNIFFING_VERSION}"),
)
def documents(
    context: dg.AssetExecutionContext,
    store: StoreResource,
    limits: LimitsResource,
    ocr: OcrResource,
) -> dg.MaterializeResult:
    """What arrived in one batch: each file once, sniffed by content, accepted or rejected."""
    home, batch = store.open(), context.partition_key
    taken = listing(home, batch)
    gone = erasure.of_batch(home, taken)
    known = {one.document_id for one in taken.files if one.is_known} - set(gone)

    def compute(inputs: Inputs) -> Made:
        new = [entry_of(one) for one in taken.files if one.document_id not in known]
        is_apart = APART in context.run.tags
        with bounded(batch, len(new)), sniffing(ocr, home, is_apart=is_apart) as sniff:
            accepted, rejected = examine(new, home.blob, limits.value(), sniff)
        is_envelope = pc.is_in(accepted["format"], pa.array(ENVELOPES))
        envelopes = set(accepted.filter(is_envelope)["document_id"].to_pylist())
        take_out(home, taken, envelopes, limits.value())
        arrivals = arrivals_table(batch, taken, rejected, known)
        home.commit(Manifest("arrivals", batch, "1", (home.put_table(ARRIVALS, arrivals),)))
        return Made(
            [(DOCUMENTS, accepted), (REJECTIONS, rejected)], facts={"files": len(taken.files)}
        )

    without = {erasure.SETTING: gone} if gone else {}
    settings = {"batch": batch, **asdict(limits.value()), **without}
    return written(context, home, compute, settings=settings)


@contextmanager
def sniffing(ocr: OcrResource, home: Store, *, is_apart: bool) -> Iterator[Sniff]:
    """What tells files apart: here, or after reading each to the end in another process."""
    if not is_apart:
        yield sniff
        return
    with Apart() as apart:
        yield partial(apart, tried, ocr.memory(home))


def entry_of(taken: Taken) -> Entry:
    """A listed file as an entry of its batch."""
    return Entry(taken.name, taken.document_id, taken.bytes, taken.envelope_id)


def arrivals_table(
    batch: str, taken: Listing, rejected: pa.Table, known: Collection[str]
) -> pa.Table:
    """One row per file of a batch, with its outcome; `known` documents are of other batches."""
    rows = arrivals_of(
        Batch(batch, tuple(entry_of(one) for one in taken.files)),
        set(rejected["document_id"].to_pylist()),
        set(known),
        datetime.fromisoformat(taken.arrived_at),
    )
    return ARRIVALS.rows(asdict(row) for row in rows)


@dg.asset_check(
    asset=documents,
    description="A file that is neither accepted, rejected nor known is lost without a word.",
)
def every_file_is_accounted_for(
    context: dg.AssetCheckExecutionContext, store: StoreResource
) -> dg.AssetCheckResult:
    """Every file that a batch lists is a document, a rejection, or was known; and an arrival.

    Of the batch that a run examines; asked for by itself, of all batches that were examined.
    """
    home = store.open()
    examined = [context.partition_key] if context.has_partition_key else home.heads("documents")
    lost = {key: lost_files(home, key) for key in examined}
    return dg.AssetCheckResult(
        passed=not any(lost.values()),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "batches": len(lost),
            "lost": sum(map(len, lost.values())),
            "of batches": [key for key, files in lost.items() if files][:5],
        },
    )


def lost_files(store: Store, batch: str) -> list[Entry]:
    """The files that the listing of a batch names and its tables do not."""
    taken = listing(store, batch)

    def rows(asset: str, table: Table) -> pa.Table:
        head = store.head(asset, batch)
        return store.table(table, {batch: head} if head else {})

    return unaccounted(
        Batch(batch, tuple(entry_of(one) for one in taken.files)),
        {one.document_id for one in taken.files if one.is_known},
        rows("arrivals", ARRIVALS),
        rows("documents", DOCUMENTS),
        rows("documents", REJECTIONS),
    )
