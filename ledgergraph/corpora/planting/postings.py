"""Entries and statements: what an auditor would ask about, and closing routines that look like it.

Cases are about entries and figures that have no ids yet; whoever names them
resolves them (`corpora.accounting`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ledgergraph.corpora.actors import Draft, Entity
from ledgergraph.corpora.calendars import working_day, working_day_before
from ledgergraph.corpora.firm import Firm, by_magnitude, one_of, within
from ledgergraph.corpora.planting.choosing import strength
from ledgergraph.corpora.statements import (
    BALANCE_SHEET,
    INCOME_STATEMENT,
    RESULT,
    TOTAL_ASSETS,
    TOTAL_EQUITY,
    TOTAL_LIABILITIES,
    Books,
    Entry,
    Figure,
    is_to_accrue,
    month_of,
)
from ledgergraph.issues import Kind

SUMS = (TOTAL_ASSETS, TOTAL_LIABILITIES, TOTAL_EQUITY, RESULT, "retained_earnings")
THOUSAND = 100_000
"""A thousand of the currency, in cents."""


@dataclass(slots=True)
class Desk:
    """The books while something is planted on them."""

    firm: Firm
    books: Books
    flows: Mapping[tuple[str, str], Mapping[str, int]]
    accrued: Sequence[Entry]
    immaterial: Sequence[Entry]
    taken: set[str] = field(default_factory=set)


EntryPlanter = Callable[[Desk, np.random.Generator], list[Entry] | list[str]]


def desk_of(firm: Firm, books: Books) -> Desk:
    """The books with what each cost account of each entity took month by month."""
    flows: dict[tuple[str, str], dict[str, int]] = {}
    for entry in books.entries:
        period = str(month_of(entry.day))
        for account, amount in entry.lines:
            if account.startswith("expense_"):
                own = flows.setdefault((entry.entity.entity_id, account), {})
                own[period] = own.get(period, 0) + amount
    bills = [e for e in books.entries if e.about is not None and e.lines[-1][0] == "payables"]
    return Desk(
        firm, books, flows, [e for e in bills if e.about and is_to_accrue(firm, e.about)],
        [e for e in bills if e.about and _is_immaterial(firm, e.about, e.day)],
    )  # fmt: skip


def _is_immaterial(firm: Firm, bill: Draft, day: int) -> bool:
    """Whether a bill is about an earlier month than it was booked in, and small."""
    return (
        bill.period is not None and 0 < bill.net < firm.material
        and month_of(bill.period[1]) != month_of(day)
    )  # fmt: skip


def _some_day(desk: Desk, rng: np.random.Generator, *, at_weekend: bool) -> int:
    day = int(rng.integers(desk.firm.first + 5, desk.firm.last - 5))
    monday = day - (day - 1) % 7
    if at_weekend:
        return monday + 5
    return working_day(monday + int(rng.integers(0, 5)), desk.firm.manners.home)


def unusual_entry(desk: Desk, rng: np.random.Generator) -> list[Entry]:
    """Typed in by somebody who never does, at night or without a text, round, on odd accounts."""
    firm, books = desk.firm, desk.books
    marks = 3 + round(strength(firm, rng, 0.0, 2.0))
    has = [bool(mark < marks) for mark in rng.permutation(5)]
    amount = round(by_magnitude(rng, (50_000, 5_000_000)) * firm.manners.amount_level)
    amount = max(THOUSAND, round(amount / THOUSAND) * THOUSAND) if has[0] else amount + 1
    user = one_of(rng, firm.approvers).user if has[1] else one_of(rng, books.accountants)
    text = None if has[2] else one_of(rng, ("Adjustment", "Correction", "Transfer", "As discussed"))
    minute = int(rng.integers(0, 300)) if has[3] else int(rng.integers(540, 1020))
    other = one_of(rng, ("bank", "sales", "receivables")) if has[4] else "accruals"
    entry = Entry(
        one_of(rng, firm.entities), _some_day(desk, rng, at_weekend=has[3]),
        (("other_expenses", amount), (other, -amount)), text, user, True, minute,
    )  # fmt: skip
    books.entries.append(entry)
    return [entry]


def closing_entry(desk: Desk, rng: np.random.Generator) -> list[Entry]:
    """A provision, a reversal or a rare account: late in the evening, and in order."""
    firm, books = desk.firm, desk.books
    amount = round(by_magnitude(rng, (50_000, 5_000_000)) * firm.manners.amount_level)
    if rng.random() < 0.5:
        amount = max(THOUSAND, round(amount / THOUSAND) * THOUSAND)
    month = one_of(rng, books.months[:-1])
    words = ("Provision", "Accrued bonus", "Reclassification", "Write-off", "Rounding")
    entry = Entry(
        one_of(rng, firm.entities), working_day_before(month.last, firm.manners.home),
        (("other_expenses", amount), ("accruals", -amount)),
        f"{one_of(rng, words)} {month}", one_of(rng, books.accountants), True,
        int(rng.integers(1140, 1430)),
    )  # fmt: skip
    lines = tuple((account, -cents) for account, cents in entry.lines)
    day = working_day(month.next.first, firm.manners.home)
    back = entry._replace(day=day, lines=lines, text=f"Reversal: {entry.text}")
    books.entries.extend((entry, back))
    return [entry, back]


def _fresh(desk: Desk, rng: np.random.Generator, entries: Sequence[Entry]) -> Entry | None:
    """One of some bills that nothing was planted on."""
    able = [entry for entry in entries if entry.about and entry.about.invoice_id not in desk.taken]
    entry = one_of(rng, able) if able else None
    if entry is not None and entry.about is not None:
        desk.taken.add(entry.about.invoice_id)
    return entry


def not_accrued(desk: Desk, rng: np.random.Generator) -> list[Entry]:
    """A material bill of the month before, booked only when it came."""
    entry = _fresh(desk, rng, desk.accrued)
    if entry is None:
        return []
    kept = [one for one in desk.books.entries if one.about is not entry.about or one is entry]
    desk.books.entries.clear()
    desk.books.entries.extend(kept)
    return [entry]


def accrued_or_small(desk: Desk, rng: np.random.Generator) -> list[Entry]:
    """A bill of the month before that was accrued, or that is not material."""
    entry = _fresh(desk, rng, desk.accrued if rng.random() < 0.5 else desk.immaterial)
    return [entry] if entry is not None else []


def _usual(desk: Desk, rng: np.random.Generator) -> tuple[str, str, int] | None:
    """An entity, a cost account that it uses month by month, and what that usually takes."""
    able = [key for key, own in desk.flows.items() if len(own) >= min(8, len(desk.books.months))]
    if not able:
        return None
    entity_id, account = one_of(rng, sorted(able))
    usual = int(np.median(list(desk.flows[entity_id, account].values())))
    return (entity_id, account, usual) if usual > 0 else None


def far_off(desk: Desk, rng: np.random.Generator) -> list[str]:
    """Something booked on an account where it does not belong, several times its usual month."""
    found = _usual(desk, rng)
    if found is None:
        return []
    entity_id, account, usual = found
    spread = float(np.std(list(desk.flows[entity_id, account].values())))
    month = one_of(rng, desk.books.months[3:])
    key = f"{entity_id}|{month}|{INCOME_STATEMENT}|{account}"
    if key in desk.taken:
        return []
    desk.taken.add(key)
    amount = round(usual * strength(desk.firm, rng, 1.5, 7.0) + 3 * spread)
    desk.books.entries.append(
        Entry(_entity(desk, entity_id),
              working_day(month.first + int(rng.integers(2, 25)), desk.firm.manners.home),
              ((account, amount), ("bank", -amount)), f"Transfer {int(rng.integers(10**6))}",
              one_of(rng, desk.books.accountants), True, int(rng.integers(540, 1020)))
    )  # fmt: skip
    return [key]


def moved_for_a_reason(desk: Desk, rng: np.random.Generator) -> list[str]:
    """Something sold, or booked from one account to another, with a text that says so."""
    month, user = one_of(rng, desk.books.months[3:]), one_of(rng, desk.books.accountants)
    day = working_day(month.first + int(rng.integers(2, 25)), desk.firm.manners.home)
    minute = int(rng.integers(540, 1020))
    if rng.random() < 0.4:
        entity = one_of(rng, desk.firm.entities)
        price = round(by_magnitude(rng, (1_000_000, 20_000_000)) * desk.firm.manners.amount_level)
        cost, worn = _sellable(desk, entity, day, rng)
        if not cost:
            return []
        lines: tuple[tuple[str, int], ...] = (
            ("bank", price), ("accumulated_depreciation", worn), ("fixed_assets", -cost),
            ("other_income", cost - price - worn),
        )  # fmt: skip
        text, key = "Disposal of assets", f"{entity.entity_id}|{month}|{BALANCE_SHEET}|fixed_assets"
    else:
        found = _usual(desk, rng)
        if found is None:
            return []
        entity, amount = _entity(desk, found[0]), round(found[2] * within(rng, (2, 5)))
        lines = ((found[1], amount), ("other_expenses", -amount))
        text = f"Reclassification {month}"
        key = f"{found[0]}|{month}|{INCOME_STATEMENT}|{found[1]}"
    if key in desk.taken:
        return []
    desk.taken.add(key)
    desk.books.entries.append(Entry(entity, day, lines, text, user, True, minute))
    return [key]


def _sellable(desk: Desk, entity: Entity, day: int, rng: np.random.Generator) -> tuple[int, int]:
    """What some assets of an entity cost, and how far they are worn: what is left stays above zero.

    Their worth only falls, so that what is left at the end of the window is left always.
    """
    own = [entry for entry in desk.books.entries if entry.entity is entity]

    def held(account: str, until: int) -> int:
        return sum(
            cents
            for entry in own if entry.day <= until
            for name, cents in entry.lines if name == account
        )  # fmt: skip

    end = desk.books.months[-1].last
    assets = held("fixed_assets", end)
    worth = assets + held("accumulated_depreciation", end)
    worn = min(-held("accumulated_depreciation", one) for one in (day, end))
    cost = round(max(0, min(assets, worth + worn)) * within(rng, (0.1, 0.6)))
    return cost, min(max(round(cost * within(rng, (0.2, 0.9))), cost - worth), worn, cost)


def _entity(desk: Desk, entity_id: str) -> Entity:
    return next(one for one in desk.firm.entities if one.entity_id == entity_id)


ENTRY_PLANTERS: Mapping[Kind, tuple[EntryPlanter, EntryPlanter, str]] = {
    Kind.CUTOFF_ERROR: (not_accrued, accrued_or_small, "journal_lines"),
    Kind.UNUSUAL_JOURNAL_ENTRY: (unusual_entry, closing_entry, "journal_lines"),
    Kind.ACCOUNT_OUTLIER: (far_off, moved_for_a_reason, "statements"),
}
"""How a case of each kind is planted on entries, how a look-alike is made, and where it shows."""


def misstated(
    firm: Firm, rows: list[Figure], rng: np.random.Generator, taken: set[str]
) -> list[str]:
    """A sum, or what was carried forward, that does not follow from the accounts.

    Each statement (entity and period, joined by `|`) is taken once.
    """
    able = [at for at, row in enumerate(rows) if row.account in SUMS and row.amount]
    at = one_of(rng, able)
    row = rows[at]
    if row.sheet in taken:
        return []
    taken.add(row.sheet)
    share = strength(firm, rng, 0.004, 0.2) * one_of(rng, (-1, 1))
    rows[at] = row._replace(amount=row.amount + (round(row.amount * share) or 100_000))
    return [row.key]


def _sheets(rows: Sequence[Figure]) -> list[tuple[str, str]]:
    return sorted({(r.entity_id, r.period) for r in rows if r.account == TOTAL_ASSETS})


def in_thousands(firm: Firm, rows: list[Figure], rng: np.random.Generator) -> list[str]:
    """A sheet in whole thousands, each figure rounded; or one that shows minorities apart."""
    entity_id, period = one_of(rng, _sheets(rows))
    mine = [
        at for at, row in enumerate(rows)
        if (row.entity_id, row.period, row.statement) == (entity_id, period, BALANCE_SHEET)
    ]  # fmt: skip
    accounts = {rows[at].account: at for at in mine}
    if "minority_interest" in accounts or all(rows[at].amount % THOUSAND == 0 for at in mine):
        return []
    if rng.random() < 0.6:
        for at in mine:
            rows[at] = rows[at]._replace(amount=round(rows[at].amount / THOUSAND) * THOUSAND)
        return [rows[accounts[TOTAL_ASSETS]].key]
    equity = rows[accounts[TOTAL_EQUITY]]
    part = round(abs(equity.amount) * within(rng, (0.05, 0.4)))
    for account in (TOTAL_EQUITY, "retained_earnings"):
        at = accounts[account]
        rows[at] = rows[at]._replace(amount=rows[at].amount - part)
    rows.insert(
        accounts[TOTAL_EQUITY] + 1, equity._replace(account="minority_interest", amount=part)
    )
    return [equity.key]
