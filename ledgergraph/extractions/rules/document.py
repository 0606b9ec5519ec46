"""What a rule on one document is, and what it sees: the chosen fields of one part."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

import pyarrow as pa

from ledgergraph.books import DOCUMENT_TYPES, INVOICE_TYPES
from ledgergraph.extractions.fields import day_of, decimal_of
from ledgergraph.issues import Kind, Severity
from ledgergraph.money import minor_digits, plain

SURE = 0.8
"""Below this confidence a field decides nothing: rules that rest on it are muted."""


class Stated(NamedTuple):
    """A chosen value, how sure it is, and the reading that it comes from."""

    value: str
    confidence: float
    reading: str


@dataclass(frozen=True)
class Part:
    """One business document as it was read: header fields, and the fields of each line."""

    document_id: str
    part: int
    header: Mapping[str, Stated]
    lines: Mapping[int, Mapping[str, Stated]] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """The canonical value of a header field; None where it is missing or empty."""
        stated = self.header.get(name)
        return stated.value or None if stated else None

    def amount(self, name: str) -> Decimal | None:
        """The number in a header field, or None."""
        return number_in(self.header, name)

    def day(self, name: str) -> date | None:
        """The day in a header field, or None."""
        value = self.text(name)
        return day_of(value) if value else None

    @property
    def currency(self) -> str | None:
        """The document's currency, ISO 4217."""
        return self.text("currency")

    @property
    def type(self) -> str | None:
        """The word for the document's type, or its code where there is no word."""
        code = self.text("type")
        return DOCUMENT_TYPES.get(code, code) if code else None

    @property
    def is_structured(self) -> bool:
        """Whether an XML states the header, so that what it does not state is not there."""
        return any(stated.reading == "xml" for stated in self.header.values())

    @property
    def is_business(self) -> bool:
        """Whether it is an invoice or receipt, or looks like one and states no type."""
        if self.type is not None:
            return self.type == RECEIPT or self.type in INVOICE_TYPES.values()
        total = self.amount("totals.gross") or self.amount("totals.net")
        return total is not None and bool(self.text("number") or self.text("issue_date"))

    def confidence(self, names: Iterable[str], line: int | None) -> tuple[float, str | None]:
        """The least confidence of some fields, and which: in the header and in a line,
        or in all lines if the line is None. 1.0 where none of them was read."""
        rows = [self.header, *(self.lines.values() if line is None else [self.lines[line]])]
        read = [(row[name].confidence, name) for row in rows for name in names if name in row]
        return min(read, default=(1.0, None))


def number_in(row: Mapping[str, Stated], name: str) -> Decimal | None:
    """The number in a field of a header or line, or None."""
    stated = row.get(name)
    return decimal_of(stated.value) if stated and stated.value else None


def numbered(row: Mapping[str, Stated], name: str) -> list[dict[str, Decimal]]:
    """What a row states several times under a name, in order: the numbers in `name.0.…`."""
    found: dict[int, dict[str, Decimal]] = {}
    for key in row:
        group, _, rest = key.partition(".")
        number, _, part = rest.partition(".")
        if group == name and number.isdigit() and (value := number_in(row, key)) is not None:
            found.setdefault(int(number), {})[part] = value
    return [found[number] for number in sorted(found)]


def shown(amount: Decimal, currency: str | None = None) -> str:
    """An amount for a sentence, with the digits of its currency or more if it has them."""
    places = max(minor_digits(currency), -int(amount.normalize().as_tuple().exponent))
    return f"{amount:.{places}f}" if places < 9 else plain(amount)


RECEIPT = "receipt"
"""The type of a receipt, for which UNTDID 1001 has no code that EN 16931 takes."""


class Breach(NamedTuple):
    """Where a rule does not hold and how: `detail` completes "The rule ...: "."""

    field: str | None
    line: int | None
    detail: str


@dataclass(frozen=True)
class DocumentRule:
    """A rule on one part of a document.

    `sentence` says what holds in a sound document and where that is written;
    `rests_on` are the fields that a breach depends on, in the header or a line;
    `needs_all` says that a field which a page states and nobody read could be its cause.
    """

    id: str
    kind: Kind
    severity: Severity
    sentence: str
    rests_on: tuple[str, ...]
    check: Callable[[Part], Iterable[Breach]]
    needs_all: bool = False


def parts_of(extractions: pa.Table) -> list[Part]:
    """The parts of all documents as their chosen readings state them, in key order."""
    names = ("document_id", "part", "line", "field", "value", "confidence", "reading")
    chosen: Any = extractions.filter(extractions["chosen"]).select(names)
    ordered = chosen.sort_by([("document_id", "ascending"), ("part", "ascending")])
    rows = zip(*(ordered[name].to_pylist() for name in names), strict=True)
    parts = []
    for (document_id, part), group in groupby(rows, key=lambda row: row[:2]):
        header: dict[str, Stated] = {}
        lines: dict[int, dict[str, Stated]] = {}
        for _, _, line, name, value, confidence, reading in group:
            place = header if line is None else lines.setdefault(line, {})
            place[name] = Stated(value or "", confidence or 0.0, reading)
        parts.append(Part(document_id, part, header, dict(sorted(lines.items()))))
    return parts
