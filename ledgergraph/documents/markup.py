"""XML from strangers, parsed safely, and which kind of business document its root announces.

Belongs here: the one parser that all XML goes through, and the roots that are known.
Not here: what an invoice says (extractions.einvoices).

Nothing that a document refers to is ever fetched or expanded: a document type
declaration is rejected before the parser sees it, whatever encoding hides it,
because libxml2 loads external parameter entities even with entities switched off.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from lxml import etree

from ledgergraph.books import DOCUMENT_TYPES
from ledgergraph.documents.limits import Limits, over
from ledgergraph.errors import BadInput

if TYPE_CHECKING:
    from lxml.etree import _Element

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WITHOUT_MARK = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
DECLARED = re.compile(rb"""\s*<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
READABLE = re.compile(r"ascii|utf-8|utf-16(-[lb]e)?|iso8859-\d+|cp125\d|cp437|cp85\d|koi8-[ru]")
"""Encodings of invoices, as Python names them; others (UTF-7, EBCDIC) only hide things."""

PARSER = etree.XMLParser(
    encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
    remove_comments=True, remove_pis=True, remove_blank_text=True, collect_ids=False,
)  # fmt: skip
PARSER_DEPTH = 256
RESOURCE_LIMIT = etree.ErrorTypes.ERR_RESOURCE_LIMIT
INVALID_ENCODING = etree.ErrorTypes.ERR_INVALID_ENCODING


def byte_order_mark(data: bytes) -> str | None:
    """The Python codec of a leading byte order mark; decoding with it drops the mark."""
    return next((codec for mark, codec in BYTE_ORDER_MARKS if data.startswith(mark)), None)


def parse_xml(data: bytes, limits: Limits) -> _Element:
    """The root element of an XML document, without comments, instructions and blank text.

    Raises BadInput: too_large, encoding, xml_entities, xml_too_deep, damaged.
    """
    if len(data) > limits.max_xml_bytes:
        raise over(limits, "max_xml_bytes", "too_large", len(data), "bytes of XML")
    text = as_utf8(data)
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise BadInput(
            "xml_entities",
            "It declares a document type, which could pull in other files or grow without end; "
            "no e-invoice needs one. Ask the sender for the invoice without <!DOCTYPE …>.",
        )
    try:
        root = etree.fromstring(text, PARSER)
    except etree.XMLSyntaxError as error:
        raise _rejection(error, limits) from None
    if _deeper_than(limits.max_xml_depth)(root):
        raise _too_deep(limits.max_xml_depth)
    return root


def as_utf8(data: bytes) -> bytes:
    """The same XML in UTF-8, without byte order mark and leading white space.

    UTF-8 itself is passed on unchecked, the parser checks it. Raises BadInput
    (encoding) where bytes are not in the encoding that the document names.
    """
    codec = byte_order_mark(data) or next(
        (name for start, name in WITHOUT_MARK if data.startswith(start)), None
    )
    if codec == "utf-8-sig":
        return data[len(codecs.BOM_UTF8) :].lstrip()
    if codec is None:
        declared = DECLARED.match(data)
        codec = _codec(declared[1].decode("ascii")) if declared else "utf-8"
    if codec in ("utf-8", "ascii"):
        return data.lstrip()
    try:
        return data.decode(codec).encode().lstrip()
    except UnicodeError:
        raise _wrong_encoding(codec) from None


def _codec(declared: str) -> str:
    try:
        codec = codecs.lookup(declared).name
    except LookupError:
        codec = ""
    if not READABLE.fullmatch(codec):
        raise BadInput(
            "encoding",
            f"It says that it is encoded as {declared}, which is not read. "
            "Ask the sender for the file in UTF-8.",
        )
    if codec.startswith("utf-16"):  # would have been seen in the first two bytes
        raise _wrong_encoding(declared)
    return codec


def _wrong_encoding(name: str) -> BadInput:
    return BadInput(
        "encoding",
        f"It says that it is encoded as {name}, and its bytes are not. "
        "Ask the sender for the file in the encoding that it names, best UTF-8.",
    )


def _rejection(error: etree.XMLSyntaxError, limits: Limits) -> BadInput:
    code: int = getattr(error, "code", 0)  # libxml2's, which the type stubs leave out
    if code == INVALID_ENCODING:
        return _wrong_encoding("UTF-8")
    if code == RESOURCE_LIMIT:
        if "depth" in str(error):
            return _too_deep(min(limits.max_xml_depth, PARSER_DEPTH))
        return BadInput(
            "too_large",
            "One text in the XML is longer than 10 million bytes, the most that the parser takes. "
            "Ask the sender to leave attachments out of the XML.",
        )
    line, column = error.position
    return BadInput(
        "damaged",
        f"The XML is not well-formed at line {line}, column {column}: it was cut or altered. "
        "Ask the sender to send it again.",
    )


def _too_deep(depth: int) -> BadInput:
    return BadInput(
        "xml_too_deep",
        f"Its XML elements lie more than {depth} deep inside one another, and no more are read. "
        f"Raise LEDGERGRAPH_MAX_XML_DEPTH (at most {PARSER_DEPTH}) if the file is meant to be so.",
    )


@lru_cache(maxsize=8)
def _deeper_than(depth: int) -> etree.XPath:
    return etree.XPath(f"boolean({'/*' * (depth + 1)})")


@dataclass(frozen=True)
class Root:
    """A root element that is known, and what it announces.

    `namespace` is how its namespace begins (versions come after), `format` is
    null where it is recognised and not read, `type_path` leads to the type code.
    """

    local_name: str
    namespace: str
    format: str | None
    type: str | None
    description: str
    type_path: str | None = None


UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
UNECE = "urn:un:unece:uncefact:data:"
FATTURE = "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1"
SBDH = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
CII_CODE = "{*}ExchangedDocument/{*}TypeCode"
ZUGFERD_1_CODE = "{*}HeaderExchangedDocument/{*}TypeCode"
FATTURA_CODE = "/".join(
    "{*}" + step
    for step in (
        "FatturaElettronicaBody", "DatiGenerali", "DatiGeneraliDocumento", "TipoDocumento",
    )
)  # fmt: skip
ROOTS = (
    Root("CrossIndustryInvoice", UNECE + "standard:CrossIndustryInvoice:",
         "cii", "invoice", "a CII invoice", CII_CODE),
    Root("CrossIndustryDocument", "urn:ferd:CrossIndustryDocument:invoice:",
         "cii", "invoice", "a ZUGFeRD 1 invoice", ZUGFERD_1_CODE),
    Root("Invoice", UNECE + "standard:CBFBUY:",
         "cii", "invoice", "an invoice of ZUGFeRD's release candidate", ZUGFERD_1_CODE),
    Root("Invoice", UBL + "Invoice-2",
         "ubl", "invoice", "a UBL invoice", "{*}InvoiceTypeCode"),
    Root("CreditNote", UBL + "CreditNote-2", "ubl", "credit_note", "a UBL credit note"),
    Root("FatturaElettronica", FATTURE,
         "fatturapa", "invoice", "a FatturaPA", FATTURA_CODE),
    Root("FatturaElettronica", "http://www.fatturapa.gov.it/sdi/fatturapa/v1",
         "fatturapa", "invoice", "a FatturaPA", FATTURA_CODE),
    Root("FatturaElettronicaSemplificata", FATTURE,
         "fatturapa", "invoice", "a simplified FatturaPA", FATTURA_CODE),
    Root("SCRDMCCBDACIOMessageStructure", UNECE + "SCRDMCCBDACIOMessageStructure:",
         "cii", "purchase_order", "an Order-X order", CII_CODE),
    Root("Order", UBL + "Order-2",
         "ubl", "purchase_order", "a UBL order", "{*}OrderTypeCode"),
    Root("OrderResponse", UBL + "OrderResponse-2", "ubl", "sales_order", "a UBL order response"),
    Root("DespatchAdvice", UBL + "DespatchAdvice-2",
         "ubl", "goods_receipt", "a UBL despatch advice"),
    Root("ReceiptAdvice", UBL + "ReceiptAdvice-2", "ubl", "goods_receipt", "a UBL receipt advice"),
    Root("Statement", UBL + "Statement-2", None, "statement", "a UBL statement"),
    Root("StandardBusinessDocument", SBDH, None, None, "an SBDH envelope of no known document"),
)  # fmt: skip
TYPE_OF_CODE = {**DOCUMENT_TYPES, "TD04": "credit_note", "TD08": "credit_note"}
"""Type codes of UNTDID 1001, and FatturaPA's where they are no invoice."""


def unwrapped(element: _Element) -> _Element:
    """The business document inside an SBDH envelope, as Peppol sends it; else the element itself.

    Where an envelope holds several, or none that is known, it stays closed.
    """
    name = etree.QName(element)
    if name.localname != "StandardBusinessDocument" or name.namespace != SBDH:
        return element
    inside = [one for one in element if root_of(one) is not None]
    return inside[0] if len(inside) == 1 else element


def root_of(element: _Element) -> Root | None:
    """What is known of a root element, or null."""
    name = etree.QName(element)
    for root in ROOTS:
        if root.local_name == name.localname and (name.namespace or "").startswith(root.namespace):
            return root
    return None


def type_of(root: Root, element: _Element) -> str | None:
    """The type of the first business document inside: the root's, unless a code says more."""
    code = element.findtext(root.type_path) if root.type_path else None
    return TYPE_OF_CODE.get(code.strip(), root.type) if code else root.type
