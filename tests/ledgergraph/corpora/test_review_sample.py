from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgergraph.corpora.review_sample import Candidate, review_sample
from ledgergraph.errors import BadSetting

CANDIDATES = st.lists(
    st.builds(
        Candidate, st.uuids().map(str), st.floats(0, 1), st.sampled_from(["invoice", None]),
        st.sampled_from(["de", "fr", None]), st.sampled_from(["text", "ocr"]),
    ),
    max_size=60, unique_by=lambda one: one.item,
)  # fmt: skip


@given(CANDIDATES, st.integers(1, 70), st.integers(0, 9), st.floats(0, 1))
def test_a_sample_has_no_document_twice_and_is_the_same_by_seed(candidates, n, seed, by_chance):
    drawn = review_sample(candidates, n, seed, by_chance)
    assert len(drawn) == len({one.item for one in drawn}) == min(n, len(candidates))
    assert drawn == review_sample(candidates[::-1], n, seed, by_chance)
    strata = {one.stratum for one in candidates}
    assert len({one.stratum for one in drawn}) == min(len(strata), n)
    assert [one.uncertainty for one in drawn] == sorted(
        (one.uncertainty for one in drawn), reverse=True
    )


@given(CANDIDATES, st.integers(1, 70))
def test_without_chance_no_document_of_a_stratum_is_passed_over_for_a_surer_one(candidates, n):
    drawn = review_sample(candidates, n, 1, by_chance=0)
    for stratum in {one.stratum for one in drawn}:
        taken = [one.uncertainty for one in drawn if one.stratum == stratum]
        left = [one.uncertainty for one in candidates
                if one.stratum == stratum and one not in drawn]  # fmt: skip
        assert not left or max(left) <= min(taken)


def test_strata_share_by_size_and_a_part_is_drawn_by_chance():
    large = [Candidate(f"a{at:03}", at / 100, "invoice") for at in range(80)]
    small = [Candidate(f"b{at:03}", at / 100, "receipt") for at in range(20)]
    drawn = review_sample(large + small, 20, 3)
    counts = Counter(one.type for one in drawn)
    assert counts["invoice"] in range(14, 18)
    most = {f"a{at:03}" for at in range(80 - counts["invoice"], 80)}
    assert 0 < sum(one.type == "invoice" and one.item not in most for one in drawn) <= 4
    other = review_sample(large + small, 20, 4)
    assert other != drawn


@pytest.mark.parametrize(("n", "count"), [(7, 1), (20, 4), (40, 8), (60, 12)])
def test_of_many_strata_with_few_places_chance_draws_its_share_of_the_whole_sample(n, count):
    strata = [
        [Candidate(f"{source:02}-{at:03}", 1 - at / 2000, source=f"{source:02}")
         for at in range(2000)]  # chance hardly meets the most uncertain
        for source in range(20)
    ]  # fmt: skip
    drawn = review_sample([one for members in strata for one in members], n, 5)
    shares = Counter(one.source for one in drawn)
    most = {one.item for members in strata for one in members[: shares[members[0].source]]}
    assert sum(one.item not in most for one in drawn) == count
    assert len(set(shares.values())) == 1


@pytest.mark.parametrize(("n", "by_chance"), [(0, 0.2), (5, 1.5)])
def test_settings_that_make_no_sense_are_named(n, by_chance):
    with pytest.raises(BadSetting, match="--"):
        review_sample([], n, 1, by_chance)
