import io
from collections.abc import Iterator
from dataclasses import replace

import pypdf
import pypdfium2 as pdfium
import pytest
from pypdf.generic import RectangleObject

from ledgergraph.documents.limits import Limits
from ledgergraph.errors import BadInput
from ledgergraph.evidence import Box, Page, Word
from ledgergraph.extractions.transcripts import (
    pages_from_table,
    pages_table,
    transcribe,
    words_from_table,
    words_table,
)

TEXT = "Invoice INV-7 of 5 March 2024"


def a_pdf(content: str, rotation: int = 0, crop: tuple[float, ...] | None = None) -> bytes:
    """One page of 300 by 200 pt with a content stream in Helvetica."""
    page = (
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R"
        b"/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n"
    )
    stream = content.encode("latin-1")
    objects = [
        b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n",
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n",
        page,
        b"4 0 obj<</Length %d>>stream\n%s\nendstream endobj\n" % (len(stream), stream),
    ]
    body = b"%PDF-1.4\n" + b"".join(objects) + b"trailer<</Root 1 0 R/Size 5>>\n%%EOF"
    writer = pypdf.PdfWriter(io.BytesIO(_with_table(body, objects)))
    if rotation:
        writer.pages[0].rotate(rotation)
    if crop is not None:
        writer.pages[0].cropbox = RectangleObject(crop)
    sink = io.BytesIO()
    writer.write(sink)
    return sink.getvalue()


def _with_table(body: bytes, objects: list[bytes]) -> bytes:
    places = [body.index(one) for one in objects]
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = body.index(b"trailer")
    table = b"xref\n0 5\n0000000000 65535 f \n" + rows
    end = b"\nstartxref\n%d\n%%%%EOF" % start
    return body[:start] + table + b"trailer<</Root 1 0 R/Size 5>>" + end


def shown(x: float, y: float, text: str, size: float = 12) -> str:
    return f"BT /F {size} Tf {x} {y} Td ({text}) Tj ET\n"


def words_of(pdf: bytes) -> list[Word]:
    return transcribe("sha256:0", pdf, Limits()).words


def dark_parts(pdf: bytes, boxes: list[Box]) -> Iterator[float]:
    """The share of dark pixels of each box in a rendering of the first page."""
    picture = pdfium.PdfDocument(pdf)[0].render(scale=4).to_pil().convert("L")
    for box in boxes:
        part = picture.crop((box.x0 * 4, box.y0 * 4, box.x1 * 4, box.y1 * 4))
        histogram = part.histogram()
        yield sum(histogram[:128]) / max(sum(histogram), 1)


def test_words_are_split_at_spaces_and_keep_their_order():
    assert [word.text for word in words_of(a_pdf(shown(30, 150, TEXT)))] == TEXT.split()


def test_words_far_apart_are_two_even_without_a_space():
    content = "BT /F 12 Tf 30 150 Td [(Total) -4000 (119.00)] TJ ET\n"
    assert [word.text for word in words_of(a_pdf(content))] == ["Total", "119.00"]


def test_a_space_that_glues_digits_does_not_split_a_number():
    words = words_of(a_pdf(shown(30, 150, "Total TTC 1\\240234,56")))
    assert [word.text for word in words] == ["Total", "TTC", "1 234,56"]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, (20, 40, 260, 190)])
def test_boxes_lie_on_the_page_and_on_the_ink(rotation: int, crop: tuple[float, ...] | None):
    pdf = a_pdf(shown(30, 150, TEXT) + shown(40, 60, "Total 119.00", 18), rotation, crop)
    transcript = transcribe("sha256:0", pdf, Limits())
    page = transcript.pages[0]
    width, height = (300, 200) if crop is None else (240, 150)
    assert (page.width, page.height) == (
        (height, width) if rotation in (90, 270) else (width, height)
    )
    assert page.rotation_degrees == rotation
    for word in transcript.words:
        assert 0 <= word.box.x0 < word.box.x1 <= page.width
        assert 0 <= word.box.y0 < word.box.y1 <= page.height
    assert min(dark_parts(pdf, [word.box for word in transcript.words])) > 0.08


def test_words_outside_the_crop_box_are_not_there():
    pdf = a_pdf(shown(30, 150, TEXT) + shown(30, 20, "hidden"), crop=(0, 100, 300, 200))
    assert "hidden" not in [word.text for word in words_of(pdf)]


def test_a_page_without_text_is_said_to_be_a_scan():
    found = transcribe("sha256:0", a_pdf("0 0 100 100 re f\n"), Limits())
    assert found.words == []
    assert [page.page for page in found.unread] == [0]


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\nnothing", b"PK\x03\x04"])
def test_what_is_no_pdf_is_damaged(data: bytes):
    with pytest.raises(BadInput) as caught:
        transcribe("sha256:0", data, Limits())
    assert caught.value.reason == "damaged"


def test_a_pdf_with_a_password_is_encrypted_not_damaged():
    writer = pypdf.PdfWriter(io.BytesIO(a_pdf(shown(30, 150, TEXT))))
    writer.encrypt("secret", algorithm="RC4-128")
    sink = io.BytesIO()
    writer.write(sink)
    with pytest.raises(BadInput) as caught:
        transcribe("sha256:0", sink.getvalue(), Limits())
    assert caught.value.reason == "encrypted"


def test_reading_stops_at_its_limit_of_time():
    with pytest.raises(BadInput) as caught:
        transcribe("sha256:0", a_pdf(shown(30, 150, TEXT)), Limits(max_seconds=0))
    assert caught.value.reason == "too_slow"


def test_a_document_with_more_words_than_the_limit_is_not_read_and_names_the_variable():
    pdf = a_pdf(shown(30, 150, TEXT))
    count = len(words_of(pdf))
    assert len(transcribe("sha256:0", pdf, Limits(max_words=count)).words) == count
    with pytest.raises(BadInput, match="LEDGERGRAPH_MAX_WORDS") as caught:
        transcribe("sha256:0", pdf, Limits(max_words=count - 1))
    assert caught.value.reason == "too_many_words"


def test_pages_and_words_come_back_from_their_tables():
    pages = [Page("b", 0, 10, 20, quality=1.0), Page("a", 0, 10, 20), Page("a", 1, 20, 10)]
    pages[1] = replace(pages[1], strokes=(Box(1, 2, 9, 2.2),))
    words = [
        Word("b", 0, "x", Box(0, 0, 1, 1)),
        *(Word("a", n // 3, str(n), Box(n, 0, n + 1, 2)) for n in range(5)),
    ]
    assert pages_from_table(pages_table(pages)) == {"a": pages[1:], "b": pages[:1]}
    assert words_from_table(words_table(words)) == {"a": words[1:], "b": words[:1]}


def test_no_words_make_an_empty_table():
    assert words_table([]).num_rows == 0
    assert words_from_table(words_table([])) == {}


def strokes_of(content: str, rotation: int = 0) -> list[tuple[float, ...]]:
    """The strokes of a page, with lines drawn half a point thick; corners to the nearest point."""
    pdf = a_pdf(shown(20, 20, TEXT) + "0.5 w\n" + content, rotation)
    (page,) = transcribe("x", pdf, Limits()).pages
    return [(round(b.x0), round(b.y0), round(b.x1), round(b.y1)) for b in page.strokes]


def test_lines_and_edges_of_areas_are_strokes():
    line, piece = "30 100 m 130 100 l S\n", "130 100 m 230 100 l S\n"
    assert strokes_of(line + piece) == [(30, 100, 230, 100)]
    assert strokes_of("30 99.5 100 1 re f\n") == [(30, 100, 130, 100)]
    assert sorted(strokes_of("0.9 g 30 100 100 40 re f\n")) == [
        (30, 60, 30, 100), (30, 60, 130, 60), (30, 100, 130, 100), (130, 60, 130, 100),
    ]  # fmt: skip
    grid = "30 100 m 130 100 l 30 120 m 130 120 l 30 140 m 130 140 l 80 100 m 80 140 l S\n"
    assert sorted(strokes_of(grid)) == [
        (30, 60, 130, 60), (30, 80, 130, 80), (30, 100, 130, 100), (80, 60, 80, 100),
    ]  # fmt: skip


def test_strokes_lie_where_the_page_shows_them():
    assert strokes_of("30 120 m 130 120 l S\n") == [(30, 80, 130, 80)]
    assert strokes_of("30 120 m 130 120 l S\n", 90) == [(120, 30, 120, 130)]
    assert strokes_of("q 1 0 0 1 0 -20 cm 30 140 m 130 140 l S Q\n") == [(30, 80, 130, 80)]


DRAWING = "".join(
    f"{x} {y} m {x + 20} {y} l S\n" for x in range(10, 280, 30) for y in range(10, 190, 3)
)


@pytest.mark.parametrize(
    "drawn",
    ["1 g 30 100 100 40 re f\n", "30 100 m 130 150 l S\n", "30 100 m 34 100 l S\n",
     "30 100 100 40 re n\n", DRAWING],
    ids=["white", "aslant", "short", "unseen", "drawing"],
)  # fmt: skip
def test_what_is_no_line_between_cells_is_no_stroke(drawn: str):
    assert strokes_of(drawn) == []
