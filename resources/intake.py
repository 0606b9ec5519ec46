"""Taking in: what is new in the inbox is kept as blobs and listed in batches.

The bytes go to the store before anything else happens, so that a file that is
removed from the inbox later is not lost. A listing (`batches/<key>.json`) is
written once and says which files a batch consists of; a killed process leaves
either a listing or a file that the next look takes in.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath

from ledgergraph.documents.batches import Entry, batches_of
from ledgergraph.identity import batch_key, canonical_json, document_id_of
from resources.inbox import Inbox, Seen
from resources.store import Store


@dataclass(frozen=True)
class Taken:
    """One file of a batch: what was seen, which document it is, and whether that was known."""

    name: str
    document_id: str
    bytes: int
    modified: str
    arrived_at: str
    is_known: bool


def unseen(store: Store, files: Sequence[Seen]) -> list[Seen]:
    """Those of a listing's files whose name, size and time of change no batch has."""
    looks = {
        (taken.name, taken.bytes, taken.modified)
        for key in listed(store)
        for taken in listing(store, key)
    }
    return [seen for seen in files if seen not in looks]


def take_in(inbox: Inbox, store: Store, files: Sequence[Seen], now: datetime) -> list[str]:
    """Keep files that were not seen before, list them in batches; returns the new keys.

    A file is known by its name and content, so that one that was merely touched
    is no second arrival.
    """
    earlier = [taken for key in listed(store) for taken in listing(store, key)]
    known = {taken.document_id for taken in earlier}
    names = {(taken.name, taken.document_id) for taken in earlier}
    fresh: dict[str, Taken] = {}
    for seen in files:
        data = inbox.read(seen.name)
        document_id = document_id_of(data)
        if (seen.name, document_id) in names:
            continue
        store.put_blob(data)
        arrived_at = now.astimezone(UTC).isoformat(timespec="seconds")
        is_known = document_id in known
        fresh[seen.name] = Taken(
            seen.name, document_id, len(data), seen.modified, arrived_at, is_known
        )
    entries = [Entry(one.name, one.document_id, one.bytes) for one in fresh.values()]
    return [
        _written(store, [fresh[entry.name] for entry in batch.entries])
        for batch in batches_of(entries)
    ]


def listed(store: Store) -> list[str]:
    """The keys of all batches, sorted."""
    return [PurePosixPath(uri).stem for uri in store.names("batches/")]


def listing(store: Store, key: str) -> list[Taken]:
    """The files of a batch, by name."""
    return [Taken(**one) for one in json.loads(store.read(f"batches/{key}.json"))]


def waiting(store: Store, assets: Sequence[str]) -> Iterator[str]:
    """The keys of batches that some of these assets hold nothing for yet."""
    done = [
        {PurePosixPath(uri).stem for uri in store.names(f"heads/{asset}/")} for asset in assets
    ]
    for key in listed(store):
        if not all(key in partitions for partitions in done):
            yield key


def _written(store: Store, batch: list[Taken]) -> str:
    key = batch_key(taken.document_id for taken in batch)
    content = canonical_json([asdict(taken) for taken in sorted(batch, key=lambda one: one.name)])
    if not store.create(f"batches/{key}.json", content):
        # The same documents came before under other names: an arrival of its own.
        key = batch_key(f"{taken.name}\n{taken.document_id}" for taken in batch)
        store.create(f"batches/{key}.json", content)
    return key
