"""How likely something is wrong: invoice_scores, duplicates, and what moved a score.

Belongs here: applying models to a snapshot and joining their answers. What the
models read is `datasets`, how they learn `models`; what is said about it, findings.
"""

from collections.abc import Collection, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.anomalies.schemas import INVOICE_SCORES
from ledgergraph.anomalies.unusual import ANOMALY_REASONS, anomaly_score, most_unusual
from ledgergraph.graph.decisions import UNDECIDED, Decisions, Pair
from ledgergraph.graph.duplicates import (
    PAIR_KINDS,
    Pairs,
    candidate_pairs,
    described_pairs,
    describer,
    kind_of,
    pair_sign,
)
from ledgergraph.graph.frames import Floats, Ledger, ledger_of
from ledgergraph.graph.rereads import Likeness, reread_invoices
from ledgergraph.graph.schemas import DUPLICATES
from ledgergraph.graph.snapshot import Snapshot
from ledgergraph.issues import Kind
from ledgergraph.models.combining import either
from ledgergraph.models.contract import Model, matrix_of

LEAST_PROBABILITY = 0.05
"""Pairs below it are not kept."""
MOST_REASONS = 3
"""So many reasons of a pair are told."""
MOST_PAIRS = 5
"""How many pairs of one later invoice are kept, the likeliest first."""
CONTRIBUTIONS = pa.schema(
    [
        ("invoice_id", pa.string()),
        ("feature", pa.string()),
        ("value", pa.float64()),
        ("contribution", pa.float64()),  # signed, in log odds of the risk
    ]
)


def duplicate_table(
    snapshot: Snapshot,
    duplicate_model: Model,
    decisions: Decisions = UNDECIDED,
    fingerprints: pa.Table | None = None,
) -> pa.Table:
    """The pairs of a snapshot that are likely duplicates, in the schema DUPLICATES.

    What people said are two claims is none of them; what they said is one is, with
    probability 1, of the kind that they named or that the pair looks like. With the
    `fingerprints` of papers (a table of that name) two readings of one paper are a pair too.
    """
    ledger = ledger_of(snapshot)
    pairs = candidate_pairs(ledger).table(ledger)
    pairs = pairs.filter(pc.invert(_is_among(pairs, decisions.apart)))
    likely = likely_duplicates(pairs, duplicate_model)
    if fingerprints is not None and fingerprints.num_rows:
        alike = reread_invoices(snapshot, fingerprints)
        likely = with_rereads(likely, alike, ledger, decisions.apart)
    return _with_confirmed(likely, ledger, decisions)


def with_rereads(
    duplicates: pa.Table,
    alike: Mapping[Pair, Likeness],
    ledger: Ledger,
    apart: Collection[Pair] = frozenset(),
) -> pa.Table:
    """Duplicates, and the invoices whose papers are one page: of kind `dup_reread`.

    `alike` names them, the smaller id first. Two that state other claims are none: another
    number, day or amount was read from each, and no more than one of them misread.
    """
    asked = [pair for pair in alike if pair not in set(apart)]
    described = described_pairs(ledger, asked)
    agreeing = sum(
        np.nan_to_num(described[name].to_numpy().astype(np.float64), nan=1.0)
        for name in ("same_clean_number", "same_issue_date", "same_amount")
    )
    rows = [
        {"invoice_id": ids[0], "other_id": ids[1], "probability": alike[pair].probability,
         "kind": Kind.DUP_REREAD.value, "reasons": alike[pair].reason}
        for ids, pair in zip(_sides(described), _keys(described), strict=True)
    ]  # fmt: skip
    found = DUPLICATES.rows([row for row, one in zip(rows, agreeing, strict=True) if one >= 2])
    beside = duplicates.filter(pc.invert(_is_among(duplicates, _keys(found))))
    return DUPLICATES.conform(pa.concat_tables([beside, found]))


def _with_confirmed(duplicates: pa.Table, ledger: Ledger, decisions: Decisions) -> pa.Table:
    """Duplicates, and those that people named; of invoices that are not there none is."""
    rest = duplicates.filter(pc.invert(_is_among(duplicates, decisions.one)))
    ids = ledger.invoices["invoice_id"].tolist()
    places = {invoice_id: place for place, invoice_id in enumerate(ids)}
    known = [pair for pair in decisions.one if pair[0] in places and pair[1] in places]
    if not known:
        return rest
    ends = np.array([sorted(places[one] for one in pair) for pair in known], dtype=np.int64)
    other, later = ends[:, 0], ends[:, 1]
    with np.errstate(invalid="ignore", divide="ignore"):  # what is not known gives NaN
        features = describer(ledger)(later, other)
    pairs = Pairs(later, other, np.ones(len(known), np.bool_), features).table(ledger)
    looks = dict(zip(_keys(pairs), kind_of(pairs), strict=True))
    rows = [
        {
            "invoice_id": ids[late], "other_id": ids[early], "probability": 1.0,
            "kind": _kind_named(pair, decisions) or looks[pair],
        }
        for pair, early, late in zip(known, other.tolist(), later.tolist(), strict=True)
    ]  # fmt: skip
    return DUPLICATES.conform(pa.concat_tables([rest, DUPLICATES.rows(rows)]))


def _kind_named(pair: Pair, decisions: Decisions) -> str | None:
    kind = decisions.kinds.get(pair)
    return kind if kind in PAIR_KINDS else None


def _is_among(pairs: pa.Table, wanted: Collection[Pair]) -> pa.Array:
    known = set(wanted)
    return pa.array([pair in known for pair in _keys(pairs)], pa.bool_())


def _keys(pairs: pa.Table) -> list[Pair]:
    """The pairs as people name them: in no order of time, the smaller id first."""
    return [(min(pair), max(pair)) for pair in _sides(pairs)]


def _sides(pairs: pa.Table) -> list[Pair]:
    """The later and the earlier one of each pair."""
    return list(zip(*(pairs[name].to_pylist() for name in ("invoice_id", "other_id")), strict=True))


def likely_duplicates(pairs: pa.Table, duplicate_model: Model) -> pa.Table:
    """The same from candidate pairs that were described before (graph.duplicates.pairs)."""
    probability = duplicate_model.predict(pairs)
    order = np.lexsort((-probability, pairs["invoice_id"].to_numpy(zero_copy_only=False)))
    later = pairs["invoice_id"].take(pa.array(order)).to_pylist()
    kept, taken = [], 0
    for at, invoice_id in enumerate(later):
        taken = taken + 1 if at and invoice_id == later[at - 1] else 1
        if taken <= MOST_PAIRS and probability[order[at]] >= LEAST_PROBABILITY:
            kept.append(int(order[at]))
    chosen = pairs.take(pa.array(kept, pa.int64()))
    return DUPLICATES.conform(
        pa.table(
            {
                "invoice_id": chosen["invoice_id"],
                "other_id": chosen["other_id"],
                "probability": pa.array(probability[kept]),
                "kind": pa.array(kind_of(chosen), pa.string()),
                "reasons": pa.array(pair_reasons(chosen, duplicate_model), pa.string()),
            }
        )
    )


def pair_reasons(pairs: pa.Table, duplicate_model: Model) -> list[str | None]:
    """For each pair what spoke most for it, joined by `; `: at most MOST_REASONS features."""
    if not pairs.num_rows:
        return []
    names = duplicate_model.names
    moved, values = duplicate_model.contributions(pairs), matrix_of(pairs, names)
    order = np.argsort(-moved, axis=1, kind="stable")[:, :MOST_REASONS]
    said = []
    for row, places in enumerate(order.tolist()):
        own = [(names[at], values[row, at]) for at in places if moved[row, at] > 0]
        said.append("; ".join(pair_sign(name, value) for name, value in own) or None)
    return said


def score(
    features: pa.Table,
    duplicates: pa.Table,
    compliance_model: Model,
    anomaly_model: Model | None = None,
) -> pa.Table:
    """One row per invoice of the features, in the schema INVOICE_SCORES.

    `duplicate_probability` is that of the likeliest pair in which the invoice is
    the later one. `risk` joins it with `compliance_risk`: one of both suffices.
    `anomaly_score` is null without a model for it. It is no part of the risk: on
    made ledgers that no model learned from it raised the risk's average precision with
    no weight, and lowered it with large ones.
    """
    unusual = None if anomaly_model is None else anomaly_score(features, anomaly_model)
    compliance = compliance_model.predict(features)
    duplicate = duplicate_probability(features["invoice_id"], duplicates)
    return INVOICE_SCORES.conform(
        pa.table(
            {
                "invoice_id": features["invoice_id"],
                "as_of": features["as_of"],
                "compliance_risk": pa.array(compliance),
                "duplicate_probability": pa.array(duplicate),
                "anomaly_score": pa.nulls(features.num_rows, pa.float64())
                if unusual is None
                else pa.array(unusual),
                "risk": pa.array(either(compliance, duplicate)),
            }
        )
    )


def duplicate_probability(invoice_ids: pa.ChunkedArray, duplicates: pa.Table) -> Floats:
    """For each invoice the highest probability of a pair in which it is the later one; else 0."""
    best = duplicates.group_by("invoice_id").aggregate([("probability", "max")])
    place = pc.index_in(invoice_ids, best["invoice_id"].combine_chunks())
    found = pc.fill_null(best["probability_max"].take(place), 0.0)
    return np.asarray(found.to_numpy(), dtype=np.float64)


def anomaly_reasons(features: pa.Table, scores: pa.Table, anomaly_model: Model) -> pa.Table:
    """What made the most unusual invoices so, in the schema ANOMALY_REASONS.

    `features` and `scores` (INVOICE_SCORES) have the same rows in the same order.
    """
    unusual = most_unusual(features, scores["anomaly_score"].to_numpy())
    return ANOMALY_REASONS.conform(contributions(features, anomaly_model, unusual))


def contributions(
    features: pa.Table, model: Model, invoice_ids: Collection[str], most: int = 8
) -> pa.Table:
    """What moved the scores of some invoices most, at most `most` features each.

    Columns as CONTRIBUTIONS, the heaviest first; exact for trees (TreeSHAP).
    """
    wanted = pa.array(sorted(set(invoice_ids)), pa.string())
    rows = features.filter(pc.is_in(features["invoice_id"], wanted))
    names = np.array(model.names)
    moved = model.contributions(rows)
    values = matrix_of(rows, model.names)
    order = np.argsort(-np.abs(moved), axis=1, kind="stable")[:, :most]
    ids = np.asarray(rows["invoice_id"].to_pylist(), dtype=object)
    line = np.repeat(np.arange(len(ids)), order.shape[1])
    column = order.reshape(-1)
    return pa.table(
        {
            "invoice_id": pa.array(ids[line], pa.string()),
            "feature": pa.array(names[column].tolist(), pa.string()),
            "value": pa.array(values[line, column], from_pandas=True),
            "contribution": pa.array(moved[line, column]),
        },
        schema=CONTRIBUTIONS,
    )
