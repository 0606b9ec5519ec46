"""The status of findings: what people said of them, derived each time that they are made.

A verdict names a finding by its id, which is the same each time that the same is found.
Not here: what a verdict teaches (datasets.labels).
"""

from collections.abc import Iterable, Mapping

import pyarrow as pa

from ledgergraph.anomalies.schemas import FINDINGS
from ledgergraph.feedback.events import Feedback, Target, Verdict, standing

OPEN, CONFIRMED, DISMISSED = "open", "confirmed", "dismissed"
STATUS_OF: Mapping[Verdict, str] = {Verdict.APPROVAL: CONFIRMED, Verdict.REJECTION: DISMISSED}


def with_statuses(findings: pa.Table, events: Iterable[Feedback]) -> pa.Table:
    """Findings with the status that the standing events on them give; open without any."""
    said = {
        event.finding_id: STATUS_OF[event.verdict]
        for event in standing(events)
        if event.target is Target.FINDING
    }
    statuses = [said.get(one, OPEN) for one in findings["finding_id"].to_pylist()]
    place = FINDINGS.schema.get_field_index("status")
    return FINDINGS.conform(findings).set_column(
        place, FINDINGS.schema.field(place), pa.array(statuses, pa.string())
    )
