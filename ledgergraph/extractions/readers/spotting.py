"""Fields spotted by tags: words in reading order, their tags with probabilities, candidates.

Belongs here: how a document is laid out for a model that tags words, what its tags offer for
each field of the header, and what it takes the document for. Not here: the model
(models.layout_transformer), rows (tagged_items), which offer is taken (`transformed`).

A run of words with tags of one field is an offer; a later run that goes on with the field
(an address beside other text) belongs to it. An offer is as likely as its words on average.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from ledgergraph.books import (
    CREDIT_NOTE,
    DOCUMENT_TYPES,
    GOODS_RECEIPT,
    PURCHASE_ORDER,
    SALES_ORDER,
)
from ledgergraph.evidence import Box
from ledgergraph.extractions.fields import LINE_FIELDS, Form, form_of
from ledgergraph.extractions.readers.candidates import Candidate, candidate_of
from ledgergraph.extractions.readers.labels import Sheet
from ledgergraph.extractions.readers.layout import Layout, Token, text_of
from ledgergraph.extractions.readers.recognisers import Style, dates_in, numbers_in
from ledgergraph.extractions.readers.tagged_items import TaggedItem
from ledgergraph.models.contract import Floats
from ledgergraph.models.entity_scores import entities_of
from ledgergraph.models.layout_windows import SIDE, LaidOut
from ledgergraph.money import plain

OUTSIDE = "O"
LEFT_TO_RULES = frozenset({"type", "currency"})
"""Fields whose value is not what is printed: the rules' words for them decide."""
FURTHER = 12
"""Most words between two runs that are one field."""
PLAIN = "plain"
"""The narrower kind of a document that states none of the fields below."""
SUBTYPES: Mapping[str, str] = {
    "preceding_invoice": "correction",
    "totals.prepaid": "prepaid",
    "contract_reference": "contract",
    "period_start": "period",
    "order_reference": "order",
}
"""Fields that make a document one of a narrower kind, the first that is stated."""
CODES: Mapping[str, str] = {
    "invoice": "380", CREDIT_NOTE: "381", PURCHASE_ORDER: "220", SALES_ORDER: "231",
    GOODS_RECEIPT: "270",
}  # fmt: skip
"""The usual code of UNTDID 1001 of what records call a document."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A word, or a part of one, in reading order."""

    page: int
    line: int
    token: Token

    @property
    def text(self) -> str:
        """As it was read."""
        return self.token.text

    @property
    def box(self) -> Box:
        """In the unit of its page."""
        return self.token.box


def placed(layout: Layout) -> list[Placed]:
    """The words of a document in reading order."""
    return [
        Placed(line.page, line.number, token)
        for line in layout.lines
        for cell in line.cells
        for token in cell.tokens
    ]


def laid_out(layout: Layout, words: Sequence[Placed]) -> LaidOut:
    """The same as a model sees them: boxes in thousandths of their page."""
    boxes = []
    for one in words:
        page = layout.by_number[one.page]
        across, down = SIDE / (page.width or 1.0), SIDE / (page.height or 1.0)
        x0, y0, x1, y1 = (
            min(max(round(at), 0), SIDE)
            for at in (one.box.x0 * across, one.box.y0 * down, one.box.x1 * across,
                       one.box.y1 * down)
        )  # fmt: skip
        boxes.append((x0, y0, max(x0, x1), max(y0, y1)))
    return LaidOut([one.text for one in words], [one.page for one in words], boxes)


@dataclass(frozen=True)
class Spotted:
    """What a model says of a document: `shares` is the probability of each field for each word.

    `types` and `subtypes` are the probabilities of what the document is, `items` its rows.
    """

    words: Sequence[Placed]
    shares: Mapping[str, Floats]
    offers: Mapping[str, Sequence[Candidate]]
    types: Mapping[str, float] = field(default_factory=dict)
    subtypes: Mapping[str, float] = field(default_factory=dict)
    items: Sequence[TaggedItem] = ()

    def of_kind(self, rules: Sequence[Candidate]) -> list[Candidate]:
        """What the document is: what rules found, and words tagged so, by the head for types."""
        named = [
            replace(one, evidence=self.types.get(DOCUMENT_TYPES.get(one.value, one.value), 0.0))
            for one in rules
        ]
        own = self.shares.get("type")
        best = max(self.types, key=lambda one: self.types[one], default="")
        if own is not None and len(own) and own.max() > 0.5 and best:
            at = int(own.argmax())
            one = self.words[at]
            named.append(candidate_of("type", CODES.get(best, best), [one.token], one.page,
                                      self.types[best]))  # fmt: skip
        return _ranked([one for one in named if one.evidence > 0])

    def weighed(self, name: str, own: Sequence[Candidate]) -> list[Candidate]:
        """Offers for a field, less likely where the head for subtypes says it is not stated."""
        if name not in SUBTYPES:
            return list(own)
        left = 1.0 - self.subtypes.get(PLAIN, 0.0)
        return [replace(one, evidence=one.evidence * left) for one in own]

    def at(self, name: str, page: int, box: Box) -> tuple[float, float]:
        """The mean and the least probability of a field for the words that stand in a box.

        NaN where no word stands there, or the field is not tagged.
        """
        own = self.shares.get(name)
        x, y, pages = self._middles
        inside = (pages == page) & (box.x0 <= x) & (x <= box.x1) & (box.y0 <= y) & (y <= box.y1)
        if own is None or not inside.any():
            return float("nan"), float("nan")
        return float(own[inside].mean()), float(own[inside].min())

    @cached_property
    def _middles(self) -> tuple[Floats, Floats, Floats]:
        """The middles of the words, and their pages."""
        boxes = [one.box for one in self.words]
        return (
            np.array([(box.x0 + box.x1) / 2 for box in boxes]),
            np.array([box.middle_y for box in boxes]),
            np.array([one.page for one in self.words], dtype=np.float64),
        )


def spotted(sheet: Sheet, words: Sequence[Placed], names: Sequence[str], tags: Floats) -> Spotted:
    """What tags offer for each field; `tags` (words, names) are probabilities."""
    shares = _shares(names, tags)
    offers: dict[str, list[Candidate]] = {}
    said = [names[at] for at in tags.argmax(axis=1)] if len(words) else []
    for entity, places in _runs(said, words):
        sure = float(shares[entity][places].mean())
        one = _candidate(entity, [words[at] for at in places], sure, sheet.style)
        if one is not None:
            offers.setdefault(entity, []).append(one)
    best = {name: _ranked(own) for name, own in offers.items()}
    return Spotted(words, shares, best)


def _shares(names: Sequence[str], tags: Floats) -> dict[str, Floats]:
    """The probability of each field: of its B- and I- together."""
    found: dict[str, Floats] = {}
    for at, name in enumerate(names):
        entity = name.partition("-")[2]
        if entity:
            found[entity] = found.get(entity, np.zeros(len(tags))) + tags[:, at]
    return found


def _runs(tags: Sequence[str], words: Sequence[Placed]) -> Iterator[tuple[str, list[int]]]:
    """The words of each field of the header, run by run."""
    open_: dict[str, list[int]] = {}
    for name, start, end in entities_of(tags):
        if name in LINE_FIELDS or name in LEFT_TO_RULES or name.startswith("taxes."):
            continue
        before = open_.get(name)
        goes_on = (
            before is not None and tags[start].startswith("I-")
            and start - before[-1] <= FURTHER and words[start].page == words[before[-1]].page
        )  # fmt: skip
        if before is not None and goes_on:
            before += range(start, end)
            continue
        if before is not None:
            yield name, before
        open_[name] = list(range(start, end))
    yield from open_.items()


def _candidate(name: str, own: Sequence[Placed], sure: float, style: Style) -> Candidate | None:
    """The value that some words state for a field; None if it is none of its form."""
    tokens, form = [one.token for one in own], form_of(name)
    if form is Form.DATE:
        days = dates_in(text_of(tokens), style)
        if not days:
            return None
        value = days[0].value.isoformat()
    elif form is Form.AMOUNT:
        numbers = [
            one for one in numbers_in([token.text for token in tokens], style)
            if not one.is_percent
        ]  # fmt: skip
        if not numbers:
            return None
        value = plain(numbers[0].value)
    else:
        value = text_of(tokens).strip(" :;,")
        if not value:
            return None
    return candidate_of(name, value, tokens, own[0].page, sure)


def _ranked(own: Sequence[Candidate]) -> list[Candidate]:
    """One candidate a value, the likeliest first."""
    best: dict[str, Candidate] = {}
    for one in own:
        known = best.get(one.value)
        if known is None or one.evidence > known.evidence:
            best[one.value] = one
    return sorted(best.values(), key=lambda one: (-one.evidence, one.page, one.box.y0))
