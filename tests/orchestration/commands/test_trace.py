"""A finding is traced to what it rested on when it was made, whatever was made since."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.compute as pc
import pytest

from ledgergraph.anomalies.schemas import FINDINGS
from ledgergraph.graph.snapshot import snapshot_tables
from orchestration.cli import main
from resources.store import Store
from tests.stores import put_rows, rows_of

INVOICES = next(table for table in snapshot_tables() if table.name == "nodes_Invoice")


@pytest.fixture
def changing(home: Path, tmp_path: Path) -> Path:
    """A copy of a home that may be changed."""
    shutil.copytree(home / "store", tmp_path / "store")
    return tmp_path


@pytest.fixture
def traced(changing: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[str], str]:
    """The chain of a finding in that home, as it is printed."""

    def run(finding_id: str) -> str:
        assert main(["trace", finding_id, "--home", str(changing)]) == 0
        return capsys.readouterr().out

    return run


def one_about_an_invoice(store: Store) -> dict[str, str]:
    rows = rows_of(store, "findings", FINDINGS).to_pylist()
    return next(
        row
        for row in sorted(rows, key=lambda row: -row["score"])
        if row["subject_table"] == "invoices" and '"feature"' in row["contributions"]
    )


def test_a_finding_rests_on_the_graph_that_it_was_made_from(
    changing: Path, traced: Callable[[str], str]
) -> None:
    store = Store(str(changing / "store"))
    finding = one_about_an_invoice(store)
    before = traced(finding["finding_id"])
    assert before.count("record: ") > 1
    invoices = rows_of(store, "graph_snapshot", INVOICES)
    alone = invoices.filter(pc.equal(invoices["key"], finding["subject"]))
    put_rows(store, "graph_snapshot", INVOICES, alone)
    assert traced(finding["finding_id"]) == before


def test_a_finding_of_an_earlier_run_is_traced_as_it_was(
    changing: Path, traced: Callable[[str], str]
) -> None:
    store = Store(str(changing / "store"))
    finding = one_about_an_invoice(store)["finding_id"]
    before = traced(finding)
    rows = rows_of(store, "findings", FINDINGS)
    put_rows(store, "findings", FINDINGS, rows.filter(pc.not_equal(rows["finding_id"], finding)))
    assert traced(finding) == before
