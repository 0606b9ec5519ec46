"""What a file is, told by its content; and that no bytes at all make sniffing fail."""

from dataclasses import replace
from pathlib import Path

import pytest
from broken_files import BrokenFile, a_pdf, a_ubl_invoice, broken_files
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgergraph.documents.limits import MEBIBYTE, Limits, variable
from ledgergraph.documents.sniffing import MEDIA_TYPES, Sniffed, sniff
from ledgergraph.errors import BadInput

LIMITS = Limits()
BROKEN = broken_files(cell_bytes=2 * MEBIBYTE)


def outcome(data: bytes, name: str = "file", limits: Limits = LIMITS) -> str:
    """The format of accepted bytes, or the reason why they are rejected."""
    try:
        return sniff(name, data, limits).format
    except BadInput as error:
        return error.reason


def test_there_are_thirty_broken_files_with_different_names():
    assert len({file.name for file in BROKEN}) == len(BROKEN) >= 30


@pytest.mark.parametrize("file", BROKEN, ids=lambda file: ascii(file.name))
def test_a_broken_file_is_told_for_what_it_is(file: BrokenFile):
    found = outcome(file.data, file.name)
    if file.expectation is not None:
        assert (found in MEDIA_TYPES, found) == (file.is_accepted, file.expectation)


REMEDIES = ("Ask ", "Raise ", "Send ", "Export ", "Keep ", "Find ")


@pytest.mark.parametrize(
    "file",
    [file for file in BROKEN if file.is_accepted is False],
    ids=lambda file: ascii(file.name),
)
def test_each_rejection_says_what_to_do(file: BrokenFile):
    with pytest.raises(BadInput) as caught:
        sniff(file.name, file.data, LIMITS)
    assert any(remedy in caught.value.sentence for remedy in REMEDIES)
    assert len(caught.value.sentence) < 400


def test_the_name_decides_nothing():
    for name in ("a.pdf", "a.csv", "a.xml", "a", ""):
        assert outcome(a_ubl_invoice("1"), name) == "ubl"
        assert outcome(a_pdf(), name) == "pdf"


def test_pages_and_parts_are_counted():
    assert sniff("a", a_pdf(pages=7), LIMITS) == Sniffed("application/pdf", "pdf", pages=7)
    bodies = "<FatturaElettronicaBody/>" * 3
    space = "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2"
    italian = f'<p:FatturaElettronica xmlns:p="{space}">{bodies}</p:FatturaElettronica>'
    assert sniff("a", italian.encode(), LIMITS).parts == 3


def test_an_order_inside_a_pdf_is_told_from_an_invoice():
    name = "SCRDMCCBDACIOMessageStructure"
    order = f"<a:{name} xmlns:a='urn:un:unece:uncefact:data:{name}:100'/>".encode()
    found = sniff("order.pdf", a_pdf(files={"order-x.xml": order}), LIMITS)
    assert (found.format, found.type) == ("hybrid", "purchase_order")


def test_the_type_code_tells_a_credit_note():
    credit = a_ubl_invoice("1").replace(b">380<", b">381<")
    assert sniff("a", credit, LIMITS).type == "credit_note"
    assert sniff("a", a_pdf(files={"factur-x.xml": credit}), LIMITS).type == "credit_note"


@pytest.mark.parametrize(
    ("setting", "value", "data", "reason"),
    [
        ("max_bytes", 100, a_pdf(), "too_large"),
        ("max_pages", 2, a_pdf(pages=3), "too_many_pages"),
        ("max_page_points", 500, a_pdf(), "page_too_large"),
        ("max_stream_bytes", 1000, a_pdf(files={"a.bin": bytes(5000)}), "unpacks_too_far"),
        ("max_attachments", 1, a_pdf(files={"a": b"x", "b": b"x"}), "too_many_attachments"),
        ("max_xml_bytes", 100, a_ubl_invoice("1"), "too_large"),
        ("max_xml_depth", 3, a_ubl_invoice("1"), "xml_too_deep"),
        ("max_cell_bytes", 30, b"id,name\n1," + b"x" * 50, "cell_too_large"),
    ],
)
def test_a_rejection_over_a_limit_names_the_setting(setting, value, data, reason):
    assert outcome(data) in MEDIA_TYPES
    with pytest.raises(BadInput, match=variable(setting)) as caught:
        sniff("a", data, replace(LIMITS, **{setting: value}))
    assert caught.value.reason == reason


@given(st.binary(max_size=2000))
@settings(max_examples=300)
def test_random_bytes_are_never_taken_for_a_document(data):
    assert outcome(data) not in ("cii", "ubl", "fatturapa", "hybrid", "pdf")


PREFIXES = (
    b"",
    b"%PDF-1.7\n",
    b"PAR1",
    b"<",
    b"\xff\xfe<\0",
    b"PK\x03\x04",
    b"0\x80\x06",
    b"a,b\n",
    b"MI",
)


@given(st.sampled_from(PREFIXES), st.binary(max_size=500), st.binary(max_size=10))
@settings(max_examples=300)
def test_sniffing_never_fails_on_bytes_that_begin_like_a_format(prefix, middle, end):
    outcome(prefix + middle + end)


SEEDS = [
    a_ubl_invoice("1"),
    a_pdf(files={"factur-x.xml": a_ubl_invoice("1")}),
    a_ubl_invoice("1").decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    b"id;name;net\r\n1;A;2,00\r\n2;B;3,00\r\n",
]


@given(st.sampled_from(SEEDS), st.data())
@settings(max_examples=400)
def test_sniffing_never_fails_on_altered_documents(seed, data):
    start = data.draw(st.integers(0, len(seed)))
    stop = data.draw(st.integers(start, min(start + 50, len(seed))))
    outcome(seed[:start] + data.draw(st.binary(max_size=20)) + seed[stop:])


@pytest.mark.public_data
def test_every_real_invoice_is_recognised(public_data: Path):
    expected = {
        "CII": "cii",
        "UBL": "ubl",
        "FX": "hybrid",
        "Mustangproject": "hybrid",
        "valid": "fatturapa",
    }
    seen = 0
    for path in (public_data / "zugferd").rglob("*"):
        if path.suffix in (".pdf", ".xml"):
            assert outcome(path.read_bytes()) == expected[path.parent.name], path.name
            seen += 1
    assert seen > 0
