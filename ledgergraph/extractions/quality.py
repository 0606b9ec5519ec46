"""How well each document was read: a score of five parts, a level, and the route that follows."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.extractions.retries import PENNY
from ledgergraph.extractions.routing import Route, Routes, Shape, risk_of, route
from ledgergraph.extractions.rules.document import SURE, Part, number_in, parts_of
from ledgergraph.extractions.rules.values import DECISIVE
from ledgergraph.extractions.schemas import QUALITY
from ledgergraph.extractions.vendor_memory import LAYOUT, NEW, NOTHING, History, VendorMemory
from ledgergraph.issues import Kind, Severity

WEIGHTS: Mapping[str, float] = {
    "text_quality": 0.25, "extraction": 0.20, "validation": 0.25, "business_rules": 0.15,
    "completeness": 0.15,
}  # fmt: skip
"""What each part counts; together 1."""
LEVELS = ((0.9, "excellent"), (0.75, "good"), (0.6, "fair"), (0.4, "poor"), (0.0, "unusable"))
"""Levels from the score at which they begin."""
COSTS: Mapping[Severity, float] = {
    Severity.CRITICAL: 1.0, Severity.HIGH: 0.5, Severity.MEDIUM: 0.25, Severity.LOW: 0.1,
    Severity.INFO: 0.03,
}  # fmt: skip
"""What a violation takes from the part that it counts for."""
OF_BUSINESS = frozenset({
    Kind.MANDATORY_FIELD_MISSING, Kind.NOT_AN_INVOICE, Kind.TERMS_WORSE_THAN_AGREED,
    Kind.CUTOFF_ERROR, Kind.VAT_RATE_WRONG, Kind.VAT_ON_REVERSE_CHARGE, Kind.EINVOICE_MISSING,
})  # fmt: skip
"""Kinds about law and terms; all others say that the document does not agree with itself."""
EXPECTED = ("number", "issue_date", "seller.name", "buyer.name")
"""Fields that every business document has."""
EXPECTED_OF_INVOICES = ("currency", "seller.vat_id", "totals.net", "totals.tax", "totals.gross")
NEEDED = frozenset({"number", "issue_date", "seller.name", "totals.gross"})
"""Decisive fields without which an invoice cannot be booked."""


def level_of(score: float) -> str:
    """The level of a score in [0, 1]."""
    return next(level for start, level in LEVELS if score >= start)


def quality(
    extractions: pa.Table,
    validations: pa.Table,
    pages: pa.Table,
    traits: pa.Table | None = None,
    memory: VendorMemory = NOTHING,
    routes: Routes | None = None,
) -> pa.Table:
    """Score, parts, level and route of each part of each document, in the schema of quality.

    All parts lie in [0, 1]: text_quality is that of its pages (1 where an XML
    counts), extraction the mean confidence of its header, validation and
    business_rules lose by each violation's severity, completeness is the share
    of expected fields. A document with pages of which nothing was read scores 0
    in all but the text. The route follows from all of it, and from what became of earlier
    documents of the same vendor and layout: `traits` name both, `memory` knows them.
    """
    violations: dict[tuple[str, int], list[tuple[Kind, Severity]]] = defaultdict(list)
    for row in validations.select(["document_id", "part", "kind", "severity"]).to_pylist():
        about = Kind(row["kind"]), Severity(row["severity"])
        violations[row["document_id"], row["part"]].append(about)
    text = _text_quality(pages)
    parts = parts_of(extractions)
    unread = sorted(text.keys() - {part.document_id for part in parts})
    parts += [Part(document_id, 0, {}) for document_id in unread]
    lengths = Counter(pages["document_id"].to_pylist())
    pieces = Counter(part.document_id for part in parts)
    past = _past(traits, memory)
    rows = []
    for part in parts:
        seen = text.get(part.document_id, 1.0)
        shape = Shape(
            part.is_structured, lengths[part.document_id], len(part.lines),
            pieces[part.document_id], seen,
        )  # fmt: skip
        key = part.document_id, part.part
        rows.append(_row(part, violations[key], seen, shape, past.get(key, NEW), routes))
    return QUALITY.conform(QUALITY.rows(rows))


def _past(traits: pa.Table | None, memory: VendorMemory) -> dict[tuple[str, int], History]:
    """What became of earlier documents of the vendor and layout of each part."""
    if traits is None:
        return {}
    of_layout = traits.filter(pc.equal(traits["trait"], LAYOUT))
    return {
        (row["document_id"], row["part"]): memory.past(
            filter(None, (row["vendor_vat_id"], row["vendor"])), row["value"]
        )
        for row in of_layout.to_pylist()
    }


def _text_quality(pages: pa.Table) -> dict[str, float]:
    """Mean quality of each document's pages; a page of unknown quality counts as 1."""
    grouped: dict[str, list[float]] = defaultdict(list)
    for row in pages.select(["document_id", "quality"]).to_pylist():
        value = 1.0 if row["quality"] is None else row["quality"]
        grouped[row["document_id"]].append(min(max(value, 0.0), 1.0))
    return {document_id: sum(found) / len(found) for document_id, found in grouped.items()}


def _row(
    part: Part,
    violations: Sequence[tuple[Kind, Severity]],
    text_quality: float,
    shape: Shape,
    past: History,
    routes: Routes | None,
) -> Mapping[str, Any]:
    header = list(part.header.values())
    costs = [(kind in OF_BUSINESS, COSTS[severity]) for kind, severity in violations]
    parts = {
        "text_quality": 1.0 if part.is_structured else text_quality,
        "extraction": sum(one.confidence for one in header) / len(header) if header else 0.0,
        "validation": _left(cost for is_business, cost in costs if not is_business),
        "business_rules": _left(cost for is_business, cost in costs if is_business),
        "completeness": _completeness(part),
    }
    if not header:  # what was not read was not checked
        parts |= {"validation": 0.0, "business_rules": 0.0}
    score = sum(WEIGHTS[name] * value for name, value in parts.items())
    chosen = route_of(part, shape, score, violations, past, routes)
    return {
        "document_id": part.document_id,
        "part": part.part,
        "score": score,
        "level": level_of(score),
        **parts,
        "route": chosen.route,
        "route_reason": chosen.reason,
    }


def _left(costs: Iterable[float]) -> float:
    return max(0.0, 1.0 - sum(costs))


def _completeness(part: Part) -> float:
    expected = EXPECTED + (EXPECTED_OF_INVOICES if part.is_business else ())
    present = [part.text(name) is not None for name in expected]
    if part.is_business:
        present.append(bool(part.lines))
    return sum(present) / len(present)


def route_of(
    part: Part,
    shape: Shape,
    score: float,
    violations: Sequence[tuple[Kind, Severity]],
    past: History,
    routes: Routes | None = None,
) -> Route:
    """The route of a part by what was read of it, and what became of others like it."""
    risk = risk_of([one.confidence for name in DECISIVE if (one := part.header.get(name))])
    return route(
        shape, score, violations, unsure_in(part), risk, adds_up(part),
        past.documents, past.corrected, routes,
    )  # fmt: skip


def adds_up(part: Part) -> bool:
    """Whether net and tax make the gross; where neither is stated, whether the items do."""
    net, tax, gross = (part.amount(f"totals.{name}") for name in ("net", "tax", "gross"))
    if gross is None:
        return False
    if net is not None and tax is not None:
        return abs(net + tax - gross) <= PENNY
    items = [number_in(line, "net") for line in part.lines.values()]
    stated = [one for one in items if one is not None]
    is_whole = bool(items) and len(stated) == len(items) and net is None and tax is None
    return is_whole and abs(sum(stated) - gross) <= PENNY


def unsure_in(part: Part) -> list[str]:
    """Decisive fields that an invoice lacks, or that were read with too little confidence."""
    return [
        name
        for name in DECISIVE
        if (name in part.header and part.header[name].confidence < SURE)
        or (name in NEEDED and part.is_business and not part.text(name))
    ]
