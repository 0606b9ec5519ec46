"""What an order of made documents must give, before anything is printed."""

from collections import Counter, defaultdict
from itertools import islice

import pytest

from ledgergraph.corpora.papers import Paper, sender_of
from ledgergraph.corpora.rendering.looks import LAYOUTS
from ledgergraph.corpora.synthetic import Order, papers_of_order


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


def test_reminders_are_among_the_papers_of_an_order(papers):
    assert Counter(one.type for one in papers)["reminder"] >= 5


def test_the_first_papers_are_the_same_however_many_follow(papers):
    fewer = list(papers_of_order(Order(60, [5])))
    assert fewer == list(islice(papers, 60))
