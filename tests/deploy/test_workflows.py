"""Workflows: valid by their schema, one entry, no more rights than needed, pinned actions."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yaml"))
SCHEMAS = [(file, "vendor.github-workflows") for file in WORKFLOWS] + [
    (ROOT / ".github" / "dependabot.yml", "vendor.dependabot"),
    (ROOT / "deploy" / "compose.yaml", "vendor.compose-spec"),
]


def named(path: Path) -> str:
    return path.name


def jobs_of(file: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(file.read_text())["jobs"])


def steps() -> list[dict[str, Any]]:
    return [step for file in WORKFLOWS for job in jobs_of(file).values() for step in job["steps"]]


@pytest.mark.parametrize(("file", "schema"), SCHEMAS, ids=lambda one: getattr(one, "name", ""))
def test_a_file_is_valid_by_its_schema(file: Path, schema: str) -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)]
    found = subprocess.run(check, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr


def test_checks_run_the_one_entry_that_everybody_runs() -> None:
    runs = [step.get("run", "") for step in steps()]
    assert ".ci/run" in runs
    assert not [run for run in runs if re.search(r"\b(pytest|mypy|ruff|lint-imports)\b", run)]


@pytest.mark.parametrize("file", WORKFLOWS, ids=named)
def test_a_workflow_may_read_and_only_what_pushes_images_may_write_packages(file: Path) -> None:
    workflow = yaml.safe_load(file.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    written = {
        right
        for job in workflow["jobs"].values()
        for right, kind in job.get("permissions", {}).items()
        if kind != "read"
    }
    assert written <= ({"packages"} if file.stem == "image" else set())


def test_actions_and_tools_are_pinned_and_leave_no_credentials() -> None:
    for step in steps():
        if action := step.get("uses"):
            assert re.search(r"@v\d", action), action
            if action.startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False
        for tool in re.findall(r"pipx run (\S+)", step.get("run", "")):
            assert "==" in tool, tool


def test_the_chart_that_is_tested_is_of_the_version_of_dagster_in_the_lock() -> None:
    [locked] = re.findall(r"^dagster==(\S+)", (ROOT / "requirements/lock.txt").read_text(), re.M)
    charts = [step["run"] for step in steps() if "helm pull" in step.get("run", "")]
    assert charts
    assert all(f"--version {locked} " in chart for chart in charts)


def test_every_job_ends_by_itself() -> None:
    assert all("timeout-minutes" in job for file in WORKFLOWS for job in jobs_of(file).values())
