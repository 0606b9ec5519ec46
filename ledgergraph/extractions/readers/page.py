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
from ledgergraph.extractions.readers.candidates import Candidate
from ledgergraph.extractions.readers.confidence import ITEM, confidence
from ledgergraph.extractions.readers.header import header_candidates
from ledgergraph.extractions.readers.labels import Sheet, sheet_of
from ledgergraph.extractions.readers.layout import layout_of
from ledgergraph.extractions.readers.learned import Chooser
from ledgergraph.extractions.readers.legible import TEXT, Legible, repaired
from ledgergraph.extractions.readers.orders import OWN, is_order, of_order, other_regions
from ledgergraph.extractions.readers.parties import party_candidates, scored_blocks
from ledgergraph.extractions.readers.ranking import View, rules_of
from ledgergraph.extractions.readers.receipts import is_receipt, payment_lines, receipt_candidates
from ledgergraph.extractions.readers.regions import Region, inside, regions_of
from ledgergraph.extractions.readers.repairs import Known
from ledgergraph.extractions.readers.totals import read_totals
from ledgergraph.extractions.readers.wrapped import whole

READING, RULES = "page", "rules"
BESIDE_OWN = 0.45
"""What a candidate of the parts for letters counts where a receipt has its own."""
OPEN = 0.6
"""At most so sure is a value that its own print can mean in two ways: `03/04/2024`."""
NAMES = ("seller.name", "buyer.name")
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


def read_page(
    document_id: str,
    pages: Sequence[Page],
    words: Sequence[Word],
    model: Chooser | None = None,
) -> PageReading:
    """The fields that a document's pages state, each with page, box and confidence.

    Values are canonical (ISO dates, plain decimals), `raw` as printed, boxes in the unit of
    their page. The whole document is one part: 0. With a model it chooses among candidates
    and says how likely each choice is right; without one, and for fields that it has not
    learned, the rules do.
    """
    view = viewed(document_id, pages, words, model.known if model else None)
    if view is None:
        return PageReading([], [])
    readings: list[Reading] = []
    candidates: list[Alternative] = []
    for name, order, sure, reader in _chosen(view, model):
        if _is_open(order):
            sure = min(sure, OPEN)
        if name in NAMES:
            order = [whole(view.sheet.layout, order[0]), *order[1:]]
        for rank, one in enumerate(order[: MAX_CANDIDATES + 1]):
            less = sure if rank == 0 else round(min(one.evidence, sure) * (1 - sure), 4)
            made = _reading(view, one, name, less, reader)
            if rank == 0:
                readings.append(made)
            else:
                candidates.append(Alternative(made, rank))
    for number, item in enumerate(view.table.items):
        readings.extend(_item_readings(view, number, item))
    return PageReading(readings, candidates)


def viewed(
    document_id: str, pages: Sequence[Page], words: Sequence[Word], known: Known | None = None
) -> View | None:
    """A document with what the rules find, and words that are known; None if it has no words."""
    sheet = sheet_of(layout_of(document_id, pages, words))
    if not sheet.lines:
        return None
    table = read_items(sheet)
    rules = rules_of(_by_field(_header(sheet, table)))
    return View(sheet, Legible(words), table, rules, known or {})


def _is_open(order: Sequence[Candidate]) -> bool:
    """Whether the print of the best candidate means another one too."""
    best = order[0]
    place = (best.page, best.box)
    return any((one.page, one.box) == place and one.raw == best.raw for one in order[1:])


def _chosen(
    view: View, model: Chooser | None
) -> Iterator[tuple[str, Sequence[Candidate], float, str]]:
    """Each field with its candidates, the best first, how sure that is, and who chose."""
    learned = model.taken(view) if model is not None else {}
    if is_order(view.rules.get("type", ())):  # models learn of invoices
        learned = {name: choice for name, choice in learned.items() if name not in OWN}
    for name in sorted({*view.rules, *learned}):
        choice = learned.get(name)
        if choice is not None and not choice.order:
            continue
        if model is not None and choice is not None and choice.sure is not None:
            yield name, choice.order, round(choice.sure, 4), model.name
            continue
        order = view.rules[name]
        rival = order[1].evidence if len(order) > 1 else 0.0
        _, legible = view.legible.at(order[0].page, order[0].box)
        yield name, order, confidence(order[0].evidence, rival) * legible, RULES


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
    header = list(header_candidates(sheet, table.lines, inside(sheet, regions)))
    if is_order(header):
        yield from of_order([*header, *_parties(sheet, table, other_regions(regions))])
    else:
        yield from header
        yield from _parties(sheet, table, regions)
    yield from read_totals(sheet, table.lines | paid, table.items)


def _parties(sheet: Sheet, table: Table, regions: Sequence[Region]) -> Iterator[Candidate]:
    blocks = scored_blocks(sheet, table.lines, regions)
    yield from party_candidates(sheet, table.lines, regions, blocks)
    yield from account_candidates(sheet, table.lines, regions, blocks)


def _by_field(candidates: Iterator[Candidate]) -> dict[str, list[Candidate]]:
    grouped: dict[str, list[Candidate]] = {}
    for one in candidates:
        if one.evidence > 0:
            grouped.setdefault(one.field, []).append(one)
    return dict(sorted(grouped.items()))


def _reading(view: View, one: Candidate, name: str, sure: float, reader: str) -> Reading:
    source, _ = view.legible.at(one.page, one.box)
    is_repaired = source != TEXT and name.endswith(".address")
    return Reading(
        document_id=view.sheet.layout.document_id,
        part=0,
        reading=READING,
        line=None,
        field=name,
        value=repaired(one.value) if is_repaired else one.value,
        raw=one.raw,
        confidence=round(sure, 4),
        source=source,
        page=one.page,
        box=one.box,
        box_unit=view.sheet.layout.by_number[one.page].unit,
        reader=reader,
    )


def _item_readings(view: View, number: int, item: Item) -> Iterator[Reading]:
    base = min(ITEM[item.is_consistent], *view.table.shares[number : number + 1], 1.0)
    for name, value in item.values.items():
        one = Candidate(name, value.value, value.raw, value.page, value.box, base)
        _, legible = view.legible.at(one.page, one.box)
        yield replace(_reading(view, one, name, base * legible, view.table.reader), line=number)
