"""A small company in an inbox, and homes that were run on it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ledgergraph.corpora.company import make_company
from ledgergraph.corpora.export import write_ledger

INVOICES = 250
PAPERS = 6


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `inbox` (books and papers of a tiny company) and `truth`."""
    folder = tmp_path_factory.mktemp("company")
    made = make_company(7, invoices=INVOICES, months=12)
    write_ledger(made, folder / "inbox", folder / "truth", papers=PAPERS)
    return folder


def ledgergraph(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command, as a user types it."""
    import os

    command = Path(sys.executable).parent / "ledgergraph"
    return subprocess.run(
        [command, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="session")
def command() -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command line, run as a process of its own."""
    return ledgergraph


@pytest.fixture(scope="session")
def home(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that the tiny company was run in once."""
    home = tmp_path_factory.mktemp("home")
    done = ledgergraph("run", "--inbox", str(company / "inbox"), "--home", str(home))
    assert done.returncode == 0, done.stderr
    return home
