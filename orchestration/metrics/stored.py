"""Figures of the store and of what waits before it: batches, documents, findings, champions.

A look lists heads, as the sensors do, and reads what changed since the last one: listings and
tables never change, so the counts of each are kept. Counts and names of code alone; no document,
no party, no amount.
"""

import io
import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pyarrow.parquet as pq

from assets.policies import BATCH_ASSETS, REJECTING, WHOLE_ASSETS
from ledgergraph.anomalies.schemas import COVERAGE, FINDINGS, INVOICE_SCORES
from ledgergraph.artifacts import WHOLE, File, Manifest
from ledgergraph.documents.schemas import ARRIVALS, DOCUMENTS, REJECTIONS
from ledgergraph.extractions.schemas import QUALITY
from ledgergraph.feedback.schemas import FEEDBACK
from orchestration.metrics.audit import AuditWalk
from orchestration.metrics.declared import Figure
from resources import feedback
from resources.intake import listed, listing, waiting
from resources.learning import FOLLOWING, LABELS
from resources.store import READS_AT_ONCE, Store, audit_uri

DAY = timedelta(hours=24)
FAILED_FOR = timedelta(days=30)
"""How far back runs of waiting batches are looked at."""
ROLES = (*LABELS, FOLLOWING)
SCORES = ("average_precision", "f1", "accuracy")
"""The measures of model cards that are shown; the others stand in the card."""
QUEUE = "review_queue"
NONE = "none"
"""Stands for null in a label."""

Counted = Counter[tuple[str, ...]]


@dataclass(frozen=True)
class Came:
    """When a batch was taken in, and its files: new ones, and those whose bytes were known."""

    at: datetime
    new: int
    known: int


@dataclass
class Stored:
    """Looks at a store; remembers the counts of what never changes."""

    store: Store
    _came: dict[str, Came] = field(default_factory=dict)
    _counts: dict[str, Counted] = field(default_factory=dict)
    _walk: AuditWalk | None = None

    def figures(self, now: datetime, failed: Collection[str]) -> Iterator[Figure]:
        """All figures of the store; `failed` are the batches of which a run failed lately."""
        yield from self._batches(now, failed)
        yield from self._documents(now)
        yield from self._found()
        yield from self._said()
        for role in ROLES:
            yield from self._learned(role)
        yield from self._audited()

    def _batches(self, now: datetime, failed: Collection[str]) -> Iterator[Figure]:
        keys = listed(self.store)
        with ThreadPoolExecutor(READS_AT_ONCE) as readers:
            new = [key for key in keys if key not in self._came]
            self._came |= zip(new, readers.map(self._came_in, new), strict=True)
        came = {key: self._came[key] for key in keys}
        waits = list(waiting(self.store, BATCH_ASSETS))
        since = [(now - came[key].at).total_seconds() for key in waits if key in came]
        yield Figure("batches_total", len(keys))
        yield Figure("files_total", sum(one.new for one in came.values()), ("new",))
        yield Figure("files_total", sum(one.known for one in came.values()), ("known",))
        yield Figure("batches_waiting", len(waits))
        yield Figure("batches_failed", len(set(waits) & set(failed)))
        yield Figure("batch_oldest_waiting_seconds", max(since, default=0.0))
        if came:
            last = max(one.at for one in came.values())
            yield Figure("batch_arrival_timestamp_seconds", last.timestamp())

    def _came_in(self, key: str) -> Came:
        found = listing(self.store, key)
        known = sum(one.is_known for one in found.files)
        return Came(datetime.fromisoformat(found.arrived_at), len(found.files) - known, known)

    def _documents(self, now: datetime) -> Iterator[Figure]:
        accepted = self._sum("documents", DOCUMENTS.name, ("format",))
        yield from _figures("documents", accepted)
        today = [key for key, came in self._came.items() if came.at >= now - DAY]
        outcomes = self._sum("arrivals", ARRIVALS.name, ("outcome",), today)
        for outcome in ("accepted", "rejected", "known"):
            yield Figure("day_files", outcomes[outcome,], (outcome,))
        refused: Counted = Counter()
        for asset in REJECTING:
            for (reason, row), count in self._sum(
                asset, REJECTIONS.name, ("reason", "row")
            ).items():
                refused[reason, "document" if row == NONE else "row"] += count
        yield from _figures("rejections", refused)
        judged = self._sum("validations", QUALITY.name, ("level", "route"))
        yield from _figures("documents_judged", judged)

    def _found(self) -> Iterator[Figure]:
        yield Figure("invoices_scored", self._rows("invoice_scores", INVOICE_SCORES.name))
        yield Figure("review_queue", self._rows(QUEUE, QUEUE))
        columns = ("kind", "severity", "status")
        yield from _figures("findings", self._sum("findings", FINDINGS.name, columns))
        yield from _figures("kinds", self._sum("findings", COVERAGE.name, ("outcome",)))

    def _said(self) -> Iterator[Figure]:
        yield Figure("feedback_events_total", len(self.store.names(feedback.EVENTS)))
        yield Figure("feedback_pending", float(feedback.is_outdated(self.store)))
        columns = ("target", "verdict")
        yield from _figures("feedback_events", self._sum("feedback", FEEDBACK.name, columns))

    def _learned(self, role: str) -> Iterator[Figure]:
        head = self.store.head(f"{role}_champion", WHOLE)
        if head is None:
            return
        origin = str(head.settings.get("origin", NONE))
        yield Figure("champion_info", 1, (role, head.version[:12], origin))
        yield from self._moment("champion", role)
        if card := self._json(head, "card.json"):
            for slice_, measure, value in scores_of(card["metrics"]):
                yield Figure("champion_score", value, (role, slice_, measure))
        compared = self.store.head(f"{role}_benchmark", WHOLE)
        decision = self._json(compared, "decision.json") if compared else {}
        yield from self._moment("benchmark", role)
        for model in ("champion", "challenger"):
            if model in decision.get("numbers", {}):
                yield Figure("benchmark_score", decision["numbers"][model], (role, model))

    def _moment(self, what: str, role: str) -> Iterator[Figure]:
        """Since when the champion of a role counts, or its benchmark stands."""
        number = self.store.counts_since(f"{role}_{what}", WHOLE)
        entry = self.store.read_many([audit_uri(number)]) if number else {}
        for data in entry.values():
            if at := json.loads(data).get("at"):
                moment = datetime.fromisoformat(at).timestamp()
                yield Figure(f"{what}_timestamp_seconds", moment, (role,))

    def _audited(self) -> Iterator[Figure]:
        walk = self._walk = self._walk or AuditWalk(self.store)
        walk.go_on()
        yield Figure("audit_entries_total", walk.number or 0)
        yield Figure("audit_faults", walk.faults(WHOLE_ASSETS))

    # Counting

    def _rows(self, asset: str, table: str) -> int:
        head = self.store.head(asset, WHOLE)
        file = head.file(table) if head else None
        return (file.rows or 0) if file else 0

    def _sum(
        self, asset: str, table: str, columns: Sequence[str], only: Collection[str] | None = None
    ) -> Counted:
        """How often values stand in some columns of a table, over the partitions of an asset."""
        heads = self.store.heads(asset)
        chosen = heads.values() if only is None else [heads[key] for key in only if key in heads]
        files = {one.sha256: one for head in chosen if (one := head.file(table)) and one.rows}
        new = [one for one in files.values() if one.sha256 not in self._counts]
        with ThreadPoolExecutor(READS_AT_ONCE) as readers:
            counted = readers.map(lambda one: self._count(one, columns), new)
            self._counts |= zip((one.sha256 for one in new), counted, strict=True)
        total: Counted = Counter()
        for file in (head.file(table) for head in chosen):
            if file is not None and file.rows:
                total.update(self._counts[file.sha256])
        return total

    def _count(self, file: File, columns: Sequence[str]) -> Counted:
        # Read as it is: tables of earlier versions may lack a column, and none is completed here.
        data = pq.read_table(io.BytesIO(self.store.file(file)))
        there = [
            data[name].to_pylist() if name in data.column_names else [None] * data.num_rows
            for name in columns
        ]
        rows = zip(*there, strict=True)
        return Counter(tuple(NONE if one is None else _said(one) for one in row) for row in rows)

    def _json(self, manifest: Manifest, name: str) -> dict[str, Any]:
        file = manifest.file(name)
        found: dict[str, Any] = json.loads(self.store.file(file)) if file else {}
        return found


def scores_of(metrics: Mapping[str, Any]) -> Iterator[tuple[str, str, float]]:
    """The scores of a model card: which slice or field, which measure, its value."""
    for name, value in metrics.items():
        if name in SCORES and isinstance(value, int | float):
            yield "all", name, float(value)
        elif isinstance(value, Mapping):
            for measure, of_slice in value.items():
                if measure in SCORES and isinstance(of_slice, int | float):
                    yield name, measure, float(of_slice)


def _said(value: object) -> str:
    """A value as a label; the number of a row tells nothing but that there is one."""
    return value if isinstance(value, str) else "some"


def _figures(metric: str, counts: Counted) -> Iterator[Figure]:
    for labels, count in sorted(counts.items()):
        yield Figure(metric, count, labels)
