"""Authority: amounts that hide below a limit, and one person with both hands in it."""

import numpy as np

from ledgergraph.corpora.actors import Approver, Draft, Line
from ledgergraph.corpora.firm import Firm, one_of, within
from ledgergraph.corpora.planting.choosing import add, grouped, is_free, pick, scaled, strength
from ledgergraph.corpora.planting.schemes import irregular, juniors
from ledgergraph.corpora.trade import a_draft, busy_day, price_on, quantity_on, tidy

NEAR = 0.9
"""From this share of a limit on, an amount is just below it."""


def just_below(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A vendor whose amounts, all different, pile up below what one approver may release."""
    vendor, approver = irregular(firm, rng), one_of(rng, juniors(firm))
    if vendor is None:
        return []
    made: list[Draft] = []
    reach = strength(firm, rng, 0.0, 0.07)
    for _ in range(int(rng.integers(4, 8))):
        day = busy_day(firm, vendor, rng, 20)
        line = Line(0, quantity_on(vendor, 0, day, rng), price_on(vendor, 0, day))
        draft = a_draft(vendor, one_of(rng, vendor.entities), day, (line,), rng)
        aim = approver.limit * within(rng, (NEAR + reach, 0.995)) / max(1, firm.limited(draft))
        draft.lines = scaled(draft, aim)
        if NEAR * approver.limit < firm.limited(draft) <= approver.limit:
            draft.approver = approver
            made.append(draft)
    if len(made) < 3:
        return []
    made.sort(key=lambda d: d.received)
    made[0].is_scored = made[1].is_scored = False  # Two of them may be chance.
    joined = [one for draft in made for one in add(firm, draft)]
    return [draft for draft in joined if draft.is_scored]


def list_price_below(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A vendor with a list price that happens to lie just below a limit."""
    vendor, approver = irregular(firm, rng), one_of(rng, juniors(firm))
    if vendor is None:
        return []
    rate = vendor.tax_rate / 10_000 if firm.manners.is_limit_on_gross else 0.0
    price = tidy(approver.limit * within(rng, (NEAR + 0.01, 0.99)) / (1 + rate) * 100)
    made: list[Draft] = []
    for _ in range(int(rng.integers(3, 7))):
        day = busy_day(firm, vendor, rng, 20)
        draft = a_draft(vendor, one_of(rng, vendor.entities), day, (Line(0, 1_000, price),), rng)
        draft.approver = approver if rng.random() < 0.6 else None
        made += add(firm, draft)
    return made


def _able(firm: Firm, draft: Draft) -> list[Approver]:
    return [a for a in firm.approvers if firm.limited(draft) <= a.limit < 50 * draft.net]


def _uncreated(firm: Firm, rng: np.random.Generator) -> Draft | None:
    """The only invoice of an order that nothing was planted on."""
    mates = grouped(firm, "order")
    return pick(
        firm, rng,
        lambda d: is_free(d) and d.approver is None and d.order is not None
        and not d.order.is_touched and len(mates[id(d.order)]) == 1
        and d.order.created_by is None and d.received > d.order.day
        and d.vendor.currency == firm.manners.currency and _able(firm, d),
    )  # fmt: skip


def both_hands(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Who had written the order, or entered a new vendor, releases the invoice alone."""
    draft = _uncreated(firm, rng)
    if draft is None or draft.order is None:
        return []
    draft.approver, draft.order.is_touched = one_of(rng, _able(firm, draft)), True
    draft.order.created_by = draft.approver.user
    return [draft]


def compensated(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Who had written the order releases the invoice, and somebody with the authority as well."""
    draft = _uncreated(firm, rng)
    if draft is None or draft.order is None:
        return []
    approver = one_of(rng, _able(firm, draft))
    others = [a for a in firm.approvers if a is not approver and a.limit >= firm.limited(draft)]
    if not others:
        return []
    draft.approver, draft.order.is_touched = approver, True
    draft.second_signature, draft.order.created_by = one_of(rng, others), approver.user
    return [draft]
