"""The compose file: everything asked for is said, nothing is open to others, versions are named."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster._core.instance.config import dagster_instance_config

from orchestration.environments import Environment

DEPLOY = Path(__file__).parents[2] / "deploy"
TEXT = (DEPLOY / "compose.yaml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
OURS = {name: one for name, one in SERVICES.items() if one["image"].startswith("ledgergraph:")}


def sample() -> dict[str, str]:
    lines = (DEPLOY / ".env.sample").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_every_variable_is_in_the_sample_and_none_there_is_idle() -> None:
    assert set(re.findall(r"\$\{([A-Z_0-9]+)", TEXT.replace("$$", ""))) == set(sample())


def test_passwords_have_no_default_and_the_sample_holds_none() -> None:
    secret = {name for name in sample() if name.endswith(("PASSWORD", "KEY"))}
    assert all(sample()[name] == "" for name in secret)
    assert not [name for name in secret if f"${{{name}:-" in TEXT]
    assert all(f"${{{name}:?" in TEXT for name in secret)


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_names_its_version(name: str) -> None:
    tag = SERVICES[name]["image"].rpartition(":")[2]
    assert tag != "latest"
    assert re.search(r"\d", tag)


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_open_to_this_machine_alone(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


@pytest.mark.parametrize("name", SERVICES)
def test_what_goes_on_running_says_whether_it_is_well(name: str) -> None:
    assert SERVICES[name]["restart"] == "no" or SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", OURS)
def test_our_own_containers_write_only_where_they_must(name: str) -> None:
    assert OURS[name]["read_only"] is True
    assert OURS[name]["cap_drop"] == ["ALL"]


def test_who_waits_for_another_waits_until_it_is_well() -> None:
    waits = {
        (other, how["condition"])
        for one in SERVICES.values()
        for other, how in one.get("depends_on", {}).items()
    }
    for other, condition in waits:
        once = SERVICES[other]["restart"] == "no"
        assert condition == ("service_completed_successfully" if once else "service_healthy")


def test_the_variables_are_settings_that_are_allowed() -> None:
    variables = {
        name: re.sub(r"\$\{\w+(:\?[^}]*|:-([^}]*))?\}", r"\2x", str(value))
        for name, value in SERVICES["code"]["environment"].items()
    }
    environment = Environment.read(variables)
    assert environment.store.startswith("s3://")
    assert environment.graph.startswith("bolt://")


def test_dagster_takes_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_PG_PASSWORD", "secret")
    settings, _ = dagster_instance_config(str(DEPLOY / "compose"))
    assert settings["concurrency"]["runs"] == {"max_concurrent_runs": 1}
