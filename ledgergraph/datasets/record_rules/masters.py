"""Vendors of the master and payments: one party twice, a VAT id that is none, money sent twice."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd

from ledgergraph.datasets.breaches import Breach
from ledgergraph.extractions.rules.identifiers import is_vat_id
from ledgergraph.graph.frames import NO_DATE, Ledger
from ledgergraph.graph.snapshot import Snapshot
from ledgergraph.identity import vat_key
from ledgergraph.issues import Kind

MOST_RECORDS = 5
"""More records of one party are branches that are kept apart on purpose."""
CENT = 0.005
EPOCH = date(1970, 1, 1)


def day_of(days: float) -> date | None:
    """A day since 1970 as a date; None where it is not known."""
    return None if days != days or np.isinf(days) else EPOCH + timedelta(days=int(days))


def money_of(amount: float) -> Decimal:
    """An amount of a frame in whole cents."""
    return Decimal(str(round(float(amount), 2)))


def second_records(snapshot: Snapshot, ledger: Ledger) -> Iterator[Breach]:
    """Further vendor records of a party: same VAT id, or account and name."""
    del snapshot
    vendors = ledger["vendors"].dropna(subset=["vendor_id", "party_id"])
    vendors = vendors.assign(known=vendors["known"].fillna(-NO_DATE))
    for _, rows in vendors.groupby("party_id", sort=True):
        own = rows.drop_duplicates("vendor_id").sort_values(["known", "vendor_id"])
        if not 1 < len(own) <= MOST_RECORDS:
            continue
        first = own.iloc[0]
        for _, row in own.iloc[1:].iterrows():
            yield Breach(
                Kind.VENDOR_DUPLICATE, "vendors", row["vendor_id"],
                f"{_name(row)} and {_name(first)} are one party under two vendor records.",
                0.8, (row["record_id"], first["record_id"]), as_of=day_of(row["known"]),
            )  # fmt: skip


def _name(row: pd.Series) -> str:
    return f"{row['name']} ({row['vendor_id']})" if pd.notna(row["name"]) else row["vendor_id"]


def bad_vat_ids(snapshot: Snapshot, ledger: Ledger) -> Iterator[Breach]:
    """VAT ids of the master whose form or check digits do not fit their country."""
    del snapshot
    vendors = ledger["vendors"].dropna(subset=["vendor_id", "vat_id"])
    for _, row in vendors.drop_duplicates("vendor_id").iterrows():
        plain = vat_key(row["vat_id"])
        if plain and is_vat_id(plain) is False:
            yield Breach(
                Kind.VAT_ID_INVALID, "vendors", row["vendor_id"],
                f"The VAT id {row['vat_id']} in the record of {_name(row)} is not well-formed.",
                0.9, (row["record_id"],), as_of=day_of(row["known"]),
            )  # fmt: skip


def paid_twice(snapshot: Snapshot, ledger: Ledger) -> Iterator[Breach]:
    """Payments that bring what was paid for an invoice above its gross; returns lower it."""
    del snapshot
    payments = ledger["payments"].dropna(subset=["payment_id", "invoice_id", "amount"])
    payments = payments.sort_values(["known", "payment_id"])
    invoices = ledger.invoices.drop_duplicates("invoice_id").set_index("invoice_id")
    gross = payments["invoice_id"].map(invoices["gross"]).to_numpy(dtype=np.float64)
    is_credit = payments["invoice_id"].map(invoices["is_credit"]).fillna(True).to_numpy(dtype=bool)
    paid = payments.groupby("invoice_id")["amount"].cumsum().to_numpy()
    at_last = payments.groupby("invoice_id")["amount"].transform("sum").to_numpy()
    own = payments["amount"].to_numpy()
    with np.errstate(invalid="ignore"):
        over = (paid > gross + CENT) & (at_last > gross + CENT) & (own > 0) & ~is_credit
        first_over = over & (paid - own <= gross + CENT)
    for at in np.flatnonzero(first_over).tolist():
        row = payments.iloc[at]
        bill = invoices.loc[row["invoice_id"]]
        together = payments[payments["invoice_id"] == row["invoice_id"]]
        excess = money_of(at_last[at] - gross[at])
        yield Breach(
            Kind.DUP_PAYMENT, "payments", row["payment_id"],
            f"With this payment {len(together)} for invoice {bill['number']} come to "
            f"{at_last[at]:,.2f} {row['currency'] or ''}, {excess:,} above its gross amount.",
            0.9, (row["record_id"], bill["record_id"], *together["record_id"]),
            excess, row["currency"], day_of(row["known"]),
        )  # fmt: skip
