"""`ledgergraph score`: what new invoices would be scored, before they are in the books."""

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from ledgergraph.errors import BadInput, BadSetting
from orchestration.commands.query import show
from orchestration.environments import Environment

if TYPE_CHECKING:
    from ledgergraph.extractions.books_import import Imported


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("file", help="table `invoices` as CSV or Parquet, as it comes in")
    parser.add_argument("--home", help="the home; default LEDGERGRAPH_HOME or .ledgergraph")
    parser.add_argument("--format", choices=["csv", "json"], default="csv")


def run(given: argparse.Namespace) -> int:
    """Print the scores of the invoices of a file, and store nothing; 0 if every row had some.

    On stderr, which rows were left out and why, and whose seller is not known. A role without
    a champion yet is filled by that of the package; the anomaly score has none and is left out.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    from assets.lineage import Inputs
    from assets.snapshots import snapshot_in
    from ledgergraph.anomalies.inference import ROLES, Champions
    from ledgergraph.artifacts import WHOLE
    from ledgergraph.datasets.features import opened
    from ledgergraph.tables import TEXT

    new = invoices_in(Path(given.file))
    said = [str(one["sentence"]) for one in new.rejections]
    store = Environment.read(home=given.home).opened_store()
    assets = ["graph_snapshot", *(f"{role}_champion" for role in ROLES)]
    inputs = Inputs(store, {name: store.heads(name) for name in assets}, WHOLE)
    inputs.whole("graph_snapshot")
    with ExitStack() as stack:
        made = {role: f"{role}_champion" for role in ROLES}
        champions = Champions.load(
            {
                role: stack.enter_context(inputs.folder(asset))
                for role, asset in made.items()
                if WHOLE in inputs.manifests[asset]
            }
        )
    books = opened(snapshot_in(inputs))
    there = [one for one in new.records["invoice_id"].to_pylist() if one in books.ledger.position]
    said += [f"{one} is in the books already; its scores are in table invoice_scores."
             for one in there]  # fmt: skip
    rows = new.records.filter(pc.invert(pc.is_in(new.records["invoice_id"], pa.array(there, TEXT))))
    unscored, scores = bool(said), champions.scores(books, rows)
    said += [f"{one}: the books do not know its seller; no history tells of it, its scores "
             "say little." for one in books.strangers(rows)]  # fmt: skip
    for sentence in said:
        print(f"ledgergraph score: {sentence}", file=sys.stderr)
    cells = zip(*(column.to_pylist() for column in scores.columns), strict=True)
    show(scores.column_names, cells, given.format)
    return 1 if unscored else 0


def invoices_in(path: Path) -> "Imported":
    """The rows of a file of table `invoices`. Raises BadSetting if it is none."""
    from ledgergraph.documents.limits import Limits
    from ledgergraph.extractions.books_import import import_table
    from ledgergraph.identity import document_id_of

    try:
        data = path.read_bytes()
        form = "parquet" if path.suffix.lower() == ".parquet" else "csv"
        found = import_table(document_id_of(data), path.name, data, form, Limits().max_cell_bytes)
    except (OSError, BadInput) as error:
        raise BadSetting("FILE", f"{path} cannot be read: {error}") from error
    if found.table != "invoices":
        raise BadSetting("FILE", f"{path} is table {found.table}. Give one of invoices.")
    return found
