"""Fixtures that several areas share: real data, stores of each kind, a tiny company and its home.

What takes long to make is made once, also where several processes share the tests.
"""

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest
from filelock import FileLock
from hypothesis import settings

from resources.store import Store

settings.register_profile("any machine", deadline=None)  # a busy one is slow, and not wrong
settings.load_profile("any machine")

Start = Callable[..., "subprocess.Popen[str]"]
Command = Callable[..., "subprocess.CompletedProcess[str]"]
INVOICES = 200
PAPERS = 4
NOT_INHERITED = ("PYTHONDONTWRITEBYTECODE", "DAGSTER_HOME")
"""And nothing that starts with LEDGERGRAPH_: a test says what it sets."""


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


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Makes a folder unless it was made in this session: `once(name, make)`."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base

    def folder(name: str, make: Callable[[Path], None]) -> Path:
        place, done = shared / name, shared / f"{name}.done"
        with FileLock(shared / f"{name}.lock"):
            if not done.exists():
                place.mkdir()
                make(place)
                done.touch()
        return place

    return folder


@pytest.fixture(scope="session")
def inherited(once: Callable[..., Path]) -> Callable[[], dict[str, str]]:
    """The variables of this process that the processes of tests are started with.

    They are started often: what one compiles the others use, even where the
    environment wants no bytecode beside the sources.
    """
    compiled = {"PYTHONPYCACHEPREFIX": str(once("bytecode", lambda place: None))}

    def variables() -> dict[str, str]:
        return compiled | {
            name: value
            for name, value in os.environ.items()
            if name not in NOT_INHERITED and not name.startswith("LEDGERGRAPH_")
        }

    return variables


@pytest.fixture(scope="session")
def start(inherited: Callable[[], dict[str, str]]) -> Start:
    """The command line as a user types it, started and left running: `start("run", …)`."""
    executable = str(Path(sys.executable).parent / "ledgergraph")

    def start(*arguments: str, **variables: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [executable, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**inherited(), **variables},
        )

    return start


@pytest.fixture(scope="session")
def command(start: Start) -> Command:
    """The command line, run to its end: `command("query", "select 1")`."""

    def run(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        with start(*arguments, **variables) as process:
            try:
                said, complained = process.communicate(timeout=300)
            except BaseException:
                process.kill()
                raise
        return subprocess.CompletedProcess(arguments, process.returncode, said, complained)

    return run


@pytest.fixture
def called(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line as `command`, called in this process: for what asks and starts nothing."""
    from orchestration.cli import main

    def call(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        for name in os.environ:
            if name in NOT_INHERITED or name.startswith("LEDGERGRAPH_"):
                monkeypatch.delenv(name)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        capsys.readouterr()
        status = main(list(arguments))
        said = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, status, said.out, said.err)

    return call


@pytest.fixture(scope="session")
def company(once: Callable[..., Path]) -> Path:
    """A folder with `inbox` (books and papers of a tiny company) and `truth`."""

    from ledgergraph.corpora.company import make_company
    from ledgergraph.corpora.export import write_ledger

    def make(folder: Path) -> None:
        made = make_company(7, invoices=INVOICES, months=6)
        write_ledger(made, folder / "inbox", folder / "truth", papers=PAPERS)

    return once("company", make)


@pytest.fixture(scope="session")
def home(company: Path, command: Command, once: Callable[..., Path]) -> Path:
    """A home that the tiny company was run in once, undisturbed. Not to be changed."""

    def make(place: Path) -> None:
        done = command("run", "--inbox", str(company / "inbox"), "--home", str(place))
        assert done.returncode == 0, done.stderr

    return once("home", make)
