"""Table files as cells: CSV in any encoding and delimiter, and Parquet, to columns of text.

A row that cannot be cut is a fault with its number; no other row suffers from it.
Not here: which ledger table a file is and what its cells mean (books_import, cells).
"""

import csv
import io
import itertools
import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ledgergraph.books import BOOK_TABLES
from ledgergraph.errors import BadInput
from ledgergraph.extractions.cells import Column

CHUNK_ROWS = 65_536
MOST_REJECTIONS = 100_000
LONGEST_HEADER = 1_000_000
LARGEST_EXPANDED_BYTES = 4 * 2**30
DELIMITERS = ",;\t|"
SURROGATE = re.compile("[\ud800-\udfff]")


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


def squeezed(name: str) -> str:
    """A column name without case, spaces and signs: `Invoice ID` is `invoiceid`."""
    return re.sub(r"[\W_]", "", name).casefold()


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


def read_csv(name: str, data: bytes) -> Sheet:
    """The cells of a CSV file. Raises BadInput without a header or with 100,000 bad rows."""
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
    known = {squeezed(column) for table in BOOK_TABLES.values() for column in table.columns}
    while line := stream.readline(LONGEST_HEADER):
        if not line.strip() or re.fullmatch(r'"?sep=.?"?\s*', line):
            continue
        readings = [
            (next(iter(_lenient(line, delimiter)), []), delimiter) for delimiter in DELIMITERS
        ]
        best = max(readings, key=lambda r: (sum(squeezed(c) in known for c in r[0]), len(r[0])))
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
        require_few(name, sheet.faults)


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


def require_few(name: str, faults: Collection[int]) -> None:
    """Raise BadInput if more than 100,000 rows are faulty: then the file is, not its rows."""
    if len(faults) > MOST_REJECTIONS:
        raise BadInput(
            "too_many_bad_rows",
            f"{name} has more than {MOST_REJECTIONS:,} rows that cannot be read. Check how it was "
            "exported (delimiter, quotes, encoding).",
        )


def read_parquet(name: str, data: bytes) -> Sheet:
    """The cells of a Parquet file as a CSV file would state them, so that one set of rules holds.

    Raises BadInput if it cannot be read or unpacks to more than 4 GiB.
    """
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
