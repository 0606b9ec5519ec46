from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from sklearn.metrics import roc_auc_score

from ledgergraph.corpora.company import Company, make_company
from ledgergraph.corpora.leakage import (
    ENOUGH_CASES,
    MOST_FOUND,
    Seen,
    leaks_among,
    leaks_between,
    own_attributes,
)
from ledgergraph.corpora.settings import COMPLETE, CompanySettings
from ledgergraph.issues import Kind


def test_own_attributes_relate_no_two_rows_but_by_frequency():
    invoices = make_company(6, invoices=300).tables["invoices"]
    matrix, names = own_attributes(invoices)
    assert matrix.shape == (invoices.num_rows, len(names))
    backwards, _ = own_attributes(invoices.take(list(range(invoices.num_rows - 1, -1, -1))))
    assert np.array_equal(matrix, backwards[::-1], equal_nan=True)


def seen(seed: int, settings: CompanySettings = COMPLETE) -> Seen:
    company = make_company(seed, invoices=4000, settings=settings)
    return Seen(company.tables["invoices"], company.truth)


@pytest.mark.slow
def test_single_invoices_do_not_give_issues_of_other_companies_away():
    """Of every kind that is planted, on seeds that nobody looked at."""
    report = leaks_among([seen(seed) for seed in range(701, 707)])
    assert report is not None
    assert report.leaks == {}
    assert report.average_precision <= 0.3
    judged = [kind for kind, cases in report.cases.items() if cases >= ENOUGH_CASES]
    assert len(judged) >= 8


def test_a_column_that_gives_issues_away_is_found():
    ledgers = []
    for seed in (711, 712):
        invoices, truth = seen(seed)
        at = invoices.schema.get_field_index("lines")
        marked = [
            7 if "iban_shared" in kinds else count
            for kinds, count in zip(
                truth["kinds"].to_pylist(), invoices["lines"].to_pylist(), strict=True
            )
        ]
        column = pa.array(marked, invoices.schema.field(at).type)
        ledgers.append(Seen(invoices.set_column(at, "lines", column), truth))
    report = leaks_between(ledgers[:1], ledgers[1:])
    assert report.found["iban_shared"] > MOST_FOUND


def test_one_ledger_says_nothing():
    assert leaks_among([seen(713)]) is None


MOST_TOLD = 0.6
"""How well a column of its own may rank the planted rows above others; half is chance."""
MANY_CASES = replace(COMPLETE, cases=dict.fromkeys(COMPLETE.cases, 5.0))
"""So many that chance alone ranks none of them far from half."""


@pytest.fixture(scope="module")
def companies() -> list[Company]:
    return [make_company(seed, invoices=1500, settings=MANY_CASES) for seed in range(721, 735)]


def test_the_day_of_a_payment_does_not_tell_that_it_is_planted(companies):
    assert told(companies, "payments", "payment_id", Kind.DUP_PAYMENT, day_of("paid_on")) <= (
        MOST_TOLD
    )
    assert told(companies, "payments", "payment_id", Kind.DUP_PAYMENT, is_round("amount")) <= (
        MOST_TOLD
    )


def test_when_a_bill_was_posted_does_not_tell_that_it_was_not_accrued(companies):
    for look in (day_of("posted_at"), lambda row: row["posted_at"].hour, is_round("amount")):
        rank = told(companies, "journal_lines", "journal_id", Kind.CUTOFF_ERROR, look, among=bills)
        assert rank <= MOST_TOLD


def bills(lines: pa.Table) -> pa.Table:
    """The lines of what is owed by bills that came in."""
    is_of_payables = pc.equal(lines["account"], "payables")
    return lines.filter(pc.and_(is_of_payables, pc.less(lines["amount"], 0)))


@pytest.mark.parametrize("kind", [Kind.VENDOR_DUPLICATE, Kind.VAT_ID_INVALID])
def test_the_day_of_registration_does_not_tell_what_is_planted_on_vendors(companies, kind):
    for look in (day_of("registered_on"), lambda row: row["country"]):
        assert told(companies, "vendors", "vendor_id", kind, look) <= MOST_TOLD


def day_of(column: str) -> Callable[[dict], Any]:
    """The weekday of a column."""
    return lambda row: row[column].weekday()


def is_round(column: str) -> Callable[[dict], Any]:
    """Whether an amount is of whole tens."""
    return lambda row: row[column] % 10 == 0


def told(
    companies: list[Company],
    table: str,
    key: str,
    kind: Kind,
    look: Callable,
    among: Callable[[pa.Table], pa.Table] = lambda table: table,
) -> float:
    """How well the values of every second company rank the planted rows of the others (AUC)."""
    shares, truth, scores = Counter(), [], []
    seen: Counter = Counter()
    for at, company in enumerate(companies):
        planted = {
            row["key"].split("|")[0] for row in company.cases.to_pylist()
            if row["kind"] == kind and row["table"] == table and not row["look_alike"]
        }  # fmt: skip
        for row in among(company.tables[table]).to_pylist():
            value = look(row)
            if at % 2 == 0:
                seen[value] += 1
                shares[value] += row[key] in planted
            else:
                truth.append(row[key] in planted)
                scores.append(shares[value] / max(1, seen[value]))
    assert sum(truth) >= 4
    return float(roc_auc_score(truth, scores))
