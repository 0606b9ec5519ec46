"""Names made from content: the same thing gets the same name everywhere and at any time."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any, NewType

DocumentId = NewType("DocumentId", str)
"""`sha256:` and the 64 hexadecimal digits of the hash of a document's bytes."""


def sha256_of(data: bytes) -> str:
    """The SHA-256 of some bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def document_id_of(data: bytes) -> DocumentId:
    """The id of the document that consists of these bytes."""
    return DocumentId("sha256:" + sha256_of(data))


def canonical_json(value: Any) -> bytes:
    """JSON with sorted keys and no white space, so that equal values give equal bytes."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def short_hash(*parts: object) -> str:
    """32 hexadecimal digits that name a tuple of printable parts."""
    joined = "\x1f".join("" if part is None else str(part) for part in parts)
    return sha256_of(joined.encode())[:32]


def record_id(document_id: str, part: int, table: str, row: int | None) -> str:
    """The id of one record: one row of one table that one document states."""
    return short_hash(document_id, part, table, row)


def batch_key(document_ids: Iterable[str]) -> str:
    """The key of an intake batch: a hash of the documents in it, in any order."""
    return sha256_of("\n".join(sorted(set(document_ids))).encode())[:16]
