"""The review sample: which documents people look at first, so that their time teaches most.

Belongs here: drawing by uncertainty and stratum. Not here: what makes a document uncertain
(drafts), and what people then say.

Each stratum (type, language, source) is represented, and the others share by their size.
Within one the most uncertain come first; a part of the whole sample is drawn by chance, so that
what the reader is sure of and wrong about is found too.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ledgergraph.errors import BadSetting

BY_CHANCE = 0.2
"""Share of the sample that is drawn by chance, spread over the strata."""
Stratum = tuple[str, str, str]
"""Type, language and source; `?` where one is not known."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document that could be reviewed; `uncertainty` is in [0, 1], `item` is unique."""

    item: str
    uncertainty: float
    type: str | None = None
    language: str | None = None
    source: str | None = None

    @property
    def stratum(self) -> Stratum:
        """What it is alike in with others."""
        return self.type or "?", self.language or "?", self.source or "?"


def review_sample(
    candidates: Iterable[Candidate], n: int, seed: int, by_chance: float = BY_CHANCE
) -> list[Candidate]:
    """`n` of the candidates (all, where there are fewer), the most uncertain first.

    The same candidates and seed give the same sample, in whatever order they come. Raises
    BadSetting for fewer than one document or a share outside [0, 1].
    """
    if n < 1:
        raise BadSetting("--n", f"is {n}, must be one document or more.")
    if not 0 <= by_chance <= 1:
        raise BadSetting("--by-chance", f"is {by_chance}, must be a share from 0 to 1.")
    strata: dict[Stratum, list[Candidate]] = defaultdict(list)
    for one in candidates:
        strata[one.stratum].append(one)
    for members in strata.values():
        members.sort(key=_uncertain_first)
    drawn: list[Candidate] = []
    counts = shares(strata, n)
    chance = np.random.default_rng(seed)
    left_to_chance = _left_to_chance(
        strata, counts, round(sum(counts.values()) * by_chance), chance
    )
    for stratum, count in sorted(counts.items()):
        members = strata[stratum]
        certain = count - left_to_chance[stratum]
        rest = members[certain:]
        picked = chance.choice(len(rest), size=count - certain, replace=False) if rest else ()
        drawn += members[:certain] + [rest[int(at)] for at in picked]
    return sorted(drawn, key=_uncertain_first)


def _left_to_chance(
    strata: Mapping[Stratum, Sequence[Candidate]], counts: Mapping[Stratum, int], wanted: int,
    chance: np.random.Generator,
) -> Counter[Stratum]:  # fmt: skip
    """How many places of each stratum chance fills: evenly spread over all that leave a choice."""
    places = [
        stratum for stratum, count in sorted(counts.items()) for _ in range(count)
        if len(strata[stratum]) > count
    ]  # fmt: skip
    wanted = min(wanted, len(places))
    if not wanted:
        return Counter()
    start = int(chance.integers(len(places)))
    return Counter(places[(at * len(places) + start) // wanted] for at in range(wanted))


def shares(strata: Mapping[Stratum, Sequence[Candidate]], n: int) -> dict[Stratum, int]:
    """How many of each stratum: one at least, then by size, and never more than it has.

    With fewer documents than strata those with the most uncertain one have a part.
    """
    ordered = sorted(strata, key=lambda one: (_uncertain_first(strata[one][0]), one))[:n]
    counts = {one: 1 for one in ordered}
    left = min(n, sum(len(strata[one]) for one in ordered)) - len(ordered)
    while left > 0:
        room = {one: len(strata[one]) - counts[one] for one in ordered}
        whole = sum(room.values())
        given = {one: min(room[one], left * room[one] // whole) for one in ordered}
        if not any(given.values()):  # what is left is less than one for each: the largest first
            largest = sorted(ordered, key=lambda one: (-room[one], one))[:left]
            given = {one: 1 for one in largest if room[one]}
        for one, count in given.items():
            counts[one] += count
            left -= count
    return counts


def _uncertain_first(one: Candidate) -> tuple[float, str]:
    return -one.uncertainty, one.item
