"""Where a document is not as its vendor's others: hints for whoever reviews it.

Belongs here: what deviates or is missing, in a sentence. Not here: the memory (`vendor_memory`)
and who is asked when (`anomalies.review`). A hint is no rule: nothing is changed by it. A paper
is held against papers of its kind; that something is missing is said of invoices alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.extractions.choosing import same_value
from ledgergraph.extractions.fields import day_of
from ledgergraph.extractions.readers.kinds import INVOICE
from ledgergraph.extractions.vendor_memory import (
    LABEL,
    PLACE,
    TERMS,
    Habit,
    VendorMemory,
    kind_in,
    pattern_of,
    trait_of,
    vendors_in,
)

HINTED = ("number", "currency", "seller.iban", "due_date")
"""Fields that vendors have habits of."""
NEEDS = frozenset({*HINTED, "issue_date", "seller.name", "seller.vat_id", "type"})


class Hint(NamedTuple):
    """What is unusual of one field of a document; `is_missing` if nothing was read for it."""

    document_id: str
    part: int
    field: str
    is_missing: bool
    sentence: str


def hints_of(extractions: pa.Table, memory: VendorMemory) -> Iterator[Hint]:
    """Everything that documents have or lack against the habits of their vendors."""
    if not memory.habits:
        return
    wanted = pc.and_(extractions["chosen"], pc.is_null(extractions["line"]))
    needed = pc.is_in(extractions["field"], pa.array(sorted(NEEDS)))
    names = ("document_id", "part", "field", "value")
    rows = extractions.filter(pc.and_(wanted, needed)).select(names)
    documents: dict[tuple[str, int], dict[str, str]] = {}
    for row in rows.to_pylist():
        own = documents.setdefault((row["document_id"], row["part"]), {})
        own[row["field"]] = row["value"] or ""
    for (document_id, part), stated in documents.items():
        vendors, kind = vendors_in(stated), kind_in(stated)
        for field in HINTED if memory.knows(vendors) else ():
            if kind != INVOICE and (field == "due_date" or not stated.get(field)):
                continue
            habit = memory.usual(vendors, trait_of(TERMS if field == "due_date" else field, kind))
            if habit is None or _is_usual(field, stated, habit):
                continue
            sentence = _sentence(field, kind, habit, vendors, memory)
            yield Hint(document_id, part, field, not stated.get(field), sentence)


def _is_usual(field: str, stated: Mapping[str, str], habit: Habit) -> bool:
    value = stated.get(field)
    if field == "due_date":
        issue, due = day_of(stated.get("issue_date", "")), day_of(value or "")
        return issue is None or (due is not None and str((due - issue).days) == habit.value)
    if not value:
        return False
    if field == "number":
        return pattern_of(value) == habit.value
    return same_value(field, value, habit.value)


def _sentence(
    field: str, kind: str, habit: Habit, vendors: Iterable[str], memory: VendorMemory
) -> str:
    """The habit, for a person."""
    if field == "due_date":
        return f"This vendor usually asks to be paid {habit.value} days after the invoice."
    what = {"seller.iban": "account", "number": "number", "currency": "currency"}[field]
    verb = "reads" if field == "number" else "is"
    known = list(vendors)
    label = memory.usual(known, trait_of(f"{LABEL}{field}", kind))
    place = memory.usual(known, trait_of(f"{PLACE}{field}", kind))
    behind = f", behind “{label.example}”" if label else ""
    where = f", {place.value} of the page" if place else ""
    return f"This vendor's {what} usually {verb} {habit.example}{behind}{where}."
