"""Feedback: one event for each thing that a person said, appended and never changed.

Belongs here: what an event may say, its id, and which of several events on one
thing counts. Not here: the forms in which events arrive (sources), what follows
from them (extractions.choosing, datasets.labels, graph.parties).
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pyarrow as pa

from ledgergraph.errors import BadInput
from ledgergraph.feedback.schemas import FEEDBACK
from ledgergraph.identity import canonical_json, sha256_of
from ledgergraph.issues import Kind


class Target(StrEnum):
    """What an event is about."""

    FIELD = "field"
    """One field of one document: is it right, or what should it be?"""
    FINDING = "finding"
    """One finding: is it true?"""
    INVOICE = "invoice"
    """One invoice, found or not: is it fine?"""
    PAIR = "pair"
    """Two invoices: are they one claim?"""
    PARTY = "party"
    """Two vendors or sellers: are they one party?"""
    PRODUCT = "product"
    """Ledgergraph itself."""


class Verdict(StrEnum):
    """What is said of it."""

    APPROVAL = "approval"
    REJECTION = "rejection"
    CORRECTION = "correction"
    """Of a field: its value is another."""
    WITHDRAWAL = "withdrawal"
    """What was said of it before no longer counts."""


class Category(StrEnum):
    """Which side of the product an event is for."""

    GENERAL = "general"
    EXTRACTION = "extraction"
    DUPLICATES = "duplicates"
    COMPLIANCE = "compliance"
    UI = "ui"


NEEDS: Mapping[Target, tuple[str, ...]] = {
    Target.FIELD: ("document_id", "field"),
    Target.FINDING: ("finding_id",),
    Target.INVOICE: ("subject_id",),
    Target.PAIR: ("subject_id", "other_id"),
    Target.PARTY: ("subject_id", "other_id"),
    Target.PRODUCT: ("comment",),
}
"""What an event must state beside target and verdict."""
CATEGORY_OF: Mapping[Target, Category] = {
    Target.FIELD: Category.EXTRACTION,
    Target.FINDING: Category.COMPLIANCE,
    Target.INVOICE: Category.COMPLIANCE,
    Target.PAIR: Category.DUPLICATES,
    Target.PARTY: Category.GENERAL,
    Target.PRODUCT: Category.GENERAL,
}
"""The category of an event that names none."""
UNORDERED = (Target.PAIR, Target.PARTY)
ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,99}")
"""An id that is given names an object of the store."""

MOST = 2**31 - 1
"""The largest `part` or `line`: what table `feedback` can hold."""


@dataclass(frozen=True)
class Feedback:
    """One event. `feedback_id` is the hash of what was stated, so stating it twice is one event."""

    feedback_id: str
    at: datetime
    author: str
    target: Target
    verdict: Verdict
    category: Category
    document_id: str | None = None
    part: int | None = None
    line: int | None = None
    field: str | None = None
    finding_id: str | None = None
    kind: str | None = None
    subject_id: str | None = None
    other_id: str | None = None
    value: str | None = None
    comment: str | None = None

    @property
    def about(self) -> tuple[object, ...]:
        """What names the thing that the event is about: the latest event on it counts."""
        if self.target is Target.FIELD:
            return (self.target, self.document_id, self.part, self.line, self.field)
        if self.target is Target.FINDING:
            return (self.target, self.finding_id)
        if self.target is Target.PRODUCT:
            return (self.target, self.feedback_id)
        return (self.target, self.subject_id, self.other_id)


def event_of(stated: Mapping[str, Any], at: datetime, author: str) -> Feedback:
    """The event that some named values state; `at` and `author` stand in where they are silent.

    Raises BadInput (`feedback`) that names the value, the rule and the remedy.
    """
    given = {name: value for name, value in stated.items() if value not in (None, "")}
    if unknown := given.keys() - set(FEEDBACK.schema.names):
        raise _bad(
            f"has {', '.join(sorted(unknown))}, which no event has. "
            f"Name only {', '.join(FEEDBACK.schema.names[1:])}."
        )
    if not ID.fullmatch(str(given.get("feedback_id", "0"))):
        raise _bad("has a feedback_id that is no id: up to 100 letters, digits, dots and dashes.")
    if "kind" in given and given["kind"] not in list(Kind):
        raise _bad(f"has kind {given['kind']!r}, which is no kind of finding. Leave it out.")
    target = Target(_one_of(given, "target", Target))
    verdict = Verdict(_one_of(given, "verdict", Verdict))
    if missing := [name for name in NEEDS[target] if name not in given]:
        raise _bad(f"is about a {target} and lacks {', '.join(missing)}. Add it.")
    if (verdict is Verdict.CORRECTION) != ("value" in given) or (
        verdict is Verdict.CORRECTION and target is not Target.FIELD
    ):
        raise _bad("must state a value if it corrects a field, and only then.")
    first, second = given.get("subject_id"), given.get("other_id")
    if target in UNORDERED:
        if first == second:
            raise _bad(f"is about a {target} of {first} and itself. Name two.")
        first, second = sorted((str(first), str(second)))
    category = _one_of(given, "category", Category) if "category" in given else CATEGORY_OF[target]
    is_field = target is Target.FIELD
    return Feedback(
        feedback_id=str(given.get("feedback_id") or sha256_of(canonical_json(_as_text(given)))),
        at=_moment(given["at"]) if "at" in given else at,
        author=str(given.get("author", author)),
        target=target,
        verdict=verdict,
        category=Category(category),
        part=_whole(given, "part", 0) if is_field else None,
        line=_whole(given, "line", None) if is_field else None,
        subject_id=None if first is None else str(first),
        other_id=None if second is None else str(second),
        **{
            name: str(given[name]) if name in given else None
            for name in ("document_id", "field", "finding_id", "kind", "value", "comment")
        },
    )


def feedback_table(events: Iterable[Feedback]) -> pa.Table:
    """Rows of table `feedback`, each event once."""
    once = {event.feedback_id: event for event in events}
    return FEEDBACK.conform(FEEDBACK.rows(asdict(event) for event in once.values()))


def events_in(table: pa.Table) -> list[Feedback]:
    """The events of a table `feedback`."""
    return [_of_row(row) for row in table.to_pylist()]


def _of_row(row: Mapping[str, Any]) -> Feedback:
    return Feedback(
        **{
            **row,
            "target": Target(row["target"]),
            "verdict": Verdict(row["verdict"]),
            "category": Category(row["category"]),
        }
    )


def to_json(event: Feedback) -> bytes:
    """An event as canonical JSON, as the store keeps it."""
    return canonical_json({**asdict(event), "at": event.at.isoformat()})


def from_json(data: bytes) -> Feedback:
    """The event that some stored bytes describe."""
    row = json.loads(data)
    return _of_row({**row, "at": datetime.fromisoformat(row["at"])})


def standing(events: Iterable[Feedback]) -> list[Feedback]:
    """The events that count: of those on one thing the latest, unless it withdraws the others.

    In the order in which they were said; of the same moment, by id.
    """
    latest: dict[tuple[object, ...], Feedback] = {}
    for event in sorted(events, key=said_in_order):
        latest.pop(event.about, None)
        latest[event.about] = event
    return [event for event in latest.values() if event.verdict is not Verdict.WITHDRAWAL]


def said_in_order(event: Feedback) -> tuple[datetime, str]:
    """What events are sorted by: their moment; of the same moment, their id."""
    return event.at, event.feedback_id


def corrections(events: Iterable[Feedback]) -> list[Feedback]:
    """The corrections of fields that count: the latest of each field, unless it was taken back.

    Who approves a field after it was corrected approves its correction; who rejects or
    withdraws it takes the correction back.
    """
    decided = [one for one in events if one.target is Target.FIELD and not _approves(one)]
    return [one for one in standing(decided) if one.verdict is Verdict.CORRECTION]


def _approves(event: Feedback) -> bool:
    return event.verdict is Verdict.APPROVAL


def _one_of(given: Mapping[str, Any], name: str, allowed: type[StrEnum]) -> str:
    value = str(given.get(name, "")).strip().lower()
    if value not in [one.value for one in allowed]:
        raise _bad(f"has {name} {value or 'nothing'!r}, must be {', '.join(allowed)}.")
    return value


def _moment(value: object) -> datetime:
    """A moment in UTC; one without a zone is UTC."""
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # the latter: no year from 1 to 9999 in UTC
        raise _bad(f"has at {value!r}, must be ISO 8601, such as 2026-03-01T09:30:00Z.") from None


def _whole(given: Mapping[str, Any], name: str, default: int | None) -> int | None:
    if name not in given:
        return default
    try:
        number = int(str(given[name]))
    except ValueError:
        number = -1
    if not 0 <= number <= MOST:
        raise _bad(f"has {name} {given[name]!r}, must be a whole number from 0 to {MOST:,}.")
    return number


def _as_text(given: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in given.items()}


def _bad(sentence: str) -> BadInput:
    return BadInput("feedback", f"The event {sentence}")
