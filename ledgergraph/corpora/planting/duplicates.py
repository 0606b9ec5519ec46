"""The same claim twice, and what looks like it: re-issues, part deliveries, branches."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from ledgergraph.corpora.actors import Draft, Vendor
from ledgergraph.corpora.firm import Firm, one_of, within
from ledgergraph.corpora.planting.choosing import add, grouped, is_claim, is_free, pick
from ledgergraph.corpora.trade import (
    a_draft,
    an_order,
    booked,
    busy_day,
    deliver,
    whole,
    written_on,
)  # fmt: skip
from ledgergraph.issues import Kind

NUMBER_CHANGES = ("typo", "swap", "letters", "bare", "prefix", "suffix", None, None)
"""How a number differs when a claim comes again; None is the vendor's next number."""
TWIN_MODES = ("adhoc", "hours", "deliveries", "orders")


def copied(
    original: Draft,
    rng: np.random.Generator,
    number_as: str | None,
    days_later: int = 0,
    **changes: Any,
) -> Draft:
    """A second entry of the same claim, received no earlier than the first."""
    later = int(rng.integers(0, 4)) if rng.random() < 0.45 else int(rng.integers(4, 70))
    day = original.issued
    if days_later:
        day = written_on(original.vendor, day + days_later)
    return booked(replace(
        original, issued=day, lag=original.lag + max(0, later - days_later),
        approver=None, number=None, number_as=number_as, copy_of=original, kinds=set(),
        resembles=set(), preceding=None, is_original=False, **changes,
    ))  # fmt: skip


def _claimed_again(firm: Firm, original: Draft, *copies: Draft) -> list[Draft]:
    """Let the copies join, all or none, and use up the original."""
    if any(copy.received > firm.last for copy in copies):
        return []
    original.is_original = True
    return [draft for copy in copies for draft in add(firm, copy)]


def exact(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """The same invoice entered a second time."""
    original = pick(firm, rng, is_claim)
    return _claimed_again(firm, original, copied(original, rng, "same")) if original else []


def renumbered(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """The same claim under a mistyped, changed or new number, on the same or a later date."""
    original = pick(firm, rng, is_claim)
    if original is None:
        return []
    days_later = 0 if rng.random() < 0.5 else int(rng.integers(1, 28))
    change = NUMBER_CHANGES[int(rng.integers(len(NUMBER_CHANGES)))]
    return _claimed_again(firm, original, copied(original, rng, change, days_later))


def split(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """What was billed once comes again in two parts."""
    original = pick(
        firm, rng,
        lambda d: is_claim(d) and d.vendor.mode in TWIN_MODES and len(d.lines) == 1
        and d.lines[0].quantity >= 4 * d.vendor.rounding,
    )  # fmt: skip
    if original is None:
        return []
    line, step = original.lines[0], original.vendor.rounding
    first = min(
        whole(original.vendor, line.quantity * within(rng, (0.25, 0.75))), line.quantity - step
    )
    shift, parts = int(rng.integers(1, 20)), []
    for quantity in (first, line.quantity - first):
        parts.append(copied(original, rng, None, shift, lines=(line._replace(quantity=quantity),)))
        shift += int(rng.integers(0, 8))
    return _claimed_again(firm, original, *parts)


def cross_entity(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Two sites book the same claim."""
    original = pick(firm, rng, is_claim)
    if original is None:
        return []
    others = [entity for entity in firm.entities if entity is not original.entity]
    number_as = "same" if rng.random() < 0.8 else "bare"
    return _claimed_again(
        firm, original, copied(original, rng, number_as, entity=one_of(rng, others))
    )


def twins(firm: Firm, rng: np.random.Generator) -> list[tuple[Vendor, Vendor]]:
    """Pairs of vendor records of one party; a company has a few, made on first use."""
    by_series: dict[int, list[Vendor]] = {}
    for vendor in firm.vendors:
        by_series.setdefault(id(vendor.series), []).append(vendor)
    pairs = [(own[0], own[1]) for own in by_series.values() if len(own) > 1]
    alone = [
        own[0] for own in by_series.values()
        if len(own) == 1 and own[0].mode in TWIN_MODES and not own[0].is_ghost
        and own[0].registered_on < firm.first and own[0].active[0] < firm.first
    ]  # fmt: skip
    while alone and len(pairs) < max(2, round(len(firm.vendors) / 12)):
        vendor = alone.pop(int(rng.integers(len(alone))))
        pairs.append((vendor, _twin_of(firm, rng, vendor)))
    return pairs


def _twin_of(firm: Firm, rng: np.random.Generator, vendor: Vendor) -> Vendor:
    """The same party under a second record; part of its honest business goes there too."""
    words = vendor.name.split()
    names = (
        vendor.name.upper(), f"{words[0]} {words[-1]}", vendor.name.replace(" & ", " u. "),
        f"{vendor.name} {vendor.city}", " ".join(words[:-1]) or vendor.name,
    )  # fmt: skip
    day = firm.first + int(rng.integers(0, (firm.last - firm.first) // 2))
    twin = replace(
        vendor, name=one_of(rng, names), registered_on=day - int(rng.integers(0, 20)),
        is_vat_recorded=bool(rng.random() < 0.85), accounts=list(vendor.accounts),
    )  # fmt: skip
    firm.vendors.append(twin)
    for draft in firm.drafts:
        is_open = draft.vendor is vendor and draft.issued > day and is_free(draft)
        if is_open and draft.contract is None and draft.order is None and rng.random() < 0.5:
            draft.vendor = twin
    firm.groups.clear()
    return twin


def cross_vendor(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """The same claim under both records of one party."""
    pairs = twins(firm, rng)
    if not pairs:
        return []
    pair = one_of(rng, pairs)
    original = pick(
        firm, rng, lambda d: d.vendor in pair and is_claim(d) and d.issued > pair[1].registered_on
    )
    if original is None:
        return []
    other = pair[1] if original.vendor is pair[0] else pair[0]
    number_as = "same" if rng.random() < 0.7 else one_of(rng, ("typo", "bare", "letters"))
    return _claimed_again(
        firm, original, copied(original, rng, number_as, vendor=other, contract=None)
    )


def branches(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Equal amounts under two records of one party, for two jobs at list prices."""
    pairs = twins(firm, rng)
    if not pairs:
        return []
    first, second = one_of(rng, pairs)
    model = pick(firm, rng, lambda d: d.vendor is first and is_free(d))
    if model is None:
        return []
    day = model.issued + int(rng.integers(0, 40))
    return add(firm, a_draft(second, model.entity, day, model.lines, rng))


def reissued(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """An invoice, the credit note that takes it back, and the invoice that replaces it."""
    original = pick(firm, rng, lambda d: is_free(d) and d.received < firm.last - 40)
    if original is None:
        return []
    credit = credited(original, original.issued + int(rng.integers(3, 25)), rng)
    again = booked(replace(
        original, issued=written_on(original.vendor, credit.issued + int(rng.integers(0, 4))),
        lag=credit.lag + int(rng.integers(0, 3)), kinds=set(), resembles=set(), approver=None,
        preceding=original if rng.random() < 0.5 else None,
    ))  # fmt: skip
    if max(again.received, credit.received) > firm.last:
        return []
    original.resembles.add(Kind.DUP_RENUMBERED)
    credit.resembles.add(Kind.DUP_RENUMBERED)
    add(firm, credit)
    return add(firm, again)


def restarted_series(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A regular vendor that starts at 1 each January: last year's numbers at the same price."""
    able = [
        v for v in firm.vendors
        if v.mode == "flat" and v.cadence_days == 30 and len(v.entities) < 4
        and v.series.others_per_day > 0
    ]  # fmt: skip
    if not able:
        return []
    vendor = one_of(rng, able)
    vendor.series.pattern = one_of(rng, ("{n}", "{n:03d}", "R-{n}", "NR{n}"))
    vendor.series.others_per_day, vendor.series.restarts_yearly = 0.0, True
    mine = [d for d in grouped(firm, "vendor").get(id(vendor), []) if not d.kinds]
    later = [d for d in mine if date.fromordinal(d.issued).year > date.fromordinal(firm.first).year]
    return sorted(later, key=lambda d: d.issued)[:6]


def twice_in_order(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Equal claims that are in order: a corrected invoice, or a series that restarted."""
    return restarted_series(firm, rng) if rng.random() < 0.2 else reissued(firm, rng)


def credited(original: Draft, day: int, rng: np.random.Generator, share: float = 1.0) -> Draft:
    """A credit note for an invoice, in whole or for a share of it."""
    vendor, lines = original.vendor, original.lines
    if share < 1:
        lines = tuple(
            line._replace(quantity=whole(vendor, line.quantity * share)) for line in lines
        )
    lines = tuple(line._replace(quantity=-line.quantity) for line in lines)
    return booked(replace(
        original, issued=written_on(vendor, day), lag=int(rng.integers(0, 9)), lines=lines,
        type="credit_note", preceding=original, approver=None, number=None, kinds=set(),
        resembles=set(),
    ))  # fmt: skip


def part_deliveries(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """An order delivered in equal parts on near days: same amounts, receipts of their own."""
    able = [v for v in firm.vendors if v.mode == "orders" and v.active[1] - v.active[0] > 90]
    if not able:
        return []
    vendor = one_of(rng, able)
    day = busy_day(firm, vendor, rng, 90)
    order = an_order(vendor, one_of(rng, vendor.entities), day, rng)
    order.lines = order.lines[:1]
    firm.orders.append(order)
    made = deliver(firm, order, day + int(rng.integers(3, 20)), int(rng.integers(2, 5)), False, rng)
    return [draft for draft in made if add(firm, draft)]
