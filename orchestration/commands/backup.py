"""`ledgergraph backup`: a home into a folder or bucket, also while a run goes on."""

import argparse
import sys
from typing import TYPE_CHECKING

from orchestration.environments import Environment

if TYPE_CHECKING:
    from orchestration.backups import Done


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("folder", help="where backups are kept: a folder or an s3:// URL")
    parser.add_argument("--home", help="the home; default LEDGERGRAPH_HOME or .ledgergraph")
    parser.add_argument(
        "--graph", action="store_true", help="a copy of the graph too, which can be made again"
    )


def run(given: argparse.Namespace) -> int:
    """Back up, and say what was copied; 1 if something is damaged and was left out."""
    from orchestration.backups import backed_up

    environment = Environment.read(home=given.home)
    return show(backed_up(environment, given.folder, graph=given.graph), given.folder)


def show(done: "Done", place: str) -> int:
    """Print what was copied; 1 if something is not as it was written."""
    backup, copied = done.backup, done.copied
    for sentence in (*copied.damaged, *done.left_out):
        print(sentence, file=sys.stderr)
    print(
        f"{place}: backup {backup.moment}, {backup.number:,} log entries, {len(backup.heads):,} "
        f"heads, {len(backup.files):,} other files; {copied.objects:,} objects "
        f"({copied.bytes / 2**20:.1f} MiB) copied"
    )
    return 1 if copied.damaged else 0
