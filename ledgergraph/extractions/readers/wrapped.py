"""Names that go on on the line below: whole where the document prints them whole elsewhere.

Belongs here: telling that the line below is a name's end. A narrow column breaks a name that
the letterhead has on one line; nothing but that other place tells its end from an address.
"""

from dataclasses import replace

from ledgergraph.evidence import Box
from ledgergraph.extractions.names import compact, plain_words
from ledgergraph.extractions.readers.candidates import Candidate
from ledgergraph.extractions.readers.layout import Cell, Layout

NEAR = 1.2
"""Heights of a line that the line below may be away, and at whose start it may differ."""


def whole(layout: Layout, one: Candidate) -> Candidate:
    """A name with the line below it, if both together stand on one line of the document."""
    below = _below(layout, one)
    if below is None:
        return one
    value = f"{one.value} {below.text}"
    wanted = _key(value)
    if not any(wanted in _key(cell.text) for line in layout.lines for cell in line.cells):
        return one
    return replace(
        one, value=value, raw=f"{one.raw} {below.text}", box=Box.around([one.box, below.box])
    )


def _below(layout: Layout, one: Candidate) -> Cell | None:
    """The cell that begins right below a candidate, which ends the cell that it stands in."""
    height = one.box.height
    found = None
    for line in layout.lines_between(one.page, one.box.y0, one.box.y1 + 2 * NEAR * height):
        for cell in line.cells:
            is_beside = cell.box.x0 >= one.box.x1 and cell.box.x0 - one.box.x1 < height
            if is_beside and abs(cell.box.middle_y - one.box.middle_y) < height / 2:
                return None
            is_below = 0 < cell.box.middle_y - one.box.middle_y <= 2 * NEAR * height
            if is_below and abs(cell.box.x0 - one.box.x0) <= NEAR * height:
                found = found or cell
    return found


def _key(text: str) -> str:
    return compact(plain_words(text))
