"""Journal entries: what an auditor looks at first, and bills of a month that was closed without."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from ledgergraph.datasets.breaches import Breach
from ledgergraph.datasets.record_rules.masters import day_of, money_of
from ledgergraph.graph.frames import Ledger
from ledgergraph.graph.snapshot import Snapshot
from ledgergraph.issues import Kind

LEAST_MARKS = 3
"""So many marks of five make an entry unusual: each alone is a closing routine's too."""
SELDOM = 0.01
"""A user, or a pair of accounts, with less than this share of the manual entries is unusual."""
NIGHT = (0, 5)
"""Hours at which nobody closes books."""
ROUND = 1000.0
CLOSING_DAYS = 60
"""So many days after a month its bills are still expected."""
ACCRUAL = "accru|abgrenz|rückstell|provision|ratei"
"""Words in the names of accounts for what is owed and not yet billed."""


def _lines(snapshot: Snapshot) -> pd.DataFrame:
    rows = snapshot.rows("JournalLine")
    frame: pd.DataFrame = pa.table(
        {
            "journal_id": rows["journal_id"], "record_id": rows["record_id"],
            "account": rows["account"], "user": rows["user"], "text": rows["text"],
            "currency": rows["currency"], "period": rows["period"], "line": rows["line"],
            "amount": rows["amount"].cast(pa.float64()),
            "manual": rows["manual"].fill_null(False),
            "minute": rows["posted_at"].cast(pa.timestamp("s")).cast(pa.int64()),
        }
    ).to_pandas()  # fmt: skip
    return frame.dropna(subset=["journal_id"])


def unusual_entries(snapshot: Snapshot, ledger: Ledger) -> Iterator[Breach]:
    """Manual entries with several of the marks of ISA 240: user, hour, text, sum, accounts."""
    del ledger
    lines = _lines(snapshot)
    lines = lines[lines["manual"].astype(bool)].sort_values(["journal_id", "line"])
    if not len(lines):
        return
    by_entry = lines.groupby("journal_id", sort=True)
    entries = by_entry.agg(
        user=("user", "first"), text=("text", "first"), minute=("minute", "first"),
        record_id=("record_id", "first"), currency=("currency", "first"),
        size=("amount", lambda one: float(np.abs(one).max())),
        accounts=("account", lambda one: " and ".join(sorted(set(one.dropna())))),
    )  # fmt: skip
    hours = (entries["minute"] // 3600) % 24
    weekday = (entries["minute"] // 86400 + 3) % 7
    marks = {
        "by a user who seldom makes entries": _seldom(entries["user"]),
        "at night or on a weekend": (hours >= NIGHT[0]) & (hours < NIGHT[1]) | (weekday >= 5)
        & (hours > 0),
        "without a text": entries["text"].isna() | (entries["text"].str.strip() == ""),
        "of a round sum": (entries["size"] > 0) & (entries["size"] % ROUND == 0),
        "between accounts that seldom meet": _seldom(entries["accounts"]),
    }  # fmt: skip
    found = pd.DataFrame(marks).astype(bool)
    counts = found.sum(axis=1)
    for journal_id in counts.index[counts >= LEAST_MARKS]:
        row, own = entries.loc[journal_id], found.columns[found.loc[journal_id]]
        yield Breach(
            Kind.UNUSUAL_JOURNAL_ENTRY, "journal_lines", str(journal_id),
            f"Entry {journal_id} was made by hand {_listed(list(own))} ({row['accounts']}).",
            0.4 + 0.1 * len(own), tuple(by_entry.get_group(journal_id)["record_id"]),
            money_of(row["size"]), row["currency"], day_of(row["minute"] / 86400),
        )  # fmt: skip


def _seldom(values: pd.Series) -> pd.Series:
    counts = values.map(values.value_counts())
    return counts <= max(2.0, SELDOM * len(values))


def _listed(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


def not_accrued(snapshot: Snapshot, ledger: Ledger) -> Iterator[Breach]:
    """Bills of a month before the one in which they came, as large as others that were accrued.

    An accrual is found by its month and amount. What is smaller than nearly all accruals
    of the company is not material to it.
    """
    lines = _lines(snapshot)
    owed = lines[lines["account"].fillna("").str.lower().str.contains(ACCRUAL)]
    owed = owed[owed["amount"] < 0]
    rows = ledger.invoices
    end = _months(rows["period_end"])
    came, net = _months(rows["known"]), rows["net"].to_numpy()
    after = rows["known"] - _month_end(end)
    late = (end < came) & (after <= CLOSING_DAYS) & ~rows["is_credit"] & (net > 0)
    main = rows["currency"].mode()
    home = owed["currency"].mode()
    if not len(owed) or not len(main):
        return
    late &= rows["currency"] == (home.iloc[0] if len(home) else main.iloc[0])
    accrued = set(zip(owed["period"], (-owed["amount"]).round(2), strict=True))
    periods = [f"{1970 + month // 12}-{month % 12 + 1:02d}" if month >= 0 else ""
               for month in np.nan_to_num(end, nan=-1).astype(int)]  # fmt: skip
    has_accrual = np.array(
        [(one, round(float(amount), 2)) in accrued
         for one, amount in zip(periods, net, strict=True)]
    )  # fmt: skip
    known = net[late.to_numpy(dtype=bool) & has_accrual]
    if len(known) < 5:  # the company does not accrue single bills
        return
    material = float(np.quantile(known, 0.02))
    booked, first = _bookings(lines), str(lines["period"].min())
    for at in np.flatnonzero(late.to_numpy(dtype=bool) & ~has_accrual & (net >= material)):
        row = rows.iloc[at]
        entry = booked.get((str(row["number"]), round(float(row["gross"]), 2)))
        if entry is None or not first <= periods[at] < entry["period"]:
            continue
        yield Breach(
            Kind.CUTOFF_ERROR, "journal_lines", entry["journal_id"],
            f"Entry {entry['journal_id']} books invoice {row['number']} of {row['net']:,.2f} "
            f"{row['currency']} in {entry['period']}; it is for {periods[at]}, which has no "
            "accrual of it.",
            0.7, (entry["record_id"], row["record_id"]), money_of(row["net"]), row["currency"],
            day_of(row["known"]),
        )  # fmt: skip


def _bookings(lines: pd.DataFrame) -> dict[tuple[str, float], dict[str, Any]]:
    """The lines that book invoices, by the last word of their text and their amount."""
    texts = lines[lines["text"].notna() & (lines["amount"] < 0) & ~lines["manual"].astype(bool)]
    found: dict[tuple[str, float], dict[str, Any]] = {}
    for row in texts[["journal_id", "record_id", "text", "amount", "period"]].to_dict("records"):
        words = str(row["text"]).split()
        if words:
            named = {str(name): value for name, value in row.items()}
            found.setdefault((words[-1], round(-row["amount"], 2)), named)
    return found


def _months(days: pd.Series) -> np.ndarray:
    """Months since January 1970; NaN where a day is not known."""
    whole = pd.to_datetime(days.replace([np.inf, -np.inf], np.nan), unit="D", errors="coerce")
    months: np.ndarray = ((whole.dt.year - 1970) * 12 + whole.dt.month - 1).to_numpy(np.float64)
    return months


def _month_end(months: np.ndarray) -> np.ndarray:
    """The last day of each month, in days since 1970."""
    known = np.nan_to_num(months, nan=0).astype(int)
    first_of_next = (known + 1).astype("datetime64[M]").astype("datetime64[D]").astype(int)
    return np.where(np.isnan(months), np.nan, first_of_next - 1.0)
