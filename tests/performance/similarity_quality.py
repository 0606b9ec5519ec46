"""Whether documents that are found as similar are of one vendor, layout and type; and how fast."""

import os
import time
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
from graph_speed import NEO4J, neo4j_for_tests
from sections import BENCHMARKS, PERFORMANCE, Row, Section
from stopwatch import LEDGERGRAPH, cpu_of, memory_of, ran, timed

from ledgergraph.artifacts import Manifest
from ledgergraph.corpora.annotations import Annotation
from ledgergraph.corpora.synthetic import Order, made_documents
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.extractions.schemas import PAGES, WORDS
from ledgergraph.graph.embeddings import Vector, embeddings_of
from ledgergraph.graph.schemas import DIMENSIONS, DOCUMENT_EMBEDDINGS, SIMILAR_DOCUMENTS
from ledgergraph.graph.similarity import MOST, THRESHOLD, Vectors, nearest, similar_of
from ledgergraph.models import sentences
from ledgergraph.tables import Table
from resources.store import Store

SEED, PAPERS = 9413, 480
LABELS = ("vendor", "template", "type")
SIZES = (10_000, 100_000)
BATCH = 500
ALIKE = 20
"""Made vectors are of kinds of about so many each."""
VECTORS = "LEDGERGRAPH_BENCH_VECTORS"
PART, ASKED = 10_000, 100


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
    numbers = np.concatenate([*_made(size)])
    vectors = Vectors([f"{at:09}" for at in range(size)], numbers)
    known = set(vectors.ids[:-BATCH])
    start_at = time.process_time()
    similar_of(vectors, SIMILAR_DOCUMENTS.empty(), known)
    update = time.process_time() - start_at
    start_at = time.process_time()
    nearest([vectors], numbers[0], 10)
    return size, update, time.process_time() - start_at


def _made(size: int) -> Iterator[Vector]:
    """Vectors as documents have them, `BATCH` at a time: each near the middle of a kind."""
    rng = np.random.default_rng(SEED)
    middles = rng.normal(size=(size // ALIKE, DIMENSIONS)).astype(np.float32)
    for _ in range(0, size, BATCH):
        kinds = middles[rng.integers(len(middles), size=BATCH)]
        drawn = kinds + 0.45 * rng.normal(size=kinds.shape)
        unit = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
        yield np.rint(unit * 320).clip(-127, 127).astype(np.int8)


# Many vectors: a home's store, and the index of the Neo4j that there is.


def similar_million() -> list[Section]:
    """What vectors of many documents take to keep and to search, by comparing and by index."""
    rows: list[Row] = []
    for size in map(int, os.environ.get(VECTORS, "100000,1000000").split(",")):
        with TemporaryDirectory() as place:
            rows.append(_compared(Path(place), size))
        if os.environ.get(NEO4J):
            rows.append(_indexed(size))
    indexed = "" if os.environ.get(NEO4J) else f" No index was measured: {NEO4J} names no Neo4j."
    return [
        Section(
            PERFORMANCE, "Similar documents among a million",
            f"Made vectors of {DIMENSIONS} numbers, of kinds of about {ALIKE} each, in batches of "
            f"{PART:,}. Compared: the command `ledgergraph similar` on a store, its start "
            "included, memory being its peak. Indexed: the same ten, out of four times as many "
            f"that Neo4j's index gives, of {ASKED} documents asked for; memory is the peak of the "
            "server, where it is on this machine. Recall is the share of the ten nearest by "
            f"comparing all; sizes by {VECTORS}.{indexed}",
            ("documents", "by", "written, s", "MiB stored", "question, wall s", "CPU s",
             "peak MiB", "recall"),
            rows,
        )
    ]  # fmt: skip


def _tables(size: int) -> Iterator[pa.Table]:
    """Table `document_embeddings` of each batch."""
    made, start = _made(size), 0
    while some := [*islice(made, PART // BATCH)]:
        numbers = np.concatenate(some)
        ids = pa.array([f"sha256:{start + at:064x}" for at in range(len(numbers))])
        offsets = pa.array(np.arange(len(numbers) + 1, dtype=np.int32) * DIMENSIONS)
        vectors = pa.ListArray.from_arrays(offsets, pa.array(numbers.reshape(-1)))
        kind = DOCUMENT_EMBEDDINGS.schema.field("vector").type
        yield pa.table({"document_id": ids, "vector": vectors.cast(kind)})
        start += len(numbers)


def _compared(place: Path, size: int) -> Row:
    """What comparing all takes: the command as people call it."""
    store = Store(str(place / "store"))
    wall = 0.0
    for at, table in enumerate(_tables(size)):
        names = [{"document_id": one, "name": one[-9:]} for one in table["document_id"].to_pylist()]
        for asset, kept, rows in (
            ("documents", DOCUMENTS, DOCUMENTS.rows(names)),
            (DOCUMENT_EMBEDDINGS.name, DOCUMENT_EMBEDDINGS, table),
        ):
            _, took = timed(partial(_put, store, asset, f"{at:03}", kept, rows))
            wall += took.wall if asset == DOCUMENT_EMBEDDINGS.name else 0.0
    held = (place / "store" / "tables" / DOCUMENT_EMBEDDINGS.name).rglob("*.parquet")
    stored = sum(one.stat().st_size for one in held) / 2**20
    command = [LEDGERGRAPH, "similar", f"sha256:{size // 2:064x}", "--home", str(place)]
    ran(command)  # compiles what is compiled once
    asked = ran(command)
    return size, "comparing all", wall, stored, asked.wall, asked.cpu, asked.peak, 1.0


def _put(store: Store, asset: str, partition: str, table: Table, rows: pa.Table) -> None:
    store.commit(Manifest(asset, partition, "1", (store.put_table(table, rows),)))


def _indexed(size: int) -> Row:
    """What Neo4j's index takes, and how many of the true neighbours it finds."""
    step = size // ASKED
    wanted = [at * step for at in range(ASKED)]
    with neo4j_for_tests() as (graph, pid):
        wall, asked = 0.0, dict[str, Vector]()
        with graph.held() as held:
            for at, table in enumerate(_tables(size)):
                _, took = timed(partial(held.write_vectors, f"{at:03}", table))
                wall += took.wall
                asked |= _asked(table, at * PART, wanted)
        before, start = cpu_of(pid) if pid else float("nan"), time.perf_counter()
        found = {
            one: nearest([Vectors.of(graph.like(vector.tolist(), 44))], vector, 10, besides=one)
            for one, vector in asked.items()
        }
        spent = (time.perf_counter() - start) / ASKED
        cpu = ((cpu_of(pid) if pid else float("nan")) - before) / ASKED
        memory = memory_of(pid)[1] if pid else None
    truth = {one: list[tuple[str, float]]() for one in asked}
    for table in _tables(size):
        part = Vectors.of(table)
        for one, vector in asked.items():
            near = [*truth[one], *nearest([part], vector, 10, besides=one)]
            truth[one] = sorted(near, key=lambda it: (-it[1], it[0]))[:10]
    right = sum(len(dict(truth[one]).keys() & dict(found[one]).keys()) for one in asked)
    return size, "Neo4j's index", wall, None, spent, cpu, memory, right / (10 * ASKED)


def _asked(table: pa.Table, start: int, wanted: Sequence[int]) -> dict[str, Vector]:
    """The documents of a batch that are asked for, with their vectors."""
    part = Vectors.of(table)
    own = [at - start for at in wanted if start <= at < start + len(part.ids)]
    return {part.ids[at]: part.numbers[at] for at in own}
