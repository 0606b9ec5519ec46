"""What caches, batches and processes gain where pictures are recognised, and the memory they need.

Not here: what was tried and not done (8-bit integers, lines together, other runtimes), which
docs/decisions/0016 tells with its figures.
"""

import os
import resource
from collections.abc import Callable, Sequence
from typing import Any

from ledgers import public_data
from ocr_quality import RECEIPTS, _own_loop, _shown
from sections import PERFORMANCE, Section, skipped
from stopwatch import timed

from ledgergraph.extractions.engines import Picture, engine_named
from ledgergraph.extractions.engines.pool import recogniser

TITLE = "What caches, our loop and processes gain"


def gains() -> list[Section]:
    """CPU and wall seconds a receipt: as the package comes, by our loop, shared, and recalled."""
    folder = public_data()
    scans = folder.parent / "sroie" / "train" / "img" if folder else None
    if scans is None or not scans.is_dir():
        return skipped(PERFORMANCE, TITLE)
    pictures = [_shown(path) for path in sorted(scans.iterdir())[:RECEIPTS]]
    engine = engine_named("rapidocr")
    cache: dict[str, bytes] = {}

    def pool(processes: int) -> list[Any]:
        with recogniser(engine, processes, cache.get, cache.__setitem__) as opened:
            return list(opened.sights(pictures))

    def alone() -> list[Any]:
        return [engine.recognise(one) for one in pictures]

    _own_loop(pictures[:1])
    engine.recognise(pictures[0])  # both have loaded their models
    rows = [_row("RapidOCR's own loop, one process", lambda: _own_loop(pictures), pictures)]
    rows.append(_row("our loop, one process", alone, pictures))
    rows.append(_row("our loop, two processes with their start", lambda: pool(2), pictures))
    rows.append(_row("seen before: recalled by its hash", lambda: pool(2), pictures))
    shown = [(*row, 1 - row[1] / rows[0][1]) for row in rows]
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    each = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    sentence = (
        f"{len(pictures)} scanned receipts (SROIE, training part). Pages with a text layer are "
        "never recognised, which is not counted here. At most eight pictures wait at a time. "
        f"Peak of the largest process that recognises {each:.0f} MiB, each ends at 4,096; of "
        f"this one, with RapidOCR twice, {own:.0f} MiB. 8-bit integers, batches of lines and "
        "other runtimes: [0016](decisions/0016-one-engine-reads-pictures.md); integers cost .6 "
        "to .9 points of lines read right, so they are off."
    )
    columns = ("way", "CPU s a receipt", "wall s a receipt", "CPU saved")
    return [Section(PERFORMANCE, TITLE, sentence, columns, shown)]


def _row(
    name: str, work: Callable[[], object], pictures: Sequence[Picture]
) -> tuple[str, float, float]:
    before = os.times()
    _, took = timed(work)
    after = os.times()
    children = after.children_user + after.children_system
    cpu = took.cpu + children - before.children_user - before.children_system
    return name, cpu / len(pictures), took.wall / len(pictures)
