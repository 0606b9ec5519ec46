"""Choosing what to plant on: an invoice, vendor or contract that is still as trade made it."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from ledgergraph.corpora.actors import Contract, Draft, Line, Subject, Vendor
from ledgergraph.corpora.firm import Firm
from ledgergraph.corpora.trade import booked, tidy

T = TypeVar("T")
R = TypeVar("R")
Planter = Callable[[Firm, np.random.Generator], list[Draft]]
"""Plants one case: the invoices that it marks, or none where the company has no room for it."""
SubjectPlanter = Callable[[Firm, np.random.Generator], Sequence[Subject]]
"""Plants one case about what is no invoice: what it is about, or none."""
TRIES = 60


def pick(firm: Firm, rng: np.random.Generator, fits: Callable[[Draft], object]) -> Draft | None:
    """Any invoice that fits, each as likely as the others; None where there is none."""
    count = len(firm.drafts)
    for place in rng.integers(0, count, TRIES):
        if fits(draft := firm.drafts[int(place)]):
            return draft
    others = (firm.drafts[int(place)] for place in rng.permutation(count))
    return next((draft for draft in others if fits(draft)), None)


def first_of(
    rng: np.random.Generator, options: Sequence[T], make: Callable[[T], R | None]
) -> R | None:
    """What `make` gives for the first option, in random order, that it gives something for."""
    for place in rng.permutation(len(options)):
        if (made := make(options[place])) is not None:
            return made
    return None


def grouped(firm: Firm, by: str) -> dict[int, list[Draft]]:
    """Invoices by the identity of their `vendor`, `contract` or `order`.

    Grows as invoices join; whoever moves one to another vendor clears `firm.groups`.
    """
    size, groups = firm.groups.get(by, (0, {}))
    for draft in firm.drafts[size:]:
        groups.setdefault(id(getattr(draft, by)), []).append(draft)
    firm.groups[by] = (len(firm.drafts), groups)
    return groups


def is_free(draft: Draft) -> bool:
    """Whether an invoice is ordinary, and nothing was planted on it."""
    return (
        draft.type == "invoice" and draft.is_scored and draft.copy_of is None
        and not (draft.kinds or draft.resembles or draft.is_original)
    )  # fmt: skip


def is_claim(draft: Draft) -> bool:
    """Whether an invoice may be claimed again: regular ones too, though they look alike."""
    return (
        draft.type == "invoice" and draft.is_scored and draft.copy_of is None
        and not (draft.kinds or draft.is_original or draft.vendor.is_ghost)
        and (not draft.resembles or draft.vendor.mode in ("flat", "orders"))
    )  # fmt: skip


def is_single(draft: Draft) -> bool:
    """Whether it bills one item, on however many lines."""
    return len({line.item for line in draft.lines}) == 1


def add(firm: Firm, draft: Draft) -> list[Draft]:
    """Let a draft join the firm's: itself, or nothing if it falls out of the window."""
    if draft.issued < firm.first or booked(draft).received > firm.last:
        return []
    firm.drafts.append(draft)
    return [draft]


def strength(firm: Firm, rng: np.random.Generator, low: float, high: float) -> float:
    """How far an issue goes beyond what is allowed; hard companies stay near the low end."""
    reach, share = 1 - firm.manners.hardness * rng.random(), rng.random()
    firm.reach = float(reach * share)
    return float(low + (high - low) * reach * share)


def of_vendor(
    firm: Firm,
    rng: np.random.Generator,
    least: int,
    fits: Callable[[Draft], object],
    most: int = 10**6,
) -> list[Draft]:
    """Invoices of some honest vendor that fit, by receipt, so many of them; else none."""
    groups = grouped(firm, "vendor")

    def enough(vendor: Vendor) -> list[Draft] | None:
        if vendor.is_ghost:
            return None
        mine = [d for d in groups.get(id(vendor), []) if is_free(d) and fits(d)]
        if not least <= len(mine) <= most:
            return None
        return sorted(mine, key=lambda d: (d.received, d.issued))

    return first_of(rng, firm.vendors, enough) or []


def of_contract(
    firm: Firm, rng: np.random.Generator, least: int, fits: Callable[[Contract], object]
) -> tuple[Contract, list[Draft]] | None:
    """A contract that nothing was planted on, with its invoices by date, at least so many."""
    groups = grouped(firm, "contract")

    def enough(contract: Contract) -> tuple[Contract, list[Draft]] | None:
        mine = [d for d in groups.get(id(contract), []) if d.type == "invoice"]
        if contract.is_touched or contract.vendor.mode == "stages" or len(mine) < least:
            return None
        if not fits(contract) or any(d.kinds or d.copy_of for d in mine):
            return None
        return contract, sorted(mine, key=lambda d: (d.issued, d.lag))

    return first_of(rng, firm.contracts, enough)


def make_dearer(drafts: Sequence[Draft], factor: float) -> list[Draft]:
    """The same invoices at higher prices, as the vendor would have written them."""
    for draft in drafts:
        draft.lines = tuple(
            line._replace(price=_raised(line.price, factor)) for line in draft.lines
        )
    return list(drafts)


def _raised(price: int, factor: float) -> int:
    """A price raised by a factor, at least by the smallest step of a price list."""
    return max(tidy(price * factor), price + (1 if price < 10_000 else 100))


def scaled(draft: Draft, factor: float) -> tuple[Line, ...]:
    """The lines with quantities changed by a factor, still in the vendor's steps, rounded down."""
    step = draft.vendor.rounding
    return tuple(
        line._replace(quantity=max(step, int(line.quantity * factor) // step * step))
        for line in draft.lines
    )
