"""Tables of learning: the features of invoices, what fired, labels."""

import pyarrow as pa

from ledgergraph.datasets.features import FEATURES
from ledgergraph.tables import DATE, TEXT, Table

REAL = pa.float64()

INVOICE_FEATURES = Table(
    "invoice_features",
    pa.schema([("invoice_id", TEXT), ("as_of", DATE), *((name, REAL) for name in FEATURES)]),
    key=("invoice_id",),
)
"""One row per invoice, one column per declared feature."""
FIRED = Table(
    "fired",
    pa.schema(
        [
            ("invoice_id", TEXT),
            ("kind", TEXT),
            ("strength", REAL),  # in [0, 1]
            ("feature", TEXT),
            ("value", REAL),
            ("sentence", TEXT),
        ]
    ),
    key=("invoice_id", "kind"),
)
"""Rules that fired: at most one row per invoice and kind, the strongest."""
LABELS = Table(
    "labels",
    pa.schema(
        [
            ("invoice_id", TEXT),
            ("is_issue", pa.bool_()),
            ("kinds", TEXT),  # joined by |
            ("has_compliance_issues", pa.bool_()),
        ]
    ),
    key=("invoice_id",),
)
LABELLED_PAIRS = Table(
    "labelled_pairs",
    pa.schema([("invoice_id", TEXT), ("other_id", TEXT), ("is_duplicate", pa.bool_())]),
    key=("invoice_id", "other_id"),
)
"""Candidate pairs with their truth; null where two are copies of one original."""
