"""Judging a ledger: rules, models and pairs applied to a snapshot, and findings made of them."""

from collections.abc import Sequence
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.anomalies.findings import Budget, Scope, Signs, findings_of
from ledgergraph.anomalies.scoring import contributions
from ledgergraph.anomalies.subjects import Subjects
from ledgergraph.datasets import rules
from ledgergraph.datasets.features import FEATURES, witnesses
from ledgergraph.extractions.rules import RULES as DOCUMENT_RULES
from ledgergraph.graph.duplicates import PAIR_KINDS
from ledgergraph.graph.frames import ledger_of
from ledgergraph.graph.snapshot import Snapshot
from ledgergraph.issues import Kind
from ledgergraph.models.contract import Model

IMPLEMENTED = frozenset(
    {
        *(rule.kind for rule in rules.RULES),
        *(rule.kind for rule in DOCUMENT_RULES),
        *PAIR_KINDS,
        Kind.HYBRID_MISMATCH,
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
) -> tuple[pa.Table, pa.Table]:
    """The tables `findings` and `coverage` of a ledger.

    Contributions are computed for the invoices that may become findings: those
    with some risk.
    """
    budget = budget or Budget()
    is_risky = pc.greater_equal(scores["compliance_risk"], budget.least_risk_with_rule)
    risky = scores.filter(is_risky)["invoice_id"].to_pylist()
    ledger = ledger_of(snapshot)

    @cache
    def named(invoice_id: str, feature: str) -> Sequence[str]:
        return witnesses(ledger, invoice_id, feature)

    signs = Signs(
        validations=validations,
        duplicates=duplicates,
        fired=rules.fires(features),
        scores=scores,
        contributions=contributions(features, compliance_model, risky),
        features=FEATURES,
        witnesses=named,
    )
    return findings_of(signs, subjects, Scope(IMPLEMENTED, rules.testable(snapshot)), budget)
