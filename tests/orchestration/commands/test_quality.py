"""The report on quality as a user asks for it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from tests.builders.days import Home, bad, good

NOW = datetime(2026, 3, 9, 6, tzinfo=UTC)


def test_the_command_says_the_day_the_one_before_and_what_is_crossed(
    tmp_path: Path, instance: dg.DagsterInstance, called: Callable[..., Any]
) -> None:
    home = Home(tmp_path, instance)
    home.read(home.take({**good(1), **bad(4)}, NOW - timedelta(hours=1)))
    home.read(home.take(good(2, 10), NOW - timedelta(hours=30)))
    settings = {"LEDGERGRAPH_QUALITY_DOCUMENTS": "5"}
    said = called(
        "quality", "--home", str(tmp_path), "--until", "2026-03-09T06:00Z", **settings
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    lines = said.stdout.splitlines()
    assert lines[0] == "24 hours to 9 March 2026, 06:00 UTC"
    assert "Of 5 documents 4 were rejected" in lines[1]
    assert "Of 2 documents none was rejected" in lines[2]
    assert any(line.startswith("crossed: 4 of 5 documents") for line in lines)
    assert (tmp_path / "quality.html").read_text().startswith("<!doctype html>")
    counts = called(
        "query", "select sum(count) from quality_measures where measure = 'reason' "
        "and period = 'last'", "--home", str(tmp_path),
    )  # fmt: skip
    assert counts.stdout.splitlines()[1] == "4"


def test_a_home_in_which_nothing_came_says_so(tmp_path: Path, called: Callable[..., Any]) -> None:
    said = called("quality", "--home", str(tmp_path))
    assert said.returncode == 0, said.stderr
    assert "No file came in." in said.stdout


def test_a_wrong_end_names_the_option_and_shows_a_right_one(
    tmp_path: Path, called: Callable[..., Any]
) -> None:
    said = called("quality", "--home", str(tmp_path), "--until", "yesterday")
    assert said.returncode == 1
    assert "until: is 'yesterday', must be a moment with its zone: 2026-03-01" in said.stderr
