"""Letters that recognition took for others, set right where little doubt is left.

Belongs here: what is repaired of the words of a name or an address, and when. Not here: which
words there are (a model brings those it learned), and what was recognised (it stays in `raw`).

Digits among letters and letters among digits are repaired by their neighbours. A word that
the engine itself doubts becomes the one known word that differs in a letter or two; a word
that it read surely is never touched, for most unknown words are right.
"""

import re
from collections.abc import Collection, Mapping, Sequence

from rapidfuzz.distance import Levenshtein

DOUBTED = 0.8
"""Below this confidence a word may be repaired by a known one."""
SHORTEST, LONG = 5, 9
"""Letters of a word that may differ in one letter, and of one that may differ in two."""
IN_NUMBERS = str.maketrans("OoIl|", "00111")
NUMBER = re.compile(r"(?=(?:\D*\d){2})[\dOoIl|]{3,}")
IN_WORDS = (
    (re.compile(r"(?<=[^\W\d_])0(?=[^\W\d_])"), "O"),
    (re.compile(r"(?<=[a-z])1|1(?=[a-z]{2})"), "l"),
    (re.compile(r"(?<=[A-Z])1(?=[A-Z])"), "I"),
    (re.compile(r"(?<=[A-Z])5(?=[A-Z])"), "S"),
    (re.compile(r"(?<=[A-Z])8(?=[A-Z])"), "B"),
)
"""One digit among letters, and the letter that it is."""
LOWER_I = re.compile(r"(?<=[a-z])I(?=[a-z])")
WORD = re.compile(r"[^\W\d_]{5,}")
PIECES = re.compile(r"(\W+)")
STROKED = frozenset({"S/B", "A/S"})
"""Legal forms of two letters and a stroke, which recognition reads as numbers of a street."""
AS_LETTERS = str.maketrans("0158", "OISB")
LONG_FORM = 6
"""Letters of a legal form of several words that one misread letter does not hide."""
Known = Mapping[int, Collection[str]]
"""Words that are known, in lower case, by their length."""


def known_words(words: Collection[str]) -> Known:
    """Words as they are looked up."""
    found: dict[int, list[str]] = {}
    for word in sorted(set(words)):
        found.setdefault(len(word), []).append(word)
    return {length: frozenset(own) for length, own in found.items()}


def repaired_word(text: str, confidence: float, known: Known) -> str:
    """A recognised word, its pieces between signs each set right where that can be told."""
    return "".join(
        piece if at % 2 else _piece(piece, confidence, known)
        for at, piece in enumerate(PIECES.split(text))
    )


def _piece(piece: str, confidence: float, known: Known) -> str:
    if len(piece) < 3:
        return piece
    if NUMBER.fullmatch(piece):
        return piece.translate(IN_NUMBERS)
    if sum(map(str.isdigit, piece)) == 1 and len(piece) >= SHORTEST - 1:
        for pattern, letter in IN_WORDS:
            piece = pattern.sub(letter, piece)
    piece = LOWER_I.sub("l", piece)
    if confidence >= DOUBTED or len(piece) < SHORTEST or not piece.isalpha():
        return piece
    near = _nearest(piece.lower(), known)
    if near is None:
        return piece
    return near.upper() if piece.isupper() else near.title() if piece[:1].isupper() else near


def repaired_forms(words: Sequence[str], forms: Collection[str]) -> list[str]:
    """The words of a line with its last legal form set right: `5/B` is `S/B`, `SON BHD` `SDN BHD`.

    `forms` are legal forms as letters alone, in lower case. Nothing but one misread letter is
    repaired, and only where the words together have the length of the form.
    """
    found = list(words)
    for at, word in enumerate(found):
        form = word.upper().translate(AS_LETTERS)
        if form in STROKED and any(map(str.isalpha, word)):
            found[at] = form if word.upper() == word else form.lower()
        pair = f"{word} {found[at + 1]}" if at + 1 < len(found) else ""
        bare = re.sub(r"\W", "", pair).lower()
        if len(bare) < LONG_FORM or bare in forms or len(bare) != len(pair) - 1:
            continue
        near = [one for one in forms if len(one) == len(bare) and _differ(one, bare) == 1]
        if len(near) == 1:
            place = next(k for k, letter in enumerate(bare) if letter != near[0][k])
            place += place >= len(word)
            letter = near[0][place - (place > len(word))]
            pair = pair[:place] + (letter.upper() if pair.isupper() else letter) + pair[place + 1 :]
            found[at], found[at + 1] = pair.split(" ")
    return found


def _differ(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def _nearest(word: str, known: Known) -> str | None:
    """The one known word that differs least, if it differs little; None for a known word."""
    if word in known.get(len(word), ()):
        return None
    most = 2 if len(word) >= LONG else 1
    found: list[tuple[int, str]] = []
    for length in range(len(word) - 1, len(word) + 2):
        for one in known.get(length, ()):
            apart = Levenshtein.distance(word, one, score_cutoff=most)
            if apart <= most:
                found.append((apart, one))
    least = min(found, default=None)
    if least is None or sum(apart == least[0] for apart, _ in found) > 1:
        return None
    return least[1]


def words_in(text: str) -> frozenset[str]:
    """The words of a text that are long enough to repair others by, in lower case."""
    return frozenset(one.lower() for one in WORD.findall(text))
