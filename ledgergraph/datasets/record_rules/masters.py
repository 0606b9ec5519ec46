"""Vendors of the master: one party twice, a VAT id that is none."""

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
