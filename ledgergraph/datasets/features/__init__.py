"""Features: one number per invoice each, as of its arrival, declared, with witnesses.

As of: an invoice sees the rows that were known on the day it arrived, and of
the invoices those before it in the order of (known_from, invoice_id). Two
families look at the whole day: invoices of the same day belong to a window of
approvals (`approvals.window_*`) and to a sum of parts (`near_duplicates`).
Rows that come later never change a value, with three exceptions that have no
date of their own: who is one party is resolved over all records; a contract
counts from the day that it is named (many are recorded after they start); an
invoice's own approvals belong to it as its approver does. The master holds
today's names, addresses and accounts; only accounts have a history.

One family a file, each with FEATURES, `compute(ledger)` in order of arrival and
`witnesses(ledger, at, feature)`.
"""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from ledgergraph.datasets.declared import Feature
from ledgergraph.datasets.features import (
    approvals,
    bank,
    contracts,
    ghosts,
    habits,
    near_duplicates,
    neighbours,
    numbers,
    orders,
    own,
    series,
)
from ledgergraph.graph.frames import NO_DATE, Floats, Ledger, ledger_of
from ledgergraph.graph.parts import Whole
from ledgergraph.graph.snapshot import Snapshot

FAMILIES = (
    own, series, numbers, near_duplicates, contracts, orders, bank, approvals, ghosts, habits,
    neighbours,
)  # fmt: skip
FEATURES: Mapping[str, Feature] = {
    feature.name: feature for family in FAMILIES for feature in family.FEATURES
}
"""All features by name."""
OWN: tuple[str, ...] = tuple(feature.name for feature in own.FEATURES)
"""Features of the invoice alone: the baseline."""
PORTABLE: tuple[str, ...] = tuple(name for name, one in FEATURES.items() if one.is_portable)
"""Features that mean the same at every company: what the packaged champions read."""
_FAMILY_OF = {feature.name: family for family in FAMILIES for feature in family.FEATURES}


def compute(ledger: Ledger) -> dict[str, Floats]:
    """All features, each aligned to the invoices sorted by invoice_id; NaN where unknown."""
    values: dict[str, Floats] = {}
    with np.errstate(invalid="ignore", divide="ignore"):  # what is not known gives NaN
        for family in FAMILIES:
            values |= family.compute(ledger)
    return {name: values[name][ledger.by_id].astype(np.float64) for name in FEATURES}


def opened(snapshot: Snapshot) -> Whole:
    """A snapshot that is open: the features of new invoices need no look at all its rows."""
    return Whole.of(ledger_of(snapshot), compute)


def feature_table(snapshot: Snapshot) -> pa.Table:
    """The features of all invoices of a snapshot, in the schema INVOICE_FEATURES."""
    return table_of(ledger_of(snapshot))


def table_of(ledger: Ledger) -> pa.Table:
    """The features of all invoices of a ledger, in the schema INVOICE_FEATURES."""
    from ledgergraph.datasets.schemas import INVOICE_FEATURES

    values = compute(ledger)
    ids, known = (ledger.values(name)[ledger.by_id] for name in ("invoice_id", "known"))
    days = pa.array(np.where(known == NO_DATE, np.nan, known), from_pandas=True).cast(pa.int32())
    columns = {
        "invoice_id": pa.array(ids, pa.string()),
        "as_of": days.cast(pa.date32()),
        # Values beyond any reason are clipped: a model and a report can take them as they are.
        **{name: pa.array(np.clip(column, -1e9, 1e9)) for name, column in values.items()},
    }
    return INVOICE_FEATURES.conform(pa.table(columns))


def witnesses(ledger: Ledger, invoice_id: str, feature: str) -> list[str]:
    """The record ids that a feature's value of an invoice rests on, each once, its own first.

    Raises KeyError if there is no such invoice or feature.
    """
    at = ledger.position[invoice_id]
    own_record = ledger.records("invoices", np.array([at]))
    return list(dict.fromkeys(own_record + _FAMILY_OF[feature].witnesses(ledger, at, feature)))
