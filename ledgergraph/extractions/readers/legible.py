"""How well the words of a value could be recognised, and by which engine.

Not here: how sure the reader is that it is the right value (confidence).
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from operator import attrgetter

from ledgergraph.evidence import Box, Word

TEXT = "text"
"""Engine and source of words that a file itself carries."""

NUMBER_WITH_O = re.compile(r"(?<!\w)(?=[\dOo]*\d[\dOo]*\d)[\dOo]{3,}(?!\w)")
"""A number in which a zero was recognised as the letter that looks like it."""


def repaired(value: str) -> str:
    """A recognised address with zeros for the letters O inside its numbers: `4330O` is `43300`."""
    return NUMBER_WITH_O.sub(lambda found: found[0].upper().replace("O", "0"), value)


class Legible:
    """The recognised words of a document, found by their place."""

    def __init__(self, words: Iterable[Word]) -> None:
        self._pages: dict[int, list[Word]] = {}
        for word in words:
            if word.engine != TEXT:
                self._pages.setdefault(word.page, []).append(word)
        for page in self._pages.values():
            page.sort(key=attrgetter("box.y1"))
        self._tallest = {
            number: max(word.box.height for word in page) for number, page in self._pages.items()
        }

    def at(self, page: int, box: Box) -> tuple[str, float]:
        """The source of what stands in a box, and how sure its least sure word is."""
        words = self._pages.get(page)
        if not words:
            return TEXT, 1.0
        start = bisect_left(words, box.y0, key=attrgetter("box.y1"))
        end = bisect_right(words, box.y1 + self._tallest[page], key=attrgetter("box.y1"))
        inside = [word for word in words[start:end] if _overlap(word.box, box)]
        if not inside:
            return TEXT, 1.0
        sure = min(word.confidence for word in inside)
        return f"ocr:{inside[0].engine}", sure


def _overlap(word: Box, box: Box) -> bool:
    """Whether most of a word's height, and some of its width, lies in a box."""
    high = min(word.y1, box.y1) - max(word.y0, box.y0)
    wide = min(word.x1, box.x1) - max(word.x0, box.x0)
    return high > 0.5 * min(word.height, box.height) and wide > 0
