"""A synthetic company: its ledger tables, and beside them the truth about what is wrong.

Belongs here: making a company from a seed and freezing it into tables. The
tables are those of `books`, without provenance, as an ERP would export them;
the truth is apart from them, and nothing in a table hints at it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from ledgergraph.books import BOOK_TABLES
from ledgergraph.corpora.actors import Approver, Draft, Entity, NumberSeries, tax_of
from ledgergraph.corpora.catalogue import (
    DIAL_CODES,
    FIRST_NAMES,
    LANGUAGE_OF,
    LANGUAGES,
    LEGAL_FORMS,
    SURNAMES,
)  # fmt: skip
from ledgergraph.corpora.identifiers import digits, iban, vat_id
from ledgergraph.corpora.papers import Paper, paper_of
from ledgergraph.corpora.planting import plant
from ledgergraph.corpora.planting.duplicates import credited
from ledgergraph.corpora.settings import CompanySettings
from ledgergraph.corpora.trade import (
    Firm,
    Manners,
    Person,
    a_vendor,
    an_occasional_vendor,
    by_magnitude,
    one_of,
    place,
    simulate,
    within,
)  # fmt: skip

TEXT: pa.DataType = pa.string()
TRUTH: pa.Schema = pa.schema(
    [("invoice_id", TEXT), ("is_issue", pa.bool_()), ("kinds", TEXT), ("scored", pa.bool_())]
)
PAIRS = pa.schema([("invoice_id", TEXT), ("other_id", TEXT), ("kind", TEXT)])
LOOK_ALIKES = pa.schema([("invoice_id", TEXT), ("kind", TEXT)])
CENT, THOUSANDTH, TEN_THOUSANDTH = Decimal("0.01"), Decimal("0.001"), Decimal("0.0001")
PAYMENT_RUN_DAYS = 7


@dataclass(frozen=True)
class Company:
    """A company as its books show it, and what only its maker knows.

    `tables` hold the columns of `books`, invoices in order of receipt. `truth`
    has a row for each invoice: whether it is an issue, its kinds joined by `|`,
    and whether it may be judged (a price that has only begun to creep may not).
    `duplicates` pairs the later invoice with the original; `look_alikes` names
    honest invoices that resemble a kind. `papers` are the invoices that exist
    as pages too, the first n of them for any n.
    """

    seed: int
    name: str
    home: str
    tables: Mapping[str, pa.Table]
    truth: pa.Table
    duplicates: pa.Table
    look_alikes: pa.Table
    papers: Sequence[Paper]


def make_company(
    seed: int, *, invoices: int = 3000, months: int = 24, settings: CompanySettings | None = None
) -> Company:
    """A company with about that many invoices received over that many months.

    The same arguments give the same company, bit for bit, on any machine.
    Raises ValueError for fewer than 200 invoices or 6 months: no room for habits.
    """
    if invoices < 200 or months < 6:
        raise ValueError("A company needs at least 200 invoices and 6 months.")
    firm = _found(seed, invoices, months, settings or CompanySettings())
    rng = np.random.default_rng([seed, 3])
    honest = invoices * (
        1 - firm.settings.issue_share * (1 + firm.settings.look_alikes_per_case / 3.4)
    )
    while len(firm.drafts) < honest:
        is_occasional = rng.random() < firm.manners.occasional_share
        simulate(firm, an_occasional_vendor(firm, rng) if is_occasional else a_vendor(firm, rng))
    _credit_some(firm, np.random.default_rng([seed, 4]))
    plant(firm)
    return _frozen(firm)


def _found(seed: int, invoices: int, months: int, settings: CompanySettings) -> Firm:
    """The firm before its first vendor: its constants, sites, people and limits."""
    rng = np.random.default_rng([seed, 2])
    home = one_of(rng, settings.homes)
    manners = Manners(
        home, "GBP" if home == "GB" else "EUR", within(rng, settings.hardness),
        within(rng, settings.foreign_share), by_magnitude(rng, settings.amount_level),
        within(rng, settings.clerk_noise), within(rng, settings.late_share),
        by_magnitude(rng, settings.lag_days), by_magnitude(rng, settings.receipt_lag_days),
        within(rng, settings.bank_change_share), within(rng, settings.credit_share),
        within(rng, settings.occasional_share), within(rng, settings.young_share),
        bool(rng.random() < 0.5), bool(rng.random() < settings.has_company_levels),
    )  # fmt: skip
    first = date(int(rng.integers(2019, 2025)), int(rng.integers(1, 13)), 1)
    after = first.year * 12 + first.month - 1 + months
    last = date(after // 12, after % 12 + 1, 1).toordinal() - 1
    name = one_of(rng, SURNAMES[home])
    low, high = settings.sites
    sites = round(int(rng.integers(low, high + 1)) * (invoices / 3000) ** 0.4)
    entities = [_entity(rng, home, name, number) for number in range(1, max(2, sites) + 1)]
    return Firm(
        seed, settings, manners, first.toordinal(), last, entities, _approvers(rng, settings),
        employees=[_employee(rng, home, number) for number in range(1, max(25, invoices // 60))],
    )  # fmt: skip


def _entity(rng: np.random.Generator, home: str, group: str, number: int) -> Entity:
    street, postcode, city = place(rng, home)
    name = f"{group} {city} {LEGAL_FORMS[home][number % 2]}"
    return Entity(f"E{number:02d}", name, street, postcode, city, home, vat_id(rng, home))


def _approvers(rng: np.random.Generator, settings: CompanySettings) -> list[Approver]:
    """Levels of authority with several people each, the highest one practically without limit."""
    limit = by_magnitude(rng, settings.lowest_limit)
    levels, approvers = (
        int(rng.integers(settings.limit_levels[0], settings.limit_levels[1] + 1)),
        [],
    )
    users = iter(rng.permutation(900) + 100)
    for level in range(levels):
        unit = 500 if limit >= 2000 else 50
        amount = 10_000_000 if level == levels - 1 else round(limit / unit) * unit
        low, high = settings.approvers_per_level
        count, amount = int(rng.integers(low, high + 1)), max(unit, amount) * 100
        approvers += [Approver(f"U{next(users)}", amount, level) for _ in range(count)]
        limit *= by_magnitude(rng, settings.limit_ratio)
    return approvers


def _employee(rng: np.random.Generator, home: str, number: int) -> Person:
    name = f"{one_of(rng, FIRST_NAMES[home])} {one_of(rng, SURNAMES[home])}"
    street, postcode, city = place(rng, home)
    return Person(
        f"P{number:04d}",
        name,
        f"{street}, {postcode} {city}",
        iban(rng, home),
        f"+{DIAL_CODES[home]} {digits(rng, 9, first=1)}",
    )


def _credit_some(firm: Firm, rng: np.random.Generator) -> None:
    """Ordinary credit notes, mostly for a part."""
    for draft in list(firm.drafts):
        if rng.random() < firm.manners.credit_share and draft.vendor.mode != "stages":
            share = 1.0 if rng.random() < 0.3 else within(rng, (0.05, 0.5))
            credit = credited(draft, draft.issued + int(rng.integers(3, 40)), rng, share)
            if credit.received <= firm.last and (share == 1.0 or abs(credit.net) < draft.net):
                firm.drafts.append(credit)


# ---------------------------------------------------------------- freezing


def _frozen(firm: Firm) -> Company:
    rng = np.random.default_rng([firm.seed, 5])
    _number(firm, rng)
    _release(firm, rng)
    _name_ids(firm, rng)
    truth = pa.table(
        {
            "invoice_id": [d.invoice_id for d in firm.drafts],
            "is_issue": [bool(d.kinds) for d in firm.drafts],
            "kinds": ["|".join(sorted(d.kinds)) for d in firm.drafts],
            "scored": [d.is_scored for d in firm.drafts],
        },
        schema=TRUTH,
    )
    return Company(
        firm.seed, firm.entities[0].name, firm.manners.home,
        {name: make(firm) for name, make in TABLES.items()},
        truth, _pairs(firm), _look_alikes(firm), _papers(firm),
    )  # fmt: skip


def _number(firm: Firm, rng: np.random.Generator) -> None:
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


def _release(firm: Firm, rng: np.random.Generator) -> None:
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


def _name_ids(firm: Firm, rng: np.random.Generator) -> None:
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
    billed = {id(d.contract) for d in firm.drafts}
    firm.contracts = [c for c in firm.contracts if id(c) in billed or rng.random() < 0.3]
    firm.contracts.sort(
        key=lambda c: (c.starts, c.vendor.vendor_id, c.entity.entity_id if c.entity else "")
    )
    for place_, contract in enumerate(firm.contracts):
        contract.contract_id = f"C{base + place_:06d}"
    firm.orders.sort(key=lambda o: (o.day, o.vendor.vendor_id))
    for place_, order in enumerate(firm.orders):
        order.order_id = str(4_500_000_000 + base * 10 + place_)


def _pairs(firm: Firm) -> pa.Table:
    copies = [d for d in firm.drafts if d.copy_of is not None and d.kinds]
    return pa.table(
        {
            "invoice_id": [d.invoice_id for d in copies],
            "other_id": [d.copy_of.invoice_id for d in copies if d.copy_of],
            "kind": [min(d.kinds) for d in copies],
        },
        schema=PAIRS,
    )


def _look_alikes(firm: Firm) -> pa.Table:
    rows = [
        (d.invoice_id, kind) for d in firm.drafts if not d.kinds for kind in sorted(d.resembles)
    ]
    return pa.table(
        {"invoice_id": [i for i, _ in rows], "kind": [k.value for _, k in rows]}, schema=LOOK_ALIKES
    )


def _papers(firm: Firm) -> tuple[Paper, ...]:
    order = np.random.default_rng([firm.seed, 6]).permutation(len(firm.drafts))
    return tuple(paper_of(firm.drafts[i]) for i in order[:500])


# ---------------------------------------------------------------- tables


def _money(cents: int | None) -> Decimal | None:
    return None if cents is None else cents * CENT


def _day(ordinal: int | None) -> date | None:
    return None if ordinal is None else date.fromordinal(ordinal)


def _number_of(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    columns = BOOK_TABLES[name].columns
    return pa.table(
        {
            column: pa.array([row.get(column) for row in rows], type_)
            for column, type_ in columns.items()
        }
    )


def iban_of(draft: Draft) -> str | None:
    """The account that an invoice names, None where the vendor prints none."""
    if not draft.vendor.prints_iban:
        return None
    return draft.iban or draft.vendor.iban_on(draft.issued)


def _invoice_row(draft: Draft) -> dict[str, Any]:
    vendor, net = draft.vendor, draft.net
    tax = tax_of(net, vendor.tax_rate)
    items = {(line.item, line.price) for line in draft.lines}
    single = len(items) == 1
    quantity = sum(line.quantity for line in draft.lines)
    period = draft.period or (None, None)
    return {
        "invoice_id": draft.invoice_id, "number": draft.number, "type": draft.type,
        "vendor_id": vendor.vendor_id, "vendor_name": vendor.name, "vat_id": vendor.recorded_vat_id,
        "iban": iban_of(draft), "entity_id": draft.entity.entity_id,
        "issue_date": _day(draft.issued), "received_on": _day(draft.received),
        "due_date": _day(due_on(draft)), "currency": draft.currency or vendor.currency,
        "net": net * CENT, "tax": tax * CENT, "gross": (net + tax) * CENT,
        "tax_rate": vendor.tax_rate * CENT,
        "quantity": quantity * THOUSANDTH if single else None,
        "unit_price": draft.lines[0].price * TEN_THOUSANDTH if single else None,
        "lines": len(draft.lines),
        "contract_id": draft.contract.contract_id if draft.contract else None,
        "order_id": draft.order.order_id if draft.order else None,
        "approver": draft.approver.user if draft.approver else None,
        "preceding_invoice": draft.preceding.number if draft.preceding else None,
        "period_start": _day(period[0]), "period_end": _day(period[1]),
    }  # fmt: skip


def due_on(draft: Draft) -> int | None:
    """The due date that the invoice states, None where it states none."""
    terms = draft.vendor.terms
    return None if terms is None or draft.type != "invoice" else draft.issued + terms


def _invoices(firm: Firm) -> pa.Table:
    return _table("invoices", [_invoice_row(draft) for draft in firm.drafts])


def _vendors(firm: Firm) -> pa.Table:
    rows = [
        {
            "vendor_id": v.vendor_id, "name": v.name, "vat_id": v.recorded_vat_id,
            "iban": v.master_iban,
            "address": f"{v.street}, {v.postcode} {v.city}", "country": v.country,
            "registered_on": _day(v.registered_on), "category": v.trade,
        }
        for v in firm.vendors
    ]  # fmt: skip
    return _table("vendors", rows)


def _bank_changes(firm: Firm) -> pa.Table:
    rows = [
        {
            "vendor_id": v.vendor_id, "changed_on": _day(a.logged_on), "iban": a.iban,
            "verified": a.verified,
        }
        for v in firm.vendors for a in v.accounts if a.logged_on is not None
    ]  # fmt: skip
    return _table("bank_changes", sorted(rows, key=lambda r: (r["changed_on"], r["vendor_id"])))


def _contracts(firm: Firm) -> pa.Table:
    rows = [
        {
            "contract_id": c.contract_id, "vendor_id": c.vendor.vendor_id,
            "entity_id": c.entity.entity_id if c.entity else None, "value": _money(c.value),
            "currency": c.vendor.currency, "starts_on": _day(c.starts), "ends_on": _day(c.ends),
            "unit_price": None if c.price is None else c.price * TEN_THOUSANDTH,
            "escalation_pct": _number_of(c.escalation), "tolerance_pct": _number_of(c.tolerance),
        }
        for c in firm.contracts
    ]  # fmt: skip
    return _table("contracts", rows)


def _amendments(firm: Firm) -> pa.Table:
    rows = {
        (c.contract_id, a.day): {
            "contract_id": c.contract_id, "amended_on": _day(a.day), "value": _money(a.value),
            "ends_on": _day(a.ends),
        }
        for c in firm.contracts for a in sorted(c.amendments, key=lambda a: a.day)
        if a.value is not None or a.ends is not None
    }  # fmt: skip
    return _table("contract_amendments", [rows[key] for key in sorted(rows)])


def _purchase_orders(firm: Firm) -> pa.Table:
    language = LANGUAGES.index(LANGUAGE_OF[firm.manners.home])
    rows = [
        {
            "order_id": o.order_id, "line": number, "vendor_id": o.vendor.vendor_id,
            "entity_id": o.entity.entity_id,
            "ordered_on": _day(line.day),
            "description": o.vendor.items[line.item].names[language],
            "quantity": line.quantity * THOUSANDTH, "unit_price": line.price * TEN_THOUSANDTH,
            "currency": o.vendor.currency,
        }
        for o in firm.orders for number, line in enumerate(o.lines, 1)
    ]  # fmt: skip
    return _table("purchase_orders", rows)


def _goods_receipts(firm: Firm) -> pa.Table:
    booked = [(r.day, o.order_id, r) for o in firm.orders for r in o.receipts if r.day <= firm.last]
    booked.sort(key=lambda row: (row[0], row[1], row[2].line))
    rows = [
        {
            "receipt_id": f"GR{700000 + place_}", "order_id": order_id, "line": receipt.line,
            "received_on": _day(day), "quantity": receipt.quantity * THOUSANDTH,
        }
        for place_, (day, order_id, receipt) in enumerate(booked)
    ]  # fmt: skip
    return _table("goods_receipts", rows)


def _limits(firm: Firm) -> pa.Table:
    rows = [(a.user, a.limit) for a in sorted(firm.approvers, key=lambda a: a.user)]
    if firm.manners.has_company_levels:
        rows += [("*", limit) for limit in sorted({a.limit for a in firm.approvers})[:-1]]
    return _table(
        "approval_limits",
        [
            {"approver": u, "max_amount": _money(m), "currency": firm.manners.currency}
            for u, m in rows
        ],
    )


def _payments(firm: Firm) -> pa.Table:
    """Paid in weekly runs at or after the due date; what is due after the window is still open."""
    rng = np.random.default_rng([firm.seed, 8])
    paid = []
    for draft in firm.drafts:
        due = due_on(draft) or draft.received + 14
        day = max(due, draft.received + 2) + int(rng.integers(0, 5))
        day += -day % PAYMENT_RUN_DAYS
        if day <= firm.last:
            paid.append((day, draft))
    paid.sort(key=lambda row: (row[0], row[1].invoice_id))
    rows = [
        {
            "payment_id": f"Z{300000 + place_}", "invoice_id": d.invoice_id, "paid_on": _day(day),
            "amount": _money(d.gross), "currency": d.currency or d.vendor.currency,
            "iban": iban_of(d) or d.vendor.master_iban,
        }
        for place_, (day, d) in enumerate(paid)
    ]  # fmt: skip
    return _table("payments", rows)


def _employees(firm: Firm) -> pa.Table:
    return _table("employees", [person._asdict() for person in firm.employees])


def _approvals(firm: Firm) -> pa.Table:
    """Who released which invoice, second signatures among them."""
    rng = np.random.default_rng([firm.seed, 9])
    rows = []
    for draft in firm.drafts:
        for approver in (draft.approver, draft.second_signature):
            if approver is None:
                continue
            day = datetime.combine(date.fromordinal(draft.received), datetime.min.time(), UTC)
            minutes = int(rng.integers(8 * 60, 18 * 60)) + 1440 * int(rng.integers(0, 3))
            rows.append(
                {
                    "object": "invoice", "object_id": draft.invoice_id, "action": "approve",
                    "user": approver.user, "at": day + timedelta(minutes=minutes),
                }
            )  # fmt: skip
    return _table("approvals", rows)


TABLES: Mapping[str, Callable[[Firm], pa.Table]] = {
    "vendors": _vendors, "bank_changes": _bank_changes, "contracts": _contracts,
    "contract_amendments": _amendments, "purchase_orders": _purchase_orders,
    "goods_receipts": _goods_receipts, "invoices": _invoices, "approval_limits": _limits,
    "payments": _payments, "employees": _employees, "approvals": _approvals,
}  # fmt: skip
"""How each table is made; statements and journal lines are not kept by this company."""
