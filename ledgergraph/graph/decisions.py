"""What people decided about two things: that they are one, or that they are not.

Of parties and of pairs of invoices alike. Not here: what follows (parties, and
anomalies.scoring for duplicates).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ledgergraph.feedback.events import Feedback, Target, Verdict, standing

Pair = tuple[str, str]
"""Two names, the smaller one first."""


@dataclass(frozen=True)
class Decisions:
    """Pairs that are one, in the order in which that was said, and pairs that are not.

    `kinds` are those that people named beside a pair.
    """

    one: tuple[Pair, ...] = ()
    apart: frozenset[Pair] = frozenset()
    kinds: Mapping[Pair, str] = field(default_factory=dict)

    def renamed(self, names: Mapping[str, str]) -> "Decisions":
        """The same of other names; without what has none, and what became one already."""

        def known(pairs: Iterable[Pair]) -> Iterable[Pair]:
            for first, second in pairs:
                a, b = names.get(first), names.get(second)
                if a is not None and b is not None and a != b:
                    yield (a, b) if a < b else (b, a)

        return Decisions(tuple(dict.fromkeys(known(self.one))), frozenset(known(self.apart)))


UNDECIDED = Decisions()


def decisions_on(target: Target, events: Iterable[Feedback]) -> Decisions:
    """The decisions on parties or pairs that count among some events; in any order of these."""
    said = [event for event in standing(events) if event.target is target]
    pairs = [(event, (str(event.subject_id), str(event.other_id))) for event in said]
    return Decisions(
        tuple(pair for event, pair in pairs if event.verdict is Verdict.APPROVAL),
        frozenset(pair for event, pair in pairs if event.verdict is Verdict.REJECTION),
        {pair: event.kind for event, pair in pairs if event.kind},
    )
