"""What an order of made documents must give, before anything is printed."""

from collections import Counter, defaultdict
from itertools import islice

import pytest

from ledgergraph.corpora.annotations import from_lines
from ledgergraph.corpora.papers import Paper, sender_of
from ledgergraph.corpora.rendering.looks import LAYOUTS
from ledgergraph.corpora.synthetic import Order, papers_of_order, write_documents
from ledgergraph.errors import BadInput
from ledgergraph.identity import document_id_of


@pytest.fixture(scope="module")
def papers() -> list[Paper]:
    return list(papers_of_order(Order(480, [5])))


def test_layouts_are_drawn_evenly(papers):
    counts = Counter(one.layout for one in papers)
    assert set(counts) == set(LAYOUTS)
    assert max(counts.values()) < 2 * min(counts.values())


def test_a_vendor_keeps_its_layout(papers):
    layouts = defaultdict(set)
    for one in papers:
        layouts[one.type == "receipt", sender_of(one)].add(one.layout)
    assert {len(of) for of in layouts.values()} == {1}


def test_papers_of_one_language_are_no_translations_of_those_of_another(papers):
    invoices = [one for one in papers if one.type == "invoice"]
    languages = defaultdict(set)
    for one in invoices:
        languages[lines_of(one)].add(one.language)
    shared = [one for one in invoices if len(languages[lines_of(one)]) > 1]
    assert len(invoices) > 200
    assert len(shared) <= 0.01 * len(invoices)  # a single round line may recur by chance


def lines_of(paper: Paper) -> tuple:
    return tuple((line.quantity, line.unit_price) for line in paper.lines)


def test_reminders_are_among_the_papers_of_an_order(papers):
    assert Counter(one.type for one in papers)["reminder"] >= 5


def test_the_first_papers_are_the_same_however_many_follow(papers):
    fewer = list(papers_of_order(Order(60, [5])))
    assert fewer == list(islice(papers, 60))


def test_documents_are_written_with_their_annotations(tmp_path):
    order = Order(6, [3], languages=("de",), media=("pdf", "cii"), presets=("fax",), noised=1)
    done: list[int] = []
    counts = write_documents(order, tmp_path / "made", done.append)
    lines = (tmp_path / "made" / "annotations.jsonl").read_text(encoding="utf-8").splitlines()
    annotations = list(from_lines(lines, "made"))
    assert len(annotations) == counts.total()
    assert done == list(range(1, 7))
    written = {document_id_of(path.read_bytes()) for path in (tmp_path / "made/files").iterdir()}
    assert written == {one.document_id for one in annotations if one.document_id}
    with pytest.raises(BadInput, match="new or empty"):
        write_documents(order, tmp_path / "made")


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("presets", ("sepia",), "sepia"),
        ("languages", ("xx",), "xx.*de, en"),
        ("languages", (), "nothing"),
        ("media", ("doc",), "doc.*pdf"),
        ("families", ("till",), "till.*receipt"),
        ("papers", 0, "papers is 0.*between 1"),
        ("papers", -3, "papers is -3"),
        ("noised", -2, "noised is -2"),
        ("seeds", (), "seeds"),
        ("seeds", (-1,), "seeds"),
        ("dpi", 10, "dpi is 10"),
    ],
)
def test_an_order_of_what_there_is_not_is_refused(setting, value, sentence):
    with pytest.raises(BadInput, match=sentence):
        Order(**{"papers": 6, "seeds": [3], setting: value})


def test_a_run_that_was_stopped_is_begun_again(tmp_path):
    order = Order(3, [3], languages=("en",))

    def stop(done):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_documents(order, tmp_path / "made", stop)
    assert not (tmp_path / "made" / "annotations.jsonl").exists()
    again, whole = write_documents(order, tmp_path / "made"), tmp_path / "whole"
    assert write_documents(order, whole) == again
    for path in whole.rglob("*.*"):
        assert (tmp_path / "made" / path.relative_to(whole)).read_bytes() == path.read_bytes()
    assert not list(tmp_path.rglob("*.part"))
