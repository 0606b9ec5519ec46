"""What the cells of a table column say: numbers, dates, times and yes or no, as people export them.

A column is read as a whole, because one cell alone is often ambiguous: `1.234`
is a thousand in a column that has `0,50` in it, `03/04/2026` is in March in a
column that has `12/31/2025`. Not here: files, headers and rejections
(books_import), and values found on pages (readers).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.extractions.fields import fitted

Column = Any
"""A pyarrow array; what its compute functions take and give, the type stubs cannot follow."""

ABSENT = ("", "NULL", "null", "\\N", "#N/A", "NaN", "nan")
"""Cells that hold nothing."""
NO_DATE = frozenset({"00000000", "0000-00-00", "00.00.0000", "00/00/0000"})
"""Dates that hold nothing (SAP, MySQL)."""

YES = frozenset({"true", "t", "yes", "y", "1", "x", "wahr", "ja", "j", "vrai", "oui", "si", "sí",
                 "sì", "vero", "verdadero", "sim", "verdadeiro"})  # fmt: skip
NO = frozenset({"false", "f", "no", "n", "0", "falsch", "nein", "faux", "non", "falso", "não",
                "nao"})  # fmt: skip

SPACE = "\u0020\u00a0\u2009\u202f"
NUMBER_WITH = {
    mark: re.compile(
        rf"(?P<sign>[+-]?)(?P<whole>\d+|\d{{1,3}}(?:[{group}]\d{{3}})+)?"
        rf"(?:{re.escape(mark)}(?P<fraction>\d*))?(?P<exponent>[eE][+-]?\d{{1,2}})?"
    )
    for mark, group in ((".", f",'’{SPACE}"), (",", f".'’{SPACE}"))
}
UNIT = re.compile(r"^(?:[€$£%]|[A-Z]{3})\s*(?=[-+(\d])|(?<=[-)\d])\s*(?:[€$£%]|[A-Z]{3})$")
PLAIN = r"^-?[0-9]{1,13}(?:\.[0-9]{1,4})?$"

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MOMENT = re.compile(
    r"(?:(?P<year>\d{4})(?:(?P<dash>[-/.])(?P<month>\d{1,2})(?P=dash)|(?P<month0>\d{2}))(?P<day>\d{1,2})"
    r"|(?P<first>\d{1,2})(?P<mark>[./-])(?P<second>\d{1,2})(?P=mark)(?P<year2>\d{4}|\d{2})"
    r"|(?P<day3>\d{1,2})[-. ](?P<name>[A-Za-z]{3})[a-z]*[-. ](?P<year3>\d{4}|\d{2}))"
    r"(?:[T ](?P<hour>\d{1,2}):(?P<minute>\d{2})"
    r"(?::(?P<seconds>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s?(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?)?"
)


@dataclass(frozen=True)
class Notation:
    """How a column writes ambiguous values: its decimal mark, and whether the day comes first."""

    decimal_mark: str = "."
    day_first: bool = True


def read_number(text: str, notation: Notation) -> Decimal | None:
    """The number that a cell states, or None.

    Thousands are grouped by the other mark, a space or an apostrophe; a minus
    may follow, and parentheses mean negative, as ledgers print them.
    """
    bare = UNIT.sub("", text)
    negative = bare.startswith("(") and bare.endswith(")")
    if negative:
        bare = bare[1:-1]
    elif bare.endswith("-"):
        bare, negative = bare[:-1].rstrip(), True
    match = NUMBER_WITH[notation.decimal_mark].fullmatch(bare)
    if not match or not (match["whole"] or match["fraction"]) or (negative and match["sign"]):
        return None
    whole = re.sub(r"\D", "", match["whole"] or "0")
    number = Decimal(f"{whole}.{match['fraction'] or 0}{match['exponent'] or ''}")
    return -number if negative or match["sign"] == "-" else number


def read_moment(text: str, notation: Notation) -> datetime | None:
    """The date and time that a cell states (UTC where it names no zone), or None."""
    match = MOMENT.fullmatch(text)
    if not match:
        return None
    try:
        moment = datetime(
            *_day_of(match, notation), int(match["hour"] or 0), int(match["minute"] or 0),
            int(match["seconds"] or 0), int((match["fraction"] or "0").ljust(6, "0")[:6]),
            tzinfo=_zone_of(match["zone"]),
        )  # fmt: skip
    except ValueError:  # the 31st of February, 25 o'clock
        return None
    return moment


def _day_of(match: re.Match[str], notation: Notation) -> tuple[int, int, int]:
    if match["year"]:
        return int(match["year"]), int(match["month"] or match["month0"]), int(match["day"])
    if match["name"]:
        name = match["name"].lower()
        if name not in MONTHS:
            raise ValueError(name)
        return _full_year(match["year3"]), MONTHS.index(name) + 1, int(match["day3"])
    first, second = int(match["first"]), int(match["second"])
    day_first = notation.day_first or match["mark"] == "."
    day, month = (first, second) if day_first else (second, first)
    return _full_year(match["year2"]), month, day


def _full_year(text: str) -> int:
    """Two digits mean 1969 to 2068, as in POSIX."""
    year = int(text)
    if len(text) == 4:
        return year
    return year + (2000 if year < 69 else 1900)


def _zone_of(text: str | None) -> timezone:
    if text in (None, "Z", "UTC"):
        return UTC
    digits = text.replace(":", "")
    offset = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5]))
    return timezone(-offset if digits[0] == "-" else offset)


def read_date(text: str, notation: Notation) -> date | None:
    """The day that a cell states, or None; a time of day beside it is dropped."""
    moment = read_moment(text, notation)
    return moment.date() if moment else None


def read_boolean(text: str, notation: Notation) -> bool | None:
    """Yes or no in six languages, or None."""
    word = text.casefold()
    return True if word in YES else False if word in NO else None


def _fitted(number: Decimal | None, type_: Any) -> Decimal | int | None:
    """The number as its column holds it; None where it has no room."""
    if number is None:
        return None
    if pa.types.is_integer(type_):
        fits = number == number.to_integral_value() and abs(number) < 2**63
        return int(number) if fits else None
    return fitted(number, type_)


def reader_of(type_: pa.DataType) -> Callable[[str, Notation], Any]:
    """The function that reads a cell of a column of this type."""
    if pa.types.is_date(type_):
        return read_date
    if pa.types.is_timestamp(type_):
        return read_moment
    if pa.types.is_boolean(type_):
        return read_boolean
    return lambda text, notation: _fitted(read_number(text, notation), type_)


def is_numeric(type_: pa.DataType) -> bool:
    """Whether a column of this type holds numbers."""
    return bool(pa.types.is_decimal(type_) or pa.types.is_integer(type_))


def is_dated(type_: pa.DataType) -> bool:
    """Whether a column of this type holds days or times."""
    return bool(pa.types.is_date(type_) or pa.types.is_timestamp(type_))


def cleaned(column: Column) -> Column:
    """The cells without white space around them; those that hold nothing are null."""
    trimmed = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.is_in(trimmed, pa.array(ABSENT)), pa.scalar(None, pa.string()), trimmed)


def typed(column: Column, type_: pa.DataType, notation: Notation) -> tuple[Column, Column]:
    """The cells of a text column as values of a type, and which cells could not be read.

    `column` is cleaned; each distinct cell is read once.
    """
    if is_numeric(type_) and _is_plain(column, type_, notation):
        return column.cast(type_), pa.repeat(False, len(column))
    encoded = column.dictionary_encode()
    texts: list[str] = encoded.dictionary.to_pylist()
    read = reader_of(type_)
    values = [read(text, notation) for text in texts]
    blank = NO_DATE if is_dated(type_) else frozenset[str]()
    wrong = [value is None and text not in blank for text, value in zip(texts, values, strict=True)]
    at = encoded.indices
    wrong_cells: Column = pa.array(wrong, pa.bool_()).take(at)
    return pa.array(values, type_).take(at), pc.fill_null(wrong_cells, False)


def _is_plain(column: Column, type_: pa.DataType, notation: Notation) -> bool:
    """Whether all cells are written as Arrow itself reads numbers, the quick case."""
    if notation.decimal_mark != "." or not pa.types.is_decimal(type_):
        return False
    plain: Column = pc.match_substring_regex(column, PLAIN)
    return pc.all(plain).as_py() is not False


def _count(columns: Iterable[Column], pattern: str) -> int:
    found: list[Column] = [pc.match_substring_regex(column, pattern) for column in columns]
    return sum(flags.true_count for flags in found)


def notation_of(
    numbers: Iterable[Column], dates: Iterable[Column], otherwise: Notation
) -> Notation:
    """How some cleaned columns write ambiguous values; `otherwise` where none of them tells."""
    numbers, dates = list(numbers), list(dates)
    comma = _count(numbers, r"^-?0,|,[0-9]{1,2}(?:[^0-9]|$)|,[0-9]{4}|[.][0-9]{3}[.]|[.].*,")
    point = _count(numbers, r"^-?0[.]|[.][0-9]{1,2}(?:[^0-9]|$)|[.][0-9]{4}|,[0-9]{3},|,.*[.]")
    late = r"(?:1[3-9]|2[0-9]|3[01])"
    day = _count(dates, rf"^{late}[/-][0-9]{{1,2}}[/-]")
    month = _count(dates, rf"^[0-9]{{1,2}}[/-]{late}[/-]")
    mark = otherwise.decimal_mark if comma == point else "," if comma > point else "."
    return Notation(mark, otherwise.day_first if day == month else day > month)
