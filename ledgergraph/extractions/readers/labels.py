"""Labels and what stands beside or below them: where on a page a field is named.

A hit is a phrase of the lexicon on the page. Its places are where its value can stand: after
it in the same cell, in the cells to its right, in the cell below.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from ledgergraph.evidence import Box
from ledgergraph.extractions.languages import Index, Lexicon, Meaning, lexicon_for
from ledgergraph.extractions.languages import lexicon as lexicon_of
from ledgergraph.extractions.readers.conventions import Country, country_of, told_order
from ledgergraph.extractions.readers.layout import Cell, Layout, Line, Token
from ledgergraph.extractions.readers.recognisers import FoundNumber, Style, numbers_in, style_of

LONGEST_PHRASE = 8
"""Tokens that a label spans at most."""
SHORT = 3
"""A key this short is a label only with a colon after it, beside a rate, or alone in its cell."""
ONLY_ALONE = frozenset({"seller", "buyer", "delivery", "payee", "name", "address"})
"""Fields whose labels are words of everyday text too: only with a colon, or alone in a cell."""
BELOW = 3.2
"""How far below its label a value may stand, in heights of the label."""
STEP = 1.6
"""A label or value goes on below within this many heights, top to top."""
LINES_UNDER = 3
"""And within so many lines: others stand beside."""
LINES_BELOW = 20
"""And at most so many lines below it."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase of the lexicon on a page, at tokens `first` to `last` of a cell."""

    meanings: tuple[Meaning, ...]
    line: int
    cell: int
    first: int
    last: int
    box: Box
    at_start: bool  # of its cell
    is_whole: bool  # nothing else in its cell
    has_colon: bool

    def means(self, *fields: str) -> bool:
        """Whether one of its meanings is one of these fields."""
        return any(meaning.field in fields for meaning in self.meanings)

    def weight_of(self, name: str) -> float:
        """1.0 where it means the field, less where it is weak or stands in running text; or 0."""
        for meaning in self.meanings:
            if meaning.field == name:
                weight = 0.5 if meaning.is_weak else 1.0
                return weight if self.at_start or self.has_colon else 0.7 * weight
        return 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a label's value can stand, and how far that can be trusted, in [0, 1]."""

    tokens: tuple[Token, ...]
    line: int
    page: int
    trust: float
    end: Box | None = None  # its last line, where it has several


@dataclass(frozen=True)
class Sheet:
    """A document as the reader sees it: lines, what they are labelled, how it writes numbers."""

    layout: Layout
    lexicon: Lexicon
    style: Style
    hits: tuple[Hit, ...]
    types: tuple[Hit, ...]  # words for kinds of documents
    signs: tuple[Hit, ...]  # words of receipts
    by_line: Mapping[int, list[Hit]] = field(default_factory=dict)
    by_cell: Mapping[tuple[int, int], list[Hit]] = field(default_factory=dict)
    country: Country | None = None
    known_numbers: dict[tuple[str, int], list[FoundNumber]] = field(
        default_factory=dict, compare=False
    )

    def numbers(self, cell: Cell) -> list[FoundNumber]:
        """The numbers in a cell; they are looked for once."""
        key = cell.text, len(cell.tokens)
        found = self.known_numbers.get(key)
        if found is None:
            found = numbers_in([token.text for token in cell.tokens], self.style)
            self.known_numbers[key] = found
        return found

    @property
    def lines(self) -> Sequence[Line]:
        """All lines of the document."""
        return self.layout.lines

    def of(self, *fields: str) -> Iterator[Hit]:
        """The hits that can mean one of these fields."""
        return (hit for hit in self.hits if hit.means(*fields))

    def hits_in(self, line: int, cell: int) -> Sequence[Hit]:
        """The hits of one cell, from left to right."""
        return self.by_cell.get((line, cell), ())


def sheet_of(layout: Layout) -> Sheet:
    """The labels and habits of a document."""
    cells = [cell for line in layout.lines for cell in line.cells]
    lexicon = lexicon_for([token.key for cell in cells for token in cell.tokens])
    style = style_of([cell.text for cell in cells], lexicon)
    text = "\n".join(line.text for line in layout.lines)
    country = country_of(text)
    style = replace(style, month_first=told_order(text, style, lexicon, country))
    hits: list[Hit] = []
    types: list[Hit] = []
    signs: list[Hit] = []
    stacked = _stacked(layout, lexicon)
    for line in layout.lines:
        for number, cell in enumerate(line.cells):
            if not any(map(str.isalpha, cell.text)) and "#" not in cell.text:
                continue  # a number names nothing
            if (line.number, number) not in stacked:
                hits.extend(_labels(cell, number, lexicon))
            elif (hit := stacked[line.number, number]) is not None:
                hits.append(hit)
            types.extend(phrases(cell, number, lexicon.types, lexicon.longest))
            signs.extend(phrases(cell, number, lexicon.receipts, lexicon.longest))
    by_line: dict[int, list[Hit]] = {}
    by_cell: dict[tuple[int, int], list[Hit]] = {}
    for hit in hits:
        by_line.setdefault(hit.line, []).append(hit)
        by_cell.setdefault((hit.line, hit.cell), []).append(hit)
    return Sheet(
        layout, lexicon, style, tuple(hits), tuple(types), tuple(signs), by_line, by_cell, country
    )


def _stacked(layout: Layout, lexicon: Lexicon) -> Mapping[tuple[int, int], Hit | None]:
    """Labels that go on in the cell below: the hit at its first cell, nothing at its second."""
    found: dict[tuple[int, int], Hit | None] = {}
    beginnings = _beginnings(lexicon.languages)
    for line in layout.lines:
        for number, cell in enumerate(line.cells):
            key = _key(cell)
            if key not in beginnings or (line.number, number) in found:
                continue
            for place, under in _under(layout, cell):
                meanings = lexicon.labels.get(key + _key(under))
                is_one = _key(under) in lexicon.labels and key in lexicon.labels
                if meanings is not None and _key(under) and not is_one:
                    found[line.number, number] = Hit(
                        meanings, line.number, number, 0, len(cell.tokens) - 1,
                        Box.around([cell.box, under.box]), at_start=True, is_whole=True,
                        has_colon=under.text.endswith(":"),
                    )  # fmt: skip
                    found[under.line, place] = None
    return found


@lru_cache(maxsize=8)
def _beginnings(languages: tuple[str, ...]) -> frozenset[str]:
    """What the key of a label can begin with."""
    keys = lexicon_of(languages).labels
    return frozenset(key[:end] for key in keys for end in range(1, len(key)))


def _key(cell: Cell) -> str:
    return "".join(token.key for token in cell.tokens)


def _under(layout: Layout, cell: Cell) -> Iterator[tuple[int, Cell]]:
    """The cell just below a cell that begins, or ends, where it does, with its number."""
    slack = 0.3 * cell.box.height
    for line in layout.lines[cell.line + 1 : cell.line + 1 + LINES_UNDER]:
        if line.page != cell.page or line.box.y0 - cell.box.y0 > STEP * cell.box.height:
            return
        for number, one in enumerate(line.cells):
            is_flush = (
                abs(one.box.x0 - cell.box.x0) < slack or abs(one.box.x1 - cell.box.x1) < slack
            )
            step = one.box.y0 - cell.box.y0
            if is_flush and 0.6 * cell.box.height < step < STEP * cell.box.height:
                yield number, one
                return


def further(sheet: Sheet, place: Place) -> Place | None:
    """A place with the line below it, where its value goes on there: under it, without a label."""
    if not place.tokens:
        return None
    box = place.tokens[0].box
    first = Cell(place.page, place.line, place.tokens, place.end or box, "")
    for number, cell in _under(sheet.layout, first):
        hits = sheet.by_line.get(cell.line, ())
        if sheet.hits_in(cell.line, number) or any(hit.cell < number for hit in hits):
            return None
        return replace(place, tokens=(*place.tokens, *cell.tokens), line=cell.line, end=cell.box)
    return None


def _labels(cell: Cell, number: int, lexicon: Lexicon) -> Iterator[Hit]:
    for hit in _one_heading(list(phrases(cell, number, lexicon.labels, lexicon.longest)), cell):
        length = sum(len(token.key) for token in cell.tokens[hit.first : hit.last + 1])
        if length > SHORT:
            is_label = not all(m.field in ONLY_ALONE for m in hit.meanings)
        else:
            after = cell.tokens[hit.last + 1 :][:1]
            before = cell.tokens[: hit.first][-1:]
            is_label = (hit.at_start and _has_digit(after)) or _has_percent([*before, *after])
        if is_label or hit.is_whole or hit.has_colon:
            yield hit


def _one_heading(hits: list[Hit], cell: Cell) -> list[Hit]:
    """Hits of a cell; several words for one thing are one: `Käufer/Leistungsempfänger`."""
    if len(hits) < 2:
        return hits
    inked = sum(bool(token.key) for token in cell.tokens)
    covered = sum(
        bool(token.key) for hit in hits for token in cell.tokens[hit.first : hit.last + 1]
    )
    shared = [
        meaning for meaning in hits[0].meanings if all(hit.means(meaning.field) for hit in hits[1:])
    ]
    if covered < inked or not shared:
        return hits
    first, last = hits[0], hits[-1]
    box = Box.around([hit.box for hit in hits])
    return [
        Hit(
            tuple(shared), first.line, first.cell, first.first, last.last, box,
            at_start=True, is_whole=True, has_colon=last.has_colon,
        )
    ]  # fmt: skip


def _has_digit(tokens: Sequence[Token]) -> bool:
    return any(any(map(str.isdigit, token.text)) for token in tokens)


def _has_percent(tokens: Sequence[Token]) -> bool:
    """Whether a word for a tax stands beside its rate: `zzgl. 19 % USt.`."""
    return any("%" in token.text for token in tokens)


def phrases(cell: Cell, number: int, index: Index, longest: int) -> Iterator[Hit]:
    """The phrases of an index in a cell: the longest at each place, none over another."""
    tokens = cell.tokens
    start = 0
    inked = [bool(token.key) for token in tokens]
    while start < len(tokens):
        last, meanings = _longest(tokens, start, index, longest)
        if meanings is None:
            start += 1
            continue
        box = Box.around([token.box for token in tokens[start : last + 1]])
        rest = any(inked[last + 1 :])
        has_colon = tokens[last].text.endswith(":") or (
            last + 1 < len(tokens) and tokens[last + 1].text.startswith(":")
        )
        at_start = not any(inked[:start])
        yield Hit(
            meanings, cell.line, number, start, last, box,
            at_start, at_start and not rest, has_colon,
        )  # fmt: skip
        start = last + 1


def _longest(
    tokens: Sequence[Token], start: int, index: Index, longest: int
) -> tuple[int, tuple[Meaning, ...] | None]:
    key = ""
    best: tuple[int, tuple[Meaning, ...] | None] = (start, None)
    if not tokens[start].key:
        return best
    for last in range(start, min(start + LONGEST_PHRASE, len(tokens))):
        key += tokens[last].key
        if len(key) > longest:
            break
        if (meanings := index.get(key)) is not None and tokens[last].key:
            best = last, meanings
    return best


def places(sheet: Sheet, hit: Hit) -> Iterator[Place]:
    """Where the value of a label can stand, the most usual first."""
    line = sheet.lines[hit.line]
    cell = line.cells[hit.cell]
    same = _until_label(sheet, cell, hit.cell, hit.last + 1)
    if any(token.key for token in same):
        trust = 1.0 if hit.at_start or hit.has_colon else 0.8
        yield Place(tuple(same), hit.line, line.page, trust)
        return
    right = right_of(sheet, hit)
    if right:
        yield Place(tuple(right), hit.line, line.page, 0.95)
    for number, below in enumerate(cells_below(sheet, hit.box, hit.line)):
        yield Place(below.tokens, below.line, below.page, (0.8 if right else 0.9) - 0.1 * number)


def right_of(sheet: Sheet, hit: Hit) -> list[Token]:
    """The tokens of the cells to the right of a label, up to the next label."""
    tokens: list[Token] = []
    line = sheet.lines[hit.line]
    for number in range(hit.cell + 1, len(line.cells)):
        cell = line.cells[number]
        until = _until_label(sheet, cell, number, 0)
        tokens.extend(until)
        if len(until) < len(cell.tokens):
            break
    return tokens


def _until_label(sheet: Sheet, cell: Cell, number: int, start: int) -> Sequence[Token]:
    """Tokens from `start` to the next label in the cell; a bare word for "number" is none."""
    for hit in sheet.hits_in(cell.line, number):
        if hit.first >= start and not _is_connective(cell, hit):
            return cell.tokens[start : hit.first]
    return cell.tokens[start:]


def _is_connective(cell: Cell, hit: Hit) -> bool:
    """A label that is part of the way to the value: `Nr.` in `Rechnung (380) Nr. 471102`."""
    return all(token.key == "nr" for token in cell.tokens[hit.first : hit.last + 1])


def cells_below(sheet: Sheet, box: Box, line: int) -> Iterator[Cell]:
    """The first cell below a box that shares its column, unless that is a label itself."""
    page = sheet.lines[line].page
    limit = box.y1 + BELOW * box.height
    for other in sheet.lines[line + 1 : line + 1 + LINES_BELOW]:
        if other.page != page or other.box.y0 > limit:
            return
        for number, cell in enumerate(other.cells):
            if cell.box.y0 < box.middle_y or not _in_column(box, cell.box):
                continue
            if any(hit.at_start and hit.has_colon for hit in sheet.hits_in(other.number, number)):
                return
            yield cell
            return


def _in_column(label: Box, value: Box) -> bool:
    """Whether a value stands in a label's column: aligned left, right or overlapping it."""
    slack = label.height
    if abs(label.x0 - value.x0) < slack or abs(label.x1 - value.x1) < slack:
        return True
    return min(label.x1, value.x1) - max(label.x0, value.x0) > 0.4 * min(
        label.x1 - label.x0, value.x1 - value.x0
    )
