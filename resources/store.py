"""The store: immutable content under one URL, and the heads that name what counts.

    blobs/sha256/ab/cd…                      documents, by the hash of their bytes
    keys/ab/cd…                              the wrapped keys of those that are sealed (`sealing`)
    erased/, destroyed/                      documents whose content is gone, and what went with it
    batches/<key>.json                       what one intake batch consists of
    tables/<table>/<sha256>.parquet          rows (other files keep their ending)
    manifests/<asset>/<partition>/<sha256>.json
    heads/<asset>/<partition>.json           the only thing ever replaced, atomically, last
    audit/<12 digits>.json                   one entry per commit, with the hash of the one before
    parts/                                   of a folder: what is being written
    restoring.json                           only while a backup is put in: nobody else may commit

Any fsspec URL will do: a folder, `memory://`, `s3://`. A store remembers the heads
that it read and asks a listing which of them changed. Not here: what tables
hold (the areas declare them) and when to compute (`assets.lineage`).
"""

import contextlib
import hashlib
import io
import json
import os
import secrets
import shutil
import tempfile
import time
import uuid
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

import pyarrow as pa
from fsspec.implementations.local import LocalFileSystem

from ledgergraph.artifacts import File, Inputs, Manifest, head_uri, manifest_uri
from ledgergraph.errors import BadSetting, Busy, Corrupt, Erased, StaleInput
from ledgergraph.identity import canonical_json, sha256_of
from ledgergraph.tables import Table, concat
from resources import sealing, traces
from resources.places import answering, opened

VARIABLE = "LEDGERGRAPH_STORE"
CHUNK = 1024 * 1024
"""Bytes of a stream that are in memory at a time."""
READS_AT_ONCE = 16
"""Requests to a service that are under way at the same time."""
PARTS = "parts"
"""Where a folder holds files that are still being written; a killed process leaves them there."""
SECONDS_OF_A_PART = 24 * 3600.0
"""After this long nobody writes a file any more."""
RESTORING = "restoring.json"
"""Names the backup that is being put into a store, until all of it is there."""
DESTROYED = "destroyed/"
"""Where records lie of what was destroyed with documents."""
FIRST_LINK = "0" * 64
"""What the first audit entry names as the one before."""


@dataclass(frozen=True)
class _Head:
    """A head as it was read: `stamp` is what the listing said of it then, if one did."""

    stamp: str | None
    version: str
    manifest: Manifest


def file_uri(name: str, sha256: str) -> str:
    """Where a file that is no table lies in a store, by its name and the hash of its bytes."""
    return f"tables/{PurePosixPath(name).stem}/{sha256}{PurePosixPath(name).suffix}"


class Store:
    """Content-addressed storage behind one fsspec URL.

    With a file of master keys documents are sealed as they are taken in.
    """

    def __init__(self, url: str, master_key_file: str = "") -> None:
        self.url = url.rstrip("/")
        self._master_key_file = master_key_file
        self._fs, self._root = opened(self.url, VARIABLE)
        self._is_local = isinstance(self._fs, LocalFileSystem)
        self._newest_entry: tuple[int, str] | None = None
        self._heads: dict[str, _Head] = {}
        self._is_swept = False

    # Objects

    def path(self, uri: str) -> str:
        """The full URL of an object of this store."""
        return f"{self.url}/{uri}"

    def local_path(self, uri: str) -> Path | None:
        """Where an object lies on this machine's disk, if the store is a folder."""
        return Path(self._at(uri)) if self._is_local else None

    def read(self, uri: str) -> bytes:
        """The bytes of an object; Corrupt if it is missing."""
        data = self._read(uri)
        if data is None:
            raise Corrupt(
                f"{self.path(uri)} is missing. Restore it from a backup, or materialize "
                "the asset that it belongs to again."
            )
        return data

    def exists(self, uri: str) -> bool:
        """Whether there is such an object."""
        with answering(self.url):
            return bool(self._fs.exists(self._at(uri)))

    def folders(self) -> list[str]:
        """What the store consists of at the top: the first words of all uris, sorted."""
        try:
            with answering(self.url):
                found = self._fs.ls(self._root, detail=False)
        except FileNotFoundError:
            return []
        return sorted(PurePosixPath(path).name for path in found)

    def names(self, prefix: str) -> list[str]:
        """The uris of all objects below a prefix, sorted."""
        with self._connected():
            found = self._fs.find(self._at(prefix))
        return sorted(map(self._relative, found))

    def written_since(self, prefix: str, moment: datetime) -> list[str]:
        """The uris of the objects directly below a prefix that were written at a moment or later.

        Where a service does not say when, all of them. Costs one listing.
        """
        folder = self._at(prefix)
        if self._is_local:
            return sorted(_written_in(Path(folder), prefix, moment.timestamp()))
        with self._connected():
            found = self._fs.find(folder, detail=True)
        return sorted(
            self._relative(path)
            for path, facts in found.items()
            if (at := _written_at(facts)) is None or at >= moment
        )

    def read_many(self, uris: Collection[str]) -> dict[str, bytes]:
        """The bytes of several objects by uri, without those that are missing."""
        if self._is_local:
            found = [self._read(uri) for uri in uris]
        else:
            with ThreadPoolExecutor(READS_AT_ONCE) as readers:
                found = list(readers.map(self._read, uris))
        return {uri: data for uri, data in zip(uris, found, strict=True) if data is not None}

    def put(self, uri: str, data: bytes) -> None:
        """Write an object in one step: readers see all of it or the one before."""
        if not self._is_local:
            with self._connected():
                self._fs.pipe_file(self._at(uri), data)
            return
        with self._part() as part:
            part.write_bytes(data)
            part.replace(self._target(uri))

    def create(self, uri: str, data: bytes) -> bool:
        """Write an object unless there is one; false if there was."""
        if not self._is_local:
            try:
                with self._connected():
                    self._fs.pipe_file(self._at(uri), data, mode="create")
            except FileExistsError:
                return False
            return True
        with self._part() as part:
            part.write_bytes(data)
            return self._linked(part, uri)

    def remove(self, uri: str) -> None:
        """Remove an object, if there is one."""
        with answering(self.url), contextlib.suppress(FileNotFoundError):
            self._fs.rm_file(self._at(uri))

    def put_whole(self, path: Path, uri: str) -> None:
        """Make a file of this machine an object, however large, unless there is one."""
        if not self._is_local:
            self._send(path, uri)
            return
        with self._part() as part:
            shutil.copyfile(path, part)
            self._linked(part, uri)

    def fetch(self, uri: str, sha256: str, path: Path) -> None:
        """Make an object a file of this machine, however large; Corrupt if it was changed."""
        with answering(self.url):
            if not self._fs.exists(self._at(uri)):
                self.read(uri)  # says that it is missing
            self._fs.get_file(self._at(uri), str(path))
        with path.open("rb") as file:
            self._require(uri, hashlib.file_digest(file, "sha256").hexdigest(), sha256)

    # Documents

    def take(self, stream: BinaryIO) -> tuple[str, int]:
        """Keep what a stream gives, however much; returns its hash and its size in bytes.

        What was erased is not kept again.
        """
        counted = _Counted(stream)
        plain = cast(BinaryIO, counted)
        key = secrets.token_bytes(sealing.KEY_BYTES) if self._master_key_file else None
        with self._part() as part:
            with part.open("xb") as file:
                file.writelines(_pieces(plain) if key is None else sealing.sealing(plain, key))
            sha256 = counted.digest.hexdigest()
            if not self.exists(blob_uri(sha256)) and not self.exists(erased_uri(sha256)):
                if key is not None:
                    self._keep_key(sha256, key, part)
                self._send(part, blob_uri(sha256))
        return sha256, counted.size

    def blob(self, document_id: str) -> bytes:
        """The bytes of a document. Raises Corrupt if they are gone or changed, Erased if a person
        asked for that, BadSetting if they are sealed and no master key opens them."""
        traces.reads(document_id)
        sha256 = document_id.removeprefix("sha256:")
        uri = blob_uri(sha256)
        data = self._read(uri)
        if data is None and self.exists(erased_uri(sha256)):
            raise Erased(document_id)
        stream = io.BytesIO(self.read(uri) if data is None else data)
        found = b"".join(self._opened(stream, uri, sha256))
        self._require(uri, sha256_of(found), sha256)
        return found

    def check_blob(self, uri: str) -> None:
        """Corrupt if a document's bytes are not what their name says; holds little in memory."""
        digest, sha256 = hashlib.sha256(), sha256_in(uri)
        with answering(self.url), self._fs.open(self._at(uri), "rb") as stream:
            for piece in self._opened(stream, uri, sha256):
                digest.update(piece)
        self._require(uri, digest.hexdigest(), sha256)

    def erased(self) -> set[str]:
        """The ids of all documents whose content was destroyed."""
        return {f"sha256:{PurePosixPath(uri).stem}" for uri in self.names("erased/")}

    def destroyed(self) -> set[str]:
        """The uris of all objects that were destroyed together with documents."""
        records = self.read_many(self.names(DESTROYED)).values()
        return {uri for data in records for uri in json.loads(data)["objects"]}

    def is_destroyed(self, file: File) -> bool:
        """Whether a file is gone as people asked for that; one that was lost is not."""
        return not self.exists(file.uri) and file.uri in self.destroyed()

    # Tables and other files

    def put_table(self, table: Table, data: pa.Table) -> File:
        """Keep a table's rows; the same rows are kept once."""
        content = table.to_parquet(data)
        sha256 = sha256_of(content)
        uri = f"tables/{table.name}/{sha256}.parquet"
        self.create(uri, content)
        return File(table.name, uri, sha256, data.num_rows, table.version)

    def put_file(self, name: str, data: bytes) -> File:
        """Keep a file that is no table, such as `report.html` or a model."""
        sha256 = sha256_of(data)
        uri = file_uri(name, sha256)
        self.create(uri, data)
        return File(name, uri, sha256)

    def file(self, file: File) -> bytes:
        """The bytes of a stored file; Corrupt if they are gone or changed."""
        return self._verified(file.uri, file.sha256)

    def table(self, table: Table, manifests: Mapping[str, Manifest]) -> pa.Table:
        """A table's rows in all of some partitions, in key order.

        Raises StaleInput if a manifest lacks the table: its asset was made by
        code that did not know it. Raises as `rows`.
        """
        parts = []
        for manifest in manifests.values():
            file = manifest.file(table.name)
            if file is None:
                raise StaleInput(
                    f"{manifest.asset} ({manifest.partition}) holds no table {table.name}. "
                    f"Materialize {manifest.asset}, then retry."
                )
            parts.append(self.rows(table, file))
        return concat(table, parts)

    def rows(self, table: Table, file: File) -> pa.Table:
        """The rows of a stored file of a table.

        Raises Corrupt if the file is gone, changed, or no Parquet of such rows.
        """
        data = self.file(file)
        try:
            return table.from_parquet(data, file.version)
        except (pa.ArrowException, OSError, TypeError) as error:
            said = " ".join(str(error).split())
            raise Corrupt(
                f"{self.path(file.uri)} is what was stored, but not readable as rows of table "
                f"{table.name}: {said}. A table is a Parquet file with the columns of its version. "
                "Restore the file from a backup."
            ) from error

    # Manifests and heads

    def manifest(self, asset: str, partition: str, version: str) -> Manifest:
        """A manifest by its hash."""
        return Manifest.from_json(self._verified(manifest_uri(asset, partition, version), version))

    def head(self, asset: str, partition: str) -> Manifest | None:
        """The manifest that counts for a partition; None if nothing was made yet."""
        found = self._read_heads({head_uri(asset, partition): None})
        return next((head.manifest for head in found.values()), None)

    def heads(self, asset: str, only: Collection[str] | None = None) -> dict[str, Manifest]:
        """The manifests that count for all partitions of an asset, by partition.

        Costs one listing, and reading those that changed since this store looked last;
        of `only` some partitions no listing, and reading each of them.
        """
        if only is not None:
            found = self._read_heads({head_uri(asset, one): None for one in sorted(only)})
            return {PurePosixPath(uri).stem: head.manifest for uri, head in found.items()}
        stamps = self._stamps(f"heads/{asset}/")
        known = {uri: head for uri in stamps if (head := self._heads.get(uri))}
        same = {uri: head for uri, head in known.items() if head.stamp == stamps[uri]}
        changed = {uri: stamp for uri, stamp in stamps.items() if uri not in same}
        heads = {**same, **self._read_heads(changed)}
        return {PurePosixPath(uri).stem: heads[uri].manifest for uri in stamps if uri in heads}

    def counts_since(self, asset: str, partition: str) -> int | None:
        """The number of the audit entry since which a partition's head counts; None without one.

        Another number each time that a manifest is made the head, the same one as before too.
        """
        uri = head_uri(asset, partition)
        return int(json.loads(self.read(uri))["audit_number"]) if self.exists(uri) else None

    def commit(self, manifest: Manifest, **facts: Any) -> str:
        """Make a manifest the head of its partition; returns its hash.

        The manifest is written first, then its audit entry with some facts of
        the moment (run, user, time), and the head last: a process killed in
        between leaves the earlier head in force.
        """
        self.put(manifest.uri, manifest.to_json())
        named = {"asset": manifest.asset, "partition": manifest.partition}
        number, link = self.append_audit({**facts, **named, "manifest": manifest.version})
        head = {"manifest": manifest.version, "audit_number": number, "audit_hash": link}
        uri = head_uri(manifest.asset, manifest.partition)
        self.put(uri, canonical_json(head))
        self._heads.pop(uri, None)
        return manifest.version

    # The audit log

    def append_audit(self, facts: Mapping[str, Any]) -> tuple[int, str]:
        """Add an entry to the audit log; returns its number and hash.

        Raises Busy while a backup is put into the store.
        """
        if self._newest_entry is None and self.exists(RESTORING):
            raise Busy(
                f"{self.url} holds a part of a backup. Run `ledgergraph restore` again: it "
                "completes it."
            )
        number, link = self._newest_entry or self.last_entry(0)
        while True:
            entry = canonical_json({**facts, "number": number + 1, "previous": link})
            if self.create(audit_uri(number + 1), entry):
                self._newest_entry = number + 1, sha256_of(entry)
                return self._newest_entry
            number, link = self.last_entry(number + 1)  # another process was quicker

    def audit_entries(self) -> Iterator[tuple[int, bytes]]:
        """All entries with the number in their name, in order."""
        for uri in self.names("audit/"):
            yield int(PurePosixPath(uri).stem), self.read(uri)

    def last_entry(self, low: int) -> tuple[int, str]:
        """Number and hash of the last entry, from one on that is there; 0 is before the first."""
        step = 1  # galloping: listing would name them all
        while self.exists(audit_uri(low + step)):
            low, step = low + step, step * 2
        while step > 1:
            step //= 2
            if self.exists(audit_uri(low + step)):
                low += step
        return low, sha256_of(self.read(audit_uri(low))) if low else FIRST_LINK

    # Below

    def _at(self, uri: str) -> str:
        return f"{self._root}/{uri}"

    def _relative(self, path: str) -> str:
        return path[path.index(self._root) + len(self._root) + 1 :]

    def _read(self, uri: str) -> bytes | None:
        try:
            with answering(self.url):
                return bytes(self._fs.cat_file(self._at(uri)))
        except FileNotFoundError:
            return None

    def _verified(self, uri: str, sha256: str) -> bytes:
        data = self.read(uri)
        self._require(uri, sha256_of(data), sha256)
        return data

    def _opened(self, stream: BinaryIO, uri: str, sha256: str) -> Iterator[bytes]:
        """What a stored document consists of, whether it is sealed or not."""
        start = stream.read(len(sealing.MAGIC))
        wrapped = self._read(key_uri(sha256)) if start == sealing.MAGIC else None
        if wrapped is None:
            yield start
            yield from _pieces(stream)
            return
        try:
            yield from sealing.opening(stream, self._key(wrapped, sha256))
        except Corrupt as error:
            raise Corrupt(f"{self.path(uri)}: {error} Restore it from a backup.") from error

    def is_whole(self, uri: str, data: bytes) -> bool:
        """Whether the bytes of an object are what its name says, if its name says anything.

        Sealed ones are opened for that where a master key is named that opens them.
        """
        is_sealed = uri.startswith("blobs/") and data.startswith(sealing.MAGIC)
        sha256 = sha256_in(uri) if is_sealed else ""
        wrapped = self._read(key_uri(sha256)) if is_sealed and self._master_key_file else None
        if wrapped is None or not is_as_named(uri, data):
            return is_as_named(uri, data)
        try:
            key = self._key(wrapped, sha256)
        except (BadSetting, Corrupt):
            return True  # the key is at fault, or is of another master: nothing is known
        digest, stream = hashlib.sha256(), io.BytesIO(data)
        stream.seek(len(sealing.MAGIC))
        try:
            for piece in sealing.opening(stream, key):
                digest.update(piece)
        except Corrupt:
            return False
        return digest.hexdigest() == sha256

    def _key(self, wrapped: bytes, sha256: str) -> bytes:
        if not self._master_key_file:
            raise BadSetting(
                sealing.VARIABLE, f"is not set, and documents of {self.url} are sealed."
            )
        return sealing.unwrapped(wrapped, sha256, sealing.masters(self._master_key_file))

    def _keep_key(self, sha256: str, key: bytes, part: Path) -> None:
        """Keep the key of a document; one that is there stays, and seals it instead.

        Another process, or one that was killed, took the same document.
        """
        (master, *_) = sealing.masters(self._master_key_file)
        if self.create(key_uri(sha256), sealing.wrapped(key, sha256, master)):
            return
        there = self._key(self.read(key_uri(sha256)), sha256)
        with part.open("rb") as stream:
            stream.seek(len(sealing.MAGIC))
            plain = io.BytesIO(b"".join(sealing.opening(stream, key)))
        part.write_bytes(b"".join(sealing.sealing(plain, there)))

    def _require(self, uri: str, found: str, expected: str) -> None:
        if found != expected:
            raise Corrupt(
                f"{self.path(uri)} was changed: its hash is {found[:12]}…, expected "
                f"{expected[:12]}…. Restore it from a backup."
            )

    def _stamps(self, prefix: str) -> dict[str, str]:
        """What a listing tells of the objects directly below a prefix, by uri, sorted.

        Of a folder that is the moment and the inode, of a bucket the ETag and more:
        it changes whenever an object is replaced.
        """
        if self._is_local:
            return dict(sorted(_stamps_in(Path(self._at(prefix)), prefix)))
        with self._connected():
            found = self._fs.find(self._at(prefix), detail=True)
        return {self._relative(path): str(facts) for path, facts in sorted(found.items())}

    def _read_heads(self, stamps: Mapping[str, str | None]) -> dict[str, _Head]:
        """Read some heads and, where one names another manifest than it did, that; remember them.

        What is gone is left out.
        """
        versions = {
            uri: str(json.loads(data)["manifest"])
            for uri, data in self.read_many(stamps.keys()).items()
        }
        known = {uri: head for uri in versions if (head := self._heads.get(uri))}
        manifests = {
            uri: head.manifest for uri, head in known.items() if head.version == versions[uri]
        }
        places = {
            uri: manifest_uri(PurePosixPath(uri).parent.name, PurePosixPath(uri).stem, version)
            for uri, version in versions.items()
            if uri not in manifests
        }
        read = self.read_many(places.values())
        for uri, place in places.items():
            data = read.get(place) or self.read(place)  # the latter says that it is missing
            self._require(place, sha256_of(data), versions[uri])
            manifests[uri] = Manifest.from_json(data)
        found = {
            uri: _Head(stamps[uri], version, manifests[uri]) for uri, version in versions.items()
        }
        self._heads.update(found)
        return found

    def _send(self, part: Path, uri: str) -> None:
        """Make a file of this machine an object, unless there is one."""
        if self.exists(uri):
            return
        if self._is_local:
            self._linked(part, uri)
            return
        with self._connected():
            self._fs.put_file(str(part), self._at(uri))

    def _linked(self, part: Path, uri: str) -> bool:
        """Give a written file its name; false if there is one of that name."""
        try:
            os.link(part, self._target(uri))
        except FileExistsError:
            return False
        return True

    def _target(self, uri: str) -> Path:
        """Where an object lies in a folder, which is made."""
        target = Path(self._at(uri))
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    @contextlib.contextmanager
    def _part(self) -> Iterator[Path]:
        """A name for a file to write, of which nothing is left afterwards."""
        folder = self.local_path(PARTS) or Path(tempfile.gettempdir())
        folder.mkdir(parents=True, exist_ok=True)
        if self._is_local and not self._is_swept:
            self._is_swept = True
            _sweep(folder)
        part = folder / uuid.uuid4().hex
        try:
            yield part
        finally:
            part.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[None]:
        """BadSetting if there is no such bucket, ServiceMissing if nothing answers."""
        try:
            with answering(self.url):
                yield
        except FileNotFoundError as error:
            raise BadSetting(VARIABLE, f"{self.url} does not exist. Create the bucket.") from error


def _stamps_in(folder: Path, prefix: str) -> Iterator[tuple[str, str]]:
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            facts = entry.stat()
            yield f"{prefix}{entry.name}", f"{facts.st_ino} {facts.st_mtime_ns}"


def _written_in(folder: Path, prefix: str, seconds: float) -> Iterator[str]:
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.stat().st_mtime >= seconds:
                yield f"{prefix}{entry.name}"


def _written_at(facts: Mapping[str, Any]) -> datetime | None:
    """When an object of a service was written, as its listing says; null if it does not."""
    at = facts.get("LastModified") or facts.get("created")
    return datetime.fromtimestamp(at, UTC) if isinstance(at, float) else at


def _sweep(folder: Path) -> None:
    """Remove what killed processes left behind half written."""
    for part in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if part.stat().st_mtime < time.time() - SECONDS_OF_A_PART:
                part.unlink()


class _Counted:
    """A stream that knows how much it gave, and its hash."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        piece = self._stream.read(size)
        self.digest.update(piece)
        self.size += len(piece)
        return piece


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(CHUNK):
        yield piece


def key_uri(sha256: str) -> str:
    """Where the wrapped key of a document lies, relative to the store."""
    return f"keys/{sha256[:2]}/{sha256[2:]}"


def erased_uri(sha256: str) -> str:
    """Where a store says that a document was erased."""
    return f"erased/{sha256}.json"


def blob_uri(sha256: str) -> str:
    """Where a document's bytes lie, relative to the store."""
    return f"blobs/sha256/{sha256[:2]}/{sha256[2:]}"


def sha256_in(uri: str) -> str:
    """The hash of a document's bytes, from where they lie."""
    return uri.removeprefix("blobs/sha256/").replace("/", "")


def is_as_named(uri: str, data: bytes) -> bool:
    """Whether the bytes of an object are what its name says, if its name says anything."""
    folder = uri.partition("/")[0]
    if folder == "blobs":
        return data.startswith(sealing.MAGIC) or sha256_of(data) == sha256_in(uri)
    return folder not in ("tables", "manifests") or sha256_of(data) == PurePosixPath(uri).stem


def audit_uri(number: int) -> str:
    """Where an audit entry lies, relative to the store."""
    return f"audit/{number:012d}.json"


def inputs_of(manifests: Mapping[str, Mapping[str, Manifest]]) -> Inputs:
    """Manifests by asset and partition as the hashes that a manifest keeps."""
    return {
        asset: {partition: one.version for partition, one in sorted(partitions.items())}
        for asset, partitions in sorted(manifests.items())
    }
