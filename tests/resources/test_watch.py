"""Work that never ends is ended, and says what to do."""

import subprocess
import sys
import textwrap
import time

from resources.watch import EXIT_CODE, bounded


def ended(inside: str) -> "subprocess.CompletedProcess[str]":
    """A process of its own that does something within a bound of a fifth of a second."""
    script = f"""
        import time
        from resources.watch import bounded
        with bounded("b1", 500, seconds=0.2):
            {inside}
        print("went on")
    """
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_work_that_never_ends_ends_its_process_with_a_sentence() -> None:
    found = ended("while True: pass")
    assert found.returncode == EXIT_CODE
    assert "Batch b1" in found.stderr
    assert "Run again" in found.stderr
    assert not found.stdout


def test_work_that_waits_for_others_is_left_alone() -> None:
    found = ended("time.sleep(0.8)")
    assert (found.returncode, found.stdout) == (0, "went on\n")


def test_nothing_is_watched_after_the_work() -> None:
    with bounded("b1", 1, seconds=0.05):
        pass
    start = time.process_time()
    while time.process_time() - start < 0.15:
        pass
