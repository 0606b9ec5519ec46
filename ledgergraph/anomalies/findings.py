"""Findings: red flags for a person, one per event, each with its evidence; and what was tested.

Signs of all sources (drafts) are muted where a reading is unsure, causes absorb
their effects, what is one event becomes one finding, and those that are too
unlikely are dropped. Not here: scoring, rendering.
"""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from itertools import pairwise
from typing import Any

import pyarrow as pa

from ledgergraph.anomalies.deciding import related_refs
from ledgergraph.anomalies.drafts import (
    Described,
    Draft,
    Reason,
    Witnesses,
    as_of,
    of_duplicates,
    of_model,
    of_rules,
    of_validations,
    weighed_reasons,
    with_witnesses,
)
from ledgergraph.anomalies.events import (
    DUPLICATE_KINDS,
    EVENTS,
    OF_AN_INVOICE,
    WEAK,
    explains,
)
from ledgergraph.anomalies.exposure import Case, amount_at_risk
from ledgergraph.anomalies.schemas import COVERAGE, FINDINGS
from ledgergraph.anomalies.subjects import FIELD_OF_COLUMN, Paper, Row, Subjects, column
from ledgergraph.anomalies.wording import counted
from ledgergraph.evidence import Ref
from ledgergraph.identity import canonical_json, short_hash
from ledgergraph.issues import Kind


@dataclass(frozen=True)
class Budget:
    """How likely a sign must be to become a finding, and how much a finding keeps.

    A rule needs less of the model's risk than the model alone: the rule names
    what is wrong. Probabilities in [0, 1].
    """

    least_duplicate: float = 0.5
    least_risk_with_rule: float = 0.2
    least_risk_alone: float = 0.5
    reasons: int = 5
    witnesses: int = 12
    invoices: int = 12


@dataclass(frozen=True)
class Signs:
    """All that speaks for something being wrong, as the areas before state it.

    `fired`: invoice_id, kind, strength, feature, value, sentence. `contributions`:
    invoice_id, feature, value, contribution (signed, in log odds of the risk).
    `features` are described by name; `witnesses` names the records of a feature.
    """

    validations: pa.Table
    duplicates: pa.Table
    fired: pa.Table
    scores: pa.Table
    contributions: pa.Table
    features: Mapping[str, Described] = field(default_factory=dict)
    witnesses: Witnesses = lambda invoice_id, feature: ()


@dataclass(frozen=True)
class Scope:
    """Which kinds the code looks for, and what each of them lacks in this ledger."""

    implemented: Collection[Kind]
    missing: Mapping[Kind, Sequence[str]]

    def outcome(self, kind: Kind) -> str:
        """`tested`, `not_testable` or `not_implemented`."""
        if kind not in self.implemented:
            return "not_implemented"
        return "not_testable" if self.missing.get(kind) else "tested"


def findings_of(
    signs: Signs, subjects: Subjects, scope: Scope, budget: Budget | None = None
) -> tuple[pa.Table, pa.Table]:
    """The tables `findings` and `coverage`."""
    budget = budget or Budget()
    drafts = _drafts(signs, subjects, budget)
    scored = frozenset(column(signs.scores, "invoice_id"))
    rows = []
    for group in _events(drafts, subjects):
        draft = _complete(_merged(group, budget), scored, subjects)
        told = with_witnesses(draft, subjects, signs.witnesses, budget.witnesses)
        rows.append(_row(told, subjects))
    return FINDINGS.conform(FINDINGS.rows(rows)), coverage_of(rows, scope)


def coverage_of(findings: Iterable[Row], scope: Scope) -> pa.Table:
    """What was tested: every kind, what it lacks, and its count of findings (null if untested)."""
    counts = Counter(row["kind"] for row in findings)
    rows = []
    for kind in Kind:
        outcome = scope.outcome(kind)
        # A kind may be found on one source although another source of it is missing.
        if counts[kind.value]:
            outcome = "tested"
        missing = scope.missing.get(kind, ()) if outcome == "not_testable" else ()
        rows.append(
            {
                "kind": kind.value,
                "outcome": outcome,
                "missing": ", ".join(missing) or None,
                "findings": counts[kind.value] if outcome == "tested" else None,
            }
        )
    return COVERAGE.conform(COVERAGE.rows(rows))


def _drafts(signs: Signs, subjects: Subjects, budget: Budget) -> list[Draft]:
    risk = _risks(signs.scores)
    papers = of_validations(signs.validations, subjects)
    pairs = of_duplicates(signs.duplicates, subjects, budget.least_duplicate)
    rules = of_rules(signs.fired, risk, subjects, signs.features)
    weighed = weighed_reasons(signs.contributions, signs.features, budget.reasons)
    rules = [_explained(draft, weighed, budget) for draft in rules]
    drafts = _unmuted([*papers, *pairs, *rules], subjects)
    strong = [draft for draft in drafts if _is_likely(draft, budget)]
    spoken = {draft.invoice_id for draft in strong if draft.kind not in WEAK}
    for invoice_id, score in sorted(risk.items()):
        if score >= budget.least_risk_alone and invoice_id not in spoken:
            reasons = weighed.get(invoice_id, [])
            draft = of_model(invoice_id, score, reasons, signs.features, subjects)
            strong += [draft] if draft else []
    return _absorbed(strong)


def _risks(scores: pa.Table) -> dict[str, float]:
    """The model's risk by invoice; nothing for invoices it did not score."""
    columns = column(scores, "invoice_id"), column(scores, "compliance_risk")
    return {key: risk for key, risk in zip(*columns, strict=True) if risk is not None}


def _is_likely(draft: Draft, budget: Budget) -> bool:
    """Papers and pairs stand by themselves; a rule needs the model's consent, if there is one."""
    return draft.feature is None or draft.score >= budget.least_risk_with_rule


def _explained(draft: Draft, weighed: Mapping[str, list[Reason]], budget: Budget) -> Draft:
    """A rule's draft with what the model weighed beside it, the rule's own reason first."""
    own = draft.reasons[0]
    beside = weighed.get(draft.invoice_id or "", [])
    same = next((one for one in beside if one.feature == own.feature), None)
    if same is not None:
        own = replace(own, contribution=same.contribution, share=same.share)
    others = [one for one in beside if one.feature != own.feature]
    return replace(draft, reasons=(own, *others[: budget.reasons - 1]))


def _unmuted(drafts: list[Draft], subjects: Subjects) -> list[Draft]:
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
    decided = {
        FIELD_OF_COLUMN[column]
        for need in draft.kind.facts.needs
        if (column := need.partition(".")[2]) in FIELD_OF_COLUMN
    }
    return bool(decided & unsure.get(paper, set()))


def _absorbed(drafts: list[Draft]) -> list[Draft]:
    """Causes, with effects and weak signs as further reasons; weak rules alone are none."""
    by_subject: dict[tuple[Any, ...], list[Draft]] = defaultdict(list)
    for draft in drafts:
        by_subject[draft.subject].append(draft)
    kept: list[Draft] = []
    for together in by_subject.values():
        kept += _causes(together)
    return kept


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
    strong = [at for at, one in enumerate(causes) if not _is_weak(one)]
    if strong:
        effects[strong[0]] += [one for one in causes if _is_weak(one)]
    return [replace(causes[at], absorbed=tuple(effects[at])) for at in strong]


def _one_per_kind(drafts: list[Draft]) -> list[Draft]:
    """The likeliest draft of each kind; the sentences of the others become reasons of it."""
    by_kind: dict[Kind, list[Draft]] = defaultdict(list)
    for draft in drafts:
        by_kind[draft.kind].append(draft)
    single = []
    for same in by_kind.values():
        same.sort(key=lambda one: (one.is_of_model, -one.score, one.sentence))
        more = [reason for one in same[1:] for reason in one.reasons[:1]]
        new = [reason for reason in more if reason not in same[0].reasons]
        single.append(replace(same[0], reasons=(*same[0].reasons, *new)))
    return single


def _rank(draft: Draft) -> tuple[Any, ...]:
    """Causes before their effects: papers, pairs of invoices, the rest by what they could cost."""
    order = 0 if draft.paper else 1 if draft.counterpart else 2
    effects = sum(explains(draft.kind, kind) for kind in Kind)
    return (order, _is_weak(draft), -effects, -draft.kind.facts.severity.rank, draft.kind.value)


def _covers(cause: Draft, draft: Draft) -> bool:
    """Whether one draft makes another needless: an effect of it, or its pair seen by a rule."""
    if cause.kind in DUPLICATE_KINDS and draft.kind in DUPLICATE_KINDS:
        return cause.counterpart is not None and draft.counterpart is None
    return explains(cause.kind, draft.kind)


def _is_weak(draft: Draft) -> bool:
    return draft.kind in WEAK and not draft.is_of_model


def _events(drafts: list[Draft], subjects: Subjects) -> list[list[Draft]]:
    """Drafts that are one event, together; within one, the newest invoice last."""
    grouped: dict[tuple[Any, ...], list[Draft]] = defaultdict(list)
    for draft in sorted(drafts, key=lambda one: _when(one, subjects)):
        grouped[_event_key(draft, subjects)].append(draft)
    return [part for group in grouped.values() for part in _in_windows(group, subjects)]


def _event_key(draft: Draft, subjects: Subjects) -> tuple[Any, ...]:
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


def _when(draft: Draft, subjects: Subjects) -> tuple[date, str]:
    return (as_of(draft.invoice_id, subjects) or date.min, draft.invoice_id or "")


def _merged(group: list[Draft], budget: Budget) -> Draft:
    """Several drafts of one event as one: it speaks of the newest invoice and counts the others.

    Of a bound that is exceeded the newest invoice shows by how much; the score is
    the highest among them.
    """
    newest = group[-1]
    if len(group) == 1:
        return newest
    earlier = [draft.invoice_id for draft in group[:-1] if draft.invoice_id]
    sentence = (
        f"{newest.sentence} {counted(len(earlier), 'earlier invoice')} of the same event "
        f"{'belongs' if len(earlier) == 1 else 'belong'} to it."
    )
    evidence = list(newest.evidence)
    for draft in group[:-1][-budget.invoices :]:
        evidence += draft.evidence[:1]
    return replace(
        newest,
        sentence=sentence,
        score=max(draft.score for draft in group),
        others=tuple(earlier),
        evidence=tuple(evidence),
        absorbed=tuple(effect for draft in group for effect in draft.absorbed),
    )


def _row(draft: Draft, subjects: Subjects) -> dict[str, Any]:
    subject_table, subject, apart = _subject(draft, subjects)
    case = _case(draft, subjects)
    amount = amount_at_risk(draft.kind, case, subjects)
    day = as_of(draft.invoice_id, subjects)
    return {
        "finding_id": short_hash(draft.kind.value, subject_table, subject, *apart),
        "kind": draft.kind.value,
        "subject": subject,
        "subject_table": subject_table,
        "score": min(max(draft.score, 0.0), 1.0),
        "severity": (draft.severity or draft.kind.facts.severity).value,
        "amount_at_risk": amount,
        "currency": _currency(draft, case, subjects) if amount is not None else None,
        "as_of": day,
        "sentence": draft.sentence,
        "disproof": draft.kind.facts.disproof,
        "contributions": canonical_json([_plain(reason) for reason in draft.reasons]).decode(),
        "evidence": canonical_json([asdict(ref) for ref in draft.evidence]).decode(),
        "status": "open",
    }


def _subject(draft: Draft, subjects: Subjects) -> tuple[str, str, tuple[str, ...]]:
    """The table and id of the subject, and what tells two findings of a kind about it apart."""
    if draft.paper is not None:
        return "documents", draft.paper[0], (str(draft.paper[1]),)
    invoice_id = draft.invoice_id or ""
    if draft.kind in DUPLICATE_KINDS:
        return "invoices", invoice_id, (draft.counterpart or "",)
    event, invoice = EVENTS.get(draft.kind, OF_AN_INVOICE), subjects.invoices.get(invoice_id)
    if event is OF_AN_INVOICE or invoice is None or invoice[event.columns[0]] is None:
        return "invoices", invoice_id, ()
    apart = [invoice[column] or "" for column in event.columns[1:]]
    # The first invoice names an event within a window: it stays when later ones join.
    since = [draft.others[0] if draft.others else invoice_id] if event.window_days else []
    return event.table, invoice[event.columns[0]], (*apart, *since)


def _case(draft: Draft, subjects: Subjects) -> Case:
    ids = (*draft.others, draft.invoice_id or "")
    invoices = [subjects.invoices[one] for one in ids if one in subjects.invoices]
    return Case(invoices, draft.paper, draft.fields)


def _currency(draft: Draft, case: Case, subjects: Subjects) -> str | None:
    if case.invoices:
        currency: str | None = case.invoices[-1]["currency"]
        return currency
    reading = subjects.chosen(draft.paper, "currency") if draft.paper else None
    return reading["value"] if reading else None


def _complete(draft: Draft, scored: Collection[str], subjects: Subjects) -> Draft:
    """The draft with what it absorbed among its reasons, and all rows that it is judged by."""
    effects = [
        Reason(reason.sentence, reason.feature, reason.value, reason.unit, kind=effect.kind)
        for effect in draft.absorbed
        for reason in (effect.reasons[:1] or (Reason(effect.sentence),))
    ]
    own = [one for one in draft.reasons if one.feature or one.sentence not in draft.sentence]
    known = {(one.feature, one.sentence) for one in own}
    new = [one for one in effects if (one.feature, one.sentence) not in known]
    evidence = list(draft.evidence)
    if draft.invoice_id is not None and draft.paper is None:
        evidence += _judged_by(draft, subjects)
        if draft.invoice_id in scored:
            evidence.append(Ref("invoice_scores", {"invoice_id": draft.invoice_id}))
    return replace(draft, reasons=(*own, *dict.fromkeys(new)), evidence=_distinct(evidence))


def _judged_by(draft: Draft, subjects: Subjects) -> list[Ref]:
    invoice = subjects.invoices.get(draft.invoice_id or "")
    return related_refs(draft.kind, invoice, subjects) if invoice else []


def _plain(reason: Reason) -> dict[str, Any]:
    """A reason as JSON, without what is not known."""
    stated = {**asdict(reason), "kind": reason.kind.value if reason.kind else None}
    stated["records"] = reason.records or None
    stated["unit"] = reason.unit or None
    if reason.value is not None and math.isnan(reason.value):
        stated["value"] = None
    return {key: value for key, value in stated.items() if value is not None}


def _distinct(refs: Iterable[Ref]) -> tuple[Ref, ...]:
    found: dict[str, Ref] = {}
    for ref in refs:
        found.setdefault(canonical_json(asdict(ref)).decode(), ref)
    return tuple(found.values())


def refs_of(finding: Row) -> list[Ref]:
    """The references that a finding rests on."""
    return [Ref(one["table"], one["key"]) for one in json.loads(finding["evidence"] or "[]")]


def reasons_of(finding: Row) -> list[dict[str, Any]]:
    """What speaks for a finding, the heaviest first: sentence, and feature, value, unit,
    contribution, share, kind and records where they are known."""
    reasons: list[dict[str, Any]] = json.loads(finding["contributions"] or "[]")
    return reasons
