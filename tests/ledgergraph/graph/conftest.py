"""Builders of small ledgers: documents that state rows, in the form that records have."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pytest

from ledgergraph.books import BOOK_TABLES
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.graph.snapshot import Snapshot, snapshot_of
from ledgergraph.identity import document_id_of, record_id


@dataclass(frozen=True)
class Stated:
    """A document and the rows that it states."""

    name: str
    table: str
    rows: tuple[Mapping[str, Any], ...]

    @property
    def document_id(self) -> str:
        return document_id_of(self.name.encode())


def _records(documents: Iterable[Stated]) -> tuple[dict[str, pa.Table], pa.Table]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for one in documents:
        is_paper = one.name.endswith(".pdf")
        for number, row in enumerate(one.rows, start=1):
            place = None if is_paper else number
            rows.setdefault(one.table, []).append(
                {
                    "record_id": record_id(one.document_id, 0, one.table, place),
                    "document_id": one.document_id, "part": 0, "row": place, **row,
                }
            )  # fmt: skip
    listed = [{"document_id": one.document_id, "name": one.name} for one in documents]
    return (
        {name: BOOK_TABLES[name].records.rows(found) for name, found in rows.items()},
        DOCUMENTS.rows(listed),
    )


@pytest.fixture(scope="session")
def snapshot() -> Callable[..., Snapshot]:
    """Makes the snapshot of `table.csv=[rows]`-like documents: name, then rows.

    The table is the name's stem up to a hyphen; a `.pdf` is a paper invoice.
    """

    def build(
        documents: Mapping[str, Iterable[Mapping[str, Any]]], **derived: pa.Table
    ) -> Snapshot:
        stated = [
            Stated(name, "invoices" if name.endswith(".pdf") else name.split("-")[0].split(".")[0],
                   tuple(rows))
            for name, rows in documents.items()
        ]  # fmt: skip
        records, listed = _records(stated)
        return snapshot_of(records, listed, derived=derived)

    return build
