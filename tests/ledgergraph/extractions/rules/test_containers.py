"""What is wrong with a hybrid as a container becomes a validation, and only that."""

from broken_files import a_pdf, a_ubl_invoice

from ledgergraph.documents.batches import Entry
from ledgergraph.documents.examination import examine
from ledgergraph.documents.limits import Limits
from ledgergraph.extractions.rules import validate
from ledgergraph.extractions.schemas import EXTRACTIONS
from ledgergraph.identity import document_id_of
from ledgergraph.issues import Kind

INVOICE = a_ubl_invoice("1")


def validations_of(files):
    """What is said of some PDFs, each with the files inside it."""
    blobs = {name: a_pdf(files=inside) for name, inside in files.items()}
    ids = {name: document_id_of(data) for name, data in blobs.items()}
    entries = [Entry(name, ids[name], len(data)) for name, data in blobs.items()]
    content = {ids[name]: data for name, data in blobs.items()}
    documents, rejections = examine(entries, content.__getitem__, Limits())
    assert rejections.num_rows == 0
    rows = validate(EXTRACTIONS.empty(), documents=documents).to_pylist()
    names = {document_id: name for name, document_id in ids.items()}
    return {names[row["document_id"]]: row for row in rows}


def test_a_doubled_a_misnamed_and_a_broken_invoice_xml_are_said_and_a_sound_one_is_not():
    said = validations_of(
        {
            "sound.pdf": {"factur-x.xml": INVOICE, "photo.png": b"\x89PNG"},
            "twice.pdf": {"factur-x.xml": INVOICE, "xrechnung.xml": INVOICE},
            "named.pdf": {"rechnung.xml": INVOICE},
            "broken.pdf": {"factur-x.xml": INVOICE[:300]},
        }
    )
    assert set(said) == {"twice.pdf", "named.pdf", "broken.pdf"}
    assert {row["kind"] for row in said.values()} == {Kind.HYBRID_CONTAINER_INVALID}
    assert "carries 2 invoice XMLs" in said["twice.pdf"]["sentence"]
    assert "is named rechnung.xml" in said["named.pdf"]["sentence"]
    assert "cannot be read" in said["broken.pdf"]["sentence"]


def test_two_problems_of_one_container_are_one_validation():
    said = validations_of({"both.pdf": {"a.xml": INVOICE, "b.xml": INVOICE}})
    assert "carries 2" in said["both.pdf"]["sentence"]
    assert "is named a.xml" in said["both.pdf"]["sentence"]
