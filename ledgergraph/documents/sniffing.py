"""Sniffing: what a file is, told by its content and never by its name.

Belongs here: the formats that are read, those that are recognised and refused,
and the checks at the door (limits, damage, encryption). Not here: what the file
says, and which ledger table a table file holds (extractions.books_import).
Whatever the bytes are, the answer is a `Sniffed` or a `BadInput`, soon.
"""

import re
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledgergraph.documents.bombs import require_bounded_streams
from ledgergraph.documents.envelopes import ZIP_MARKS, envelope_format, members_of, office_file
from ledgergraph.documents.hybrids import EMPTY, container_of, may_name_associated
from ledgergraph.documents.images import count_pages, image_format
from ledgergraph.documents.limits import Limits, over, require_size
from ledgergraph.documents.markup import byte_order_mark, parse_xml, root_of, type_of, unwrapped
from ledgergraph.documents.tabular import sniff_csv
from ledgergraph.errors import BadInput

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

SNIFFING_VERSION = "3"
"""Rises when a format is read that was refused before: such rejections are then tried again."""

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "hybrid": "application/pdf",
    "cii": "application/xml",
    "ubl": "application/xml",
    "fatturapa": "application/xml",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "tiff": "image/tiff",
    "mail": "message/rfc822",
    "zip": "application/zip",
    "p7m": "application/pkcs7-mime",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
}
"""Formats that are read."""

SIGNATURES = (
    (b"GIF8", 0, "a GIF image"),
    (b"WEBP", 8, "a WebP image"),
    (b"ftyphei", 4, "a HEIC image"),
    (b"ftypmif1", 4, "a HEIC image"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, "an Outlook message or an old Office file"),
    (b"7z\xbc\xaf\x27\x1c", 0, "a 7z archive"),
    (b"Rar!\x1a\x07", 0, "a RAR archive"),
    (b"\x1f\x8b", 0, "a gzip archive"),
    (b"BZh", 0, "a bzip2 archive"),
    (b"{\\rtf", 0, "an RTF text"),
    (b"%!PS", 0, "a PostScript file"),
)
BLANK = b"\0 \t\r\n\f\xef\xbb\xbf\xff\xfe"
"""White space, zeros and byte order marks: a file of nothing else is empty."""
WEB_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE)
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!"
"""The harmless file that virus scanners must report; in two pieces, or they report this one."""
PDF_HEADER_WITHIN = 1024
"""Readers accept bytes before `%PDF-` up to here (PDF 1.7, annex H)."""
PDFIUM_PASSWORD_ERRORS = (4, 5)


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What a readable file is.

    `type` is the business document as far as the container tells (words of
    DESIGN 5: invoice, credit_note …), null where only reading can tell.
    `parts` counts the business documents inside (those in an envelope are documents of
    their own, so it has none), `pages` is null without pages.
    `problems` are sentences about the XML inside a PDF, see hybrids.Container.
    """

    media_type: str
    format: str
    type: str | None = None
    parts: int = 1
    pages: int | None = None
    problems: tuple[str, ...] = ()


def sniff(name: str, data: bytes, limits: Limits) -> Sniffed:
    """What a file is; `name` only makes sentences clearer.

    Raises BadInput with one of these reasons: empty, too_large, malware_test,
    unsupported, unknown_format, damaged, encrypted, encoding, xml_entities,
    xml_too_deep, unpacks_too_far, too_many_pages, page_too_large,
    too_many_attachments, too_many_pixels, too_slow, too_small, cell_too_large, and
    those of envelopes.members_of.
    """
    require_size(len(data), limits)
    head = data[:4096]
    if not head.strip(BLANK) and not data.strip(BLANK):
        raise BadInput("empty", "There is nothing in it. Ask the sender to send it again.")
    if head.lstrip().startswith(EICAR):
        raise BadInput(
            "malware_test",
            "It is the EICAR test file for virus scanners, which no document contains. "
            "Find out who put it there.",
        )
    if what := _unsupported(data, head):
        raise BadInput(
            "unsupported",
            f"It is {what}, which this version does not read. Send the document as PDF or XML, "
            "or keep the file: a version that reads it will try again.",
        )
    if format_ := envelope_format(data):
        members_of(format_, data, limits)
        return Sniffed(MEDIA_TYPES[format_], format_, parts=0)
    if format_ := image_format(head):
        pages = count_pages(data, format_, limits)
        return Sniffed(MEDIA_TYPES[format_], format_, pages=pages)
    if head.startswith(b"PAR1"):
        return _sniff_parquet(data)
    if _looks_like_xml(head):
        return _sniff_xml(data, limits)
    if b"%PDF-" in head[:PDF_HEADER_WITHIN]:
        return _sniff_pdf(data, limits)
    if sniff_csv(data, limits):
        return Sniffed(MEDIA_TYPES["csv"], "csv")
    ending = name.rsplit(".", 1)[-1] if "." in name else ""
    raise BadInput(
        "unknown_format",
        f"Its content is none of the formats that are read ({', '.join(MEDIA_TYPES)})"
        + (f", although its name ends in .{ending[:12]}" if ending else "")
        + ". Ask the sender what it is.",
    )


def _unsupported(data: bytes, head: bytes) -> str | None:
    """What a file is that is recognised and not read, or null."""
    for signature, offset, what in SIGNATURES:
        if head.startswith(signature, offset):
            return what
    if head.startswith(ZIP_MARKS):
        return office_file(data)
    if WEB_PAGE.match(head):
        return "a web page (HTML)"
    return None


def _looks_like_xml(head: bytes) -> bool:
    codec = byte_order_mark(head)
    start = head.decode(codec, "ignore").lstrip() if codec else head.lstrip().decode("latin-1")
    return start.startswith("<") or head.startswith((b"<\0", b"\0<"))


def _sniff_xml(data: bytes, limits: Limits) -> Sniffed:
    element = unwrapped(parse_xml(data, limits))
    root = root_of(element)
    if root is None:
        tag = str(element.tag)[:100]
        raise BadInput(
            "unknown_format",
            f"It is XML of the kind {tag}, which is not an invoice of a known standard "
            "(CII, ZUGFeRD, Order-X, UBL, FatturaPA). Ask the sender for one of these, or a PDF.",
        )
    if root.format is None:
        raise BadInput(
            "unsupported",
            f"It is {root.description}, which this version does not read. Keep the file: "
            "a version that reads it will try again.",
        )
    parts = 1
    if root.format == "fatturapa":
        parts = sum(1 for _ in element.iterchildren("{*}FatturaElettronicaBody"))
        if parts == 0:
            raise BadInput(
                "damaged",
                "It is a FatturaPA without a FatturaElettronicaBody, so without an invoice. "
                "Ask the sender to send it again.",
            )
    return Sniffed(MEDIA_TYPES[root.format], root.format, type_of(root, element), parts)


def _sniff_pdf(data: bytes, limits: Limits) -> Sniffed:
    import pypdfium2

    require_bounded_streams(data, limits)
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code in PDFIUM_PASSWORD_ERRORS:
            raise BadInput(
                "encrypted", "The PDF needs a password. Ask the sender for one without."
            ) from None
        raise _damaged_pdf() from None
    with closing(document):
        pages = len(document)
        if pages == 0:
            raise _damaged_pdf()
        if pages > limits.max_pages:
            raise over(limits, "max_pages", "too_many_pages", pages, "pages")
        _require_page_sizes(document, pages, limits)
        attachments = document.count_attachments()
    if attachments > limits.max_attachments:
        raise over(limits, "max_attachments", "too_many_attachments", attachments, "files inside")
    is_carrier = attachments > 0 or may_name_associated(data)
    container = container_of(data, limits) if is_carrier else EMPTY
    format_ = "hybrid" if container.embedded else "pdf"
    return Sniffed(
        MEDIA_TYPES[format_], format_, container.type, pages=pages, problems=container.problems
    )


def _require_page_sizes(document: "PdfDocument", pages: int, limits: Limits) -> None:
    import pypdfium2

    for page in range(pages):
        try:
            longest = max(document.get_page_size(page))
        except pypdfium2.PdfiumError:
            raise _damaged_pdf() from None
        if not longest <= limits.max_page_points:  # also where it is not a number
            found = int(min(longest, 1e15)) if longest == longest else 0
            raise over(limits, "max_page_points", "page_too_large", found, "points on a page side")


def _damaged_pdf() -> BadInput:
    return BadInput(
        "damaged",
        "It is a PDF of which a page cannot be opened: it was cut or altered. "
        "Ask the sender to send it again.",
    )


def _sniff_parquet(data: bytes) -> Sniffed:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        pq.read_metadata(pa.BufferReader(data))
    except (pa.ArrowException, OSError):
        raise BadInput(
            "damaged",
            "It begins like a Parquet file and its directory at the end cannot be read: it was "
            "cut or altered. Export it again.",
        ) from None
    return Sniffed(MEDIA_TYPES["parquet"], "parquet")
