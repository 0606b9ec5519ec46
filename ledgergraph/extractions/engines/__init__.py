"""Engines that recognise text in pictures: picture in, words with boxes and confidence out.

Belongs here: what an engine is, and one module for each. Not here: where pictures
come from (extractions.pictures), and what words mean (extractions.readers).

An engine is loaded by its name, also in another process; loading is slow, so each
process does it once. It gives the same words for the same picture every time: what
it was set to and what it learned is in its `version`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Protocol

from ledgergraph.evidence import Box

MODULES = {"rapidocr": "ledgergraph.extractions.engines.rapid"}
"""Engines by name, each a module with a function `load`."""
DEFAULT = "rapidocr"
OFF = "off"
"""The setting that leaves pictures unread."""
SETTING = "LEDGERGRAPH_OCR"
"""The variable that chooses."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A page in pixels: `rgb` holds three bytes each, row by row from the top."""

    width: int
    height: int
    rgb: bytes


@dataclass(frozen=True, slots=True)
class Found:
    """A word on a picture: its box in pixels, and the probability that it is read right."""

    text: str
    box: Box
    confidence: float


class Engine(Protocol):
    """Something that reads pictures."""

    @property
    def name(self) -> str:
        """Its name in the settings, and in `source` behind `ocr:`."""

    @property
    def version(self) -> str:
        """All that its words depend on beside the picture."""

    def recognise(self, picture: Picture) -> list[Found]:
        """The words of a picture, line by line; none where it finds no text."""


@dataclass(frozen=True)
class Recogniser:
    """An engine as reading uses it: with whatever processes and cache stand behind.

    `words` gives the words of each of some pictures, in their order, and asks for few
    pictures in advance.
    """

    name: str
    words: Callable[[Iterable[Picture]], Iterator[Sequence[Found]]]


@cache
def engine_named(name: str) -> Engine:
    """The engine of a name, loaded once a process."""
    engine: Engine = import_module(MODULES[name]).load()
    return engine
