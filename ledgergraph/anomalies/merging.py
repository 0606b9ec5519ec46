"""One event, one finding: drafts are muted, causes absorb effects, and events are put together.

What one event of a kind is, and which kinds are effects of which, is data (events).
Not here: what becomes of a draft that is left (findings).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

from ledgergraph.anomalies.deciding import decisive_fields
from ledgergraph.anomalies.drafts import Draft
from ledgergraph.anomalies.events import (
    DUPLICATE_KINDS,
    EVENTS,
    OF_AN_INVOICE,
    WEAK,
    explains,
)
from ledgergraph.anomalies.statements.naming import named_with_day
from ledgergraph.anomalies.subjects import Paper, Subjects, known_on
from ledgergraph.anomalies.wording import counted, lower_first, printable
from ledgergraph.issues import Kind


def unmuted(drafts: Sequence[Draft], subjects: Subjects) -> list[Draft]:
    """Without rules about a paper that rest on a field which was read without confidence.

    What the rules on one document say is muted where it is said. The row of the books
    outweighs the paper: an invoice that is booked is not muted.
    """
    unsure: dict[Paper, set[str]] = defaultdict(set)
    for draft in drafts:
        if draft.kind is Kind.READING_UNSURE and draft.paper:
            unsure[draft.paper] |= set(draft.fields)
    return [draft for draft in drafts if not _rests_on(draft, unsure, subjects)]


def _rests_on(draft: Draft, unsure: Mapping[Paper, set[str]], subjects: Subjects) -> bool:
    invoice = subjects.invoices.get(draft.invoice_id or "")
    if draft.paper is not None or invoice is None or invoice["row"] is not None:
        return False
    paper = (invoice["document_id"], invoice["part"])
    return bool(decisive_fields(draft.kind) & unsure.get(paper, set()))


def wanted_readings(drafts: Sequence[Draft], subjects: Subjects) -> list[Draft]:
    """Without unsure readings of papers that the books outweigh.

    An unsure reading is to be confirmed where the paper is not booked to a row, or
    where another finding on its invoice rests on the field.
    """
    decided: dict[str, set[str]] = defaultdict(set)
    for draft in drafts:
        if draft.kind is not Kind.READING_UNSURE and draft.invoice_id:
            decided[draft.invoice_id] |= decisive_fields(draft.kind) | set(draft.fields)
    return [
        draft
        for draft in drafts
        if draft.kind is not Kind.READING_UNSURE
        or not _is_booked(draft, subjects)
        or set(draft.fields) & decided[draft.invoice_id or ""]
    ]


def _is_booked(draft: Draft, subjects: Subjects) -> bool:
    invoice = subjects.invoices.get(draft.invoice_id or "")
    return invoice is not None and invoice["row"] is not None


def absorbed(drafts: Sequence[Draft]) -> list[Draft]:
    """Causes, with effects and weak signs as further reasons; weak rules alone are none."""
    by_subject: dict[tuple[Any, ...], list[Draft]] = defaultdict(list)
    for draft in drafts:
        by_subject[draft.subject].append(draft)
    return [cause for together in by_subject.values() for cause in _causes(together)]


def _causes(together: list[Draft]) -> list[Draft]:
    ranked = sorted(_one_per_kind(together), key=_rank)
    effects: dict[int, list[Draft]] = defaultdict(list)
    causes: list[Draft] = []
    for draft in ranked:
        cause = next((at for at, one in enumerate(causes) if _covers(one, draft)), None)
        if cause is None:
            causes.append(draft)
        else:
            effects[cause].append(draft)
    strong = [at for at, one in enumerate(causes) if not is_weak(one)]
    if strong:
        effects[strong[0]] += [one for one in causes if is_weak(one)]
    return [replace(causes[at], absorbed=tuple(effects[at])) for at in strong]


def _one_per_kind(drafts: list[Draft]) -> list[Draft]:
    """The best draft of each kind and event; what the others say becomes reasons of it.

    A pair says more than a rule, and a rule more than the model.
    """
    by_kind: dict[tuple[Any, ...], list[Draft]] = defaultdict(list)
    for draft in drafts:
        by_kind[draft.kind, draft.event].append(draft)
    single = []
    for same in by_kind.values():
        same.sort(key=lambda one: (one.is_of_model, one.is_of_rule, -one.score, one.sentence))
        more = [reason for one in same[1:] for reason in one.reasons[:1]]
        new = [reason for reason in more if reason not in same[0].reasons]
        single.append(replace(same[0], reasons=(*same[0].reasons, *new)))
    return single


def _rank(draft: Draft) -> tuple[Any, ...]:
    """Causes before their effects: papers, pairs of invoices, the rest by what they could cost."""
    order = 0 if draft.paper else 1 if draft.counterpart else 2
    effects = sum(explains(draft.kind, kind) for kind in Kind)
    return (order, is_weak(draft), -effects, -draft.kind.facts.severity.rank, draft.kind.value)


def _covers(cause: Draft, draft: Draft) -> bool:
    """Whether one draft makes another needless: an effect of it, or the same claim made twice."""
    if {cause.kind, draft.kind} <= DUPLICATE_KINDS:
        return True
    return explains(cause.kind, draft.kind)


def is_weak(draft: Draft) -> bool:
    """Whether a draft says too little to be a finding alone."""
    return draft.kind in WEAK and not draft.is_of_model


def events(drafts: Sequence[Draft], subjects: Subjects) -> list[list[Draft]]:
    """Drafts that are one event, together; within one, the newest invoice last."""
    grouped: dict[tuple[Any, ...], list[Draft]] = defaultdict(list)
    for draft in sorted(drafts, key=lambda one: _when(one, subjects)):
        grouped[_event_key(draft, subjects)].append(draft)
    return [part for group in grouped.values() for part in _in_windows(group, subjects)]


def _event_key(draft: Draft, subjects: Subjects) -> tuple[Any, ...]:
    if draft.event:
        return (draft.kind, *draft.event)
    event = EVENTS.get(draft.kind, OF_AN_INVOICE)
    invoice = subjects.invoices.get(draft.invoice_id or "")
    if draft.paper or draft.counterpart or invoice is None:
        return (draft.kind, *draft.subject)
    named = [invoice[column] for column in event.columns]
    return (draft.kind, *draft.subject) if named[0] is None else (draft.kind, event.table, *named)


def _in_windows(group: list[Draft], subjects: Subjects) -> list[list[Draft]]:
    """A group cut where more days pass from one invoice to the next than its kind allows."""
    window = EVENTS.get(group[0].kind, OF_AN_INVOICE).window_days
    parts = [[group[0]]]
    for earlier, later in pairwise(group):
        one, two = _when(earlier, subjects)[0], _when(later, subjects)[0]
        if window is not None and (two - one).days > window:
            parts.append([])
        parts[-1].append(later)
    return parts


def _when(draft: Draft, subjects: Subjects) -> tuple[date, str, tuple[Any, ...]]:
    invoice = subjects.invoices.get(draft.invoice_id or "")
    known = known_on(invoice) if invoice else None
    return (known or date.min, draft.invoice_id or "", draft.paper or ())


def merged(group: Sequence[Draft], subjects: Subjects, most: int) -> Draft:
    """Several drafts of one event as one: it speaks of the newest and names the first.

    Of a bound that is exceeded the newest invoice shows by how much; the score is
    the highest among them. The evidence names up to `most` of the others.
    """
    newest, others = group[-1], group[:-1]
    if not others:
        return newest
    evidence = list(newest.evidence)
    for draft in others[-most:]:
        evidence += draft.evidence[:1]
    return replace(
        newest,
        sentence=f"{newest.sentence} {_among(group, subjects)}",
        score=max(draft.score for draft in group),
        others=tuple(draft.invoice_id for draft in others if draft.invoice_id),
        evidence=tuple(evidence),
        absorbed=tuple(effect for draft in group for effect in draft.absorbed),
    )


def _among(group: Sequence[Draft], subjects: Subjects) -> str:
    """Which papers or invoices an event has besides the newest."""
    first = group[0]
    if first.paper is not None:
        name = printable(subjects.file_names.get(first.paper[0], first.paper[0]))
        return f"The same stands on {counted(len(group) - 1, 'other paper')}, the first is {name}."
    name = lower_first(named_with_day(first.invoice_id or "", subjects))
    return f"The finding covers {len(group):,} invoices, the first is {name}."
