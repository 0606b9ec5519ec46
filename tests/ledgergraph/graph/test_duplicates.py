"""Blocking proposes the pairs that matter, and few others."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from ledgergraph.books import BOOK_TABLES
from ledgergraph.corpora.company import make_company
from ledgergraph.datasets.made_ledgers import snapshot_of_books
from ledgergraph.graph.duplicates import (
    KEPT_PER_INVOICE,
    OF_SUMS,
    PAIR_FEATURES,
    candidate_pairs,
    kind_of,
    pairs,
)
from ledgergraph.graph.frames import cleaned_numbers, ledger_of

Row = dict[str, Any]


def a_claim(number: str, day: int, gross: str, vendor: str = "V1", **facts: Any) -> Row:
    when = date(2024, 1, 1) + timedelta(days=day)
    return {"invoice_id": f"{vendor}-{day:03d}", "number": number, "vendor_id": vendor,
            "gross": gross, "net": gross, "issue_date": when, "received_on": when,
            "entity_id": "E1"} | facts  # fmt: skip


def proposed(*claims: Row) -> pa.Table:
    columns = BOOK_TABLES["invoices"].columns
    rows = {
        name: pa.array([claim.get(name) for claim in claims]).cast(kind)
        for name, kind in columns.items()
    }
    return pairs(snapshot_of_books({"invoices": pa.table(rows)}))


def ids(found: pa.Table) -> set[tuple[str, str]]:
    return set(zip(found["invoice_id"].to_pylist(), found["other_id"].to_pylist(), strict=True))


def test_numbers_are_compared_without_marks_and_look_alikes() -> None:
    numbers = pd.Series(["RE-0O12/a", "re 0012A", "---", None])
    assert cleaned_numbers(numbers).tolist()[:2] == ["RE0012A", "RE0012A"]
    assert cleaned_numbers(numbers).isna().tolist() == [False, False, True, True]


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        (("R-1007", 0, "812.40"), ("R-1007", 20, "812.40"), "dup_exact"),
        (("R-1007", 0, "812.40"), ("R-1O7", 20, "812.40"), "dup_renumbered"),
        (("R-1007", 0, "812.40"), ("R-1007-A", 90, "812.40"), "dup_renumbered"),
        (("R-1007", 0, "812.40"), ("R-1007", 20, "812.40", "V2"), "dup_cross_vendor"),
        (("R-1007", 0, "800.00"), ("R-1007a", 20, "300.00"), "dup_split"),
    ],
)
def test_a_claim_and_its_copy_are_proposed(first: Any, second: Any, kind: str) -> None:
    one, two = a_claim(*first), a_claim(*second)
    found = proposed(one, two)
    assert ids(found) == {(two["invoice_id"], one["invoice_id"])}
    assert kind_of(found) == [kind]


def test_another_company_of_the_group_is_told() -> None:
    found = proposed(a_claim("R-7", 0, "55.00"), a_claim("R-7", 9, "55.00", entity_id="E2"))
    assert kind_of(found) == ["dup_cross_entity"]


def test_parts_are_proposed_with_their_whole_whatever_their_numbers() -> None:
    found = proposed(
        a_claim("A-1", 0, "1000.00"), a_claim("K-77", 10, "350.00"), a_claim("Z-5", 12, "650.00")
    )
    assert {("V1-010", "V1-000"), ("V1-012", "V1-000")} <= ids(found)


def test_a_credit_note_is_not_a_duplicate_of_its_invoice() -> None:
    found = proposed(a_claim("R-7", 0, "119.00"), a_claim("R-7", 3, "119.00", type="credit_note"))
    assert found.num_rows == 0


def test_unrelated_invoices_are_not_proposed() -> None:
    found = proposed(a_claim("R-1", 0, "119.00"), a_claim("Q-88", 3, "57.30"),
                     a_claim("R-1", 5, "119.01", "V9"))  # fmt: skip
    assert found.num_rows == 0


def test_no_invoices_give_no_pairs_with_all_columns() -> None:
    found = proposed()
    assert found.num_rows == 0
    assert found.column_names == ["invoice_id", "other_id", *PAIR_FEATURES]


def test_on_a_made_ledger_few_candidates_hold_nearly_all_true_pairs() -> None:
    company = make_company(815, invoices=1200, months=18)
    found = pairs(snapshot_of_books(company.tables))
    truth = {frozenset(pair) for pair in zip(company.duplicates["invoice_id"].to_pylist(),
                                             company.duplicates["other_id"].to_pylist(),
                                             strict=True)}  # fmt: skip
    proposals = {frozenset(pair) for pair in ids(found)}
    assert len(proposals) == found.num_rows
    assert len(truth & proposals) >= 0.93 * len(truth) > 5
    assert found.num_rows <= 10 * company.tables["invoices"].num_rows
    per_invoice = np.unique(found["invoice_id"].to_pylist(), return_counts=True)[1]
    assert per_invoice.max() <= 2 * KEPT_PER_INVOICE


def test_how_many_are_looked_at_together_changes_nothing() -> None:
    ledger = ledger_of(snapshot_of_books(make_company(7, invoices=600, months=8).tables))
    together, apart = (candidate_pairs(ledger, size).table(ledger) for size in (10_000, 37))
    assert together.num_rows > 100
    pd.testing.assert_frame_equal(apart.to_pandas(), together.to_pandas(), check_exact=True)


def test_of_a_pair_later_invoices_change_only_what_is_said_to_change() -> None:
    books = dict(make_company(61, invoices=600).tables)
    days = books["invoices"]["received_on"].to_numpy(zero_copy_only=False)
    early = books["invoices"].filter(pa.array(days <= np.sort(days)[400]))
    was, now = (
        {(row["invoice_id"], row["other_id"]): row for row in found.to_pylist()}
        for found in (pairs(snapshot_of_books({**books, "invoices": early})),
                      pairs(snapshot_of_books(books)))
    )  # fmt: skip
    both = sorted(was.keys() & now.keys())
    assert len(both) > 100
    for name in PAIR_FEATURES.keys() - {*OF_SUMS, "sum_found", "rivals", "is_nearest_number"}:
        one, other = ([float(of[key][name]) for key in both] for of in (was, now))
        np.testing.assert_array_equal(one, other, err_msg=name)
