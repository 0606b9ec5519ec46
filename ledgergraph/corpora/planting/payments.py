"""Payments: an invoice paid twice, and payments that belong together."""

from dataclasses import replace

import numpy as np

from ledgergraph.corpora.actors import Payment
from ledgergraph.corpora.booking import paid_on
from ledgergraph.corpora.calendars import working_day_before
from ledgergraph.corpora.firm import Firm, one_of, within

TRIES = 60


def _paid_once(firm: Firm, rng: np.random.Generator, days_left: int) -> Payment | None:
    """A payment of a whole ordinary invoice, with so many days of the window after it."""
    for _ in range(TRIES if firm.payments else 0):
        paid = one_of(rng, firm.payments)
        is_ordinary = paid.amount > 0 and not (paid.is_touched or paid.draft.kinds)
        if is_ordinary and paid.day + days_left <= firm.last:
            paid.is_touched = True
            return paid
    return None


def paid_twice(firm: Firm, rng: np.random.Generator) -> list[Payment]:
    """The same amount for the same invoice leaves again, in the same run or some weeks later."""
    paid = _paid_once(firm, rng, 45)
    if paid is None:
        return []
    again = replace(paid, day=paid_on(firm, rng, paid.day + int(rng.integers(0, 45))))
    if again.day > firm.last:
        return []
    firm.payments.append(again)
    return [again]


def paid_in_two(firm: Firm, rng: np.random.Generator) -> list[Payment]:
    """Two payments of one invoice that are in order: parts of it, or a refused one repeated."""
    paid = _paid_once(firm, rng, 45)
    if paid is None:
        return []
    later = paid_on(firm, rng, paid.day + int(rng.integers(1, 45)))
    if later > firm.last:
        return []
    if rng.random() < 0.5:
        part = round(paid.amount * within(rng, (0.2, 0.8)))
        last = replace(paid, day=later, amount=paid.amount - part)
        paid.amount = part
        firm.payments.append(last)
    else:
        some = paid.day + int(rng.integers(0, later - paid.day))
        returned = working_day_before(some, firm.manners.home)
        back = replace(paid, day=returned, amount=-paid.amount)
        last = replace(paid, day=later)
        firm.payments += [back, last]
    return [last]
