"""Judging a ledger: rules, models and pairs applied to a snapshot, and findings made of them."""

from collections.abc import Collection, Sequence
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.anomalies.findings import Budget, Scope, Signs, findings_of
from ledgergraph.anomalies.scoring import contributions
from ledgergraph.anomalies.subjects import Measures, Subjects
from ledgergraph.datasets import rules
from ledgergraph.datasets.features import FEATURES, witnesses
from ledgergraph.datasets.line_rules import with_lines
from ledgergraph.datasets.record_rules import RECORD_RULES, breaches
from ledgergraph.datasets.standing import standing
from ledgergraph.extractions.rules import RULES as DOCUMENT_RULES
from ledgergraph.graph.duplicates import PAIR_KINDS
from ledgergraph.graph.frames import ledger_of
from ledgergraph.graph.snapshot import Snapshot
from ledgergraph.issues import Kind
from ledgergraph.models.contract import Model, matrix_of

IMPLEMENTED = frozenset(
    {
        *(rule.kind for rule in rules.RULES),
        *(rule.kind for rule in DOCUMENT_RULES),
        *RECORD_RULES,
        *PAIR_KINDS,
        Kind.HYBRID_MISMATCH,
        Kind.HYBRID_CONTAINER_INVALID,
        Kind.HIDDEN_OR_OVERLAID_TEXT,
        Kind.READING_UNSURE,
    }
)
"""The kinds that this version looks for."""


def judge(
    snapshot: Snapshot,
    subjects: Subjects,
    validations: pa.Table,
    duplicates: pa.Table,
    features: pa.Table,
    scores: pa.Table,
    compliance_model: Model,
    budget: Budget | None = None,
    off: Collection[Kind] = (),
    told_apart: Collection[str] = (),
) -> tuple[pa.Table, pa.Table]:
    """The tables `findings` and `coverage` of a ledger; kinds that are `off` are not looked for.

    Only of the invoices that may become findings it is asked what moved the model:
    of those with much risk, or with some where a rule fired. `told_apart` are invoices
    of pairs of which people said that they are two claims.
    """
    budget = budget or Budget()
    ledger = ledger_of(snapshot)
    whole = standing(rules.fires(features), ledger)
    fired, unseen = with_lines(whole, subjects.line_matches)
    risk = pc.fill_null(scores["compliance_risk"], 0.0)
    may_be = pc.and_(
        pc.greater_equal(risk, budget.least_risk_with_rule),
        pc.is_in(scores["invoice_id"], fired["invoice_id"].combine_chunks()),
    )
    is_risky = pc.or_(may_be, pc.greater_equal(risk, budget.least_risk_alone))
    risky = scores.filter(is_risky)["invoice_id"].to_pylist()

    @cache
    def named(invoice_id: str, feature: str) -> Sequence[str]:
        return witnesses(ledger, invoice_id, feature)

    signs = Signs(
        validations=validations,
        duplicates=duplicates,
        fired=fired,
        unseen=unseen,
        scores=scores,
        contributions=contributions(features, compliance_model, risky, WEIGHED),
        features=FEATURES,
        measures=measures_of(features, risky),
        witnesses=named,
        told_apart=told_apart,
        breaches=breaches(snapshot),
    )
    return findings_of(signs, subjects, Scope(IMPLEMENTED, rules.testable(snapshot), off), budget)


WEIGHED = 16
"""How many features of an invoice are weighed: those after them say little."""


def measures_of(features: pa.Table, invoice_ids: Collection[str]) -> dict[str, Measures]:
    """The features of some invoices that are known, by invoice."""
    wanted = pa.array(sorted(set(invoice_ids)), pa.string())
    rows = features.filter(pc.is_in(features["invoice_id"], wanted))
    names = [name for name in FEATURES if name in rows.column_names]
    values = matrix_of(rows, names)
    return {
        invoice_id: {name: value for name, value in zip(names, row, strict=True) if value == value}
        for invoice_id, row in zip(rows["invoice_id"].to_pylist(), values.tolist(), strict=True)
    }
