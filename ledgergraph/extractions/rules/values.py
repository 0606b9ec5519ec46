"""Rules on the values themselves: do they fit their column, and were the decisive ones sure?"""

from collections.abc import Iterator

from ledgergraph.extractions.fields import typed_value
from ledgergraph.extractions.rules.document import SURE, Breach, DocumentRule, Part
from ledgergraph.issues import Kind, Severity

DECISIVE = ("number", "issue_date", "currency", "seller.name", "seller.iban", "totals.gross")
"""Fields that decide what is booked and paid."""


def _unusable(part: Part) -> Iterator[Breach]:
    for number, row in [(None, part.header), *part.lines.items()]:
        for name, stated in row.items():
            if stated.value and typed_value(name, stated.value) is None:
                yield Breach(name, number, f"{name} was read and cannot be used")


def _read_unsurely(part: Part) -> Iterator[Breach]:
    for name in DECISIVE:
        stated = part.header.get(name)
        if stated and stated.confidence < SURE:
            yield Breach(name, None, f"{name} was read with confidence {stated.confidence:.2f}")


RULES = (
    DocumentRule(
        "unusable_value", Kind.READING_UNSURE, Severity.INFO,
        "A value fits the column that it is meant for",
        (), _unusable,
    ),
    DocumentRule(
        "decisive_fields_sure", Kind.READING_UNSURE, Severity.INFO,
        f"A field that decides what is paid is read with a confidence of at least {SURE}",
        (), _read_unsurely,
    ),
)  # fmt: skip
"""The rules of this module."""
