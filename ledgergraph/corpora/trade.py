"""How honest vendors trade with the company: what they agree, order, deliver and bill.

Belongs here: the simulation of honest business. Not here: who the vendors are
(vendors), what is wrong (planting), how it becomes tables (company).
"""

from collections.abc import Callable, Iterator
from datetime import date

import numpy as np

from ledgergraph.corpora.actors import (
    Account,
    Amendment,
    Contract,
    Draft,
    Entity,
    Line,
    Order,
    OrderLine,
    Receipt,
    Vendor,
)  # fmt: skip
from ledgergraph.corpora.calendars import working_day, working_day_before
from ledgergraph.corpora.firm import Firm, one_of, within
from ledgergraph.corpora.identifiers import iban
from ledgergraph.issues import Kind

DAYS_A_YEAR = 365.25
FAR = 10_000_000
"""A day beyond all days."""


def a_draft(
    vendor: Vendor,
    entity: Entity,
    day: int,
    lines: tuple[Line, ...],
    rng: np.random.Generator,
    *,
    contract: Contract | None = None,
    order: Order | None = None,
    period: tuple[int, int] | None = None,
) -> Draft:
    """An invoice as this vendor writes and sends one."""
    day = written_on(vendor, day)
    lag = int(rng.geometric(1 / (1 + vendor.lag))) - 1
    if rng.random() < vendor.late_share:
        lag += int(rng.integers(7, 80))
    return booked(Draft(
        vendor, entity, day, lag, lines, contract=contract, order=order,
        period=period if vendor.states_period else None,
    ))  # fmt: skip


def written_on(vendor: Vendor, day: int) -> int:
    """The day on which a vendor writes what is due on a day: some write on any."""
    return day if vendor.weekend else working_day(day, vendor.country)


def booked(draft: Draft) -> Draft:
    """The invoice, received on a day on which somebody is there to book it."""
    draft.lag += working_day(draft.received, draft.entity.country) - draft.received
    return draft


def price_on(vendor: Vendor, item: int, day: int, contract: Contract | None = None) -> int:
    """What one unit costs: by the contract and its yearly step, else by the vendor's list."""
    if contract is not None and contract.price is not None and item == 0:
        years = max(0, int((day - contract.starts) / DAYS_A_YEAR))
        return tidy(contract.price * _escalated(contract) ** years)
    return tidy(vendor.prices[item] * vendor.factor_on(day))


def _escalated(contract: Contract) -> float:
    """The yearly factor that the vendor makes use of: some take all that the clause allows."""
    if not contract.escalation:
        return 1.0
    taken = (0.0, 0.5, 0.8, 1.0)[contract.vendor.seed % 4]
    return 1 + contract.escalation * taken / 100


def tidy(price: float) -> int:
    """A price as a list states it: whole cents, finer below one."""
    return max(1, round(price)) if price < 10_000 else round(price / 100) * 100


def quantity_on(vendor: Vendor, item: int, day: int, rng: np.random.Generator) -> int:
    """How much of an item goes on one invoice, in thousandths, with season and habit."""
    low, high = vendor.items[item].quantity
    middle = (low * high) ** 0.5 * vendor.quantity_level
    amplitude, phase = vendor.season
    season = 1 + amplitude * np.sin((day - phase) / DAYS_A_YEAR * 2 * np.pi)
    spread = float(np.exp(rng.normal(0, vendor.quantity_sigma)))
    return whole(vendor, middle * season * spread * 1_000)


def whole(vendor: Vendor, quantity: float) -> int:
    """A quantity in the steps in which this vendor sells, in thousandths and at least one step."""
    return max(1, round(quantity / vendor.rounding)) * vendor.rounding


def ordinary_lines(
    vendor: Vendor, day: int, rng: np.random.Generator, contract: Contract | None = None
) -> tuple[Line, ...]:
    """The lines of an irregular invoice: often one, sometimes several items."""
    count = 1
    if len(vendor.items) > 1 and rng.random() < 0.35:
        count = int(rng.integers(1, min(vendor.most_lines, len(vendor.items)) + 1))
    places = [0] if contract else [int(i) for i in rng.permutation(len(vendor.items))[:count]]
    lines = []
    for item in places:
        price = price_on(vendor, item, day, contract)
        if vendor.noise and contract is None:
            price = tidy(price * (1 + float(rng.normal(0, vendor.noise))))
        lines.append(Line(item, quantity_on(vendor, item, day, rng), price))
    return tuple(lines)


def parted(line: Line, parts: int, rounding: int) -> tuple[Line, ...]:
    """The same goods on several lines, as deliveries of a month are billed; the sum stays."""
    steps = line.quantity // rounding
    if parts < 2 or steps < parts or line.price % 100:
        return (line,)
    share, rest = divmod(steps, parts)
    sizes = [(share + (i < rest)) * rounding for i in range(parts)]
    sizes[-1] += line.quantity - sum(sizes)
    return tuple(line._replace(quantity=size) for size in sizes)


def agreements(
    firm: Firm, vendor: Vendor, entity: Entity | None, rng: np.random.Generator
) -> list[Contract]:
    """Contracts of a vendor for one entity or for all, one after the other."""
    share = {"flat": 0.85, "hours": 0.9, "metered": 0.6, "deliveries": 0.45}.get(vendor.mode, 0.0)
    if rng.random() > share:
        return []
    start = vendor.active[0] - (int(rng.integers(0, 700)) if vendor.active[0] < firm.first else 0)
    day, chain = start, []
    has_price, has_value = rng.random() < 0.85, rng.random() < 0.8
    escalation = within(rng, firm.settings.escalation_pct) if rng.random() < 0.5 else None
    tolerance = within(rng, firm.settings.tolerance_pct) if rng.random() < 0.45 else None
    while day < vendor.active[1]:
        term = int(rng.choice([12, 24, 36])) * 365 // 12
        contract = Contract(
            vendor, entity, day, day + term - 1,
            price=tidy(vendor.prices[0] * vendor.factor_on(day)) if has_price else None,
            escalation=round(escalation, 1) if escalation else None,
            tolerance=round(tolerance, 1) if tolerance else None, has_value=bool(has_value),
        )  # fmt: skip
        while rng.random() < 0.4 and contract.ends is not None:
            end = contract.end_on(FAR) or contract.ends
            if end > vendor.active[1]:
                break
            longer = end + int(rng.choice([6, 12, 24])) * 365 // 12
            contract.amendments.append(Amendment(end - int(rng.integers(3, 45)), None, longer))
        day = (contract.end_on(FAR) or day) + 1
        chain.append(contract)
        if rng.random() < 0.12:
            break
    if rng.random() < 0.08 and chain:
        chain[-1].ends, chain[-1].amendments = None, []
        chain[-1].has_value = False
    return [c for c in chain if (c.end_on(FAR) or firm.last) >= firm.first - 60]


def simulate(firm: Firm, vendor: Vendor) -> None:
    """Let a vendor trade over its active days; what comes of it joins the firm's."""
    rng = np.random.default_rng([vendor.seed, 1])
    _change_accounts(firm, vendor, rng)
    firm.vendors.append(vendor)
    before = len(firm.drafts)
    SIMULATIONS[vendor.mode](firm, vendor, rng)
    mine = [d for d in firm.drafts[before:] if firm.first <= d.issued and d.received <= firm.last]
    firm.drafts[before:] = mine
    for account in vendor.accounts[1:]:
        after = sorted((d for d in mine if d.issued >= account.from_day), key=lambda d: d.received)
        is_logged = account.logged_on is not None
        kind = Kind.BANK_CHANGED_BEFORE_INVOICE if is_logged else Kind.IBAN_NOT_OF_VENDOR
        for draft in after[:3]:
            draft.resembles.add(kind)
    for draft in mine if vendor.second_iban else ():
        if rng.random() < 0.35:
            draft.iban = vendor.second_iban


def _change_accounts(firm: Firm, vendor: Vendor, rng: np.random.Generator) -> None:
    """Honest changes of account: most are logged and verified, some not, a few never logged."""
    first = vendor.accounts[0].iban
    vendor.master_iban = first
    if rng.random() >= firm.manners.bank_change_share:
        return
    low = max(vendor.active[0], firm.first) + 60
    if low >= vendor.active[1] - 10:
        return
    day = int(rng.integers(low, vendor.active[1] - 5))
    new = iban(rng, vendor.country if rng.random() < 0.9 else "LT")
    roll = rng.random()
    if roll < 0.7:
        vendor.accounts.append(Account(day, new, day - int(rng.integers(0, 25)), True))
        vendor.master_iban = new
    elif roll < 0.75:
        # Nobody called back, but the change lay there for months before the first claim.
        vendor.accounts.append(Account(day, new, day - int(rng.integers(60, 200)), False))
        vendor.master_iban = new
    elif roll < 0.9:
        vendor.accounts.append(Account(day, new))
        vendor.master_iban = new if rng.random() < 0.8 else first
    else:
        vendor.second_iban = new


def _periods(firm: Firm, vendor: Vendor, rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    """Service periods of a regular vendor, first and last day, calendar months where they fit."""
    months = max(1, round(vendor.cadence_days / 30.4))
    begin = date.fromordinal(max(vendor.active[0], firm.first - 31 * months))
    index = begin.year * 12 + begin.month - 1 + int(rng.integers(0, months))
    while True:
        start = date(index // 12, index % 12 + 1, 1).toordinal()
        index += months
        end = date(index // 12, index % 12 + 1, 1).toordinal() - 1
        if start > min(vendor.active[1], firm.last):
            return
        yield start, end


def _in_force(chain: list[Contract], day: int) -> Contract | None:
    for contract in chain:
        if contract.starts <= day <= (contract.end_on(FAR) or FAR):
            return contract
    return None


def _chains(
    firm: Firm, vendor: Vendor, rng: np.random.Generator
) -> Callable[[Entity], list[Contract]]:
    """Contracts by entity: one for the group, or one for each site."""
    if rng.random() < 0.5:
        group = agreements(firm, vendor, None, rng)
        firm.contracts.extend(group)
        return lambda _: group
    own = {id(entity): agreements(firm, vendor, entity, rng) for entity in vendor.entities}
    for chain in own.values():
        firm.contracts.extend(chain)
    return lambda entity: own[id(entity)]


def _regular(firm: Firm, vendor: Vendor, rng: np.random.Generator) -> None:
    """Flat, metered and hourly billing: one invoice an entity and period."""
    chain_of = _chains(firm, vendor, rng)
    in_arrears = vendor.mode != "flat" or rng.random() < 0.25
    offset, jitter = int(rng.integers(0, 12)), int(rng.choice([0, 0, 1, 3]))
    same_everywhere = rng.random() < 0.45
    common = quantity_on(vendor, 0, vendor.active[0], rng)
    is_many_sites = len(vendor.entities) > 1
    for entity in vendor.entities:
        chain = chain_of(entity)
        fixed = common if same_everywhere else quantity_on(vendor, 0, vendor.active[0], rng)
        for start, end in _periods(firm, vendor, rng):
            contract = _in_force(chain, end if in_arrears else start)
            if chain and contract is None:
                continue
            if rng.random() < 0.015:
                continue
            if contract is not None:
                start = max(start, contract.starts)
                end = min(end, contract.end_on(FAR) or end)
            day = (end + 1 if in_arrears else start) + offset + int(rng.integers(0, jitter + 1))
            months = (
                max(1, round(vendor.cadence_days / 30.4)) if vendor.items[0].unit == "MON" else 1
            )
            quantity = (
                fixed * months if vendor.mode == "flat" else quantity_on(vendor, 0, start, rng)
            )
            line = Line(0, quantity, price_on(vendor, 0, start, contract))
            parts = int(rng.integers(1, vendor.most_lines + 1)) if vendor.mode == "hours" else 1
            draft = a_draft(
                vendor, entity, day, parted(line, parts, vendor.rounding), rng,
                contract=contract, period=(start, end),
            )  # fmt: skip
            _mark_regular(draft, is_many_sites and same_everywhere)
            firm.drafts.append(draft)


def _mark_regular(draft: Draft, is_same_everywhere: bool) -> None:
    """Equal amounts for every site on one day, and bills after a term for a period inside it."""
    if draft.vendor.mode == "flat" and is_same_everywhere:
        draft.resembles |= {Kind.DUP_RENUMBERED, Kind.DUP_CROSS_ENTITY}
    elif draft.vendor.mode == "flat":
        draft.resembles.add(Kind.DUP_RENUMBERED)
    end = draft.contract.end_on(FAR) if draft.contract else None
    if end is not None and draft.issued > end:
        draft.resembles.add(Kind.OUTSIDE_CONTRACT_TERM)


def _deliveries(firm: Firm, vendor: Vendor, rng: np.random.Generator) -> None:
    """A round trip every week or so; amounts repeat because quantities do."""
    chain_of = _chains(firm, vendor, rng)
    for entity in vendor.entities:
        chain = chain_of(entity)
        day = max(vendor.active[0], firm.first) + int(rng.integers(0, vendor.cadence_days))
        while day < vendor.active[1]:
            contract = _in_force(chain, day)
            if contract is not None or not chain:
                line = Line(0, quantity_on(vendor, 0, day, rng), price_on(vendor, 0, day, contract))
                lines = parted(line, int(rng.integers(1, vendor.most_lines + 1)), vendor.rounding)
                firm.drafts.append(a_draft(vendor, entity, day, lines, rng, contract=contract))
            day += vendor.cadence_days


def _busy_days(firm: Firm, vendor: Vendor, rng: np.random.Generator) -> list[int]:
    """Days of irregular business, in order."""
    low, high = max(vendor.active[0], firm.first), min(vendor.active[1], firm.last)
    if high <= low:
        return []
    count = int(rng.poisson(vendor.per_month * (high - low) / 30.4))
    return sorted(int(day) for day in rng.integers(low, high, count))


def _adhoc(firm: Firm, vendor: Vendor, rng: np.random.Generator) -> None:
    """Now and then, for one of the sites."""
    for day in _busy_days(firm, vendor, rng):
        lines = ordinary_lines(vendor, day, rng)
        firm.drafts.append(a_draft(vendor, one_of(rng, vendor.entities), day, lines, rng))


def _orders(firm: Firm, vendor: Vendor, rng: np.random.Generator) -> None:
    """Orders with one to three deliveries, receipts, and an invoice for each or for all."""
    lead, collects = int(rng.integers(2, 40)), rng.random() < 0.3
    framework = _framework(firm, vendor)
    for day in _busy_days(firm, vendor, rng):
        order = an_order(vendor, one_of(rng, vendor.entities), day, rng, framework)
        firm.orders.append(order)
        parts = int(rng.choice([1, 1, 1, 2, 3])) if len(order.lines) == 1 else 1
        firm.drafts += deliver(firm, order, day + lead, parts, bool(collects), rng)


def _framework(firm: Firm, vendor: Vendor) -> Contract | None:
    """A contract that fixes the price of the first item for all orders of the group, if any."""
    rng = np.random.default_rng([vendor.seed, 2])
    if rng.random() >= within(rng, firm.settings.framework_share):
        return None
    start = max(vendor.active[0], firm.first - 200)
    price = tidy(vendor.prices[0] * vendor.factor_on(start))
    framework = Contract(vendor, None, start, None, price, None, None, has_value=False)
    firm.contracts.append(framework)
    return framework


def an_order(
    vendor: Vendor,
    entity: Entity,
    day: int,
    rng: np.random.Generator,
    framework: Contract | None = None,
) -> Order:
    """An order as purchasing writes one, at the framework's price or the list price of the day."""
    day = working_day_before(day, entity.country)
    lines = [OrderLine(*line, day) for line in ordinary_lines(vendor, day, rng, framework)]
    return Order(vendor, entity, day, lines, contract=framework)


def deliver(
    firm: Firm, order: Order, day: int, parts: int, collects: bool, rng: np.random.Generator
) -> list[Draft]:
    """Deliver an order in parts: receipts as the warehouse books them, invoices for each or all."""
    vendor, made = order.vendor, []
    goods = [Line(line.item, line.quantity, line.price) for line in order.lines]
    pieces = [tuple(goods)]
    if parts > 1:
        pieces = [(piece,) for piece in parted(goods[0], parts, vendor.rounding)]
    for piece in pieces:
        day = working_day(day, order.entity.country)
        for line in piece:
            number = next(i for i, own in enumerate(order.lines, 1) if own.item == line.item)
            lag = int(rng.geometric(1 / (1 + firm.manners.receipt_lag_days))) - 1
            entered = working_day(day + lag, order.entity.country)
            order.receipts.append(Receipt(entered, number, line.quantity))
        if not collects:
            made.append(
                a_draft(
                    vendor, order.entity, day + int(rng.integers(0, 7)), piece, rng, order=order
                )
            )
        day += int(rng.integers(3, 30))
    if collects:
        whole_order = (
            pieces[0] if len(pieces) == 1 else tuple(line for piece in pieces for line in piece)
        )
        made.append(a_draft(vendor, order.entity, day, whole_order, rng, order=order))
    for draft in made:
        if sum(r.quantity for r in order.receipts if r.day <= draft.received) < sum(
            line.quantity for line in draft.lines
        ):
            draft.resembles.add(Kind.QTY_ABOVE_RECEIPT)
    return made


def busy_day(firm: Firm, vendor: Vendor, rng: np.random.Generator, before_end: int) -> int:
    """A day on which a vendor is active, so long before the end of the window."""
    low, high = max(vendor.active[0], firm.first), min(vendor.active[1], firm.last) - before_end
    return int(rng.integers(low, max(high, low + 1)))


def _stages(firm: Firm, vendor: Vendor, rng: np.random.Generator) -> None:
    """Projects: a contract each, paid in agreed instalments, often equal ones."""
    day = max(vendor.active[0], firm.first - 150) + int(rng.integers(0, 120))
    while day < vendor.active[1]:
        entity = one_of(rng, vendor.entities)
        total = tidy(vendor.prices[0] * vendor.factor_on(day) * float(np.exp(rng.normal(0, 0.4))))
        shares = one_of(
            rng,
            (
                (25, 25, 25, 25),
                (30, 40, 30),
                (20, 20, 20, 20, 20),
                (30, 30, 30, 10),
                (50, 50),
                (10, 30, 40, 20),
            ),
        )
        gap = int(rng.integers(12, 60))
        contract = Contract(
            vendor, entity, day, day + gap * len(shares) + 60, None, None, None,
            value=sum(round(total * share / 100 / 100) for share in shares),
        )  # fmt: skip
        firm.contracts.append(contract)
        for step, share in enumerate(shares, 1):
            line = Line(0, 1_000, round(total * share / 100 / 100) * 100)
            draft = a_draft(vendor, entity, day + step * gap, (line,), rng, contract=contract)
            draft.resembles |= {Kind.DUP_SPLIT, Kind.SPLIT_UNDER_LIMIT, Kind.DUP_RENUMBERED}
            firm.drafts.append(draft)
        day += gap * len(shares) + int(rng.integers(20, 220))


SIMULATIONS: dict[str, Callable[[Firm, Vendor, np.random.Generator], None]] = {
    "flat": _regular, "metered": _regular, "hours": _regular, "deliveries": _deliveries,
    "adhoc": _adhoc, "orders": _orders, "stages": _stages,
}  # fmt: skip
