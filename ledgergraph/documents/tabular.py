"""Telling a table in text (CSV) from other text, by the first 64 KiB of a file.

Belongs here: encoding, delimiter and header of a table file, and the limit on its
cells. Not here: which ledger table it is and what its rows hold
(extractions.books_import).
"""

import codecs
import csv
import io
import re
from dataclasses import dataclass
from itertools import islice

from ledgergraph.documents.limits import Limits, over
from ledgergraph.documents.markup import byte_order_mark

HEAD_BYTES = 65_536
ROWS_LOOKED_AT = 50
DELIMITERS = ",;\t|"
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")
COLUMN_NAME = re.compile(r"[^\W\d_][\w.()/%#&€$+-]{0,40}(?: [\w.()/%#&€$+-]{1,40}){0,4}")
"""At most five words that begin with a letter: a name of a column, not a sentence."""
EXCEL_HINT = re.compile(r"sep=[,;\t|]\r?\n")


@dataclass(frozen=True, slots=True)
class TextTable:
    """How a table file is written: Python codec (as far as its head tells), delimiter, columns."""

    encoding: str
    delimiter: str
    columns: tuple[str, ...]


def sniff_csv(data: bytes, limits: Limits) -> TextTable | None:
    """How a table is written, or null where the bytes are no table.

    Raises BadInput (cell_too_large) where one cell is over max_cell_bytes.
    """
    decoded = decode_head(data)
    if decoded is None:
        return None
    encoding, text = decoded
    text = EXCEL_HINT.sub("", text, count=1) if text.startswith("sep=") else text
    for delimiter in DELIMITERS:
        rows = _rows(text, delimiter, is_cut=len(data) > HEAD_BYTES)
        if rows and _is_table(rows):
            _require_small_cells(data, delimiter, limits)
            return TextTable(encoding, delimiter, tuple(cell.strip() for cell in rows[0]))
    return None


def decode_head(data: bytes) -> tuple[str, str] | None:
    """Codec and text of the first 64 KiB; null where they are no text.

    Tried in order: the byte order mark, UTF-8, UTF-16 without a mark, Windows-1252.
    """
    head = data[:HEAD_BYTES]
    mark = byte_order_mark(head)
    for encoding in (mark,) if mark else ("utf-8", *_utf16_without_mark(head), "cp1252"):
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(head)  # may end in a character
        except UnicodeError:
            continue
        if not CONTROL.search(text):
            return encoding, text
    return None


def _utf16_without_mark(head: bytes) -> tuple[str, ...]:
    """UTF-16 where nearly every second byte is zero, as in tables of Latin letters."""
    half = max(len(head) // 2, 1)
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if head[first::2].count(0) >= 0.9 * half:
            return (encoding,)
    return ()


def _rows(text: str, delimiter: str, is_cut: bool) -> list[list[str]]:
    """The first rows that are not empty, without the last one if the text was cut there."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = [row for row in islice(reader, ROWS_LOOKED_AT) if any(map(str.strip, row))]
        is_cut = is_cut and next(reader, None) is None
    except csv.Error:
        return []
    return rows[:-1] if is_cut and len(rows) > 1 else rows


def _is_table(rows: list[list[str]]) -> bool:
    """Whether the first row names columns and at least half of the others fit under it."""
    header, body = rows[0], rows[1:]
    names = [cell.strip() for cell in header if cell.strip()]
    if len(names) < 2 or len(set(names)) < len(names):
        return False
    if not all(COLUMN_NAME.fullmatch(name) for name in names):
        return False
    if not body:
        return all(" " not in cell for cell in header)
    return sum(len(row) == len(header) for row in body) * 2 >= len(body)


def _require_small_cells(data: bytes, delimiter: str, limits: Limits) -> None:
    """Raise where a stretch without delimiter and line end is longer than a cell may be.

    A few looks a megabyte, so that large files stay cheap. Long quoted cells
    that contain delimiters are left to the import.
    """
    most, start = limits.max_cell_bytes, 0
    mark = delimiter.encode()
    while len(data) - start > most:
        stop = start + most + 1
        last = max(data.rfind(b"\n", start, stop), data.rfind(mark, start, stop))
        if last < 0:
            ends = [at for at in (data.find(b"\n", stop), data.find(mark, stop)) if at >= 0]
            size = min(ends, default=len(data)) - start
            raise over(limits, "max_cell_bytes", "cell_too_large", size, "bytes in one cell")
        start = last + 1
