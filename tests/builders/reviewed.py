"""A made company whose habits are its own, what a made reviewer says of its invoices, and a
champion that learns from that."""

import json
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.anomalies.schemas import FINDINGS, INVOICE_SCORES
from ledgergraph.artifacts import WHOLE, Manifest
from ledgergraph.corpora.company import Company
from ledgergraph.corpora.reviewers import Reviewer, Shown, judgements, sampled
from ledgergraph.datasets.schemas import INVOICE_FEATURES
from ledgergraph.feedback.events import Feedback, to_json
from resources.store import Store

SEED, INVOICES, REVIEWS = 9301, 6_000, 600
EARLY = 0.8
"""The share of the invoices, by arrival, of which some are reviewed."""
TOLERATED = ("over_contract_value", "outside_contract_term", "qty_above_receipt",
             "order_overbilled")  # fmt: skip
"""Contracts are prolonged by word of mouth here, and goods are booked late: nobody minds."""
REVIEWERS: Mapping[str, Reviewer] = {
    "5 % errors, four kinds tolerated": Reviewer(tolerated=TOLERATED),
    "5 % errors, nothing tolerated": Reviewer(),
    "labels by chance": Reviewer(tolerated=TOLERATED, is_blind=True),
}


def weakened(store: Store, trees: int = 5) -> Manifest:
    """Make the first trees of the compliance champion count in its stead, and return that.

    The one of the package learned the habits of such companies from made ledgers: a few hundred
    labels do not show that another is better.
    """
    import lightgbm

    head = store.head("compliance_champion", WHOLE)
    found = head.file("model.txt") if head else None
    assert head is not None
    assert found is not None
    model = lightgbm.Booster(model_str=store.file(found).decode())
    first = store.put_file("model.txt", model.model_to_string(num_iteration=trees).encode())
    files = (*(one for one in head.files if one.table != "model.txt"), first)
    made = Manifest(head.asset, WHOLE, head.code_version, files, {"origin": "training"})
    store.commit(made)
    return made


def late_in(store: Store) -> frozenset[str]:
    """The invoices of the later months, which nobody reviews."""
    features = store.table(INVOICE_FEATURES, store.heads("invoice_features"))
    days = np.array(features["as_of"].to_pylist(), dtype="datetime64[D]")
    first_late = np.sort(days)[int(EARLY * len(days))]
    return frozenset(features.filter(pa.array(days >= first_late))["invoice_id"].to_pylist())


def line(event: Feedback) -> bytes:
    """An event as a line of a file that is imported."""
    stated = {name: value for name, value in json.loads(to_json(event)).items() if value}
    return json.dumps(stated).encode()


def said(
    store: Store, company: Company, reviewer: Reviewer, late: frozenset[str]
) -> list[Feedback]:
    """What a reviewer says of invoices of the earlier months, shown the findings on them."""
    scores = store.table(INVOICE_SCORES, store.heads("invoice_scores"))
    early = scores.filter(pa.array([one not in late for one in scores["invoice_id"].to_pylist()]))
    ids = early["invoice_id"].to_pylist()
    asked = sampled(ids, early["risk"].to_numpy(), REVIEWS, reviewer.seed)
    return judgements(company.truth, shown(store), asked, reviewer)


def shown(store: Store) -> Shown:
    """The findings on each invoice of a store."""
    rows = store.table(FINDINGS, store.heads("findings"))
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows.filter(pc.equal(rows["subject_table"], "invoices")).to_pylist():
        found.setdefault(row["subject"], []).append((row["finding_id"], row["kind"]))
    return found
