"""`ledgergraph trace`: from a finding back to the page, the box, the row and the file.

The chain is that of the finding as it was made: through the manifests that its
own manifest names, also after the graph, the records or the findings changed.
"""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ledgergraph.errors import BadInput, BadSetting
from orchestration.environments import Environment

if TYPE_CHECKING:
    from ledgergraph.anomalies.drafts import Witnesses
    from ledgergraph.artifacts import Manifest
    from resources.store import Store


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("finding", help="its id, or the first six digits of it")
    parser.add_argument("--home", help="the home; default LEDGERGRAPH_HOME or .ledgergraph")


def run(given: argparse.Namespace) -> int:
    """Print the chain, each line with the asset and manifest that holds it."""
    from assets.lookup import findings_with, lookup_from
    from ledgergraph.anomalies.trace import as_text, trace

    store = Environment.read(home=given.home).opened_store()
    findings = findings_with(store, given.finding)
    if findings is None:
        raise BadSetting("--home", f"{store.url} holds no findings yet. Run `ledgergraph run`.")
    try:
        chain = trace(given.finding, lookup_from(store, findings), witnesses_in(store, findings))
    except BadInput as error:
        raise BadSetting("FINDING", error.sentence) from error
    print(as_text(chain), end="")
    return 0


def witnesses_in(store: "Store", findings: "Manifest") -> "Witnesses":
    """Names the records that a feature rests on in the snapshot that the findings were made from.

    Features are computed as of arrival, and yet a record that came late, or one
    that was taken back, changes which invoices stand before another.
    """
    from assets.lineage import Inputs
    from assets.snapshots import snapshot_in
    from ledgergraph.artifacts import WHOLE
    from ledgergraph.datasets.features import FEATURES, witnesses
    from ledgergraph.graph.frames import ledger_of

    snapshot = {
        partition: store.manifest("graph_snapshot", partition, version)
        for partition, version in findings.inputs["graph_snapshot"].items()
    }
    ledger = ledger_of(snapshot_in(Inputs(store, {"graph_snapshot": snapshot}, WHOLE)))

    def named(invoice_id: str, feature: str) -> Sequence[str]:
        # Findings of earlier releases may name features that are no more.
        return witnesses(ledger, invoice_id, feature) if feature in FEATURES else ()

    return named
