"""Seller, buyer and payee: names, addresses, VAT numbers and accounts.

A party is found where a heading names it (`Verkäufer`, `Bill to`), or as a block of lines
that ends in a postal code and a town. Which block is whose follows from headings, from where
it stands (letterhead, address window, footer), and from what stands with it: the sender's
line, telephone, VAT number, account.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ledgergraph.evidence import Box
from ledgergraph.extractions.languages import common, phrase_key
from ledgergraph.extractions.readers.candidates import Candidate, candidate_of
from ledgergraph.extractions.readers.labels import Hit, Sheet, cells_below, places
from ledgergraph.extractions.readers.layout import Cell, Line, Token, text_of
from ledgergraph.extractions.readers.recognisers import dates_in, ibans_in, vat_id_at

HEADED = ("seller", "buyer", "delivery", "payee")
"""Parties that a heading can name."""
POSTAL = re.compile(
    r"^(?:[A-Z]{1,3}[- ])?(?:\d{4,5}(?:[ -]\d{3})?|\d{4} ?[A-Z]{2}|\d{3} \d{2}|\d{2}-\d{3}) +"
    r"[^\W\d_][\w.'’()/ -]{1,40}(?:, *[\w .-]+)?$"
    r"|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b"
    r"|^[^\W\d_][\w .'-]+,? [A-Z]{2} \d{5}(?:-\d{4})?\b"
)
"""A line with a postal code and a town, in the ways of Europe and the United States."""
SEPARATORS = re.compile(r"\s*[●•·|∙*‧;▪■◦]\s*|\s+[-–—]\s+|\s*,\s+")
CONTACT = re.compile(r"@|www\.|https?:|\+\d{2}", re.IGNORECASE)
BLOCK_LINES = 6
"""An address has at most so many lines above its town."""
BLOCK_STEP = 3.2
"""Lines of one address follow each other within this many line heights, top to top."""
FOOTER = 0.84
"""Below this share of the page's height stands what is printed on every letter."""
REGION_GAP = 4.5
"""What a heading names ends where a gap of so many line heights begins."""
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


@dataclass
class Block:
    """Lines of a name and an address, with the evidence for whose they are."""

    cells: list[Cell]  # from the name down to the town
    is_sender_line: bool = False
    is_below_sender: bool = False
    scores: dict[str, float] = field(default_factory=dict)

    @property
    def box(self) -> Box:
        """The box around the block."""
        return Box.around([cell.box for cell in self.cells])

    @property
    def page(self) -> int:
        """The page of the block."""
        return self.cells[0].page


def regions_of(sheet: Sheet, table: frozenset[int]) -> list[Region]:
    """The parts of pages that headings give to parties."""
    hits = [h for h in sheet.of(*HEADED) if h.line not in table and (h.is_whole or h.has_colon)]
    regions = []
    for hit in hits:
        page = sheet.lines[hit.line].page
        party = next(m.field for m in hit.meanings if m.field in HEADED)
        right = sheet.layout.width_of(page)
        bottom = sheet.layout.height_of(page)
        for other in hits:
            if other is hit or sheet.lines[other.line].page != page:
                continue
            beside = abs(other.box.middle_y - hit.box.middle_y) < 3 * hit.box.height
            if beside and other.box.x0 > hit.box.x1:
                right = min(right, other.box.x0 - 1)
            elif other.box.y0 > hit.box.y1 and other.box.x0 < right:
                bottom = min(bottom, other.box.y0)
        left = hit.box.x0 - 2 * hit.box.height
        box = Box(left, hit.box.y0, right, bottom)
        regions.append(Region(party, page, _shortened(sheet, table, box, hit), hit))
    return regions


def _shortened(sheet: Sheet, table: frozenset[int], box: Box, hit: Hit) -> Box:
    """The region up to its first wide gap, the item table, or a heading of something else."""
    bottom = hit.box.y1
    gap = REGION_GAP
    for line in sheet.layout.page_lines(sheet.lines[hit.line].page):
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
        if any(map(_is_postal, cells)):
            gap = GAP_AFTER_TOWN
    return Box(box.x0, box.y0, box.x1, min(box.y1, bottom + 0.5 * hit.box.height))


ENDING = ("other", "number", "issue_date", "net", "gross", "due_date", "period")
"""A whole cell with such a label, and no value beside it, begins something else."""


def inside(sheet: Sheet, regions: Sequence[Region]) -> dict[int, str]:
    """The party whose details the labels on a line are, by the line's number."""
    lines: dict[int, str] = {}
    for region in regions:
        for hit in sheet.hits:
            page = sheet.lines[hit.line].page
            if hit is not region.hit and region.holds(page, hit.box):
                lines.setdefault(hit.line, region.party)
    return lines


def party_candidates(
    sheet: Sheet, table: frozenset[int], regions: Sequence[Region]
) -> Iterator[Candidate]:
    """Candidates for names and addresses of seller, buyer and payee."""
    for region in regions:
        yield from _from_region(sheet, region)
    blocks = _blocks(sheet, table)
    _score(sheet, blocks, regions)
    yield from _from_blocks(sheet, blocks)
    yield from _from_letterhead(sheet, table, regions)
    for hit in sheet.of("payee"):
        for place in places(sheet, hit):
            if _is_name(place.tokens) and hit.line not in table:
                weight = hit.weight_of("payee")
                name = text_of(place.tokens)
                yield candidate_of(
                    "payee.name", name, place.tokens, place.page, 0.75 * weight * place.trust
                )
                break


def _from_region(sheet: Sheet, region: Region) -> Iterator[Candidate]:
    if region.party not in ("seller", "buyer"):
        return
    named = _labelled_rows(sheet, region, "name")
    addressed = _labelled_rows(sheet, region, "address")
    sure = 0.97 if region.hit.weight_of(region.party) == 1.0 else 0.7
    if named:
        yield _joined(f"{region.party}.name", named, " ", sure)
        if addressed:
            yield _joined(f"{region.party}.address", addressed, ", ", sure - 0.07)
        return
    cells = list(_value_cells(sheet, region))
    while cells and _is_attention(sheet, cells[0]):
        cells = cells[1:]
    name, address = _name_and_address(sheet, cells)
    if name and _is_name([t for cell in name for t in cell.tokens]):
        yield _joined(f"{region.party}.name", name, " ", 0.9 * sure)
        if address and any(_is_postal(cell) for cell in address):
            yield _joined(f"{region.party}.address", address, ", ", 0.85 * sure)


def _joined(name: str, cells: Sequence[Cell], separator: str, evidence: float) -> Candidate:
    text = separator.join(cell.text.rstrip(" ,;") for cell in cells)
    box = Box.around([cell.box for cell in cells])
    return Candidate(name, text, text, cells[0].page, box, evidence)


def _labelled_rows(sheet: Sheet, region: Region, label: str) -> list[Cell]:
    """The cells beside a label in a region, down to the next label: one value, several lines."""
    rows = [
        hit
        for hit in sheet.hits
        if hit.first == 0
        and region.holds(sheet.lines[hit.line].page, hit.box)
        and not hit.means("attention")
    ]
    for number, hit in enumerate(rows):
        if hit is region.hit or not hit.means(label) or not (hit.has_colon or hit.is_whole):
            continue
        after = [r for r in rows[number + 1 :] if r.line != hit.line]
        before = [r for r in rows[:number] if r.line != hit.line]
        height = hit.box.height
        low = after[0].box.middle_y - 0.6 * height if after else hit.box.y1 + 2 * height
        high = before[-1].box.middle_y + 0.6 * height if before else hit.box.y0 - height
        cell = sheet.lines[hit.line].cells[hit.cell]
        rest = cell.tokens[hit.last + 1 :]
        if any(token.key for token in rest):
            return [_part(cell, rest)]
        beside = [c for c in sheet.lines[hit.line].cells[hit.cell + 1 :][:1]]
        start = hit.box.y0 - 0.3 * height if beside else high
        column = beside[0].box.x0 if beside else None
        if beside and _is_centred(sheet, hit, beside[0], before):
            start = high
        found: list[Cell] = []
        for line in sheet.layout.page_lines(region.page):
            for one in line.cells:
                if not start <= one.box.middle_y <= low or one.box.x0 <= hit.box.x1:
                    continue
                if one.box.x0 >= region.box.x1 or _starts_with_label(sheet, line, one):
                    continue
                if column is None or abs(one.box.x0 - column) < height:
                    column = one.box.x0 if column is None else column
                    found.append(one)
        if found:
            return found
    return []


def _is_centred(sheet: Sheet, hit: Hit, value: Cell, before: Sequence[Hit]) -> bool:
    """Whether the line above a labelled value belongs to it: nearer to it than to what precedes."""
    above = [
        cell
        for line in sheet.layout.page_lines(value.page)
        if line.number < hit.line
        and all(one.means("attention") for one in sheet.by_line.get(line.number, ()))
        for cell in line.cells
        if abs(cell.box.x0 - value.box.x0) < 0.5 * value.box.height
    ]
    if not above or value.box.y0 - above[-1].box.y0 > 1.5 * value.box.height:
        return False
    earlier = before[-1].box.y0 if before else 0.0
    return above[-1].box.y0 - earlier > 1.2 * (value.box.y0 - above[-1].box.y0)


def _part(cell: Cell, tokens: Sequence[Token]) -> Cell:
    inked = list(tokens)
    while inked and not inked[0].key:
        inked.pop(0)
    box = Box.around([token.box for token in inked])
    return Cell(cell.page, cell.line, tuple(inked), box, text_of(inked))


def _starts_with_label(sheet: Sheet, line: Line, cell: Cell) -> bool:
    number = line.cells.index(cell)
    return any(hit.at_start and hit.has_colon for hit in sheet.hits_in(line.number, number))


def _value_cells(sheet: Sheet, region: Region) -> Iterator[Cell]:
    """The cells of a region that are no labels, from top to bottom, in one column."""
    line = sheet.lines[region.hit.line]
    heading = line.cells[region.hit.cell]
    column: float | None = None
    rest = heading.tokens[region.hit.last + 1 :]
    if any(token.key for token in rest):
        part = _part(heading, rest)
        column = part.box.x0
        yield part
    for below in sheet.layout.page_lines(region.page):
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
    for line in sheet.layout.page_lines(region.page):
        if line.number > region.hit.line and line.box.y0 < heading.box.y1 + 2 * heading.box.height:
            for other in line.cells:
                if abs(other.box.x0 - heading.box.x0) < heading.box.height:
                    return True
    return False


LABELS_OF_DETAILS = ("vat_id", "buyer_vat_id", "iban", "other", "number", "issue_date")
"""Labels that end the name and address of a party."""


def _name_and_address(sheet: Sheet, cells: Sequence[Cell]) -> tuple[list[Cell], list[Cell]]:
    """The lines of a block as name and address; the address ends with town and country."""
    if not cells:
        return [], []
    until = next((n for n, cell in enumerate(cells) if _is_postal(cell)), None)
    if until is None:
        return list(cells[:1]), []
    end = until + 1
    if end < len(cells) and phrase_key(cells[end].text) in common().countries:
        end += 1
    split = 1
    if until > 1 and (_is_tail(cells[1]) or _completes(cells[0], cells[1])):
        split = 2
    return list(cells[:split]), list(cells[split:end])


def _completes(first: Cell, second: Cell) -> bool:
    """Whether the legal form of a name stands on its second line."""
    has_street = any(map(str.isdigit, second.text))
    return _has_legal_form(second) and not _has_legal_form(first) and not has_street


def _is_postal(cell: Cell) -> bool:
    return bool(POSTAL.search(cell.text)) and not any(map(CONTACT.search, [cell.text]))


def _is_attention(sheet: Sheet, cell: Cell) -> bool:
    """Whether a line is only a form of address: `Firma`, `Herrn`, `À l'attention de`."""
    meanings = sheet.lexicon.labels.get(phrase_key(cell.text), ())
    return any(meaning.field in ("attention", *HEADED) for meaning in meanings)


def _has_legal_form(cell: Cell) -> bool:
    forms = common().legal_forms
    keys = [token.key for token in cell.tokens if token.key]
    return any("".join(keys[-n:]) in forms for n in (1, 2, 3) if len(keys) >= n) or any(
        key in forms and len(key) > 2 for key in keys[1:]
    )


def _is_name(tokens: Sequence[Token]) -> bool:
    text = text_of(tokens)
    letters = sum(map(str.isalpha, text))
    return letters >= 3 and letters > sum(map(str.isdigit, text)) and len(text) < 90


def _blocks(sheet: Sheet, table: frozenset[int]) -> list[Block]:
    """The blocks of lines that end in a town, and the lines that hold a whole address."""
    blocks: list[Block] = []
    for line in sheet.lines:
        if line.number in table:
            continue
        if (sender := _sender_line(line)) is not None:
            blocks.append(_with_name(sheet, sender))
            continue
        for cell in line.cells:
            if _is_postal(cell) and (found := _upwards(sheet, cell)):
                blocks.append(Block([*found, *_country_below(sheet, cell)]))
    for block in blocks:
        above = [b for b in blocks if b.is_sender_line and b.page == block.page]
        block.is_below_sender = not block.is_sender_line and any(
            0 <= block.box.y0 - one.box.y1 + one.box.height < 4 * block.cells[0].box.height
            and abs(one.box.x0 - block.box.x0) < 0.12 * sheet.layout.width_of(block.page)
            for one in above
        )
    return blocks


def _sender_line(line: Line) -> Block | None:
    """A line that holds an address with separators: `A GmbH · Weg 1 · 10115 Berlin`."""
    pieces = [
        (number, piece) for number, cell in enumerate(line.cells) for piece in _pieces(cell)
    ]
    for start in range(len(pieces)):
        for end in range(start + 2, min(start + 6, len(pieces) + 1)):
            some = [piece for _, piece in pieces[start:end]]
            is_one_cell = pieces[start][0] == pieces[end - 1][0]
            if not _is_address_line(some) or (len(some) < 3 and not is_one_cell):
                continue
            country = [piece for _, piece in pieces[end : end + 1]]
            if country and phrase_key(country[0].text) in common().countries:
                some.extend(country)
            return Block(some, is_sender_line=True)
    return None


def _is_address_line(pieces: Sequence[Cell]) -> bool:
    """Whether the pieces of a line begin with a name or street and end with a town."""
    if not POSTAL.search(pieces[-1].text) or not _is_name(pieces[0].tokens):
        return False
    if any(CONTACT.search(piece.text) for piece in pieces):
        return False
    return all(
        later.box.x0 - earlier.box.x1 < 6 * earlier.box.height
        for earlier, later in pairwise(pieces)
    )


def _with_name(sheet: Sheet, block: Block) -> Block:
    """A sender's line that begins with the street, with the name from the line above."""
    first = block.cells[0]
    if not any(map(str.isdigit, first.text)) and not _is_tail(first):
        return block
    for line in reversed(sheet.layout.page_lines(first.page)):
        if line.number >= first.line or first.box.y0 - line.box.y1 > 2 * line.box.height:
            continue
        for number, cell in enumerate(line.cells):
            beside = _overlaps(cell.box, block.box) and not sheet.hits_in(line.number, number)
            if beside and _is_name(cell.tokens):
                named = Block([cell, *block.cells], is_sender_line=True)
                return _with_name(sheet, named) if _is_tail(cell) else named
        break
    return block


def _is_tail(cell: Cell) -> bool:
    """Whether a line is only the end of a name: its legal form, or something in brackets."""
    key = "".join(token.key for token in cell.tokens)
    return cell.text.startswith("(") or key in common().legal_forms


def _pieces(cell: Cell) -> Iterator[Cell]:
    """A cell cut at its separators; a cell that is only a separator is none."""
    run: list[Token] = []
    for token in cell.tokens:
        bare = token.text.rstrip(",;")
        is_separator = not token.key and token.text in "●•·|∙*‧;▪■◦-–—"
        if not is_separator:
            run.append(Token(bare, token.key, token.box, token.is_glued))
        if is_separator or bare != token.text:
            if run:
                yield _part(cell, run)
            run = []
    if any(token.key for token in run):
        yield _part(cell, run)


def _upwards(sheet: Sheet, town: Cell) -> list[Cell]:
    """The lines of an address from its name down to its town."""
    chosen = [town]
    page = sheet.layout.page_lines(town.page)
    for line in reversed(page):
        if line.number >= town.line:
            continue
        last = chosen[0]
        if last.box.y0 - line.box.y0 > BLOCK_STEP * last.box.height or len(chosen) > BLOCK_LINES:
            break
        for number, cell in enumerate(line.cells):
            if not _is_aligned(last.box, cell.box):
                continue
            if _ends_block(sheet, line, number, cell):
                return chosen if len(chosen) > 1 else []
            chosen.insert(0, cell)
            break
    return chosen if len(chosen) > 1 else []


def _country_below(sheet: Sheet, town: Cell) -> list[Cell]:
    """The line with the country below a town, if there is one."""
    for line in sheet.layout.page_lines(town.page):
        if line.number > town.line and line.box.y0 - town.box.y0 < 2 * town.box.height:
            for cell in line.cells:
                is_country = phrase_key(cell.text) in common().countries
                if is_country and _is_aligned(town.box, cell.box):
                    return [cell]
    return []


def _is_aligned(one: Box, other: Box) -> bool:
    slack = 0.5 * one.height
    return (
        abs(one.x0 - other.x0) < slack
        or abs(one.x1 - other.x1) < slack
        or abs(one.x0 + one.x1 - other.x0 - other.x1) < slack
    )


def _ends_block(sheet: Sheet, line: Line, number: int, cell: Cell) -> bool:
    hits = sheet.hits_in(line.number, number)
    if any(hit.at_start and not hit.means("attention", "name") for hit in hits):
        return True
    is_other = bool(CONTACT.search(cell.text)) or _sender_line(line) is not None
    return is_other or _is_postal(cell) or bool(dates_in(cell.text, sheet.style))


def _score(sheet: Sheet, blocks: Sequence[Block], regions: Sequence[Region]) -> None:
    """Evidence for whose each block is."""
    senders = [phrase_key(b.cells[0].text) for b in blocks if b.is_sender_line]
    for block in blocks:
        seller, buyer = 0.3, 0.3
        headed = [r.party for r in regions if r.holds(block.page, block.cells[0].box)]
        height = sheet.layout.height_of(block.page)
        top = block.box.y0 / height
        if block.page != sheet.lines[0].page:
            buyer -= 0.25
        if "delivery" in headed or "payee" in headed:
            seller, buyer = 0.0, 0.0
        elif headed:
            seller, buyer = (0.9, 0.0) if "seller" in headed else (0.0, 0.9)
        else:
            name = phrase_key(block.cells[0].text)
            if block.is_sender_line or top > FOOTER:
                seller, buyer = seller + 0.5, 0.0
            elif name in senders:
                seller, buyer = seller + 0.5, 0.0
            elif block.is_below_sender:
                seller, buyer = 0.0, buyer + 0.55
            contacts = _contacts(sheet, block)
            seller += 0.15 * min(contacts, 3)
            buyer -= 0.12 * min(contacts, 3)
            if top < 0.1:
                seller += 0.15
            elif 0.12 < top < 0.36:
                buyer += 0.1
            if _is_attention(sheet, block.cells[0]):
                buyer += 0.25
            if _has_legal_form(block.cells[0]):
                seller += 0.05
        block.scores = {"seller": seller, "buyer": buyer}


def _contacts(sheet: Sheet, block: Block) -> int:
    """How many signs of a letterhead stand just below a block: telephone, VAT number, account."""
    box = block.box
    reach = 7 * block.cells[-1].box.height
    count = 0
    for line in sheet.layout.page_lines(block.page):
        for number, cell in enumerate(line.cells):
            if not (box.y0 <= cell.box.y0 <= box.y1 + reach and _overlaps(box, cell.box)):
                continue
            hits = sheet.hits_in(line.number, number)
            count += bool(CONTACT.search(cell.text)) or any(
                hit.means("vat_id", "iban", "other") for hit in hits
            )
    return count


def _overlaps(one: Box, other: Box) -> bool:
    return min(one.x1, other.x1) - max(one.x0, other.x0) > 0


def _from_blocks(sheet: Sheet, blocks: Sequence[Block]) -> Iterator[Candidate]:
    for party in ("seller", "buyer"):
        rival = "buyer" if party == "seller" else "seller"
        for block in blocks:
            evidence = block.scores[party]
            others = [b.scores[party] for b in blocks if b is not block]
            if evidence <= block.scores[rival] or evidence < 0.2:
                evidence *= 0.4
            evidence = min(0.9, evidence) - (0.1 if max(others, default=0) >= evidence else 0)
            cells = list(block.cells)
            while len(cells) > 2 and _is_attention(sheet, cells[0]):
                cells = cells[1:]
            name, address = _name_and_address(sheet, cells)
            if evidence > 0.05 and name and _is_name([t for c in name for t in c.tokens]):
                yield _joined(f"{party}.name", name, " ", evidence)
                if address:
                    yield _joined(f"{party}.address", address, ", ", 0.9 * evidence)


def _from_letterhead(
    sheet: Sheet, table: frozenset[int], regions: Sequence[Region]
) -> Iterator[Candidate]:
    """Names with a legal form at the top of the first page and in the footer."""
    for line in sheet.layout.page_lines(sheet.lines[0].page) if sheet.lines else ():
        share = line.box.y0 / sheet.layout.height_of(line.page)
        if line.number in table or 0.2 < share < FOOTER:
            continue
        for cell in line.cells:
            taken = [r.party for r in regions if r.holds(line.page, cell.box)]
            if taken or not _has_legal_form(cell) or not _is_name(cell.tokens):
                continue
            name = next(_pieces(cell), cell)
            if _has_legal_form(name) and len(name.tokens) <= 8:
                yield _joined("seller.name", [name], " ", 0.35)


def account_candidates(
    sheet: Sheet, table: frozenset[int], regions: Sequence[Region]
) -> Iterator[Candidate]:
    """Candidates for VAT numbers of both parties and the seller's IBAN."""
    yield from _ibans(sheet)
    buyers = [r for r in regions if r.party == "buyer"]
    sellers = [r for r in regions if r.party == "seller"]
    others = [r for r in regions if r.party in ("delivery", "payee")]
    seen: set[str] = set()
    for hit in sheet.of("vat_id", "buyer_vat_id"):
        if hit.line in table:
            continue
        for place in places(sheet, hit):
            found = vat_id_at(text_of(place.tokens).lstrip(" :.-"), sheet.lexicon.vat_prefix)
            if found is None:
                continue
            page, box = sheet.lines[hit.line].page, hit.box
            if any(r.holds(page, box) for r in others):
                break
            is_buyer = hit.means("buyer_vat_id") or any(r.holds(page, box) for r in buyers)
            is_sure = hit.means("buyer_vat_id") or any(
                r.holds(page, box) for r in (*sellers, *buyers)
            )
            party = "buyer" if is_buyer else "seller"
            evidence = (0.96 if is_sure else 0.85) - (0.15 if found.value in seen else 0.0)
            evidence -= 0.0 if seen or is_sure else -0.05
            seen.add(found.value)
            tokens = _first_tokens(place.tokens, found.value)
            yield candidate_of(
                f"{party}.vat_id", found.value, tokens, place.page, evidence * place.trust
            )
            break
    yield from _bare_vat_ids(sheet, table, seen)


def _first_tokens(tokens: Sequence[Token], value: str) -> list[Token]:
    """The tokens at the start that a value of letters and digits is printed as."""
    chosen: list[Token] = []
    length = 0
    for token in tokens:
        if length >= len(value):
            break
        chosen.append(token)
        length += sum(map(str.isalnum, token.text))
    return chosen


def _bare_vat_ids(sheet: Sheet, table: frozenset[int], seen: set[str]) -> Iterator[Candidate]:
    for line in sheet.lines:
        if line.number in table:
            continue
        for cell in line.cells:
            for number, token in enumerate(cell.tokens):
                if not (token.text[:2].isupper() and token.text[:2].isalpha()):
                    continue
                found = vat_id_at(text_of(cell.tokens[number:]))
                if found is None or found.value in seen or not found.is_valid:
                    continue
                seen.add(found.value)
                tokens = _first_tokens(cell.tokens[number:], found.value)
                yield candidate_of("seller.vat_id", found.value, tokens, line.page, 0.4)


def _ibans(sheet: Sheet) -> Iterator[Candidate]:
    count = 0
    for line in sheet.lines:
        if any(hit.means("other") and "iban" in _key(sheet, hit) for hit in _hits(sheet, line)):
            continue  # the buyer's account, from which is paid
        labels = [hit for hit in _hits(sheet, line) if hit.means("iban")]
        for value, is_valid, tokens in _line_ibans(sheet, line):
            if not is_valid and not _is_labelled_by(labels, _hits(sheet, line), tokens[0]):
                continue
            evidence = (0.95 if is_valid else 0.7) - 0.25 * min(count, 2)
            count += 1
            yield candidate_of("seller.iban", value, tokens, line.page, evidence)


def _next_line(sheet: Sheet, line: Line) -> Sequence[Cell]:
    lines = sheet.lines
    follows = line.number + 1 < len(lines) and lines[line.number + 1].page == line.page
    return lines[line.number + 1].cells[:1] if follows else ()


def _is_labelled_by(labels: Sequence[Hit], hits: Sequence[Hit], token: Token) -> bool:
    """Whether the last label on the line before a token is one of these."""
    before = [hit for hit in hits if hit.box.x1 <= token.box.x0 + 1]
    return bool(before) and before[-1] in labels


def _line_ibans(sheet: Sheet, line: Line) -> Iterator[tuple[str, bool, list[Token]]]:
    """The IBANs of a line: within a cell, through its cells, or on into the cell below."""
    if not any(map(str.isdigit, line.text)):
        return
    whole = [token for cell in line.cells for token in cell.tokens]
    rows = [list(cell.tokens) for cell in line.cells]
    for cell_tokens, cell in zip(rows, line.cells, strict=True):
        for found in ibans_in(text_of(cell_tokens)):
            if found.is_valid:
                at = _tokens_at(cell_tokens, found.start)
                yield found.value, True, _first_tokens(at, found.value)
                continue
            below = next(cells_below(sheet, cell.box, line.number), None)
            after = [t for c in _next_line(sheet, line) for t in c.tokens]
            under = list(below.tokens) if below else []
            for tokens in (whole, [*cell_tokens, *under], [*whole, *after]):
                longer = [one for one in ibans_in(text_of(tokens)) if one.is_valid]
                if longer and longer[0].value.startswith(found.value[:12]):
                    at = _tokens_at(tokens, longer[0].start)
                    yield longer[0].value, True, _first_tokens(at, longer[0].value)
                    break
            else:
                at = _tokens_at(cell_tokens, found.start)
                yield found.value, False, _first_tokens(at, found.value)


def _hits(sheet: Sheet, line: Line) -> Sequence[Hit]:
    return sheet.by_line.get(line.number, ())


def _key(sheet: Sheet, hit: Hit) -> str:
    tokens = sheet.lines[hit.line].cells[hit.cell].tokens[hit.first : hit.last + 1]
    return "".join(token.key for token in tokens)


def _tokens_at(tokens: Sequence[Token], start: int) -> Sequence[Token]:
    position = 0
    for number, token in enumerate(tokens):
        position += 0 if token.is_glued or number == 0 else 1
        if position >= start:
            return tokens[number:]
        position += len(token.text)
    return tokens[-1:]
