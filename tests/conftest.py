"""Fixtures that several areas share: where real data lies, and stores of each kind."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from resources.store import Store


@pytest.fixture(scope="session")
def public_data() -> Path:
    """The folder of real documents; the test is skipped without it."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("LEDGERGRAPH_PUBLIC_DATA") or beside)
    if not folder.is_dir():
        pytest.skip("LEDGERGRAPH_PUBLIC_DATA names no folder of real documents")
    return folder


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """A bucket on an S3 server that lives as long as the tests."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    settings = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    import s3fs

    s3fs.S3FileSystem().mkdir("ledger")
    yield "s3://ledger"
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value
    server.stop()


@pytest.fixture(params=["folder", "memory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store of each kind: every one must behave the same."""
    if request.param == "folder":
        return Store(str(tmp_path / "store"))
    if request.param == "memory":
        return Store(f"memory://{uuid.uuid4().hex}")
    return Store(f"{request.getfixturevalue('s3_url')}/{uuid.uuid4().hex}")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """A Dagster instance of its own, gone after the test."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance
