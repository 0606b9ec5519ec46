"""Services that refuse and connections that are cut: nothing is lost, and the run goes on."""

import os
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import neo4j
import pytest
from wires import Wire, wire

from resources.store import Store
from resources.verification import verify
from tests.stores import differing

NEO4J = "LEDGERGRAPH_TEST_NEO4J"
Command = Callable[..., "subprocess.CompletedProcess[str]"]
Start = Callable[..., "subprocess.Popen[str]"]
SECONDS_AWAY = 12


@pytest.mark.slow
def test_an_s3_that_refuses_and_cuts_connections_loses_nothing(
    s3_url: str, company: Path, home: Path, command: Command, tmp_path: Path
) -> None:
    import s3fs

    inbox, store = f"{s3_url}/wires/inbox", f"{s3_url}/wires/store"
    s3fs.S3FileSystem().put(f"{company}/inbox/", f"{inbox}/", recursive=True)
    with wire(os.environ["AWS_ENDPOINT_URL"], refuse_every=7, cut_every=11) as spoiled:
        done = command(
            "run", "--home", str(tmp_path),
            LEDGERGRAPH_STORE=store, LEDGERGRAPH_INBOX=inbox,
            AWS_ENDPOINT_URL=f"http://127.0.0.1:{spoiled.port}",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert spoiled.refused > 50
        assert spoiled.cut > 20
    assert differing(Store(store), Store(str(home / "store"))) == []
    assert verify(Store(store)) == []


@pytest.mark.service
@pytest.mark.slow
def test_a_graph_that_restarts_during_a_load_loses_nothing(
    company: Path, home: Path, start: Start, tmp_path: Path
) -> None:
    url = os.environ.get(NEO4J)
    if not url:
        pytest.skip(f"{NEO4J} not set")
    with neo4j.GraphDatabase.driver(url) as driver:
        driver.execute_query("MATCH (n) DETACH DELETE n")
        with wire(url) as between:
            process = start(
                "run", "--inbox", str(company / "inbox"), "--home", str(tmp_path),
                LEDGERGRAPH_GRAPH=f"bolt://127.0.0.1:{between.port}",
            )  # fmt: skip
            threading.Thread(target=away, args=(between, driver), daemon=True).start()
            with process:
                _, complained = process.communicate(timeout=300)
        assert process.returncode == 0, complained
        assert differing(Store(str(tmp_path / "store")), Store(str(home / "store"))) == []


def away(between: Wire, driver: neo4j.Driver) -> None:
    """Cut the wire as soon as the graph holds something, for some seconds."""
    while not driver.execute_query("MATCH (n) RETURN count(n)").records[0][0]:
        time.sleep(0.05)
    between.down()
    time.sleep(SECONDS_AWAY)
    between.up()
