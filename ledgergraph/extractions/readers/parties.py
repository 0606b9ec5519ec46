"""Seller, buyer and payee: whose the names and addresses on a page are.

A party is found where a heading names it, or as an address. Whose an address is follows from
where it stands (letterhead, address window, footer) and from what stands with it: the
sender's line, a telephone, a VAT number, an account.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from heapq import nlargest
from itertools import dropwhile

from ledgergraph.evidence import Box
from ledgergraph.extractions.languages import phrase_key
from ledgergraph.extractions.readers.addresses import (
    CONTACT,
    Block,
    blocks_of,
    has_legal_form,
    is_attention,
    is_name,
    is_nameless,
    is_postal,
    name_and_address,
    overlaps,
    pieces_of,
    plain_name,
)
from ledgergraph.extractions.readers.candidates import Candidate, candidate_of
from ledgergraph.extractions.readers.labels import Sheet, places
from ledgergraph.extractions.readers.layout import Cell, text_of
from ledgergraph.extractions.readers.regions import (
    HEADED,
    Region,
    labelled_rows,
    parties_at,
    value_cells,
)

COUNTRY_FIRST = re.compile(r"^([A-Z]{2})(?:[ -]+)(?=\d{4,5}\b|[A-Z]{1,2}\d)")
"""The code of a country before a postal code: `DE 10115 Berlin`."""
MANY = 12
"""Addresses of the first page that are compared in pairs."""
HEADED_EVIDENCE = 0.9
"""For the party whose heading a block stands under."""
NAME_ABOVE = 6
"""The name of an address that has none is looked for so many line heights above it at most."""
FOOTER = 0.84
"""Below this share of the page's height stands what is printed on every letter."""


def scored_blocks(sheet: Sheet, table: frozenset[int], regions: Sequence[Region]) -> list[Block]:
    """The addresses on all pages, with the evidence for whose each is."""
    blocks = blocks_of(sheet, table)
    _score(sheet, blocks, regions)
    _tell_apart(sheet, blocks)
    return blocks


def _tell_apart(sheet: Sheet, blocks: Sequence[Block]) -> None:
    """One is the seller, so the other is not: the pair of addresses that fits best decides."""
    first = [block for block in blocks if block.page == sheet.lines[0].page][:MANY]
    pairs = [
        (seller.scores["seller"] + buyer.scores["buyer"], seller, buyer)
        for seller in first
        for buyer in first
        if phrase_key(seller.cells[0].text) != phrase_key(buyer.cells[0].text)
    ]
    if not pairs:
        return
    _, seller, buyer = max(pairs, key=lambda pair: pair[0])
    if seller.scores["seller"] > buyer.scores["seller"] and buyer.scores["buyer"] > 0:
        buyer.scores["seller"] = min(buyer.scores["seller"], 0.5 * buyer.scores["buyer"])


def party_candidates(
    sheet: Sheet, table: frozenset[int], regions: Sequence[Region], blocks: Sequence[Block]
) -> Iterator[Candidate]:
    """Candidates for names and addresses of seller, buyer and payee."""
    for region in regions:
        yield from _from_region(sheet, region)
    yield from _from_blocks(sheet, blocks)
    yield from _from_letterhead(sheet, table, regions)
    for hit in sheet.of("payee"):
        for place in places(sheet, hit):
            tokens = list(dropwhile(lambda token: not token.key, place.tokens))
            if is_name(tokens) and hit.line not in table:
                evidence = 0.75 * hit.weight_of("payee") * place.trust
                yield candidate_of("payee.name", text_of(tokens), tokens, place.page, evidence)
                break


def _from_region(sheet: Sheet, region: Region) -> Iterator[Candidate]:
    if region.party not in ("seller", "buyer"):
        return
    named = labelled_rows(sheet, region, "name")
    addressed = labelled_rows(sheet, region, "address")
    weight = max(region.hit.weight_of(party) for party in HEADED)
    sure = 0.97 if weight == 1.0 else 0.7
    if named:
        yield _joined(f"{region.party}.name", named, " ", sure)
        if addressed:
            yield _address(f"{region.party}.address", addressed, sure - 0.07)
        return
    cells = list(value_cells(sheet, region))
    while cells and is_attention(sheet, cells[0]):
        cells = cells[1:]
    name, address = name_and_address(sheet, cells)
    if name and is_name([t for cell in name for t in cell.tokens]):
        yield _joined(f"{region.party}.name", name, " ", 0.9 * sure)
        if address and any(is_postal(cell) for cell in address):
            yield _address(f"{region.party}.address", address, 0.85 * sure)


def _address(name: str, cells: Sequence[Cell], evidence: float) -> Candidate:
    """Street, town and country with commas; a country's code before the town goes to the end."""
    lines = [cell.text.rstrip(" ,;") for cell in cells]
    country = [match[1] for line in lines if (match := COUNTRY_FIRST.match(line))]
    value = ", ".join([*(COUNTRY_FIRST.sub("", line) for line in lines), *country[:1]])
    return replace(_joined(name, cells, ", ", evidence), value=value)


def _joined(name: str, cells: Sequence[Cell], separator: str, evidence: float) -> Candidate:
    text = separator.join(cell.text.rstrip(" ,;") for cell in cells)
    box = Box.around([cell.box for cell in cells])
    value = plain_name(text) if name.endswith(".name") else text
    return Candidate(name, value, text, cells[0].page, box, evidence)


def _score(sheet: Sheet, blocks: Sequence[Block], regions: Sequence[Region]) -> None:
    """Evidence for whose each block is: what its heading says, or else how it stands."""
    senders = {phrase_key(b.cells[0].text) for b in blocks if b.is_sender_line}
    for block in blocks:
        headed = parties_at(regions, block.page, block.cells[0].box)
        if headed:
            seller = HEADED_EVIDENCE if "seller" in headed else 0.0
            buyer = HEADED_EVIDENCE if "buyer" in headed and not seller else 0.0
        else:
            is_sender = block.is_sender_line or phrase_key(block.cells[0].text) in senders
            seller, buyer = _unheaded(sheet, block, is_sender)
        block.scores = {"seller": seller, "buyer": buyer}


def _unheaded(sheet: Sheet, block: Block, is_sender: bool) -> tuple[float, float]:
    """Evidence for seller and for buyer of a block that no heading names.

    A letter's sender stands above its address window, in the letterhead, with telephone and
    accounts, or in the footer; the buyer in the window, on the first page.
    """
    seller = buyer = 0.3
    top = block.box.y0 / sheet.layout.height_of(block.page)
    contacts = min(_contacts(sheet, block), 3)
    seller += 0.15 * contacts + (0.05 if has_legal_form(block.cells[0]) else 0.0)
    buyer -= 0.12 * contacts + (0.25 if block.page != sheet.lines[0].page else 0.0)
    buyer += 0.25 if is_attention(sheet, block.cells[0]) else 0.0
    if top < 0.1:
        seller += 0.15
    elif 0.12 < top < 0.36:
        buyer += 0.1
    if is_sender or top > FOOTER:
        return seller + 0.5, 0.0
    if block.is_below_sender:
        return 0.0, buyer + 0.55
    return seller, buyer


def _contacts(sheet: Sheet, block: Block) -> int:
    """How many signs of a letterhead stand just below a block: telephone, VAT number, account."""
    box = block.box
    reach = 7 * block.cells[-1].box.height
    count = 0
    for line in sheet.layout.lines_between(block.page, box.y0, box.y1 + reach):
        for number, cell in enumerate(line.cells):
            if not (box.y0 <= cell.box.y0 <= box.y1 + reach and overlaps(box, cell.box)):
                continue
            hits = sheet.hits_in(line.number, number)
            count += bool(CONTACT.search(cell.text)) or any(
                hit.means("vat_id", "iban", "other") for hit in hits
            )
    return count


def _from_blocks(sheet: Sheet, blocks: Sequence[Block]) -> Iterator[Candidate]:
    for party, rival in (("seller", "buyer"), ("buyer", "seller")):
        best, second = nlargest(2, [0.0, 0.0, *(block.scores[party] for block in blocks)])
        for block in blocks:
            evidence = block.scores[party]
            other = second if evidence == best else best
            if evidence <= block.scores[rival] or evidence < 0.2:
                evidence *= 0.4
            evidence = min(0.9, evidence) - (0.1 if other >= evidence else 0)
            cells = list(block.cells)
            while len(cells) > 2 and _is_no_name(sheet, cells[0]):
                cells = cells[1:]
            if evidence <= 0.05:
                continue
            if is_nameless(cells):
                yield _address(f"{party}.address", cells, 0.9 * evidence)
                name = _name_elsewhere(sheet, blocks, cells)
                if name:
                    yield _joined(f"{party}.name", name, " ", 0.95 * evidence)
                continue
            name, address = name_and_address(sheet, cells)
            if name and is_name([t for c in name for t in c.tokens]):
                yield _joined(f"{party}.name", name, " ", evidence)
                if address:
                    yield _address(f"{party}.address", address, 0.9 * evidence)


def _name_elsewhere(sheet: Sheet, blocks: Sequence[Block], cells: Sequence[Cell]) -> list[Cell]:
    """The name of an address that is printed apart from it.

    It is the name at which the same address stands once more, or else that of the nearest
    company beside or above it.
    """
    street = phrase_key(cells[0].text)
    for block in blocks:
        own = list(block.cells)
        if not is_nameless(own) and any(phrase_key(c.text) == street for c in own[1:]):
            return name_and_address(sheet, own)[0]
    first = cells[0]
    reach = NAME_ABOVE * first.box.height
    near = [
        cell
        for line in sheet.layout.lines_between(
            first.page, first.box.y0 - reach, cells[-1].box.y1 + reach
        )
        for cell in line.cells
        if cell.box.y0 - cells[-1].box.y1 < first.box.height
        and first.box.y0 - cell.box.y1 < reach
        and has_legal_form(cell)
        and is_name(cell.tokens)
    ]
    return [min(near, key=lambda c: abs(c.box.middle_y - first.box.middle_y))] if near else []


def _is_no_name(sheet: Sheet, cell: Cell) -> bool:
    """Whether the first line of an address is a form of address or a remark in brackets."""
    return is_attention(sheet, cell) or cell.text.startswith("(")


def _from_letterhead(
    sheet: Sheet, table: frozenset[int], regions: Sequence[Region]
) -> Iterator[Candidate]:
    """Names with a legal form at the top of the first page and in the footer."""
    for line in sheet.layout.page_lines(sheet.lines[0].page) if sheet.lines else ():
        share = line.box.y0 / sheet.layout.height_of(line.page)
        if line.number in table or 0.2 < share < FOOTER:
            continue
        for cell in line.cells:
            if (
                parties_at(regions, line.page, cell.box)
                or not has_legal_form(cell)
                or not is_name(cell.tokens)
            ):
                continue
            name = next(pieces_of(cell), cell)
            if has_legal_form(name) and len(name.tokens) <= 8:
                yield _joined("seller.name", [name], " ", 0.35)
