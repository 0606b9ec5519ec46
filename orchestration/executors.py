"""Where the steps of a run are executed: in its own process, or each in a pod of its own.

Belongs here: which of both an environment asks for, and what the pod of a step is like. Jobs
whose steps are short name the process of their run themselves. Not here: the pods of runs, which
Dagster's instance launches as its settings say (deploy/).
"""

from collections.abc import Collection, Mapping
from typing import Any

import dagster as dg

from ledgergraph.extractions.engines import OFF
from orchestration.environments import Environment, Pods

HOUR = 3600
AT_ONCE = 8
"""Steps of one run that have pods at the same time."""
STEP: Mapping[str, Any] = {
    "container_config": {"resources": {"requests": {"cpu": "500m", "memory": "1Gi"}}},
    "job_spec_config": {
        "active_deadline_seconds": 6 * HOUR,
        "backoff_limit": 0,
        "ttl_seconds_after_finished": 24 * HOUR,
    },
}
"""What every step's pod asks for. No limit of processors and no choice of nodes: both would be
merged into the pods that ask for a GPU. Kubernetes starts no pod of a step again, Dagster does,
which sees a finished one for a day."""


def gpu_step(resource: str) -> dict[str, Any]:
    """What the pod of a step that learns a network asks for besides, by the GPU's resource name."""
    return {
        "container_config": {
            "resources": {
                "limits": {resource: "1", "memory": "24Gi"},  # the shared memory counts too
                "requests": {"cpu": "1", "memory": "4Gi"},
            },
            "volume_mounts": [{"name": "dshm", "mount_path": "/dev/shm"}],  # noqa: S108 - the pod's
        },
        "pod_spec_config": {
            "node_selector": {f"{resource}.present": "true"},
            "tolerations": [{"key": resource, "operator": "Exists", "effect": "NoSchedule"}],
            "volumes": [{"name": "dshm", "empty_dir": {"medium": "Memory", "size_limit": "8Gi"}}],
        },
        "pod_template_spec_metadata": {
            "annotations": {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"}
        },
        "job_spec_config": {"active_deadline_seconds": 24 * HOUR},
    }


def executor_for(environment: Environment, gpu_steps: Collection[str]) -> dg.ExecutorDefinition:
    """The executor of runs that name none; `gpu_steps` are the steps that ask for a GPU."""
    if environment.name == "local":
        return dg.in_process_executor
    from orchestration.pods import step_pods  # the client of Kubernetes takes seconds to import

    asked = {} if environment.gpu == OFF else dict.fromkeys(gpu_steps, gpu_step(environment.gpu))
    patience = int(environment.pods.get("start_seconds", Pods.start_seconds))
    return step_pods(STEP, asked, AT_ONCE, patience)
