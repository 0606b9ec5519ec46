"""The store: immutable content under one URL, and the heads that name what counts.

    blobs/sha256/ab/cd…                      documents, by the hash of their bytes
    batches/<key>.json                       what one intake batch consists of
    tables/<table>/<sha256>.parquet          rows (other files keep their ending)
    manifests/<asset>/<partition>/<sha256>.json
    heads/<asset>/<partition>.json           the only thing ever replaced, atomically, last
    audit/<12 digits>.json                   one entry per commit, with the hash of the one before

Any fsspec URL will do: a folder, `memory://`, `s3://`. Not here: what tables
hold (the areas declare them) and when to compute (`assets.lineage`).
"""

import contextlib
import hashlib
import itertools
import json
import os
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import pyarrow as pa
from fsspec.implementations.local import LocalFileSystem

from ledgergraph.artifacts import File, Inputs, Manifest, head_uri, manifest_uri
from ledgergraph.errors import BadSetting, Corrupt, StaleInput
from ledgergraph.identity import canonical_json, sha256_of
from ledgergraph.tables import Table, concat
from resources.places import answering, opened

VARIABLE = "LEDGERGRAPH_STORE"
CHUNK = 1024 * 1024
"""Bytes of a stream that are in memory at a time."""
PART = ".part"
"""How names of files end that are still being written; a killed process leaves them behind."""
FIRST_LINK = "0" * 64
"""What the first audit entry names as the one before."""


class Store:
    """Content-addressed storage behind one fsspec URL."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._fs, self._root = opened(self.url, VARIABLE)
        self._is_local = isinstance(self._fs, LocalFileSystem)
        self._newest_entry = 0

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

    def names(self, prefix: str) -> list[str]:
        """The uris of all objects below a prefix, sorted."""
        with self._connected():
            found = self._fs.find(self._at(prefix))
        return sorted(self._relative(path) for path in found if not path.endswith(PART))

    def put(self, uri: str, data: bytes) -> None:
        """Write an object in one step: readers see all of it or the one before."""
        if not self._is_local:
            with self._connected():
                self._fs.pipe_file(self._at(uri), data)
            return
        with self._written_beside(uri, data) as (part, target):
            part.replace(target)

    def create(self, uri: str, data: bytes) -> bool:
        """Write an object unless there is one; false if there was."""
        if not self._is_local:
            try:
                with self._connected():
                    self._fs.pipe_file(self._at(uri), data, mode="create")
            except FileExistsError:
                return False
            return True
        with self._written_beside(uri, data) as (part, target):
            try:
                os.link(part, target)
            except FileExistsError:
                return False
            return True

    # Documents

    def take(self, stream: BinaryIO) -> tuple[str, int]:
        """Keep what a stream gives, however much; returns its hash and its size in bytes."""
        folder = self.local_path("blobs") or Path(tempfile.gettempdir())
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f"{uuid.uuid4().hex}{PART}"
        digest, size = hashlib.sha256(), 0
        try:
            with part.open("xb") as file:
                while chunk := stream.read(CHUNK):
                    digest.update(chunk)
                    size += file.write(chunk)
            sha256 = digest.hexdigest()
            self._send(part, blob_uri(sha256))
        finally:
            part.unlink(missing_ok=True)
        return sha256, size

    def blob(self, document_id: str) -> bytes:
        """The bytes of a document; Corrupt if they are gone or changed."""
        sha256 = document_id.removeprefix("sha256:")
        return self._verified(blob_uri(sha256), sha256)

    def check_blob(self, uri: str) -> None:
        """Corrupt if a document's bytes are not what their name says; holds little in memory."""
        digest = hashlib.sha256()
        with answering(self.url), self._fs.open(self._at(uri), "rb") as stream:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
        self._require(uri, digest.hexdigest(), sha256_in(uri))

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
        uri = f"tables/{PurePosixPath(name).stem}/{sha256}{PurePosixPath(name).suffix}"
        self.create(uri, data)
        return File(name, uri, sha256)

    def file(self, file: File) -> bytes:
        """The bytes of a stored file; Corrupt if they are gone or changed."""
        return self._verified(file.uri, file.sha256)

    def table(self, table: Table, manifests: Mapping[str, Manifest]) -> pa.Table:
        """A table's rows in all of some partitions, in key order.

        Raises StaleInput if a manifest lacks the table: its asset was made by
        code that did not know it.
        """
        parts = []
        for manifest in manifests.values():
            file = manifest.file(table.name)
            if file is None:
                raise StaleInput(
                    f"{manifest.asset} ({manifest.partition}) holds no table {table.name}. "
                    f"Materialize {manifest.asset}, then retry."
                )
            parts.append(table.from_parquet(self.file(file), file.version))
        return concat(table, parts)

    # Manifests and heads

    def manifest(self, asset: str, partition: str, version: str) -> Manifest:
        """A manifest by its hash."""
        return Manifest.from_json(self._verified(manifest_uri(asset, partition, version), version))

    def head(self, asset: str, partition: str) -> Manifest | None:
        """The manifest that counts for a partition; None if nothing was made yet."""
        pointer = self._read(head_uri(asset, partition))
        if pointer is None:
            return None
        return self.manifest(asset, partition, json.loads(pointer)["manifest"])

    def heads(self, asset: str) -> dict[str, Manifest]:
        """The manifests that count for all partitions of an asset, by partition."""
        partitions = [PurePosixPath(uri).stem for uri in self.names(f"heads/{asset}/")]
        found = {partition: self.head(asset, partition) for partition in partitions}
        return {partition: head for partition, head in found.items() if head is not None}

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
        self.put(head_uri(manifest.asset, manifest.partition), canonical_json(head))
        return manifest.version

    # The audit log

    def append_audit(self, facts: Mapping[str, Any]) -> tuple[int, str]:
        """Add an entry to the audit log; returns its number and hash."""
        for number in itertools.count(self._last_entry() + 1):
            link = sha256_of(self.read(audit_uri(number - 1))) if number > 1 else FIRST_LINK
            entry = canonical_json({**facts, "number": number, "previous": link})
            if self.create(audit_uri(number), entry):
                self._newest_entry = number
                return number, sha256_of(entry)
        raise AssertionError("counting ends only by returning")

    def audit_entries(self) -> Iterator[tuple[int, bytes]]:
        """All entries with the number in their name, in order."""
        for uri in self.names("audit/"):
            yield int(PurePosixPath(uri).stem), self.read(uri)

    def _last_entry(self) -> int:
        # Gallop from the newest entry that this process saw: listing would read them all.
        low, step = self._newest_entry, 1
        while self.exists(audit_uri(low + step)):
            low, step = low + step, step * 2
        while step > 1:
            step //= 2
            if self.exists(audit_uri(low + step)):
                low += step
        return low

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

    def _require(self, uri: str, found: str, expected: str) -> None:
        if found != expected:
            raise Corrupt(
                f"{self.path(uri)} was changed: its hash is {found[:12]}…, expected "
                f"{expected[:12]}…. Restore it from a backup."
            )

    def _send(self, part: Path, uri: str) -> None:
        """Make a file of this machine an object, unless there is one."""
        if self.exists(uri):
            return
        if self._is_local:
            target = Path(self._at(uri))
            target.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                os.link(part, target)
            return
        with self._connected():
            self._fs.put_file(str(part), self._at(uri))

    @contextlib.contextmanager
    def _connected(self) -> Iterator[None]:
        """BadSetting if there is no such bucket, ServiceMissing if nothing answers."""
        try:
            with answering(self.url):
                yield
        except FileNotFoundError as error:
            raise BadSetting(VARIABLE, f"{self.url} does not exist. Create the bucket.") from error

    def _written_beside(self, uri: str, data: bytes) -> "_Beside":
        return _Beside(Path(self._at(uri)), data)


class _Beside:
    """A file written under a name of its own beside its target, gone afterwards."""

    def __init__(self, target: Path, data: bytes) -> None:
        self._target = target
        self._part = target.with_name(f"{target.name}.{uuid.uuid4().hex}{PART}")
        self._data = data

    def __enter__(self) -> tuple[Path, Path]:
        self._target.parent.mkdir(parents=True, exist_ok=True)
        self._part.write_bytes(self._data)
        return self._part, self._target

    def __exit__(self, *_: object) -> None:
        self._part.unlink(missing_ok=True)


def blob_uri(sha256: str) -> str:
    """Where a document's bytes lie, relative to the store."""
    return f"blobs/sha256/{sha256[:2]}/{sha256[2:]}"


def sha256_in(uri: str) -> str:
    """The hash of a document's bytes, from where they lie."""
    return uri.removeprefix("blobs/sha256/").replace("/", "")


def audit_uri(number: int) -> str:
    """Where an audit entry lies, relative to the store."""
    return f"audit/{number:012d}.json"


def inputs_of(manifests: Mapping[str, Mapping[str, Manifest]]) -> Inputs:
    """Manifests by asset and partition as the hashes that a manifest keeps."""
    return {
        asset: {partition: one.version for partition, one in sorted(partitions.items())}
        for asset, partitions in sorted(manifests.items())
    }
