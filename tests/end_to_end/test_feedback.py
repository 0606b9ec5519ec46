"""What people say of a tiny company, from the command line to what it changes, and back."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.policies import FEEDBACK, RE_READ
from ledgergraph.anomalies.schemas import FINDINGS, INVOICE_SCORES
from ledgergraph.artifacts import WHOLE
from ledgergraph.books import BOOK_TABLES
from ledgergraph.extractions.schemas import EXTRACTIONS
from ledgergraph.feedback.schemas import FEEDBACK_REJECTIONS
from ledgergraph.graph.schemas import DUPLICATES, PARTIES, PROCESS_MEMORY
from orchestration.definitions import build_definitions
from orchestration.environments import Environment
from orchestration.running import fed_back, wanted
from resources.feedback import lacking
from resources.graph.embedded import EmbeddedGraph
from resources.store import Store

Command = Callable[..., "subprocess.CompletedProcess[str]"]


class Office:
    """A copy of the home of the tiny company, its command line, and its assets."""

    def __init__(self, folder: Path, called: Command, instance: dg.DagsterInstance) -> None:
        self.folder, self.called, self.instance = folder, called, instance
        self.environment = Environment.read({}, home=str(folder))
        self.store = Store(self.environment.store)
        self.definitions = build_definitions(self.environment)
        (self.batch,) = self.store.heads("extractions")
        instance.add_dynamic_partitions("intake_batches", [self.batch])

    def say(self, **stated: Any) -> "subprocess.CompletedProcess[str]":
        """`ledgergraph feedback add` with some options."""
        options = [f"--{name.replace('_', '-')}={value}" for name, value in stated.items()]
        return self.called("feedback", "add", *options, "--home", str(self.folder))

    def make(self, job: str, *names: str) -> None:
        """Run some assets of a job in this process."""
        done = self.definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance,
            partition_key=self.batch if job == "intake" else None,
            asset_selection=[dg.AssetKey(name) for name in names],
        )
        assert done.success

    def version(self, asset: str) -> str:
        (head,) = self.store.heads(asset).values()
        return head.version

    def rows(self, asset: str, table: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.store.table(table, self.store.heads(asset)).to_pylist()
        return rows


@pytest.fixture
def office(home: Path, tmp_path: Path, called: Command, instance: dg.DagsterInstance) -> Office:
    shutil.copytree(home / "store", tmp_path / "home" / "store")
    return Office(tmp_path / "home", called, instance)


@pytest.fixture
def graph(office: Office) -> Iterator[None]:
    """An empty graph in the home."""
    with EmbeddedGraph(office.folder / "graph", memory="512m"):
        yield


def of_paper(office: Office) -> dict[str, Any]:
    """The gross amount of a paper as it is read."""
    rows = office.rows("extractions", EXTRACTIONS)
    return next(row for row in rows if row["field"] == "totals.gross" and row["chosen"])


def test_a_correction_wins_where_it_stands_and_its_withdrawal_restores_what_was_read(
    office: Office,
) -> None:
    read = of_paper(office)
    before = {asset: office.version(asset) for asset in ("documents", "transcripts", *RE_READ)}
    about = {"target": "field", "document_id": read["document_id"], "field": "totals.gross"}
    said = office.say(**about, verdict="correction", value="1234.50", author="ann")
    assert said.returncode == 0, said.stderr
    listed = office.called("feedback", "list", "--home", str(office.folder)).stdout
    assert "documents of type 380: 1 of 100 corrections, 100.0% errors\n" in listed
    office.make("apply_feedback", FEEDBACK)
    assert set(lacking(office.store)) == {office.batch}
    assert wanted(office.store, {})[office.batch] == RE_READ
    office.make("intake", *RE_READ[:-1])
    assert lacking(office.store) == {}

    corrected = of_paper(office)
    place = ("page", "x0", "y0", "x1", "y1", "box_unit")
    assert (corrected["value"], corrected["source"], corrected["confidence"]) == (
        "1234.50", "ann", 1.0,
    )  # fmt: skip
    assert [corrected[name] for name in place] == [read[name] for name in place]
    invoices = office.rows("records", BOOK_TABLES["invoices"].records)
    paper = [row for row in invoices if row["invoice_id"] == f"{read['document_id']}#0"]
    assert [str(row["gross"]) for row in paper] == ["1234.5000"]
    assert office.version("transcripts") == before["transcripts"]

    office.say(**about, verdict="withdrawal", author="ben")
    office.make("apply_feedback", FEEDBACK)
    office.make("intake", *RE_READ[:-1])
    assert {asset: office.version(asset) for asset in before} == before


def test_findings_are_confirmed_dismissed_and_open_again(office: Office) -> None:
    found = office.rows("findings", FINDINGS)
    true, false = found[0]["finding_id"], found[1]["finding_id"]
    assert office.say(target="finding", finding_id=true[:8], verdict="approval").returncode == 0
    assert office.say(target="finding", finding_id=false, verdict="rejection").returncode == 0
    office.make("apply_feedback", FEEDBACK, "findings", "anomaly_report")
    statuses = {row["finding_id"]: row["status"] for row in office.rows("findings", FINDINGS)}
    assert [statuses[true], statuses[false]] == ["confirmed", "dismissed"]
    assert set(statuses.values()) == {"confirmed", "dismissed", "open"}
    report = office.store.head("anomaly_report", WHOLE)
    assert report is not None
    files = {file.table: office.store.file(file).decode() for file in report.files}
    assert files["findings.csv"].rstrip().endswith("dismissed")
    assert "1 finding was dismissed" in files["report.html"]

    office.say(target="finding", finding_id=true, verdict="withdrawal")
    office.say(target="finding", finding_id=false, verdict="withdrawal")
    office.make("apply_feedback", FEEDBACK, "findings")
    assert office.rows("findings", FINDINGS) == found


def test_an_event_on_a_finding_names_its_kind_and_invoice(office: Office) -> None:
    for row in office.rows("findings", FINDINGS):
        office.say(target="finding", finding_id=row["finding_id"], verdict="approval")
    listed = office.called("feedback", "list", "--home", str(office.folder)).stdout
    assert len(listed.splitlines()) == len(office.rows("findings", FINDINGS))
    for path in (office.folder / "store" / "feedback").iterdir():
        event = json.loads(path.read_text())
        assert None not in (event["kind"], event["subject_id"]), event


@pytest.mark.usefixtures("graph")
def test_pairs_and_parties_are_what_people_decide(office: Office) -> None:
    pairs, parties = office.rows("duplicates", DUPLICATES), office.rows("parties", PARTIES)
    likely = max(pairs, key=lambda row: row["probability"])
    vendors = [row["key"] for row in parties if row["member"] == "Vendor"]
    invoices = [row["invoice_id"] for row in pairs]
    known = {frozenset((row["invoice_id"], row["other_id"])) for row in pairs}
    scored = sorted(row["invoice_id"] for row in office.rows("invoice_scores", INVOICE_SCORES))
    unlike = next(one for one in scored if frozenset((invoices[0], one)) not in known
                  and one != invoices[0])  # fmt: skip
    one = {"subject_id": likely["invoice_id"], "other_id": likely["other_id"]}
    other = {"subject_id": invoices[0], "other_id": unlike}
    both = {"subject_id": vendors[0], "other_id": vendors[1]}
    for target, about, verdict in (
        ("pair", one, "rejection"), ("pair", other, "approval"), ("party", both, "approval"),
    ):  # fmt: skip
        assert office.say(target=target, verdict=verdict, **about).returncode == 0
    office.make("apply_feedback", FEEDBACK, "parties", "duplicates", "process_memory")

    now = {
        frozenset((row["invoice_id"], row["other_id"])): row["probability"]
        for row in office.rows("duplicates", DUPLICATES)
    }
    assert frozenset(one.values()) not in now
    assert now[frozenset(other.values())] == 1.0
    party_of = {row["key"]: row["party_id"] for row in office.rows("parties", PARTIES)}
    assert party_of[vendors[0]] == party_of[vendors[1]]
    assert len(office.rows("process_memory", PROCESS_MEMORY)) == 2

    for target, about in (("pair", one), ("pair", other), ("party", both)):
        office.say(target=target, verdict="withdrawal", **about)
    office.make("apply_feedback", FEEDBACK, "parties", "duplicates")
    assert office.rows("duplicates", DUPLICATES) == pairs
    assert office.rows("parties", PARTIES) == parties


def test_a_run_imports_the_files_of_the_feedback_inbox(office: Office) -> None:
    inbox = office.folder / "feedback"
    inbox.mkdir()
    (inbox / "reviews.csv").write_text(
        "target,verdict,comment\nproduct,rejection,slow\nproduct,maybe,\n"
    )
    for _ in range(2):
        failed = fed_back(office.definitions, office.instance, office.store, office.environment)
        assert failed == []
        (rejected,) = office.rows("feedback", FEEDBACK_REJECTIONS)
        assert (rejected["name"], rejected["line"]) == ("reviews.csv", 3)
    assert "slow" in office.called("feedback", "list", "--home", str(office.folder)).stdout


@pytest.mark.parametrize(
    ("stated", "says"),
    [
        ({"target": "finding", "finding_id": "ffffffffff", "verdict": "approval"}, "fits none"),
        ({"target": "finding", "finding_id": "", "verdict": "approval"}, "six or more digits"),
        ({"target": "party", "subject_id": "nobody", "other_id": "V", "verdict": "approval"},
         "nothing that"),
        ({"target": "invoice", "verdict": "approval"}, "lacks subject_id"),
        ({"target": "field", "document_id": "sha256:0", "field": "totals.gross", "value": "1,2",
          "verdict": "correction"}, "plain number"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_a_sentence(
    office: Office, stated: dict[str, str], says: str
) -> None:
    done = office.say(**stated)
    assert done.returncode == 1
    assert says in done.stderr
    assert not (office.folder / "store" / "feedback").exists()


def test_files_are_imported_with_their_rejected_lines(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "said.jsonl"
    good = {"target": "product", "verdict": "rejection", "comment": "slow", "category": "ui"}
    file.write_text("\n".join(map(json.dumps, (good, {**good, "verdict": "no"}, good))))
    for new, known in ((1, 0), (0, 1)):
        done = office.called("feedback", "import", str(file), "--home", str(office.folder))
        assert done.returncode == 0
        assert f"{new} new, {known} known, 1 rejected" in done.stdout
        assert "line 2: feedback: The event has verdict 'no'" in done.stdout
