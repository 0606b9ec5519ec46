"""The columns of an item table: its heading row, and which column a cell stands in.

A heading row names columns (`Menge`, `Unit price`, `Montant HT`), one word over another too.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ledgergraph.evidence import Box
from ledgergraph.extractions.languages import Index, phrase_key
from ledgergraph.extractions.readers.gutters import cut, gutters_of
from ledgergraph.extractions.readers.labels import Sheet, phrases
from ledgergraph.extractions.readers.layout import Cell, Line, Token, cell_of
from ledgergraph.extractions.readers.recognisers import Style, numbers_in
from ledgergraph.extractions.readers.ruled import is_parted

AMOUNT = re.compile(r"\d[.,]\d{2}(?![\d%]| %)")
"""An amount with cents."""
TEXTS = frozenset({"description", "article", "position"})
"""Columns that hold text."""
LONG_HEAD = 24
"""A part of a heading that its words do not tell has at most so many letters."""
CLOSE = 0.35
"""Lines of one heading are at most so many line heights apart."""
SIGNS = frozenset("#%№€")
"""Signs that name a column without a letter."""
WITHIN_NUMBER = 0.4
"""Words of one number are at most so many line heights apart."""
BANNED_IN_KEYS = ("eur", "euro", "gbp", "usd", "chf", "in")
"""Words of a heading that name the unit of its numbers, not the column."""

HEADING_REACH = 2.2
"""Heading cells this many line heights above or below the heading row belong to it."""
HEADING_LINES = 6
"""And at most so many lines above or below it."""
MOST_CELLS = 40
"""A line of more cells heads no table."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the item table: what it holds and where its heading stands."""

    kind: str
    box: Box
    kinds: tuple[str, ...] = ()  # everything that its heading can mean


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading row: its columns, where it ends, the last line that belongs to it, and where
    white space runs down through the rows below it."""

    line: Line
    columns: tuple[Column, ...]
    bottom: float
    last_line: int
    gutters: tuple[float, ...] = ()


def headings_on(sheet: Sheet, lines: Sequence[Line]) -> Iterator[Heading]:
    """The heading rows of item tables among some lines of a page, from top to bottom."""
    used = -1
    by_middle = sorted(lines, key=_middle)
    known = {
        line.number: columns_on(line, sheet.lexicon.headings, sheet.lexicon.longest)
        for line in lines
        if len(line.cells) <= MOST_CELLS and not any(map(_has_amount, line.cells))
    }
    for line in lines:
        if line.number <= used or not known.get(line.number):
            continue
        near = [one for one in _beside(line, by_middle) if one.number in known]
        if not _could_be([column for one in (line, *near) for column in known[one.number]]):
            continue
        main = max((line, *near), key=lambda one: (len(known[one.number]), -one.number))
        near = [
            one for one in _beside(main, by_middle) if used < one.number and one.number in known
        ]
        heading = _whole(sheet, main, near, lines)
        if heading is not None:
            used = heading.last_line
            yield heading


def _beside(line: Line, by_middle: Sequence[Line]) -> list[Line]:
    """The lines just above and below one, without numbers; from the top."""
    middle, reach = line.box.middle_y, HEADING_REACH * line.box.height
    start = bisect_left(by_middle, middle - reach, key=_middle)
    end = bisect_right(by_middle, middle + reach, key=_middle)
    return [
        other
        for other in sorted(by_middle[start:end], key=lambda one: one.number)
        if 0 < abs(other.number - line.number) <= HEADING_LINES
        and other.flow == line.flow
        and not any(has_number(cell) for cell in other.cells)
    ]


def _has_amount(cell: Cell) -> bool:
    """Whether a cell holds an amount with cents, which no heading does."""
    return AMOUNT.search(cell.text) is not None


def continued(heading: Heading, lines: Sequence[Line]) -> Heading:
    """The heading of the page before, for a page that goes on without one."""
    return replace(heading, line=lines[0], bottom=0.0, last_line=lines[0].number - 1)


def columns_on(line: Line, index: Index, longest: int) -> list[Column]:
    """The headings on a line; a cell of several headings counts as several columns."""
    columns: list[Column] = []
    for number, cell in enumerate(line.cells):
        if not any(map(str.isalpha, cell.text)) and not SIGNS & set(cell.text):
            continue
        columns.extend(_cell_columns(cell, number, index, longest))
    return columns


def _cell_columns(cell: Cell, number: int, index: Index, longest: int) -> Iterator[Column]:
    whole = index.get(_heading_key(cell.tokens))
    if whole is not None:
        kinds = tuple(meaning.field for meaning in whole)
        yield Column(kinds[0], cell.box, kinds)
        return
    hits = list(phrases(cell, number, index, longest))
    covered = sum(_inked(cell.tokens[hit.first : hit.last + 1]) for hit in hits)
    if hits and covered >= (0.75 if len(hits) < 3 else 0.5) * _inked(cell.tokens):
        for hit in hits:
            kinds = tuple(meaning.field for meaning in hit.meanings)
            yield Column(kinds[0], hit.box, kinds)


def _heading_key(tokens: Sequence[Token]) -> str:
    kept = [token for token in tokens if token.key not in BANNED_IN_KEYS]
    return phrase_key(" ".join(token.text for token in kept)) if kept else ""


def _inked(tokens: Sequence[Token]) -> int:
    return sum(len(token.key) for token in tokens if token.key not in BANNED_IN_KEYS)


def _could_be(columns: Sequence[Column]) -> bool:
    """Whether a line has enough headings to be worth a closer look."""
    kinds = {kind for column in columns for kind in column.kinds}
    return len(columns) >= 2 and bool(kinds & {"net", "gross", "unit_price"})


def _whole(sheet: Sheet, line: Line, near: Sequence[Line], lines: Sequence[Line]) -> Heading | None:
    """The heading row with what stands just above and below it, if it heads an item table."""
    gutters = gutters_of([line, *_rows_below(sheet, line, near, lines)])
    line, near = cut(line, gutters), [cut(one, gutters) for one in near]
    near = [one for one in near if _is_part(sheet, one, line)]
    others = [cell for one in near for cell in one.cells]
    heads = list(line.cells)
    for cell in others:  # what stands above or below, and under no cell of the line itself
        if not any(overlap(cell.box, one.box) > 0 for one in heads):
            heads.append(cell)
    found = [column for cell in heads for column in _stacked(sheet, cell, others)]
    unknown = [
        Column("other", cell.box)
        for cell in heads
        if not any(overlap(cell.box, one.box) > 0 for one in found)
    ]
    chosen = _distinct(sorted([*found, *unknown], key=lambda column: column.box.x0))
    if not _is_item_heading(chosen, found):
        return None
    below = [one for one in near if one.number > line.number]
    bottom = max(one.box.y1 for one in (line, *below))
    last = max(one.number for one in (line, *below))
    return Heading(line, tuple(chosen), bottom, last, tuple(gutters))


def _is_part(sheet: Sheet, line: Line, heading: Line) -> bool:
    """Whether a line above or below a heading row is part of it.

    It names columns alone; or it is close, without a stroke between, and not only text under one
    column, as a row is.
    """
    more = columns_on(line, sheet.lexicon.headings, sheet.lexicon.longest)
    if len(more) >= len(line.cells):
        return True
    gap = max(line.box.y0 - heading.box.y1, heading.box.y0 - line.box.y1)
    page = sheet.layout.by_number[line.page]
    if (
        is_parted(page, heading.box, line.box)
        or gap > CLOSE * heading.box.height
        or any(len(c.text) > LONG_HEAD for c in line.cells)
    ):
        return False
    under = [one for cell in line.cells for one in heading.cells if overlap(one.box, cell.box) > 0]
    kinds = {
        column.kind
        for one in under
        for column in _cell_columns(one, 0, sheet.lexicon.headings, sheet.lexicon.longest)
    }
    return bool(more) or (len(under) >= len(line.cells) and not kinds <= TEXTS)


def _rows_below(
    sheet: Sheet, heading: Line, near: Sequence[Line], lines: Sequence[Line]
) -> list[Line]:
    """The lines with amounts below a heading row, down to the totals."""
    own = {line.number for line in near}
    found = []
    for line in lines:
        if line.number <= heading.number or line.number in own or line.flow != heading.flow:
            continue
        hits = [hit for hit in sheet.by_line.get(line.number, ()) if hit.at_start]
        if any(hit.means("carried") for hit in hits):
            continue
        if any(hit.means("net", "tax", "gross", "lines", "due") for hit in hits):
            break
        if sum(map(has_number, line.cells)) > 1 and any(map(_has_amount, line.cells)):
            found.append(line)
    return found


def _middle(line: Line) -> float:
    return line.box.middle_y


def _stacked(sheet: Sheet, cell: Cell, near: Sequence[Cell]) -> list[Column]:
    """The headings of a cell, read together with what stands above or below it in its column."""
    index = sheet.lexicon.headings
    others = [c for c in near if c is not cell and overlap(c.box, cell.box) > 0]
    above = sorted((c for c in others if c.box.y0 < cell.box.y0), key=lambda c: c.box.y0)
    below = sorted((c for c in others if c.box.y0 >= cell.box.y0), key=lambda c: c.box.y0)
    for stack in ([*above, cell, *below], [cell, *below], [*above, cell]):
        if len(stack) > 1:
            meanings = index.get(_heading_key([t for one in stack for t in one.tokens]))
            if meanings is not None:
                kinds = tuple(meaning.field for meaning in meanings)
                return [Column(kinds[0], Box.around([one.box for one in stack]), kinds)]
    own = list(_cell_columns(cell, 0, index, sheet.lexicon.longest))
    for other in others if not own else ():
        own = list(_cell_columns(other, 0, index, sheet.lexicon.longest))
        if own:
            break
    return own


def has_number(cell: Cell) -> bool:
    """Whether a word of a cell begins with a digit."""
    return any(token.text[:1].isdigit() for token in cell.tokens)


def _distinct(columns: Sequence[Column]) -> list[Column]:
    """One kind a column: what only one heading can mean goes first, then from the left."""
    taken: dict[int, str] = {}
    for kind in ("description", "quantity", "unit_price", "net", "tax_rate", "gross"):
        able = [n for n, one in enumerate(columns) if kind in one.kinds and n not in taken]
        if not able:
            continue
        sure = [n for n in able if columns[n].kinds == (kind,)] or able
        if kind == "description":
            pick = max(sure, key=lambda n: (_reach(columns, n), -n))
        elif kind in ("net", "gross"):
            pick = sure[-1]
        else:
            pick = sure[0]
        taken[pick] = kind
    result: list[Column] = []
    for number, column in enumerate(columns):
        left = [k for k in column.kinds if k not in taken.values()]
        kind = taken.get(number) or (left[0] if left else "other")
        if any(one.kind == kind for one in result):
            kind = f"{kind}:{number}"  # a second column of a kind is one of its own
        result.append(Column(kind, column.box, column.kinds))
    return result


def _reach(columns: Sequence[Column], number: int) -> float:
    """How much room a column has up to the next one: descriptions have the most."""
    following = columns[number + 1].box.x0 if number + 1 < len(columns) else columns[number].box.x1
    return following - columns[number].box.x0


def _is_item_heading(columns: Sequence[Column], found: Sequence[Column]) -> bool:
    kinds = {column.kind for column in columns}
    amounts = kinds & {"net", "gross", "unit_price"}
    if not amounts:
        return False
    if {"quantity", "unit_price"} <= kinds:
        return True
    taxes = any("tax_amount" in column.kinds and len(column.kinds) == 1 for column in found)
    bases = any("tax_base" in column.kinds for column in found)
    if taxes or (bases and "quantity" not in kinds and "description" not in kinds):
        return False
    named = kinds & {"description", "article", "position"}
    return bool(named) and (len(kinds) >= 3 or kinds >= {"description", "net"})


def placed_on(columns: Sequence[Column], line: Line, style: Style) -> dict[str, list[Cell]]:
    """The cells of a line by the kind of their column; a number is never cut."""
    placed: dict[str, list[Cell]] = {}
    for cell in line.cells:
        for kind, piece in _pieces(columns, cell, style):
            placed.setdefault(kind, []).append(piece)
    return placed


def _pieces(columns: Sequence[Column], cell: Cell, style: Style) -> Iterator[tuple[str, Cell]]:
    """A cell with its column; one that runs through several columns is cut between them."""
    column = _column_of(columns, cell.box)
    start = _column_start(columns, cell)
    if start:
        left = cell_of(cell.page, cell.line, cell.tokens[:start])
        yield from _pieces(columns, left, style)
        rest = cell_of(cell.page, cell.line, cell.tokens[start:])
        yield from _pieces(columns, rest, style)
        return
    spanned = [one for one in columns if overlap(one.box, cell.box) > 0]
    if len(spanned) < 2 or len(cell.tokens) == 1:
        yield column.kind, cell
        return
    runs: list[tuple[Column, list[Token]]] = []
    for tokens in _atoms(cell.tokens, style):
        own = _column_of(spanned, Box.around([token.box for token in tokens]))
        is_text = column.kind == "description" and not _starts_column(spanned, tokens[0])
        if runs and (own is runs[-1][0] or is_text or not tokens[0].key):
            runs[-1][1].extend(tokens)
        else:
            runs.append((column if is_text else own, list(tokens)))
    for own, together in runs:
        yield own.kind, cell_of(cell.page, cell.line, together)


def _atoms(tokens: Sequence[Token], style: Style) -> Iterator[Sequence[Token]]:
    """What is never cut: a word, or a number that is printed as several, as `1 234,56`."""
    spans = {
        number.first: number.last for number in numbers_in([token.text for token in tokens], style)
    }
    at = 0
    while at < len(tokens):
        last = at
        while last < spans.get(at, at):
            gap = tokens[last + 1].box.x0 - tokens[last].box.x1
            if gap > WITHIN_NUMBER * tokens[at].box.height:
                break
            last += 1
        yield tokens[at : last + 1]
        at = last + 1


def _column_start(columns: Sequence[Column], cell: Cell) -> int:
    """The first token after the start of a cell that begins a column of text; 0 if none does."""
    for number, token in enumerate(cell.tokens[1:], start=1):
        gap = token.box.x0 - cell.tokens[number - 1].box.x1
        slack = 0.1 * token.box.height
        if gap > 0.3 * token.box.height and any(
            one.kind == "description" and abs(one.box.x0 - token.box.x0) < slack for one in columns
        ):
            return number
    return 0


def _starts_column(columns: Sequence[Column], token: Token) -> bool:
    """Whether a token stands at the left or right edge of a column: no running text."""
    slack = 0.15 * token.box.height
    return any(
        abs(one.box.x0 - token.box.x0) < slack or abs(one.box.x1 - token.box.x1) < slack
        for one in columns
    )


def _column_of(columns: Sequence[Column], box: Box) -> Column:
    def distance(column: Column) -> tuple[bool, float]:
        head = column.box
        aligned = min(
            abs(head.x0 - box.x0),
            abs(head.x1 - box.x1),
            abs(head.x0 + head.x1 - box.x0 - box.x1) / 2,
        )
        gap = max(-overlap(head, box), 0.0)
        return gap > 0, gap + aligned if gap == 0 else gap + min(aligned, gap)

    return min(columns, key=distance)


def overlap(one: Box, other: Box) -> float:
    """How far two boxes share a column of the page; negative is the gap between them."""
    return min(one.x1, other.x1) - max(one.x0, other.x0)
