"""The end of work that never ends: a document that keeps its reader for ever stops no ledger.

Belongs here: ending this process when a batch takes more CPU time than its documents could.
Not here: what follows. The run has failed, as after any death of its process, and the next one
tries each document in a process of its own first (`sensors.healing`), where the one to blame
becomes a rejection. Libraries in C hear no exception, so nothing less would stop them.
"""

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS, SECONDS_A_DOCUMENT = 300.0, 10.0
"""CPU time of this process that a batch may take, and each of its documents; engines and what
they recognise have processes and limits of their own."""
LOOK = 1.0
"""Seconds between two looks."""
EXIT_CODE = 70
"""EX_SOFTWARE of sysexits.h."""


@contextmanager
def bounded(batch: str, documents: int, seconds: float | None = None) -> Iterator[None]:
    """End this process when what is inside takes more CPU time than so many documents may."""
    most = SECONDS + SECONDS_A_DOCUMENT * documents if seconds is None else seconds
    start = time.process_time()
    is_done = threading.Event()

    def watch() -> None:
        while not is_done.wait(min(LOOK, most)):
            if time.process_time() - start > most:
                _give_up(batch, most)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_done.set()
        thread.join()


def _give_up(batch: str, most: float) -> None:
    sys.stderr.write(
        f"Batch {batch} took more than {most:,.0f} s of CPU time: one of its documents keeps its "
        "reader for ever. This process ends. Run again (the daemon does): each document is then "
        "tried in a process of its own first, and the one to blame becomes a rejection.\n"
    )
    sys.stderr.flush()
    os._exit(EXIT_CODE)
