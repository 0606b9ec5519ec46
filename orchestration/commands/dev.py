"""`ledgergraph dev`: the Dagster UI with everything it needs, until Ctrl-C."""

import argparse
import signal
import subprocess
import sys

from orchestration.environments import Environment


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("--home", help="the home; default LEDGERGRAPH_HOME or .ledgergraph")
    parser.add_argument("--inbox", help="the folder to watch; default HOME/inbox")
    parser.add_argument("--port", type=int, default=3000, help="of the UI; default 3000")


def run(given: argparse.Namespace) -> int:
    """Serve the UI; the embedded graph lives as long."""
    from orchestration.definitions import build_definitions
    from orchestration.running import (
        dagster_instance,
        feedback_inbox,
        graph_of,
        locked,
        prepared,
    )

    environment = Environment.read(home=given.home, inbox=given.inbox)
    (environment.home / "inbox").mkdir(parents=True, exist_ok=True)
    feedback_inbox(environment)
    # Held while it serves: the sensor and a `run` beside it would take in the same files.
    with locked(environment.home), graph_of(environment):
        with dagster_instance(environment) as instance:
            for failure in prepared(
                build_definitions(environment), instance, environment.opened_store()
            ):
                print(f"failed: {failure}", file=sys.stderr)
        print(f"inbox      {environment.inbox}", file=sys.stderr)
        print(f"UI         http://127.0.0.1:{given.port}", file=sys.stderr)
        command = [sys.executable, "-m", "dagster", "dev", "-m", "orchestration.definitions"]
        command += ["-h", "127.0.0.1", "-p", str(given.port)]
        return served(command, environment.variables())


def served(command: list[str], variables: dict[str, str]) -> int:
    """Run a server until it ends or this process is told to; it is told the same."""
    # A process started in the background ignores SIGINT, and so would its child.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    child = subprocess.Popen(command, env=variables, start_new_session=True)  # noqa: S603 - our own

    def stop(number: int, frame: object) -> None:
        child.send_signal(signal.SIGINT)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    return child.wait()
