"""What a draft and a reason are, and the records that a reason was computed from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from ledgergraph.anomalies.subjects import Paper, Subjects
from ledgergraph.evidence import Ref
from ledgergraph.issues import Kind, Severity

Witnesses = Callable[[str, str], Sequence[str]]
"""The ids of the records that a feature of an invoice was computed from."""


@dataclass(frozen=True)
class Reason:
    """One thing that speaks for a finding.

    `share` is its part of all that speaks for it, in [0, 1]; null where no model
    weighed it. `records` says how many records it was computed from. `kind` is
    another kind than the finding's, of which it is a sign.
    """

    sentence: str
    feature: str | None = None
    value: float | None = None
    contribution: float | None = None
    share: float | None = None
    kind: Kind | None = None
    records: int = 0


@dataclass(frozen=True)
class Draft:
    """A sign that something is wrong with an invoice or a paper.

    `clause` says what, `sentence` of which invoice or file too. `counterpart` is the
    invoice that it repeats; `others` are the further invoices of the same event, whose
    money is at risk with that of `invoice_id`, the newest. `event` names the event
    of papers that belong together. `record` is the table and key of a row that is no
    invoice, `amount` what is at risk with it. `absorbed` are its effects and weaker signs of the
    same event.
    """

    kind: Kind
    sentence: str
    score: float
    clause: str = ""
    invoice_id: str | None = None
    counterpart: str | None = None
    others: tuple[str, ...] = ()
    paper: Paper | None = None
    record: tuple[str, str] | None = None
    amount: Decimal | None = None
    currency: str | None = None
    as_of: date | None = None
    event: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    severity: Severity | None = None
    evidence: tuple[Ref, ...] = ()
    reasons: tuple[Reason, ...] = ()
    is_of_rule: bool = False
    is_of_model: bool = False
    absorbed: tuple["Draft", ...] = ()

    @property
    def subject(self) -> tuple[Any, ...]:
        """What drafts must share to be about the same thing: an invoice, a paper, or a row."""
        return (self.invoice_id,) if self.invoice_id else (self.paper or self.record or ("",))


def with_witnesses(draft: Draft, subjects: Subjects, witnesses: Witnesses, most: int) -> Draft:
    """The draft with the records that its reasons were computed from, some as evidence.

    Each reason says how many records it rests on; as evidence the finding keeps
    those that come first, up to `most`: trace lists the rest.
    """
    if draft.invoice_id is None:
        return draft
    reasons, named = [], []
    for reason in draft.reasons:
        records = witnesses(draft.invoice_id, reason.feature) if reason.feature else ()
        reasons.append(replace(reason, records=len(records)))
        named += list(records)
    held = {ref.key.get("record_id") for ref in draft.evidence}
    fresh = [record for record in dict.fromkeys(named) if record not in held]
    known = [record for record in fresh if record in subjects.table_of_record][:most]
    refs = [Ref(subjects.table_of_record[one], {"record_id": one}) for one in known]
    return replace(draft, reasons=tuple(reasons), evidence=(*draft.evidence, *refs))
