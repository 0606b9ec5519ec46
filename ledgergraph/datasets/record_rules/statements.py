"""Statements: figures that do not follow from one another, and months that leave their range."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from ledgergraph.datasets.breaches import Breach
from ledgergraph.datasets.record_rules.journal import ACCRUAL
from ledgergraph.datasets.record_rules.masters import money_of
from ledgergraph.graph.frames import Ledger
from ledgergraph.graph.snapshot import Snapshot
from ledgergraph.issues import Kind

LEAST_MONTHS = 8
"""Fewer other months say nothing of what an account usually takes."""
SPREADS, TIMES, BEYOND = 3.0, 2.2, 1.25
"""A month leaves its range so many standard deviations of the others above their median, from
so many times that median on, and so many times above their highest."""
EXPLAINED = "reclass|umgliederung|umbuchung|disposal|abgang|reclasificaci|riclassific"
"""Words of entries that say why an account moved."""
UNITS = (1_000_000.0, 1_000.0)
"""Statements may be in millions or thousands, each figure rounded."""
PARTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "total_assets": (
        "balance_sheet",
        ("bank", "receivables", "input_tax", "prepaid_expenses", "fixed_assets",
         "accumulated_depreciation"),
    ),
    "total_liabilities": (
        "balance_sheet",
        ("payables", "output_tax", "payroll_liabilities", "accruals", "loans"),
    ),
    "total_equity": (
        "balance_sheet", ("share_capital", "retained_earnings", "result_for_the_year")
    ),
}  # fmt: skip
"""What the sums of a balance sheet consist of, by the names of the chart of docs/corpora.md."""
BALANCES, INCOME = "balance_sheet", "income_statement"
STEADY = 0.9
"""An account that so many of the months use is judged without a journal."""
NOT_COSTS = ("result", "sales", "other_income")
SHEET = ("entity_id", "period")
KEPT = "retained_earnings"
Figures = Mapping[str, float]


def _rows(snapshot: Snapshot) -> pd.DataFrame:
    rows = snapshot.rows("Statement")
    columns = ("entity_id", "period", "statement", "account", "currency", "record_id")
    frame: pd.DataFrame = pa.table(
        {name: rows[name] for name in columns} | {"amount": rows["amount"].cast(pa.float64())}
    ).to_pandas()
    return frame.dropna(subset=["entity_id", "period", "statement", "account", "amount"])


def inconsistent(snapshot: Snapshot, ledger: Ledger) -> Iterator[Breach]:
    """Sheets whose sums, balance or carried forward profit do not follow from their figures.

    What is rounded to thousands may differ by half of one for each figure; minorities
    that are shown apart belong to equity. The first figure that explains the rest is named.
    """
    del ledger
    before: tuple[str, Figures, float] | None = None
    for (entity_id, period), sheet in sorted(_sheets(_rows(snapshot)).items()):
        held, earned = (_amounts(sheet.get(name, {})) for name in (BALANCES, INCOME))
        unit = _unit(held)
        gaps = _gaps(held, unit)
        # A distribution moves what is kept, and equity with it: alone it is no mistake.
        if "total_equity" in gaps and before is not None and before[0] == entity_id:
            carried = _carried(before[1], held, max(unit, before[2]))
            if carried:
                gaps = {one: gap for one, gap in gaps.items() if one != "total_equity"} | carried
        if len(gaps) > 1:
            gaps.pop("balance", None)
        gaps |= _result(earned)
        before = (entity_id, held, unit) if held else before
        for name, (gap, said) in gaps.items():
            account = "total_assets" if name == "balance" else name
            beside = sheet[INCOME if account == "result" else BALANCES]
            row = beside[account]
            others = (one["record_id"] for one in beside.values())
            records = dict.fromkeys((row["record_id"], *others))
            yield Breach(
                Kind.STATEMENT_INCONSISTENT, "statements", _key(row),
                f"{entity_id}, {period}: {said}, {abs(gap):,.2f} {row['currency'] or ''} apart.",
                0.9, tuple(records), money_of(abs(gap)), row["currency"], _month_end(period),
            )  # fmt: skip


def _sheets(frame: pd.DataFrame) -> dict[tuple[str, str], dict[str, dict[str, dict[str, Any]]]]:
    """The rows of statements by entity and period, statement and account."""
    found: dict[tuple[str, str], dict[str, dict[str, dict[str, Any]]]] = {}
    for row in frame.to_dict("records"):
        sheet = found.setdefault((row["entity_id"], row["period"]), {})
        named = {str(name): value for name, value in row.items()}
        sheet.setdefault(row["statement"], {}).setdefault(row["account"], named)
    return found


def _amounts(rows: Mapping[str, Mapping[str, Any]]) -> Figures:
    return {account: float(row["amount"]) for account, row in rows.items()}


def _key(row: "Mapping[str, Any] | pd.Series") -> str:
    return "|".join(str(row[name]) for name in (*SHEET, "statement", "account"))


def _unit(figures: Figures) -> float:
    """What the figures of a sheet are rounded to."""
    whole = np.abs(np.array(list(figures.values()), dtype=np.float64))
    if not (whole > 0).any():
        return 0.01
    return next((unit for unit in UNITS if np.all(whole % unit == 0)), 0.01)


def _gaps(held: Figures, unit: float) -> dict[str, tuple[float, str]]:
    """What is off on one balance sheet, by the figure that is to be looked at."""
    gaps: dict[str, tuple[float, str]] = {}
    members = {name for _, own in PARTS.values() for name in own}
    strange = set(held) - members - set(PARTS) - {"minority_interest"}
    for total, (_, parts) in PARTS.items():
        if total in held and not strange and set(parts) & set(held):
            gap = held[total] - sum(held.get(one, 0.0) for one in parts)
            if abs(gap) > _room(unit, len(parts)):
                gaps[total] = (gap, f"{total} is not the sum of its accounts")
    if all(name in held for name in PARTS):
        equity = held["total_equity"] + held.get("minority_interest", 0.0)
        gap = held["total_assets"] - held["total_liabilities"] - equity
        if abs(gap) > _room(unit, 3):
            gaps["balance"] = (gap, "assets are not liabilities and equity")
    return gaps


def _carried(before: Figures, held: Figures, unit: float) -> dict[str, tuple[float, str]]:
    """What is carried forward stays, or takes in the result of the year that ended."""
    if KEPT not in before or KEPT not in held:
        return {}
    kept = [one[KEPT] + one.get("minority_interest", 0.0) for one in (before, held)]
    added = kept[1] - kept[0]
    gap = min((added, added - before.get("result_for_the_year", 0.0)), key=abs)
    if abs(gap) <= _room(unit, 4):
        return {}
    return {KEPT: (gap, "retained earnings are not those of the month before")}


def _result(earned: Figures) -> dict[str, tuple[float, str]]:
    """The result against income and expenses."""
    names = ("result", "total_income", "total_expenses")
    if not all(name in earned for name in names):
        return {}
    gap = earned["result"] - earned["total_income"] + earned["total_expenses"]
    if abs(gap) <= _room(_unit(earned), 3):
        return {}
    return {"result": (gap, "the result is not income less expenses")}


def _room(unit: float, figures: int) -> float:
    """How far rounded figures may differ from their sum."""
    return 0.015 if unit < 1 else unit * (figures + 1) / 2.0


def _month_end(period: str) -> date | None:
    """The last day of a month written as 2024-05; None for any other period."""
    try:
        first = date.fromisoformat(f"{period}-01")
    except ValueError:
        return None
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def far_off(snapshot: Snapshot, ledger: Ledger) -> Iterator[Breach]:
    """Costs of a month several times what the account takes in the entity's other months.

    Where there is a journal, bills explain a month, and so does an entry that says why (a
    reclassification, a disposal): what is left is brought about by an entry made by hand.
    Without one, only accounts that nearly every month uses are judged.
    """
    del ledger
    frame = _rows(snapshot)
    costs = frame[(frame["statement"] == INCOME) & ~frame["account"].str.startswith("total_")]
    months = frame.groupby("entity_id")["period"].nunique().to_dict()
    journal = _by_hand(snapshot)
    for (entity_id, account), rows in costs.groupby(["entity_id", "account"], sort=True):
        amounts = rows["amount"].to_numpy()
        seldom = journal is None and len(rows) < STEADY * months[entity_id]
        if account in NOT_COSTS or (amounts > 0).sum() <= LEAST_MONTHS or seldom:
            continue
        for at in np.flatnonzero(amounts > 0).tolist():
            others = np.delete(amounts, at)
            usual, spread = float(np.median(others)), float(np.std(others))
            spread, excess = max(spread, 0.05 * abs(usual)), float(amounts[at]) - usual
            least = max(usual + SPREADS * spread, TIMES * usual, BEYOND * float(others.max()))
            if usual <= 0 or amounts[at] < least:
                continue
            row = rows.iloc[at]
            entry = None
            if journal is not None:
                made = journal.get((str(row["period"]), str(account)), [])
                entry = next((one for one in made if 0.5 * excess <= one[0] <= 2 * excess), None)
                if entry is None:
                    continue
            beside = rows["record_id"].iloc[max(0, at - 6) : at]
            by_hand = f"; an entry by hand brought {entry[0]:,.2f} of it." if entry else "."
            yield Breach(
                Kind.ACCOUNT_OUTLIER, "statements", _key(row),
                f"{entity_id}, {row['period']}: {account} of {amounts[at]:,.2f} "
                f"{row['currency'] or ''} is {amounts[at] / usual:.1f} times the median of its "
                f"{len(others)} other months{by_hand}",
                float(np.clip(0.5 + excess / spread / 40.0, 0.5, 0.95)),
                (row["record_id"], *([entry[1]] if entry else []), *beside),
                money_of(excess), row["currency"], _month_end(str(row["period"])),
            )  # fmt: skip


def _by_hand(snapshot: Snapshot) -> dict[tuple[str, str], list[tuple[float, str]]] | None:
    """Debits by hand that say no reason, by month and account; None where there is no journal.

    What is accrued, or taken back from accruals, belongs to closing.
    """
    lines, columns = snapshot.rows("JournalLine"), ("period", "account", "amount", "record_id")
    if not lines.num_rows:
        return None
    frame = pa.table(
        {name: lines[name] for name in ("journal_id", *columns, "text", "manual")}
        | {"amount": lines["amount"].cast(pa.float64())}
    ).to_pandas()
    said = frame["text"].fillna("").str.lower().str.contains(EXPLAINED)
    closing = frame["account"].fillna("").str.lower().str.contains(ACCRUAL)
    said |= frame["journal_id"].isin(frame["journal_id"][closing])
    made = frame[frame["manual"].fillna(False).astype(bool) & ~said & (frame["amount"] > 0)]
    found: dict[tuple[str, str], list[tuple[float, str]]] = {}
    for period, account, amount, record in zip(*(made[one] for one in columns), strict=True):
        found.setdefault((period, account), []).append((amount, record))
    return found
