"""`ledgergraph verify`: is everything in a home as it was written?"""

import argparse
import sys

from ledgergraph.errors import ServiceMissing
from orchestration.environments import Environment
from resources.verification import verify


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("--home", help="the home; default LEDGERGRAPH_HOME or .ledgergraph")


def run(given: argparse.Namespace) -> int:
    """Name what is wrong, one line each; 0 if nothing is."""
    return verified(Environment.read(home=given.home))


def verified(environment: Environment) -> int:
    """Print what is wrong with a home, one line each; 0 if nothing is."""
    store = environment.opened_store()
    entries = sum(1 for _ in store.audit_entries())
    wrong = verify(store, noted_in(environment))
    if not entries:
        wrong.append(f"{store.url} holds no audit log: nothing was made here, or it was removed.")
    print("\n".join(wrong) if wrong else f"{store.url}: {entries} log entries, all as written.")
    return 1 if wrong else 0


def noted_in(environment: Environment) -> tuple[int, str] | None:
    """What the registry noted of the log; None, with a word, where there is none to ask."""
    from resources.registry import Registry, is_there

    if not is_there(environment.registry):
        return None
    try:
        return Registry(environment.registry, environment.ledger).noted_log()
    except ServiceMissing as error:
        print(f"The log is not compared with the registry. {error}", file=sys.stderr)
        return None
