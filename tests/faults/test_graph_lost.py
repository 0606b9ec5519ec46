"""The graph can always be made again from the store."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ledgergraph.identity import sha256_of
from resources.graph.connection import GraphResource
from resources.graph.embedded import EmbeddedGraph
from resources.store import Store

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def copy(home: Path, tmp_path: Path) -> Path:
    """A copy of the tiny company's home."""
    return Path(shutil.copytree(home, tmp_path / "copy"))


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): sha256_of(path.read_bytes()) for path in files}


@pytest.mark.slow
def test_a_deleted_graph_is_loaded_again_and_nothing_is_read_again(
    copy: Path, company: Path, command: Command
) -> None:
    before = contents(copy / "store")
    shutil.rmtree(copy / "graph")
    done = command("run", "--inbox", str(company / "inbox"), "--home", str(copy))
    assert done.returncode == 0, done.stderr
    assert contents(copy / "store") == before
    store = Store(str(copy / "store"))
    with EmbeddedGraph(copy / "graph"):
        graph = GraphResource(root=str(copy / "graph"))
        for asset in ("ledger_graph", "parties", "bookings", "duplicates"):
            named = {key: head.version for key, head in store.heads(asset).items()}
            assert graph.stamps(asset) == named
