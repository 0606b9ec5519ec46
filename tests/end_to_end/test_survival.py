"""One inbox with everything that comes: books and papers, broken files, real e-invoices.

Nothing crashes, nothing is lost, and what is good is read beside what is bad.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from broken_files import broken_files

from assets.policies import BATCH_ASSETS
from ledgergraph.books import BOOK_TABLES
from resources.inbox import Inbox
from resources.intake import refused, unseen, waiting
from resources.store import Store

CELL_BYTES = 2 * 1024 * 1024
Command = Callable[..., "subprocess.CompletedProcess[str]"]
Rows = Callable[[str], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def inbox(company: Path, once: Callable[..., Path]) -> Path:
    """The folders company, broken and, where real data is at hand, zugferd."""

    def make(folder: Path) -> None:
        shutil.copytree(company / "inbox", folder / "company")
        for one in broken_files(CELL_BYTES):
            path = folder / "broken" / one.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(one.data)
        beside = Path(__file__).parents[3] / "shared" / "data"
        real = Path(os.environ.get("LEDGERGRAPH_PUBLIC_DATA") or beside) / "zugferd"
        if real.is_dir():
            shutil.copytree(real, folder / "zugferd")

    return once("everything", make)


@pytest.fixture(scope="module")
def mixed(inbox: Path, command: Command, once: Callable[..., Path]) -> Path:
    """The home that it was run in."""

    def make(home: Path) -> None:
        done = command("run", "--inbox", str(inbox), "--home", str(home))
        assert done.returncode == 0, done.stderr
        assert "failed" not in done.stderr

    return once("home of everything", make)


@pytest.fixture
def rows(mixed: Path, called: Command) -> Rows:
    """Asks the home in SQL."""

    def ask(sql: str) -> list[dict[str, Any]]:
        done = called("query", sql, "--home", str(mixed), "--format", "json")
        assert done.returncode == 0, done.stderr
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found

    return ask


def names_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.slow
def test_every_file_is_one_arrival_with_an_outcome(rows: Rows, inbox: Path) -> None:
    arrivals = rows("select name, outcome from arrivals where envelope_id is null")
    assert sorted(row["name"] for row in arrivals) == names_below(inbox)
    assert {row["outcome"] for row in arrivals} == {"accepted", "rejected", "known"}


@pytest.mark.slow
def test_every_broken_file_is_accepted_or_rejected_as_expected(rows: Rows) -> None:
    formats = {row["name"]: row["format"] for row in rows("select name, format from documents")}
    outcomes = {row["name"]: row["outcome"] for row in rows("select name, outcome from arrivals")}
    reasons: dict[str, set[str]] = {}
    for row in rows("select name, reason from rejections"):
        reasons.setdefault(row["name"], set()).add(row["reason"])
    for one in broken_files(CELL_BYTES):
        name = f"broken/{one.name}"
        if one.is_accepted:
            assert outcomes[name] in ("accepted", "known"), name
            assert formats.get(name) in (one.expectation, None), name
        elif one.is_accepted is False:
            assert outcomes[name] == "rejected", name
            assert one.expectation in reasons[name], name


@pytest.mark.slow
def test_what_is_inside_envelopes_arrives_and_is_read(rows: Rows) -> None:
    strange = rows(
        "select inside.name from arrivals inside where envelope_id is not null and not exists "
        "(select 1 from arrivals a where a.document_id = inside.envelope_id "
        "and starts_with(inside.name, a.name || '/'))"
    )
    assert strange == []
    mails = rows(
        "select name, value from extractions join documents using (document_id) "
        "where name like 'broken/envelopes/%.eml/%' and field = 'number'"
    )
    assert {row["value"] for row in mails} == {"BROKEN-M1", "BROKEN-M2"}


@pytest.mark.slow
def test_every_rejection_has_a_reason_and_a_sentence_with_a_remedy(rows: Rows) -> None:
    rejections = rows("select * from rejections")
    for row in rejections:
        assert row["reason"].replace("_", "").isalpha(), row
        sentences = [one for one in row["sentence"].split(". ") if one]
        assert len(sentences) >= 2, row  # what was found, and what to do
        assert row["sentence"].endswith("."), row
    rejected = {row["name"] for row in rows("select name from arrivals where outcome = 'rejected'")}
    assert rejected <= {row["name"] for row in rejections}


@pytest.mark.slow
def test_nothing_that_was_accepted_is_gone_without_a_word(rows: Rows) -> None:
    stated = " union ".join(
        f"select document_id from {table}" for table in [*BOOK_TABLES, "extractions", "rejections"]
    )
    opened = "select envelope_id from arrivals where envelope_id is not null"
    silent = rows(f"select name from documents where document_id not in ({stated} union {opened})")
    assert silent == []
    empty = rows("select name, sentence from rejections where reason = 'no_rows'")
    assert [row["name"] for row in empty] == ["broken/tables/only a header.csv"]
    assert "vendors and no row" in empty[0]["sentence"]


@pytest.mark.slow
def test_good_documents_beside_bad_ones_are_read(rows: Rows, home: Path, called: Command) -> None:
    count = "select count(*) n from invoices i join documents d using (document_id) {where}"
    alone = called("query", count.format(where=""), "--home", str(home), "--format", "json")
    beside = rows(count.format(where="where name like 'company/%'"))
    assert beside == json.loads(alone.stdout)
    latin = rows(
        "select value from extractions join documents using (document_id) "
        "where name = 'broken/xml/latin-1.xml' and field = 'seller.name'"
    )
    assert latin == [{"value": "Müller & Söhne"}]


@pytest.mark.slow
@pytest.mark.public_data
def test_every_real_e_invoice_is_accepted_and_read(rows: Rows, public_data: Path) -> None:
    truth = json.loads((public_data / "zugferd" / "truth.json").read_text())
    numbered = {Path(name).name for name, one in truth.items() if one.get("number")}
    read = rows(
        "select distinct name from documents join extractions using (document_id) "
        "where name like 'zugferd/%' and reading = 'xml' and field = 'number'"
    )
    assert numbered <= {Path(row["name"]).name for row in read}


@pytest.mark.slow
def test_a_second_run_would_find_nothing_to_do(mixed: Path, inbox: Path, called: Command) -> None:
    store = Store(str(mixed / "store"))
    assert unseen(store, Inbox(str(inbox)).listing()) == {}
    assert list(waiting(store, BATCH_ASSETS)) == []
    assert list(refused(store)) == []
    assert called("verify", "--home", str(mixed)).returncode == 0
