"""Sealing: the bytes of a document under a key of its own, which a master key wraps.

    keys/ab/cd…     the wrapped key of a document: without it nobody reads the document again
    <sealed bytes>  MAGIC, then pieces of CHUNK bytes, each under AES-256-GCM with its number

The master key is in a file that LEDGERGRAPH_MASTER_KEY_FILE names: 32 bytes in base64 on a
line. The first line wraps; further lines are earlier keys, which still open what they wrapped.
It lies in no store and in no backup. Not here: which documents are sealed (`store`).
"""

import base64
import binascii
import json
import secrets
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from ledgergraph.errors import BadSetting, Corrupt
from ledgergraph.identity import canonical_json, sha256_of

VARIABLE = "LEDGERGRAPH_MASTER_KEY_FILE"
MAGIC = b"LGSEAL1\n"
CHUNK = 1024 * 1024
TAG = 16
"""Bytes that each piece is longer by."""
KEY_BYTES, NONCE_BYTES = 32, 12


@lru_cache(maxsize=8)
def masters(path: str) -> tuple[bytes, ...]:
    """The master keys of a file, the one that wraps first. Raises BadSetting if there is none."""
    try:
        lines = Path(path).read_text(encoding="ascii").split()
        keys = tuple(base64.b64decode(line, validate=True) for line in lines)
    except (OSError, UnicodeDecodeError, binascii.Error) as error:
        raise BadSetting(VARIABLE, f"{path} cannot be read: {error}. {_MAKE}") from error
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise BadSetting(VARIABLE, f"{path} holds no key of {KEY_BYTES} bytes. {_MAKE}")
    return keys


_MAKE = "Make a key with `openssl rand -base64 32`."


def wrapped(key: bytes, sha256: str, master: bytes) -> bytes:
    """The key of a document, as it may lie in a store."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(NONCE_BYTES)
    hidden = AESGCM(master).encrypt(nonce, key, sha256.encode())
    return canonical_json({"master": _name_of(master), "nonce": nonce.hex(), "key": hidden.hex()})


def unwrapped(data: bytes, sha256: str, keys: tuple[bytes, ...]) -> bytes:
    """The key of a document.

    Raises BadSetting if none of some master keys wrapped it, Corrupt if it was changed.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        held = json.loads(data)
        name, nonce, hidden = held["master"], bytes.fromhex(held["nonce"]), held["key"]
        master = next((one for one in keys if _name_of(one) == name), None)
        if master is None:
            raise BadSetting(
                VARIABLE, f"holds no key {name}, under which documents are sealed. Add its line."
            )
        return AESGCM(master).decrypt(nonce, bytes.fromhex(hidden), sha256.encode())
    except (ValueError, LookupError, TypeError, InvalidTag) as error:
        raise Corrupt(f"The key of document {sha256[:12]}… was changed.") from error


def sealing(stream: BinaryIO, key: bytes) -> Iterator[bytes]:
    """What a stream gives, sealed under a key that seals nothing else."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher = AESGCM(key)
    yield MAGIC
    number, piece = 0, _filled(stream, CHUNK)
    while True:
        following = _filled(stream, CHUNK)
        yield cipher.encrypt(_nonce(number, is_last=not following), piece, None)
        if not following:
            return
        number, piece = number + 1, following


def opening(stream: BinaryIO, key: bytes) -> Iterator[bytes]:
    """What sealed bytes hold, after their MAGIC. Raises Corrupt if a piece was changed or cut."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher = AESGCM(key)
    number, piece = 0, _filled(stream, CHUNK + TAG)
    while True:
        following = _filled(stream, CHUNK + TAG)
        try:
            yield cipher.decrypt(_nonce(number, is_last=not following), piece, None)
        except InvalidTag as error:
            raise Corrupt("Sealed bytes were changed or cut, or their key is another.") from error
        if not following:
            return
        number, piece = number + 1, following


def _filled(stream: BinaryIO, size: int) -> bytes:
    """As many bytes, fewer only at the end: some streams give less than they are asked for."""
    data = stream.read(size)
    while 0 < len(data) < size and (more := stream.read(size - len(data))):
        data += more
    return data


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(NONCE_BYTES - 1, "big") + (b"\1" if is_last else b"\0")


def _name_of(master: bytes) -> str:
    """Tells master keys apart, and tells nothing of them."""
    return sha256_of(b"ledgergraph master key " + master)[:12]
