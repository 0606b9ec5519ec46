"""Laws of samples and splits."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgergraph.corpora.sampling import (
    SIDES,
    SPLITS,
    STRADDLING,
    Ties,
    families,
    sampled,
    split,
)

Row = tuple[str, str | None, str | None]


def ties(rows: Sequence[Row]) -> Ties:
    family, vendor, template = zip(*rows, strict=True) if rows else ((), (), ())
    return Ties(family, vendor, template)


def names(prefix: str, most: int) -> st.SearchStrategy[str | None]:
    return st.none() | st.integers(0, most).map(lambda n: f"{prefix}{n}")


rows = st.lists(
    st.tuples(
        st.integers(0, 60).map(lambda n: f"f{n}"),
        names("v", 12),
        names("t", 6),
    ),
    min_size=1,
    max_size=120,
)


def sides_of(values: Iterable[str | None], sides: Iterable[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for value, side in zip(values, sides, strict=True):
        if value is not None and side != STRADDLING:
            found[value].add(side)
    return found


@given(rows, st.sampled_from(list(SPLITS.values())), st.integers(0, 3))
def test_no_vendor_template_or_family_stands_on_two_sides(
    drawn: list[Row], shares: tuple[float, float, float], seed: int
) -> None:
    tied = ties(drawn)
    sides = split(tied, shares, seed)
    assert set(sides) <= {*SIDES, STRADDLING}
    for values in (tied.family, tied.vendor, tied.template):
        assert all(len(found) == 1 for found in sides_of(values, sides).values())


@given(rows, st.randoms())
def test_the_order_of_annotations_changes_no_side(drawn: list[Row], chance) -> None:
    shares = SPLITS["split_80_10_10"]
    there = dict(zip(drawn, split(ties(drawn), shares, 7), strict=True))
    again = chance.sample(drawn, len(drawn))
    assert dict(zip(again, split(ties(again), shares, 7), strict=True)) == there


@given(st.lists(st.integers(1, 20), min_size=1, max_size=60), st.sampled_from(list(SPLITS)))
def test_shares_are_met_as_well_as_the_largest_whole_allows(sizes: list[int], name: str) -> None:
    drawn = [(f"f{v}-{n}", f"v{v}", None) for v, size in enumerate(sizes) for n in range(size)]
    counts = Counter(split(ties(drawn), SPLITS[name], 7))
    held = np.asarray([counts[side] for side in SIDES]) / max(sum(counts.values()), 1)
    if not counts[STRADDLING]:
        assert np.abs(held - SPLITS[name]).max() <= 2 * max(sizes) / len(drawn) + 1e-9


@pytest.mark.parametrize("name", SPLITS)
def test_many_small_wholes_give_the_shares_that_were_asked_for(name: str) -> None:
    drawn = [(f"f{n}", f"v{n % 300}", f"t{n % 100}") for n in range(3_000)]
    counts = Counter(split(ties(drawn), SPLITS[name], 1))
    for side, share in zip(SIDES, SPLITS[name], strict=True):
        assert counts[side] / len(drawn) == pytest.approx(share, abs=0.01)


def test_one_vendor_that_wrote_everything_is_learned_from_and_nothing_is_judged() -> None:
    drawn = [(f"f{n}", "v", None) for n in range(50)]
    assert set(split(ties(drawn), SPLITS["split_80_10_10"], 1)) == {"train"}


def test_a_whole_too_large_is_cut_and_what_straddles_is_left_out() -> None:
    drawn = [(f"f{n}", f"v{n % 40}", f"t{n % 40 // 4}") for n in range(2_000)]
    drawn += [(f"g{n}", f"v{n}", f"t{(n + 7) % 10}") for n in range(40)]  # ties all to one
    counts = Counter(split(ties(drawn), SPLITS["split_80_10_10"], 1))
    assert counts["train"] / len(drawn) == pytest.approx(0.8, abs=0.05)
    assert min(counts["validation"], counts["test"]) / len(drawn) > 0.05
    assert counts[STRADDLING] <= 40


def test_where_every_vendor_uses_every_template_sides_keep_their_shares() -> None:
    drawn = [(f"f{n}", f"v{n % 50}", f"t{n // 50 % 12}") for n in range(6_000)]
    counts = Counter(split(ties(drawn), SPLITS["split_80_10_10"], 1))
    kept = len(drawn) - counts[STRADDLING]
    assert kept > len(drawn) * 0.3
    assert counts["train"] / kept == pytest.approx(0.8, abs=0.1)
    assert counts["test"] > 0


def test_shares_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="add up"):
        split(ties([("f", None, None)]), (0.5, 0.1, 0.1), 1)


def test_a_family_is_named_by_its_first_ancestor() -> None:
    assert families(["b", "c", "a", "d"], ["a", "b", None, None]) == ["a", "a", "a", "d"]
    assert families(["x"], ["elsewhere"]) == ["elsewhere"]
    assert families(["p", "q", "r"], ["q", "p", "p"]) == ["p", "p", "p"]


@given(st.integers(1, 200), st.integers(0, 5))
def test_a_larger_sample_holds_the_smaller_one(size: int, seed: int) -> None:
    ids = [f"a{n}" for n in range(200)]
    strata = [("invoice" if n % 10 else "receipt", "de", None) for n in range(200)]
    smaller, larger = sampled(ids, strata, size, seed), sampled(ids, strata, size + 20, seed)
    assert not np.any(smaller & ~larger)
    assert abs(int(smaller.sum()) - size) <= 2


def test_a_sample_keeps_strata_in_proportion_and_the_rare_in() -> None:
    ids = [f"a{n}" for n in range(1_000)]
    strata = [("rare",) if n == 5 else ("half",) if n % 2 else ("other",) for n in range(1_000)]
    taken = sampled(ids, strata, 100, 1)
    counts = Counter(strata[at] for at in np.flatnonzero(taken))
    assert counts[("rare",)] == 1
    assert abs(counts[("half",)] - 50) <= 1
