"""The books of account of a made company: journal entries, and statements that follow from them.

Belongs here: double entry (each entry sums to zero), month by month the balance
sheet and the income statement of each entity, and the sales that stand behind
its income. Amounts are cents of the company's currency; debits are above zero.
Not here: what is planted on entries and statements (planting.postings).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.books import JOURNAL_LINES, STATEMENTS
from ledgergraph.corpora.actors import Draft, Entity
from ledgergraph.corpora.calendars import working_day, working_day_before
from ledgergraph.corpora.firm import Firm, by_magnitude, one_of, within
from ledgergraph.tables import AMOUNT, DATE, TEXT, TIME

BALANCE_SHEET, INCOME_STATEMENT = "balance_sheet", "income_statement"
ASSETS = (
    "bank", "receivables", "input_tax", "prepaid_expenses", "fixed_assets",
    "accumulated_depreciation",
)  # fmt: skip
LIABILITIES = ("payables", "output_tax", "payroll_liabilities", "accruals", "loans")
TAXES = ("input_tax", "output_tax")
EQUITY = ("share_capital", "retained_earnings")
INCOME = ("sales", "other_income")
TOTAL_ASSETS, TOTAL_LIABILITIES, TOTAL_EQUITY = "total_assets", "total_liabilities", "total_equity"
TOTAL_INCOME, TOTAL_EXPENSES, RESULT = "total_income", "total_expenses", "result"
SYSTEM = "SYSTEM"
"""The user of entries that nobody types."""
NO_INPUT_TAX = ("US",)
"""Where the tax on purchases is a cost."""
SALES_ORDERS: pa.Schema = pa.schema(
    [("sales_order_id", TEXT), ("entity_id", TEXT), ("customer", TEXT), ("ordered_on", DATE),
     ("invoice_number", TEXT), ("invoiced_on", DATE), ("net", AMOUNT), ("tax", AMOUNT),
     ("currency", TEXT), ("paid_on", DATE)]
)  # fmt: skip


class Month(NamedTuple):
    """A calendar month."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02d}"

    @property
    def first(self) -> int:
        """Its first day."""
        return date(self.year, self.month, 1).toordinal()

    @property
    def next(self) -> "Month":
        """The month after it."""
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    @property
    def last(self) -> int:
        """Its last day."""
        return self.next.first - 1


def month_of(day: int) -> Month:
    """The month of a day."""
    written = date.fromordinal(day)
    return Month(written.year, written.month)


class Entry(NamedTuple):
    """One journal entry: accounts with cents, debits above zero; `about` what it books, if any."""

    entity: Entity
    day: int
    lines: tuple[tuple[str, int], ...]
    text: str | None
    user: str = SYSTEM
    is_manual: bool = False
    minute: int = 0
    about: Draft | None = None


class Sale(NamedTuple):
    """A sales order with its invoice, and the day on which the customer paid."""

    entity: Entity
    customer: str
    ordered: int
    invoiced: int
    net: int
    tax: int
    paid: int


class Books(NamedTuple):
    """The entries of a company in the making, what it sold, and who keeps its books."""

    entries: list[Entry]
    sales: list[Sale]
    accountants: Sequence[str]
    months: Sequence[Month]


def booked(firm: Firm, sales_tax: int, customers: Sequence[str]) -> Books:
    """All entries of the window: purchases, payments, sales, payroll, depreciation, taxes.

    `sales_tax` is the rate of what the company sells, in hundredths of a percent.
    """
    rng = np.random.default_rng([firm.seed, 20])
    months = [month_of(firm.first)]
    while months[-1].last < firm.last:
        months.append(months[-1].next)
    accountants = [f"B{int(n)}" for n in rng.permutation(90)[: int(rng.integers(2, 6))] + 10]
    books = Books([], [], accountants, months)
    rates = {c: by_magnitude(rng, (0.75, 1.3)) for c in ("EUR", "GBP", "USD")}
    rates[firm.manners.currency] = 1.0
    _purchases(firm, books, rates)
    spent = {id(entity): 0 for entity in firm.entities}
    for entry in books.entries:
        if entry.about is not None and entry.lines[-1][0] == "payables":
            spent[id(entry.entity)] -= entry.lines[-1][1]
    for entity in firm.entities:
        monthly = max(1_000_000, spent[id(entity)] // len(months))
        wages = round(monthly * by_magnitude(rng, (0.2, 0.9)))
        worth = _opening(firm, books, entity, monthly, rng)
        _sales(firm, books, entity, round((monthly + wages) * within(rng, (1.05, 1.5))),
               sales_tax, customers, rng)  # fmt: skip
        _routines(books, entity, wages, monthly, worth, rng)
    _settle_tax(books)
    _accruals(firm, books, rates, rng)
    return books


def _purchases(firm: Firm, books: Books, rates: Mapping[str, float]) -> None:
    has_input_tax = firm.manners.home not in NO_INPUT_TAX
    for draft in firm.drafts:
        rate = rates[draft.currency or draft.vendor.currency]
        gross, net = round(draft.gross * rate), round(draft.net * rate)
        cost = net if has_input_tax else gross
        lines = [(expense_of(draft), cost), ("input_tax", gross - cost), ("payables", -gross)]
        books.entries.append(
            Entry(draft.entity, draft.received, _without_zeros(lines),
                  f"{draft.vendor.name} {draft.number}", minute=_minute(draft), about=draft)
        )  # fmt: skip
    for paid in firm.payments:
        rate = rates[paid.draft.currency or paid.draft.vendor.currency]
        cents = round(paid.amount * rate)
        books.entries.append(
            Entry(paid.draft.entity, paid.day, (("payables", cents), ("bank", -cents)),
                  f"Payment {paid.draft.number}", minute=300)
        )  # fmt: skip


def expense_of(draft: Draft) -> str:
    """The account of what a vendor sells."""
    return f"expense_{draft.vendor.trade}"


def _minute(draft: Draft) -> int:
    return 7 * 60 + int(draft.invoice_id[-3:]) * 7 % 600


def _without_zeros(lines: Sequence[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    return tuple(line for line in lines if line[1] or line[0] == "payables")


def _opening(
    firm: Firm, books: Books, entity: Entity, monthly: int, rng: np.random.Generator
) -> int:
    """The balances that an entity begins with; returns what its fixed assets are worth in cents."""
    bank, assets = round(monthly * within(rng, (2, 8))), round(monthly * within(rng, (1, 30)))
    worn, loans = round(assets * within(rng, (0.1, 0.7))), round(assets * within(rng, (0, 0.6)))
    capital = one_of(rng, (2_500_000, 5_000_000, 10_000_000))
    kept = -(bank + assets - worn - loans - capital)
    lines = (
        ("bank", bank), ("fixed_assets", assets), ("accumulated_depreciation", -worn),
        ("loans", -loans), ("share_capital", -capital), ("retained_earnings", kept),
    )  # fmt: skip
    day = books.months[0].first
    books.entries.append(Entry(entity, day, lines, "Opening balances", books.accountants[0], True))
    return assets - worn


def _sales(
    firm: Firm, books: Books, entity: Entity, monthly: int, rate: int, customers: Sequence[str],
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Orders by customers, invoiced and paid some days later; income has a season."""
    count, amplitude = by_magnitude(rng, (3, 25)), within(rng, (0, 0.5))
    phase, slow = within(rng, (0, 12)), by_magnitude(rng, (5, 40))
    for month in books.months:
        season = 1 + amplitude * np.sin((month.month - phase) / 12 * 2 * np.pi)
        shares = rng.gamma(2.0, 1.0, 1 + int(rng.poisson(count)))
        days = np.sort(rng.integers(month.first, month.last + 1, len(shares)))
        for share, day in zip((shares / shares.sum()).tolist(), days.tolist(), strict=True):
            net = max(100, round(monthly * float(season) * share))
            tax = (net * rate + 5_000) // 10_000
            paid = working_day(day + 3 + int(rng.exponential(slow)), entity.country)
            sale = Sale(entity, one_of(rng, customers), day - int(rng.integers(1, 30)), day, net,
                        tax, paid)  # fmt: skip
            books.sales.append(sale)
            lines = (("receivables", net + tax), ("sales", -net), ("output_tax", -tax))
            posted = tuple(line for line in lines if line[1])
            books.entries.append(Entry(entity, day, posted, f"Sale {sale.customer}", minute=600))
            if paid <= firm.last:
                received = (("bank", net + tax), ("receivables", -net - tax))
                books.entries.append(Entry(entity, paid, received, f"Receipt {sale.customer}"))


def _routines(
    books: Books, entity: Entity, wages: int, monthly: int, worth: int, rng: np.random.Generator
) -> None:
    """What comes every month: wages with their taxes, and depreciation of what assets are worth."""
    user = one_of(rng, books.accountants)
    worn = max(100, round(monthly * within(rng, (0.01, 0.2))))
    held = within(rng, (0.2, 0.45))
    for month in books.months:
        pay = round(wages * within(rng, (0.97, 1.03)))
        kept = round(pay * held)
        last = working_day_before(month.last, entity.country)
        late = 17 * 60 + int(rng.integers(0, 200))
        lines = (("payroll", pay), ("bank", kept - pay), ("payroll_liabilities", -kept))
        books.entries.append(Entry(entity, last, lines, f"Payroll {month}", user, True, late))
        worn = min(worn, worth)
        worth -= worn
        wear = (("depreciation", worn), ("accumulated_depreciation", -worn))
        if worn:
            text = f"Depreciation {month}"
            books.entries.append(Entry(entity, last, wear, text, user, True, late + 9))
        due = (("payroll_liabilities", kept), ("bank", -kept))
        if month.next in books.months:
            day = working_day(month.next.first + 9, entity.country)
            books.entries.append(Entry(entity, day, due, f"Payroll taxes {month}", user, True, 640))


def _settle_tax(books: Books) -> None:
    """The tax of a month's sales less that of its purchases, paid or paid back in the next."""
    months = {(month.year, month.month): month for month in books.months}
    taxes: dict[tuple[str, Month], dict[str, int]] = {}
    entities = {entry.entity.entity_id: entry.entity for entry in books.entries}
    for entry in books.entries:
        written = date.fromordinal(entry.day)
        own = entry.entity.entity_id, months[written.year, written.month]
        for account, amount in entry.lines:
            if account in TAXES:
                held = taxes.setdefault(own, dict.fromkeys(TAXES, 0))
                held[account] += amount
    for (entity_id, month), held in sorted(taxes.items()):
        if month.next in books.months:
            lines = tuple((account, -held[account]) for account in TAXES if held[account])
            paid = (*lines, ("bank", sum(held.values())))
            entity, text = entities[entity_id], f"Tax return {month}"
            day, user = working_day(month.next.first + 9, entity.country), books.accountants[0]
            books.entries.append(Entry(entity, day, paid, text, user, True, 650))


def _accruals(
    firm: Firm, books: Books, rates: Mapping[str, float], rng: np.random.Generator
) -> None:
    """Services of a month billed after it: accrued at its end, and taken back in the next.

    What is below the company's materiality is left, and so is what closing does not
    expect any more: bills that come much later.
    """
    user = one_of(rng, books.accountants)
    for draft in firm.drafts:
        if is_to_accrue(firm, draft):
            month = month_of(draft.period[1]) if draft.period else month_of(draft.issued)
            net = round(draft.net * rates[draft.currency or draft.vendor.currency])
            lines = ((expense_of(draft), net), ("accruals", -net))
            back = tuple((account, -cents) for account, cents in lines)
            text = f"Accrual {draft.vendor.name} {month}"
            at = 18 * 60 + int(rng.integers(0, 240))
            day = working_day_before(month.last, draft.entity.country)
            books.entries.append(Entry(draft.entity, day, lines, text, user, True, at, draft))
            day = working_day(month.next.first, draft.entity.country)
            books.entries.append(
                Entry(draft.entity, day, back, f"Reversal: {text}", user, True, 480, draft)
            )


CLOSING_DAYS = 60
"""So many days after a month its bills are still expected."""


def materiality(firm: Firm) -> float:
    """The amount in cents below which a bill of the month before is not accrued."""
    return float(np.quantile([abs(draft.net) for draft in firm.drafts], 0.6))


def is_to_accrue(firm: Firm, draft: Draft) -> bool:
    """Whether a bill is about a month before the one in which it came in, and material."""
    if draft.period is None or draft.type != "invoice" or draft.copy_of is not None:
        return False
    end = draft.period[1]
    month = month_of(end)
    return (
        firm.first <= end <= month.last < draft.received <= month.last + CLOSING_DAYS
        and draft.net >= firm.material
    )  # fmt: skip


def cents(values: Sequence[int] | np.ndarray) -> pa.Array:
    """Whole cents as amounts of the books."""
    hundredth = pa.scalar(Decimal("0.01"), pa.decimal128(3, 2))
    whole = pa.array(values, pa.int64()).cast(pa.decimal128(19, 0))
    return pc.multiply(whole, hundredth).cast(AMOUNT)


def named(books: Books) -> list[tuple[str, Entry]]:
    """Entries with their ids, by entity and day."""
    order = sorted(range(len(books.entries)), key=lambda at: _place(books.entries[at], at))
    counts: dict[tuple[str, int], int] = {}
    result = []
    for at in order:
        entry = books.entries[at]
        year = date.fromordinal(entry.day).year
        key = (entry.entity.entity_id, year)
        counts[key] = counts.get(key, 0) + 1
        result.append((f"{key[0]}-{year}-{counts[key]:06d}", entry))
    return result


def _place(entry: Entry, at: int) -> tuple[str, int, int, int]:
    return entry.entity.entity_id, entry.day, entry.minute, at


EPOCH = date(1970, 1, 1).toordinal()


def journal_table(entries: Sequence[tuple[str, Entry]], currency: str) -> pa.Table:
    """Table `journal_lines`; amounts are above zero for debits and below for credits."""
    counts = np.array([len(entry.lines) for _, entry in entries])
    of = pa.array(np.repeat(np.arange(len(entries)), counts))
    posted = [((e.day - EPOCH) * 1440 + e.minute) * 60_000_000 for _, e in entries]
    months = {day: str(month_of(day)) for day in {entry.day for _, entry in entries}}
    lines = [line for _, entry in entries for line in entry.lines]
    schema = pa.schema(JOURNAL_LINES.columns)
    by_entry = {
        "journal_id": pa.array([journal_id for journal_id, _ in entries], pa.string()),
        "posted_at": pa.array(posted, pa.int64()).cast(TIME),
        "period": pa.array([months[entry.day] for _, entry in entries], pa.string()),
        "user": pa.array([entry.user for _, entry in entries], pa.string()),
        "text": pa.array([entry.text for _, entry in entries], pa.string()),
        "manual": pa.array([entry.is_manual for _, entry in entries], pa.bool_()),
    }
    columns = {name: values.take(of) for name, values in by_entry.items()}
    columns |= {
        "line": pa.array([n for own in counts.tolist() for n in range(1, own + 1)], pa.int64()),
        "account": pa.array([account for account, _ in lines], pa.string()),
        "amount": cents([amount for _, amount in lines]),
        "currency": pa.array([currency] * len(lines), pa.string()),
    }
    return pa.table({name: columns[name] for name in schema.names}, schema=schema)


class Figure(NamedTuple):
    """One row of a statement, in cents with the sign that it is printed with."""

    entity_id: str
    period: str
    statement: str
    account: str
    amount: int

    @property
    def sheet(self) -> str:
        """The entity and the period."""
        return f"{self.entity_id}|{self.period}"

    @property
    def key(self) -> str:
        """The key of its row."""
        return f"{self.entity_id}|{self.period}|{self.statement}|{self.account}"


def figures(books: Books) -> Iterator[Figure]:
    """The statements of every entity and month, from the entries alone."""
    moves: dict[str, dict[Month, dict[str, int]]] = {}
    for entry in books.entries:
        own = moves.setdefault(entry.entity.entity_id, {}).setdefault(month_of(entry.day), {})
        for account, amount in entry.lines:
            own[account] = own.get(account, 0) + amount
    for entity_id in sorted(moves):
        balance: dict[str, int] = {}
        earlier = year = 0
        for month in books.months:
            moved = moves[entity_id].get(month, {})
            if month.month == 1:
                earlier, year = earlier + year, 0
            flows = {a: n for a, n in moved.items() if a not in (*ASSETS, *LIABILITIES, *EQUITY)}
            for account, amount in moved.items():
                if account not in flows:
                    balance[account] = balance.get(account, 0) + amount
            year -= sum(flows.values())
            yield from _sheet(entity_id, str(month), balance, earlier, year)
            yield from _income(entity_id, str(month), flows)


def _sheet(
    entity_id: str, period: str, balance: Mapping[str, int], earlier: int, year: int
) -> Iterator[Figure]:
    def row(account: str, amount: int) -> Figure:
        return Figure(entity_id, period, BALANCE_SHEET, account, amount)

    for account in ASSETS:
        yield row(account, balance.get(account, 0))
    yield row(TOTAL_ASSETS, sum(balance.get(account, 0) for account in ASSETS))
    for account in LIABILITIES:
        yield row(account, -balance.get(account, 0))
    yield row(TOTAL_LIABILITIES, -sum(balance.get(account, 0) for account in LIABILITIES))
    capital, kept = (-balance.get(account, 0) for account in EQUITY)
    yield row("share_capital", capital)
    yield row("retained_earnings", kept + earlier)
    yield row("result_for_the_year", year)
    yield row(TOTAL_EQUITY, capital + kept + earlier + year)


def _income(entity_id: str, period: str, flows: Mapping[str, int]) -> Iterator[Figure]:
    income = {account: -flows.get(account, 0) for account in INCOME}
    costs = {account: flows[account] for account in sorted(flows) if account not in INCOME}
    earned, spent = sum(income.values()), sum(costs.values())
    rows = {**income, TOTAL_INCOME: earned, **costs, TOTAL_EXPENSES: spent, RESULT: earned - spent}
    for account, amount in rows.items():
        yield Figure(entity_id, period, INCOME_STATEMENT, account, amount)


def statements_table(rows: Sequence[Figure], currency: str) -> pa.Table:
    """Table `statements`."""
    return pa.table(
        {
            "entity_id": [row.entity_id for row in rows], "period": [row.period for row in rows],
            "statement": [row.statement for row in rows],
            "account": [row.account for row in rows], "amount": cents([r.amount for r in rows]),
            "currency": [currency] * len(rows),
        },
        schema=pa.schema(STATEMENTS.columns),
    )  # fmt: skip


def sales_table(firm: Firm, books: Books) -> pa.Table:
    """Sales orders with their invoices, by the day of the invoice; unpaid ones have no day."""
    rows = sorted(books.sales, key=lambda s: (s.invoiced, s.entity.entity_id, s.customer, s.net))
    days = [
        pa.array([day - EPOCH if day <= firm.last else None for day in column], pa.int32())
        for column in zip(*((s.ordered, s.invoiced, s.paid) for s in rows), strict=True)
    ]
    ordered, invoiced, paid = (column.cast(DATE) for column in days)
    count = range(1, len(rows) + 1)
    return pa.table(
        {
            "sales_order_id": [f"SO{n:06d}" for n in count],
            "entity_id": [s.entity.entity_id for s in rows],
            "customer": [s.customer for s in rows], "ordered_on": ordered,
            "invoice_number": [f"S{n:06d}" for n in count], "invoiced_on": invoiced,
            "net": cents([s.net for s in rows]), "tax": cents([s.tax for s in rows]),
            "currency": [firm.manners.currency] * len(rows), "paid_on": paid,
        },
        schema=SALES_ORDERS,
    )  # fmt: skip
