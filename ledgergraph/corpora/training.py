"""Training ledgers: the books of made companies with what was planted in them, and as tables.

Ledgers differ in seed and habits, and every second one lacks some tables, so
that models do not lean on what one company happens to keep. They never enter
the graph database. Truth stands in tables of its own, apart from what a model
may see. Made or read back from their tables, they are the same ledgers.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.books import BOOK_TABLES
from ledgergraph.corpora.company import make_company
from ledgergraph.corpora.settings import COMPLETE, CompanySettings
from ledgergraph.issues import CATALOGUE, Kind
from ledgergraph.tables import TEXT, Table

SEEDS = tuple(range(1, 25))
INVOICES = 2_500
"""What the champions of the package learn from: ledgers of so many invoices each, about."""
THINNED: tuple[tuple[str, ...], ...] = (
    ("approval_limits", "approvals", "invoices.approver"),
    ("purchase_orders", "goods_receipts", "invoices.order_id"),
    ("bank_changes", "employees", "payments"),
    ("contracts", "contract_amendments", "invoices.contract_id"),
    ("invoices.received_on", "vendors.registered_on", "approvals"),
    ("invoices.quantity", "invoices.unit_price", "goods_receipts"),
    ("invoices.iban", "vendors.category", "invoices.due_date"),
    ("invoices.entity_id", "purchase_orders.entity_id", "vendors.category"),
)
"""What a company may not keep: the training ledgers without it teach models to do without."""
WIDE = replace(
    COMPLETE,
    hardness=(0.1, 0.95), sites=(1, 14), foreign_share=(0.0, 0.6),
    amount_level=(0.3, 6.0), lowest_limit=(300.0, 25000.0), limit_ratio=(1.6, 8.0),
    limit_levels=(2, 6), approvers_per_level=(1, 6), clerk_noise=(0.0, 0.15),
    late_share=(0.0, 0.3), lag_days=(0.3, 18.0), receipt_lag_days=(0.1, 14.0),
    step_pct=(0.5, 16.0), escalation_pct=(0.5, 12.0), tolerance_pct=(0.5, 12.0),
    contract_slack=(1.005, 2.0), bank_change_share=(0.05, 0.6), credit_share=(0.0, 0.04),
    young_share=(0.05, 0.5), has_company_levels=0.4,
)  # fmt: skip
"""Companies of any habits: the wider they differ in training, the less a new one surprises."""
WIDE_USUAL = replace(
    WIDE,
    **{
        name: getattr(CompanySettings(), name)
        for name in ("issue_share", "weights", "cases", "homes", "countries", "framework_share",
                     "keeps_journal")
    },
)  # fmt: skip
"""The same with the usual kinds alone: what tells pairs of invoices apart is learned from them."""

ACCOUNTS = ("statements", "journal_lines")
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
TRAINING_TABLES: tuple[Table, ...] = (
    *TRAINING_BOOKS.values(), TRAINING_TRUTH, TRAINING_DUPLICATES,
)  # fmt: skip


@dataclass(frozen=True)
class TrainingLedger:
    """The books of one made company (tables of `books` by name), their truth and true pairs."""

    name: str
    tables: Mapping[str, pa.Table]
    truth: pa.Table
    duplicates: pa.Table


def training_ledgers(seeds: Sequence[int], invoices: int) -> Iterator[TrainingLedger]:
    """Ledgers to learn from, with every kind of invoices in seven countries.

    Two in three are of any habits, every second is without some tables.
    """
    yield from _of_seeds(seeds, invoices, COMPLETE, WIDE)


def pair_ledgers(seeds: Sequence[int], invoices: int) -> Iterator[TrainingLedger]:
    """The same with the usual kinds: a model of pairs that learns from them is the better one."""
    yield from _of_seeds(seeds, invoices, CompanySettings(), WIDE_USUAL)


def _of_seeds(
    seeds: Sequence[int], invoices: int, usual: CompanySettings, wide: CompanySettings
) -> Iterator[TrainingLedger]:
    for at, seed in enumerate(seeds):
        without = THINNED[(at // 2) % len(THINNED)] if at % 2 else ()
        yield made_ledger(seed, invoices, usual if at % 3 == 0 else wide, without)


def made_ledger(
    seed: int, invoices: int, settings: CompanySettings | None = None, without: Sequence[str] = ()
) -> TrainingLedger:
    """A made company as a labelled ledger, about so large.

    `without` names tables, or `table.column`s, that this company does not keep:
    issues that nobody could see without them get no label. Journal and statements are
    left out, whatever the settings: nothing of an invoice is read from them.
    """
    company = make_company(seed, invoices=invoices, settings=settings)
    return TrainingLedger(
        f"seed {seed}",
        _thinned(company.tables, (*without, *ACCOUNTS)),
        _without_labels(company.truth, _hidden(without)),
        company.duplicates,
    )


def as_tables(ledgers: Iterable[TrainingLedger]) -> list[tuple[Table, pa.Table]]:
    """The rows of some ledgers in the tables that they are kept in (TRAINING_TABLES)."""
    pieces: dict[str, list[pa.Table]] = {table.name: [] for table in TRAINING_TABLES}
    for one in ledgers:
        for name, rows in one.tables.items():
            pieces[TRAINING_BOOKS[name].name].append(_named(rows, one.name))
        pieces[TRAINING_TRUTH.name].append(_named(one.truth, one.name))
        pieces[TRAINING_DUPLICATES.name].append(_named(one.duplicates, one.name))
    return [(table, _together(table, pieces[table.name])) for table in TRAINING_TABLES]


def from_tables(tables: Mapping[str, pa.Table]) -> Iterator[TrainingLedger]:
    """The ledgers that some tables hold, by the names of the tables; one after the other."""
    for name in pc.unique(tables[TRAINING_TRUTH.name]["ledger"]).to_pylist():
        kept = {book: _of(name, tables[table.name]) for book, table in TRAINING_BOOKS.items()}
        yield TrainingLedger(
            name,
            {book: rows for book, rows in kept.items() if rows.num_rows},
            _of(name, tables[TRAINING_TRUTH.name]),
            _of(name, tables[TRAINING_DUPLICATES.name]),
        )


def _thinned(tables: Mapping[str, pa.Table], without: Collection[str]) -> dict[str, pa.Table]:
    """The tables and columns that are not left out."""
    return {
        name: rows.select([one for one in rows.column_names if f"{name}.{one}" not in without])
        for name, rows in tables.items()
        if name not in without
    }


def _hidden(without: Collection[str]) -> set[str]:
    """The kinds that nobody could see without some tables."""
    hidden = {
        kind.value
        for kind, facts in CATALOGUE.items()
        if any(need in without or need.split(".")[0] in without for need in facts.needs)
    }
    return hidden | ({Kind.OVER_APPROVAL_LIMIT.value} if "approvals" in without else set())


def _without_labels(truth: pa.Table, hidden: Collection[str]) -> pa.Table:
    """The truth, of which issues that are of hidden kinds alone are not scored."""
    scored = [
        bool(scored) and not (kinds and set(kinds.split("|")) <= set(hidden))
        for kinds, scored in zip(
            truth["kinds"].to_pylist(), truth["scored"].to_pylist(), strict=True
        )
    ]
    at = truth.schema.get_field_index("scored")
    return truth.set_column(at, "scored", pa.array(scored, pa.bool_()))


def _named(rows: pa.Table, ledger: str) -> pa.Table:
    return rows.add_column(0, LEDGER, pa.array([ledger] * rows.num_rows, TEXT))


def _together(table: Table, parts: Sequence[pa.Table]) -> pa.Table:
    whole = pa.concat_tables(parts, promote_options="default") if parts else table.empty()
    return table.conform(whole)


def _of(ledger: str, rows: pa.Table) -> pa.Table:
    return rows.filter(pc.equal(rows["ledger"], ledger)).drop_columns("ledger")
