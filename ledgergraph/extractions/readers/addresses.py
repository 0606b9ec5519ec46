"""Names and addresses as they stand on a page: blocks of lines, and lines with separators.

An address ends in a postal code and a town, perhaps with the country below; its first line
is the name. Whose it is, is decided in `parties`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ledgergraph.evidence import Box
from ledgergraph.extractions.languages import common, phrase_key
from ledgergraph.extractions.readers.labels import Sheet
from ledgergraph.extractions.readers.layout import Cell, Line, Token, text_of
from ledgergraph.extractions.readers.recognisers import dates_in

POSTAL = re.compile(
    r"^(?:[A-Z]{1,3}[- ])?(?:\d{4,5}(?:[ -]\d{3})?|\d{4} ?[A-Z]{2}|\d{3} \d{2}|\d{2}-\d{3}) +"
    r"[^\W\d_][\w.'’()/ -]{1,40}(?:, *[\w .-]+)?$"
    r"|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b"
    r"|^[^\W\d_][\w .'-]+,? [A-Z]{2} \d{5}(?:-\d{4})?\b"
)
"""A line with a postal code and a town, in the ways of Europe and the United States."""

STREET = re.compile(
    r"\d+ ?[a-zA-Z]?(?:[-/]\d+ ?[a-zA-Z]?)?,?$|^\d+[a-zA-Z]?(?:[-/]\d+)?,? +[^\W\d_]{2}"
)
"""A line that ends or begins with the number of a house."""

CONTACT = re.compile(r"@|www\.|https?:|\+\d{2}", re.IGNORECASE)

REGISTERED = re.compile(
    r"(?:\s*\((?:[^()\d]{0,20}[:. ])?[A-Z]{0,3}\d[^()]*\)?"
    r"|\s+[A-Z]{0,3}\d{5,}[ -]{0,2}[A-Z]?)\W*$",
    re.IGNORECASE,
)
"""The number of a company in a register, behind its name."""

BLOCK_LINES = 6
"""An address has at most so many lines above its town."""

BLOCK_STEP = 3.2
"""Lines of one address follow each other within this many line heights, top to top."""

ADDRESSED = ("attention", "seller", "buyer", "delivery", "payee")
"""Labels that may stand above a name as part of its address."""


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


def blocks_of(sheet: Sheet, table: frozenset[int]) -> list[Block]:
    """The blocks of lines that end in a town, and the lines that hold a whole address."""
    blocks: list[Block] = []
    for line in sheet.lines:
        if line.number in table:
            continue
        if (sender := sender_line(line)) is not None:
            blocks.append(_with_name(sheet, sender))
            continue
        blocks.extend(
            Block([*found, *_country_below(sheet, cell)])
            for cell in line.cells
            if is_postal(cell) and (found := _upwards(sheet, cell))
        )
    above: dict[int, list[Block]] = {}
    for block in blocks:
        if block.is_sender_line:
            above.setdefault(block.page, []).append(block)
    for block in blocks:
        block.is_below_sender = not block.is_sender_line and any(
            0 <= block.box.y0 - one.box.y1 + one.box.height < 4 * block.cells[0].box.height
            and abs(one.box.x0 - block.box.x0) < 0.12 * sheet.layout.width_of(block.page)
            for one in above.get(block.page, ())
        )
    return blocks


def name_and_address(sheet: Sheet, cells: Sequence[Cell]) -> tuple[list[Cell], list[Cell]]:
    """The lines of a block as name and address; the address ends with town and country."""
    if not cells:
        return [], []
    until = next((n for n, cell in enumerate(cells) if is_postal(cell)), None)
    if until is None:
        return list(cells[:1]), []
    end = until + 1
    if end < len(cells) and phrase_key(cells[end].text) in common().countries:
        end += 1
    split = 1
    while split < until and (_is_tail(cells[split]) or _completes(cells[:split], cells[split])):
        split += 1
    return list(cells[:split]), list(cells[split:end])


def _completes(before: Sequence[Cell], cell: Cell) -> bool:
    """Whether the legal form of a name stands on a line of its own, below its first ones."""
    has_street = any(map(str.isdigit, cell.text))
    return has_legal_form(cell) and not any(map(has_legal_form, before)) and not has_street


def _is_tail(cell: Cell) -> bool:
    """Whether a line is only the end of a name: its legal form, or something in brackets."""
    key = "".join(token.key for token in cell.tokens)
    return cell.text.startswith("(") or key in common().legal_forms


def plain_name(text: str) -> str:
    """A name as printed, without the number of its company in a register behind it."""
    bare = text
    while (cut := REGISTERED.sub("", bare)) != bare and sum(map(str.isalpha, cut)) >= 3:
        bare = cut
    return bare


def is_postal(cell: Cell) -> bool:
    """Whether a cell is a town with its postal code."""
    return bool(POSTAL.search(cell.text)) and not CONTACT.search(cell.text)


def is_nameless(cells: Sequence[Cell]) -> bool:
    """Whether an address begins with its street: its name stands elsewhere."""
    return (
        len(cells) > 1
        and is_postal(cells[1])
        and STREET.search(cells[0].text) is not None
        and not has_legal_form(cells[0])
    )


def is_attention(sheet: Sheet, cell: Cell) -> bool:
    """Whether a line is only a form of address: `Firma`, `Herrn`, `À l'attention de`."""
    meanings = sheet.lexicon.labels.get(phrase_key(cell.text), ())
    return any(meaning.field in ADDRESSED for meaning in meanings)


def has_legal_form(cell: Cell) -> bool:
    """Whether a cell names a company by its legal form: `GmbH`, `S.r.l.`, `Ltd`."""
    forms = common().legal_forms
    keys = [token.key for token in cell.tokens if token.key]
    return any("".join(keys[-n:]) in forms for n in (1, 2, 3) if len(keys) >= n) or any(
        key in forms and len(key) > 2 for key in keys[1:]
    )


def is_name(tokens: Sequence[Token]) -> bool:
    """Whether some words can be a name: mostly letters, and not too many."""
    text = text_of(tokens)
    letters = sum(map(str.isalpha, text))
    return letters >= 3 and letters > sum(map(str.isdigit, text)) and len(text) < 90


def sender_line(line: Line) -> Block | None:
    """A line that holds an address with separators: `A GmbH · Weg 1 · 10115 Berlin`."""
    pieces = [
        (number, piece) for number, cell in enumerate(line.cells) for piece in pieces_of(cell)
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
    if not POSTAL.search(pieces[-1].text) or not is_name(pieces[0].tokens):
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
    for line in sheet.layout.lines_above(first.line, first.page):
        if first.box.y0 - line.box.y1 > 2 * line.box.height:
            continue
        for number, cell in enumerate(line.cells):
            beside = overlaps(cell.box, block.box) and not sheet.hits_in(line.number, number)
            if beside and is_name(cell.tokens):
                named = Block([cell, *block.cells], is_sender_line=True)
                return _with_name(sheet, named) if _is_tail(cell) else named
        break
    return block


def pieces_of(cell: Cell) -> Iterator[Cell]:
    """A cell cut at its separators; a cell that is only a separator is none."""
    run: list[Token] = []
    for token in cell.tokens:
        bare = token.text.rstrip(",;")
        is_separator = not token.key and token.text in "●•·|∙*‧;▪■◦-–—"
        if not is_separator:
            run.append(Token(bare, token.key, token.box, token.is_glued))
        if is_separator or bare != token.text:
            if any(one.key for one in run):
                yield without_start(cell, run)
            run = []
    if any(token.key for token in run):
        yield without_start(cell, run)


def without_start(cell: Cell, tokens: Sequence[Token]) -> Cell:
    """A cell of the last of its tokens, from the first that is more than punctuation."""
    inked = list(tokens)
    while inked and not inked[0].key:
        inked.pop(0)
    box = Box.around([token.box for token in inked])
    return Cell(cell.page, cell.line, tuple(inked), box, text_of(inked))


def _upwards(sheet: Sheet, town: Cell) -> list[Cell]:
    """The lines of an address from its name down to its town."""
    chosen = [town]
    for line in sheet.layout.lines_above(town.line, town.page):
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
    bottom = town.box.y0 + 2 * town.box.height
    for line in sheet.layout.lines_between(town.page, town.box.y0, bottom):
        if line.number > town.line and line.box.y0 < bottom:
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
    is_other = bool(CONTACT.search(cell.text)) or sender_line(line) is not None
    return is_other or is_postal(cell) or bool(dates_in(cell.text, sheet.style))


def overlaps(one: Box, other: Box) -> bool:
    """Whether two boxes share a column of the page."""
    return min(one.x1, other.x1) - max(one.x0, other.x0) > 0
