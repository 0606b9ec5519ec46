"""The whole graph in one process: what `run`, `demo` and tests do.

Holds a lock on the home, owns the embedded graph server while it runs, and
launches the same jobs that sensors and schedules launch. Whatever stops it, the
next run goes on from what was committed.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import dagster as dg
from filelock import FileLock, Timeout

from assets.policies import BATCH_ASSETS, CHAMPIONS, REJECTING, WHOLE_ASSETS
from ledgergraph.artifacts import WHOLE
from ledgergraph.errors import Busy
from orchestration.definitions import build_definitions
from orchestration.environments import Environment
from resources.graph.embedded import EmbeddedGraph
from resources.inbox import Inbox
from resources.intake import listed, take_in, unseen, waiting
from resources.store import Store


@dataclass(frozen=True)
class Outcome:
    """What a run did: counts, the report's place, and the steps that failed."""

    files: int
    documents: int
    rejections: int
    findings: int
    report: str | None
    failed: tuple[str, ...]


def run_everything(environment: Environment) -> Outcome:
    """Take in what is new in the inbox, read it, and make the report anew."""
    environment.home.mkdir(parents=True, exist_ok=True)
    store, inbox = Store(environment.store), Inbox(environment.inbox)
    with locked(environment.home), graph_of(environment), dagster_instance(environment) as instance:
        definitions = build_definitions(environment)
        failed = prepared(definitions, instance, store)
        take_in(inbox, store, unseen(store, inbox.listing()), datetime.now(UTC))
        instance.add_dynamic_partitions("intake_batches", listed(store))
        batches = list(waiting(store, BATCH_ASSETS))
        for number, batch in enumerate(batches, 1):
            say(f"reading batch {number} of {len(batches)}")
            failed += launched(definitions, instance, "intake", BATCH_ASSETS, batch)
        say("making the report")
        failed += launched(definitions, instance, "rebuild_ledger", WHOLE_ASSETS)
    return outcome(store, failed, environment.home)


def prepared(definitions: dg.Definitions, instance: dg.DagsterInstance, store: Store) -> list[str]:
    """Put the champions of the package into a new store; returns the steps that failed."""
    if all(store.head(name, WHOLE) for name in CHAMPIONS):
        return []
    return launched(definitions, instance, "publish_champions", CHAMPIONS)


def launched(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    job: str,
    names: tuple[str, ...],
    partition: str | None = None,
) -> list[str]:
    """Run a job in this process; returns the steps that failed, each with its reason."""
    result = definitions.resolve_job_def(job).execute_in_process(
        instance=instance,
        partition_key=partition,
        asset_selection=[dg.AssetKey(name) for name in names],
        raise_on_error=False,
    )
    return [
        f"{event.step_key}: {reason(event)}" for event in result.all_events if event.is_step_failure
    ]


def reason(event: dg.DagsterEvent) -> str:
    """The first line that says why a step failed."""
    error = event.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return error.message.strip().split("\n")[0] if error else "unknown"


def outcome(store: Store, failed: list[str], home: Path) -> Outcome:
    """The counts of all heads, and a copy of the report beside the store."""
    return Outcome(
        files=rows_in(store, "arrivals", "arrivals"),
        documents=rows_in(store, "documents", "documents"),
        rejections=rows_in(store, "rejections", *REJECTING),
        findings=rows_in(store, "findings", "findings"),
        report=copied_report(store, home),
        failed=tuple(failed),
    )


def rows_in(store: Store, table: str, *assets: str) -> int:
    """How many rows a table has in the heads of the assets that write it."""
    heads = [head for asset in assets for head in store.heads(asset).values()]
    files = [head.file(table) for head in heads]
    return sum(file.rows or 0 for file in files if file is not None)


def copied_report(store: Store, home: Path) -> str | None:
    """Lay the report's files beside the store, where a person finds them."""
    head = store.head("anomaly_report", WHOLE)
    if head is None:
        return None
    for file in head.files:
        (home / file.table).write_bytes(store.file(file))
    return str(home / "report.html")


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the home; Busy if another process does."""
    lock = FileLock(home / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise Busy(
            f"{home} is in use by another run. Wait for it to end, or stop it, then run again."
        ) from error
    try:
        yield
    finally:
        lock.release()


def graph_of(environment: Environment) -> EmbeddedGraph | nullcontext[None]:
    """The embedded server while it is needed; nothing where the graph is elsewhere."""
    if environment.graph != "embedded":
        return nullcontext()
    return EmbeddedGraph(environment.home / "graph")


@contextmanager
def dagster_instance(environment: Environment) -> Iterator[dg.DagsterInstance]:
    """Dagster's own home, made on first use: its runs are there when the UI is opened."""
    folder = environment.dagster_home
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "dagster.yaml"
    if not settings.exists():
        template = files("orchestration") / "instance" / "local.yaml"
        settings.write_bytes(template.read_bytes())
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        yield instance


def say(sentence: str) -> None:
    """Tell the person at the terminal what goes on."""
    print(sentence, file=sys.stderr)  # noqa: T201
