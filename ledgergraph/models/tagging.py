"""A linear tagger: which of a few classes an item is in, by its named marks.

Marks are words, shapes and neighbours as text; they are hashed into a fixed number of
places, so that marks that were never seen do no harm. It knows nothing of what an item
is. Saved as JSON and as an array of numbers, never pickled.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zlib import crc32

import numpy as np

from ledgergraph.errors import StaleInput
from ledgergraph.models.contract import Floats, Ints

PLACES = 1 << 14
NEVER = -30.0
"""Log odds of a class that no example was in."""
WEIGHTS, CLASSES = "tagger.npy", "tagger.json"

Marks = Sequence[str]
"""What is known of one item."""


@dataclass(frozen=True)
class Tagged:
    """Items to learn from: the marks and the class (from 0) of each, and which belong together."""

    marks: Sequence[Marks]
    target: Ints
    group: Ints


class LinearTagger:
    """A fitted tagger; `weights` has shape (PLACES + 1, classes), the last row is the offset."""

    def __init__(self, weights: Floats) -> None:
        self._weights = weights

    def predict(self, items: Sequence[Marks]) -> Floats:
        """The probability of each class for each item, shape (items, classes)."""
        weights = self._weights
        if not items:
            return np.empty((0, weights.shape[1]))
        scores = np.array([weights[places_of(one)].sum(axis=0) for one in items]) + weights[-1]
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float64)

    def save(self, folder: Path) -> None:
        """Write its files into a folder, made if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / WEIGHTS, self._weights.astype(np.float16), allow_pickle=False)
        facts = {"places": PLACES, "classes": self._weights.shape[1]}
        (folder / CLASSES).write_text(json.dumps(facts) + "\n", encoding="utf-8")


def load(folder: Path) -> LinearTagger:
    """The tagger of a folder. Raises StaleInput if a file is missing or of another version."""
    for name in (WEIGHTS, CLASSES):
        if not (folder / name).is_file():
            raise StaleInput(f"{folder.name} holds no {name}. Make it again with `make models`.")
    facts = json.loads((folder / CLASSES).read_text(encoding="utf-8"))
    weights = np.load(folder / WEIGHTS, allow_pickle=False).astype(np.float64)
    if facts["places"] != PLACES or weights.shape != (PLACES + 1, facts["classes"]):
        raise StaleInput(f"{folder.name}/{WEIGHTS} is of another version. Make it again.")
    return LinearTagger(weights)


@lru_cache(maxsize=200_000)
def place_of(mark: str) -> int:
    """Where the weights of a mark stand."""
    return crc32(mark.encode()) % PLACES


def places_of(marks: Marks) -> list[int]:
    """The places of some marks, each once."""
    return sorted({place_of(one) for one in marks})


def fit(tagged: Tagged, classes: int, strength: float = 1.0) -> LinearTagger:
    """Multinomial logistic regression; `strength` is the inverse of the penalty on weights."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    found = [places_of(one) for one in tagged.marks]
    ends = np.cumsum([0, *map(len, found)])
    columns = np.array([place for one in found for place in one], dtype=np.int64)
    matrix = csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(found), PLACES))
    fitted = LogisticRegression(C=strength, max_iter=200).fit(matrix, tagged.target)
    weights = np.zeros((PLACES + 1, classes))
    weights[-1] = NEVER
    known = fitted.classes_ if len(fitted.classes_) > 2 else fitted.classes_[1:]
    weights[-1, fitted.classes_] = 0.0
    weights[:-1, known], weights[-1, known] = fitted.coef_.T, fitted.intercept_
    return LinearTagger(weights.astype(np.float16).astype(np.float64))
