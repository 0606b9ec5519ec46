"""The exporter: figures of all parts, taken anew every so many seconds, served to Prometheus.

One process beside the daemon, since run pods end and take what they counted with them. A part
that does not answer is `ledgergraph_up` 0 and has no other figures: what was last known of it
must not look like what is. A look is never waited for by who asks.
"""

import json
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath

import dagster as dg
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector, CollectorRegistry
from sqlalchemy.exc import SQLAlchemyError

from ledgergraph.errors import LedgerError, concealed
from orchestration.environments import Environment
from orchestration.metrics.declared import Figure, families
from orchestration.metrics.runs import Names, Runs
from orchestration.metrics.stored import FAILED_FOR, Stored
from resources import feedback, intake
from resources.backups import BACKUPS
from resources.graph.connection import GraphResource
from resources.inbox import Inbox
from resources.quality import failed_since
from resources.store import Store

Part = Callable[[datetime], Iterable[Figure]]
"""Figures at a moment."""
FAULTS = (LedgerError, OSError, SQLAlchemyError, dg.DagsterError)
"""What a part that does not answer raises."""


def parts(
    environment: Environment,
    instance: dg.DagsterInstance,
    definitions: dg.Definitions,
    backups: str | None = None,
) -> dict[str, Part]:
    """The parts of a ledger that have figures, each asked by itself; `backups` if they are kept."""
    store = environment.opened_store()
    runs, stored = Runs(instance, Names.of(definitions)), Stored(store)
    inbox = Inbox(environment.inbox)
    said = Inbox(environment.feedback, feedback.VARIABLE)

    def kept(now: datetime) -> Iterable[Figure]:
        return stored.figures(now, failed_since(instance, now - FAILED_FOR))

    def arriving(now: datetime) -> Iterator[Figure]:
        yield Figure("inbox_files_waiting", len(intake.unseen(store, inbox.listing())))

    def speaking(now: datetime) -> Iterator[Figure]:
        is_made = said.url != str(environment.home / "feedback") or Path(said.url).exists()
        waits = feedback.unseen(store, said.listing()) if is_made else {}
        yield Figure("feedback_files_waiting", len(waits))

    def graph(now: datetime) -> Iterator[Figure]:
        GraphResource(url=environment.graph).agent()
        return iter(())

    found: dict[str, Part] = {
        "dagster": runs.figures,
        "store": kept,
        "inbox": arriving,
        "feedback": speaking,
        "disk": lambda now: disks(environment),
    }
    if backups:
        place = Store(backups)
        found["backups"] = lambda now: backed_up(store, place)
    # The embedded server lives with who uses it: no answer of it says nothing.
    return found if environment.graph == "embedded" else {**found, "graph": graph}


def backed_up(store: Store, place: Store) -> Iterator[Figure]:
    """When the newest backup of a place was made; if there is none, when the log began to tell
    the time, and nothing before that."""
    said = (json.loads(data).get("at") for _, data in store.audit_entries())
    if named := place.names(BACKUPS):
        at = datetime.strptime(PurePosixPath(named[-1]).stem, "%Y%m%dT%H%M%S%f%z")
    elif first := next(filter(None, said), None):
        at = datetime.fromisoformat(first)
    else:
        return
    yield Figure("backup_timestamp_seconds", at.timestamp())


def disks(environment: Environment) -> Iterator[Figure]:
    """Free space where something of a ledger lies on a disk of this machine."""
    places = {"home": str(environment.home), "store": environment.store}
    for name, place in places.items():
        if "://" not in place and Path(place).exists():
            usage = shutil.disk_usage(place)
            yield Figure("disk_free_bytes", usage.free, (name,))
            yield Figure("disk_size_bytes", usage.total, (name,))


@dataclass(eq=False)
class Exporter(Collector):
    """What was last seen of each part."""

    parts: Mapping[str, Part]
    ledger: str
    _seen: dict[str, tuple[Figure, ...]] = field(default_factory=dict)

    def look(self) -> None:
        """Take the figures of every part anew; one that fails holds up no other."""
        for name, part in self.parts.items():
            began = time.monotonic()
            now = datetime.now(UTC)
            try:
                figures = [*part(now), Figure("up", 1, (name,))]
            except FAULTS as error:
                complain(f"{name}: {concealed(str(error))}")
                figures = [Figure("up", 0, (name,))]
            figures.append(Figure("figures_timestamp_seconds", now.timestamp(), (name,)))
            figures.append(Figure("figures_seconds", time.monotonic() - began, (name,)))
            self._seen[name] = tuple(figures)

    def collect(self) -> Iterator[Family]:
        """What Prometheus reads: the last look."""
        figures = [Figure("build_info", 1, (version("ledgergraph"), self.ledger))]
        for seen in list(self._seen.values()):
            figures += seen
        return families(figures)

    def registry(self) -> CollectorRegistry:
        """A registry with these figures and no others."""
        registry = CollectorRegistry()
        registry.register(self)
        return registry


def keep_looking(exporter: Exporter, seconds: float, is_over: threading.Event) -> None:
    """Take figures every so many seconds until it is over."""
    while not is_over.wait(seconds):
        exporter.look()


def complain(sentence: str) -> None:
    """Tell who reads the log of this process."""
    print(sentence, file=sys.stderr)  # noqa: T201
