"""A run that is killed at any point leaves what the next run completes to the same state."""

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.policies import BATCH_ASSETS, CHAMPIONS, WHOLE_ASSETS
from resources.store import Store

POINTS = (
    "heads/duplicate_champion/*.json",  # nothing is taken in
    "blobs/sha256/*/*",  # taking in
    "heads/documents/*.json",
    "heads/extractions/*.json",
    "heads/ledger_graph/*.json",  # the head is there, the graph is being loaded
    "heads/parties/*.json",  # a derived set is on its way into the graph
    "heads/graph_snapshot/*.json",
    "heads/findings/*.json",
)


@pytest.mark.slow
def test_a_run_killed_again_and_again_is_completed_by_the_next(
    endings: Any, command: Callable[..., "subprocess.CompletedProcess[str]"], home: Path
) -> None:
    for point in POINTS:
        status, complained = endings.end(signal.SIGKILL, point)
        assert status == -signal.SIGKILL, (point, complained)
    done = command(*endings.run)
    assert done.returncode == 0, done.stderr

    undisturbed, killed = Store(str(home / "store")), Store(str(endings.home / "store"))
    for asset in (*CHAMPIONS, *BATCH_ASSETS, *WHOLE_ASSETS):
        assert killed.heads(asset) == undisturbed.heads(asset), asset
    assert (endings.home / "report.html").read_bytes() == (home / "report.html").read_bytes()
    assert command("verify", "--home", str(endings.home)).returncode == 0
    assert unended(endings.home) == []


def unended(home: Path) -> list[str]:
    """Dagster's runs that nobody ended: its queue would wait for them forever."""
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        runs = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
        return [run.run_id for run in runs]
