"""Listings become batches in one way only, and each file of them becomes one arrival."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgergraph.documents.batches import (
    Batch,
    Entry,
    Stamp,
    arrivals_of,
    batches_of,
    settled,
)
from ledgergraph.identity import batch_key

NOW = datetime(2026, 1, 1, tzinfo=UTC)
names = st.text("abc/", min_size=1, max_size=4)
documents = st.integers(0, 20)
listings = st.dictionaries(names, documents, max_size=30).map(
    lambda files: [Entry(name, f"sha256:{n}", n) for name, n in files.items()]
)


def files(*pairs: tuple[str, str]) -> list[Entry]:
    return [Entry(name, document_id, 1) for name, document_id in pairs]


@given(listings, st.randoms(use_true_random=False))
def test_the_order_of_a_listing_does_not_matter(listing, random):
    shuffled = random.sample(listing, len(listing))
    assert batches_of(shuffled, 3, 30) == batches_of(listing, 3, 30)


@given(listings)
def test_every_file_is_in_one_batch_and_no_document_in_two(listing):
    batches = batches_of(listing, max_documents=3, max_bytes=30)
    assert sorted(entry for batch in batches for entry in batch.entries) == sorted(listing)
    held = [{entry.document_id for entry in batch.entries} for batch in batches]
    assert sum(map(len, held)) == len(set().union(*held))
    for batch, ids in zip(batches, held, strict=True):
        assert len(ids) <= 3
        assert batch.key == batch_key(ids)
        sizes = {entry.document_id: entry.bytes for entry in batch.entries}
        assert sum(sizes.values()) <= 30 or len(ids) == 1


def test_the_same_document_twice_is_two_files_of_one_batch():
    (first, second) = batches_of(files(("a", "1"), ("b", "2"), ("c", "1")), max_documents=1)
    assert [entry.name for entry in first.entries] == ["a", "c"]
    assert [entry.name for entry in second.entries] == ["b"]


def test_urgent_files_come_first_and_by_themselves_under_whatever_other_name_too():
    listed = files(("a", "1"), ("urgent/z", "2"), ("b", "3"), ("c/urgent/x", "4"), ("0", "2"))
    (first, second) = batches_of(listed)
    assert [entry.name for entry in first.entries] == ["0", "urgent/z"]
    assert [entry.name for entry in second.entries] == ["a", "b", "c/urgent/x"]


def test_a_file_has_settled_when_two_looks_agree():
    before = {"grows": Stamp(1, 1.0), "touched": Stamp(1, 1.0), "still": Stamp(1, 1.0)}
    now = {
        "grows": Stamp(2, 1.0),
        "touched": Stamp(1, 2.0),
        "still": Stamp(1, 1.0),
        "new": Stamp(1, 1.0),
    }
    assert settled(now, before) == ["still"]


@pytest.mark.parametrize(
    ("refused", "known", "outcomes"),
    [
        (set(), set(), ["accepted", "known", "accepted"]),
        ({"1"}, set(), ["rejected", "rejected", "accepted"]),
        (set(), {"1"}, ["known", "known", "accepted"]),
        ({"2"}, {"2"}, ["accepted", "known", "known"]),
    ],
)
def test_each_file_of_a_batch_has_an_outcome(refused, known, outcomes):
    batch = Batch("key", tuple(files(("a", "1"), ("b", "1"), ("c", "2"))))
    arrivals = arrivals_of(batch, refused, known, NOW)
    assert [arrival.outcome for arrival in arrivals] == outcomes
    assert [arrival.name for arrival in arrivals] == ["a", "b", "c"]
