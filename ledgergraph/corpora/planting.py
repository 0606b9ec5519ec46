"""Issues planted in an honest company, and the honest look-alikes of each.

A planted invoice is a draft like any other: it gets its price, tax, number,
approver and id on the same way as honest ones, so that nothing but the relation
to other records tells it. For each case about as many look-alikes are made as
the settings ask for. Belongs here: what is wrong. Not here: how honest
companies trade (trade), how drafts become rows (company).
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from ledgergraph.corpora.actors import (
    Account, Amendment, Contract, Draft, Line, Order, OrderLine, Receipt, Step, Vendor, free,
)  # fmt: skip
from ledgergraph.corpora.identifiers import iban, vat_id
from ledgergraph.corpora.trade import (
    Firm, Person, a_draft, a_vendor, an_order, by_magnitude, deliver, number_series, one_of,
    ordinary_lines, place, price_on, quantity_on, tidy, vendor_name, whole, within,
)  # fmt: skip
from ledgergraph.issues import Kind

Planter = Callable[[Firm, np.random.Generator], list[Draft]]
FAR = 10**7
DUPLICATES = frozenset(
    {
        Kind.DUP_EXACT, Kind.DUP_RENUMBERED, Kind.DUP_SPLIT, Kind.DUP_CROSS_VENDOR,
        Kind.DUP_CROSS_ENTITY,
    }
)  # fmt: skip


def plant(firm: Firm) -> None:
    """Plant issues and look-alikes of every kind until each has its share of the invoices.

    Contracts get their values last, because everything billed counts against them.
    """
    total = len(firm.drafts)
    weights = firm.settings.weights
    whole_weight = sum(weights.values()) or 1.0
    for place_, kind in enumerate(PLANTERS):
        rng = np.random.default_rng([firm.seed, 11, place_])
        wanted = firm.settings.issue_share * total * weights.get(kind, 0.0) / whole_weight
        _plant_kind(firm, rng, kind, wanted)
    fix_values(firm, np.random.default_rng([firm.seed, 12]))


def _plant_kind(firm: Firm, rng: np.random.Generator, kind: Kind, wanted: float) -> None:
    planted = misses = 0
    while planted + 0.5 < wanted and misses < 12:
        case = PLANTERS[kind](firm, rng)
        misses += not case
        planted += len(case)
        for draft in case:
            draft.kinds.add(kind)
            draft.vendor.is_touched = True
    resemble = RESEMBLERS.get(kind)
    existing = sum(kind in draft.resembles for draft in firm.drafts)
    misses = 0
    while resemble and existing < wanted * firm.settings.look_alikes_per_case and misses < 12:
        alike = resemble(firm, rng)
        misses += not alike
        existing += len(alike)
        for draft in alike:
            draft.resembles.add(kind)


def _pick(rng: np.random.Generator, drafts: list[Draft]) -> Draft | None:
    return drafts[int(rng.integers(len(drafts)))] if drafts else None


def _add(firm: Firm, draft: Draft) -> Draft | None:
    """Let a draft join the firm's, unless it falls out of the window."""
    if not firm.first <= draft.issued or draft.received > firm.last:
        return None
    firm.drafts.append(draft)
    return draft


def _strength(firm: Firm, rng: np.random.Generator, low: float, high: float) -> float:
    """How far an issue goes beyond what is allowed; hard companies stay near the low end."""
    reach = 1 - firm.manners.hardness * rng.random()
    return low + (high - low) * reach * rng.random()


# ---------------------------------------------------------------- duplicates


def _copied(
    original: Draft,
    rng: np.random.Generator,
    *,
    days_later: int,
    number_as: str | None,
    **changes: object,
) -> Draft:
    """A second entry of the same claim, received no earlier than the first."""
    later = int(rng.integers(0, 4)) if rng.random() < 0.45 else int(rng.integers(4, 70))
    copy = replace(
        original, issued=original.issued + days_later, lag=original.lag + later - min(later, days_later),
        approver=None, number=None, number_as=number_as, copy_of=original, kinds=set(), is_original=False,
        resembles=set(), preceding=None, **changes,  # type: ignore[arg-type]
    )  # fmt: skip
    if copy.received < original.received:
        copy.lag += original.received - copy.received
    return copy


def _dup_exact(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    original = _pick(rng, _claims(firm))
    if original is None:
        return []
    copy = _add(firm, _copied(original, rng, days_later=0, number_as="same"))
    return _taken(original, copy)


def _claims(firm: Firm) -> list[Draft]:
    """Invoices that may be claimed again; subscriptions too, though they are look-alikes."""
    return [
        d for d in firm.drafts
        if d.type == "invoice" and not d.kinds and d.copy_of is None and d.is_scored and not d.is_original
        and (not d.resembles or d.vendor.mode in ("flat", "orders")) and not d.vendor.is_ghost
    ]  # fmt: skip


def _taken(original: Draft, *copies: Draft | None) -> list[Draft]:
    """The copies that came to be; the original is used up."""
    made = [copy for copy in copies if copy is not None]
    if made:
        original.is_original = True
    return made


NUMBER_CHANGES = ("typo", "swap", "letters", "bare", "prefix", "suffix", "next", "next")


def _dup_renumbered(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    original = _pick(rng, _claims(firm))
    if original is None:
        return []
    shift = 0 if rng.random() < 0.5 else int(rng.integers(1, 28))
    change = one_of(rng, NUMBER_CHANGES)
    copy = _copied(original, rng, days_later=shift, number_as=None if change == "next" else change)
    return _taken(original, _add(firm, copy))


def _dup_split(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    able = [
        d for d in _claims(firm)
        if len(d.lines) == 1 and d.lines[0].quantity >= 4 * d.vendor.rounding
        and d.vendor.mode in ("hours", "adhoc", "orders", "deliveries")
    ]  # fmt: skip
    original = _pick(rng, able)
    if original is None:
        return []
    line = original.lines[0]
    first = min(
        whole(original.vendor, line.quantity * within(rng, (0.25, 0.75))),
        line.quantity - original.vendor.rounding,
    )
    shift = int(rng.integers(1, 20))
    parts = [
        _copied(original, rng, days_later=shift + i * int(rng.integers(0, 8)), number_as=None,
                lines=(line._replace(quantity=quantity),))
        for i, quantity in enumerate((first, line.quantity - first))
    ]  # fmt: skip
    if any(part.received > firm.last for part in parts):
        return []
    return _taken(original, *(_add(firm, part) for part in parts))


def _twin_of(firm: Firm, rng: np.random.Generator, vendor: Vendor) -> Vendor:
    """The same party under a second vendor record; part of its honest business goes there too."""
    words = vendor.name.split()
    name = one_of(
        rng,
        (
            vendor.name.upper(),
            " ".join(words[:-1]) or vendor.name,
            f"{words[0]} {words[-1]}",
            vendor.name.replace(" & ", " u. "),
            f"{vendor.name} {vendor.city}",
        ),
    )
    day = int(rng.integers(firm.first, firm.first + (firm.last - firm.first) // 2))
    twin = replace(
        vendor, name=name, registered_on=day - int(rng.integers(0, 20)),
        vat_id=vendor.vat_id if rng.random() < 0.6 else None, vendor_id="",
        accounts=list(vendor.accounts),
        is_touched=True,
    )  # fmt: skip
    firm.vendors.append(twin)
    for draft in firm.drafts:
        if (
            draft.vendor is vendor
            and draft.issued > day
            and draft.contract is None
            and draft.order is None
            and rng.random() < 0.3
        ):
            draft.vendor = twin
    return twin


def _twins(firm: Firm, rng: np.random.Generator) -> list[tuple[Vendor, Vendor]]:
    """Pairs of vendor records of one party; a few are made for each company."""
    series: dict[int, Vendor] = {}
    pairs = []
    for vendor in firm.vendors:
        if id(vendor.series) in series:
            pairs.append((series[id(vendor.series)], vendor))
        else:
            series[id(vendor.series)] = vendor
    wanted = max(2, round(len(firm.vendors) / 30))
    while len(pairs) < wanted:
        paired = {id(v) for pair in pairs for v in pair}
        alone = [
            v for v in firm.vendors
            if id(v) not in paired and v.mode in ("adhoc", "hours", "deliveries", "orders") and not v.is_ghost and v.registered_on < firm.first
        ]  # fmt: skip
        if not alone:
            break
        vendor = one_of(rng, alone)
        pairs.append((vendor, _twin_of(firm, rng, vendor)))
    return pairs


def _dup_cross_vendor(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    pairs = _twins(firm, rng)
    if not pairs:
        return []
    pair = one_of(rng, pairs)
    original = _pick(
        rng, [d for d in _claims(firm) if d.vendor in pair and d.issued > pair[1].registered_on]
    )
    if original is None:
        return []
    other = pair[1] if original.vendor is pair[0] else pair[0]
    number_as = "same" if rng.random() < 0.7 else one_of(rng, ("typo", "bare", "letters"))
    copy = _copied(original, rng, days_later=0, number_as=number_as, vendor=other, contract=None)
    return _taken(original, _add(firm, copy))


def _alike_cross_vendor(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Two branches with list prices in common: equal amounts under two vendor records."""
    pairs = _twins(firm, rng)
    if not pairs:
        return []
    first, second = one_of(rng, pairs)
    model = _pick(
        rng,
        [
            d
            for d in free(firm.drafts)
            if d.vendor is first and d.order is None and d.contract is None
        ],
    )
    if model is None:
        return []
    day = model.issued + int(rng.integers(0, 40))
    draft = _add(firm, a_draft(second, model.entity, day, model.lines, rng))
    return [draft] if draft else []


def _dup_cross_entity(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    original = _pick(rng, [d for d in _claims(firm) if len(firm.entities) > 1])
    if original is None:
        return []
    others = [e for e in firm.entities if e is not original.entity]
    number_as = "same" if rng.random() < 0.8 else "bare"
    copy = _copied(original, rng, days_later=0, number_as=number_as, entity=one_of(rng, others))
    return _taken(original, _add(firm, copy))


def _reissued(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """An invoice, the credit note that takes it back, and the corrected one."""
    original = _pick(rng, [d for d in free(firm.drafts) if d.received < firm.last - 40])
    if original is None:
        return []
    credit = credited(original, original.issued + int(rng.integers(3, 25)), rng)
    again = replace(
        original, issued=credit.issued + int(rng.integers(0, 4)), lag=credit.lag + int(rng.integers(0, 3)),
        kinds=set(), resembles=set(), preceding=original if rng.random() < 0.5 else None,
        is_original=False,
    )  # fmt: skip
    if again.received > firm.last or credit.received > firm.last:
        return []
    original.resembles.add(Kind.DUP_RENUMBERED)
    return [d for d in (_add(firm, credit), _add(firm, again)) if d and d.type == "invoice"]


def credited(original: Draft, day: int, rng: np.random.Generator, share: float = 1.0) -> Draft:
    """A credit note for an invoice, in whole or in part."""
    lines = tuple(
        line._replace(
            quantity=-line.quantity
            if share == 1.0
            else -whole(original.vendor, line.quantity * share)
        )
        for line in original.lines
    )
    return replace(
        original, issued=day, lag=int(rng.integers(0, 9)), lines=lines, type="credit_note",
        preceding=original, approver=None, number=None, kinds=set(), resembles=set(), is_original=False,
    )  # fmt: skip


def _part_deliveries(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """An order delivered in equal parts on near days: same amounts, own receipts."""
    vendor = _ordering_vendor(firm, rng)
    if vendor is None:
        return []
    day = _busy_day(firm, vendor, rng)
    order = an_order(vendor, one_of(rng, vendor.entities), day, rng)
    order.lines = order.lines[:1]
    firm.orders.append(order)
    return [
        d
        for d in _delivered(
            firm, order, day + int(rng.integers(3, 20)), int(rng.integers(2, 5)), rng
        )
    ]


def _delivered(
    firm: Firm, order: Order, day: int, parts: int, rng: np.random.Generator
) -> list[Draft]:
    before = len(firm.drafts)
    made = deliver(firm, order, day, parts, False, rng)
    firm.drafts[before:] = [d for d in made if d.received <= firm.last]
    return firm.drafts[before:]


def _ordering_vendor(firm: Firm, rng: np.random.Generator) -> Vendor | None:
    able = [v for v in firm.vendors if v.mode == "orders" and not v.is_ghost]
    return one_of(rng, able) if able else None


def _busy_day(firm: Firm, vendor: Vendor, rng: np.random.Generator, before_end: int = 60) -> int:
    low, high = max(vendor.active[0], firm.first), min(vendor.active[1], firm.last) - before_end
    return int(rng.integers(low, max(high, low + 1)))


# ---------------------------------------------------------------- agreements


def _by_contract(firm: Firm, least: int) -> list[tuple[Contract, list[Draft]]]:
    """Contracts that nothing was planted on, with their ordinary invoices by date."""
    groups: dict[int, list[Draft]] = {}
    for draft in firm.drafts:
        if draft.contract is not None and draft.type == "invoice":
            groups.setdefault(id(draft.contract), []).append(draft)
    found = []
    for contract in firm.contracts:
        mine = groups.get(id(contract), [])
        if contract.is_touched or len(mine) < least or any(d.kinds for d in mine):
            continue
        found.append((contract, sorted(mine, key=lambda d: (d.issued, d.lag))))
    return found


def _outside_term(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    chosen = [(c, ds) for c, ds in _by_contract(firm, 5) if c.vendor.mode != "stages"]
    if not chosen:
        return []
    contract, drafts = one_of(rng, chosen)
    count = int(rng.integers(1, min(4, len(drafts) // 2) + 1))
    late = drafts[-count:]
    opening = min((d.period[0] if d.period else d.issued) for d in late)
    kept = [d.period[1] if d.period else d.issued for d in drafts[:-count]]
    low = max(kept)
    end = min(low + int((opening - low) * rng.random()), opening - 1)
    if end < contract.starts:
        return []
    contract.ends = end
    contract.amendments = [a for a in contract.amendments if a.ends is None]
    contract.is_touched = True
    for draft in drafts[:-count]:
        draft.resembles.discard(Kind.OUTSIDE_CONTRACT_TERM)
        if draft.issued > end:
            draft.resembles.add(Kind.OUTSIDE_CONTRACT_TERM)
    for draft in late:
        draft.resembles.discard(Kind.OUTSIDE_CONTRACT_TERM)
    return late


def _alike_term(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A term that ended, but was prolonged by an amendment in time."""
    chosen = [
        (c, ds)
        for c, ds in _by_contract(firm, 5)
        if c.vendor.mode != "stages" and not c.amendments and c.ends
    ]
    if not chosen:
        return []
    contract, drafts = one_of(rng, chosen)
    count = int(rng.integers(1, len(drafts) // 2 + 1))
    late = drafts[-count:]
    opening = min((d.period[0] if d.period else d.issued) for d in late)
    old, contract.ends = contract.ends, opening - 1
    contract.amendments.append(Amendment(opening - int(rng.integers(3, 40)), None, old))
    contract.is_touched = True
    return late


def _dearer(drafts: Iterable[Draft], factor: float) -> list[Draft]:
    """The same invoices at higher prices, as the vendor would have written them."""
    changed = []
    for draft in drafts:
        draft.lines = tuple(
            line._replace(price=max(tidy(line.price * factor), line.price + 1))
            for line in draft.lines
        )
        changed.append(draft)
    return changed


def _priced(firm: Firm, least: int) -> list[tuple[Contract, list[Draft]]]:
    return [(c, ds) for c, ds in _by_contract(firm, least) if c.price is not None]


def _price_above_contract(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    chosen = _priced(firm, 4)
    if not chosen:
        return []
    contract, drafts = one_of(rng, chosen)
    contract.is_touched = True
    allowed = (contract.tolerance or 0.0) / 100
    factor = 1 + allowed + _strength(firm, rng, 0.012, 0.16)
    # A clause may allow what the vendor has not used: the excess must hold against it.
    factor *= 1 + _unused_clause(contract, drafts[-1].issued)
    if rng.random() < 0.5:
        start = int(rng.integers(1, len(drafts)))
        return _dearer(drafts[start : start + int(rng.integers(1, 3))], factor)
    return _dearer(drafts[-int(rng.integers(2, 5)) :], factor)


def _unused_clause(contract: Contract, day: int) -> float:
    if not contract.escalation:
        return 0.0
    years = max(0, int((day - contract.starts) / 365.25))
    allowed = (1 + contract.escalation / 100) ** years
    assert contract.price is not None
    return allowed * contract.price / price_on(contract.vendor, 0, day, contract) - 1


def _alike_price(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Prices above the agreed one, but within the tolerance."""
    chosen = [(c, ds) for c, ds in _priced(firm, 4) if c.tolerance]
    if not chosen:
        chosen = _priced(firm, 4)
        if not chosen:
            return []
    contract, drafts = one_of(rng, chosen)
    contract.is_touched = True
    contract.tolerance = contract.tolerance or round(within(rng, firm.settings.tolerance_pct), 1)
    start = int(rng.integers(1, len(drafts)))
    alike = drafts[start : start + int(rng.integers(1, 6))]
    for draft in alike:
        for line in draft.lines:
            limit = int(line.price * (1 + contract.tolerance / 100 * within(rng, (0.5, 0.95))))
            limit = limit if limit < 10_000 else limit // 100 * 100
            draft.lines = tuple(own._replace(price=max(limit, own.price)) for own in draft.lines)
            break
    return alike


def _escalation_exceeded(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    found = []
    for contract, drafts in _priced(firm, 4):
        if not contract.escalation:
            continue
        later = [d for d in drafts if d.issued >= contract.starts + 366]
        if later and len(later) < len(drafts):
            found.append((contract, later))
    if not found:
        return []
    contract, later = one_of(rng, found)
    contract.is_touched = True
    later = later[-min(len(later), int(rng.integers(2, 8))) :]
    allowed = (contract.tolerance or 0.0) / 100
    factor = 1 + allowed + _strength(firm, rng, 0.012, 0.09)
    return _dearer(later, factor * (1 + _unused_clause(contract, later[-1].issued)))


def _alike_escalation(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A yearly step that takes all that the clause allows."""
    found = []
    for contract, drafts in _priced(firm, 4):
        later = [d for d in drafts if contract.escalation and d.issued >= contract.starts + 366]
        if later:
            found.append((contract, later))
    if not found:
        return []
    contract, later = one_of(rng, found)
    contract.is_touched = True
    for draft in later:
        # Prices are rounded down, so that nothing exceeds the clause by a rounding.
        factor = 1 + _unused_clause(
            contract, draft.period[0] if draft.period else draft.issued - 15
        )
        draft.lines = tuple(
            line._replace(
                price=max(
                    line.price,
                    int(line.price * factor)
                    // (1 if line.price < 10_000 else 100)
                    * (1 if line.price < 10_000 else 100),
                )
            )
            for line in draft.lines
        )
    return later


def _ordered(firm: Firm) -> list[Draft]:
    """Ordinary invoices for one item of an order that nothing was planted on."""
    return [
        d for d in firm.drafts
        if d.order is not None and not d.order.is_touched and not d.kinds and d.type == "invoice"
        and d.copy_of is None and len(d.order.lines) == 1 and len({line.item for line in d.lines}) == 1
    ]  # fmt: skip


def _price_above_order(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    draft = _pick(rng, _ordered(firm))
    if draft is None or draft.order is None:
        return []
    draft.order.is_touched = True
    return _dearer([draft], 1 + _strength(firm, rng, 0.02, 0.2))


def _alike_order_price(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A price a few cents or less than a percent over the order's."""
    draft = _pick(rng, _ordered(firm))
    if draft is None or draft.order is None:
        return []
    draft.order.is_touched = True
    return _dearer([draft], 1 + within(rng, (0.0005, 0.008)))


def _qty_above_receipt(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    draft = _pick(rng, [d for d in _ordered(firm) if d.order and d.order.receipts])
    if draft is None or draft.order is None:
        return []
    order, vendor = draft.order, draft.vendor
    order.is_touched = True
    quantity = sum(line.quantity for line in draft.lines)
    place_ = next(
        (i for i, r in enumerate(order.receipts) if r.quantity == quantity), len(order.receipts) - 1
    )
    receipt = order.receipts[place_]
    short = whole(vendor, quantity * _strength(firm, rng, 0.04, 0.5))
    left = receipt.quantity - min(short, receipt.quantity)
    if left:
        order.receipts[place_] = receipt._replace(quantity=left)
    else:
        del order.receipts[place_]
    last = max((d for d in firm.drafts if d.order is order), key=lambda d: (d.received, d.issued))
    # What is short is first exceeded by the last invoice of the order.
    return [last] if not last.kinds else []


def _order_overbilled(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    draft = _pick(rng, [d for d in _ordered(firm) if d.received < firm.last - 20])
    if draft is None or draft.order is None:
        return []
    extra = _extra_for(firm, draft, rng)
    return [extra] if extra else []


def _extra_for(firm: Firm, draft: Draft, rng: np.random.Generator) -> Draft | None:
    """One more invoice for an order, for other goods than were billed before."""
    order, line = draft.order, draft.lines[0]
    assert order is not None
    last = max(d.issued for d in firm.drafts if d.order is order)
    quantity = whole(
        draft.vendor, sum(own.quantity for own in draft.lines) * within(rng, (0.12, 0.8))
    )
    extra = a_draft(
        draft.vendor,
        draft.entity,
        last + int(rng.integers(2, 40)),
        (line._replace(quantity=quantity),),
        rng,
        order=order,
    )
    added = _add(firm, extra)
    if added is not None:
        order.is_touched = True
        booked = added.issued - int(rng.integers(-2, 5))
        order.receipts.append(Receipt(booked, 1, quantity))
    return added


def _change_order(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """More than was ordered at first, but the order was raised before."""
    draft = _pick(rng, [d for d in _ordered(firm) if d.received < firm.last - 30])
    if draft is None or draft.order is None:
        return []
    extra = _extra_for(firm, draft, rng)
    if extra is None:
        return []
    line = extra.lines[0]
    raised = max(draft.order.day, extra.issued - int(rng.integers(2, 20)))
    draft.order.lines.append(OrderLine(line.item, line.quantity, line.price, raised))
    return [extra]


def _slip(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A factor of ten or a hundred in price or quantity, or the same numbers in another currency."""
    if rng.random() < 0.4:
        draft = _pick(rng, [d for d in free(firm.drafts) if d.order or d.contract])
        if draft is None:
            return []
        draft.currency = (
            "USD"
            if draft.vendor.currency != "USD" and rng.random() < 0.6
            else ("EUR" if draft.vendor.currency == "GBP" else "GBP")
        )
        return [draft]
    able = [d for d in free(firm.drafts) if len(d.lines) == 1]
    nets = sorted(d.net for d in able)
    if not nets:
        return []
    # Small invoices go up and large ones down, so that the amount alone tells nothing.
    factor = float(one_of(rng, (10, 10, 100, 0.1, 0.1)))
    middle = nets[len(nets) // 2]
    draft = _pick(rng, [d for d in able if middle / 30 < d.net * factor < middle * 30])
    if draft is None:
        return []
    line = draft.lines[0]
    if factor < 1 and (line.quantity * factor) % draft.vendor.rounding:
        draft.lines = (line._replace(price=tidy(line.price * factor)),)
    else:
        draft.lines = (line._replace(quantity=int(line.quantity * factor)),)
    return [draft]


def _bulk_order(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Ten times the usual quantity, ordered and received as such."""
    vendor = _ordering_vendor(firm, rng)
    if vendor is None:
        return []
    day = _busy_day(firm, vendor, rng)
    order = an_order(vendor, one_of(rng, vendor.entities), day, rng)
    first = order.lines[0]
    order.lines = [first._replace(quantity=first.quantity * int(rng.integers(4, 11)))]
    firm.orders.append(order)
    return _delivered(firm, order, day + int(rng.integers(3, 20)), 1, rng)


# ---------------------------------------------------------------- bank accounts


def _after(
    firm: Firm, rng: np.random.Generator, least: int = 6
) -> tuple[Vendor, list[Draft]] | None:
    """A vendor whose account never changed, and its ordinary invoices from some day on."""
    mine: dict[int, list[Draft]] = {}
    for draft in free(firm.drafts):
        mine.setdefault(id(draft.vendor), []).append(draft)
    able = [
        v for v in firm.vendors
        if len(v.accounts) == 1 and not v.is_ghost and v.second_iban is None and v.prints_iban
        and len(mine.get(id(v), [])) >= least
    ]  # fmt: skip
    if not able:
        return None
    vendor = one_of(rng, able)
    drafts = sorted(mine[id(vendor)], key=lambda d: (d.received, d.issued))
    return vendor, drafts[int(rng.integers(2, len(drafts))) :]


def _stranger_iban(rng: np.random.Generator, vendor: Vendor) -> str:
    return iban(
        rng, vendor.country if rng.random() < 0.6 else one_of(rng, ("LT", "GB", "ES", "DE"))
    )


def _bank_changed(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    found = _after(firm, rng)
    if found is None:
        return []
    vendor, drafts = found
    hit = drafts[: int(rng.integers(1, 4))]
    stranger = _stranger_iban(rng, vendor)
    changed = hit[0].received - int(rng.integers(0, 21))
    if changed < firm.first:
        return []
    # The account goes back to the old one afterwards: it was found out, or a second mail came.
    vendor.accounts.append(Account(FAR, stranger, changed, False))
    for draft in hit:
        draft.iban = stranger
    return hit


def _honest_change(
    firm: Firm, rng: np.random.Generator, logged: bool, verified: bool
) -> list[Draft]:
    found = _after(firm, rng)
    if found is None:
        return []
    vendor, drafts = found
    new = _stranger_iban(rng, vendor)
    day = drafts[0].issued
    if any(d.iban or d.received < drafts[0].received and d.issued >= day for d in drafts):
        return []
    recorded = day - int(rng.integers(0, 21)) if logged else None
    vendor.accounts.append(Account(day, new, recorded, verified if logged else None))
    if logged or rng.random() < 0.5:
        vendor.master_iban = new
    return drafts[:3]


def _verified_change(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A change of account that somebody called back about, or honestly forgot to."""
    return _honest_change(firm, rng, logged=True, verified=rng.random() < 0.75)


def _unlogged_change(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A new account that nobody recorded, used from then on; or a second one now and then."""
    if rng.random() < 0.5:
        return _honest_change(firm, rng, logged=False, verified=False)
    found = _after(firm, rng, least=8)
    if found is None:
        return []
    vendor, _ = found
    vendor.second_iban = iban(rng, vendor.country)
    used = [d for d in free(firm.drafts) if d.vendor is vendor and rng.random() < 0.3]
    for draft in used:
        draft.iban = vendor.second_iban
    return used[:5]


def _iban_not_of_vendor(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    found = _after(firm, rng)
    if found is None:
        return []
    vendor, drafts = found
    stranger = _stranger_iban(rng, vendor)
    hit = drafts[: int(rng.integers(1, 3))]
    for draft in hit:
        draft.iban = stranger
    return hit


# ---------------------------------------------------------------- schemes


def _ghost_ring(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Vendors of nobody: young, one approver, no orders, an account or address in common."""
    count = int(rng.integers(1, 4))
    approver = one_of(rng, firm.approvers[: max(1, len(firm.approvers) * 2 // 3)])
    employee = one_of(rng, firm.employees)
    account = iban(rng, firm.manners.home)
    home_of = place(rng, firm.manners.home)
    shares_account, shares_address, with_employee = (
        rng.random() < 0.65,
        rng.random() < 0.6,
        rng.random() < 0.3,
    )
    if count == 1 or not (shares_account or shares_address):
        with_employee = True
    made: list[Draft] = []
    for _ in range(count):
        trade = one_of(
            rng,
            ("consulting", "maintenance", "craft", "freelance", "office", "cleaning", "logistics"),
        )
        ghost = a_vendor(firm, rng, trade)
        span = firm.last - firm.first
        start = firm.first + int(span * within(rng, (0.05, 0.8)))
        ghost.is_ghost, ghost.mode, ghost.country = True, "adhoc", firm.manners.home
        ghost.name, ghost.vat_id = (
            vendor_name(rng, ghost.country, trade),
            vat_id(rng, ghost.country),
        )
        ghost.active = (start, min(firm.last, start + int(rng.integers(60, 300))))
        ghost.registered_on = start - int(rng.integers(1, 40))
        ghost.series = number_series(rng, "adhoc", trade)
        if rng.random() < 0.6:
            ghost.series.others_per_day = by_magnitude(rng, (0.001, 0.05))
        ghost.street, ghost.postcode, ghost.city = (
            home_of if shares_address else place(rng, ghost.country)
        )
        ghost.accounts = [Account(0, account if shares_account else iban(rng, ghost.country))]
        if with_employee:
            ghost.accounts = [Account(0, employee.iban)]
        ghost.master_iban, ghost.prints_iban = ghost.accounts[0].iban, True
        ghost.entities = ghost.entities[: int(rng.integers(1, 3))]
        firm.vendors.append(ghost)
        for day in sorted(rng.integers(*ghost.active, int(rng.integers(3, 9)))):
            draft = a_draft(
                ghost,
                one_of(rng, ghost.entities),
                int(day),
                ordinary_lines(ghost, int(day), rng),
                rng,
            )
            if firm.limited(draft) > approver.limit:
                draft.lines = _scaled(
                    draft, approver.limit * within(rng, (0.4, 0.95)) / firm.limited(draft)
                )
            if firm.limited(draft) <= approver.limit:
                draft.approver = approver
            if added := _add(firm, draft):
                made.append(added)
    return made


def _scaled(draft: Draft, factor: float) -> tuple[Line, ...]:
    """The lines with quantities changed by a factor, still in the vendor's steps."""
    return tuple(
        line._replace(
            quantity=max(
                draft.vendor.rounding,
                int(line.quantity * factor) // draft.vendor.rounding * draft.vendor.rounding,
            )
        )
        for line in draft.lines
    )


def _young_vendors(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Small honest newcomers, freelancers with one customer, and firms of one group at one address."""
    count = int(rng.integers(1, 4))
    is_group = count > 1 and rng.random() < 0.5
    address, account = place(rng, firm.manners.home), iban(rng, firm.manners.home)
    made: list[Draft] = []
    for _ in range(count):
        vendor = a_vendor(
            firm,
            rng,
            one_of(
                rng,
                (
                    "consulting",
                    "maintenance",
                    "craft",
                    "freelance",
                    "office",
                    "cleaning",
                    "logistics",
                ),
            ),
        )
        vendor.mode = "adhoc"
        start = firm.first + int((firm.last - firm.first) * within(rng, (0.05, 0.8)))
        vendor.active = (start, min(firm.last, start + int(rng.integers(60, 500))))
        vendor.registered_on = start - int(rng.integers(1, 40))
        if is_group:
            vendor.street, vendor.postcode, vendor.city = address
            if vendor.registered_on % 2:
                vendor.accounts = [Account(0, account)]
                vendor.registered_on -= int(rng.integers(300, 3000))
        vendor.master_iban = vendor.accounts[0].iban
        firm.vendors.append(vendor)
        for day in sorted(rng.integers(*vendor.active, int(rng.integers(3, 9)))):
            lines = ordinary_lines(vendor, int(day), rng)
            if added := _add(
                firm, a_draft(vendor, one_of(rng, vendor.entities), int(day), lines, rng)
            ):
                made.append(added)
    return made


def _sequential_numbers(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A firm that should have many customers, whose numbers run on as if it had but one."""
    trade = one_of(rng, ("consulting", "maintenance", "office", "logistics", "legal", "craft"))
    vendor = a_vendor(firm, rng, trade)
    vendor.mode = "adhoc"
    while "{c}" in vendor.series.pattern:
        vendor.series = number_series(rng, "adhoc", trade)
    vendor.series.others_per_day, vendor.series.restarts_yearly = 0.0, False
    start = firm.first + int((firm.last - firm.first) * within(rng, (0.0, 0.7)))
    vendor.active = (start, min(firm.last, start + int(rng.integers(120, 500))))
    vendor.registered_on = min(vendor.registered_on, start - int(rng.integers(5, 300)))
    vendor.master_iban = vendor.accounts[0].iban
    firm.vendors.append(vendor)
    made = []
    for day in sorted(rng.integers(*vendor.active, int(rng.integers(5, 11)))):
        lines = ordinary_lines(vendor, int(day), rng)
        if added := _add(firm, a_draft(vendor, one_of(rng, vendor.entities), int(day), lines, rng)):
            made.append(added)
    for draft in made[:2]:
        # Two numbers in a row prove nothing yet.
        draft.is_scored = False
    return made


def _alike_sequence(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Freelancers, and vendors with a number range for each customer."""
    trade = (
        "freelance"
        if rng.random() < 0.5
        else one_of(rng, ("consulting", "maintenance", "logistics"))
    )
    vendor = a_vendor(firm, rng, trade)
    if trade != "freelance":
        vendor.series.pattern = one_of(rng, ("{c}-{n:03d}", "{c}/{y}/{n}"))
    vendor.series.others_per_day = 0.0
    vendor.mode, vendor.master_iban = "adhoc", vendor.accounts[0].iban
    firm.vendors.append(vendor)
    low, high = max(vendor.active[0], firm.first), min(vendor.active[1], firm.last)
    if high <= low:
        return []
    made = []
    for day in sorted(rng.integers(low, high, int(rng.integers(5, 11)))):
        lines = ordinary_lines(vendor, int(day), rng)
        if added := _add(firm, a_draft(vendor, one_of(rng, vendor.entities), int(day), lines, rng)):
            made.append(added)
    return made


def _irregular(firm: Firm, rng: np.random.Generator) -> Vendor | None:
    able = [
        v for v in firm.vendors
        if v.mode in ("adhoc", "hours") and not v.is_ghost
        and min(v.active[1], firm.last) - max(v.active[0], firm.first) > 120
    ]  # fmt: skip
    return one_of(rng, able) if able else None


def _split_under_limit(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    vendor = _irregular(firm, rng)
    approver = one_of(rng, [a for a in firm.approvers if a.level < firm.approvers[-1].level])
    if vendor is None:
        return []
    day, entity = _busy_day(firm, vendor, rng, 30), one_of(rng, vendor.entities)
    parts = int(rng.integers(2, 5))
    made: list[Draft] = []
    for _ in range(parts):
        draft = a_draft(vendor, entity, day, (_one_line(vendor, day, rng),), rng)
        aim = approver.limit * within(rng, (0.55, 0.97))
        draft.lines = _scaled(draft, aim / max(1, firm.limited(draft)))
        draft.approver = approver
        draft.lag = int(rng.integers(0, 6))
        made.append(draft)
        day += int(rng.integers(0, 6))
    amounts = [firm.limited(d) for d in made]
    if (
        max(amounts) > approver.limit
        or sum(amounts) <= approver.limit
        or any(d.received > firm.last for d in made)
    ):
        return []
    firm.drafts.extend(made)
    return made


def _one_line(vendor: Vendor, day: int, rng: np.random.Generator) -> Line:
    return Line(0, quantity_on(vendor, 0, day, rng), price_on(vendor, 0, day))


def _several_sites(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A job for several sites on near days, or parts of an order that was approved in total."""
    if rng.random() < 0.4:
        return _part_deliveries(firm, rng)
    vendor = _irregular(firm, rng)
    if vendor is None or len(firm.entities) < 2:
        return []
    approver = one_of(rng, [a for a in firm.approvers if a.level < firm.approvers[-1].level])
    day = _busy_day(firm, vendor, rng, 30)
    made = []
    for i in rng.permutation(len(firm.entities))[: int(rng.integers(2, 5))]:
        draft = a_draft(vendor, firm.entities[i], day, (_one_line(vendor, day, rng),), rng)
        draft.lines = _scaled(
            draft, approver.limit * within(rng, (0.4, 0.97)) / max(1, firm.limited(draft))
        )
        if firm.limited(draft) > approver.limit:
            continue
        draft.approver = approver
        if added := _add(firm, draft):
            made.append(added)
        day += int(rng.integers(0, 3))
    return made


def _over_approval_limit(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    draft, lower = _under_authority(firm, rng)
    if draft is None:
        return []
    draft.approver = one_of(rng, lower)
    return [draft]


def _under_authority(firm: Firm, rng: np.random.Generator) -> tuple[Draft | None, list]:
    for _ in range(20):
        draft = _pick(
            rng,
            [
                d
                for d in free(firm.drafts)
                if d.approver is None and d.vendor.currency == firm.manners.currency
            ],
        )
        if draft is None:
            break
        amount = firm.limited(draft)
        lower = [a for a in firm.approvers if amount / 6 < a.limit < amount]
        if lower:
            return draft, lower
    return None, []


def _second_signature(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Booked under a junior's name, but somebody with the authority signed as well."""
    draft, lower = _under_authority(firm, rng)
    if draft is None:
        return []
    enough = [a for a in firm.approvers if a.limit >= firm.limited(draft)]
    if not enough:
        return []
    draft.approver, draft.second_signature = one_of(rng, lower), one_of(rng, enough)
    return [draft]


def _round_amounts(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Amounts that no quantity and price of this vendor would give."""
    able = [
        d
        for d in free(firm.drafts)
        if d.vendor.mode in ("adhoc", "hours", "orders")
        and d.net > 40_000
        and d.order is None
        and d.contract is None
    ]
    draft = _pick(rng, able)
    if draft is None:
        return []
    unit = 10_000 if draft.net < 200_000 else 50_000
    draft.lines = (
        Line(draft.lines[0].item, 1_000, max(unit, round(draft.net / unit) * unit) * 100),
    )
    return [draft]


def _retainers(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A vendor that always asks for round sums: fees agreed as such."""
    mine: dict[int, list[Draft]] = {}
    for draft in free(firm.drafts):
        if draft.vendor.mode == "adhoc" and draft.contract is None and draft.order is None:
            mine.setdefault(id(draft.vendor), []).append(draft)
    able = [drafts for drafts in mine.values() if 3 <= len(drafts) <= 40]
    if not able:
        return []
    drafts = one_of(rng, able)
    for draft in drafts:
        unit = 10_000 if draft.net < 200_000 else 50_000
        draft.lines = (Line(0, 1_000, max(unit, round(draft.net / unit) * unit) * 100),)
    return drafts


def _amount_outlier(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Several times what the vendor ever billed, in the usual range of the company."""
    able = [
        d
        for d in free(firm.drafts)
        if d.vendor.mode in ("adhoc", "hours", "deliveries", "metered")
        and d.order is None
        and len({x.item for x in d.lines}) == 1
    ]
    nets = sorted(d.net for d in able)
    if not nets:
        return []
    small = [d for d in able if d.net < nets[len(nets) // 2] and d.vendor.quantity_sigma < 0.45]
    draft = _pick(rng, small)
    if draft is None:
        return []
    draft.lines = _scaled(draft, within(rng, (3.5, 9.0)))
    return [draft]


def _annual_bill(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A year's settlement by a metered vendor, or a bulk order."""
    metered = [
        v
        for v in firm.vendors
        if v.mode == "metered" and min(v.active[1], firm.last) - max(v.active[0], firm.first) > 200
    ]
    if not metered or rng.random() < 0.5:
        return _bulk_order(firm, rng)
    vendor = one_of(rng, metered)
    day = _busy_day(firm, vendor, rng, 20)
    year = 365
    line = Line(
        0,
        whole(vendor, quantity_on(vendor, 0, day, rng) * within(rng, (2.0, 6.0))),
        price_on(vendor, 0, day),
    )
    draft = _add(
        firm,
        a_draft(vendor, one_of(rng, vendor.entities), day, (line,), rng, period=(day - year, day)),
    )
    return [draft] if draft else []


def _price_drift(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A price that creeps up by a little each time, without clause or notice."""
    mine: dict[int, list[Draft]] = {}
    for draft in free(firm.drafts):
        if (
            draft.contract is None
            and draft.order is None
            and len({x.item for x in draft.lines}) == 1
        ):
            mine.setdefault(id(draft.vendor), []).append(draft)
    able = [
        ds
        for ds in mine.values()
        if len(ds) >= 8
        and ds[0].vendor.trade not in ("energy", "materials", "logistics")
        and not ds[0].vendor.is_ghost
    ]
    if not able:
        return []
    drafts = sorted(one_of(rng, able), key=lambda d: d.issued)
    length = min(len(drafts), int(rng.integers(8, 16)))
    begin = int(rng.integers(0, len(drafts) - length + 1))
    rate = 0.006 + _strength(firm, rng, 0.004, 0.022)
    hit = []
    for step, draft in enumerate(drafts[begin:], 1):
        # The level stays where it arrived; only the climb itself is judged.
        risen = (1 + rate) ** min(step, length)
        _dearer([draft], risen)
        if step > length:
            draft.is_scored = False
        elif risen < 1.07:
            draft.is_scored = False
        else:
            hit.append(draft)
    return hit


def _list_rise(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """One step of a price list, announced and kept."""
    mine: dict[int, list[Draft]] = {}
    for draft in free(firm.drafts):
        if draft.contract is None and draft.order is None:
            mine.setdefault(id(draft.vendor), []).append(draft)
    able = [ds for ds in mine.values() if len(ds) >= 6 and not ds[0].vendor.is_ghost]
    if not able:
        return []
    drafts = sorted(one_of(rng, able), key=lambda d: d.issued)
    start = int(rng.integers(2, len(drafts)))
    day = drafts[start].issued
    drafts[0].vendor.steps.append(Step(day, 1.0))
    return _dearer(drafts[start:], 1 + within(rng, firm.settings.step_pct) / 100)


# ---------------------------------------------------------------- contract values


def _spent(firm: Firm) -> dict[int, list[tuple[int, int, Draft]]]:
    """What was billed under each contract, in the order of receipt."""
    billed: dict[int, list[tuple[int, int, Draft]]] = {}
    for place_, draft in enumerate(firm.drafts):
        if draft.contract is not None:
            billed.setdefault(id(draft.contract), []).append((draft.received, place_, draft))
    return {key: sorted(rows, key=lambda row: row[:2]) for key, rows in billed.items()}


def _over_value(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """The last one to three invoices go beyond the value, and nobody amended it."""
    spent = _spent(firm)
    able = []
    for contract in firm.contracts:
        rows = spent.get(id(contract), [])
        usual = (
            contract.value is None and not contract.is_touched and contract.vendor.mode != "stages"
        )
        if usual and len(rows) >= 6 and all(row[2].is_free or not row[2].kinds for row in rows):
            able.append((contract, [row[2] for row in rows]))
    if not able:
        return []
    contract, drafts = one_of(rng, able)
    count = int(rng.integers(1, 4))
    hit = drafts[-count:]
    if any(d.type != "invoice" or d.copy_of or d.kinds for d in hit) or any(
        d.type != "invoice" for d in drafts
    ):
        return []
    before = sum(d.net for d in drafts[:-count])
    cap = before + int(hit[0].net * (1 - _strength(firm, rng, 0.05, 0.95)))
    contract.value = int(cap / (1 + (contract.tolerance or 0.0) / 100))
    contract.has_value, contract.is_touched = True, True
    contract.amendments = [Amendment(a.day, None, a.ends) for a in contract.amendments]
    return hit


def fix_values(firm: Firm, rng: np.random.Generator) -> None:
    """Give honest contracts a value that their billing stays within, some by an amendment in time."""
    spent = _spent(firm)
    for contract in firm.contracts:
        if contract.value is not None or not contract.has_value:
            continue
        rows = spent.get(id(contract), [])
        total = max(sum(row[2].net for row in rows), 50_000)
        slack = by_magnitude(rng, firm.settings.contract_slack)
        # Billing may go on after the window: a contract half way through is worth twice as much.
        end = contract.end_on(FAR) or firm.last
        run = max(60, min(end, firm.last) - max(contract.starts, firm.first))
        planned = total * max(1.0, (end - contract.starts + 1) / run) ** 0.9
        contract.value = _rounded_up(max(planned, total) * slack, rng)
        if len(rows) >= 6 and rng.random() < 0.35:
            _raise_in_time(contract, [row[2] for row in rows], rng)


def _raise_in_time(contract: Contract, drafts: list[Draft], rng: np.random.Generator) -> None:
    """Let the value start lower and be raised before it is used up."""
    at = int(rng.integers(len(drafts) // 2, len(drafts)))
    day = drafts[at].received - int(rng.integers(1, 25))
    before = sum(d.net for d in drafts if d.received <= day)
    if before <= 0 or day <= contract.starts:
        return
    contract.amendments.append(Amendment(day, contract.value, None))
    contract.value = min(contract.value or 0, _rounded_up(before * within(rng, (1.01, 1.15)), rng))
    for draft in drafts[at:]:
        draft.resembles.add(Kind.OVER_CONTRACT_VALUE)


def _rounded_up(cents: float, rng: np.random.Generator) -> int:
    unit = int(rng.choice([1_000, 10_000, 50_000, 100_000]))
    return int(-(-cents // unit) * unit)


PLANTERS: dict[Kind, Planter] = {
    Kind.GHOST_VENDOR: _ghost_ring,
    Kind.SEQUENTIAL_NUMBERS: _sequential_numbers,
    Kind.BANK_CHANGED_BEFORE_INVOICE: _bank_changed,
    Kind.IBAN_NOT_OF_VENDOR: _iban_not_of_vendor,
    Kind.PRICE_DRIFT: _price_drift,
    Kind.OUTSIDE_CONTRACT_TERM: _outside_term,
    Kind.PRICE_ABOVE_CONTRACT: _price_above_contract,
    Kind.ESCALATION_EXCEEDED: _escalation_exceeded,
    Kind.PRICE_ABOVE_ORDER: _price_above_order,
    Kind.QTY_ABOVE_RECEIPT: _qty_above_receipt,
    Kind.ORDER_OVERBILLED: _order_overbilled,
    Kind.UNIT_OR_CURRENCY_SLIP: _slip,
    Kind.ROUND_AMOUNTS: _round_amounts,
    Kind.AMOUNT_OUTLIER: _amount_outlier,
    Kind.SPLIT_UNDER_LIMIT: _split_under_limit,
    Kind.OVER_APPROVAL_LIMIT: _over_approval_limit,
    Kind.DUP_CROSS_VENDOR: _dup_cross_vendor,
    Kind.DUP_CROSS_ENTITY: _dup_cross_entity,
    Kind.DUP_EXACT: _dup_exact,
    Kind.DUP_RENUMBERED: _dup_renumbered,
    Kind.DUP_SPLIT: _dup_split,
    Kind.OVER_CONTRACT_VALUE: _over_value,
}
"""How each kind is planted, in the order in which they are: the last ones need all amounts."""

RESEMBLERS: dict[Kind, Planter] = {
    Kind.GHOST_VENDOR: _young_vendors,
    Kind.SEQUENTIAL_NUMBERS: _alike_sequence,
    Kind.BANK_CHANGED_BEFORE_INVOICE: _verified_change,
    Kind.IBAN_NOT_OF_VENDOR: _unlogged_change,
    Kind.PRICE_DRIFT: _list_rise,
    Kind.OUTSIDE_CONTRACT_TERM: _alike_term,
    Kind.PRICE_ABOVE_CONTRACT: _alike_price,
    Kind.ESCALATION_EXCEEDED: _alike_escalation,
    Kind.PRICE_ABOVE_ORDER: _alike_order_price,
    Kind.ORDER_OVERBILLED: _change_order,
    Kind.UNIT_OR_CURRENCY_SLIP: _bulk_order,
    Kind.ROUND_AMOUNTS: _retainers,
    Kind.AMOUNT_OUTLIER: _annual_bill,
    Kind.SPLIT_UNDER_LIMIT: _several_sites,
    Kind.OVER_APPROVAL_LIMIT: _second_signature,
    Kind.DUP_CROSS_VENDOR: _alike_cross_vendor,
    Kind.DUP_EXACT: _reissued,
    Kind.DUP_RENUMBERED: _reissued,
    Kind.DUP_SPLIT: _part_deliveries,
}
"""How more look-alikes of a kind are made where honest trade has not enough of them."""
