"""Time and memory: of work in this process, and of a command with all its children.

Peaks are read from /proc, which only Linux has; elsewhere they are null.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
LEDGERGRAPH = str(Path(sys.executable).parent / "ledgergraph")
MEBIBYTE = 1024.0  # kibibytes, as /proc counts


@dataclass(frozen=True)
class Took:
    """How long some work took: seconds by the clock, and of one core."""

    wall: float
    cpu: float


def timed(work: Callable[[], T]) -> tuple[T, Took]:
    """What some work gives, and how long it took in this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, Took(time.perf_counter() - wall, time.process_time() - cpu)


def per_pass(work: Callable[[], object], seconds: float = 1.5) -> float:
    """CPU seconds of the quickest of several passes, after one that warms up."""
    work()
    best, spent = float("inf"), 0.0
    while spent < seconds:
        _, took = timed(work)
        best, spent = min(best, took.cpu), spent + took.cpu
    return best


@dataclass(frozen=True)
class Ran:
    """A command that has ended: its output, time, and peaks of memory in MiB.

    `cpu` counts its children, `peak` is that of the process alone, `peak_children`
    of its largest child, `peak_together` the most that all held at one moment
    (looked at ten times a second).
    """

    output: str
    wall: float
    cpu: float
    peak: float | None
    peak_children: float | None
    peak_together: float | None


COMPILED = tempfile.TemporaryDirectory(prefix="bytecode-")
"""Where commands keep Python's bytecode: what one compiles the others use, as in daily life."""


def ran(command: Sequence[str], compiled: str = COMPILED.name) -> Ran:
    """Run a command from the root of the project. Raises RuntimeError with its stderr if it fails.

    It inherits no setting of Ledgergraph. `compiled` is the folder of Python's
    bytecode. No other child of this process may run meanwhile: its time would count.
    """
    peaks: dict[int, float] = {}
    together = 0.0
    before, start = _children_cpu(), time.perf_counter()
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as complained:
        child = subprocess.Popen(
            command, cwd=ROOT, stdout=said, stderr=complained, env=_variables(compiled)
        )
        try:
            while child.poll() is None:
                held = 0.0
                for pid in _tree(child.pid):
                    now, peak = memory_of(pid)
                    held += now
                    peaks[pid] = max(peak, peaks.get(pid, 0.0))
                together = max(together, held)
                time.sleep(0.1 if time.perf_counter() - start > 10 else 0.02)
        finally:
            if child.returncode is None:
                child.terminate()
                child.wait()
        wall = time.perf_counter() - start
        said.seek(0)
        complained.seek(0)
        if child.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{complained.read()[-3000:]}")
        own = peaks.pop(child.pid, None)
        return Ran(
            said.read(), wall, _children_cpu() - before, own, max(peaks.values(), default=None),
            together or None,
        )  # fmt: skip


def _variables(compiled: str) -> dict[str, str]:
    dropped = ("PYTHONDONTWRITEBYTECODE", "DAGSTER_HOME")
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in dropped and not name.startswith("LEDGERGRAPH_")
    }
    return {**kept, "PYTHONPYCACHEPREFIX": compiled}


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _tree(pid: int) -> Iterator[int]:
    """A process and those that it started, as far as they live."""
    yield pid
    for child in _children(pid):
        yield from _tree(child)


def _children(pid: int) -> list[int]:
    try:
        threads = [one / "children" for one in Path(f"/proc/{pid}/task").iterdir()]
        return [int(child) for one in threads for child in one.read_text().split()]
    except OSError:  # it ended meanwhile, or this system has no /proc
        return []


def memory_of(pid: int) -> tuple[float, float]:
    """Resident memory of a process now and at its peak, in MiB; 0 if it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0, 0.0
    facts = {line.partition(":")[0]: line.split()[1] for line in lines if line.startswith("Vm")}
    return int(facts.get("VmRSS", 0)) / MEBIBYTE, int(facts.get("VmHWM", 0)) / MEBIBYTE


def cpu_of(pid: int) -> float:
    """CPU seconds of a running process so far; NaN where they are not told."""
    try:
        facts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(facts[11]) + int(facts[12])) / os.sysconf("SC_CLK_TCK")


def cpu_of_tree(pid: int) -> float:
    """CPU seconds so far of a process and of all that it started, alive or waited for."""
    ticks = 0
    for one in _tree(pid):
        try:
            facts = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(int(fact) for fact in facts[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def left_behind(word: str) -> int:
    """How many processes still name something in their command line."""
    found = 0
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += word.encode() in path.read_bytes()
        except OSError:
            continue
    return found
