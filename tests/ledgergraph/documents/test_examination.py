"""Every file of a batch is judged, and one that is lost on the way is told."""

from dataclasses import asdict
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from broken_files import a_ubl_invoice

from ledgergraph.documents.batches import Batch, Entry, arrivals_of, batches_of
from ledgergraph.documents.examination import examine, unaccounted
from ledgergraph.documents.limits import Limits
from ledgergraph.documents.schemas import ARRIVALS
from ledgergraph.identity import document_id_of

FILES = {
    "invoice.xml": a_ubl_invoice("1"),
    "copy.xml": a_ubl_invoice("1"),
    "broken.pdf": b"%PDF-1.7 cut off",
    "of another batch.csv": b"id,name\n1,A\n",
}
KNOWN = {document_id_of(FILES["of another batch.csv"])}
Tables = tuple[pa.Table, pa.Table, pa.Table]


@pytest.fixture(scope="module")
def batch() -> Batch:
    (one,) = batches_of(Entry(name, document_id_of(d), len(d)) for name, d in FILES.items())
    return one


@pytest.fixture(scope="module")
def tables(batch: Batch) -> Tables:
    blobs = {document_id_of(data): data for data in FILES.values()}
    new = [entry for entry in batch.entries if entry.document_id not in KNOWN]
    documents, rejections = examine(new, lambda one: blobs[one], Limits())
    refused = set(rejections["document_id"].to_pylist())
    rows = arrivals_of(batch, refused, KNOWN, datetime(2026, 1, 1, tzinfo=UTC))
    return ARRIVALS.rows(asdict(row) for row in rows), documents, rejections


def test_every_file_of_an_examined_batch_is_accounted_for(batch: Batch, tables: Tables):
    assert unaccounted(batch, KNOWN, *tables) == []


@pytest.mark.parametrize("name", FILES)
def test_a_file_without_arrival_is_lost(name: str, batch: Batch, tables: Tables):
    arrivals, *rest = tables
    arrivals = arrivals.filter(pc.not_equal(arrivals["name"], name))
    assert [entry.name for entry in unaccounted(batch, KNOWN, arrivals, *rest)] == [name]


def test_all_files_of_a_document_in_no_table_are_lost(batch: Batch, tables: Tables):
    arrivals, documents, rejections = tables

    def lost(*judged: pa.Table, known: set[str] = KNOWN) -> set[str]:
        return {entry.name for entry in unaccounted(batch, known, arrivals, *judged)}

    assert lost(documents[:0], rejections) == {"invoice.xml", "copy.xml"}
    assert lost(documents, rejections[:0]) == {"broken.pdf"}
    assert lost(documents, rejections, known=set()) == {"of another batch.csv"}
