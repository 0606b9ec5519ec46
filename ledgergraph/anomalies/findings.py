"""Findings: red flags for a person, one per event, each with its evidence; and what was tested.

Signs of all sources become drafts (drafts), drafts become events (merging), and those
that are likely enough become findings. Not here: scoring, rendering.
"""

import json
import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import pyarrow as pa

from ledgergraph.anomalies.deciding import related_refs
from ledgergraph.anomalies.drafts import (
    Assessment,
    Described,
    Draft,
    Reason,
    Witnesses,
    likeliest_twins,
    of_breaches,
    of_duplicates,
    of_model,
    of_rule,
    of_validations,
    weights_of,
    with_witnesses,
)
from ledgergraph.anomalies.events import DUPLICATE_KINDS, EVENTS, OF_AN_INVOICE, WEAK
from ledgergraph.anomalies.exposure import Case, amount_at_risk
from ledgergraph.anomalies.merging import (
    absorbed,
    events,
    is_weak,
    merged,
    unmuted,
    wanted_readings,
)
from ledgergraph.anomalies.schemas import COVERAGE, FINDINGS
from ledgergraph.anomalies.subjects import Row, Subjects, column, known_on, rows_of
from ledgergraph.datasets.breaches import Breach
from ledgergraph.evidence import Ref
from ledgergraph.identity import canonical_json, short_hash
from ledgergraph.issues import Kind


@dataclass(frozen=True)
class Budget:
    """How likely a sign must be to become a finding, and how much a finding keeps.

    A rule needs less of the model's risk than the model alone: the rule names
    what is wrong. The signs of its kind must bear a part of that risk, for an
    invoice may be risky for another reason: on made ledgers, rules that bore less
    were right once in six, those that bore more three times in five. Probabilities
    and parts in [0, 1].
    """

    least_duplicate: float = 0.5
    least_risk_with_rule: float = 0.2
    least_share_of_rule: float = 0.15
    least_risk_alone: float = 0.5
    reasons: int = 5
    witnesses: int = 12
    invoices: int = 12


@dataclass(frozen=True)
class Signs:
    """All that speaks for something being wrong, as the areas before state it.

    `fired`: invoice_id, kind, strength, feature, value, sentence. `contributions`:
    invoice_id, feature, value, contribution (signed, in log odds of the risk).
    `features` are described by name; `measures` are their values, by invoice, for
    those that fired or were weighed; `witnesses` names the records of a feature.
    `told_apart` are invoices of which people said that they repeat no other. `breaches`
    are of rows that are no invoices. `unseen` are what fired, by invoice and kind, that the
    model could not see: single lines.
    """

    validations: pa.Table
    duplicates: pa.Table
    fired: pa.Table
    scores: pa.Table
    contributions: pa.Table
    features: Mapping[str, Described] = field(default_factory=dict)
    measures: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    witnesses: Witnesses = lambda invoice_id, feature: ()
    told_apart: Collection[str] = ()
    breaches: Sequence[Breach] = ()
    unseen: Collection[tuple[str, Kind]] = ()


@dataclass(frozen=True)
class Scope:
    """Which kinds the code looks for, what each lacks in this ledger, and which are not wanted."""

    implemented: Collection[Kind]
    missing: Mapping[Kind, Sequence[str]]
    off: Collection[Kind] = ()

    def outcome(self, kind: Kind) -> str:
        """`tested`, `switched_off`, `not_testable` or `not_implemented`."""
        if kind not in self.implemented:
            return "not_implemented"
        if kind in self.off:
            return "switched_off"
        return "not_testable" if self.missing.get(kind) else "tested"


def findings_of(
    signs: Signs, subjects: Subjects, scope: Scope, budget: Budget | None = None
) -> tuple[pa.Table, pa.Table]:
    """The tables `findings` and `coverage`."""
    budget = budget or Budget()
    drafts = _drafts(signs, subjects, budget, scope.off)
    scored = frozenset(column(signs.scores, "invoice_id"))
    rows = []
    for group in events(drafts, subjects):
        draft = _complete(merged(group, subjects, budget.invoices), scored, subjects)
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


def _drafts(signs: Signs, subjects: Subjects, budget: Budget, off: Collection[Kind]) -> list[Draft]:
    known = _assessments(signs)
    drafts = [
        *of_validations(signs.validations, subjects),
        *of_duplicates(signs.duplicates, subjects, budget.least_duplicate),
        *of_breaches(signs.breaches, subjects),
    ]
    for row in rows_of(signs.fired):
        assessed = known.get(row["invoice_id"], Assessment())
        if (row["invoice_id"], Kind(row["kind"])) in signs.unseen:
            assessed = replace(assessed, risk=None)
        if _is_borne(row, assessed, signs, budget):
            drafts.append(of_rule(row, assessed, subjects, signs.features, budget.reasons))
    drafts = [
        draft
        for draft in unmuted(drafts, subjects)
        if draft.kind not in off and not _is_denied(draft, signs)
    ]
    spoken = {draft.invoice_id for draft in drafts if not is_weak(draft)}
    for invoice_id, assessed in sorted(known.items()):
        if (assessed.risk or 0.0) >= budget.least_risk_alone and invoice_id not in spoken:
            draft = of_model(invoice_id, assessed, signs.features, subjects, budget.reasons)
            is_wanted = draft and draft.kind not in off and not _is_denied(draft, signs)
            drafts += [draft] if draft and is_wanted else []
    return wanted_readings(absorbed(drafts), subjects)


def _is_denied(draft: Draft, signs: Signs) -> bool:
    """Whether a draft calls a duplicate what people told apart, and names no other invoice."""
    is_pair = draft.kind in DUPLICATE_KINDS and draft.counterpart is None
    return is_pair and draft.invoice_id in signs.told_apart


def _assessments(signs: Signs) -> dict[str, Assessment]:
    """What model and features say of each invoice that was scored."""
    weights = weights_of(signs.contributions)
    twins = likeliest_twins(signs.duplicates)
    columns = column(signs.scores, "invoice_id"), column(signs.scores, "compliance_risk")
    return {
        key: Assessment(risk, signs.measures.get(key, {}), weights.get(key, ()), twins.get(key))
        for key, risk in zip(*columns, strict=True)
    }


def _is_borne(row: Row, known: Assessment, signs: Signs, budget: Budget) -> bool:
    """Whether the model, if there is one, finds the invoice risky for what a rule says."""
    if known.risk is None:
        return True
    if known.risk < budget.least_risk_with_rule:
        return False
    kind = Kind(row["kind"])
    if kind in WEAK or not known.weights:
        return True
    return known.share_of(kind, signs.features) >= budget.least_share_of_rule


def _row(draft: Draft, subjects: Subjects) -> dict[str, Any]:
    subject_table, subject, apart = _subject(draft, subjects)
    named = draft.event or (subject_table, subject, *apart)
    case = _case(draft, subjects)
    amount = draft.amount if draft.record else amount_at_risk(draft.kind, case, subjects)
    invoice = subjects.invoices.get(draft.invoice_id or "")
    return {
        "finding_id": short_hash(draft.kind.value, *named),
        "kind": draft.kind.value,
        "subject": subject,
        "subject_table": subject_table,
        "score": min(max(draft.score, 0.0), 1.0),
        "severity": (draft.severity or draft.kind.facts.severity).value,
        "amount_at_risk": amount,
        "currency": _currency(draft, case, subjects) if amount is not None else None,
        "as_of": known_on(invoice) if invoice else draft.as_of,
        "sentence": draft.sentence,
        "disproof": draft.kind.facts.disproof,
        "contributions": canonical_json([_plain(reason) for reason in draft.reasons]).decode(),
        "evidence": canonical_json([asdict(ref) for ref in draft.evidence]).decode(),
        "status": "open",
    }


def _subject(draft: Draft, subjects: Subjects) -> tuple[str, str, tuple[str, ...]]:
    """The table and id of the subject, and what tells two findings of a kind about it apart."""
    if draft.record is not None:
        return *draft.record, ()
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
    if draft.record is not None:
        return draft.currency
    if case.invoices:
        currency: str | None = case.invoices[-1]["currency"]
        return currency
    reading = subjects.chosen(draft.paper, "currency") if draft.paper else None
    return reading["value"] if reading else None


def _complete(draft: Draft, scored: Collection[str], subjects: Subjects) -> Draft:
    """The draft with what it absorbed among its reasons, and all rows that it is judged by."""
    effects = [Reason(effect.clause, kind=effect.kind) for effect in draft.absorbed]
    own = [one for one in draft.reasons if one.feature or one.sentence not in draft.sentence]
    reasons: dict[str, Reason] = {}
    for reason in [*own, *effects]:
        reasons.setdefault(reason.sentence, reason)
    evidence = list(draft.evidence)
    if draft.invoice_id is not None and draft.paper is None:
        evidence += _judged_by(draft, subjects)
        if draft.invoice_id in scored:
            evidence.append(Ref("invoice_scores", {"invoice_id": draft.invoice_id}))
    return replace(draft, reasons=tuple(reasons.values()), evidence=_distinct(evidence))


def _judged_by(draft: Draft, subjects: Subjects) -> list[Ref]:
    invoice = subjects.invoices.get(draft.invoice_id or "")
    return related_refs(draft.kind, invoice, subjects) if invoice else []


def _plain(reason: Reason) -> dict[str, Any]:
    """A reason as JSON, without what is not known."""
    stated = {**asdict(reason), "kind": reason.kind.value if reason.kind else None}
    stated["records"] = reason.records or None
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
    """What speaks for a finding, the heaviest first: sentence, and feature, value,
    contribution, share, kind and records where they are known."""
    reasons: list[dict[str, Any]] = json.loads(finding["contributions"] or "[]")
    return reasons
