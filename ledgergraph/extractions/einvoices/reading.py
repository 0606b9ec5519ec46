"""Reading an e-invoice: one walk over its elements, one reading per field that has a value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ledgergraph.documents.limits import Limits
from ledgergraph.documents.markup import parse_xml, root_of, unwrapped
from ledgergraph.errors import BadInput
from ledgergraph.evidence import Reading
from ledgergraph.extractions.einvoices.cii import CII, CII_ORDER
from ledgergraph.extractions.einvoices.fatturapa import FATTURAPA, SEMPLIFICATA
from ledgergraph.extractions.einvoices.fields import (
    Field,
    Group,
    Paths,
    Syntax,
    first,
    local_name,
    texts_of,
)  # fmt: skip
from ledgergraph.extractions.einvoices.orders import UBL_ADVICE, UBL_ORDER
from ledgergraph.extractions.einvoices.ubl import UBL

if TYPE_CHECKING:
    from lxml.etree import _Element

SYNTAXES: Mapping[str, Syntax] = {"cii": CII, "ubl": UBL, "fatturapa": FATTURAPA}
OTHERS: Mapping[str, Syntax] = {
    "SCRDMCCBDACIOMessageStructure": CII_ORDER,
    "FatturaElettronicaSemplificata": SEMPLIFICATA,
    "Order": UBL_ORDER, "OrderResponse": UBL_ORDER,
    "DespatchAdvice": UBL_ADVICE, "ReceiptAdvice": UBL_ADVICE,
}  # fmt: skip
"""Roots that state their fields in another way than the invoices of their format."""
Found = dict[str, list["_Element"]]
Place = tuple[str, int, int | None]
NOTHING: Mapping[str, str] = {}


def read_einvoice(
    document_id: str, format: str, xml: bytes, limits: Limits | None = None
) -> list[Reading]:
    """The readings of an e-invoice, order or delivery note: header fields and lines of each part.

    `format` is what sniffing found: cii, ubl, fatturapa, or hybrid for the XML
    that `embedded_invoice` found in a PDF. Fields without a canonical value are
    left out. Raises BadInput as `parse_xml` does, and unknown_format where the
    root is not of this format.
    """
    root = unwrapped(parse_xml(xml, limits or Limits()))
    known = root_of(root)
    if known is None or known.format is None or format not in (known.format, "hybrid"):
        raise BadInput(
            "unknown_format",
            f"The root {local_name(root)} is not of the format {format}. Sniff the file again.",
        )
    syntax = OTHERS.get(known.local_name) or SYNTAXES[known.format]
    readings: list[Reading] = []
    for part, children in enumerate(_parts(root, syntax)):
        found: Found = {".": [root]}
        _gather(children, syntax.header_paths, found)
        stated = _read(syntax.header, found, (document_id, part, None), readings)
        _read_groups(syntax.groups, found, (document_id, part, None), readings, stated)
        lines = found.get(syntax.lines, [])
        if syntax.is_line is not None:
            lines = [line for line in lines if syntax.is_line(texts_of(line))]
        for number, line in enumerate(lines):
            below: Found = {}
            _gather(line, syntax.line_paths, below)
            _read(syntax.line, below, (document_id, part, number), readings)
            _read_groups(syntax.line_groups, below, (document_id, part, number), readings, stated)
    return readings


def _parts(root: _Element, syntax: Syntax) -> Iterable[Iterable[_Element]]:
    """The children of the root that make up each invoice in it."""
    if syntax.part is None:
        return [root]
    shared = [child for child in root if local_name(child) != syntax.part]
    return [[*shared, child] for child in root if local_name(child) == syntax.part]


def _gather(elements: Iterable[_Element], paths: Paths, found: Found) -> None:
    """Add the elements at each wanted path, in document order."""
    for element in elements:
        tag: str = element.tag
        node = paths.below.get(tag[tag.rfind("}") + 1 :])  # inline, the hottest place of reading
        if node is None:
            continue
        for path in node.ending:
            found.setdefault(path, []).append(element)
        if node.below:
            _gather(element, node, found)


def _read(
    fields: tuple[Field, ...],
    found: Found,
    place: Place,
    readings: list[Reading],
    prefix: str = "",
    context: Mapping[str, str] = NOTHING,
) -> Mapping[str, str]:
    """Add a reading for each field whose elements hold a value; these values.

    `context` are fields that were read before, for fields that depend on them.
    """
    document_id, part, line = place
    values: dict[str, str] = {}
    for row in fields:
        elements = found.get(row.path)
        if elements is None or row.name in values:
            continue
        raw = row.pick(elements, context or values)
        value = row.canonical(raw) if raw else None
        if value is not None:
            values[row.name] = value
            readings.append(
                Reading(document_id, part, "xml", line, prefix + row.name, value, raw, 1.0, "xml")
            )
    return values


def _read_groups(
    groups: tuple[Group, ...],
    found: Found,
    place: Place,
    readings: list[Reading],
    header: Mapping[str, str],
) -> None:
    """Add the readings of what is stated several times, numbered in the order of the document."""
    counts: Counter[str] = Counter()
    for group in groups:
        for element in found.get(group.path, ()):
            below: Found = {}
            _gather(element, group.paths, below)
            name = group.names.get(first(below.get(group.indicator, []), header).lower())
            if name is None:
                continue
            if _read(group.fields, below, place, readings, f"{name}.{counts[name]}.", header):
                counts[name] += 1
