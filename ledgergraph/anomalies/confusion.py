"""The kind that a model's weights name for an invoice, beside the kind that is true.

Belongs here: counts of both on made ledgers, whose truth is whole. What people confirmed
is no such truth: they were shown the kinds that had been named.
"""

from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.anomalies.drafts import Assessment, kinds_by_weight, weights_of
from ledgergraph.anomalies.findings import Budget
from ledgergraph.anomalies.judging import WEIGHED
from ledgergraph.anomalies.scoring import contributions
from ledgergraph.datasets.features import FEATURES
from ledgergraph.models.contract import Model

NONE = "none"
"""No issue, where it is the truth; not risky enough to be named, where a model says it."""


def confusion(
    rows: pa.Table, model: Model, least_risk: float = Budget.least_risk_alone
) -> Counter[tuple[str, str]]:
    """How often each true kind (first) was given each kind by the model's weights (second).

    `rows` have the features of invoices, `ledger`, `is_issue` and `kinds` (joined by `|`).
    An invoice of several kinds counts as the one that was named, if it is of that one.
    Invoices that are no issue and were named none are left out.
    """
    found: Counter[tuple[str, str]] = Counter()
    for ledger in pc.unique(rows["ledger"]).to_pylist():
        own = rows.filter(pc.and_(pc.equal(rows["ledger"], ledger), pc.is_valid(rows["is_issue"])))
        named = _named(own, model, least_risk)
        for row in own.select(["invoice_id", "is_issue", "kinds"]).to_pylist():
            said = named.get(row["invoice_id"], NONE)
            kinds = sorted((row["kinds"] or "").split("|")) if row["is_issue"] else [NONE]
            found[said if said in kinds else kinds[0], said] += 1
    del found[NONE, NONE]
    return found


def _named(rows: pa.Table, model: Model, least_risk: float) -> dict[str, str]:
    """For each risky invoice of one ledger the kind whose signs weigh most."""
    risk = model.predict(rows)
    ids = [one for one, at in zip(rows["invoice_id"].to_pylist(), risk, strict=True)
           if at >= least_risk]  # fmt: skip
    weights = weights_of(contributions(rows, model, ids, WEIGHED))
    kinds = {one: kinds_by_weight(Assessment(weights=own), FEATURES)
             for one, own in weights.items()}  # fmt: skip
    return {one: own[0].value for one, own in kinds.items() if own}
