"""What was typed into a form is read beside what the form prints, where it stands."""

import io

import pypdf
import pypdfium2 as pdfium
import pytest
from broken_files import pdf_of

from ledgergraph.documents.limits import Limits
from ledgergraph.evidence import Word
from ledgergraph.extractions.transcripts import transcribe

FIELDS = (
    ("number", "/FT/Tx", "(INV-2026-7)", "300 700 500 720"),
    ("address", "/FT/Tx/Ff 4096", "(Acme GmbH\\rHauptstr. 5)", "60 600 260 660"),
    ("currency", "/FT/Ch/Ff 131072/Opt[(EUR)(USD)]", "(EUR)", "300 500 380 520"),
    ("paid", "/FT/Btn", "/Off", "300 400 310 410"),
    ("secret", "/FT/Tx/Ff 8192", "(hunter2)", "300 300 500 320"),
    ("unseen", "/FT/Tx/F 2", "(draft)", "300 200 500 220"),
    ("empty", "/FT/Tx", "()", "300 100 500 120"),
)


def a_form(rotation: int = 0) -> bytes:
    content = b"BT /F 12 Tf 60 705 Td (Invoice number and more) Tj ET"
    kids = b" ".join(b"%d 0 R" % (6 + n) for n in range(len(FIELDS)))
    fields = [
        b"<</Type/Annot/Subtype/Widget/T(%b)%b/V %b/Rect[%b]/P 5 0 R/DA(/F 12 Tf)>>"
        % (name.encode(), kind.encode(), value.encode(), box.encode())
        for name, kind, value, box in FIELDS
    ]
    return pdf_of([
        b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[%b]/DR<</Font<</F 4 0 R>>>>>>>>" % kids,
        b"<</Type/Pages/Kids[5 0 R]/Count 1>>",
        b"<</Length %d>>\nstream\n%b\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Rotate %d/Contents 3 0 R/Annots[%b]"
        b"/Resources<</Font<</F 4 0 R>>>>>>" % (rotation, kids),
        *fields,
    ])  # fmt: skip


def words_of(pdf: bytes) -> list[Word]:
    return transcribe("sha256:0", pdf, Limits()).words


def test_values_are_words_in_the_order_of_their_lines():
    texts = [word.text for word in words_of(a_form())]
    assert texts == [
        "Invoice", "number", "and", "more", "INV-2026-7", "Acme", "GmbH", "Hauptstr.", "5", "EUR",
    ]  # fmt: skip


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_value_lies_in_its_field_on_the_page_as_shown(rotation: int):
    pdf = a_form(rotation)
    [word] = [one for one in words_of(pdf) if one.text == "INV-2026-7"]
    document = pdfium.PdfDocument(pdf)
    width, height = document[0].get_size()
    document.close()
    x0, y0, x1, y1 = 300, 842 - 720, 500, 842 - 700  # as shown without rotation
    turned = {
        0: (x0, y0, x1, y1), 90: (842 - y1, x0, 842 - y0, x1),
        180: (595 - x1, 842 - y1, 595 - x0, 842 - y0), 270: (y0, 595 - x1, y1, 595 - x0),
    }[rotation]  # fmt: skip
    assert turned[0] - 0.1 <= word.box.x0 < word.box.x1 <= turned[2] + 0.1 <= width + 0.2
    assert turned[1] - 0.1 <= word.box.y0 < word.box.y1 <= turned[3] + 0.1 <= height + 0.2


def test_a_form_that_only_the_empty_password_opens_is_read():
    writer = pypdf.PdfWriter(io.BytesIO(a_form()))
    writer.encrypt("", "owner", algorithm="RC4-128")
    sink = io.BytesIO()
    writer.write(sink)
    assert "INV-2026-7" in [word.text for word in words_of(sink.getvalue())]
