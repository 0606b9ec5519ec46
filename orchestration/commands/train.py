"""`ledgergraph train`: learn from what people said, judge the challenger, and say what counts."""

import argparse
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from orchestration.environments import Environment

if TYPE_CHECKING:
    import dagster as dg

    from resources.store import Store

ROLES = ("compliance", "duplicate", "reader")


READER = "reader"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("--role", choices=ROLES, help="train this role; default every role")
    parser.add_argument("--home", help="the home; default LEDGERGRAPH_HOME or .ledgergraph")


def run(given: argparse.Namespace) -> int:
    """Train each role that has labels, whether due or not; prints the decision and its reason."""
    from jobs.training import SELECTED
    from orchestration.definitions import build_definitions
    from orchestration.running import (
        copied_report,
        dagster_instance,
        fed_back,
        launched,
        locked,
        prepared,
    )
    from resources.doors import RetrainingResource
    from resources.learning import due, events_of

    environment = Environment.read(home=given.home)
    store = environment.opened_store()
    limits = RetrainingResource(changed=dict(environment.retraining)).value()
    environment.home.mkdir(parents=True, exist_ok=True)
    failed: list[str] = []
    with locked(environment.home), dagster_instance(environment) as instance:
        definitions = build_definitions(environment)
        failed += prepared(definitions, instance, store)
        failed += fed_back(definitions, instance, store, environment)
        for role in [given.role] if given.role else ROLES:
            if not events_of(store, role):
                print(f"{role}: no labels, nothing to learn from")
                continue
            print(due(store, role, datetime.now(UTC), limits).decision.reason)
            before = version(store, role)
            failed += launched(definitions, instance, f"training_{role}", SELECTED[role])
            print(f"{role}: {decided(store, role)}")
            if version(store, role) != before:
                failed += rescored(environment, definitions, instance, role)
        copied_report(store, environment.home)
    for failure in failed:
        print(f"failed: {failure}", file=sys.stderr)
    return 1 if failed else 0


def version(store: "Store", role: str) -> str:
    """The champion of a role that counts."""
    from ledgergraph.artifacts import WHOLE

    head = store.head(f"{role}_champion", WHOLE)
    return head.version if head else ""


def decided(store: "Store", role: str) -> str:
    """What the latest benchmark of a role decided, and why."""
    from assets.learning import files_of
    from ledgergraph.artifacts import WHOLE
    from ledgergraph.benchmarks.record import DECISION, decision_of

    head = store.head(f"{role}_benchmark", WHOLE)
    if head is None:
        return "not judged"
    decision = decision_of(files_of(store, head)[DECISION])
    return f"{decision.action}. {decision.reason}"


def rescored(
    environment: Environment, definitions: "dg.Definitions", instance: "dg.DagsterInstance",
    role: str,
) -> list[str]:  # fmt: skip
    """Make anew what reads the champion of a role, to the report; returns what failed.

    A new reader re-reads nothing by itself: all history would be read anew.

    Only pairs live in the graph: the invoices' scores need no server.
    """
    from assets.lineage import COMPARED, THROUGH_TIME
    from jobs.training import MATCHING, SCORING
    from orchestration.running import graph_of, launched

    if role == READER:
        print("What was read stays as it was; batches that arrive are read by the new champion.")
        return []
    tags = {THROUGH_TIME: COMPARED}
    if role != "duplicate":
        return launched(definitions, instance, "rebuild_ledger", SCORING, tags=tags)
    with graph_of(environment):
        return launched(definitions, instance, "rebuild_ledger", MATCHING, tags=tags)
