"""How often values that were read equal the truth (`ledgergraph.datasets.matching`).

Line items match by net amount, quantity, and description (its start, or nineteen letters
in twenty).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ledgergraph.datasets.matching import NEAR, is_same, letters, likeness, number

CONFIDENT = 0.9
Value = tuple[str, float]
"""What was read for a field, and how sure that is."""
Line = Mapping[str, str | None]


@dataclass
class Count:
    """How often one field was right."""

    right: int = 0
    wrong: int = 0
    of: int = 0
    confident: int = 0
    confident_wrong: int = 0


@dataclass
class Tally:
    """Right and wrong by field, and line items, over many documents."""

    fields: dict[str, Count] = field(default_factory=lambda: defaultdict(Count))
    items_right: int = 0
    items_read: int = 0
    items_of: int = 0

    def header(self, name: str, read: Value | None, truth: str) -> bool:
        """Count one header field of one document; tells whether it was right."""
        count = self.fields[name]
        count.of += 1
        if read is None:
            return False
        value, sure = read
        is_right = is_same(name, value, truth)
        count.right += is_right
        count.wrong += not is_right
        count.confident += sure >= CONFIDENT
        count.confident_wrong += sure >= CONFIDENT and not is_right
        return is_right

    def lines(self, read: Iterable[Line], truth: Sequence[Line]) -> None:
        """Count the line items of one document: each of the truth matches one at most."""
        left = list(read)
        self.items_read += len(left)
        self.items_of += len(truth)
        for line in truth:
            match = next((one for one in left if _is_item(one, line)), None)
            if match is not None:
                self.items_right += 1
                left.remove(match)

    @property
    def all(self) -> Count:
        """All header fields together."""
        total = Count()
        for count in self.fields.values():
            for name in vars(total):
                setattr(total, name, getattr(total, name) + getattr(count, name))
        return total

    @property
    def items_f1(self) -> float:
        """Harmonic mean of precision and recall of line items."""
        return 2 * self.items_right / max(self.items_read + self.items_of, 1)


def _is_item(read: Line, truth: Line) -> bool:
    described, quantity = truth.get("description"), truth.get("quantity")
    if number(read.get("net")) != number(truth.get("net")) or read.get("net") is None:
        return False
    if quantity is not None and number(read.get("quantity")) != number(quantity):
        return False
    if not described:
        return True
    text, wanted = letters(read.get("description")), letters(described)
    return wanted[:20] in text or likeness(text, wanted) >= NEAR
