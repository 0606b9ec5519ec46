"""Which reading of a field counts, and when two values are the same: the one place for both.

Not here: what a difference between two readings means (rules.hybrids).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from ledgergraph.books import DOCUMENT_TYPES
from ledgergraph.evidence import Box, Reading
from ledgergraph.extractions.fields import GROUPS, Form, day_of, decimal_of, form_of
from ledgergraph.extractions.names import compact, plain_words, spelling_key
from ledgergraph.extractions.schemas import EXTRACTIONS
from ledgergraph.feedback.events import Feedback
from ledgergraph.money import rounded

PRECEDENCE = ("feedback", "xml", "page")
"""Readings, the first one that states a field counts."""
EDGES = ("x0", "y0", "x1", "y1")
PIECES = ("H87", "C62", "EA")
"""Codes of UN/ECE Recommendation 20 for a thing that is counted: piece, one, each. Vendors mean
the same by them, and a page prints the same word for all."""
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae"})


def normalised(field: str, value: str, currency: str | None = None) -> object:
    """What two values of a field must share to be equal; itself for a value of another form."""
    form = form_of(field)
    if form in (Form.AMOUNT, Form.NUMBER) and (number := decimal_of(value)) is not None:
        return rounded(number, currency) if form is Form.AMOUNT else number
    if form is Form.DATE and (day := day_of(value)) is not None:
        return day
    if field == "type":
        return DOCUMENT_TYPES.get(value, value)
    if field == "unit" and value.strip().upper() in PIECES:
        return PIECES
    if form is Form.NAME:
        return spelling_key(value)
    return compact(plain_words(value))


def same_value(field: str, a: str | None, b: str | None, currency: str | None = None) -> bool:
    """Whether two canonical values of a field mean the same.

    Dates by day, amounts by the currency's smallest unit, numbers by value, types
    by the word of records (380 and 384 are both invoices), units by code, where piece, one and
    each are one, text by its letters and
    digits: without case, accents, spaces and signs, names also without the
    spelling of their legal form (`Müller & Co. Aktiengesellschaft`, `MUELLER UND
    CO AG`). Nothing equals a missing value.
    """
    if a is None or b is None:
        return False
    if normalised(field, a, currency) == normalised(field, b, currency):
        return True
    if form_of(field) not in (Form.NAME, Form.TEXT):
        return False
    spelt = (value.lower().translate(UMLAUTS) for value in (a, b))
    return len({normalised(field, value) for value in spelt}) == 1


def with_corrections(readings: Sequence[Reading], corrections: Iterable[Feedback]) -> list[Reading]:
    """Readings of one document, and beside them what people say of its fields.

    A correction is a reading `feedback` by its author, of confidence 1, which stands
    where that stands which it corrects. One of a part that the document does not have
    is left out; of a document of which nothing could be read the first part counts.
    """
    parts = {one.part for one in readings} or {0}
    beside: defaultdict[tuple[str, int, int | None, str], list[Reading]] = defaultdict(list)
    for one in sorted(readings, key=lambda one: PRECEDENCE.index(one.reading)):
        beside[_field_key(one)].append(one)
    sources = sources_of_lines(readings)
    found = list(readings)
    for event in corrections:
        if event.part not in parts:
            continue
        key = (str(event.document_id), event.part, event.line, str(event.field))
        held = [
            one for one in beside[key]
            if one.box and (one.line is None or sources[key[:2]] == one.reading)
        ]  # fmt: skip
        place = held[0] if held else None
        value = str(event.value)
        found.append(
            Reading(
                *key[:2], "feedback", *key[2:], value, raw=value, confidence=1.0,
                source=event.author, page=place.page if place else None,
                box=place.box if place else None, box_unit=place.box_unit if place else None,
            )
        )  # fmt: skip
    return found


def sources_of_lines(readings: Iterable[Reading]) -> dict[tuple[str, int], str]:
    """The reading whose lines count, by document and part: the XML if it has any, else the page."""
    found: dict[tuple[str, int], str] = {}
    for one in sorted(readings, key=lambda one: PRECEDENCE.index(one.reading), reverse=True):
        if one.line is not None and one.reading != "feedback":
            found[one.document_id, one.part] = one.reading
    return found


def choose(readings: Sequence[Reading]) -> pa.Table:
    """Readings as extractions, exactly one of them chosen for each part, line and field.

    A header field counts as feedback states it, else the XML, else the page.
    Lines come from one source as a whole, the XML if it has any, else the page:
    line 2 of the one need not be line 2 of the other; so does what is stated several
    times, as the tax by rate. Feedback corrects single fields of them.

    Raises TypeError if one reading states a field of a line twice.
    """
    lines_of, groups_of = sources_of_lines(readings), _sources_of_groups(readings)
    best: dict[tuple[str, int, int | None, str], str] = {}
    ranked = sorted(readings, key=lambda one: PRECEDENCE.index(one.reading), reverse=True)
    for one in ranked:  # the best comes last and overwrites
        is_of_line = one.line is not None and one.reading != "feedback"
        if is_of_line and lines_of[one.document_id, one.part] != one.reading:
            continue
        if groups_of.get(_group_key(one), one.reading) != one.reading != "feedback":
            continue
        best[_field_key(one)] = one.reading
    rows = sorted(readings, key=_row_key)
    if len(rows) != len({_row_key(one) for one in rows}):
        raise TypeError("extractions: one reading states a field of a line twice")
    return _table(rows, [best.get(_field_key(one)) == one.reading for one in rows])


def _sources_of_groups(readings: Iterable[Reading]) -> dict[tuple[str, int, str], str]:
    """The reading that counts for what the header states several times, by kind of it."""
    found: dict[tuple[str, int, str], str] = {}
    for one in sorted(readings, key=lambda one: PRECEDENCE.index(one.reading), reverse=True):
        if one.line is None and one.reading != "feedback":
            found[_group_key(one)] = one.reading
    return {key: reading for key, reading in found.items() if key[2] in GROUPS}


def _group_key(one: Reading) -> tuple[str, int, str]:
    group, _, rest = one.field.partition(".")
    is_grouped = one.line is None and rest[:1].isdigit()
    return one.document_id, one.part, group if is_grouped else one.field


def _field_key(one: Reading) -> tuple[str, int, int | None, str]:
    return one.document_id, one.part, one.line, one.field


def _row_key(one: Reading) -> tuple[str, int, str, float, str]:
    """The key of a row of extractions, which sorts headers behind lines, as Arrow sorts nulls."""
    line = float("inf") if one.line is None else one.line
    return one.document_id, one.part, one.reading, line, one.field


def _table(readings: Sequence[Reading], chosen: Sequence[bool]) -> pa.Table:
    boxes = [one.box for one in readings]
    columns: dict[str, Sequence[Any]] = {"chosen": chosen} | {
        edge: [getattr(box, edge) if box else None for box in boxes] for edge in EDGES
    }
    for name in EXTRACTIONS.schema.names:
        if name not in columns:
            columns[name] = [getattr(one, name) for one in readings]
    arrays = [pa.array(columns[field.name], field.type) for field in EXTRACTIONS.schema]
    return pa.Table.from_arrays(arrays, schema=EXTRACTIONS.schema)


def readings_of(extractions: pa.Table) -> list[Reading]:
    """The readings that extractions hold, in their order; the reverse of `choose`."""
    edges = zip(*(extractions[edge].to_pylist() for edge in EDGES), strict=True)
    boxes = [None if edge[0] is None else Box(*edge) for edge in edges]
    columns: list[Any] = [
        boxes if name == "box" else extractions[name].to_pylist() for name in Reading.__slots__
    ]
    return [Reading(*row) for row in zip(*columns, strict=True)]
