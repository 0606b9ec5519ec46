"""Payments: an invoice paid twice, and payments that belong together."""

from dataclasses import replace

import numpy as np

from ledgergraph.corpora.actors import Payment
from ledgergraph.corpora.firm import Firm, within


def _paid_once(firm: Firm, rng: np.random.Generator, days_left: int) -> Payment | None:
    """A payment of a whole ordinary invoice, with so many days of the window after it."""
    counts: dict[int, int] = {}
    for paid in firm.payments:
        counts[id(paid.draft)] = counts.get(id(paid.draft), 0) + 1
    able = [
        paid for paid in firm.payments
        if counts[id(paid.draft)] == 1 and paid.draft.gross > 0 and not paid.draft.kinds
        and paid.day + days_left <= firm.last
    ]  # fmt: skip
    return able[int(rng.integers(len(able)))] if able else None


def paid_twice(firm: Firm, rng: np.random.Generator) -> list[Payment]:
    """The same amount for the same invoice leaves again, in the same run or some weeks later."""
    paid = _paid_once(firm, rng, 45)
    if paid is None:
        return []
    again = replace(paid, day=paid.day + int(rng.integers(0, 45)))
    firm.payments.append(again)
    return [again]


def paid_in_two(firm: Firm, rng: np.random.Generator) -> list[Payment]:
    """Two payments of one invoice that are in order: parts of it, or a refused one repeated."""
    paid = _paid_once(firm, rng, 45)
    if paid is None:
        return []
    later = paid.day + int(rng.integers(1, 45))
    if rng.random() < 0.5:
        part = round(paid.amount * within(rng, (0.2, 0.8)))
        last = Payment(later, paid.draft, paid.amount - part)
        paid.amount = part
        firm.payments.append(last)
    else:
        back = Payment(paid.day + int(rng.integers(0, later - paid.day)), paid.draft, -paid.amount)
        last = replace(paid, day=later)
        firm.payments += [back, last]
    return [last]
