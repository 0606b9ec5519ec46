"""A Kubernetes cluster that variables name, and one installation on it for all these tests.

    LEDGERGRAPH_TEST_KUBECONFIG  of a cluster whose nodes hold the image
    LEDGERGRAPH_TEST_IMAGE       its name (deploy/Dockerfile, target networks)
    LEDGERGRAPH_TEST_POSTGRES    postgresql+psycopg2://…/database, in which databases may be made
    LEDGERGRAPH_TEST_NEO4J       bolt://…, whose graph may be emptied
    AWS_ENDPOINT_URL             of an S3 server, with its credentials beside

Pods reach each of them under the same address as this machine does.
"""

import os
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
import s3fs
from clusters import Cluster, Services, installed

from ledgergraph.documents.limits import Limits
from resources.graph.connection import GraphResource
from resources.inbox import Inbox
from resources.intake import take_in, unseen
from resources.store import Store

Command = Callable[..., "subprocess.CompletedProcess[str]"]
Batch = Callable[..., str]
Installation = Callable[[Path], AbstractContextManager[Cluster]]
NEEDED = (
    "LEDGERGRAPH_TEST_KUBECONFIG",
    "LEDGERGRAPH_TEST_IMAGE",
    "LEDGERGRAPH_TEST_POSTGRES",
    "LEDGERGRAPH_TEST_NEO4J",
    "AWS_ENDPOINT_URL",
)
CREDENTIALS = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
BUCKET = "ledgergraph-tests"


@pytest.fixture(scope="session")
def cluster(company: Path, installation: Installation) -> Iterator[Cluster]:
    """Ledgergraph as users have it on a cluster, with the tiny company's files in its inbox."""
    with installation(company / "inbox") as here:
        yield here


@pytest.fixture(scope="session")
def installation(graph_of_tests: str) -> Installation:
    """Installs Ledgergraph, with a copy of an inbox and an emptied graph, for a block."""

    @contextmanager
    def made(inbox: Path) -> Iterator[Cluster]:
        from kubernetes import config

        api = config.new_client_from_config(os.environ["LEDGERGRAPH_TEST_KUBECONFIG"])
        with own_services(graph_of_tests) as services:
            s3fs.S3FileSystem().put(f"{inbox}/", f"{services.bucket}/inbox/", recursive=True)
            name = services.postgres.rpartition("/")[2].replace("_", "-")
            with installed(api, name, services) as here:
                yield here

    return made


@contextmanager
def own_services(graph: str) -> Iterator[Services]:
    """A database, a place in a bucket and an emptied graph, until the end of the block."""
    emptied(graph)
    name = f"ledgergraph_{uuid.uuid4().hex[:8]}"
    url = os.environ["LEDGERGRAPH_TEST_POSTGRES"]
    server, _, _ = url.rpartition("/")
    told(url, f"create database {name}")
    files = s3fs.S3FileSystem()
    if not files.exists(BUCKET):
        files.mkdir(BUCKET)
    variables = {one: os.environ[one] for one in CREDENTIALS}
    try:
        yield Services(
            image=os.environ["LEDGERGRAPH_TEST_IMAGE"],
            postgres=f"{server}/{name}",
            graph=graph,
            bucket=f"s3://{BUCKET}/{name}",
            variables={**variables, "AWS_DEFAULT_REGION": "us-east-1"},
        )
    finally:
        told(url, f"drop database {name} with (force)")
        if files.exists(f"{BUCKET}/{name}"):
            files.rm(f"{BUCKET}/{name}", recursive=True)


@pytest.fixture(scope="session")
def graph_of_tests() -> str:
    """The URL of a graph that may be emptied; the tests are skipped where a variable is not set."""
    if lacking := [name for name in NEEDED if not os.environ.get(name)]:
        pytest.skip(f"{', '.join(lacking)} not set: see tests/cluster/conftest.py")
    return os.environ["LEDGERGRAPH_TEST_NEO4J"]


def told(url: str, statement: str) -> None:
    """Execute a statement of Postgres, which tests restart."""
    import psycopg2

    with closing(psycopg2.connect(url.replace("+psycopg2", ""))) as connection:
        connection.autocommit = True
        connection.cursor().execute(statement)


def emptied(url: str) -> None:
    """Remove everything from a graph database."""
    import neo4j

    with neo4j.GraphDatabase.driver(url) as driver:
        driver.execute_query("MATCH (n) DETACH DELETE n")


@pytest.fixture(scope="session")
def alone(command: Command, tmp_path_factory: pytest.TempPathFactory) -> Command:
    """`command` where Tesseract is not found, which the image does not have for second looks."""
    programs = tmp_path_factory.mktemp("programs")
    for folder in reversed(os.get_exec_path()):
        for program in Path(folder).glob("*"):
            if program.name != "tesseract":
                (programs / program.name).unlink(missing_ok=True)
                (programs / program.name).symlink_to(program)
    return partial(command, PATH=str(programs))


@pytest.fixture(scope="session")
def undisturbed(company: Path, alone: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home that the same files were run in, in one process."""
    place = tmp_path_factory.mktemp("undisturbed")
    done = alone("run", "--inbox", str(company / "inbox"), "--home", str(place))
    assert done.returncode == 0, done.stderr
    return place


@pytest.fixture(scope="session")
def kept(cluster: Cluster) -> Store:
    """The store of the installation, as this machine sees it."""
    return Store(f"{cluster.services.bucket}/store")


@pytest.fixture(scope="session")
def graph(cluster: Cluster) -> GraphResource:
    """The graph of the installation, as this machine sees it."""
    return GraphResource(url=cluster.services.graph, root="")


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Papers of another company."""
    from ledgergraph.corpora.company import make_company
    from ledgergraph.corpora.export import write_ledger

    folder = tmp_path_factory.mktemp("papers")
    made = make_company(8, invoices=200, months=6)
    write_ledger(made, folder / "inbox", folder / "truth", papers=60)
    return sorted(path for path in (folder / "inbox" / "papers").rglob("*") if path.is_file())


@pytest.fixture(scope="session")
def arrivals() -> list[list[Path]]:
    """The papers of each batch in the order in which they arrived."""
    return []


@pytest.fixture(scope="session")
def batch(
    cluster: Cluster, kept: Store, papers: list[Path], arrivals: list[list[Path]]
) -> Callable[..., str]:
    """Takes in the next papers; returns the key of their batch."""
    cluster.stop("inbox")  # which would take them in as well

    def taken(count: int = 3) -> str:
        first = sum(map(len, arrivals))
        files = papers[first : first + count]
        assert len(files) == count, "more papers are needed"
        arrivals.append(files)
        inbox = f"{cluster.services.bucket}/inbox"
        for file in files:
            s3fs.S3FileSystem().put_file(str(file), f"{inbox}/later/{file.name}")
        door = Inbox(inbox)
        fresh = unseen(kept, door.listing())
        [key] = take_in(door, kept, fresh, datetime.now(UTC), Limits()).batches
        cluster.add_partition("intake_batches", key)
        return key

    return taken
