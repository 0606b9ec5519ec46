"""Batches: which files of the inbox are new, have arrived whole, and come in together.

Belongs here: decisions on listings, as pure functions. Not here: listing and
reading an inbox (resources), and what a file is (sniffing).

Files are never moved. What is new is told by name and content: one row of
`arrivals` per file, and a document is known by the hash of its bytes.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime

from ledgergraph.documents.limits import MEBIBYTE
from ledgergraph.identity import batch_key

ACCEPTED, REJECTED, KNOWN = "accepted", "rejected", "known"
"""Outcomes of an arrival: to be read, refused, or bytes that are in the ledger already."""
URGENT = "urgent/"
"""The folder of the inbox whose files are read before all others that came in."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a listing tells of a file without opening it: bytes, and a modification mark.

    `modified` is anything that changes with the content and compares equal
    otherwise: seconds, or an ETag.
    """

    bytes: int
    modified: float | str


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One file of the inbox, or of an envelope there (`envelope_id`).

    `name` is its path below the inbox, in an envelope below that one's; `bytes` its size.
    """

    name: str
    document_id: str
    bytes: int
    envelope_id: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Batch:
    """Files that come in together; `key` is the hash of their document ids."""

    key: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A row of `arrivals`: one file that was seen, and what became of it.

    `envelope_id` is the document that it was inside of, null for a file of the inbox.
    """

    batch: str
    name: str
    document_id: str
    envelope_id: str | None
    arrived_at: datetime
    outcome: str


def settled(now: Mapping[str, Stamp], before: Mapping[str, Stamp]) -> list[str]:
    """Names of the files that have stopped growing: with the same stamp in both looks."""
    return sorted(name for name, stamp in now.items() if before.get(name) == stamp)


def is_urgent(name: str) -> bool:
    """Whether a file of the inbox goes first: it lies below the folder URGENT."""
    return name.startswith(URGENT)


def batches_of(
    entries: Iterable[Entry], max_documents: int = 500, max_bytes: int = 256 * MEBIBYTE
) -> list[Batch]:
    """Files in batches, whatever the order in which they were listed.

    A document counts once however many names it has, and all its names share
    its batch, so that no two batches hold the same document. A single document
    over `max_bytes` is a batch of its own. What is urgent by one of its names comes
    first, in batches that hold nothing else.
    """
    names: dict[str, list[Entry]] = {}
    for entry in sorted(set(entries)):
        names.setdefault(entry.document_id, []).append(entry)
    urgent = [same for same in names.values() if any(is_urgent(one.name) for one in same)]
    others = [same for same in names.values() if not any(is_urgent(one.name) for one in same)]
    return [batch for of in (urgent, others) for batch in _filled(of, max_documents, max_bytes)]


def _filled(documents: Iterable[list[Entry]], max_documents: int, max_bytes: int) -> list[Batch]:
    batches: list[Batch] = []
    held: list[list[Entry]] = []
    size = 0
    for same in documents:
        if held and (len(held) == max_documents or size + same[0].bytes > max_bytes):
            batches.append(_batch(held))
            held, size = [], 0
        held.append(same)
        size += same[0].bytes
    return [*batches, _batch(held)] if held else batches


def _batch(documents: list[list[Entry]]) -> Batch:
    entries = tuple(sorted(entry for same in documents for entry in same))
    return Batch(batch_key(same[0].document_id for same in documents), entries)


def arrivals_of(
    batch: Batch, refused: Set[str], known_elsewhere: Set[str], arrived_at: datetime
) -> list[Arrival]:
    """One arrival per file of a batch, by name.

    `refused` are the documents that sniffing rejected, `known_elsewhere` those
    that other batches hold. Of several names of one document the first is
    accepted and the others are known; each name of a refused one is rejected.
    """
    arrivals = []
    seen: set[str] = set()
    for entry in batch.entries:
        outcome = ACCEPTED
        if entry.document_id in known_elsewhere:
            outcome = KNOWN
        elif entry.document_id in refused:
            outcome = REJECTED
        elif entry.document_id in seen:
            outcome = KNOWN
        seen.add(entry.document_id)
        arrivals.append(
            Arrival(
                batch.key, entry.name, entry.document_id, entry.envelope_id, arrived_at, outcome
            )
        )
    return arrivals
