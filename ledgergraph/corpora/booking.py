"""Booking: the numbers that invoices carry, who releases them, and the ids that they get.

Honest and planted drafts pass through the same functions, so that none of this
tells them apart.
"""

from bisect import bisect_left
from datetime import date

import numpy as np

from ledgergraph.corpora.actors import Approver, Draft, NumberSeries, Order, Payment, Vendor
from ledgergraph.corpora.calendars import working_day
from ledgergraph.corpora.firm import Firm, one_of

MONTHLY, TWICE_A_MONTH, TWICE_A_WEEK = 0.1, 0.2, 0.45
"""Up to which share of companies pay so; all others pay once a week."""
MOST_URGENT = 0.06
"""So many payments leave at most between two runs."""


def number_invoices(firm: Firm, rng: np.random.Generator) -> None:
    """Number invoices series by series in the order in which they were written."""
    series: dict[int, tuple[NumberSeries, list[Draft]]] = {}
    for draft in firm.drafts:
        if draft.number_as is None:
            series.setdefault(id(draft.vendor.series), (draft.vendor.series, []))[1].append(draft)
    for own, drafts in series.values():
        drafts.sort(key=lambda d: d.issued)
        count, day, year = own.start, firm.first, 0
        for draft in drafts:
            written = date.fromordinal(draft.issued)
            if own.restarts_yearly and written.year != year:
                count, day, year = (
                    0,
                    max(firm.first, date(written.year, 1, 1).toordinal()),
                    written.year,
                )
            count += 1 + int(rng.poisson(own.others_per_day * max(0, draft.issued - day)))
            day = max(day, draft.issued)
            draft.number = own.pattern.format(
                n=count, y=written.year, yy=f"{written.year % 100:02d}", m=f"{written.month:02d}",
                c=own.customer,
            )  # fmt: skip
    for draft in firm.drafts:
        if draft.copy_of is not None and draft.number_as is not None:
            draft.number = altered(draft.copy_of.number or "", draft.number_as, rng)
    for draft in firm.drafts:
        if rng.random() < firm.manners.clerk_noise:
            draft.number = altered(
                draft.number or "", one_of(rng, ("bare", "bare", "prefix", "suffix", "typo")), rng
            )


def altered(number: str, change: str, rng: np.random.Generator) -> str:
    """A number as somebody else types it: separators dropped, letters for digits, a slip."""
    places = [i for i, c in enumerate(number) if c.isdigit()]
    at = one_of(rng, places[-4:]) if places else 0
    match change:
        case "typo" if places:
            return (
                number[:at]
                + str((int(number[at]) + int(rng.integers(1, 10))) % 10)
                + number[at + 1 :]
            )
        case "swap" if len(places) > 1:
            last, before = places[-1], places[-2]
            swapped = list(number)
            swapped[last], swapped[before] = swapped[before], swapped[last]
            return "".join(swapped)
        case "letters" if any(c in "015" for c in number):
            return (
                number.replace("0", "O", 1)
                if "0" in number
                else number.replace("1", "I", 1).replace("5", "S", 1)
            )
        case "bare":
            return (
                "".join(c for c in number if c.isalnum())
                if not number.isalnum()
                else number.lstrip("0RFINVE") or number
            )
        case "prefix":
            return one_of(rng, ("RE", "INV", "NR ", "R-", "0")) + number
        case "suffix":
            return number + one_of(rng, ("A", "-1", "/2", "-K", "."))
    return number


def release(firm: Firm, rng: np.random.Generator) -> None:
    """Route each invoice to somebody with the authority; small regular ones pass without."""
    by_level: dict[int, list[Approver]] = {}
    for approver in firm.approvers:
        by_level.setdefault(approver.level, []).append(approver)
    top = max(by_level)
    automatic = {id(v) for v in firm.vendors if v.mode == "flat" and v.seed % 5 == 0}
    for draft in firm.drafts:
        if draft.approver is not None:
            continue
        amount = abs(firm.limited(draft))
        level = next((n for n, own in sorted(by_level.items()) if own[0].limit >= amount), top)
        if level == 0 and id(draft.vendor) in automatic:
            draft.is_released_automatically = True
            continue
        if level < top and rng.random() < 0.12:
            level += 1
        able = by_level[level]
        usual = (draft.vendor.seed + firm.entities.index(draft.entity)) % len(able)
        draft.approver = able[usual] if rng.random() < 0.85 else one_of(rng, able)


def name_ids(firm: Firm, rng: np.random.Generator) -> None:
    """Ids in the order in which things came to be known, whatever they are."""
    place_in_day = {id(draft): float(rng.random()) for draft in firm.drafts}
    for draft in firm.drafts:
        if draft.copy_of is not None:  # on the same day the original came first
            own, first = place_in_day[id(draft)], place_in_day[id(draft.copy_of)]
            place_in_day[id(draft)] = first + (1 - first) * own
    firm.drafts.sort(key=lambda d: (d.received, place_in_day[id(d)]))
    start = int(rng.integers(1, 9)) * 10**8 + int(rng.integers(0, 10**6))
    for place_, draft in enumerate(firm.drafts):
        draft.invoice_id = str(start + place_)
    firm.vendors.sort(key=lambda v: (v.registered_on, v.seed, v.name))
    base = int(rng.integers(1, 9)) * 10_000
    for place_, vendor in enumerate(firm.vendors):
        vendor.vendor_id = f"V{base + place_ * int(1 + base % 3)}"
    billed = {id(d.contract) for d in firm.drafts} | {id(o.contract) for o in firm.orders}
    firm.contracts = [c for c in firm.contracts if id(c) in billed or rng.random() < 0.3]
    firm.contracts.sort(
        key=lambda c: (c.starts, c.vendor.vendor_id, c.entity.entity_id if c.entity else "")
    )
    for place_, contract in enumerate(firm.contracts):
        contract.contract_id = f"C{base + place_:06d}"
    firm.orders.sort(key=lambda o: (o.day, o.vendor.vendor_id))
    for place_, order in enumerate(firm.orders):
        order.order_id = str(4_500_000_000 + base * 10 + place_)


def pay(firm: Firm, rng: np.random.Generator) -> None:
    """Pay in runs at or after the due date; what is due after the window is still open."""
    firm.runs = _runs(firm, rng)
    firm.urgent_share = float(rng.random()) * MOST_URGENT
    for draft in firm.drafts:
        day = max(draft.due or draft.received + 14, draft.received + 2) + int(rng.integers(0, 5))
        day = paid_on(firm, rng, day)
        if day <= firm.last:
            firm.payments.append(Payment(day, draft, draft.gross))


def _runs(firm: Firm, rng: np.random.Generator) -> list[int]:
    """The days on which a company pays: of its habit, and on a day off the next working day."""
    way, days = float(rng.random()), range(firm.first, firm.last + 1)
    if way < TWICE_A_MONTH:
        start = int(rng.integers(1, 15))
        wanted = (start,) if way < MONTHLY else (start, start + 14)
        days_of = [day for day in days if date.fromordinal(day).day in wanted]
    else:
        weekday = int(rng.integers(5))
        weekdays = (weekday, (weekday + 2) % 5) if way < TWICE_A_WEEK else (weekday,)
        days_of = [day for day in days if (day - 1) % 7 in weekdays]
    return sorted({working_day(day, firm.manners.home) for day in days_of})


def paid_on(firm: Firm, rng: np.random.Generator, day: int) -> int:
    """The day on which is paid what is to be paid from a day on: the next run's, a few before it.

    After the last run of the window it is a day beyond the window.
    """
    if rng.random() < firm.urgent_share:
        return working_day(day, firm.manners.home)
    place = bisect_left(firm.runs, day)
    return firm.runs[place] if place < len(firm.runs) else firm.last + 1


def sort_payments(firm: Firm) -> None:
    """Payments in the order in which they were made, which names them."""
    firm.payments.sort(key=lambda paid: (paid.day, paid.draft.invoice_id))
    for place_, paid in enumerate(firm.payments):
        paid.payment_id = f"Z{300000 + place_}"


def enter(firm: Firm, rng: np.random.Generator) -> None:
    """Say who entered vendors and orders: clerks, and approvers who then approve none of it."""
    approvers = [approver.user for approver in firm.approvers]
    clerks = [f"U{n}" for n in rng.permutation(np.arange(10, 100))[: max(2, len(approvers) // 2)]]
    approved_of: dict[int, set[str]] = {}
    for draft in firm.drafts:
        for billed in (draft.vendor, draft.order):
            if billed is not None and draft.approver is not None:
                approved_of.setdefault(id(billed), set()).add(draft.approver.user)
    own_share = float(rng.random()) * 0.3
    things: list[Vendor | Order] = [*firm.vendors, *firm.orders]
    for thing in things:
        user = one_of(rng, approvers if rng.random() < own_share else clerks)
        if thing.created_by is None:
            is_taken = user in approved_of.get(id(thing), set())
            thing.created_by = one_of(rng, clerks) if is_taken else user
