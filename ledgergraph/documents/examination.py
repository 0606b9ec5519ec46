"""Examining a batch: every file becomes a document, a rejection, or is known already."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from ledgergraph.documents.limits import Limits
from ledgergraph.documents.schemas import DOCUMENTS, REJECTIONS
from ledgergraph.documents.sniffing import SNIFFING_VERSION, sniff
from ledgergraph.errors import BadInput


@dataclass(frozen=True)
class File:
    """One file of a batch; `is_known` if its document came with an earlier batch."""

    name: str
    document_id: str
    is_known: bool = False


@dataclass(frozen=True)
class Examined:
    """Rows of `documents` and `rejections`, and by file name accepted, rejected or known."""

    documents: pa.Table
    rejections: pa.Table
    outcomes: Mapping[str, str]


def examine(files: Sequence[File], read: Callable[[str], bytes], limits: Limits) -> Examined:
    """Judge the files of a batch by content, each document once, under its first name.

    `read` gives the bytes of a document by its id.
    """
    accepted, rejected, outcomes = [], [], {}
    seen: set[str] = set()
    for file in sorted(files, key=lambda one: one.name):
        if file.is_known or file.document_id in seen:
            outcomes[file.name] = "known"
            continue
        seen.add(file.document_id)
        data = read(file.document_id)
        facts = {"document_id": file.document_id, "name": file.name}
        try:
            found = sniff(file.name, data, limits)
        except BadInput as error:
            outcomes[file.name] = "rejected"
            tried_with = SNIFFING_VERSION if error.reason == "unsupported" else None
            what = {"reason": error.reason, "sentence": error.sentence}
            rejected.append({**facts, **what, "tried_with": tried_with})
            continue
        outcomes[file.name] = "accepted"
        accepted.append(
            {
                **facts,
                "media_type": found.media_type,
                "format": found.format,
                "type": found.type,
                "parts": found.parts,
                "pages": found.pages,
                "bytes": len(data),
            }
        )
    return Examined(DOCUMENTS.rows(accepted), REJECTIONS.rows(rejected), outcomes)
