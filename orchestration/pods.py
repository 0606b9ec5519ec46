"""Steps in pods of their own on Kubernetes: Dagster's way, and an end to pods that never start.

Dagster waits for the pod of a step as long as Kubernetes does, which is hours where no node has a
GPU or an image cannot be pulled. Here such a step fails after a time, says why and what to do,
and its pod is gone; of one that died it says how. Not here: what a pod asks for
(`orchestration.executors`).
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import dagster as dg
from dagster._core.execution.retries import RetryMode
from dagster._core.executor.base import Executor
from dagster._core.executor.init import InitExecutorContext
from dagster._core.executor.step_delegating import (
    CheckStepHealthResult,
    StepDelegatingExecutor,
    StepHandlerContext,
)
from dagster_k8s import K8sRunLauncher
from dagster_k8s.container_context import K8sContainerContext
from dagster_k8s.executor import K8sStepHandler
from dagster_k8s.job import UserDefinedDagsterK8sConfig
from kubernetes.client import V1Pod, V1PodStatus

from ledgergraph.errors import BadSetting
from sensors.failures import OF_PODS

WAITING_FOR_AN_IMAGE = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"}


def step_pods(
    step: Mapping[str, Any], of_steps: Mapping[str, Mapping[str, Any]], at_once: int, patience: int
) -> dg.ExecutorDefinition:
    """An executor that runs each step as a Kubernetes Job, as the run launcher runs runs.

    `step` is what all pods ask for, `of_steps` what some ask for besides, by the step's name, both
    as `dagster-k8s/config`; `at_once` the steps of a run that have pods; a pod that has not
    started after `patience` seconds is given up.
    """

    @dg.executor(name="pods", requirements=dg.multiple_process_executor_requirements())
    def pods(init: InitExecutorContext) -> Executor:
        launcher = init.instance.run_launcher
        if not isinstance(launcher, K8sRunLauncher):
            raise BadSetting(
                "LEDGERGRAPH_ENV",
                "is k8s, and Dagster's instance does not launch runs in Kubernetes. Set "
                "run_launcher to K8sRunLauncher in dagster.yaml, or LEDGERGRAPH_ENV=local.",
            )
        handler = StepPods(
            patience,
            image=None,
            container_context=K8sContainerContext(
                run_k8s_config=UserDefinedDagsterK8sConfig(**step)
            ),
            load_incluster_config=launcher.load_incluster_config,
            kubeconfig_file=launcher.kubeconfig_file,
            per_step_k8s_config={name: dict(one) for name, one in of_steps.items()},
            enable_owner_references=True,
        )
        return StepDelegatingExecutor(
            handler, RetryMode.ENABLED, max_concurrent=at_once, should_verify_step=True
        )

    return pods


class StepPods(K8sStepHandler):
    """Dagster's handler of steps, which also looks at the pods."""

    def __init__(self, patience: int, **as_dagster: Any) -> None:
        super().__init__(**as_dagster)
        self.patience = patience

    def check_step_health(self, step_handler_context: StepHandlerContext) -> CheckStepHealthResult:
        """Whether a step may still end well; if not, why and what to do."""
        found = super().check_step_health(step_handler_context)
        job = self._get_k8s_step_job_name(step_handler_context)
        namespace = self._get_container_context(step_handler_context).namespace
        pods = self._api_client.get_pods_in_job(job, namespace)
        if not found.is_healthy:
            return unhealthy(f"{found.unhealthy_reason} {why_dead(pods)}".strip())
        reason = why_waiting(pods, datetime.now(UTC), self.patience)
        if reason is None:
            return found
        self._api_client.delete_job(job, namespace)
        return unhealthy(f"The pod of {job} did not start within {self.patience} s. {reason}")


def unhealthy(reason: str) -> CheckStepHealthResult:
    """A step that is given up."""
    return CheckStepHealthResult.unhealthy(reason=reason)


def why_waiting(pods: Iterable[V1Pod], now: datetime, patience: int) -> str | None:
    """Why pods have not started for longer than some seconds, and what to do; else null."""
    for pod in pods:
        waited = (now - pod.metadata.creation_timestamp).total_seconds()
        if pod.status.phase == "Pending" and waited > patience:
            return reason_of(pod.status)
    return None


def reason_of(status: V1PodStatus) -> str:
    """What Kubernetes says of a pod that does not start, and what to do."""
    for one in status.container_statuses or ():
        waiting = one.state.waiting if one.state else None
        if waiting and waiting.reason in WAITING_FOR_AN_IMAGE:
            said = waiting.message or waiting.reason
            return f"Its image {one.image} cannot be had: {said}. {OF_PODS['ImagePull']}"
        if waiting:
            return f"{waiting.reason}: {waiting.message or 'no more is said'}."
    for condition in status.conditions or ():
        if condition.type == "PodScheduled" and condition.status == "False":
            return f"No node takes it: {condition.message} {OF_PODS['Unschedulable']}"
    return "Kubernetes does not say why; `kubectl describe pod` may."


def why_dead(pods: Iterable[V1Pod]) -> str:
    """How the containers of pods ended that ended badly, and what to do; empty if none did."""
    for pod in pods:
        for one in pod.status.container_statuses or ():
            ended = one.state.terminated if one.state else None
            if ended and ended.reason == "OOMKilled":
                return f"It took more memory than it may. {OF_PODS['OOMKilled']}"
            if ended and ended.exit_code:
                return f"Its container ended with {ended.reason}, code {ended.exit_code}."
    return ""
