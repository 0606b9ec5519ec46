"""The embedded server: it ends with its owner, and its database survives any end."""

import os
import signal
import stat
import subprocess
import sys
import time

import pytest

from ledgergraph.errors import ServiceMissing
from resources.graph.connection import GraphResource
from resources.graph.embedded import EmbeddedGraph, down, server_in, up

OWNER = """
import sys, time
from pathlib import Path
from resources.graph.connection import GraphResource
from resources.graph.embedded import EmbeddedGraph
with EmbeddedGraph(Path(sys.argv[1]), memory="512m") as server:
    with GraphResource(root=sys.argv[1]).held() as held:
        held.set_stamp("parties", "_", "kept")
    print(server.pid, flush=True)
    time.sleep(600)
"""


def wait_until(condition, seconds=20):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "did not happen in time"
        time.sleep(0.05)


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def end(pid):
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: is_gone(pid))


@pytest.mark.slow
def test_a_server_ends_with_its_owner_and_opens_its_database_again(server_root):
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(server_root)], stdout=subprocess.PIPE
    )
    with owner, owner.stdout as said:
        pid = int(said.readline())
        assert not is_gone(pid)
        owner.kill()
    wait_until(lambda: server_in(server_root) is None)
    graph = GraphResource(root=str(server_root))

    server = up(server_root, memory="512m")
    assert up(server_root) == server, "one server a folder"
    assert graph.stamp("parties", "_") == "kept"
    with EmbeddedGraph(server_root) as same:
        assert same == server
    assert server_in(server_root) == server, "who did not start it does not stop it"

    end(server.pid)
    with pytest.raises(ServiceMissing):
        graph.stamp("parties", "_")
    again = up(server_root, memory="512m")
    assert graph.stamp("parties", "_") == "kept"
    assert again.password != server.password

    assert down(server_root)
    assert not down(server_root)
    wait_until(lambda: is_gone(again.pid))
    assert not (server_root / "server.json").exists()


def test_only_its_owner_can_read_the_password(embedded):
    state = os.path.join(embedded.root, "server.json")  # noqa: PTH118
    assert stat.S_IMODE(os.stat(state).st_mode) == 0o600  # noqa: PTH116


def test_a_server_that_cannot_start_names_its_log(tmp_path):
    with pytest.raises(ServiceMissing, match=r"server\.log"), EmbeddedGraph(tmp_path, memory="1x"):
        pass
