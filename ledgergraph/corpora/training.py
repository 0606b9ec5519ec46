"""Training ledgers: the books of made companies with what was planted in them, as tables.

They carry the name of their ledger and never enter the graph database. Truth
stands in tables of its own, apart from what a model may see.
"""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from ledgergraph.books import BOOK_TABLES
from ledgergraph.corpora.company import make_company
from ledgergraph.tables import TEXT, Table

LEDGER = pa.field("ledger", TEXT)
TRAINING_BOOKS: Mapping[str, Table] = {
    name: Table(
        f"training_{name}",
        pa.schema([LEDGER, *(pa.field(column, type_) for column, type_ in book.columns.items())]),
        key=("ledger", *book.key),
    )
    for name, book in BOOK_TABLES.items()
}
"""The ledger tables of all training ledgers, by the name of the table."""
TRAINING_TRUTH = Table(
    "training_truth",
    pa.schema(
        [LEDGER, ("invoice_id", TEXT), ("is_issue", pa.bool_()), ("kinds", TEXT),
         ("scored", pa.bool_())]
    ),
    key=("ledger", "invoice_id"),
)  # fmt: skip
"""What was planted: kinds joined by `|`; a look-alike whose case is open is not scored."""
TRAINING_DUPLICATES = Table(
    "training_duplicates",
    pa.schema([LEDGER, ("invoice_id", TEXT), ("other_id", TEXT), ("kind", TEXT)]),
    key=("ledger", "invoice_id", "other_id"),
)
"""True pairs: the later invoice and the one that it repeats."""


def training_ledgers(seeds: Sequence[int], invoices: int) -> list[tuple[Table, pa.Table]]:
    """The tables of companies of some seeds, each of about so many invoices."""
    pieces: dict[str, list[pa.Table]] = {name: [] for name in BOOK_TABLES}
    truths, duplicates = [], []
    for seed in seeds:
        company, ledger = make_company(seed, invoices=invoices), f"seed {seed}"
        for name, table in company.tables.items():
            pieces[name].append(_named(table, ledger))
        truths.append(_named(company.truth, ledger))
        duplicates.append(_named(company.duplicates, ledger))
    tables = [(TRAINING_BOOKS[name], _together(parts)) for name, parts in pieces.items()]
    truth, pairs = _together(truths), _together(duplicates)
    return [
        (table, table.conform(rows)) if rows is not None else (table, table.empty())
        for table, rows in [*tables, (TRAINING_TRUTH, truth), (TRAINING_DUPLICATES, pairs)]
    ]


def _named(table: pa.Table, ledger: str) -> pa.Table:
    return table.add_column(0, LEDGER, pa.array([ledger] * table.num_rows, TEXT))


def _together(parts: list[pa.Table]) -> pa.Table | None:
    return pa.concat_tables(parts, promote_options="default") if parts else None
