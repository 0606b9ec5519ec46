"""Reading a page: labels, recognisers, arithmetic and geometry put together.

`read_page` gives one reading a field, as reading `page` with source `text` or `ocr:<engine>`,
and the other candidates by rank. What the pages do not print is not read. A reading of
recognised words is no surer than the recognition of the least sure of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ledgergraph.evidence import Page, Reading, Word
from ledgergraph.extractions.line_items import Item, Table, read_items
from ledgergraph.extractions.readers.accounts import account_candidates
from ledgergraph.extractions.readers.candidates import Candidate, ranked
from ledgergraph.extractions.readers.confidence import ITEM, confidence
from ledgergraph.extractions.readers.header import header_candidates
from ledgergraph.extractions.readers.labels import Sheet, sheet_of
from ledgergraph.extractions.readers.layout import layout_of
from ledgergraph.extractions.readers.legible import TEXT, Legible, repaired
from ledgergraph.extractions.readers.parties import party_candidates, scored_blocks
from ledgergraph.extractions.readers.receipts import is_receipt, payment_lines, receipt_candidates
from ledgergraph.extractions.readers.regions import inside, regions_of
from ledgergraph.extractions.readers.totals import read_totals

READING = "page"
BESIDE_OWN = 0.45
"""What a candidate of the parts for letters counts where a receipt has its own."""
MAX_CANDIDATES = 4
"""Alternatives kept for a field."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another value for a field of a reading: `rank` counts from 1, the next best."""

    reading: Reading
    rank: int


@dataclass(frozen=True)
class PageReading:
    """What the pages of one document say."""

    readings: list[Reading]
    candidates: list[Alternative]


def read_page(document_id: str, pages: Sequence[Page], words: Sequence[Word]) -> PageReading:
    """The fields that a document's pages state, each with page, box and confidence.

    Values are canonical (ISO dates, plain decimals), `raw` as printed, boxes in the unit of
    their page. The whole document is one part: 0.
    """
    layout = layout_of(document_id, pages, words)
    sheet = sheet_of(layout)
    if not sheet.lines:
        return PageReading([], [])
    table = read_items(sheet)
    legible = Legible(words)
    readings: list[Reading] = []
    candidates: list[Alternative] = []
    for name, found in _by_field(_header(sheet, table)).items():
        order = ranked(found)
        rival = order[1].evidence if len(order) > 1 else 0.0
        best = order[0]
        sure = confidence(best.evidence, rival)
        readings.append(_reading(sheet, legible, best, name, sure))
        for rank, one in enumerate(order[1 : MAX_CANDIDATES + 1], start=1):
            less = round(min(one.evidence, sure) * (1 - sure), 4)
            candidates.append(Alternative(_reading(sheet, legible, one, name, less), rank))
    for number, item in enumerate(table.items):
        readings.extend(_item_readings(sheet, legible, number, item))
    return PageReading(readings, candidates)


def _header(sheet: Sheet, table: Table) -> Iterator[Candidate]:
    """Candidates for all fields of the header; on a receipt its own come first."""
    if not is_receipt(sheet):
        yield from _of_any_page(sheet, table)
        return
    own = list(receipt_candidates(sheet))
    yield from own
    found = {one.field for one in own}
    unlikely = {"buyer.name", "buyer.address"}
    if not any(sheet.of("tax")):  # the prices of two things bought are no net and tax
        unlikely |= {"totals.net", "totals.tax"}
    for one in _of_any_page(sheet, table, payment_lines(sheet)):
        if one.field not in unlikely:
            share = BESIDE_OWN if one.field in found and one.field != "type" else 1.0
            yield replace(one, evidence=share * one.evidence)


def _of_any_page(
    sheet: Sheet, table: Table, paid: frozenset[int] = frozenset()
) -> Iterator[Candidate]:
    """Candidates as on any page; lines of what was paid there are no totals."""
    regions = regions_of(sheet, table.lines)
    yield from header_candidates(sheet, table.lines, inside(sheet, regions))
    blocks = scored_blocks(sheet, table.lines, regions)
    yield from party_candidates(sheet, table.lines, regions, blocks)
    yield from account_candidates(sheet, table.lines, regions, blocks)
    yield from read_totals(sheet, table.lines | paid, table.items)


def _by_field(candidates: Iterator[Candidate]) -> dict[str, list[Candidate]]:
    grouped: dict[str, list[Candidate]] = {}
    for one in candidates:
        if one.evidence > 0:
            grouped.setdefault(one.field, []).append(one)
    return dict(sorted(grouped.items()))


def _reading(sheet: Sheet, legible: Legible, one: Candidate, name: str, sure: float) -> Reading:
    source, share = legible.at(one.page, one.box)
    is_repaired = source != TEXT and name.endswith(".address")
    return Reading(
        document_id=sheet.layout.document_id,
        part=0,
        reading=READING,
        line=None,
        field=name,
        value=repaired(one.value) if is_repaired else one.value,
        raw=one.raw,
        confidence=round(sure * share, 4),
        source=source,
        page=one.page,
        box=one.box,
        box_unit=_unit_of(sheet, one.page),
    )


def _unit_of(sheet: Sheet, page: int) -> str:
    return sheet.layout.by_number[page].unit


def _item_readings(sheet: Sheet, legible: Legible, number: int, item: Item) -> Iterator[Reading]:
    base = ITEM[item.is_consistent]
    for name, value in item.values.items():
        one = Candidate(name, value.value, value.raw, value.page, value.box, base)
        yield replace(_reading(sheet, legible, one, name, base), line=number)
