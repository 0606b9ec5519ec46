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


@pytest.mark.parametrize(
    ("payments", "is_found"),
    [
        ((("160000", "JPY"),), False),
        ((("1000", "EUR"), ("160000", "JPY")), False),
        ((("1000.01", "EUR"),), False),
        ((("333.34", "EUR"),) * 3, False),
        ((("1000", None), ("1000", "EUR")), True),
        ((("1000", "EUR"), ("1000", "EUR"), ("-500", "EUR")), True),
        ((("1500", "EUR"), ("-200", "EUR")), False),
    ],
)
def test_only_two_payments_in_the_currency_of_the_invoice_are_one_too_many(
    payments: tuple[tuple[str, str | None], ...], is_found: bool
) -> None:
    bill = {"invoice_id": "I1", "number": "R-1", "type": "invoice", "gross": "1000",
            "currency": "EUR", "issue_date": DAY}  # fmt: skip
    rows = [
        {"payment_id": f"Z{at}", "invoice_id": "I1", "amount": amount, "currency": currency,
         "paid_on": DAY + timedelta(days=at)}
        for at, (amount, currency) in enumerate(payments)
    ]  # fmt: skip
    said = found(Kind.DUP_PAYMENT, invoices=[bill], payments=rows)
    assert [(one.subject, one.currency) for one in said] == ([("Z1", "EUR")] if is_found else [])


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


OWN, SECOND, STRANGE = (
    "DE02120300000000202051", "DE91100000000123456789", "LT601010012345678901",
)  # fmt: skip


def paid_to(
    account: str, *, day: int = 40, stated: str | None = OWN, **tables: list[Row]
) -> list[tuple[Kind, str]]:
    """What is said of one payment of an invoice of V1 that states an account."""
    bill = {"invoice_id": "I1", "number": "R-1", "type": "invoice", "gross": "100", "net": "100",
            "vendor_id": "V1", "vendor_name": "Acme", "currency": "EUR", "iban": stated,
            "issue_date": DAY, "received_on": DAY}  # fmt: skip
    payment = {"payment_id": "Z1", "invoice_id": "I1", "amount": "100", "currency": "EUR",
               "iban": account, "paid_on": DAY + timedelta(days=day)}  # fmt: skip
    vendors = [{"vendor_id": "V1", "name": "Acme", "iban": OWN}, *tables.pop("vendors", [])]
    snapshot = snapshot_of_books(books({
        "vendors": vendors, "invoices": [bill, *tables.pop("invoices", [])],
        "payments": [payment, *tables.pop("payments", [])], **tables,
    }))  # fmt: skip
    return [(one.kind, one.subject) for one in breaches(snapshot)]


def test_a_payment_without_a_currency_or_of_a_nameless_invoice_can_be_told() -> None:
    bill = {"invoice_id": "I1", "type": "invoice", "gross": "100", "vendor_id": "V1",
            "issue_date": DAY, "iban": OWN}  # fmt: skip
    payments = [{"payment_id": f"Z{at}", "invoice_id": "I1", "amount": "100", "iban": STRANGE,
                 "paid_on": DAY + timedelta(days=at)} for at in range(2)]  # fmt: skip
    vendors: list[Row] = [{"vendor_id": "V1", "name": "Acme", "iban": OWN}]
    tables: dict[str, list[Row]] = {"vendors": vendors, "invoices": [bill], "payments": payments}
    said = breaches(snapshot_of_books(books(tables)))
    assert {one.kind for one in said} == {Kind.DUP_PAYMENT, Kind.IBAN_NOT_OF_VENDOR}
    assert {one.currency for one in said} == {None}
    assert all("nan" not in one.sentence and "I1" in one.sentence for one in said)


def changed(day: int, *, verified: bool | None, account: str = SECOND) -> list[Row]:
    return [{"vendor_id": "V1", "changed_on": DAY + timedelta(days=day), "iban": account,
             "verified": verified}]  # fmt: skip


def test_money_that_goes_to_a_stranger_instead_of_the_account_on_the_invoice_is_found() -> None:
    assert paid_to(STRANGE) == [(Kind.IBAN_NOT_OF_VENDOR, "Z1")]
    assert paid_to(STRANGE, stated=None) == [(Kind.IBAN_NOT_OF_VENDOR, "Z1")]
    assert paid_to(OWN) == []
    assert paid_to("de02 1203 0000 0000 2020 51", stated=None) == []


def test_an_account_that_the_vendor_had_before_is_no_stranger() -> None:
    earlier = {"invoice_id": "I0", "number": "R-0", "type": "invoice", "gross": "9",
               "vendor_id": "V1", "iban": SECOND, "issue_date": DAY}  # fmt: skip
    assert paid_to(SECOND, invoices=[earlier]) == []
    for verified in (True, None):
        assert paid_to(SECOND, bank_changes=changed(-200, verified=verified)) == []
    first = {"payment_id": "Z0", "invoice_id": "I1", "amount": "1", "currency": "EUR",
             "iban": SECOND}  # fmt: skip
    long_ago, lately = ({**first, "paid_on": DAY + timedelta(days=at)} for at in (-90, 20))
    assert (Kind.IBAN_NOT_OF_VENDOR, "Z1") not in paid_to(SECOND, payments=[long_ago])
    assert (Kind.IBAN_NOT_OF_VENDOR, "Z1") in paid_to(SECOND, payments=[lately])


@pytest.mark.parametrize(
    ("day", "verified", "kind"),
    [
        (38, False, Kind.BANK_CHANGED_BEFORE_INVOICE),
        (10, False, Kind.BANK_CHANGED_BEFORE_INVOICE),
        (9, False, Kind.IBAN_NOT_OF_VENDOR),  # no longer fresh, and still nobody asked
        (-200, False, Kind.IBAN_NOT_OF_VENDOR),
        (38, True, None),
        (38, None, Kind.BANK_CHANGED_BEFORE_INVOICE),
        (9, None, None),
    ],
)
def test_an_account_that_came_in_before_the_payment_is_found_unless_it_was_verified(
    day: int, verified: bool | None, kind: Kind | None
) -> None:
    found = paid_to(SECOND, bank_changes=changed(day, verified=verified))
    assert found == ([(kind, "Z1")] if kind else [])


def test_a_change_that_is_recorded_after_the_payment_explains_nothing() -> None:
    late = changed(41, verified=True)
    assert paid_to(SECOND, bank_changes=late) == [(Kind.IBAN_NOT_OF_VENDOR, "Z1")]
    known = [{"vendor_id": "V1", "name": "Acme", "iban": SECOND}]
    assert paid_to(SECOND, bank_changes=late, vendors=known) == [(Kind.IBAN_NOT_OF_VENDOR, "Z1")]


def test_the_account_before_the_first_recorded_change_is_no_stranger() -> None:
    """An export holds today's account; what it was before a change stands nowhere."""
    listed = [{"vendor_id": "V1", "name": "Acme", "iban": SECOND}]
    bill = {"invoice_id": "I1", "number": "R-1", "type": "invoice", "gross": "100",
            "vendor_id": "V1", "issue_date": DAY}  # fmt: skip
    payment = {"payment_id": "Z1", "invoice_id": "I1", "amount": "100", "iban": OWN,
               "paid_on": DAY + timedelta(days=9)}  # fmt: skip
    for since, is_found in ((30, False), (-30, True)):
        tables: dict[str, list[Row]] = {
            "vendors": listed, "invoices": [bill], "payments": [payment],
            "bank_changes": changed(since, verified=True),
        }  # fmt: skip
        said = breaches(snapshot_of_books(books(tables)))
        assert [one.kind for one in said] == ([Kind.IBAN_NOT_OF_VENDOR] if is_found else [])


def test_a_vendor_without_accounts_on_its_invoices_had_the_one_it_was_first_paid_on() -> None:
    bill = {"number": "R", "type": "invoice", "gross": "100", "vendor_id": "V1",
            "issue_date": DAY, "received_on": DAY}  # fmt: skip
    vendors = [{"vendor_id": "V1", "name": "Acme", "iban": OWN}]
    for stated, first, strange in (
        (None, SECOND, []), (OWN, SECOND, ["Z0", "Z1", "Z2"]), (None, OWN, ["Z1", "Z2", "Z3"]),
    ):  # fmt: skip
        accounts = [first, SECOND, SECOND, OWN] if first == SECOND else [OWN, *[STRANGE] * 3]
        bills = [{**bill, "invoice_id": f"I{at}", "iban": stated} for at in range(4)]
        payments = [
            {"payment_id": f"Z{at}", "invoice_id": f"I{at}", "amount": "100", "iban": account,
             "paid_on": DAY + timedelta(days=9 + at)}
            for at, account in enumerate(accounts)
        ]  # fmt: skip
        tables: dict[str, list[Row]] = {
            "vendors": vendors, "invoices": bills, "payments": payments,
        }  # fmt: skip
        said = breaches(snapshot_of_books(books(tables)))
        assert [one.subject for one in said if one.kind is Kind.IBAN_NOT_OF_VENDOR] == strange


def test_without_any_account_of_the_vendor_nothing_is_said_of_a_payment() -> None:
    bill = {"invoice_id": "I1", "number": "R-1", "type": "invoice", "gross": "100",
            "vendor_id": "V1", "issue_date": DAY}  # fmt: skip
    payment = {"payment_id": "Z1", "invoice_id": "I1", "amount": "100", "iban": STRANGE,
               "paid_on": DAY}  # fmt: skip
    vendors: list[Row] = [{"vendor_id": "V1", "name": "Acme"}]
    tables = {"vendors": vendors, "invoices": [bill], "payments": [payment]}
    assert breaches(snapshot_of_books(books(tables))) == []
