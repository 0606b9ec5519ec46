"""PDF streams that unpack without end, found before a PDF library unpacks them.

Belongs here: one cheap look at the compressed streams of a PDF. A file of 4 kB
can cost PDFium 13 s and 3 GB on opening, with object streams compressed twice.
Streams are told by their bytes and not by their dictionaries, which can be written
in many ways; streams that are encrypted or in ASCII filters are not looked into.
"""

import re
import zlib
from collections.abc import Iterator

from ledgergraph.documents.limits import MEBIBYTE, Limits
from ledgergraph.errors import BadInput

STREAM = re.compile(rb"stream\r?\n")
PIECE_BYTES = 65_536
PEEK_BYTES = 1_024
"""Enough for deflate's tables, which come before the first byte that it makes."""
MOST_PER_BYTE = 1_032
"""The most that deflate makes of one byte."""
LAYERS = 4


def require_bounded_streams(pdf: bytes, limits: Limits) -> None:
    """Raise BadInput (unpacks_too_far) where a stream unpacks to more than max_stream_bytes."""
    for found in STREAM.finditer(pdf):
        start = found.end()
        if not _is_zlib(pdf[start : start + 2]):
            continue
        is_twice = _is_zlib(_first_bytes(pdf[start : start + PEEK_BYTES]))
        if is_twice or (len(pdf) - start) * MOST_PER_BYTE > limits.max_stream_bytes:
            _require_bounded(pdf, start, limits)


def _require_bounded(pdf: bytes, start: int, limits: Limits) -> None:
    """Unpack a stream piece by piece, and what is in it where that is packed again."""
    pieces: Iterator[bytes] = (
        pdf[at : at + PIECE_BYTES] for at in range(start, len(pdf), PIECE_BYTES)
    )
    left = limits.max_stream_bytes
    for _ in range(LAYERS):
        kept: list[bytes] = []  # of a stream that is packed again: small enough to hold
        is_packed = None
        for piece in _unpacked(pieces):
            left -= len(piece)
            if left < 0:
                raise BadInput(
                    "unpacks_too_far",
                    f"A stream in the PDF unpacks to more than {limits.max_stream_bytes:,} bytes, "
                    "and no more are read. Raise LEDGERGRAPH_MAX_STREAM_BYTES if it is meant to.",
                )
            is_packed = _is_zlib(piece[:2]) if is_packed is None else is_packed
            if is_packed:
                kept.append(piece)
        if not is_packed:
            return
        pieces = iter(kept)


def _unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """What deflate makes of some pieces, up to its end or the first damage."""
    unpacker = zlib.decompressobj()
    for piece in pieces:
        rest = piece
        while rest and not unpacker.eof:
            try:
                out = unpacker.decompress(rest, MEBIBYTE)
            except zlib.error:
                return
            if out:
                yield out
            rest = unpacker.unconsumed_tail
        if unpacker.eof:
            return


def _first_bytes(data: bytes) -> bytes:
    return next(_unpacked(iter([data])), b"")[:2]


def _is_zlib(start: bytes) -> bool:
    """Whether two bytes are the header of zlib data (RFC 1950)."""
    return len(start) == 2 and start[0] & 0x8F == 8 and (start[0] << 8 | start[1]) % 31 == 0
