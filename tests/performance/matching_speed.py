"""How the time and memory of finding duplicates grow with the ledger."""

import os
from collections.abc import Collection, Mapping

import pyarrow as pa
import pyarrow.compute as pc
from sections import PERFORMANCE, Row, Section
from stopwatch import timed

from ledgergraph.anomalies.scoring import likely_duplicates
from ledgergraph.corpora.training import made_ledger
from ledgergraph.datasets.made_ledgers import snapshot_of_books
from ledgergraph.graph.duplicates import pairs
from ledgergraph.models.packaged import champion

SEED, OF_ONE = 9001, 10_000
SIZES = "LEDGERGRAPH_BENCH_PAIRS"
"""The sizes that are measured, in invoices: a list with spaces between."""
TABLES = ("invoices", "vendors", "purchase_orders")
"""What duplicates are found in."""
KEYS = ("invoice_id", "vendor_id", "contract_id", "order_id", "vat_id", "iban", "vendor_name",
        "receipt_id", "object_id", "employee_id", "approver", "user")  # fmt: skip
AMOUNTS = ("net", "tax", "gross", "unit_price")


def duplicates_speed() -> list[Section]:
    """Candidates, their features and their probabilities, for ledgers of several sizes."""
    sizes = [int(size) for size in os.environ.get(SIZES, "10000 100000").split()]
    rows = [_measured(size) for size in sizes]
    sentence = (
        "A made company, and larger ones that are so many of it, each with vendors, keys and "
        f"prices of its own (seed {SEED}; sizes by {SIZES}). Candidate pairs with their features, "
        "then the packaged model's probability of each and the reasons of those kept; the graph "
        "as tables is there before."
    )
    columns = ("invoices", "pairs", "pairs an invoice", "candidates, CPU s", "probability, CPU s",
               "CPU s for 100,000 invoices")  # fmt: skip
    return [Section(PERFORMANCE, "Duplicates in large ledgers", sentence, columns, rows)]


def _measured(size: int) -> Row:
    snapshot = snapshot_of_books(ledger_of_size(size))
    found, first = timed(lambda: pairs(snapshot))
    _, second = timed(lambda: likely_duplicates(found, champion("duplicate")))
    whole = first.cpu + second.cpu
    return (f"{size:,}", f"{found.num_rows:,}", found.num_rows / size, first.cpu, second.cpu,
            100_000 * whole / size)  # fmt: skip


def ledger_of_size(size: int, names: Collection[str] = TABLES) -> dict[str, pa.Table]:
    """The books of several companies in one, of so many invoices about; tables by `names`."""
    made = made_ledger(SEED, min(size, OF_ONE)).tables
    tables = {name: rows for name, rows in made.items() if name in names}
    copies = [_copy(tables, at) for at in range(max(size // OF_ONE, 1))]
    return {name: pa.concat_tables([one[name] for one in copies]) for name in tables}


def _copy(tables: Mapping[str, pa.Table], at: int) -> dict[str, pa.Table]:
    """The books with keys and prices of their own."""
    found = {}
    for name, rows in tables.items():
        for place, column in enumerate(rows.column_names):
            values = rows[column]
            if column in KEYS:
                values = pc.binary_join_element_wise(values, str(at), "-")
            elif name == "invoices" and column in AMOUNTS:
                dearer = pc.multiply(values.cast(pa.float64()), 1 + 0.0137 * at)
                values = pc.round(dearer, 2).cast(values.type)
            rows = rows.set_column(place, column, values)
        found[name] = rows
    return found
