"""Made reviewers: people who judge a made company's invoices and pairs, and err at times.

Of invoices they judge the findings that they are shown; an invoice without any, or whose issue no
finding names, is judged as a whole. A company's people may not mind some kinds that
were planted: that is what no model of other companies can know.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from ledgergraph.feedback.events import Feedback, event_of
from ledgergraph.issues import Kind
from ledgergraph.models.contract import Floats

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
"""When a reviewer begins; each invoice takes a minute."""
T = TypeVar("T")
Shown = Mapping[str, Sequence[tuple[str, str]]]
"""The findings on each invoice: id and kind."""


@dataclass(frozen=True)
class Reviewer:
    """What one person's judgements are like.

    `error_rate` is the share of invoices or pairs misjudged, in [0, 1]; `tolerated` are
    the kinds that this company does not mind. One who is `is_blind` calls as many
    an issue as `issues` says, by chance.
    """

    error_rate: float = 0.05
    tolerated: Collection[str] = ()
    is_blind: bool = False
    issues: float = 0.3
    seed: int = 1


def issues_here(truth: pa.Table, tolerated: Collection[str]) -> dict[str, frozenset[str]]:
    """For each invoice whose truth is known the kinds that are issues at this company."""
    rows = truth.select(["invoice_id", "kinds", "scored"]).to_pylist()
    return {
        row["invoice_id"]: frozenset((row["kinds"] or "").split("|")) - {"", *tolerated}
        for row in rows
        if row["scored"]
    }


def sampled(ids: Sequence[T], risk: Floats, count: int, seed: int) -> list[T]:
    """What to review: half are those with the highest risk, half of the others by chance."""
    order = np.argsort(-risk, kind="stable")
    rest = np.random.default_rng(seed).permutation(order[count // 2 :])
    return [ids[at] for at in [*order[: count // 2], *rest[: count - count // 2]]]


def judgements(
    truth: pa.Table, shown: Shown, asked: Sequence[str], reviewer: Reviewer
) -> list[Feedback]:
    """What a reviewer says of some invoices, one event or more each, in this order.

    `truth` is that of a made company; an invoice whose case is open is passed over.
    """
    rng = np.random.default_rng(reviewer.seed)
    right = issues_here(truth, reviewer.tolerated)
    events = []
    for minute, invoice_id in enumerate(one for one in asked if one in right):
        found, kinds = shown.get(invoice_id, ()), right[invoice_id]
        wrong = frozenset(kind for _, kind in found) or frozenset((str(Kind.PRICE_DRIFT),))
        if reviewer.is_blind:
            kinds = wrong if rng.random() < reviewer.issues else frozenset()
        elif rng.random() < reviewer.error_rate:
            kinds = frozenset() if kinds else wrong
        at = START + timedelta(minutes=minute)
        events += [event_of(said, at, "reviewer") for said in _said(invoice_id, kinds, found)]
    return events


def pair_judgements(
    truth: Mapping[tuple[str, str], bool | None],
    asked: Sequence[tuple[str, str]],
    reviewer: Reviewer,
) -> list[Feedback]:
    """What a reviewer says of some pairs, one event each, in this order.

    `truth` tells of each pair whether it is one claim here; a pair without is passed over.
    """
    rng = np.random.default_rng(reviewer.seed)
    events = []
    for minute, pair in enumerate(one for one in asked if truth[one] is not None):
        is_one = bool(truth[pair])
        if reviewer.is_blind:
            is_one = rng.random() < reviewer.issues
        elif rng.random() < reviewer.error_rate:
            is_one = not is_one
        said = {"target": "pair", "subject_id": pair[0], "other_id": pair[1],
                "verdict": "approval" if is_one else "rejection"}  # fmt: skip
        events.append(event_of(said, START + timedelta(minutes=minute), "reviewer"))
    return events


def _said(
    invoice_id: str, kinds: frozenset[str], found: Sequence[tuple[str, str]]
) -> Iterator[dict[str, Any]]:
    for finding_id, kind in found:
        yield {
            "target": "finding", "finding_id": finding_id, "kind": kind,
            "subject_id": invoice_id, "verdict": "approval" if kind in kinds else "rejection",
        }  # fmt: skip
    if kinds and not kinds & {kind for _, kind in found}:
        yield {"target": "invoice", "subject_id": invoice_id, "verdict": "rejection",
               "kind": min(kinds)}  # fmt: skip
    elif not found:
        yield {"target": "invoice", "subject_id": invoice_id, "verdict": "approval"}
