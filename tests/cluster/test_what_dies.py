"""What dies on a cluster, and what was lost each time: nothing.

These tests go on where those of test_inbox_to_report.py left the installation. Each fault strikes
while a batch of its own is taken in; at the end the store holds what a run in one process,
undisturbed, makes of the same batches, and the graph no node twice.

    LEDGERGRAPH_TEST_RESTART_POSTGRES  a command that restarts the Postgres of the tests
    LEDGERGRAPH_TEST_RESTART_NEO4J     one that restarts their Neo4j
    LEDGERGRAPH_TEST_STOP_KUBELET, …START_KUBELET  ones that stop the kubelet and let it go on
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import neo4j
import pytest
from clusters import Cluster, Run

from assets.policies import BATCH_ASSETS
from ledgergraph.documents.limits import Limits
from resources.graph.connection import GraphResource
from resources.inbox import Inbox
from resources.intake import listing, take_in, unseen
from resources.store import Store
from resources.verification import verify
from tests.stores import differing

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow]
ASSETS = "__ASSET_JOB"
PARTITION = "dagster/partition"
RECOVERED = "seconds from the fault to success"
ONCE = {"dagster/max_retries": "0"}
Command = Callable[..., "subprocess.CompletedProcess[str]"]
Batch = Callable[[], str]
Note = Callable[[str, object], None]


def noted(cluster: Cluster, run: str, struck: float, note: Note) -> Run:
    """The attempt that succeeded; how long after the fault is taken down."""
    last = cluster.came_through(run)
    note(RECOVERED, f"{time.monotonic() - struck:.0f}")
    return last


def begun(cluster: Cluster, run: str, step: str) -> None:
    cluster.until(lambda: cluster.has_begun(run, step), 240, f"{step} never began")


def command_of(variable: str) -> str:
    command = os.environ.get(variable)
    if not command:
        pytest.skip(f"{variable} not set: see tests/cluster/test_what_dies.py")
    return command


def done(command: str) -> None:
    subprocess.run(command, shell=True, check=True, timeout=120)


def asked(graph: GraphResource, statement: str) -> list[neo4j.Record]:
    with neo4j.GraphDatabase.driver(graph.url) as driver:
        return driver.execute_query(statement).records


def counted(graph: GraphResource, statement: str) -> int:
    return int(asked(graph, statement)[0][0])


def twice(graph: GraphResource) -> list[neo4j.Record]:
    """The keys of nodes that stand in the graph more than once."""
    return asked(
        graph,
        "MATCH (n) WHERE n.key IS NOT NULL WITH labels(n) AS label, n.key AS key, "
        "count(*) AS times WHERE times > 1 RETURN label, key, times LIMIT 5",
    )


def test_a_run_whose_pod_is_killed_is_run_again(
    cluster: Cluster, batch: Batch, record_property: Note
) -> None:
    run = cluster.intake(batch())
    begun(cluster, run, "extractions")
    [pod] = cluster.running(run_id=run)
    struck = time.monotonic()
    cluster.kill(pod)
    last = noted(cluster, run, struck, record_property)
    assert last.id != run


def test_a_step_whose_pod_is_killed_in_a_graph_load_is_loaded_once(
    cluster: Cluster, kept: Store, graph: GraphResource, batch: Batch, record_property: Note
) -> None:
    cluster.came_through(cluster.launch("intake", BATCH_ASSETS[:-1], tags={PARTITION: batch()}))
    books = max(kept.heads("ledger_graph"), key=lambda key: len(listing(kept, key).files))
    before = counted(graph, "MATCH (i:Invoice) RETURN count(i)")
    asked(graph, "MATCH (n) DETACH DELETE n")
    run = cluster.launch(ASSETS, ["ledger_graph"], tags={PARTITION: books})
    cluster.until(lambda: counted(graph, "MATCH (n) RETURN count(n)"), 240, "nothing was loaded")
    struck = time.monotonic()
    for pod in cluster.running(run_id=run, op="ledger_graph"):
        cluster.kill(pod)
    noted(cluster, run, struck, record_property)
    assert 0 < counted(graph, "MATCH (i:Invoice) RETURN count(i)") <= before


def test_a_postgres_that_restarts_loses_no_batch(
    cluster: Cluster, kept: Store, batch: Batch, record_property: Note
) -> None:
    """A step may fail whose events could not be kept; healing asks for the batch again."""
    restart = command_of("LEDGERGRAPH_TEST_RESTART_POSTGRES")
    cluster.start("healing")
    key = batch()
    run = cluster.intake(key)
    begun(cluster, run, "transcripts")
    struck = time.monotonic()
    done(restart)
    cluster.ended(run)
    cluster.until(lambda: kept.head("ledger_graph", key), 600, "the batch was given up")
    record_property(RECOVERED, f"{time.monotonic() - struck:.0f}")


def test_a_graph_that_restarts_during_a_load_is_waited_for(
    cluster: Cluster, batch: Batch, record_property: Note
) -> None:
    restart = command_of("LEDGERGRAPH_TEST_RESTART_NEO4J")
    run = cluster.intake(batch())
    begun(cluster, run, "validations")
    struck = time.monotonic()
    done(restart)
    noted(cluster, run, struck, record_property)


def test_a_kubelet_that_stops_for_two_minutes_ends_no_run(cluster: Cluster, batch: Batch) -> None:
    stop = command_of("LEDGERGRAPH_TEST_STOP_KUBELET")
    start = command_of("LEDGERGRAPH_TEST_START_KUBELET")
    run = cluster.intake(batch())
    begun(cluster, run, "documents")
    done(stop)
    try:
        time.sleep(120)
    finally:
        done(start)
    assert cluster.came_through(run).id == run


def test_an_image_that_cannot_be_pulled_fails_the_run_with_its_name(
    cluster: Cluster, batch: Batch
) -> None:
    key = batch()
    image = '{"container_config": {"image": "localhost/nowhere:1"}}'
    run = cluster.intake(key, **{"dagster-k8s/config": image, **ONCE})
    failed = cluster.ended(run)
    assert failed.status == "FAILURE"
    said = " ".join(cluster.messages(run))
    assert "localhost/nowhere:1" in said
    assert "ImagePull" in said
    cluster.came_through(cluster.intake(key))


def test_a_run_that_takes_too_much_memory_fails_and_says_so(cluster: Cluster, batch: Batch) -> None:
    key = batch()
    little = '{"container_config": {"resources": {"limits": {"memory": "200Mi"}}}}'
    run = cluster.intake(key, **{"dagster-k8s/config": little, **ONCE})
    failed = cluster.ended(run)
    assert failed.status == "FAILURE"
    assert "OOMKilled" in " ".join(cluster.messages(run))
    cluster.came_through(cluster.intake(key))


def test_a_gpu_that_no_node_has_fails_the_step_with_the_way_out(cluster: Cluster) -> None:
    label = "nvidia.com/gpu.present"
    nodes = [one.metadata.name for one in cluster.core.list_node(label_selector=label).items]
    for node in nodes:
        cluster.core.patch_node(node, {"metadata": {"labels": {label: None}}})
    try:
        run = cluster.ended(cluster.launch(ASSETS, ["gnn_search"]), 900)
    finally:
        for node in nodes:
            cluster.core.patch_node(node, {"metadata": {"labels": {label: "true"}}})
    assert run.status == "FAILURE"
    said = " ".join(cluster.messages(run.id))
    assert "No node takes it" in said
    assert "LEDGERGRAPH_GPU=off" in said
    assert cluster.running(run_id=run.id, op="gnn_search") == []


def test_no_pod_outlives_its_run(cluster: Cluster) -> None:
    cluster.start("stray_pods")
    cluster.until(lambda: not cluster.unended(), 300, f"{cluster.unended()} are left")


def test_nothing_was_lost(
    cluster: Cluster, kept: Store, graph: GraphResource, company: Path, undisturbed: Path,
    arrivals: list[list[Path]], alone: Command, tmp_path: Path,
) -> None:  # fmt: skip
    """Every batch is read and loaded, and all of it is what an undisturbed run makes."""
    waiting = set(kept.heads("validations")) - set(graph.stamps("ledger_graph"))
    for key in sorted(waiting):
        cluster.came_through(cluster.launch("intake", BATCH_ASSETS[-1:], tags={PARTITION: key}))
    cluster.came_through(cluster.launch("rebuild_ledger"), 900)

    shutil.copytree(undisturbed, tmp_path / "home")
    shutil.copytree(company / "inbox", tmp_path / "inbox")
    local, inbox = Store(str(tmp_path / "home" / "store")), Inbox(str(tmp_path / "inbox"))
    (tmp_path / "inbox" / "later").mkdir()
    for files in arrivals:
        for file in files:
            shutil.copy(file, tmp_path / "inbox" / "later")
        take_in(inbox, local, unseen(local, inbox.listing()), datetime.now(UTC), Limits())
    ran = alone("run", "--inbox", str(tmp_path / "inbox"), "--home", str(tmp_path / "home"))
    assert ran.returncode == 0, ran.stderr
    assert differing(kept, local) == []
    assert verify(kept) == []
    assert twice(graph) == []
