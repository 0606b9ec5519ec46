"""What a document looks like, as a vector: half its first words, half where print stands.

Belongs here: which text and which measures of a page count, and how they are joined. Not
here: how text becomes a vector (models.sentences), and what is similar (similarity).

Only the first page that has words counts: its sender, its title, its form. The numbers of
a vector are whole, from -127 to 127, so that the product of two is exact in float32: two
documents have one score, whatever batch, library or server compares them.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow as pa

from ledgergraph.graph.schemas import DOCUMENT_EMBEDDINGS

Vector = np.ndarray[Any, np.dtype[Any]]
Encode = Callable[[str], Vector]
"""A text to its vector of length one."""

WORDS = 64
"""First words of a page that are encoded, as far as the encoder takes them."""
ACROSS, DOWN = 8, 11
"""Cells of a page in which print is measured."""
HALF = 0.5**0.5
SCALE = 320
"""A vector of length one, times this, is rounded to whole numbers."""
LARGEST = 127


def embeddings_of(pages: pa.Table, words: pa.Table, encode: Encode) -> pa.Table:
    """Table `document_embeddings`: a vector for each document that has words.

    `pages` and `words` are in the schemas of those names (extractions.schemas), and in the
    order of their keys.
    """
    shapes = {
        (document, page): (width, height)
        for document, page, width, height in _columns(
            pages, "document_id", "page", "width", "height"
        )
    }
    counts = Counter(pages["document_id"].to_pylist())
    rows = []
    for document_id, page, found in _first_pages(words):
        text = " ".join(found["text"].slice(0, WORDS).to_pylist())
        layout = layout_of(found, *shapes[document_id, page], counts[document_id])
        vector = joined(encode(text), layout)
        rows.append({"document_id": document_id, "vector": vector})
    return DOCUMENT_EMBEDDINGS.conform(DOCUMENT_EMBEDDINGS.rows(rows))


def joined(text: Vector, layout: Vector) -> Vector:
    """Two vectors of length one as one of int8; the score of such is the mean of both scores."""
    whole = np.rint(np.concatenate([text, layout]) * (HALF * SCALE))
    return whole.clip(-LARGEST, LARGEST).astype(np.int8)


def layout_of(words: pa.Table, width: float, height: float, pages: int) -> Vector:
    """Where and how a page is printed, as a vector of length one.

    The share of each cell that words cover, less the mean of all cells; then the page's
    form, its words, their size, how many have digits or are in capitals, and its margins,
    each brought to about -1 to 1.
    """
    texts = words["text"].to_pylist()
    boxes = np.column_stack([words[edge].to_numpy() for edge in ("x0", "y0", "x1", "y1")])
    boxes = (boxes / [width, height, width, height]).clip(0, 1)
    x0, y0, x1, y1 = boxes.T
    cells = np.zeros((DOWN, ACROSS))
    at = [
        np.minimum((middle * count).astype(int), count - 1)
        for middle, count in (((y0 + y1) / 2, DOWN), ((x0 + x1) / 2, ACROSS))
    ]
    np.add.at(cells, tuple(at), (x1 - x0) * (y1 - y0))
    printed = np.sqrt(cells).ravel()
    printed -= printed.mean()
    measures = np.array(
        [
            np.log(height / width) - 0.35,
            np.log1p(len(texts)) - 5,
            min(pages, 8) / 4 - 0.5,
            60 * (np.median(y1 - y0) * height / width - 0.015),
            3 * np.mean([any(one.isdigit() for one in text) for text in texts]) - 1,
            3 * np.mean([text.isupper() for text in texts]) - 0.5,
            8 * (x0.min() - 0.08),
            3 * (y1.max() - 0.8),
        ]
    )
    return _of_length_one(np.concatenate([_of_length_one(printed), measures.clip(-2, 2) / 4]))


def _of_length_one(vector: Vector) -> Vector:
    length = np.linalg.norm(vector)
    return vector / length if length else vector


def _first_pages(words: pa.Table) -> Iterator[tuple[str, int, pa.Table]]:
    """Document, page and words of the first page of each document that has any."""
    start = 0
    runs = groupby(_columns(words, "document_id", "page"))
    for document_id, pages in groupby(
        ((*key, sum(1 for _ in run)) for key, run in runs), itemgetter(0)
    ):
        for number, (_, page, count) in enumerate(pages):
            if number == 0:
                yield document_id, page, words.slice(start, count)
            start += count


def _columns(table: pa.Table, *names: str) -> Iterator[Sequence[Any]]:
    return zip(*(table[name].to_pylist() for name in names), strict=True)
