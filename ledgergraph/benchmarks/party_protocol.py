"""How well parties are resolved: made companies stated in ways that mislead, with their truth.

Belongs here: what is learned from, what is judged on, and pairwise precision and recall, by
case. Not here: the companies (corpora.party_cases), resolving them (graph.parties).
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from ledgergraph.corpora.party_cases import DIFFERENT, Case, Habits, Stated, party_cases
from ledgergraph.graph.likeness import Description, described

SEEDS = tuple(range(1, 9))
"""The likeness of two descriptions is counted on companies of these; benchmarks use others."""
COMPANIES = 500

Pair = tuple[str, str]


@dataclass(frozen=True)
class Resolved:
    """Pairs that are one company in truth, that came to be one party, and that are right."""

    true: int
    found: int
    right: int

    @property
    def precision(self) -> float:
        """The share of the pairs joined that are one; NaN if none was joined."""
        return self.right / self.found if self.found else float("nan")

    @property
    def recall(self) -> float:
        """The share of the pairs that are one that were joined; NaN if there are none."""
        return self.right / self.true if self.true else float("nan")


def lessons(
    seeds: Iterable[int] = SEEDS, companies: int = COMPANIES, habits: Habits | None = None
) -> Iterator[tuple[list[Description], dict[str, str]]]:
    """For each seed descriptions, and the company of each by its key."""
    for seed in seeds:
        rows = party_cases(companies, seed, habits)
        yield descriptions_of(rows), {one.key: one.company for one in rows}


def descriptions_of(rows: Iterable[Stated]) -> list[Description]:
    """What made records state, in comparable form."""
    return [
        described(
            one.key, one.name, one.vat_id, one.iban, one.address, one.register, one.country
        )
        for one in rows
    ]  # fmt: skip


def judged(company: Mapping[str, Hashable], party: Mapping[str, Hashable]) -> Resolved:
    """Parties against the truth, both by key."""
    true, found = pairs_of(company), pairs_of(party)
    return Resolved(len(true), len(found), len(true & found))


def pairs_of(group: Mapping[str, Hashable]) -> set[Pair]:
    """All pairs of keys of one group."""
    members: defaultdict[Hashable, list[str]] = defaultdict(list)
    for key in sorted(group):
        members[group[key]].append(key)
    return {pair for keys in members.values() for pair in combinations(keys, 2)}


def by_case(rows: Sequence[Stated], party: Mapping[str, str]) -> dict[Case, Resolved]:
    """The same for each case: a record of that case and the statement it was made from.

    Of another company `true` is 0, and `found` counts what was joined wrongly.
    """
    counts: Counter[tuple[Case, str]] = Counter()
    for one in rows:
        if one.key == one.like:
            continue
        is_true, is_found = one.case not in DIFFERENT, party[one.key] == party[one.like]
        counts[one.case, "true"] += is_true
        counts[one.case, "found"] += is_found
        counts[one.case, "right"] += is_true and is_found
    return {
        case: Resolved(counts[case, "true"], counts[case, "found"], counts[case, "right"])
        for case in Case
    }
