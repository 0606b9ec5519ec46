"""What was typed into the fields of a PDF form, which its text layer lacks.

Belongs here: the values of text fields and choices that a page shows, with their place.
Not here: the text of the page itself (transcripts), buttons and signatures.
"""

import ctypes
from collections.abc import Iterator

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

Rectangle = tuple[float, float, float, float]
TYPED = (
    pdfium_c.FPDF_FORMFIELD_TEXTFIELD,
    pdfium_c.FPDF_FORMFIELD_COMBOBOX,
    pdfium_c.FPDF_FORMFIELD_LISTBOX,
)
UNSEEN = pdfium_c.FPDF_ANNOT_FLAG_HIDDEN | pdfium_c.FPDF_ANNOT_FLAG_NOVIEW
PASSWORD = 1 << 13
"""Flag of a text field that shows no value (PDF 1.7, table 228)."""
MOST_FIELDS = 2_000
WIDE = 0.55
"""Width of a character in heights of its line, on average in fonts of forms."""
TALLEST = 14.0
"""Points of a line in a field that is higher: its letters are no larger than that."""


def typed_words(
    document: pdfium.PdfDocument, page: pdfium.PdfPage
) -> Iterator[tuple[str, Rectangle]]:
    """The words in the fields of a page, each with its rectangle in the PDF's own space.

    The document's form environment must be there before the page is loaded (`init_forms`).
    Where in a field its words stand is told by its first line and the width of letters.
    """
    if document.formenv is None:
        return
    count = min(pdfium_c.FPDFPage_GetAnnotCount(page.raw), MOST_FIELDS)
    for index in range(count):
        field = pdfium_c.FPDFPage_GetAnnot(page.raw, index)
        if not field:
            continue
        try:
            rectangle = pdfium_c.FS_RECTF()
            value = _value(document.formenv.raw, field)
            if value and pdfium_c.FPDFAnnot_GetRect(field, ctypes.byref(rectangle)):
                box = (rectangle.left, rectangle.bottom, rectangle.right, rectangle.top)
                yield from _placed(value, box)
        finally:
            pdfium_c.FPDFPage_CloseAnnot(field)


def _value(form: "pdfium_c.FPDF_FORMHANDLE", field: "pdfium_c.FPDF_ANNOTATION") -> str:
    if pdfium_c.FPDFAnnot_GetSubtype(field) != pdfium_c.FPDF_ANNOT_WIDGET:
        return ""
    kind = pdfium_c.FPDFAnnot_GetFormFieldType(form, field)
    if kind not in TYPED or pdfium_c.FPDFAnnot_GetFlags(field) & UNSEEN:
        return ""
    if pdfium_c.FPDFAnnot_GetFormFieldFlags(form, field) & PASSWORD:
        return ""
    size = pdfium_c.FPDFAnnot_GetFormFieldValue(form, field, None, 0)
    if size <= 2 or size > 1 << 20:
        return ""
    buffer = ctypes.create_string_buffer(size)
    pointer = ctypes.cast(buffer, ctypes.POINTER(pdfium_c.FPDF_WCHAR))
    pdfium_c.FPDFAnnot_GetFormFieldValue(form, field, pointer, size)
    return buffer.raw[: size - 2].decode("utf-16-le", "ignore").replace("\0", "")


def _placed(value: str, box: Rectangle) -> Iterator[tuple[str, Rectangle]]:
    """The words of a value, line by line from the top of its field, from the left."""
    left, bottom, right, top = box
    lines = [line for line in value.replace("\r", "\n").split("\n") if line.strip()]
    if not lines or right <= left or top <= bottom:
        return
    height = min((top - bottom) / len(lines), TALLEST)
    longest = max(len(line) for line in lines)
    width = min(WIDE * height, (right - left) / longest)
    if len(lines) == 1:  # in the middle of its height
        top = (top + bottom + height) / 2
    for number, line in enumerate(lines):
        upper = top - number * height
        at = 0
        for word in line.split():
            at = line.index(word, at)
            x0 = left + at * width
            at += len(word)
            yield word, (x0, upper - height, left + at * width, upper)
