"""Transcripts: the words of a document's pages with their boxes, from the text layer of a PDF.

Belongs here: turning PDF bytes into pages and words, and both into tables and back.
Not here: pages without text that can be used (pictures, engines), what the words
mean (readers).

Coordinates are those of the page as it is shown: the crop box turned by /Rotate, origin
top left, in pt, so that a box drawn over a rendering of the page lies on its word.
PDFium is not thread-safe: one document at a time in one process.
"""

import ctypes
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import pyarrow as pa
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ledgergraph.documents.limits import Limits, over
from ledgergraph.errors import BadInput
from ledgergraph.evidence import Box, Page, Word
from ledgergraph.extractions.form_fields import typed_words
from ledgergraph.extractions.schemas import PAGES, WORDS
from ledgergraph.extractions.strokes import strokes_of
from ledgergraph.extractions.text_layers import (
    GARBLED,
    MISPLACED,
    PARTLY,
    SECRET,
    SHOWN,
    drawn,
    has_values,
    judged,
    under_bars,
    unseen,
)

MIN_QUALITY = 0.5
"""Share of meaningful characters below which a page's text layer is not used."""
MIN_CHARACTERS = 8
"""A page with fewer is a picture with a stamp, not a page of text."""
GAP = 0.9
"""Two characters further apart than this many line heights belong to two words."""
FORMS = (pdfium_c.FORMTYPE_ACRO_FORM, pdfium_c.FORMTYPE_XFA_FOREGROUND)
"""Forms whose fields can be read; a form that is XFA alone has pages that ask for Acrobat."""
CHECK_EVERY = 4096
"""Characters between two looks at the clock."""

GLUE = "\u00a0\u202f\u2009\u2007"
"""Spaces that keep the digits of one number together (French and Swiss thousands)."""
REPLACED = {
    "\ufffe": "-", "\x02": "-", "\u00ad": "-", "\u2010": "-", "\u2011": "-",
    "\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl",
}  # fmt: skip
"""Hyphens and ligatures that mean the same as what is typed."""

Rectangle = tuple[float, float, float, float]
Deadline = Callable[[], None]


@dataclass(frozen=True)
class Transcript:
    """What is written on the pages of one document."""

    pages: list[Page]
    words: list[Word]

    @property
    def unread(self) -> list[Page]:
        """Pages whose text layer is not used: of a scan, or with fonts that carry no characters."""
        return [page for page in self.pages if (page.quality or 0.0) < MIN_QUALITY]


def transcribe(document_id: str, pdf: bytes, limits: Limits) -> Transcript:
    """The pages and words of a PDF's text layer, in the order of the file.

    `Page.quality` is the share of its characters that carry meaning, 0.0 where
    there is no usable text: none, or that of a scan which was recognised badly before
    (`Page.text_layer` tells). Words that nobody sees are left out, what was typed into forms is
    there. What is read of the words takes time in proportion to their number, so their
    limit bounds it too, on any machine alike.

    Raises: BadInput `damaged`, `encrypted`, `too_slow`, `too_many_words`.
    """
    document = _opened(pdf)
    try:
        return transcript_of(document_id, document, limits)
    finally:
        document.close()


def transcript_of(document_id: str, document: pdfium.PdfDocument, limits: Limits) -> Transcript:
    """The same of a PDF that its caller holds open, and closes."""
    check = _deadline(limits.max_seconds)
    if document.get_formtype() in FORMS and document.formenv is None:
        document.init_forms()
    pages: list[Page] = []
    words: list[Word] = []
    for index in range(len(document)):
        check()
        page, of_page = _page(document_id, document, index, check)
        pages.append(page)
        words.extend(of_page)
        if len(words) > limits.max_words:
            what = f"words on its first {index + 1} of {len(document)} pages"
            raise over(limits, "max_words", "too_many_words", len(words), what)
    return Transcript(pages, words)


def _deadline(seconds: float) -> Deadline:
    # The thread's own time: a crowded machine must not make other tables of the same bytes.
    start = time.thread_time()

    def check() -> None:
        if time.thread_time() - start > seconds:
            raise BadInput(
                "too_slow",
                f"Reading the text took longer than the limit of {seconds:g} s. "
                "Raise LEDGERGRAPH_MAX_SECONDS or send a simpler file.",
            )

    return check


def _opened(pdf: bytes) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(pdf)
    except pdfium.PdfiumError as error:
        if error.err_code == pdfium_c.FPDF_ERR_PASSWORD:
            raise BadInput(
                "encrypted", "The PDF asks for a password. Send it without one."
            ) from error
        raise BadInput("damaged", f"The PDF cannot be opened: {error} Send it again.") from error


def _page(
    document_id: str, document: pdfium.PdfDocument, index: int, check: Deadline
) -> tuple[Page, list[Word]]:
    try:
        page = document[index]
        text = page.get_textpage()
        bounds = page.get_bbox()
    except pdfium.PdfiumError as error:
        raise BadInput(
            "damaged", f"Page {index + 1} of the PDF cannot be opened: {error} Send it again."
        ) from error
    opened = OpenPage(page, text, bounds)
    shown, words = words_on(document_id, index, opened, check)
    frame = _Frame(bounds, shown.rotation_degrees)
    if words:
        layer, how = SHOWN, drawn(page, text)
        texts, places = [one.text for one in words], [one.box for one in words]
        covered = [(said, box) for said, one in how.covered if (box := frame.shown(one))]
        left_out = under_bars(covered, texts, places)
        if how.is_doubtful:
            left_out |= unseen(page, texts, places)
        if how.is_of_a_scan:
            layer = judged(page, texts, places)
        elif left_out:
            layer = SECRET if has_values([texts[at] for at in sorted(left_out)]) else PARTLY
            words = [one for at, one in enumerate(words) if at not in left_out]
        shown = replace(shown, text_layer=layer)
        if layer in (GARBLED, MISPLACED):  # to be recognised anew
            shown, words = replace(shown, quality=0.0), []
    strokes = tuple(box for one in strokes_of(page) if (box := frame.shown(one)) is not None)
    shown = replace(shown, strokes=strokes)
    typed = [(letters, frame.shown(boxes)) for letters, boxes in typed_words(document, page)]
    words += [Word(document_id, index, letters, box) for letters, box in typed if box is not None]
    text.close()
    page.close()
    return shown, words


class OpenPage(NamedTuple):
    """A page that its reader holds open, with its text and its bounds."""

    page: pdfium.PdfPage
    text: pdfium.PdfTextPage
    bounds: Rectangle


def words_on(
    document_id: str, index: int, opened: OpenPage, check: Deadline
) -> tuple[Page, list[Word]]:
    """A page and its words."""
    rotation = opened.page.get_rotation()
    frame = _Frame(opened.bounds, rotation)
    characters = _characters(opened.text)
    quality = _quality(characters)
    shown = Page(
        document_id, index, frame.width, frame.height,
        rotation_degrees=rotation, quality=quality,
    )  # fmt: skip
    words: list[Word] = []
    if quality >= MIN_QUALITY:
        for letters, boxes in _groups(opened.text.raw, characters, check):
            box = frame.shown(boxes)
            if box is not None:
                words.append(Word(document_id, index, letters, box))
    return shown, words


@dataclass(frozen=True)
class _Frame:
    """How a point of the PDF's own space lies on the page as shown."""

    bounds: Rectangle  # left, bottom, right, top
    rotation: int

    @property
    def _size(self) -> tuple[float, float]:
        left, bottom, right, top = self.bounds
        return right - left, top - bottom

    @property
    def width(self) -> float:
        return self._size[self.rotation in (90, 270)]

    @property
    def height(self) -> float:
        return self._size[self.rotation not in (90, 270)]

    def shown(self, box: Rectangle) -> Box | None:
        """A rectangle as a box on the page, cut at its edges; None if nothing of it shows."""
        left, bottom, right, top = self.bounds
        x0, y0, x1, y1 = box
        if self.rotation == 90:
            x0, y0, x1, y1 = y0 - bottom, x0 - left, y1 - bottom, x1 - left
        elif self.rotation == 180:
            x0, y0, x1, y1 = right - x1, y0 - bottom, right - x0, y1 - bottom
        elif self.rotation == 270:
            x0, y0, x1, y1 = top - y1, right - x1, top - y0, right - x0
        else:
            x0, y0, x1, y1 = x0 - left, top - y1, x1 - left, top - y0
        x0, x1 = max(x0, 0.0), min(x1, self.width)
        y0, y1 = max(y0, 0.0), min(y1, self.height)
        if x1 <= x0 or y1 <= y0:
            return None
        return Box(round(x0, 2), round(y0, 2), round(x1, 2), round(y1, 2))


def _characters(text: pdfium.PdfTextPage) -> list[str]:
    """The characters of a page, one for each index that PDFium counts."""
    raw = text.raw
    count = pdfium_c.FPDFText_CountChars(raw)
    if count <= 0:
        return []
    buffer = (ctypes.c_ushort * (count + 1))()
    written = pdfium_c.FPDFText_GetText(raw, 0, count, buffer)
    if written == count + 1:
        units = bytes(buffer)[: 2 * count].decode("utf-16-le", errors="replace")
        if len(units) == count:
            return list(units)
    get = pdfium_c.FPDFText_GetUnicode  # some characters have no unit of their own, or two
    return [_character(get(raw, index)) for index in range(count)]


def _character(code: int) -> str:
    return "\ufffd" if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF else chr(code)


def _quality(characters: Sequence[str]) -> float:
    """Share of the characters that mean something; 0.0 where there are too few."""
    inked = [one for one in characters if not one.isspace()]
    if len(inked) < MIN_CHARACTERS:
        return 0.0
    good = sum((one.isprintable() and one != "\ufffd") or one in REPLACED for one in inked)
    return round(good / len(inked), 4)


def _groups(
    raw: "pdfium_c.FPDF_TEXTPAGE", characters: Sequence[str], check: Deadline
) -> Iterator[tuple[str, Rectangle]]:
    """Characters that stand together, and the rectangle around them."""
    loose = pdfium_c.FPDFText_GetLooseCharBox
    rectangle = pdfium_c.FS_RECTF()
    pointer = ctypes.byref(rectangle)
    letters: list[str] = []
    around: Rectangle | None = None
    last: Rectangle | None = None
    for index, letter in enumerate(characters):
        if index % CHECK_EVERY == 0:
            check()
        if letter.isspace() or letter == "\x00":
            if letter in GLUE and _between_digits(characters, index):
                letters.append(" ")
            elif around is not None:
                yield "".join(letters), around
                letters, around, last = [], None, None
            continue
        if not loose(raw, index, pointer):
            continue
        box = (rectangle.left, rectangle.bottom, rectangle.right, rectangle.top)
        if around is None or last is None:
            around = box
        elif _far(last, box):
            yield "".join(letters).strip(), around
            letters, around = [], box
        else:
            around = (
                min(around[0], box[0]), min(around[1], box[1]),
                max(around[2], box[2]), max(around[3], box[3]),
            )  # fmt: skip
        letters.append(REPLACED.get(letter, letter))
        last = box
    if around is not None:
        yield "".join(letters), around


def _between_digits(characters: Sequence[str], index: int) -> bool:
    return (
        0 < index < len(characters) - 1
        and characters[index - 1].isdigit()
        and characters[index + 1].isdigit()
    )


def _far(one: Rectangle, other: Rectangle) -> bool:
    """Whether two neighbouring characters stand too far apart for one word."""
    gap = max(other[0] - one[2], one[0] - other[2], other[1] - one[3], one[1] - other[3])
    if gap <= 0:  # they touch, as most do
        return False
    size = min(max(one[3] - one[1], 1.0), max(one[2] - one[0], one[3] - one[1]))
    return gap > GAP * size


def pages_table(pages: Iterable[Page]) -> pa.Table:
    """Rows of table `pages`."""
    listed = list(pages)
    *names, last = PAGES.schema.names
    columns = [[getattr(one, name) for one in listed] for name in names]
    strokes = [[(b.x0, b.y0, b.x1, b.y1) for b in getattr(one, last)] for one in listed]
    return _table(PAGES.schema, [*columns, strokes])


def words_table(words: Iterable[Word]) -> pa.Table:
    """Rows of table `words`; `word` counts from 0 on each page, in the order given."""
    listed = list(words)
    boxes = [w.box for w in listed]
    counts: Counter[tuple[str, int]] = Counter()
    numbers = []
    for w in listed:
        place = (w.document_id, w.page)
        numbers.append(counts[place])
        counts[place] += 1
    return _table(
        WORDS.schema,
        [
            [w.document_id for w in listed], [w.page for w in listed], numbers,
            [w.text for w in listed],
            [b.x0 for b in boxes], [b.y0 for b in boxes],
            [b.x1 for b in boxes], [b.y1 for b in boxes],
            [w.confidence for w in listed], [w.engine for w in listed],
        ],
    )  # fmt: skip


def _table(schema: pa.Schema, columns: Sequence[Sequence[object]]) -> pa.Table:
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def pages_from_table(table: pa.Table) -> dict[str, list[Page]]:
    """The pages of each document, in order."""
    grouped: dict[str, list[Page]] = {}
    ordered = table.sort_by([("document_id", "ascending"), ("page", "ascending")])
    for row in zip(*(ordered[name].to_pylist() for name in PAGES.schema.names), strict=True):
        page = Page(*row)
        strokes = tuple(Box(*one) for one in row[-1] or ())
        grouped.setdefault(page.document_id, []).append(replace(page, strokes=strokes))
    return grouped


def words_from_table(table: pa.Table) -> dict[str, list[Word]]:
    """The words of each document, by page and then in their order."""
    grouped: dict[str, list[Word]] = {}
    ordered = table.sort_by([(name, "ascending") for name in WORDS.key])
    columns = (ordered[name].to_pylist() for name in WORDS.schema.names)
    for document_id, page, _, text, x0, y0, x1, y1, confidence, engine in zip(
        *columns, strict=True
    ):
        word = Word(document_id, page, text, Box(x0, y0, x1, y1), confidence, engine)
        grouped.setdefault(document_id, []).append(word)
    return grouped
