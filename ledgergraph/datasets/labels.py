"""What is known of invoices: whether something is wrong with them, and of which kinds.

Truth of made companies and judgements of people have one schema (LABELS).
`has_compliance_issues` (amount above the contract's value, or date outside its
term) is derived from the kinds.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.datasets.schemas import LABELS
from ledgergraph.issues import Kind
from ledgergraph.models.contract import Examples, Floats, matrix_of

COMPLIANCE = (Kind.OVER_CONTRACT_VALUE, Kind.OUTSIDE_CONTRACT_TERM)


def labels_of(truth: pa.Table) -> pa.Table:
    """Labels from a truth table: invoice_id, is_issue, kinds joined by `|`, and perhaps `scored`.

    Invoices that are not scored (nobody could tell yet) get no label.
    """
    if "scored" in truth.column_names:
        truth = truth.filter(pc.fill_null(truth["scored"].cast(pa.bool_()), True))
    kinds = pc.fill_null(truth["kinds"].cast(pa.string()), "")
    pattern = "|".join(kind.value for kind in COMPLIANCE)
    return LABELS.conform(
        pa.table(
            {
                "invoice_id": truth["invoice_id"],
                "is_issue": truth["is_issue"].cast(pa.bool_()),
                "kinds": kinds,
                "has_compliance_issues": pc.match_substring_regex(kinds, f"(^|[|])({pattern})"),
            }
        )
    )


def targets(features: pa.Table, labels: pa.Table, column: str = "is_issue") -> Floats:
    """For each row of features 1 or 0, NaN where it has no label."""
    place = pc.index_in(features["invoice_id"], labels["invoice_id"].combine_chunks())
    found = labels[column].cast(pa.float64()).take(place)
    return np.asarray(found.to_numpy(), dtype=np.float64)


def examples_of(ledgers: Sequence[tuple[pa.Table, pa.Table]], names: Sequence[str]) -> Examples:
    """Labelled rows of several ledgers, each given as (features, labels); one group a ledger."""
    matrices, outcomes, groups = [], [], []
    for number, (features, labels) in enumerate(ledgers):
        outcome = targets(features, labels)
        known = ~np.isnan(outcome)
        matrices.append(matrix_of(features, names)[known])
        outcomes.append(outcome[known])
        groups.append(np.full(int(known.sum()), number, dtype=np.int64))
    return Examples(
        tuple(names), np.concatenate(matrices), np.concatenate(outcomes), np.concatenate(groups)
    )
