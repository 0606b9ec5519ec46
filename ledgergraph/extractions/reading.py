"""Reading one batch: its documents to words, to fields with evidence, to records.

One document that cannot be read is a rejection and holds up no other.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.books import BOOK_TABLES
from ledgergraph.documents.causes import with_cause
from ledgergraph.documents.hybrids import ORDERS, embedded_invoice
from ledgergraph.documents.limits import Limits
from ledgergraph.documents.markup import parse_xml, unwrapped
from ledgergraph.documents.schemas import REJECTIONS
from ledgergraph.errors import BadInput
from ledgergraph.evidence import Reading
from ledgergraph.extractions.books_import import import_table
from ledgergraph.extractions.choosing import choose, with_corrections
from ledgergraph.extractions.einvoices import read_einvoice
from ledgergraph.extractions.engines import Recogniser
from ledgergraph.extractions.parting import read_parts
from ledgergraph.extractions.readers.learned import Chooser
from ledgergraph.extractions.readers.legible import TEXT
from ledgergraph.extractions.readers.page import Alternative, read_page
from ledgergraph.extractions.recognition import PAPER, transcripts
from ledgergraph.extractions.records import invoice_records, order_records
from ledgergraph.extractions.retries import balanced, despite_text
from ledgergraph.extractions.schemas import CANDIDATES, EXTRACTIONS, PAGES, WORDS
from ledgergraph.extractions.transcripts import (
    Transcript,
    pages_from_table,
    pages_table,
    words_from_table,
    words_table,
)
from ledgergraph.extractions.upright import read_upright
from ledgergraph.extractions.vendor_dates import with_habits
from ledgergraph.extractions.vendor_memory import NOTHING, VendorMemory
from ledgergraph.feedback.events import Feedback
from ledgergraph.tables import concat

if TYPE_CHECKING:
    from lxml.etree import _Element

MARKUP = ("cii", "ubl", "fatturapa")
RULED = ("cii", "ubl")
"""Syntaxes that EN 16931 is bound to."""
BOOKS = ("csv", "parquet")

NOTHING_FOUND = BadInput(
    "nothing_found",
    "It can be read, and no field of an invoice was found in it. Look whether it is an invoice; "
    "if it is, send it as XML or as a PDF with labelled fields.",
)

Read = Callable[[str], bytes]
"""Gives the bytes of a document by its id."""


@dataclass
class Rejected:
    """Collects the documents and rows that could not be read, with the rule they break."""

    rows: list[Mapping[str, Any]] = field(default_factory=list)

    def add(self, document: Mapping[str, Any], error: BadInput) -> None:
        """Note that a document breaks a rule."""
        self.rows.append(
            {
                "document_id": document["document_id"],
                "name": document["name"],
                "reason": error.reason,
                "sentence": error.sentence,
            }
        )

    @property
    def table(self) -> pa.Table:
        """The rejections in their schema."""
        return REJECTIONS.rows([with_cause(row) for row in self.rows])


def of_format(documents: pa.Table, *formats: str) -> Iterator[Mapping[str, Any]]:
    """The rows of documents that have one of some formats."""
    chosen = documents.filter(pc.is_in(documents["format"], pa.array(formats)))
    yield from chosen.to_pylist()


def transcripts_of(
    documents: pa.Table, read: Read, limits: Limits, recogniser: Recogniser | None = None
) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Pages, words and rejections of a batch: the words of every paper with their boxes.

    Pages of PDFs without usable text, and images, are read by `recogniser`; without one
    they are not, and a document with no other page is a rejection.
    """
    rejected = Rejected()
    papers = of_format(documents, *PAPER)
    found = transcripts(papers, read, limits, recogniser, rejected.add)
    if recogniser is not None:
        found = [_despite_text(one, read, recogniser) for one in found]
    pages = concat(PAGES, [pages_table(one.pages) for one in found])
    words = concat(WORDS, [words_table(one.words) for one in found])
    return pages, words, rejected.table


def _despite_text(found: Transcript, read: Read, recogniser: Recogniser) -> Transcript:
    """The words of a paper, recognised where the text that its PDF carries says nothing."""
    if not found.words or any(word.engine != TEXT for word in found.words):
        return found
    document_id = found.words[0].document_id
    return despite_text(found, lambda: read(document_id), recogniser)


def extractions_of(
    documents: pa.Table,
    pages: pa.Table,
    words: pa.Table,
    read: Read,
    limits: Limits,
    corrections: Collection[Feedback] = (),
    model: Chooser | None = None,
    memory: VendorMemory = NOTHING,
) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Extractions, candidates and rejections of a batch: every field that XML or page states.

    What people said of a field (`corrections`) comes before both. Candidates are the
    other values that a page offers for a field, best first; `model` chooses among them, or
    the rules do. What a vendor's earlier documents had in common (`memory`) decides what the
    paper leaves open. A document that can be read and states no field at all is a rejection:
    else it would be gone without a word.
    """
    pages_by_document = pages_from_table(pages)
    words_by_document = words_from_table(words)
    found: list[pa.Table] = []
    others: list[Mapping[str, Any]] = []
    rejected = Rejected()
    for document in of_format(documents, *PAPER, *MARKUP):
        document_id = document["document_id"]
        printed = pages_by_document.get(document_id, [])
        is_legible = bool(printed) or document["format"] in MARKUP
        readings: list[Reading] = []
        try:
            readings += _structured(document, read, limits)
        except BadInput as error:
            is_legible = False
            rejected.add(document, error)
        if printed:
            read_pages = read_page if readings else read_parts  # an XML states one invoice
            own = words_by_document.get(document_id, [])
            page = read_upright(read_pages, document_id, printed, own, model)
            page = with_habits(balanced(page), own, memory)
            readings += page.readings
            others += map(_candidate, page.candidates)
        said = [one for one in corrections if one.document_id == document_id]
        readings = with_corrections(readings, said)
        if is_legible and not readings:
            rejected.add(document, NOTHING_FOUND)
        found.append(choose(readings))
    return concat(EXTRACTIONS, found), CANDIDATES.rows(others), rejected.table


def einvoices_of(
    documents: pa.Table, read: Read, limits: Limits
) -> Iterator[tuple[str, "_Element", str]]:
    """Id, root element and syntax (ubl, cii) of the e-invoices of a batch, also inside PDFs.

    What cannot be read is left out: reading has rejected it.
    """
    for document in of_format(documents, "hybrid", *RULED):
        if document["type"] in ORDERS:
            continue
        data, syntax = read(document["document_id"]), document["format"]
        if syntax == "hybrid":
            embedded = embedded_invoice(data, limits)
            if embedded is None:
                continue
            data, syntax = embedded.xml, embedded.format
        with suppress(BadInput):
            yield document["document_id"], unwrapped(parse_xml(data, limits)), syntax


def _structured(document: Mapping[str, Any], read: Read, limits: Limits) -> list[Reading]:
    if document["format"] not in ("hybrid", *MARKUP):
        return []
    data = read(document["document_id"])
    if document["format"] in MARKUP:
        return read_einvoice(document["document_id"], document["format"], data)
    embedded = embedded_invoice(data, limits)
    if embedded is None:
        return []
    return read_einvoice(document["document_id"], embedded.format, embedded.xml)


def _candidate(other: Alternative) -> Mapping[str, Any]:
    """A row of `candidates`; no candidate is chosen."""
    row = asdict(other.reading)
    box = row.pop("box") or {}
    return {**row, **box, "chosen": False, "rank": other.rank}


def records_of(
    documents: pa.Table, extractions: pa.Table, read: Read, limits: Limits
) -> tuple[dict[str, pa.Table], pa.Table]:
    """Records by ledger table, and rejections: rows of the books, and invoices on paper."""
    parts: dict[str, list[pa.Table]] = {name: [] for name in BOOK_TABLES}
    rejected = Rejected()
    for document in of_format(documents, *BOOKS):
        document_id, name = document["document_id"], document["name"]
        try:
            imported = import_table(
                document_id, name, read(document_id), document["format"], limits.max_cell_bytes
            )
        except BadInput as error:
            rejected.add(document, error)
            continue
        parts[imported.table].append(imported.records)
        rejected.rows += imported.rejections
    parts["invoices"].append(invoice_records(extractions))
    for name, rows in order_records(extractions).items():
        parts[name].append(rows)
    return (
        {name: concat(BOOK_TABLES[name].records, tables) for name, tables in parts.items()},
        rejected.table,
    )
