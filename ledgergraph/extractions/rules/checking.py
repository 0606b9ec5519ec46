"""Applying the rules: from extractions to validations."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.extractions.choosing import readings_of
from ledgergraph.extractions.readers.legible import TEXT
from ledgergraph.extractions.rules import (
    arithmetic,
    containers,
    contents,
    en16931,
    hybrids,
    identifiers,
    layers,
    taxes,
    values,
)
from ledgergraph.extractions.rules.document import SURE, Breach, DocumentRule, Part, parts_of
from ledgergraph.extractions.rules.printed import Printed
from ledgergraph.extractions.schemas import VALIDATIONS
from ledgergraph.issues import Kind, Severity

if TYPE_CHECKING:
    from lxml.etree import _Element

RULES: tuple[DocumentRule, ...] = (
    *values.RULES, *contents.RULES, *identifiers.RULES, *taxes.RULES, *arithmetic.RULES,
)  # fmt: skip
"""All rules on one document, but for those on hybrids: their two readings, their container."""


def validate(
    extractions: pa.Table,
    words: pa.Table | None = None,
    documents: pa.Table | None = None,
    einvoices: Iterable[tuple[str, "_Element", str]] = (),
    pages: pa.Table | None = None,
) -> pa.Table:
    """What the rules say of each part of each document, in the schema of validations.

    A rule is muted where it rests on a field read with a confidence below 0.8,
    or where something on a page that was not read could explain the breach: then
    the validation is of kind reading_unsure and severity info. `words` are those of
    the documents; without them the two readings of a hybrid are not compared. `documents`
    tell what is wrong with hybrids as containers, `einvoices` (id, root, syntax) which rules
    of EN 16931 an XML breaks, `pages` which carry text that nobody sees.
    """
    rows = [row for part in parts_of(extractions) for row in _violations(part)]
    rows += _broken_rules(rows, einvoices)
    if words is not None:
        rows += _mismatches(extractions, words)
    if pages is not None:
        rows += layers.violations_of(pages)
    if documents is not None:
        rows += containers.violations_of(documents)
    return VALIDATIONS.conform(VALIDATIONS.rows(rows))


def _broken_rules(
    rows: Iterable[Mapping[str, Any]], einvoices: Iterable[tuple[str, "_Element", str]]
) -> list[Mapping[str, Any]]:
    """What EN 16931 says of e-invoices, beside the rules that they break as documents."""
    said: dict[str, set[str]] = {}
    for row in rows:
        said.setdefault(row["document_id"], set()).add(row["rule"])
    return [
        row
        for document_id, root, syntax in einvoices
        for row in en16931.violations_of(
            document_id, root, syntax, frozenset(said.get(document_id, ()))
        )
    ]


def _violations(part: Part) -> Iterator[Mapping[str, Any]]:
    if not part.is_business:
        return
    for rule in RULES:
        for breach in rule.check(part):
            if doubt := _doubt(part, rule, breach):
                unsure = breach._replace(detail=f"{breach.detail}; to be confirmed, {doubt}")
                yield _row(part, rule, unsure, Kind.READING_UNSURE, Severity.INFO)
            else:
                yield _row(part, rule, breach, rule.kind, rule.severity)


def _doubt(part: Part, rule: DocumentRule, breach: Breach) -> str | None:
    """Why a breach may be one of the reading, not of the document; None if it may not."""
    confidence, field = part.confidence(rule.rests_on, breach.line)
    if confidence < SURE:
        return f"{field} was read with confidence {confidence:.2f}"
    if part.is_structured:
        return None
    if rule.needs_all:
        return "something may not have been read from the page"
    if rule.kind is Kind.EINVOICE_RULE_BROKEN:
        return "it was read from a page"
    return None


def _row(
    part: Part, rule: DocumentRule, breach: Breach, kind: Kind, severity: Severity
) -> Mapping[str, Any]:
    return {
        "document_id": part.document_id,
        "part": part.part,
        "rule": rule.id,
        "kind": kind.value,
        "severity": severity.value,
        "field": breach.field,
        "line": breach.line,
        "sentence": f"{rule.sentence}: {breach.detail}.",
    }


def _mismatches(extractions: pa.Table, words: pa.Table) -> Iterator[Mapping[str, Any]]:
    """The differences between XML and page of the documents that have both."""
    by_reading: dict[str, set[Any]] = {
        name: set(extractions.filter(pc.equal(extractions["reading"], pa.scalar(name)))
                  ["document_id"].to_pylist())
        for name in ("xml", "page")
    }  # fmt: skip
    both = by_reading["xml"] & by_reading["page"]
    if not both:
        return
    names = pa.array(sorted(both), pa.string())
    printed: dict[str, list[str]] = {}
    recognised: dict[str, int] = {}
    shown: Any = words.filter(pc.is_in(words["document_id"], names)).sort_by(
        [("document_id", "ascending"), ("page", "ascending"), ("word", "ascending")]
    )
    columns = (shown[name].to_pylist() for name in ("document_id", "text", "engine"))
    for document_id, text, engine in zip(*columns, strict=True):
        printed.setdefault(document_id, []).append(text)
        recognised[document_id] = recognised.get(document_id, 0) + (engine not in (None, TEXT))
    parts: dict[tuple[str, int], dict[str, list[Any]]] = {}
    for one in readings_of(extractions.filter(pc.is_in(extractions["document_id"], names))):
        part = parts.setdefault((one.document_id, one.part), {"xml": [], "page": []})
        part.setdefault(one.reading, []).append(one)
    for (document_id, number), readings in parts.items():
        texts = printed.get(document_id, [])
        page = Printed(texts, recognised.get(document_id, 0) * 2 > len(texts))
        for breach in hybrids.disagreements(readings["xml"], readings["page"], page):
            yield {
                "document_id": document_id,
                "part": number,
                "rule": hybrids.RULE_ID,
                "kind": Kind.HYBRID_MISMATCH.value,
                "severity": hybrids.SEVERITIES.get(breach.field or "", Severity.MEDIUM).value,
                "field": breach.field,
                "line": breach.line,
                "sentence": f"{hybrids.SENTENCE}: {breach.field}, {breach.detail}.",
            }
