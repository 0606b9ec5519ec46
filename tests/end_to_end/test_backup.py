"""A home that is lost: what a backup gives back, on another place."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from ledgergraph.identity import sha256_of

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): sha256_of(path.read_bytes()) for path in files}


def runs_of(home: Path) -> set[str]:
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        return {run.run_id for run in instance.get_runs()}


@pytest.mark.slow
def test_a_home_is_restored_elsewhere_and_nothing_is_made_anew(
    home: Path, company: Path, called: Command, command: Command, tmp_path: Path
) -> None:
    place, other = str(tmp_path / "backups"), tmp_path / "other"
    done = called("backup", place, "--home", str(home), "--graph")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr

    done = called("restore", place, "--home", str(other), "--graph")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all as written" in done.stdout
    assert contents(other / "store") == contents(home / "store")
    assert runs_of(other) == runs_of(home)

    done = command("run", "--inbox", str(company / "inbox"), "--home", str(other))
    assert done.returncode == 0, done.stderr
    assert "reading batch" not in done.stderr  # the copy of the graph holds it
    assert contents(other / "store") == contents(home / "store")
    assert called("restore", place, "--home", str(other)).returncode == 1
