"""Tables of learning: the features of invoices, what fired, labels."""

from collections.abc import Iterable

import pyarrow as pa

from ledgergraph.datasets.features import FEATURES
from ledgergraph.graph.duplicates import PAIR_FEATURES
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
LABEL_EVENTS = Table(
    "label_events",
    pa.schema(
        [
            ("feedback_id", TEXT),
            ("target", TEXT),  # what was asked: finding, invoice, pair
            ("invoice_id", TEXT),  # null where the event names none
            ("other_id", TEXT),  # of a pair
            ("kind", TEXT),
            ("says_issue", pa.bool_()),  # a true finding, a bad invoice, two that are one claim
            ("is_used", pa.bool_()),  # false: overruled by a later event, or nothing to learn from
        ]
    ),
    key=("feedback_id",),
)
"""What each label rests on: every event that was there when labels were made, used or not."""
LABELLED_FEATURES = Table("labelled_features", INVOICE_FEATURES.schema, key=("invoice_id",))
"""The features of the invoices that have a label, as of their own day."""
LABELLED_PAIRS = Table(
    "labelled_pairs",
    pa.schema([("invoice_id", TEXT), ("other_id", TEXT), ("is_duplicate", pa.bool_())]),
    key=("invoice_id", "other_id"),
)
"""Candidate pairs with their truth; null where two are copies of one original."""
PAIRS = [(name, REAL) for name in PAIR_FEATURES]
JUDGED_PAIRS = Table(
    "judged_pairs",
    pa.schema([("invoice_id", TEXT), ("other_id", TEXT), ("as_of", DATE),
               ("is_duplicate", pa.bool_()), *PAIRS]),
    key=("invoice_id", "other_id"),
)  # fmt: skip
"""Pairs that people judged, with their features; `as_of` is the day the later one arrived."""
PAIR_EVENTS = Table("pair_events", LABEL_EVENTS.schema, key=("feedback_id",))
"""What each judged pair rests on; unused where an invoice of the pair is not there."""


def made(name: str, keys: tuple[str, ...], truth: pa.Schema, features: Iterable[str]) -> Table:
    """Rows of made ledgers with their features and their truth, null where nobody could tell."""
    columns = [("ledger", TEXT), ("habits", TEXT), *((key, TEXT) for key in keys),
               *truth, *((feature, REAL) for feature in features)]  # fmt: skip
    return Table(name, pa.schema(columns), key=("habits", "ledger", *keys))


ONE, TWO = ("invoice_id",), ("invoice_id", "other_id")
OF_ONE = pa.schema([("is_issue", pa.bool_()), ("kinds", TEXT)])
OF_TWO = pa.schema([("is_duplicate", pa.bool_())])
TRAINING_FEATURES = made("training_features", ONE, OF_ONE, FEATURES)
TRAINING_PAIRS = made("training_pairs", TWO, OF_TWO, PAIR_FEATURES)
"""What every challenger learns from beside the labels of its own company."""
BENCHMARK_FEATURES = made("benchmark_features", ONE, OF_ONE, FEATURES)
BENCHMARK_PAIRS = made("benchmark_pairs", TWO, OF_TWO, PAIR_FEATURES)
"""What every challenger is judged on beside them: ledgers that no model learned from."""
