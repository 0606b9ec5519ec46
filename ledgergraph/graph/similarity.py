"""Which documents are like which: exact search over vectors, and the pairs that are kept.

Belongs here: scores, the nearest of some vectors, and how pairs are kept up to date at the
cost of what is new. Not here: what vectors are made of (embeddings), and the indexes of
databases (resources.graph), whose candidates are scored here again.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.graph.schemas import DIMENSIONS, SIMILAR_DOCUMENTS

Numbers = np.ndarray[Any, np.dtype[Any]]
Pairs = tuple[Numbers, Numbers, Numbers]
"""Places of documents, places of others, their scores."""

THRESHOLD = 0.8
"""Least score of a pair that is kept: of made papers 98 % of such pairs are of one vendor."""
MOST = 10
"""Most documents that are kept as similar to one."""
ROWS, COLUMNS = 256, 16_384
"""How many vectors are compared with how many at a time: 32 MB of scores."""
WAITING = 2_000_000
"""Pairs that wait at most until the best of each document are chosen among them: 50 MB."""


@dataclass(frozen=True)
class Vectors:
    """Documents in the order of their ids, and of each a row of `numbers`, int8."""

    ids: Sequence[str]
    numbers: Numbers

    @staticmethod
    def of(table: pa.Table) -> "Vectors":
        """Those of table `document_embeddings`, which is in the order of its key."""
        numbers = pc.list_flatten(table["vector"].combine_chunks()).to_numpy()
        return Vectors(table["document_id"].to_pylist(), numbers.reshape(-1, DIMENSIONS))

    @cached_property
    def places(self) -> dict[str, int]:
        """The row of each document."""
        return {document_id: at for at, document_id in enumerate(self.ids)}

    @cached_property
    def inverses(self) -> Numbers:
        """One by the length of each vector, 0 where it has none."""
        return _inverses(self.numbers)


def nearest(
    parts: Iterable[Vectors], vector: Numbers, most: int, besides: str | None = None
) -> list[tuple[str, float]]:
    """The documents most like a vector, but for one, with scores; the best first, then by id.

    `parts` hold a document once between them. They are compared one after another and only
    the best are kept, so that memory is that of the largest, however many there are.
    """
    inverse = _inverses(vector[None])
    best: list[tuple[str, float]] = []
    for part in parts:
        for start in range(0, len(part.ids), COLUMNS):
            run = slice(start, min(start + COLUMNS, len(part.ids)))
            scores = _cosines(vector[None], inverse, part.numbers[run], part.inverses[run])[0]
            order = np.lexsort((np.arange(len(scores)), -scores))[: most + 1]
            found = [(part.ids[start + at], float(scores[at])) for at in order]
            best += [one for one in found if one[0] != besides]
        best = sorted(best, key=lambda one: (-one[1], one[0]))[:most]
    return best


def similar_of(vectors: Vectors, earlier: pa.Table, known: Collection[str]) -> pa.Table:
    """Table `similar_documents`: for each document at most `MOST` others, none under `THRESHOLD`.

    `earlier` are the pairs among documents `known`, whose vectors are still the same (some
    may be gone): only the others are compared with all. What comes of it is what would
    come of none known.
    """
    places = vectors.places
    is_known = np.array([one in known for one in vectors.ids], bool)
    documents, others = (
        np.array([places.get(one, -1) for one in earlier[name].to_pylist()], np.int64)
        for name in ("document_id", "other_id")
    )
    is_there = is_known[documents] & (documents >= 0) if len(documents) else documents == 0
    is_lost = is_there & ~((others >= 0) & is_known[others])
    full = np.bincount(documents[is_there], minlength=len(places)) >= MOST
    bereft = np.zeros(len(places), bool)
    bereft[documents[is_lost]] = True
    bereft &= full
    kept = is_there & ~is_lost & ~bereft[documents]
    best = _Best(len(places))
    best.add(documents[kept], others[kept], earlier["score"].to_numpy()[kept])
    for found in _compared(vectors, is_known, bereft, best):
        best.add(*found)
    documents, others, scores = best.chosen()
    ids = pa.array(vectors.ids, pa.string())
    return SIMILAR_DOCUMENTS.conform(
        pa.table({"document_id": ids.take(documents), "other_id": ids.take(others),
                  "score": scores})
    )  # fmt: skip


class _Best:
    """The best others of each document among all pairs that were added."""

    def __init__(self, documents: int) -> None:
        self.least = np.full(documents, THRESHOLD)
        """The score that a pair of a document must have to count."""
        self._waiting: list[Pairs] = []
        self._count = 0

    def add(self, documents: Numbers, others: Numbers, scores: Numbers) -> None:
        self._waiting.append((documents, others, scores))
        self._count += len(documents)
        if self._count > WAITING:
            self.chosen()

    def chosen(self) -> Pairs:
        """The best pairs so far, in the order of documents and then of scores."""
        documents, others, scores = (
            np.concatenate(one) for one in zip(*self._waiting, strict=True)
        )
        order = np.lexsort((others, -scores, documents))
        documents, others, scores = documents[order], others[order], scores[order]
        starts = np.searchsorted(documents, documents)
        rank = np.arange(len(documents)) - starts
        is_best = rank < MOST
        is_last = rank == MOST - 1
        self.least[documents[is_last]] = scores[is_last]
        best = documents[is_best], others[is_best], scores[is_best]
        self._waiting, self._count = [best], int(is_best.sum())
        return best


def _compared(vectors: Vectors, is_known: Numbers, bereft: Numbers, best: _Best) -> Iterator[Pairs]:
    """Pairs of the documents that are new or lost one, and of known ones with new ones."""
    searched = np.flatnonzero(~is_known | bereft)
    for at in range(0, len(searched), ROWS):
        rows = searched[at : at + ROWS]
        for start in range(0, len(is_known), COLUMNS):
            columns = slice(start, min(start + COLUMNS, len(is_known)))
            scores = _cosines(
                vectors.numbers[rows], vectors.inverses[rows],
                vectors.numbers[columns], vectors.inverses[columns],
            )  # fmt: skip
            i, j = np.nonzero(scores >= best.least[rows][:, None])
            found, others = rows[i], j + start
            own = found != others
            yield found[own], others[own], scores[i, j][own]
            i, j = np.nonzero(scores >= best.least[columns])
            found, others = rows[i], j + start
            back = ~is_known[found] & is_known[others] & ~bereft[others]
            yield others[back], found[back], scores[i, j][back]


def _cosines(some: Numbers, of_some: Numbers, others: Numbers, of_others: Numbers) -> Numbers:
    """Scores of vectors with others, by these and their inverse lengths; exact but for rounding."""
    products = some.astype(np.float32) @ others.astype(np.float32).T
    scores: Numbers = products * np.outer(of_some, of_others)
    return scores


def _inverses(numbers: Numbers) -> Numbers:
    lengths: Numbers = np.sqrt(np.einsum("ij,ij->i", numbers, numbers, dtype=np.float64))
    inverses: Numbers = np.divide(1, lengths, out=np.zeros(len(lengths)), where=lengths > 0)
    return inverses
