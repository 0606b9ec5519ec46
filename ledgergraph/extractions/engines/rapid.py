"""RapidOCR: PP-OCR models on ONNX Runtime, which come with the package.

Belongs here: where lines are, which way up the page is, and lines cut into words. Not
here: what stands in a line (lines).
Settings as measured: on scanned receipts, finding lines on 960 pixels is as good as on more;
on pages of small letters, photographs above all, it is not, so that these are looked at
larger. Recognising lines is most of the cost. One thread: two are slower than two processes.
"""

import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ledgergraph.evidence import Box
from ledgergraph.extractions.engines import Found, Picture, Sight
from ledgergraph.extractions.engines.lines import Line, LineReader
from ledgergraph.extractions.page_quality import looks_of
from ledgergraph.extractions.turning import turned

if TYPE_CHECKING:
    from rapidocr import RapidOCR

REVISION = 4
"""Rises when words are made of lines in another way."""
PARAMETERS: dict[str, Any] = {
    "Global.log_level": "critical",
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    "Det.limit_type": "max",
    "Det.limit_side_len": 960,
}
LETTER = 8
"""Lines are found where letters are so many pixels high;"""
LARGEST = 1408
"""a picture's longer side is shown to the finder with so many pixels at most, else as set."""
SLENDER = 3
"""A picture so many times higher than wide is looked at in parts."""
UPRIGHT = 1.5
"""A line so many times higher than wide is read from top to bottom."""
SAMPLE = 8
"""So many of the longest lines tell whether the page is upside down."""
DOUBTFUL = 0.9
"""Mean score of these lines below which they are tried upside down."""
BETTER = 0.1
"""They must then score so much more."""
LONG = 4
"""Lines so many times longer than high tell how far the page is askew."""
SCORES = (0.0, 0.90, 0.95, 0.98, 0.99, 0.995, 0.998, 1.0)
SHARES = (0.30, 0.60, 0.68, 0.82, 0.91, 0.96, 0.98, 0.992)
"""Of words whose characters have a mean score, the share that is right (scanned receipts)."""


@dataclass
class Rapid:
    """The engine with its models, which are loaded on first use."""

    reader: LineReader = field(default_factory=LineReader)
    name: str = "rapidocr"

    @property
    def setting(self) -> str:
        """Its name, and the file of its model where that is one's own."""
        return f"rapidocr:{self.reader.path}" if self.reader.path else "rapidocr"

    @property
    def version(self) -> str:
        """Package, settings and how words are made of lines."""
        settings = " ".join(f"{key}={value}" for key, value in sorted(PARAMETERS.items()))
        settings += f" {LETTER} {LARGEST}"
        return f"rapidocr {version('rapidocr')} {settings} {self.reader.version} {REVISION}"

    @cached_property
    def _engine(self) -> "RapidOCR":
        from rapidocr import RapidOCR

        logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
        return RapidOCR(params=PARAMETERS)

    @cached_property
    def _finder(self) -> Any:
        """What finds lines; it would be loaded with its first picture."""
        engine: Any = self._engine
        return engine._load_det_model()

    def recognise(self, picture: Picture) -> Sight:
        """The words of a picture, whichever way up it is."""
        pixels = np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3)
        bgr = np.ascontiguousarray(pixels[:, :, ::-1])
        looks = looks_of(picture)
        letter = looks.letter_height
        turns = 0
        places = self._places(bgr, letter)
        if _are_sideways(places):
            turns = 1
            places = self._places(_turned_back(bgr, turns), letter)
        if self._are_upside_down(places):
            turns += 2
            places = self._places(_turned_back(bgr, turns), letter)
        size = (picture.width, picture.height)
        width, height = size[::-1] if turns % 2 else size
        found = tuple(
            Found(word.text, turned(word.box, turns, width, height), word.confidence)
            for place in places
            for word in _words(self._line(place), place.corners, width, height)
        )
        degrees = round((90 * turns + _tilt(places)) % 360, 2) if found else 0.0
        return Sight(found, degrees, looks)

    def _places(self, bgr: Any, letter: float | None) -> list["_Place"]:
        """Where lines are on a picture with letters so high, from top to bottom."""
        found: list[_Place] = []
        height, width = bgr.shape[:2]
        for top, bottom, start, end in _tiles(width, height):
            for place in self._places_on(bgr[start:end], letter):
                place.corners[:, 1] += start
                if top <= float(place.corners[:, 1].mean()) < bottom:
                    found.append(place)
        return found

    def _places_on(self, bgr: Any, letter: float | None) -> Iterator["_Place"]:
        from rapidocr.main import RapidOCRError
        from rapidocr.utils.process_img import map_boxes_to_original

        shown, steps = self._engine.preprocess_img(bgr)
        self._finder.limit_side_len = _side(max(bgr.shape[:2]), letter)
        try:
            crops, places = self._engine.detect_and_crop(shown, steps)
        except RapidOCRError:  # there are none
            return
        boxes: Any = map_boxes_to_original(np.asarray(places.boxes), steps, *bgr.shape[:2])
        for corners, crop in zip(boxes, crops, strict=True):
            yield _Place(np.asarray(corners, float), crop)

    def _line(self, place: "_Place") -> Line:
        """What stands at a place; it is read once."""
        if place.line is None:
            place.line = self.reader.read(place.crop)
        return place.line

    def _are_upside_down(self, places: Sequence["_Place"]) -> bool:
        """Whether the longest lines are read better when they are turned by half."""
        sample = sorted(places, key=lambda place: place.length, reverse=True)[:SAMPLE]
        if not sample:
            return False
        upright = sum(self._line(place).score for place in sample) / len(sample)
        if upright >= DOUBTFUL:
            return False
        other = sum(self.reader.read(place.crop[::-1, ::-1]).score for place in sample)
        return other / len(sample) > upright + BETTER


@dataclass
class _Place:
    """Where a line is: its corners from the top left on clockwise, and its picture."""

    corners: Any
    crop: Any
    line: Line | None = None

    @property
    def across(self) -> float:
        return float(np.linalg.norm(self.corners[1] - self.corners[0]))

    @property
    def down(self) -> float:
        return float(np.linalg.norm(self.corners[3] - self.corners[0]))

    @property
    def length(self) -> float:
        return max(self.across, self.down)


def _side(longest: int, letter: float | None) -> int:
    """Pixels of the longer side on which lines are found."""
    usual: int = PARAMETERS["Det.limit_side_len"]
    return usual if not letter else round(min(max(usual, LETTER * longest / letter), LARGEST))


def _turned_back(bgr: Any, turns: int) -> Any:
    """A picture whose print is turned clockwise by some quarters, upright."""
    return np.ascontiguousarray(np.rot90(bgr, turns))


def _are_sideways(places: Sequence[_Place]) -> bool:
    """Whether more of the lines, by their length, run from top to bottom than across."""
    down = sum(place.length for place in places if place.down >= UPRIGHT * place.across)
    across = sum(place.length for place in places if place.across >= UPRIGHT * place.down)
    return down > across


def _tilt(places: Sequence[_Place]) -> float:
    """By how many degrees lines fall to the right: the median, longer lines counting for more."""
    found = []
    for place in places:
        if place.across >= LONG * place.down:
            step = place.corners[1] - place.corners[0] + place.corners[2] - place.corners[3]
            found.append((math.degrees(math.atan2(step[1], step[0])), place.across))
    if not found:
        return 0.0
    found.sort()
    shares = np.cumsum([length for _, length in found])
    return found[int(np.searchsorted(shares, shares[-1] / 2))][0]


def _tiles(width: int, height: int) -> Iterator[tuple[float, float, int, int]]:
    """The parts of a picture that are looked at: whose lines count (top, bottom), and what is seen.

    A long receipt is cut across, or its lines would be too small where lines are found.
    Parts overlap, so that no line is cut in both.
    """
    if height <= SLENDER * width:
        yield 0.0, height + 1.0, 0, height
        return
    tile, overlap = SLENDER / 2 * width, width / 4
    count = math.ceil(height / tile)
    for number in range(count):
        top, bottom = number * height / count, (number + 1) * height / count
        start, end = max(round(top - overlap), 0), min(round(bottom + overlap), height)
        yield top, bottom if number < count - 1 else height + 1.0, start, end


def _words(line: Line, corners: Any, width: int, height: int) -> Iterator[Found]:
    """The words of a line: what spaces part, each as wide as its characters."""
    half = _step(line) / 2
    for own in _runs(line.letters):
        left = max(line.middles[own.start] - half, 0.0)
        right = min(line.middles[own.stop - 1] + half, 1.0)
        box = _box(corners, left, right, width, height)
        if box is not None:
            yield Found("".join(line.letters[own]), box, _probability(line.scores[own]))


def _runs(letters: Sequence[str]) -> Iterator[slice]:
    """Where words begin and end in the letters of a line."""
    start = None
    for at, letter in enumerate([*letters, " "]):
        if letter.isspace() and start is not None:
            yield slice(start, at)
            start = None
        elif not letter.isspace() and start is None:
            start = at


def _step(line: Line) -> float:
    """The width of a character in shares of the line."""
    steps = [
        later - earlier
        for own in _runs(line.letters)
        for earlier, later in pairwise(line.middles[own])
    ]
    return sum(steps) / len(steps) if steps else 1 / max(len(line.letters), 1)


def _box(corners: Any, left: float, right: float, width: int, height: int) -> Box | None:
    """The part of a line between two shares of its length, cut at the edges of the picture."""
    first, second, third, fourth = (np.asarray(one, float) for one in corners)
    if np.linalg.norm(fourth - first) >= UPRIGHT * np.linalg.norm(second - first):
        first, second, third, fourth = second, third, fourth, first
    ends = [
        one + (two - one) * share
        for one, two in ((first, second), (fourth, third))
        for share in (left, right)
    ]
    across, down = [float(x) for x, _ in ends], [float(y) for _, y in ends]
    x0, x1 = max(min(across), 0.0), min(max(across), float(width))
    y0, y1 = max(min(down), 0.0), min(max(down), float(height))
    if x1 <= x0 or y1 <= y0:
        return None
    return Box(round(x0, 1), round(y0, 1), round(x1, 1), round(y1, 1))


def _probability(scores: Sequence[float]) -> float:
    """How sure a word is: the share of words that were right at the score of its characters."""
    mean = sum(scores) / len(scores)
    return round(float(np.interp(mean, SCORES, SHARES)), 4)


def described(path: str = "") -> str:
    """Versions and model; raises BadSetting where it is missing."""
    stem = LineReader(path).file.stem
    return f"{version('rapidocr')} on onnxruntime {version('onnxruntime')}, {stem}"


def load(path: str = "") -> Rapid:
    """The engine; `path` is a PP-OCR model in ONNX that reads lines instead of the package's."""
    return Rapid(LineReader(path))
