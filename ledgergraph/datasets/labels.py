"""What is known of invoices: whether something is wrong with them, and of which kinds.

Truth of made companies and judgements of people have one schema (LABELS).
`has_compliance_issues` (amount above the contract's value, or date outside its
term) is derived from the kinds.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.datasets.schemas import LABEL_EVENTS, LABELS
from ledgergraph.feedback.events import Feedback, Target, Verdict, standing
from ledgergraph.issues import Kind
from ledgergraph.models.contract import Examples, Floats, matrix_of

COMPLIANCE = (Kind.OVER_CONTRACT_VALUE, Kind.OUTSIDE_CONTRACT_TERM)


JUDGED = (Target.FINDING, Target.INVOICE)
"""What labels of invoices come from."""


def judged_invoices(events: Iterable[Feedback]) -> tuple[pa.Table, pa.Table]:
    """What people's judgements say of invoices, as LABELS and LABEL_EVENTS.

    A confirmed finding makes its invoice an issue of its kind, and so does a
    rejected invoice. An approved invoice is none, whatever was said of it before;
    one whose judged findings are all dismissed is none. Of several events on one
    thing the latest counts, and a withdrawal takes back what was said.
    """
    by_invoice: dict[str, list[Feedback]] = {}
    said = [event for event in standing(events) if event.target in JUDGED]
    for event in said:
        if event.subject_id is not None:
            by_invoice.setdefault(event.subject_id, []).append(event)
    used = {one: _deciding(own) for one, own in by_invoice.items()}
    kinds = {one: "|".join(sorted({_kind_of(e) for e in own} - {""})) for one, own in used.items()}
    table = labels_of(
        pa.table(
            {
                "invoice_id": pa.array(list(used), pa.string()),
                "is_issue": pa.array([says_issue(own[-1]) for own in used.values()], pa.bool_()),
                "kinds": pa.array([kinds[one] for one in used], pa.string()),
            }
        )
    )
    deciding = {event.feedback_id for own in used.values() for event in own}
    return table, events_used(said, deciding)


def events_used(events: Iterable[Feedback], used: Iterable[str]) -> pa.Table:
    """Events as LABEL_EVENTS: which of them a label rests on, and which say nothing."""
    ids = frozenset(used)
    return LABEL_EVENTS.conform(
        LABEL_EVENTS.rows(
            {
                "feedback_id": event.feedback_id,
                "target": event.target,
                "invoice_id": event.subject_id,
                "other_id": event.other_id,
                "kind": event.kind,
                "says_issue": says_issue(event),
                "is_used": event.feedback_id in ids,
            }
            for event in events
        )
    )


def approved_unasked(labels: pa.Table, events: pa.Table) -> list[str]:
    """The invoices in order (LABELS) that people approved as a whole (LABEL_EVENTS), and of
    which they judged no finding.

    A finding is asked about because its invoice looks suspicious: those dismissed are no
    sample of the invoices in order.
    """
    good = labels.filter(pc.invert(labels["is_issue"]))["invoice_id"].to_pylist()
    is_whole = pc.fill_null(pc.equal(events["target"], Target.INVOICE.value), False)
    whole = set(events.filter(is_whole)["invoice_id"].to_pylist())
    asked = set(events.filter(pc.invert(is_whole))["invoice_id"].to_pylist())
    return [one for one in good if one in whole and one not in asked]


def _deciding(events: Sequence[Feedback]) -> list[Feedback]:
    """Of the standing events on one invoice, in their order, those that its label rests on."""
    cleared = [at for at, one in enumerate(events) if _is_cleared(one)]
    after = events[cleared[-1] + 1 :] if cleared else events
    if against := [event for event in after if says_issue(event)]:
        return against
    return [events[cleared[-1]]] if cleared else list(events)


def _is_cleared(event: Feedback) -> bool:
    return event.target is Target.INVOICE and event.verdict is Verdict.APPROVAL


def says_issue(event: Feedback) -> bool:
    """Whether an event says that something is wrong: a true finding or pair, or a bad invoice."""
    if event.target is Target.INVOICE:
        return event.verdict is Verdict.REJECTION
    return event.verdict is Verdict.APPROVAL


def _kind_of(event: Feedback) -> str:
    return (event.kind or "") if says_issue(event) else ""


def labels_of(truth: pa.Table) -> pa.Table:
    """Labels from a truth table: invoice_id, is_issue, kinds joined by `|`, and perhaps `scored`.

    Invoices that are not scored (nobody could tell yet) get no label.
    """
    if "scored" in truth.column_names:
        truth = truth.filter(pc.fill_null(truth["scored"].cast(pa.bool_()), True))
    kinds = pc.fill_null(truth["kinds"].cast(pa.string()), "")
    pattern = "|".join(kind.value for kind in COMPLIANCE)
    return LABELS.conform(
        pa.table(
            {
                "invoice_id": truth["invoice_id"],
                "is_issue": truth["is_issue"].cast(pa.bool_()),
                "kinds": kinds,
                "has_compliance_issues": pc.match_substring_regex(kinds, f"(^|[|])({pattern})"),
            }
        )
    )


def targets(features: pa.Table, labels: pa.Table, column: str = "is_issue") -> Floats:
    """For each row of features 1 or 0, NaN where it has no label."""
    place = pc.index_in(features["invoice_id"], labels["invoice_id"].combine_chunks())
    found = labels[column].cast(pa.float64()).take(place)
    return np.asarray(found.to_numpy(), dtype=np.float64)


def examples_of(ledgers: Sequence[tuple[pa.Table, pa.Table]], names: Sequence[str]) -> Examples:
    """Labelled rows of several ledgers, each given as (features, labels); one group a ledger."""
    matrices, outcomes, groups = [], [], []
    for number, (features, labels) in enumerate(ledgers):
        outcome = targets(features, labels)
        known = ~np.isnan(outcome)
        matrices.append(matrix_of(features, names)[known])
        outcomes.append(outcome[known])
        groups.append(np.full(int(known.sum()), number, dtype=np.int64))
    return Examples(
        tuple(names), np.concatenate(matrices), np.concatenate(outcomes), np.concatenate(groups)
    )
