"""Words on pages as a layout transformer sees them: pieces of words with boxes, in windows.

Belongs here: documents laid out, what is known of their words (lessons), the vocabulary of
pieces, and the windows over long pages. Not here: the network and how it learns, what the
classes mean. A class is a number; nothing here knows what of.

Every digit is written as 0 before words are cut, so that an amount or a day is a shape.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ledgergraph.errors import BadSetting, StaleInput
from ledgergraph.models.contract import Ints

if TYPE_CHECKING:
    from tokenizers import Tokenizer

EXTRA = "networks"
"""The extra of the package that brings torch, transformers and tokenizers."""
UNKNOWN = -100
"""The class of what nobody labelled: nothing is learned from it."""
SIDE = 1000
"""Boxes are in thousandths of their page."""
BEGIN, PAD, END, ODD = range(4)
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
"""The pieces that are no text, by their numbers, as both bodies expect them."""
MOST_PIECES = 12
"""Of one word; the rest of a longer one is not seen."""
FILE = "pieces.json"

Box = tuple[int, int, int, int]
Pixels = npt.NDArray[np.uint8]
"""A page as a picture: (SIGHT, SIGHT, 3), red, green and blue."""
SIGHT = 224
"""Pixels of both sides of a page, as the image branch looks at it."""


def needed(module: str, setting: str) -> Any:
    """A module of the extra; BadSetting says what to install where it is not there."""
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError as error:
        raise BadSetting(
            setting,
            f"needs {module}, which is not installed. Install the extra: "
            f"pip install 'ledgergraph[{EXTRA}]'.",
        ) from error


@dataclass(frozen=True)
class LaidOut:
    """The words of a document in reading order; pages count from 0, boxes are in thousandths.

    `pictures` are of its pages, for networks with an image branch; a page without is grey.
    """

    words: Sequence[str]
    pages: Sequence[int]
    boxes: Sequence[Box]
    pictures: Mapping[int, Pixels] = field(default_factory=dict)


@dataclass(frozen=True)
class Lesson:
    """A document with the classes of its words and its own; UNKNOWN where nobody labelled.

    `open` are tags that a word of tag 0 may have as well, since whoever labelled this document
    did not label those. `group` names what is never on two sides (a vendor).
    """

    laid_out: LaidOut
    tags: Sequence[int]
    tables: Sequence[int]
    cells: Sequence[int]
    type: int
    subtype: int
    group: str
    open: frozenset[int] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Window:
    """A stretch of one page: `words` are places in the document, `first` their first pieces.

    `pieces` (length,), `boxes` (length, 4) begin with BEGIN and end with END.
    """

    pieces: Ints
    boxes: Ints
    first: Ints
    words: range
    picture: Pixels | None = None


class Pieces:
    """Words cut into pieces, as learned from a corpus or as a checkpoint brings them."""

    def __init__(self, tokenizer: "Tokenizer") -> None:
        self._tokenizer = tokenizer
        self._known: dict[str, Sequence[int]] = {}

    @property
    def size(self) -> int:
        """How many pieces there are."""
        return int(self._tokenizer.get_vocab_size())

    def of(self, word: str) -> Sequence[int]:
        """The numbers of a word's pieces, one at least."""
        if word not in self._known:
            found = self._tokenizer.encode(word, add_special_tokens=False).ids[:MOST_PIECES]
            self._known[word] = found or [ODD]
        return self._known[word]

    def save(self, folder: Path) -> None:
        """Write its file into a folder."""
        text = self._tokenizer.to_str(pretty=False)
        (folder / FILE).write_text(text + "\n", encoding="utf-8")

    @staticmethod
    def load(folder: Path, name: str = FILE) -> "Pieces":
        """The pieces of a folder. Raises StaleInput if there is no such file."""
        tokenizers = needed("tokenizers", "reader")
        if not (folder / name).is_file():
            raise StaleInput(f"{folder.name} holds no {name}. Make the model again.")
        return Pieces(tokenizers.Tokenizer.from_file(str(folder / name)))


def learned_pieces(texts: Iterable[str], most: int) -> Pieces:
    """Pieces by frequency (byte-pair encoding over bytes: no letter is unknown), at most `most`."""
    tokenizers = needed("tokenizers", "reader")
    made = tokenizers.Tokenizer(tokenizers.models.BPE())
    made.normalizer = tokenizers.normalizers.Sequence(
        [
            tokenizers.normalizers.NFKC(),
            tokenizers.normalizers.Replace(tokenizers.Regex("[0-9]"), "0"),
        ]
    )
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=False)
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=most, min_frequency=2, show_progress=False, special_tokens=list(SPECIAL),
        initial_alphabet=sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet()),
    )  # fmt: skip
    made.train_from_iterator(texts, trainer)
    return Pieces(made)


def windows_of(laid_out: LaidOut, pieces: Pieces, length: int, overlap: int) -> list[Window]:
    """The windows over a document's pages, of `length` pieces at most, each of one page.

    Neighbours on a page share about `overlap` pieces: a word near a window's edge is seen by
    another window with more around it.
    """
    cut = [pieces.of(word) for word in laid_out.words]
    found = []
    for page in _pages(laid_out.pages):
        start = page.start
        while True:
            end = _end(cut, start, page.stop, length - 2)
            found.append(_window(laid_out, cut, range(start, end)))
            if end >= page.stop:
                break
            start = max(_back(cut, start, end, overlap), start + 1)
    return found


def _pages(pages: Sequence[int]) -> list[range]:
    """The stretches of words that stand on one page."""
    edges = [at for at in range(1, len(pages)) if pages[at] != pages[at - 1]]
    starts = [0, *edges] if len(pages) else []
    return [range(a, b) for a, b in zip(starts, [*edges, len(pages)], strict=False)]


def _end(cut: Sequence[Sequence[int]], start: int, stop: int, room: int) -> int:
    """The place after the last word that has room; one word always has."""
    end, used = start, 0
    while end < stop and (end == start or used + len(cut[end]) <= room):
        used += len(cut[end])
        end += 1
    return end


def _back(cut: Sequence[Sequence[int]], start: int, end: int, overlap: int) -> int:
    """The word from which on about `overlap` pieces stand before `end`."""
    used = 0
    while end > start and used + len(cut[end - 1]) <= overlap:
        end -= 1
        used += len(cut[end])
    return end


def _window(laid_out: LaidOut, cut: Sequence[Sequence[int]], words: range) -> Window:
    pieces, first = [BEGIN], []
    boxes: list[Box] = [(0, 0, 0, 0)]
    for at in words:
        first.append(len(pieces))
        pieces += cut[at]
        boxes += [laid_out.boxes[at]] * len(cut[at])
    edge = np.array([*boxes, (SIDE, SIDE, SIDE, SIDE)], dtype=np.int64)
    picture = laid_out.pictures.get(laid_out.pages[words.start]) if len(words) else None
    return Window(
        np.array([*pieces, END], dtype=np.int64), edge, np.array(first, dtype=np.int64), words,
        picture,
    )  # fmt: skip


@dataclass(frozen=True)
class Batch:
    """Windows side by side, filled up: pieces (B, P), boxes (B, P, 4), first (B, W).

    `is_piece` and `is_word` say what is no filling. `pixels` (B, 3, SIGHT, SIGHT) lie in
    [-1, 1], 0 where there is no picture; none at all for networks that look at none.
    """

    pieces: Ints
    boxes: Ints
    first: Ints
    is_piece: npt.NDArray[np.bool_]
    is_word: npt.NDArray[np.bool_]
    pixels: npt.NDArray[np.float32] | None = None


def batch_of(windows: Sequence[Window], has_images: bool = False) -> Batch:
    """Some windows (at least one) as one batch, with their pages' pictures if asked for."""
    longest = max(len(one.pieces) for one in windows)
    words = max(len(one.words) for one in windows)
    pieces = np.full((len(windows), longest), PAD, dtype=np.int64)
    boxes = np.zeros((len(windows), longest, 4), dtype=np.int64)
    first = np.zeros((len(windows), words), dtype=np.int64)
    for at, one in enumerate(windows):
        pieces[at, : len(one.pieces)] = one.pieces
        boxes[at, : len(one.pieces)] = one.boxes
        first[at, : len(one.first)] = one.first
    lengths = np.array([[len(one.pieces)] for one in windows])
    counts = np.array([[len(one.words)] for one in windows])
    pixels = np.zeros((len(windows), 3, SIGHT, SIGHT), dtype=np.float32) if has_images else None
    for at, one in enumerate(windows):
        if pixels is not None and one.picture is not None:
            pixels[at] = (one.picture.astype(np.float32) / 127.5 - 1.0).transpose(2, 0, 1)
    return Batch(
        pieces, boxes, first, np.arange(longest)[None] < lengths, np.arange(words)[None] < counts,
        pixels,
    )  # fmt: skip


@dataclass(frozen=True)
class Targets:
    """What is known of a batch: allowed tags (B, W, tags), tables, cells (B, W), (B,) the rest.

    A word of which nothing is known allows no tag, and counts nothing.
    """

    allowed: npt.NDArray[np.bool_]
    tables: Ints
    cells: Ints
    types: Ints
    subtypes: Ints


def targets_of(pairs: Sequence[tuple[Lesson, Window]], words: int, tags: int) -> Targets:
    """The targets of windows that are side by side in a batch of so many words."""
    allowed = np.zeros((len(pairs), words, tags), dtype=np.bool_)
    tables = np.full((len(pairs), words), UNKNOWN, dtype=np.int64)
    cells = np.full((len(pairs), words), UNKNOWN, dtype=np.int64)
    for at, (lesson, window) in enumerate(pairs):
        count, own = len(window.words), slice(window.words.start, window.words.stop)
        tag = np.array(lesson.tags[own], dtype=np.int64)
        known = np.flatnonzero(tag != UNKNOWN)
        allowed[at, known, tag[known]] = True
        outside = np.flatnonzero(tag == 0)
        for open_ in lesson.open:
            allowed[at, outside, open_] = True
        tables[at, :count], cells[at, :count] = lesson.tables[own], lesson.cells[own]
    return Targets(
        allowed, tables, cells,
        np.array([lesson.type for lesson, _ in pairs], dtype=np.int64),
        np.array([lesson.subtype for lesson, _ in pairs], dtype=np.int64),
    )  # fmt: skip
