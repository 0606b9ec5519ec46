"""Entity-level scores of tags, by seqeval's definition (that of CoNLL 2000), and confusion.

An entity is a run of tags of one name: it begins at a B-, or at an I- after another name or
after nothing. It is right if name, first and last word agree. seqeval itself had its last
release in 2020; the definition is short.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

OUTSIDE = "O"


@dataclass(frozen=True)
class Score:
    """Of entities: `stated` in the truth, `found` by a model, `right` in both; shares in [0, 1]."""

    stated: int
    found: int
    right: int

    @property
    def precision(self) -> float:
        """The share of what was found that is right; 0 if nothing was."""
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """The share of what is stated that was found; 0 if nothing is."""
        return self.right / self.stated if self.stated else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return 2 * self.right / (self.stated + self.found) if self.stated + self.found else 0.0


@dataclass(frozen=True)
class Scores:
    """Of all entities together, and of each by its name."""

    all: Score
    by_name: Mapping[str, Score]

    @property
    def macro_f1(self) -> float:
        """The mean of the F1 of the names that are stated."""
        own = [one.f1 for one in self.by_name.values() if one.stated]
        return sum(own) / len(own) if own else 0.0


def entities_of(tags: Sequence[str]) -> list[tuple[str, int, int]]:
    """The entities of one document: name, first word, and the one after the last."""
    found: list[tuple[str, int, int]] = []
    start, name = 0, ""
    for at, tag in enumerate([*tags, OUTSIDE]):
        prefix, _, own = tag.partition("-")
        if name and (prefix != "I" or own != name):
            found.append((name, start, at))
            name = ""
        if own and not name:
            start, name = at, own
    return found


def entity_scores(stated: Sequence[Sequence[str]], found: Sequence[Sequence[str]]) -> Scores:
    """The scores of documents whose tags stand side by side."""
    counts = {what: Counter[str]() for what in ("stated", "found", "right")}
    for truth, said in zip(stated, found, strict=True):
        true, read = set(entities_of(truth)), set(entities_of(said))
        for what, own in (("stated", true), ("found", read), ("right", true & read)):
            counts[what].update(name for name, _, _ in own)
    names = sorted({*counts["stated"], *counts["found"]})
    by_name = {name: Score(*(counts[w][name] for w in ("stated", "found", "right")))
               for name in names}  # fmt: skip
    return Scores(Score(*(counts[w].total() for w in ("stated", "found", "right"))), by_name)


def confusion(
    stated: Sequence[Sequence[str]], found: Sequence[Sequence[str]]
) -> dict[tuple[str, str], int]:
    """How many words of each tag were given which one."""
    return dict(
        Counter(
            pair
            for truth, said in zip(stated, found, strict=True)
            for pair in zip(truth, said, strict=True)
        )
    )


# Errors

NOTHING = "none"
"""What stands where nothing was stated, or nothing was found."""
MISSED, INVENTED, WRONG_TYPE, WRONG_EXTENT = KINDS_OF_ERROR = (
    "missed", "invented", "wrong type", "wrong extent",
)  # fmt: skip
"""Stated and not found, found and not stated, found as another, found with other words."""


@dataclass(frozen=True)
class Mistakes:
    """What was taken for what, and errors by name and kind.

    `pairs` counts entities stated and found by their names, NOTHING among them; `errors` counts
    by name and kind: an invented one by the name that was found, the others by the stated one.
    """

    pairs: Mapping[tuple[str, str], int]
    errors: Mapping[tuple[str, str], int]

    def by_kind(self) -> dict[str, int]:
        """How many errors there are of each kind."""
        return {
            kind: sum(count for (_, own), count in self.errors.items() if own == kind)
            for kind in KINDS_OF_ERROR
        }


def mistakes(stated: Sequence[Sequence[str]], found: Sequence[Sequence[str]]) -> Mistakes:
    """Errors of documents whose tags stand side by side.

    A stated entity is held against the found one that shares most words with it, one of its
    own name before others; what shares no word with any is missed, or invented.
    """
    pairs, errors = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for truth, said in zip(stated, found, strict=True):
        true, read = entities_of(truth), entities_of(said)
        for name, start, end in true:
            shared = [
                (min(end, stop) - max(start, begin), other == name, other, (begin, stop))
                for other, begin, stop in read
                if begin < end and start < stop
            ]
            _, is_own, other, words = max(
                shared, key=lambda one: (one[1], one[0]), default=(0, False, NOTHING, (0, 0))
            )
            pairs[name, other] += 1
            if other == NOTHING:
                errors[name, MISSED] += 1
            elif not is_own:
                errors[name, WRONG_TYPE] += 1
            elif words != (start, end):
                errors[name, WRONG_EXTENT] += 1
        for name, start, end in read:
            if not any(begin < end and start < stop for _, begin, stop in true):
                pairs[NOTHING, name] += 1
                errors[name, INVENTED] += 1
    return Mistakes(dict(pairs), dict(errors))
