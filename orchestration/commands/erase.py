"""`ledgergraph erase`: the content of documents, and all that was read from it, destroyed."""

import argparse
import sys
from collections.abc import Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ledgergraph.errors import BadSetting
from orchestration.environments import Environment

if TYPE_CHECKING:
    from resources.erasure import Doomed


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("document", nargs="+", help="its id, or the first eight digits of it")
    parser.add_argument(
        "--reason", required=True, help="why; stays in the audit log, so name nobody in it"
    )
    parser.add_argument("--home", help="the home; default LEDGERGRAPH_HOME or .ledgergraph")
    parser.add_argument("--yes", action="store_true", help="do it; else it is only said")
    parser.add_argument(
        "--although-kept",
        action="store_true",
        help="also what LEDGERGRAPH_RETENTION_YEARS says is to be kept",
    )


def run(given: argparse.Namespace) -> int:
    """Say what would go, or let it go; 0 if nothing of it is left."""
    from resources.erasure import planned

    environment = Environment.read(home=given.home)
    doomed = planned(environment.opened_store(), given.document, environment.retention)
    today = datetime.now(UTC).date()
    kept = [one for one in doomed if one.kept_until is not None and one.kept_until >= today]
    show(doomed)
    if kept and not given.although_kept:
        raise BadSetting(
            "DOCUMENT",
            f"{len(kept)} of them are to be kept, the longest until "
            f"{max(one.kept_until for one in kept if one.kept_until)}. What the law lets you "
            "erase nevertheless takes --although-kept.",
        )
    return erase(environment, doomed, given.reason) if given.yes else only_said(doomed, "--yes")


def show(doomed: Collection["Doomed"]) -> None:
    """Print what goes, a line for each document."""
    for one in doomed:
        until = f", to be kept until {one.kept_until}" if one.kept_until else ""
        print(
            f"{one.document_id[:19]}  {', '.join(sorted(set(one.names)))}: {one.bytes:,} bytes, "
            f"{one.words:,} words, {one.readings:,} fields{until}"
        )


def only_said(doomed: Collection["Doomed"], option: str) -> int:
    """Print what erasing means, before anything is done."""
    batches = len({key for one in doomed for key in one.batches})
    print(
        f"Documents that would go: {len(doomed)}, with all that was read from them and what people "
        f"said of their fields. Batches that are read again without them: {batches}; what follows "
        f"from them is made again, caches are emptied. Nothing was done yet: add {option}."
    )
    return 0


def erase(environment: Environment, doomed: Collection["Doomed"], reason: str) -> int:
    """Erase, and print what went and what still holds something; 0 if nothing does."""
    from orchestration.erasing import erased

    done = erased(environment, doomed, reason)
    for failure in done.failed:
        print(f"failed: {failure}", file=sys.stderr)
    if done.failed:
        print("What was made from them is not destroyed yet. Run it again.", file=sys.stderr)
        return 1
    print(f"Documents erased: {len(doomed)}; files made from them: {done.objects:,}.")
    for asset in done.holders:
        print(
            f"{asset} was made with one of them: materialize it again, then erase again.",
            file=sys.stderr,
        )
    return 1 if done.holders else 0
