"""What a role has learned from in a store, when, and whether it is due to learn again.

Belongs here: looking the facts up, in manifests and in the audit log. Not here: the
policy (`ledgergraph.feedback.retraining`), and who asks.
"""

import io
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from ledgergraph.artifacts import WHOLE
from ledgergraph.evidence import Decision
from ledgergraph.extractions.schemas import EXTRACTIONS
from ledgergraph.feedback.events import Feedback, Target
from ledgergraph.feedback.retraining import (
    ROLES,
    Thresholds,
    candidate_types,
    counts_of,
    retraining_due,
)
from ledgergraph.identity import canonical_json, sha256_of
from resources.feedback import documents_of, said
from resources.store import Store, audit_uri

LABELS: Mapping[str, tuple[str, str]] = {
    "compliance": ("labels", "label_events"),
    "duplicate": ("duplicate_pairs", "pair_events"),
    "reader": ("reader_model", "reader_events"),
}
"""For each role that learns from labels the asset that holds them, and its table of events."""
FOLLOWING = "anomaly"
"""The role whose champion follows the ledger, without labels."""


@dataclass(frozen=True)
class Asked:
    """Whether a role is due, and a name of the labels that say so: no two runs for the same."""

    role: str
    decision: Decision
    key: str


def due(store: Store, role: str, now: datetime, limits: Thresholds) -> Asked:
    """Whether a role learns again now, by what people said since it last did."""
    learned = learned_from(store, role)
    new = [event for event in events_of(store, role) if event.feedback_id not in learned]
    first = min((event.at for event in new), default=None)
    decision = retraining_due(
        role, counts_of(role, new), trained_at(store, role), now, limits, first_said_at=first
    )
    ids = sorted(event.feedback_id for event in new)
    return Asked(role, decision, f"{role} {sha256_of(canonical_json(ids))}")


def events_of(store: Store, role: str) -> list[Feedback]:
    """The standing events that a role learns from, as asset `feedback` holds them."""
    return said(store, *(target for target, of in ROLES.items() if of == role))


def candidates(store: Store, events: Iterable[Feedback], limits: Thresholds) -> list[Decision]:
    """For each type of document that events correct, whether its reading is to be learned anew.

    No role learns it here: a person decides what to do.
    """
    said_of = [event for event in events if event.target is Target.FIELD]
    types = types_of(store, {event.document_id for event in said_of})
    return list(candidate_types(said_of, types, limits).values())


def types_of(store: Store, ids: Collection[str | None]) -> dict[str, str]:
    """The type that was read of some documents (UNTDID 1001, or `receipt`); `unknown` of none."""
    read, types = store.heads("extractions"), dict[str, str]()
    for batch, documents in store.heads("documents").items():
        ours = documents_of(store, documents).intersection(ids)
        if not ours or batch not in read or read[batch].file(EXTRACTIONS.name) is None:
            continue
        types |= dict.fromkeys(ours, "unknown")
        table = store.table(EXTRACTIONS, {batch: read[batch]})
        rows = table.filter((pc.field("field") == "type") & pc.field("chosen"))
        for row in rows.select(["document_id", "value"]).to_pylist():
            if row["document_id"] in ours and row["value"]:
                types[row["document_id"]] = row["value"]
    return types


def learned_from(store: Store, role: str) -> frozenset[str]:
    """The events that lay there when the latest challenger of a role was made.

    None if it was made before there were any labels.
    """
    asset, table = LABELS[role]
    head = store.head(f"{role}_model", WHOLE)
    if head is not None and head.asset != asset:
        used = head.inputs.get(asset, {}).get(WHOLE)
        head = store.manifest(asset, WHOLE, used) if used else None
    file = head.file(table) if head else None
    if file is None:
        return frozenset()
    # Read as it is: the tables of learning are slow to import, and a sensor looks often.
    ids = pq.read_table(io.BytesIO(store.file(file)), columns=["feedback_id"])["feedback_id"]
    return frozenset(ids.to_pylist())


def trained_at(store: Store, role: str) -> datetime | None:
    """When the latest challenger of a role was made; None if none ever was."""
    number = store.counts_since(f"{role}_model", WHOLE)
    if number is None:
        return None
    return datetime.fromisoformat(json.loads(store.read(audit_uri(number)))["at"])


@dataclass(frozen=True)
class Entry:
    """One decision on what counts: when, by whom, of which role, what, why, which version."""

    at: str
    user: str
    role: str
    decision: str
    reason: str
    version: str
    counts: bool


def history(store: Store) -> Iterator[Entry]:
    """Every champion that ever counted and every challenger that was turned down, in order."""
    for number, data in store.audit_entries():
        entry = json.loads(data)
        role, _, what = str(entry.get("asset", "")).rpartition("_")
        if role not in (*LABELS, FOLLOWING) or what not in ("champion", "benchmark"):
            continue
        manifest = store.manifest(entry["asset"], WHOLE, entry["manifest"])
        file = manifest.file("decision.json")
        is_kept = file is not None and not store.is_destroyed(file)
        decision = json.loads(store.file(file)) if file and is_kept else {}
        if what == "champion":
            counts = store.counts_since(entry["asset"], WHOLE) == number
            known = {"action": "publish", "reason": "Of the package.", **decision}
            said_ = entry.get("decision", known["action"]), entry.get("reason", known["reason"])
            yield _entry(entry, role, *said_, manifest.version, counts=counts)
        elif decision and not decision["is_due"]:
            version = manifest.inputs[f"{role}_model"][WHOLE]
            yield _entry(entry, role, "keep", decision["reason"], version, counts=False)


def _entry(
    entry: Mapping[str, Any], role: str, decision: str, reason: str, version: str, *, counts: bool
) -> Entry:
    at, user = str(entry.get("at", "")), str(entry.get("user", ""))
    return Entry(at, user, role, decision, reason, version, counts)
