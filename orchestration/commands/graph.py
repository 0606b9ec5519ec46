"""`ledgergraph graph`: the embedded server for other uses, copies, and questions in Cypher."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.environments import Environment

if TYPE_CHECKING:
    from ledgergraph.artifacts import Manifest


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    home = argparse.ArgumentParser(add_help=False)
    home.add_argument("--home", help="the home; default LEDGERGRAPH_HOME or .ledgergraph")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("up", parents=[home], help="start the embedded server; print its URL")
    actions.add_parser("down", parents=[home], help="stop it")
    export = actions.add_parser("export", parents=[home], help="copy the graph into a new folder")
    export.add_argument("folder", type=Path)
    restore = actions.add_parser("restore", parents=[home], help="put a copy into an empty graph")
    restore.add_argument("folder", type=Path)
    ask = actions.add_parser("ask", parents=[home], help="ask in Cypher; nothing can be written")
    ask.add_argument("cypher", help="one statement that reads")
    ask.add_argument("--format", choices=["csv", "json"], default="csv")


def run(given: argparse.Namespace) -> int:
    """Do what the action says; prints one line, or what was asked for."""
    environment = Environment.read(home=given.home)
    if given.action in ("up", "down"):
        from resources.graph.embedded import down, up

        root = environment.home / "graph"
        if given.action == "up":
            print(up(root).url)
        else:
            down(root)
        return 0
    from orchestration.commands.query import show
    from orchestration.running import graph_of
    from resources.graph.copies import checked, restore_copy, write_copy

    with graph_of(environment) as graph:
        if given.action == "ask":
            show(*graph.ask(given.cypher), given.format)
            return 0
        if given.action == "export":
            with graph.held() as held:
                manifest = write_copy(held, given.folder)
        else:
            manifest = checked(given.folder)
            with graph.held(restoring=manifest.version) as held:
                restore_copy(held, given.folder, manifest)
    print(_told(manifest, given.folder))
    return 0


def _told(manifest: "Manifest", folder: Path) -> str:
    counts = {
        kind: sum(one.rows or 0 for one in manifest.files if one.table.startswith(kind))
        for kind in ("nodes", "edges")
    }
    return (
        f"{folder}: {counts['nodes']:,} nodes and {counts['edges']:,} relations, "
        f"copy {manifest.version}"
    )
