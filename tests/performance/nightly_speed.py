"""What a night costs where nothing came in: the rebuild of 01:00, the question of 02:00.

Books as a company writes them are run, a few invoices are reviewed, and everything is
made once. Then a process of its own does what the daemon does at night; it tells Dagster
of each asset, and should compute none.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledgers import SEED, written_company
from reviewed import line, shown
from sections import PERFORMANCE, Row, Section
from stopwatch import LEDGERGRAPH, cpu_of, ran, timed

from ledgergraph.anomalies.schemas import INVOICE_SCORES
from ledgergraph.corpora.company import Company, make_company
from ledgergraph.corpora.reviewers import Reviewer, judgements, sampled
from resources.graph.embedded import server_in
from resources.store import Store

if TYPE_CHECKING:
    import dagster as dg

INVOICES = (3_000, 30_000)
"""As many as the demo's, and ten times as many."""
AT_NIGHT = ("rebuild_", "training_")
"""How the names of the schedules begin that ask each night."""
REVIEWS = 90
"""Fewer than any policy asks for: they wait, and both roles are asked about."""


def nightly() -> list[Section]:
    """A night without anything new, in a small ledger and in a large one."""
    rows: list[Row] = []
    steps: dict[str, list[float]] = {}
    for number, size in enumerate(INVOICES):
        company = make_company(SEED + number, invoices=size)
        with written_company(company, papers=0) as folder:
            home = folder / "home"
            for word, cost in night(home, folder / "inbox", company).items():
                rows.append((f"{size:,}", word, *cost["row"]))
                for step, seconds in cost["steps"].items():
                    steps.setdefault(step, []).append(seconds)
    sentence = (
        f"{REVIEWS} invoices are reviewed and wait for more. Time in a process that has loaded the "
        "definitions (see Starting), beside an embedded graph that runs. Files are those of the "
        "store, in a folder; in a bucket each is a request. What is computed should be 0."
    )
    columns = ("invoices", "what", "wall s", "CPU s", "CPU s of the graph server", "files read",
               "folders listed", "steps", "computed")  # fmt: skip
    return [
        Section(PERFORMANCE, "A night with nothing new", sentence, columns, rows),
        Section(PERFORMANCE, "Steps of a night with nothing new", "Wall seconds of each asset and "
                "check.", ("step", *(f"{size:,} invoices" for size in INVOICES)),
                [(step, *took) for step, took in steps.items()]),
    ]  # fmt: skip


def night(home: Path, inbox: Path, company: Company) -> dict[str, dict[str, Any]]:
    """Make a home in which nothing is new, then have a process do what is done at night."""
    run = [LEDGERGRAPH, "run", "--inbox", str(inbox), "--home", str(home)]
    ran(run)
    reviews = home / "feedback" / "reviews.jsonl"
    reviews.write_bytes(b"\n".join(reviewed(Store(str(home / "store")), company)))
    ran(run)
    told = ran([sys.executable, __file__, str(home)]).output
    found: dict[str, dict[str, Any]] = json.loads(told.splitlines()[-1])
    return found


def reviewed(store: Store, company: Company) -> Iterator[bytes]:
    """What a reviewer says of a few invoices, a line each."""
    scores = store.table(INVOICE_SCORES, store.heads("invoice_scores"))
    asked = sampled(scores["invoice_id"].to_pylist(), scores["risk"].to_numpy(), REVIEWS, 1)
    return map(line, judgements(company.truth, shown(store), asked, Reviewer()))


def main(home: str) -> None:
    """Do in this process what is done at night, and print what it cost as JSON."""
    from orchestration.definitions import build_definitions
    from orchestration.environments import Environment
    from orchestration.running import dagster_instance, graph_of

    environment = Environment.read(home=home)
    own = build_definitions(environment).get_repository_def()
    with graph_of(environment) as graph, dagster_instance(environment) as instance:
        server = server_in(Path(graph.root))
        found = {
            one.name: asked(own, one, instance, environment.store, server.pid if server else 0)
            for one in own.schedule_defs
            if one.name.startswith(AT_NIGHT)
        }
    print(json.dumps(found))  # noqa: T201


def asked(
    own: "dg.RepositoryDefinition",
    schedule: "dg.ScheduleDefinition",
    instance: "dg.DagsterInstance",
    store: str,
    server: int,
) -> dict[str, Any]:
    """What a schedule and the run that it asks for cost."""
    import dagster as dg

    def work() -> list[dg.DagsterEvent]:
        resources = own.get_top_level_resources()
        with dg.build_schedule_context(
            instance, datetime.now(UTC), resources=resources, repository_def=own
        ) as context:
            requests = schedule.evaluate_tick(context).run_requests
        events: list[dg.DagsterEvent] = []
        for request in requests or ():
            result = own.get_job(schedule.job_name).execute_in_process(
                instance=instance,
                asset_selection=list(request.asset_selection or []),
                tags=request.tags,
            )
            events += result.all_events
        return events

    before = cpu_of(server)
    with counted(store) as files:
        events, took = timed(work)
    steps = {
        one.step_key: one.step_success_data.duration_ms / 1e3
        for one in events
        if one.is_step_success
    }
    computed = sum(
        bool(one.materialization.metadata["ledgergraph/computed"].value)
        for one in events
        if one.is_step_materialization
    )
    row = [took.wall, took.cpu, cpu_of(server) - before, files["open"], files["list"],
           len(steps), computed]  # fmt: skip
    return {"row": row, "steps": steps}


@contextmanager
def counted(folder: str) -> Iterator[Mapping[str, int]]:
    """How often files below a folder are opened, and folders listed, from here on."""
    files = {"open": 0, "list": 0}
    kinds = {"open": "open", "os.scandir": "list", "os.listdir": "list"}
    is_on = True

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if is_on and event in kinds and str(args[0]).startswith(folder):
            files[kinds[event]] += 1

    sys.addaudithook(hook)
    try:
        yield files
    finally:
        is_on = False


if __name__ == "__main__":
    main(sys.argv[1])
