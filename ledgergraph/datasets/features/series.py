"""A vendor's own history: its usual amounts, prices, spacing, terms, rates and pace."""

from bisect import insort
from collections.abc import Sequence
from functools import lru_cache, partial
from itertools import pairwise
from math import fsum

import numpy as np
import numpy.typing as npt
import pandas as pd

from ledgergraph.datasets.declared import Feature, log_days, log_ratio, ratio
from ledgergraph.datasets.features.own import trailing_zeros
from ledgergraph.graph.asof import (
    Statistic,
    count_before,
    first_of,
    first_valid,
    max_before,
    mean_before,
    median_before,
    previous,
    share_before,
    sum_before,
    told,
)
from ledgergraph.graph.frames import NO_DATE, Flags, Floats, Ints, Ledger
from ledgergraph.graph.parts import across, carried
from ledgergraph.issues import Kind

FAMILY = "series"
Members = npt.NDArray[np.object_]
SPREAD_FLOOR = 0.02
"""Smallest spread of log10 amounts that a deviation is measured in (about 5 %)."""


def _feature(name: str, sentence: str, unit: str, *kinds: Kind) -> Feature:
    return Feature(name, sentence, unit, FAMILY, kinds)


FEATURES = (
    _feature("vendor_invoices", "earlier invoices of the vendor, log10(1 + n)", "log10",
             Kind.GHOST_VENDOR),
    _feature("vendor_age", "days since the vendor's first invoice, log10(1 + days)", "log10",
             Kind.GHOST_VENDOR),
    _feature("vendor_silence", "days since the vendor's last invoice over its usual spacing",
             "log10", Kind.VENDOR_REACTIVATED, Kind.RECURRING_MISSED_OR_EXTRA),
    _feature("vendor_gap_days", "days since the vendor's last invoice", "days",
             Kind.VENDOR_REACTIVATED),
    _feature("amount_deviation", "deviation of log amount from the vendor's median, in its spread",
             "deviations", Kind.AMOUNT_OUTLIER),
    _feature("amount_to_median", "amount over the vendor's median", "log10", Kind.AMOUNT_OUTLIER,
             Kind.UNIT_OR_CURRENCY_SLIP),
    _feature("amount_to_largest", "amount over the vendor's largest until then", "log10",
             Kind.AMOUNT_OUTLIER),
    _feature("price_to_median", "unit price over the median of the vendor's series", "log10",
             Kind.INFLATED_PRICE, Kind.PRICE_DRIFT),
    _feature("price_to_previous", "unit price over the one before in the series", "log10",
             Kind.PRICE_DRIFT, Kind.INFLATED_PRICE),
    _feature("price_to_first", "unit price over the first in the series", "log10",
             Kind.PRICE_DRIFT),
    _feature("price_to_year_ago", "unit price over the series' median of 10 to 16 months before",
             "log10", Kind.PRICE_DRIFT, Kind.ESCALATION_EXCEEDED),
    _feature("price_rises", "share of steps in the series that raised the price", "share",
             Kind.PRICE_DRIFT),
    _feature("price_rises_in_a_row", "rises of the price in a row, without a fall", "count",
             Kind.PRICE_DRIFT),
    _feature("price_trend", "slope of log price on time, in its standard errors", "deviations",
             Kind.PRICE_DRIFT),
    _feature("price_drift", "rise of the fitted log price over the series' span", "log10",
             Kind.PRICE_DRIFT),
    _feature("item_step", "unit price over the nearest one before of the vendor's (its item's)",
             "log10", Kind.PRICE_DRIFT, Kind.INFLATED_PRICE),
    _feature("item_creep", "rise of the item's price over its last ten invoices", "log10",
             Kind.PRICE_DRIFT),
    _feature("item_creep_to_peers", "that rise less what items of other vendors of its category "
             "rose by of late", "log10", Kind.PRICE_DRIFT),
    _feature("item_creep_steps", "how many of those ten invoices raised it", "count",
             Kind.PRICE_DRIFT),
    _feature("item_largest_step", "the largest step's part of that rise", "share",
             Kind.PRICE_DRIFT),
    _feature("item_rise", "rise of the item's price since its first invoice", "log10",
             Kind.PRICE_DRIFT),
    _feature("item_rise_share", "share of the item's steps that raised its price", "share",
             Kind.PRICE_DRIFT),
    _feature("item_invoices", "earlier invoices for the item, log10(1 + n)", "log10"),
    _feature("amount_trend", "slope of log amount on time, in its standard errors", "deviations",
             Kind.PRICE_DRIFT),
    _feature("quantity_to_median", "quantity over the vendor's median", "log10",
             Kind.UNIT_OR_CURRENCY_SLIP),
    _feature("equal_amounts", "earlier invoices of the vendor with this amount, log10(1 + n)",
             "log10", Kind.DUP_EXACT, Kind.DUP_RENUMBERED),
    _feature("equal_amount_share", "share of the vendor's earlier invoices with this amount",
             "share", Kind.DUP_RENUMBERED),
    _feature("equal_amount_days", "days since the vendor billed this amount", "days",
             Kind.DUP_EXACT, Kind.DUP_RENUMBERED),
    _feature("equal_amount_pace", "days since the vendor billed this amount over the usual spacing",
             "log10", Kind.DUP_RENUMBERED, Kind.RECURRING_MISSED_OR_EXTRA),
    _feature("repeated_amounts", "share of the vendor's earlier amounts that had come before",
             "share", Kind.DUP_RENUMBERED),
    _feature("terms_change", "days to pay less the vendor's usual", "days",
             Kind.TERMS_WORSE_THAN_AGREED),
    _feature("tax_rate_change", "tax rate less the vendor's usual", "points", Kind.VAT_RATE_WRONG),
    _feature("zeros_change", "trailing zeros of net less the vendor's mean", "count",
             Kind.ROUND_AMOUNTS),
    _feature("zeros_usual", "mean trailing zeros of the vendor's earlier net amounts", "count",
             Kind.ROUND_AMOUNTS, Kind.GHOST_VENDOR),
    _feature("recent_pace", "invoices of the vendor in the last 30 days over its usual pace",
             "log10", Kind.ACTIVITY_FLURRY, Kind.SPLIT_UNDER_LIMIT),
    _feature("entity_share", "share of the vendor's earlier invoices billed to this entity",
             "share"),
    _feature("currency_share", "share of the vendor's earlier invoices in this currency", "share",
             Kind.UNIT_OR_CURRENCY_SLIP),
)  # fmt: skip


def compute(ledger: Ledger) -> dict[str, Floats]:
    """The values in order of arrival."""
    row, at = ledger.values, ledger.asked
    vendor = ledger.codes("seller")
    day, known = row("day"), row("known")
    log_amount = _log(np.abs(row("amount")))
    count = count_before(vendor, at=at)
    gap = carried(ledger, "vendor_gap", known - previous(vendor, known, at))
    spacing = median_before(vendor, gap, at)
    zeros = trailing_zeros(row("net"))
    terms, rate = row("due_date") - day, row("tax_rate")
    zeros_usual = mean_before(vendor, zeros, at)
    age = np.where(known == NO_DATE, np.nan, known) - first_of(vendor, known, at)
    middle = carried(ledger, "vendor_median", median_before(vendor, log_amount, at))
    spread = 1.4826 * median_before(vendor, np.abs(log_amount - middle), at) + SPREAD_FLOOR
    values = {
        "vendor_invoices": np.log10(1.0 + count),
        "vendor_age": log_days(age),
        "vendor_silence": log_ratio(gap + 1.0, spacing + 1.0),
        "vendor_gap_days": gap,
        "amount_deviation": np.clip((log_amount - middle) / spread, -50, 50),
        "amount_to_median": log_amount - middle,
        "amount_to_largest": log_amount - max_before(vendor, log_amount, at),
        "amount_trend": trend(vendor, day, log_amount, at)[0],
        "quantity_to_median": _against_median(vendor, row("quantity"), at),
        "terms_change": terms - median_before(vendor, terms, at),
        "tax_rate_change": rate - median_before(vendor, rate, at),
        "zeros_change": zeros - zeros_usual,
        "zeros_usual": zeros_usual,
        "recent_pace": _recent_pace(vendor, known, count, age, at),
        "entity_share": ratio(count_before(ledger.codes("seller", "site"), at=at), count),
        "currency_share": ratio(count_before(ledger.codes("seller", "currency"), at=at), count),
    }
    return values | _equal_amounts(ledger, vendor, count, spacing) | _prices(ledger)


def witnesses(ledger: Ledger, at: int, feature: str) -> list[str]:
    """The invoice and the earlier ones of its vendor, or of its series, that it is held against."""
    if feature.startswith("equal_amount"):
        earlier = ledger.earlier(at, "seller", "amount")
    elif feature.startswith(("price", "item")):
        rows = ledger.invoices
        series = price_series(ledger)
        earlier = np.flatnonzero((series[:at] == series[at]) & (series[at] >= 0))
        if feature == "item_creep_to_peers":
            earlier = np.union1d(earlier, _peers_of(ledger, at))
        earlier = earlier[rows["unit_price"].notna().to_numpy()[earlier]]
    else:
        earlier = ledger.earlier(at, "seller")
    return ledger.records("invoices", np.append(earlier, at))


@lru_cache(maxsize=1)  # witnesses of one ledger ask for it again and again
def price_series(ledger: Ledger) -> Ints:
    """Which series of prices an invoice continues: its contract's, else its vendor's own."""
    return ledger.codes("seller", "agreement")


def trend(
    group: Ints, day: Floats, values: Floats, at: Ints | None = None
) -> tuple[Floats, Floats]:
    """Least squares of values on time up to and including each row.

    Returns the slope in its standard errors (clipped to +-50) and the rise of
    the fit over the span so far; NaN below four values.
    """
    if at is not None:
        score, rise = (
            told(group, at, partial(_end_of_trend, which), day, values) for which in (0, 1)
        )
        return score, rise
    valid = (group >= 0) & ~np.isnan(values) & ~np.isnan(day)
    years = np.where(valid, (day - np.nanmin(day)) / 365.0, np.nan) if valid.any() else values
    own = np.where(valid, values, np.nan)

    def upto(terms: Floats) -> Floats:
        return sum_before(group, terms) + np.nan_to_num(terms)

    is_later = count_before(group, valid) > 0
    x = years - np.where(is_later, first_valid(group, years), years)
    y = own - np.where(is_later, first_valid(group, own), own)
    sums = [upto(one) for one in (x, y, x * x, x * y, y * y)]
    return _line(valid, upto(valid.astype(np.float64)), sums, x)


def _line(valid: Flags, n: Floats, sums: Sequence[Floats], x: Floats) -> tuple[Floats, Floats]:
    """The slope in its standard errors and the rise up to x, from the sums of n values."""
    sx, sy, sxx, sxy, syy = sums
    with np.errstate(invalid="ignore", divide="ignore"):
        sxx, sxy, syy = sxx - sx * sx / n, sxy - sx * sy / n, syy - sy * sy / n
        slope = sxy / np.where(sxx > 1e-6, sxx, np.nan)
        rest = np.maximum(syy - slope * sxy, 0.0) / (n - 2.0)
        error = np.sqrt(rest / sxx) + 1e-3
        good = valid & (n >= 4)
        score = np.where(good, np.clip(slope / error, -50, 50), np.nan)
        rise = np.where(good, slope * x, np.nan)
    return score, rise


def _end_of_trend(which: int, days: Floats, day: float, earlier: Floats, own: float) -> float:
    """The score (0) or the rise (1) of the last row of a group."""
    when, what = np.append(days, day), np.append(earlier, own)
    known = ~(np.isnan(when) | np.isnan(what))
    if not known[-1]:
        return np.nan
    x, y = (when[known] - when[known][0]) / 365.0, what[known] - what[known][0]
    sums = [np.array([fsum(one.tolist())]) for one in (x, y, x * x, x * y, y * y)]
    return float(_line(known[-1:], np.array([float(len(x))]), sums, x[-1:])[which][0])


def _log(values: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(values > 0, np.log10(np.where(values > 0, values, 1.0)), np.nan)


def _against_median(group: Ints, values: Floats, at: Ints | None) -> Floats:
    size = _log(np.abs(values))
    return size - median_before(group, size, at)


def _recent_pace(group: Ints, known: Floats, count: Floats, age: Floats, at: Ints | None) -> Floats:
    """Rows of the group in the last 30 days, this one included, over what 30 days usually bring."""
    recent = rows_within(group, known, 30.0, at) + 1.0
    usual = (count + 1.0) * 30.0 / np.maximum(age, 30.0)
    return np.where(count >= 3, log_ratio(recent, usual), np.nan)


def rows_within(group: Ints, known: Floats, days: float, at: Ints | None = None) -> Floats:
    """How many earlier rows of the group arrived at most some days before."""
    if at is not None:
        return told(
            group, at, lambda earlier, own: float(np.count_nonzero(earlier >= own - days)), known
        )
    order = np.lexsort((np.arange(len(group)), group))
    ranked, when = group[order], known[order]
    edges = np.flatnonzero(np.diff(ranked, prepend=-2))
    starts = np.repeat(edges, np.diff(np.append(edges, len(ranked))))
    result = np.empty(len(group))
    span = np.nanmax(np.where(np.isinf(known), 0.0, known), initial=0.0) + days + 2.0
    clock = ranked * span + np.where(np.isinf(when), span - 1.0, when)
    first = np.searchsorted(clock, clock - days, side="left")
    result[order] = np.arange(len(group)) - np.maximum(first, starts)
    return np.where(group < 0, np.nan, result)


def _equal_amounts(
    ledger: Ledger, vendor: Ints, count: Floats, spacing: Floats
) -> dict[str, Floats]:
    same, at = ledger.codes("seller", "cents", "money"), ledger.asked
    known = ledger.values("known")
    equal = carried(ledger, "equal_amounts", count_before(same, at=at))
    since = carried(ledger, "equal_amount_gap", known - previous(same, known, at))
    usual = median_before(same, since, at)
    usual = np.where(np.isnan(usual), spacing, usual)
    return {
        "equal_amounts": np.log10(1.0 + equal),
        "equal_amount_share": ratio(equal, count),
        "equal_amount_days": since,
        "equal_amount_pace": log_ratio(since + 1.0, usual + 1.0),
        "repeated_amounts": share_before(vendor, equal > 0, at=at),
    }


def _prices(ledger: Ledger) -> dict[str, Floats]:
    row, at = ledger.values, ledger.asked
    series = price_series(ledger)
    day = row("day")
    price = _log(row("unit_price"))
    stated = np.where(np.isnan(price), -1, series)
    step = carried(ledger, "price_step", price - previous(stated, price, at))
    score, rise = trend(stated, day, price, at)
    items = _items(ledger.codes("seller"), day, price, at)
    beside = across(
        ledger, "creep_of_peers", "category", PEER_MEDIAN,
        row("party"), row("known"), items["item_creep"],
    )  # fmt: skip
    return {
        "price_to_median": price - median_before(stated, price, at),
        "price_to_previous": step,
        "price_to_first": price - first_of(stated, price, at),
        "price_to_year_ago": price - _year_ago(stated, day, price, at),
        "price_rises": share_before(stated, step > 1e-4, prior=0.3, weight=2.0, at=at),
        "price_rises_in_a_row": _in_a_row(stated, step, at),
        "price_trend": score,
        "price_drift": rise,
        "item_creep_to_peers": items["item_creep"] - beside,
        **items,
    }


PEERS, PEER_DAYS = 2, 182.0
"""How many other vendors of a category make a comparison, and how old their prices may be."""


@lru_cache(maxsize=1)  # witnesses of one ledger ask for it again and again
def _categories(ledger: Ledger) -> Ints:
    return ledger.codes("category")


def _peers_of(ledger: Ledger, at: int) -> Ints:
    """Positions of the invoices that other parties of the category sent of late."""
    rows = ledger.invoices
    category = _categories(ledger)
    known, party = rows["known"].to_numpy(), rows["party"]
    of_late = (category[:at] == category[at]) & (category[at] >= 0)
    of_late &= (known[at] - known[:at] <= PEER_DAYS) & (party[:at] != party[at]).to_numpy()
    return np.flatnonzero(of_late)


def _of_peers(group: Ints, member: Members, known: Floats, values: Floats) -> Floats:
    """Median of what the other members of a group were last seen with, within half a year."""
    latest: dict[int, dict[str, tuple[float, float]]] = {}
    result = np.full(len(group), np.nan)
    rows = zip(group.tolist(), member.tolist(), known.tolist(), values.tolist(), strict=True)
    for at, (key, own, day, value) in enumerate(rows):
        if key < 0 or pd.isna(own) or value != value:
            continue
        seen = latest.setdefault(key, {})
        others = [v for one, (then, v) in seen.items() if one != own and day - then <= PEER_DAYS]
        if len(others) >= PEERS:
            result[at] = float(np.median(others))
        seen[own] = (day, value)
    return result


def _of_peers_alone(
    members: Members, own: str, known: Floats, day: float, values: Floats, value: float
) -> float:
    """The same for one row."""
    if pd.isna(own) or np.isnan(value):
        return np.nan
    of_late = np.flatnonzero((day - known <= PEER_DAYS) & ~np.isnan(values))
    last = dict(zip(members[of_late].tolist(), values[of_late].tolist(), strict=True))
    others = [one for member, one in last.items() if member != own and not pd.isna(member)]
    return float(np.median(others)) if len(others) >= PEERS else np.nan


PEER_MEDIAN = Statistic(_of_peers, _of_peers_alone)


SAME_ITEM = 0.06
"""Prices of one vendor this near (log10, about 15 %) are taken for the same item's."""


CREEP = 10
"""Over how many invoices for one item a creep of its price is looked for."""


ITEM_FEATURES = ("item_step", "item_creep", "item_creep_steps", "item_largest_step", "item_rise",
                 "item_rise_share", "item_invoices")  # fmt: skip


def _items(vendor: Ints, day: Floats, price: Floats, at: Ints | None) -> dict[str, Floats]:
    """The course of the price of one item, where invoices do not say which item they bill.

    Each price continues the vendor's item whose last price is nearest to it, if
    that is within SAME_ITEM, else it begins another item.
    """
    result = {name: np.full(len(price), np.nan) for name in ITEM_FEATURES}
    known: dict[int, list[_Item]] = {}
    asked = None if at is None else {*at.tolist()}
    rows = range(len(price)) if at is None else _of_groups(vendor, at)
    own, days, prices = vendor.tolist(), day.tolist(), price.tolist()
    for place in rows:
        value = prices[place]
        if own[place] < 0 or value != value:
            continue
        items = known.setdefault(own[place], [])
        item = min(items, key=lambda one: abs(one.last - value), default=None)
        if item is None or abs(item.last - value) > SAME_ITEM:
            items.append(_Item(days[place], value))
            result["item_invoices"][place] = 0.0
            continue
        step = item.take(days[place], value)
        if asked is None or place in asked:
            for name, number in zip(ITEM_FEATURES, item.told(step), strict=True):
                result[name][place] = number
    return result


def _of_groups(group: Ints, at: Ints) -> list[int]:
    """The rows of the groups of some rows, up to the last of these."""
    upto = group[: int(at.max(initial=-1)) + 1]
    found: list[int] = np.flatnonzero(np.isin(upto, group[at])).tolist()
    return found


class _Item:
    """The last prices of one item, by day of issue: late arrivals are put in their place."""

    def __init__(self, day: float, price: float) -> None:
        self.recent = [(day, price)]
        self.first = self.last = price
        self.invoices, self.rises = 1, 0

    def take(self, day: float, price: float) -> float:
        """Take in one more price, and tell by how much it rises."""
        step = price - self.last
        self.rises += step > 1e-4
        insort(self.recent, (day if day == day else self.recent[-1][0], price))
        del self.recent[:-CREEP]
        self.last, self.invoices = price, self.invoices + 1
        return step

    def told(self, step: float) -> tuple[float, ...]:
        """ITEM_FEATURES of the price that was taken in last."""
        course = [one for _, one in self.recent]
        steps = [b - a for a, b in pairwise(course)]
        rise = course[-1] - course[0]
        return (
            step,
            rise,
            float(sum(one > 1e-4 for one in steps)),
            max(steps) / rise if rise > 1e-4 else np.nan,
            self.last - self.first,
            self.rises / (self.invoices - 1),
            float(np.log10(self.invoices)),
        )


def _in_a_row(group: Ints, step: Floats, at: Ints | None) -> Floats:
    """Rises up to each row, itself included, since the group's last fall."""
    if at is not None:
        return told(group, at, _rises, step)
    lengths: dict[int, int] = {}
    result = np.full(len(group), np.nan)
    for place, (key, rise) in enumerate(zip(group.tolist(), step.tolist(), strict=True)):
        if key < 0:
            continue
        length = lengths.get(key, 0)
        if rise > 1e-4:
            length += 1
        elif rise < -1e-4:
            length = 0
        lengths[key] = length
        result[place] = length
    return result


def _rises(earlier: Floats, own: float) -> float:
    steps = np.append(earlier, own)
    falls = np.flatnonzero(steps < -1e-4)
    since = steps[falls[-1] :] if len(falls) else steps
    return float(np.count_nonzero(since > 1e-4))


def _year_ago(group: Ints, day: Floats, values: Floats, at: Ints | None) -> Floats:
    """Median of the group's earlier values that lie 300 to 480 days before each row."""
    if at is not None:
        return told(group, at, _of_year_ago, day, values)
    history: dict[int, tuple[list[float], list[float]]] = {}
    result = np.full(len(group), np.nan)
    rows = zip(group.tolist(), day.tolist(), values.tolist(), strict=True)
    for place, (key, when, value) in enumerate(rows):
        if key < 0 or when != when:
            continue
        days, seen = history.setdefault(key, ([], []))
        then = [v for d, v in zip(days, seen, strict=True) if 300 <= when - d <= 480]
        if then:
            result[place] = float(np.median(then))
        days.append(when)
        seen.append(value)
    return result


def _of_year_ago(days: Floats, day: float, earlier: Floats, own: float) -> float:
    then = earlier[(day - days >= 300) & (day - days <= 480)]
    return float(np.median(then)) if len(then) else np.nan
