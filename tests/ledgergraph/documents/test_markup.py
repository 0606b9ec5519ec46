"""XML is parsed without fetching or expanding anything, in whatever encoding it hides."""

from pathlib import Path

import pytest
from broken_files import a_ubl_invoice

from ledgergraph.documents.limits import Limits
from ledgergraph.documents.markup import as_utf8, parse_xml
from ledgergraph.documents.sniffing import sniff
from ledgergraph.errors import BadInput
from ledgergraph.extractions.einvoices import read_einvoice

LIMITS = Limits()


def reason(data: bytes) -> str:
    with pytest.raises(BadInput) as caught:
        parse_xml(data, LIMITS)
    return caught.value.reason


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
@pytest.mark.parametrize("declared", ["", '<?xml version="1.0"?>'])
def test_a_document_type_is_refused_in_every_encoding(encoding: str, declared: str, tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    text = f'{declared}<!DOCTYPE a [<!ENTITY % x SYSTEM "{secret.as_uri()}"> %x;]><a/>'
    assert reason(text.encode(encoding)) == "xml_entities"


@pytest.mark.parametrize("encoding", ["cp037", "utf-7"])
def test_encodings_that_only_hide_things_are_refused(encoding: str):
    hidden = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE a><a/>'.encode(encoding)
    assert reason(hidden) in ("encoding", "damaged", "xml_entities")


@pytest.mark.parametrize(
    ("declared", "codec"),
    [("UTF-8", "utf-8"), ("ISO-8859-1", "latin-1"), ("windows-1252", "cp1252"),
     ("UTF-16", "utf-16"), ("ISO-8859-15", "iso8859-15"), ("UTF-16", "utf-16-le")],
)  # fmt: skip
def test_the_declared_encoding_is_followed(declared: str, codec: str):
    text = f'<?xml version="1.0" encoding="{declared}"?><a>Größe</a>'
    assert parse_xml(text.encode(codec), LIMITS).text == "Größe"


def test_a_byte_order_mark_outweighs_the_declaration():
    text = '<?xml version="1.0" encoding="ISO-8859-1"?><a>Größe</a>'
    assert parse_xml(text.encode("utf-8-sig"), LIMITS).text == "Größe"


@pytest.mark.parametrize("declared", ["UTF-8", "UTF-16", "US-ASCII", "klingon", "zip", "rot13"])
def test_a_declaration_that_lies_is_a_rejection(declared: str):
    text = f'<?xml version="1.0" encoding="{declared}"?><a>Größe</a>'
    assert reason(text.encode("latin-1")) == "encoding"


def test_utf8_is_passed_on_without_a_copy_of_its_text():
    data = b"<a/>"
    assert as_utf8(data) is data


def test_comments_and_instructions_are_gone():
    root = parse_xml(b"<a><!-- x --><?x y?><b>1<!-- x -->2</b></a>", LIMITS)
    assert [(child.tag, child.text) for child in root] == [("b", "12")]


def in_envelope(*documents: bytes) -> bytes:
    """Documents as Peppol sends them (SBDH)."""
    space = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
    inside = b"".join(one.partition(b"?>")[2] for one in documents)
    head = b"<StandardBusinessDocumentHeader/>"
    wrapped = b'<StandardBusinessDocument xmlns="%b">%b%b</StandardBusinessDocument>'
    return wrapped % (space.encode(), head, inside)


def test_an_invoice_is_taken_out_of_its_envelope():
    envelope = in_envelope(a_ubl_invoice("PEPPOL-1"))
    found = sniff("a.xml", envelope, LIMITS)
    assert (found.format, found.type) == ("ubl", "invoice")
    readings = read_einvoice("id", "ubl", envelope)
    assert {one.value for one in readings if one.field == "number"} == {"PEPPOL-1"}


def test_an_envelope_of_several_documents_stays_closed():
    with pytest.raises(BadInput) as caught:
        sniff("a.xml", in_envelope(a_ubl_invoice("1"), a_ubl_invoice("2")), LIMITS)
    assert caught.value.reason == "unsupported"
