"""Spark's workers as pods: what they may, and that Spark can read what is said of them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from resources import spark_executor

FOLDER = Path(__file__).parents[2] / "deploy/spark"


@pytest.fixture
def pod() -> dict[str, Any]:
    return dict(yaml.safe_load((FOLDER / "executor.yaml").read_text())["spec"])


def test_a_worker_runs_what_this_project_has_for_it(pod: dict[str, Any]) -> None:
    [container] = pod["containers"]
    assert container["command"] == ["python3", "-m", spark_executor.__name__]


def test_a_worker_has_no_rights_and_writes_to_scratch_alone(pod: dict[str, Any]) -> None:
    [container] = pod["containers"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {mount["name"] for mount in container["volumeMounts"]} == {"scratch"}


def test_a_worker_knows_the_keys_of_the_bucket_and_no_other_secret(pod: dict[str, Any]) -> None:
    [container] = pod["containers"]
    assert {one["name"] for one in container["env"]} == {
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
    }
    assert [list(one) for one in container["envFrom"]] == [["configMapRef"]]


def test_who_starts_workers_may_not_read_secrets_or_open_a_shell() -> None:
    role, binding = yaml.safe_load_all((FOLDER / "role.yaml").read_text())
    assert {what for rule in role["rules"] for what in rule["resources"]} == {"pods", "configmaps"}
    assert not {"*", "update"} & {verb for rule in role["rules"] for verb in rule["verbs"]}
    assert binding["roleRef"]["name"] == role["metadata"]["name"]


def test_the_settings_are_names_and_values_of_spark() -> None:
    lines = (FOLDER / "spark-defaults.conf").read_text().splitlines()
    said = [line.split() for line in lines if line and not line.startswith("#")]
    assert all(len(one) == 2 and one[0].startswith("spark.") for one in said)
    assert len({name for name, _ in said}) == len(said)
    assert "spark.driver.bindAddress" not in dict(said), "workers would look for it there"
    assert dict(said)["spark.kubernetes.executor.podTemplateFile"].endswith("/executor.yaml")
