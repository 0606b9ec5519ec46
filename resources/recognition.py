"""Recognition of text in pictures: the engine that the settings name, with its cache in the store.

Belongs here: processes of this machine and the place of the cache. Not here: engines
and how they are shared among processes (`ledgergraph.extractions.engines`).

    ocr/<sha256>.json      the words of one picture as one engine sees them

What lies there can be deleted: it is recognised again when it is needed.
"""

import os
from collections.abc import Iterable, Iterator
from functools import partial

import dagster as dg

from ledgergraph.extractions.engines import OFF, Picture, Recogniser, Sight, engine_named
from ledgergraph.extractions.engines.pool import recalled, recognised
from resources.store import Store


class OcrResource(dg.ConfigurableResource):
    """Which engine reads pictures: `rapidocr`, or `off`."""

    engine: str = "rapidocr"

    def version(self) -> str:
        """All that the words of a picture depend on beside the picture."""
        return OFF if self.engine == OFF else engine_named(self.engine).version

    def open(self, store: Store) -> Recogniser | None:
        """The engine, as many processes of it as this one may use cores; null where it is off."""
        if self.engine == OFF:
            return None
        engine = engine_named(self.engine)

        def keep(key: str, words: bytes) -> bool:
            return store.create(_uri(key), words)

        def sights(pictures: Iterable[Picture]) -> Iterator[Sight]:
            return recognised(pictures, engine, cores(), partial(_recall, store), keep)

        return Recogniser(engine.name, sights)

    def memory(self, store: Store) -> Recogniser | None:
        """What the engine read before and nothing else, for other processes; null where off."""
        if self.engine == OFF:
            return None
        recall = partial(_recall, store)
        return Recogniser(self.engine, partial(recalled, version=self.version(), recall=recall))


def cores() -> int:
    """How many cores this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def _recall(store: Store, key: str) -> bytes | None:
    return store.read_many([_uri(key)]).get(_uri(key))


def _uri(key: str) -> str:
    return f"ocr/{key}.json"
