"""Where steps run, by environment."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.policies import GPU_POOL
from ledgergraph.errors import BadSetting
from orchestration.definitions import build_definitions
from orchestration.environments import Environment
from orchestration.executors import STEP, gpu_step

CLUSTER = {
    "LEDGERGRAPH_ENV": "k8s",
    "LEDGERGRAPH_STORE": "s3://bucket/store",
    "LEDGERGRAPH_INBOX": "s3://bucket/inbox",
    "LEDGERGRAPH_FEEDBACK": "s3://bucket/feedback",
    "LEDGERGRAPH_GRAPH": "bolt://graph:7687",
    "LEDGERGRAPH_REGISTRY": "http://mlflow:5000",
}
IN_THE_RUN = {"intake", "rebuild_ledger", "apply_feedback", "publish_champions", "quality"}


def executors(environment: Environment) -> dict[str, str]:
    definitions = build_definitions(environment)
    jobs = definitions.resolve_all_job_defs()
    return {job.name: job.executor_def.name for job in jobs}


def test_on_a_laptop_every_step_runs_in_the_process_of_its_run() -> None:
    assert set(executors(Environment.read({})).values()) == {"in_process"}


def test_on_a_cluster_steps_have_pods_but_those_of_jobs_with_many_short_ones() -> None:
    found = executors(Environment.read(CLUSTER))
    assert {name for name, one in found.items() if one == "in_process"} == IN_THE_RUN
    assert {one for name, one in found.items() if name not in IN_THE_RUN} == {"pods"}
    assert found["__ASSET_JOB"] == "pods"


def test_what_asks_for_a_gpu_is_what_learns_a_network() -> None:
    definitions = build_definitions(Environment.read({}))
    pools = {
        one.op.name: one.op.pool
        for one in definitions.assets or ()
        if isinstance(one, dg.AssetsDefinition)
    }
    assert {name for name, pool in pools.items() if pool == GPU_POOL} == {
        "gnn_search", "gnn_model", "gnn_benchmark", "transformer_model", "transformer_benchmark",
    }  # fmt: skip


def limits_in(config: Any) -> dict[str, str]:
    return dict(config["container_config"]["resources"].get("limits", {}))


def test_no_limit_of_processors_and_no_choice_of_nodes_reaches_a_gpu_pod_from_others() -> None:
    assert limits_in(STEP) == {}
    assert "pod_spec_config" not in STEP
    assert limits_in(gpu_step("nvidia.com/gpu")) == {"nvidia.com/gpu": "1", "memory": "24Gi"}


def test_a_gpu_step_asks_for_the_resource_that_the_setting_names() -> None:
    step = gpu_step("amd.com/gpu")
    assert limits_in(step) == {"amd.com/gpu": "1", "memory": "24Gi"}
    assert step["pod_spec_config"]["tolerations"][0]["key"] == "amd.com/gpu"
    assert step["pod_spec_config"]["node_selector"] == {"amd.com/gpu.present": "true"}


@pytest.mark.parametrize("gpu", ["yes", "gpu", "nvidia.com/gpu=1", "nvidia.com/"])
def test_a_gpu_that_is_no_resource_is_a_setting_error(gpu: str) -> None:
    with pytest.raises(BadSetting, match="LEDGERGRAPH_GPU"):
        Environment.read({**CLUSTER, "LEDGERGRAPH_GPU": gpu})


def training() -> dg.JobDefinition:
    return build_definitions(Environment.read(CLUSTER)).resolve_job_def("training_duplicate")


def test_pods_need_an_instance_that_launches_runs_in_kubernetes(tmp_path: Path) -> None:
    with (
        dg.DagsterInstance.local_temp(str(tmp_path)) as local,
        pytest.raises(BadSetting, match="K8sRunLauncher"),
    ):
        dg.execute_job(dg.reconstructable(training), local)
