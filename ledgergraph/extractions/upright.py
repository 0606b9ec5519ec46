"""Pages that were not laid straight are read upright; evidence stays where it is shown.

Belongs here: turning words before fields are read, and boxes of readings back. Not here:
the geometry (turning), and what is read (readers).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ledgergraph.evidence import Box, Page, Reading, Word
from ledgergraph.extractions.readers.page import PageReading
from ledgergraph.extractions.turning import as_shown, is_turned, upright

NEAR = 0.05
"""Words whose middle lies beyond a box by so little (pt, px) are still in it."""


def laid_upright(
    pages: Sequence[Page], words: Sequence[Word]
) -> tuple[Sequence[Page], Sequence[Word], Mapping[int, Sequence[tuple[Box, Box]]]]:
    """Pages and words as they are upright; by page each word's box there and as it is shown."""
    sheets: list[Page] = []
    laid: list[Word] = []
    drawn: dict[int, list[tuple[Box, Box]]] = {}
    for page in pages:
        own = [word for word in words if word.page == page.page]
        sheet, level = upright(page, own) if is_turned(page) else (page, own)
        sheets.append(sheet)
        laid += level
        drawn[page.page] = [(one.box, word.box) for one, word in zip(level, own, strict=True)]
    return sheets, laid, drawn


def read_upright(
    read: Callable[..., PageReading],
    document_id: str,
    pages: Sequence[Page],
    words: Sequence[Word],
    *others: object,
) -> PageReading:
    """What `read` finds on pages and words as they are upright, with boxes on them as shown."""
    askew = {page.page: page for page in pages if is_turned(page)}
    if not askew:
        return read(document_id, pages, words, *others)
    sheets, laid, drawn = laid_upright(pages, words)
    found = read(document_id, sheets, laid, *others)
    return PageReading(
        [_as_shown(one, askew, drawn) for one in found.readings],
        [replace(one, reading=_as_shown(one.reading, askew, drawn)) for one in found.candidates],
    )


def _as_shown(
    reading: Reading, askew: Mapping[int, Page], drawn: Mapping[int, Sequence[tuple[Box, Box]]]
) -> Reading:
    """A reading with the box around its words as they are shown."""
    if reading.box is None or reading.page is None or reading.page not in askew:
        return reading
    inside = [shown for level, shown in drawn[reading.page] if _holds(reading.box, level)]
    box = Box.around(inside) if inside else as_shown(reading.box, askew[reading.page])
    return replace(reading, box=box)


def _holds(box: Box, other: Box) -> bool:
    x, y = (other.x0 + other.x1) / 2, other.middle_y
    return box.x0 - NEAR <= x <= box.x1 + NEAR and box.y0 - NEAR <= y <= box.y1 + NEAR
