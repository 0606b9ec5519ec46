"""The review queue: what a person should look at next, and why it is asked.

Belongs here: what is uncertain, what it is worth, and in which order it is asked;
some invoices drawn at random, since labels from the queue alone would teach a
model only about what it already suspects. Not here: the answers (feedback.events).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.extractions.quality import NEEDED
from ledgergraph.extractions.routing import FAST, FULL
from ledgergraph.extractions.rules.values import DECISIVE
from ledgergraph.extractions.vendor_hints import Hint
from ledgergraph.feedback.events import Feedback
from ledgergraph.identity import short_hash
from ledgergraph.tables import AMOUNT, TEXT, Table

REVIEW_QUEUE = Table(
    "review_queue",
    pa.schema(
        {
            "rank": pa.int32(),  # from 1: what to look at first
            "target": TEXT,  # as in feedback: finding, field, pair, invoice
            "finding_id": TEXT,
            "document_id": TEXT,
            "part": pa.int32(),
            "line": pa.int32(),
            "field": TEXT,
            "subject_id": TEXT,
            "other_id": TEXT,
            "kind": TEXT,
            "question": TEXT,
            "uncertainty": pa.float64(),  # in [0, 1]; 1 is a coin
            "amount": AMOUNT,
            "currency": TEXT,
            "drawn": TEXT,  # queue, or random
        }
    ),
    key=("rank",),
)
Row = dict[str, Any]
QUEUE, RANDOM = "queue", "random"
Place = tuple[str, int]
UNUSUAL, REVIEWED = 0.5, 0.2
"""How uncertain a value is at least that is unusual, or decisive on the full route."""
NO_AMOUNT = 0.01
"""Usual invoices that every question is worth more: those without an amount keep an order."""


@dataclass(frozen=True)
class Queue:
    """How long the queue is, and which share of it is drawn at random."""

    length: int = 200
    random_share: float = 0.25
    least_uncertainty: float = 0.1
    """What is surer is not asked."""


def review_queue(
    findings: pa.Table,
    duplicates: pa.Table,
    extractions: pa.Table,
    invoices: pa.Table,
    answered: Iterable[Feedback],
    queue: Queue | None = None,
    quality: pa.Table | None = None,
    hints: Iterable[Hint] = (),
) -> pa.Table:
    """What to ask, most uncertain money first: table REVIEW_QUEUE.

    Money is compared across currencies by how many usual invoices of its own it is
    worth. `invoices` are the nodes of the snapshot (key, document_id, part, gross, currency,
    booked_as). What a standing event answers is not asked again. Every fourth
    question is an invoice drawn at random among those that no finding is about.

    The route of a document (`quality`) says how much is asked of it: nothing of what was
    read on the fast route, what is unsure on standard, all decisive fields on full. What
    is not as a vendor's earlier documents (`hints`) is asked wherever it is.
    """
    limits = queue or Queue()
    known = {event.about for event in answered}
    worth = _worth(invoices)
    asked = [
        row
        for row in [
            *_of_findings(findings),
            *_of_pairs(duplicates, worth),
            *_of_fields(extractions, invoices, _routes(quality), list(hints)),
        ]
        if row["uncertainty"] >= limits.least_uncertainty and _about(row) not in known
    ]
    usual = _usual_amounts(invoices, asked)
    asked.sort(key=lambda row: (-_priority(row, usual), _name(row)))
    spoken = set(findings["subject"].to_pylist())
    drawn = [row for row in _at_random(invoices, spoken) if _about(row) not in known]
    rows = _mixed(asked, drawn, limits)
    return REVIEW_QUEUE.conform(
        REVIEW_QUEUE.rows({**row, "rank": rank} for rank, row in enumerate(rows, 1))
    )


def _of_findings(findings: pa.Table) -> Iterable[Row]:
    for row in findings.to_pylist():
        yield {
            "target": "finding",
            "finding_id": row["finding_id"],
            "subject_id": row["subject"],
            "kind": row["kind"],
            "question": f"Is this true? {row['sentence']}",
            "uncertainty": _of_probability(row["score"] or 0.0),
            "amount": row["amount_at_risk"],
            "currency": row["currency"],
            "drawn": QUEUE,
        }


def _of_pairs(duplicates: pa.Table, worth: Mapping[str, Row]) -> Iterable[Row]:
    for row in duplicates.to_pylist():
        first, second = sorted((row["invoice_id"], row["other_id"]))
        of_later = worth.get(row["invoice_id"], {})
        yield {
            "target": "pair",
            "subject_id": first,
            "other_id": second,
            "kind": row["kind"],
            "question": f"Are invoices {first} and {second} one claim?",
            "uncertainty": _of_probability(row["probability"]),
            "amount": of_later.get("gross"),
            "currency": of_later.get("currency"),
            "drawn": QUEUE,
        }


def _routes(quality: pa.Table | None) -> dict[Place, str]:
    """The route of each part of each document."""
    if quality is None:
        return {}
    columns = (quality[name].to_pylist() for name in ("document_id", "part", "route"))
    return {(document_id, part): route for document_id, part, route in zip(*columns, strict=True)}


def _of_fields(
    extractions: pa.Table,
    invoices: pa.Table,
    routes: Mapping[Place, str],
    hints: Sequence[Hint],
) -> Iterable[Row]:
    """Fields that count and were read from a page without certainty, or are unusual."""
    of_paper = {(row["document_id"], row["part"]): row for row in invoices.to_pylist()}
    unusual = {(one.document_id, one.part, one.field): one for one in hints}
    counted = extractions.filter(extractions["chosen"])
    rows = counted.filter(_may_be_asked(counted, routes, unusual)).to_pylist()
    for row in rows:
        place = row["document_id"], row["part"]
        hint = unusual.get((*place, row["field"])) if row["line"] is None else None
        route = routes.get(place)
        is_asked = row["reading"] == "page" and route != FAST
        is_wanted = route == FULL and row["line"] is None and row["field"] in DECISIVE
        if not (is_asked or is_wanted or hint) or row["reading"] == "feedback":
            continue
        doubt = 1.0 - (row["confidence"] or 0.0)
        least = max(UNUSUAL if hint else 0.0, REVIEWED if is_wanted else 0.0)
        said = f"Does the document say {row['field']} {row['value']}?"
        yield {
            **_about_field(row, of_paper.get(place, {})),
            "question": f"{said} {hint.sentence}" if hint else said,
            "uncertainty": max(doubt, least),
        }
    read = {(row["document_id"], row["part"], row["field"]) for row in rows if row["line"] is None}
    missing = {
        (*place, field)
        for place, route in routes.items() if route == FULL and place in of_paper
        for field in NEEDED if (*place, field) not in read
    }  # fmt: skip
    for document_id, part, field in sorted(missing | {k for k in unusual if unusual[k].is_missing}):
        hint = unusual.get((document_id, part, field))
        row = {"document_id": document_id, "part": part, "field": field, "line": None}
        said = f"No {field} was read. Is there none?"
        yield {
            **_about_field(row, of_paper.get((document_id, part), {})),
            "question": f"{said} {hint.sentence}" if hint else said,
            "uncertainty": UNUSUAL,
        }


def _may_be_asked(
    fields: pa.Table, routes: Mapping[Place, str], unusual: Iterable[tuple[str, int, str]]
) -> pa.ChunkedArray:
    """Which fields the route of their document, or a hint on it, leaves to be asked.

    Most fields of most documents are none of them: they never become rows.
    """
    place = pc.binary_join_element_wise(
        fields["document_id"], pc.cast(fields["part"], pa.string()), "#"
    )

    def lies_in(places: Iterable[Place]) -> pa.ChunkedArray:
        return pc.is_in(place, pa.array({f"{of}#{part}" for of, part in places}, pa.string()))

    on = {route: lies_in(one for one in routes if routes[one] == route) for route in (FAST, FULL)}
    has_hint = lies_in((of, part) for of, part, _ in unusual)
    is_page = pc.equal(fields["reading"], "page")
    is_decisive = pc.is_in(fields["field"], pa.array(DECISIVE))
    of_route = pc.or_(pc.and_(is_page, pc.invert(on[FAST])), pc.and_(is_decisive, on[FULL]))
    return pc.or_(of_route, pc.and_(has_hint, pc.or_(is_page, is_decisive)))


def _about_field(row: Mapping[str, Any], paper: Mapping[str, Any]) -> Row:
    return {
        "target": "field",
        **{name: row[name] for name in ("document_id", "part", "line", "field")},
        "amount": paper.get("gross"),
        "currency": paper.get("currency"),
        "drawn": QUEUE,
    }


def _at_random(invoices: pa.Table, spoken: Collection[str]) -> list[Row]:
    """Invoices that nothing is said about, in an order that hashes draw: the same each time."""
    rows = [
        row for row in invoices.to_pylist() if row["key"] not in spoken and row["booked_as"] is None
    ]
    rows.sort(key=lambda row: short_hash("review", row["key"]))
    return [
        {
            "target": "invoice",
            "subject_id": row["key"],
            "question": f"Is invoice {row['key']} fine?",
            "uncertainty": 1.0,
            "amount": row["gross"],
            "currency": row["currency"],
            "drawn": RANDOM,
        }
        for row in rows
    ]


def _mixed(asked: list[Row], drawn: list[Row], limits: Queue) -> list[Row]:
    """The queue with its share of random questions spread over it."""
    every = round(1 / limits.random_share) if limits.random_share else 0
    left, chance = iter(asked), iter(drawn if every else ())
    rows: list[Row] = []
    for rank in range(1, limits.length + 1):
        first, second = (chance, left) if every and rank % every == 0 else (left, chance)
        row = next(first, None) or next(second, None)
        if row is None:
            break
        rows.append(row)
    return rows


def _worth(invoices: pa.Table) -> dict[str, Row]:
    columns = invoices.select(["key", "gross", "currency"]).to_pylist()
    return {row["key"]: row for row in columns}


def _of_probability(probability: float) -> float:
    """How little a probability says: 1 at one half, 0 at 0 and 1."""
    return 4.0 * probability * (1.0 - probability)


def _usual_amounts(invoices: pa.Table, asked: Iterable[Row]) -> dict[str | None, Decimal]:
    """The median amount of a ledger's invoices in each currency; of one that no invoice has,
    of the questions in it. It stands in for exchange rates, which nobody states."""
    stated = [(row["currency"], row["gross"]) for row in _worth(invoices).values()]
    usual: dict[str | None, Decimal] = {}
    for pairs in ([(row["currency"], row["amount"]) for row in asked], stated):
        amounts: dict[str | None, list[Decimal]] = {}
        for currency, amount in pairs:
            if amount:
                amounts.setdefault(currency, []).append(abs(amount))
        usual.update({currency: median(found) for currency, found in amounts.items()})
    return usual


def _priority(row: Row, usual: Mapping[str | None, Decimal]) -> float:
    """Uncertain money, in usual invoices of its currency."""
    amount = row["amount"]
    invoices = float(abs(amount) / usual[row["currency"]]) if amount else 0.0
    return float(row["uncertainty"]) * (invoices + NO_AMOUNT)


def _about(row: Row) -> tuple[object, ...]:
    """What a question is about, as `Feedback.about` names it."""
    if row["target"] == "field":
        return ("field", row["document_id"], row["part"], row["line"], row["field"])
    if row["target"] == "finding":
        return ("finding", row["finding_id"])
    return (row["target"], row["subject_id"], row.get("other_id"))


def _name(row: Row) -> str:
    return "|".join(map(str, _about(row)))
