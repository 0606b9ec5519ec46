"""What is counted of a period: one tally for each batch, and tallies add up.

Belongs here: counts, and which period an instant lies in. Not here: which counts are
too many (limits), how they are shown (page), how a document is judged (extractions).
Only counts are kept of a batch, and a bounded list of documents, so that a period of
any size needs the memory of its largest batch.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import nsmallest
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.errors import BadSetting
from ledgergraph.extractions.quality import level_of
from ledgergraph.extractions.rules.document import SURE
from ledgergraph.feedback.events import Feedback, Target, Verdict
from ledgergraph.tables import TEXT, Table

DAY = timedelta(hours=24)
DAYS_BEFORE = 7
"""How many days before the last one are what it is compared with."""
LAST, BEFORE, WEEK = "last", "before", "week"
"""The day of the report, the one before it, and the seven before it together."""
LISTED = 50
"""Most documents of a kind that the page names."""
ROUTES = ("fast", "standard", "full")
"""From the least to the most attention."""
BANDS = (
    (0.0, "under 0.50"),
    (0.5, f"0.50 to {SURE:.2f}"),
    (SURE, f"{SURE:.2f} to 0.95"),
    (0.95, "0.95 on"),
)
"""Bands of confidence from where they begin; rules rest on what is not below the third."""
UNSURE = tuple(name for start, name in BANDS if start < SURE)
RECOGNISED, FEEDBACK = "ocr", "feedback"
"""How the source of a recognised field begins, and the reading of a corrected one."""
EDGES = tuple(start for start, _ in BANDS)

QUALITY_MEASURES = Table(
    "quality_measures",
    pa.schema(
        [
            ("period", TEXT),  # last, before, week
            ("measure", TEXT),
            ("name", TEXT),
            ("detail", TEXT),
            ("count", pa.int64()),
        ]
    ),
    key=("period", "measure", "name", "detail"),
)


class Counted(NamedTuple):
    """What a count is of: `documents rejected`, `fields text under 0.50`."""

    measure: str
    name: str
    detail: str = ""


class Noted(NamedTuple):
    """A document that a person should look at; in the order in which the page names them."""

    score: float
    name: str
    document_id: str
    what: str
    why: str


@dataclass(frozen=True)
class Period:
    """The 24 hours up to an instant, which is no part of them, and what they are compared with."""

    until: datetime

    @staticmethod
    def stated(until: str) -> "Period":
        """The period up to an instant in ISO 8601; BadSetting if it is none, or names no zone."""
        try:
            instant = datetime.fromisoformat(until)
        except ValueError:
            instant = None
        if instant is None or instant.tzinfo is None:
            raise BadSetting(
                "until", f"is {until!r}, must be a moment with its zone: 2026-03-01T06:00+00:00."
            )
        return Period(instant)

    @property
    def start(self) -> datetime:
        """Its first instant."""
        return self.until - DAY

    @property
    def earliest(self) -> datetime:
        """The first instant that it is compared with."""
        return self.start - DAYS_BEFORE * DAY

    def names(self, at: datetime) -> tuple[str, ...]:
        """The periods that an instant lies in; none if it is later, or too early to compare."""
        if not self.earliest <= at < self.until:
            return ()
        if at >= self.start:
            return (LAST,)
        return (BEFORE, WEEK) if at >= self.start - DAY else (WEEK,)


@dataclass(frozen=True)
class Batch:
    """One batch as the store has it: how many files it lists, and its tables once it is read.

    `files` are those of the inbox, `members` those inside mails and archives, `known` of
    both came before; `documents_listed` are distinct and new. `has_failed` says that a run
    of it failed since the period began.
    """

    key: str
    files: int
    members: int
    known: int
    documents_listed: int
    has_failed: bool
    documents: pa.Table | None = None
    rejections: pa.Table | None = None
    extractions: pa.Table | None = None
    validations: pa.Table | None = None
    quality: pa.Table | None = None

    @property
    def is_read(self) -> bool:
        """Whether it was read to the end."""
        return self.quality is not None


@dataclass(frozen=True)
class Tally:
    """Counts, and the documents that a person should look at, the worst first."""

    counts: Counter[Counted] = field(default_factory=Counter)
    rejected: tuple[Noted, ...] = ()
    poorly_read: tuple[Noted, ...] = ()

    def __add__(self, other: "Tally") -> "Tally":
        """Both together, in any order."""
        return Tally(
            self.counts + other.counts,
            tuple(nsmallest(LISTED, {*self.rejected, *other.rejected})),
            tuple(nsmallest(LISTED, {*self.poorly_read, *other.poorly_read})),
        )

    def count(self, measure: str, name: str, detail: str = "") -> int:
        """One count."""
        return self.counts[Counted(measure, name, detail)]

    def of(self, measure: str, detail: str = "") -> dict[str, int]:
        """The counts of a measure by name, the most first."""
        found = {
            one.name: count
            for one, count in self.counts.items()
            if one.measure == measure and one.detail == detail
        }
        return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))

    def share(self, share: tuple[Counted, Counted]) -> float:
        """What part one count is of another, in [0, 1]; 0 of none."""
        part, whole = share
        return self.counts[part] / self.counts[whole] if self.counts[whole] else 0.0


def tally_of(batch: Batch, reviewed: Collection[str] = ()) -> Tally:
    """What is counted of one batch; `reviewed` are documents on which a person said something."""
    arrived = Counter(
        {
            Counted("files", "of the inbox"): batch.files,
            Counted("files", "inside mails and archives"): batch.members,
            Counted("files", "that came before"): batch.known,
        }
    )
    if not batch.is_read:
        how = "failed" if batch.has_failed else "waiting"
        return Tally(+arrived + Counter({Counted("unread", how): batch.documents_listed}))
    documents = _rows(batch.documents, "document_id", "name", "format")
    names = {row["document_id"]: row["name"] for row in documents}
    formats = {row["document_id"]: row["format"] for row in documents}
    refused = _rows(batch.rejections, "document_id", "name", "reason", "sentence", "row")
    whole = [row for row in refused if row["row"] is None]
    lost = {row["document_id"] for row in whole}
    counts = arrived + Counter(
        [
            *(Counted("format", formats[one]) for one in formats),
            *(Counted("reason", reason) for _, reason in {_of(row) for row in whole}),
            *(Counted("row_reason", row["reason"]) for row in refused if row["row"] is not None),
        ]
    )
    counts[Counted("documents", "all")] += len(formats.keys() | lost)
    counts[Counted("documents", "rejected")] += len(lost)
    counts[Counted("documents", "healed")] += len(formats) if batch.has_failed else 0
    counts.update(_rules(batch.validations))
    counts.update(_fields(batch.extractions))
    judged = _judged(batch.quality)
    for document_id, one in judged.items():
        counts[Counted("level", level_of(one["score"]))] += 1
        counts[Counted("route", one["route"])] += 1
        counts[Counted("documents", "judged")] += 1
        if one["route"] == ROUTES[-1]:
            is_done = document_id in reviewed
            counts[Counted("review", "looked at" if is_done else "waiting for a person")] += 1
    poor = (
        Noted(one["score"], names.get(document_id, ""), document_id, level_of(one["score"]),
              one["route_reason"] or "")
        for document_id, one in judged.items()
        if one["route"] == ROUTES[-1] and document_id not in reviewed
    )  # fmt: skip
    noted = {
        Noted(0.0, row["name"], row["document_id"], row["reason"], row["sentence"]) for row in whole
    }
    return Tally(+counts, tuple(nsmallest(LISTED, noted)), tuple(nsmallest(LISTED, poor)))


def tally_of_events(events: Iterable[Feedback]) -> Tally:
    """What people said of fields, by field: wrong (corrected or rejected), or right."""
    counts: Counter[Counted] = Counter()
    for event in events:
        if event.target is Target.FIELD and event.verdict is not Verdict.WITHDRAWAL:
            said = "right" if event.verdict is Verdict.APPROVAL else "wrong"
            counts[Counted("feedback", event.field or "", said)] += 1
    return Tally(counts)


def measures_table(tallies: Mapping[str, Tally]) -> pa.Table:
    """Table `quality_measures` of the tallies of periods by name."""
    return QUALITY_MEASURES.conform(
        QUALITY_MEASURES.rows(
            {"period": period, **one._asdict(), "count": count}
            for period, tally in tallies.items()
            for one, count in tally.counts.items()
        )
    )


def tally_in(table: pa.Table, period: str) -> Tally:
    """The counts of a period, from a table `quality_measures`."""
    rows = (row for row in table.to_pylist() if row["period"] == period)
    counts = {Counted(row["measure"], row["name"], row["detail"]): row["count"] for row in rows}
    return Tally(Counter(counts))


def _rows(table: pa.Table | None, *columns: str) -> list[dict[str, Any]]:
    return [] if table is None else table.select(list(columns)).to_pylist()


def _of(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["document_id"], row["reason"]


def _judged(quality: pa.Table | None) -> dict[str, dict[str, Any]]:
    """The worst part of each document, with the route of the part that needs most attention."""
    worst: dict[str, dict[str, Any]] = {}
    columns = ("document_id", "score", "route", "route_reason")
    for row in _rows(quality, *columns):
        row["score"] = row["score"] or 0.0
        before = worst.get(row["document_id"], row)
        of_route = max(before, row, key=lambda one: ROUTES.index(one["route"]))
        worst[row["document_id"]] = {**of_route, "score": min(before["score"], row["score"])}
    return worst


def _rules(validations: pa.Table | None) -> Iterator[Counted]:
    """Each rule once for each document that breaks it."""
    rows = _rows(validations, "document_id", "rule")
    return (
        Counted("rule", rule) for _, rule in {(row["document_id"], row["rule"]) for row in rows}
    )


def _fields(extractions: pa.Table | None) -> Counter[Counted]:
    """Fields by where they come from and by name, each by band of confidence."""
    counts: Counter[Counted] = Counter()
    if extractions is None:
        return counts
    columns = ["document_id", "reading", "field", "source", "confidence"]
    chosen: Any = extractions.filter(extractions["chosen"]).select(columns)
    band = np.digitize(pc.fill_null(chosen["confidence"], 0.0).to_numpy(), EDGES[1:])
    grouped = chosen.append_column("band", pa.array(band))
    grouped = grouped.group_by(["reading", "field", "source", "band"])
    for row in grouped.aggregate([([], "count_all")]).to_pylist():
        source = source_of(row["reading"], row["source"] or "")
        counts[Counted("source", source, BANDS[row["band"]][1])] += row["count_all"]
        counts[Counted("field", row["field"], BANDS[row["band"]][1])] += row["count_all"]
    pictures = chosen.filter(pc.starts_with(pc.fill_null(chosen["source"], ""), RECOGNISED))
    counts[Counted("documents", "recognised")] += pc.count_distinct(pictures["document_id"]).as_py()
    return counts


def source_of(reading: str, source: str) -> str:
    """Where a field comes from: `xml`, `text`, `ocr`; of a correction not whose it is."""
    if reading == FEEDBACK:
        return FEEDBACK
    return RECOGNISED if source.startswith(RECOGNISED) else source
