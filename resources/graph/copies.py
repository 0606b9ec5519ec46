"""A portable copy of the graph: its nodes and relations as Parquet, in one folder.

Whatever server it came from, it is restored into any other kind. A home needs no
copy: `ledgergraph run` makes its graph again from the store. A copy is for who has
no store (an auditor, another site), and moves a graph without reading anything
again. Vectors stay behind: `similar_documents` writes them where they are lacking.
Not here: how nodes and edges are read and written (loading).
"""

import contextlib
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ledgergraph.artifacts import WHOLE, File, Manifest
from ledgergraph.errors import BadSetting, Corrupt, StaleInput
from ledgergraph.graph.ontology import DERIVED, EDGES, LABELS, ONTOLOGY_VERSION, Edge
from ledgergraph.identity import sha256_of
from ledgergraph.tables import TEXT
from resources.graph.loading import PIECE, Graph

ASSET = "graph_copy"
FORMAT = "1"
STAMPS = "stamps"
STAMP: Mapping[str, pa.DataType] = {
    "key": TEXT, "asset": TEXT, "manifest": TEXT, "documents": pa.list_(TEXT),
}  # fmt: skip
"""What a graph says that it holds: a run goes on from there, and loads nothing again."""
GROUP = 50_000
"""Rows that a file keeps together."""


def write_copy(graph: Graph, folder: Path) -> Manifest:
    """Writes all that the graph holds into a folder that is not there yet.

    The folder gets its name last, so one that is there is whole. Raises BadSetting if
    it is there already, Busy if another process took the graph meanwhile.
    """
    if folder.exists():
        raise BadSetting("FOLDER", f"{folder} is there already. Name one that is not.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as place:
        partial = Path(place) / folder.name
        partial.mkdir()
        manifest = _write(graph, partial)
        partial.rename(folder)
    return manifest


def _write(graph: Graph, folder: Path) -> Manifest:
    """Writes all files of a copy into an empty folder, the manifest last."""
    stamps = [dict(zip(STAMP, row, strict=True)) for row in graph.stamps_to_copy()]
    with _File(folder, STAMPS, STAMP) as file:
        file.add(pa.Table.from_pylist(stamps, pa.schema(STAMP)))
    files = [file.sealed()]
    for name, label in LABELS.items():
        owned = [edge for edge in EDGES.values() if edge.owner == name]
        nodes = _File(folder, label.nodes.name, label.stored)
        edges = {edge.key: _File(folder, edge.edges.name, _columns(edge)) for edge in owned}
        with contextlib.ExitStack() as opened:
            for file in (nodes, *edges.values()):
                opened.enter_context(file)
            for piece, ends in graph.pieces(name):
                nodes.add(piece)
                for key, found in ends.items():
                    edges[key].add(found)
        files += [file.sealed() for file in (nodes, *edges.values())]
    manifest = Manifest(ASSET, WHOLE, FORMAT, tuple(files), {"ontology": ONTOLOGY_VERSION})
    (folder / f"{ASSET}-{manifest.version}.json").write_bytes(manifest.to_json())
    return manifest


def checked(folder: Path) -> Manifest:
    """The manifest of a copy, if each of its files is as it was written.

    Raises Corrupt naming the first file that is not, or that is no file of the copy,
    StaleInput if another release must read it, BadSetting if the folder holds no copy.
    """
    named = sorted(folder.glob(f"{ASSET}-*.json"))
    if len(named) != 1:
        raise BadSetting(
            "FOLDER", f"{folder} holds no copy of a graph. `ledgergraph graph export` makes one."
        )
    data = named[0].read_bytes()
    if named[0].stem != f"{ASSET}-{sha256_of(data)}":
        raise Corrupt(f"{named[0]} {_CHANGED}")
    try:
        manifest = Manifest.from_json(data)
        release = (manifest.code_version, manifest.settings["ontology"])
        is_inside = all(Path(one.uri).name == one.uri for one in manifest.files)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Corrupt(f"{named[0]} {_CHANGED}") from error
    if release != (FORMAT, ONTOLOGY_VERSION):
        raise StaleInput(
            f"{folder} was written by another release, whose graphs are different. Restore it "
            "with that release, or make the graph again from its store."
        )
    if not is_inside:
        raise Corrupt(f"{named[0]} names files of other folders. {_AGAIN}")
    for file in manifest.files:
        path = folder / file.uri
        if not path.is_file() or _hash_of(path) != file.sha256:
            raise Corrupt(f"{path} {_CHANGED}")
    return manifest


def restore_copy(graph: Graph, folder: Path, manifest: Manifest) -> None:
    """Makes a graph that is held for it (`held(restoring=manifest.version)`) equal to a copy.

    After an end at any point, doing it again completes it. Raises Corrupt if the graph
    does not hold as many nodes and edges as the copy.
    """
    graph.begin_restoring(manifest.version)
    for name, label in LABELS.items():
        for nodes in _read(folder, manifest, label.nodes.name, label.stored):
            graph.put_nodes(name, nodes)
    for edge in (edge for edges in DERIVED.values() for edge in edges):
        first = next(iter(edge.properties))
        for found in _read(folder, manifest, edge.edges.name, _columns(edge)):
            graph.put_edges(edge, found.filter(pc.is_valid(found[first])))
    sizes = graph.sizes()
    for file in manifest.files:
        if (held := sizes.get(file.table, file.rows)) != file.rows:
            raise Corrupt(
                f"{folder / file.uri} has {file.rows} rows, and the graph {held} of them. Export "
                "it again: the graph that it came from was not whole."
            )
    stamps = _read(folder, manifest, STAMPS, STAMP)
    graph.end_restoring([list(row.values()) for part in stamps for row in part.to_pylist()])


_AGAIN = "Fetch it again from where the copy came from."
_CHANGED = f"is missing, or not as it was written. {_AGAIN}"


class _File:
    """A table of a copy while it is written: some thousand rows at a time, in larger groups."""

    def __init__(self, folder: Path, table: str, columns: Mapping[str, pa.DataType]) -> None:
        self._table = table
        self._path = folder / f"{table}.parquet"
        self._schema = pa.schema(columns)
        self._writer = pq.ParquetWriter(self._path, self._schema, compression="zstd")
        self._waiting: list[pa.Table] = []
        self._rows = 0
        self._written = 0

    def __enter__(self) -> "_File":
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        self._writer.close()

    def add(self, rows: pa.Table) -> None:
        self._waiting.append(rows)
        self._rows += len(rows)
        if self._rows - self._written >= GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._rows > self._written:
            self._writer.write_table(pa.concat_tables(self._waiting), GROUP)
        self._waiting, self._written = [], self._rows

    def sealed(self) -> File:
        """The file, once it is closed."""
        return File(self._table, self._path.name, _hash_of(self._path), self._rows)


def _columns(edge: Edge) -> dict[str, pa.DataType]:
    return {"source": TEXT, "target": TEXT, **edge.properties}


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(
    folder: Path, manifest: Manifest, table: str, columns: Mapping[str, pa.DataType]
) -> Iterator[pa.Table]:
    """A table of a copy, some thousand rows at a time; a column that it lacks is null."""
    file = manifest.file(table)
    if file is None:
        return
    with pq.ParquetFile(folder / file.uri) as opened:
        for batch in opened.iter_batches(PIECE):
            held = set(batch.schema.names)
            found = [
                batch[name] if name in held else pa.nulls(len(batch), kind)
                for name, kind in columns.items()
            ]
            yield pa.Table.from_arrays(found, schema=pa.schema(columns))
