"""What hangs together: descriptions that are one party, by decisions, identifiers and likeness.

Belongs here: the stages in which descriptions are joined, what keeps them apart, and which
of a party's members names it. Not here: how likely two are one (likeness), which vendor a
seller is (parties), and who buys (buyers).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from ledgergraph.extractions.registers import scheme_of
from ledgergraph.graph.decisions import Decisions, Pair
from ledgergraph.graph.likeness import Description, Likeness, agree, is_one_id

JOINED = (0.99, 0.85)
"""Likenesses from which two are one, the surest first: what a surer one joins stays joined."""
VAT_ID, REGISTER, LIKENESS, ALONE, DECIDED = "vat_id", "register", "likeness", "alone", "decided"
"""Reasons why one is of its party, the surest first but for what people said."""


@dataclass(frozen=True)
class Match:
    """Which other identity one is, how surely (0 to 1), and why."""

    other: str
    score: float
    reason: str


Proposal = tuple[float, Sequence[Description]]
"""Descriptions that may be one party, and how likely."""
Near = Mapping[str, Sequence[tuple[float, str]]]
"""For each key those that are likely one with it, the likeliest first."""


def near_of(scored: Mapping[Pair, Likeness]) -> Near:
    """The pairs that likeness may join, from both sides."""
    near: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
    for (one, other), likeness in scored.items():
        if likeness.score >= min(JOINED) and not likeness.is_for_people:
            near[one].append((likeness.score, other))
            near[other].append((likeness.score, one))
    return {key: sorted(found, key=lambda at: (-at[0], at[1])) for key, found in near.items()}


def joined(
    descriptions: Iterable[Description], decided: Decisions, near: Near
) -> Mapping[str, Match]:
    """For each key the smallest of those that are one with it, and the first reason.

    By stages, from the surest reason to the weakest: of what a stage proposes, all
    that hangs together is joined, or nothing of it where its identifiers conflict.
    Which two of three to join would be a guess. What people joined comes first; what
    they told apart is left out of a stage that would join it.
    """
    ordered = sorted(descriptions, key=lambda one: one.key)
    by_key = {one.key: one for one in ordered}
    alike: list[Proposal] = [
        (score, (one, by_key[other]))
        for one in ordered
        for score, other in near.get(one.key, ())
        if one.key < other and other in by_key
    ]
    stages: list[tuple[str, list[Proposal]]] = [
        (VAT_ID, [(1.0, same) for same in by_vat_id(ordered).values()]),
        (REGISTER, [(1.0, same) for same in by_register(ordered).values()]),
        *[(LIKENESS, [one for one in alike if one[0] >= least]) for least in JOINED],
    ]
    first = _decided({one.key: one.key for one in ordered}, decided)
    together = Counter(first.values())
    named = {key for pair in decided.one for key in pair if key in first}
    why = {key: (1.0, DECIDED) for key in named if together[first[key]] > 1}
    apart = [pair for pair in decided.apart if pair[0] in first and pair[1] in first]
    for reason, proposals in stages:
        allowed = _allowed(first, proposals, apart)
        proposed = connected(first, [group for _, group in allowed])
        members: defaultdict[str, list[Description]] = defaultdict(list)
        for one in ordered:
            members[proposed[one.key]].append(one)
        is_one = {key: can_hang_together(several, reason) for key, several in members.items()}
        first = {key: proposed[key] if is_one[proposed[key]] else own for key, own in first.items()}
        for score, group in sorted(allowed, key=lambda one: -one[0]):
            if len(group) > 1 and is_one[proposed[group[0].key]]:
                for one in group:
                    why.setdefault(one.key, (score, reason))
    return {key: Match(first[key], *why.get(key, (1.0, ALONE))) for key in first}


def can_hang_together(several: Sequence[Description], reason: str) -> bool:
    """Whether no identifiers keep some descriptions apart; those that a VAT id joins, its own
    alone: a group may share one, and numbers on paper are misread."""
    vat_ids = frozenset(one.vat_id for one in several if one.vat_id)
    if not is_one_id(vat_ids):
        return False
    return reason == VAT_ID or agree(*(one.registers for one in several))


def by_vat_id(descriptions: Iterable[Description]) -> Mapping[str, list[Description]]:
    """Descriptions by their VAT id, of those that state one."""
    found: defaultdict[str, list[Description]] = defaultdict(list)
    for one in descriptions:
        if one.vat_id:
            found[one.vat_id].append(one)
    return found


def by_register(descriptions: Iterable[Description]) -> Mapping[str, list[Description]]:
    """Descriptions by their number in a register that has it once, of those that state one."""
    found: defaultdict[str, list[Description]] = defaultdict(list)
    for one in descriptions:
        for register in one.registers:
            found[register].append(one)
    return found


def _decided(first: Mapping[str, str], decided: Decisions) -> Mapping[str, str]:
    """What people joined, in the order in which they did; not what would join what is apart."""
    apart = [pair for pair in decided.apart if pair[0] in first and pair[1] in first]
    for one, other in decided.one:
        if one in first and other in first:
            together = connected(first, [[Description(one), Description(other)]])
            if all(together[a] != together[b] for a, b in apart):
                first = together
    return first


def _allowed(
    first: Mapping[str, str],
    proposals: Sequence[Proposal],
    apart: Sequence[Pair],
) -> list[Proposal]:
    """What a stage proposes, without those parties that it would join against a decision."""
    if not apart:
        return list(proposals)
    proposed = connected(first, [group for _, group in proposals])
    against = {
        first[key] for pair in apart for key in pair if proposed[pair[0]] == proposed[pair[1]]
    }
    kept = (
        (score, [one for one in group if first[one.key] not in against])
        for score, group in proposals
    )
    return [(score, group) for score, group in kept if group]


def connected(
    first: Mapping[str, str], groups: Iterable[Sequence[Description]]
) -> Mapping[str, str]:
    """The smallest key of all that hangs together: what `first` joins already, and the groups."""
    above = dict(first)

    def top(key: str) -> str:
        while above[key] != key:
            above[key] = above[above[key]]
            key = above[key]
        return key

    for group in groups:
        for other in group[1:]:
            smaller, larger = sorted((top(group[0].key), top(other.key)))
            above[larger] = smaller
    return {key: top(key) for key in above}


def with_alike(descriptions: Iterable[Description], decided: Decisions) -> list[Description]:
    """Descriptions whose identifiers count as one where people joined those that state them."""
    given = list(descriptions)
    by_key = {one.key: one for one in given}
    pairs = [[by_key[key] for key in pair if key in by_key] for pair in decided.one]
    vat_ids = _alike([[one.vat_id] if one.vat_id else [] for one in pair] for pair in pairs)
    registers = _alike([[*one.registers] for one in pair] for pair in pairs)
    if not vat_ids and not registers:
        return given
    return [
        replace(
            one,
            vat_id=vat_ids.get(one.vat_id or "", one.vat_id),
            registers=tuple(dict.fromkeys(registers.get(each, each) for each in one.registers)),
        )
        for one in given
    ]


def _alike(pairs: Iterable[Sequence[Sequence[str]]]) -> dict[str, str]:
    """For each identifier of what people joined one that stands for all of theirs; numbers of
    two registers stay what they are."""
    groups: list[list[Description]] = []
    for pair in pairs:
        by_scheme: defaultdict[str, list[Description]] = defaultdict(list)
        for identifier in chain(*pair):
            by_scheme[scheme_of(identifier)].append(Description(identifier))
        groups += by_scheme.values()
    return dict(connected({one.key: one.key for group in groups for one in group}, groups))
