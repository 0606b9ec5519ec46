"""Builders for tests of findings, report and trace: they show only what matters to a test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from ledgergraph.anomalies.findings import Scope, Signs
from ledgergraph.anomalies.schemas import INVOICE_SCORES
from ledgergraph.anomalies.scoring import CONTRIBUTIONS
from ledgergraph.anomalies.subjects import Subjects
from ledgergraph.books import BOOK_TABLES
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.extractions.schemas import EXTRACTIONS, VALIDATIONS
from ledgergraph.graph.schemas import BOOKINGS, DUPLICATES
from ledgergraph.identity import record_id, short_hash
from ledgergraph.issues import Kind

Row = dict[str, Any]
FIRST_DAY = date(2026, 3, 2)
EVERYTHING = Scope(implemented=frozenset(Kind), missing={})


@dataclass(frozen=True)
class ASign:
    """A feature as findings see one."""

    sentence: str
    unit: str = ""
    kinds: tuple[Kind, ...] = ()


def a_document(name: str, **more: Any) -> Row:
    """A document named after its file."""
    kind = "pdf" if name.endswith(".pdf") else "csv"
    return {
        "document_id": a_file(name), "name": name, "format": kind, "type": "invoice", "parts": 1,
        "pages": 1, "bytes": 1000, **more,
    }  # fmt: skip


def a_file(name: str) -> str:
    """The document id of a file of that name."""
    return "sha256:" + short_hash(name) * 2


def an_invoice(number: str, *, gross: str = "119.00", days: int = 0, **more: Any) -> Row:
    """A row of the books: `days` after the first day, of vendor V1, at 19 %."""
    issued = FIRST_DAY + timedelta(days=days)
    total = Decimal(gross)
    net = (total / Decimal("1.19")).quantize(Decimal("0.01"))
    return {
        "invoice_id": f"I-{number}", "number": number, "type": "invoice", "vendor_id": "V1",
        "vendor_name": "Acme GmbH", "iban": "DE02120300000000202051", "entity_id": "E1",
        "issue_date": issued, "received_on": issued + timedelta(days=2), "currency": "EUR",
        "net": net, "tax": total - net, "gross": total, **more,
    }  # fmt: skip


def books(**tables: Sequence[Mapping[str, Any]]) -> dict[str, pa.Table]:
    """Tables of records; a row comes from the file of its table, unless it names a document."""
    found = {}
    for name, rows in tables.items():
        stated = []
        for number, row in enumerate(rows, start=1):
            document = row.get("document_id", a_file(f"{name}.csv"))
            at = None if "document_id" in row else number
            provenance = {
                "record_id": record_id(document, row.get("part", 0), name, at),
                "document_id": document, "part": 0, "row": at,
            }  # fmt: skip
            stated.append({**provenance, **row})
        table = BOOK_TABLES[name].records
        found[name] = table.conform(table.rows(stated))
    return found


def a_reading(name: str, field: str, value: str, **more: Any) -> Row:
    """A chosen reading of the text of a page, with a box."""
    return {
        "document_id": a_file(name), "part": 0, "reading": "page", "field": field, "value": value,
        "raw": value, "confidence": 0.97, "source": "text", "chosen": True, "page": 0, "x0": 100.0,
        "y0": 200.0, "x1": 180.0, "y1": 212.0, "box_unit": "pt", **more,
    }  # fmt: skip


def of_xml(name: str, field: str, value: str, **more: Any) -> Row:
    """A chosen reading of embedded XML."""
    nowhere = dict.fromkeys(("page", "x0", "y0", "x1", "y1", "box_unit"))
    stated = {"reading": "xml", "source": "xml", "confidence": 1.0, **nowhere, **more}
    return a_reading(name, field, value, **stated)


def a_violation(name: str, kind: Kind, field: str | None = None, **more: Any) -> Row:
    """A rule that a paper breaks."""
    return {
        "document_id": a_file(name), "part": 0, "rule": kind.value, "kind": kind.value,
        "severity": kind.facts.severity.value, "field": field, "sentence": "It does not add up.",
        **more,
    }  # fmt: skip


def a_pair(later: str, earlier: str, kind: Kind = Kind.DUP_EXACT, probability: float = 0.9) -> Row:
    """A pair of invoices by their numbers."""
    return {
        "invoice_id": f"I-{later}", "other_id": f"I-{earlier}", "probability": probability,
        "kind": kind.value,
    }  # fmt: skip


def a_score(number: str, risk: float) -> Row:
    """The model's risk of an invoice."""
    return {
        "invoice_id": f"I-{number}", "as_of": FIRST_DAY, "compliance_risk": risk, "risk": risk,
    }  # fmt: skip


def a_rule(number: str, kind: Kind, strength: float = 0.8, **more: Any) -> Row:
    """A rule that fired on an invoice."""
    return {
        "invoice_id": f"I-{number}", "kind": kind.value, "strength": strength,
        "feature": f"{kind.value}_measure", "value": 3.0, "sentence": "The bound is exceeded.",
        **more,
    }  # fmt: skip


def a_weight(number: str, feature: str, contribution: float, value: float = 1.0) -> Row:
    """What a feature adds to the model's risk of an invoice."""
    return {
        "invoice_id": f"I-{number}", "feature": feature, "value": value,
        "contribution": contribution,
    }  # fmt: skip


def signs(
    *,
    validations: Sequence[Row] = (),
    duplicates: Sequence[Row] = (),
    fired: Sequence[Row] = (),
    scores: Sequence[Row] = (),
    contributions: Sequence[Row] = (),
    features: Mapping[str, ASign] | None = None,
    witnesses: Any = lambda invoice_id, feature: (),
) -> Signs:
    """Signs of some sources; the others have nothing to say."""
    names = ("invoice_id", "kind", "strength", "feature", "value", "sentence")
    types = (pa.string(), pa.string(), pa.float64(), pa.string(), pa.float64(), pa.string())
    schema = pa.schema(list(zip(names, types, strict=True)))
    return Signs(
        VALIDATIONS.rows(validations), DUPLICATES.rows(duplicates),
        pa.Table.from_pylist(list(fired), schema=schema), INVOICE_SCORES.rows(scores),
        pa.Table.from_pylist(list(contributions), schema=CONTRIBUTIONS), features or {},
        witnesses=witnesses,
    )  # fmt: skip


def subjects(
    records: Mapping[str, pa.Table] | None = None,
    *,
    files: Sequence[str] = (),
    readings: Sequence[Row] = (),
    bookings: Sequence[tuple[str, str]] = (),
) -> Subjects:
    """Subjects with the files that the records and readings come from."""
    names = {*files, *(f"{table}.csv" for table in records or {})}
    documents = DOCUMENTS.rows([a_document(name) for name in sorted(names)])
    booked = [{"paper_id": paper, "booked_id": row, "score": 1.0} for paper, row in bookings]
    return Subjects(records or {}, documents, EXTRACTIONS.rows(readings), BOOKINGS.rows(booked))
