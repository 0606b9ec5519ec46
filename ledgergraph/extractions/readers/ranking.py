"""Candidates as a model sees them: what is offered for each field, as rows of numbers.

Belongs here: the offers of a document (those of the rules, and beside them what rules would
not think of), and what is known of each: place, text, labels, arithmetic, neighbours, how
the rules rank it. Not here: how rows become a choice (`learned`), how a model learns
(`models.ranking`, from examples of `datasets.readings`).
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import combinations
from statistics import median

import numpy as np

from ledgergraph.books import DOCUMENT_TYPES, INVOICE_TYPES
from ledgergraph.evidence import Box
from ledgergraph.extractions.fields import Form, day_of, decimal_of, form_of
from ledgergraph.extractions.languages import CODES, common, key_of
from ledgergraph.extractions.line_items import Table
from ledgergraph.extractions.names import compact, plain_words
from ledgergraph.extractions.readers.addresses import CONTACT, has_legal_form, is_postal
from ledgergraph.extractions.readers.candidates import Candidate, candidate_of, ranked
from ledgergraph.extractions.readers.labels import Hit, Sheet
from ledgergraph.extractions.readers.layout import Cell, Line, cell_of, text_of
from ledgergraph.extractions.readers.legible import TEXT, Legible
from ledgergraph.extractions.readers.receipts import (
    REGISTRATION,
    TELEPHONE,
    TIME,
    is_receipt,
)
from ledgergraph.extractions.readers.recognisers import dates_in, numbers_in
from ledgergraph.extractions.readers.repairs import Known, repaired_forms, repaired_word
from ledgergraph.extractions.readers.spans import (
    Span,
    address_spans,
    days_in,
    name_spans,
    printed_day,
    top_lines,
)
from ledgergraph.extractions.readers.spotting import Spotted
from ledgergraph.models.contract import Floats
from ledgergraph.money import plain

NAME, ADDRESS, DATE, GROSS = "seller.name", "seller.address", "issue_date", "totals.gross"
OTHER, NAMED, ADDRESSED = range(3)
"""Classes of lines for the tagger."""
LABELS = (
    "number", "issue_date", "due_date", "delivery_date", "period", "order_reference", "lines",
    "allowances", "net", "tax", "gross", "due", "prepaid", "vat_id", "iban", "seller", "buyer",
    "other",
)  # fmt: skip
"""Labels that are told apart beside, before and above a candidate."""
SIGNS = ("paid", "change", "rounding", "sign")
FIELDS = (
    NAME, ADDRESS, DATE, GROSS, "totals.net", "totals.tax", "totals.due", "totals.lines",
    "totals.allowances", "totals.charges", "totals.prepaid", "number", "type", "due_date",
    "currency", "order_reference", "contract_reference", "preceding_invoice", "period_start",
    "period_end", "seller.vat_id", "seller.iban", "payee.name", "buyer.name", "buyer.address",
    "buyer.vat_id",
)  # fmt: skip
"""Fields as a number, in this order; what is not among them is all one."""
MOST_AMOUNTS = 60
STREET = re.compile(
    r"\b(?:no|lot|jalan|jln|street|st|road|rd|avenue|ave|lane|floor|level|unit|str|strasse|straße|"
    r"weg|platz|rue|via|calle|rua|piazza|avenida)\b",
    re.IGNORECASE,
)
"""Words of streets and floors, in the ways of some countries."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A candidate for a field, as the rules see it: evidence 0 and rank -1 are none of theirs."""

    candidate: Candidate
    rank: int
    span: Span | None = None


@dataclass
class View:
    """A document as offers are described: its sheet, its rules' candidates, facts of its lines."""

    sheet: Sheet
    legible: Legible
    table: Table
    rules: Mapping[str, Sequence[Candidate]]
    known: Known = field(default_factory=dict)
    tags: Floats = field(default_factory=lambda: np.zeros((0, 3)))
    spans: dict[tuple[str, int, int], dict[str, float]] = field(default_factory=dict)
    spotted: Spotted | None = None

    @cached_property
    def is_receipt(self) -> bool:
        """Whether rules take it for a receipt."""
        return is_receipt(self.sheet)

    @cached_property
    def is_slip(self) -> bool:
        """Whether its top may be that of a receipt: a single page of short lines."""
        if self.is_receipt:
            return True
        is_narrow = max(len(line.text) for line in self.sheet.lines) <= SLIP_WIDTH
        return is_narrow and len(self.sheet.layout.pages) == 1

    @cached_property
    def is_recognised(self) -> bool:
        """Whether an engine read its first line."""
        first = self.sheet.lines[0]
        return self.legible.at(first.page, first.box)[0] != TEXT

    @cached_property
    def top(self) -> Sequence[Line]:
        """The lines of the top, recognised words repaired where that can be told."""
        lines = top_lines(self.sheet)
        return [self._repaired(line) for line in lines] if self.is_recognised else lines

    def _repaired(self, line: Line) -> Line:
        cells = []
        for cell in line.cells:
            words = [
                repaired_word(one.text, self.legible.at(line.page, one.box)[1], self.known)
                for one in cell.tokens
            ]
            tokens = zip(cell.tokens, repaired_forms(words, common().legal_forms), strict=True)
            cells.append(
                cell_of(line.page, line.number, [replace(one, text=word) for one, word in tokens])
            )
        return replace(line, cells=tuple(cells))

    def repaired(self, one: Candidate) -> Candidate:
        """A name or an address of the rules with the words of the top as they were repaired."""
        if one.field not in (NAME, ADDRESS) or not self._changed:
            return one
        value = " ".join(self._changed.get(word, word) for word in one.value.split(" "))
        return replace(one, value=value) if value != one.value else one

    @cached_property
    def _changed(self) -> Mapping[str, str]:
        """The words of the top that were repaired, as they were and as they are."""
        changed = {}
        for old, new in zip(top_lines(self.sheet), self.top, strict=True):
            for one, other in zip(old.cells, new.cells, strict=True):
                for token, repaired in zip(one.tokens, other.tokens, strict=True):
                    if token.text != repaired.text:
                        changed[token.text] = repaired.text
                        changed[token.text.strip(EDGES)] = repaired.text.strip(EDGES)
        return changed

    @cached_property
    def cells(self) -> Sequence[Cell]:
        """The lines of the top, each as one cell."""
        return [
            cell_of(line.page, line.number, [one for cell in line.cells for one in cell.tokens])
            for line in self.top
        ]

    @cached_property
    def height(self) -> float:
        """The usual height of a line."""
        return median(line.box.height for line in self.sheet.lines) or 1.0

    @cached_property
    def facts(self) -> Sequence[Mapping[str, float]]:
        """What is known of each line of the top."""
        return [self._facts(at) for at in range(len(self.top))]

    def _facts(self, at: int) -> Mapping[str, float]:
        line, cell = self.top[at], self.cells[at]
        text = cell.text
        letters, digits = sum(map(str.isalpha, text)), sum(map(str.isdigit, text))
        hits = self.sheet.by_line.get(line.number, ())
        keys = {token.key for token in cell.tokens}
        above = self.top[at - 1].box.y1 if at else 0.0
        below = self.top[at + 1].box.y0 if at + 1 < len(self.top) else line.box.y1
        return {
            "length": len(text), "digits": digits / max(len(text), 1),
            "letters": letters / max(len(text), 1),
            "upper": sum(map(str.isupper, text)) / max(letters, 1),
            "legal": has_legal_form(cell), "company": bool(keys & common().company_words),
            "postal": is_postal(cell) or bool(re.search(r"\b\d{5}\b", text)),
            "contact": bool(CONTACT.search(text)), "telephone": bool(TELEPHONE.match(text)),
            "registered": bool(REGISTRATION.match(text)), "time": bool(TIME.search(text)),
            "day": bool(dates_in(text, self.sheet.style)), "street": bool(STREET.search(text)),
            "colon": ":" in text, "comma": text.rstrip().endswith(","),
            "bracket": text.startswith("("), "starts_digit": text[:1].isdigit(),
            "label": max((hit.weight_of(m.field) for hit in hits if hit.at_start
                          for m in hit.meanings), default=0.0),
            "title": any(hit.line == line.number and hit.at_start for hit in self.sheet.types),
            "cells": len(line.cells), "tall": line.box.height / self.height,
            "before": (line.box.y0 - above) / self.height,
            "after": (below - line.box.y1) / self.height,
            "left": line.box.x0 / max(self.sheet.layout.width_of(line.page), 1.0),
            "right": line.box.x1 / max(self.sheet.layout.width_of(line.page), 1.0),
        }  # fmt: skip

    def marks(self) -> list[list[str]]:
        """The marks of the lines of the top, for the tagger: their words, shapes, neighbours."""
        own = [_marks(cell, facts) for cell, facts in zip(self.cells, self.facts, strict=True)]
        found = []
        for at in range(len(own)):
            marks = [f"at {min(at, 8)}", *(f"0 {one}" for one in own[at])]
            for step in (-2, -1, 1, 2):
                inside = 0 <= at + step < len(own)
                marks += [f"{step} {one}" for one in own[at + step]] if inside else [f"{step} end"]
            found.append(marks)
        return found

    @cached_property
    def amounts(self) -> Sequence[tuple[Line, Box, Decimal, str]]:
        """The amounts with cents of all lines, in order, and as they are printed."""
        found = []
        for line in self.sheet.lines:
            for cell in line.cells:
                for one in numbers_in([token.text for token in cell.tokens], self.sheet.style):
                    if one.decimals == 2 and not one.is_percent:
                        tokens = cell.tokens[one.first : one.last + 1]
                        box = Box.around([token.box for token in tokens])
                        found.append((line, box, one.value, text_of(tokens)))
        return found

    @cached_property
    def values(self) -> Counter[Decimal]:
        """How often each amount stands there."""
        return Counter(value for _, _, value, _ in self.amounts)

    @cached_property
    def sums(self) -> frozenset[Decimal]:
        """What two of the amounts make together, where there are few."""
        few = sorted({abs(one) for one in self.values if one}, reverse=True)[:MOST_AMOUNTS]
        return frozenset(one + other for one, other in combinations(few, 2))

    @cached_property
    def gaps(self) -> frozenset[Decimal]:
        """What was paid less the change, by the words beside the amounts."""
        paid, change = self._signed("paid"), self._signed("change")
        return frozenset({one - other for one in paid for other in change} | paid)

    @cached_property
    def kept(self) -> frozenset[Decimal]:
        """What any amount above the change leaves of itself when the change is taken away."""
        change = {abs(value) for line, value in self._ends if self._is_signed(line, "change")}
        return frozenset(
            value - back for _, value in self._ends for back in change if 0 < back < value
        )

    @property
    def is_bill(self) -> bool:
        """Whether it is an invoice or a credit note, for all that the rules know."""
        types = self.rules.get("type")
        return not types or types[0].value in INVOICE_TYPES

    @cached_property
    def steps(self) -> tuple[frozenset[Decimal], frozenset[Decimal]]:
        """The sums of two amounts that end lines above them, and the parts of such sums.

        The total of all is a sum and no part; a total of some is both, or a part alone. What
        was paid and given back is neither.
        """
        ends = [
            (line, value)
            for line, value in self._ends
            if value and not self._is_signed(line, "paid", "change")
        ]
        wholes, parts = set(), set()
        for at, (_, whole) in enumerate(ends):
            above = {value for _, value in ends[max(0, at - NEAR) : at]}
            for one in above:
                rest = whole - one
                if rest in above and rest != one:
                    wholes.add(whole)
                    parts |= {one, rest}
        return frozenset(wholes), frozenset(parts)

    @cached_property
    def _ends(self) -> Sequence[tuple[int, Decimal]]:
        """The amount of each line that has words and one amount, in order."""
        by_line: dict[int, list[Decimal]] = {}
        for line, _, value, _ in self.amounts:
            by_line.setdefault(line.number, []).append(value)
        return [
            (number, own[0])
            for number, own in by_line.items()
            if len(own) == 1 and any(map(str.isalpha, self.sheet.lines[number].text))
        ]

    def _is_signed(self, line: int, *signs: str) -> bool:
        return any(hit.means(*signs) for hit in self.hits_by_line.get(line, ()))

    @cached_property
    def items(self) -> Decimal | None:
        """The sum of the line items, where there are some."""
        nets = [Decimal(one.values["net"].value) for one in self.table.items if "net" in one.values]
        return sum(nets, Decimal(0)) if nets else None

    def _signed(self, sign: str) -> set[Decimal]:
        lines = {hit.line for hit in self.sheet.signs if hit.means(sign)}
        return {abs(value) for line, _, value, _ in self.amounts if line.number in lines}

    @cached_property
    def days(self) -> Counter[date]:
        """How often each day stands there."""
        return Counter(
            day for line in self.sheet.lines for day in days_in(line.text, self.sheet.style)
        )

    @cached_property
    def surely(self) -> Sequence[float]:
        """How sure the least sure word of each line of the top is."""
        return [self.legible.at(line.page, line.box)[1] for line in self.top]

    def line_at(self, page: int, box: Box) -> Line | None:
        """The line that a box stands on."""
        best, most = None, 0.0
        for line in self.sheet.layout.lines_between(page, box.y0, box.y1):
            shared = min(line.box.y1, box.y1) - max(line.box.y0, box.y0)
            if shared > most:
                best, most = line, shared
        return best

    @cached_property
    def hits_by_line(self) -> Mapping[int, Sequence[Hit]]:
        """Words of receipts by line."""
        found: dict[int, list[Hit]] = {}
        for hit in self.sheet.signs:
            found.setdefault(hit.line, []).append(hit)
        return found


EDGES = " ,;."
"""Signs that a value loses at its ends."""
NEAR = 8
"""Amounts of a sum are looked for among so many that stand above it."""
SLIP_WIDTH = 60
"""A page with longer lines, in characters, is no slip."""


def _marks(cell: Cell, facts: Mapping[str, float]) -> list[str]:
    words = [key_of(token.text) for token in cell.tokens if token.key]
    shapes = [re.sub(r"\d", "0", word) for word in words]
    found = [f"w {one}" for one in shapes]
    found += [f"s {one[-3:]}" for one in shapes if len(one) > 4]
    found += [f"p {one[:4]}" for one in shapes if len(one) > 5]
    if shapes:
        found += [f"first {shapes[0]}", f"last {shapes[-1]}"]
    found += [
        name for name in ("legal", "company", "postal", "contact", "telephone", "registered",
                          "time", "day", "street", "colon", "comma", "bracket", "starts_digit",
                          "title") if facts[name]
    ]  # fmt: skip
    found += [f"length {min(int(facts['length'] // 8), 6)}", f"digits {int(facts['digits'] * 5)}"]
    return [*found, f"cells {min(int(facts['cells']), 3)}", f"label {facts['label']:.1f}"]


@lru_cache(maxsize=8192)
def key_of_text(text: str) -> str:
    """A text's letters and digits, without case and accents."""
    return compact(plain_words(text))


# What is offered


def offers_of(view: View) -> dict[str, list[Offer]]:
    """What is offered for each field, the rules' own first, one offer a value."""
    found = {
        name: [Offer(view.repaired(one), rank) for rank, one in enumerate(own)]
        for name, own in view.rules.items()
    }  # fmt: skip
    if view.is_slip:
        _add(found, NAME, _of_spans(NAME, name_spans(view.top)))
        _add(found, ADDRESS, _of_spans(ADDRESS, address_spans(view.top)))
        _add(found, GROSS, (Offer(one, -1) for one in _all_amounts(view)))
        _add(found, DATE, (Offer(one, -1) for one in _all_days(view)))
        if DATE in found:
            found[DATE] = [_dated(view, one) for one in found[DATE]]
        _add(found, "number", (Offer(one, -1) for one in _slip_codes(view)))
    elif not view.is_bill:
        _add_others(found, view)
    for name, more in view.spotted.offers.items() if view.spotted else ():
        _add(found, name, (Offer(replace(one, evidence=0.0), -1) for one in more))
    return found


ALSO = {
    "number": ("order_reference", "contract_reference"),
    "seller.name": ("buyer.name",), "buyer.name": ("seller.name",),
    "seller.address": ("buyer.address",), "buyer.address": ("seller.address",),
    "seller.vat_id": ("buyer.vat_id",), "buyer.vat_id": ("seller.vat_id",),
}  # fmt: skip
"""What the rules take for one field may be another: who writes an order is the buyer.

Not on bills, on which rules tell them apart: there such offers only cost certainty.
"""


def _add_others(found: dict[str, list[Offer]], view: View) -> None:
    """Offers for a field that the rules found for another; their candidate names that field."""
    for name, others in ALSO.items():
        more = (Offer(one, -1) for other in others for one in view.rules.get(other, ())[:2])
        _add(found, name, more)
    _add(found, "number", (Offer(one, -1) for one in _named_codes(view)))


CODE = re.compile(r"(?=.*\d)[\w./-]{4,20}")


def _named_codes(view: View) -> Iterator[Candidate]:
    """Codes of the first page behind any label: papers have numbers that no invoice has."""
    page = view.sheet.lines[0].page
    for hit in view.sheet.of("other", "delivery", "charges"):
        line = view.sheet.lines[hit.line]
        if line.page != page or hit.line in view.table.lines or not hit.at_start:
            continue
        behind = [*line.cells[hit.cell].tokens[hit.last + 1 :]]
        behind = behind or [one for cell in line.cells[hit.cell + 1 :][:1] for one in cell.tokens]
        codes = [one for one in behind[-2:] if CODE.fullmatch(one.text)]
        if codes and not dates_in(codes[0].text, view.sheet.style):
            yield candidate_of(LABELLED, codes[0].text, codes[:1], line.page, 0.0)


def _slip_codes(view: View) -> Iterator[Candidate]:
    """Codes of a slip behind a word, a colon or a sign for numbers: tills word theirs freely."""
    for line in view.sheet.lines:
        text = " ".join(cell.text for cell in line.cells)
        found = NUMBERED.search(text)
        if found is None or dates_in(text, view.sheet.style) or CONTACT.search(text):
            continue
        tokens = [token for cell in line.cells for token in cell.tokens]
        own = [token for token in tokens if found["code"] in token.text]
        if own:
            one = candidate_of(LABELLED, found["code"], own[:1], line.page, 0.0)
            yield replace(one, raw=found["code"])


NUMBERED = re.compile(
    r"(?:(?P<sign>(?:\bn[or]?[.°º]+|\bno\b|\bnr\b|#|\bnumber|nummer)[.: ]*)"
    r"|(?<![^\W\d_])[^\W\d_]+[.:]* *)"
    r"(?P<code>(?<![\d.,/-])(?=[\w/-]{0,17}\d{3})[A-Z0-9][A-Z0-9/-]{3,19})$",
    re.IGNORECASE,
)
"""A code at the end of a line behind what names it. Names begin where a word does, so that a
line of one endless word costs no more than any other."""
LABELLED = "labelled"
"""Where a code comes from that no rule takes for a field."""


def _add(found: dict[str, list[Offer]], name: str, more: Iterator[Offer]) -> None:
    """Offers beside those of the rules; the same text is one, with the place of its lines."""
    own = found.setdefault(name, [])
    known = {_key(one): at for at, one in enumerate(own)}
    for one in more:
        at = known.get(_key(one))
        if at is None:
            known[_key(one)] = len(own)
            own.append(one)
        elif own[at].span is None and one.span is not None:
            candidate = replace(own[at].candidate, raw=one.span.raw)  # less what is cut off
            own[at] = Offer(candidate, own[at].rank, one.span)
    if not own:
        del found[name]


def _key(one: Offer) -> str:
    value = one.candidate.value
    return value if form_of(one.candidate.field) is Form.AMOUNT else key_of_text(value)


def _of_spans(name: str, spans: Iterator[Span]) -> Iterator[Offer]:
    for span in spans:
        yield Offer(Candidate(name, span.text, span.raw, span.page, span.box, 0.0), -1, span)


def _all_amounts(view: View) -> Iterator[Candidate]:
    for line, box, value, raw in view.amounts:
        if value > 0:
            yield Candidate(GROSS, plain(value), raw, line.page, box, 0.0)


def _dated(view: View, one: Offer) -> Offer:
    """An offer whose print is its date alone, where it stands joined to other things."""
    raw = printed_day(one.candidate.raw, one.candidate.value, view.sheet.style)
    return replace(one, candidate=replace(one.candidate, raw=raw)) if raw else one


def _all_days(view: View) -> Iterator[Candidate]:
    for line in view.sheet.lines:
        tokens = [token for cell in line.cells for token in cell.tokens]
        for day in days_in(text_of(tokens), view.sheet.style):
            yield candidate_of(DATE, day.isoformat(), tokens, line.page, 0.0)


# What is known of an offer

SPAN = (
    "first", "last", "lines", "form", "inside_mean", "inside_least", "inside_other", "missed",
    "before_own", "after_own", "before_name", "after_name", "tag_sum", "share_of_best",
    "gap_before", "gap_after", "gap_within", "same_as_rules", "overlap_rules", "follows_name",
    "any_legal", "last_legal", "any_company", "any_postal", "last_postal", "any_contact",
    "any_telephone", "any_registered", "any_day", "any_label", "any_title", "any_time",
    "first_digit", "first_bracket", "any_street", "first_street", "any_colon", "tall", "left",
    "right", "after_contact", "after_telephone", "after_label", "after_postal", "after_title",
    "after_registered", "before_legal", "before_registered", "before_label", "before_company",
    "after_legal", "after_comma", "last_comma", "cells",
)  # fmt: skip
TEXTUAL = (
    "length", "digits", "letters", "upper", "words", "commas", "brackets", "longest_word",
    "legal_inside", "valid", "form_of_field",
)  # fmt: skip
PLACED = (
    "page", "pages", "x0", "x1", "y0", "y1", "height", "line", "lines_below", "cells_before",
    "cells_after", "in_table", "occurrences", "confidence_least", "is_recognised",
)  # fmt: skip
RULED = (
    "evidence", "rank", "margin", "best_evidence", "offers", "ruled_offers", "field", "is_receipt",
    "is_slip", "language",
)  # fmt: skip
VALUED = (
    "amount_rank", "amount_share", "amount_times", "is_sum", "is_gap", "is_largest", "is_zero",
    "day_rank", "days", "day_times", "has_time", "days_after_first",
    "from", "type", "is_whole", "is_part", "is_kept", "is_items", "line_percent", "line_bracket",
    "line_title", "line_numbered",
)  # fmt: skip
BESIDE = tuple(f"{where}_{label}" for where in ("left", "above", "line") for label in LABELS)
SIGNED = tuple(f"{where}_{sign}" for where in ("line", "next", "previous") for sign in SIGNS)
NAMES = (*RULED, *TEXTUAL, *PLACED, *VALUED, *BESIDE, *SIGNED, *SPAN)
PLACE = {name: at for at, name in enumerate(NAMES)}
TAGGED = ("tag_mean", "tag_least", "tag_best", "tag_is_first")
STACKED = (*NAMES, *TAGGED)
"""What is known of an offer where a transformer tagged the words."""


def names_of(view: View) -> tuple[str, ...]:
    """The names of what is known of a document's offers."""
    return NAMES if view.spotted is None else STACKED


def head_of(name: str) -> str:
    """Which trees score the offers of a field."""
    return {NAME: "name", ADDRESS: "address", GROSS: "gross", DATE: "date"}.get(name, "other")


def kind_of(view: View, name: str) -> str:
    """Which curve tells how sure a choice is: of the field, of slips, bills or other papers, and
    of text or recognised words. What is open on an order says nothing of an invoice."""
    shape = "slip" if view.is_slip else "bill" if view.is_bill else "paper"
    return f"{name} {shape} {'recognised' if view.is_recognised else 'text'}"


def rows_of(view: View, name: str, offers: Sequence[Offer]) -> Floats:
    """What is known of the offers of a field, (offers, `names_of` the view); NaN where nothing."""
    rows = np.full((len(offers), len(NAMES)), np.nan)
    rivals = Rivals.of(offers)
    values = Counter(key_of_text(one.candidate.value) for one in offers)
    days, amounts = sorted(view.days), sorted({abs(one) for one in view.values}, reverse=True)
    for at, one in enumerate(offers):
        facts: dict[str, float] = {}
        _add_ruled(facts, view, name, one, rivals)
        _add_text(facts, one.candidate.value, name)
        facts["occurrences"] = values[key_of_text(one.candidate.value)]
        if one.span is not None:
            _add_span(facts, view, name, one.span)
        else:
            _add_place(facts, view, one.candidate)
        form = form_of(name)
        if form is Form.AMOUNT:
            _add_amount(facts, view, one.candidate, amounts)
        elif form is Form.DATE:
            _add_day(facts, view, one.candidate, days)
        row = rows[at]
        for key, value in facts.items():
            row[PLACE[key]] = value
    return rows if view.spotted is None else np.hstack([rows, _tagged(view.spotted, name, offers)])


def _tagged(spotted: Spotted, name: str, offers: Sequence[Offer]) -> Floats:
    """What tags say of offers: of their words, of the likeliest run, and whether they are it."""
    own = spotted.offers.get(name, ())
    best, first = (own[0].evidence, key_of_text(own[0].value)) if own else (0.0, "")
    rows = np.full((len(offers), len(TAGGED)), np.nan)
    for at, one in enumerate(offers):
        mean, least = spotted.at(name, one.candidate.page, one.candidate.box)
        rows[at] = mean, least, best, bool(own) and key_of_text(one.candidate.value) == first
    return rows


@dataclass(frozen=True)
class Rivals:
    """The offers of a field together: how many, and the evidence of the best two of the rules."""

    count: int
    ruled: int
    best: float
    second: float

    @staticmethod
    def of(offers: Sequence[Offer]) -> "Rivals":
        """Those of some offers."""
        ruled = sorted((one.candidate.evidence for one in offers if one.rank >= 0), reverse=True)
        best, second = [*ruled, 0.0, 0.0][:2]
        return Rivals(len(offers), len(ruled), best, second)


def _add_ruled(facts: dict[str, float], view: View, name: str, one: Offer, rivals: Rivals) -> None:
    evidence = one.candidate.evidence
    facts["evidence"], facts["rank"] = evidence, one.rank if one.rank >= 0 else 99
    other = rivals.second if one.rank >= 0 and evidence == rivals.best else rivals.best
    facts["margin"], facts["best_evidence"] = evidence - other, rivals.best
    facts["offers"], facts["ruled_offers"] = rivals.count, rivals.ruled
    facts["field"], facts["from"] = _number_of(name), _number_of(one.candidate.field)
    types = view.rules.get("type")
    if types and types[0].value in TYPES:
        facts["type"] = TYPES.index(types[0].value)
    if name == "number":
        _add_code(facts, view, one.candidate)
    facts["is_receipt"], facts["is_slip"] = view.is_receipt, view.is_slip
    facts["language"] = CODES.index(view.sheet.lexicon.language)
    facts["confidence_least"] = clearness(view, one)
    if one.span is None:
        source, _ = view.legible.at(one.candidate.page, one.candidate.box)
        facts["is_recognised"] = source != TEXT
    else:
        facts["is_recognised"] = view.is_recognised


def clearness(view: View, one: Offer) -> float:
    """How sure the engine is of the least clear word of an offer, in [0, 1]; 1 if it is text."""
    if one.span is None:
        return view.legible.at(one.candidate.page, one.candidate.box)[1]
    return min(view.surely[one.span.first : one.span.last + 1])


def _add_code(facts: dict[str, float], view: View, one: Candidate) -> None:
    """Whether a title or a sign for numbers stands on the line of a code."""
    line = view.line_at(one.page, one.box)
    if line is not None:
        found = NUMBERED.search(line.text)
        facts["line_title"] = any(hit.line == line.number for hit in view.sheet.types)
        facts["line_numbered"] = found is not None and found["sign"] is not None


TYPES = sorted(DOCUMENT_TYPES)


def _number_of(name: str) -> int:
    return FIELDS.index(name) if name in FIELDS else len(FIELDS)


def _add_text(facts: dict[str, float], value: str, name: str) -> None:
    letters = sum(map(str.isalpha, value))
    words = value.split()
    facts["length"], facts["words"] = len(value), len(words)
    facts["digits"] = sum(map(str.isdigit, value)) / max(len(value), 1)
    facts["letters"] = letters / max(len(value), 1)
    facts["upper"] = sum(map(str.isupper, value)) / max(letters, 1)
    facts["commas"], facts["brackets"] = value.count(","), value.count("(")
    facts["longest_word"] = max(map(len, words), default=0)
    keys = [key_of(word) for word in words]
    facts["legal_inside"] = sum(key in common().legal_forms for key in keys)
    facts["form_of_field"] = list(Form).index(form_of(name))


def _add_place(facts: dict[str, float], view: View, one: Candidate) -> None:
    layout, box = view.sheet.layout, one.box
    wide, high = max(layout.width_of(one.page), 1.0), max(layout.height_of(one.page), 1.0)
    facts["page"], facts["pages"] = one.page, len(layout.pages)
    facts["x0"], facts["x1"] = box.x0 / wide, box.x1 / wide
    facts["y0"], facts["y1"] = box.y0 / high, box.y1 / high
    facts["height"] = box.height / view.height
    line = view.line_at(one.page, box)
    if line is None:
        return
    first, end = layout.ranges[one.page]
    facts["line"], facts["lines_below"] = line.number - first, end - line.number
    facts["cells_before"] = sum(cell.box.x1 <= box.x0 + 1 for cell in line.cells)
    facts["cells_after"] = sum(cell.box.x0 >= box.x1 - 1 for cell in line.cells)
    facts["in_table"] = line.number in view.table.lines
    _add_labels(facts, view, line, box)


def _add_labels(facts: dict[str, float], view: View, line: Line, box: Box) -> None:
    """The nearest label on the left, those above in the column, and all of the line."""
    nearest = None
    for hit in view.sheet.by_line.get(line.number, ()):
        if hit.box.x1 <= box.x0 + 0.5 * box.height:
            nearest = hit if nearest is None or hit.box.x1 > nearest.box.x1 else nearest
        _note(facts, "line", hit)
    if nearest is not None:
        _note(facts, "left", nearest)
    for number in range(line.number - 1, max(line.number - 4, -1), -1):
        other = view.sheet.lines[number]
        if other.page != line.page:
            break
        for hit in view.sheet.by_line.get(number, ()):
            if min(hit.box.x1, box.x1) - max(hit.box.x0, box.x0) > 0:
                _note(facts, "above", hit)
    _add_signs(facts, view, line.number)


def _add_signs(facts: dict[str, float], view: View, line: int) -> None:
    """The words of receipts on a line, and on the lines around it."""
    for where, number in (("line", line), ("next", line + 1), ("previous", line - 1)):
        for hit in view.hits_by_line.get(number, ()):
            for sign in SIGNS:
                if hit.means(sign):
                    facts[f"{where}_{sign}"] = 1.0


def _note(facts: dict[str, float], where: str, hit: Hit) -> None:
    for label in LABELS:
        weight = hit.weight_of(label)
        if weight:
            key = f"{where}_{label}"
            facts[key] = max(facts.get(key, 0.0), weight)


def _add_amount(
    facts: dict[str, float], view: View, one: Candidate, amounts: Sequence[Decimal]
) -> None:
    number = decimal_of(one.value)
    if number is None:
        return
    number = abs(number)
    facts["amount_rank"] = sum(other > number for other in amounts)
    largest = amounts[0] if amounts else Decimal(0)
    facts["amount_share"] = float(number / largest) if largest else 0.0
    facts["amount_times"] = view.values[number] + view.values[-number]
    facts["is_sum"], facts["is_gap"] = number in view.sums, number in view.gaps
    facts["is_largest"], facts["is_zero"] = number == largest, number == 0
    wholes, parts = view.steps
    facts["is_whole"], facts["is_part"] = number in wholes, number in parts
    facts["is_kept"] = number in view.kept
    if view.items is not None:
        facts["is_items"] = number == view.items
    line = view.line_at(one.page, one.box)
    if line is not None:
        facts["line_percent"] = "%" in line.text
        facts["line_bracket"] = line.text.startswith("(")


def _add_day(facts: dict[str, float], view: View, one: Candidate, days: Sequence[date]) -> None:
    day = day_of(one.value)
    if day is None or not days:
        return
    facts["day_rank"], facts["days"] = sum(other < day for other in days), len(days)
    facts["day_times"] = view.days[day]
    facts["days_after_first"] = min((day - days[0]).days, 999)
    line = view.line_at(one.page, one.box)
    facts["has_time"] = line is not None and bool(TIME.search(line.text))


ANY = ("legal", "company", "postal", "contact", "telephone", "registered", "day", "label",
       "title", "time", "street", "colon", "tall", "cells")  # fmt: skip
"""Of these facts the largest in a span is known."""
NAMED_ANY = tuple(one if one in ("tall", "cells") else f"any_{one}" for one in ANY)
BEFORE = ("legal", "registered", "label", "company")
AFTER = ("contact", "telephone", "label", "postal", "title", "registered", "legal", "comma")


def _add_span(facts: dict[str, float], view: View, name: str, span: Span) -> None:
    facts["form"] = span.form
    ruled = view.rules.get(name, ())
    if ruled:
        box = ruled[0].box
        facts["same_as_rules"] = key_of_text(ruled[0].value) == key_of_text(span.text)
        shared = min(box.y1, span.box.y1) - max(box.y0, span.box.y0)
        joined = max(box.y1, span.box.y1) - min(box.y0, span.box.y0)
        facts["overlap_rules"] = max(shared, 0.0) / max(joined, 1e-6)
    key = (name, span.first, span.last)
    if key not in view.spans:
        view.spans[key] = _lines_facts(view, name, span.first, span.last)
    facts |= view.spans[key]


def _lines_facts(view: View, name: str, first: int, last: int) -> dict[str, float]:
    """What is known of a stretch of lines, however it is cut."""
    own, tags = view.facts[first : last + 1], view.tags
    mine = NAMED if name == NAME else ADDRESSED
    inside, named = tags[first : last + 1, mine], tags[:, NAMED]
    whole = float(tags[:, mine].sum())
    facts: dict[str, float] = {
        "first": first, "last": last, "lines": len(own),
        "inside_mean": float(inside.mean()), "inside_least": float(inside.min()),
        "inside_other": float(tags[first : last + 1, OTHER].max()),
        "tag_sum": float(inside.sum()), "missed": whole - float(inside.sum()),
        "share_of_best": float(inside.max() / max(tags[:, mine].max(), 1e-6)),
        "follows_name": first - int(np.argmax(named)),
        "gap_before": own[0]["before"], "gap_after": own[-1]["after"],
        "gap_within": max((one["before"] for one in own[1:]), default=0.0),
        "last_legal": own[-1]["legal"], "last_postal": own[-1]["postal"],
        "last_comma": own[-1]["comma"], "first_digit": own[0]["starts_digit"],
        "first_bracket": own[0]["bracket"], "first_street": own[0]["street"],
        "left": own[0]["left"], "right": own[0]["right"],
    }  # fmt: skip
    facts |= {known: max(one[key] for one in own)
              for key, known in zip(ANY, NAMED_ANY, strict=True)}  # fmt: skip
    if first:
        facts["before_own"], facts["before_name"] = tags[first - 1, mine], tags[first - 1, NAMED]
        facts |= {f"before_{key}": view.facts[first - 1][key] for key in BEFORE}
    if last + 1 < len(view.facts):
        facts["after_own"], facts["after_name"] = tags[last + 1, mine], tags[last + 1, NAMED]
        facts |= {f"after_{key}": view.facts[last + 1][key] for key in AFTER}
    return facts


def rules_of(found: Mapping[str, Sequence[Candidate]]) -> dict[str, list[Candidate]]:
    """The rules' candidates by field, one a value, most evidence first."""
    return {name: ranked(own) for name, own in found.items()}
