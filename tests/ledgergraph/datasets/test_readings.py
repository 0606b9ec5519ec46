"""What the reader learns from: offers of documents beside their truth."""

from dataclasses import replace

import numpy as np
import pytest

from ledgergraph.benchmarks import reading
from ledgergraph.corpora.synthetic import Order, made_documents
from ledgergraph.datasets.readings import (
    Known,
    Taught,
    Vocabulary,
    all_taught,
    known_of,
    lines_of,
    rows_to_learn,
)
from ledgergraph.evidence import Box, Page, Word
from ledgergraph.extractions.readers.ranking import ADDRESSED, NAMED, NAMES
from ledgergraph.models.ranking import RankingSettings

TOP = ("KEDAI MAJU TRADING", "(123456-A)", "12, JALAN BESAR", "43300 SERI KOTA", "TEL: 03-1234567")
REST = ("RECEIPT", "DATE: 23/05/2019 12:30", "BREAD 4.50", "TOTAL 4.50", "CASH 5.00", "CHANGE 0.50")


def slip(name: str = "one", vendor: str = "kedai maju") -> Known:
    """A receipt with its truth."""
    words, page = [], Page(name, 0, 400, 800, "px")
    for at, line in enumerate([*TOP, *REST]):
        x = 20.0
        for text in line.split():
            words.append(
                Word(name, 0, text, Box(x, 20.0 + 30 * at, x + 9 * len(text), 38.0 + 30 * at))
            )
            x += 9 * len(text) + 6
    truth = {
        "seller.name": TOP[0], "seller.address": f"{TOP[2]}, {TOP[3]}",
        "issue_date": "2019-05-23", "totals.gross": "4.50",
    }  # fmt: skip
    return Known(name, [page], words, truth, vendor, {"source": "test"})


@pytest.fixture(scope="module")
def documents() -> list[Known]:
    made = made_documents(Order(24, [5], families=("receipt",), languages=("en", "de")))
    return [known_of(one.annotation) for one in made]


@pytest.fixture(scope="module")
def examples(documents: list[Known]) -> list[Taught]:
    return all_taught([slip(), *documents])[0]


def test_the_truth_of_a_receipt_is_among_what_is_offered() -> None:
    [one], _ = all_taught([slip()])
    assert one.view.is_slip
    assert all(any(one.right[name]) for name in one.known.truth)


def test_lines_are_taught_as_name_address_or_neither() -> None:
    [one], _ = all_taught([slip()])
    assert one.classes is not None
    assert one.classes[:5] == [NAMED, 0, ADDRESSED, ADDRESSED, 0]


def test_each_row_belongs_to_one_choice_and_every_choice_to_one_vendor(
    examples: list[Taught],
) -> None:
    reading.tag_unseen(examples, reading.Recipe(RankingSettings(folds=3)), seed=0)
    rows = rows_to_learn(examples)
    choices = rows.choices
    assert choices.matrix.shape == (len(rows.places), len(NAMES))
    for one in np.unique(choices.choice):
        inside = choices.choice == one
        assert len(set(choices.kind[inside])) == len(set(choices.group[inside])) == 1
    assert len(lines_of(examples).marks)


def test_a_vendor_is_never_repaired_by_its_own_words() -> None:
    known = [slip("one", "a"), slip("two", "b"), slip("three", "c")]
    words = Vocabulary(known)
    assert "jalan" in words.without("a")[5]
    two = Vocabulary(known[:2])
    assert not two.without("a")
    assert "jalan" in two.all()[5]


def test_what_a_complete_truth_does_not_state_is_taught_as_wrong() -> None:
    known = slip()
    told = replace(known, truth={k: v for k, v in known.truth.items() if k != "issue_date"})
    [partial], _ = all_taught([told])
    assert "issue_date" not in partial.offers
    [whole], _ = all_taught([replace(told, is_complete=True)])
    assert whole.offers["issue_date"]
    assert not any(whole.right["issue_date"])
    assert not whole.targets["issue_date"].any()


def test_made_papers_state_all_that_is_printed_and_receipts_of_others_do_not(
    documents: list[Known],
) -> None:
    assert all(one.is_complete for one in documents)
    assert not slip().is_absent("due_date")
    assert all(one.is_absent("due_date") or "due_date" in one.truth for one in documents)
    assert not any(one.is_absent("totals.due") for one in documents if "totals.gross" in one.truth)
