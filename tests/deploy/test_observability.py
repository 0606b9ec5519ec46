"""Alert rules, the board and the route of alerts: they name figures and sections that exist."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestration.metrics.declared import BY_NAME, COUNTER, PREFIX

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "observability"
OF_PROMETHEUS = {"job", "instance"}
"""Labels that Prometheus adds."""
SERIES = re.compile(rf"({PREFIX}\w+)(?:\{{([^}}]*)\}})?")
LABEL = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"')
GROUPED = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((FOLDER / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def board() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "grafana-board.json").read_text(encoding="utf-8"))
    return found


def panels() -> list[dict[str, Any]]:
    return [panel for panel in board()["panels"] if panel["type"] != "row"]


def queries() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    yield from (target["expr"] for panel in panels() for target in panel["targets"])
    tests = yaml.safe_load((FOLDER / "alerts_test.yaml").read_text(encoding="utf-8"))["tests"]
    yield from (one["series"] for test in tests for one in test["input_series"])


def test_every_query_names_metrics_and_labels_that_the_exporter_has() -> None:
    named = set()
    for query in queries():
        labels = set()
        for metric, matchers in SERIES.findall(query):
            declared = BY_NAME[metric.removeprefix(PREFIX)]
            named.add(declared.name)
            known = {*declared.labels, *OF_PROMETHEUS}
            labels |= known
            assert set(LABEL.findall(matchers)) <= known, query
        grouped = {one.strip() for found in GROUPED.findall(query) for one in found.split(",")}
        assert grouped <= labels, query
    assert len(named) > 30


def test_what_is_counted_is_asked_as_a_rise_and_what_stands_is_not() -> None:
    rising = re.compile(rf"(?:increase|rate|resets)\(({PREFIX}\w+)")
    for query in [*(rule["expr"] for rule in rules())]:
        risen = {name.removeprefix(PREFIX) for name in rising.findall(query)}
        assert all(BY_NAME[name].kind == COUNTER for name in risen), query


def test_no_label_is_one_that_prometheus_sets() -> None:
    assert not [metric.name for metric in BY_NAME.values() if OF_PROMETHEUS & {*metric.labels}]


def sections() -> dict[str, str]:
    """Headings of the handbook by the anchor that they get."""
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-"): one for one in headings}


def test_every_alert_says_what_to_do_and_where_more_is_said() -> None:
    known = sections()
    for rule in rules():
        assert rule["labels"]["severity"] in {"critical", "warning"}
        said = rule["annotations"]
        assert set(said) == {"summary", "description", "runbook"}, rule["alert"]
        assert len(said["description"]) > 60, rule["alert"]
        file, _, anchor = said["runbook"].partition("#")
        assert (ROOT / file).is_file()
        assert known.get(anchor) == rule["alert"]


def test_every_alert_of_the_handbook_is_one() -> None:
    told = {heading for heading in sections().values() if heading.startswith("Ledgergraph")}
    assert told == {rule["alert"] for rule in rules()}


def test_every_alert_reaches_somebody_by_mail_and_the_worst_by_webhook_too() -> None:
    settings = yaml.safe_load((FOLDER / "alertmanager.yaml").read_text(encoding="utf-8"))
    receivers = {one["name"]: one for one in settings["receivers"]}
    routes = [settings["route"], *settings["route"]["routes"]]
    assert {route["receiver"] for route in routes} == receivers.keys()
    assert all(one["email_configs"] for one in receivers.values())
    (critical,) = settings["route"]["routes"]
    assert critical["matchers"] == ['severity="critical"']
    assert receivers[critical["receiver"]]["webhook_configs"]
    names = {rule["alert"] for rule in rules()}
    silenced = set(re.findall(r"Ledgergraph\w+", json.dumps(settings["inhibit_rules"])))
    assert silenced <= names


def test_panels_of_the_board_lie_side_by_side_and_have_names_of_their_own() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in board()["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + dx, at["y"] + dy) for dx in range(at["w"]) for dy in range(at["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
    titles = [panel["title"] for panel in board()["panels"]]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    "command",
    [
        ("promtool", "check", "rules", "--lint=all", "--lint-fatal", "alerts.yaml"),
        ("promtool", "test", "rules", "alerts_test.yaml"),
        ("promtool", "check", "config", "prometheus.yaml"),
        ("amtool", "check-config", "alertmanager.yaml"),
    ],
    ids=lambda command: " ".join(command[:3]),
)
def test_the_tools_of_prometheus_find_nothing_wrong(command: tuple[str, ...]) -> None:
    tool = shutil.which(command[0])
    if tool is None:
        pytest.skip(f"{command[0]} is not installed: it comes with Prometheus")
    said = subprocess.run([tool, "--version"], capture_output=True, text=True).stdout
    if command[0] == "amtool" and re.search(r"version 0\.(1|2[0-5]\.)", said):
        pytest.skip(f"{tool} is older than 0.26, and knows no files of URLs")
    done = subprocess.run([tool, *command[1:]], cwd=FOLDER, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
