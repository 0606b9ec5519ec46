"""What was signed comes out of its signature, however it is written."""

import base64
from contextlib import suppress

import pytest
from broken_files import a_ubl_invoice
from hypothesis import given
from hypothesis import strategies as st

from ledgergraph.documents.envelopes import envelope_format, members_of
from ledgergraph.documents.limits import Limits
from ledgergraph.documents.signatures import is_signed, signed_content
from ledgergraph.documents.sniffing import sniff
from ledgergraph.errors import BadInput

LIMITS = Limits()
INVOICE = a_ubl_invoice("SIGNED-1")
SIGNED, PLAIN = "06092a864886f70d010702", "06092a864886f70d010701"


def der(tag: int, content: bytes) -> bytes:
    return bytes([tag, 0x83]) + len(content).to_bytes(3, "big") + content


def ber(tag: int, content: bytes) -> bytes:
    return bytes([tag | 0x20, 0x80]) + content + bytes(2)


def in_pieces(content: bytes) -> bytes:
    pieces = [content[at : at + 100] for at in range(0, len(content), 100)]
    return ber(0x04, b"".join(b"\x04" + bytes([len(piece)]) + piece for piece in pieces))


def signed(content: bytes | None, as_ber: bool = False) -> bytes:
    """The frame of a signed file (RFC 5652, section 5.1), without the signatures' own bytes."""
    form = ber if as_ber else der
    text = b""
    if content is not None:
        text = form(0xA0, in_pieces(content) if as_ber else der(0x04, content))
    inside = form(0x30, bytes.fromhex(PLAIN) + text)
    algorithms = form(0x31, bytes.fromhex("300d06096086480165030402010500"))
    data = form(0x30, b"\x02\x01\x01" + algorithms + inside + form(0x31, b"\x05\x00"))
    return form(0x30, bytes.fromhex(SIGNED) + form(0xA0, data))


ENCODED = base64.encodebytes(signed(INVOICE))
FORMS = {
    "DER": signed(INVOICE),
    "BER in pieces": signed(INVOICE, as_ber=True),
    "Base64": ENCODED,
    "PEM": b"-----BEGIN PKCS7-----\n" + ENCODED + b"-----END PKCS7-----\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_the_invoice_is_found_in_each_form(form: str):
    data = FORMS[form]
    assert is_signed(data[:4096])
    assert envelope_format(data) == "p7m"
    assert sniff("IT01.xml.p7m", data, LIMITS).format == "p7m"
    (member,) = members_of("p7m", data, LIMITS)
    assert (member.name, member.data) == ("signed.xml", INVOICE)


def test_a_signature_alone_says_that_the_file_is_missing():
    with pytest.raises(BadInput, match="without the file") as caught:
        signed_content(signed(None))
    assert caught.value.reason == "no_members"


@given(st.data())
def test_a_damaged_one_is_a_rejection_and_nothing_else(data: st.DataObject):
    whole = bytearray(signed(b"<a/>" * 60, as_ber=data.draw(st.booleans())))
    changes = st.lists(st.tuples(st.integers(0, 99), st.integers(0, 255)), max_size=4)
    for at, byte in data.draw(changes):
        whole[at] = byte
    with suppress(BadInput):
        signed_content(bytes(whole[: data.draw(st.integers(1, len(whole)))]))


def test_an_endless_one_is_refused():
    start = bytes.fromhex("3080" + SIGNED + "a0803080020101")
    for endless in (b"\x30\x80" * 100_000, ber(0x31, b"\x31\x80\x00\x00" * 600_000)):
        with pytest.raises(BadInput, match="altered"):
            signed_content(start + endless)


def test_other_text_is_no_signature():
    assert not is_signed(b"MINUTES of the meeting, which was long enough to be told from Base64")
    assert not is_signed(INVOICE)
