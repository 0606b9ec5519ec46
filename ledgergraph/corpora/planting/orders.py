"""Orders and receipts: price, quantity and what came in, matched or not."""

from typing import NamedTuple

import numpy as np

from ledgergraph.corpora.actors import Draft, Entity, Order, OrderLine, Receipt, Vendor
from ledgergraph.corpora.calendars import working_day, working_day_before
from ledgergraph.corpora.firm import Firm, one_of, within
from ledgergraph.corpora.planting.choosing import (
    add,
    grouped,
    is_single,
    make_dearer,
    of_vendor,
    pick,
    strength,
)  # fmt: skip
from ledgergraph.corpora.trade import (
    a_draft,
    an_order,
    busy_day,
    deliver,
    ordinary_lines,
    whole,
)  # fmt: skip


class Ordered(NamedTuple):
    """An invoice for the one item of an order that nothing was planted on."""

    draft: Draft
    order: Order


def _ordered(firm: Firm, rng: np.random.Generator, days_left: int = 0) -> Ordered | None:
    mates = grouped(firm, "order")

    def fits(draft: Draft) -> bool:
        order = draft.order
        return (
            order is not None and not order.is_touched and draft.type == "invoice"
            and draft.received <= firm.last - days_left and len(order.lines) == 1
            and is_single(draft) and len(order.receipts) > 0
            and not any(d.kinds or d.copy_of or d.is_original for d in mates[id(order)])
        )  # fmt: skip

    draft = pick(firm, rng, fits)
    if draft is None or draft.order is None:
        return None
    draft.order.is_touched = True
    return Ordered(draft, draft.order)


def price_above(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A price above the order's."""
    found = _ordered(firm, rng)
    return make_dearer([found.draft], 1 + strength(firm, rng, 0.02, 0.2)) if found else []


def cents_above(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A price less than a percent above the order's."""
    found = _ordered(firm, rng)
    return make_dearer([found.draft], 1 + within(rng, (0.0005, 0.008))) if found else []


def above_receipt(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Less came in than was billed, and the rest never does."""
    found = _ordered(firm, rng)
    if found is None:
        return []
    draft, order = found
    quantity = sum(line.quantity for line in draft.lines)
    sizes = [receipt.quantity for receipt in order.receipts]
    at = sizes.index(quantity) if quantity in sizes else len(sizes) - 1
    short = min(whole(draft.vendor, quantity * strength(firm, rng, 0.04, 0.5)), sizes[at])
    order.receipts[at] = order.receipts[at]._replace(quantity=sizes[at] - short)
    order.receipts = [receipt for receipt in order.receipts if receipt.quantity]
    # What is missing is missing from the last invoice of the order: until then there was enough.
    mates = [d for d in grouped(firm, "order")[id(order)] if d.type == "invoice"]
    return [max(mates, key=lambda d: (d.received, d.issued))]


def late_receipt(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """All that was billed came in, but the warehouse booked it only after the invoice was here."""
    found = _ordered(firm, rng, days_left=25)
    if found is None:
        return []
    draft, order = found
    booked = working_day(draft.received + int(rng.integers(1, 20)), draft.entity.country)
    order.receipts = [
        receipt._replace(day=max(receipt.day, booked))
        if place == len(order.receipts) - 1
        else receipt
        for place, receipt in enumerate(order.receipts)
    ]
    return [draft]


def _one_more(firm: Firm, rng: np.random.Generator, found: Ordered) -> list[Draft]:
    """One more invoice for an order, for goods that were not billed before and did come."""
    draft, order = found
    billed = sum(line.quantity for line in draft.lines)
    day = max(d.issued for d in grouped(firm, "order")[id(order)]) + int(rng.integers(2, 40))
    line = draft.lines[0]._replace(quantity=whole(draft.vendor, billed * within(rng, (0.12, 0.8))))
    extra = add(firm, a_draft(draft.vendor, draft.entity, day, (line,), rng, order=order))
    for one in extra:
        came = working_day(one.issued + int(rng.integers(-2, 3)), one.entity.country)
        order.receipts.append(Receipt(came, 1, line.quantity))
    return extra


def overbilled(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """More is billed for an order than was ordered."""
    found = _ordered(firm, rng, days_left=20)
    return _one_more(firm, rng, found) if found else []


def changed_order(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """More than was ordered at first, but the order was raised before."""
    found = _ordered(firm, rng, days_left=20)
    extra = _one_more(firm, rng, found) if found else []
    for draft in extra:
        assert found is not None
        line = draft.lines[0]
        wanted = working_day_before(draft.issued - int(rng.integers(2, 20)), draft.entity.country)
        raised = max(found.order.day, wanted)
        found.order.lines.append(OrderLine(line.item, line.quantity, line.price, raised))
        found.order.receipts[-1] = found.order.receipts[-1]._replace(line=len(found.order.lines))
    return extra


def bulk_order(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Several times the usual quantity, ordered and received as such."""
    able = [v for v in firm.vendors if v.mode == "orders" and v.active[1] - v.active[0] > 90]
    if not able:
        return []
    vendor = one_of(rng, able)
    day = busy_day(firm, vendor, rng, 60)
    order = an_order(vendor, one_of(rng, vendor.entities), day, rng)
    first = order.lines[0]
    order.lines = [first._replace(quantity=first.quantity * int(rng.integers(4, 11)))]
    firm.orders.append(order)
    made = deliver(firm, order, day + int(rng.integers(3, 20)), 1, False, rng)
    return [draft for draft in made if add(firm, draft)]


def _alone(firm: Firm, rng: np.random.Generator, days_left: int = 0) -> Ordered | None:
    """The only invoice of an order that nothing was planted on."""
    mates = grouped(firm, "order")
    found = None
    for _ in range(8):
        found = _ordered(firm, rng, days_left)
        if found is None or len(mates[id(found.order)]) == 1:
            return found
        found.order.is_touched = False
    return None


def nothing_received(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """All that was ordered is billed, and nothing of it ever came."""
    found = _alone(firm, rng)
    if found is None:
        return []
    found.order.receipts = []
    return [found.draft]


def received_elsewhere(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Nothing came in yet, and that is in order: paid in advance, or a service without receipts."""
    if rng.random() < 0.6:
        return late_receipt(firm, rng)
    drafts = of_vendor(
        firm, rng, 3,
        lambda d: d.order is not None and not d.order.is_touched and d.order.receipts, most=40,
    )  # fmt: skip
    for draft in drafts:
        assert draft.order is not None
        draft.order.receipts, draft.order.is_touched = [], True
    return drafts


def _unordered(firm: Firm, rng: np.random.Generator, vendor: Vendor, entity: Entity) -> list[Draft]:
    """An invoice of a vendor for something that nobody ordered."""
    day = busy_day(firm, vendor, rng, 30)
    return add(firm, a_draft(vendor, entity, day, ordinary_lines(vendor, day, rng), rng))


def without_order(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """One invoice without an order, of a vendor that works by orders and nothing else."""
    drafts = of_vendor(firm, rng, 12, lambda d: d.vendor.mode == "orders" and d.order is not None)
    made = _unordered(firm, rng, drafts[0].vendor, drafts[0].entity) if drafts else []
    if made and made[0].received < drafts[10].received:
        made[0].is_scored = False  # Nobody could know yet how this vendor works.
        return []
    return made


def small_purchases(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A vendor with orders for what is large, and counter sales or call-outs without any."""
    drafts = of_vendor(firm, rng, 8, lambda d: d.vendor.mode == "orders" and d.order is not None)
    made: list[Draft] = []
    for _ in range(max(3, len(drafts) // 3) if drafts else 0):
        made += _unordered(firm, rng, drafts[0].vendor, drafts[0].entity)
    return made


def _move(order: Order, day: int) -> None:
    """Let an order be written on another day."""
    shift = day - order.day
    order.day = day
    order.lines = [line._replace(day=line.day + shift) for line in order.lines]


def ordered_afterwards(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """The order was written after the invoice, on the day of its arrival at the latest.

    Who looks when an invoice arrives knows no order that is written later.
    """
    found = None
    for _ in range(20):
        found = _alone(firm, rng, days_left=20)
        if found is None or found.draft.lag > 0:
            break
        found.order.is_touched = False
    if found is None or found.draft.lag == 0:
        return []
    day = found.draft.issued + 1 + round(strength(firm, rng, 0, found.draft.lag - 1))
    _move(found.order, working_day(day, found.draft.entity.country))
    return [found.draft]


def called_off(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Ordered on the day of the invoice, or a call-off entered later on an order that stood."""
    found = _alone(firm, rng, days_left=20)
    if found is None:
        return []
    draft, order = found
    if rng.random() < 0.5:
        _move(order, working_day_before(draft.issued, draft.entity.country))
        return [draft]
    line = order.lines[0]
    first = whole(draft.vendor, line.quantity * within(rng, (0.1, 0.4)))
    rest = line.quantity - first
    if rest <= 0:
        return [draft]
    later = working_day(draft.issued + int(rng.integers(1, 12)), draft.entity.country)
    order.lines = [line._replace(quantity=first), line._replace(quantity=rest, day=later)]
    return [draft]
