"""Signed files (.p7m, CMS of RFC 5652): what was signed, taken out of its signature.

Belongs here: telling such a file, and its content. Italian invoices arrive so (CAdES), in
DER, in BER with lengths that are not known beforehand, and as Base64 with or without
lines that say what it is. The signature is not checked: who signed is a question for the
exchange system, and an invoice with a broken signature is still the paper that arrived.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from ledgergraph.errors import BadInput

SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
"""Object id of signed data, near the beginning of each such file."""
END = bytes(2)
"""Marks the end of an element whose length was not known beforehand."""
ARMOUR = re.compile(rb"-----(?:BEGIN|END) (?:PKCS ?#?7|CMS)(?: SIGNED DATA)?-----")
BASE64 = re.compile(rb"\s*MI[A-Za-z0-9+/\r\n]{20,}")
SEQUENCE, SET, INTEGER, OID, OCTETS, CONTEXT_0 = 0x30, 0x31, 0x02, 0x06, 0x04, 0xA0
CONSTRUCTED = 0x20
MOST_NESTED, MOST_INSIDE = 16, 500_000
"""Bounds of what is walked through: pieces of a kilobyte make half a gigabyte."""
DAMAGED = BadInput(
    "damaged",
    "It begins like a signed file (.p7m) and its parts cannot be taken apart: it was cut or "
    "altered. Ask the sender to send it again, or the file without its signature.",
)
DETACHED = BadInput(
    "no_members",
    "It is a signature (.p7m) without the file that was signed. Ask the sender for the file "
    "itself.",
)


def is_signed(head: bytes) -> bool:
    """Whether a file that begins with some bytes (at least 100) is signed data."""
    if head.startswith(b"\x30"):
        return SIGNED_DATA in head[:32]
    text = ARMOUR.sub(b"", head[:200])
    if not BASE64.match(text):
        return False
    joined = b"".join(text.split())[:80]
    try:
        return SIGNED_DATA in base64.b64decode(joined[: len(joined) // 4 * 4], validate=True)
    except binascii.Error:
        return False


def signed_content(data: bytes) -> bytes:
    """The bytes that were signed. Raises BadInput: damaged, no_members (a signature alone)."""
    if not data.startswith(b"\x30"):
        try:
            data = base64.b64decode(b"".join(ARMOUR.sub(b"", data).split()), validate=True)
        except binascii.Error:
            raise DAMAGED from None
    _, explicit = _children(data, _part_at(data, 0, SEQUENCE), (OID, CONTEXT_0))
    (signed,) = _children(data, explicit, (SEQUENCE,))
    *_, content = _children(data, signed, (INTEGER, SET, SEQUENCE))
    inside = list(_parts(data, content, 0))
    if len(inside) == 1:
        raise DETACHED
    if len(inside) != 2 or inside[1].tag != CONTEXT_0:
        raise DAMAGED
    (text,) = _children(data, inside[1], (OCTETS,))
    return b"".join(_octets(data, text, 0))


class _Part(NamedTuple):
    """One element of BER: its content lies from `start` to `end`, which is null where only
    an end mark tells it."""

    tag: int
    start: int
    end: int | None


def _part_at(data: bytes, at: int, wanted: int) -> _Part:
    """The element that begins at some byte; OCTETS in pieces count as OCTETS."""
    found = _head(data, at)
    if found.tag & ~CONSTRUCTED != wanted & ~CONSTRUCTED:
        raise DAMAGED
    return found


def _head(data: bytes, at: int) -> _Part:
    if at + 2 > len(data) or data[at] & 0x1F == 0x1F:  # no tag of several bytes is expected
        raise DAMAGED
    tag, length, start = data[at], data[at + 1], at + 2
    if length == 0x80:
        return _Part(tag, start, None)
    if length > 0x80:
        size = length - 0x80
        length, start = int.from_bytes(data[start : start + size], "big"), start + size
    if start + length > len(data):
        raise DAMAGED
    return _Part(tag, start, start + length)


def _children(data: bytes, parent: _Part, tags: tuple[int, ...]) -> list[_Part]:
    """The first elements inside another, which must have these tags."""
    found = list(islice(_parts(data, parent, 0), len(tags)))
    kinds = [one.tag & ~CONSTRUCTED for one in found]
    if kinds != [tag & ~CONSTRUCTED for tag in tags]:
        raise DAMAGED
    return found


def _parts(data: bytes, parent: _Part, depth: int) -> Iterator[_Part]:
    """The elements inside another, in order."""
    at, seen = parent.start, 0
    while (at < parent.end) if parent.end is not None else data[at : at + 2] != END:
        found = _head(data, at)
        seen += 1
        if seen > MOST_INSIDE:
            raise DAMAGED
        yield found
        at = _end_of(data, found, depth)


def _end_of(data: bytes, part: _Part, depth: int) -> int:
    """Where the element after another begins."""
    if part.end is not None:
        return part.end
    if depth == MOST_NESTED:
        raise DAMAGED
    at, seen = part.start, 0
    while data[at : at + 2] != END:
        at, seen = _end_of(data, _head(data, at), depth + 1), seen + 1
        if seen > MOST_INSIDE:
            raise DAMAGED
    return at + len(END)


def _octets(data: bytes, part: _Part, depth: int) -> Iterator[bytes]:
    """The pieces of a text of bytes, which may be written as several."""
    if not part.tag & CONSTRUCTED:
        yield data[part.start : part.end]
        return
    if depth == MOST_NESTED:
        raise DAMAGED
    for inside in _parts(data, part, depth):
        yield from _octets(data, inside, depth + 1)
