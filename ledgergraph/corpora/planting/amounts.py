"""Amounts and prices that leave a vendor's own ways, and those that only seem to."""

import numpy as np

from ledgergraph.corpora.actors import Draft, Line
from ledgergraph.corpora.firm import Firm, one_of, within
from ledgergraph.corpora.planting.choosing import (
    add,
    is_free,
    is_single,
    make_dearer,
    of_vendor,
    pick,
    scaled,
    strength,
)  # fmt: skip
from ledgergraph.corpora.planting.orders import bulk_order
from ledgergraph.corpora.trade import a_draft, busy_day, price_on, quantity_on, tidy, whole

FOLLOWS_A_MARKET = ("energy", "materials", "logistics")
VARIABLE = ("adhoc", "hours", "deliveries", "metered")
VISIBLE_DRIFT = 1.07
"""How far a price must have crept before it may be judged."""


def _middle(firm: Firm, rng: np.random.Generator) -> float:
    """The usual net of an invoice in cents."""
    return float(np.median([firm.drafts[i].net for i in rng.integers(0, len(firm.drafts), 200)]))


def slip(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Ten or a hundred times too much or too little, or the same numbers in another currency."""
    if rng.random() < 0.4:
        draft = pick(firm, rng, lambda d: is_free(d) and (d.order or d.contract))
        if draft is None:
            return []
        own = draft.vendor.currency
        draft.currency = one_of(rng, [c for c in ("EUR", "GBP", "USD") if c != own])
        return [draft]
    # Small invoices go up and large ones down, so that the amount alone tells nothing.
    factor, middle = float(one_of(rng, (10, 10, 100, 0.1, 0.1))), _middle(firm, rng)
    draft = pick(
        firm, rng,
        lambda d: is_free(d) and len(d.lines) == 1 and middle / 25 < d.net * factor < middle * 25,
    )  # fmt: skip
    if draft is None:
        return []
    line = draft.lines[0]
    if factor < 1 and (line.quantity / 10) % draft.vendor.rounding:
        draft.lines = (line._replace(price=tidy(line.price * factor)),)
    else:
        draft.lines = (line._replace(quantity=round(line.quantity * factor)),)
    return [draft]


def _in_round_sums(draft: Draft) -> None:
    unit = 10_000 if draft.net < 200_000 else 50_000
    draft.lines = (
        Line(draft.lines[0].item, 1_000, max(unit, round(draft.net / unit) * unit) * 100),
    )


def round_sum(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """An amount that no quantity and price of this vendor would give."""
    draft = pick(
        firm, rng,
        lambda d: is_free(d) and d.vendor.mode in ("adhoc", "hours") and d.net > 40_000
        and d.contract is None,
    )  # fmt: skip
    if draft is None:
        return []
    _in_round_sums(draft)
    return [draft]


def fees(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A vendor that always asks for round sums: fees agreed as such."""
    drafts = of_vendor(firm, rng, 3, lambda d: d.vendor.mode == "adhoc", most=40)
    for draft in drafts:
        _in_round_sums(draft)
    return drafts


def outlier(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Several times what the vendor ever billed, within the usual range of the company."""
    middle = _middle(firm, rng)
    draft = pick(
        firm, rng,
        lambda d: is_free(d) and d.vendor.mode in VARIABLE and is_single(d) and d.net < middle
        and d.vendor.quantity_sigma < 0.45,
    )  # fmt: skip
    if draft is None:
        return []
    draft.lines = scaled(draft, within(rng, (3.5, 9.0)))
    return [draft]


def yearly_bill(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """The settlement of a year by a metered vendor, or a bulk order."""
    metered = [
        v for v in firm.vendors
        if v.mode == "metered" and min(v.active[1], firm.last) - max(v.active[0], firm.first) > 200
    ]  # fmt: skip
    if not metered or rng.random() < 0.5:
        return bulk_order(firm, rng)
    vendor = one_of(rng, metered)
    day = busy_day(firm, vendor, rng, 20)
    quantity = whole(vendor, quantity_on(vendor, 0, day, rng) * within(rng, (2.0, 6.0)))
    line = Line(0, quantity, price_on(vendor, 0, day))
    entity = one_of(rng, vendor.entities)
    return add(firm, a_draft(vendor, entity, day, (line,), rng, period=(day - 365, day - 1)))


def much_at_once(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A bulk order, or where nothing is ordered the settlement of a year."""
    return bulk_order(firm, rng) or yearly_bill(firm, rng)


def drift(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A price that creeps up by a little each time, without clause or notice."""
    drafts = of_vendor(
        firm, rng, 8,
        lambda d: d.contract is None and d.order is None and is_single(d)
        and d.vendor.trade not in FOLLOWS_A_MARKET and d.vendor.mode != "flat",
        most=45,
    )  # fmt: skip
    if not drafts:
        return []
    drafts.sort(key=lambda d: d.issued)
    length = min(len(drafts), int(rng.integers(8, 16)))
    begin = int(rng.integers(0, len(drafts) - length + 1))
    rate, hit = 0.006 + strength(firm, rng, 0.004, 0.022), []
    for step, draft in enumerate(drafts[begin:], 1):
        risen = (1 + rate) ** min(step, length)
        make_dearer([draft], risen)
        if step <= length and risen >= VISIBLE_DRIFT:
            hit.append(draft)
        else:
            # Before, nobody could know; after, the level stays, and only the climb is judged.
            draft.is_scored = False
    return hit


def list_rise(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """One step of a price list, kept from then on."""
    drafts = of_vendor(firm, rng, 6, lambda d: d.contract is None and d.order is None)
    drafts.sort(key=lambda d: d.issued)
    start = int(rng.integers(2, len(drafts))) if drafts else 0
    return make_dearer(drafts[start:], 1 + within(rng, firm.settings.step_pct) / 100)


def _unbound(firm: Firm, rng: np.random.Generator, least: int) -> list[Draft]:
    """Invoices of one vendor for its first item at list prices, by issue."""
    drafts = of_vendor(
        firm, rng, least,
        lambda d: d.contract is None and d.order is None and is_single(d)
        and d.lines[0].item == 0 and d.vendor.trade not in FOLLOWS_A_MARKET,
    )  # fmt: skip
    return sorted(drafts, key=lambda d: d.issued)


def inflated(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """One to three times a price clearly above what the vendor takes for the same, and back."""
    drafts = _unbound(firm, rng, 9)
    if not drafts:
        return []
    start = int(rng.integers(6, len(drafts)))
    hit = drafts[start : start + int(rng.integers(1, 4))]
    return make_dearer(hit, 1 + strength(firm, rng, 0.1, 0.7))


def dearer_for_good(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A large step of the price list that stays, or small quantities at a higher price."""
    drafts = _unbound(firm, rng, 9)
    if not drafts:
        return []
    factor = 1 + within(rng, (0.1, 0.4))
    if rng.random() < 0.5:
        start = int(rng.integers(6, len(drafts)))
        make_dearer(drafts[start:], factor)
        return drafts[start : start + 4]
    sizes = sorted(sum(line.quantity for line in draft.lines) for draft in drafts)
    small = [d for d in drafts if sum(line.quantity for line in d.lines) <= sizes[len(sizes) // 4]]
    return make_dearer(small, factor) if len(small) < len(drafts) // 2 else []
