"""Laws that every feature keeps, whichever family it is of."""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from ledgergraph.books import BOOK_TABLES
from ledgergraph.corpora.company import Company
from ledgergraph.datasets.features import FAMILIES, FEATURES, compute, table_of, witnesses
from ledgergraph.datasets.made_ledgers import snapshot_of_books
from ledgergraph.datasets.schemas import INVOICE_FEATURES
from ledgergraph.graph.frames import Ledger, ledger_of

BELONGING = {"contracts", "approvals"}  # the exceptions that the package names


def known_until(company: Company, day: date) -> dict[str, pa.Table]:
    tables = {}
    for name, rows in company.tables.items():
        dates = [rows[c] for c in BOOK_TABLES[name].known_from if c in rows.column_names]
        if dates and name not in BELONGING:
            rows = rows.filter(pc.fill_null(pc.less_equal(pc.coalesce(*dates), day), True))
        tables[name] = rows
    tables["vendors"] = without_later_accounts(company, tables["vendors"], day)
    return tables


def without_later_accounts(company: Company, vendors: pa.Table, day: date) -> pa.Table:
    """An export of that day does not list accounts that a later change brings in."""
    changes = company.tables["bank_changes"]
    later = changes.filter(pc.greater(changes["changed_on"], day))["iban"]
    listed = pc.if_else(pc.is_in(vendors["iban"], later.combine_chunks()), None, vendors["iban"])
    return vendors.set_column(vendors.schema.get_field_index("iban"), "iban", listed)


def test_later_rows_never_change_a_feature(company: Company, made: Ledger) -> None:
    days = sorted(company.tables["invoices"]["received_on"].to_pylist())
    cut = days[len(days) // 2]
    early = table_of(ledger_of(snapshot_of_books(known_until(company, cut))))
    whole = table_of(made)
    same = whole.filter(pc.is_in(whole["invoice_id"], early["invoice_id"].combine_chunks()))
    assert early.num_rows > 200
    changed = [
        name
        for name in FEATURES
        if not np.allclose(early[name].to_numpy(), same[name].to_numpy(), atol=1e-6, equal_nan=True)
    ]
    assert changed == []


def test_the_order_of_rows_does_not_matter(company: Company, made: Ledger) -> None:
    rng = np.random.default_rng(1)
    mixed = {
        name: rows.take(pa.array(rng.permutation(rows.num_rows)))
        for name, rows in company.tables.items()
    }
    again = compute(ledger_of(snapshot_of_books(mixed)))
    for name, values in compute(made).items():
        np.testing.assert_allclose(again[name], values, atol=1e-9, err_msg=name)


def test_every_value_names_its_own_record_first_and_only_known_ones(made: Ledger) -> None:
    known = {
        record: since
        for name, rows in made.tables.items()
        if name not in BELONGING
        for record, since in zip(rows["record_id"], rows["known"], strict=True)
    }
    stated = set(known) | {r for name in BELONGING for r in made[name]["record_id"]}
    for at in (3, len(made.invoices) - 50):
        row = made.invoices.iloc[at]
        for name in FEATURES:
            found = witnesses(made, row["invoice_id"], name)
            assert found[0] == row["record_id"], name
            assert set(found) <= stated, name
            late = [one for one in found if known.get(one, 0) > row["known"]]
            if FEATURES[name].family != "ghosts" and FEATURES[name].family != "bank":
                assert late == [], name


@pytest.mark.parametrize(
    "columns", [["invoice_id"], ["invoice_id", "number", "gross"], ["invoice_id", "vendor_id"]]
)
def test_absent_tables_and_columns_give_unknown_values(
    company: Company, columns: list[str]
) -> None:
    bare = {"invoices": company.tables["invoices"].select(columns).slice(0, 60)}
    features = table_of(ledger_of(snapshot_of_books(bare)))
    assert features.num_rows == 60
    assert (
        features["contract_use"].null_count + np.isnan(features["contract_use"].to_numpy()).sum()
        >= 60
    )


def test_tables_may_be_absent(company: Company) -> None:
    for half in (0, 1):
        rest = dict(sorted(company.tables.items())[half::2])
        rest["invoices"] = company.tables["invoices"].slice(0, 80)
        assert table_of(ledger_of(snapshot_of_books(rest))).num_rows == 80


def test_a_ledger_without_invoices_has_no_features() -> None:
    empty = {"invoices": pa.table({n: pa.array([], t) for n, t in
                                   BOOK_TABLES["invoices"].columns.items()})}  # fmt: skip
    assert table_of(ledger_of(snapshot_of_books(empty))).num_rows == 0


def test_every_feature_is_declared_once_and_says_what_it_is(made: Ledger) -> None:
    names = [feature.name for family in FAMILIES for feature in family.FEATURES]
    assert len(names) == len(set(names))
    assert set(compute(made)) == set(names)
    assert all(one.sentence and one.unit and one.family for one in FEATURES.values())
    assert INVOICE_FEATURES.schema.names == ["invoice_id", "as_of", *names]
