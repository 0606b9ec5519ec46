"""Charts: what Helm renders is what Kubernetes knows, and no pod may more than it needs.

LEDGERGRAPH_DAGSTER_CHART  folder of the official Dagster chart
LEDGERGRAPH_TEST_KUBECONFIG  of a cluster that is asked what it would say (nothing is made)
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import kubernetes.client
import pytest
import yaml
from dagster._core.instance.config import dagster_instance_config
from kubernetes.client import ApiClient

from orchestration.environments import Environment

HELM = Path(__file__).parents[2] / "deploy" / "helm"
NAMESPACE = "ledger-of-one"
VERSION = "1.36.0"
KINDS = {
    "v1": "V1", "apps/v1": "V1", "batch/v1": "V1", "rbac.authorization.k8s.io/v1": "V1",
    "networking.k8s.io/v1": "V1", "autoscaling/v2": "V2",
}  # fmt: skip
SECRETS = {
    "LEDGERGRAPH_GRAPH": "neo4j+s://user:secret@graph:7687",
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
}
Objects = list[dict[str, Any]]


def rendered(release: str, chart: Path, *arguments: str) -> Objects:
    """The objects of a chart."""
    if shutil.which("helm") is None:
        pytest.skip("helm is not installed")
    command = ["helm", "template", release, str(chart), "--namespace", NAMESPACE]
    found = subprocess.run(
        [*command, "--kube-version", VERSION, *arguments], capture_output=True, text=True
    )
    assert found.returncode == 0, found.stderr
    return [one for one in yaml.safe_load_all(found.stdout) if one]


@pytest.fixture(scope="module")
def own() -> Objects:
    everything = [
        "--set-string",
        "quota.pods=50",
        "--set-json",
        'networkPolicies.from=[{"podSelector":{}}]',
    ]
    return rendered("ledgergraph", HELM / "ledgergraph", *everything)


@pytest.fixture(scope="module")
def official() -> Objects:
    chart = os.environ.get("LEDGERGRAPH_DAGSTER_CHART")
    if not chart:
        pytest.skip("LEDGERGRAPH_DAGSTER_CHART names no folder of the official Dagster chart")
    values = str(HELM / "values-dagster.yaml")
    # Its schema of values refers to one of Kubernetes on the web; objects are looked at below.
    return rendered("dagster", Path(chart), "--values", values, "--skip-schema-validation")


@pytest.fixture(scope="module", params=["own", "official"])
def objects(request: pytest.FixtureRequest) -> Objects:
    return list(request.getfixturevalue(request.param))


def pods(objects: Objects) -> Iterator[tuple[str, dict[str, Any]]]:
    """The specifications of all pods, by the name of what starts them."""
    for one in objects:
        spec = one.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            yield one["metadata"]["name"], spec["template"]["spec"]


def containers(objects: Objects) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, pod in pods(objects):
        for one in pod["containers"]:
            yield name, one


def one_of(objects: Objects, kind: str, name: str) -> dict[str, Any]:
    [found] = [o for o in objects if (o["kind"], o["metadata"]["name"]) == (kind, name)]
    return found


def without_nothing(value: Any) -> Any:
    """What is said, without nulls and empty maps and lists, which Kubernetes reads as not said."""
    if isinstance(value, Mapping):
        kept = {key: without_nothing(one) for key, one in value.items()}
        return {key: one for key, one in kept.items() if one not in (None, {}, [])}
    return [without_nothing(one) for one in value] if isinstance(value, list) else value


class Answer:
    """What the client reads objects from."""

    def __init__(self, data: str) -> None:
        self.data = data


def test_every_object_is_as_kubernetes_knows_it(objects: Objects) -> None:
    """Read into the client's model, which checks what must be there, and written again the same:
    a name that Kubernetes does not know is lost on the way."""
    client = ApiClient(configuration=kubernetes.client.Configuration())
    for one in objects:
        model = KINDS[one["apiVersion"]] + one["kind"]
        read = client.deserialize(Answer(json.dumps(one)), model)
        assert without_nothing(client.sanitize_for_serialization(read)) == without_nothing(one)


def test_no_pod_has_more_rights_than_a_user_without_any(objects: Objects) -> None:
    for name, pod in pods(objects):
        context = pod["securityContext"]
        assert context["runAsNonRoot"] is True, name
        assert context["runAsUser"] > 0, name
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, name
    for name, one in containers(objects):
        context = one["securityContext"]
        assert context["readOnlyRootFilesystem"] is True, name
        assert context["allowPrivilegeEscalation"] is False, name
        assert context["capabilities"] == {"drop": ["ALL"]}, name


def test_what_is_written_lies_in_mounts(objects: Objects) -> None:
    for name, one in containers(objects):
        mounts = {mount["mountPath"] for mount in one["volumeMounts"]}
        assert {"/tmp", "/home/ledgergraph", "/var/lib/ledgergraph"} <= mounts, name


def test_memory_is_limited_and_processors_are_not(objects: Objects) -> None:
    for name, one in containers(objects):
        assert set(one["resources"]["limits"]) == {"memory"}, name
        assert set(one["resources"]["requests"]) == {"cpu", "memory"}, name


def test_images_name_a_version(objects: Objects) -> None:
    for name, one in containers(objects):
        assert re.search(r":\d", one["image"]), name


def test_nobody_may_read_secrets_or_open_a_shell(objects: Objects) -> None:
    for one in objects:
        assert not one["kind"].startswith("Cluster")
        for rule in one.get("rules", []) if one["kind"] == "Role" else []:
            assert not {"*", "secrets", "pods/exec"} & {*rule["resources"], *rule["verbs"]}
            assert set(rule["apiGroups"]) <= {"", "batch"}


def test_who_launches_may_do_what_dagster_and_the_sensor_of_pods_do_and_no_more(
    own: Objects,
) -> None:
    rules = [rule for one in own if one["kind"] == "Role" for rule in one["rules"]]
    allowed = {
        (resource, verb)
        for rule in rules
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    assert allowed == {
        *{("jobs", verb) for verb in ("create", "delete", "get", "list")},
        *{("pods", verb) for verb in ("delete", "get", "list")},
        *{(f"{of}/status", "get") for of in ("jobs", "pods")},
        ("pods/log", "get"),
        ("events", "list"),
    }


def test_what_only_serves_has_no_rights(own: Objects) -> None:
    bound = {who["name"] for o in own if o["kind"] == "RoleBinding" for who in o["subjects"]}
    assert bound == {"ledgergraph"}
    assert {pod["serviceAccountName"] for _, pod in pods(own)} == {"ledgergraph-services"}


def test_the_official_chart_brings_no_rights_of_its_own(official: Objects) -> None:
    assert not [o for o in official if o["kind"] in ("Role", "RoleBinding", "ServiceAccount")]
    assert {pod["serviceAccountName"] for _, pod in pods(official)} == {"ledgergraph"}


def test_what_one_chart_names_the_other_makes(own: Objects, official: Objects) -> None:
    made = {(o["kind"], o["metadata"]["name"]) for o in [*own, *official]}
    deployments = {o["metadata"]["name"] for o in official if o["kind"] == "Deployment"}
    scaled = {o["spec"]["scaleTargetRef"]["name"] for o in own if o["kind"].startswith("Horiz")}
    assert scaled <= deployments
    maps = {
        source["configMapRef"]["name"]
        for _, one in containers([*own, *official])
        for source in one.get("envFrom", [])
        if "configMapRef" in source
    }
    mounted = {
        volume["configMap"]["name"]
        for _, pod in pods([*own, *official])
        for volume in pod["volumes"]
        if "configMap" in volume
    }
    assert {("ConfigMap", name) for name in maps | mounted} <= made


def test_the_environment_is_one_that_the_program_takes(own: Objects) -> None:
    variables = one_of(own, "ConfigMap", "ledgergraph-environment")["data"]
    environment = Environment.read({**variables, **SECRETS})
    assert environment.name == "k8s"
    assert environment.registry == "http://ledgergraph-mlflow:5000"
    assert one_of(own, "Service", "ledgergraph-mlflow")["spec"]["ports"][0]["port"] == 5000


def test_a_master_key_is_a_file_of_the_pods_that_open_documents() -> None:
    chart = HELM / "ledgergraph"
    own = rendered("ledgergraph", chart, "--set", "masterKey.secretName=ledgergraph-master-key")
    variables = one_of(own, "ConfigMap", "ledgergraph-environment")["data"]
    path = Path(variables["LEDGERGRAPH_MASTER_KEY_FILE"])
    found = {}
    for name, pod in pods(own):
        secrets = {one["name"]: one["secret"] for one in pod["volumes"] if "secret" in one}
        for mount in pod["containers"][0]["volumeMounts"]:
            if mount["name"] in secrets:
                found[name] = secrets[mount["name"]]["secretName"], mount["mountPath"]
    wanted = ("ledgergraph-master-key", str(path.parent))
    assert found == dict.fromkeys(("ledgergraph-metrics", "ledgergraph-backup"), wanted)
    # The lines for Dagster's pods mount it at the same place.
    assert f"mountPath: {path.parent}, readOnly" in (HELM / "values-dagster.yaml").read_text()


def test_the_environment_holds_no_secret(own: Objects) -> None:
    assert not [o for o in own if o["kind"] == "Secret"]
    variables = one_of(own, "ConfigMap", "ledgergraph-environment")["data"]
    assert not set(variables) & set(SECRETS)


def test_nothing_goes_in_or_out_but_what_is_named(own: Objects) -> None:
    closed = one_of(own, "NetworkPolicy", "ledgergraph-nothing")["spec"]
    assert closed == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    doors = one_of(own, "NetworkPolicy", "ledgergraph-doors")["spec"]["podSelector"]
    [parts] = [one["values"] for one in doors["matchExpressions"]]
    assert "daemon" not in parts


@pytest.fixture
def instance(official: Objects, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Dagster's settings as its chart writes them, checked by Dagster."""
    text = one_of(official, "ConfigMap", "dagster-instance")["data"]["dagster.yaml"]
    (tmp_path / "dagster.yaml").write_text(text)
    monkeypatch.setenv("DAGSTER_PG_PASSWORD", "secret")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://s3:7070")
    return dagster_instance_config(str(tmp_path))[0]


def test_dagster_takes_its_settings_and_finished_pods_stay_to_be_seen(instance: Any) -> None:
    launcher = instance["run_launcher"]["config"]
    assert launcher["service_account_name"] == "ledgergraph"
    job = launcher["run_k8s_config"]["job_spec_config"]
    assert job["backoffLimit"] == 0
    assert job["ttlSecondsAfterFinished"] >= 3600


def test_the_graph_and_gpus_have_one_user_and_runs_that_die_are_tried_anew(instance: Any) -> None:
    assert instance["concurrency"]["pools"]["default_limit"] == 1
    assert instance["run_monitoring"]["enabled"]
    assert instance["run_monitoring"]["max_resume_run_attempts"] == 0
    assert instance["run_retries"]["enabled"]
    assert instance["run_retries"]["retry_on_asset_or_op_failure"] is False


def test_auditors_have_a_webserver_that_changes_nothing(official: Objects) -> None:
    commands = {name: " ".join(one.get("command", [])) for name, one in containers(official)}
    readers = [name for name, command in commands.items() if "--read-only" in command]
    assert readers == ["dagster-dagster-webserver-read-only"]


@pytest.mark.kubernetes
def test_a_cluster_would_take_every_object(objects: Objects) -> None:
    config = os.environ.get("LEDGERGRAPH_TEST_KUBECONFIG")
    if not config or shutil.which("kubectl") is None:
        pytest.skip("LEDGERGRAPH_TEST_KUBECONFIG names no cluster, or kubectl is not installed")
    text = yaml.safe_dump_all(objects).replace(NAMESPACE, "default")
    command = ["kubectl", "--kubeconfig", config, "--namespace", "default"]
    found = subprocess.run(
        [*command, "apply", "--dry-run=server", "--filename", "-"],
        input=text, capture_output=True, text=True,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
