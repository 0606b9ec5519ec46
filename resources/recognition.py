"""Recognition of text in pictures: the engine that the settings name, with its cache in the store.

Belongs here: processes of this machine and the place of the cache. Not here: engines
and how they are shared among processes (`ledgergraph.extractions.engines`).

    ocr/<sha256>.json      the words of one picture as one engine sees them

What lies there can be deleted: it is recognised again when it is needed.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import dagster as dg

from ledgergraph.errors import BadSetting
from ledgergraph.extractions.engines import MODULES, OFF, Recogniser, described, engine_named
from ledgergraph.extractions.engines.pool import recalled, recogniser
from ledgergraph.extractions.retries import REVISION, persistent
from resources.store import Store


class OcrResource(dg.ConfigurableResource):
    """Which engine reads pictures: `rapidocr`, `rapidocr:<model>`, `tesseract`, or `off`."""

    engine: str = "rapidocr"

    def version(self) -> str:
        """All that the words of a picture depend on beside the picture."""
        if self.engine == OFF:
            return OFF
        engines = [engine_named(name).version for name in self._engines()]
        return " + ".join([*engines, f"retries {REVISION}"])

    @contextmanager
    def open(self, store: Store) -> Iterator[Recogniser | None]:
        """The engine, as many processes of it as this one may use cores; null where it is off.

        First and second looks share the processes; they end with the context.
        """
        if self.engine == OFF:
            yield None
            return

        def keep(key: str, words: bytes) -> bool:
            return store.create(_uri(key), words)

        with ExitStack() as stack:
            first, *others = (
                stack.enter_context(
                    recogniser(engine_named(name), cores(), partial(_recall, store), keep)
                )
                for name in self._engines()
            )
            yield persistent(first, others)

    def memory(self, store: Store) -> Recogniser | None:
        """What the engine read before and nothing else, for other processes; null where off."""
        if self.engine == OFF:
            return None
        recall, version = partial(_recall, store), engine_named(self.engine).version
        return Recogniser(
            engine_named(self.engine).name, partial(recalled, version=version, recall=recall)
        )

    def _engines(self) -> list[str]:
        """The engine of the settings, and the others that are installed, for second looks.

        Beside a model of one's own stands that of the package.
        """
        return [self.engine, *(one for one in MODULES if one != self.engine and _has(one))]


def _has(name: str) -> bool:
    try:
        described(name)
    except BadSetting:
        return False
    return True


def cores() -> int:
    """How many cores this process may use, also where a container has a share of a machine."""
    from joblib import cpu_count

    count: int = cpu_count()
    return count


def _recall(store: Store, key: str) -> bytes | None:
    return store.read_many([_uri(key)]).get(_uri(key))


def _uri(key: str) -> str:
    return f"ocr/{key}.json"
