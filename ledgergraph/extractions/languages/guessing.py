"""In which language a stretch of text is: a line of an item, a page, a label in two languages.

Belongs here: the guess, from the same files that readers look words up in. Not here: which
words a document is read with (`lexicon_for`).

A word that few languages share says most; the letters of the others, three by three, say the
rest, as the words of each file have them. Texts of a word or two lean on what surrounds them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log

from ledgergraph.extractions.languages import CODES, file_of

WORD_SAYS = 3.0
"""How much more likely, in logarithms, a word of one language alone makes that language."""
LETTERS_SAY = 0.6
"""What letters count: those of neighbouring threes are no independent evidence."""
SURROUNDED = 0.5
"""Prior probability that a text is in the language that surrounds it."""
SMOOTHING = 0.3
SURE = 0.75
"""Below this probability a guess is none."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A language, ISO 639-1, and how probable it is among those that are known."""

    language: str
    probability: float

    @property
    def is_sure(self) -> bool:
        """Whether it can be acted upon."""
        return self.probability >= SURE


def guess(text: str, around: str | None = None) -> Guess:
    """The language of a text; `around` is that of the document that it stands in.

    A text without letters is in the language around it (else English), with the prior of that.
    """
    share = SURROUNDED if around in CODES else 1 / len(CODES)
    rest = (1 - share) / (len(CODES) - 1)
    scores = {code: log(share if code == around else rest) for code in CODES}
    for word in _words(text):
        for code, says in _says(word).items():
            scores[code] += says
    best = max(CODES, key=lambda code: (scores[code], code == "en"))
    total = sum(exp(score - scores[best]) for score in scores.values())
    return Guess(best, 1 / total)


def _words(text: str) -> Iterator[str]:
    """The words of a text in small letters, accents kept; those with digits tell nothing."""
    for part in text.casefold().replace("'", " ").replace("’", " ").split():
        word = part.strip('.,;:()[]/"*-–')
        for piece in word.split("-"):
            if len(piece) > 1 and piece.isalpha():
                yield piece


@lru_cache(maxsize=65_536)
def _says(word: str) -> Mapping[str, float]:
    """What a word adds to the score of each language; at most as much as a known word does."""
    users = _users().get(word)
    if users is not None:
        return {code: WORD_SAYS * log(len(CODES) / len(users)) / log(len(CODES)) for code in users}
    counts, sizes = _letters()
    padded = f"^{word}$"
    threes = [padded[at : at + 3] for at in range(len(padded) - 2)]
    likely = {
        code: sum(
            log((counts[code][three] + SMOOTHING) / (sizes[code] + SMOOTHING * 5_000))
            for three in threes
        )
        for code in CODES
    }
    mean = sum(likely.values()) / len(likely)
    return {
        code: max(-WORD_SAYS, min(WORD_SAYS, LETTERS_SAY * (one - mean)))
        for code, one in likely.items()
    }


@lru_cache(maxsize=1)
def _users() -> Mapping[str, frozenset[str]]:
    """Words of running text to the languages whose files list them."""
    users: dict[str, set[str]] = {}
    for code in CODES:
        for word in file_of(code)["words"]:
            users.setdefault(word.casefold(), set()).add(code)
    return {word: frozenset(codes) for word, codes in users.items()}


@lru_cache(maxsize=1)
def _letters() -> tuple[Mapping[str, Counter[str]], Mapping[str, int]]:
    """How often three letters follow each other in the words of each language's file."""
    counts: dict[str, Counter[str]] = {}
    for code in CODES:
        raw = file_of(code)
        groups = (raw[name].values() for name in ("labels", "headings", "types", "months"))
        phrases = [*raw["words"], *(one for group in groups for many in group for one in many)]
        threes: Counter[str] = Counter()
        for word in {word for phrase in phrases for word in _words(phrase)}:
            padded = f"^{word}$"
            threes.update(padded[at : at + 3] for at in range(len(padded) - 2))
        counts[code] = threes
    return counts, {code: threes.total() for code, threes in counts.items()}
