"""The platform by itself: a file of 600 labels in, a new champion and a report made anew out.

Dagster's own webserver and daemon, as `ledgergraph dev` starts them; everything is
asked over GraphQL, as the UI asks. Nothing is launched by hand.
"""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from ledgers import written_company
from loop_quality import prepared
from reviewed import INVOICES, REVIEWERS, REVIEWS, SEED, late_in, line, said, weakened
from sections import PERFORMANCE, Section
from stopwatch import COMPILED, LEDGERGRAPH, ran

from ledgergraph.artifacts import WHOLE
from ledgergraph.corpora.company import make_company
from ledgergraph.corpora.settings import SHIFTED
from resources.feedback import EVENTS, is_outdated
from resources.store import Store
from sensors.retraining import REASON

T = TypeVar("T")
PLACE = {"repositoryLocationName": "orchestration.definitions",
         "repositoryName": "__repository__"}  # fmt: skip
START = """mutation($place: SensorSelector!) {
  startSensor(sensorSelector: $place) { __typename ... on PythonError { message } }
}"""
RUNS = """{ runsOrError(limit: 20) { ... on Runs {
  results { jobName status tags { key value } }
} } }"""
MINUTES = 30


def platform() -> list[Section]:
    """Seconds from the file of labels to each thing that follows from it."""
    company = make_company(SEED, invoices=INVOICES, settings=SHIFTED)
    name, reviewer = next(iter(REVIEWERS.items()))
    with written_company(company, papers=0) as folder:
        home = folder / "home"
        ran([LEDGERGRAPH, "run", "--inbox", str(folder / "inbox"), "--home", str(home)])
        prepared(home)
        store = Store(str(home / "store"))
        weakened(store)
        before = heads(store)
        with served(home, folder / "inbox") as ask:
            for sensor in ("feedback_inbox", "retraining"):
                switched_on(ask, sensor)
            events = said(store, company, reviewer, late_in(store))
            lines = b"\n".join(map(line, events))
            begun = time.perf_counter()
            (home / "feedback" / "reviews.jsonl").write_bytes(lines)
            waited(lambda: store.names(EVENTS) and not is_outdated(store))
            known = time.perf_counter() - begun
            run = waited(lambda: training(ask(RUNS)))
            asked = time.perf_counter() - begun
            run = waited(lambda: ended(training(ask(RUNS))))
            done = time.perf_counter() - begun
        if run["status"] != "SUCCESS":
            raise RuntimeError(f"The training ended as {run['status']}.")
        after = heads(store)
    rows = [
        ("the labels are in asset `feedback`", known, None),
        ("the sensor asks for a training", asked, run["reason"]),
        ("the training and what follows from it have ended", done, run["status"]),
        ("another champion", None, yes(before["compliance_champion"], after)),
        ("another report", None, yes(before["anomaly_report"], after)),
    ]
    sentence = (
        f"A file with {len(events):,} events on {REVIEWS} invoices ({name}) is laid into the "
        "feedback inbox of a home that `ledgergraph dev` serves; its daemon does the rest. "
        "The champion before is the first trees of the package's, so that labels can show better."
    )
    return [Section(PERFORMANCE, "The platform by itself", sentence,
                    ("what", "s after the file", "outcome"), rows)]  # fmt: skip


def switched_on(ask: Callable[..., Any], sensor: str) -> None:
    """Switch a sensor on, as a person does in the UI."""
    outcome = ask(START, place={**PLACE, "sensorName": sensor})["startSensor"]
    if outcome["__typename"] != "Sensor":
        raise RuntimeError(f"{sensor} was not switched on: {outcome}")


def heads(store: Store) -> dict[str, str]:
    """The manifests that count."""
    names = ("compliance_champion", "anomaly_report")
    return {name: head.version for name in names if (head := store.head(name, WHOLE))}


def yes(before: str, after: dict[str, str]) -> str:
    """Whether a manifest counts no more."""
    return "no" if before in after.values() else "yes"


@contextmanager
def served(home: Path, inbox: Path) -> Iterator[Callable[..., Any]]:
    """`ledgergraph dev` on a home; gives what asks its GraphQL. It is stopped at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [LEDGERGRAPH, "dev", "--home", str(home), "--inbox", str(inbox), "--port", str(port)]
    variables = {**os.environ, "PYTHONPYCACHEPREFIX": COMPILED.name}
    with (home / "dev.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=variables)
    try:

        def ask(query: str, **variables: Any) -> Any:
            body = json.dumps({"query": query, "variables": variables}).encode()
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/graphql", body, {"Content-Type": "application/json"}
            )
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["data"]

        def is_up() -> bool:
            try:
                return bool(ask("{ version }"))
            except (urllib.error.URLError, OSError):
                return False

        waited(is_up)
        yield ask
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def waited(look: Callable[[], T]) -> T:
    """What a look gives once it gives something. Raises TimeoutError if it never does."""
    until = time.monotonic() + 60 * MINUTES
    while not (found := look()):
        if time.monotonic() > until:
            raise TimeoutError(f"Nothing came of {look} in {MINUTES} minutes.")
        time.sleep(2)
    return found


def training(data: Any) -> dict[str, Any] | None:
    """The newest training that was asked for with a reason."""
    for run in data["runsOrError"]["results"]:
        run["reason"] = next((one["value"] for one in run["tags"] if one["key"] == REASON), None)
        if run["jobName"] == "training_compliance" and run["reason"]:
            found: dict[str, Any] = run
            return found
    return None


def ended(run: dict[str, Any] | None) -> dict[str, Any] | None:
    """A run, if it has ended."""
    return run if run and run["status"] in ("SUCCESS", "FAILURE", "CANCELED") else None
