"""The page on what a reader gets wrong: every error is counted, and shown where it stands."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from ledgergraph.anomalies.report.misread import misread_page, words_of
from ledgergraph.benchmarks.reading import INVENTED, judged
from ledgergraph.corpora.synthetic import Order, made_documents
from ledgergraph.datasets.readings import Known, read_again
from ledgergraph.documents.limits import Limits
from ledgergraph.evidence import Box, Word


@pytest.fixture(scope="module")
def made() -> tuple[Sequence[Known], dict[str, bytes]]:
    order = Order(6, [31], families=("modern",), languages=("en", "de"))
    pairs = [(one.annotation, one.data) for one in made_documents(order) if one.data]
    files = {str(one.document_id): data for one, data in pairs}
    return list(read_again(pairs, Limits(), None)), files


def test_errors_of_each_kind_are_shown_where_they_stand(made):
    documents, files = made
    first = documents[0]
    days = {"issue_date": first.truth["due_date"], "due_date": first.truth["issue_date"]}
    truth = {**first.truth, **days, "totals.gross": "1.00"}
    del truth["number"]
    spoilt = replace(first, truth=truth, is_complete=True)
    found, invented = judged([spoilt, *documents[1:]], None)
    assert ("number", INVENTED) in {(one.field, one.error) for one in invented}
    page = misread_page([spoilt, *documents[1:]], found, invented, files.get).decode()
    text = re.sub(r"<[^>]*>", " ", page)
    wrong = sum(not one.right for one in found) + len(invented)
    assert f"{wrong:,} errors" in text
    assert page.count("data:image/png;base64,") >= 3
    for kind in ("invented", "another value", "the value of another field"):
        assert f"{kind}, confidence" in text
    assert "vendor unseen" in text
    assert (
        page == misread_page([spoilt, *documents[1:]], found, invented, files.get).decode()
    )  # equal data, equal bytes


def test_without_their_files_errors_are_counted_and_not_shown(made):
    documents, _ = made
    spoilt = replace(documents[0], truth={"totals.gross": "1.00"})
    found, invented = judged([spoilt], None)
    page = misread_page([spoilt], found, invented, lambda _: None).decode()
    assert "data:image" not in page
    assert "No file of these documents is at hand" in page


def test_what_was_missed_is_found_by_its_letters():
    words = [Word("d", 0, one, Box(at, 0, at + 1, 1)) for at, one in
             enumerate(["Order", "no.", "PO-", "4711", "of", "4", "May", "PO-4712"])]  # fmt: skip
    assert [one.text for one in words_of("PO-4711", words)] == ["PO-", "4711"]
    assert [one.text for one in words_of("po 4712", words)] == ["PO-4712"]
    assert words_of("PO-9", words) == words_of(None, words) == ()
