"""Hugging Face data sets on disk, row by row and without their library.

Belongs here: what `save_to_disk` writes (dataset_dict.json, state.json, data-*.arrow as
IPC streams) and Parquet shards, numbers of class labels as names, and the bytes of a
picture, which a row carries itself or names as a file. Not here: what columns mean.

Arrow files are mapped, not read; of Parquet as many rows are unpacked as its writer put
into one row group.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ledgergraph.corpora.annotations import Annotation
from ledgergraph.corpora.loaders.items import (
    Loaded,
    Picture,
    Rejected,
    Taking,
    each,
    no_json,
    picture_of,
    read_bytes,
    split_of,
    split_of_folder,
    unknown_layout,
)
from ledgergraph.errors import BadInput

Decode = Callable[[Any], Any]


@dataclass(frozen=True)
class Row:
    """A row: `name` is its shard below the folder and its number in it, from 0."""

    name: str
    split: str | None
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Shard:
    """A file with rows; `features` say what numbers of its columns stand for."""

    path: Path
    name: str
    split: str | None
    features: Mapping[str, Any]


def is_on_disk(folder: Path) -> bool:
    """Whether a folder holds a Hugging Face data set."""
    if (folder / "dataset_dict.json").is_file() or (folder / "state.json").is_file():
        return True
    return next(folder.rglob("*.parquet"), None) is not None


def load_rows(
    source: str, folder: Path, columns: Sequence[str], make: Callable[[Row], Annotation]
) -> Iterator[Loaded]:
    """What `make` gives of each row; a shard that ends early is one rejection.

    `columns` are those without which it is another data set, `a|b` where either will do:
    BadInput `unknown_layout` names them.
    """
    for shard in shards_of(folder):
        try:
            for number, values in enumerate(_rows_of(shard)):
                if missing := [one for one in columns if not set(one.split("|")) & set(values)]:
                    raise _other_columns(source, folder, shard, missing)
                row = Row(f"{shard.name}#{number}", shard.split, values)
                yield each(source, row.name, partial(make, row))
        except (pa.ArrowException, OSError) as error:
            yield Rejected(
                source, shard.name, "bad_shard",
                f"{shard.name} cannot be read to the end ({str(error).splitlines()[0][:100]}). "
                "Download it again; its rows up to there were taken.",
            )  # fmt: skip


def shards_of(folder: Path) -> Iterator[Shard]:
    """The files with rows of a data set, in order."""
    if (folder / "dataset_dict.json").is_file():
        for split in _stated(folder / "dataset_dict.json").get("splits", ()):
            yield from _saved(folder, folder / str(split), str(split))
    elif (folder / "state.json").is_file():
        yield from _saved(folder, folder, split_of_folder(folder))
    else:
        for path in sorted(folder.rglob("*.parquet")):
            name = path.relative_to(folder).as_posix()
            yield Shard(
                path, name, split_of(path.name, path.parent.name) or split_of_folder(folder), {}
            )


def _saved(whole: Path, folder: Path, split: str | None) -> Iterator[Shard]:
    """The shards of one split as `save_to_disk` writes them."""
    state = _stated(folder / "state.json")
    info = folder / "dataset_info.json"
    features = _stated(info).get("features") or {} if info.is_file() else {}
    for one in state.get("_data_files") or ():
        path = folder / str(one["filename"])
        name = path.relative_to(whole).as_posix()
        yield Shard(path, name, split_of(split or "") or split, features)


def _stated(path: Path) -> dict[str, Any]:
    try:
        stated = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise no_json(str(path), "cannot be read as JSON") from error
    return stated if isinstance(stated, dict) else {}


def _rows_of(shard: Shard) -> Iterator[dict[str, Any]]:
    if shard.path.suffix == ".parquet":
        with pq.ParquetFile(shard.path) as file:
            decode = _decoders(shard.features or _described(file.schema_arrow))
            for batch in file.iter_batches(batch_size=1):
                yield _decoded(batch, decode)
        return
    with pa.memory_map(str(shard.path)) as source, pa.ipc.open_stream(source) as reader:
        decode = _decoders(shard.features or _described(reader.schema))
        for batch in reader:
            for at in range(batch.num_rows):
                yield _decoded(batch.slice(at, 1), decode)


def _described(schema: pa.Schema) -> Mapping[str, Any]:
    """The features that a file's own schema describes."""
    stated = (schema.metadata or {}).get(b"huggingface")
    if not stated:
        return {}
    features = json.loads(stated).get("info", {}).get("features")
    return features if isinstance(features, dict) else {}


def _decoded(batch: pa.RecordBatch, decode: Mapping[str, Decode]) -> dict[str, Any]:
    row: dict[str, Any] = batch.to_pylist()[0]
    return {name: decode[name](one) if name in decode else one for name, one in row.items()}


def _decoders(features: Mapping[str, Any]) -> dict[str, Decode]:
    found = {name: _decoder(feature) for name, feature in features.items()}
    return {name: one for name, one in found.items() if one is not None}


def _decoder(feature: Any) -> Decode | None:
    """Turns numbers of a class label, or lists of them, into its names; null for others."""
    if isinstance(feature, list) and feature:  # an older way to write a sequence
        feature = {"feature": feature[0]}
    if not isinstance(feature, dict):
        return None
    if feature.get("_type") == "ClassLabel":
        names = feature["names"]
        return lambda number: (
            names[number] if isinstance(number, int) and 0 <= number < len(names) else number
        )
    inner = _decoder(feature.get("feature"))
    if inner is None:
        return None
    return lambda numbers: [inner(one) for one in numbers or ()]


def _other_columns(source: str, folder: Path, shard: Shard, missing: Sequence[str]) -> BadInput:
    listed = ", ".join(one.replace("|", " or ") for one in missing)
    return unknown_layout(source, folder, [f"column {listed} in {shard.name}"])


def value_of(row: Row, *names: str) -> Any:
    """The first of some columns that a row has and that is not null."""
    return next((row.values[name] for name in names if row.values.get(name) is not None), None)


def picture_in(row: Row, folder: Path, taking: Taking) -> Picture:
    """The picture of a row: its bytes, else the file that it names below the folder."""
    stated = value_of(row, "image", "images", "image_path", "path")
    if isinstance(stated, Mapping):
        if stated.get("bytes"):
            return picture_of(stated["bytes"], row.name, taking)
        stated = stated.get("path")
    if not stated or not isinstance(stated, str):
        raise BadInput(
            "no_picture", f"{row.name} carries no picture. Save the data set with its pictures."
        )
    path = (folder / stated).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise BadInput(
            "no_picture",
            f"{row.name} names a picture outside its folder. Save the data set with its pictures.",
        )
    return picture_of(read_bytes(path, row.name, taking), row.name, taking)


def spans_of(tags: Sequence[Any]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The runs that BIO tags mark: their label and the places of their words, in order."""
    run: list[int] = []
    of = ""
    for place, tag in enumerate([*map(str, tags), "O"]):
        mark, _, label = tag.partition("-")
        if run and (label != of or mark in ("B", "S", "O")):
            yield of, tuple(run)
            run = []
        if mark != "O" and label:
            run, of = [*run, place], label
