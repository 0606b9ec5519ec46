"""The page on merges says who was held for whom, why, and what undoes it."""

import argparse
import re
import shlex
from datetime import UTC, datetime
from html import unescape

import pyarrow as pa
import pytest

from ledgergraph.anomalies.report.merges import merges_page
from ledgergraph.books import BOOK_TABLES
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.feedback.events import Target, event_of
from ledgergraph.graph.decisions import decisions_on
from ledgergraph.graph.parties import resolved
from ledgergraph.graph.snapshot import snapshot_of
from orchestration.commands import feedback

AT = datetime(2026, 3, 1, tzinfo=UTC)
VENDORS = [
    {"vendor_id": "V1", "name": "Alpenbau <Keller> GmbH", "iban": "DE02 1203"},
    {"vendor_id": "V2", "name": "Alpenbau Kelller GmbH"},
    {"vendor_id": "V3", "name": "Transports Martin", "register_id": "SIREN 552 081 317"},
    {"vendor_id": "V4", "name": "TM Logistique", "register_id": "0002:552081317"},
    {"vendor_id": "V5", "name": "Alpenbau Keller Nord GmbH", "iban": "DE88 5001"},
]


def page(*said: tuple[str, str, str]) -> str:
    rows = [{**row, "record_id": row["vendor_id"], "document_id": "d", "part": 0, "row": at}
            for at, row in enumerate(VENDORS, 1)]  # fmt: skip
    tables = {"vendors": BOOK_TABLES["vendors"].records.rows(rows)}
    documents: pa.Table = DOCUMENTS.rows([{"document_id": "d", "name": "vendors.csv"}])
    events = [
        event_of({"target": "party", "verdict": verdict, "subject_id": one, "other_id": other,
                  "comment": "as the contract says"}, AT, "ann")
        for verdict, one, other in said
    ]  # fmt: skip
    found = resolved(snapshot_of(tables, documents), decisions_on(Target.PARTY, events))
    data = merges_page(found, events)
    assert data == merges_page(found, events)
    return data.decode()


def section(text: str, name: str) -> str:
    return text.split(f'<section id="{name}">')[1].split("</section>")[0]


def commands(text: str) -> list[list[str]]:
    return [shlex.split(unescape(one)) for one in re.findall("<pre>(.*?)</pre>", text)]


def test_a_merge_shows_both_values_the_weights_and_the_command_that_undoes_it() -> None:
    merged = section(page(), "likeness")
    assert "Alpenbau &lt;Keller&gt; GmbH" in merged
    assert "up to 7 % of the letters differ" in merged
    assert "+4.9" in merged
    (undo,) = commands(merged)
    assert undo[3:] == ["--target", "party", "--verdict", "rejection",
                        "--subject-id", "V1", "--other-id", "V2"]  # fmt: skip


def test_what_an_identifier_decided_names_it() -> None:
    same = section(page(), "identifiers")
    assert "number in a register 0002:552081317" in same
    assert "TM Logistique" in same


def test_what_is_left_open_can_be_approved_or_rejected() -> None:
    left = section(page(), "to-decide")
    assert {one[6] for one in commands(left)} == {"approval", "rejection"}


@pytest.mark.parametrize(("verdict", "words"), [("rejection", "two"), ("approval", "one party")])
def test_what_people_said_is_shown_with_its_effect_and_can_be_taken_back(verdict, words) -> None:
    text = page((verdict, "V1", "V2"))
    people = section(text, "people")
    assert f"<b>{words}</b>" in people
    assert "as the contract says" in people
    assert "so it is" in people
    assert commands(people)[0][6] == "withdrawal"
    assert "V2" not in [one[-1] for one in commands(section(text, "likeness"))]


def test_every_command_is_one_that_there_is() -> None:
    parser = argparse.ArgumentParser()
    feedback.arguments(parser)
    for words in commands(page(("rejection", "V1", "V2"))):
        assert words[:3] == ["ledgergraph", "feedback", "add"]
        assert parser.parse_args(words[2:]).target == "party"
