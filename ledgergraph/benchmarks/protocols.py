"""How the roles are judged: on whole ledgers that no model has seen, beside baselines.

Pure: ledgers and scores in, rows (BENCHMARKS) out. Average precision first,
since accuracy says nothing at a prevalence of five per cent. Every row carries
the interval in which it falls when invoices are drawn again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from ledgergraph.datasets.labelled_pairs import label_pairs, pair_targets
from ledgergraph.datasets.labels import labels_of, targets
from ledgergraph.models.contract import Floats
from ledgergraph.models.metrics import (
    Metric,
    average_precision,
    best_f1,
    bootstrap_interval,
    recall_at_precision,
    recall_at_share,
    true_positive_rate,
)
from ledgergraph.tables import TEXT, Table

REAL = pa.float64()
BENCHMARKS = Table(
    "benchmarks",
    pa.schema(
        [
            ("protocol", TEXT),  # compliance, duplicate
            ("ledger", TEXT),
            ("scorer", TEXT),  # rules, own attributes, model, ...
            ("slice", TEXT),  # all, or a kind
            ("metric", TEXT),
            ("value", REAL),
            ("low", REAL),  # of the 95 % interval; null where none was made
            ("high", REAL),
            ("rows", pa.int64()),  # positive rows of the slice
        ]
    ),
    key=("protocol", "ledger", "scorer", "slice", "metric"),
)
RANKING: Mapping[str, Metric] = {
    "average_precision": average_precision,
    "recall_at_1pct": partial(recall_at_share, share=0.01),
    "recall_at_5pct": partial(recall_at_share, share=0.05),
    "tpr_at_4pct": partial(true_positive_rate, false_positive_rate=0.04),
    "tpr_at_1pct": partial(true_positive_rate, false_positive_rate=0.01),
}


@dataclass(frozen=True)
class LabelledLedger:
    """A ledger to be judged on: its features, its candidate pairs, and its truth."""

    name: str
    features: pa.Table
    pairs: pa.Table
    truth: pa.Table
    duplicates: pa.Table


def compliance(
    ledger: LabelledLedger, scores: Mapping[str, Floats], seed: int, rounds: int = 200
) -> pa.Table:
    """Rows for the compliance protocol: every scorer's ranking of the ledger's invoices.

    `scores` holds for each scorer one number per row of the ledger's features.
    """
    labels = labels_of(ledger.truth)
    target = targets(ledger.features, labels)
    known = ~np.isnan(target)
    kinds = dict(zip(labels["invoice_id"].to_pylist(), labels["kinds"].to_pylist(), strict=True))
    ids = np.array(ledger.features["invoice_id"].to_pylist(), dtype=object)[known]
    own_kinds = [set((kinds.get(one) or "").split("|")) - {""} for one in ids]
    truth = target[known]
    rows: list[dict[str, Any]] = []
    for scorer, values in scores.items():
        score = values[known]
        start = {"protocol": "compliance", "ledger": ledger.name, "scorer": scorer}
        for name, metric in RANKING.items():
            low, high = bootstrap_interval(metric, score, truth, seed=seed, rounds=rounds)
            rows.append(
                {**start, "slice": "all", "metric": name, "value": metric(score, truth),
                 "low": low, "high": high, "rows": int(truth.sum())}
            )  # fmt: skip
        rows += [{**start, **row} for row in _by_kind(score, truth, own_kinds)]
    return BENCHMARKS.conform(BENCHMARKS.rows(rows))


def _by_kind(score: Floats, target: Floats, kinds: Sequence[set[str]]) -> Iterable[dict[str, Any]]:
    """The share of each kind's invoices found where 4 % and 1 % of the honest ones are flagged."""
    for kind in sorted(set().union(*kinds)):
        of_kind = np.array([kind in one for one in kinds])
        judged = of_kind | (target == 0)
        for name, rate in (("tpr_at_4pct", 0.04), ("tpr_at_1pct", 0.01)):
            value = true_positive_rate(score[judged], target[judged], rate)
            yield {"slice": kind, "metric": name, "value": value, "rows": int(of_kind.sum())}


def duplicate(
    ledger: LabelledLedger, scores: Mapping[str, Floats], seed: int, rounds: int = 200
) -> pa.Table:
    """Rows for the duplicate protocol: every scorer's ranking of the candidate pairs.

    True pairs that blocking missed count as not found. `scores` holds for each
    scorer one number per row of the ledger's pairs.
    """
    labelled = label_pairs(ledger.pairs, ledger.duplicates)
    target = pair_targets(ledger.pairs, labelled)
    known = ~np.isnan(target)
    total = float(ledger.duplicates.num_rows)
    missed = total - float(target[known].sum())
    metrics: dict[str, Metric] = {
        "f1": lambda score, truth: best_f1(score, truth, truth.sum() + missed),
        "recall_at_p95": lambda score, truth: recall_at_precision(
            score, truth, 0.95, truth.sum() + missed
        ),
        "average_precision": lambda score, truth: average_precision(score, truth)
        * truth.sum() / max(truth.sum() + missed, 1.0),
    }  # fmt: skip
    rows: list[dict[str, Any]] = []
    for scorer, values in scores.items():
        start = {"protocol": "duplicate", "ledger": ledger.name, "scorer": scorer, "slice": "all"}
        for name, metric in metrics.items():
            low, high = bootstrap_interval(metric, values[known], target[known], seed=seed,
                                           rounds=rounds)  # fmt: skip
            rows.append(
                {**start, "metric": name, "value": metric(values[known], target[known]),
                 "low": low, "high": high, "rows": int(total)}
            )  # fmt: skip
    invoices = max(ledger.features.num_rows, 1)
    start = {"protocol": "duplicate", "ledger": ledger.name, "scorer": "blocking", "slice": "all"}
    blocking = {"recall": (total - missed) / max(total, 1.0),
                "candidates_per_invoice": ledger.pairs.num_rows / invoices}  # fmt: skip
    rows += [
        {**start, "metric": name, "value": value, "rows": int(total)}
        for name, value in blocking.items()
    ]
    return BENCHMARKS.conform(BENCHMARKS.rows(rows))


def summary(rows: pa.Table) -> list[dict[str, Any]]:
    """The mean over ledgers of every metric on all rows, one entry per protocol and scorer."""
    values: dict[tuple[str, str], dict[str, list[float]]] = {}
    for row in rows.to_pylist():
        if row["slice"] == "all" and row["value"] is not None:
            metrics = values.setdefault((row["protocol"], row["scorer"]), {})
            metrics.setdefault(row["metric"], []).append(row["value"])
    return [
        {"protocol": protocol, "scorer": scorer}
        | {name: round(float(np.mean(found)), 4) for name, found in metrics.items()}
        for (protocol, scorer), metrics in sorted(values.items())
    ]
