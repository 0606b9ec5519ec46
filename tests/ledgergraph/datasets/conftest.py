"""Ledgers for the tests of features, rules and labels: small ones by hand, one that is made."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest

from ledgergraph.books import BOOK_TABLES
from ledgergraph.corpora.company import Company, make_company
from ledgergraph.datasets.features import compute
from ledgergraph.datasets.made_ledgers import snapshot_of_books
from ledgergraph.graph.frames import Ledger, ledger_of

DAY = date(2024, 1, 1)


def an_invoice(number: str = "R-1", day: int = 0, **facts: Any) -> dict[str, Any]:
    """An ordinary invoice of vendor V1, `day` days after the first of January 2024."""
    issued = DAY + timedelta(days=day)
    net = facts.pop("net", "100.00")
    ordinary = {
        "invoice_id": facts.pop("invoice_id", f"{day:04d}-{number}"), "number": number,
        "type": "invoice", "vendor_id": "V1", "entity_id": "E1", "issue_date": issued,
        "received_on": issued, "currency": "EUR", "net": net, "gross": net,
    }  # fmt: skip
    return ordinary | facts


def books(**tables: list[dict[str, Any]]) -> dict[str, pa.Table]:
    """Ledger tables from rows that name only the columns that matter."""
    typed = {}
    for name, rows in tables.items():
        columns = BOOK_TABLES[name].columns
        typed[name] = pa.table(
            {
                column: pa.array([row.get(column) for row in rows]).cast(kind)
                for column, kind in columns.items()
            }
        )
    return typed


@pytest.fixture
def ledger() -> Callable[..., Ledger]:
    """Makes a ledger from rows: `ledger(invoices=[...], vendors=[...])`."""
    return lambda **tables: ledger_of(snapshot_of_books(books(**tables)))


@pytest.fixture
def values(ledger: Callable[..., Ledger]) -> Callable[..., dict[str, float]]:
    """The features of the last invoice of some rows, by name."""

    def of_last(**tables: list[dict[str, Any]]) -> dict[str, float]:
        made = ledger(**tables)
        at = list(made.by_id).index(len(made.invoices) - 1)
        return {name: float(column[at]) for name, column in compute(made).items()}

    return of_last


@pytest.fixture
def invoice() -> Callable[..., dict[str, Any]]:
    """Makes an ordinary invoice: `invoice("R-2", 30, net="80.00")`."""
    return an_invoice


@pytest.fixture(scope="session")
def company() -> Company:
    """A made company, small."""
    return make_company(4711, invoices=700, months=18)


@pytest.fixture(scope="session")
def made(company: Company) -> Ledger:
    """The made company's ledger."""
    return ledger_of(snapshot_of_books(company.tables))
