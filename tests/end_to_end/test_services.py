"""The same ledger on other services: object storage, Neo4j. What differs is the URL."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from assets.policies import BATCH_ASSETS
from resources.inbox import Inbox
from resources.intake import unseen, waiting
from resources.store import Store
from resources.verification import verify
from tests.stores import differing

NEO4J = "LEDGERGRAPH_TEST_NEO4J"
Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.mark.slow
def test_a_bucket_holds_what_a_folder_holds(
    s3_url: str, company: Path, home: Path, command: Command, tmp_path: Path
) -> None:
    import s3fs

    inbox, store = f"{s3_url}/run/inbox", f"{s3_url}/run/store"
    s3fs.S3FileSystem().put(f"{company}/inbox/", f"{inbox}/", recursive=True)
    places = {"LEDGERGRAPH_STORE": store, "LEDGERGRAPH_INBOX": inbox}

    done = command("run", "--home", str(tmp_path), **places)
    assert done.returncode == 0, done.stderr
    assert differing(Store(store), Store(str(home / "store"))) == []
    assert verify(Store(store)) == []
    assert (tmp_path / "report.html").read_bytes() == (home / "report.html").read_bytes()

    asked = command(
        "query",
        "select count(*) n from invoice_scores join invoices using (invoice_id)",
        "--format", "json",
        LEDGERGRAPH_HOME=str(tmp_path),
        **places,
    )  # fmt: skip
    assert asked.returncode == 0, asked.stderr
    assert json.loads(asked.stdout)[0]["n"] > 0

    # A second run would find nothing to do.
    assert unseen(Store(store), Inbox(inbox).listing()) == {}
    assert list(waiting(Store(store), BATCH_ASSETS)) == []


@pytest.mark.slow
@pytest.mark.service
def test_neo4j_gives_what_the_embedded_graph_gives(
    company: Path, home: Path, command: Command, tmp_path: Path
) -> None:
    import neo4j

    url = os.environ.get(NEO4J)
    if not url:
        pytest.skip(f"{NEO4J} names no Neo4j")
    with neo4j.GraphDatabase.driver(url) as driver:
        driver.execute_query("MATCH (n) DETACH DELETE n")
    run = ("run", "--inbox", str(company / "inbox"), "--home", str(tmp_path))
    for _ in range(2):
        done = command(*run, LEDGERGRAPH_GRAPH=url)
        assert done.returncode == 0, done.stderr
        assert differing(Store(str(tmp_path / "store")), Store(str(home / "store"))) == []
    assert not (tmp_path / "graph").exists()

    with neo4j.GraphDatabase.driver(url) as driver:
        driver.execute_query("MATCH (n) DETACH DELETE n")
