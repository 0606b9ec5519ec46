"""Hybrid invoices: a PDF for people with the same invoice as XML inside for machines.

Belongs here: finding that XML (ZUGFeRD 1 and 2, Factur-X, XRechnung), and what is
wrong with the container. Not here: what the XML says (extractions.einvoices),
and whether the page says the same (extractions.rules).

Files inside are unpacked by pypdf, whose filters stop at a limit: 2 kB can unpack
to a gigabyte, and PDFium would make it twice before telling its size.
"""

import io
import logging
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from ledgergraph.books import GOODS_RECEIPT, PURCHASE_ORDER, SALES_ORDER
from ledgergraph.documents.limits import Limits
from ledgergraph.documents.markup import parse_xml, root_of, type_of
from ledgergraph.errors import BadInput

if TYPE_CHECKING:
    from pypdf import PdfReader
    from pypdf.generic import EmbeddedFile

logging.getLogger("pypdf").addHandler(logging.NullHandler())  # its complaints are ours to tell

INVOICE_NAMES = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml")
"""Names that the standards give to the invoice, in lower case (ZUGFeRD 1 has capitals)."""
ORDERS = (PURCHASE_ORDER, SALES_ORDER, GOODS_RECEIPT)
"""Types that are read from the XML where there is no invoice."""
BROKEN_PDF = (
    ArithmeticError, AssertionError, AttributeError, LookupError, NotImplementedError, OSError,
    RecursionError, TypeError, ValueError, struct.error, zlib.error,
)  # fmt: skip
"""What pypdf lets through, beside its own errors, where objects are not what they should be."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """The invoice or order XML inside a PDF; `format` is cii or ubl, `type` as its code tells."""

    filename: str
    xml: bytes
    format: str
    type: str | None


@dataclass(frozen=True, slots=True)
class Container:
    """What a PDF carries as XML.

    An invoice comes before an order (Order-X). `type` is the type of business document that
    the XML announces, also where it is not read. `problems` are sentences about the container:
    invoice XML doubled, under a wrong name, or not readable.
    """

    embedded: Embedded | None
    type: str | None
    problems: tuple[str, ...]


EMPTY = Container(None, None, ())


def embedded_invoice(pdf: bytes, limits: Limits) -> Embedded | None:
    """The invoice XML inside a PDF, or null where it has none that can be read."""
    return container_of(pdf, limits).embedded


def container_of(pdf: bytes, limits: Limits) -> Container:
    """What a PDF carries as XML, and what is wrong with it; a broken PDF carries nothing."""
    invoices: list[Embedded] = []
    orders: list[Embedded] = []
    problems: list[str] = []
    announced: list[str | None] = []
    for name, content in _xml_files(pdf, limits):
        try:
            if isinstance(content, BadInput):
                raise content
            element = parse_xml(content, limits)
        except BadInput as error:
            if name.lower() in INVOICE_NAMES:
                problems.append(f"The invoice XML {name} cannot be read. {error.sentence}")
            continue
        root = root_of(element)
        if root is None:
            continue
        announced.append(type_of(root, element))
        if root.format in ("cii", "ubl"):
            found = Embedded(name, content, root.format, announced[-1])
            (orders if root.type in ORDERS else invoices).append(found)
    if not invoices:
        order = orders[0] if orders else None
        return Container(order, announced[0] if announced else None, tuple(problems))
    return Container(invoices[0], invoices[0].type, (*problems, *_misnamed(invoices)))


def may_name_associated(pdf: bytes) -> bool:
    """Whether a PDF may name associated files, told cheaply: objects in a packed stream might."""
    return b"/AF" in pdf or b"/ObjStm" in pdf


def _misnamed(invoices: list[Embedded]) -> Iterator[str]:
    if len(invoices) > 1:
        names = ", ".join(one.filename for one in invoices)
        yield f"It carries {len(invoices)} invoice XMLs ({names}) where a hybrid has exactly one."
    if (name := invoices[0].filename).lower() not in INVOICE_NAMES:
        yield f"Its invoice XML is named {name}, and the standards name it {INVOICE_NAMES[0]}."


def _xml_files(pdf: bytes, limits: Limits) -> list[tuple[str, bytes | BadInput]]:
    """Name and content of the XML files inside, those with a standard's name first.

    An error stands for content that cannot be unpacked. Together they unpack to
    max_xml_bytes at most: the file that would be over it is the last one.
    """
    import pypdf
    from pypdf.errors import DependencyError, LimitReachedError, PyPdfError

    broken = (*BROKEN_PDF, DependencyError, PyPdfError)
    found: list[tuple[str, bytes | BadInput]] = []
    left = limits.max_xml_bytes
    try:
        reader = pypdf.PdfReader(io.BytesIO(pdf))
        wanted = _xml_among(reader.attachment_list, limits)
        if not wanted:
            wanted = _xml_among(_associated(reader), limits)
    except broken:
        return found
    for name, file in sorted(wanted, key=lambda one: one[0].lower() not in INVOICE_NAMES):
        try:
            with pypdf.apply_configuration(
                zlib_maximum_output_length=left, lzw_maximum_output_length=left,
                run_length_maximum_output_length=left, brotli_maximum_output_length=left,
            ):  # fmt: skip
                content = bytes(file.content)
        except LimitReachedError:
            found.append((name, _unpacks_too_far(limits)))
            break
        except broken:
            found.append((name, BadInput("damaged", "It is not stored as PDF stores files.")))
            continue
        found.append((name, content))
        left -= len(content)
        if left <= 0:
            break
    return found


def _xml_among(files: "Iterable[EmbeddedFile]", limits: Limits) -> "list[tuple[str, EmbeddedFile]]":
    listed = islice(files, limits.max_attachments)
    named = ((str(file.alternative_name or file.name), file) for file in listed)
    return [(name, file) for name, file in named if name.lower().endswith(".xml")]


def _associated(reader: "PdfReader") -> "Iterator[EmbeddedFile]":
    """Files that the catalog or a page names as associated (PDF 2.0, 14.13), but no name tree."""
    from pypdf.generic import DictionaryObject, EmbeddedFile

    seen: set[int] = set()
    for holder in chain([reader.root_object], reader.pages):
        files = holder.get("/AF")
        files = files.get_object() if files is not None else None
        for file in files if isinstance(files, list) else ():
            described = file.get_object()
            if (
                isinstance(described, DictionaryObject)
                and "/EF" in described
                and id(described) not in seen
            ):
                seen.add(id(described))
                name = described.get("/UF") or described.get("/F") or ""
                yield EmbeddedFile(str(name), described)


def _unpacks_too_far(limits: Limits) -> BadInput:
    return BadInput(
        "too_large",
        f"It unpacks to more than {limits.max_xml_bytes:,} bytes, and no more are read. "
        "Raise LEDGERGRAPH_MAX_XML_BYTES if the file is meant to be this large.",
    )
