"""How a process of the command line ends."""

import subprocess
import sys
from pathlib import Path

NATIVE = """
import os, sys
from orchestration.cli import {entry}

class Thread:
    __del__ = os.abort  # as a native one does that is there when its library is taken down

there = Thread()
sys.argv = ["ledgergraph", "query", "select 1", "--home", {home!r}]
sys.exit({entry}())
"""


def test_what_native_libraries_leave_behind_does_not_change_the_status(tmp_path: Path) -> None:
    def ended(entry: str) -> "subprocess.CompletedProcess[str]":
        code = NATIVE.format(entry=entry, home=str(tmp_path / "nothing"))
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert ended("main").returncode < 0
    done = ended("command")
    assert (done.returncode, done.stdout) == (0, "1\n1\n")
