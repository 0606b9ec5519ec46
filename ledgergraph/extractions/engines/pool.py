"""Pictures to words: what was recognised before is recalled, the rest is shared among processes.

Belongs here: the order, the processes and the cache, for every engine alike. Not here:
where the cache lies (the caller gives two functions).
"""

import json
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, astuple, dataclass

from ledgergraph.evidence import Box
from ledgergraph.extractions.engines import Engine, Found, Picture, Sight, engine_named
from ledgergraph.extractions.page_quality import REVISION, Looks
from ledgergraph.identity import canonical_json, sha256_of

FEW = 4
"""So many pictures are read before other processes have loaded their models."""

Recall = Callable[[str], bytes | None]
Keep = Callable[[str, bytes], object]


def recognised(
    pictures: Iterable[Picture], engine: Engine, processes: int, recall: Recall, keep: Keep
) -> Iterator[Sight]:
    """What is seen on each picture, in order; at most a few pictures are held at a time.

    `recall` gives what was kept under a key, or null, and `keep` keeps it: the key
    is the hash of picture and engine, so nothing is recognised twice.
    """
    waiting: deque[_Asked] = deque()
    with _Workers(engine, processes) as workers:

        def seen() -> Sight:
            asked = waiting.popleft()
            if asked.known is not None:
                return _parsed(asked.known)
            sight = workers.sight_of(asked)
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


class _Workers:
    """Reads pictures in this process if they are few, else in others of their own."""

    def __init__(self, engine: Engine, processes: int) -> None:
        self._engine, self._processes = engine, processes
        self._held: list[_Asked] = []
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> "_Workers":
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def ask(self, asked: _Asked) -> None:
        """Note a picture; once there are more than a few, all are read elsewhere."""
        self._held.append(asked)
        if self._processes < 2 or (self._pool is None and len(self._held) <= FEW):
            return
        if self._pool is None:
            # Spawned, not forked: this process has threads, and so have the models.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._processes, context, initializer=_begin)
        for one in self._held:
            one.future = self._pool.submit(_recognise, self._engine.setting, one.picture)
        self._held.clear()

    def sight_of(self, asked: _Asked) -> Sight:
        """What is seen on a picture that was asked for."""
        if asked.future is not None:
            return asked.future.result()
        self._held.remove(asked)
        return self._engine.recognise(asked.picture)


def _written(sight: Sight) -> bytes:
    words = [[one.text, *astuple(one.box), one.confidence] for one in sight.words]
    looks = asdict(sight.looks)
    return canonical_json({"turned_degrees": sight.turned_degrees, "looks": looks, "words": words})


def _parsed(data: bytes) -> Sight:
    kept = json.loads(data)
    words = tuple(Found(text, Box(*edges), sure) for text, *edges, sure in kept["words"])
    return Sight(words, kept["turned_degrees"], Looks(**kept["looks"]))


def _recognise(setting: str, picture: Picture) -> Sight:
    return engine_named(setting).recognise(picture)


def _begin() -> None:
    """Use one core alone, as many processes as there are cores do, and end with the parent."""
    import cv2

    cv2.setNumThreads(1)
    _end_with_parent()


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
