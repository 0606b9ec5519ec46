"""Laws of the books of account: entries sum to zero, statements follow from them."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest

from ledgergraph.corpora.company import Company, make_company
from ledgergraph.corpora.settings import COMPLETE
from ledgergraph.corpora.statements import (
    ASSETS,
    BALANCE_SHEET,
    EQUITY,
    INCOME,
    INCOME_STATEMENT,
    LIABILITIES,
    NO_INPUT_TAX,
    TAXES,
)
from ledgergraph.issues import Kind

SHEET_ACCOUNTS = {*ASSETS, *LIABILITIES, *EQUITY}
THOUSANDS = Decimal(20_000)
"""What rounding each figure of a sheet to thousands may bring in all."""


@pytest.fixture(scope="module", params=[4, 10])
def company(request) -> Company:
    return make_company(request.param, invoices=1500, settings=COMPLETE)


def sheets(company: Company) -> dict[tuple[str, str, str], dict[str, Decimal]]:
    found: dict = defaultdict(dict)
    for row in company.tables["statements"].to_pylist():
        found[row["entity_id"], row["period"], row["statement"]][row["account"]] = row["amount"]
    return found


def named(company: Company, kind: Kind, *, look_alike: bool) -> set[tuple[str, str]]:
    """Entity and period of the cases of a kind."""
    return {
        tuple(row["key"].split("|")[:2]) for row in company.cases.to_pylist()
        if row["kind"] == kind and row["look_alike"] == look_alike
    }  # fmt: skip


def moves(company: Company) -> dict[tuple[str, str], dict[str, Decimal]]:
    found: dict = defaultdict(lambda: defaultdict(Decimal))
    for row in company.tables["journal_lines"].to_pylist():
        found[row["journal_id"].split("-")[0], row["period"]][row["account"]] += row["amount"]
    return found


def test_every_entry_sums_to_zero(company):
    sums: dict = defaultdict(Decimal)
    for row in company.tables["journal_lines"].to_pylist():
        sums[row["journal_id"]] += row["amount"]
    assert len(sums) > 3 * company.truth.num_rows
    assert not any(sums.values())


def test_assets_are_liabilities_and_equity_but_where_an_error_is_planted(company):
    wrong, in_thousands = (
        named(company, Kind.STATEMENT_INCONSISTENT, look_alike=flag) for flag in (False, True)
    )
    for (entity, period, statement), rows in sheets(company).items():
        if statement != BALANCE_SHEET or (entity, period) in wrong:
            continue
        apart = rows.get("minority_interest", Decimal(0))
        claims = rows["total_liabilities"] + rows["total_equity"] + apart
        off = abs(rows["total_assets"] - claims)
        assert off <= (THOUSANDS if (entity, period) in in_thousands else 0)
        assert abs(sum(rows[a] for a in ASSETS) - rows["total_assets"]) <= THOUSANDS * bool(
            (entity, period) in in_thousands
        )


def test_a_planted_error_breaks_a_statement(company):
    wrong = named(company, Kind.STATEMENT_INCONSISTENT, look_alike=False)
    found = sheets(company)
    assert wrong
    for entity, period in wrong:
        sheet, income = (
            found[entity, period, BALANCE_SHEET],
            found[entity, period, INCOME_STATEMENT],
        )
        sums = (
            sheet["total_assets"] - sheet["total_liabilities"] - sheet["total_equity"],
            sum(sheet[account] for account in ASSETS) - sheet["total_assets"],
            income["total_income"] - income["total_expenses"] - income["result"],
            sheet["total_equity"] - sheet["share_capital"] - sheet["retained_earnings"]
            - sheet["result_for_the_year"],
        )  # fmt: skip
        assert any(sums)


def test_balances_roll_forward_by_what_was_posted(company):
    altered = named(company, Kind.STATEMENT_INCONSISTENT, look_alike=True)
    altered |= named(company, Kind.STATEMENT_INCONSISTENT, look_alike=False)
    posted, balance = moves(company), defaultdict(Decimal)
    for (entity, period, statement), rows in sorted(sheets(company).items()):
        if statement != BALANCE_SHEET:
            continue
        for account, amount in posted[entity, period].items():
            balance[entity, account] += amount
        if (entity, period) not in altered:
            for account in ASSETS:
                assert rows[account] == balance[entity, account], (entity, period, account)
            for account in LIABILITIES:
                assert rows[account] == -balance[entity, account], (entity, period, account)


def test_the_income_statement_shows_the_movements_of_its_month(company):
    altered = named(company, Kind.STATEMENT_INCONSISTENT, look_alike=False)
    posted = moves(company)
    for (entity, period, statement), rows in sheets(company).items():
        if statement != INCOME_STATEMENT or (entity, period) in altered:
            continue
        flows = {a: n for a, n in posted[entity, period].items() if a not in SHEET_ACCOUNTS}
        assert rows["result"] == -sum(flows.values())
        assert all(rows[a] == (-n if a in INCOME else n) for a, n in flows.items())


def test_fixed_assets_are_never_worth_less_than_nothing(company):
    balance: dict = defaultdict(Decimal)
    for (entity, _), posted in sorted(moves(company).items()):
        for account in ("fixed_assets", "accumulated_depreciation"):
            balance[entity, account] += posted[account]
        assert balance[entity, "fixed_assets"] >= 0
        assert balance[entity, "accumulated_depreciation"] <= 0
        worth = balance[entity, "fixed_assets"] + balance[entity, "accumulated_depreciation"]
        assert worth >= 0


def test_the_tax_of_a_month_is_settled_in_the_next(company):
    posted = moves(company)
    returned = {
        (row["text"].split()[-1], row["journal_id"].split("-")[0], row["account"]):
        row["amount"]
        for row in company.tables["journal_lines"].to_pylist()
        if (row["text"] or "").startswith("Tax return")
    }  # fmt: skip
    assert returned
    for (month, entity, account), amount in returned.items():
        if account in TAXES:
            before = str(date.fromisoformat(f"{month}-01") - timedelta(days=1))[:7]
            settled = returned.get((before, entity, account), Decimal(0))
            assert posted[entity, month][account] - settled == -amount


def test_purchases_of_the_journal_are_the_invoices(company):
    """One entry for each invoice, of its entity and day: costs and tax are what is owed."""
    entries: dict = defaultdict(dict)
    about: dict = {}
    for row in company.tables["journal_lines"].to_pylist():
        if not row["manual"]:
            entries[row["journal_id"]][row["account"]] = row["amount"]
            about[row["journal_id"]] = row["posted_at"].date(), row["text"].split()[-1]
    booked = defaultdict(list)
    for journal_id, accounts in entries.items():
        if "payables" in accounts and "bank" not in accounts:
            booked[journal_id.split("-")[0], *about[journal_id]].append(accounts)
    home = company.tables["approval_limits"]["currency"][0].as_py()
    has_input_tax = company.home not in NO_INPUT_TAX
    invoices = company.tables["invoices"].to_pylist()
    assert sum(map(len, booked.values())) == len(invoices)
    for row in invoices:
        own = booked[row["entity_id"], row["received_on"], row["number"].split()[-1]]
        assert own
        if row["currency"] == home:
            tax = row["tax"] if has_input_tax else 0
            assert any(
                one["payables"] == -row["gross"] and one.get("input_tax", 0) == tax
                and sum(n for a, n in one.items() if a.startswith("expense_")) == row["gross"] - tax
                for one in own
            )  # fmt: skip


def test_sales_orders_are_invoiced_after_they_came_in_and_reminders_follow_a_due_date(company):
    for row in company.others["sales_orders"].to_pylist():
        assert row["ordered_on"] < row["invoiced_on"]
        assert row["paid_on"] is None or row["paid_on"] > row["invoiced_on"]
    due = {row["invoice_id"]: row["due_date"] for row in company.tables["invoices"].to_pylist()}
    reminded = company.others["reminders"].to_pylist()
    assert all(row["sent_on"] > due[row["invoice_id"]] for row in reminded)
