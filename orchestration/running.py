"""The whole graph in one process: what `run`, `demo` and tests do.

Holds a lock on the home, owns the embedded graph server while it runs, and
launches the same jobs that sensors and schedules launch. Whatever stops it, the
next run goes on from what was committed.
"""

import getpass
import os
import signal
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

import dagster as dg
from filelock import FileLock, Timeout

from assets.benchmarks import packaged
from assets.policies import (
    BATCH_ASSETS,
    CHAMPIONS,
    FEEDBACK,
    RE_READ,
    REJECTING,
    WHOLE_ASSETS,
)
from ledgergraph.artifacts import WHOLE, Manifest
from ledgergraph.documents.schemas import ARRIVALS
from ledgergraph.errors import BadSetting, Busy
from ledgergraph.identity import sha256_of
from orchestration.definitions import build_definitions, graph_folder
from orchestration.environments import Environment
from resources import erasure, feedback, logs, traces
from resources.doors import LimitsResource
from resources.graph.connection import GraphResource
from resources.graph.embedded import EmbeddedGraph
from resources.inbox import Inbox
from resources.intake import Listing, listed, listing, refused, take_in, unseen, waiting
from resources.store import Store
from sensors.healing import WAYS, failing
from sensors.traces import trace_of

BY = {"ledgergraph/by": "run"}
"""Tag of the runs that a process makes in itself, which end with it whatever happens."""
CANCELING = dg.DagsterRunStatus.CANCELING
UNENDED = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, CANCELING]
"""Where a killed process leaves its runs. Those that a daemon is yet to start go on."""
KILLED = "The process was killed. `ledgergraph run` goes on."
LOADING = BATCH_ASSETS[-1:]
"""What a batch needs that is read already and not in the graph."""


@dataclass(frozen=True)
class Outcome:
    """What a run did: counts, the report's place, and what went wrong, a sentence each."""

    files: int
    documents: int
    rejections: int
    findings: int
    report: str | None
    failed: tuple[str, ...]


def run_everything(environment: Environment, *, takes_in: bool = True) -> Outcome:
    """Take in what is new in the inbox, unless told not to, read it, and make the report anew.

    Raises KeyboardInterrupt soon after SIGINT; the next run goes on from what
    was committed.
    """
    store, inbox = environment.opened_store(), Inbox(environment.inbox)
    fresh = unseen(store, inbox.listing()) if takes_in else {}
    environment.home.mkdir(parents=True, exist_ok=True)
    with (
        locked(environment.home),
        graph_of(environment) as graph,
        dagster_instance(environment) as instance,
    ):
        definitions = build_definitions(environment)
        failed = prepared(definitions, instance, store)
        limits = LimitsResource(changed=dict(environment.limits)).value()
        taken = take_in(inbox, store, fresh, datetime.now(UTC), limits)
        failed += [
            f"{name} in the inbox: {why}. Allow reading it, then run again."
            for name, why in taken.unread.items()
        ]
        failed += fed_back(definitions, instance, store, environment)
        read: set[str] = set()
        while batches := {
            key: names
            for key, names in wanted(store, graph.stamps("ledger_graph")).items()
            if key not in read
        }:  # more than once where an envelope was refused before, and is opened now
            instance.add_dynamic_partitions("intake_batches", listed(store))
            for number, (batch, names) in enumerate(batches.items(), 1):
                files = len(listing(store, batch).files)
                say(f"reading batch {number} of {len(batches)}: {files:,} files")
                way = way_of(instance, batch) if names == BATCH_ASSETS else {}
                failed += launched(definitions, instance, "intake", names, batch, way)
            read |= batches.keys()
        say("making the report")
        failed += launched(definitions, instance, "rebuild_ledger", (FEEDBACK, *WHOLE_ASSETS))
    return outcome(store, failed, environment.home)


def way_of(instance: dg.DagsterInstance, batch: str) -> Mapping[str, str]:
    """Tags of the next run of a batch: as `sensors.healing` tries those whose last runs failed."""
    failed = next(failing(instance, [batch]), None)
    return WAYS[min(failed.times, len(WAYS)) - 1] if failed else {}


def fed_back(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    store: Store,
    environment: Environment,
) -> list[str]:
    """Import new files of feedback, and keep all events as tables before anything reads them.

    Returns what failed, a sentence each.
    """
    inbox = feedback_inbox(environment)
    fresh = feedback.unseen(store, inbox.listing())
    imported, unread = feedback.take_in(inbox, store, fresh, datetime.now(UTC))
    for one in imported:
        said = f"{one.new:,} new, {one.known:,} known, {len(one.rejected):,} lines rejected"
        say(f"feedback in {one.name}: {said}")
    failed = [f"{name} in the feedback: {why}. Allow reading it." for name, why in unread.items()]
    if feedback.is_outdated(store):
        failed += launched(definitions, instance, "apply_feedback", (FEEDBACK,))
    return failed


def feedback_inbox(environment: Environment) -> Inbox:
    """Where files of feedback arrive; the folder in the home is made."""
    if Path(environment.feedback) == environment.home / "feedback":
        Path(environment.feedback).mkdir(parents=True, exist_ok=True)
    return Inbox(environment.feedback, feedback.VARIABLE)


def wanted(store: Store, in_graph: Mapping[str, str | None]) -> dict[str, tuple[str, ...]]:
    """Which assets of which batches are to be made, by the key of the batch.

    In the order in which they are to be read (`in_turn`).
    All of those that are new, half read, refused by an earlier sniffing, or hold an erased
    document; of those
    that lack a correction what reads its words again; of those that merely are not in
    the graph as they were read, the graph's alone.
    Raises BadSetting if the graph holds batches that the store does not know.
    """
    known = listed(store)
    if strange := in_graph.keys() - set(known):
        raise BadSetting(
            "LEDGERGRAPH_GRAPH",
            f"holds {len(strange)} batches that {store.url} does not know: it is the graph of "
            "another ledger, or the store was replaced. Name another graph, or empty this one.",
        )
    loaded = {key: head.version for key, head in store.heads(LOADING[0]).items()}
    batches = {key: LOADING for key in known if in_graph.get(key) != loaded.get(key)}
    unread = {key: BATCH_ASSETS for key in [*waiting(store, BATCH_ASSETS), *refused(store)]}
    corrected = dict.fromkeys(feedback.lacking(store), RE_READ)
    unread |= dict.fromkeys(erasure.lacking(store), BATCH_ASSETS)
    found = {**batches, **corrected, **unread}
    came = {key: listing(store, key) for key in unread}
    return {key: found[key] for key in in_turn(found, corrected.keys(), came)}


def in_turn(
    batches: Collection[str], asked: Collection[str], came: Mapping[str, Listing]
) -> list[str]:
    """Batches by who waits for them: people, then urgent ones, then the others, the oldest first.

    `asked` lack a correction that a person gave, `came` are those that are not read;
    the others are read, and only not in the graph.
    """

    def turn(batch: str) -> tuple[int, str, str]:
        if batch in asked:
            return 0, "", batch
        if batch not in came:
            return 3, "", batch
        return 1 if came[batch].is_urgent else 2, came[batch].arrived_at, batch

    return sorted(batches, key=turn)


def prepared(definitions: dg.Definitions, instance: dg.DagsterInstance, store: Store) -> list[str]:
    """Put champions of the package into the store that lacks them; returns the steps that failed.

    To be called by the holder of the home: runs of earlier holders that were
    killed, of `dev` too, are ended, or Dagster would wait for them forever.
    """
    killed = instance.get_runs(dg.RunsFilter(statuses=UNENDED))
    unborn = dg.RunsFilter(tags=BY, statuses=[dg.DagsterRunStatus.NOT_STARTED])
    for run in [*killed, *instance.get_runs(unborn)]:
        if run.status == CANCELING:  # as a person asked for: it is not to be tried again
            instance.report_run_canceled(run, KILLED)
        else:
            instance.report_run_failed(run, KILLED)
    names = tuple(name for name in CHAMPIONS if is_outdated(store.head(name, WHOLE), name))
    return launched(definitions, instance, "publish_champions", names) if names else []


def is_outdated(head: Manifest | None, name: str) -> bool:
    """Whether the package holds another champion than a store, which has its own from a package.

    A model that was trained here stays: the package's is no successor of it.
    """
    if head is None:
        return True
    held = {file.table: file.sha256 for file in head.files}
    shipped = {
        one: sha256_of(data) for one, data in packaged(name.removesuffix("_champion")).items()
    }
    return head.settings["origin"] == "package" and held != shipped


def launched(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    job: str,
    names: tuple[str, ...],
    partition: str | None = None,
    tags: Mapping[str, str] = MappingProxyType({}),
    config: Mapping[str, Any] = MappingProxyType({}),
) -> list[str]:
    """Run a job in this process; returns the steps that failed, each with its reason.

    `config` is that of each asset, by its name.
    """
    with interruptible():
        result = definitions.resolve_job_def(job).execute_in_process(
            instance=instance,
            partition_key=partition,
            asset_selection=[dg.AssetKey(name) for name in names],
            tags={**BY, "user": getpass.getuser(), **tags},
            run_config={"ops": {name: {"config": one} for name, one in config.items()}},
            raise_on_error=False,
        )
    if traces.is_on():  # no daemon looks at the runs of this process
        traces.tell(result.run_id, *trace_of(instance, result.run_id))
    return [
        f"{event.step_key}: {reason(event)}" for event in result.all_events if event.is_step_failure
    ]


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt at the end if SIGINT or SIGTERM came.

    Dagster takes signals for itself while a job runs: a step ends soon, and then
    the job as if it had merely failed.
    """
    end, start = os.pipe()
    for one in (end, start):
        os.set_blocking(one, False)
    before = signal.set_wakeup_fd(start, warn_on_full_buffer=False)
    try:
        yield
        with suppress(BlockingIOError):
            if {signal.SIGINT, signal.SIGTERM} & set(os.read(end, 4096)):
                raise KeyboardInterrupt
    finally:
        signal.set_wakeup_fd(before)
        os.close(end)
        os.close(start)


def reason(event: dg.DagsterEvent) -> str:
    """The first line that says why a step failed."""
    error = event.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return error.message.strip().split("\n")[0] if error else "unknown"


def outcome(store: Store, failed: list[str], home: Path) -> Outcome:
    """The counts of all heads, and a copy of the report beside the store."""
    return Outcome(
        files=files_in(store),
        documents=rows_in(store, "documents", "documents"),
        rejections=rows_in(store, "rejections", *REJECTING),
        findings=rows_in(store, "findings", "findings"),
        report=copied_report(store, home),
        failed=tuple(failed),
    )


def files_in(store: Store) -> int:
    """How many files of the inbox have arrived; what was inside an envelope is none."""
    arrivals = store.table(ARRIVALS, store.heads("arrivals"))
    return int(arrivals["envelope_id"].null_count)


def rows_in(store: Store, table: str, *assets: str) -> int:
    """How many rows a table has in the heads of the assets that write it."""
    heads = [head for asset in assets for head in store.heads(asset).values()]
    files = [head.file(table) for head in heads]
    return sum(file.rows or 0 for file in files if file is not None)


def copied_report(store: Store, home: Path) -> str | None:
    """Lay the report's files and the page on parties beside the store, where people find them."""
    heads = [store.head(asset, WHOLE) for asset in ("anomaly_report", "parties")]
    for head in heads:
        for file in head.files if head else ():
            if file.rows is None:  # no table
                (home / file.table).write_bytes(store.file(file))
    return str(home / "report.html") if heads[0] else None


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


@contextmanager
def graph_of(environment: Environment) -> Iterator[GraphResource]:
    """The graph while it is needed: the embedded server is started, any other must answer."""
    graph = GraphResource(url=environment.graph, root=graph_folder(environment))
    if environment.graph == "embedded":
        with EmbeddedGraph(Path(graph.root)):
            yield graph
        return
    graph.agent()
    yield graph


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
    """Tell the person at the terminal, or who reads the log, what goes on."""
    if logs.is_json():
        logs.tell(sentence)
        return
    print(sentence, file=sys.stderr)  # noqa: T201
