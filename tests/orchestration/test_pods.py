"""What a step's pod that does not start, or died, says to a person: as Kubernetes tells of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from kubernetes.client import (
    V1ContainerState,
    V1ContainerStateTerminated,
    V1ContainerStateWaiting,
    V1ContainerStatus,
    V1ObjectMeta,
    V1Pod,
    V1PodCondition,
    V1PodStatus,
)

from orchestration.pods import why_dead, why_waiting

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PATIENCE = 1200


def pod(phase: str, waited: float, **status: Any) -> V1Pod:
    made = NOW - timedelta(seconds=waited)
    return V1Pod(
        metadata=V1ObjectMeta(creation_timestamp=made), status=V1PodStatus(phase=phase, **status)
    )


def container(**state: Any) -> V1ContainerStatus:
    return V1ContainerStatus(
        name="dagster", image="registry/ledgergraph:7", image_id="", ready=False, restart_count=0,
        state=V1ContainerState(**state),
    )  # fmt: skip


def unschedulable(said: str) -> list[V1PodCondition]:
    return [V1PodCondition(type="PodScheduled", status="False", message=said)]


def test_a_pod_is_waited_for_as_long_as_the_setting_says() -> None:
    says = unschedulable("0/1 nodes are available: 1 Insufficient nvidia.com/gpu.")
    assert why_waiting([pod("Pending", PATIENCE, conditions=says)], NOW, PATIENCE) is None
    assert why_waiting([pod("Pending", PATIENCE + 1, conditions=says)], NOW, PATIENCE)


@pytest.mark.parametrize("phase", ["Running", "Succeeded", "Failed"])
def test_a_pod_that_started_is_not_given_up_however_long_it_takes(phase: str) -> None:
    assert why_waiting([pod(phase, 10 * PATIENCE)], NOW, PATIENCE) is None


def test_a_gpu_that_no_node_has_names_the_setting_that_does_without() -> None:
    says = unschedulable("0/1 nodes are available: 1 Insufficient nvidia.com/gpu.")
    reason = why_waiting([pod("Pending", 2 * PATIENCE, conditions=says)], NOW, PATIENCE)
    assert reason is not None
    assert "1 Insufficient nvidia.com/gpu" in reason
    assert "LEDGERGRAPH_GPU=off" in reason


def test_an_image_that_cannot_be_had_is_named() -> None:
    state = V1ContainerStateWaiting(reason="ImagePullBackOff", message="not found")
    waits = pod("Pending", 2 * PATIENCE, container_statuses=[container(waiting=state)])
    reason = why_waiting([waits], NOW, PATIENCE)
    assert reason is not None
    assert "registry/ledgergraph:7 cannot be had: not found" in reason
    assert "pull secret" in reason


def test_a_volume_that_is_not_there_is_told_as_kubernetes_tells_it() -> None:
    state = V1ContainerStateWaiting(
        reason="CreateContainerConfigError", message='secret "s" not found'
    )
    waits = pod("Pending", 2 * PATIENCE, container_statuses=[container(waiting=state)])
    reason = why_waiting([waits], NOW, PATIENCE)
    assert reason == 'CreateContainerConfigError: secret "s" not found.'


def test_a_pod_that_ran_out_of_memory_says_so_and_what_to_raise() -> None:
    state = V1ContainerStateTerminated(reason="OOMKilled", exit_code=137)
    said = why_dead([pod("Failed", 5, container_statuses=[container(terminated=state)])])
    assert said.startswith("It took more memory than it may.")
    assert "memory limit" in said


def test_a_container_that_ended_badly_names_its_code_and_one_that_ended_well_nothing() -> None:
    ends = {
        code: V1ContainerStateTerminated(reason=reason, exit_code=code)
        for code, reason in ((1, "Error"), (0, "Completed"))
    }
    said = {
        code: why_dead([pod("Failed", 5, container_statuses=[container(terminated=state)])])
        for code, state in ends.items()
    }
    assert said == {1: "Its container ended with Error, code 1.", 0: ""}
