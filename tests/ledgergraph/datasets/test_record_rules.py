"""Rules about rows that are no invoices: what they find, and the look-alikes that stay quiet."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from ledgergraph.books import BOOK_TABLES
from ledgergraph.corpora.company import Company, make_company
from ledgergraph.corpora.settings import COMPLETE
from ledgergraph.datasets.made_ledgers import snapshot_of_books
from ledgergraph.datasets.record_rules import RECORD_RULES, Breach, breaches
from ledgergraph.issues import Kind

Row = dict[str, Any]
DAY = date(2024, 1, 1)


def books(tables: dict[str, list[Row]]) -> dict[str, pa.Table]:
    """Ledger tables from rows that name only the columns that matter."""
    return {
        name: pa.table(
            {
                column: pa.array([row.get(column) for row in rows]).cast(kind)
                for column, kind in BOOK_TABLES[name].columns.items()
            }
        )
        for name, rows in tables.items()
    }


def found(kind: Kind, **tables: list[Row]) -> list[Breach]:
    return [one for one in breaches(snapshot_of_books(books(tables))) if one.kind is kind]


def test_money_that_left_twice_is_found_and_parts_or_returns_are_not() -> None:
    for amounts, over in (
        (("100", "100"), True), (("60", "40"), False), (("100", "-100", "100"), False),
    ):  # fmt: skip
        payments = [
            {"payment_id": f"Z{n}", "invoice_id": "I1", "amount": amount, "currency": "EUR",
             "paid_on": DAY + timedelta(days=n)}
            for n, amount in enumerate(amounts)
        ]  # fmt: skip
        bill = {"invoice_id": "I1", "number": "R-1", "type": "invoice", "gross": "100",
                "currency": "EUR", "issue_date": DAY}  # fmt: skip
        said = found(Kind.DUP_PAYMENT, invoices=[bill], payments=payments)
        assert [one.subject for one in said] == (["Z1"] if over else [])
        assert all(one.amount == 100 for one in said)


def test_a_vat_id_in_another_spelling_is_fine_and_a_wrong_digit_is_not() -> None:
    ids = {"V1": "DE136695976", "V2": "de 136 695 976", "V3": "DE136695975"}
    vendors = [{"vendor_id": one, "name": one, "vat_id": vat_id} for one, vat_id in ids.items()]
    said = found(Kind.VAT_ID_INVALID, vendors=vendors)
    assert [one.subject for one in said] == ["V3"]


def sheet(period: str, unit: str = "", **changes: str) -> list[Row]:
    """A balance sheet of entity E1 that balances, but for the changes."""
    amounts = {
        "bank": "700", "fixed_assets": "300", "total_assets": "1000", "payables": "400",
        "total_liabilities": "400", "share_capital": "500", "retained_earnings": "60",
        "result_for_the_year": "40", "total_equity": "600", **changes,
    }  # fmt: skip
    return [
        {"entity_id": "E1", "period": period, "statement": "balance_sheet", "account": account,
         "amount": f"{amount}{unit}", "currency": "EUR"}
        for account, amount in amounts.items()
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "blamed"),
    [
        ({}, None),
        ({"total_assets": "1010"}, "total_assets"),
        ({"total_equity": "590"}, "total_equity"),
        ({"retained_earnings": "75"}, "retained_earnings"),
        ({"retained_earnings": "50", "total_equity": "590", "payables": "410",
          "total_liabilities": "410"}, None),
        ({"retained_earnings": "40", "minority_interest": "20", "total_equity": "580"}, None),
    ],
)  # fmt: skip
def test_the_figure_that_does_not_follow_is_named(
    changes: dict[str, str], blamed: str | None
) -> None:
    rows = [*sheet("2024-05"), *sheet("2024-06", **changes), *sheet("2024-07")]
    said = [one.subject for one in found(Kind.STATEMENT_INCONSISTENT, statements=rows)]
    assert said == ([f"E1|2024-06|balance_sheet|{blamed}"] if blamed else [])


def test_sheets_in_thousands_may_be_off_by_their_rounding() -> None:
    for total, is_off in (("1001", False), ("1009", True)):
        rows = sheet("2024-06", unit="000", total_assets=total)
        assert bool(found(Kind.STATEMENT_INCONSISTENT, statements=rows)) is is_off


def entry(number: int, hour: int = 10, day: int = 0, **facts: Any) -> list[Row]:
    """A manual entry of a Monday, by the accountant, between the usual accounts."""
    amount = facts.pop("amount", "123.45")
    accounts = facts.pop("accounts", ("rent", "bank"))
    at = datetime(2024, 1, 1, hour, 30, tzinfo=UTC) + timedelta(days=day)
    common = {"journal_id": f"J{number}", "posted_at": at, "period": "2024-01", "currency": "EUR",
              "user": "B1", "text": "Rent", "manual": True, **facts}  # fmt: skip
    return [
        {**common, "line": 1, "account": accounts[0], "amount": amount},
        {**common, "line": 2, "account": accounts[1], "amount": f"-{amount}"},
    ]


def test_three_marks_make_an_entry_unusual_and_two_do_not() -> None:
    usual = [line for n in range(300) for line in entry(n, day=n // 60)]
    odd = {"text": None, "amount": "5000.00"}
    for marks, fired in ((odd, False), ({**odd, "hour": 3}, True), ({**odd, "user": "U9"}, True)):
        said = found(Kind.UNUSUAL_JOURNAL_ENTRY, journal_lines=[*usual, *entry(999, **marks)])
        assert [one.subject for one in said] == (["J999"] if fired else []), marks


@pytest.fixture(scope="module")
def complete() -> Company:
    return make_company(4712, invoices=1500, months=24, settings=COMPLETE)


def test_planted_cases_are_found_and_their_look_alikes_hardly(complete: Company) -> None:
    said = breaches(snapshot_of_books(complete.tables))
    cases = [row for row in complete.cases.to_pylist() if row["table"] != "documents"]
    for kind in RECORD_RULES:
        own = [row for row in cases if row["kind"] == kind.value]
        subjects = {one.subject for one in said if one.kind is kind}
        hits = {row["key"].removesuffix("|1") for row in own if not row["look_alike"]} & subjects
        alike = {row["key"].removesuffix("|1") for row in own if row["look_alike"]} & subjects
        assert hits, kind
        assert len(alike) <= 1, kind


def test_every_breach_names_its_rows_first(complete: Company) -> None:
    snapshot = snapshot_of_books(complete.tables)
    known = {
        record for rows in snapshot.books().values() for record in rows["record_id"].to_pylist()
    }
    for one in breaches(snapshot):
        assert one.records
        assert set(one.records) <= known
        assert 0 <= one.strength <= 1
        assert "nan" not in one.sentence
        assert one.as_of is None or isinstance(one.as_of, date)
