import numpy as np
import pytest

from ledgergraph.corpora.company import make_company
from ledgergraph.corpora.leakage import OWN_KINDS, leak_report, own_attributes


def test_own_attributes_relate_no_two_rows_but_by_frequency():
    invoices = make_company(6, invoices=300).tables["invoices"]
    matrix, names = own_attributes(invoices)
    assert matrix.shape == (invoices.num_rows, len(names))
    backwards, _ = own_attributes(invoices.take(list(range(invoices.num_rows - 1, -1, -1))))
    assert np.array_equal(matrix, backwards[::-1], equal_nan=True)


@pytest.mark.slow
def test_single_invoices_do_not_give_issues_of_another_company_away():
    report = leak_report(make_company(101, invoices=4000), make_company(102, invoices=6000))
    assert report.average_precision <= 0.45
    for kind, found in report.found.items():
        if kind not in OWN_KINDS:
            assert found <= 0.5, kind
