"""Parts of a page that a heading gives to a party: `Verkäufer`, `Bill to`, `Destinatario`."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ledgergraph.evidence import Box
from ledgergraph.extractions.readers.addresses import is_postal, without_start
from ledgergraph.extractions.readers.labels import Hit, Sheet
from ledgergraph.extractions.readers.layout import Cell, Line

HEADED = ("seller", "buyer", "delivery", "payee")
"""Parties that a heading can name."""

ENDING = ("other", "number", "issue_date", "net", "gross", "due_date", "period")
"""A whole cell with such a label, and no value beside it, begins something else."""

LABELS_OF_DETAILS = ("vat_id", "buyer_vat_id", "iban", "other", "number", "issue_date")
"""Labels that end the name and address of a party."""

REGION_GAP = 4.5
"""What a heading names ends where a gap of so many line heights begins."""

MANY = 40
"""Headings of parties considered on a page: more of them head a list, not a letter."""

GAP_AFTER_TOWN = 1.6
"""The same, once the town of the address has been seen."""


@dataclass(frozen=True, slots=True)
class Region:
    """The part of a page that a heading gives to a party."""

    party: str
    page: int
    box: Box
    hit: Hit

    def holds(self, page: int, box: Box) -> bool:
        """Whether a box lies in the region."""
        middle = box.middle_y
        return (
            page == self.page
            and self.box.y0 <= middle <= self.box.y1
            and self.box.x0 <= box.x0 < self.box.x1
        )


def regions_of(sheet: Sheet, table: frozenset[int]) -> list[Region]:
    """The parts of pages that headings give to parties, page by page."""
    by_page: dict[int, list[Hit]] = {}
    for hit in sheet.of(*HEADED):
        if hit.line not in table and (hit.is_whole or hit.has_colon):
            by_page.setdefault(sheet.lines[hit.line].page, []).append(hit)
    return [
        _region(sheet, table, page, hit, hits)
        for page, all_of_page in by_page.items()
        for hits in (all_of_page[:MANY],)
        for hit in hits
    ]


def _region(
    sheet: Sheet, table: frozenset[int], page: int, hit: Hit, hits: Sequence[Hit]
) -> Region:
    party = next(m.field for m in hit.meanings if m.field in HEADED)
    right = sheet.layout.width_of(page)
    bottom = sheet.layout.height_of(page)
    for other in hits:
        if other is hit:
            continue
        beside = abs(other.box.middle_y - hit.box.middle_y) < 3 * hit.box.height
        if beside and other.box.x0 > hit.box.x1:
            right = min(right, other.box.x0 - 1)
        elif other.box.y0 > hit.box.y1 and other.box.x0 < right:
            bottom = min(bottom, other.box.y0)
    box = Box(hit.box.x0 - 2 * hit.box.height, hit.box.y0, right, bottom)
    return Region(party, page, _shortened(sheet, table, box, hit), hit)


def _shortened(sheet: Sheet, table: frozenset[int], box: Box, hit: Hit) -> Box:
    """The region up to its first wide gap, the item table, or a heading of something else."""
    bottom = hit.box.y1
    gap = REGION_GAP
    page = sheet.lines[hit.line].page
    for line in sheet.layout.lines_between(page, hit.box.y0, box.y1):
        cells = [c for c in line.cells if box.x0 <= c.box.x0 < box.x1 and c.box.y0 < box.y1]
        if not cells or line.box.middle_y <= hit.box.y0:
            continue
        if cells[0].box.y0 - bottom > gap * hit.box.height or line.number in table:
            break
        first = sheet.by_line.get(line.number, [])
        ends = [h for h in first if h.is_whole and not h.has_colon and h.means(*ENDING)]
        if ends and line.number != hit.line and box.x0 <= ends[0].box.x0 < box.x1:
            break
        bottom = max(bottom, *(cell.box.y1 for cell in cells))
        if any(map(is_postal, cells)):
            gap = GAP_AFTER_TOWN
    return Box(box.x0, box.y0, box.x1, min(box.y1, bottom + 0.5 * hit.box.height))


def parties_at(regions: Sequence[Region], page: int, box: Box) -> list[str]:
    """The parties whose regions a box lies in, in the order of the document."""
    start = bisect_left(regions, page, key=lambda region: region.page)
    found = []
    for region in regions[start:]:
        if region.page != page:
            break
        if region.holds(page, box):
            found.append(region.party)
    return found


def inside(sheet: Sheet, regions: Sequence[Region]) -> dict[int, str]:
    """The party whose details the labels on a line are, by the line's number."""
    lines: dict[int, str] = {}
    for region in regions:
        for line in sheet.layout.lines_between(region.page, region.box.y0, region.box.y1):
            for hit in sheet.by_line.get(line.number, ()):
                if hit is not region.hit and region.holds(region.page, hit.box):
                    lines.setdefault(line.number, region.party)
    return lines


def labelled_rows(sheet: Sheet, region: Region, label: str) -> list[Cell]:
    """The cells beside a label in a region, down to the next label: one value, several lines."""
    rows = [
        hit
        for line in sheet.layout.lines_between(region.page, region.box.y0, region.box.y1)
        for hit in sheet.by_line.get(line.number, ())
        if hit.first == 0 and region.holds(region.page, hit.box) and not hit.means("attention")
    ]
    for hit in rows:
        if hit is region.hit or not hit.means(label) or not (hit.has_colon or hit.is_whole):
            continue
        cell = sheet.lines[hit.line].cells[hit.cell]
        rest = cell.tokens[hit.last + 1 :]
        if any(token.key for token in rest):
            return [without_start(cell, rest)]
        before = [row for row in rows if row.line < hit.line]
        after = [row for row in rows if row.line > hit.line]
        found = _beside(sheet, region, hit, before, after)
        if found:
            return found
    return []


def _beside(
    sheet: Sheet, region: Region, hit: Hit, before: Sequence[Hit], after: Sequence[Hit]
) -> list[Cell]:
    """The lines of a value in the column right of its label, between the labels around it."""
    height = hit.box.height
    low = after[0].box.middle_y - 0.6 * height if after else region.box.y1
    high = before[-1].box.middle_y + 0.6 * height if before else hit.box.y0 - height
    beside = sheet.lines[hit.line].cells[hit.cell + 1 :][:1]
    column = beside[0].box.x0 if beside else None
    if beside and not _is_centred(sheet, hit, beside[0], before):
        high = hit.box.y0 - 0.3 * height
    found: list[Cell] = []
    for line in sheet.layout.lines_between(region.page, high, low):
        for one in line.cells:
            is_right = hit.box.x1 < one.box.x0 < region.box.x1
            if not is_right or not high <= one.box.middle_y <= low:
                continue
            if _starts_with_label(sheet, line, one):
                continue
            if column is None or abs(one.box.x0 - column) < height:
                column = one.box.x0 if column is None else column
                found.append(one)
    return found


def _is_centred(sheet: Sheet, hit: Hit, value: Cell, before: Sequence[Hit]) -> bool:
    """Whether the line above a labelled value belongs to it: nearer to it than to what precedes."""
    reach = 1.5 * value.box.height
    above = [
        cell
        for line in sheet.layout.lines_between(value.page, value.box.y0 - reach, value.box.y1)
        if line.number < hit.line
        and all(one.means("attention") for one in sheet.by_line.get(line.number, ()))
        for cell in line.cells
        if abs(cell.box.x0 - value.box.x0) < 0.5 * value.box.height
    ]
    if not above or value.box.y0 - above[-1].box.y0 > reach:
        return False
    earlier = before[-1].box.y0 if before else 0.0
    return above[-1].box.y0 - earlier > 1.2 * (value.box.y0 - above[-1].box.y0)


def _starts_with_label(sheet: Sheet, line: Line, cell: Cell) -> bool:
    number = line.cells.index(cell)
    return any(hit.at_start and hit.has_colon for hit in sheet.hits_in(line.number, number))


def value_cells(sheet: Sheet, region: Region) -> Iterator[Cell]:
    """The cells of a region that are no labels, from top to bottom, in one column."""
    line = sheet.lines[region.hit.line]
    heading = line.cells[region.hit.cell]
    column: float | None = None
    rest = heading.tokens[region.hit.last + 1 :]
    if any(token.key for token in rest):
        part = without_start(heading, rest)
        column = part.box.x0
        yield part
    for below in sheet.layout.lines_between(region.page, region.box.y0, region.box.y1):
        if below.number < region.hit.line:
            continue
        for number, cell in enumerate(below.cells):
            if cell is heading or not region.holds(region.page, cell.box):
                continue
            hits = [hit for hit in sheet.hits_in(below.number, number) if hit.at_start]
            in_column = column is None or abs(cell.box.x0 - column) < 1.5 * cell.box.height
            in_column = in_column or abs(cell.box.x0 - heading.box.x0) < cell.box.height
            if not in_column:
                continue
            if any(hit.has_colon or hit.means(*LABELS_OF_DETAILS) for hit in hits):
                if below.number == region.hit.line:
                    break
                return
            if column is None and _is_beside(sheet, region, heading, cell):
                continue
            column = cell.box.x0 if column is None else column
            yield cell


def _is_beside(sheet: Sheet, region: Region, heading: Cell, cell: Cell) -> bool:
    """Whether a cell stands to the right of a heading that has its own lines below it."""
    if cell.box.x0 <= heading.box.x1:
        return False
    bottom = heading.box.y1 + 2 * heading.box.height
    for line in sheet.layout.lines_between(region.page, heading.box.y0, bottom):
        if line.number > region.hit.line and line.box.y0 < bottom:
            for other in line.cells:
                if abs(other.box.x0 - heading.box.x0) < heading.box.height:
                    return True
    return False
