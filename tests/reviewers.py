"""A simulated reviewer: judges invoices of a made ledger as a person would, and errs at times.

Half of the invoices come from the top of the queue, half by chance. Where rules
fired, the reviewer judges those findings; an invoice on which nothing fired, or
whose issue nothing names, is judged as a whole.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from ledgergraph.datasets.labels import labels_of
from ledgergraph.datasets.rules import fires
from ledgergraph.feedback.events import Feedback, event_of
from ledgergraph.models.contract import Floats

START = datetime(2026, 1, 5, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Reviewer:
    """What one person's judgements are like.

    `error_rate` is the share of invoices misjudged, `tolerated` the kinds that this
    company does not mind. A reviewer who is `blind` throws a coin that shows an issue
    as often as `issues` says.
    """

    error_rate: float = 0.05
    tolerated: Collection[str] = ()
    blind: bool = False
    issues: float = 0.3
    seed: int = 1


def truth_here(truth: pa.Table, tolerated: Collection[str]) -> dict[str, set[str]]:
    """For each invoice of a truth the kinds that are issues at this company."""
    labels = labels_of(truth).to_pylist()
    return {row["invoice_id"]: set(row["kinds"].split("|")) - {""} - set(tolerated)
            for row in labels}  # fmt: skip


def sampled(ids: Sequence[str], risk: Floats, count: int, seed: int) -> list[str]:
    """Invoices to review: half with the highest risk, half of the others by chance."""
    order = np.argsort(-risk, kind="stable")
    rest = np.random.default_rng(seed).permutation(order[count // 2 :])
    return [ids[at] for at in [*order[: count // 2], *rest[: count - count // 2]]]


def judgements(
    features: pa.Table, truth: pa.Table, asked: Sequence[str], reviewer: Reviewer
) -> list[Feedback]:
    """Events on some invoices, one or more each, by a reviewer."""
    rng = np.random.default_rng(reviewer.seed)
    right = truth_here(truth, reviewer.tolerated)
    fired: dict[str, list[str]] = {}
    for row in fires(features).to_pylist():
        fired.setdefault(row["invoice_id"], []).append(row["kind"])
    events = []
    for minute, invoice_id in enumerate(one for one in asked if one in right):
        kinds = right[invoice_id]
        if reviewer.blind:
            shown = fired.get(invoice_id, [])
            kinds = set(shown or ["price_drift"]) if rng.random() < reviewer.issues else set()
        elif rng.random() < reviewer.error_rate:
            kinds = set() if kinds else set(fired.get(invoice_id, ["price_drift"]))
        at = START + timedelta(minutes=minute)
        for stated in _said(invoice_id, kinds, fired.get(invoice_id, [])):
            events.append(event_of({"at": at, **stated}, at, "reviewer"))
    return events


def _said(invoice_id: str, kinds: set[str], fired: Sequence[str]) -> Iterator[dict[str, Any]]:
    for kind in fired:
        yield {
            "target": "finding", "finding_id": f"{invoice_id}-{kind}", "kind": kind,
            "subject_id": invoice_id, "verdict": "approval" if kind in kinds else "rejection",
        }  # fmt: skip
    if kinds and not kinds & set(fired):
        yield {"target": "invoice", "subject_id": invoice_id, "verdict": "rejection",
               "kind": min(kinds)}  # fmt: skip
    elif not fired:
        yield {"target": "invoice", "subject_id": invoice_id, "verdict": "approval"}
