"""Tables of feedback."""

import pyarrow as pa

from ledgergraph.tables import TEXT, TIME, Table

FEEDBACK = Table(
    "feedback",
    pa.schema(
        {
            "feedback_id": TEXT,
            "at": TIME,
            "author": TEXT,
            "target": TEXT,  # events.Target
            "document_id": TEXT,  # of a field
            "part": pa.int32(),
            "line": pa.int32(),  # null for the header
            "field": TEXT,
            "finding_id": TEXT,  # of a finding
            "kind": TEXT,  # of a finding or an invoice, see issues.Kind
            "subject_id": TEXT,  # the invoice, or the first of a pair or of two parties
            "other_id": TEXT,  # the second of a pair or of two parties
            "verdict": TEXT,  # events.Verdict
            "value": TEXT,  # of a correction, canonical as in extractions
            "category": TEXT,  # events.Category
            "comment": TEXT,
        }
    ),
    key=("feedback_id",),
)
"""Every event, as it was said; what counts of them is `events.standing`."""
FEEDBACK_REJECTIONS = Table(
    "feedback_rejections",
    pa.schema(
        {
            "name": TEXT,  # path below the feedback inbox, or as given
            "line": pa.int64(),  # of the file, from 1; the task of a Label Studio export
            "reason": TEXT,
            "sentence": TEXT,
        }
    ),
    key=("name", "line", "reason", "sentence"),
)
"""What stands in files of feedback and states no event."""
