"""`ledgergraph retention`: the documents whose time is over, and erasing them."""

import argparse
from datetime import UTC, datetime

from ledgergraph.errors import BadSetting
from orchestration.commands.erase import erase, only_said, show
from orchestration.environments import RETENTION, Environment

REASON = "its retention period is over"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("--home", help="the home; default LEDGERGRAPH_HOME or .ledgergraph")
    parser.add_argument("--erase", action="store_true", help="do it; else they are only listed")


def run(given: argparse.Namespace) -> int:
    """List the documents that need not be kept any more, or erase them."""
    from resources.erasure import overdue

    environment = Environment.read(home=given.home)
    if not environment.retention:
        raise BadSetting(RETENTION, "is not set: nothing says how long documents are kept.")
    found = overdue(environment.opened_store(), environment.retention, datetime.now(UTC).date())
    show(found)
    if not found:
        print("No document's time is over.")
        return 0
    return erase(environment, found, REASON) if given.erase else only_said(found, "--erase")
