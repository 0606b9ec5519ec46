"""The reader's corpus made by Spark's workers in pods, as Dagster asks for it.

It goes on with the installation of test_inbox_to_report.py, before anything dies.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest
from clusters import Cluster

from jobs.corpora import READER_CORPUS, SYNTHETIC
from orchestration.definitions import build_definitions
from orchestration.environments import Environment
from orchestration.running import dagster_instance, launched
from resources.store import Store
from tests.stores import differing

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow]
PAPERS: dict[str, dict[str, Any]] = {SYNTHETIC: {"papers": 40}}
WORKERS = "spark-role=executor"


def test_workers_in_pods_make_the_same_corpus_and_go(
    cluster: Cluster, kept: Store, undisturbed: Path, tmp_path: Path
) -> None:
    run = cluster.launch("corpora", [SYNTHETIC, READER_CORPUS], config=PAPERS)

    def workers() -> list[str]:
        found = cluster.core.list_namespaced_pod(cluster.namespace, label_selector=WORKERS).items
        return [one.metadata.name for one in found if one.status.phase == "Running"]

    cluster.until(workers, 600, "no worker of Spark had a pod")
    cluster.came_through(run, 900)
    shutil.copytree(undisturbed, tmp_path / "home")
    variables = {"LEDGERGRAPH_HOME": str(tmp_path / "home"), "LEDGERGRAPH_SPARK": "local[2]"}
    environment = Environment.read(variables)
    with dagster_instance(environment) as instance:
        asked = (SYNTHETIC, READER_CORPUS)
        assert not launched(
            build_definitions(environment), instance, "corpora", asked, config=PAPERS
        )
    assert differing(kept, Store(environment.store), *asked) == []
    cluster.until(lambda: not workers(), 60, "workers of Spark run on")
