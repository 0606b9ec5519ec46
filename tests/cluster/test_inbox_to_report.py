"""From inbox to report on a cluster: the same as in one process, in pods, with GPU steps on GPUs.

The tests follow one another: each goes on where the one before left the installation.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from clusters import Cluster

from assets.lineage import ANEW
from assets.policies import BATCH_ASSETS, CHAMPIONS, WHOLE_ASSETS
from jobs.graph_learning import LEARNED
from ledgergraph.artifacts import WHOLE
from ledgergraph.benchmarks.graph_contest import GRAPH_CONTEST
from orchestration.definitions import build_definitions
from orchestration.environments import Environment
from orchestration.running import dagster_instance, launched
from resources.store import Store
from resources.verification import verify
from tests.stores import differing, rows_of

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow]
ASSETS = "__ASSET_JOB"
GPU = "nvidia.com/gpu"
TINY: dict[str, dict[str, Any]] = {
    "training_ledgers": {"seeds": [61, 62, 63, 64], "invoices": 260},
    "gnn_dataset": {"ledgers": 4, "audit_recall": 0.9},
    "gnn_search": {"epochs": 1, "networks": ["graph network"]},
    "gnn_model": {"epochs": 2, "networks": ["graph network"]},
    "gnn_benchmark": {"seeds": [71], "invoices": 260},
}


def test_champions_of_the_package_are_published(cluster: Cluster, kept: Store) -> None:
    cluster.came_through(cluster.launch("publish_champions"))
    assert all(kept.head(name, WHOLE) for name in CHAMPIONS)


def test_the_inbox_is_read_in_the_pod_of_its_run(
    cluster: Cluster, kept: Store, undisturbed: Path
) -> None:
    cluster.start("inbox")
    [run] = cluster.until(
        lambda: cluster.runs(pipelineName="intake"), 240, "the sensor asked for no batch"
    )
    run = cluster.came_through(run.id)
    assert cluster.pods(run_id=run.id, op="documents") == []
    assert differing(kept, Store(str(undisturbed / "store")), *BATCH_ASSETS) == []


def test_each_step_to_the_report_has_a_pod_and_makes_the_same(
    cluster: Cluster, kept: Store, undisturbed: Path, record_property: Callable[[str, object], None]
) -> None:
    run = cluster.came_through(cluster.launch(ASSETS, ["feedback", *WHOLE_ASSETS]), 1500)
    record_property("seconds of the run", f"{cluster.seconds(run.id):.0f}")
    record_property("seconds that a step waits for its pod, median", median(cluster.waited(run.id)))
    steps = {pod.metadata.labels["dagster/op"] for pod in cluster.pods(run_id=run.id)
             if "dagster/op" in pod.metadata.labels}  # fmt: skip
    assert steps >= {"feedback", *WHOLE_ASSETS}
    local = Store(str(undisturbed / "store"))
    assert differing(kept, local, *BATCH_ASSETS, *WHOLE_ASSETS) == []
    [report] = [one for one in kept.heads("anomaly_report")[WHOLE].files
                if one.table == "report.html"]  # fmt: skip
    assert kept.file(report) == (undisturbed / "report.html").read_bytes()
    assert verify(kept) == []


def test_made_anew_in_the_pod_of_their_run_the_same_steps_make_the_same(
    cluster: Cluster, kept: Store, record_property: Callable[[str, object], None]
) -> None:
    before = {asset: kept.heads(asset) for asset in WHOLE_ASSETS}
    run = cluster.came_through(cluster.launch("rebuild_ledger", tags={ANEW: "tests"}), 900)
    record_property("seconds of the run", f"{cluster.seconds(run.id):.0f}")
    assert {asset: kept.heads(asset) for asset in WHOLE_ASSETS} == before


def test_networks_learn_where_the_gpu_is(cluster: Cluster, kept: Store) -> None:
    run = cluster.came_through(cluster.launch("training_graph", config=TINY), 2400)
    nodes = {node.metadata.name for node in cluster.core.list_node().items
             if GPU in node.status.allocatable}  # fmt: skip
    for step in ("gnn_search", "gnn_model", "gnn_benchmark"):
        [pod] = cluster.pods(run_id=run.id, op=step)
        [container] = pod.spec.containers
        assert container.resources.limits[GPU] == "1"
        assert "cpu" not in container.resources.limits
        assert pod.spec.node_name in nodes
    [pod] = cluster.pods(run_id=run.id, op="gnn_dataset")
    assert GPU not in (pod.spec.containers[0].resources.limits or {})
    assert kept.head("gnn_model", WHOLE) is not None


def test_nothing_is_left_running(cluster: Cluster) -> None:
    cluster.until(lambda: not cluster.unended(), 60, "pods run on")


def test_artifacts_lie_in_the_bucket_alone(cluster: Cluster, kept: Store) -> None:
    names = {uri.partition("/")[0] for uri in kept.names("")}
    assert {"blobs", "tables", "manifests", "heads", "audit", "batches"} <= names
    volumes = {kind for pod in cluster.pods() for one in pod.spec.volumes
               for kind, value in one.to_dict().items() if value and kind != "name"}  # fmt: skip
    assert volumes <= {"empty_dir", "config_map", "secret", "projected"}


def test_networks_trained_in_pods_are_those_trained_in_one_process(
    cluster: Cluster, kept: Store, undisturbed: Path, tmp_path: Path
) -> None:
    shutil.copytree(undisturbed, tmp_path / "home")
    environment = Environment.read({"LEDGERGRAPH_HOME": str(tmp_path / "home")})
    with dagster_instance(environment) as instance:
        definitions = build_definitions(environment)
        assert not launched(definitions, instance, "training_graph", LEARNED, config=TINY)
    local = Store(environment.store)
    assert differing(kept, local, "training_ledgers", "gnn_dataset") == []
    judged, alike = (contest(one) for one in (kept, local))
    assert judged.keys() == alike.keys()
    assert all(judged[one] == pytest.approx(alike[one], abs=1e-6) for one in judged)


def contest(store: Store) -> dict[tuple[str, str], dict[str, float]]:
    """Every figure of the benchmark but what it cost, by habits and scorer."""
    rows = rows_of(store, "gnn_benchmark", GRAPH_CONTEST).drop_columns(["fit_s", "score_s"])
    return {(row.pop("habits"), row.pop("scorer")): row for row in rows.to_pylist()}
