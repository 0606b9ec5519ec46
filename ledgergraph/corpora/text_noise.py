"""Text noise: the words of an annotation as an engine would misread them, with the truth kept.

Belongs here: confused and dropped characters, lost and added spaces, and where the words of
each field are then. Not here: noise of pictures (degradation).

What changes are words and their boxes. Fields keep their value and what was printed: that
is what a reader is to give, whatever it is shown.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from zlib import crc32

import numpy as np
from numpy.random import Generator

from ledgergraph.corpora.annotations import AnnotatedWord, Annotation
from ledgergraph.evidence import Box

TABLE = "text_noise.yaml"
PRESET = "text_noise"
STRONG = (1.0, 4.0)
"""The variants of a corpus have strengths between these, evenly in their logarithm."""
APART = 0.8
"""Words further apart than so many line heights do not lose the space between them."""
LEVEL = 0.5
"""Share of the lower of two words' heights that they share where they are on one line."""


@dataclass(frozen=True)
class Habits:
    """What happens to text and how likely, for one place where it can, at strength 1.

    `confused` holds for each text what it is taken for, with the chance of each.
    """

    lost_space: float
    added_space: float
    dropped: float
    accent_lost: float
    confused: Mapping[str, Sequence[tuple[str, float]]]


@cache
def habits() -> Habits:
    """Those that come with the package: measured ones, and what is known beyond them."""
    import yaml

    stated = yaml.safe_load(resources.files(__package__).joinpath(TABLE).read_text("utf-8"))
    measured, known = stated["measured"], stated["known"]
    confused: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for text, other, chance in (*measured["confused"], *known["confused"]):
        confused[text].append((other, float(chance)))
    return Habits(
        measured["lost_space"], measured["added_space"], measured["dropped"],
        known["accent_lost"], dict(confused),
    )  # fmt: skip


def variants(annotations: Iterable[Annotation], count: int, seed: int) -> Iterator[Annotation]:
    """`count` noised variants of each annotation, of several strengths; the originals not."""
    for annotation in annotations:
        for number in range(count):
            yield noised(annotation, seed, number)


def noised(
    annotation: Annotation, seed: int, number: int = 0, strength: float | None = None
) -> Annotation:
    """One noised variant: the same for the same annotation, seed and number.

    `strength` multiplies all chances: 1 is as an engine reads scanned receipts, 0 changes
    nothing; without it, it is drawn. The variant has no file, so no `document_id`.
    """
    rng = np.random.default_rng([seed, crc32(annotation.annotation_id.encode()), number])
    drawn = float(np.exp(rng.uniform(*np.log(STRONG))))
    words, places = _words(annotation, rng, drawn if strength is None else strength)
    name = f"{annotation.name}+{PRESET}-{seed}-{number}"

    def moved(old: Sequence[int]) -> tuple[int, ...]:
        return tuple(dict.fromkeys(new for at in old for new in places[at]))

    return replace(
        annotation,
        annotation_id=f"{annotation.source}/{name}",
        name=name,
        words=tuple(words),
        fields=tuple(replace(one, words=moved(one.words)) for one in annotation.fields),
        cells=tuple(replace(one, words=moved(one.words)) for one in annotation.cells),
        document_id=None,
        media_type=None,
        preset=PRESET,
        derived_from=annotation.annotation_id,
    )


def _words(
    annotation: Annotation, rng: Generator, strength: float
) -> tuple[list[AnnotatedWord], Mapping[int, Sequence[int]]]:
    """The words as they are read, and for each old word the places of what it became."""
    own = habits()
    words: list[AnnotatedWord] = []
    places: dict[int, list[int]] = defaultdict(list)
    before: AnnotatedWord | None = None
    for at, word in enumerate(annotation.words):
        text = misread(word.text, rng, strength)
        parts = _parted(replace(word, text=text), rng, own.added_space * strength) if text else []
        is_joined = rng.random() < own.lost_space * strength
        if parts and is_joined and words and before is not None and _beside(before, word):
            words[-1] = _joined(words[-1], parts[0])
            places[at].append(len(words) - 1)
            parts = parts[1:]
        places[at] += range(len(words), len(words) + len(parts))
        words += parts
        before = word if text else None
    return words, places


def misread(text: str, rng: Generator, strength: float) -> str:
    """A text with characters confused, dropped and without accents; may be empty."""
    own, read, at = habits(), list[str](), 0
    longest = max(map(len, own.confused))
    while at < len(text):
        for size in range(min(longest, len(text) - at), 0, -1):
            piece = text[at : at + size]
            other = _taken_for(own.confused.get(piece, ()), rng, strength)
            if other is not None:
                read.append(other)
                at += size
                break
        else:
            letter = text[at]
            at += 1
            bare = unicodedata.normalize("NFD", letter)[0]
            if bare != letter and rng.random() < own.accent_lost * strength:
                letter = bare
            if not (letter.isalnum() and rng.random() < own.dropped * strength):
                read.append(letter)
    return "".join(read)


def _taken_for(choices: Sequence[tuple[str, float]], rng: Generator, strength: float) -> str | None:
    if not choices:
        return None
    drawn = float(rng.random())
    for other, chance in choices:
        drawn -= chance * strength
        if drawn < 0:
            return other
    return None


def _parted(word: AnnotatedWord, rng: Generator, chance: float) -> list[AnnotatedWord]:
    """The word, or its two parts with a box each."""
    size = len(word.text)
    if size < 2 or rng.random() >= 1 - (1 - min(chance, 1.0)) ** (size - 1):
        return [word]
    cut = int(rng.integers(1, size))
    box = word.box
    middle = box.x0 + (box.x1 - box.x0) * cut / size
    return [
        replace(word, text=word.text[:cut], box=Box(box.x0, box.y0, middle, box.y1)),
        replace(word, text=word.text[cut:], box=Box(middle, box.y0, box.x1, box.y1)),
    ]


def _beside(before: AnnotatedWord, word: AnnotatedWord) -> bool:
    """Whether a word follows the other one on its line, a space apart."""
    first, second = before.box, word.box
    low = min(first.height, second.height)
    shared = min(first.y1, second.y1) - max(first.y0, second.y0)
    return (
        before.page == word.page
        and shared >= LEVEL * low
        and -low <= second.x0 - first.x1 <= APART * low
    )


def _joined(first: AnnotatedWord, second: AnnotatedWord) -> AnnotatedWord:
    return replace(first, text=first.text + second.text, box=Box.around([first.box, second.box]))
