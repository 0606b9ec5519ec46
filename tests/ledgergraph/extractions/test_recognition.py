"""Which pages are recognised, and that their words lie where they are on the page as shown."""

import io
from collections.abc import Iterable, Iterator

import pypdf
import pytest
from broken_files import a_pdf
from PIL import Image, ImageDraw, ImageFont

from ledgergraph.documents.batches import Entry
from ledgergraph.documents.examination import examine
from ledgergraph.documents.limits import Limits
from ledgergraph.evidence import Page, Word
from ledgergraph.extractions.engines import Picture, Recogniser, Sight, engine_named
from ledgergraph.extractions.reading import extractions_of, transcripts_of
from ledgergraph.extractions.transcripts import pages_from_table, words_from_table
from ledgergraph.identity import document_id_of

LIMITS = Limits()
NAME = "a file"


def a_page(text: str = "Invoice 4711") -> Image.Image:
    page = Image.new("RGB", (500, 200), "white")
    ImageDraw.Draw(page).text((40, 120), text, "black", ImageFont.load_default(32))
    return page


def saved(page: Image.Image, format: str, **options: object) -> bytes:
    sink = io.BytesIO()
    page.save(sink, format, **options)
    return sink.getvalue()


class Watched:
    """The real engine, in this process, and the pictures that it was given."""

    def __init__(self) -> None:
        self.pictures: list[Picture] = []

    def sights(self, pictures: Iterable[Picture]) -> Iterator[Sight]:
        for picture in pictures:
            self.pictures.append(picture)
            yield engine_named("rapidocr").recognise(picture)


def read(
    data: bytes, watched: Watched | None, limits: Limits = LIMITS
) -> tuple[list[Page], list[Word], list[str]]:
    """Pages, words and sentences of rejections of one file."""
    document_id = document_id_of(data)
    documents, refused = examine([Entry(NAME, document_id, len(data))], lambda _: data, limits)
    assert refused.num_rows == 0
    engine = Recogniser("rapidocr", watched.sights) if watched else None
    pages, words, rejected = transcripts_of(documents, lambda _: data, limits, engine)
    return (
        pages_from_table(pages).get(document_id, []),
        words_from_table(words).get(document_id, []),
        rejected["sentence"].to_pylist(),
    )


def test_an_image_is_read_in_its_own_pixels():
    (page,), words, rejected = read(saved(a_page(), "PNG"), Watched())
    assert (page.width, page.height, page.unit, rejected) == (500, 200, "px", [])
    assert [word.text for word in words] == ["Invoice", "4711"]
    assert {word.engine for word in words} == {"rapidocr"}
    assert 30 < words[0].box.x0 < 50
    assert 110 < words[0].box.y0 < words[0].box.y1 < 170
    assert 0.8 < (page.quality or 0) < 1


def test_a_large_image_is_looked_at_smaller_and_its_boxes_are_not():
    watched = Watched()
    (page,), words, _ = read(saved(a_page().resize((5000, 2000)), "PNG"), watched)
    assert (page.width, watched.pictures[0].width) == (5000, 2000)
    assert 300 < words[0].box.x0 < 500


def test_a_photograph_is_turned_as_its_camera_says():
    exif = Image.Exif()
    exif[0x0112] = 6  # the top of the page is at the right of the picture
    turned = a_page().transpose(Image.Transpose.ROTATE_90)
    (page,), words, _ = read(saved(turned, "JPEG", exif=exif), Watched())
    assert (page.width, page.height) == (500, 200)
    assert [word.text for word in words] == ["Invoice", "4711"]


def test_each_frame_of_a_tiff_is_a_page():
    more = [a_page("Page two"), Image.new("RGB", (300, 300), "white")]
    data = saved(a_page(), "TIFF", save_all=True, append_images=more)
    pages, words, _ = read(data, Watched())
    assert [(page.page, page.width) for page in pages] == [(0, 500), (1, 500), (2, 300)]
    assert [(word.page, word.text) for word in words if word.text != "4711"] == [
        (0, "Invoice"), (1, "Page"), (1, "two"),
    ]  # fmt: skip


def test_only_pages_without_text_are_recognised_and_in_points():
    watched = Watched()
    whole = pypdf.PdfWriter()
    for part in (a_pdf(text="All of this is text"), saved(a_page(), "PDF", resolution=144)):
        whole.append(io.BytesIO(part))
    sink = io.BytesIO()
    whole.write(sink)
    pages, words, rejected = read(sink.getvalue(), watched)
    assert [(page.page, page.unit) for page in pages] == [(0, "pt"), (1, "pt")]
    assert len(watched.pictures) == 1
    assert rejected == []
    scanned = [word for word in words if word.page == 1]
    assert [(word.text, word.engine) for word in scanned] == [
        ("Invoice", "rapidocr"), ("4711", "rapidocr"),
    ]  # fmt: skip
    assert (pages[1].width, pages[1].height) == (250, 100)
    assert 15 < scanned[0].box.x0 < 25
    assert {(word.engine, word.confidence) for word in words if word.page == 0} == {("text", 1.0)}


def test_a_blank_page_is_said_to_have_no_text():
    watched = Watched()
    blank = Image.new("L", (300, 300), 255)
    pages, _, (sentence,) = read(saved(blank, "PNG"), watched)
    assert pages == []
    assert watched.pictures == []
    assert "No text" in sentence


@pytest.mark.parametrize("format", ["PNG", "PDF"])
def test_without_an_engine_pictures_are_rejected_naming_the_setting(format: str):
    pages, words, (sentence,) = read(saved(a_page(), format), None)
    assert (pages, words) == ([], [])
    assert "LEDGERGRAPH_OCR=rapidocr" in sentence


def test_a_file_of_too_many_scans_is_rejected_naming_the_setting():
    data = saved(a_page(), "TIFF", save_all=True, append_images=[a_page(), a_page()])
    _, _, (sentence,) = read(data, Watched(), Limits(max_scans=2))
    assert "LEDGERGRAPH_MAX_SCANS" in sentence


def fields_of(data: bytes) -> dict[str, dict[str, object]]:
    """What is read of one picture, by field."""
    document_id = document_id_of(data)
    documents, _ = examine([Entry(NAME, document_id, len(data))], lambda _: data, LIMITS)
    engine = Recogniser("rapidocr", Watched().sights)
    pages, words, _ = transcripts_of(documents, lambda _: data, LIMITS, engine)
    fields, _, _ = extractions_of(documents, pages, words, lambda _: data, LIMITS)
    return {row["field"]: row for row in fields.to_pylist()}


@pytest.mark.parametrize("degrees", [90, 180, 3])
def test_fields_of_a_page_that_lies_askew_are_read_and_shown_where_they_are(degrees: int):
    sheet = Image.new("RGB", (700, 360), "white")
    draw = ImageDraw.Draw(sheet)
    lines = ("INVOICE", "Invoice number: 4711", "Invoice date: 2024-05-17", "Total: 119.00 EUR")
    for number, line in enumerate(lines):
        draw.text((60, 40 + 70 * number), line, "black", ImageFont.load_default(34))
    shown = sheet.rotate(-degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="white")
    straight, askew = fields_of(saved(sheet, "PNG")), fields_of(saved(shown, "PNG"))
    values = {name: row["value"] for name, row in askew.items()}
    assert values == {name: row["value"] for name, row in straight.items()}
    assert (values["number"], values["totals.gross"]) == ("4711", "119")
    number = askew["number"]
    ink = shown.convert("L").crop(tuple(round(number[edge]) for edge in ("x0", "y0", "x1", "y1")))
    assert ink.getextrema()[0] < 60  # it is on the print
    upright = straight["number"]
    size = upright["x1"] - upright["x0"], upright["y1"] - upright["y0"]
    size = size[::-1] if degrees == 90 else size
    assert ink.size == pytest.approx(size, abs=9)
