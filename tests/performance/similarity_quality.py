"""Whether documents that are found as similar are of one vendor, layout and type; and how fast."""

import time
from collections.abc import Iterator

import numpy as np
from sections import BENCHMARKS, PERFORMANCE, Row, Section

from ledgergraph.corpora.annotations import Annotation
from ledgergraph.corpora.synthetic import Order, made_documents
from ledgergraph.extractions.schemas import PAGES, WORDS
from ledgergraph.graph.embeddings import Vector, embeddings_of
from ledgergraph.graph.schemas import DIMENSIONS, SIMILAR_DOCUMENTS
from ledgergraph.graph.similarity import MOST, THRESHOLD, Vectors, nearest, similar_of
from ledgergraph.models import sentences

SEED, PAPERS = 9413, 480
LABELS = ("vendor", "template", "type")
SIZES = (10_000, 100_000)
BATCH = 500
ALIKE = 20
"""Made vectors are of kinds of about so many each."""


def similar() -> list[Section]:
    """Neighbours by what they are compared with, the pairs that are kept, and times."""
    made = {
        one.annotation.annotation_id: one.annotation
        for one in made_documents(Order(PAPERS, [SEED]))
    }
    pages = PAGES.conform(PAGES.rows(row for one in made.values() for row in _pages(one)))
    words = WORDS.conform(WORDS.rows(row for one in made.values() for row in _words(one)))
    encode = sentences.encoder().encode
    start = time.process_time()
    vectors = Vectors.of(embeddings_of(pages, words, encode))
    milliseconds = 1000 * (time.process_time() - start) / len(vectors.ids)
    labels = {
        name: np.array([str(getattr(made[one], name)) for one in vectors.ids]) for name in LABELS
    }
    text, layout = np.split(vectors.numbers.astype(float), [sentences.DIMENSIONS], axis=1)
    chance = np.random.default_rng(SEED).normal(size=(len(vectors.ids), 8))
    compared = {
        "text and layout": vectors.numbers.astype(float), "text alone": text,
        "layout alone": layout, "chance": chance,
    }  # fmt: skip
    kept = similar_of(vectors, SIMILAR_DOCUMENTS.empty(), set())
    ends = [
        np.array([vectors.places[one] for one in kept[name].to_pylist()], int)
        for name in ("document_id", "other_id")
    ]
    return [
        Section(
            BENCHMARKS, "Similar documents",
            f"{len(vectors.ids)} made papers of all kinds, languages and layouts: the share whose "
            "nearest neighbour is of the same vendor (of those with another paper of it), layout "
            "and type; and the same where papers of its own vendor are left out.",
            ("compared by", *LABELS, "other vendors: template", "other vendors: type"),
            [(name, *_shares(numbers, labels)) for name, numbers in compared.items()],
        ),
        Section(
            BENCHMARKS, "Pairs that are kept as similar",
            f"Of the same papers: at most {MOST} others of each, of a score of {THRESHOLD} at "
            "least, and the share of pairs that are of one vendor, layout and type.",
            ("papers", "pairs", *LABELS),
            [(len(vectors.ids), len(kept), *(
                float((labels[name][ends[0]] == labels[name][ends[1]]).mean()) for name in LABELS
            ))],
        ),
        Section(
            PERFORMANCE, "Finding similar documents",
            f"A vector takes {milliseconds:.0f} ms of CPU a document. Below, seconds of CPU to "
            f"compare {BATCH} new documents with all and to keep the pairs up to date, and to "
            "find ten neighbours of one among all stored vectors, without an index.",
            ("documents", f"{BATCH} new", "ten of one"), [_times(size) for size in SIZES],
        ),
    ]  # fmt: skip


def _pages(of: Annotation) -> Iterator[dict[str, object]]:
    for at, page in enumerate(of.pages):
        size = {"width": page.width, "height": page.height}
        yield {"document_id": of.annotation_id, "page": at, **size}


def _words(of: Annotation) -> Iterator[dict[str, object]]:
    for at, word in enumerate(of.words):
        box = {edge: getattr(word.box, edge) for edge in ("x0", "y0", "x1", "y1")}
        yield {"document_id": of.annotation_id, "page": word.page, "word": at,
               "text": word.text, **box}  # fmt: skip


def _shares(numbers: Vector, labels: dict[str, Vector]) -> Row:
    unit = numbers / np.maximum(np.linalg.norm(numbers, axis=1, keepdims=True), 1e-9)
    scores = unit @ unit.T
    np.fill_diagonal(scores, -np.inf)
    own = labels["vendor"][:, None] == labels["vendor"][None, :]
    best, elsewhere = scores.argmax(1), np.where(own, -np.inf, scores).argmax(1)
    has_another = own.sum(1) > 1
    found = [float((labels[name][best] == labels[name]).mean()) for name in LABELS]
    found[0] = float((labels["vendor"][best] == labels["vendor"])[has_another].mean())
    return found + [float((labels[name][elsewhere] == labels[name]).mean()) for name in LABELS[1:]]


def _times(size: int) -> Row:
    rng = np.random.default_rng(SEED)
    middles = rng.normal(size=(size // ALIKE, DIMENSIONS)).astype(np.float32)
    numbers = np.empty((size, DIMENSIONS), np.int8)
    for start in range(0, size, BATCH):
        kinds = middles[rng.integers(len(middles), size=BATCH)]
        drawn = kinds + 0.45 * rng.normal(size=kinds.shape)
        unit = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
        numbers[start : start + BATCH] = np.rint(unit * 320).clip(-127, 127)
    vectors = Vectors([f"{at:09}" for at in range(size)], numbers)
    known = set(vectors.ids[:-BATCH])
    start_at = time.process_time()
    similar_of(vectors, SIMILAR_DOCUMENTS.empty(), known)
    update = time.process_time() - start_at
    start_at = time.process_time()
    nearest(vectors, numbers[0], 10)
    return size, update, time.process_time() - start_at
