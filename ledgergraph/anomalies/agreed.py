"""What was agreed, ordered, received and billed, as it was known on the day of an invoice.

Sentences and amounts at risk both take their numbers from here, so that they
cannot differ. Null where the records do not tell.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from ledgergraph.anomalies.subjects import Row, Subjects, known_on

ZERO = Decimal(0)


def contract_of(invoice: Row, subjects: Subjects) -> Row | None:
    """The contract that an invoice names, if its amounts are in the invoice's currency."""
    contract = subjects.contracts.get(invoice["contract_id"] or "")
    if contract is None or contract["currency"] not in (None, invoice["currency"]):
        return None
    return contract


def contract_value(contract: Row, as_of: date | None, subjects: Subjects) -> Decimal | None:
    """What may be billed under a contract, as last amended by a day."""
    value: Decimal | None = contract["value"]
    for amendment in _amendments(contract, as_of, subjects):
        value = amendment["value"] if amendment["value"] is not None else value
    return value


def billed_under(contract: Row, newest: Row, subjects: Subjects) -> Decimal:
    """Net billed under a contract up to an invoice, of invoices in the contract's currency."""
    theirs = contract["currency"]
    own = [
        row
        for row in subjects.invoices_of_contract[contract["contract_id"]]
        if theirs is None or row["currency"] in (None, theirs)
    ]
    return billed(own, newest, "net")


def contract_end(contract: Row, as_of: date | None, subjects: Subjects) -> date | None:
    """The last day of a contract, as last amended by a day."""
    ends: date | None = contract["ends_on"]
    for amendment in _amendments(contract, as_of, subjects):
        ends = amendment["ends_on"] or ends
    return ends


def _amendments(contract: Row, as_of: date | None, subjects: Subjects) -> list[Row]:
    known = subjects.amendments.get(contract["contract_id"], [])
    return [row for row in known if as_of is not None and row["amended_on"] <= as_of]


def contract_price(invoice: Row, subjects: Subjects) -> Decimal | None:
    """The agreed price on the day of an invoice: the contract's, raised once a full year."""
    contract = contract_of(invoice, subjects)
    if contract is None or contract["unit_price"] is None:
        return None
    price: Decimal = contract["unit_price"]
    starts, issued = contract["starts_on"], invoice["issue_date"]
    if contract["escalation_pct"] is None or starts is None or issued is None:
        return price
    years = issued.year - starts.year - ((issued.month, issued.day) < (starts.month, starts.day))
    yearly: Decimal = 1 + contract["escalation_pct"] / 100
    raised: Decimal = price * yearly ** max(years, 0)
    return raised


def order_lines(invoice: Row, subjects: Subjects) -> list[Row]:
    """The lines of the order that an invoice names."""
    return subjects.rows_by("purchase_orders", "order_id").get(invoice["order_id"] or "", [])


def order_price(invoice: Row, subjects: Subjects) -> Decimal | None:
    """The price of the order's line that is nearest to the invoice's."""
    stated = invoice["unit_price"]
    prices: list[Decimal] = [
        row["unit_price"] for row in order_lines(invoice, subjects) if row["unit_price"]
    ]
    if not stated or not prices:
        return None
    return min(prices, key=lambda price: max(price, stated) / min(price, stated))


def ordered_value(invoice: Row, subjects: Subjects) -> Decimal | None:
    """Quantity times price of all lines of the order."""
    values = [
        row["quantity"] * row["unit_price"]
        for row in order_lines(invoice, subjects)
        if row["quantity"] is not None and row["unit_price"] is not None
    ]
    return sum(values, ZERO) if values else None


def ordered_quantity(invoice: Row, subjects: Subjects) -> Decimal | None:
    """The quantity of all lines of the order."""
    return _total(order_lines(invoice, subjects), "quantity")


def received_quantity(invoice: Row, subjects: Subjects) -> Decimal:
    """The quantity that had been received for the order on the day of the invoice."""
    as_of = known_on(invoice)
    receipts = subjects.rows_by("goods_receipts", "order_id").get(invoice["order_id"] or "", [])
    by_then = [
        row for row in receipts if as_of and row["received_on"] and row["received_on"] <= as_of
    ]
    return _total(by_then, "quantity") or ZERO


def billed(invoices: Iterable[Row], newest: Row, column: str) -> Decimal:
    """The sum of a column over invoices known no later than one of them; credit notes lower it."""
    total = _signed(newest, newest[column] or ZERO)
    for row in invoices:
        if row["invoice_id"] != newest["invoice_id"] and is_before(row, newest):
            total += _signed(row, row[column] or ZERO)
    return total


def is_before(row: Row, other: Row) -> bool:
    """Whether an invoice was known before another one, by day, then by id."""
    one, two = known_on(row), known_on(other)
    if one is None or two is None:
        return False
    return (one, row["invoice_id"]) < (two, other["invoice_id"])


def earlier_of_vendor(invoice: Row, subjects: Subjects) -> list[Row]:
    """The vendor's invoices that were known before one, oldest first."""
    of_vendor = subjects.invoices_of_vendor.get(invoice["vendor_id"] or "", [])
    return [row for row in of_vendor if is_before(row, invoice)]


def _signed(row: Row, amount: Decimal) -> Decimal:
    return -abs(amount) if row["type"] == "credit_note" else amount


def _total(rows: Sequence[Row], column: str) -> Decimal | None:
    known = [row[column] for row in rows if row[column] is not None]
    return sum(known, ZERO) if known else None
