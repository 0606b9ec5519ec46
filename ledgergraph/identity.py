"""Names made from content: the same thing gets the same name everywhere and at any time.

Also the keys under which two spellings of an invoice number, an account or a VAT
id are the same thing. Not here: names of companies (extractions.names).
"""

import hashlib
import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NewType

DocumentId = NewType("DocumentId", str)
"""`sha256:` and the 64 hexadecimal digits of the hash of a document's bytes."""

LOOKALIKES = str.maketrans("OILSBGZ", "0115862")
"""Letters that print, typing and reading confuse with a digit, each as that digit."""
PLACEHOLDERS = frozenset({"123456789", "987654321", "1234567890", "12345678901"})
"""Digits that stand in for a VAT id in forms and examples."""


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


@lru_cache(maxsize=65_536)
def number_key(number: str | None) -> str | None:
    """An invoice number without case, marks and leading zeros: `re-0O12/a` is `RE0012A`.

    Letters that look like a digit are that digit. Null where nothing is left.
    """
    return _capitals_and_digits(number).translate(LOOKALIKES).lstrip("0") or None


@lru_cache(maxsize=65_536)
def account_key(iban: str | None) -> str | None:
    """An account without case, spaces and marks; null where nothing is left."""
    return _capitals_and_digits(iban) or None


@lru_cache(maxsize=65_536)
def vat_key(vat_id: str | None) -> str | None:
    """A VAT id in upper case without punctuation; null for what is no id at all."""
    key = re.sub(r"(MWST|TVA|IVA)$", "", _capitals_and_digits(vat_id))
    digits = re.sub(r"\D", "", key)
    if len(digits) < 5 or len(set(digits)) == 1 or digits in PLACEHOLDERS:
        return None
    return "EL" + key[2:] if key.startswith("GR") else key


def _capitals_and_digits(text: str | None) -> str:
    return re.sub(r"[^0-9A-Z]", "", (text or "").upper())
