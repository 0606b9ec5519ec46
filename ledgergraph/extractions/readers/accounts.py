"""VAT numbers of both parties, the seller's number in a register, the account that is paid to."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

from ledgergraph.extractions.names import compact
from ledgergraph.extractions.readers.addresses import Block, overlaps
from ledgergraph.extractions.readers.candidates import Candidate, candidate_of
from ledgergraph.extractions.readers.labels import Hit, Sheet, cells_below, places
from ledgergraph.extractions.readers.layout import Cell, Line, Token, text_of
from ledgergraph.extractions.readers.recognisers import (
    IBAN_START,
    FoundCode,
    ibans_in,
    tax_number_at,
    vat_id_at,
)
from ledgergraph.extractions.readers.regions import Region, parties_at
from ledgergraph.extractions.registers import names_register, number_of, printed_in

DIGITS = re.compile(r"[\d-]+")
LEAST_DIGITS = 9
"""An account that is no IBAN has at least so many digits, the bank's number included."""
UNDER_ADDRESS = 4
"""A label this many of its heights below an address belongs to the address."""


def account_candidates(
    sheet: Sheet, table: frozenset[int], regions: Sequence[Region], blocks: Sequence[Block]
) -> Iterator[Candidate]:
    """Candidates for VAT numbers of both parties, the seller's register and its IBAN."""
    yield from _ibans(sheet)
    yield from _registers(sheet, table, regions)
    by_page: dict[int, list[Block]] = {}
    for block in blocks:
        by_page.setdefault(block.page, []).append(block)
    seen: set[str] = set()
    for hit in sheet.of("vat_id", "buyer_vat_id"):
        if hit.line in table:
            continue
        near = by_page.get(sheet.lines[hit.line].page, [])
        party, evidence = _whose(sheet, hit, regions, near)
        for place in places(sheet, hit) if party in ("seller", "buyer") else ():
            text = text_of(place.tokens).lstrip(" :.-")
            found = vat_id_at(text, sheet.lexicon.vat_prefix)
            found = found or tax_number_at(text, sheet.lexicon.language)
            if found is None:
                continue
            doubt = 0.15 if found.value in seen else 0.0
            seen.add(found.value)
            tokens = _first_tokens(place.tokens, found.value)
            yield candidate_of(
                f"{party}.vat_id", found.value, tokens, place.page,
                (evidence - doubt) * place.trust,
            )  # fmt: skip
            break
    yield from _bare_vat_ids(sheet, table, seen)


def _registers(
    sheet: Sheet, table: frozenset[int], regions: Sequence[Region]
) -> Iterator[Candidate]:
    """The number of a commercial register that pages print beside its register's name.

    It is the seller's, whose law wants it there. Of several numbers none is taken: a general
    partner's stands beside the company's own.
    """
    if not names_register(line.text for line in sheet.lines):
        return
    found: dict[str, tuple[str, Candidate]] = {}
    for line in sheet.lines:
        for cell in line.cells if line.number not in table else ():
            if "buyer" in parties_at(regions, line.page, cell.box):
                continue
            below = next(cells_below(sheet, cell.box, line.number), None)
            tokens = [*cell.tokens, *(below.tokens if below else ())]
            text = text_of(tokens)
            for one in printed_in(text):
                if one.start >= len(cell.text):
                    continue  # comes again with its own line
                printed = " ".join(text[one.start : one.end].split())
                own = _first_tokens(_tokens_at(tokens, one.start), compact(printed))
                made = candidate_of("seller.register_id", printed, own, line.page, 0.85)
                known = found.get(number_of(one.key))
                if known is None or len(known[0]) < len(one.key):  # names its register
                    found[number_of(one.key)] = (one.key, made)
    if len(found) == 1:
        yield from (made for _, made in found.values())


def _whose(
    sheet: Sheet, hit: Hit, regions: Sequence[Region], blocks: Sequence[Block]
) -> tuple[str, float]:
    """The party that a VAT number's label belongs to, and how sure that is.

    Its own words tell, or the heading above it, or the address that it stands under; else it
    is the seller's, who must state it.
    """
    if hit.means("buyer_vat_id"):
        return "buyer", 0.96
    page = sheet.lines[hit.line].page
    parties = parties_at(regions, page, hit.box)
    if parties:
        return parties[0], 0.96
    for block in blocks:
        below = hit.box.y0 - block.box.y0
        reach = block.box.height + UNDER_ADDRESS * hit.box.height
        if 0 < below < reach and overlaps(block.box, hit.box):
            seller, buyer = block.scores["seller"], block.scores["buyer"]
            if abs(seller - buyer) > 0.1:
                return ("buyer" if buyer > seller else "seller"), 0.88
    return "seller", 0.85


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
    if not count:
        yield from _plain_accounts(sheet)


def _plain_accounts(sheet: Sheet) -> Iterator[Candidate]:
    """Accounts that are no IBAN, of countries without: digits behind their label."""
    for hit in sheet.of("iban"):
        for place in places(sheet, hit):
            tokens = [token for token in place.tokens if token.key]
            digits = list(takewhile(lambda token: DIGITS.fullmatch(token.text), tokens))
            value = "".join(token.text for token in digits)
            if len(value) >= LEAST_DIGITS:
                evidence = 0.8 * hit.weight_of("iban") * place.trust
                yield candidate_of("seller.iban", value, digits, place.page, evidence)
                break


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
    if not any(IBAN_START.search(cell.text) for cell in line.cells):
        return
    whole = [token for cell in line.cells for token in cell.tokens]
    after = [token for cell in _next_line(sheet, line) for token in cell.tokens]
    through = _First(whole), _First([*whole, *after])
    for cell in line.cells:
        below = next(cells_below(sheet, cell.box, line.number), None)
        on_below = _First([*cell.tokens, *(below.tokens if below else ())])
        for found in ibans_in(cell.text):
            at = _tokens_at(cell.tokens, found.start)
            if not found.is_valid:
                for longer in (through[0], on_below, through[1]):
                    if longer.iban and longer.iban.value.startswith(found.value[:4]):
                        found, at = longer.iban, _tokens_at(longer.tokens, longer.iban.start)
                        break
            yield found.value, found.is_valid, _first_tokens(at, found.value)


@dataclass(frozen=True)
class _First:
    """Some tokens, and the first valid IBAN that they make together."""

    tokens: Sequence[Token]

    @cached_property
    def iban(self) -> FoundCode | None:
        return next((one for one in ibans_in(text_of(self.tokens)) if one.is_valid), None)


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
