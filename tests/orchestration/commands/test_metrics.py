"""`ledgergraph metrics` on the home of a tiny company: what Prometheus gets to read."""

import csv
import io
import re
import signal
import urllib.request
from pathlib import Path

from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as of_text

from orchestration.metrics.declared import BY_NAME, PREFIX
from resources.store import Store
from tests.conftest import Command, Start

ELSEWHERE = {
    "benchmark_score",
    "benchmark_timestamp_seconds",
    "job_failure_timestamp_seconds",
    "rejections",
    "feedback_events",
    "tick_timestamp_seconds",
    "tick_failing",
}
"""Metrics of what did not happen in this home: nothing was trained, said, rejected, or failed."""
MOST_SERIES = 1500
"""What one ledger may cost Prometheus; labels that name documents or vendors would exceed it."""


def scraped(text: str) -> dict[tuple[str, ...], float]:
    """The values by name without prefix and labels as declared."""
    found = {}
    for family in text_string_to_metric_families(text):  # type: ignore[no-untyped-call]
        for sample in family.samples:
            name = sample.name.removeprefix(PREFIX)
            assert set(sample.labels) == set(BY_NAME[name].labels), name
            labels = [sample.labels[label] for label in BY_NAME[name].labels]
            found[(name, *labels)] = sample.value
    return found


def asked(called: Command, home: Path, sql: str) -> list[dict[str, str]]:
    return list(
        csv.DictReader(
            io.StringIO(called("query", sql, "--home", str(home), "--format", "csv").stdout)
        )
    )


def test_a_scrape_says_what_the_tables_say(
    home: Path, company: Path, called: Command, tmp_path: Path
) -> None:
    backups = Store(str(tmp_path / "backups"))
    backups.put("backups/20260309T060000000000Z.json", b"{}")
    once = called(
        "metrics", "--once", "--home", str(home), "--inbox", str(company / "inbox"),
        "--backups", backups.url,
    )  # fmt: skip
    assert once.returncode == 0, once.stderr
    seen = scraped(once.stdout)
    assert {key[0] for key in seen} | ELSEWHERE == BY_NAME.keys()
    assert seen["backup_timestamp_seconds",] == 1773036000
    assert {key[1]: value for key, value in seen.items() if key[0] == "up"} == dict.fromkeys(
        ("dagster", "store", "inbox", "feedback", "disk", "backups"), 1.0
    )
    kinds = asked(called, home, "select kind, count(*) as n from findings group by kind")
    for row in kinds:
        of_kind = (value for key, value in seen.items() if key[:2] == ("findings", row["kind"]))
        assert sum(of_kind) == int(row["n"])
    (files,) = asked(called, home, "select count(*) as n from arrivals")
    assert seen["files_total", "new"] + seen["files_total", "known"] == int(files["n"])
    assert seen["batches_waiting",] == seen["inbox_files_waiting",] == 0
    assert seen["runs_total", "intake", "success"] == seen["batches_total",] == 1
    assert seen["champion_score", "duplicate", "same", "f1"] > 0.5
    assert seen["audit_faults",] == 0
    assert len(seen) < MOST_SERIES


def test_no_label_is_a_document_a_party_or_a_person(home: Path, called: Command) -> None:
    labels = set(re.findall(r'="([^"]*)"', called("metrics", "--once", "--home", str(home)).stdout))
    personal = {
        value
        for table, columns in (
            ("vendors", "name, vat_id, iban, vendor_id"),
            ("employees", "name, iban, employee_id"),
            ("documents", "name, document_id"),
        )
        for row in asked(called, home, f"select {columns} from {table}")
        for value in row.values()
        if value
    }
    assert len(personal) > 50
    assert not {one for one in labels for value in personal if value in one}


def test_what_does_not_answer_is_a_part_that_is_down_and_holds_up_no_other(
    home: Path, called: Command
) -> None:
    once = called(
        "metrics", "--once", "--home", str(home), "--inbox", str(home / "nothing"),
        LEDGERGRAPH_GRAPH="bolt://neo4j:secret@127.0.0.1:9",
    )  # fmt: skip
    seen = scraped(once.stdout)
    assert (seen["up", "inbox"], seen["up", "graph"], seen["up", "store"]) == (0, 0, 1)
    assert ("inbox_files_waiting",) not in seen
    assert "LEDGERGRAPH_INBOX" in once.stderr
    assert "secret" not in once.stderr


def test_it_serves_until_it_is_told_to_end(home: Path, start: Start) -> None:
    with start("metrics", "--port", "0", "--home", str(home)) as process:
        assert process.stderr is not None
        url = next(line.split()[-1] for line in process.stderr if line.startswith("metrics "))
        with urllib.request.urlopen(url, timeout=30) as answer:
            text = answer.read().decode()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    assert f"{PREFIX}batches" in {family.name for family in of_text(text)}


def test_a_rate_of_looks_that_is_none_is_refused(home: Path, called: Command) -> None:
    refused = called("metrics", "--every", "0", "--home", str(home))
    assert refused.returncode == 1
    assert "--every" in refused.stderr
