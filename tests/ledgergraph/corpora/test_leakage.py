import numpy as np
import pyarrow as pa
import pytest

from ledgergraph.corpora.company import make_company
from ledgergraph.corpora.leakage import (
    ENOUGH_CASES,
    MOST_FOUND,
    Seen,
    leaks_among,
    leaks_between,
    own_attributes,
)
from ledgergraph.corpora.settings import COMPLETE, CompanySettings


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
