"""`ledgergraph reproduce`: a report made again from the versions it names, and compared."""

import argparse
from pathlib import Path

from ledgergraph.errors import BadSetting
from orchestration.environments import Environment


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("report", help="the HTML file of a report")
    parser.add_argument("--home", help="the home; default LEDGERGRAPH_HOME or .ledgergraph")


def run(given: argparse.Namespace) -> int:
    """Render the report again; 0 if every byte is the same."""
    from assets.anomalies import report_from
    from assets.lineage import Inputs
    from ledgergraph.anomalies.report import provenance_of
    from ledgergraph.artifacts import WHOLE, Manifest

    path = Path(given.report)
    if not path.is_file():
        raise BadSetting("REPORT", f"{path} does not exist. Name the HTML file that `run` wrote.")
    page = path.read_bytes()
    named = provenance_of(page)
    store = Environment.read(home=given.home).opened_store()
    manifests: dict[str, dict[str, Manifest]] = {}
    for one in named["manifests"]:
        manifest = store.manifest(one["asset"], one["partition"], one["version"])
        manifests.setdefault(one["asset"], {})[one["partition"]] = manifest
    inputs = Inputs(store, manifests, WHOLE)
    again = report_from(inputs, named["ledger"], named["versions"])["report.html"]
    count = sum(len(parts) for parts in manifests.values())
    if again == page:
        print(f"{path}: the same, byte for byte, from {count} manifests.")
        return 0
    at = next((i for i, (a, b) in enumerate(zip(again, page, strict=False)) if a != b), len(again))
    print(f"{path}: differs from byte {at:,}: {page[at : at + 60]!r} is {again[at : at + 60]!r}")
    return 1
