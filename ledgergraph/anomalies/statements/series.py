"""A vendor's own history: its usual prices, amounts and currency."""

from decimal import Decimal

from ledgergraph.anomalies.agreed import (
    contract_price,
    earlier_of_vendor,
    order_price,
)
from ledgergraph.anomalies.statements.agreements import price_of_line
from ledgergraph.anomalies.subjects import Measures, Row, Subjects
from ledgergraph.anomalies.wording import (
    against,
    counted,
    money,
    percent,
    printable,
    shown,
    unit_price,
)
from ledgergraph.issues import Kind


def unit_or_currency_slip(invoice: Row, subjects: Subjects, measures: Measures) -> str | None:
    """Price or quantity against what it should be, or the currency against the usual one."""
    if said := price_of_line(invoice, subjects, Kind.UNIT_OR_CURRENCY_SLIP):
        return said
    price, currency = invoice["unit_price"], invoice["currency"]
    agreed = [
        (order_price(invoice, subjects), f"order {printable(invoice['order_id'])}"),
        (contract_price(invoice, subjects), f"contract {printable(invoice['contract_id'])}"),
        (_usual_price(invoice, measures), "the vendor's earlier ones (median)"),
    ]
    for other, of in agreed:
        if price and other and not 1 / APART < price / other < APART:
            times = against(float(price / other), f"the {unit_price(other, currency)} of {of}")
            return f"The unit price of {unit_price(price, currency)} is {times}."
    quantity, slip = invoice["quantity"], measures.get("order_quantity_slip")
    if quantity and slip:
        times = against(10**slip, f"the {shown(quantity / _factor(slip))} ordered or received")
        return f"The quantity of {shown(quantity)} is {times}."
    earlier = earlier_of_vendor(invoice, subjects)
    if len(earlier) >= ENOUGH and all(row["currency"] != currency for row in earlier):
        return (
            f"It is in {printable(currency)}, and none of the vendor's "
            f"{counted(len(earlier), 'earlier invoice')} is."
        )
    return None


APART = Decimal(4)
"""From so many times on, or one part in so many, a price is another unit or currency."""
ENOUGH = 3
"""Earlier invoices from which a vendor's currency is known."""


def inflated_price(invoice: Row, subjects: Subjects, measures: Measures) -> str | None:
    """The unit price against the median of the vendor's series."""
    usual, price = _usual_price(invoice, measures), invoice["unit_price"]
    if usual is None or price is None or price <= usual:
        return None
    currency = invoice["currency"]
    other = f"the {unit_price(usual, currency)} that is the median of the vendor's earlier ones"
    return (
        f"The unit price of {unit_price(price, currency)} is "
        f"{against(float(price / usual), other)}."
    )


def amount_outlier(invoice: Row, subjects: Subjects, measures: Measures) -> str | None:
    """The amount against the vendor's median and its largest."""
    amount, currency = invoice["gross"], invoice["currency"]
    usual, largest = measures.get("amount_to_median"), measures.get("amount_to_largest")
    if not amount or usual is None or usual <= 0:
        return None
    median = money(abs(amount) / _factor(usual), currency)
    said = f"It is {against(10**usual, f'the median of the vendor, {median}')}"
    if largest is not None and largest > 0:
        most = money(abs(amount) / _factor(largest), currency)
        said += f", and {against(10**largest, f'its largest until then, {most}')}"
    return f"{said}."


def price_drift(invoice: Row, subjects: Subjects, measures: Measures) -> str | None:
    """How far the item's price crept up, in how many steps."""
    rise, steps = measures.get("item_creep"), measures.get("item_creep_steps")
    if rise is not None and steps is not None and rise > LEAST_RISE and steps >= LEAST_STEPS:
        said = (
            f"Over the last ten invoices for the item its price rose by {percent(10**rise - 1)} "
            f"in {counted(round(steps), 'step')}"
        )
        beyond = measures.get("item_creep_to_peers")
        if beyond is None:
            return f"{said}."
        others = 10 ** (rise - beyond) - 1
        peers = f"rose by {percent(others)} (median)" if others > 0 else "did not rise"
        return f"{said}; those of other vendors of its category {peers}."
    year = measures.get("price_to_year_ago")
    if year is None or year <= LEAST_RISE or not invoice["unit_price"]:
        return None
    price, currency = invoice["unit_price"], invoice["currency"]
    before = unit_price(price / _factor(year), currency)
    said = against(10**year, f"the {before} of a year before (median of 10 to 16 months)")
    return f"The unit price of {unit_price(price, currency)} is {said}."


LEAST_RISE = 0.01
"""A rise of a price that is worth telling (log10, about 2 %)."""
LEAST_STEPS = 2
"""A price that rose once did not creep."""


def _usual_price(invoice: Row, measures: Measures) -> Decimal | None:
    """The median unit price of the vendor's series before."""
    over = measures.get("price_to_median")
    if over is None or not invoice["unit_price"]:
        return None
    price: Decimal = invoice["unit_price"]
    return price / _factor(over)


def _factor(log_ratio: float) -> Decimal:
    return Decimal(repr(10**log_ratio))
