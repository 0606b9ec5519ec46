"""The ledger tables of a synthetic company, in the columns of `books`."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from ledgergraph.books import BOOK_TABLES
from ledgergraph.corpora.actors import Draft, tax_of
from ledgergraph.corpora.catalogue import LANGUAGE_OF, LANGUAGES
from ledgergraph.corpora.firm import Firm

CENT, THOUSANDTH, TEN_THOUSANDTH = Decimal("0.01"), Decimal("0.001"), Decimal("0.0001")
PAYMENT_RUN_DAYS = 7


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
