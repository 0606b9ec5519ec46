"""What a vendor does again and again: runs of bills, terms, rates, and what its notes take back."""

from bisect import insort
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import pandas as pd

from ledgergraph.datasets.declared import Feature
from ledgergraph.graph.asof import Statistic, count_before, told
from ledgergraph.graph.frames import (
    Floats,
    Ints,
    Ledger,
    Values,
    cleaned_numbers,
    country_of_vendors,
    counts_of,
)
from ledgergraph.graph.parts import across
from ledgergraph.issues import Kind

FAMILY = "habits"
RUN, LEAST_RUN = 8, 5
"""How many of its last bills tell a run's beat, and how few are none."""
SAME_BILL = 0.005
"""Amounts of one run this near (log10, about 1 %) are the same bill's."""
OFF_USUAL = 0.2
"""How far the gaps of a run may lie from the usual one, as part of it."""
LEAST_SPACING = 20.0
"""Days: what comes more often varies too much to tell one bill too many."""
LATE_TERMS = 4
"""How many of a vendor's last invoices show that its terms have changed."""
HOME, MOSTLY = 20, 0.6
"""So many invoices with tax, and such a part of them all, tell the company's own country."""


def _feature(name: str, sentence: str, unit: str, *kinds: Kind) -> Feature:
    return Feature(name, sentence, unit, FAMILY, kinds)


_RUNS = (Kind.RECURRING_MISSED_OR_EXTRA, Kind.DUP_RENUMBERED)
FEATURES = (
    _feature("run_gap", "days to the nearest bill of a regular run, over its usual spacing",
             "ratio", *_RUNS),
    _feature("run_offbeat", "how far it lies from the days on which the run's bills fall, over the "
             "usual spacing: 0 on the day, .5 between two", "ratio", *_RUNS),
    _feature("run_pause", "longest gap of the run near it, over the usual spacing", "ratio",
             Kind.RECURRING_MISSED_OR_EXTRA),
    _feature("terms_recent", "share of the vendor's last four invoices that were due as soon",
             "share", Kind.TERMS_WORSE_THAN_AGREED),
    _feature("tax_rate_share", "share of the vendor's earlier invoices at this tax rate", "share",
             Kind.VAT_RATE_WRONG),
    _feature("vendor_abroad", "whether the vendor is of another country than those that charge "
             "tax", "flag", Kind.VAT_ON_REVERSE_CHARGE),
    _feature("tax_of_abroad", "tax rate that a vendor of another country charges and that those of "
             "the company's own have not charged", "percent", Kind.VAT_ON_REVERSE_CHARGE),
    _feature("corrects_uncredited", "whether it names an earlier invoice that no credit note had "
             "taken back", "flag", Kind.CREDIT_NOT_APPLIED),
)  # fmt: skip


def compute(ledger: Ledger) -> dict[str, Floats]:
    """The values in order of arrival."""
    row, at = ledger.values, ledger.asked
    vendor = ledger.codes("seller")
    has_rate = ledger.is_stated("rate")
    alike = count_before(ledger.codes("seller", "rate"), at=at)
    rated = count_before(np.where(has_rate, vendor, -1), at=at)
    abroad, of_abroad = _abroad(ledger)
    return {
        **_runs(ledger),
        "terms_recent": _terms(vendor, row("due_date") - row("day"), at),
        "tax_rate_share": np.where(has_rate, alike / np.maximum(rated, 1.0), np.nan),
        "vendor_abroad": abroad,
        "tax_of_abroad": of_abroad,
        "corrects_uncredited": _uncredited(ledger),
    }


def witnesses(ledger: Ledger, at: int, feature: str) -> list[str]:
    """The vendor's earlier invoices; of a run those of its site, of a correction what it names."""
    rows = ledger.invoices
    if feature == "corrects_uncredited":
        named = cleaned_numbers(rows["preceding_invoice"])
        earlier = ledger.earlier(at, "seller")
        about = (rows["clean"].iloc[earlier] == named.iloc[at]) | (
            named.iloc[earlier] == named.iloc[at]
        )
        return ledger.records("invoices", np.append(earlier[about.to_numpy(dtype=bool)], at))
    columns = ("seller", "site") if feature.startswith("run") else ("seller",)
    found = ledger.records("invoices", np.append(ledger.earlier(at, *columns), at))
    if feature in ("vendor_abroad", "tax_of_abroad"):
        listed = ledger.having("vendors", "vendor_id", rows.iloc[at]["vendor_id"])
        return ledger.records("vendors", listed) + found
    return found


def _runs(ledger: Ledger) -> dict[str, Floats]:
    """Where each invoice lies in the run of equal bills that its vendor sends to its site."""
    row, at = ledger.values, ledger.asked
    size = len(row("day"))
    result = {name: np.full(size, np.nan) for name in ("run_gap", "run_offbeat", "run_pause")}
    with np.errstate(invalid="ignore", divide="ignore"):
        sizes = np.log10(np.abs(row("amount")))
    group = np.where(row("is_credit"), -1, ledger.codes("seller", "site"))
    group = np.where(np.isnan(row("day")) | ~np.isfinite(sizes), -1, group)
    days, amounts = row("day").tolist(), sizes.tolist()
    if at is not None:
        for one in at[group[at] >= 0].tolist():
            earlier = np.flatnonzero(group[:one] == group[one]).tolist()
            run = sorted((days[other], amounts[other]) for other in earlier)
            for name, value in _of_run(run, days[one], amounts[one]).items():
                result[name][one] = value
        return result
    seen: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for one, (key, day, amount) in enumerate(zip(group.tolist(), days, amounts, strict=True)):
        if key >= 0:
            for name, value in _of_run(seen[key], day, amount).items():
                result[name][one] = value
            insort(seen[key], (day, amount))
    return result


def _of_run(run: Sequence[tuple[float, float]], day: float, amount: float) -> Mapping[str, float]:
    """How a bill lies to the earlier ones of its vendor to its site, sorted; nothing where
    other bills may not be told from a run's."""
    last = [one for one, other in run if abs(other - amount) <= SAME_BILL][-RUN:]
    if len(last) < LEAST_RUN or len(last) < 0.8 * len(run[-RUN:]):
        return {}
    return _beat(np.array(last), day)


def _beat(days: Floats, day: float) -> Mapping[str, float]:
    """How a day lies to the days of a run, all in its usual spacing; nothing if it has none."""
    gaps = np.diff(days)
    usual = float(np.median(gaps))
    if usual < LEAST_SPACING or float(np.median(np.abs(gaps - usual))) > OFF_USUAL * usual:
        return {}
    apart = (day - days) / usual
    off = np.abs(apart - np.round(apart))
    near = np.flatnonzero(days >= day - 3.5 * usual)
    pauses = gaps[near[near > 0] - 1] / usual
    return {
        "run_gap": float(np.abs(apart).min()),
        "run_offbeat": float(np.median(off[-LEAST_RUN:])),
        "run_pause": float(pauses.max(initial=0.0)),
    }


def _terms(vendor: Ints, terms: Floats, at: Ints | None) -> Floats:
    """Share of the vendor's last invoices with a due date that were due as soon, or sooner."""
    if at is not None:
        return told(vendor, at, _as_soon, terms)
    kept: dict[int, list[float]] = defaultdict(list)
    result = np.full(len(terms), np.nan)
    for place, (key, days) in enumerate(zip(vendor.tolist(), terms.tolist(), strict=True)):
        if key < 0 or days != days:
            continue
        last = kept[key][-LATE_TERMS:]
        if last:
            result[place] = sum(one <= days + 3 for one in last) / len(last)
        kept[key].append(days)
    return result


def _as_soon(earlier: Floats, own: float) -> float:
    last = earlier[~np.isnan(earlier)][-LATE_TERMS:]
    if np.isnan(own) or not len(last):
        return np.nan
    return float(np.count_nonzero(last <= own + 3) / len(last))


def _countries(ledger: Ledger) -> Values:
    """The country of each invoice's vendor: the master's, else that of its VAT id; else null."""
    countries = ledger.fixed("countries", country_of_vendors)
    rows = zip(
        *(ledger.values(name).tolist() for name in ("vendor_id", "vat_country")), strict=True
    )
    return np.array([countries.get(one, stated) for one, stated in rows], dtype=object)


def _abroad(ledger: Ledger) -> tuple[Floats, Floats]:
    """Whether each vendor is of another country than the company, and the rate that it charges.

    Who buys across a border owes the tax itself: the company is of the country whose
    vendors charge tax.
    """
    codes = counts_of(_countries(ledger), _code)
    rates = ledger.values("rate")
    home = across(ledger, "home_country", None, HOME_COUNTRY, codes, rates)
    charged = across(ledger, "charged_at_home", None, CHARGED, codes, rates, home)
    known = ~np.isnan(codes) & ~np.isnan(home)
    is_abroad = known & (codes != home)
    of_abroad = np.where(is_abroad & (charged < 2), rates, 0.0)
    return (
        np.where(known, is_abroad.astype(np.float64), np.nan),
        np.where(known & ~np.isnan(rates), of_abroad, np.nan),
    )


@lru_cache(maxsize=1024)
def _code(country: str) -> float:
    """A country as a number, in the order of the alphabet; NaN for none."""
    return float(sum(ord(one) << 32 - 16 * at for at, one in enumerate(country))) or np.nan


def _home(group: Ints, countries: Floats, rates: Floats) -> Floats:
    """The country whose vendors had charged tax most, once they tell; else NaN."""
    taxed: dict[float, int] = defaultdict(int)
    result = np.full(len(countries), np.nan)
    for at, (country, rate) in enumerate(zip(countries.tolist(), rates.tolist(), strict=True)):
        if country != country:
            continue
        home = max(taxed, key=lambda one: (taxed[one], one), default=country)
        if taxed[home] >= max(HOME, MOSTLY * sum(taxed.values())):
            result[at] = home
        taxed[country] += rate > 0
    return result


def _home_alone(countries: Floats, own: float, rates: Floats, rate: float) -> float:
    known = ~np.isnan(countries)
    place, names = pd.factorize(countries[known])
    taxed = np.bincount(place, weights=rates[known] > 0, minlength=len(names))
    if np.isnan(own) or taxed.max(initial=0) < max(HOME, MOSTLY * taxed.sum()):
        return np.nan
    return float(names[taxed == taxed.max()].max())


def _charged(group: Ints, countries: Floats, rates: Floats, home: Floats) -> Floats:
    """How many earlier invoices of the company's own country were at each one's rate."""
    charged: dict[tuple[float, float], int] = defaultdict(int)
    result = np.zeros(len(countries))
    columns = (countries.tolist(), rates.tolist(), home.tolist())
    for at, (country, rate, own) in enumerate(zip(*columns, strict=True)):
        result[at] = charged[own, rate]
        charged[country, rate] += 1
    return result


def _charged_alone(
    countries: Floats, own: float, rates: Floats, rate: float, homes: Floats, home: float
) -> float:
    return float(np.count_nonzero((countries == home) & (rates == rate)))


HOME_COUNTRY = Statistic(_home, _home_alone)
CHARGED = Statistic(_charged, _charged_alone)


def _uncredited(ledger: Ledger) -> Floats:
    """Whether an invoice names one of its vendor that stands as it was; NaN if it names none."""
    sellers, named = ledger.values("seller"), ledger.values("named")
    result = np.full(len(sellers), np.nan)
    billed: set[tuple[str, str | None]] = set()
    taken: set[tuple[str, str | None]] = set()
    amounts: dict[tuple[str, str | None], float] = {}
    back: dict[str, set[float]] = defaultdict(set)
    places = np.arange(len(sellers))
    if ledger.asked is not None:  # others tell only of what their own vendor's name
        code, asked = ledger.codes("seller"), ledger.asked[ledger.is_stated("named")[ledger.asked]]
        places = np.flatnonzero(np.isin(code, code[asked]) & (code >= 0))
    columns = (sellers, ledger.values("clean"), named, ledger.values("is_credit"),
               ledger.values("cents"))  # fmt: skip
    rows = zip(places.tolist(), *(one[places].tolist() for one in columns), strict=True)
    for at, seller, number, before, is_credit, amount in rows:
        if seller is None:
            continue
        if is_credit:
            taken.add((seller, before))
            back[seller].add(abs(amount))
            continue
        if before is not None and (seller, before) in billed:
            key = (seller, before)
            result[at] = float(key not in taken and amounts[key] not in back[seller])
        billed.add((seller, number))
        amounts[seller, number] = abs(amount)
    return result
