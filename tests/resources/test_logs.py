"""Logs: lines of JSON with ids and counts, and never what documents say."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from ledgergraph.errors import BadInput, BadSetting, ServiceMissing
from ledgergraph.extractions.schemas import EXTRACTIONS
from resources import logs
from tests.builders.days import Home, bad, good

NOW = datetime(2026, 3, 9, 6, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    logs.set_up(logs.TEXT)


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def test_each_asset_of_a_batch_is_a_line_and_each_rejected_document(
    tmp_path: Path, instance: dg.DagsterInstance, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up(logs.JSON)
    home = Home(tmp_path, instance)
    batch = home.take({**good(2), **bad(2)}, NOW)
    capsys.readouterr()
    home.read(batch)
    found = lines(capsys.readouterr().err)
    assert all(one["partition"] == batch and one["run_id"] and one["job"] for one in found)
    made = {one["asset"]: one for one in found if one["event"] == "made"}
    assert set(made) == {"documents", "transcripts", "extractions", "records", "validations"}
    assert made["documents"]["rows"] == {"documents": 2, "rejections": 2}
    refused = [one for one in found if one["event"] == "rejected"]
    assert [one["count"] for one in refused] == [1, 1]
    assert all(one["document_id"].startswith("sha256:") and one["reason"] for one in refused)


def test_no_line_holds_a_name_of_a_file_or_what_an_invoice_says(
    tmp_path: Path, instance: dg.DagsterInstance, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up(logs.JSON)
    home = Home(tmp_path, instance)
    home.read(home.take({**good(2), **bad(2)}, NOW))
    said = "\n".join(map(json.dumps, lines(capsys.readouterr().err)))
    fields = home.store.table(EXTRACTIONS, home.store.heads("extractions"))
    personal = ("seller.name", "seller.iban", "seller.vat_id", "buyer.name", "number")
    values = {
        row["value"] for row in fields.to_pylist() if row["field"] in personal and row["value"]
    }
    assert len(values) >= 3
    assert not [value for value in {*values, "i0.xml", "n0.txt"} if value in said]


@pytest.mark.parametrize(
    ("error", "facts"),
    [
        (
            ServiceMissing("s3://user:secret@host/x", "Start it."),
            {"error": "ServiceMissing"},
        ),
        (BadInput("damaged", "IBAN DE89 3704 0044 is wrong."), {"error": "BadInput"}),
        (ValueError("IBAN DE89 3704 0044"), {"error": "ValueError"}),
    ],
)
def test_an_error_is_told_without_what_it_quotes(
    error: Exception, facts: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up(logs.JSON)
    with pytest.raises(type(error)), logs.GoingWith(asset="records"):
        raise error
    (line,) = lines(capsys.readouterr().err)
    assert (line["event"], line["level"], line["asset"]) == ("failed", "error", "records")
    assert facts.items() <= line.items()
    assert "DE89" not in str(line)
    assert "secret" not in str(line)
    if not isinstance(error, ServiceMissing):
        assert line["at"].startswith("test_logs.py:")


def test_as_text_nothing_is_added_and_whoever_listens_hears(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    logs.set_up(logs.TEXT)
    with caplog.at_level(logging.INFO, "ledgergraph"):
        logs.tell("made", rows={"documents": 2})
    assert capsys.readouterr().err == ""
    assert [one.getMessage() for one in caplog.records] == ["made"]


def test_another_kind_of_log_is_refused() -> None:
    with pytest.raises(BadSetting, match=r"LEDGERGRAPH_LOG: is 'xml', must be text or json"):
        logs.checked("xml")
