"""Retries: what is read badly, or not at all, is read again in another way, and the better counts.

Belongs here: why a reading is not good enough, the other ways, and which of two readings is
better. Not here: a first reading (recognition, readers), processes (documents.isolation), and
batches whose reading ended the process (recovery, `sensors.healing`).

| what went wrong | what is tried, a few times at most |
|---|---|
| the engine is unsure, or sees nothing | the page larger, clearer, smaller; another engine |
| tiny letters, and the engine is not sure of all | the page larger |
| many words, and none that is known (a model of another script) | another engine |
| the engine or its process failed | the same in a new process; smaller; another engine |
| memory or time ran out | the page alone, two thirds, half, a third as large; another engine |
| the text of a PDF has no word that is known | its pages are recognised despite their text |
| net and tax do not make the gross | the next candidates by rank that do |

A retry never takes the place of a better reading. Which one did is kept: in `pages.recovery`,
or in `reader` of a field.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from ledgergraph.errors import BadInput
from ledgergraph.evidence import Box, Reading, Word
from ledgergraph.extractions.engines import Found, Picture, Recogniser, Sight
from ledgergraph.extractions.fields import decimal_of
from ledgergraph.extractions.languages import CODES, key_of, lexicon
from ledgergraph.extractions.pictures import recognised_page, scans_of_pdf
from ledgergraph.extractions.readers.page import Alternative, PageReading
from ledgergraph.extractions.rules.document import SURE
from ledgergraph.extractions.transcripts import Transcript

if TYPE_CHECKING:
    from PIL import Image

REVISION = 4
"""Rises when pages are looked at again in another way."""
TOO_SLOW, TOO_HUNGRY = "too_slow", "too_hungry"
FAULTS = (RuntimeError, OSError, ValueError, MemoryError, BrokenExecutor, BadInput)
"""What engines, their libraries and their processes raise where a picture is too much for them."""
POOR = 0.8
"""An engine less sure of its letters, on the whole, is asked again."""
GOOD = 0.92
"""From here on no further way is tried."""
BETTER = 1.05
"""Letters that are likely right must grow by so much: else the first reading stays."""
CHANCE = 0.5
"""A word no surer than this is as likely wrong as right, and counts for nothing."""
WAYS = 3
"""Other ways tried for one page at most."""
PATIENCE = 3
"""Pages in a row on which time runs out that are tried again; the next are given up at once."""
LARGEST = 3000
"""Pixels of the longer side of a page that is looked at larger."""
SMALL_LETTER, LARGE_LETTER = 14.0, 24.0
"""Pixels: letters lower than this are looked at larger, higher ones smaller."""
TINY_LETTER, SURE_OF_TINY = 8.0, 0.97
"""Letters lower than so many pixels are looked at larger unless the engine is so sure of them:
it misses lines, and of those that it finds it is sure."""
FAINT, NOISY = 0.6, 0.02
"""Contrast below and noise above which a page is made clearer first."""
ENOUGH_WORDS = 15
"""A page with fewer words may well have none that is known."""
MOST_PAGES = 20
"""Longer PDFs are not recognised despite their text."""
DESPITE = "recognised despite its text"
ARITHMETIC = "arithmetic"
"""Behind the reader of a field: it chose another value, arithmetic this one."""
PENNY = Decimal("0.02")


@dataclass(frozen=True)
class Retries:
    """A recogniser that does not give up on a picture at the first try, with `others` beside."""

    first: Recogniser
    others: Sequence[Recogniser] = ()

    def sights(self, pictures: Iterable[Picture]) -> Iterator[Sight]:
        """What is seen on each picture, in order; where every way failed, the `fault` alone."""
        asked = _Asked(iter(pictures))
        stream = self.first.sights(asked)
        late = 0
        while True:
            try:
                sight = next(stream)
            except StopIteration:
                return
            except FAULTS as error:
                if asked.is_broken:
                    raise
                while asked.waiting:  # one of them is to blame: each is looked at by itself
                    yield self._after(_fault_of(error), asked.waiting.popleft())
                stream = self.first.sights(asked)
                continue
            picture = asked.waiting.popleft()
            late = late + 1 if sight.fault == TOO_SLOW else 0
            if sight.fault is None:
                yield self._second_look(picture, sight)
            elif late > PATIENCE:
                yield sight
            else:
                yield self._after(sight.fault, picture)

    def _second_look(self, picture: Picture, sight: Sight) -> Sight:
        """The first sight, or a better one where the first is poor."""
        if is_foreign(sight):
            return self._in_our_script(picture, sight)
        if quality_of(sight) < POOR:
            is_blank = not sight.words and sight.looks.letter_height is None
            return sight if is_blank else self._best(picture, sight, _poor_ways(sight), self.others)
        letter = sight.looks.letter_height
        if letter is not None and letter < TINY_LETTER and quality_of(sight) < SURE_OF_TINY:
            return self._best(picture, sight, [LARGER], ())
        return sight

    def _best(
        self,
        picture: Picture,
        sight: Sight,
        ways: Sequence[tuple[str, "Way"]],
        others: Sequence[Recogniser],
    ) -> Sight:
        """The best of a sight and of what other ways and engines see, until one is good."""
        best = sight
        for name, seen in self._tries(picture, ways, others):
            if _worth(seen) > BETTER * _worth(best):
                best = replace(seen, looks=sight.looks, recovery=name)
            if quality_of(best) >= GOOD:
                break
        return best

    def _in_our_script(self, picture: Picture, sight: Sight) -> Sight:
        """What another engine sees of a page on which the first knows no word."""
        for name, seen in self._tries(picture, (), self.others):
            if _known(_texts(seen)):
                return replace(seen, looks=sight.looks, recovery=name)
        return sight

    def _after(self, fault: str, picture: Picture) -> Sight:
        """What can be seen of a picture on which the engine came to no end."""
        same = [] if fault in (TOO_SLOW, TOO_HUNGRY) else [("looked at again alone", _same)]
        for name, seen in self._tries(picture, [*same, *SMALLER], self.others):
            return replace(seen, recovery=name)
        return Sight(fault=fault)

    def _tries(
        self, picture: Picture, ways: Sequence[tuple[str, "Way"]], others: Sequence[Recogniser]
    ) -> Iterator[tuple[str, Sight]]:
        """Each way that works, with what it sees, in the picture's own pixels.

        Each is a call by itself, so that nothing of a process that failed is in it.
        """
        engines = [(f"read by {one.name}", _same, one) for one in others]
        tries = [*((name, way, self.first) for name, way in ways), *engines]
        for name, way, engine in tries[: WAYS + len(engines)]:
            try:
                other = way(picture)
                for seen in engine.sights([other]):
                    if seen.fault is None:
                        yield name, _mapped(seen, other, picture)
            except FAULTS:
                continue


def _fault_of(error: BaseException) -> str:
    """What an engine that raises had, by the names of rejections."""
    if isinstance(error, BadInput):
        return error.reason
    by_kind = ((MemoryError, TOO_HUNGRY), (TimeoutError, TOO_SLOW), (BrokenExecutor, "crashed"))
    return next((name for kind, name in by_kind if isinstance(error, kind)), "failed")


class _Asked:
    """Pictures as an engine asks for them, and those whose sight is still to come."""

    def __init__(self, pictures: Iterator[Picture]) -> None:
        self._pictures = pictures
        self.waiting: deque[Picture] = deque()
        self.is_broken = False

    def __iter__(self) -> Iterator[Picture]:
        return self

    def __next__(self) -> Picture:
        self.is_broken = True  # unless the source gives one: its faults are not the engine's
        try:
            picture = next(self._pictures)
        except StopIteration:
            self.is_broken = False
            raise
        self.is_broken = False
        self.waiting.append(picture)
        return picture


def persistent(recogniser: Recogniser, others: Sequence[Recogniser] = ()) -> Recogniser:
    """A recogniser that tries other ways where it sees little or fails (`Retries`)."""
    return Recogniser(recogniser.name, Retries(recogniser, others).sights)


def quality_of(sight: Sight) -> float:
    """How sure an engine is of its letters, from 0 (or none) to 1."""
    letters = sum(len(word.text) for word in sight.words)
    return sum(len(word.text) * word.confidence for word in sight.words) / max(letters, 1)


def is_foreign(sight: Sight) -> bool:
    """Whether none of many words is one of business documents, however sure the engine is.

    So it is where its model is of another script: it takes letters for digits and signs.
    """
    return len(sight.words) >= ENOUGH_WORDS and not _known(_texts(sight))


def _texts(sight: Sight) -> list[str]:
    return [word.text for word in sight.words]


def _worth(sight: Sight) -> float:
    """Letters that are likely right, by how likely."""
    return sum(len(word.text) * max(0.0, word.confidence - CHANCE) for word in sight.words)


Way = Callable[[Picture], Picture]


def _poor_ways(sight: Sight) -> Sequence[tuple[str, Way]]:
    """How to look at a page again, by how it looks: the most promising first."""
    looks = sight.looks
    larger, clearer, smaller = LARGER, CLEARER, HALF
    if (looks.noise or 0.0) > NOISY or (looks.contrast or 1.0) < FAINT:
        return clearer, larger, smaller
    if (looks.letter_height or 0.0) > LARGE_LETTER:
        return smaller, clearer, larger
    if (looks.letter_height or LARGE_LETTER) < SMALL_LETTER:
        return larger, clearer, smaller
    return clearer, larger, smaller


def _same(picture: Picture) -> Picture:
    return picture


def _image(picture: Picture) -> "Image.Image":
    from PIL import Image

    return Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)


def _resized(share: float, picture: Picture) -> Picture:
    size = max(round(picture.width * share), 1), max(round(picture.height * share), 1)
    shown = _image(picture).resize(size)
    return Picture(*size, shown.tobytes())


def _larger(picture: Picture) -> Picture:
    return _resized(min(2.0, LARGEST / max(picture.width, picture.height)), picture)


HALF: tuple[str, Way] = "looked at half as large", partial(_resized, 1 / 2)
SMALLER: Sequence[tuple[str, Way]] = (
    ("looked at two thirds as large", partial(_resized, 2 / 3)),
    HALF,
    ("looked at a third as large", partial(_resized, 1 / 3)),
)
"""Two thirds are half the pixels, and read nearly as well."""


def _clearer(picture: Picture) -> Picture:
    """The paper made white, specks taken out, letters as dark as they can be."""
    import cv2
    import numpy as np

    rgb = np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3)
    grey = cv2.medianBlur(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), 3)
    around = max(picture.width, picture.height) // 40 | 1
    paper = cv2.medianBlur(cv2.dilate(grey, np.ones((9, 9), np.uint8)), min(around, 101))
    even = cv2.divide(grey, paper, scale=255)
    low, high = np.percentile(even, (1, 90))
    stretched = np.clip((even.astype(np.float32) - low) * (255 / max(high - low, 1.0)), 0, 255)
    shown = cv2.cvtColor(stretched.astype(np.uint8), cv2.COLOR_GRAY2RGB)
    return Picture(picture.width, picture.height, shown.tobytes())


LARGER: tuple[str, Way] = "looked at larger", _larger
CLEARER: tuple[str, Way] = "looked at clearer", _clearer


def _mapped(sight: Sight, seen: Picture, picture: Picture) -> Sight:
    """A sight of a picture in another size, in the pixels of the first."""
    if (seen.width, seen.height) == (picture.width, picture.height):
        return sight
    x, y = picture.width / seen.width, picture.height / seen.height
    words = tuple(
        Found(one.text, Box(one.box.x0 * x, one.box.y0 * y, one.box.x1 * x, one.box.y1 * y),
              one.confidence)
        for one in sight.words
    )  # fmt: skip
    height = sight.looks.letter_height
    looks = replace(sight.looks, letter_height=None if height is None else height * y)
    return replace(sight, words=words, looks=looks)


def is_unknown(words: Iterable[Word]) -> bool:
    """Whether none of many words is one of business documents, in any language that is read.

    So it is where the fonts of a PDF name other letters than they draw.
    """
    texts = [word.text for word in words if any(map(str.isalpha, word.text))]
    return len(texts) >= ENOUGH_WORDS and not _known(texts)


def _known(texts: Iterable[str]) -> int:
    every = lexicon(CODES)
    groups = (every.labels, every.headings, every.types, every.months)
    keys = {key for key in map(key_of, texts) if len(key) > 2}
    return sum(any(key in group for group in groups) for key in keys)


def says_more(words: Sequence[Word], than: Sequence[Word]) -> bool:
    """Whether more words of business documents are among some words than among others."""
    return _known(word.text for word in words) > _known(word.text for word in than)


NET, TAX, GROSS = SUM = ("totals.net", "totals.tax", "totals.gross")


def balanced(page: PageReading) -> PageReading:
    """A reading whose net and tax make its gross, where candidates by rank let them.

    Only values that were unsure give way, and only if all three are there and do not add up;
    of several ways to add up the likeliest counts. What gave way becomes the candidate.
    """
    swaps: dict[tuple[int, str], Reading] = {}
    for part in {one.part for one in page.readings}:
        chosen = {one.field: one for one in page.readings
                  if one.part == part and one.line is None and one.field in SUM}  # fmt: skip
        if len(chosen) < len(SUM) or _adds_up([chosen[name] for name in SUM]):
            continue
        for name, one in zip(SUM, _best(chosen, page.candidates, part), strict=False):
            if one is not chosen[name]:
                swaps[part, name] = one
    if not swaps:
        return page
    return PageReading(
        [_swapped(one, swaps) for one in page.readings],
        [_given_way(one, swaps, page.readings) for one in page.candidates],
    )


def _best(
    chosen: dict[str, Reading], candidates: Sequence[Alternative], part: int
) -> Sequence[Reading]:
    """The likeliest net, tax and gross that add up; empty if none do."""
    offers = []
    for name in SUM:
        own = chosen[name]
        others = [
            one.reading
            for one in candidates
            if (one.reading.part, one.reading.field) == (part, name) and own.confidence < SURE
        ]
        offers.append([own, *others])
    fitting = [one for one in product(*offers) if _adds_up(one)]
    return max(fitting, key=lambda one: prod(each.confidence for each in one), default=())


def _adds_up(three: Sequence[Reading]) -> bool:
    net, tax, gross = (decimal_of(one.value) for one in three)
    if net is None or tax is None or gross is None:
        return False
    return abs(net + tax - gross) <= PENNY


def _swapped(one: Reading, swaps: dict[tuple[int, str], Reading]) -> Reading:
    if one.line is not None or (one.part, one.field) not in swaps:
        return one
    other = swaps[one.part, one.field]
    return replace(
        other, confidence=max(other.confidence, one.confidence),
        reader=f"{one.reader} {ARITHMETIC}",
    )  # fmt: skip


def _given_way(
    one: Alternative, swaps: dict[tuple[int, str], Reading], readings: Sequence[Reading]
) -> Alternative:
    place = one.reading.part, one.reading.field
    if swaps.get(place) is not one.reading:
        return one
    before = next(each for each in readings
                  if each.line is None and (each.part, each.field) == place)  # fmt: skip
    return Alternative(before, one.rank)


def despite_text(text: Transcript, pdf: Callable[[], bytes], recogniser: Recogniser) -> Transcript:
    """The transcript of a PDF, or what is recognised of it where its text says nothing known."""
    if not 0 < len(text.pages) <= MOST_PAGES or not is_unknown(text.words):
        return text
    scans = list(scans_of_pdf(pdf(), text.pages))
    sights = recogniser.sights(one.picture for one in scans if one.picture is not None)
    seen = Transcript([], [])
    for scan in scans:
        sight = Sight() if scan.picture is None else next(sights)
        page, words = recognised_page(scan, sight, recogniser.name)
        seen.pages.append(replace(page, recovery=DESPITE))
        seen.words.extend(words)
    return seen if says_more(seen.words, text.words) else text
