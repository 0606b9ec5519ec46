"""Schemes: vendors that exist on paper only, split purchases, missing authority."""

from collections.abc import Callable

import numpy as np

from ledgergraph.corpora.actors import Account, Approver, Draft, Line, Vendor
from ledgergraph.corpora.firm import Firm, by_magnitude, one_of, place, within
from ledgergraph.corpora.identifiers import iban, vat_id
from ledgergraph.corpora.planting.choosing import add, is_free, pick, scaled
from ledgergraph.corpora.planting.duplicates import part_deliveries
from ledgergraph.corpora.trade import (
    a_draft,
    booked,
    busy_day,
    ordinary_lines,
    price_on,
    quantity_on,
)  # fmt: skip
from ledgergraph.corpora.vendors import a_vendor, number_series, vendor_name

SMALL_TRADES = (
    "consulting",
    "maintenance",
    "craft",
    "freelance",
    "office",
    "cleaning",
    "logistics",
)


def newcomer(firm: Firm, rng: np.random.Generator, trade: str, longest: int) -> Vendor:
    """A vendor that came in during the window and bills now and then."""
    vendor = a_vendor(firm, rng, trade)
    start = firm.first + int((firm.last - firm.first) * within(rng, (0.03, 0.8)))
    vendor.mode = "adhoc"
    vendor.active = (start, min(firm.last, start + int(rng.integers(60, longest))))
    vendor.registered_on = start - int(rng.integers(1, 40))
    vendor.master_iban = vendor.accounts[0].iban
    return vendor


def bill(
    firm: Firm,
    rng: np.random.Generator,
    vendor: Vendor,
    least: int,
    most: int,
    finish: Callable[[Draft], None] | None = None,
) -> list[Draft]:
    """Some invoices over the vendor's active days; the vendor becomes one of the firm."""
    vendor.master_iban = vendor.accounts[0].iban
    firm.vendors.append(vendor)
    low, high = max(vendor.active[0], firm.first), min(vendor.active[1], firm.last)
    made: list[Draft] = []
    for day in sorted(
        int(d) for d in rng.integers(low, max(high, low + 1), int(rng.integers(least, most)))
    ):
        draft = a_draft(
            vendor, one_of(rng, vendor.entities), day, ordinary_lines(vendor, day, rng), rng
        )
        if finish is not None:
            finish(draft)
        made += add(firm, draft)
    return made


def ghost_ring(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Vendors of nobody: young, one approver, no orders, an account or address in common."""
    approver = one_of(rng, [a for a in firm.approvers if a.level < firm.approvers[-1].level])
    employee, home = one_of(rng, firm.employees), firm.manners.home
    account, address = iban(rng, home), place(rng, home)
    count = int(rng.integers(1, 4))
    shares_account, shares_address = rng.random() < 0.65, rng.random() < 0.6
    with_employee = rng.random() < 0.25 or count == 1 or not (shares_account or shares_address)

    def authorised(draft: Draft) -> None:
        if firm.limited(draft) > approver.limit:
            draft.lines = scaled(
                draft, approver.limit * within(rng, (0.4, 0.95)) / firm.limited(draft)
            )
        if firm.limited(draft) <= approver.limit:
            draft.approver = approver

    made: list[Draft] = []
    for _ in range(count):
        trade = one_of(rng, SMALL_TRADES)
        ghost = newcomer(firm, rng, trade, 300)
        ghost.is_ghost, ghost.country = True, home
        ghost.name, ghost.vat_id = vendor_name(rng, home, trade), vat_id(rng, home)
        if rng.random() < 0.6:
            ghost.series.others_per_day = by_magnitude(rng, (0.001, 0.05))
        ghost.street, ghost.postcode, ghost.city = address if shares_address else place(rng, home)
        own = employee.iban if with_employee else account if shares_account else iban(rng, home)
        ghost.accounts, ghost.prints_iban = [Account(0, own)], True
        ghost.entities = ghost.entities[: int(rng.integers(1, 3))]
        made += bill(firm, rng, ghost, 3, 9, authorised)
    return made


def small_vendors(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Small honest newcomers; some are firms of one group at one address, with one account."""
    count = int(rng.integers(1, 4))
    is_group, has_pool = count > 1 and rng.random() < 0.5, rng.random() < 0.5
    address, account = place(rng, firm.manners.home), iban(rng, firm.manners.home)
    stem = vendor_name(rng, firm.manners.home, "consulting").split()[0]
    made: list[Draft] = []
    for _ in range(count):
        vendor = newcomer(firm, rng, one_of(rng, SMALL_TRADES), 500)
        if is_group:
            vendor.street, vendor.postcode, vendor.city = address
            vendor.name = f"{stem} {vendor.name}"
            vendor.registered_on -= int(rng.integers(0, 3000))
            if has_pool:
                vendor.accounts = [Account(0, account)]
        made += bill(firm, rng, vendor, 3, 9)
    return made


def sequential(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A firm that should have many customers, whose numbers run on as if it had but one."""
    trade = one_of(rng, ("consulting", "maintenance", "office", "logistics", "legal", "craft"))
    vendor = newcomer(firm, rng, trade, 500)
    while "{c}" in vendor.series.pattern:
        vendor.series = number_series(rng, "adhoc", trade)
    vendor.series.others_per_day, vendor.series.restarts_yearly = 0.0, False
    made = bill(firm, rng, vendor, 5, 11)
    for draft in made[:2]:
        draft.is_scored = False  # Two numbers in a row prove nothing yet.
    return made[2:]


def few_customers(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Freelancers, and vendors with a number range for each customer."""
    if rng.random() < 0.5:
        vendor = newcomer(firm, rng, "freelance", 500)
    else:
        vendor = newcomer(firm, rng, one_of(rng, ("consulting", "maintenance", "logistics")), 500)
        vendor.series.pattern = one_of(rng, ("{c}-{n:03d}", "{c}/{y}/{n}"))
    vendor.series.others_per_day = 0.0
    return bill(firm, rng, vendor, 5, 11)


def irregular(firm: Firm, rng: np.random.Generator) -> Vendor | None:
    """An honest vendor without a rhythm, for at least four months of the window."""
    able = [
        v for v in firm.vendors
        if v.mode in ("adhoc", "hours") and not v.is_ghost
        and min(v.active[1], firm.last) - max(v.active[0], firm.first) > 120
    ]  # fmt: skip
    return one_of(rng, able) if able else None


def _below(firm: Firm, rng: np.random.Generator, draft: Draft, limit: int, low: float) -> Draft:
    """The draft with a quantity that brings it below a limit, by the vendor's steps."""
    factor = limit * within(rng, (low, 0.97)) / max(1, firm.limited(draft))
    draft.lines = scaled(draft, factor)
    return draft


def juniors(firm: Firm) -> list[Approver]:
    """Approvers below the highest level."""
    return [a for a in firm.approvers if a.level < firm.approvers[-1].level]


def split_purchase(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """One purchase in parts, each below the approver's limit, all together above it."""
    vendor, approver = irregular(firm, rng), one_of(rng, juniors(firm))
    if vendor is None:
        return []
    day, entity = busy_day(firm, vendor, rng, 30), one_of(rng, vendor.entities)
    made: list[Draft] = []
    for _ in range(int(rng.integers(2, 5))):
        line = Line(0, quantity_on(vendor, 0, day, rng), price_on(vendor, 0, day))
        draft = _below(firm, rng, a_draft(vendor, entity, day, (line,), rng), approver.limit, 0.55)
        draft.approver, draft.lag = approver, int(rng.integers(0, 6))
        made.append(booked(draft))
        day += int(rng.integers(0, 6))
    amounts = [firm.limited(draft) for draft in made]
    if max(amounts) > approver.limit or sum(amounts) <= approver.limit:
        return []
    if any(draft.received > firm.last for draft in made):
        return []
    return [draft for part in made for draft in add(firm, part)]


def several_sites(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A job for several sites on near days, or parts of an order that was approved in total."""
    if rng.random() < 0.4:
        return part_deliveries(firm, rng)
    vendor, approver = irregular(firm, rng), one_of(rng, juniors(firm))
    if vendor is None:
        return []
    day, made = busy_day(firm, vendor, rng, 30), []
    for site in rng.permutation(len(firm.entities))[: int(rng.integers(2, 5))]:
        line = Line(0, quantity_on(vendor, 0, day, rng), price_on(vendor, 0, day))
        draft = a_draft(vendor, firm.entities[site], day, (line,), rng)
        draft = _below(firm, rng, draft, approver.limit, 0.4)
        if firm.limited(draft) <= approver.limit:
            draft.approver = approver
            made += add(firm, draft)
        day += int(rng.integers(0, 3))
    return made


def _beyond(firm: Firm, draft: Draft) -> list[Approver]:
    """Approvers whose limit an invoice exceeds, net as well as gross, but not by far."""
    return [a for a in firm.approvers if draft.gross / 6 < a.limit < draft.net]


def _unsigned(firm: Firm, rng: np.random.Generator) -> Draft | None:
    return pick(
        firm, rng,
        lambda d: is_free(d) and d.approver is None
        and d.vendor.currency == firm.manners.currency and _beyond(firm, d),
    )  # fmt: skip


def over_limit(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Approved by somebody without the authority."""
    draft = _unsigned(firm, rng)
    if draft is None:
        return []
    draft.approver = one_of(rng, _beyond(firm, draft))
    return [draft]


def second_signature(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Booked under a junior's name, but somebody with the authority signed as well."""
    draft = _unsigned(firm, rng)
    if draft is None:
        return []
    enough = [a for a in firm.approvers if a.limit >= firm.limited(draft)]
    if not enough:
        return []
    draft.approver, draft.second_signature = one_of(rng, _beyond(firm, draft)), one_of(rng, enough)
    return [draft]
