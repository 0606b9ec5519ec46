"""Ledger tables from files: which table a file is, its rows as records, bad rows as rejections.

A bad row never costs a good one, and no row is lost: each is a record, a
rejection, or blank; a file without rows says so in a rejection. Sentences name
the column, never what a text cell says. Not here: how a file is cut into cells
(sheets), how a cell is read (cells), what the tables are (books).
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.books import BOOK_TABLES, INVOICE_TYPES, SPECIAL_TYPES, BookTable
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
from ledgergraph.extractions.sheets import (
    Fault,
    Sheet,
    read_csv,
    read_parquet,
    require_few,
    squeezed,
)
from ledgergraph.identity import record_id

HARMLESS = re.compile(r"[-+0-9 .,:/'’()€$£%]{1,24}")
"""What a sentence may show of a cell: digits and signs, so no name and no address."""
REMEDY = {
    "too_many_cells": "Quote cells that hold the delimiter, then put the file in again.",
    "too_few_cells": "Check for a line break inside a cell, then put the file in again.",
    "open_quote": "Close the quote, or double it where it is part of the cell.",
    "cell_too_large": "Shorten the cell, or raise LEDGERGRAPH_MAX_CELL_BYTES.",
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
    documents.REJECTIONS (all but `tried_with`): one for each bad row, or a single
    one where the file has no rows. `unknown_columns` are kept in `extra` of each
    record, `missing_columns` are null in all records.
    """

    table: str
    records: pa.Table
    rejections: list[dict[str, Any]]
    unknown_columns: list[str]
    missing_columns: list[str]


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
    sheet = read_parquet(name, data) if format == "parquet" else read_csv(name, data)
    table = _table_of(name, sheet.header)
    return _records(document_id, name, sheet, table, max_cell_bytes)


def _table_of(name: str, header: Sequence[str]) -> BookTable:
    """The ledger table that a file is: all required columns, then the largest overlap.

    A key alone tells too little: lists of invoices exist for many purposes.
    """
    names = {squeezed(column) for column in header}

    def overlap(table: BookTable) -> int:
        return sum(squeezed(column) in names for column in table.columns)

    def rank(table: BookTable) -> tuple[int, bool, float]:
        is_named = squeezed(table.name) in squeezed(PurePosixPath(name).stem)
        return overlap(table), is_named, overlap(table) / len(table.columns)

    whole = [
        table
        for table in BOOK_TABLES.values()
        if overlap(table) > 1 and all(squeezed(column) in names for column in table.required)
    ]
    if whole:
        return max(whole, key=rank)
    nearest = max(BOOK_TABLES.values(), key=rank)
    missing = [column for column in nearest.required if squeezed(column) not in names]
    lacks = f"it lacks {', '.join(missing)}" if missing else "too few of its columns are there"
    raise BadInput(
        "not_a_ledger_table",
        f"{name} is none of the ledger tables ({', '.join(BOOK_TABLES)}). The nearest is "
        f"{nearest.name}, but {lacks}. Name the columns in the first row as those tables do.",
    )


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
    require_few(name, by_number)
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
    rejections = [_rejection(document_id, name, row, by_number[row]) for row in sorted(by_number)]
    return Imported(
        table.name,
        records,
        rejections if len(rows) or rejections else [_without_rows(document_id, name, table)],
        [_shown_name(sheet.header, at) for at in unknown],
        [column for column in table.columns if column not in place],
    )


def _places(name: str, header: Sequence[str], table: BookTable) -> dict[str, int]:
    """Where the table's columns stand in the file. Raises BadInput if one stands there twice."""
    known = {squeezed(column): column for column in table.columns}
    place: dict[str, int] = {}
    for at, column in enumerate(header):
        canonical = known.get(squeezed(column))
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
    words = [SPECIAL_TYPES.get(text, INVOICE_TYPES.get(text, text)) for text in texts]
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


def _without_rows(document_id: str, name: str, table: BookTable) -> dict[str, Any]:
    """An empty export is legitimate, and told all the same: it looks like one that was cut."""
    return {
        "name": name,
        "document_id": document_id,
        "reason": "no_rows",
        "sentence": f"{name} has the columns of {table.name} and no row below them. If there is "
        "nothing to export, all is well. Otherwise export it again.",
        "row": None,
    }


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
