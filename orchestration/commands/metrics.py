"""`ledgergraph metrics`: figures for Prometheus, served or printed once."""

import argparse
import signal
import sys
import threading
from types import FrameType

from ledgergraph.errors import BadSetting
from orchestration.environments import Environment

PORT = 9464
"""The usual one of exporters of OpenTelemetry and Prometheus."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("--home", help="the home; default LEDGERGRAPH_HOME or .ledgergraph")
    parser.add_argument("--inbox", help="the folder that is watched; default HOME/inbox")
    parser.add_argument("--backups", help="where backups are kept, to tell how old the newest is")
    parser.add_argument("--port", type=int, default=PORT, help=f"default {PORT}")
    parser.add_argument(
        "--address", default="127.0.0.1", help="of this machine to listen on; 0.0.0.0 for all"
    )
    parser.add_argument(
        "--every", type=float, default=30.0, help="seconds between two looks; default 30"
    )
    parser.add_argument("--once", action="store_true", help="print the figures of now and end")


def run(given: argparse.Namespace) -> int:
    """Serve figures until told to end, or print them."""
    from prometheus_client import start_http_server
    from prometheus_client.openmetrics.exposition import generate_latest

    from orchestration.definitions import build_definitions
    from orchestration.metrics.exposing import Exporter, complain, keep_looking, parts
    from orchestration.running import dagster_instance

    if not given.every > 0:
        raise BadSetting("--every", f"is {given.every:g}, must be a number of seconds above 0.")
    environment = Environment.read(home=given.home, inbox=given.inbox)
    with dagster_instance(environment) as instance:
        asked = parts(environment, instance, build_definitions(environment), given.backups)
        exporter = Exporter(asked, environment.ledger)
        exporter.look()
        registry = exporter.registry()
        if given.once:
            text = generate_latest(registry)  # type: ignore[no-untyped-call]
            sys.stdout.write(text.decode())
            return 0
        is_over = threading.Event()

        def end(number: int, frame: FrameType | None) -> None:
            is_over.set()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, end)
        server, _ = start_http_server(given.port, given.address, registry)
        complain(f"metrics    http://{given.address}:{server.server_port}/metrics")
        keep_looking(exporter, given.every, is_over)
        server.shutdown()
        server.server_close()
    return 0
