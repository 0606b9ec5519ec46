"""A wrong setting or a missing service is one line that names it and says what to do."""

import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.cli import main

Command = Callable[..., "subprocess.CompletedProcess[str]"]
Say = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """The verb `run` on an empty inbox with some variables: its status and what it complains of."""
    (tmp_path / "inbox").mkdir()

    def say(*arguments: str, **variables: str) -> tuple[int, str]:
        monkeypatch.setenv("LEDGERGRAPH_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("LEDGERGRAPH_INBOX", str(tmp_path / "inbox"))
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        status = main(["run", *arguments])
        return status, capsys.readouterr().err

    return say


def a_closed_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@pytest.mark.parametrize(
    ("variable", "value", "remedy"),
    [
        ("LEDGERGRAPH_ENV", "cloud", "local or k8s"),
        ("LEDGERGRAPH_GRAPH", "http://localhost:7474", "bolt://"),
        ("LEDGERGRAPH_LEDGER", "  ", "the company's name"),
        ("LEDGERGRAPH_INBOX", "/nowhere/at/all", "Create it first"),
        ("LEDGERGRAPH_INBOX", "carrier-pigeon://roof", "Name a folder or an s3:// URL"),
        ("LEDGERGRAPH_STORE", "carrier-pigeon://roof", "Name a folder or an s3:// URL"),
    ],
)
def test_a_wrong_setting_is_named_with_its_remedy(
    variable: str, value: str, remedy: str, run: Say
) -> None:
    status, complaint = run(**{variable: value})
    assert status == 1
    assert complaint.startswith(f"ledgergraph run: {variable}: ")
    assert remedy in complaint
    assert complaint.count("\n") == 1


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_a_graph_that_does_not_answer_is_named_with_what_to_start(scheme: str, run: Say) -> None:
    url = f"{scheme}://127.0.0.1:{a_closed_port()}"
    status, complaint = run(LEDGERGRAPH_GRAPH=url)
    assert status == 1
    assert complaint.startswith(f"ledgergraph run: {url} does not answer. ")
    assert "Start Neo4j there, or unset LEDGERGRAPH_GRAPH" in complaint
    assert complaint.count("\n") == 1


def test_an_s3_that_does_not_answer_is_named(command: Command, tmp_path: Path) -> None:
    endpoint = f"http://127.0.0.1:{a_closed_port()}"
    done = command(
        "run",
        LEDGERGRAPH_HOME=str(tmp_path),
        LEDGERGRAPH_INBOX="s3://some-bucket/inbox",
        AWS_ENDPOINT_URL=endpoint,
        AWS_ACCESS_KEY_ID="x",
        AWS_SECRET_ACCESS_KEY="x",
        AWS_MAX_ATTEMPTS="1",
    )
    assert done.returncode == 1
    assert done.stderr.startswith("ledgergraph run: s3://some-bucket/inbox does not answer. ")
    assert endpoint in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_bucket_that_does_not_exist_names_the_variable(
    command: Command, s3_url: str, tmp_path: Path
) -> None:
    (tmp_path / "inbox").mkdir()
    done = command("run", "--home", str(tmp_path), LEDGERGRAPH_STORE="s3://no-such-bucket/store")
    assert done.returncode == 1
    assert done.stderr.startswith("ledgergraph run: LEDGERGRAPH_STORE: s3://no-such-bucket")
    assert "Create the bucket" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_home_inside_the_inbox_is_refused(run: Say, tmp_path: Path) -> None:
    status, complaint = run("--inbox", str(tmp_path), "--home", str(tmp_path / "home"))
    assert status == 1
    assert "LEDGERGRAPH_HOME" in complaint
    assert not (tmp_path / "home").exists()


def test_a_home_that_cannot_be_made_is_one_line(run: Say, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    status, complaint = run("--home", str(tmp_path / "file" / "home"))
    assert status == 1
    assert str(tmp_path / "file") in complaint
    assert complaint.count("\n") == 1


def test_a_misspelt_verb_shows_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["rum"])
    assert ended.value.code == 2
    assert "run" in capsys.readouterr().err
