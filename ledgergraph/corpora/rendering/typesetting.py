"""From a sheet to its file, and from the same typesetting the truth of where everything stands.

Belongs here: compiling a layout, and reading which word and which cell is which. Not here: what
stands on the sheet (sheets), other files than PDF (einvoices, pictures).

A sheet is compiled twice. Marked, each run of text that states a field has a fill colour of its
own, and each cell of a table another behind it; from that file PDFium tells which word belongs to
what. Plain is the file that is kept; nothing of the colours is in it, and its words and boxes
are the same, since a colour moves nothing.
"""

import ctypes
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ledgergraph.corpora.annotations import AnnotatedPage, AnnotatedWord, Cell, FieldTruth
from ledgergraph.corpora.rendering.looks import font_files
from ledgergraph.corpora.rendering.marks import Sheet
from ledgergraph.corpora.rendering.sheets import implied
from ledgergraph.documents.limits import Limits
from ledgergraph.evidence import Box
from ledgergraph.extractions.transcripts import REPLACED, transcribe, transcript_of

MADE_AT = datetime(2020, 1, 1, tzinfo=UTC)
"""The creation date in every file: the day of printing is not to change the bytes."""
LAYOUT_FOLDER = "layouts"
PDF_A = "a-3b"
FIRST_TABLE, HEAD_ROW = 160, 4095
"""How library.typ colours cells: red is the table, green and blue are row and column."""
MOST_MARKS = 100 * 256
Middles = list[tuple[int, float, float]]
"""The place of a word, and the middle of its box."""


@dataclass(frozen=True)
class Truth:
    """Where everything of a sheet stands."""

    pages: tuple[AnnotatedPage, ...]
    words: tuple[AnnotatedWord, ...]
    fields: tuple[FieldTruth, ...]
    cells: tuple[Cell, ...]


class Press:
    """A compiler with the layouts and their fonts, and no others of the machine."""

    def __init__(self, folder: Path) -> None:
        """Lay layouts and fonts out in a folder that the caller owns."""
        import typst

        for layout in resources.files(__package__).joinpath(LAYOUT_FOLDER).iterdir():
            if layout.name.endswith(".typ"):
                (folder / layout.name).write_bytes(layout.read_bytes())
        fonts = folder / "fonts"
        fonts.mkdir()
        for name, data in font_files():
            (fonts / name).write_bytes(data)
        self._folder = folder
        self._fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(fonts)])
        self._compilers: dict[str, Any] = {}

    def pdf(self, sheet: Sheet, *, marked: bool = False, standard: str | None = None) -> bytes:
        """The sheet as a PDF; `standard` as the compiler names it (a-3b)."""
        data = json.dumps({**sheet.content, "marked": marked}, ensure_ascii=False)
        file = self._compiler(sheet.look.layout).compile(
            format="pdf", sys_inputs={"data": data}, timestamp=MADE_AT, pdf_tags=False,
            pdf_standards=[standard] if standard else [],
        )  # fmt: skip
        assert isinstance(file, bytes)  # one file, as always for PDF
        return file

    def _compiler(self, layout: str) -> Any:
        import typst

        if layout not in self._compilers:
            self._compilers[layout] = typst.Compiler(
                self._folder / f"{layout}.typ", root=self._folder, font_paths=self._fonts
            )
        return self._compilers[layout]


@contextmanager
def press() -> Iterator[Press]:
    """A press for a while; its folder is gone afterwards."""
    with TemporaryDirectory() as folder:
        yield Press(Path(folder))


def truth_of(sheet: Sheet, marked: bytes) -> Truth:
    """Where everything stands, read from the marked file."""
    numbers: list[int] = []
    cells: list[Cell] = []
    with pdfium.PdfDocument(marked) as document:
        transcript = transcript_of("marked", document, Limits())
        words = tuple(AnnotatedWord(one.page, one.text, one.box) for one in transcript.words)
        pages = tuple(AnnotatedPage(one.width, one.height, one.unit) for one in transcript.pages)
        for at, shown in enumerate(pages):
            page = document[at]
            of_page = [word.text for word in words if word.page == at]
            first = len(numbers)
            numbers += _numbers(page, of_page)
            middles = [
                (place, (box.x0 + box.x1) / 2, box.middle_y)
                for place in range(first, len(numbers))
                for box in (words[place].box,)
            ]
            cells += _cells(sheet, page, at, shown.height, middles)
            page.close()
    return Truth(
        pages, words, tuple(_fields(sheet, numbers, words)), tuple(sorted(cells, key=_place))
    )


def _numbers(page: pdfium.PdfPage, words: list[str]) -> list[int]:
    """The mark of each word of a page, 0 where it has none: that of its first character.

    A piece of a sheet begins with a word, so no word is of two marks.
    """
    text = page.get_textpage()
    raw, numbers, letters = text.raw, [], ""
    parts = [ctypes.c_uint() for _ in range(4)]
    pointers = [ctypes.byref(one) for one in parts]
    left = iter(words)
    for at in range(pdfium_c.FPDFText_CountChars(raw)):
        letter = chr(pdfium_c.FPDFText_GetUnicode(raw, at))
        if letter.isspace() or letter == "\x00":
            continue
        if not letters:
            letters = next(left).replace(" ", "")
            pdfium_c.FPDFText_GetFillColor(raw, at, *pointers)
            red, green, blue = (one.value for one in parts[:3])
            number = green * 256 + blue if red == 0 else 0
            numbers.append(number if number < MOST_MARKS else 0)
        read = REPLACED.get(letter, letter)
        assert letters.startswith(read), (letters, read, at)  # else words and characters differ
        letters = letters[len(read) :]
    assert len(numbers) == len(words), (len(numbers), len(words))
    text.close()
    return numbers


def _fields(
    sheet: Sheet, numbers: list[int], words: tuple[AnnotatedWord, ...]
) -> Iterator[FieldTruth]:
    """A field for each mention; what stands on every page is mentioned on each."""
    places: dict[tuple[int, int], list[int]] = {}
    for place, number in enumerate(numbers):
        if number:
            places.setdefault((number, words[place].page), []).append(place)
    for (number, _), found in sorted(places.items()):
        mark = sheet.marks[number - 1]
        yield FieldTruth(mark.field, mark.line, mark.value, mark.raw, tuple(found))
    for mark in implied(sheet):
        yield FieldTruth(mark.field, mark.line, mark.value, mark.raw)


def _cells(
    sheet: Sheet, page: pdfium.PdfPage, at: int, height: float, middles: Middles
) -> Iterator[Cell]:
    """The cells on a page: the rectangles that are filled with the colour of one."""
    rows: dict[tuple[float, float], Middles] = {}
    for table, row, column, (x0, y0, x1, y1) in _filled(page):
        box = Box(round(x0, 2), round(height - y1, 2), round(x1, 2), round(height - y0, 2))
        beside = rows.get((box.y0, box.y1))
        if beside is None:  # the cells of a row share their height: look among its words only
            beside = [one for one in middles if box.y0 <= one[2] <= box.y1]
            rows[box.y0, box.y1] = beside
        inside = tuple(place for place, x, _ in beside if box.x0 <= x <= box.x1)
        is_head = row == HEAD_ROW
        line = None if is_head else sheet.rows[table, row]
        yield Cell(table, None if is_head else row, column, at, box, line, inside)


def _filled(page: pdfium.PdfPage) -> Iterator[tuple[int, int, int, tuple[float, ...]]]:
    raw = page.raw
    parts = [ctypes.c_uint() for _ in range(4)]
    corners = [ctypes.c_float() for _ in range(4)]
    for index in range(pdfium_c.FPDFPage_CountObjects(raw)):
        thing = pdfium_c.FPDFPage_GetObject(raw, index)
        if pdfium_c.FPDFPageObj_GetType(thing) != pdfium_c.FPDF_PAGEOBJ_PATH:
            continue
        pdfium_c.FPDFPageObj_GetFillColor(thing, *(ctypes.byref(one) for one in parts))
        red, green, blue = (one.value for one in parts[:3])
        if not FIRST_TABLE <= red < FIRST_TABLE + 2:
            continue
        pdfium_c.FPDFPageObj_GetBounds(thing, *(ctypes.byref(one) for one in corners))
        row, column = divmod(green * 256 + blue, 16)
        yield red - FIRST_TABLE, row, column, tuple(one.value for one in corners)


def _place(cell: Cell) -> tuple[int, int, float, int]:
    return cell.table, cell.page, cell.box.y0, cell.column


def words_of(file: bytes) -> list[tuple[int, str, Box]]:
    """Page, text and box of each word of a PDF, as the truth has them."""
    return [(one.page, one.text, one.box) for one in transcribe("", file, Limits()).words]
