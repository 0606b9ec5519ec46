"""What a vendor does again and again: runs of bills, terms, rates, and what its notes take back."""

from bisect import insort
from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import pandas as pd

from ledgergraph.datasets.declared import Feature
from ledgergraph.graph.asof import Statistic, count_before
from ledgergraph.graph.frames import (
    Floats,
    Ints,
    Ledger,
    cleaned_numbers,
    codes_of,
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
    rows = ledger.invoices
    vendor = ledger.codes("seller")
    rate = rows["tax_rate"].round(2)
    abroad, of_abroad = _abroad(ledger)
    return {
        **_runs(ledger),
        "terms_recent": _terms(vendor, (rows["due_date"] - rows["day"]).to_numpy()),
        "tax_rate_share": np.where(
            rate.notna(),
            count_before(codes_of(rows["seller"], rate))
            / np.maximum(count_before(np.where(rate.notna(), vendor, -1)), 1.0),
            np.nan,
        ),
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
    rows = ledger.invoices
    size = len(rows)
    result = {name: np.full(size, np.nan) for name in ("run_gap", "run_offbeat", "run_pause")}
    with np.errstate(invalid="ignore", divide="ignore"):
        amounts = np.log10(np.abs(rows["amount"].to_numpy()))
    group = np.where(rows["is_credit"], -1, ledger.codes("seller", "site"))
    seen: dict[int, list[tuple[float, float]]] = defaultdict(list)
    columns = (group.tolist(), rows["day"].tolist(), amounts.tolist())
    for at, (key, day, amount) in enumerate(zip(*columns, strict=True)):
        if key < 0 or day != day or not np.isfinite(amount):
            continue
        run = seen[key]
        last = [one for one in run if abs(one[1] - amount) <= SAME_BILL][-RUN:]
        # Other bills of the vendor to this site may not be told from a run's.
        if len(last) >= LEAST_RUN and len(last) >= 0.8 * len(run[-RUN:]):
            told = _beat(np.array([one for one, _ in last]), day)
            for name, value in told.items():
                result[name][at] = value
        insort(run, (day, amount))
    return result


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


def _terms(vendor: Ints, terms: Floats) -> Floats:
    """Share of the vendor's last invoices with a due date that were due as soon, or sooner."""
    kept: dict[int, list[float]] = defaultdict(list)
    result = np.full(len(terms), np.nan)
    for at, (key, days) in enumerate(zip(vendor.tolist(), terms.tolist(), strict=True)):
        if key < 0 or days != days:
            continue
        last = kept[key][-LATE_TERMS:]
        if last:
            result[at] = sum(one <= days + 3 for one in last) / len(last)
        kept[key].append(days)
    return result


def countries_of(ledger: Ledger) -> pd.Series:
    """The country of each invoice's vendor: the master's, else that of its VAT id; else null."""
    vendors = ledger["vendors"].dropna(subset=["vendor_id"]).drop_duplicates("vendor_id")
    listed = ledger.invoices["vendor_id"].map(vendors.set_index("vendor_id")["country"])
    stated = ledger.invoices["vat_id"].str.extract(r"^([A-Za-z]{2})", expand=False)
    return listed.astype("str").fillna(stated.astype("str")).str.upper().str[:2]


def _abroad(ledger: Ledger) -> tuple[Floats, Floats]:
    """Whether each vendor is of another country than the company, and the rate that it charges.

    Who buys across a border owes the tax itself: the company is of the country whose
    vendors charge tax.
    """
    names = countries_of(ledger)
    codes = names.map(_code, na_action="ignore").to_numpy(dtype=np.float64)
    rates = ledger.invoices["tax_rate"].round(2).to_numpy()
    home = across(ledger, "home_country", None, HOME_COUNTRY, codes, rates)
    charged = across(ledger, "charged_at_home", None, CHARGED, codes, rates, home)
    known = ~np.isnan(codes) & ~np.isnan(home)
    is_abroad = known & (codes != home)
    of_abroad = np.where(is_abroad & (charged < 2), rates, 0.0)
    return (
        np.where(known, is_abroad.astype(np.float64), np.nan),
        np.where(known & ~np.isnan(rates), of_abroad, np.nan),
    )


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
    rows = ledger.invoices
    named = cleaned_numbers(rows["preceding_invoice"])
    result = np.full(len(rows), np.nan)
    billed: set[tuple[str, str]] = set()
    taken: set[tuple[str, str]] = set()
    amounts: dict[tuple[str, str], float] = {}
    back: dict[str, set[float]] = defaultdict(set)
    columns = (rows["seller"], rows["clean"], named, rows["is_credit"], rows["amount"].round(2))
    for at, (seller, number, before, is_credit, amount) in enumerate(zip(*columns, strict=True)):
        if pd.isna(seller):
            continue
        if is_credit:
            taken.add((seller, before))
            back[seller].add(abs(amount))
            continue
        if not pd.isna(before) and (seller, before) in billed:
            key = (seller, before)
            result[at] = float(key not in taken and amounts[key] not in back[seller])
        billed.add((seller, number))
        amounts[seller, number] = abs(amount)
    return result
