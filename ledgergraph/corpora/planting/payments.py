"""Payments: an invoice paid twice, money sent to another account, and what is in order."""

from dataclasses import replace

import numpy as np

from ledgergraph.corpora.actors import Account, Payment
from ledgergraph.corpora.booking import paid_on
from ledgergraph.corpora.calendars import working_day_before
from ledgergraph.corpora.firm import Firm, one_of, within
from ledgergraph.corpora.planting.accounts import new_iban
from ledgergraph.corpora.trade import FAR

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


def to_stranger(firm: Firm, rng: np.random.Generator) -> list[Payment]:
    """Money for an honest invoice goes to an account that nobody knows as the vendor's."""
    paid = _paid_once(firm, rng, 0)
    if paid is None:
        return []
    paid.iban = new_iban(rng, paid.draft.vendor)
    return [paid]


def to_former_account(firm: Firm, rng: np.random.Generator) -> list[Payment]:
    """Money goes to another account than the invoice names, on which the vendor billed before."""
    for _ in range(TRIES):
        paid = _paid_once(firm, rng, 0)
        if paid is None:
            return []
        vendor, own = paid.draft.vendor, paid.draft
        if vendor.prints_iban and own.iban is None and len(vendor.accounts) > 1:
            now = vendor.iban_on(own.issued)
            before = [
                draft for draft in firm.drafts
                if draft.vendor is vendor and draft.received < own.received and draft.iban is None
                and vendor.iban_on(draft.issued) != now
            ]  # fmt: skip
            if before:
                paid.iban = vendor.iban_on(before[-1].issued)
                return [paid]
        paid.is_touched = False
    return []


def to_fresh_account(firm: Firm, rng: np.random.Generator) -> list[Payment]:
    """Days before the payment somebody records another account, and nobody verifies it."""
    return _to_recorded(firm, rng, is_verified=False)


def to_verified_account(firm: Firm, rng: np.random.Generator) -> list[Payment]:
    """The vendor moves to another bank before it is paid, and somebody calls it back."""
    return _to_recorded(firm, rng, is_verified=True)


def _to_recorded(firm: Firm, rng: np.random.Generator, *, is_verified: bool) -> list[Payment]:
    """The change comes after the vendor's last invoice: no other is judged by it."""
    for _ in range(TRIES):
        paid = _paid_once(firm, rng, 0)
        if paid is None:
            return []
        vendor = paid.draft.vendor
        last = max(draft.received for draft in firm.drafts if draft.vendor is vendor)
        low = max(last + 1, paid.day - 20)
        if low < paid.day:
            day = working_day_before(int(rng.integers(low, paid.day)), firm.manners.home)
            if day > last:
                paid.iban = new_iban(rng, vendor)
                vendor.accounts.append(Account(FAR, paid.iban, day, is_verified))
                return [paid]
        paid.is_touched = False
    return []
