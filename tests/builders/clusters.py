"""Ledgergraph installed in a namespace of its own on a Kubernetes cluster, and asked by GraphQL.

One pod holds code server, daemon, webserver and MLflow; runs and steps have pods of their own.
Postgres, S3 and the graph are services outside, whose addresses pods reach as this machine does.
What is asked of the cluster goes through its API server.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from kubernetes import client, utils
from kubernetes.client import ApiException, V1Pod

from assets.policies import BATCH_ASSETS

HOME, SPARK_SETTINGS = "/opt/dagster/dagster_home", "/etc/ledgergraph/spark"
SPARK = Path(__file__).parents[2] / "deploy" / "spark"
POD = "dagster"
LOCATION = {"repositoryLocationName": "ledgergraph", "repositoryName": "__repository__"}
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}
START_SECONDS, POLL_SECONDS = 90, 5
"""How long a run's pod may take to start, and how often runs are looked after: short, for tests."""
AWAY_SECONDS = 90
RULES = [
    {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create", "delete", "get", "list"]},
    {"apiGroups": ["batch"], "resources": ["jobs/status"], "verbs": ["get"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["delete", "get", "list"]},
    {"apiGroups": [""], "resources": ["pods/log", "pods/status"], "verbs": ["get"]},
    {"apiGroups": [""], "resources": ["events"], "verbs": ["list"]},
]
"""As the chart has them: more would hide what the chart lacks."""
LAUNCH = """mutation($p: ExecutionParams!) { launchRun(executionParams: $p) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  ... on RunConfigValidationInvalid { errors { message } }
  ... on InvalidSubsetError { message } } }"""
RUNS = """query($f: RunsFilter) { runsOrError(filter: $f) { ... on Runs { results {
  runId status jobName creationTime tags { key value } } } } }"""
EVENTS = """query($id: ID!) { logsForRun(runId: $id, limit: 10000) {
  ... on EventConnection { events { __typename ... on MessageEvent { message stepKey timestamp }
  ... on ExecutionStepFailureEvent { error { message } } } } } }"""
LOCATIONS = """{ workspaceOrError { ... on Workspace { locationEntries {
  locationOrLoadError { __typename } } } } }"""
PARTITION = """mutation($r: RepositorySelector!, $n: String!, $k: String!) {
  addDynamicPartition(repositorySelector: $r, partitionsDefName: $n, partitionKey: $k) {
    __typename } }"""
START = """mutation($s: SensorSelector!) { startSensor(sensorSelector: $s) {
  __typename ... on Sensor { sensorState { id } } } }"""
STOP = """mutation($id: String!) { stopSensor(id: $id) { __typename } }"""


@dataclass(frozen=True)
class Run:
    """A run as Dagster tells of it."""

    id: str
    status: str
    job: str
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Services:
    """Where pods and this machine find what is not in the cluster."""

    image: str
    postgres: str
    """An empty database, as SQLAlchemy's URL."""
    graph: str
    bucket: str
    """`s3://bucket/prefix` of this installation alone."""
    variables: Mapping[str, str]
    """The credentials and the address of the S3 server, as `AWS_…`."""


class Cluster:
    """What is installed in one namespace."""

    def __init__(self, api: client.ApiClient, namespace: str, services: Services) -> None:
        self.api, self.namespace, self.services = api, namespace, services
        self.core = client.CoreV1Api(api)
        self._sensors: dict[str, str] = {}

    def install(self, **settings: str) -> None:
        """Make everything and wait until the webserver answers; settings are variables."""
        names = {"name": self.namespace, "namespace": self.namespace}
        account = {"kind": "ServiceAccount", "name": POD, "namespace": self.namespace}
        role = {"kind": "Role", "name": POD, "apiGroup": "rbac.authorization.k8s.io"}
        own = {"name": POD, "namespace": self.namespace}
        rbac = "rbac.authorization.k8s.io/v1"
        for one in (
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": names["name"]}},
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": own},
            {"apiVersion": rbac, "kind": "Role", "metadata": own, "rules": RULES},
            {"apiVersion": rbac, "kind": "RoleBinding", "metadata": own, "subjects": [account],
             "roleRef": role},
            {"apiVersion": "v1", "kind": "Service", "metadata": own,
             "spec": {"selector": {"app": POD}, "ports": [{"port": 5000}]}},
        ):  # fmt: skip
            utils.create_from_dict(self.api, one)
        mlflow = self._address(POD, self.namespace)
        variables = {
            "LEDGERGRAPH_ENV": "k8s",
            "LEDGERGRAPH_STORE": f"{self.services.bucket}/store",
            "LEDGERGRAPH_INBOX": f"{self.services.bucket}/inbox",
            "LEDGERGRAPH_FEEDBACK": f"{self.services.bucket}/feedback",
            "LEDGERGRAPH_GRAPH": self.services.graph,
            "LEDGERGRAPH_REGISTRY": f"http://{mlflow}:5000",
            "LEDGERGRAPH_POD_START_SECONDS": "60",
            "LEDGERGRAPH_SPARK": f"k8s://https://{self._address('kubernetes', 'default')}",
            "SPARK_CONF_DIR": SPARK_SETTINGS,
            "DAGSTER_CURRENT_IMAGE": self.services.image,
            "POSTGRES": self.services.postgres,
            **self.services.variables,
            **settings,
        }
        metadata = {"name": "variables", "namespace": self.namespace}
        for one in (
            {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": variables},
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": own, "data": self._files()},
            *self._of_spark(),
            self._pod(),
        ):
            utils.create_from_dict(self.api, one)
        self.until(self._answers, 240, "the webserver never answered")

    def _address(self, service: str, namespace: str) -> str:
        """That of a service by number: a cluster may resolve no names."""
        return str(self.core.read_namespaced_service(service, namespace).spec.cluster_ip)

    def _of_spark(self) -> Iterator[dict[str, Any]]:
        """What deploy/spark asks for, and what the charts make that its workers name."""

        def named(kind: str, name: str, **more: Any) -> dict[str, Any]:
            metadata = {"name": name, "namespace": self.namespace}
            return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **more}

        yield named("ServiceAccount", "ledgergraph-services")
        yield named("Secret", "ledgergraph-secrets", stringData=dict(self.services.variables))
        open_ones = {name: value for name, value in self.services.variables.items()
                     if not name.endswith("_KEY")}  # fmt: skip
        yield named("ConfigMap", "ledgergraph-environment", data=open_ones)
        ours = {"spark.kubernetes.namespace": self.namespace,
                "spark.kubernetes.container.image": self.services.image}  # fmt: skip
        usual = (SPARK / "spark-defaults.conf").read_text()
        assert all(name in usual for name in ours)
        said = [
            f"{name} {ours.get(name, value)}" if value else line
            for line in usual.splitlines()
            for name, _, value in [line.partition(" ")]
        ]
        settings = {"spark-defaults.conf": "\n".join(said),
                    "executor.yaml": (SPARK / "executor.yaml").read_text()}  # fmt: skip
        yield named("ConfigMap", "ledgergraph-spark", data=settings)
        role, binding = yaml.safe_load_all((SPARK / "role.yaml").read_text())
        for one in (role, binding):
            one["metadata"]["namespace"] = self.namespace
        binding["subjects"] = [{"kind": "ServiceAccount", "name": POD, "namespace": self.namespace}]
        yield from (role, binding)

    def _files(self) -> dict[str, str]:
        instance = {
            "storage": {"postgres": {"postgres_url": {"env": "POSTGRES"}}},
            "run_launcher": {
                "module": "dagster_k8s",
                "class": "K8sRunLauncher",
                "config": {
                    "service_account_name": POD,
                    "instance_config_map": POD,
                    "dagster_home": HOME,
                    "job_namespace": self.namespace,
                    "image_pull_policy": "IfNotPresent",
                    "env_secrets": ["variables"],
                    "volumes": _volumes(),
                    "volume_mounts": _mounts(),
                    "run_k8s_config": {
                        "container_config": {
                            "security_context": _confined(),
                            "env": [{"name": "SPARK_DRIVER_HOST", "value_from": {
                                "field_ref": {"field_path": "status.podIP"}}}],
                        },
                        "job_spec_config": {"ttl_seconds_after_finished": 86_400},
                    },
                },
            },
            "compute_logs": {
                "module": "dagster._core.storage.noop_compute_log_manager",
                "class": "NoOpComputeLogManager",
            },
            "run_monitoring": {
                "enabled": True,
                "start_timeout_seconds": START_SECONDS,
                "poll_interval_seconds": POLL_SECONDS,
                "max_resume_run_attempts": 0,
            },
            "run_retries": {
                "enabled": True, "max_retries": 2, "retry_on_asset_or_op_failure": False,
            },
            "concurrency": {
                "pools": {"granularity": "op", "default_limit": 1},
                "runs": {"max_concurrent_runs": 2},
            },
            "telemetry": {"enabled": False},
        }  # fmt: skip
        server = {"host": "localhost", "port": 3030, "location_name": "ledgergraph"}
        return {
            "dagster.yaml": yaml.safe_dump(instance),
            "workspace.yaml": yaml.safe_dump({"load_from": [{"grpc_server": server}]}),
        }

    def _pod(self) -> dict[str, Any]:
        workspace = ["-w", f"{HOME}/workspace.yaml"]
        artifacts = f"{self.services.bucket}/mlflow"
        commands = {
            "code": ["dagster", "api", "grpc", "-h", "0.0.0.0", "-p", "3030",
                     "-m", "orchestration.definitions"],
            "daemon": ["dagster-daemon", "run", *workspace],
            "webserver": ["dagster-webserver", "-h", "0.0.0.0", "-p", "3000", *workspace],
            "mlflow": ["mlflow", "server", "--host", "0.0.0.0", "--port", "5000",
                       "--allowed-hosts", "*", "--workers", "1",
                       "--backend-store-uri", "sqlite:////tmp/mlflow.db",
                       "--artifacts-destination", artifacts],
        }  # fmt: skip
        mounts = [*_mounts(), *(
            {"name": "settings", "mountPath": f"{HOME}/{name}", "subPath": name}
            for name in ("dagster.yaml", "workspace.yaml")
        )]  # fmt: skip
        containers = [
            {
                "name": name,
                "image": self.services.image,
                "imagePullPolicy": "IfNotPresent",
                "args": command,
                "envFrom": [{"secretRef": {"name": "variables"}}],
                "volumeMounts": mounts,
                "securityContext": _confined(),
            }
            for name, command in commands.items()
        ]
        spec = {
            "serviceAccountName": POD,
            "containers": containers,
            "volumes": [*_volumes(), {"name": "settings", "configMap": {"name": POD}}],
            "terminationGracePeriodSeconds": 5,
        }
        metadata = {"name": POD, "namespace": self.namespace, "labels": {"app": POD}}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}

    def remove(self) -> None:
        """Everything of the namespace."""
        self.core.delete_namespace(self.namespace, grace_period_seconds=0)

    # Dagster

    def ask(self, query: str, seconds: float = AWAY_SECONDS, **variables: Any) -> Any:
        """The answer of the webserver to a query in GraphQL.

        It is asked again for some seconds while it cannot answer, as after a restart of Postgres.
        """
        until = time.monotonic() + seconds
        while True:
            try:
                return self._asked(query, variables)
            except ApiException as error:
                if 0 < (error.status or 0) < 500 or time.monotonic() > until:
                    raise
                time.sleep(1)

    def _asked(self, query: str, variables: Mapping[str, Any]) -> Any:
        path = f"/api/v1/namespaces/{self.namespace}/pods/{POD}:3000/proxy/graphql"
        said = self.api.call_api(
            path, "POST", body={"query": query, "variables": variables},
            header_params={"Content-Type": "application/json"},
            response_types_map={200: "object"}, auth_settings=["BearerToken"],
            _return_http_data_only=True,
        )  # fmt: skip
        assert "errors" not in said, json.dumps(said["errors"])[:2000]
        return said["data"]

    def _answers(self) -> bool:
        found = self.core.read_namespaced_pod(POD, self.namespace).status.container_statuses or []
        restarted = [one.name for one in found if one.restart_count]
        assert not restarted, f"{restarted}: {self.logs(POD, restarted[0])}"
        try:
            locations = self.ask(LOCATIONS, seconds=0)
        except ApiException:
            return False
        entries = locations["workspaceOrError"]["locationEntries"]
        kinds = [(one["locationOrLoadError"] or {}).get("__typename") for one in entries]
        return kinds == ["RepositoryLocation"]

    def launch(
        self, job: str, assets: Sequence[str] = (), *,
        config: Mapping[str, Any] | None = None, tags: Mapping[str, str] | None = None,
    ) -> str:  # fmt: skip
        """Launch a job, or some assets as a person does; the run's id."""
        selector: dict[str, Any] = {**LOCATION, "jobName": job}
        if assets:
            selector["assetSelection"] = [{"path": [one]} for one in assets]
        said = [{"key": key, "value": value} for key, value in (tags or {}).items()]
        parameters = {
            "selector": selector,
            "runConfigData": {
                "ops": {name: {"config": one} for name, one in (config or {}).items()}
            },
            "executionMetadata": {"tags": said},
        }
        answer = self.ask(LAUNCH, p=parameters)["launchRun"]
        assert answer["__typename"] == "LaunchRunSuccess", answer
        return str(answer["run"]["runId"])

    def runs(self, **filters: Any) -> list[Run]:
        """The runs that a filter of GraphQL names, the newest first."""
        found = self.ask(RUNS, f=filters)["runsOrError"]["results"]
        return [
            Run(one["runId"], one["status"], one["jobName"],
                {tag["key"]: tag["value"] for tag in one["tags"]})
            for one in found
        ]  # fmt: skip

    def run(self, run: str) -> Run:
        """A run by its id."""
        [found] = self.runs(runIds=[run])
        return found

    def attempts(self, run: str) -> list[Run]:
        """A run and those that were launched because it failed, the oldest first."""
        again = self.runs(tags=[{"key": "dagster/root_run_id", "value": run}])
        return [self.run(run), *reversed(again)]

    def ended(self, run: str, seconds: float = 600) -> Run:
        """The last attempt of a run, once it has ended and none follows."""

        def last() -> Run | None:
            newest = self.attempts(run)[-1]
            left = 2 - (len(self.attempts(run)) - 1)
            is_last = newest.status in {"SUCCESS", "CANCELED"} or (
                newest.status == "FAILURE" and (not left or self._is_for_good(newest))
            )
            return newest if is_last else None

        return self.until(last, seconds, f"run {run} did not end")

    def came_through(self, run: str, seconds: float = 600) -> Run:
        """The last attempt of a run, which succeeded."""
        last = self.ended(run, seconds)
        assert last.status == "SUCCESS", self.messages(last.id)[-6:]
        return last

    def intake(self, batch: str, **tags: str) -> str:
        """The run that takes in a batch, launched."""
        return self.launch("intake", BATCH_ASSETS, tags={"dagster/partition": batch, **tags})

    def _is_for_good(self, run: Run) -> bool:
        """Whether a failed run is not to be retried, as Dagster's daemon marks it."""
        return run.tags.get("dagster/will_retry") == "false"

    def messages(self, run: str) -> list[str]:
        """What the events of a run say, errors too, in their order."""
        events = self.ask(EVENTS, id=run)["logsForRun"]["events"]
        said = [f"{one.get('message', '')} {(one.get('error') or {}).get('message', '')}"
                for one in events]  # fmt: skip
        return [f"{one['__typename']} {text}" for one, text in zip(events, said, strict=True)]

    def waited(self, run: str) -> list[float]:
        """Seconds that each step of a run waited for its pod, until it began, the least first."""
        asked: dict[str, float] = {}
        waited: list[float] = []
        for one in self.ask(EVENTS, id=run)["logsForRun"]["events"]:
            step, at = one.get("stepKey"), float(one.get("timestamp", 0)) / 1000
            if one["__typename"] == "StepWorkerStartingEvent":
                asked[step] = at
            elif one["__typename"] == "ExecutionStepStartEvent" and step in asked:
                waited.append(at - asked.pop(step))
        return sorted(waited)

    def seconds(self, run: str) -> float:
        """How long a run took from its first step to its end."""
        times = [float(one["timestamp"]) / 1000
                 for one in self.ask(EVENTS, id=run)["logsForRun"]["events"]
                 if one["__typename"] in {"RunStartEvent", "RunSuccessEvent"}]  # fmt: skip
        return max(times) - min(times)

    def has_begun(self, run: str, step: str) -> bool:
        """Whether a step of a run has started."""
        events = self.ask(EVENTS, id=run)["logsForRun"]["events"]
        return any(
            one["__typename"] == "ExecutionStepStartEvent" and one["stepKey"] == step
            for one in events
        )

    def start(self, sensor: str) -> None:
        """Turn a sensor on."""
        said = self.ask(START, s={**LOCATION, "sensorName": sensor})
        assert said["startSensor"]["__typename"] == "Sensor", said
        self._sensors[sensor] = said["startSensor"]["sensorState"]["id"]

    def stop(self, sensor: str) -> None:
        """Turn a sensor off, if it was turned on here."""
        if sensor in self._sensors:
            self.ask(STOP, id=self._sensors.pop(sensor))

    def add_partition(self, definition: str, key: str) -> None:
        """Make a dynamic partition known."""
        said = self.ask(PARTITION, r=LOCATION, n=definition, k=key)["addDynamicPartition"]
        assert said["__typename"] in {
            "AddDynamicPartitionSuccess",
            "DuplicateDynamicPartitionError",
        }

    # Pods

    def pods(self, **labels: str) -> list[V1Pod]:
        """The pods of runs and steps by their labels: `run_id`, `op`, `job`."""
        chosen = ",".join(f"dagster/{key.replace('_', '-')}={one}" for key, one in labels.items())
        found = self.core.list_namespaced_pod(self.namespace, label_selector=chosen).items
        return [one for one in found if one.metadata.name != POD]

    def running(self, **labels: str) -> list[V1Pod]:
        """Those that run."""
        return [one for one in self.pods(**labels) if one.status.phase == "Running"]

    def unended(self) -> list[str]:
        """The names of pods of runs and steps that have not ended."""
        phases = {"Pending", "Running", "Unknown"}
        return [one.metadata.name for one in self.pods() if one.status.phase in phases]

    def kill(self, pod: V1Pod) -> None:
        """End a pod at once."""
        self.core.delete_namespaced_pod(pod.metadata.name, self.namespace, grace_period_seconds=0)

    def logs(self, pod: str, container: str | None = None) -> str:
        """The last lines of a container, also of the one before it was started again."""
        return str(
            self.core.read_namespaced_pod_log(
                pod,
                self.namespace,
                container=container,
                tail_lines=40,
                previous=container is not None,
            )
        )

    def until(self, found: Callable[[], Any], seconds: float, what: str) -> Any:
        """What a question finds as soon as it finds something."""
        until = time.monotonic() + seconds
        while not (answer := found()):
            assert time.monotonic() < until, what
            time.sleep(1)
        return answer


@contextmanager
def installed(
    api: client.ApiClient, namespace: str, services: Services, **settings: str
) -> Iterator[Cluster]:
    """An installation that is gone after its block."""
    cluster = Cluster(api, namespace, services)
    try:
        cluster.install(**settings)
        yield cluster
    finally:
        cluster.remove()


def _volumes() -> list[dict[str, Any]]:
    scratch = [{"name": name, "emptyDir": {}} for name in ("tmp", "home", "dagster")]
    return [*scratch, {"name": "spark", "configMap": {"name": "ledgergraph-spark"}}]


def _mounts() -> list[dict[str, str]]:
    """What can be written to: the file system of the image cannot."""
    return [
        {"name": "tmp", "mountPath": "/tmp"},
        {"name": "home", "mountPath": "/var/lib/ledgergraph"},
        {"name": "dagster", "mountPath": HOME},
        {"name": "spark", "mountPath": SPARK_SETTINGS},
    ]


def _confined() -> dict[str, Any]:
    return {
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
    }
