"""When a role learns again: a pure policy that says why, also when it is not due.

Belongs here: thresholds, what events count for which role, the decision. Not here:
who asks (the sensor, the nightly schedule), and what training does.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ledgergraph.evidence import Decision
from ledgergraph.feedback.events import Feedback, Target, Verdict

RETRAIN, WAIT = "retrain", "wait"
ROLES: Mapping[Target, str] = {
    Target.FIELD: "reader",
    Target.FINDING: "compliance",
    Target.INVOICE: "compliance",
    Target.PAIR: "duplicate",
}
"""The role that learns from events on a target: each event feeds exactly one."""


@dataclass(frozen=True)
class Thresholds:
    """When labels are enough: as many new ones, or errors among them, or days since the last."""

    labels: int = 500
    error_share: float = 0.10
    errors_over: int = 100
    days: float = 14.0
    type_corrections: int = 100
    type_error_share: float = 0.05


@dataclass(frozen=True)
class Counts:
    """Events on a role since it last learned: all, and those that say it was wrong."""

    labels: int = 0
    errors: int = 0

    @property
    def error_share(self) -> float:
        """Errors among the labels, in [0, 1]; 0 without labels."""
        return self.errors / self.labels if self.labels else 0.0


def counts_of(role: str, events: Iterable[Feedback]) -> Counts:
    """What standing events say of a role; pass those that it has not learned from yet."""
    own = [event for event in events if ROLES.get(event.target) == role]
    return Counts(len(own), sum(is_error(event) for event in own))


def is_error(event: Feedback) -> bool:
    """Whether an event says that the system was wrong.

    Of an invoice that a person looked at unasked, the verdict is on the invoice.
    """
    is_against = event.verdict in (Verdict.CORRECTION, Verdict.REJECTION)
    return is_against and event.target is not Target.INVOICE


def retraining_due(
    role: str,
    counts: Counts,
    last_trained_at: datetime | None,
    now: datetime,
    thresholds: Thresholds | None = None,
    *,
    first_said_at: datetime | None = None,
) -> Decision:
    """Whether a role learns again now; without new labels never.

    Days count from the last training; for a role that was never trained here from
    `first_said_at`, the moment of the first label.
    """
    limits = thresholds or Thresholds()
    since = last_trained_at or first_said_at or now
    days = (now - since).total_seconds() / 86_400
    numbers = {
        "labels": float(counts.labels),
        "errors": float(counts.errors),
        "error_share": round(counts.error_share, 4),
        "days": round(days, 2),
    }
    said = f"{role}: {counts.labels} of {limits.labels} labels"
    if counts.labels >= limits.labels:
        return Decision(RETRAIN, True, said, numbers)
    if counts.labels >= limits.errors_over and counts.error_share > limits.error_share:
        errors = f"{counts.errors} of {counts.labels} labels say that it was wrong"
        more = f"{counts.error_share:.1%}, more than {limits.error_share:.0%}"
        return Decision(RETRAIN, True, f"{role}: {errors} ({more})", numbers)
    if counts.labels and days >= limits.days:
        what = "it last learned" if last_trained_at else "the first was said"
        late = f"{days:.0f} days since {what}, {limits.days:.0f} are allowed"
        return Decision(RETRAIN, True, f"{said}, but {late}", numbers)
    return Decision(WAIT, False, said, numbers)


def candidate_types(
    events: Iterable[Feedback],
    types: Mapping[str, str],
    thresholds: Thresholds | None = None,
) -> dict[str, Decision]:
    """For each document type whether its readings are so often wrong that the reader learns anew.

    `types` names the type of each document by its id. A type is a candidate at
    enough corrections and a large enough share of them among its events.
    """
    limits = thresholds or Thresholds()
    labels: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    for event in events:
        kind = types.get(event.document_id or "")
        if event.target is Target.FIELD and kind is not None:
            labels[kind] += 1
            errors[kind] += is_error(event)
    decisions = {}
    for kind, count in sorted(labels.items()):
        share = errors[kind] / count
        is_due = errors[kind] >= limits.type_corrections and share >= limits.type_error_share
        decisions[kind] = Decision(
            RETRAIN if is_due else WAIT,
            is_due,
            f"documents of type {kind}: {errors[kind]} of {limits.type_corrections} corrections, "
            f"{share:.1%} errors" + (", a candidate for retraining" if is_due else ""),
            {"labels": float(count), "errors": float(errors[kind]), "error_share": round(share, 4)},
        )
    return decisions
