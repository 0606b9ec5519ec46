"""Columns of the books that no table has: seen in the records, whose `extra` keeps their cells.

Belongs here: what a person is told so that a column can be named as it is meant. Not
here: how a column is told by its header (books_import).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.books import BOOK_TABLES


@dataclass(frozen=True)
class Strangers:
    """A file of the books with columns that were not understood.

    `columns` are their headers, `rows` counts the records with a cell in one of them,
    `lacking` are the columns of the table that are empty in the whole file: what the
    unknown ones may be meant to be.
    """

    document_id: str
    table: str
    rows: int
    columns: tuple[str, ...]
    lacking: tuple[str, ...]


def strangers_in(records: Mapping[str, pa.Table]) -> list[Strangers]:
    """The files with columns that were not understood, by table and document.

    `records` are tables of `books` by name, as asset `records` writes them.
    """
    found = []
    for name, rows in sorted(records.items()):
        kept = rows.filter(pc.is_valid(rows["extra"]))
        for document_id in sorted(pc.unique(kept["document_id"]).to_pylist()):
            own = kept.filter(pc.equal(kept["document_id"], document_id))
            headers = {header for cells in own["extra"].to_pylist() for header in json.loads(cells)}
            file = rows.filter(pc.equal(rows["document_id"], document_id))
            lacking = tuple(
                column
                for column in BOOK_TABLES[name].columns
                if file[column].null_count == file.num_rows
            )
            columns = tuple(sorted(headers))
            found.append(Strangers(document_id, name, own.num_rows, columns, lacking))
    return found
