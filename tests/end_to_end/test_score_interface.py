"""What a measure asks of a run from outside: statements, columns and types that stay.

The statements are those of the project's own measure word for word. It lives
outside this repository: where LEDGERGRAPH_SCORE names it, it is run as well.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EXTRACTIONS = (
    "select d.name, e.field, e.line, e.value, e.raw, e.confidence from extractions e "
    "join documents d using (document_id) where e.part = 0 and {where}"
)
STATEMENTS = {
    "chosen fields of the header": EXTRACTIONS.format(where="e.chosen and e.line is null"),
    "fields of the XML": EXTRACTIONS.format(where="e.reading = 'xml'"),
    "fields of the page": EXTRACTIONS.format(where="e.reading = 'page'"),
    "scores": "select invoice_id, risk from invoice_scores",
    "duplicates": "select invoice_id, other_id, probability from duplicates",
}
Ask = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def ask(home: Path, called: Callable[..., Any]) -> Ask:
    """The rows of a statement on the tiny company's home."""

    def rows(statement: str) -> list[dict[str, Any]]:
        done = called("query", STATEMENTS[statement], "--home", str(home), "--format", "json")
        assert done.returncode == 0, done.stderr
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found

    return rows


def test_fields_of_the_page_have_what_is_compared(ask: Ask) -> None:
    rows = ask("fields of the page")
    assert {"number", "issue_date", "totals.gross", "seller.name"} <= {r["field"] for r in rows}
    for row in rows:
        assert list(row) == ["name", "field", "line", "value", "raw", "confidence"]
        assert row["name"].startswith("papers/")
        assert row["name"].endswith(".pdf")
        assert isinstance(row["value"], str)
        assert isinstance(row["raw"], str)
        assert row["line"] is None or isinstance(row["line"], int)
        assert 0 <= row["confidence"] <= 1
    assert any(row["line"] for row in rows if row["field"] == "net")


def test_one_value_of_each_header_field_is_chosen(ask: Ask) -> None:
    rows = ask("chosen fields of the header")
    assert rows
    assert all(row["line"] is None for row in rows)
    keys = [(row["name"], row["field"]) for row in rows]
    assert len(keys) == len(set(keys))


def test_a_reading_that_no_document_has_is_an_empty_list(ask: Ask) -> None:
    assert ask("fields of the XML") == []


def test_every_invoice_has_one_risk(ask: Ask) -> None:
    rows = ask("scores")
    ids = [row["invoice_id"] for row in rows]
    assert all(isinstance(one, str) for one in ids)
    assert len(ids) == len(set(ids))
    assert all(0 <= row["risk"] <= 1 for row in rows)


def test_duplicates_are_pairs_of_scored_invoices(ask: Ask) -> None:
    scored = {row["invoice_id"] for row in ask("scores")}
    rows = ask("duplicates")
    assert rows
    for row in rows:
        assert {row["invoice_id"], row["other_id"]} <= scored
        assert row["invoice_id"] != row["other_id"]
        assert 0 <= row["probability"] <= 1


def test_the_measure_itself_runs(home: Path, company: Path) -> None:
    beside = Path(__file__).parents[3] / "shared" / "tools" / "score"
    measure = Path(os.environ.get("LEDGERGRAPH_SCORE") or beside)
    if not measure.is_file():
        pytest.skip("LEDGERGRAPH_SCORE names no measure")
    executable = Path(sys.executable).parent / "ledgergraph"
    truth = company / "truth"
    done = subprocess.run(
        [measure, "ledger", "--home", home, "--truth", truth, "--command", executable],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["scored"] >= result["invoices"] > 0
    assert 0.5 < result["average_precision"] <= 1
