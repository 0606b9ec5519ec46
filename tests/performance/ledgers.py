"""What several parts measure on: a company of 20,000 invoices, a read folder, real documents."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
from stopwatch import ROOT

from ledgergraph.corpora.company import Company, make_company
from ledgergraph.corpora.export import write_ledger
from ledgergraph.documents.batches import Entry
from ledgergraph.documents.examination import examine
from ledgergraph.documents.limits import Limits
from ledgergraph.extractions.engines import Recogniser
from ledgergraph.extractions.readers.learned import ReaderModel, load
from ledgergraph.extractions.reading import extractions_of, records_of, transcripts_of
from ledgergraph.identity import document_id_of
from ledgergraph.models.packaged import folder_of

SEED = 9001
"""Seeds from here on: no model of the package learned from them."""
LARGE = 20_000
LIMITS = Limits()


@dataclass(frozen=True)
class ReadFolder:
    """The tables that a folder's files make, without store and graph."""

    documents: pa.Table
    pages: pa.Table
    words: pa.Table
    extractions: pa.Table
    records: Mapping[str, pa.Table]
    rejections: pa.Table


def read_files(files: Mapping[str, bytes], recogniser: Recogniser | None = None) -> ReadFolder:
    """Read some files by name, the way the assets do; without an engine pictures stay unread."""
    blobs: dict[str, bytes] = {document_id_of(data): data for data in files.values()}
    entries = [Entry(name, document_id_of(data), len(data)) for name, data in files.items()]
    documents, refused = examine(entries, blobs.__getitem__, LIMITS)
    pages, words, wordless = transcripts_of(documents, blobs.__getitem__, LIMITS, recogniser)
    fields, _, unread = extractions_of(
        documents, pages, words, blobs.__getitem__, LIMITS, model=reader()
    )
    records, bad_rows = records_of(documents, fields, blobs.__getitem__, LIMITS)
    rejections = pa.concat_tables([refused, wordless, unread, bad_rows])
    return ReadFolder(documents, pages, words, fields, records, rejections)


@cache
def reader() -> ReaderModel:
    """The reader of the package."""
    return load(folder_of("reader"))


def files_of(folder: Path) -> dict[str, bytes]:
    """The bytes of all files below a folder by their path in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@contextmanager
def written_company(company: Company, papers: int) -> Iterator[Path]:
    """A company as files in a folder (`inbox`, `truth`) that is gone afterwards."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        write_ledger(company, folder / "inbox", folder / "truth", papers=papers)
        yield folder


@cache
def large_company() -> Company:
    """A company of 20,000 invoices."""
    return make_company(SEED, invoices=LARGE)


@cache
def large_books() -> ReadFolder:
    """The books of the large company as the import reads them."""
    with written_company(large_company(), papers=0) as folder:
        return read_files(files_of(folder / "inbox"))


def public_data() -> Path | None:
    """The folder of real e-invoices, if there is one; looked for as the tests do."""
    beside = ROOT.parent / "shared" / "data"
    folder = Path(os.environ.get("LEDGERGRAPH_PUBLIC_DATA") or beside) / "zugferd"
    return folder if folder.is_dir() else None
