"""Unusual invoices, without labels: what the anomaly model reads and learns, and its tables.

Belongs here: which columns of invoices detectors see, whose review sets the threshold,
what is published beside the score. Not here: how outliers are found (models.outliers).
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.datasets.features import FEATURES, OWN
from ledgergraph.evidence import Decision
from ledgergraph.models.contract import Floats, Model, ModelCard, matrix_of
from ledgergraph.models.outliers import ALGORITHM, Found, OutlierSettings, fit
from ledgergraph.tables import TEXT, Table

ROLE, CODE_VERSION, SEED = "anomaly", "2", 1
FOLLOW = "follow"
"""What is decided without a gate: the fit follows its ledger, its settings come with the code."""
COLUMNS: tuple[str, ...] = tuple(
    name for name, feature in FEATURES.items() if name not in OWN and feature.kinds
)
"""What relates an invoice to others, as of its day, and is a sign of something.

An invoice's own attributes are no help: on made ledgers they give a third of the
average precision.
"""
SETTINGS = OutlierSettings(low_side=0.3, is_turned=True)
"""Most features are written so that more is stranger: what lies below the median weighs less.

Both were chosen on made ledgers of seeds 8001 to 8003; docs/benchmarks.md has others.
"""
UNASKED = "invoices approved unasked"
PLACES = 6
"""Digits of a score: the last bits of sums differ between machines."""

ANOMALY_RANKS = Table(
    "anomaly_ranks",
    pa.schema(
        [
            ("invoice_id", TEXT),
            ("detector", TEXT),  # module.class of PyOD
            ("rank", pa.float64()),  # in [0, 1]: share of invoices that are less unusual
        ]
    ),
    key=("invoice_id", "detector"),
)
"""How unusual each detector that was used finds each invoice, counting or not."""

ANOMALY_REASONS = Table(
    "anomaly_reasons",
    pa.schema(
        [
            ("invoice_id", TEXT),
            ("feature", TEXT),
            ("value", pa.float64()),
            ("contribution", pa.float64()),  # in log odds of the score, from 0 on
        ]
    ),
    key=("invoice_id", "feature"),
)
"""What made the most unusual invoices so."""
MOST_EXPLAINED = 100
"""How many of the most unusual invoices are explained: one takes about 20 ms."""


def fitted(
    features: pa.Table, normals: Collection[str] = (), settings: OutlierSettings = SETTINGS
) -> Found:
    """What is usual in a ledger (INVOICE_FEATURES).

    `normals` are invoices that people found in order, and that nobody picked because they
    look suspicious (`approved_unasked`): they set the threshold once there are enough.
    """
    known = pa.array(sorted(normals), TEXT)
    normal = pc.is_in(features["invoice_id"], known).to_numpy() if normals else None
    return fit(COLUMNS, matrix_of(features, COLUMNS), settings, SEED, normal)


def anomaly_score(features: pa.Table, model: Model) -> Floats:
    """How unusual each invoice is, in [0, 1]; one half is the threshold."""
    return np.round(model.predict(features), PLACES)


def most_unusual(features: pa.Table, scores: Floats) -> list[str]:
    """The invoices above the threshold, the most unusual first; of many the first hundred."""
    order = np.argsort(-scores, kind="stable")[:MOST_EXPLAINED]
    ids = features["invoice_id"].to_pylist()
    return [ids[at] for at in order.tolist() if scores[at] >= 0.5]


def decided(card: ModelCard) -> Decision:
    """Why the model that was fitted last counts: without labels none is better than another.

    It follows its ledger: judged by what is usual today. Where people approved enough
    invoices unasked, those set its threshold, and how often it calls an invoice in order
    unusual is known; else all invoices do, and it is not, since issues are among them.
    """
    facts, rows = card.metrics["threshold"], card.examples["rows"]
    low, high = facts["rate_interval"]
    share, rates = (
        f"{100 * facts['false_positive_rate']:g} %",
        f"{100 * low:.1f} to {100 * high:.1f} %",
    )
    meaning = (
        f"{facts['rows']} of them, approved unasked, set the threshold for {share} false alarms; "
        f"among such invoices the true rate may lie from {rates}."
        if facts["basis"] == UNASKED
        else f"The threshold lies below the most unusual {share} of all of them; of further "
        f"invoices like these, issues included, {rates} may lie above it. How many of those in "
        "order do, is not known before more are approved unasked."
    )
    reason = f"Follows the ledger of {rows} invoices. {meaning}"
    if not card.metrics["detectors"]:
        reason = f"{rows} invoices say nothing of what is usual: none is called unusual."
    numbers = {"invoices": rows, "threshold": facts["surprise"], "rate_low": low,
               "rate_high": high}  # fmt: skip
    return Decision(FOLLOW, True, reason, numbers)


def ranks_table(features: pa.Table, found: Found) -> pa.Table:
    """The ranks of all detectors that were used, in the schema ANOMALY_RANKS."""
    ids = features["invoice_id"].combine_chunks()
    pieces = [
        pa.table(
            {
                "invoice_id": ids,
                "detector": pa.array([path] * len(ids), TEXT),
                "rank": pa.array(np.round(ranks, PLACES)),
            }
        )
        for path, ranks in found.ranks.items()
    ]
    return ANOMALY_RANKS.conform(pa.concat_tables(pieces)) if pieces else ANOMALY_RANKS.empty()


def card_of(found: Found, settings: OutlierSettings = SETTINGS) -> ModelCard:
    """What the model is, what the ledger was like, and where its threshold lies."""
    return ModelCard(
        ROLE,
        ALGORITHM,
        asdict(settings),
        SEED,
        asdict(found.data),
        CODE_VERSION,
        {"threshold": threshold_facts(found), "detectors": sorted(found.ranks)},
    )


def threshold_facts(found: Found) -> Mapping[str, Any]:
    """The threshold in surprise (-log of the share of usual rows), its intervals, its basis.

    `rate_interval` is of the share of further rows like those of the basis that lie above it.
    """
    threshold = found.model.threshold
    return {
        "surprise": round(threshold.value, PLACES),
        "interval": [round(threshold.low, PLACES), round(threshold.high, PLACES)],
        "false_positive_rate": threshold.false_positive_rate,
        "rate_interval": [round(threshold.rate_low, PLACES), round(threshold.rate_high, PLACES)],
        "rows": threshold.rows,
        "basis": UNASKED if threshold.is_reviewed else "all invoices",
    }
