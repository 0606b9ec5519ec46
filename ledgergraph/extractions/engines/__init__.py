"""Engines that recognise text in pictures: picture in, words with boxes and confidence out.

Belongs here: what an engine is, and one module for each. Not here: where pictures
come from (extractions.pictures), and what words mean (extractions.readers).

An engine is loaded by its name, also in another process; loading is slow, so each
process does it once. It gives the same words for the same picture every time: what
it was set to and what it learned is in its `version`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Protocol

from ledgergraph.evidence import Box
from ledgergraph.extractions.page_quality import Looks

MODULES = {
    "rapidocr": "ledgergraph.extractions.engines.rapid",
    "tesseract": "ledgergraph.extractions.engines.tesseract",
}
"""Engines by name, each a module with functions `load` and `described`."""
DEFAULT = "rapidocr"
OFF = "off"
"""The setting that leaves pictures unread."""
SETTING = "LEDGERGRAPH_OCR"
"""The variable that chooses."""
GIVEN_UP = "given up: "
"""Before the fault, in `recovery` of a page that no way of looking came to an end with."""
UNSEEN = Looks()


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


@dataclass(frozen=True, slots=True)
class Sight:
    """What an engine sees on a picture: its words, line by line as they are read.

    `turned_degrees` is how far print stands turned clockwise, from 0 to 360; boxes are
    those on the picture as it was given. `looks` is what was measured on it, `recovery` says
    how it was looked at again where the first look was poor. `fault` is the reason where the
    engine came to no end (`too_slow`, `too_hungry`, `crashed`, `failed`): no words then mean
    nothing.
    """

    words: tuple[Found, ...] = ()
    turned_degrees: float = 0.0
    looks: Looks = UNSEEN
    recovery: str | None = None
    fault: str | None = None


class Engine(Protocol):
    """Something that reads pictures."""

    @property
    def name(self) -> str:
        """Its name in `source` behind `ocr:`."""

    @property
    def setting(self) -> str:
        """What loads it again in another process: its name, and a file behind a colon."""

    @property
    def version(self) -> str:
        """All that its words depend on beside the picture."""

    def recognise(self, picture: Picture) -> Sight:
        """The words of a picture and what was measured on it; no words where there is no text."""


@dataclass(frozen=True)
class Recogniser:
    """An engine as reading uses it: with whatever processes and cache stand behind.

    `sights` gives what is seen on each of some pictures, in their order, and asks for few
    pictures in advance.
    """

    name: str
    sights: Callable[[Iterable[Picture]], Iterator[Sight]]


@cache
def engine_named(setting: str) -> Engine:
    """The engine of a setting, loaded once a process.

    A name, or `rapidocr:<file>`, which reads lines with a PP-OCR model of one's own. Any other
    name is that of a module like those of MODULES.
    """
    name, _, path = setting.partition(":")
    engine: Engine = import_module(MODULES.get(name, name)).load(path)
    return engine


def described(setting: str) -> str:
    """The version of an engine, for the eye; raises BadSetting where it is not installed."""
    name, _, path = setting.partition(":")
    said: str = import_module(MODULES[name]).described(path)
    return said
