"""Broken files are the same on every call."""

import zlib

from broken_files import MEBIBYTE, _packed_zeros, broken_files


def test_the_same_call_gives_the_same_bytes():
    first = broken_files(cell_bytes=30_000_000)
    assert first == broken_files(cell_bytes=30_000_000)
    assert 30_000_000 < max(len(file.data) for file in first) < 31_000_000


def test_packed_zeros_are_whole_zlib_data():
    assert zlib.decompress(_packed_zeros(3)) == bytes(3 * MEBIBYTE)
