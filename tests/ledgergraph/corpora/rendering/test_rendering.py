from collections.abc import Iterable

import pypdfium2
import pytest

from ledgergraph.corpora.catalogue import LANGUAGES
from ledgergraph.corpora.company import make_company
from ledgergraph.corpora.papers import Paper
from ledgergraph.corpora.rendering import paper_truth, render


@pytest.fixture(scope="module")
def papers() -> list[Paper]:
    """A few invoices and a credit note in each language."""
    found: dict[tuple[str, str], list[Paper]] = {}
    for seed in range(6):
        for paper in make_company(seed, invoices=300).papers:
            found.setdefault((paper.language, paper.type), []).append(paper)
    return [paper for group in found.values() for paper in group[:3]]


def text_of(page: bytes) -> str:
    with pypdfium2.PdfDocument(page) as pdf:
        texts = [pdf[n].get_textpage().get_text_range() for n in range(len(pdf))]
    return flat("".join(texts))


def flat(text: str) -> str:
    return "".join(text.split()).replace("\ufffe", "")


def fields(papers: Iterable[Paper]) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {}
    for row in paper_truth(papers):
        found.setdefault(row["invoice_id"], []).append(row)
    return found


def test_every_language_is_printed(papers):
    assert {paper.language for paper in papers} == set(LANGUAGES)


def test_what_the_truth_says_stands_on_the_page(papers):
    truth = fields(papers)
    for paper, (invoice_id, page) in zip(papers, render(papers), strict=True):
        assert invoice_id == paper.invoice_id
        text = text_of(page)
        for row in truth[invoice_id]:
            if row["field"] in ("type", "currency"):
                continue
            for part in row["raw"].split(", "):
                assert flat(part) in text, (paper.language, row)


def test_the_same_paper_gives_the_same_bytes(papers):
    assert dict(render(papers[:2])) == dict(render(papers[1::-1]))


def test_canonical_values_are_iso_dates_and_plain_decimals(papers):
    for row in paper_truth(papers):
        if row["field"].endswith("_date"):
            assert len(row["value"].split("-")) == 3
        if row["field"].startswith("totals."):
            float(row["value"])
