"""RapidOCR: PP-OCR models on ONNX Runtime, which come with the package.

Belongs here: its settings, its lines cut into words, and what its scores mean.
Settings as measured on scanned receipts: finding lines on 960 pixels is as good as on
more; recognising them is 85 % of the cost, and quickest line by line. One thread: two
are slower than two processes.

Its own word boxes are not used: they give the scores of characters to words.
"""

import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ledgergraph.evidence import Box
from ledgergraph.extractions.engines import Found, Picture

if TYPE_CHECKING:
    from rapidocr import RapidOCR

REVISION = 2
"""Rises when words are made of lines in another way."""
PARAMETERS: dict[str, Any] = {
    "Global.log_level": "critical",
    "Global.use_cls": False,
    "Global.return_word_box": True,
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    "Det.limit_type": "max",
    "Det.limit_side_len": 960,
    "Rec.rec_batch_num": 1,
}
SLENDER = 3
"""A picture so many times higher than wide is looked at in parts."""
UPRIGHT = 1.5
"""A line so many times higher than wide is read from top to bottom."""
SCORES = (0.0, 0.90, 0.95, 0.98, 0.99, 0.995, 1.0)
SHARES = (0.40, 0.75, 0.83, 0.93, 0.943, 0.985, 0.995)
"""Of lines with a score, the share that is right to the letter (scanned receipts)."""


@dataclass
class Rapid:
    """The engine with its models, which are loaded on first use."""

    name: str = "rapidocr"

    @property
    def version(self) -> str:
        """Package, settings and how words are made of lines."""
        settings = " ".join(f"{key}={value}" for key, value in sorted(PARAMETERS.items()))
        return f"rapidocr {version('rapidocr')} {settings} {REVISION}"

    @cached_property
    def _engine(self) -> "RapidOCR":
        from rapidocr import RapidOCR

        logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
        return RapidOCR(params=PARAMETERS)

    def recognise(self, picture: Picture) -> list[Found]:
        """The words of a picture, line by line."""
        pixels = np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3)
        bgr = np.ascontiguousarray(pixels[:, :, ::-1])
        found: list[Found] = []
        for top, bottom, start, end in _tiles(picture.width, picture.height):
            for line in self._lines(bgr[start:end]):
                words = _words(line, picture.width, end - start)
                lowered = (_lowered(word, start) for word in words)
                found += [word for word in lowered if top <= word.box.middle_y < bottom]
        return found

    def _lines(self, bgr: Any) -> Iterator["_Line"]:
        """The lines of a picture, from top to bottom."""
        from rapidocr.utils.process_img import map_boxes_to_original

        shown, steps = self._engine.preprocess_img(bgr)
        places, _, read, _ = self._engine.run_ocr_steps(shown, steps)
        if places.boxes is None or read.txts is None:
            return
        boxes = map_boxes_to_original(places.boxes, steps, *bgr.shape[:2])
        for corners, text, info in zip(boxes, read.txts, read.word_results, strict=True):
            if text.strip():
                yield _Line(
                    text,
                    corners,
                    tuple(float(score) for score in info.confs),
                    tuple(int(column) for word in info.word_cols for column in word),
                    tuple(len(word) for word in info.words),
                    float(info.line_txt_len),
                )


@dataclass(frozen=True)
class _Line:
    """A line as the model gives it.

    `columns` are the places of its characters, spaces left out, in steps of
    which the line has `length`; `sizes` the characters of each word.
    """

    text: str
    corners: Any
    scores: tuple[float, ...]
    columns: tuple[int, ...]
    sizes: tuple[int, ...]
    length: float


def _tiles(width: int, height: int) -> Iterator[tuple[float, float, int, int]]:
    """The parts of a picture that are looked at: whose words count (top, bottom), and what is seen.

    A long receipt is cut across, or its lines would be too small where lines are found.
    Parts overlap, so that no line is cut in both.
    """
    if height <= SLENDER * width:
        yield 0.0, float(height), 0, height
        return
    tile, overlap = SLENDER / 2 * width, width / 4
    count = math.ceil(height / tile)
    for number in range(count):
        top, bottom = number * height / count, (number + 1) * height / count
        start, end = max(round(top - overlap), 0), min(round(bottom + overlap), height)
        yield top, bottom if number < count - 1 else height + 1.0, start, end


def _lowered(word: Found, by: int) -> Found:
    box = word.box
    return replace(word, box=Box(box.x0, box.y0 + by, box.x1, box.y1 + by)) if by else word


def _words(line: _Line, width: int, height: int) -> Iterator[Found]:
    inked = [at for at, letter in enumerate(line.text) if not letter.isspace()]
    half = _width(line) / 2
    start = 0
    for size in line.sizes:
        own = slice(start, start + size)
        start += size
        columns, at = line.columns[own], inked[own]
        left = max(columns[0] + 0.5 - half, 0.0) / line.length
        right = min(columns[-1] + 0.5 + half, line.length) / line.length
        box = _box(line.corners, left, right, width, height)
        if box is not None:
            scores = [line.scores[one] for one in at]
            text = "".join(line.text[one] for one in at)
            yield Found(text, box, _probability(scores))


def _width(line: _Line) -> float:
    """The width of a character in columns."""
    start, steps = 0, []
    for size in line.sizes:
        own = line.columns[start : start + size]
        steps += [later - earlier for earlier, later in pairwise(own)]
        start += size
    return max(sum(steps) / len(steps), 1.0) if steps else line.length / max(len(line.text), 1)


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
    """How sure a word is: the share of lines that were right at the score of its characters."""
    mean = sum(scores) / len(scores)
    return round(float(np.interp(mean, SCORES, SHARES)), 4)


def load() -> Rapid:
    """The engine."""
    return Rapid()
