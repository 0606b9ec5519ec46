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
from collections.abc import Iterator, Mapping, Sequence
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
from ledgergraph.corpora.rendering.marks import ITEMS, Rich, Sheet
from ledgergraph.corpora.rendering.sheets import implied, split
from ledgergraph.documents.limits import Limits
from ledgergraph.evidence import Box
from ledgergraph.extractions.transcripts import OpenPage, transcribe, words_on

MADE_AT = datetime(2020, 1, 1, tzinfo=UTC)
"""The creation date in every file: the day of printing is not to change the bytes."""
LAYOUT_FOLDER, DATA = "layouts", "data.json"
PDF_A = "a-3b"
FIRST_TABLE, HEAD_ROW, FOOT, TOP, AFTER = 160, 4095, 2, 3, 4
"""How library.typ colours cells: red is the table, green and blue are row and column. What would
be further tables are squares at the foot and the top of the page and after all that stands."""
SLACK, ROUNDED, UNLIKE = 0.01, 0.8, 0.1
"""In pt: how much a page may be fuller than it is; how much wider columns are than they were
measured on some rows, so that nothing is wrapped; and by how much rows differ that are."""
SHORT, WIDEST = 14, 3
"""Lines of text in a table that always fit on a page; rows that are looked at by column."""
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

    def marked(self, sheet: Sheet) -> bytes:
        """The marked file, after the sheet's table was split so that every page is full."""
        breaks = None
        if sum(map(_lines_of, sheet.items)) > SHORT:
            breaks = self._foreseen(sheet)
        file = self._file(sheet, marked=True)
        if _pages(file) == (1 if breaks is None else len(breaks)):
            return file
        split(sheet, [(0, len(sheet.items))], ())
        file = self._file(sheet, marked=True)
        ends = _measured(file, range(len(sheet.items)))
        if ends is not None:
            breaks = ends.breaks(ends.rows)
            if len(breaks) == 1:  # what stands alone on the last page are the totals
                breaks = _moved(breaks)
            split(sheet, breaks, ends.widths)
            file = self._file(sheet, marked=True)
            if _pages(file) > len(breaks):
                split(sheet, _moved(breaks), ends.widths)
                file = self._file(sheet, marked=True)
        return file

    def _foreseen(self, sheet: Sheet) -> list[tuple[int, int]] | None:
        """Split a long sheet by the heights of some of its rows; None where it is not split.

        Rows of as many lines of text are equally high, unless one of them is wrapped: then the
        whole table is to be measured.
        """
        chosen = _telling(sheet)
        items = {**sheet.content["items"]}
        items["parts"] = [{"start": 0, "rows": [sheet.items[at] for at in chosen]}]
        ends = _measured(self._file(sheet, marked=True, items=items), chosen)
        if ends is None:
            return None
        heights: dict[int, float] = {}
        for at, height in zip(chosen, ends.rows, strict=True):
            lines = _lines_of(sheet.items[at])
            if abs(heights.setdefault(lines, height) - height) > UNLIKE:
                return None
        breaks = ends.breaks([heights[_lines_of(row)] for row in sheet.items])
        if len(breaks) == 1:
            return None
        split(sheet, breaks, ends.widths)
        return breaks

    def settled(self, sheet: Sheet) -> bytes:
        """The plain file of a sheet that nobody needs marked, split in the same way."""
        file = self.pdf(sheet)
        if sheet.items and _pages(file) > 1:
            self.marked(sheet)
            file = self.pdf(sheet)
        return file

    def pdf(self, sheet: Sheet, *, standard: str | None = None) -> bytes:
        """The sheet as a plain PDF; `standard` as the compiler names it (a-3b)."""
        return self._file(sheet, marked=False, standard=standard)

    def _file(
        self, sheet: Sheet, *, marked: bool, standard: str | None = None,
        items: Mapping[str, Any] | None = None,
    ) -> bytes:  # fmt: skip
        content = {**sheet.content, "marked": marked, **({"items": items} if items else {})}
        data = json.dumps(content, ensure_ascii=False)
        (self._folder / DATA).write_text(data, encoding="utf-8")
        file = self._compiler(sheet.look.layout).compile(
            format="pdf", timestamp=MADE_AT, pdf_tags=False,
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


@dataclass(frozen=True)
class _Ends:
    """Where pages end, measured in pt on a marked paper.

    `first` and `further` are the heights from the top of the table to the foot of the page,
    `after` that of what stands below the table, 0 where it is on another page.
    """

    first: float
    further: float
    head: float
    rows: tuple[float, ...]
    after: float
    widths: tuple[float, ...]

    def breaks(self, heights: Sequence[float]) -> list[tuple[int, int]]:
        """Which lines go on which page: as many as fit, with what is carried above and below."""
        carried = min(heights)
        found: list[tuple[int, int]] = []
        start, used, room = 0, self.head, self.first
        for at, height in enumerate(heights):
            below = carried if at + 1 < len(heights) else 0.0
            if used + height + below > room + SLACK and at > start:
                found.append((start, at))
                start, used, room = at, self.head + carried, self.further
            used += height
        found.append((start, len(heights)))
        return found if used + self.after <= room else _moved(found)


def _lines_of(row: Sequence[Rich]) -> int:
    return max(len(cell) for cell in row)


def _telling(sheet: Sheet) -> list[int]:
    """Rows that tell how wide the columns are, and how high rows of so many lines of text are."""
    found: set[int] = set()
    places = range(len(sheet.items))
    of_lines: dict[int, list[int]] = {}
    for at in places:
        of_lines.setdefault(_lines_of(sheet.items[at]), []).append(at)
    for column in range(len(sheet.items[0])):
        lengths = [
            max((sum(len(text) for _, text in line) for line in row[column]), default=0)
            for row in sheet.items
        ]
        found.update(sorted(places, key=lambda at: -lengths[at])[:WIDEST])
        for same in of_lines.values():
            found |= {min(same, key=lambda at: lengths[at]), max(same, key=lambda at: lengths[at])}
    return sorted(found)


def _measured(file: bytes, lines: Sequence[int]) -> _Ends | None:
    """Where pages end, of a paper whose table has these lines; None if that cannot be told."""
    heads: dict[int, list[tuple[float, ...]]] = {}
    rows: dict[int, tuple[float, ...]] = {}
    squares: dict[int, tuple[int, float]] = {}
    with pdfium.PdfDocument(file) as document:
        for at in range(len(document)):
            page = document[at]
            for table, row, column, box in _filled(page):
                if table in (FOOT, TOP, AFTER):
                    squares[table] = at, box[3] if table != FOOT else box[1]
                elif table == ITEMS and row == HEAD_ROW:
                    heads.setdefault(at, []).append(box)
                elif table == ITEMS and column == 0:
                    rows[row] = box
            page.close()
    if len(rows) < 2 or len(rows) != len(lines):
        return None
    first, (_, foot) = heads[min(heads)], squares[FOOT]
    last, low = max(heads), min(box[1] for box in rows.values())
    is_together = squares[AFTER][0] == last == 0
    return _Ends(
        max(box[3] for box in first) - foot, squares[TOP][1] - foot, first[0][3] - first[0][1],
        tuple(rows[at][3] - rows[at][1] for at in range(len(lines))),
        low - squares[AFTER][1] if is_together else 0.0,
        tuple(round(box[2] - box[0] + ROUNDED, 3) for box in sorted(first)),
    )  # fmt: skip


def _moved(breaks: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same with the last two lines on a page of their own, one where there are but two."""
    start, end = breaks[-1]
    cut = max(end - 2, start + 1)
    return [*breaks[:-1], (start, cut), (cut, end)] if cut < end else breaks


def _pages(file: bytes) -> int:
    with pdfium.PdfDocument(file) as document:
        return len(document)


def truth_of(sheet: Sheet, marked: bytes) -> Truth:
    """Where everything stands, read from the marked file."""
    numbers: list[int] = []
    words: list[AnnotatedWord] = []
    pages: list[AnnotatedPage] = []
    cells: list[Cell] = []
    with pdfium.PdfDocument(marked) as document:
        for at in range(len(document)):
            page = document[at]
            text = page.get_textpage()
            opened = OpenPage(page, text, page.get_bbox())
            shown, found, starts = words_on("marked", at, opened, lambda: None)
            pages.append(AnnotatedPage(shown.width, shown.height, shown.unit))
            middles = [
                (place, (one.box.x0 + one.box.x1) / 2, one.box.middle_y)
                for place, one in enumerate(found, len(words))
            ]
            words += (AnnotatedWord(at, one.text, one.box) for one in found)
            numbers += _numbers(text, starts)
            cells += _cells(sheet, page, at, shown.height, middles)
            text.close()
            page.close()
    shown_words = tuple(words)
    return Truth(
        tuple(pages), shown_words, tuple(_fields(sheet, numbers, shown_words)),
        tuple(sorted(cells, key=_place)),
    )  # fmt: skip


def _numbers(text: pdfium.PdfTextPage, starts: Sequence[int]) -> Iterator[int]:
    """The mark of each word of a page, 0 where it has none: that of its first character.

    A piece of a sheet begins with a word, so no word is of two marks.
    """
    raw = text.raw
    parts = [ctypes.c_uint() for _ in range(4)]
    pointers = [ctypes.byref(one) for one in parts]
    for at in starts:
        pdfium_c.FPDFText_GetFillColor(raw, at, *pointers)
        red, green, blue = (one.value for one in parts[:3])
        number = green * 256 + blue if red == 0 else 0
        yield number if number < MOST_MARKS else 0


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
        if table >= FOOT:
            continue
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
        if not FIRST_TABLE <= red <= FIRST_TABLE + AFTER:
            continue
        pdfium_c.FPDFPageObj_GetBounds(thing, *(ctypes.byref(one) for one in corners))
        row, column = divmod(green * 256 + blue, 16)
        yield red - FIRST_TABLE, row, column, tuple(one.value for one in corners)


def _place(cell: Cell) -> tuple[int, int, float, int]:
    return cell.table, cell.page, cell.box.y0, cell.column


def words_of(file: bytes) -> list[tuple[int, str, Box]]:
    """Page, text and box of each word of a PDF, as the truth has them."""
    return [(one.page, one.text, one.box) for one in transcribe("", file, Limits()).words]
