"""Reading an e-invoice: one walk over its elements, one reading per field that has a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ledgergraph.documents.limits import Limits
from ledgergraph.documents.markup import parse_xml, root_of
from ledgergraph.errors import BadInput
from ledgergraph.evidence import Reading
from ledgergraph.extractions.einvoices.cii import CII
from ledgergraph.extractions.einvoices.fatturapa import FATTURAPA
from ledgergraph.extractions.einvoices.fields import Field, Paths, Syntax, local_name
from ledgergraph.extractions.einvoices.ubl import UBL

if TYPE_CHECKING:
    from lxml.etree import _Element

SYNTAXES: Mapping[str, Syntax] = {"cii": CII, "ubl": UBL, "fatturapa": FATTURAPA}
Found = dict[str, list["_Element"]]


def read_einvoice(
    document_id: str, format: str, xml: bytes, limits: Limits | None = None
) -> list[Reading]:
    """The readings of an e-invoice: header fields and lines of each part, as the XML states them.

    `format` is what sniffing found: cii, ubl, fatturapa, or hybrid for the XML
    that `embedded_invoice` found in a PDF. Fields without a canonical value are
    left out. Raises BadInput as `parse_xml` does, and unknown_format where the
    root is not of this format.
    """
    root = parse_xml(xml, limits or Limits())
    known = root_of(root)
    if known is None or known.format is None or format not in (known.format, "hybrid"):
        raise BadInput(
            "unknown_format",
            f"The root {local_name(root)} is not of the format {format}. Sniff the file again.",
        )
    syntax = SYNTAXES[known.format]
    readings: list[Reading] = []
    for part, children in enumerate(_parts(root, syntax)):
        found: Found = {".": [root]}
        _gather(children, syntax.header_paths, found)
        _read(syntax.header, found, (document_id, part, None), readings)
        for number, line in enumerate(found.get(syntax.lines, ())):
            below: Found = {}
            _gather(line, syntax.line_paths, below)
            _read(syntax.line, below, (document_id, part, number), readings)
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
    place: tuple[str, int, int | None],
    readings: list[Reading],
) -> None:
    """Add a reading for each field whose elements hold a value."""
    document_id, part, line = place
    values: dict[str, str] = {}
    for row in fields:
        elements = found.get(row.path)
        if elements is None or row.name in values:
            continue
        raw = row.pick(elements, values)
        value = row.canonical(raw) if raw else None
        if value is not None:
            values[row.name] = value
            readings.append(
                Reading(document_id, part, "xml", line, row.name, value, raw, 1.0, "xml")
            )
