"""Pictures to words: what was recognised before is recalled, the rest is read in other processes.

Belongs here: the order, the processes and the cache, for every engine alike. Not here:
where the cache lies (the caller gives two functions), and what is tried after a fault
(extractions.retries). Engines are libraries in C on what strangers send: one picture may keep
a process for ever, eat its memory or end it, and then only this picture is not seen.
Processes stay, with the models that they loaded, as long as the recogniser is open.
"""

import json
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass
from functools import cache
from queue import LifoQueue

from ledgergraph.documents.isolation import Apart
from ledgergraph.errors import BadInput
from ledgergraph.evidence import Box
from ledgergraph.extractions.engines import Engine, Found, Picture, Recogniser, Sight, engine_named
from ledgergraph.extractions.page_quality import REVISION, Looks
from ledgergraph.identity import canonical_json, sha256_of

FEW = 4
"""So many pictures are read by one process before others load their models."""
SECONDS = 60.0
"""Most CPU time that a picture may take; the first loads the models meanwhile."""

Recall = Callable[[str], bytes | None]
Keep = Callable[[str, bytes], object]


@contextmanager
def recogniser(
    engine: Engine, processes: int, recall: Recall, keep: Keep, seconds: float = SECONDS
) -> Iterator[Recogniser]:
    """An engine with its processes, which end with the context; sights may be asked for in sights.

    It gives what is seen on each picture, in order; at most a few pictures are held at a time.
    `recall` gives what was kept under a key, or null, and `keep` keeps it: the key
    is the hash of picture and engine, so nothing is recognised twice. A picture on which the
    engine takes longer than `seconds`, fails or ends its process has a sight that says so
    (`fault`), and is not kept.
    """
    workers = _Workers(engine, processes, seconds)

    def sights(pictures: Iterable[Picture]) -> Iterator[Sight]:
        waiting: deque[_Asked] = deque()
        are_many = False

        def seen() -> Sight:
            asked = waiting.popleft()
            if asked.known is not None:
                return _parsed(asked.known)
            sight = workers.sight_of(asked)
            if sight.fault is None:
                keep(asked.key, _written(sight))
            return sight

        try:
            for picture in pictures:
                asked = _Asked(key_of(picture, engine.version), picture)
                asked.known = recall(asked.key)
                waiting.append(asked)
                held = [one for one in waiting if one.is_new]
                are_many = are_many or len(held) > FEW
                if are_many:
                    workers.share(held)
                if len(waiting) > max(2 * processes, FEW):
                    yield seen()
            while waiting:
                yield seen()
        finally:
            for asked in waiting:  # where no more are asked for
                asked.forget()

    try:
        yield Recogniser(engine.name, sights)
    finally:
        workers.end()


def recalled(pictures: Iterable[Picture], version: str, recall: Recall) -> Iterator[Sight]:
    """What an engine of some version saw on each picture before; no words on others."""
    for picture in pictures:
        known = recall(key_of(picture, version))
        yield Sight() if known is None else _parsed(known)


@dataclass
class _Asked:
    """A picture whose words are wanted: known already, being read elsewhere, or not begun."""

    key: str
    picture: Picture
    known: bytes | None = None
    future: "Future[Sight] | None" = None

    @property
    def is_new(self) -> bool:
        """Whether it is neither known nor handed to a process."""
        return self.known is None and self.future is None

    def forget(self) -> None:
        """Let no process begin with it."""
        if self.future is not None:
            self.future.cancel()


def key_of(picture: Picture, version: str) -> str:
    """Under which name the words of a picture are kept that an engine of some version read."""
    facts = f"{version} {REVISION}\n{picture.width} {picture.height}\n".encode()
    return sha256_of(facts + sha256_of(picture.rgb).encode())


class _Workers:
    """Processes that read pictures: one if they are few, else as many as are allowed."""

    def __init__(self, engine: Engine, processes: int, seconds: float) -> None:
        self._engine = engine
        self._processes = processes
        self._threads: ThreadPoolExecutor | None = None
        self._aparts = [Apart(seconds) for _ in range(max(processes, 1))]
        self._idle: LifoQueue[Apart] = LifoQueue()
        for one in self._aparts:
            self._idle.put(one)

    def share(self, held: Sequence[_Asked]) -> None:
        """Let all processes read pictures that nobody waits for yet."""
        if self._processes < 2:
            return
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self._processes)
        for one in held:
            one.future = self._threads.submit(self._seen, one.picture)

    def sight_of(self, asked: _Asked) -> Sight:
        """What is seen on a picture that was asked for."""
        return self._seen(asked.picture) if asked.future is None else asked.future.result()

    def end(self) -> None:
        """End all processes, also those that are at work."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._end_processes()  # what threads wait for
            self._threads.shutdown()
        self._end_processes()

    def _end_processes(self) -> None:
        for one in self._aparts:
            one.end()

    def _seen(self, picture: Picture) -> Sight:
        """What a process sees that is idle: the last that was at work, as its models are loaded.

        After a fault its process ends: the next picture has one in which nothing is broken.
        """
        if multiprocessing.current_process().daemon:  # apart already, and may start no other
            return self._engine.recognise(picture)
        apart = self._idle.get()
        try:
            return apart(_recognise, self._engine.setting, picture)
        except BadInput as error:
            apart.end()
            return Sight(fault=error.reason)
        except RuntimeError:  # what the engine stands on does not answer there
            return Sight(fault="failed")
        finally:
            self._idle.put(apart)


def _written(sight: Sight) -> bytes:
    words = [[one.text, *astuple(one.box), one.confidence] for one in sight.words]
    looks = asdict(sight.looks)
    return canonical_json({"turned_degrees": sight.turned_degrees, "looks": looks, "words": words})


def _parsed(data: bytes) -> Sight:
    kept = json.loads(data)
    words = tuple(Found(text, Box(*edges), sure) for text, *edges, sure in kept["words"])
    return Sight(words, kept["turned_degrees"], Looks(**kept["looks"]))


def _recognise(setting: str, picture: Picture) -> Sight:
    _use_one_core()
    return engine_named(setting).recognise(picture)


@cache
def _use_one_core() -> None:
    """Use one core alone, as many processes as there are cores do."""
    import cv2

    cv2.setNumThreads(1)
