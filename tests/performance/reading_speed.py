"""How fast documents are told apart and read, on one core, be they whole or broken."""

from collections import defaultdict
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq
from broken_files import BrokenFile, broken_files
from ledgers import LIMITS, SEED, public_data
from sections import PERFORMANCE, Row, Section, skipped
from stopwatch import per_pass

from ledgergraph.corpora.company import make_company
from ledgergraph.corpora.export import rows_of, write_csv
from ledgergraph.corpora.rendering import render
from ledgergraph.documents.limits import MEBIBYTE
from ledgergraph.documents.sniffing import sniff
from ledgergraph.errors import BadInput
from ledgergraph.extractions.books_import import import_table
from ledgergraph.extractions.einvoices import read_einvoice
from ledgergraph.extractions.readers.page import read_page
from ledgergraph.extractions.transcripts import Transcript, transcribe

INVOICES = 22_000
PAPERS = 40


def xml_speed() -> list[Section]:
    """Plain XML invoices told and read, and how long telling takes for each format."""
    title = "XML invoices on one core"
    if public_data() is None:
        return skipped(PERFORMANCE, title)
    by_format: dict[str, dict[str, bytes]] = defaultdict(dict)
    for name, data in _real(".xml").items():
        by_format[sniff(name, data, LIMITS).format][name] = data
    everything = {name: data for files in by_format.values() for name, data in files.items()}
    rows: list[Row] = []
    for name, files in [*sorted(by_format.items()), ("all", everything)]:
        told, read = per_pass(partial(_sniff_all, files)), per_pass(partial(_read_all, files))
        size = sum(map(len, files.values())) / len(files) / 1024
        rows.append((name, len(files), size, told / len(files) * 1e3, len(files) / read))
    sentence = (
        "Sniffing, then sniffing and reading all fields; CPU time of the quickest pass. "
        "800 files a second are asked for."
    )
    columns = ("format", "files", "KiB a file", "sniffing, ms a file", "files a second")
    return [Section(PERFORMANCE, title, sentence, columns, rows)]


def page_speed() -> list[Section]:
    """PDF pages: telling, taking the words, reading the fields."""
    company = make_company(SEED, invoices=1000)
    sets = {"made papers": {f"{name}.pdf": page for name, page in render(company.papers[:PAPERS])}}
    if public_data() is not None:
        sets["real hybrids"] = _real(".pdf")
    rows: list[Row] = []
    for name, files in sets.items():
        read = {one: transcribe(one, data, LIMITS) for one, data in files.items()}
        pages = sum(len(one.pages) for one in read.values())
        words = sum(len(one.words) for one in read.values())
        told = per_pass(partial(_sniff_all, files))
        taken = per_pass(partial(_transcribe_all, files))
        fields = per_pass(partial(_read_pages, read))
        count = len(files)
        rows.append((name, count, pages, words / pages, told / count * 1e3, pages / taken,
                     fields / count * 1e3))  # fmt: skip
    sentence = "CPU time of the quickest pass, each step alone."
    columns = ("documents", "files", "pages", "words a page", "sniffing, ms a file",
               "words: pages a second", "fields: ms a file")  # fmt: skip
    return [Section(PERFORMANCE, "PDF pages on one core", sentence, columns, rows)]


def books_speed() -> list[Section]:
    """Importing the invoices of a large export."""
    table = make_company(SEED, invoices=INVOICES).tables["invoices"]
    rows: list[Row] = []
    with TemporaryDirectory() as place:
        files = {"csv": Path(place) / "invoices.csv", "parquet": Path(place) / "invoices.parquet"}
        write_csv(files["csv"], table.column_names, rows_of(table))
        pq.write_table(table, files["parquet"])
        for format_, path in files.items():
            data = path.read_bytes()
            told = per_pass(partial(sniff, path.name, data, LIMITS))
            work = partial(
                import_table, "sha256:0", path.name, data, format_, LIMITS.max_cell_bytes
            )
            read = per_pass(work)
            rows.append((format_, len(data) / 2**20, told * 1e3, read, table.num_rows / read))
    sentence = f"One file with {table.num_rows:,} invoices, to typed records; CPU time."
    columns = ("format", "MiB", "sniffing, ms", "importing, s", "rows a second")
    return [Section(PERFORMANCE, "Books on one core", sentence, columns, rows)]


def broken_speed() -> list[Section]:
    """Files that were made to keep a reader busy: how long telling each takes."""
    files = broken_files(cell_bytes=2 * MEBIBYTE)
    rows: list[Row] = []
    for file in files:
        told = per_pass(partial(_outcome, file), seconds=0.05)
        rows.append((file.name, len(file.data) / 1024, told * 1e3, _outcome(file)))
    slowest = sorted(rows, key=lambda row: row[2], reverse=True)[:5]
    sentence = f"The slowest of {len(files)} broken files: sniffing, CPU time of the quickest pass."
    columns = ("file", "KiB", "sniffing, ms", "outcome")
    return [Section(PERFORMANCE, "Broken files on one core", sentence, columns, slowest)]


def _outcome(file: BrokenFile) -> str:
    try:
        return sniff(file.name, file.data, LIMITS).format
    except BadInput as error:
        return error.reason


def _real(ending: str) -> dict[str, bytes]:
    """Real documents by file name."""
    folder = public_data()
    assert folder is not None
    return {path.name: path.read_bytes() for path in sorted(folder.rglob(f"*{ending}"))}


def _sniff_all(files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        sniff(name, data, LIMITS)


def _read_all(files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        read_einvoice(name, sniff(name, data, LIMITS).format, data)


def _transcribe_all(files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        transcribe(name, data, LIMITS)


def _read_pages(transcripts: Mapping[str, Transcript]) -> None:
    for name, one in transcripts.items():
        read_page(name, one.pages, one.words)
