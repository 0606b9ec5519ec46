"""Contracts: value, term, price and clause, each broken or kept."""

from collections.abc import Callable

import numpy as np

from ledgergraph.corpora.actors import Amendment, Contract, Draft
from ledgergraph.corpora.firm import Firm, by_magnitude, within
from ledgergraph.corpora.planting.choosing import (
    grouped,
    make_dearer,
    of_contract,
    strength,
)  # fmt: skip
from ledgergraph.corpora.trade import FAR, price_on
from ledgergraph.issues import Kind

YEAR = 365.25


def _begins(draft: Draft) -> int:
    return draft.period[0] if draft.period else draft.issued


def _ends(draft: Draft) -> int:
    return draft.period[1] if draft.period else draft.issued


def outside_term(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """The term ends, billing goes on, and nothing prolonged it."""
    found = of_contract(firm, rng, 5, lambda c: c.ends is not None)
    if found is None:
        return []
    contract, drafts = found
    count = int(rng.integers(1, min(4, len(drafts) // 2) + 1))
    late, kept = drafts[-count:], drafts[:-count]
    opening, low = min(map(_begins, late)), max(map(_ends, kept))
    end = min(low + int((opening - low) * rng.random()), opening - 1)
    if end < contract.starts:
        return []
    contract.ends, contract.is_touched = end, True
    contract.amendments = [a for a in contract.amendments if a.ends is None]
    for draft in drafts:
        draft.resembles.discard(Kind.OUTSIDE_CONTRACT_TERM)
        if draft in kept and draft.issued > end:
            draft.resembles.add(Kind.OUTSIDE_CONTRACT_TERM)
    return late


def prolonged(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """The first term ends, but an amendment prolonged it in time."""
    found = of_contract(firm, rng, 5, lambda c: c.ends is not None and not c.amendments)
    if found is None:
        return []
    contract, drafts = found
    late = drafts[-int(rng.integers(1, len(drafts) // 2 + 1)) :]
    opening = min(map(_begins, late))
    contract.amendments.append(Amendment(opening - int(rng.integers(3, 40)), None, contract.ends))
    contract.ends, contract.is_touched = opening - 1, True
    return late


def _unused(contract: Contract, day: int) -> float:
    """What the clause would still allow on a day, as a share of the price that is asked."""
    if not contract.escalation or contract.price is None:
        return 0.0
    years = max(0, int((day - contract.starts) / YEAR))
    allowed = contract.price * (1 + contract.escalation / 100) ** years
    return float(allowed / price_on(contract.vendor, 0, day, contract) - 1)


def _allowance(contract: Contract, day: int) -> float:
    """The factor up to which a price is in order on a day: tolerance, and what the clause left."""
    return (1 + (contract.tolerance or 0.0) / 100) * (1 + _unused(contract, day))


def price_above(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Prices above the agreed one: once or twice, or from some day on."""
    found = of_contract(firm, rng, 4, lambda c: c.price is not None)
    if found is None:
        return []
    contract, drafts = found
    contract.is_touched = True
    factor = _allowance(contract, drafts[-1].issued) * (1 + strength(firm, rng, 0.012, 0.16))
    start = int(rng.integers(1, len(drafts)))
    hit = drafts[start : start + int(rng.integers(1, 3))]
    return make_dearer(hit if rng.random() < 0.5 else drafts[-int(rng.integers(2, 5)) :], factor)


def within_tolerance(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Prices above the agreed one, but within the tolerance."""
    found = of_contract(firm, rng, 2, lambda c: c.price is not None)
    if found is None:
        return []
    contract, drafts = found
    contract.is_touched = True
    contract.tolerance = contract.tolerance or round(within(rng, firm.settings.tolerance_pct), 1)
    factor = 1 + contract.tolerance / 100 * within(rng, (0.4, 0.95))
    start = int(rng.integers(1, len(drafts)))
    return _at_most(drafts[start : start + int(rng.integers(2, 12))], lambda _: factor)


def _at_most(drafts: list[Draft], factor_of: Callable[[Draft], float]) -> list[Draft]:
    """Raise prices by a factor, rounded down, so that no rounding breaks what was agreed."""
    for draft in drafts:
        factor = factor_of(draft)
        draft.lines = tuple(
            line._replace(price=max(line.price, _down(line.price * factor))) for line in draft.lines
        )
    return drafts


def _down(price: float) -> int:
    return int(price) if price < 10_000 else int(price) // 100 * 100


def _after_first_year(contract: Contract, drafts: list[Draft]) -> list[Draft]:
    return [d for d in drafts if _begins(d) >= contract.starts + YEAR + 1]


def escalated(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A yearly increase beyond the clause, from an anniversary on."""
    found = of_contract(firm, rng, 4, lambda c: c.price is not None and c.escalation)
    if found is None:
        return []
    contract, drafts = found
    later = _after_first_year(contract, drafts)
    if not later or len(later) == len(drafts):
        return []
    contract.is_touched = True
    later = later[-int(rng.integers(2, 8)) :]
    factor = _allowance(contract, later[-1].issued) * (1 + strength(firm, rng, 0.012, 0.09))
    return make_dearer(later, factor)


def escalated_by_clause(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A yearly increase that takes all that the clause allows."""
    found = of_contract(firm, rng, 4, lambda c: c.price is not None and c.escalation)
    if found is None:
        return []
    contract, drafts = found
    later = _after_first_year(contract, drafts)
    contract.is_touched = bool(later)
    return _at_most(later, lambda d: 1 + _unused(contract, _begins(d) - 1))


def over_value(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """The last one to three invoices go beyond the value, and nobody amended it."""
    groups = grouped(firm, "contract")
    found = of_contract(
        firm, rng, 6,
        lambda c: c.value is None and all(d.type == "invoice" for d in groups.get(id(c), [])),
    )  # fmt: skip
    if found is None:
        return []
    contract, drafts = found
    drafts = sorted(drafts, key=lambda d: (d.received, d.issued))
    count = int(rng.integers(1, 4))
    hit = drafts[-count:]
    if any(d.received == drafts[-count - 1].received for d in hit):
        return []
    before = sum(d.net for d in drafts[:-count])
    cap = before + int(hit[0].net * (1 - strength(firm, rng, 0.05, 0.95)))
    contract.value = int(cap / (1 + (contract.tolerance or 0.0) / 100))
    contract.has_value, contract.is_touched = True, True
    contract.amendments = [Amendment(a.day, None, a.ends) for a in contract.amendments]
    return hit


def fix_values(firm: Firm, rng: np.random.Generator) -> None:
    """Give honest contracts a value that billing stays within, some by an amendment in time."""
    groups = grouped(firm, "contract")
    for contract in firm.contracts:
        if contract.value is not None or not contract.has_value:
            continue
        drafts = sorted(groups.get(id(contract), []), key=lambda d: d.received)
        total = max(sum(d.net for d in drafts if d.type == "invoice"), 50_000)
        # Billing may go on after the window: a contract half way through is worth twice as much.
        end = contract.end_on(FAR) or firm.last
        run = max(60, min(end, firm.last) - max(contract.starts, firm.first))
        planned = total * max(1.0, (end - contract.starts + 1) / run) ** 0.9
        slack = by_magnitude(rng, firm.settings.contract_slack)
        contract.value = _rounded_up(planned * slack, rng)
        if len(drafts) >= 6 and rng.random() < 0.35:
            _raise_in_time(contract, drafts, rng)


def _raise_in_time(contract: Contract, drafts: list[Draft], rng: np.random.Generator) -> None:
    """Let the value start lower and be raised before it is used up."""
    at = int(rng.integers(len(drafts) // 2, len(drafts)))
    day = drafts[at].received - int(rng.integers(1, 25))
    before = sum(d.net for d in drafts if d.received <= day and d.type == "invoice")
    if before <= 0 or day <= contract.starts or contract.value is None:
        return
    lower = _rounded_up(before * within(rng, (1.01, 1.15)), rng)
    if lower < contract.value:
        contract.amendments.append(Amendment(day, contract.value, None))
        contract.value = lower
        for draft in drafts[at:]:
            draft.resembles.add(Kind.OVER_CONTRACT_VALUE)


def _rounded_up(cents: float, rng: np.random.Generator) -> int:
    unit = int(rng.choice([1_000, 10_000, 50_000, 100_000]))
    return int(-(-cents // unit) * unit)
