"""`ledgergraph similar`: documents like a document, and what happened to each of them."""

import argparse
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ledgergraph.errors import BadSetting
from orchestration.commands.query import plain
from orchestration.definitions import graph_folder
from orchestration.environments import Environment

if TYPE_CHECKING:
    from resources.similar import History

MOST = 1000


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("document", help="its name below the inbox, its id, or six digits of it")
    parser.add_argument("--home", help="the home; default LEDGERGRAPH_HOME or .ledgergraph")
    parser.add_argument("--k", type=int, default=10, help="how many, up to 1000; default 10")
    parser.add_argument("--format", choices=["text", "json"], default="text")


def run(given: argparse.Namespace) -> int:
    """Print the document, then those like it, the most similar first."""
    from resources.graph.connection import GraphResource
    from resources.similar import similar

    if not 1 <= given.k <= MOST:
        raise BadSetting("--k", f"is {given.k}, must be from 1 to {MOST}.")
    environment = Environment.read(home=given.home)
    graph = GraphResource(url=environment.graph, root=graph_folder(environment))
    asked, neighbours = similar(environment.opened_store(), graph, given.document, given.k)
    if given.format == "json":
        found = [{"score": round(one.score, 6), **_as_json(one.history)} for one in neighbours]
        print(json.dumps({"document": _as_json(asked), "similar": found}))
        return 0
    for line in _told(asked):
        print(line)
    for one in neighbours:
        print()
        for line in _told(one.history, f"{one.score:.3f}  "):
            print(line)
    return 0


def _as_json(history: "History") -> dict[str, object]:
    told = {name: plain([dict(row) for row in rows]) for name, rows in history.told.items()}
    return {"document_id": history.document_id, "name": history.name, **told}


def _told(history: "History", score: str = "") -> Iterator[str]:
    """A document in lines: its name, how it was read, what was wrong, what people said."""
    told = history.told
    yield f"{score}{history.name}  {history.document_id}"
    engines = [one["engine"] or "no words" for one in told.get("pages", ())]
    engines += [one["recovery"] for one in told.get("pages", ()) if one["recovery"]]
    if engines:
        yield f"  pages: {len(told['pages'])}, by {', '.join(dict.fromkeys(engines))}"
    for one in told.get("readings", ()):
        kind = f", type {one['type']}" if one["type"] else ""
        sure = "" if one["confidence"] is None else f", confidence {one['confidence']:.2f}"
        yield (
            f"  {one['reading']}: {one['fields']} fields, {one['chosen']} chosen, "
            f"by {one['source']}{sure}{kind}"
        )
    for one in told.get("quality", ()):
        yield (
            f"  quality: {one['level']}, {one['score']:.2f}; "
            f"route {one['route']}: {one['route_reason']}"
        )
    for one in told.get("violations", ()):
        yield f"  rule {one['rule']}: {one['sentence']}"
    for one in told.get("rejections", ()):
        yield f"  rejected, {one['reason']}: {one['sentence']}"
    for one in told.get("feedback", ()):
        about = one["field"] or one["kind"] or one["target"]
        stands = "" if one["stands"] else ", replaced since"
        yield f"  {one['verdict']} of {about} by {one['author']}, {one['at']:%Y-%m-%d}{stands}"
    for one in told.get("findings", ()):
        what = f"{one['kind']}, {one['severity']}, {one['status']}"
        yield f"  finding {one['finding_id'][:12]}: {what}"
