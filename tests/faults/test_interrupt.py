"""A run that is asked to stop does so soon, says how to go on, and leaves nothing running."""

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assets.policies import BATCH_ASSETS, WHOLE_ASSETS
from resources.store import Store

POINTS = {
    "blobs/sha256/*/*": signal.SIGINT,
    "heads/transcripts/*.json": signal.SIGTERM,
    "heads/ledger_graph/*.json": signal.SIGINT,
    "heads/invoice_scores/*.json": signal.SIGTERM,
}


@pytest.mark.slow
def test_a_run_stopped_again_and_again_is_completed_by_the_next(
    endings: Any, command: Callable[..., "subprocess.CompletedProcess[str]"], home: Path
) -> None:
    for point, number in POINTS.items():
        status, complained = endings.end(number, point)
        assert status == 130, (point, complained)
        assert "Traceback" not in complained
        assert complained.endswith("ledgergraph run: stopped. Run it again to go on.\n")
    done = command(*endings.run)
    assert done.returncode == 0, done.stderr
    undisturbed, stopped = Store(str(home / "store")), Store(str(endings.home / "store"))
    for asset in (*BATCH_ASSETS, *WHOLE_ASSETS):
        assert stopped.heads(asset) == undisturbed.heads(asset), asset
    assert command("verify", "--home", str(endings.home)).returncode == 0
