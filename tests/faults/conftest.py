"""Runs that are ended while they work, at moments that do not depend on the machine's speed."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SECONDS = 120
Start = Callable[..., "subprocess.Popen[str]"]


class Endings:
    """One home that runs are started on, and ended as soon as they have written a file."""

    def __init__(self, start: Start, inbox: Path, home: Path) -> None:
        self.start = start
        self.run = ("run", "--inbox", str(inbox), "--home", str(home))
        self.home = home

    def end(self, number: signal.Signals, point: str) -> tuple[int, str]:
        """End a run with a signal; returns its status and what it complained of.

        `point` is a pattern of files in the store. The run must not come to its
        end before, and its graph server must end with it.
        """
        with self.start(*self.run) as process:
            try:
                self._wait(point, process)
                process.send_signal(number)
                _, complained = process.communicate(timeout=SECONDS)
            finally:
                process.kill()
        assert self.is_server_gone(), f"The graph server outlives a run ended at {point}."
        return process.returncode, complained

    def _wait(self, point: str, process: "subprocess.Popen[str]") -> None:
        until = time.monotonic() + SECONDS
        while not any((self.home / "store").glob(point)):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until, f"{point} was never written"
            time.sleep(0.002)

    def is_server_gone(self) -> bool:
        """Whether no graph server of the home is left; stopping takes it a moment."""
        pattern = f"resources.graph.embedded {self.home}"
        until = time.monotonic() + 20
        while subprocess.run(["pgrep", "-f", pattern], capture_output=True, check=False).stdout:
            if time.monotonic() > until:
                return False
            time.sleep(0.1)
        return True


@pytest.fixture
def endings(start: Start, company: Path, tmp_path: Path) -> Iterator[Endings]:
    """Runs of the tiny company on an empty home.

    They heed SIGINT, also where these tests are started in the background by a shell, whose
    children do not.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield Endings(start, company / "inbox", tmp_path)
    signal.signal(signal.SIGINT, before)
