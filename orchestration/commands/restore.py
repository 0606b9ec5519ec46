"""`ledgergraph restore`: the newest backup into an empty home, which is then verified."""

import argparse

from orchestration.commands.backup import show
from orchestration.commands.verify import verified
from orchestration.environments import Environment


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("folder", help="where backups are kept: a folder or an s3:// URL")
    parser.add_argument("--home", help="an empty home; default LEDGERGRAPH_HOME or .ledgergraph")
    parser.add_argument(
        "--graph", action="store_true", help="the copy of the graph too, if the backup has one"
    )


def run(given: argparse.Namespace) -> int:
    """Restore and verify; 0 if all is as it was written."""
    from orchestration.backups import restored

    environment = Environment.read(home=given.home)
    shown = show(restored(environment, given.folder, graph=given.graph), given.folder)
    return max(shown, verified(environment))
