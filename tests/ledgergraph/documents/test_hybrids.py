"""The invoice inside a PDF is found, and what is wrong with its container is said."""

import io
import tracemalloc

import pypdf
import pytest
from broken_files import a_pdf, a_ubl_invoice
from pypdf.generic import ArrayObject, NameObject

from ledgergraph.documents.hybrids import container_of, embedded_invoice
from ledgergraph.documents.limits import Limits
from ledgergraph.documents.sniffing import sniff

LIMITS = Limits()
INVOICE = a_ubl_invoice("1")


@pytest.mark.parametrize("name", ["factur-x.xml", "ZUGFeRD-invoice.xml", "xrechnung.xml"])
def test_the_invoice_is_found_under_every_standard_name(name: str):
    found = container_of(a_pdf(files={name: INVOICE}), LIMITS)
    assert found.embedded is not None
    assert (found.embedded.filename, found.embedded.xml, found.embedded.format) == (
        name,
        INVOICE,
        "ubl",
    )
    assert found.problems == ()


def associated(holder: str, files: dict[str, bytes], is_listed: bool = False) -> bytes:
    """A PDF whose catalog or last page names files; the list of files has them if `is_listed`."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(a_pdf(pages=2, files=files)))
    names = writer.root_object["/Names"]["/EmbeddedFiles"]["/Names"]
    where = writer.root_object if holder == "catalog" else writer.pages[1]
    where[NameObject("/AF")] = ArrayObject(names[1::2])
    if not is_listed:
        del writer.root_object["/Names"]
    sink = io.BytesIO()
    writer.write(sink)
    return sink.getvalue()


@pytest.mark.parametrize("holder", ["catalog", "page"])
def test_an_invoice_that_is_only_an_associated_file_is_found(holder: str):
    pdf = associated(holder, {"photo.png": b"\x89PNG", "factur-x.xml": INVOICE})
    found = sniff("a.pdf", pdf, LIMITS)
    assert (found.format, found.problems) == ("hybrid", ())
    embedded = embedded_invoice(pdf, LIMITS)
    assert embedded is not None
    assert (embedded.filename, embedded.xml) == ("factur-x.xml", INVOICE)


def test_a_file_that_is_listed_and_associated_counts_once():
    pdf = associated("catalog", {"factur-x.xml": INVOICE}, is_listed=True)
    assert container_of(pdf, LIMITS).problems == ()


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
def test_an_invoice_in_a_pdf_that_the_empty_password_opens_is_found(algorithm: str):
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(a_pdf(files={"factur-x.xml": INVOICE})))
    writer.encrypt("", "owner", algorithm=algorithm)
    sink = io.BytesIO()
    writer.write(sink)
    found = sniff("a.pdf", sink.getvalue(), LIMITS)
    assert (found.format, found.problems) == ("hybrid", ())
    embedded = embedded_invoice(sink.getvalue(), LIMITS)
    assert embedded is not None
    assert embedded.xml == INVOICE


def test_other_files_inside_are_no_problem():
    files = {"times.xml": b"<Times/>", "photo.png": b"\x89PNG", "factur-x.xml": INVOICE}
    assert container_of(a_pdf(files=files), LIMITS).problems == ()


def test_a_pdf_without_invoice_carries_nothing():
    assert embedded_invoice(a_pdf(), LIMITS) is None
    assert embedded_invoice(a_pdf(files={"times.xml": b"<Times/>"}), LIMITS) is None
    assert embedded_invoice(b"%PDF-1.7 rubbish", LIMITS) is None


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"factur-x.xml": INVOICE, "xrechnung.xml": INVOICE}, "carries 2 invoice XMLs"),
        ({"rechnung.xml": INVOICE}, "is named rechnung.xml"),
        ({"factur-x.xml": INVOICE[:300]}, "factur-x.xml cannot be read"),
        ({"factur-x.xml": b"<!DOCTYPE a><a/>"}, "declares a document type"),
    ],
)
def test_a_wrong_container_is_described(files, sentence):
    (problem,) = container_of(a_pdf(files=files), LIMITS).problems
    assert sentence in problem


def test_a_standard_name_is_preferred():
    found = embedded_invoice(
        a_pdf(files={"a.xml": a_ubl_invoice("2"), "factur-x.xml": INVOICE}), LIMITS
    )
    assert found is not None
    assert found.xml == INVOICE


def test_an_xml_that_unpacks_without_end_is_not_unpacked():
    names = ("1.xml", "2.xml", "factur-x.xml")
    data = a_pdf(files={name: b" " * 30_000_000 for name in names})
    embedded_invoice(data, LIMITS)  # imports what it needs
    tracemalloc.start()
    found = container_of(data, Limits(max_xml_bytes=1_000_000))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.embedded is None
    assert "LEDGERGRAPH_MAX_XML_BYTES" in found.problems[0]
    assert peak_bytes < 10_000_000
