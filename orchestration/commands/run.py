"""`ledgergraph run`: everything in a folder through the whole graph, to the report."""

import argparse
import sys
from typing import TYPE_CHECKING

from orchestration.environments import Environment

if TYPE_CHECKING:
    from orchestration.running import Outcome


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("--inbox", help="the folder to read; it is not touched")
    parser.add_argument("--home", help="where everything is kept; default .ledgergraph")
    parser.add_argument("--ledger", help="the company whose books these are; default main")


def run(given: argparse.Namespace) -> int:
    """Run, print counts and the report's path; 0 if every file is accounted for."""
    from orchestration.running import run_everything

    environment = Environment.read(home=given.home, inbox=given.inbox, ledger=given.ledger)
    return show(run_everything(environment))


def show(done: "Outcome") -> int:
    """Print what a run did; 0 if no step failed."""
    for failure in done.failed:
        print(f"failed: {failure}", file=sys.stderr)
    print(f"files       {done.files:>9,}")
    print(f"documents   {done.documents:>9,}")
    print(f"rejections  {done.rejections:>9,}")
    print(f"findings    {done.findings:>9,}")
    if done.report:
        print(f"report      {done.report}")
    return 1 if done.failed else 0
