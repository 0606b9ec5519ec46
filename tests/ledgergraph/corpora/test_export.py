import csv
import json

import pytest

from ledgergraph.corpora.company import make_company
from ledgergraph.corpora.export import write_ledger


@pytest.fixture(scope="module")
def company():
    return make_company(9, invoices=300)


def read(path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_company_is_written_as_tables_papers_and_truth_apart(company, tmp_path):
    write_ledger(company, tmp_path / "inbox", tmp_path / "truth", papers=5)
    filled = {name for name, table in company.tables.items() if table.num_rows}
    assert {path.stem for path in (tmp_path / "inbox").glob("*.csv")} == filled
    invoices = read(tmp_path / "inbox" / "invoices.csv")
    assert len(invoices) == company.tables["invoices"].num_rows
    papers = {path.stem for path in (tmp_path / "inbox" / "papers").glob("*.pdf")}
    assert len(papers) == 5
    assert papers <= {row["invoice_id"] for row in invoices}
    truth = read(tmp_path / "truth" / "truth.csv")
    assert {row["is_issue"] for row in truth} == {"0", "1"}
    lines = (tmp_path / "truth" / "papers.jsonl").read_text(encoding="utf-8").splitlines()
    stated = [json.loads(line) for line in lines]
    assert {row["invoice_id"] for row in stated} == papers
    assert not any("truth" in path.name for path in (tmp_path / "inbox").rglob("*"))


def test_cells_are_iso_dates_and_plain_decimals(company, tmp_path):
    write_ledger(company, tmp_path, None, papers=0)
    for row in read(tmp_path / "invoices.csv"):
        assert len(row["issue_date"]) == 10
        assert "E" not in row["net"]
        assert "," not in row["net"]
    assert not (tmp_path / "papers").exists()


def test_writing_twice_gives_the_same_bytes(company, tmp_path):
    for name in ("a", "b"):
        write_ledger(company, tmp_path / name, tmp_path / name / "truth", papers=3)
    first, second = tmp_path / "a", tmp_path / "b"
    files = [path.relative_to(first) for path in first.rglob("*.*")]
    assert len(files) > 10
    assert all((first / f).read_bytes() == (second / f).read_bytes() for f in files)
