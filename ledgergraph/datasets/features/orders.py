"""Order, receipt, invoice: what was ordered, what came, what is billed (three-way match)."""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from math import fsum

import numpy as np

from ledgergraph.datasets.declared import Feature, log_ratio, ratio
from ledgergraph.graph.asof import (
    Upto,
    count_before,
    rows_upto,
    share,
    share_before,
    sum_before,
)
from ledgergraph.graph.frames import Flags, Floats, Ints, Ledger, known_by
from ledgergraph.graph.parts import across, carried
from ledgergraph.issues import Kind

FAMILY = "orders"


def _feature(name: str, sentence: str, unit: str, *kinds: Kind) -> Feature:
    return Feature(name, sentence, unit, FAMILY, kinds)


FEATURES = (
    _feature("order_use", "billed for the order, this invoice included, over its value", "ratio",
             Kind.ORDER_OVERBILLED),
    _feature("order_quantity_use", "quantity billed for the order over the quantity ordered",
             "ratio", Kind.ORDER_OVERBILLED),
    _feature("receipt_use", "quantity billed for the order over the quantity received", "ratio",
             Kind.QTY_ABOVE_RECEIPT),
    _feature("receipt_use_own", "quantity of this invoice over the quantity received", "ratio",
             Kind.QTY_ABOVE_RECEIPT),
    _feature("received_value_use", "billed for the order over the value received", "ratio",
             Kind.QTY_ABOVE_RECEIPT),
    _feature("order_received", "share of the ordered quantity that had been received", "share",
             Kind.NO_RECEIPT),
    _feature("no_receipt", "whether nothing had been received for the order", "flag",
             Kind.NO_RECEIPT),
    _feature("no_receipt_unusual", "nothing received, times how often this vendor's orders had a "
             "receipt by then", "share", Kind.NO_RECEIPT),
    _feature("receipt_short", "part of the billed quantity that had not been received", "share",
             Kind.QTY_ABOVE_RECEIPT),
    _feature("receipt_short_unusual", "that part, times how often this vendor's invoices were "
             "covered by receipts when they came", "share", Kind.QTY_ABOVE_RECEIPT),
    _feature("covered_usually", "share of the vendor's earlier invoices covered by receipts when "
             "they came", "share", Kind.QTY_ABOVE_RECEIPT, Kind.NO_RECEIPT),
    _feature("order_complete", "whether the order is billed in full, or more, with this invoice",
             "flag", Kind.QTY_ABOVE_RECEIPT, Kind.ORDER_OVERBILLED),
    _feature("days_since_order", "days from the order to the issue of the invoice", "days",
             Kind.ORDER_AFTER_INVOICE),
    _feature("days_since_receipt", "days from the last receipt to the arrival of the invoice",
             "days", Kind.NO_RECEIPT),
    _feature("order_unknown", "whether the order that it names was not in the books on arrival",
             "flag", Kind.ORDER_AFTER_INVOICE, Kind.REFERENCE_UNMATCHED),
    _feature("price_to_order", "unit price over the nearest price of the order", "log10",
             Kind.PRICE_ABOVE_ORDER),
    _feature("order_price_slip", "power of ten by which the unit price misses the order's",
             "log10", Kind.UNIT_OR_CURRENCY_SLIP),
    _feature("order_quantity_slip", "power of ten by which the quantity exceeds one that was "
             "ordered or received", "log10", Kind.UNIT_OR_CURRENCY_SLIP),
    _feature("order_of_another", "whether the order is another vendor's", "flag"),
    _feature("order_invoices", "earlier invoices for the order", "count", Kind.ORDER_OVERBILLED,
             Kind.DUP_SPLIT),
    _feature("order_lacking", "no order, times the share of the vendor's earlier ones with one",
             "share", Kind.NO_ORDER),
)  # fmt: skip


def compute(ledger: Ledger) -> dict[str, Floats]:
    """The values in order of arrival."""
    row, at = ledger.values, ledger.asked
    orders = partial(ledger.values, table="purchase_orders")
    receipts = partial(ledger.values, table="goods_receipts")
    known, day, own = row("known"), row("day"), row("value")
    asked, ordered, received = ledger.shared(
        ("invoices", "order_id"), ("purchase_orders", "order_id"), ("goods_receipts", "order_id")
    )
    lines = rows_upto(ordered, orders("known"), asked, known)
    found = lines.count > 0
    line_quantity, line_price = orders("quantity"), orders("unit_price")
    quantity = _positive(lines.total(line_quantity), found)
    value = _positive(lines.total(line_quantity * line_price), found)
    arrived = rows_upto(received, receipts("known"), asked, known)
    came = arrived.total(receipts("quantity"))
    came_value = arrived.total(_receipt_values(ledger, ordered, received))
    kept = carried(ledger, "receipts_kept", _receipts_kept(receipts("known"), known) & found)
    has_receipt = carried(ledger, "has_receipt", arrived.count > 0)
    billed = sum_before(asked, own, at) + own
    # Books write a credit note's quantity with and without a sign: its kind decides.
    sign = np.where(row("is_credit"), -1.0, 1.0)
    own_quantity = sign * np.abs(row("quantity"))
    billed_quantity = sum_before(asked, own_quantity, at) + own_quantity
    ordered_on = _first_date(lines.order, lines.start, found, orders("ordered_on"))
    last_receipt = _last_date(arrived.order, arrived.end, has_receipt, receipts("received_on"))
    named = ledger.is_stated("order_id")
    vendor = ledger.codes("seller")
    over_price = _nearest_price(lines.order, lines.start, lines.count, line_price,
                                row("unit_price"))  # fmt: skip
    slip = np.round(over_price)
    ordering = ledger.size("purchase_orders") > 0
    usually = share_before(np.where(kept, vendor, -1), has_receipt, prior=0.5, weight=2.0, at=at)
    nothing = np.where(kept, (~has_receipt).astype(np.float64), np.nan)
    by_quantity = 1.0 - ratio(came, billed_quantity)
    by_value = 1.0 - ratio(came_value, billed)
    short = np.clip(np.where(np.isnan(by_quantity), by_value, by_quantity), 0.0, 1.0)
    short = carried(ledger, "receipt_short", np.where(kept, short, np.nan))
    covered = short < 0.005
    flag = np.where(np.isnan(short), np.nan, covered)
    overall = across(ledger, "covered", None, share(0.5, 4.0), flag)
    of_vendor = np.where(np.isnan(short), -1, vendor)
    count = count_before(of_vendor, at=at)
    habit = (count_before(of_vendor, covered, at) + 4.0 * overall) / (count + 4.0)
    return {
        "receipt_short": short,
        "receipt_short_unusual": short * habit,
        "covered_usually": habit,
        "order_complete": np.where(
            found,
            np.where(
                np.isnan(billed_quantity),
                billed >= 0.995 * value,
                billed_quantity >= 0.995 * quantity,
            ),
            np.nan,
        ),
        "order_use": ratio(billed, value),
        "order_quantity_use": ratio(billed_quantity, quantity),
        "receipt_use": np.where(kept, ratio(billed_quantity, came), np.nan),
        "receipt_use_own": np.where(kept, ratio(own_quantity, came), np.nan),
        "received_value_use": np.where(kept, ratio(billed, came_value), np.nan),
        "order_received": np.where(kept, ratio(came, quantity), np.nan),
        "no_receipt": nothing,
        "no_receipt_unusual": nothing * usually,
        "days_since_order": day - ordered_on,
        "days_since_receipt": np.where(np.isinf(known), np.nan, known) - last_receipt,
        "order_unknown": np.where(named & ordering, (~found).astype(np.float64), np.nan),
        "price_to_order": over_price,
        "order_price_slip": np.where(np.abs(over_price - slip) < 0.02, slip, 0.0)
        * np.where(np.isnan(over_price), np.nan, 1.0),
        "order_quantity_slip": _quantity_slip(
            row("quantity"),
            (lines, line_quantity, quantity),
            (arrived, receipts("quantity"), _positive(came, has_receipt)),
        ),
        "order_of_another": _of_another(ledger, lines.order, lines.start, found),
        "order_invoices": count_before(asked, at=at),
        "order_lacking": np.where(named, 0.0, share_before(vendor, named, at=at)),
    }


def witnesses(ledger: Ledger, at: int, feature: str) -> list[str]:
    """The order's lines and receipts known by then, and the invoices billed for it until then."""
    row = ledger.invoices.iloc[at]
    if feature == "order_lacking":
        return ledger.records("invoices", np.append(ledger.earlier(at, "seller"), at))
    found = ledger.records("invoices", np.append(ledger.earlier(at, "order_id"), at))
    for table in ("purchase_orders", "goods_receipts"):
        found += ledger.records(table, known_by(ledger, table, "order_id", row))
    return found


def _positive(totals: Floats, found: Flags) -> Floats:
    return np.where(found & (totals > 0), totals, np.nan)


def _receipts_kept(days: Floats, known: Floats) -> Flags:
    """Whether this company had recorded any receipt by the day: before, absence says nothing."""
    if not len(days):
        return np.zeros(len(known), dtype=bool)
    first = -np.inf if np.isnan(days).any() else float(days.min())
    return known >= first


def _receipt_values(ledger: Ledger, ordered: Ints, received: Ints) -> Floats:
    """Quantity received times the price of its order line; the order's mean price without line."""
    price, line = (ledger.values(one, "purchase_orders") for one in ("unit_price", "line"))
    of_order: dict[int, list[float]] = defaultdict(list)
    of_line: dict[tuple[int, float], float] = {}
    for order, place, one in zip(ordered.tolist(), line.tolist(), price.tolist(), strict=True):
        if order >= 0 and one == one:
            of_order[order].append(one)
            of_line.setdefault((order, place), one)
    usual = {order: fsum(prices) / len(prices) for order, prices in of_order.items()}
    places = ledger.values("line", "goods_receipts").tolist()
    keys = zip(received.tolist(), places, strict=True)
    found = [of_line.get(key, usual.get(key[0], np.nan)) for key in keys]
    return ledger.values("quantity", "goods_receipts") * np.array(found, dtype=np.float64)


def _first_date(order: Ints, start: Ints, found: Flags,
                days: Floats) -> Floats:  # fmt: skip
    if not len(order):
        return np.full(len(start), np.nan)
    return np.where(found, days[order[np.minimum(start, len(order) - 1)]], np.nan)


def _last_date(order: Ints, end: Ints, found: Flags,
               days: Floats) -> Floats:  # fmt: skip
    if not len(order):
        return np.full(len(end), np.nan)
    return np.where(found, days[order[np.maximum(end - 1, 0)]], np.nan)


def _nearest_price(order: Ints, start: Ints, count: Ints, prices: Floats,
                   stated: Floats) -> Floats:  # fmt: skip
    """log10 of the stated price over the order line's price that is nearest to it."""
    best = np.full(len(start), np.nan)
    for price in _one_by_one(order, start, count, prices):
        off = log_ratio(stated, price)
        nearer = ~np.isnan(off) & (np.isnan(best) | (np.abs(off) < np.abs(best)))
        best = np.where(nearer, off, best)
    return best


def _one_by_one(order: Ints, start: Ints, count: Ints, values: Floats) -> Iterator[Floats]:
    """The first known value of each row, then the second, and so on; NaN where there is none."""
    for step in range(int(min(count.max(initial=0), 200))):
        inside = step < count
        found = np.full(len(start), np.nan)
        found[inside] = values[order[start[inside] + step]]
        yield found


def _quantity_slip(stated: Floats, *known: tuple[Upto, Floats, Floats]) -> Floats:
    """1 or 2 where the quantity is ten or a hundred times one of the known quantities, else 0.

    Each of `known` is what rows say one by one, and in total. Nothing slipped
    where any of them is the stated quantity. Less than was ordered is a part.
    """
    slip, agrees = np.full(len(stated), np.nan), np.zeros(len(stated), dtype=bool)
    for rows, values, total in known:
        for quantity in (total, *_one_by_one(rows.order, rows.start, rows.count, values)):
            off = log_ratio(stated, quantity)
            power = np.round(off)
            exact = np.abs(off - power) < 0.002
            agrees |= exact & (power == 0)
            found = np.where(exact & ((power == 1) | (power == 2)), power, 0.0)
            slip = np.fmax(slip, np.where(np.isnan(off), np.nan, found))
    return np.where(agrees, 0.0, slip)


def _of_another(ledger: Ledger, order: Ints, start: Ints,
                found: Flags) -> Floats:  # fmt: skip
    if not len(order):
        return np.full(len(start), np.nan)
    own, theirs = ledger.shared(("invoices", "vendor_id"), ("purchase_orders", "vendor_id"))
    vendor = theirs[order[np.minimum(start, len(order) - 1)]]
    comparable = found & (own >= 0) & (vendor >= 0)
    return np.where(comparable, (own != vendor).astype(np.float64), np.nan)
