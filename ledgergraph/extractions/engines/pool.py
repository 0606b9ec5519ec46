"""Pictures to words: what was recognised before is recalled, the rest is read in other processes.

Belongs here: the order, the processes and the cache, for every engine alike. Not here:
where the cache lies (the caller gives two functions), and what is tried after a fault
(extractions.retries). Engines are libraries in C on what strangers send: one picture may keep
a process for ever, eat its memory or end it, and then only this picture is not seen.
"""

import json
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, astuple, dataclass, field
from functools import cache
from queue import LifoQueue

from ledgergraph.documents.isolation import Apart
from ledgergraph.errors import BadInput
from ledgergraph.evidence import Box
from ledgergraph.extractions.engines import Engine, Found, Picture, Sight, engine_named
from ledgergraph.extractions.page_quality import REVISION, Looks
from ledgergraph.identity import canonical_json, sha256_of

FEW = 4
"""So many pictures are read by one process before others load their models."""
SECONDS = 120.0
"""Longest that a picture may take on the clock; the first loads the models meanwhile."""

Recall = Callable[[str], bytes | None]
Keep = Callable[[str, bytes], object]


def recognised(
    pictures: Iterable[Picture],
    engine: Engine,
    processes: int,
    recall: Recall,
    keep: Keep,
    seconds: float = SECONDS,
) -> Iterator[Sight]:
    """What is seen on each picture, in order; at most a few pictures are held at a time.

    `recall` gives what was kept under a key, or null, and `keep` keeps it: the key
    is the hash of picture and engine, so nothing is recognised twice. A picture on which the
    engine takes longer than `seconds`, fails or ends its process has a sight that says so
    (`fault`), and is not kept.
    """
    waiting: deque[_Asked] = deque()
    with _Workers(engine, processes, seconds) as workers:

        def seen() -> Sight:
            asked = waiting.popleft()
            if asked.known is not None:
                return _parsed(asked.known)
            sight = workers.sight_of(asked)
            if sight.fault is None:
                keep(asked.key, _written(sight))
            return sight

        for picture in pictures:
            asked = _Asked(key_of(picture, engine.version), picture)
            asked.known = recall(asked.key)
            if asked.known is None:
                workers.ask(asked)
            waiting.append(asked)
            if len(waiting) > max(2 * processes, FEW):
                yield seen()
        while waiting:
            yield seen()


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


def key_of(picture: Picture, version: str) -> str:
    """Under which name the words of a picture are kept that an engine of some version read."""
    facts = f"{version} {REVISION}\n{picture.width} {picture.height}\n".encode()
    return sha256_of(facts + sha256_of(picture.rgb).encode())


@dataclass
class _Workers:
    """Processes that read pictures: one if they are few, else as many as are allowed."""

    engine: Engine
    processes: int
    seconds: float
    held: list[_Asked] = field(default_factory=list)
    threads: ThreadPoolExecutor | None = None
    idle: "LifoQueue[Apart]" = field(default_factory=LifoQueue)
    aparts: list[Apart] = field(default_factory=list)

    def __enter__(self) -> "_Workers":
        self.aparts += [Apart(self.seconds) for _ in range(max(self.processes, 1))]
        for one in self.aparts:
            self.idle.put(one)
        return self

    def __exit__(self, *_: object) -> None:
        if self.threads is not None:
            self.threads.shutdown(wait=False, cancel_futures=True)
        for one in self.aparts:
            one.end()
        if self.threads is not None:
            self.threads.shutdown()

    def ask(self, asked: _Asked) -> None:
        """Note a picture; once there are more than a few, all are read by all processes."""
        self.held.append(asked)
        if self.processes < 2 or (self.threads is None and len(self.held) <= FEW):
            return
        if self.threads is None:
            self.threads = ThreadPoolExecutor(self.processes)
        for one in self.held:
            one.future = self.threads.submit(self._seen, one.picture)
        self.held.clear()

    def sight_of(self, asked: _Asked) -> Sight:
        """What is seen on a picture that was asked for."""
        if asked.future is not None:
            return asked.future.result()
        self.held.remove(asked)
        return self._seen(asked.picture)

    def _seen(self, picture: Picture) -> Sight:
        """What a process sees that is idle: the last that was at work, as its models are loaded."""
        if multiprocessing.current_process().daemon:  # apart already, and may start no other
            return self.engine.recognise(picture)
        apart = self.idle.get()
        try:
            return apart(_recognise, self.engine.setting, picture)
        except BadInput as error:
            return Sight(fault=error.reason)
        except RuntimeError:  # what the engine stands on does not answer there
            return Sight(fault="failed")
        finally:
            self.idle.put(apart)


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
