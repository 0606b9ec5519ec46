"""Contracts, orders and receipts: what was agreed, and what the invoice does with it."""

from datetime import date
from decimal import Decimal

from ledgergraph.anomalies.agreed import (
    ZERO,
    billed,
    billed_under,
    contract_end,
    contract_of,
    contract_price,
    contract_value,
    order_lines,
    order_price,
    ordered_quantity,
    ordered_value,
    received_quantity,
)
from ledgergraph.anomalies.subjects import Measures, Row, Subjects, known_on
from ledgergraph.anomalies.wording import (
    counted,
    day,
    days,
    money,
    percent,
    printable,
    unit_price,
)
from ledgergraph.datasets.three_way.schemas import OPEN, breaching, cost_of
from ledgergraph.issues import Kind
from ledgergraph.money import plain


def over_contract_value(invoice: Row, subjects: Subjects, measures: Measures) -> str | None:
    """Net billed under the contract against its value."""
    contract = contract_of(invoice, subjects)
    value = contract_value(contract, known_on(invoice), subjects) if contract else None
    if contract is None or not value:
        return None
    total = billed_under(contract, invoice, subjects)
    if total <= value:
        return None
    currency = invoice["currency"]
    return (
        f"With it {money(total, currency)} net is billed under contract "
        f"{printable(contract['contract_id'])}, {money(total - value, currency)} "
        f"({_share(total - value, value)}) above its value of {money(value, currency)}."
    )


def outside_contract_term(invoice: Row, subjects: Subjects, measures: Measures) -> str | None:
    """The days of service against the contract's."""
    contract = contract_of(invoice, subjects)
    first, last = _service(invoice)
    if contract is None or first is None or last is None:
        return None
    name = f"contract {printable(contract['contract_id'])}"
    starts, ends = contract["starts_on"], contract_end(contract, known_on(invoice), subjects)
    if first == last:
        begins = closes = f"What it bills is of {day(first)},"
    else:
        begins = f"The service from {day(first)} to {day(last)} begins"
        closes = f"The service from {day(first)} to {day(last)} ends"
    if ends and first > ends:
        return f"{begins} {days((first - ends).days)} after {name} ended ({day(ends)})."
    if starts and last < starts:
        return f"{closes} {days((starts - last).days)} before {name} began ({day(starts)})."
    return None


def _service(invoice: Row) -> tuple[date | None, date | None]:
    first = invoice["period_start"] or invoice["period_end"] or invoice["issue_date"]
    return first, invoice["period_end"] or first


def price_above_contract(invoice: Row, subjects: Subjects, measures: Measures) -> str | None:
    """The unit price against the contract's, with its yearly increases and tolerance."""
    contract, agreed = contract_of(invoice, subjects), contract_price(invoice, subjects)
    price = invoice["unit_price"]
    if contract is None or not agreed or price is None or price <= agreed:
        return None
    currency = invoice["currency"]
    said = (
        f"The unit price of {unit_price(price, currency)} is {_share(price - agreed, agreed)} "
        f"above the {unit_price(agreed, currency)} that contract "
        f"{printable(contract['contract_id'])} agrees"
    )
    if contract["escalation_pct"]:
        first = unit_price(contract["unit_price"], currency)
        said += f" ({first} raised by {plain(contract['escalation_pct'])} % a year)"
    if contract["tolerance_pct"]:
        said += f"; its tolerance is {plain(contract['tolerance_pct'])} %"
    return f"{said}."


def price_above_order(invoice: Row, subjects: Subjects, measures: Measures) -> str | None:
    """The unit price against the order's: of the line that costs most, else the nearest one."""
    if said := price_of_line(invoice, subjects, Kind.PRICE_ABOVE_ORDER):
        return said
    if _is_decided(invoice, subjects, "price_verdict"):
        return None
    agreed, price = order_price(invoice, subjects), invoice["unit_price"]
    if not agreed or price is None or price <= agreed:
        return None
    currency = invoice["currency"]
    return (
        f"The unit price of {unit_price(price, currency)} is {_share(price - agreed, agreed)} "
        f"above the {unit_price(agreed, currency)} of order {printable(invoice['order_id'])}."
    )


def price_of_line(invoice: Row, subjects: Subjects, kind: Kind) -> str | None:
    """The unit price of the line that costs most above the order's, of those that break a kind."""
    if not (found := _worst(invoice, subjects, kind)):
        return None
    line, more = found
    agreed, price, currency = line["ordered_price"], line["unit_price"], invoice["currency"]
    return (
        f"{_line_name(line)} is billed at {unit_price(price, currency)} for one, "
        f"{_share(price - agreed, agreed)} above the {unit_price(agreed, currency)} of "
        f"{_ordered(line)}: {money(line['price_variance'], currency)} on "
        f"{plain(line['quantity'])}{_unit(line)}{more}."
    )


def quantity_above_receipt(invoice: Row, subjects: Subjects, measures: Measures) -> str | None:
    """The quantity billed for the order against what had been received, of a line where known."""
    if found := _worst(invoice, subjects, Kind.QTY_ABOVE_RECEIPT):
        line, more = found
        return (
            f"{_line_name(line)}: with it {plain(line['billed_quantity'])}{_unit(line)} of "
            f"{_ordered(line)} are billed, of which {plain(line['received_quantity'])} had been "
            f"received by {day(line['as_of'])}; what had not come in comes to "
            f"{money(line['quantity_variance_amount'], invoice['currency'])}{more}."
        )
    if _is_decided(invoice, subjects, "quantity_verdict"):
        return None
    as_of = known_on(invoice)
    if invoice["quantity"] is None or as_of is None or invoice["order_id"] is None:
        return None
    total = billed(subjects.invoices_of_order[invoice["order_id"]], invoice, "quantity")
    received = received_quantity(invoice, subjects)
    if total <= received:
        return None
    return (
        f"With it a quantity of {plain(total)} is billed for order "
        f"{printable(invoice['order_id'])}, of which {plain(received)} had been received by "
        f"{day(as_of)}."
    )


def no_receipt(invoice: Row, subjects: Subjects, measures: Measures) -> str | None:
    """That nothing had been received, and how usual that is of the vendor."""
    as_of = known_on(invoice)
    if invoice["order_id"] is None or as_of is None or received_quantity(invoice, subjects):
        return None
    said = f"Nothing had been received for order {printable(invoice['order_id'])} by {day(as_of)}"
    usual = measures.get("no_receipt_unusual")
    if usual:
        said += f", while {percent(usual)} of the vendor's earlier orders had a receipt by then"
    return f"{said}."


def order_overbilled(invoice: Row, subjects: Subjects, measures: Measures) -> str | None:
    """Quantity or net billed for the order against what was ordered, of a line where known."""
    if invoice["order_id"] is None:
        return None
    if found := _worst(invoice, subjects, Kind.ORDER_OVERBILLED):
        line, more = found
        above = line["billed_quantity"] - line["ordered_quantity"]
        return (
            f"{_line_name(line)}: with it {plain(line['billed_quantity'])}{_unit(line)} of "
            f"{_ordered(line)} are billed, {_share(above, line['ordered_quantity'])} above the "
            f"{plain(line['ordered_quantity'])} ordered; this line's part comes to "
            f"{money(line['quantity_variance_amount'], invoice['currency'])}{more}."
        )
    if _is_decided(invoice, subjects, "quantity_verdict"):
        return None
    order, currency = f"order {printable(invoice['order_id'])}", invoice["currency"]
    invoices = subjects.invoices_of_order[invoice["order_id"]]
    ordered = ordered_quantity(invoice, subjects)
    if ordered and invoice["quantity"] is not None:
        total = billed(invoices, invoice, "quantity")
        if total > ordered:
            return (
                f"With it a quantity of {plain(total)} is billed for {order}, "
                f"{_share(total - ordered, ordered)} above the {plain(ordered)} ordered."
            )
    value = ordered_value(invoice, subjects)
    currencies = {row["currency"] for row in order_lines(invoice, subjects)}
    total = billed(invoices, invoice, "net")
    if not value or total <= value or not currencies <= {None, currency}:
        return None
    return (
        f"With it {money(total, currency)} net is billed for {order}, "
        f"{_share(total - value, value)} above the {money(value, currency)} ordered."
    )


def order_after_invoice(invoice: Row, subjects: Subjects, measures: Measures) -> str | None:
    """The day of the order against that of the invoice."""
    dates = [row["ordered_on"] for row in order_lines(invoice, subjects) if row["ordered_on"]]
    issued = invoice["issue_date"]
    if not dates or issued is None or min(dates) <= issued:
        return None
    ordered = min(dates)
    return (
        f"Order {printable(invoice['order_id'])} is dated {day(ordered)}, "
        f"{days((ordered - issued).days)} after the invoice."
    )


def _worst(invoice: Row, subjects: Subjects, kind: Kind) -> tuple[Row, str] | None:
    """The line that breaks most of what a kind is about, and in words how many others do."""
    lines = breaching(subjects.matched_lines.get(invoice["invoice_id"], []), kind)
    if not lines:
        return None
    worst = max(lines, key=lambda row: (row[cost_of(kind)] or ZERO, -row["line"]))
    others = len(lines) - 1
    return worst, f"; so with {counted(others, 'other line')}" if others else ""


def _is_decided(invoice: Row, subjects: Subjects, verdict: str) -> bool:
    """Whether every line of an invoice was held against its order."""
    lines = subjects.matched_lines.get(invoice["invoice_id"], [])
    return bool(lines) and not any(row[verdict] in OPEN for row in lines)


def _line_name(line: Row) -> str:
    """A line as its paper shows it: `Line 2 (Printer paper A4)`."""
    what = f" ({printable(line['description'])})" if line["description"] else ""
    return f"Line {line['line'] + 1}{what}"


def _ordered(line: Row) -> str:
    """Where in the order it stands: `order PO-1, line 3`."""
    order = f"order {printable(line['order_id'])}"
    return f"{order}, line {line['order_lines']}" if line["order_lines"] else order


def _unit(line: Row) -> str:
    return " in the order's unit" if line["unit_factor"] != 1 else ""


def _share(part: Decimal, whole: Decimal) -> str:
    return percent(float(part / whole))
