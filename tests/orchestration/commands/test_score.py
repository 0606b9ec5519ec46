"""`ledgergraph score` as a user calls it: what it prints, leaves out and remarks."""

import csv
import io
import shutil
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pytest

from ledgergraph.books import BOOK_TABLES
from ledgergraph.graph.snapshot import snapshot_tables
from orchestration.cli import main
from resources.store import Store
from tests.stores import rows_of

INVOICES = next(table for table in snapshot_tables() if table.name == "nodes_Invoice")
Said = pytest.CaptureFixture[str]


def file_of(home: Path, folder: Path, names: Sequence[str]) -> Path:
    """A file of copies of a booked invoice: one under its own id, the rest under new ones."""
    stated = rows_of(Store(str(home / "store")), "graph_snapshot", INVOICES)
    booked = next(row for row in stated.to_pylist() if row["document_id"] and row["vendor_id"])
    columns = [name for name in BOOK_TABLES["invoices"].columns if name in booked]
    rows = [{name: booked[name] for name in columns}]
    rows += [{**rows[0], "invoice_id": name, "number": f"77{name}"} for name in names]
    rows[-1] |= {"vendor_id": None, "vat_id": None, "iban": None, "vendor_name": "Quillfeather"}
    path = folder / "invoices.csv"
    pyarrow.csv.write_csv(pa.Table.from_pylist(rows), path)
    return path


def test_new_rows_are_scored_and_the_others_are_named(
    home: Path, tmp_path: Path, capsys: Said
) -> None:
    path = file_of(home, tmp_path, ["new-1", "new-2"])
    assert main(["score", str(path), "--home", str(home)]) == 1  # not every row was scored
    said = capsys.readouterr()
    assert [row["invoice_id"] for row in csv.DictReader(io.StringIO(said.out))] == [
        "new-1", "new-2",
    ]  # fmt: skip
    assert said.err.count("is in the books already") == 1
    assert "new-2: the books do not know its seller" in said.err
    assert "new-1:" not in said.err


def test_a_home_without_champions_is_scored_by_those_of_the_package(
    home: Path, tmp_path: Path, capsys: Said
) -> None:
    shutil.copytree(home / "store", tmp_path / "store")
    for head in (tmp_path / "store").rglob("*_champion*"):
        shutil.rmtree(head) if head.is_dir() else head.unlink()
    path = file_of(home, tmp_path, ["new-1"])
    assert main(["score", str(path), "--home", str(tmp_path)]) == 1
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert 0 <= float(row["compliance_risk"]) <= 1
    assert row["anomaly_score"] == ""


def test_a_home_without_a_graph_says_so(tmp_path: Path, home: Path, capsys: Said) -> None:
    path = file_of(home, tmp_path, ["new-1"])
    assert main(["score", str(path), "--home", str(tmp_path)]) != 0
    assert "graph_snapshot was not made yet" in capsys.readouterr().err
