"""The reader's corpus by Spark: time and memory by the number of annotations.

    python tests/performance/corpus_speed.py INPUT TARGET     one run of the job, as measured

Annotations are varied from a few hundred, with Arrow, some thousand at a time: making a
million takes a minute or two, and is not counted.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sections import PERFORMANCE, Row, Section
from stopwatch import cpu_of_tree, ran

from ledgergraph.corpora.annotations import ANNOTATIONS

SIZES = (10_000, 100_000, 1_000_000)
BASE, WORDS, FIELDS, CELLS = 400, 150, 20, 30
VOCABULARY, TEMPLATES, OF_A_VENDOR = 50_000, 400, 50
COPIED, CHANGED = 0.05, 0.3
"""The share that is nearly the same as the one before, and of words that vary in the others."""
SHARD = 10_000
SEED = 4242


def reader_corpus(sizes: tuple[int, ...] = SIZES) -> list[Section]:
    """The whole job, from files of annotations to files of a corpus, on all cores."""
    rows: list[Row] = []
    for size in sizes:
        with TemporaryDirectory(prefix="corpus-bench-") as place:
            made = Path(place) / "made"
            megabytes = write_annotations(size, made) / 2**20
            took = ran([sys.executable, __file__, str(made), str(Path(place) / "corpus")])
            facts = json.loads(took.output.strip().splitlines()[-1])
            rows.append(
                (size, megabytes, facts["kept"], facts["near_duplicate"], took.wall, facts["cpu"],
                 size / facts["cpu"], took.peak, took.peak_children, took.peak_together)
            )  # fmt: skip
    sentence = (
        f"Annotations of {WORDS} words, {FIELDS} fields and {CELLS} cells, {COPIED:.0%} of them "
        "nearly the same as another, cleaned, deduplicated, sampled, split and written by "
        "`local[*]`; the start of Python and of the JVM counts. Memory is resident: of the driver, "
        "of the largest child (the JVM, whose heap may be 2 GiB), and of all together. CPU seconds "
        "are of all processes; seconds by the clock hold what else the machine does, too."
    )
    columns = (
        "annotations", "MiB in", "kept", "near-duplicates", "seconds", "CPU seconds",
        "a CPU second", "driver MiB", "largest child MiB", "together MiB",
    )  # fmt: skip
    return [Section(PERFORMANCE, "The reader's corpus", sentence, columns, rows)]


def write_annotations(count: int, folder: Path) -> int:
    """Files of annotations below a folder; returns their bytes."""
    folder.mkdir(parents=True)
    words = pa.array([f"w{at:x}" if at % 3 else f"{at}.{at % 100:02d}" for at in range(VOCABULARY)])
    for shard, start in enumerate(range(0, count, SHARD)):
        rows = varied(start, min(SHARD, count - start), words, count)
        pq.write_table(rows, folder / f"{shard:05d}.parquet", compression="zstd")
    return sum(file.stat().st_size for file in folder.iterdir())


def varied(start: int, count: int, vocabulary: pa.Array, total: int) -> pa.Table:
    """Annotations that are like one of the base, each with other words, and some copied."""
    drawn = np.random.default_rng([SEED, start])
    base = np.random.default_rng(SEED).integers(0, VOCABULARY, (BASE, WORDS))
    own = base[drawn.integers(0, BASE, count)]
    change = drawn.random((count, WORDS)) < CHANGED
    own = np.where(change, drawn.integers(0, VOCABULARY, (count, WORDS)), own)
    copies = np.flatnonzero(drawn.random(count) < COPIED)
    copies = copies[copies > 0]
    own[copies] = own[copies - 1]
    own[copies, drawn.integers(0, WORDS, len(copies))] = 0
    number = np.arange(start, start + count)
    vendor = number * 7919 % max(total // OF_A_VENDOR, 1)
    names = pa.array([f"{one:08d}" for one in number])
    made: dict[str, pa.Array] = {
        "annotation_id": pc.binary_join_element_wise("bench", names, "/"),
        "source": pa.repeat("bench", count),
        "name": names,
        "type": pa.array(np.where(number % 4 == 0, "receipt", "invoice")),
        "language": pa.array(np.asarray(["de", "en", "fr", "it"])[number % 4]),
        "vendor": pa.array([f"v{one}" for one in vendor]),
        "template": pa.array([f"t{one % TEMPLATES}" for one in vendor]),
        **dict(lists(own, vocabulary)),
    }
    columns = [
        made[one.name].cast(one.type) if one.name in made else pa.nulls(count, one.type)
        for one in ANNOTATIONS.schema
    ]
    return pa.table(columns, schema=ANNOTATIONS.schema)


def lists(own: np.ndarray, vocabulary: pa.Array) -> Iterator[tuple[str, pa.Array]]:
    """Pages, words, fields, cells and faults of annotations with these words."""
    count = len(own)
    texts = vocabulary.take(pa.array(own.ravel()))
    at = np.tile(np.arange(WORDS), count)
    box = boxes(at)
    yield "pages", of_each(count, 1, width=np.full(count, 595.0), height=np.full(count, 842.0),
                           unit=pa.repeat("pt", count))  # fmt: skip
    yield "words", of_each(count, WORDS, page=np.zeros(count * WORDS, np.int32), text=texts, **box)
    said = vocabulary.take(pa.array(own[:, :FIELDS].ravel()))
    names = pa.array(["number", "issue_date", "totals.gross", "seller.name", "description"])
    which = np.tile(np.arange(FIELDS), count)
    yield "fields", of_each(
        count, FIELDS, field=names.take(pa.array(which % 5)),
        line=pa.array(which // 5, pa.int32()), value=said, raw=said,
        words=pa.ListArray.from_arrays(pa.array(np.arange(len(which) + 1), pa.int32()),
                                       pa.array(which, pa.int32())),
    )  # fmt: skip
    place = np.tile(np.arange(CELLS), count)
    yield "cells", of_each(
        count, CELLS, table=np.zeros(len(place), np.int32), row=(place // 5).astype(np.int32),
        column=(place % 5).astype(np.int32), page=np.zeros(len(place), np.int32), **boxes(place),
        line=(place // 5).astype(np.int32),
        words=pa.ListArray.from_arrays(pa.array(np.arange(len(place) + 1), pa.int32()),
                                       pa.array(place, pa.int32())),
    )  # fmt: skip
    yield "faults", pa.array([[]] * count, pa.list_(pa.string()))


def boxes(at: np.ndarray) -> dict[str, np.ndarray]:
    """Boxes in columns of five, from top to bottom."""
    left, top = 20.0 + 110 * (at % 5), 20.0 + 24 * (at // 5)
    corners = {"x0": left, "y0": top, "x1": left + 90, "y1": top + 11}
    return {name: one.astype(np.float32) for name, one in corners.items()}


def of_each(count: int, items: int, **columns: np.ndarray | pa.Array) -> pa.Array:
    """A list of structs for each annotation, each of so many items."""
    arrays = [one if isinstance(one, pa.Array) else pa.array(one) for one in columns.values()]
    structs = pa.StructArray.from_arrays(arrays, names=list(columns))
    offsets = pa.array(np.arange(count + 1) * items, pa.int32())
    return pa.ListArray.from_arrays(offsets, structs)


def main() -> None:
    """Run the job on the files of a folder; says what came of it."""
    from ledgergraph.corpora.reader_corpus import Plan
    from resources.corpus_job import made
    from resources.spark import LOCAL, session

    folder, target = sys.argv[1:]
    urls = sorted(map(str, Path(folder).iterdir()))
    with session(LOCAL) as started:
        found = made(started, urls, target, Plan())
        cpu = cpu_of_tree(os.getpid())  # workers that nobody waits for are counted by no parent
    why = found.rejections["reason"].to_pylist()
    print(json.dumps({"kept": found.corpus.num_rows, "cpu": cpu,  # noqa: T201
                      "near_duplicate": why.count("near_duplicate")}))  # fmt: skip


if __name__ == "__main__":
    main()
