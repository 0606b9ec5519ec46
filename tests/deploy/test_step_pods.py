"""The pod of a step that learns a network, as Dagster asks Kubernetes for it on a cluster.

The real definitions, the launcher of deploy/helm/values-dagster.yaml, and a server that keeps
what it is sent. What changes on purpose is seen in the file beside:
`LEDGERGRAPH_WRITE_GOLDEN=1 pytest tests/deploy/test_step_pods.py` writes it anew.
"""

import copy
import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import dagster as dg
import pytest
import yaml
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import create_execution_plan
from dagster._core.execution.context.system import PlanData, PlanOrchestrationContext
from dagster._core.execution.context_creation_job import create_context_free_log_manager
from dagster._core.execution.retries import RetryMode
from dagster._core.executor.init import InitExecutorContext
from dagster._core.executor.step_delegating import StepDelegatingExecutor
from dagster._core.executor.step_delegating.step_handler.base import StepHandlerContext
from dagster._core.instance import DagsterInstance
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from dagster._grpc.types import ExecuteStepArgs

from assets.policies import GPU_POOL
from orchestration.definitions import build_definitions
from orchestration.environments import Environment

HELM = Path(__file__).parents[2] / "deploy" / "helm"
GOLDEN = Path(__file__).parent / "golden" / "gpu_step.yaml"
RUN = "0f0f0f0f-0000-4000-8000-000000000000"
CLUSTER = {
    "LEDGERGRAPH_ENV": "k8s",
    "LEDGERGRAPH_STORE": "s3://bucket/store",
    "LEDGERGRAPH_INBOX": "s3://bucket/inbox",
    "LEDGERGRAPH_FEEDBACK": "s3://bucket/feedback",
    "LEDGERGRAPH_GRAPH": "bolt://graph:7687",
    "LEDGERGRAPH_REGISTRY": "http://mlflow:5000",
}
OF_A_RUN = {"DAGSTER_COMPRESSED_EXECUTE_STEP_ARGS"}
Job = dict[str, Any]


class Api(BaseHTTPRequestHandler):
    """Takes jobs, and keeps them."""

    jobs: ClassVar[list[Job]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.jobs.append(json.loads(body))
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture(scope="module")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}
        ],
        "users": [{"name": "u", "user": {}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "c",
    }
    file = tmp_path_factory.mktemp("kube") / "config"
    file.write_text(yaml.safe_dump(config))
    yield file
    server.shutdown()
    server.server_close()


def launcher(values: dict[str, Any], kubeconfig: Path) -> dict[str, Any]:
    """The run launcher as the official chart writes it into Dagster's settings."""
    given = values["runLauncher"]["config"]["k8sRunLauncher"]
    run = given["runK8sConfig"]
    return {
        "load_incluster_config": False,
        "kubeconfig_file": str(kubeconfig),
        "job_namespace": "ledger-of-one",
        "service_account_name": values["global"]["serviceAccountName"],
        "image_pull_policy": given["imagePullPolicy"],
        "dagster_home": values["global"]["dagsterHome"],
        "instance_config_map": "dagster-instance",
        "postgres_password_secret": values["global"]["postgresqlSecretName"],
        "labels": given["labels"],
        "security_context": given["securityContext"],
        "fail_pod_on_run_failure": given["failPodOnRunFailure"],
        "run_k8s_config": {
            "pod_spec_config": run["podSpecConfig"],
            "job_spec_config": run["jobSpecConfig"],
        },
    }


def code_location(values: dict[str, Any]) -> RepositoryPythonOrigin:
    """The code server as the official chart starts it, whose pods its runs and steps resemble."""
    [code] = values["dagster-user-deployments"]["deployments"]
    context = {
        "image_pull_policy": code["image"]["pullPolicy"],
        "env_config_maps": [one["name"] for one in code["envConfigMaps"]],
        "env_secrets": [one["name"] for one in code["envSecrets"]],
        "volumes": code["volumes"],
        "volume_mounts": code["volumeMounts"],
        "resources": code["resources"],
        "namespace": "ledger-of-one",
        "service_account_name": values["global"]["serviceAccountName"],
    }
    return RepositoryPythonOrigin(
        executable_path="python",
        code_pointer=ModuleCodePointer("orchestration.definitions", "defs"),
        container_image=f"{code['image']['repository']}:{code['image']['tag']}",
        entry_point=["dagster"],
        container_context={"k8s": context},
    )


@pytest.fixture(scope="module")
def pods(kubeconfig: Path) -> dict[str, Job]:
    """The jobs of the steps of the job that learns on the graph, by the step's name."""
    values = yaml.safe_load((HELM / "values-dagster.yaml").read_text())
    training = build_definitions(Environment.read(CLUSTER)).resolve_job_def("training_graph")
    job = InMemoryJob(training)
    settings = {
        "run_launcher": {
            "module": "dagster_k8s",
            "class": "K8sRunLauncher",
            "config": launcher(values, kubeconfig),
        }
    }
    Api.jobs.clear()
    with DagsterInstance.local_temp(overrides=settings) as instance:
        origin = JobPythonOrigin(training.name, code_location(values))
        run = instance.create_run_for_job(training, run_id=RUN, job_code_origin=origin)
        plan = create_execution_plan(job)
        executor = training.executor_def.executor_creation_fn(
            InitExecutorContext(
                job=job, executor_def=training.executor_def, executor_config={}, instance=instance
            )
        )
        assert isinstance(executor, StepDelegatingExecutor)
        data = PlanData(job, run, instance, plan, True, RetryMode.ENABLED)
        context = PlanOrchestrationContext(
            data, create_context_free_log_manager(instance, run), executor, output_capture=None
        )
        for step in plan.steps:
            asked = ExecuteStepArgs(origin, RUN, [step.key])
            steps = StepHandlerContext(instance, context, plan.steps, asked, dagster_run=run)
            list(executor._step_handler.launch_step(steps))
    return {one["metadata"]["labels"]["dagster/op"]: one for one in Api.jobs}


def container(job: Job) -> dict[str, Any]:
    [one] = job["spec"]["template"]["spec"]["containers"]
    return dict(one)


def names_of_gpu_steps() -> set[str]:
    definitions = build_definitions(Environment.read(CLUSTER))
    steps = [one for one in definitions.assets or () if isinstance(one, dg.AssetsDefinition)]
    return {one.op.name for one in steps if one.op.pool == GPU_POOL}


def test_the_pod_of_a_gpu_step_is_the_one_that_was_agreed_on(pods: dict[str, Job]) -> None:
    found = copy.deepcopy(pods["gnn_model"])
    told = found["spec"]["template"]["spec"]["containers"][0]
    told.pop("args")
    told["env"] = [one for one in told["env"] if one["name"] not in OF_A_RUN]
    for labels in (found["metadata"]["labels"], found["spec"]["template"]["metadata"]["labels"]):
        labels.pop("app.kubernetes.io/version")
    text = yaml.safe_dump(found, sort_keys=True)
    if os.environ.get("LEDGERGRAPH_WRITE_GOLDEN"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(text)
    assert yaml.safe_load(GOLDEN.read_text()) == yaml.safe_load(text)


def test_what_asks_for_a_gpu_has_shared_memory_and_a_node_with_one(pods: dict[str, Job]) -> None:
    learning = names_of_gpu_steps() & set(pods)
    assert learning
    for name in learning:
        pod = pods[name]["spec"]["template"]["spec"]
        assert container(pods[name])["resources"]["limits"]["nvidia.com/gpu"] == "1"
        assert pod["nodeSelector"] == {"nvidia.com/gpu.present": "true"}
        assert [one["key"] for one in pod["tolerations"]] == ["nvidia.com/gpu"]
        shared = [one for one in pod["volumes"] if one["name"] == "dshm"]
        assert shared[0]["emptyDir"]["medium"] == "Memory"
        assert "/dev/shm" in {one["mountPath"] for one in container(pods[name])["volumeMounts"]}


def test_no_step_has_a_limit_of_processors_and_each_ends_by_itself(pods: dict[str, Job]) -> None:
    for name, job in pods.items():
        assert "cpu" not in container(job)["resources"]["limits"], name
        assert job["spec"]["backoffLimit"] == 0, name
        assert job["spec"]["ttlSecondsAfterFinished"] >= 3600, name
        assert job["spec"]["activeDeadlineSeconds"] > 0, name


def test_other_steps_ask_for_no_gpu(pods: dict[str, Job]) -> None:
    for name in set(pods) - names_of_gpu_steps():
        assert "nvidia.com/gpu" not in container(pods[name])["resources"]["limits"]
        assert "nodeSelector" not in pods[name]["spec"]["template"]["spec"]


def test_steps_have_no_rights_and_write_where_they_may(pods: dict[str, Job]) -> None:
    for job in pods.values():
        assert job["spec"]["template"]["spec"]["securityContext"]["runAsNonRoot"] is True
        assert container(job)["securityContext"]["readOnlyRootFilesystem"] is True
        mounts = {one["mountPath"] for one in container(job)["volumeMounts"]}
        assert {"/tmp", "/home/ledgergraph", "/var/lib/ledgergraph"} <= mounts
        sources = [one.get("secretRef", {}).get("name") for one in container(job)["envFrom"]]
        assert "ledgergraph-secrets" in sources
