"""Examining a batch: every document is told by its content, and accepted or rejected."""

from collections.abc import Callable, Iterable, Set
from typing import Any

import pyarrow as pa

from ledgergraph.documents.batches import Batch, Entry
from ledgergraph.documents.causes import with_cause
from ledgergraph.documents.limits import Limits, require_size
from ledgergraph.documents.schemas import DOCUMENTS, REJECTIONS
from ledgergraph.documents.sniffing import SNIFFING_VERSION, Sniffed, sniff
from ledgergraph.errors import BadInput

Sniff = Callable[[str, bytes, Limits], Sniffed]
"""Tells what a file is, by name, content and limits; raises BadInput for what is not read."""
TRIED_AGAIN = ("unsupported", "failed")
"""Reasons that say something of the program, and may not hold for its next version."""


def examine(
    entries: Iterable[Entry], read: Callable[[str], bytes], limits: Limits, sniff: Sniff = sniff
) -> tuple[pa.Table, pa.Table]:
    """The tables `documents` and `rejections` of some files.

    Each document is there once, under the first of its names. `read` gives the
    bytes of a document by its id; it is not asked for those over the limit.
    """
    accepted: list[dict[str, Any]] = []
    rejected: list[dict[str, Any]] = []
    first = {entry.document_id: entry for entry in sorted(entries, reverse=True)}
    for document_id, entry in sorted(first.items()):
        facts = {"document_id": document_id, "name": entry.name}
        try:
            require_size(entry.bytes, limits)
            found = sniff(entry.name, read(document_id), limits)
        except BadInput as error:
            tried_with = SNIFFING_VERSION if error.reason in TRIED_AGAIN else None
            what = {"reason": error.reason, "sentence": error.sentence, "tried_with": tried_with}
            rejected.append(with_cause({**facts, **what}))
            continue
        accepted.append(document_of(entry, found))
    return DOCUMENTS.rows(accepted), REJECTIONS.rows(rejected)


def document_of(entry: Entry, found: Sniffed) -> dict[str, Any]:
    """The row of `documents` of a file that is accepted."""
    return {
        "document_id": entry.document_id,
        "name": entry.name,
        "media_type": found.media_type,
        "format": found.format,
        "type": found.type,
        "parts": found.parts,
        "pages": found.pages,
        "bytes": entry.bytes,
        "problems": " ".join(found.problems) or None,
    }


def unaccounted(
    batch: Batch,
    known_elsewhere: Set[str],
    arrivals: pa.Table,
    documents: pa.Table,
    rejections: pa.Table,
) -> list[Entry]:
    """The files of a batch that its tables have lost.

    Each must be an arrival, and its document accepted, rejected, or one of
    `known_elsewhere`, which other batches hold.
    """
    judged = {*known_elsewhere}
    for table in (documents, rejections):
        judged |= set(table["document_id"].to_pylist())
    arrived = set(
        zip(arrivals["name"].to_pylist(), arrivals["document_id"].to_pylist(), strict=True)
    )
    return [
        entry
        for entry in batch.entries
        if entry.document_id not in judged or (entry.name, entry.document_id) not in arrived
    ]


def is_to_be_tried_again(tried_with: str | None) -> bool:
    """Whether a rejection is of what an earlier sniffing did not support or failed at.

    `tried_with` is the version of the sniffing that it names; null for all other reasons.
    """
    return tried_with is not None and tried_with != SNIFFING_VERSION
