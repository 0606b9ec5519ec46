"""Examining a batch: every document is told by its content, and accepted or rejected."""

from collections.abc import Callable, Iterable
from typing import Any

import pyarrow as pa

from ledgergraph.documents.batches import Entry
from ledgergraph.documents.limits import Limits
from ledgergraph.documents.schemas import DOCUMENTS, REJECTIONS
from ledgergraph.documents.sniffing import SNIFFING_VERSION, sniff
from ledgergraph.errors import BadInput


def examine(
    entries: Iterable[Entry], read: Callable[[str], bytes], limits: Limits
) -> tuple[pa.Table, pa.Table]:
    """The tables `documents` and `rejections` of some files.

    Each document is there once, under the first of its names.

    `read` gives the bytes of a document by its id.
    """
    accepted: list[dict[str, Any]] = []
    rejected: list[dict[str, Any]] = []
    first = {entry.document_id: entry for entry in sorted(entries, reverse=True)}
    for document_id, entry in sorted(first.items()):
        facts = {"document_id": document_id, "name": entry.name}
        try:
            found = sniff(entry.name, read(document_id), limits)
        except BadInput as error:
            tried_with = SNIFFING_VERSION if error.reason == "unsupported" else None
            what = {"reason": error.reason, "sentence": error.sentence, "tried_with": tried_with}
            rejected.append({**facts, **what})
            continue
        accepted.append(
            {
                **facts,
                "media_type": found.media_type,
                "format": found.format,
                "type": found.type,
                "parts": found.parts,
                "pages": found.pages,
                "bytes": entry.bytes,
            }
        )
    return DOCUMENTS.rows(accepted), REJECTIONS.rows(rejected)
