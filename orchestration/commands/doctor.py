"""`ledgergraph doctor`: every setting and service, and what to do about what is missing."""

import argparse
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version

from ledgergraph.errors import LedgerError
from orchestration.environments import PREFIX, Environment


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("--home", help="the home; default LEDGERGRAPH_HOME or .ledgergraph")


def run(given: argparse.Namespace) -> int:
    """Print settings and checks; 0 if everything that is needed is there."""
    environment = Environment.read(home=given.home)
    print(f"ledgergraph {version('ledgergraph')}, dagster {version('dagster')}")
    for name, value in settings(environment):
        print(f"  {name:28} {value}")
    is_well = True
    for what, check in checks(environment):
        try:
            print(f"ok       {what}: {check()}")
        except LedgerError as error:
            is_well = False
            print(f"missing  {what}: {error}")
    return 0 if is_well else 1


def settings(environment: Environment) -> Iterator[tuple[str, str]]:
    """Every setting by its variable, without passwords."""
    yield PREFIX + "ENV", environment.name
    yield PREFIX + "HOME", str(environment.home)
    yield PREFIX + "STORE", environment.store
    yield PREFIX + "INBOX", environment.inbox
    yield PREFIX + "GRAPH", environment.graph.rpartition("@")[2]
    yield PREFIX + "LEDGER", environment.ledger
    yield PREFIX + "PUBLIC_DATA", environment.public_data or "(none)"
    yield "DAGSTER_HOME", str(environment.dagster_home)


def checks(environment: Environment) -> Iterator[tuple[str, Callable[[], str]]]:
    """What must work, each with a function that says how it is or raises."""
    from ledgergraph.models.packaged import ROLES
    from resources.graph.connection import GraphResource
    from resources.inbox import Inbox
    from resources.store import Store

    def store() -> str:
        entries = sum(1 for _ in Store(environment.store).audit_entries())
        return f"{entries} log entries"

    def inbox() -> str:
        return f"{len(Inbox(environment.inbox).listing())} files"

    def graph() -> str:
        resource = GraphResource(url=environment.graph, root=str(environment.home / "graph"))
        return resource.agent()

    yield "store", store
    yield "inbox", inbox
    if environment.graph == "embedded":
        yield "graph", lambda: "embedded; started by run, demo and dev"
    else:
        yield "graph", graph
    for role in ROLES:
        yield f"{role} model", partial(packaged, role)


def packaged(role: str) -> str:
    """What the card of a packaged model says."""
    from ledgergraph.models.packaged import card

    return f"packaged, {card(role).algorithm}"
