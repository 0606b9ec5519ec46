"""From a sheet to its file, and from the same typesetting the truth of where everything stands.

Belongs here: compiling a layout, and which word and which cell is which. Not here: what stands on
the sheet (sheets), other files than PDF (einvoices, pictures).

A sheet is typeset once. The layouts put tags where a run of text that states a field begins and at
corners of cells; a tag is no part of the file, but the compiler says where it came to stand. Words
and boxes are those that PDFium reads from the file. A run in a row of a page's table is not tagged:
its words are those of its cell. Words that are not the text of their run are an AssertionError: the
layout or the reading of the file is wrong, and no truth may come of it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pypdfium2 as pdfium

from ledgergraph.corpora.annotations import AnnotatedPage, AnnotatedWord, Cell, FieldTruth
from ledgergraph.corpora.rendering.looks import font_files
from ledgergraph.corpora.rendering.marks import ITEMS, TAXES, Rich, Sheet
from ledgergraph.corpora.rendering.sheets import implied, split
from ledgergraph.documents.limits import Limits
from ledgergraph.evidence import Box
from ledgergraph.extractions.transcripts import OpenPage, transcribe, words_on

MADE_AT = datetime(2020, 1, 1, tzinfo=UTC)
"""The creation date in every file: the day of printing is not to change the bytes."""
LAYOUT_FOLDER, DATA = "layouts", "data.json"
PDF_A = "a-3b"
RUN, CELL, ROW, TOP, FOOT, END = "run", "cell", "row", "top", "foot", "end"
"""The tags of library.typ: a run has its mark and its text, a cell its table, row and column, the
others are where the first page of a table begins and ends, and where all that stands does."""
WHERE = """query(<tag>).map(one => {
  let at = one.location().position()
  (one.value, at.page, at.x.pt(), at.y.pt())
})"""
NEAR, AROUND = 0.15, 4
"""How far a letter may reach out to the left of where it begins, where its tag is, as a part of its
word's height; and in how many pt of a tag words are looked for."""
LOWER = 3
"""A tag is at the height of capitals, at most this part of its word's height from the word's top:
less than half the way to the words above and below."""
SLACK, ROUNDED, UNLIKE = 0.01, 0.8, 0.1
"""In pt: how much a page may be fuller than it is; how much wider columns are than they were
measured on some rows, so that nothing is wrapped; and by how much rows differ that are."""
SHORT, WIDEST = 14, 3
"""Lines of text in a table that always fit on a page; rows that are looked at by column."""
Middles = list[tuple[int, float, float]]
"""The place of a word, and the middle of its box."""
Run = tuple[int, int, list[int]]
"""The mark of a run, its page and its words."""


class Tag(NamedTuple):
    """Where something came to stand: its page from 0, and pt from the page's left and top."""

    kind: str
    value: Sequence[Any]
    page: int
    x: float
    y: float


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

    def typeset(self, sheet: Sheet) -> list[Tag]:
        """Where everything stands, after the sheet's table was split so that every page is full."""
        breaks = None
        if sum(map(_lines_of, sheet.items)) > SHORT:
            breaks = self._foreseen(sheet)
        tags = self._tags(sheet)
        if _pages(tags) == (1 if breaks is None else len(breaks)):
            return tags
        split(sheet, [(0, len(sheet.items))], ())
        tags = self._tags(sheet)
        ends = _measured(tags, range(len(sheet.items)))
        if ends is not None:
            breaks = ends.breaks(ends.rows)
            if len(breaks) == 1:  # what stands alone on the last page are the totals
                breaks = _moved(breaks)
            split(sheet, breaks, ends.widths)
            tags = self._tags(sheet)
            if _pages(tags) > len(breaks):
                split(sheet, _moved(breaks), ends.widths)
                tags = self._tags(sheet)
        return tags

    def _foreseen(self, sheet: Sheet) -> list[tuple[int, int]] | None:
        """Split a long sheet by the heights of some of its rows; None where it is not split.

        Rows of as many lines of text are equally high, unless one of them is wrapped: then the
        whole table is to be measured.
        """
        chosen = _telling(sheet)
        items = {**sheet.content["items"]}
        items["parts"] = [{"start": 0, "rows": [sheet.items[at] for at in chosen]}]
        ends = _measured(self._tags(sheet, items), chosen)
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

    def pdf(self, sheet: Sheet, *, standard: str | None = None) -> bytes:
        """The sheet as it is split, as a PDF; `standard` as the compiler names it (a-3b).

        The compiler remembers what it has just typeset, so this is the export alone.
        """
        file = self._compiler(sheet).compile(
            format="pdf", timestamp=MADE_AT, pdf_tags=False,
            pdf_standards=[standard] if standard else [],
        )  # fmt: skip
        assert isinstance(file, bytes)  # one file, as always for PDF
        return file

    def _tags(self, sheet: Sheet, items: Mapping[str, Any] | None = None) -> list[Tag]:
        rows = json.loads(self._compiler(sheet, items).eval(WHERE))
        return [Tag(kind, value, page - 1, x, y) for (kind, *value), page, x, y in rows]

    def _compiler(self, sheet: Sheet, items: Mapping[str, Any] | None = None) -> Any:
        """The compiler of the sheet's layout, with its contents laid out; other items if given."""
        import typst

        content = {**sheet.content, "items": items} if items else sheet.content
        (self._folder / DATA).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        layout = sheet.look.layout
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
    """Where pages end, measured in pt.

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


def _measured(tags: Sequence[Tag], lines: Sequence[int]) -> _Ends | None:
    """Where pages end, of a paper whose table has these lines; None if that cannot be told."""
    heads: dict[int, list[Box]] = {}
    rows: dict[int, Box] = {}
    for (table, row, column), page, box in _boxes(tags):
        if table == ITEMS and row is None:
            heads.setdefault(page, []).append(box)
        elif table == ITEMS and row is not None and column == 0:
            rows[row] = box
    if len(rows) < 2 or len(rows) != len(lines):
        return None
    ends = {tag.kind: tag for tag in tags}
    first, foot, end = heads[min(heads)], ends[FOOT].y, ends[END]
    is_together = end.page == max(heads) == 0
    return _Ends(
        foot - min(box.y0 for box in first), foot - ends[TOP].y, first[0].y1 - first[0].y0,
        tuple(rows[at].y1 - rows[at].y0 for at in range(len(lines))),
        end.y - max(box.y1 for box in rows.values()) if is_together else 0.0,
        tuple(round(box.x1 - box.x0 + ROUNDED, 3) for box in sorted(first, key=lambda b: b.x0)),
    )  # fmt: skip


def _moved(breaks: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same with the last two lines on a page of their own, one where there are but two."""
    start, end = breaks[-1]
    cut = max(end - 2, start + 1)
    return [*breaks[:-1], (start, cut), (cut, end)] if cut < end else breaks


def _pages(tags: Sequence[Tag]) -> int:
    return 1 + max(tag.page for tag in tags)


def truth_of(sheet: Sheet, file: bytes, tags: Sequence[Tag]) -> Truth:
    """Where everything stands: the words of the file, and what the tags say that they state."""
    words: list[AnnotatedWord] = []
    pages: list[AnnotatedPage] = []
    with pdfium.PdfDocument(file) as document:
        for at in range(len(document)):
            page = document[at]
            text = page.get_textpage()
            shown, found = words_on("", at, OpenPage(page, text, page.get_bbox()), lambda: None)
            pages.append(AnnotatedPage(shown.width, shown.height, shown.unit))
            words += (AnnotatedWord(at, one.text, one.box) for one in found)
            text.close()
            page.close()
    cells = sorted(_cells(sheet, tags, words), key=_place)
    fields = _fields(sheet, tags, cells, words)
    return Truth(tuple(pages), tuple(words), tuple(fields), tuple(cells))


def _fields(
    sheet: Sheet, tags: Iterable[Tag], cells: Iterable[Cell], words: Sequence[AnnotatedWord]
) -> Iterator[FieldTruth]:
    """A field for each mention; what stands on every page is mentioned on each."""
    found: dict[tuple[int, int], list[int]] = {}
    for number, page, places in (*_at_tags(tags, words), *_in_rows(sheet, cells, words)):
        found.setdefault((number, page), []).extend(places)
    for (number, _), places in sorted(found.items()):
        mark = sheet.marks[number - 1]
        yield FieldTruth(mark.field, mark.line, mark.value, mark.raw, tuple(places))
    for mark in implied(sheet):
        yield FieldTruth(mark.field, mark.line, mark.value, mark.raw)


def _at_tags(tags: Iterable[Tag], words: Sequence[AnnotatedWord]) -> Iterator[Run]:
    """The runs that are tagged: the first word stands at the tag, the others follow it."""
    beside: dict[tuple[int, int], list[int]] = {}
    for place, word in enumerate(words):
        beside.setdefault((word.page, int(word.box.x0)), []).append(place)
    for tag in tags:
        if tag.kind == RUN:
            number, text = tag.value
            starts = []
            for x in range(int(tag.x) - AROUND, int(tag.x) + AROUND + 1):
                for place in beside.get((tag.page, x), ()):
                    box = words[place].box
                    if _is_high(tag, box) and abs(box.x0 - tag.x) <= NEAR * (box.y1 - box.y0):
                        starts.append(place)
            if not starts and any(
                one.page == tag.page and one.box.x0 < tag.x < one.box.x1 and _is_high(tag, one.box)
                for one in words
            ):
                continue  # it touches what stands before it: no word of the page is its own
            assert starts, tag
            start = min(starts, key=lambda place: _distance(tag, words[place].box))
            yield number, tag.page, _words_of(text, range(start, len(words)), words)


def _is_high(tag: Tag, box: Box) -> bool:
    return abs(box.y0 - tag.y) < (box.y1 - box.y0) / LOWER


def _distance(tag: Tag, box: Box) -> float:
    return abs(box.x0 - tag.x) + abs(box.y0 - tag.y)


def _in_rows(sheet: Sheet, cells: Iterable[Cell], words: Sequence[AnnotatedWord]) -> Iterator[Run]:
    """The runs in the rows of a page's tables: the words of a cell are what was put into it."""
    rows = {
        (ITEMS, at): row
        for part in sheet.content["items"].get("parts", ())
        for at, row in enumerate(part["rows"], part["start"])
    }
    if taxes := sheet.content.get("taxes"):
        rows |= {(TAXES, at): row for at, row in enumerate(taxes["rows"])}
    for cell in cells:
        if cell.row is None or (cell.table, cell.row) not in rows:
            continue
        pieces = list(chain(*rows[cell.table, cell.row][cell.column]))
        while pieces and not pieces[-1][0]:  # details, which state no field
            pieces.pop()
        used = 0
        for number, text in pieces:
            own = _words_of(text, cell.words[used:], words)
            used += len(own)
            if number:
                yield number, cell.page, own


def _words_of(text: str, places: Iterable[int], words: Sequence[AnnotatedWord]) -> list[int]:
    """As many of the places as their words are the text, but for blanks: where letters stand
    close, as on narrow rolls, a reader of the file sees two words as one."""
    found: list[int] = []
    rest = "".join(text.split())
    for place in places:
        if not rest:
            break
        own = "".join(words[place].text.split())
        assert rest.startswith(own), (text, words[place])
        found.append(place)
        rest = rest[len(own) :]
    assert not rest, (text, rest)
    return found


def _boxes(tags: Iterable[Tag]) -> Iterator[tuple[tuple[int, int | None, int], int, Box]]:
    """Table, row (none for a head) and column, page and box of each cell, between two tags.

    The cells of a row whose first is tagged alone stand below those of the head.
    """
    opened: dict[tuple[Any, ...], Tag] = {}
    heads: dict[tuple[int, int], list[tuple[int, Box]]] = {}
    for tag in tags:
        if tag.kind not in (CELL, ROW):
            continue
        one = opened.pop(key := (*tag.value, tag.page), None)
        if one is None:
            opened[key] = tag
            continue
        table, row = tag.value[:2]
        if tag.kind == ROW:
            for column, head in heads[table, tag.page]:
                yield (table, row, column), tag.page, Box(head.x0, one.y, head.x1, tag.y)
            continue
        box, column = Box(one.x, one.y, tag.x, tag.y), tag.value[2]
        yield (table, row, column), tag.page, box
        if row is None:
            heads.setdefault((table, tag.page), []).append((column, box))
    assert not opened


def _cells(sheet: Sheet, tags: Iterable[Tag], words: Sequence[AnnotatedWord]) -> Iterator[Cell]:
    """The cells, each with the words whose middle is in it."""
    middles: dict[int, Middles] = {}
    for place, word in enumerate(words):
        middle = (place, (word.box.x0 + word.box.x1) / 2, word.box.middle_y)
        middles.setdefault(word.page, []).append(middle)
    rows: dict[tuple[int, float, float], Middles] = {}
    for (table, row, column), page, exact in _boxes(tags):
        box = Box(*(round(one, 2) for one in (exact.x0, exact.y0, exact.x1, exact.y1)))
        key = page, box.y0, box.y1
        if key not in rows:  # the cells of a row share their height: look among its words only
            rows[key] = [one for one in middles[page] if box.y0 <= one[2] <= box.y1]
        inside = tuple(place for place, x, _ in rows[key] if box.x0 <= x <= box.x1)
        line = None if row is None else sheet.rows[table, row]
        yield Cell(table, row, column, page, box, line, inside)


def _place(cell: Cell) -> tuple[int, int, float, int]:
    return cell.table, cell.page, cell.box.y0, cell.column


def words_of(file: bytes) -> list[tuple[int, str, Box]]:
    """Page, text and box of each word of a PDF, as the truth has them."""
    return [(one.page, one.text, one.box) for one in transcribe("", file, Limits()).words]
