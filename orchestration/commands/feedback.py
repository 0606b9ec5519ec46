"""`ledgergraph feedback add|import|list`: what people say, kept at once and without a service.

It takes effect with the next `ledgergraph run`, or by itself where the sensors run.
"""

import argparse
import getpass
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledgergraph.artifacts import WHOLE
from ledgergraph.errors import BadInput, BadSetting
from ledgergraph.feedback.events import Category, Feedback, Target, Verdict, standing
from ledgergraph.feedback.schemas import FEEDBACK
from orchestration.environments import Environment

if TYPE_CHECKING:
    from resources.store import Store

CHOICES: Mapping[str, type[Target] | type[Verdict] | type[Category]] = {
    "target": Target,
    "verdict": Verdict,
    "category": Category,
}
SAID: Mapping[str, str] = {
    "at": "when it was said, ISO 8601; default now",
    "author": "who says it; default the user's name",
    "document_id": "of a field: sha256:… as in table documents",
    "part": "of a field: which invoice of the document, from 0; default 0",
    "line": "of a field: which line, from 0; none for the header",
    "field": "its name, as in table extractions",
    "finding_id": "its id, or the first six digits of it",
    "kind": "of a finding or an invoice; default that of the finding",
    "subject_id": "the invoice, or the first of a pair or of two parties",
    "other_id": "the second of a pair or of two parties",
    "value": "of a correction: the right one, in canonical form",
    "comment": "why",
}
"""What each column of an event is, as help says it."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="add|import|list")
    one = actions.add_parser("add", help="say one thing")
    for name in FEEDBACK.schema.names[1:]:
        option = "--" + name.replace("_", "-")
        if name in CHOICES:
            one.add_argument(option, choices=list(CHOICES[name]), required=name != "category")
        else:
            one.add_argument(option, help=SAID[name])
    files = actions.add_parser("import", help="JSON Lines, CSV or an export of Label Studio")
    files.add_argument("files", nargs="+", metavar="FILE")
    listed = actions.add_parser("list", help="what was said, and the lines that were rejected")
    for action in (one, files, listed):
        action.add_argument("--home", help="the home; default LEDGERGRAPH_HOME or .ledgergraph")


def run(given: argparse.Namespace) -> int:
    """Do what is asked; prints counts, ids and rejected lines."""

    environment = Environment.read(home=given.home)
    store = environment.opened_store()
    if given.action == "add":
        stated = {name: getattr(given, name) for name in FEEDBACK.schema.names[1:]}
        return added(store, stated)
    if given.action == "import":
        return imported(store, [Path(name) for name in given.files])
    return shown(store, environment)


def added(store: "Store", stated: Mapping[str, Any]) -> int:
    """Keep one event; BadSetting if it says too little, or names what is not there."""
    from ledgergraph.feedback.sources import checked_event
    from resources.feedback import add, checked, strangers

    now = datetime.now(UTC)
    said = {name: value for name, value in stated.items() if value is not None}
    said = {"at": now.isoformat(), **said}
    if said["target"] == Target.FINDING and "finding_id" in said:
        said = {**of_finding(store, said["finding_id"]), **said, **id_of(store, said["finding_id"])}
    try:
        event = checked_event(said, now, getpass.getuser(), checked)
    except BadInput as error:
        raise BadSetting("EVENT", error.sentence) from error
    for _, name in strangers(store, [event]):
        raise BadSetting(
            "--" + name.replace("_", "-"),
            f"{getattr(event, name)} is nothing that {store.url} knows. Look it up with "
            "`ledgergraph query`.",
        )
    print(event.feedback_id if add(store, [event]) else f"{event.feedback_id} is known")
    return 0


def id_of(store: "Store", finding_id: str) -> dict[str, str]:
    """The whole id of a finding from the first digits of it."""
    return {"finding_id": finding_with(store, finding_id)["finding_id"]}


def of_finding(store: "Store", finding_id: str) -> dict[str, Any]:
    """What an event on a finding says beside its verdict: its kind and the invoice."""
    from resources.feedback import invoice_of

    row = finding_with(store, finding_id)
    stated = {"kind": row["kind"], "subject_id": invoice_of(row)}
    return {name: value for name, value in stated.items() if value is not None}


def finding_with(store: "Store", finding_id: str) -> Mapping[str, Any]:
    """The finding with an id or the first six or more digits of one; BadSetting if none has."""
    from resources.feedback import finding_rows

    rows = finding_rows(store, store.head("findings", WHOLE)).to_pylist()
    wanted = finding_id.strip().lower()
    found = [row for row in rows if row["finding_id"].startswith(wanted)]
    if len(found) == 1 and len(wanted) >= 6:
        row: Mapping[str, Any] = found[0]
        return row
    wrong = "fits none" if not found else f"fits {len(found):,}"
    raise BadSetting(
        "--finding-id",
        f"{finding_id} {wrong} of {len(rows):,} findings. Give the id, or six or more digits that "
        "only it begins with, as the report and table findings show it.",
    )


def imported(store: "Store", files: list[Path]) -> int:
    """Keep what files say; prints what came of each, with the lines that were rejected."""
    from ledgergraph.feedback.sources import MOST_BYTES
    from resources.feedback import import_file

    now, author = datetime.now(UTC), getpass.getuser()
    for file in files:
        with file.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)  # enough to tell that it is too large
        done = import_file(store, file.name, data, now, author)
        counts = f"{done.new:,} new, {done.known:,} known, {len(done.rejected):,} rejected"
        print(f"{file}: {counts}")
        for one in done.rejected:
            print(f"  line {one.line}: {one.reason}: {one.sentence}")
    return 0


def shown(store: "Store", environment: Environment) -> int:
    """Print every event in the order in which they were said, how often each type of document
    was read wrong, then rejected lines.
    """
    from resources.doors import RetrainingResource
    from resources.feedback import all_events, rejections
    from resources.learning import candidates

    events = all_events(store)
    limits = RetrainingResource(changed=dict(environment.retraining)).value()
    counting = {event.feedback_id for event in standing(events)}
    for event in sorted(events, key=lambda one: (one.at, one.feedback_id)):
        print(line_of(event, counts=event.feedback_id in counting))
    for decision in candidates(store, standing(events), limits):
        print(decision.reason)
    for row in rejections(store).to_pylist():
        print(f"rejected {row['name']}, line {row['line']}: {row['sentence']}", file=sys.stderr)
    return 0


def line_of(event: Feedback, *, counts: bool) -> str:
    """An event on one line: what counts of it is told from what was said over or withdrawn."""
    about = [str(one) for one in event.about[1:] if one is not None]
    value = f" = {event.value}" if event.value is not None else ""
    comment = f" ({event.comment})" if event.comment else ""
    return (
        f"{'counts ' if counts else 'was    '} {event.at:%Y-%m-%d %H:%M} {event.author:12} "
        f"{event.verdict:10} {event.target:8} {' '.join(about)}{value}{comment}"
    )
