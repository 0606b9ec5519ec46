"""The ledger tables of a synthetic company, in the columns of `books`."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from ledgergraph.books import BOOK_TABLES
from ledgergraph.corpora.actors import Draft, tax_of
from ledgergraph.corpora.calendars import working_day
from ledgergraph.corpora.catalogue import LANGUAGE_OF, LANGUAGES
from ledgergraph.corpora.firm import Firm
from ledgergraph.tables import AMOUNT

CENT, THOUSANDTH, TEN_THOUSANDTH = Decimal("0.01"), Decimal("0.001"), Decimal("0.0001")


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
    tax = tax_of(net, draft.tax_rate)
    items = {(line.item, line.price) for line in draft.lines}
    single = len(items) == 1
    quantity = sum(line.quantity for line in draft.lines)
    period = draft.period or (None, None)
    return {
        "invoice_id": draft.invoice_id, "number": draft.number, "type": draft.type,
        "vendor_id": vendor.vendor_id, "vendor_name": vendor.name, "vat_id": vendor.recorded_vat_id,
        "iban": iban_of(draft), "entity_id": draft.entity.entity_id,
        "issue_date": _day(draft.issued), "received_on": _day(draft.received),
        "due_date": _day(draft.due), "currency": draft.currency or vendor.currency,
        "net": net * CENT, "tax": tax * CENT, "gross": (net + tax) * CENT,
        "tax_rate": draft.tax_rate * CENT,
        "quantity": quantity * THOUSANDTH if single else None,
        "unit_price": draft.lines[0].price * TEN_THOUSANDTH if single else None,
        "lines": len(draft.lines),
        "contract_id": draft.contract.contract_id if draft.contract else None,
        "order_id": draft.order.order_id if draft.order else None,
        "approver": draft.approver.user if draft.approver else None,
        "preceding_invoice": draft.preceding.number if draft.preceding else None,
        "period_start": _day(period[0]), "period_end": _day(period[1]),
    }  # fmt: skip


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
        for v in firm.vendors if v.is_listed
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
            "contract_id": o.contract.contract_id if o.contract else None,
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
    rows = [
        {
            "payment_id": paid.payment_id, "invoice_id": paid.draft.invoice_id,
            "paid_on": _day(paid.day), "amount": _money(paid.amount),
            "currency": paid.draft.currency or paid.draft.vendor.currency,
            "iban": paid.iban or paid.draft.iban or paid.draft.vendor.iban_on(paid.draft.issued),
        }
        for paid in firm.payments
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
            minutes, after = int(rng.integers(8 * 60, 18 * 60)), int(rng.integers(0, 3))
            signed = working_day(draft.received + after, firm.manners.home)
            day = datetime.combine(date.fromordinal(signed), datetime.min.time(), UTC)
            rows.append(
                {
                    "object": "invoice", "object_id": draft.invoice_id, "action": "approve",
                    "user": approver.user, "at": day + timedelta(minutes=minutes),
                }
            )  # fmt: skip
    return _table("approvals", rows + _entries(firm))


def _entries(firm: Firm) -> list[dict[str, Any]]:
    """Who entered vendors and orders, where the company keeps that."""
    made = [
        ("vendor", v.vendor_id, v.registered_on, v.created_by) for v in firm.vendors if v.is_listed
    ]
    made += [("order", o.order_id, o.day, o.created_by) for o in firm.orders]
    rng = np.random.default_rng([firm.seed, 10])
    rows = []
    for object_, object_id, day, user in made:
        minute = int(rng.integers(7 * 60, 17 * 60))
        if user is not None:
            at = datetime.combine(date.fromordinal(day), datetime.min.time(), UTC)
            rows.append(
                {
                    "object": object_, "object_id": object_id, "action": "create", "user": user,
                    "at": at + timedelta(minutes=minute),
                }
            )  # fmt: skip
    return rows


REMINDERS: pa.Schema = pa.schema(
    [("reminder_id", pa.string()), ("invoice_id", pa.string()), ("number", pa.string()),
     ("vendor_id", pa.string()), ("sent_on", pa.date32()), ("level", pa.int64()),
     ("fee", AMOUNT), ("currency", pa.string())]
)  # fmt: skip
DUNNING_DAYS = 14


def reminders(firm: Firm, rng: np.random.Generator) -> pa.Table:
    """What vendors send when nothing came by the due date: up to three reminders, then fees."""
    settled: dict[str, int] = {}
    for paid in firm.payments:
        settled[paid.draft.invoice_id] = max(settled.get(paid.draft.invoice_id, 0), paid.day)
    rows: list[dict[str, Any]] = []
    for draft in firm.drafts:
        until, sent = settled.get(draft.invoice_id, firm.last), draft.due
        patience = DUNNING_DAYS + draft.vendor.seed % 20
        for level in (1, 2, 3):
            if sent is None or draft.copy_of is not None or draft.iban is not None:
                break
            sent += patience + int(rng.integers(0, 9))
            if sent >= until:
                break
            rows.append(
                {
                    "invoice_id": draft.invoice_id, "number": draft.number,
                    "vendor_id": draft.vendor.vendor_id, "sent_on": _day(sent), "level": level,
                    "fee": _money(500 * (level - 1)),
                    "currency": draft.currency or draft.vendor.currency,
                }
            )  # fmt: skip
    rows.sort(key=lambda row: (row["sent_on"], row["invoice_id"]))
    for place_, row in enumerate(rows, 1):
        row["reminder_id"] = f"M{place_:06d}"
    return pa.Table.from_pylist(rows, schema=REMINDERS)


TABLES: Mapping[str, Callable[[Firm], pa.Table]] = {
    "vendors": _vendors, "bank_changes": _bank_changes, "contracts": _contracts,
    "contract_amendments": _amendments, "purchase_orders": _purchase_orders,
    "goods_receipts": _goods_receipts, "invoices": _invoices, "approval_limits": _limits,
    "payments": _payments, "employees": _employees, "approvals": _approvals,
}  # fmt: skip
"""How each table is made; statements and journal lines are made by `accounting`."""
