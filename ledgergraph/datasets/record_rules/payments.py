"""Payments: money sent twice, and money sent to an account that is not the vendor's.

What an invoice says of its own account is a rule about invoices (datasets.rules); here it
is where the money went, which may be decided after the invoice was judged.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ledgergraph.datasets.breaches import Breach
from ledgergraph.datasets.record_rules.masters import day_of, money_of
from ledgergraph.graph.frames import Ledger, account_of
from ledgergraph.graph.snapshot import Snapshot
from ledgergraph.issues import Kind

ROUNDED = 0.05
"""What parts may come to above their invoice: they are rounded."""
FRESH_DAYS = 30
"""A change of account so shortly before a payment is fresh."""
OFTEN = 3
"""So many payments from a vendor's first on were to its account of that time."""
SETTLED_DAYS = 90
"""An account on which a vendor was first paid so long ago would have been missed by now."""


def paid_twice(snapshot: Snapshot, ledger: Ledger) -> Iterator[Breach]:
    """Payments that bring what was paid for an invoice above its gross; returns lower it.

    Of two payments at least that stand, in the currency of the invoice: one that is too high
    is none that left twice.
    """
    del snapshot
    payments = ledger["payments"].dropna(subset=["payment_id", "invoice_id", "amount"])
    payments = payments.sort_values(["known", "payment_id"])
    invoices = ledger.invoices.drop_duplicates("invoice_id").set_index("invoice_id")
    theirs = payments["invoice_id"].map(invoices["currency"])
    own_or_theirs = payments["currency"].fillna(theirs)
    payments = payments.assign(currency=own_or_theirs)[theirs.isna() | (own_or_theirs == theirs)]
    payments = payments.assign(sign=np.sign(payments["amount"]), size=payments["amount"].abs())
    same = ["invoice_id", "currency"]
    gross = payments["invoice_id"].map(invoices["gross"]).to_numpy(dtype=np.float64)
    is_credit = payments["invoice_id"].map(invoices["is_credit"]).fillna(True).to_numpy(dtype=bool)
    paid = payments.groupby(same, dropna=False)["amount"].cumsum().to_numpy()
    at_last = payments.groupby(same, dropna=False)["amount"].transform("sum").to_numpy()
    stand = payments.groupby([*same, "size"], dropna=False)["sign"].sum().clip(lower=0)
    standing = (
        payments[same]
        .merge(stand.groupby(same, dropna=False).sum().rename("stand").reset_index(), "left", same)[
            "stand"
        ]
        .to_numpy()
    )
    own = payments["amount"].to_numpy()
    with np.errstate(invalid="ignore"):
        over = (paid > gross + ROUNDED) & (at_last > gross + ROUNDED) & (own > 0) & ~is_credit
        first_over = over & (paid - own <= gross + ROUNDED) & (standing > 1)
    groups = payments.groupby("invoice_id")["record_id"]
    for at in np.flatnonzero(first_over).tolist():
        row = payments.iloc[at]
        bill = invoices.loc[row["invoice_id"]]
        together = groups.get_group(row["invoice_id"])
        excess, currency = money_of(at_last[at] - gross[at]), text_or_none(row["currency"])
        yield Breach(
            Kind.DUP_PAYMENT, "payments", row["payment_id"],
            f"With this payment {len(together)} for invoice {_name(bill)} come to "
            f"{at_last[at]:,.2f}{f' {currency}' if currency else ''}, {excess:,} above its gross "
            "amount.",
            0.9, (row["record_id"], bill["record_id"], *together),
            excess, currency, day_of(row["known"]),
        )  # fmt: skip


def to_stranger(snapshot: Snapshot, ledger: Ledger) -> Iterator[Breach]:
    """Payments to an account that neither the invoice nor anything until then names as the
    vendor's, or nothing but a change that was not verified and is not fresh."""
    del snapshot
    for paid in _redirected(ledger):
        if paid.is_known:
            continue
        if paid.change is None:
            others = paid.owners - {paid.party}
            whose = ", another vendor's" if others else ""
            yield _breach(
                Kind.IBAN_NOT_OF_VENDOR, paid,
                f"was paid to {_short(paid.account)}{whose}. Neither the invoice nor the vendor's "
                "record, its earlier invoices or payments have this account",
                0.95 if others else 0.85,
            )  # fmt: skip
        elif paid.change["verified"] == 0 and _age(paid) > FRESH_DAYS:
            yield _breach(
                Kind.IBAN_NOT_OF_VENDOR, paid,
                f"was paid to {_short(paid.account)}. The account was recorded "
                f"{int(_age(paid))} days before, and the change was never verified",
                0.75,
            )  # fmt: skip


def to_fresh_account(snapshot: Snapshot, ledger: Ledger) -> Iterator[Breach]:
    """Payments to an account that an unverified change brought in days before, not the invoice."""
    del snapshot
    for paid in _redirected(ledger):
        if paid.change is None or paid.is_known:
            continue
        age, verified = _age(paid), paid.change["verified"]
        if 0 <= age <= FRESH_DAYS and verified != 1:
            checked = "was not verified" if verified == 0 else "is not known to be verified"
            yield _breach(
                Kind.BANK_CHANGED_BEFORE_INVOICE, paid,
                f"was paid to {_short(paid.account)}, not to the account on it. The account was "
                f"recorded {int(age)} days before the payment, and the change {checked}",
                0.9 if verified == 0 else 0.6,
            )  # fmt: skip


@dataclass
class _Paid:
    """A payment to another account than its invoice names.

    `change` is the recorded change that brought the account in, `is_known` whether the vendor
    had it before in any other way, `owners` the parties whose records name it.
    """

    row: pd.Series
    bill: pd.Series
    account: str
    party: str | None
    change: pd.Series | None = None
    is_known: bool = False
    owners: set[str] = field(default_factory=set)


def _redirected(ledger: Ledger) -> Iterator[_Paid]:
    """Payments whose account is not that of their invoice, with what was known on their day."""
    payments, invoices = ledger["payments"], ledger.invoices
    payments = payments.assign(account=account_of(payments["iban"]))
    payments = payments.dropna(subset=["payment_id", "invoice_id", "account", "amount", "known"])
    payments = payments[payments["amount"] > 0].sort_values(["known", "payment_id"])
    if not len(payments) or not len(invoices):
        return
    bills = invoices.drop_duplicates("invoice_id").set_index("invoice_id")
    payments = payments[payments["invoice_id"].isin(bills.index)]
    payments = payments.assign(
        party=payments["invoice_id"].map(bills["party"]),
        stated=payments["invoice_id"].map(bills["iban"]),
    )
    known = _Known(ledger, payments)
    for _, row in payments[payments["account"] != payments["stated"]].iterrows():
        bill = bills.loc[row["invoice_id"]]
        if bill["is_credit"] or pd.isna(row["party"]):
            continue
        paid = _Paid(row, bill, row["account"], row["party"])
        if not known.tells(paid):
            continue
        paid.change = known.change_to(paid)
        paid.is_known = known.has(paid)
        paid.owners = known.owners.get(paid.account, set())
        yield paid


class _Known:
    """Which accounts a party had on a day, and from where."""

    def __init__(self, ledger: Ledger, payments: pd.DataFrame) -> None:
        vendors, changes = ledger["vendors"], ledger["bank_changes"]
        parties = vendors.dropna(subset=["vendor_id"]).drop_duplicates("vendor_id")
        party_of = parties.set_index("vendor_id")["party"]
        changes = changes.assign(account=account_of(changes["iban"]),
                                 party=changes["vendor_id"].map(party_of))  # fmt: skip
        self.changes: dict[tuple[str, str], list[pd.Series]] = defaultdict(list)
        for _, row in changes.dropna(subset=["party", "account"]).sort_values("known").iterrows():
            self.changes[row["party"], row["account"]].append(row)
        masters = vendors.assign(account=account_of(vendors["iban"]))
        masters = masters.dropna(subset=["party", "account"])
        self.owners: dict[str, set[str]] = defaultdict(set)
        self.first: dict[tuple[str, str], float] = {}
        for party, account in zip(masters["party"], masters["account"], strict=True):
            self.owners[account].add(party)
            # Today's record names what a later change brought in: then the change says since when.
            if (party, account) not in self.changes:
                self.first[party, account] = -np.inf
        billed = ledger.invoices.dropna(subset=["party", "iban"])
        settled = payments["known"] + SETTLED_DAYS
        for columns in (
            (billed["party"], billed["iban"], billed["known"]),
            (payments["party"], payments["account"], settled),
        ):
            for party, account, day in zip(*columns, strict=True):
                self.first[party, account] = min(day, self.first.get((party, account), np.inf))
        began = payments.groupby("party")["account"].transform("first")
        often = payments.groupby(["party", "account"])["amount"].transform("size") >= OFTEN
        own = payments[often & (payments["account"] == began)]
        self.beginnings = set(zip(own["party"], own["account"], strict=True))
        self.since: dict[str, float] = {}
        changed = {pair: rows[0]["known"] for pair, rows in self.changes.items()}
        for (party, _), day in (*self.first.items(), *changed.items()):
            self.since[party] = min(day, self.since.get(party, np.inf))

    def tells(self, paid: _Paid) -> bool:
        """Whether the invoice, or anything until then, says where its vendor is to be paid."""
        known: float = self.since.get(paid.party or "", np.inf)
        return not pd.isna(paid.row["stated"]) or known <= paid.row["known"]

    def has(self, paid: _Paid) -> bool:
        """Whether the party had the account before the payment, but for a recorded change.

        Of one whose invoices name no account it is the one on which it was paid from the first:
        the record names today's account alone, and nothing the one before.
        """
        pair = (paid.party or "", paid.account)
        if pd.isna(paid.row["stated"]) and pair in self.beginnings:
            return True
        return bool(self.first.get(pair, np.inf) <= paid.row["known"])

    def change_to(self, paid: _Paid) -> pd.Series | None:
        """The last recorded change to the account by the day of the payment."""
        changes = self.changes.get((paid.party or "", paid.account), [])
        return next((one for one in reversed(changes) if one["known"] <= paid.row["known"]), None)


def text_or_none(value: Any) -> str | None:
    """The text of a column that may be null."""
    return None if pd.isna(value) else str(value)


def _name(bill: pd.Series) -> str:
    """An invoice by its number, else by its id, which is its label."""
    return text_or_none(bill["number"]) or str(bill.name)


def _age(paid: _Paid) -> float:
    """Days from the change that brought the account in to the payment; negative without one."""
    return -1.0 if paid.change is None else float(paid.row["known"] - paid.change["known"])


def _short(account: str) -> str:
    return f"the account ending in {account[-4:]}"


def _breach(kind: Kind, paid: _Paid, said: str, strength: float) -> Breach:
    records = [paid.row["record_id"], paid.bill["record_id"]]
    if paid.change is not None:
        records.append(paid.change["record_id"])
    amount, currency = money_of(paid.row["amount"]), text_or_none(paid.row["currency"])
    vendor = text_or_none(paid.bill["vendor_name"])
    return Breach(
        kind, "payments", paid.row["payment_id"],
        f"Invoice {_name(paid.bill)}{f' of {vendor}' if vendor else ''} {said}.",
        strength, tuple(records), amount, currency, day_of(paid.row["known"]),
    )  # fmt: skip
