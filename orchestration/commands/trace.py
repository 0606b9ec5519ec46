"""`ledgergraph trace`: from a finding back to the page, the box, the row and the file."""

import argparse
from collections.abc import Sequence

from ledgergraph.errors import BadInput, BadSetting
from orchestration.environments import Environment


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("finding", help="its id, or the first six digits of it")
    parser.add_argument("--home", help="the home; default LEDGERGRAPH_HOME or .ledgergraph")


def run(given: argparse.Namespace) -> int:
    """Print the chain, each line with the asset and manifest that holds it."""
    from assets.lineage import Inputs
    from assets.lookup import lookup_in
    from assets.snapshots import snapshot_in
    from ledgergraph.anomalies.trace import as_text, trace
    from ledgergraph.artifacts import WHOLE
    from ledgergraph.datasets.features import witnesses
    from ledgergraph.graph.frames import ledger_of
    from resources.store import Store

    store = Store(Environment.read(home=given.home).store)
    heads = {"graph_snapshot": store.heads("graph_snapshot")}
    if not heads["graph_snapshot"]:
        raise BadSetting("--home", f"{store.url} holds no findings yet. Run `ledgergraph run`.")
    ledger = ledger_of(snapshot_in(Inputs(store, heads, WHOLE)))

    def named(invoice_id: str, feature: str) -> Sequence[str]:
        return witnesses(ledger, invoice_id, feature)

    try:
        print(as_text(trace(given.finding, lookup_in(store), named)), end="")
    except BadInput as error:
        raise BadSetting("FINDING", error.sentence) from error
    return 0
