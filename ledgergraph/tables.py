"""Tables: a declared Arrow schema, a key, a version, and one form on disk.

Rows are sorted by their key and written with fixed settings, so that the same
rows give the same bytes whatever order they were made in.
"""

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ledgergraph.errors import StaleInput

AMOUNT: pa.DataType = pa.decimal128(18, 4)
"""An amount of money in the currency of its row."""
NUMBER: pa.DataType = pa.decimal128(24, 8)
"""A quantity, a price per unit or a percentage."""
TEXT: pa.DataType = pa.string()
DATE: pa.DataType = pa.date32()
TIME: pa.DataType = pa.timestamp("us", tz="UTC")
FEW = 1_000
"""Rows up to which keys are compared one by one."""

Upgrade = Callable[[pa.Table], pa.Table]


@dataclass(frozen=True)
class Table:
    """A declared table.

    `key` are the columns that rows are sorted by; together they are unique.
    `version` rises when old rows must be rewritten to be understood, and then
    `upgrades[n]` turns rows of version n into rows of version n + 1. A column
    that is merely added needs neither: old rows read it as null.
    """

    name: str
    schema: pa.Schema
    key: tuple[str, ...]
    version: int = 1
    upgrades: Mapping[int, Upgrade] = field(default_factory=dict)
    rows_of_group: int = 131_072
    """Rows that a file keeps together: fewer where rows are large and read in pieces."""

    def empty(self) -> pa.Table:
        """The table without a row."""
        return self.schema.empty_table()

    def rows(self, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
        """An Arrow table of some rows; absent columns are null, unknown ones an error."""
        listed = list(rows)
        for row in listed:
            if unknown := row.keys() - set(self.schema.names):
                raise TypeError(f"{self.name} has no column {', '.join(sorted(unknown))}")
        columns = [
            pa.array([row.get(column.name) for row in listed], column.type)
            for column in self.schema
        ]
        return pa.Table.from_arrays(columns, schema=self.schema)

    def conform(self, data: pa.Table) -> pa.Table:
        """The rows in the declared columns and order.

        Raises TypeError if a column is unknown, cannot be cast, or if two rows
        have the same key: such a table is not written.
        """
        given = set(data.column_names)
        if unknown := given - set(self.schema.names):
            raise TypeError(f"{self.name} has no column {', '.join(sorted(unknown))}")
        columns = []
        for column in self.schema:
            if column.name not in given:
                columns.append(pa.nulls(len(data), column.type))
                continue
            try:
                own = data[column.name]
                columns.append(own if own.type == column.type else own.cast(column.type))
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
                raise TypeError(f"{self.name}.{column.name}: {error}") from error
        whole = pa.Table.from_arrays(columns, schema=self.schema)
        is_one = whole.num_rows <= 1  # to sort hundreds of columns takes long even then
        ordered = whole if is_one else whole.sort_by([(name, "ascending") for name in self.key])
        self._require_unique(ordered)
        return ordered.combine_chunks()

    def _require_unique(self, data: pa.Table) -> None:
        if data.num_rows <= FEW:  # a group-by takes longer to begin
            keys = zip(*(data[name].to_pylist() for name in self.key), strict=True)
            distinct = len({*keys}) if self.key else min(data.num_rows, 1)
        else:
            distinct = data.group_by(list(self.key)).aggregate([]).num_rows
        if distinct != data.num_rows:
            again = data.num_rows - distinct
            raise TypeError(f"{self.name}: {again} rows repeat a key ({', '.join(self.key)})")

    def to_parquet(self, data: pa.Table) -> bytes:
        """The rows as Parquet; equal rows give equal bytes."""
        sink = io.BytesIO()
        pq.write_table(
            self.conform(data), sink, compression="zstd", write_statistics=True,
            use_dictionary=True, row_group_size=self.rows_of_group, store_schema=True,
        )  # fmt: skip
        return sink.getvalue()

    def from_parquet(self, data: bytes, version: int) -> pa.Table:
        """Stored rows in today's schema.

        Raises StaleInput if they were written by a later version of the table.
        """
        if version > self.version:
            raise StaleInput(
                f"Table {self.name} was written in version {version}, this code reads up to "
                f"{self.version}. Use the newer release of Ledgergraph that wrote it."
            )
        stored = pq.read_table(io.BytesIO(data))
        for step in range(version, self.version):
            stored = self.upgrades[step](stored)
        known = [name for name in stored.column_names if name in self.schema.names]
        return self.conform(stored.select(known))


def concat(table: Table, parts: Iterable[pa.Table]) -> pa.Table:
    """Several pieces of one table as one, in key order."""
    pieces = list(parts)
    return table.conform(pa.concat_tables(pieces)) if pieces else table.empty()
