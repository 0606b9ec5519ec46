"""Process memory in short: what was read of each document, how well, and what people said of it.

One node per reading, per judgement and per event; the fields themselves stay in tables.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.extractions.choosing import PRECEDENCE
from ledgergraph.feedback.events import Feedback, Target, corrections, standing
from ledgergraph.graph.schemas import JUDGEMENTS, PROCESS_MEMORY, READINGS


def readings_of(extractions: pa.Table) -> pa.Table:
    """One row per document, part and reading of table `extractions`."""
    is_type = pc.and_(pc.equal(extractions["field"], "type"), extractions["chosen"])
    types = pc.if_else(is_type, extractions["value"], pa.scalar(None, pa.string()))
    counted = extractions.append_column("is_chosen", extractions["chosen"].cast(pa.int64()))
    grouped = (
        counted.append_column("type", types)
        .group_by(["document_id", "part", "reading"], use_threads=False)
        .aggregate(
            [
                ("source", "max"), ("type", "max"), ("field", "count"), ("is_chosen", "sum"),
                ("confidence", "mean"),
            ]
        )
    )  # fmt: skip
    names = {
        "source_max": "source", "type_max": "type", "field_count": "fields",
        "is_chosen_sum": "chosen", "confidence_mean": "confidence",
    }  # fmt: skip
    return READINGS.conform(
        grouped.rename_columns([names.get(name, name) for name in grouped.column_names])
    )


def judgements_of(quality: pa.Table, validations: pa.Table) -> pa.Table:
    """One row per row of table `quality`, with the number of its rows in `validations`."""
    keys = ["document_id", "part"]
    counted = validations.group_by(keys, use_threads=False).aggregate([([], "count_all")])
    joined = quality.join(counted, keys=keys, join_type="left outer")
    violations = pc.fill_null(joined["count_all"], 0)
    return JUDGEMENTS.conform(
        joined.drop_columns(["count_all"]).append_column("violations", violations)
    )


def memory_of(
    events: Iterable[Feedback], documents: pa.Table, extractions: pa.Table, invoices: pa.Table
) -> pa.Table:
    """Table `process_memory`: what was said of documents, with the reading that a correction means.

    An event on a finding, an invoice or a pair belongs to the document that states the
    invoice; one that names nothing of `documents` and `invoices` is left out.
    """
    said = list(events)
    counting = {event.feedback_id for event in standing(said)}
    correcting = {event.feedback_id: event for event in corrections(said)}
    readings = _readings_of(correcting.values(), extractions)
    known = set(documents["document_id"].to_pylist())
    stating = _documents_of(said, invoices)
    rows = []
    for event in {event.feedback_id: event for event in said}.values():
        document_id, part = stating.get(event.subject_id or "", (event.document_id, event.part))
        if event.target is Target.PARTY or document_id not in known:
            continue
        rows.append(
            {
                "feedback_id": event.feedback_id, "document_id": document_id, "part": part,
                "at": event.at, "author": event.author, "target": event.target.value,
                "verdict": event.verdict.value, "category": event.category.value,
                "field": event.field, "kind": event.kind,
                "stands": event.feedback_id in counting | correcting.keys(),
                "latest": event.feedback_id in counting,
                "reading": _corrected(event, readings) if event.feedback_id in correcting else None,
            }
        )  # fmt: skip
    return PROCESS_MEMORY.conform(PROCESS_MEMORY.rows(rows))


def _documents_of(
    events: Sequence[Feedback], invoices: pa.Table
) -> dict[str, tuple[str | None, int | None]]:
    """The document and part that states each invoice that events name."""
    wanted = pa.array(sorted({one.subject_id for one in events if one.subject_id}), pa.string())
    rows = invoices.filter(pc.is_in(invoices["invoice_id"], wanted)).sort_by(
        [("document_id", "ascending"), ("part", "ascending")]
    )
    columns = [rows[name].to_pylist() for name in ("invoice_id", "document_id", "part")]
    return {key: (document, part) for key, document, part in zip(*columns, strict=True)}


Readings = Mapping[tuple[str, int | None], list[tuple[str, int | None, str]]]
"""Reading, line and field of what was read of a document and part, the strongest reading first."""


def _readings_of(events: Iterable[Feedback], extractions: pa.Table) -> Readings:
    wanted = pa.array(sorted({one.document_id or "" for one in events}), pa.string())
    rows = extractions.filter(pc.is_in(extractions["document_id"], wanted))
    found: dict[tuple[str, int | None], list[tuple[str, int | None, str]]] = {}
    for row in rows.select(["document_id", "part", "reading", "line", "field"]).to_pylist():
        if row["reading"] != "feedback":
            here = found.setdefault((row["document_id"], row["part"]), [])
            here.append((row["reading"], row["line"], row["field"]))
    return {key: sorted(here, key=_strength) for key, here in found.items()}


def _strength(read: tuple[Any, ...]) -> tuple[Any, ...]:
    reading, line, field = read
    return (PRECEDENCE.index(reading), -1 if line is None else line, field)


def _corrected(event: Feedback, readings: Readings) -> str | None:
    """The reading of the field that a correction means, else the strongest, which lacks it."""
    here = readings.get((event.document_id or "", event.part), [])
    stating = [one for one in here if one[1:] == (event.line, event.field)]
    return next((one[0] for one in [*stating, *here]), None)
