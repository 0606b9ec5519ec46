"""`ledgergraph graph up|down`: the embedded graph server for other uses."""

import argparse

from orchestration.environments import Environment


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("action", choices=["up", "down"])
    parser.add_argument("--home", help="the home; default LEDGERGRAPH_HOME or .ledgergraph")


def run(given: argparse.Namespace) -> int:
    """Start or stop the server; prints its Bolt URL."""
    from resources.graph.embedded import down, up

    root = Environment.read(home=given.home).home / "graph"
    if given.action == "up":
        print(up(root).url)
    else:
        down(root)
    return 0
