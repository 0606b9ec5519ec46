"""The Kubernetes Jobs of runs and steps, seen from a pod of the same namespace."""

from pathlib import Path
from typing import Any

import dagster as dg

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
"""Where Kubernetes tells a pod its namespace."""
RUN = "dagster/run-id"
"""The label that names the run of a Job."""


class PodsResource(dg.ConfigurableResource):
    """The Jobs of runs and steps; the service account must be allowed to list and delete them."""

    namespace: str = ""
    """Where they are; by default where this pod is."""

    def unended(self) -> dict[str, str]:
        """The runs of the Jobs that have not ended, by the name of the Job."""
        jobs = _client().list_namespaced_job(self._place(), label_selector=RUN).items
        return {one.metadata.name: one.metadata.labels[RUN] for one in jobs if one.status.active}

    def end(self, job: str) -> bool:
        """Delete a Job with its pods; false if it was gone."""
        from kubernetes.client import ApiException

        try:
            _client().delete_namespaced_job(job, self._place(), propagation_policy="Background")
        except ApiException as error:
            if error.status != 404:
                raise
            return False
        return True

    def _place(self) -> str:
        return self.namespace or ACCOUNT.read_text().strip()


def _client() -> Any:
    from kubernetes import client, config

    config.load_incluster_config()
    return client.BatchV1Api()
