"""Taking in: what is new in the inbox is kept as blobs and listed in batches.

The bytes go to the store before anything else happens, so that a file that is
removed from the inbox later is not lost. A listing (`batches/<key>.json`) is
written once and says which files a batch consists of; a killed process leaves
either a listing or a file that the next look takes in.

What is inside a mail or an archive is taken out at once: each member is listed like
a file, with the document that it was in. An envelope that is refused (broken, over a
limit) has no members; where it is examined again and accepted, `take_out` lists them.

Belongs here too: which batches are to be read, as the store tells. Not here:
who asks for them (`orchestration.running`, `sensors.inbox`).
"""

import io
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import BinaryIO, cast
from weakref import WeakKeyDictionary

from ledgergraph.artifacts import Manifest
from ledgergraph.documents.batches import Entry, Stamp, batches_of, is_urgent
from ledgergraph.documents.envelopes import (
    HEAD_BYTES,
    envelope_format,
    may_be_envelope,
    members_of,
)
from ledgergraph.documents.examination import is_to_be_tried_again
from ledgergraph.documents.limits import Limits
from ledgergraph.documents.schemas import REJECTIONS
from ledgergraph.errors import BadInput
from ledgergraph.identity import DocumentId, batch_key, canonical_json
from resources.inbox import Inbox
from resources.store import Store


@dataclass(frozen=True)
class Taken:
    """One file of a batch: what was seen of it, and whether its document came before.

    `envelope_id` is the document that it was inside of, null for a file of the inbox.
    """

    name: str
    document_id: str
    bytes: int
    modified: str
    is_known: bool
    envelope_id: str | None = None


@dataclass(frozen=True)
class Listing:
    """The files of one batch, by name, and when they were taken in (UTC)."""

    arrived_at: str
    files: tuple[Taken, ...]

    @property
    def is_urgent(self) -> bool:
        """Whether it is to be read before others."""
        return any(is_urgent(taken.name) for taken in self.files)


@dataclass(frozen=True)
class Intake:
    """What taking in did: the keys of new batches; files that may not be read, and why."""

    batches: tuple[str, ...]
    unread: Mapping[str, str]


@dataclass
class Seen:
    """What all batches list. Listings never change, so each is read once."""

    keys: set[str] = field(default_factory=set)
    looks: set[tuple[str, int, str]] = field(default_factory=set)
    """Name, size and change of every file."""
    names: set[tuple[str, bytes]] = field(default_factory=set)
    """Name and document of every file."""
    documents: set[bytes] = field(default_factory=set)
    envelopes: set[bytes] = field(default_factory=set)
    """Documents of which members are listed."""

    def add(self, key: str, batch: Listing) -> None:
        """Note the files of a batch."""
        for taken in batch.files:
            self.looks.add((taken.name, taken.bytes, taken.modified))
            self.names.add((taken.name, _short(taken.document_id)))
            self.documents.add(_short(taken.document_id))
            if taken.envelope_id is not None:
                self.envelopes.add(_short(taken.envelope_id))
        self.keys.add(key)


_SEEN: WeakKeyDictionary[Store, Seen] = WeakKeyDictionary()
"""What this process knows of the batches of a store; it can always be read again."""


def seen(store: Store) -> Seen:
    """What all batches of a store list; only those that are new since the last look are read."""
    keys = set(listed(store))
    known = _SEEN.get(store)
    if known is None or not known.keys <= keys:
        known = _SEEN[store] = Seen()
    new = {_uri(key): key for key in keys - known.keys}
    for uri, data in store.read_many(new.keys()).items():
        known.add(new[uri], _parsed(data))
    return known


def unseen(store: Store, files: Mapping[str, Stamp]) -> dict[str, Stamp]:
    """Those of the inbox's files that no batch lists with the same name, size and change."""
    looks = seen(store).looks
    return {
        name: stamp
        for name, stamp in files.items()
        if (name, stamp.bytes, stamp.modified) not in looks
    }


def take_in(
    inbox: Inbox, store: Store, files: Mapping[str, Stamp], now: datetime, limits: Limits
) -> Intake:
    """Keep files that were not seen before, and list them in batches.

    A file is known by its name and content, so that one that was merely touched
    is no second arrival. One that is gone by now is passed over; one that may
    not be read holds up no other. Envelopes are opened as far as limits allow.
    """
    earlier = seen(store)
    fresh: dict[str, Taken] = {}
    unread: dict[str, str] = {}
    for name, stamp in files.items():
        try:
            stream = inbox.open(name)
        except FileNotFoundError:
            continue
        except OSError as error:
            unread[name] = error.strerror or str(error)
            continue
        with stream:
            start = _Start(stream)
            sha256, size = store.take(cast(BinaryIO, start))
        document_id = DocumentId(f"sha256:{sha256}")
        if (name, _short(document_id)) in earlier.names:
            continue
        is_known = _short(document_id) in earlier.documents
        fresh[name] = Taken(name, document_id, size, str(stamp.modified), is_known)
        if may_be_envelope(start.bytes) and not is_known and size <= limits.max_bytes:
            fresh |= {one.name: one for one in _members(store, fresh[name], limits, earlier)}
    arrived_at = now.astimezone(UTC).isoformat(timespec="seconds")
    return Intake(_batched(store, arrived_at, fresh), unread)


def take_out(
    store: Store, batch: Listing, envelopes: Collection[str], limits: Limits
) -> tuple[str, ...]:
    """List the members of accepted envelopes of a batch that are not listed; keys of new batches.

    There are such where an envelope was refused when it came: by an earlier version, or
    by limits that have been raised since.
    """
    earlier = seen(store)
    found: dict[str, Taken] = {}
    for taken in batch.files:
        is_listed = _short(taken.document_id) in earlier.envelopes or taken.is_known
        if taken.document_id in envelopes and not is_listed:
            found |= {one.name: one for one in _members(store, taken, limits, earlier)}
    return _batched(store, batch.arrived_at, found)


def _members(store: Store, envelope: Taken, limits: Limits, earlier: Seen) -> Iterator[Taken]:
    """What is inside an envelope, and inside envelopes there, kept and named; none if refused."""
    data = store.blob(envelope.document_id)
    format_ = envelope_format(data)
    if format_ is None:
        return
    try:
        members = members_of(format_, data, limits)
    except BadInput:
        return  # examination says why
    for member in members:
        sha256, size = store.take(io.BytesIO(member.data))
        document_id = DocumentId(f"sha256:{sha256}")
        is_known = _short(document_id) in earlier.documents
        name = f"{envelope.name}/{member.name}"
        taken = Taken(name, document_id, size, "", is_known, envelope.document_id)
        yield taken
        if not is_known:
            yield from _members(store, taken, limits, earlier)


class _Start:
    """A stream that remembers how it began."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.bytes = b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        piece = self._stream.read(size)
        if len(self.bytes) < HEAD_BYTES:
            self.bytes += piece[:HEAD_BYTES]
        return piece


def _batched(store: Store, arrived_at: str, fresh: Mapping[str, Taken]) -> tuple[str, ...]:
    """List files in batches; returns their keys."""
    entries = [Entry(one.name, one.document_id, one.bytes) for one in fresh.values()]
    return tuple(
        _written(store, Listing(arrived_at, tuple(fresh[entry.name] for entry in batch.entries)))
        for batch in batches_of(entries)
    )


def listed(store: Store) -> list[str]:
    """The keys of all batches, sorted."""
    return [PurePosixPath(uri).stem for uri in store.names("batches/")]


def listing(store: Store, key: str) -> Listing:
    """What a batch consists of."""
    return _parsed(store.read(_uri(key)))


def listings(store: Store) -> dict[str, Listing]:
    """What all batches consist of, by key."""
    uris = {_uri(key): key for key in listed(store)}
    return {uris[uri]: _parsed(data) for uri, data in store.read_many(uris.keys()).items()}


def waiting(store: Store, assets: Sequence[str]) -> Iterator[str]:
    """The keys of batches that are not read yet, or not to the end."""
    heads = {asset: store.heads(asset) for asset in assets}
    return (key for key in listed(store) if not _is_read(key, heads))


def _is_read(key: str, heads: Mapping[str, Mapping[str, Manifest]]) -> bool:
    """Whether each of some assets holds a batch, made from what the others hold of it now.

    A process that is killed while a batch is read for the second time leaves
    assets that were made from what has been replaced since.
    """
    here = {asset: partitions.get(key) for asset, partitions in heads.items()}
    return all(
        head is not None
        and all(
            found is not None and found.version == head.inputs.get(asset, {}).get(key)
            for asset, found in here.items()
            if asset in head.inputs
        )
        for head in here.values()
    )


def refused(store: Store) -> Iterator[str]:
    """The keys of batches with files that an earlier sniffing did not support."""
    for key, head in store.heads("documents").items():
        file = head.file(REJECTIONS.name)
        if file is not None and not file.rows:
            continue
        rejections = store.table(REJECTIONS, {key: head})
        if any(is_to_be_tried_again(version) for version in rejections["tried_with"].to_pylist()):
            yield key


def keys_of(files: Sequence[Taken]) -> tuple[str, str]:
    """The keys that a batch of some files may have: by its documents, else by its names too."""
    return (
        batch_key(taken.document_id for taken in files),
        batch_key(f"{taken.name}\n{taken.document_id}" for taken in files),
    )


def _uri(key: str) -> str:
    return f"batches/{key}.json"


def _parsed(data: bytes) -> Listing:
    raw = json.loads(data)
    return Listing(raw["arrived_at"], tuple(Taken(**one) for one in raw["files"]))


def _short(document_id: str) -> bytes:
    """A document's hash as its 32 bytes: a process keeps those of all documents."""
    return bytes.fromhex(document_id.removeprefix("sha256:"))


def _written(store: Store, batch: Listing) -> str:
    key, key_of_names = keys_of(batch.files)
    if store.create(_uri(key), canonical_json(asdict(batch))):
        return key
    named = {(taken.name, taken.document_id) for taken in batch.files}
    if named == {(taken.name, taken.document_id) for taken in listing(store, key).files}:
        return key  # another process took in the same files
    # The same documents came before under other names: an arrival of its own.
    store.create(_uri(key_of_names), canonical_json(asdict(batch)))
    return key_of_names
