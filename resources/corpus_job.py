"""The reader's corpus as a Spark job: files of annotations in, files of a corpus out.

Belongs here: how the work is shared out. Not here: what is decided of an annotation
(ledgergraph.corpora.reader_corpus, cleaning, sampling), where Spark runs (resources.spark).

Words and boxes never pass through the JVM: a task names a piece of a file, its worker reads
it with Arrow, and facts come back (some 600 bytes an annotation). Spark joins the bands of
texts; annotations that share one, and counts and ids of all, go to the driver, which decides.
Then the workers read their pieces again and write what is kept of each, in normal form. Pieces
follow from the files alone, so the result is the same whatever the number of partitions.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ledgergraph.artifacts import File, Manifest
from ledgergraph.corpora.annotations import ANNOTATIONS, Annotation, annotations_in
from ledgergraph.corpora.cleaning import FACTS, Filters, facts_of, normalised
from ledgergraph.corpora.reader_corpus import (
    LIGHT,
    PLACE,
    READER_CORPUS,
    READER_CORPUS_REJECTIONS,
    Plan,
    decided,
    part_name,
)
from ledgergraph.corpora.sampling import SIDES
from ledgergraph.errors import BadSetting, Corrupt
from ledgergraph.tables import TEXT
from resources.spark import VARIABLE, quiet, shown
from resources.store import PARTS, Store

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

ROWS_AT_ONCE = 2_000
"""Annotations that a worker holds at a time: some 20 MB."""
ROWS_OF_A_SHARD = 50_000
"""A piece of a file is a row group; one that is larger is read in pieces of so many rows."""
MOST_PARTITIONS = 512
WRITTEN = pa.schema(ANNOTATIONS.schema).remove(ANNOTATIONS.schema.get_field_index("split"))
"""What files of a corpus hold: the side stands in the folder's name, and in READER_CORPUS."""

SHARDS = pa.schema(
    [
        ("shard", pa.int32()), ("url", TEXT), ("group", pa.int32()),
        ("start", pa.int64()), ("stop", pa.int64()),
    ]
)  # fmt: skip
CHOSEN = pa.schema([*SHARDS, ("rows", pa.list_(pa.int32())), ("sides", pa.list_(pa.int32()))])
WROTE = pa.schema([("part", TEXT), ("rows", pa.int64())])
FOUND = pa.schema([*PLACE, *FACTS])


def annotations_on(
    store: Store, manifest: Manifest, side: str, split: str | None = None
) -> Iterator[Annotation]:
    """What a corpus holds on one side of a split: by default of the one that its files are kept by.

    `manifest` is that of reader_corpus. Some thousand annotations are in memory at a time.
    """
    kept = str(manifest.settings["split"])
    ids = None
    if split not in (None, kept):
        rows = store.table(READER_CORPUS, {manifest.partition: manifest})
        ids = pa.array(rows.filter(pc.equal(rows[split], side))["annotation_id"].to_pylist(), TEXT)
    for file in manifest.files:
        if ids is None and not file.table.startswith(f"split={side}/"):
            continue
        if file.table.startswith("split="):
            parts = pq.ParquetFile(pa.BufferReader(store.file(file)))
            for batch in parts.iter_batches(ROWS_AT_ONCE):
                rows = pa.Table.from_batches([batch])
                if ids is not None:
                    rows = rows.filter(pc.is_in(rows["annotation_id"], value_set=ids))
                yield from annotations_in(rows)


@dataclass(frozen=True)
class Made:
    """Rows of READER_CORPUS and of its rejections, and the files below the target by name."""

    corpus: pa.Table
    rejections: pa.Table
    parts: Mapping[str, int]


@quiet()
def made(session: "SparkSession", urls: Sequence[str], target: str, plan: Plan) -> Made:
    """Make a corpus of the annotations in Parquet files, and write it below a folder or URL.

    `split=<side>/part-<shard>.parquet` holds the annotations of one piece of input that stand
    on one side, in its order. Raises BadInput if a file holds other columns.
    """
    from pyspark import StorageLevel

    shards = shards_of(urls)
    if not shards.num_rows:
        return Made(READER_CORPUS.empty(), READER_CORPUS_REJECTIONS.empty(), {})
    facts = _mapped(_spread(session, shards), partial(_look, filters=plan.filters), FOUND)
    facts = facts.persist(StorageLevel.DISK_ONLY)
    try:
        light = facts.select(*LIGHT.names).toArrow().cast(LIGHT)
        found = decided(light, candidates(facts), plan)
    finally:
        facts.unpersist()
    parts = {}
    if found.corpus.num_rows:
        wanted = _wanted(shards, found.corpus, plan)
        wrote = _mapped(_spread(session, wanted), partial(_write, target=target), WROTE).toArrow()
        parts = dict(zip(wrote["part"].to_pylist(), wrote["rows"].to_pylist(), strict=True))
    rows = READER_CORPUS.conform(found.corpus.select(READER_CORPUS.schema.names))
    return Made(rows, found.rejections, dict(sorted(parts.items())))


def places_of(store: Store, files: Sequence[File], url: str, scratch: Path) -> list[str]:
    """Where the workers of a Spark find stored files, whose hashes were verified.

    Where Spark runs here and the store is no folder, files are copied into `scratch`. Raises
    BadSetting if workers elsewhere would look for a folder of this machine.
    """
    is_here = url.startswith("local")
    found = []
    for number, file in enumerate(files):
        place = store.local_path(file.uri)
        if not is_here:
            if not store.url.startswith("s3://"):
                raise BadSetting(
                    VARIABLE,
                    f"is {shown(url)}, whose workers do not see {store.url}. Name a store "
                    "on s3://, or local[*].",
                )
            found.append(store.path(file.uri))
        elif place is None:
            copy = scratch / f"{number}.parquet"
            copy.write_bytes(store.file(file))
            found.append(str(copy))
        else:
            _require(place, file)
            found.append(str(place))
    return found


def _require(place: Path, file: File) -> None:
    """Corrupt if a file is gone or its bytes are not what its manifest says."""
    try:
        with place.open("rb") as stream:
            is_same = file_digest(stream, "sha256").hexdigest() == file.sha256
    except FileNotFoundError:
        is_same = False
    if not is_same:
        raise Corrupt(f"{place} is missing or was changed. Restore it from a backup.")


@contextmanager
def target_of(store: Store, url: str, scratch: Path) -> Iterator[str]:
    """Where a Spark's workers write: a folder here, or one of the store that is gone after."""
    if url.startswith("local"):
        yield str(scratch)
        return
    target = store.path(f"{PARTS}/{uuid.uuid4().hex}")
    try:
        yield target
    finally:
        system, path = fsspec.core.url_to_fs(target)
        if system.exists(path):
            system.rm(path, recursive=True)


class Files(Mapping[str, bytes]):
    """Files below a folder or URL by name, read when they are asked for; and some beside them."""

    def __init__(self, target: str, names: Iterable[str], beside: Mapping[str, bytes]) -> None:
        self._target = target.rstrip("/")
        self._beside = beside
        self._names = [*beside, *names]

    def __getitem__(self, name: str) -> bytes:
        if name in self._beside:
            return self._beside[name]
        if name not in self._names:
            raise KeyError(name)
        with fsspec.open(f"{self._target}/{name}", "rb") as stream:
            return bytes(stream.read())

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def shards_of(urls: Sequence[str]) -> pa.Table:
    """The pieces of some Parquet files: their row groups, the large ones in several."""
    rows: list[dict[str, Any]] = []
    for url in urls:
        with fsspec.open(url, "rb") as stream:
            facts = pq.ParquetFile(stream).metadata
            for group in range(facts.num_row_groups):
                count = facts.row_group(group).num_rows
                for start in range(0, count, ROWS_OF_A_SHARD):
                    stop = min(start + ROWS_OF_A_SHARD, count)
                    rows.append({"shard": len(rows), "url": url, "group": group,
                                 "start": start, "stop": stop})  # fmt: skip
    return pa.Table.from_pylist(rows, schema=SHARDS)


def candidates(facts: "DataFrame") -> pa.Table:
    """FACTS that near-duplicates are told by, of fit annotations that share a band."""
    from pyspark.sql import functions

    fit = facts.where("reason is null")
    bands = fit.select(*PLACE.names, functions.explode("bands").alias("band"))
    shared = bands.groupBy("band").count().where("count > 1").select("band")
    members = bands.join(shared, "band").select(*PLACE.names).distinct()
    return fit.join(members, PLACE.names).select("annotation_id", "bands", "signature").toArrow()


def _spread(session: "SparkSession", rows: pa.Table) -> "DataFrame":
    """Rows as a frame with a partition for each, so that whoever is free takes the next."""
    return session.createDataFrame(rows).repartition(min(rows.num_rows, MOST_PARTITIONS))


def _mapped(frame: "DataFrame", function: Any, schema: pa.Schema) -> "DataFrame":
    from pyspark.sql.pandas.types import from_arrow_schema

    return frame.mapInArrow(function, from_arrow_schema(schema))


def _read(shard: Mapping[str, Any]) -> Iterator[tuple[int, pa.Table]]:
    """The annotations of a shard, some at a time, each time with the place of the first."""
    with fsspec.open(shard["url"], "rb") as stream:
        file = pq.ParquetFile(stream)
        at = 0
        for batch in file.iter_batches(ROWS_AT_ONCE, row_groups=[shard["group"]]):
            low, high = max(shard["start"] - at, 0), min(shard["stop"] - at, len(batch))
            if low < high:
                rows = pa.Table.from_batches([batch.slice(low, high - low)])
                yield at + low - shard["start"], conformed(rows)
            at += len(batch)
            if at >= shard["stop"]:
                return


def conformed(rows: pa.Table) -> pa.Table:
    """Rows in the columns of ANNOTATIONS, in their own order; absent ones are null."""
    columns = [
        rows[one.name].cast(one.type) if one.name in rows.column_names
        else pa.nulls(rows.num_rows, one.type)
        for one in ANNOTATIONS.schema
    ]  # fmt: skip
    return pa.table(columns, schema=ANNOTATIONS.schema)


def _shards_in(batches: Iterator[pa.RecordBatch]) -> Iterator[dict[str, Any]]:
    for batch in batches:
        yield from batch.to_pylist()


def _look(batches: Iterator[pa.RecordBatch], filters: Filters) -> Iterator[pa.RecordBatch]:
    """The facts of the annotations in some shards."""
    for shard in _shards_in(batches):
        for first, rows in _read(shard):
            places = [
                pa.array(np.full(rows.num_rows, shard["shard"]), pa.int32()),
                pa.array(np.arange(first, first + rows.num_rows), pa.int32()),
            ]
            found = facts_of(rows, filters).columns
            yield from pa.table([*places, *found], schema=FOUND).combine_chunks().to_batches()


def _wanted(shards: pa.Table, corpus: pa.Table, plan: Plan) -> pa.Table:
    """Of each shard which rows are kept and on which side, for those that keep any."""
    sides = pc.index_in(corpus[plan.split], value_set=pa.array(SIDES))
    kept = corpus.select(PLACE.names).append_column("side", sides.cast(pa.int32()))
    kept = kept.sort_by([("shard", "ascending"), ("row", "ascending")])
    of, starts = np.unique(kept["shard"].to_numpy(), return_index=True)
    offsets = pa.array([*starts.tolist(), kept.num_rows], pa.int32())
    lists = [
        pa.ListArray.from_arrays(offsets, kept[name].combine_chunks()) for name in ("row", "side")
    ]
    own = shards.take(pa.array(of, pa.int64()))
    return pa.table([*own.columns, *lists], schema=CHOSEN)


def _write(batches: Iterator[pa.RecordBatch], target: str) -> Iterator[pa.RecordBatch]:
    """Write what is kept of some shards; tells the files."""
    for shard in _shards_in(batches):
        rows, sides = np.asarray(shard["rows"]), np.asarray(shard["sides"])
        names = {side: part_name(SIDES[side], shard["shard"]) for side in np.unique(sides)}
        counts = dict.fromkeys(names, 0)
        with ExitStack() as stack:
            writers = {
                side: stack.enter_context(_writer(f"{target.rstrip('/')}/{name}"))
                for side, name in names.items()
            }
            for first, piece in _read(shard):
                inside = (rows >= first) & (rows < first + piece.num_rows)
                for side, writer in writers.items():
                    own = rows[inside & (sides == side)] - first
                    if len(own):
                        kept = normalised(piece.take(pa.array(own)))
                        writer.write_table(kept.select(WRITTEN.names))
                        counts[side] += len(own)
        wrote = [{"part": name, "rows": counts[side]} for side, name in names.items()]
        yield pa.RecordBatch.from_pylist(wrote, schema=WROTE)


@contextmanager
def _writer(url: str) -> "Iterator[pq.ParquetWriter]":
    with (
        fsspec.open(url, "wb", auto_mkdir=True) as stream,
        pq.ParquetWriter(stream, WRITTEN, compression="zstd") as writer,
    ):
        yield writer
