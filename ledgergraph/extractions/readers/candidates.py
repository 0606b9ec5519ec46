"""Candidates for a field: what a page offers, with the evidence for each, and their order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ledgergraph.evidence import Box
from ledgergraph.extractions.readers.layout import Token, text_of


@dataclass(frozen=True, slots=True)
class Candidate:
    """One value that a page offers for a field; `evidence` in [0, 1] is not yet a probability."""

    field: str
    value: str
    raw: str
    page: int
    box: Box
    evidence: float


def candidate_of(
    field: str, value: str, tokens: Sequence[Token], page: int, evidence: float
) -> Candidate:
    """A candidate that is printed as some tokens (at least one)."""
    box = Box.around([token.box for token in tokens])
    return Candidate(field, value, text_of(tokens), page, box, max(0.0, min(evidence, 1.0)))


def ranked(candidates: Iterable[Candidate]) -> list[Candidate]:
    """One candidate a value, most evidence first; the same value twice supports itself."""
    best: dict[str, Candidate] = {}
    against: dict[str, float] = {}
    for one in candidates:
        known = best.get(one.value)
        against[one.value] = against.get(one.value, 1.0) * (1.0 - one.evidence)
        if known is None or one.evidence > known.evidence:
            best[one.value] = one
    merged = [replace(one, evidence=1.0 - against[value]) for value, one in best.items()]
    return sorted(merged, key=lambda one: (-one.evidence, one.page, one.box.y0, one.box.x0))
