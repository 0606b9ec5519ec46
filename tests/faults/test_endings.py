"""A run that is ended at any point leaves what the next run completes to the same state.

Killed, it can do nothing more; asked to stop, it does so soon, says how to go on,
and leaves nothing running.
"""

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.policies import BATCH_ASSETS, CHAMPIONS, WHOLE_ASSETS
from resources.store import Store

POINTS = {
    "heads/duplicate_champion/*.json": signal.SIGKILL,  # nothing is taken in
    "blobs/sha256/*/*": signal.SIGINT,  # taking in
    "heads/documents/*.json": signal.SIGKILL,
    "heads/transcripts/*.json": signal.SIGTERM,
    "heads/ledger_graph/*.json": signal.SIGKILL,  # the head is there, the graph is being loaded
    "heads/parties/*.json": signal.SIGKILL,  # a derived set is on its way into the graph
    "heads/graph_snapshot/*.json": signal.SIGINT,
    "heads/findings/*.json": signal.SIGKILL,
}
"""What a run has just written, in the order of a run, and the signal that ends it there."""
STOPPED = "ledgergraph run: stopped. Run it again to go on.\n"


@pytest.mark.slow
def test_a_run_ended_again_and_again_is_completed_by_the_next(
    endings: Any, command: Callable[..., "subprocess.CompletedProcess[str]"], home: Path
) -> None:
    for point, number in POINTS.items():
        status, complained = endings.end(number, point)
        if number == signal.SIGKILL:
            assert status == -number, (point, complained)
        else:
            assert status == 130, (point, complained)
            assert "Traceback" not in complained
            assert complained.endswith(STOPPED)
    done = command(*endings.run)
    assert done.returncode == 0, done.stderr

    undisturbed, ended = Store(str(home / "store")), Store(str(endings.home / "store"))
    for asset in (*CHAMPIONS, *BATCH_ASSETS, *WHOLE_ASSETS):
        assert ended.heads(asset) == undisturbed.heads(asset), asset
    assert (endings.home / "report.html").read_bytes() == (home / "report.html").read_bytes()
    assert command("verify", "--home", str(endings.home)).returncode == 0
    assert unended(endings.home) == []


def unended(home: Path) -> list[str]:
    """Dagster's runs that nobody ended: its queue would wait for them forever."""
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        runs = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
        return [run.run_id for run in runs]
