"""Tesseract, where its program is installed: `tesseract` on the path, with its language files.

Belongs here: the program's call and its table of words. Not here: what its words mean.

It reads all languages of ours for which it has files. Other processes read other pictures,
so it has one thread. A page that it is unsure of is asked which way up it is.
"""

import math
import re
import shutil
import signal
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ledgergraph.documents.isolation import PATIENCE
from ledgergraph.errors import BadInput, BadSetting, ServiceMissing
from ledgergraph.evidence import Box
from ledgergraph.extractions.engines import SETTING, Found, Picture, Sight
from ledgergraph.extractions.page_quality import looks_of
from ledgergraph.extractions.turning import turned

REVISION = 1
"""Rises when words are made of its table in another way."""
PROGRAM = "tesseract"
LANGUAGES = ("eng", "deu", "fra", "spa", "ita", "por")
ORIENTATION = "osd"
"""The file that tells which way up a page is."""
MISSING = (
    "is tesseract, and that program is not installed. Install it (Debian: apt-get install "
    f"tesseract-ocr tesseract-ocr-deu …), or set {SETTING}=rapidocr."
)
SECONDS = 18
"""A call that takes more CPU time is given up, or five times as long on the clock: three of them
end before the pool's clock does."""
UNSURE = 0.6
"""Mean confidence of words below which the page is asked which way up it is."""
FEW = 4
"""Words of a line from which on it tells how far the page is askew."""
SCORES = (0.0, 0.3, 0.6, 0.8, 0.9, 0.95, 1.0)
SHARES = (0.05, 0.2, 0.4, 0.6, 0.75, 0.88, 0.93)
"""Of words with a score, the share that is right to the letter (scanned receipts)."""


@dataclass(frozen=True)
class _Row:
    """A word of its table: which line it is on, its box and its score in [0, 1]."""

    line: tuple[str, ...]
    text: str
    box: Box
    score: float


@dataclass
class Tesseract:
    """The engine; the program is looked for on first use."""

    name: str = "tesseract"
    setting: str = "tesseract"

    @cached_property
    def program(self) -> str:
        """Where the program is; raises BadSetting where there is none."""
        found = shutil.which(PROGRAM)
        if found is None:
            raise BadSetting(SETTING, MISSING)
        return found

    @cached_property
    def files(self) -> Sequence[str]:
        """The language files that it has."""
        return sorted(self._said("--list-langs").decode().split("\n")[1:])

    @cached_property
    def languages(self) -> Sequence[str]:
        """Those of our languages that it has files for; raises BadSetting without any."""
        found = [one for one in LANGUAGES if one in self.files]
        if not found:
            raise BadSetting(SETTING, "is tesseract, which has no file for any of our languages.")
        return found

    @cached_property
    def version(self) -> str:
        """Program, languages and how words are made of its table."""
        program = self._said("--version").decode().split("\n")[0]
        return f"{program} {'+'.join(self.languages)} {ORIENTATION in self.files} {REVISION}"

    def recognise(self, picture: Picture) -> Sight:
        """The words of a picture, whichever way up it is."""
        rows, turns = self._rows(picture), 0
        if rows and ORIENTATION in self.files and _sureness(rows) < UNSURE:
            turns = self._turns(picture)
            if turns:
                other = self._rows(_turned_back(picture, turns))
                if _sureness(other) > _sureness(rows):
                    rows = other
                else:
                    turns = 0
        size = (picture.width, picture.height)
        width, height = size[::-1] if turns % 2 else size
        found = tuple(
            Found(row.text, turned(row.box, turns, width, height), _probability(row.score))
            for row in rows
        )
        degrees = round((90 * turns + _tilt(rows)) % 360, 2) if found else 0.0
        return Sight(found, degrees, looks_of(picture))

    def _rows(self, picture: Picture) -> list[_Row]:
        languages = "+".join(self.languages)
        table = self._said("-", "-", "-l", languages, "--psm", "3", "tsv", given=_written(picture))
        return list(_parsed(table.decode("utf-8", "replace")))

    def _turns(self, picture: Picture) -> int:
        """By how many quarters print is turned clockwise, as the program tells."""
        said = self._said("-", "-", "--psm", "0", given=_written(picture), may_fail=True)
        found = re.search(rb"Rotate: (\d+)", said)
        return (-int(found[1]) // 90) % 4 if found else 0

    def _said(self, *arguments: str, given: bytes = b"", may_fail: bool = False) -> bytes:
        """What the program prints; raises ServiceMissing where it fails, BadInput if it is slow."""
        # The shell limits its CPU time, and sets one variable beside those of this process.
        limited = f'ulimit -S -t {SECONDS}; OMP_THREAD_LIMIT=1 exec "$0" "$@"'
        command = ["sh", "-c", limited, self.program, *arguments]
        late = BadInput(
            "too_slow", f"{PROGRAM} took {SECONDS} s for a page. Set {SETTING}=rapidocr."
        )
        patience = PATIENCE * SECONDS
        try:
            done = subprocess.run(command, input=given, capture_output=True, timeout=patience)  # noqa: S603
        except subprocess.TimeoutExpired as error:
            raise late from error
        if done.returncode == -signal.SIGXCPU:
            raise late
        if done.returncode and not may_fail:
            lines = done.stderr.decode("utf-8", "replace").strip().split("\n")
            remedy = f"Look whether it runs by itself, or set {SETTING}=rapidocr."
            raise ServiceMissing(
                self.program, f"It ended with {done.returncode}: {lines[-1]}. {remedy}"
            )
        return done.stdout


def described(path: str = "") -> str:
    """Version and languages; raises BadSetting where it is missing."""
    engine = load(path)
    return engine.version.split(" True")[0].split(" False")[0]


def load(path: str = "") -> Tesseract:
    """The engine; it takes no file."""
    if path:
        raise BadSetting(SETTING, f"is tesseract:{path}, and tesseract takes no file of one's own.")
    return Tesseract()


def _written(picture: Picture) -> bytes:
    """A picture as PPM: a line on its size, then its bytes."""
    return f"P6 {picture.width} {picture.height} 255\n".encode() + picture.rgb


def _turned_back(picture: Picture, turns: int) -> Picture:
    pixels = np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3)
    upright = np.ascontiguousarray(np.rot90(pixels, turns))
    return Picture(upright.shape[1], upright.shape[0], upright.tobytes())


def _parsed(table: str) -> Iterator[_Row]:
    """The words of a table; its other rows are blocks, paragraphs and lines."""
    header, *rows = (row.split("\t") for row in table.split("\n") if row)
    at = {name: number for number, name in enumerate(header)}
    for row in rows:
        if len(row) < len(header) or row[at["level"]] != "5" or not row[at["text"]].strip():
            continue
        left, top, width, height = (
            float(row[at[name]]) for name in ("left", "top", "width", "height")
        )
        line = tuple(row[at[name]] for name in ("block_num", "par_num", "line_num"))
        score = min(max(float(row[at["conf"]]) / 100, 0.0), 1.0)
        yield _Row(line, row[at["text"]], Box(left, top, left + width, top + height), score)


def _sureness(rows: Sequence[_Row]) -> float:
    return sum(row.score for row in rows) / len(rows) if rows else 0.0


def _tilt(rows: Sequence[_Row]) -> float:
    """By how many degrees lines fall to the right: the median over lines of several words."""
    lines: dict[tuple[str, ...], list[Box]] = defaultdict(list)
    for row in rows:
        lines[row.line].append(row.box)
    falls = []
    for boxes in lines.values():
        if len(boxes) >= FEW:
            middles = [((box.x0 + box.x1) / 2, box.middle_y) for box in boxes]
            (x0, y0), (x1, y1) = middles[0], middles[-1]
            falls.append(math.degrees(math.atan2(y1 - y0, x1 - x0)))
    return float(np.median(falls)) if falls else 0.0


def _probability(score: float) -> float:
    return round(float(np.interp(score, SCORES, SHARES)), 4)
