"""Approvals: the amounts against the limits of those who approved them."""

from decimal import Decimal

from ledgergraph.anomalies.subjects import Measures, Row, Subjects
from ledgergraph.anomalies.wording import counted, listed, money, percent, printable


def over_approval_limit(invoice: Row, subjects: Subjects, measures: Measures) -> str | None:
    """The amount against the highest limit of those who approved the invoice."""
    limits = {who: _limit(who, invoice, subjects) for who in _approvers(invoice, subjects)}
    known = [limit for limit in limits.values() if limit is not None]
    if not known:
        return None
    limit, what, amount = max(known), *_limited(invoice, measures)
    if amount is None or amount <= limit:
        return None
    names = listed([printable(who) for who in sorted(limits)])
    highest = "limit is" if len(limits) == 1 else "highest limit is"
    currency = invoice["currency"]
    return (
        f"It was approved by {names}, whose {highest} {money(limit, currency)}; "
        f"its {what} of {money(amount, currency)} is {percent(float(amount / limit - 1))} above."
    )


def _limited(invoice: Row, measures: Measures) -> tuple[str, Decimal | None]:
    """The amount that the company is seen to apply its limits to."""
    net, gross = measures.get("authority_use"), measures.get("authority_use_gross")
    applied = measures.get("authority_excess")
    is_gross = applied is not None and applied == gross and applied != net
    name = "gross" if is_gross else "net"
    amount: Decimal | None = invoice[name] if invoice[name] is not None else invoice["gross"]
    return name, amount if amount is None else abs(amount)


def _approvers(invoice: Row, subjects: Subjects) -> set[str]:
    """Those who approved an invoice, by its row and by the table of approvals."""
    given = subjects.rows_by("approvals", "object_id").get(invoice["invoice_id"], [])
    signed = {
        row["user"]
        for row in given
        if row["user"] and (row["action"] or "").lower().startswith("approv")
    }
    return signed | ({invoice["approver"]} if invoice["approver"] else set())


def _limit(who: str, invoice: Row, subjects: Subjects) -> Decimal | None:
    amounts: list[Decimal] = [
        row["max_amount"]
        for row in subjects.rows_by("approval_limits", "approver").get(who, [])
        if row["max_amount"] and row["currency"] in (None, invoice["currency"])
    ]
    return max(amounts, default=None)


def split_under_limit(invoice: Row, subjects: Subjects, measures: Measures) -> str | None:
    """What the parts come to, against the limit of the one who approved them."""
    who = invoice["approver"]
    limit = _limit(who, invoice, subjects) if who else None
    parts, over = measures.get("parts_count"), measures.get("parts_sum")
    if limit is None or parts is None or over is None or parts < LEAST_PARTS or over <= 0:
        return None
    total, currency = limit * Decimal(repr(10**over)), invoice["currency"]
    to = f" to {printable(invoice['entity_id'])}" if invoice["entity_id"] else ""
    return (
        f"It is one of {counted(round(parts), 'invoice')}{to} within 14 days that {printable(who)} "
        f"approved, each within the limit of {money(limit, currency)}; together they come to "
        f"{money(total, currency)}."
    )


LEAST_PARTS = 2
"""A purchase that is split has two parts at least."""
