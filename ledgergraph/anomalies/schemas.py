"""Tables of judgement: invoice_scores, findings, and what could not be tested."""

import pyarrow as pa

from ledgergraph.tables import AMOUNT, DATE, TEXT, Table

REAL: pa.DataType = pa.float64()

INVOICE_SCORES = Table(
    "invoice_scores",
    pa.schema(
        {
            "invoice_id": TEXT,
            "as_of": DATE,
            "compliance_risk": REAL,  # probabilities in [0, 1]
            "duplicate_probability": REAL,
            "anomaly_score": REAL,
            "risk": REAL,  # the combined one, which ranks
        }
    ),
    key=("invoice_id",),
)
FINDINGS = Table(
    "findings",
    pa.schema(
        {
            "finding_id": TEXT,
            "kind": TEXT,
            "subject": TEXT,  # the key of a row of subject_table, its columns joined by |
            "subject_table": TEXT,
            "score": REAL,  # probability in [0, 1]
            "severity": TEXT,
            "amount_at_risk": AMOUNT,
            "currency": TEXT,
            "as_of": DATE,
            "sentence": TEXT,
            "disproof": TEXT,
            "contributions": TEXT,  # JSON, see findings.reasons_of
            "evidence": TEXT,  # JSON [{table, key}], see findings.refs_of
            "status": TEXT,  # open, confirmed, dismissed
        }
    ),
    key=("finding_id",),
)
COVERAGE = Table(
    "coverage",
    pa.schema(
        {
            "kind": TEXT,
            "outcome": TEXT,  # tested, not_testable, switched_off, not_implemented
            "missing": TEXT,  # tables and columns that are absent
            "findings": pa.int64(),  # null unless tested
        }
    ),
    key=("kind",),
)
