"""A scan's hidden text is used where it is good, and recognised anew where it is not."""

import io
from collections.abc import Sequence

import pypdfium2 as pdfium
import pytest
from broken_files import pdf_of

from ledgergraph.documents.limits import Limits
from ledgergraph.extractions.rules import validate
from ledgergraph.extractions.schemas import EXTRACTIONS
from ledgergraph.extractions.text_layers import (
    GARBLED,
    HIDDEN,
    MISPLACED,
    PARTLY,
    SECRET,
    SHOWN,
    sense,
)
from ledgergraph.extractions.transcripts import Transcript, pages_table, transcribe

LINES = (
    "Rechnung 4711 vom 03.02.2026", "Acme GmbH, Hauptstr. 5, 99084 Erfurt",
    "Menge Beschreibung Preis Betrag", "2 Schrauben M8 verzinkt 3,50 7,00",
    "1 Lieferung frei Haus 12,00 12,00", "Nettobetrag 19,00", "Umsatzsteuer 19 % 3,61",
    "Gesamtbetrag 22,61 EUR", "IBAN DE89 3704 0044 0532 0130 00",
)  # fmt: skip
GIBBERISH = ("~^%h$ |l|i }{:;", "xqzvbn wrtpsdf §$%&/", "|||;,;~ ¬¦¦", "tttrrkkk ~~~^^ ##") * 3
INVISIBLE = "3 Tr"


def text(lines: Sequence[str], mode: str = "", x: float = 60, y: float = 700) -> str:
    shown = " ".join(f"({line.translate({40: 92, 41: 92})}) Tj 0 -34 Td" for line in lines)
    return f"BT {mode} /F 14 Tf {x} {y} Td {shown} ET\n"


def a_page(content: str, picture: bytes | None = None) -> bytes:
    data = content.encode("cp1252", "replace")
    page = (
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 3 0 R"
        b"/Resources<</Font<</F 4 0 R>>/XObject<</I 6 0 R>>>>>>"
    )
    image = b"<</Type/XObject/Subtype/Image/Width 1190/Height 1684/ColorSpace/DeviceRGB"
    pixels = picture or b""
    image += b"/BitsPerComponent 8/Filter/DCTDecode/Length %d>>\nstream\n" % len(pixels)
    return pdf_of([
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[5 0 R]/Count 1>>",
        b"<</Length %d>>\nstream\n%b\nendstream" % (len(data), data),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        page, image + pixels + b"\nendstream",
    ])  # fmt: skip


@pytest.fixture(scope="module")
def picture() -> bytes:
    """The page as a scanner sees it: a JPEG of two pixels a point."""
    document = pdfium.PdfDocument(a_page(text(LINES)))
    image = document[0].render(scale=2).to_pil().convert("RGB")
    document.close()
    sink = io.BytesIO()
    image.save(sink, "JPEG")
    return sink.getvalue()


DRAWN = "q 595 0 0 842 0 0 cm /I Do Q\n"


def read(pdf: bytes) -> Transcript:
    return transcribe("sha256:0", pdf, Limits())


def test_a_good_layer_is_used(picture: bytes):
    found = read(a_page(DRAWN + text(LINES, INVISIBLE), picture))
    assert found.pages[0].text_layer == HIDDEN
    assert not found.unread
    assert "4711" in [word.text for word in found.words]


def test_a_good_layer_under_its_picture_is_used(picture: bytes):
    found = read(a_page(text(LINES) + DRAWN, picture))
    assert found.pages[0].text_layer == HIDDEN


def test_a_garbled_layer_is_recognised_anew(picture: bytes):
    found = read(a_page(DRAWN + text(GIBBERISH, INVISIBLE), picture))
    assert found.pages[0].text_layer == GARBLED
    assert found.unread == found.pages
    assert not found.words


@pytest.mark.parametrize(("x", "y"), [(60, 683), (60, 731), (200, 700), (60, 400)])
def test_a_misplaced_layer_is_recognised_anew(picture: bytes, x: float, y: float):
    found = read(a_page(DRAWN + text(LINES, INVISIBLE, x, y), picture))
    assert found.pages[0].text_layer == MISPLACED
    assert found.unread == found.pages


def test_text_over_a_letterhead_that_fills_the_page_is_its_own(picture: bytes):
    found = read(a_page(DRAWN + text(GIBBERISH), picture))
    assert found.pages[0].text_layer == SHOWN
    assert found.words


SLIPPED_IN = "IBAN DE02 1203 0000 0000 2020 51"


@pytest.mark.parametrize(
    "hidden",
    [
        text([SLIPPED_IN], INVISIBLE, 60, 60),
        "1 1 1 rg " + text([SLIPPED_IN], "", 60, 60) + "0 g ",
        "0.99 g " + text([SLIPPED_IN], "", 60, 60) + "0 g ",
    ],
    ids=["without ink", "white", "nearly white"],
)
def test_words_that_nobody_sees_are_left_out(hidden: str):
    found = read(a_page(text(LINES) + hidden))
    assert found.pages[0].text_layer == SECRET
    [row] = validate(EXTRACTIONS.empty(), pages=pages_table(found.pages)).to_pylist()
    assert (row["kind"], row["rule"]) == ("hidden_or_overlaid_text", "text_is_shown")
    words = [word.text for word in found.words]
    assert "DE89" in words
    assert "DE02" not in words
    assert not found.unread


def test_marks_of_programs_that_nobody_sees_accuse_nobody():
    found = read(a_page(text(LINES) + text(["s1 anchor sign here"], INVISIBLE, 60, 60)))
    assert found.pages[0].text_layer == PARTLY
    assert validate(EXTRACTIONS.empty(), pages=pages_table(found.pages)).num_rows == 0


def test_white_words_on_a_dark_bar_are_seen():
    bar = "0.2 0.2 0.6 rg 50 50 400 30 re f 1 1 1 rg " + text([SLIPPED_IN], "", 60, 60)
    found = read(a_page(text(LINES) + bar))
    assert found.pages[0].text_layer == SHOWN
    assert "DE02" in [word.text for word in found.words]


def test_a_stamp_on_a_scan_does_not_vouch_for_its_layer(picture: bytes):
    stamp = text(["Scanned with a program"], "", 60, 30)
    found = read(a_page(DRAWN + 6 * text(GIBBERISH, INVISIBLE) + stamp, picture))
    assert found.pages[0].text_layer == GARBLED


def test_a_page_without_text_has_no_layer(picture: bytes):
    assert read(a_page(DRAWN, picture)).pages[0].text_layer is None


@pytest.mark.parametrize(
    "line",
    ["Société Générale d'Énergie S.A.", "1.234,56 € 2026-02-03 19%", "RE-2026/0815 DE136695976",
     "Großhändler für Büromöbel & Co. KG", "McDonald's iPhone"],
)  # fmt: skip
def test_what_people_write_has_sense(line: str):
    assert sense(line.split()) > 0.8


@pytest.mark.parametrize("line", ["~^%h$ |l|i }{:;", "¬¦¦| ;;,:~ ^^^", "\x93x\x94k§ q$w%e&"])
def test_what_nobody_writes_has_none(line: str):
    assert sense(line.split()) < 0.4


def test_what_a_bar_was_drawn_over_is_no_text_and_what_stands_on_the_bar_is():
    bar = "1 1 1 rg 50 690 300 30 re f 0 0 0 rg\n"
    shown = text(["Summe 900,00 EUR"], x=62)
    found = read(a_page(text(["Total 100,00 EUR", *LINES]) + bar + shown))
    words = [word.text for word in found.words]
    assert "100,00" not in words
    assert {"900,00", "4711"} <= set(words)
    assert found.pages[0].text_layer == SECRET


def test_text_on_a_coloured_bar_is_seen():
    found = read(a_page("0.9 0.9 0.9 rg 50 690 400 30 re f 0 0 0 rg\n" + text(LINES)))
    assert found.pages[0].text_layer == SHOWN
    assert "4711" in [word.text for word in found.words]


def test_a_scan_in_strips_is_a_scan(picture: bytes):
    strips = "q 595 0 0 421 0 0 cm /I Do Q q 595 0 0 421 0 421 cm /I Do Q\n"
    found = read(a_page(strips + text(GIBBERISH, INVISIBLE), picture))
    assert found.pages[0].text_layer == GARBLED
