"""Each line of an invoice beside its order and its receipts: variances and verdicts.

As known on the day that an invoice arrived: lines of orders and receipts that came later
are not there, and of invoices those before it. What came in since then only clears.
Without a clock: receipts are kept until the last one that is not after the last invoice. What
arrived since awaits the next export, and a year that was mistyped moves nothing.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.datasets.three_way.lines import Billed, Claim, Row, claims_of
from ledgergraph.datasets.three_way.pairing import ZERO, Item, ItemKey, items_of, paired
from ledgergraph.datasets.three_way.schemas import (
    ABOVE_ORDER,
    ABOVE_PRICE,
    ABOVE_RECEIPT,
    AWAITED,
    CREDITED,
    LINE_MATCHES,
    MATCHED,
    MOST_RECORDS,
    NO_RECEIPTS,
    NOT_RECEIVED,
    OTHER_CURRENCY,
    POWER_OF_TEN,
    RECEIVED_LATE,
    UNKNOWN,
    UNMATCHED,
    UNSURE,
)
from ledgergraph.datasets.three_way.tolerances import Tolerances
from ledgergraph.extractions.fields import fitted
from ledgergraph.extractions.rules.document import SURE
from ledgergraph.graph.snapshot import Snapshot
from ledgergraph.tables import AMOUNT, NUMBER

ONE = Decimal(1)
SAME = Decimal("0.005")
"""Relative difference below which two numbers are one."""
WHOLE = Decimal("0.02")
"""A ratio so near to a whole number is one: a share of it would let any large ratio pass."""
LARGEST_UNIT = 10_000
"""Pieces that a box, a pallet or a price per thousand holds at most."""
SHORT = frozenset({ABOVE_RECEIPT, NOT_RECEIVED})
ABOUT_RECEIPTS = SHORT | {MATCHED, RECEIVED_LATE}
FEW = 4
"""Lines of a vendor, so few that all lines of the company tell more of its receipts."""
TENS = (10, 100, 1_000, 10_000)


@dataclass(frozen=True)
class Receipts:
    """What came in of an item, in the order's unit: the receipts by day, those of no day last.

    `totals` are what had come in with each receipt that has a day, `peaks` the most until then
    (some goes back), `since` is all of it.
    """

    days: Sequence[date]
    totals: Sequence[Decimal]
    peaks: Sequence[Decimal]
    records: Sequence[str]
    since: Decimal

    def by(self, day: date) -> Decimal:
        """How much had come in by a day."""
        at = bisect_right(self.days, day)
        return self.totals[at - 1] if at else ZERO

    def covered_on(self, total: Decimal) -> date | None:
        """The day by which so much had come in; null if it has not."""
        at = bisect_left(self.peaks, total)
        return self.days[at] if at < len(self.days) else None

    def records_by(self, day: date | None) -> Sequence[str]:
        """The last receipts by a day; null is the last day of the books."""
        at = len(self.records) if day is None else bisect_right(self.days, day)
        return self.records[max(at - MOST_RECORDS, 0) : at]


@dataclass
class _Order:
    """An order while its invoices pass: its lines, its receipts, and what is billed so far.

    `is_partial`: an invoice for it has passed of which it is not known what it bills;
    `is_given_back`: a credit note of which it is not known what it takes back.
    """

    lines: Sequence[Row]
    receipts: Sequence[Row]
    billed: dict[ItemKey, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    worth: dict[ItemKey, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    came: dict[tuple[ItemKey, int, bool], Receipts | None] = field(default_factory=dict)
    is_partial: bool = False
    is_given_back: bool = False

    def pass_by(self, claim: Claim, rows: Sequence[Row]) -> None:
        """Remember whether an invoice said, line by line and surely, how much it bills."""
        is_vague = not claim.lines or any(
            line.confidence < SURE or not line.quantity for line in claim.lines
        )
        is_vague |= any(row["quantity_verdict"] == UNMATCHED for row in rows)
        self.is_partial |= is_vague
        self.is_given_back |= is_vague and claim.is_credit


@dataclass(frozen=True)
class _Books:
    """What holds for all invoices: the tolerances, and how receipts are kept here.

    `packs` are whole numbers between what was ordered and what came in of it, by vendor,
    and on how many orders: who receives boxes of pieces does so again and again.
    """

    tolerances: Tolerances
    first_receipt: date | None
    packs: Mapping[tuple[str | None, int], int]


def line_matches(
    snapshot: Snapshot, extractions: pa.Table, tolerances: Tolerances | None = None
) -> pa.Table:
    """The table LINE_MATCHES of the invoices of a snapshot; readings are those of their papers."""
    claims = claims_of(snapshot, extractions)
    orders = _OfOrders.of(snapshot.rows("PurchaseOrderLine"), ORDERED)
    receipts = _OfOrders.of(snapshot.rows("GoodsReceipt"), RECEIVED)
    days = receipts.rows["received_on"].drop_null()
    last = max(snapshot.rows("Invoice")["known_from"].drop_null().to_pylist(), default=date.max)
    packs: Counter[tuple[str | None, int]] = Counter()
    for some in orders.shares():
        packs += _packs(orders.among(some), receipts.among(some))
    books = _Books(tolerances or Tolerances(), pc.min(days).as_py(), packs)
    tables, vendors = [LINE_MATCHES.empty()], [pa.array([], pa.string())]
    for some in orders.shares({*claims.order_of.values()}):
        rows, of_vendor = _of_share(
            claims.of(some), orders.among(some), receipts.among(some), books
        )
        tables.append(LINE_MATCHES.rows(rows))
        vendors.append(pa.array(of_vendor, pa.string()))
    kept_until = max((day for day in days.unique().to_pylist() if day <= last), default=date.min)
    found = pa.concat_tables(tables)
    tables.clear()
    awaited = _Awaited.of(found, pa.chunked_array(vendors), kept_until, books.tolerances)
    return LINE_MATCHES.conform(awaited.told(found))


AT_A_TIME = 500
"""Orders that are matched at a time: it bounds memory."""
ORDERED = ("order_id", "line", "vendor_id", "description", "article", "quantity", "unit_price",
           "currency", "known_from", "record_id")  # fmt: skip
RECEIVED = ("order_id", "line", "received_on", "quantity", "record_id")


@dataclass(frozen=True)
class _OfOrders:
    """Lines of orders, or receipts, as columns; `places` says where those of each order stand."""

    rows: pa.Table
    places: Mapping[str, npt.NDArray[np.int64]]

    @staticmethod
    def of(rows: pa.Table, columns: Sequence[str]) -> "_OfOrders":
        """Those columns of some rows."""
        coded = pc.fill_null(rows["order_id"], "").combine_chunks().dictionary_encode()
        codes = np.asarray(coded.indices, dtype=np.int64)
        order = np.argsort(codes, kind="stable")
        edges = np.flatnonzero(np.diff(codes[order])) + 1
        names = coded.dictionary.to_pylist()
        parts = np.split(order, edges) if len(order) else []
        places = {names[codes[one[0]]]: one for one in parts}
        return _OfOrders(rows.select(columns), places)

    def shares(self, wanted: Collection[str] | None = None) -> Iterable[Collection[str]]:
        """The orders, or those of them that are wanted, some at a time."""
        known = [one for one in self.places if wanted is None or one in wanted]
        size = max(AT_A_TIME, len(known) // MOST_SHARES + 1)
        return ({*known[at : at + size]} for at in range(0, len(known), size))

    def among(self, orders: Collection[str]) -> dict[str, list[Row]]:
        """The rows of some orders, by order."""
        own = [self.places[one] for one in orders if one in self.places]
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows.take(np.concatenate(own)).to_pylist() if own else ():
            found[row["order_id"]].append(row)
        return found


MOST_SHARES = 32
"""Orders are matched in so many shares at most: for each the readings are looked through."""


def _of_share(
    claims: Sequence[Claim],
    orders: Mapping[str, Sequence[Row]],
    receipts: Mapping[str, Sequence[Row]],
    books: _Books,
) -> tuple[list[dict[str, Any]], list[str | None]]:
    """The matched lines of some orders, and the vendor of each."""
    held = {one: _Order(lines, receipts.get(one, [])) for one, lines in orders.items()}
    rows: list[dict[str, Any]] = []
    vendors: list[str | None] = []
    for claim in claims:
        order = held[claim.order_id]
        own = list(_matched(claim, order, books))
        rows += own
        vendors += [claim.vendor_id] * len(own)
        order.pass_by(claim, own)
    return rows, vendors


@dataclass(frozen=True)
class _Awaited:
    """Of what has not come in whether it may still come, and how usual it is that it does.

    A receipt is awaited as long as nine in ten of the vendor's took that came after their
    invoice, and for the days of grace at least. Where a vendor has few lines all count.
    """

    is_awaited: npt.NDArray[np.bool_]
    usually: npt.NDArray[np.float64]

    @staticmethod
    def of(
        rows: pa.Table, vendors: pa.ChunkedArray, last_day: date, tolerances: Tolerances
    ) -> "_Awaited":
        """Told of matched lines and their vendors."""
        verdict = rows["quantity_verdict"]
        is_short, is_about = (
            pc.is_in(verdict, pa.array(sorted(words))).to_numpy()
            for words in (SHORT, ABOUT_RECEIPTS)
        )
        since, covered = (_days(rows[name]) for name in ("as_of", "covered_on"))
        lags = np.maximum(covered - since, 0.0)
        groups = _groups(vendors, is_about)
        slowest, is_awaited = _usual_lag(lags[is_about]), np.zeros(len(verdict), dtype=bool)
        last = (last_day - EPOCH).days
        for own in groups:
            lag = _usual_lag(lags[own]) if len(own) >= FEW else slowest
            grace = max(int(tolerances.receipt_days), lag)
            with np.errstate(invalid="ignore"):
                is_awaited[own] = is_short[own] & (last - since[own] < grace)
        usually, is_short = np.full(len(verdict), np.nan), is_short & ~is_awaited
        is_told = is_about & ~is_awaited
        usual = _share_received(is_short[is_told], 0, 0.0)
        for own in (one[is_told[one]] for one in groups):
            usually[own] = _share_received(is_short[own], 1, usual)
        return _Awaited(is_awaited, np.where(is_short, usually, np.nan))

    def told(self, rows: pa.Table) -> pa.Table:
        """The lines with what is awaited, and what usually comes in at last."""
        verdict = pc.if_else(pa.array(self.is_awaited), AWAITED, rows["quantity_verdict"])
        usually = pa.array(self.usually, from_pandas=True)
        for name, values in (("quantity_verdict", verdict), ("usually_received", usually)):
            rows = rows.set_column(rows.column_names.index(name), name, values)
        return rows


EPOCH = date(1970, 1, 1)


def _days(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    days = column.cast(pa.int32()).cast(pa.float64()).to_numpy()
    return np.asarray(days, dtype=np.float64)


def _groups(vendors: pa.ChunkedArray, where: npt.NDArray[np.bool_]) -> list[npt.NDArray[np.int64]]:
    """Places of the rows of each vendor, of those where a flag holds."""
    coded = pc.fill_null(vendors.combine_chunks().dictionary_encode().indices, -1)
    codes = np.asarray(coded, dtype=np.int64)
    order = np.argsort(codes, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
    return [one[where[one]] for one in parts]


def _share_received(is_short: npt.NDArray[np.bool_], others: int, usual: float) -> float:
    """The share of lines that came in at last, without so many that did not, drawn to `usual`."""
    short = int(is_short.sum()) - others
    weight = FEW if others else 0
    total = len(is_short) - others + weight
    return 1 - (short + weight * (1 - usual)) / total if total else 0.5


def _usual_lag(lags: npt.NDArray[np.float64]) -> int:
    """Days from an invoice to its receipt that nine in ten take at most."""
    known = np.sort(lags[~np.isnan(lags)])
    return int(known[len(known) * 9 // 10]) if len(known) else 0


def _packs(
    orders: Mapping[str, Sequence[Row]], receipts: Mapping[str, Sequence[Row]]
) -> Counter[tuple[str | None, int]]:
    found: Counter[tuple[str | None, int]] = Counter()
    for order_id, lines in orders.items():
        items = items_of(lines)
        for item in items:
            came = _received(item, receipts.get(order_id, []), len(items) == 1)
            if pack := _pack(item.quantity, _total(came or ())):
                found[item.lines[0]["vendor_id"], pack] += 1
    return found


def _pack(ordered: Decimal | None, came: Decimal) -> int | None:
    """The whole number of units in one that came in, where all that was ordered came so."""
    if not ordered or came <= 0 or ordered % came or ordered == came:
        return None
    pack = int(ordered / came)
    return pack if 2 <= pack <= LARGEST_UNIT else None


def _matched(claim: Claim, order: _Order, books: _Books) -> Iterable[dict[str, Any]]:
    items = items_of(
        row for row in order.lines if row["known_from"] is None or row["known_from"] <= claim.known
    )
    open_ = {
        one.key: None if one.quantity is None else one.quantity - order.billed[one.key]
        for one in items
    }
    pairs = paired(claim.lines, items, open_)
    # What is returned is taken off before the rest of its invoice is held against the order.
    for line in sorted(claim.lines, key=lambda one: (one.quantity or ZERO) >= 0):
        row = {
            "invoice_id": claim.invoice_id, "line": line.line, "order_id": claim.order_id,
            "as_of": claim.known if claim.known != date.max else None,
            "description": line.description, "currency": claim.currency,
            "document_id": line.paper[0] if line.paper else None,
            "part": line.paper[1] if line.paper else None,
            "quantity": line.quantity, "unit_price": line.price,
        }  # fmt: skip
        if line.line not in pairs:
            yield row | {"price_verdict": UNMATCHED, "quantity_verdict": UNMATCHED}
            continue
        item, by = pairs[line.line]
        came = _receipts(item, order, claim, books, is_single=len(items) == 1)
        yield row | _Comparison(claim, line, item, came, books).row(order) | {"matched_by": by}


def _received(item: Item, receipts: Sequence[Row], is_single: bool) -> list[Row] | None:
    """The receipts of an item; null where some do not say of which item they are."""
    if is_single:
        return list(receipts)
    if any(row["line"] is None for row in receipts):
        return None
    return [row for row in receipts if row["line"] in item.numbers]


def _receipts(
    item: Item, order: _Order, claim: Claim, books: _Books, *, is_single: bool
) -> Receipts | None:
    """What came in of an item; null where no receipts were kept yet, or do not name items."""
    if books.first_receipt is None or claim.known < books.first_receipt:
        return None
    name = item.key, len(item.lines), is_single
    if name not in order.came:
        rows = _received(item, order.receipts, is_single)
        order.came[name] = None if rows is None else _summed(item, rows, books)
    return order.came[name]


def _summed(item: Item, rows: Sequence[Row], books: _Books) -> Receipts:
    pack = _pack(item.quantity, _total(rows))
    # One order alone may as well be short; what this vendor's orders share is how they are kept.
    is_usual = pack is not None and books.packs[item.lines[0]["vendor_id"], pack] > 1
    each = Decimal(pack) if pack and is_usual else ONE
    ranked = sorted(rows, key=lambda one: (one["received_on"] or date.max, one["record_id"]))
    days = [one["received_on"] for one in ranked if one["received_on"]]
    totals = list(accumulate((one["quantity"] or ZERO) * each for one in ranked[: len(days)]))
    peaks, ids = list(accumulate(totals, max)), [one["record_id"] for one in ranked]
    return Receipts(days, totals, peaks, ids, _total(rows) * each)


def _total(rows: Iterable[Row]) -> Decimal:
    return sum((row["quantity"] or ZERO for row in rows), ZERO)


class _Comparison:
    """One line beside its item and the receipts of that."""

    def __init__(
        self, claim: Claim, line: Billed, item: Item, receipts: Receipts | None, books: _Books
    ) -> None:
        self.claim, self.line, self.item = claim, line, item
        self.receipts, self.tolerances = receipts, books.tolerances
        self.since = receipts.since if receipts else None
        self.by_then = receipts.by(claim.known) if receipts else None
        self.is_unsure = line.confidence < SURE
        self.factor = self._unit()
        self.is_credit = claim.is_credit or (line.quantity or ZERO) < 0
        sign = -ONE if self.is_credit else ONE
        self.quantity = None if line.quantity is None else sign * abs(line.quantity) * self.factor
        self.price = None if line.price is None else line.price / self.factor

    def row(self, order: _Order) -> dict[str, Any]:
        """The columns of the table that follow from the comparison; adds to what is billed."""
        before = order.billed[self.item.key]
        total = before + (ZERO if self._is_of_price_alone else self.quantity or ZERO)
        worth = order.worth[self.item.key] + (self.quantity or ZERO) * (self._each or ZERO)
        if not self.is_unsure:
            order.billed[self.item.key], order.worth[self.item.key] = total, worth
        came, quantity = self.receipts, self._of_quantity(total, worth, order)
        covered = came.covered_on(total / (1 + self._quantity_share)) if came else None
        # What came in later counts where it clears the line, and is no evidence elsewhere.
        until = covered if quantity["quantity_verdict"] == RECEIVED_LATE else self.claim.known
        return {
            "order_lines": ", ".join(map(str, self.item.numbers)) or None,
            "order_records": "|".join(row["record_id"] for row in self.item.lines[-MOST_RECORDS:]),
            "receipt_records": "|".join(came.records_by(until) if came else ()) or None,
            "quantity": _number(self.quantity), "unit_price": _number(self.price),
            "unit_factor": _number(self.factor), "ordered_price": self.item.price,
            "ordered_quantity": self.item.quantity, "billed_quantity": _number(total),
            "received_quantity": _number(self.by_then),
            "received_since": _number(self.since),
            "covered_on": covered, **self._of_price(), **quantity,
        }  # fmt: skip

    @property
    def _is_of_price_alone(self) -> bool:
        """Whether a credit is of so little for each that the goods are kept and stay billed."""
        agreed, price = self.item.price, self.price
        if not self.is_credit or agreed is None or price is None or self._is_foreign:
            return False
        return price < agreed / 2

    def _unit(self) -> Decimal:
        """How many of the order's units are in one of the invoice's: 12 of a box against pieces.

        Seen by prices that are a whole number apart, where the quantities make up for it: as
        billed they do not fit the order, and as told by the price they do.
        """
        price, agreed, quantity = self.line.price, self.item.price, self.line.quantity
        ordered = self.item.quantity
        if not price or not agreed or not quantity or not ordered or self._is_foreign:
            return ONE
        if agreed < 0 or (whole := self._times(max(price, agreed) / min(price, agreed))) is None:
            return ONE
        factor = Decimal(whole) if price > agreed else ONE / Decimal(whole)
        told, most = abs(quantity) * factor, ordered * (1 + self._quantity_share)
        if told > most:
            return ONE
        if price < agreed:
            return factor if abs(quantity) > most else ONE
        is_whole = any(abs(told - one) <= one * SAME for one in (ordered, self.since) if one)
        return factor if is_whole else ONE

    def _times(self, ratio: Decimal) -> int | None:
        """The whole number that a ratio is; prices per hundred or thousand are rounded more."""
        for ten in TENS:
            if abs(ratio / ten - 1) <= 2 * SAME:
                return ten
        whole = round(ratio)
        return whole if 2 <= whole <= LARGEST_UNIT and abs(ratio - whole) <= WHOLE else None

    @property
    def _each(self) -> Decimal | None:
        """What one costs: as billed, else as ordered."""
        return self.price if self.price is not None else self.item.price

    @property
    def _is_foreign(self) -> bool:
        theirs = self.item.lines[0]["currency"]
        return bool(theirs and self.claim.currency and theirs != self.claim.currency)

    @property
    def _quantity_share(self) -> Decimal:
        return Decimal(str(self.tolerances.quantity_pct)) / 100

    def _of_price(self) -> dict[str, Any]:
        agreed, price, quantity = self.item.price, self.price, self.quantity
        if self.is_credit:
            return {"price_verdict": CREDITED}
        if self._is_foreign:
            return {"price_verdict": OTHER_CURRENCY}
        if not agreed or agreed < 0 or price is None or not quantity:
            return {"price_verdict": UNKNOWN}
        share = Decimal(str(self.tolerances.price_pct)) / 100
        tolerance = max(share * agreed * quantity, Decimal(str(self.tolerances.price_amount)))
        variance = (price - agreed) * quantity
        stated, pct = fitted(variance, AMOUNT), _number(100 * (price / agreed - 1))
        if stated is None or pct is None:
            return {"price_verdict": UNKNOWN}
        return {
            "price_variance": stated,
            "price_variance_pct": pct,
            "price_tolerance": fitted(tolerance, AMOUNT),
            "price_verdict": self._price_verdict(variance > tolerance, price / agreed),
        }

    def _price_verdict(self, is_above: bool, ratio: Decimal) -> str:
        if not is_above:
            return MATCHED
        if self.is_unsure:
            return UNSURE
        whole = round(ratio)
        is_slip = whole in TENS and abs(ratio / whole - 1) <= 10 * SAME
        return POWER_OF_TEN if is_slip else ABOVE_PRICE

    def _of_quantity(self, total: Decimal, worth: Decimal, order: _Order) -> dict[str, Any]:
        if self.is_credit:
            return {"quantity_verdict": CREDITED}
        # A rebate or deposit of an order does not come in, and what does not fit was misread.
        is_rebate = self.item.price is not None and self.item.price < 0
        if not self.quantity or _number(total) is None or is_rebate:
            return {"quantity_verdict": UNKNOWN}
        verdict, bound = self._quantity_verdict(total, worth)
        if (order.is_partial and verdict == MATCHED) or (
            order.is_given_back and verdict == ABOVE_ORDER
        ):
            verdict = UNKNOWN
        if bound is None:
            return {"quantity_verdict": verdict}
        variance = min(max(total - bound, ZERO), self.quantity)
        each = self._each
        return {
            "quantity_variance": _number(variance),
            "quantity_variance_pct": _number(100 * variance / bound) if bound else None,
            "quantity_variance_amount": None if each is None else fitted(variance * each, AMOUNT),
            "quantity_tolerance": _number(bound * self._quantity_share),
            "quantity_verdict": verdict,
        }

    def _quantity_verdict(self, total: Decimal, worth: Decimal) -> tuple[str, Decimal | None]:
        """The verdict, and the quantity above which it is.

        What costs no more than all that was ordered is counted in another way: hours of a lump
        sum, say.
        """
        ordered, by_then, most = self.item.quantity, self.by_then, 1 + self._quantity_share
        if ordered and total > ordered * most:
            agreed = ordered * (self.item.price or ZERO)
            if agreed and worth <= agreed and not self._is_foreign:
                return UNKNOWN, None
            return (UNSURE if self.is_unsure else ABOVE_ORDER), ordered
        if by_then is None or self.since is None:
            return NO_RECEIPTS, ordered
        if total <= by_then * most:
            return MATCHED, by_then
        if total <= self.since * most:
            return RECEIVED_LATE, by_then
        if self.is_unsure:
            return UNSURE, by_then
        return (ABOVE_RECEIPT if by_then else NOT_RECEIVED), by_then


def _number(value: Decimal | None) -> Decimal | None:
    return None if value is None else fitted(value, NUMBER)
