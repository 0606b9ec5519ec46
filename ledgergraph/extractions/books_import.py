"""Ledger tables from files: which table a file is, its rows as records, bad rows as rejections.

A bad row never costs a good one, and no row is lost: each is a record, a
rejection, or blank. Sentences name the column, never what a text cell says.
Not here: how one cell is read (cells), what the tables are (books).
"""

import csv
import io
import itertools
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ledgergraph.books import BOOK_TABLES, INVOICE_TYPES, BookTable
from ledgergraph.errors import BadInput
from ledgergraph.extractions.cells import (
    Column,
    Notation,
    cleaned,
    is_dated,
    is_numeric,
    notation_of,
    read_number,
    typed,
)
from ledgergraph.identity import record_id

CHUNK_ROWS = 65_536
MOST_REJECTIONS = 100_000
LONGEST_HEADER = 1_000_000
LARGEST_EXPANDED_BYTES = 4 * 2**30
DELIMITERS = ",;\t|"
HARMLESS = re.compile(r"[-+0-9 .,:/'’()€$£%]{1,24}")
"""What a sentence may show of a cell: digits and signs, so no name and no address."""
SURROGATE = re.compile("[\ud800-\udfff]")
REMEDY = {
    "too_many_cells": "Quote cells that hold the delimiter, then put the file in again.",
    "too_few_cells": "Check for a line break inside a cell, then put the file in again.",
    "open_quote": "Close the quote, or double it where it is part of the cell.",
    "cell_too_large": "Shorten the cell, or raise the limit for cells.",
    "wrong_encoding": "Export the whole file as UTF-8.",
    "missing_key": "Fill the column, which names the row.",
    "duplicate_key": "Keep one of the two rows, or give them keys of their own.",
    "formula": "Export values, not formulas.",
}
CORRECT = "Correct the cell, then put the file in again."


@dataclass(frozen=True)
class Imported:
    """A ledger table file as records and rejections.

    `records` have the schema of the table's records, `rejections` are rows of
    documents.REJECTIONS (all but `tried_with`), `unknown_columns` are kept in
    `extra` of each record, `missing_columns` are null in all records.
    """

    table: str
    records: pa.Table
    rejections: list[dict[str, Any]]
    unknown_columns: list[str]
    missing_columns: list[str]


class Fault(NamedTuple):
    """Why a row is no record: a reason to count by and half a sentence."""

    reason: str
    detail: str


@dataclass
class Sheet:
    """The cells of a file as text: its header, its columns, the number of each row.

    `faults` are rows that could not even be cut into cells.
    """

    header: list[str]
    columns: list[Column]
    rows: Column
    faults: dict[int, Fault] = field(default_factory=dict)


def import_table(
    document_id: str, name: str, data: bytes, format: str, max_cell_bytes: int
) -> Imported:
    """The records and rejections of a ledger table file.

    `format` is `csv` or `parquet`, `name` the path below the inbox,
    `max_cell_bytes` the longest cell (in CSV never more than 131,072
    characters, the limit of the csv module). Rows count from 1 below the
    header, blank ones too, as a spreadsheet shows them.

    Raises BadInput if the file cannot be read as a table at all, is none of the
    ledger tables, or has more than 100,000 bad rows.
    """
    if format == "parquet":
        sheet = _read_parquet(name, data, max_cell_bytes)
    else:
        sheet = _read_csv(name, data)
    table = _table_of(name, sheet.header)
    return _records(document_id, name, sheet, table, max_cell_bytes)


def _squeezed(name: str) -> str:
    """A column name without case, spaces and signs: `Invoice ID` is `invoiceid`."""
    return re.sub(r"[\W_]", "", name).casefold()


def _table_of(name: str, header: Sequence[str]) -> BookTable:
    """The ledger table that a file is: all required columns, then the largest overlap.

    A key alone tells too little: lists of invoices exist for many purposes.
    """
    names = {_squeezed(column) for column in header}

    def overlap(table: BookTable) -> int:
        return sum(_squeezed(column) in names for column in table.columns)

    def rank(table: BookTable) -> tuple[int, bool, float]:
        is_named = _squeezed(table.name) in _squeezed(PurePosixPath(name).stem)
        return overlap(table), is_named, overlap(table) / len(table.columns)

    whole = [
        table
        for table in BOOK_TABLES.values()
        if overlap(table) > 1 and all(_squeezed(column) in names for column in table.required)
    ]
    if whole:
        return max(whole, key=rank)
    nearest = max(BOOK_TABLES.values(), key=rank)
    missing = [column for column in nearest.required if _squeezed(column) not in names]
    lacks = f"it lacks {', '.join(missing)}" if missing else "too few of its columns are there"
    raise BadInput(
        "not_a_ledger_table",
        f"{name} is none of the ledger tables ({', '.join(BOOK_TABLES)}). The nearest is "
        f"{nearest.name}, but {lacks}. Name the columns in the first row as those tables do.",
    )


# CSV: bytes to cells.


def _encoding_of(data: bytes) -> tuple[str, bool]:
    """The encoding of a text file, and whether some of its rows are in another one."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"),
                           (b"\xfe\xff", "utf-16")):  # fmt: skip
        if data.startswith(mark):
            return encoding, encoding == "utf-8-sig" and not _is_utf8(data)
    start = data[:2000]
    if start.count(0) > len(start) // 4:
        return ("utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"), False
    if _is_utf8(data):
        return "utf-8", False
    foreign = [_is_utf8(line) for line in data.split(b"\n") if not line.isascii()]
    as_utf8 = sum(foreign)
    encoding = "utf-8" if as_utf8 * 2 >= len(foreign) else "cp1252"
    return encoding, encoding == "utf-8" or as_utf8 > 0


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_foreign(cells: Sequence[str], encoding: str) -> bool:
    """Whether a row is in another encoding than most of its file."""
    joined = "".join(cells)
    if joined.isascii():
        return False
    if SURROGATE.search(joined):
        return True
    return encoding == "cp1252" and _is_utf8(joined.encode("cp1252", "replace"))


def _read_csv(name: str, data: bytes) -> Sheet:
    encoding, is_mixed = _encoding_of(data)
    is_wide = encoding.startswith("utf-16")
    stream = io.TextIOWrapper(
        io.BytesIO(data[: len(data) // 2 * 2] if is_wide else data), encoding, newline="",
        errors="surrogatepass" if is_wide else "surrogateescape",
    )  # fmt: skip
    header, delimiter = _header_of(name, stream)
    sheet = Sheet(header, [], pa.array([], pa.int64()))
    rows = _cut_rows(name, stream, delimiter, sheet)
    if is_mixed or is_wide or encoding == "cp1252":
        rows = _in_one_encoding(rows, encoding, sheet.faults)
    chunks = []
    numbers: list[int] = []
    while chunk := list(itertools.islice(rows, CHUNK_ROWS)):
        numbers += [number for number, _ in chunk]
        chunks.append([pa.array(column, pa.string())
                       for column in zip(*(cells for _, cells in chunk), strict=True)])  # fmt: skip
    sheet.columns = [pa.concat_arrays(pieces) for pieces in zip(*chunks, strict=True)] or [
        pa.array([], pa.string()) for _ in header
    ]
    sheet.rows = pa.array(numbers, pa.int64())
    return sheet


def _header_of(name: str, stream: io.TextIOWrapper) -> tuple[list[str], str]:
    """The column names in the first row that holds anything, and the delimiter that cuts them.

    Raises BadInput for a file without such a row.
    """
    known = {_squeezed(column) for table in BOOK_TABLES.values() for column in table.columns}
    while line := stream.readline(LONGEST_HEADER):
        if not line.strip() or re.fullmatch(r'"?sep=.?"?\s*', line):
            continue
        readings = [
            (next(iter(_lenient(line, delimiter)), []), delimiter) for delimiter in DELIMITERS
        ]
        best = max(readings, key=lambda r: (sum(_squeezed(c) in known for c in r[0]), len(r[0])))
        if len(line) < LONGEST_HEADER:
            return [column.strip() for column in best[0]], best[1]
        break
    raise BadInput(
        "not_a_ledger_table",
        f"{name} has no first row with column names. Export the table with its header.",
    )


def _lenient(line: str, delimiter: str) -> Iterator[list[str]]:
    """The cells of one line; nothing if it cannot be cut."""
    try:
        yield from csv.reader([line], delimiter=delimiter)
    except csv.Error:
        return


class _Lines:
    """The lines of a file for a csv reader; those of the row being cut can be taken back."""

    def __init__(self, stream: Iterable[str]) -> None:
        self.stream = iter(stream)
        self.taken: list[str] = []
        self.again: list[str] = []

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self.again.pop() if self.again else next(self.stream)
        self.taken.append(line)
        return line

    def take_back_all_but_one(self) -> bool:
        """Give the lines of this row out again, all but its first; whether there were any."""
        self.again += reversed(self.taken[1:])
        return len(self.taken) > 1


def _cut_rows(
    name: str, stream: Iterable[str], delimiter: str, sheet: Sheet
) -> Iterator[tuple[int, list[str]]]:
    """Rows that have a cell for each column, with their numbers; others become faults.

    A faulty row that spans several lines is most often a quote that was never
    closed: only its first line is a fault, and cutting goes on at the second.
    """
    lines = _Lines(stream)
    reader = csv.reader(lines, delimiter=delimiter)
    width, number = len(sheet.header), 0
    while True:
        number += 1
        lines.taken.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            is_long = "field limit" in str(error)
            fault = Fault("cell_too_large", "a cell is longer than 131,072 characters")
            sheet.faults[number] = fault if is_long else Fault("not_csv", f"{error}")
        else:
            if len(cells) == width:
                yield number, cells
                continue
            if not any(map(str.strip, cells[width:] or cells)):
                if len(cells) > width:
                    yield number, cells[:width]
                continue
            reason = "too_many_cells" if len(cells) > width else "too_few_cells"
            detail = f"the row has {len(cells)} cells for {width} columns"
            sheet.faults[number] = Fault(reason, detail)
        if lines.take_back_all_but_one():
            sheet.faults[number] = Fault("open_quote", "a quote in it seems never to be closed")
            reader = csv.reader(lines, delimiter=delimiter)
        _require_few(name, sheet.faults)


def _in_one_encoding(
    rows: Iterable[tuple[int, list[str]]], encoding: str, faults: dict[int, Fault]
) -> Iterator[tuple[int, list[str]]]:
    """Rows in the encoding of their file; others become faults."""
    for number, cells in rows:
        if _is_foreign(cells, encoding):
            shown = encoding.removesuffix("-sig").upper()
            faults[number] = Fault("wrong_encoding", f"the row is not in {shown} like the others")
        else:
            yield number, cells


def _require_few(name: str, faults: dict[int, Fault]) -> None:
    if len(faults) > MOST_REJECTIONS:
        raise BadInput(
            "too_many_bad_rows",
            f"{name} has more than {MOST_REJECTIONS:,} rows that cannot be read. Check how it was "
            "exported (delimiter, quotes, encoding).",
        )


# Parquet: typed columns to the same cells, so that both formats obey the same rules.


def _read_parquet(name: str, data: bytes, max_cell_bytes: int) -> Sheet:
    try:
        source = pq.ParquetFile(io.BytesIO(data))
        batches: list[list[Column]] = []
        expanded = 0
        for batch in source.iter_batches(batch_size=4096):
            expanded += batch.nbytes
            if expanded > LARGEST_EXPANDED_BYTES:
                raise BadInput(
                    "too_large",
                    f"{name} unpacks to more than {LARGEST_EXPANDED_BYTES:,} bytes. "
                    "Split the export.",
                )
            batches.append([_as_text(column) for column in batch.columns])
    except (pa.ArrowException, OSError) as error:
        raise BadInput(
            "not_parquet",
            f"{name} cannot be read as Parquet ({str(error).splitlines()[0][:120]}). "
            "Export it again.",
        ) from error
    header = list(source.schema_arrow.names)
    columns = [pa.concat_arrays(pieces) for pieces in zip(*batches, strict=True)]
    rows = pa.array(range(1, source.metadata.num_rows + 1), pa.int64())
    return Sheet(header, columns or [pa.array([], pa.string()) for _ in header], rows)


def _as_text(column: Column) -> Column:
    """A column as text, as a CSV file would state it; lists and structures as JSON."""
    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary_decode()
    try:
        return pc.fill_null(column.cast(pa.string()), "")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        values = [_json(value) for value in column.to_pylist()]
        return pa.array(values, pa.string())


def _json(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.hex()
    return json.dumps(value, ensure_ascii=False, default=str, sort_keys=True)


# Cells to records.


def _records(
    document_id: str, name: str, sheet: Sheet, table: BookTable, max_cell_bytes: int
) -> Imported:
    place = _places(name, sheet.header, table)
    unknown = [at for at, column in enumerate(sheet.header) if at not in place.values()]
    faults: dict[int, list[Fault]] = defaultdict(list)  # by position, of rows that have cells
    for at, column in enumerate(sheet.columns):
        too_long = pc.greater(pc.binary_length(column), pa.scalar(max_cell_bytes))
        for position in _positions(too_long):
            detail = f"{_shown_name(sheet.header, at)} is longer than {max_cell_bytes:,} bytes"
            faults[position].append(Fault("cell_too_large", detail))
    cells = [cleaned(column) for column in sheet.columns]
    is_blank = _all_null(cells, len(sheet.rows))
    values = _typed_columns(table, place, cells, faults)
    for column in table.required:
        for position in _positions(pc.and_not(pc.is_null(values[column]), is_blank)):
            if not any(column in fault.detail for fault in faults[position]):
                faults[position].append(Fault("missing_key", f"{column} is empty"))
    good = pc.and_not(pc.invert(is_blank), _flags(faults, len(sheet.rows)))
    repeated = _repeated(table, place, values, sheet.rows, good)
    for position, first in repeated.items():
        detail = f"the key ({', '.join(table.key)}) is that of row {first}"
        faults[position].append(Fault("duplicate_key", detail))
    good = pc.and_not(good, _flags(repeated, len(sheet.rows)))
    numbers = sheet.rows.to_pylist()
    by_number = {number: [fault] for number, fault in sheet.faults.items()}
    by_number |= {numbers[position]: found for position, found in faults.items() if found}
    _require_few(name, dict.fromkeys(by_number, Fault("", "")))
    rows = sheet.rows.filter(good)
    extra = _extra([sheet.header[at] for at in unknown], [cells[at] for at in unknown], good)
    records = table.records.schema.empty_table() if not len(rows) else pa.Table.from_arrays(
        [
            pa.array([record_id(document_id, 0, table.name, row) for row in rows.to_pylist()]),
            pa.repeat(document_id, len(rows)),
            pa.repeat(pa.scalar(0, pa.int32()), len(rows)),
            rows,
            *(values[column].filter(good) for column in table.columns),
            extra,
        ],
        schema=table.records.schema,
    )  # fmt: skip
    return Imported(
        table.name,
        records,
        [_rejection(document_id, name, row, by_number[row]) for row in sorted(by_number)],
        [_shown_name(sheet.header, at) for at in unknown],
        [column for column in table.columns if column not in place],
    )


def _places(name: str, header: Sequence[str], table: BookTable) -> dict[str, int]:
    """Where the table's columns stand in the file. Raises BadInput if one stands there twice."""
    known = {_squeezed(column): column for column in table.columns}
    place: dict[str, int] = {}
    for at, column in enumerate(header):
        canonical = known.get(_squeezed(column))
        if canonical in place:
            raise BadInput(
                "repeated_column",
                f"{name} has the column {canonical} twice. Leave one of them out of the export.",
            )
        if canonical:
            place[canonical] = at
    return place


def _shown_name(header: Sequence[str], at: int) -> str:
    return header[at][:60] or f"column {at + 1}"


def _positions(mask: Column) -> list[int]:
    found: list[int] = pc.indices_nonzero(pc.fill_null(mask, False)).to_pylist()
    return found


def _flags(positions: Iterable[int], count: int) -> Column:
    flags = [False] * count
    for position in positions:
        flags[position] = True
    return pa.array(flags, pa.bool_())


def _all_null(columns: Sequence[Column], count: int) -> Column:
    blank = pa.repeat(True, count)
    for column in columns:
        blank = pc.and_(blank, pc.is_null(column))
    return blank


def _typed_columns(
    table: BookTable,
    place: dict[str, int],
    cells: Sequence[Column],
    faults: dict[int, list[Fault]],
) -> dict[str, Column]:
    """The table's columns as typed values; cells that cannot be read are null and a fault."""
    present = {column: cells[at] for column, at in place.items()}
    numeric = [c for c in present if is_numeric(table.columns[c])]
    dated = [c for c in present if is_dated(table.columns[c])]
    of_file = notation_of(
        [present[c] for c in numeric], [present[c] for c in dated], otherwise=Notation()
    )
    count = len(cells[0]) if cells else 0
    values: dict[str, Column] = {}
    type_: Any
    for column, type_ in table.columns.items():
        if column not in present:
            values[column] = pa.nulls(count, type_)
        elif pa.types.is_string(type_):
            values[column] = present[column]
        else:
            own = [present[column]]
            notation = notation_of(
                own if column in numeric else [], own if column in dated else [], of_file
            )
            values[column], wrong = typed(present[column], type_, notation)
            for position in _positions(wrong):
                cell = present[column][position].as_py()
                faults[position].append(_wrong_cell(column, cell, type_, notation))
    if table.name == "invoices":
        values["type"] = _type_words(values["type"])
    return values


def _type_words(column: Column) -> Column:
    """UNTDID 1001 codes as the words of records; other words in one spelling."""
    encoded = column.dictionary_encode()
    texts = [re.sub(r"[\s-]+", "_", text).casefold() for text in encoded.dictionary.to_pylist()]
    words = [INVOICE_TYPES.get(text, text) for text in texts]
    return pa.array(words, pa.string()).take(encoded.indices)


def _wrong_cell(column: str, cell: str, type_: pa.DataType, notation: Notation) -> Fault:
    if cell.startswith(("=", "@")) or (cell.startswith("+") and any(map(str.isalpha, cell))):
        return Fault("formula", f"{column} holds a formula")
    shown = f"{column} {cell!r}" if HARMLESS.fullmatch(cell) else f"{column}"
    if is_numeric(type_):
        if read_number(cell, notation) is None:
            return Fault("wrong_number", f"{shown} is not a number like the rest of its column")
        what = "a whole number" if pa.types.is_integer(type_) else "an amount in range"
        return Fault("out_of_range", f"{shown} is not {what}")
    if is_dated(type_):
        return Fault("wrong_date", f"{shown} is not a date like the rest of its column")
    return Fault("wrong_boolean", f"{shown} is neither yes nor no")


def _repeated(
    table: BookTable,
    place: dict[str, int],
    values: dict[str, Column],
    rows: Column,
    good: Column,
) -> dict[int, int]:
    """Positions of good rows whose whole key stood in an earlier one, and that row's number."""
    if any(column not in place for column in table.key):
        return {}
    for column in table.key:
        good = pc.and_(good, pc.is_valid(values[column]))
    keyed = pa.table(
        {**{column: values[column] for column in table.key}, "at": pa.array(range(len(rows)))}
    ).filter(good)
    groups = keyed.group_by(list(table.key)).aggregate([("at", "min"), ("at", "count")])
    several = groups.filter(pc.greater(groups["at_count"], pa.scalar(1))).drop_columns(["at_count"])
    if not several.num_rows:
        return {}
    joined = keyed.join(several, keys=list(table.key), join_type="inner")
    pairs: Any = zip(joined["at"].to_pylist(), joined["at_min"].to_pylist(), strict=True)
    return {at: rows[first].as_py() for at, first in pairs if at != first}


def _extra(names: Sequence[str], columns: Sequence[Column], good: Column) -> Column:
    """Unknown columns of the good rows as one JSON object a row; null where all are empty."""
    if not names:
        return pa.nulls(pc.sum(good).as_py() or 0, pa.string())
    shown = [name or f"column {at}" for at, name in enumerate(names, 1)]
    lists = [column.filter(good).to_pylist() for column in columns]
    objects = (
        {name: cell for name, cell in zip(shown, cells, strict=True) if cell is not None}
        for cells in zip(*lists, strict=True)
    )
    encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
    return pa.array([encode(one) if one else None for one in objects], pa.string())


def _rejection(document_id: str, name: str, row: int, faults: Sequence[Fault]) -> dict[str, Any]:
    details = "; ".join(fault.detail for fault in faults)
    remedy = REMEDY.get(faults[0].reason, CORRECT)
    return {
        "name": name,
        "document_id": document_id,
        "reason": faults[0].reason,
        "sentence": f"Row {row} of {name}: {details}. {remedy}",
        "row": row,
    }
