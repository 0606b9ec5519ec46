"""The whole graph on a tiny company: run once from the command line, then asked."""

import csv
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assets.lookup import lookup_from
from ledgergraph.anomalies.schemas import FINDINGS
from ledgergraph.anomalies.trace import unresolved
from ledgergraph.artifacts import WHOLE
from resources.store import Store

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def rows(home: Path, called: Command) -> Callable[[str], list[dict[str, Any]]]:
    """Asks the home in SQL."""

    def ask(sql: str) -> list[dict[str, Any]]:
        done = called("query", sql, "--home", str(home), "--format", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return ask


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_file_is_an_arrival(rows: Callable[..., Any], company: Path) -> None:
    names = {row["name"] for row in rows("select name from arrivals where envelope_id is null")}
    assert names == set(files_below(company / "inbox"))


def test_every_invoice_of_the_books_is_scored_once(rows: Callable[..., Any], company: Path) -> None:
    scores = {row["invoice_id"] for row in rows("select invoice_id from invoice_scores")}
    booked = {
        row["invoice_id"] for row in rows("select invoice_id from invoices where row is not null")
    }
    assert booked <= scores


def test_a_claim_that_comes_again_is_told_before_it_is_booked(
    home: Path, company: Path, called: Command, tmp_path: Path
) -> None:
    with (company / "inbox" / "invoices.csv").open(encoding="utf-8", newline="") as file:
        *_, latest = csv.DictReader(file)
    again = tmp_path / "invoices.csv"
    with again.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(latest))
        writer.writeheader()
        writer.writerow({**latest, "invoice_id": "N-1"})
    done = called("score", str(again), "--home", str(home), "--format", "json")
    assert done.returncode == 0, done.stderr
    (scores,) = json.loads(done.stdout)
    assert scores["invoice_id"] == "N-1"
    assert scores["duplicate_probability"] > 0.5


def test_papers_meet_their_rows(rows: Callable[..., Any]) -> None:
    papers = rows("select count(*) n from documents where format = 'pdf'")[0]["n"]
    booked = rows("select count(*) n from bookings")[0]["n"]
    assert papers > 0
    assert booked >= 0.8 * papers


def test_every_box_lies_on_its_page(rows: Callable[..., Any]) -> None:
    outside = rows(
        "select count(*) n from extractions e left join pages p using (document_id, page) "
        "where e.page is not null and (p.page is null or x0 < 0 or y0 < 0 "
        "or x1 > p.width + 0.01 or y1 > p.height + 0.01 or x0 > x1 or y0 > y1)"
    )
    assert outside == [{"n": 0}]


def test_every_ref_of_every_finding_resolves(home: Path) -> None:
    store = Store(str(home / "store"))
    findings = store.table(FINDINGS, store.heads("findings"))
    assert findings.num_rows > 0
    head = store.head("findings", WHOLE)
    assert head is not None
    assert unresolved(findings, lookup_from(store, head)) == []


def test_a_finding_is_walked_back_to_its_file(
    home: Path, rows: Callable[..., Any], called: Command
) -> None:
    finding = rows("select finding_id from findings order by score desc limit 1")[0]["finding_id"]
    done = called("trace", finding, "--home", str(home))
    assert done.returncode == 0, done.stderr
    assert ".csv" in done.stdout or ".pdf" in done.stdout
    assert "records/" in done.stdout


def test_every_paper_is_compared_and_names_its_like(
    home: Path, rows: Callable[..., Any], called: Command
) -> None:
    papers = rows("select distinct document_id from words")
    compared = rows("select document_id from document_embeddings")
    assert {row["document_id"] for row in papers} == {row["document_id"] for row in compared}
    asked, *others = sorted(row["document_id"] for row in papers)
    done = called("similar", asked, "--home", str(home), "--format", "json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert sorted(one["document_id"] for one in told["similar"]) == others
    assert all(one["readings"] and one["quality"] for one in told["similar"])


def test_the_report_is_made_again_byte_for_byte(home: Path, called: Command) -> None:
    done = called("reproduce", str(home / "report.html"), "--home", str(home))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "byte for byte" in done.stdout


def test_a_changed_report_is_told(home: Path, called: Command, tmp_path: Path) -> None:
    page = (home / "report.html").read_bytes()
    changed = tmp_path / "report.html"
    changed.write_bytes(page.replace(b"</h1>", b" (revised)</h1>", 1))
    assert called("reproduce", str(changed), "--home", str(home)).returncode == 1


def test_the_home_verifies(home: Path, called: Command) -> None:
    done = called("verify", "--home", str(home))
    assert done.returncode == 0, done.stdout


def test_a_second_run_changes_nothing(home: Path, company: Path, command: Command) -> None:
    before = files_below(home / "store")
    done = command("run", "--inbox", str(company / "inbox"), "--home", str(home))
    assert done.returncode == 0, done.stderr
    assert files_below(home / "store") == before


def test_no_server_is_left(home: Path) -> None:
    server = ["pgrep", "-f", f"resources.graph.embedded {home}"]
    until = time.monotonic() + 120  # a test of another worker may be at work in this home
    while subprocess.run(server, capture_output=True, check=False).stdout:
        assert time.monotonic() < until
        time.sleep(0.5)


def test_a_home_in_use_says_so(company: Path, called: Command, tmp_path: Path) -> None:
    from orchestration.running import locked

    with locked(tmp_path):
        done = called("run", "--inbox", str(company / "inbox"), "--home", str(tmp_path))
    assert done.returncode == 1
    assert "in use" in done.stderr


def test_a_line_of_csv_ends_as_a_shell_expects(home: Path, called: Command) -> None:
    done = called("query", "select 1 as one, null as two", "--home", str(home), "--format", "csv")
    assert done.stdout == "one,two\n1,\n"


def test_a_statement_that_writes_is_refused(home: Path, called: Command) -> None:
    done = called("query", "drop view findings", "--home", str(home))
    assert done.returncode == 1
    assert "SELECT" in done.stderr


def test_doctor_names_every_setting(home: Path, company: Path, called: Command) -> None:
    done = called("doctor", "--home", str(home), LEDGERGRAPH_INBOX=str(company))
    assert "LEDGERGRAPH_STORE" in done.stdout
    assert str(home) in done.stdout
