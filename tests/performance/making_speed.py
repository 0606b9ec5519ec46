"""How fast companies and their papers are made, on one core."""

from sections import PERFORMANCE, Row, Section
from stopwatch import per_pass

from ledgergraph.corpora.company import make_company
from ledgergraph.corpora.rendering import render

SEED = 9001
INVOICES = 3_000
PAGES = 40


def corpora() -> list[Section]:
    """A company with its books, and pages of its papers."""
    company = make_company(SEED, invoices=INVOICES)
    papers = company.papers[:PAGES]
    invoices = company.tables["invoices"].num_rows
    made = per_pass(lambda: make_company(SEED, invoices=INVOICES))
    printed = per_pass(lambda: list(render(papers)))
    rows: list[Row] = [
        ("invoices of a company", invoices, invoices / made),
        ("pages of papers", PAGES, PAGES / printed),
    ]
    sentence = "CPU time of the quickest pass."
    columns = ("what", "made", "a second")
    return [Section(PERFORMANCE, "Corpora on one core", sentence, columns, rows)]
