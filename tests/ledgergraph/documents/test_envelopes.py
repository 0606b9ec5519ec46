"""Mails and archives give what is inside, or are refused as a whole with a reason."""

import io
import tracemalloc
import zipfile
import zlib
from contextlib import suppress
from dataclasses import replace

import pytest
from broken_files import a_mail, a_ubl_invoice
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgergraph.documents.envelopes import envelope_format, may_be_envelope, members_of
from ledgergraph.documents.limits import Limits, variable
from ledgergraph.errors import BadInput

LIMITS = Limits()
INVOICE = a_ubl_invoice("R-1")


def a_zip(*files: tuple[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", packing) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name), data, packing)
    return sink.getvalue()


def opened(data: bytes, limits: Limits = LIMITS) -> dict[str, bytes]:
    format_ = envelope_format(data)
    assert format_ is not None
    assert may_be_envelope(data[:100])
    return {one.name: one.data for one in members_of(format_, data, limits)}


def test_an_archive_gives_its_files_as_they_were():
    files = {"a.xml": INVOICE, "folder/b.csv": b"id,name\n", "empty": b""}
    assert opened(a_zip(*files.items())) == files


def test_what_file_managers_add_to_archives_is_no_member():
    litter = ("__MACOSX/._a.xml", "folder/.DS_Store", "Thumbs.db")
    assert list(opened(a_zip(("a.xml", INVOICE), *((one, b"?") for one in litter)))) == ["a.xml"]


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_two_members_of_one_name_are_both_there():
    assert opened(a_zip(("a", b"1"), ("a", b"2"))) == {"a": b"1", "a (2)": b"2"}


def test_a_mail_gives_its_attachments_and_not_its_text():
    assert opened(a_mail({"a.xml": INVOICE, "b.zip": b"PK"})) == {"a.xml": INVOICE, "b.zip": b"PK"}


def test_names_of_attachments_are_decoded_and_lose_their_folders():
    mail = a_mail({"PLAIN": INVOICE})
    encoded = "=?utf-8?B?UmVjaG51bmcgTcO8bGxlci54bWw=?="
    assert list(opened(mail.replace(b"PLAIN", encoded.encode()))) == ["Rechnung Müller.xml"]
    assert list(opened(mail.replace(b"PLAIN", rb"C:\\mine\\..\\a.xml"))) == ["a.xml"]
    assert list(opened(mail.replace(b'; filename="PLAIN"', b""))) == ["attachment 1"]


def test_a_mail_inside_a_mail_is_a_member():
    inner = a_mail({"a.xml": INVOICE})
    outer = a_mail({"x": b""}).replace(
        b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
        b'Content-Disposition: attachment; filename="x"\r\n\r\n',
        b"Content-Type: message/rfc822\r\n\r\n" + inner.replace(b"=part", b"=other").replace(
            b"--part", b"--other"),
    )  # fmt: skip
    (member,) = opened(outer).values()
    assert opened(member) == {"a.xml": INVOICE}


@pytest.mark.parametrize(
    ("setting", "value", "reason"),
    [
        ("max_members", 2, "too_many_members"),
        ("max_unpacked_bytes", 2000, "unpacks_too_far"),
        ("max_envelope_depth", 1, "nested_too_deep"),
    ],
)
def test_limits_hold_for_what_nested_envelopes_hold_too(setting, value, reason):
    nested = a_zip(("a.xml", INVOICE), ("b.zip", a_zip(("c.xml", INVOICE), ("d", b"x" * 900))))
    assert list(opened(nested)) == ["a.xml", "b.zip"]
    with pytest.raises(BadInput, match=variable(setting)) as caught:
        opened(nested, replace(LIMITS, **{setting: value}))
    assert caught.value.reason == reason


def test_an_archive_without_end_is_refused():
    deep = INVOICE
    for _ in range(30):
        deep = a_zip(("again.zip", deep))
    with pytest.raises(BadInput) as caught:
        opened(deep)
    assert caught.value.reason == "nested_too_deep"


@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_size_that_is_a_lie_unpacks_no_further(packing):
    data, stated = bytearray(a_zip(("a.txt", bytes(50_000_000)), packing=packing)), 1000
    for mark, offset in ((b"PK\x03\x04", 14), (b"PK\x01\x02", 16)):
        at = data.index(mark) + offset  # check sum, packed size, size
        data[at : at + 4] = zlib.crc32(bytes(stated)).to_bytes(4, "little")
        data[at + 8 : at + 12] = stated.to_bytes(4, "little")
    lying = bytes(data)
    tracemalloc.start()
    try:
        with pytest.raises(BadInput) as caught:
            opened(lying)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.reason == "damaged"
    assert peak < 5_000_000


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_is_packed_in_an_unusual_way_is_refused_with_a_remedy(packing):
    with pytest.raises(BadInput, match="Deflate") as caught:
        opened(a_zip(("a.xml", INVOICE), packing=packing))
    assert caught.value.reason == "unsupported"


@given(st.data())
@settings(max_examples=200)
def test_no_damage_of_an_envelope_is_more_than_a_rejection(data):
    whole = data.draw(st.sampled_from([a_zip(("a", INVOICE)), a_mail({"a.xml": INVOICE})]))
    broken = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(whole) - 1))
        broken[at] = data.draw(st.integers(0, 255))
    for format_ in ("zip", "mail"):
        with suppress(BadInput):
            members_of(format_, bytes(broken), LIMITS)
