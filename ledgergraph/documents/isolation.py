"""Reading a document in a process of its own, so that what kills or stops it stops nothing else.

Libraries in C read what strangers send; one file may end the process or keep it
for ever. Belongs here: calling a function apart from this process, with limits on
time and memory. It costs a process, so it is what a second try does and not the
first. Not here: who decides on a second try (`sensors.healing`).
"""

import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from ledgergraph.errors import BadInput, LedgerError

T = TypeVar("T")
SECONDS = 300.0
"""Most CPU time that one document may take: the same on a busy machine as on an idle one."""
PATIENCE = 5
"""Times as long may pass on the clock: a process that only waits uses no CPU time."""
BYTES = 4 * 2**30
"""Most memory that the process may ask for."""
MOST_SAID = 200
"""Characters of an error that a sentence repeats."""
REMEDY = "Send it in another form: print it to a new PDF, or export it again."


class Apart:
    """Calls functions in another process: `with Apart() as apart: apart(transcribe, …)`.

    Functions and values must be picklable. The process is started when it is
    needed and again after it ended. A call has `seconds` of CPU time.
    """

    def __init__(self, seconds: float = SECONDS, memory_bytes: int = BYTES) -> None:
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._worker: tuple[multiprocessing.process.BaseProcess, Connection] | None = None

    def __call__(self, function: Callable[..., T], *values: Any) -> T:
        """What the function gives for some values.

        Raises BadInput as the function does; `too_slow` if it takes longer than
        the limit, `too_hungry` if it runs out of memory, `crashed` if its process ends,
        `failed` if an error of the code does. RuntimeError with the words of any other
        LedgerError: a service that is away says nothing of a document.
        """
        process, pipe = self._worker = self._worker or self._started()
        # The kernel counts its CPU time; the clock ends one that waits, and any talk with it.
        is_late = threading.Event()

        def end() -> None:
            is_late.set()
            process.kill()

        clock = threading.Timer(PATIENCE * self._seconds, end)
        clock.daemon = True
        clock.start()
        try:
            pipe.send((function, values))
            outcome, said = pipe.recv()
        except (EOFError, OSError):
            process.join()
            code = process.exitcode
            self.end()
            if is_late.is_set() or code == -signal.SIGPROF:
                sentence = f"Reading it took longer than {self._seconds:g} s. {REMEDY}"
                raise BadInput("too_slow", sentence) from None
            raise BadInput(
                "crashed", f"Reading it ended the process that did (exit code {code}). {REMEDY}"
            ) from None
        finally:
            clock.cancel()
        if outcome == "rejected":
            raise BadInput(*said)
        if outcome == "unable":
            raise RuntimeError(said)
        result: T = said
        return result

    def __enter__(self) -> "Apart":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def _started(self) -> tuple[multiprocessing.process.BaseProcess, Connection]:
        context = multiprocessing.get_context("spawn")  # a fork would share locks of libraries
        ours, theirs = context.Pipe()
        limits = theirs, self._seconds, self._memory_bytes
        process = context.Process(target=_serve, args=limits, daemon=True)
        process.start()
        theirs.close()
        return process, ours

    def end(self) -> None:
        """End the process; another thread that waits for it is told that it crashed."""
        worker, self._worker = self._worker, None
        if worker is not None:
            process, pipe = worker
            process.kill()
            process.join()
            pipe.close()


def _serve(pipe: Connection, seconds: float, memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    _end_with_parent()
    while True:
        try:
            function, values = pipe.recv()
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_PROF, seconds)  # ends this process when it runs out
        outcome = _outcome(function, values)
        signal.setitimer(signal.ITIMER_PROF, 0)
        pipe.send(outcome)


def _end_with_parent() -> None:
    """Let this process end when the one that started it is gone, whatever ended that.

    An interrupt at the terminal reaches all processes: what follows is for the parent to say.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _outcome(function: Callable[..., Any], values: tuple[Any, ...]) -> tuple[str, Any]:
    try:
        return "done", function(*values)
    except BadInput as error:
        return "rejected", (error.reason, error.sentence)
    except MemoryError:
        return "rejected", ("too_hungry", f"Reading it takes more memory than is allowed. {REMEDY}")
    except LedgerError as error:
        return "unable", f"{type(error).__name__}: {error}"
    except Exception as error:  # noqa: BLE001 - told to the caller, who raises it
        said = f"{type(error).__name__}: {error}"[:MOST_SAID]
        return "rejected", (
            "failed",
            f"Reading it failed ({said}): a fault of the program, not of the file. Report it "
            "with this sentence, and keep the file: a version that reads it will try again.",
        )
