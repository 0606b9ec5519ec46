"""Ledgers to learn from: what they lack is no lesson, and storing them changes nothing."""

from ledgergraph.corpora.settings import EVERY_WEIGHT
from ledgergraph.corpora.training import (
    TRAINING_TABLES,
    as_tables,
    from_tables,
    made_ledger,
    training_ledgers,
)


def test_what_a_company_does_not_keep_is_no_lesson() -> None:
    ledger = made_ledger(33, 300, without=("contracts", "invoices.contract_id"))
    assert "contracts" not in ledger.tables
    assert "contract_id" not in ledger.tables["invoices"].column_names
    kinds = {row["kinds"] for row in ledger.truth.to_pylist() if row["scored"] and row["is_issue"]}
    assert kinds
    assert "over_contract_value" not in kinds


def test_ledgers_are_read_back_one_by_one_from_the_tables_that_keep_them() -> None:
    stored = {table.name: rows for table, rows in as_tables(training_ledgers([1, 2], 300))}
    assert set(stored) == {table.name for table in TRAINING_TABLES}
    for read, made in zip(from_tables(stored), training_ledgers([1, 2], 300), strict=True):
        assert read.name == made.name
        assert set(read.tables) == {name for name, rows in made.tables.items() if rows.num_rows}
        for table, rows in read.tables.items():
            assert rows.num_rows == made.tables[table].num_rows
        assert read.truth.sort_by("invoice_id").equals(made.truth.sort_by("invoice_id"))


def test_ledgers_to_learn_from_may_hold_every_kind_and_never_a_journal() -> None:
    kinds: set[str] = set()
    for ledger in training_ledgers(range(41, 45), 1500):
        assert not {"journal_lines", "statements"} & set(ledger.tables)
        kinds |= {kind for row in ledger.truth["kinds"].to_pylist() for kind in row.split("|")}
    assert len(kinds & set(EVERY_WEIGHT)) >= 30
