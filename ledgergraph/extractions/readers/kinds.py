"""What kind of document a page is: an invoice and which, an order, a reminder, a receipt.

Belongs here: the words that can name a document, and which of them does. Not here: the words
themselves (languages), what follows from a kind (rules, records).

Papers name other papers: a reminder its invoice, an invoice its order. What a paper is itself
stands alone, high up, in larger letters; what it names stands beside a number or a label. A
word for a paper that comes later names the earlier ones, and hardly ever the other way round.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from statistics import median

from ledgergraph.books import INVOICE_TYPES
from ledgergraph.extractions.languages import Index
from ledgergraph.extractions.readers.candidates import Candidate, candidate_of
from ledgergraph.extractions.readers.labels import Hit, Sheet
from ledgergraph.extractions.readers.layout import Cell, text_of
from ledgergraph.extractions.readers.receipts import is_receipt, names_buyer, signs_of

RECEIPT, INVOICE = "receipt", "380"
INVOICE_CODES = frozenset(INVOICE_TYPES)
"""Codes of UNTDID 1001 that EN 16931 takes for an invoice or a credit note."""
LATER = frozenset({"reminder", "statement", "381", "384", "231", "270"})
"""Kinds that name earlier papers of other kinds."""
EARLIER = frozenset({"220", "310", "contract", INVOICE})
"""Kinds that other papers name."""
SPECIAL = INVOICE_CODES - {INVOICE, "381", "325"}
"""Invoices of a kind of their own; their labels mostly say no more than "invoice"."""
OWN_LABELS = ("number", "issue_date")
"""Labels of a document's own facts: the kind in their words is its own (`Invoice date`)."""
NARROW_PT, TALL = 300.0, 1.7
"""A page no wider in pt, or so much taller than wide, is a strip from a till."""
MANY_SIGNS = 3
"""A page with so many words of receipts is one, even one that is headed as an invoice."""
UPPER_PART = 0.6
"""Share of a page's height in which its title stands."""
CLEAR = 0.6
"""Without a title that is as clear as this, one that was misread is looked for."""
LIKE = 85.0
"""Words this alike, in percent, are the same to an engine that misreads letters."""
LONG = 12
"""Letters that a word must have to be one where others are glued to it."""
SHORTEST_LIKE = 7
"""Letters that a word must have to be recognised by likeness."""


def kind_candidates(sheet: Sheet, table: frozenset[int]) -> Iterator[Candidate]:
    """What the document may be, by UNTDID 1001 or a word where that has no code.

    `table` are the lines of the item table, whose words name goods. Only the likeliest kind may
    come several times: a paper that names its invoice often is none the more one.
    """
    if not sheet.lines:
        return
    yield from _of_till(sheet)
    named = sorted(_named(sheet, table), key=lambda one: -one.evidence)
    seen: set[str] = set()
    for one in named:
        if one.value == named[0].value or one.value not in seen:
            seen.add(one.value)
            yield one


def _named(sheet: Sheet, table: frozenset[int]) -> Iterator[Candidate]:
    """Every word on the first page that can say what the document is."""
    first = sheet.lines[0].page
    usual = median([line.box.height for line in sheet.lines])
    named = [
        hit for hit in sheet.types if sheet.lines[hit.line].page == first and hit.line not in table
    ]
    first_item = min(table, default=len(sheet.lines))
    found = False
    for hit in named:
        evidence = _evidence(sheet, hit, usual)
        evidence -= 0.35 if hit.line > first_item else 0.0  # a stamp, or the slip of a card
        if evidence > 0:
            found = found or (evidence >= CLEAR and hit.is_whole)
            yield _candidate(sheet, hit, evidence)
    if not found:
        yield from _misread(sheet, table, usual)
    yield from _of_labels(sheet)


def _of_till(sheet: Sheet) -> Iterator[Candidate]:
    """A receipt, however it is headed: by its words, and by its shape."""
    is_strip = _is_strip(sheet) and not names_buyer(sheet)
    if not (is_strip or is_receipt(sheet)):
        return
    first = sheet.lines[0]
    sure = is_strip or len(signs_of(sheet)) >= MANY_SIGNS
    yield Candidate("type", RECEIPT, first.text, first.page, first.box, 0.93 if sure else 0.55)


def _is_strip(sheet: Sheet) -> bool:
    page = sheet.layout.by_number[sheet.lines[0].page]
    return (page.unit == "pt" and page.width <= NARROW_PT) or page.height >= TALL * page.width


def _evidence(sheet: Sheet, hit: Hit, usual: float) -> float:
    """How much a word for a document looks like the title of this one, in [0, 1]."""
    line = sheet.lines[hit.line]
    cell = line.cells[hit.cell]
    kind = hit.meanings[0].field
    if _code_after(cell, hit) is not None:
        return 0.97
    if not hit.at_start or _is_of_label(sheet, hit):
        return 0.0
    tokens = cell.tokens[hit.first : hit.last + 1]
    size = hit.box.height / usual
    evidence = 0.4
    evidence += 0.3 if size >= 1.35 else 0.15 if size >= 1.15 else 0.0
    evidence += 0.12 if hit.is_whole else 0.0
    evidence += 0.08 if text_of(tokens).isupper() else 0.0
    evidence += 0.08 if kind in LATER or (kind in SPECIAL and hit.is_whole) else 0.0
    evidence -= 0.25 if _names_another(sheet, hit, kind) else 0.0
    evidence -= 0.2 if hit.box.y0 > UPPER_PART * sheet.layout.height_of(line.page) else 0.0
    evidence -= 0.25 if _is_sentence(cell, hit) else 0.0
    length = sum(len(token.key) for token in tokens)
    return evidence + min(length, 30) / 1000  # the longer phrase says more


def _is_of_label(sheet: Sheet, hit: Hit) -> bool:
    """Whether a word is part of a longer label of something else: `Invoice to`."""
    return any(
        label.first <= hit.first
        and label.last >= hit.last
        and (label.last - label.first > hit.last - hit.first or label.has_colon)
        and not label.means(*OWN_LABELS)
        for label in sheet.hits_in(hit.line, hit.cell)
    )


def _names_another(sheet: Sheet, hit: Hit, kind: str) -> bool:
    """Whether it stands as a label does, with a value behind it: `Lieferschein: 4711`."""
    line = sheet.lines[hit.line]
    right = line.cells[hit.cell + 1 :]
    labels = [one for one in sheet.hits_in(hit.line, hit.cell) if one.first == hit.first]
    if any(label.means(*OWN_LABELS) for label in labels):
        return False
    if hit.has_colon or (labels and (not hit.is_whole or right)):
        return True
    return kind in EARLIER and hit.is_whole and bool(right) and _has_digit(right[0])


def _has_digit(cell: Cell) -> bool:
    return any(map(str.isdigit, cell.text))


def _is_sentence(cell: Cell, hit: Hit) -> bool:
    """Whether running text follows: several words that are no number, date or reference."""
    after = [token.text for token in cell.tokens[hit.last + 1 :]]
    return sum(text.isalpha() and text.islower() for text in after) >= 3


def _code_after(cell: Cell, hit: Hit) -> str | None:
    """The code in brackets that some vendors print behind a title: `Rechnung (380)`."""
    after = (token.text for token in cell.tokens[hit.last + 1 :])
    code = next((one[1:-1] for one in after if one.startswith("(") and one.endswith(")")), None)
    return code if code in INVOICE_CODES else None


def _candidate(sheet: Sheet, hit: Hit, evidence: float) -> Candidate:
    line = sheet.lines[hit.line]
    cell = line.cells[hit.cell]
    kind = _code_after(cell, hit) or hit.meanings[0].field
    return candidate_of("type", kind, cell.tokens[hit.first : hit.last + 1], line.page, evidence)


def _misread(sheet: Sheet, table: frozenset[int], usual: float) -> Iterator[Candidate]:
    """Titles with a letter or two read wrong, and those that the next word was printed over.

    The first are whole cells like a word for a document, the others begin with a long one in
    larger letters.
    """
    from rapidfuzz import fuzz, process

    first = sheet.lines[0].page
    limit = UPPER_PART * sheet.layout.height_of(first)
    known = _long_keys(sheet.lexicon.languages, sheet.lexicon.types)
    named = {(hit.line, hit.cell) for hit in sheet.types if hit.is_whole}
    begun_by = {(hit.line, hit.cell) for hit in sheet.types if hit.at_start}
    for line in sheet.layout.page_lines(first):
        if line.box.y0 > limit or line.number in table:
            continue
        for number, cell in enumerate(line.cells):
            key = "".join(token.key for token in cell.tokens)
            is_named = (line.number, number) in named or sheet.hits_in(line.number, number)
            if len(key) < SHORTEST_LIKE or is_named:
                continue
            is_larger = cell.box.height >= 1.15 * usual
            best = process.extractOne(key, known, scorer=fuzz.ratio, score_cutoff=LIKE)
            begun = _begun(cell.tokens[0].key, known) if is_larger else None
            if best is not None:
                kind = sheet.lexicon.types[best[0]][0].field
                evidence = 0.4 + (0.2 if is_larger else 0.0) + (best[1] - LIKE) / 100
                evidence += 0.12 if (line.number, number) in begun_by else 0.0  # says more
                yield candidate_of("type", kind, cell.tokens, line.page, evidence)
            elif begun is not None:
                kind = sheet.lexicon.types[begun][0].field
                yield candidate_of("type", kind, cell.tokens[:1], line.page, 0.6)


def _begun(key: str, known: Sequence[str]) -> str | None:
    """The longest word for a document that a word begins with, if that is a long one."""
    begun = (one for one in known if len(one) >= LONG and key.startswith(one))
    return max(begun, key=len, default=None)


def _of_labels(sheet: Sheet) -> Iterator[Candidate]:
    """The kind that labels of a document's own facts have in their words: `Invoice no.`"""
    known = _long_keys(sheet.lexicon.languages, sheet.lexicon.types)
    for hit in sheet.of(*OWN_LABELS):
        line = sheet.lines[hit.line]
        tokens = line.cells[hit.cell].tokens[hit.first : hit.last + 1]
        key = "".join(token.key for token in tokens)
        inside = max((one for one in known if one in key), key=len, default=None)
        if inside is not None:
            kind = sheet.lexicon.types[inside][0].field
            evidence = 0.2 if kind == INVOICE else 0.3
            yield candidate_of("type", kind, tokens, line.page, evidence)


@lru_cache(maxsize=32)
def _keys(languages: tuple[str, ...], keys: frozenset[str]) -> Sequence[str]:
    return sorted(key for key in keys if len(key) >= SHORTEST_LIKE - 1)


def _long_keys(languages: tuple[str, ...], types: Index) -> Sequence[str]:
    """Keys of words for documents that are long enough to be told inside others."""
    return _keys(languages, frozenset(types))
