"""Taking in: what is new in the inbox is kept as blobs and listed in batches.

The bytes go to the store before anything else happens, so that a file that is
removed from the inbox later is not lost. A listing (`batches/<key>.json`) is
written once and says which files a batch consists of; a killed process leaves
either a listing or a file that the next look takes in.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath

from ledgergraph.documents.batches import Entry, Stamp, batches_of
from ledgergraph.identity import batch_key, canonical_json, document_id_of
from resources.inbox import Inbox
from resources.store import Store


@dataclass(frozen=True)
class Taken:
    """One file of a batch: what was seen of it, and whether its document came before."""

    name: str
    document_id: str
    bytes: int
    modified: str
    is_known: bool


@dataclass(frozen=True)
class Listing:
    """The files of one batch, by name, and when they were taken in (UTC)."""

    arrived_at: str
    files: tuple[Taken, ...]


def unseen(store: Store, files: Mapping[str, Stamp]) -> dict[str, Stamp]:
    """Those of the inbox's files that no batch lists with the same name, size and change."""
    looks = {
        (taken.name, taken.bytes, taken.modified)
        for key in listed(store)
        for taken in listing(store, key).files
    }
    return {
        name: stamp
        for name, stamp in files.items()
        if (name, stamp.bytes, stamp.modified) not in looks
    }


def take_in(inbox: Inbox, store: Store, files: Mapping[str, Stamp], now: datetime) -> list[str]:
    """Keep files that were not seen before, list them in batches; returns the new keys.

    A file is known by its name and content, so that one that was merely touched
    is no second arrival.
    """
    earlier = [taken for key in listed(store) for taken in listing(store, key).files]
    known = {taken.document_id for taken in earlier}
    names = {(taken.name, taken.document_id) for taken in earlier}
    fresh: dict[str, Taken] = {}
    for name, stamp in files.items():
        data = inbox.read(name)
        document_id = document_id_of(data)
        if (name, document_id) in names:
            continue
        store.put_blob(data)
        is_known = document_id in known
        fresh[name] = Taken(name, document_id, len(data), str(stamp.modified), is_known)
    arrived_at = now.astimezone(UTC).isoformat(timespec="seconds")
    entries = [Entry(one.name, one.document_id, one.bytes) for one in fresh.values()]
    return [
        _written(store, Listing(arrived_at, tuple(fresh[entry.name] for entry in batch.entries)))
        for batch in batches_of(entries)
    ]


def listed(store: Store) -> list[str]:
    """The keys of all batches, sorted."""
    return [PurePosixPath(uri).stem for uri in store.names("batches/")]


def listing(store: Store, key: str) -> Listing:
    """What a batch consists of."""
    raw = json.loads(store.read(f"batches/{key}.json"))
    return Listing(raw["arrived_at"], tuple(Taken(**one) for one in raw["files"]))


def waiting(store: Store, assets: Sequence[str]) -> Iterator[str]:
    """The keys of batches that some of these assets hold nothing for yet."""
    done = [{PurePosixPath(uri).stem for uri in store.names(f"heads/{asset}/")} for asset in assets]
    for key in listed(store):
        if not all(key in partitions for partitions in done):
            yield key


def _written(store: Store, batch: Listing) -> str:
    key = batch_key(taken.document_id for taken in batch.files)
    if not store.create(f"batches/{key}.json", canonical_json(asdict(batch))):
        # The same documents came before under other names: an arrival of its own.
        key = _key_of_names(batch.files)
        store.create(f"batches/{key}.json", canonical_json(asdict(batch)))
    return key


def _key_of_names(files: Iterable[Taken]) -> str:
    return batch_key(f"{taken.name}\n{taken.document_id}" for taken in files)
