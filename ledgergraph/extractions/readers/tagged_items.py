"""Line items from tags: which tagged words are one row, and what each states.

Belongs here: rows from the tags of words, cut where the heads for tables and cells say so. Not
here: tags of the header (spotting), rows from columns (line_items).

A line of the page belongs to the row before it unless it begins a field that this row has
already, or its quantity and price do not make the row's amount.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

import numpy as np

from ledgergraph.evidence import Box
from ledgergraph.extractions.fields import LINE_FIELDS
from ledgergraph.extractions.languages import phrase_key
from ledgergraph.extractions.readers.item_values import CENT, Item, Value
from ledgergraph.extractions.readers.labels import Sheet
from ledgergraph.extractions.readers.layout import Token, text_of
from ledgergraph.extractions.readers.recognisers import numbers_in
from ledgergraph.models.contract import Floats
from ledgergraph.models.entity_scores import OUTSIDE, entities_of
from ledgergraph.money import plain

NUMBERS = ("quantity", "unit_price", "net", "tax_rate")
BODY, FIRST = 2, 1
"""The classes of the heads for rows of a table, and for the first word of a cell."""
NEVER_BODY, SURELY_FIRST = 0.02, 0.5
"""A word this unlikely in a row of a table is no item's; one this likely begins a cell."""


class Word(Protocol):
    """A word in reading order; lines count over all pages."""

    @property
    def page(self) -> int:
        """Counts from 0."""
        ...

    @property
    def line(self) -> int:
        """The number of its line."""
        ...

    @property
    def token(self) -> Token:
        """What is printed."""
        ...


@dataclass(frozen=True)
class TaggedItem:
    """A row, and how likely its words' tags are on average, in [0, 1]."""

    item: Item
    share: float
    lines: frozenset[int]


@dataclass
class _Row:
    """A row that is being put together: the places of each field's words."""

    page: int
    places: dict[str, list[int]] = field(default_factory=dict)


def tagged_items(
    sheet: Sheet, words: Sequence[Word], names: Sequence[str], tags: Floats, tables: Floats,
    cells: Floats,
) -> list[TaggedItem]:  # fmt: skip
    """The rows that tags make, from the top; those without words or a number are left out.

    `tags` (words, names), `tables` and `cells` (words, 3) are probabilities.
    """
    said = [names[at] for at in tags.argmax(axis=1)] if len(words) else []
    said = _within_tables(said, tables)
    found = []
    for row in _rows(sheet, words, list(_entities(said, cells)), said):
        item = _item(sheet, words, row.places)
        if item is not None:
            places = [at for own in row.places.values() for at in own]
            share = float(np.mean([tags[at].max() for at in places]))
            lines = frozenset(words[at].line for at in places)
            found.append(TaggedItem(item, share, lines))
    return found


def _within_tables(said: Sequence[str], tables: Floats) -> list[str]:
    """The tags, without those of items where the head for tables rules a row out."""
    return [
        OUTSIDE if tag.partition("-")[2] in LINE_FIELDS and tables[at, BODY] < NEVER_BODY else tag
        for at, tag in enumerate(said)
    ]


def _entities(said: Sequence[str], cells: Floats) -> Iterator[tuple[str, int, int]]:
    """The entities of items; a number is cut where another cell begins."""
    for name, start, end in entities_of(said):
        if name not in LINE_FIELDS:
            continue
        for at in range(start + 1, end):
            if name in NUMBERS and cells[at, FIRST] > SURELY_FIRST:
                yield name, start, at
                start = at
        yield name, start, end


def _rows(
    sheet: Sheet, words: Sequence[Word], entities: Sequence[tuple[str, int, int]],
    said: Sequence[str],
) -> Iterator[_Row]:  # fmt: skip
    """Entities as rows, line of the page by line of the page."""
    row: _Row | None = None
    for line in _by_line(words, entities):
        begun = {name for name, start, _ in line if said[start].startswith("B-")}
        page = words[line[0][1]].page
        if row is None or row.page != page or begun & row.places.keys() or (
            _contradicts(sheet, words, row, line)
        ):  # fmt: skip
            if row is not None:
                yield row
            row = _Row(page)
        for name, start, end in line:
            is_begun = said[start].startswith("B-")
            if is_begun and name in row.places:  # two rows side by side on one line
                yield row
                row = _Row(page)
            row.places.setdefault(name, []).extend(range(start, end))
    if row is not None:
        yield row


def _by_line(
    words: Sequence[Word], entities: Sequence[tuple[str, int, int]]
) -> list[list[tuple[str, int, int]]]:
    found: dict[int, list[tuple[str, int, int]]] = {}
    for one in entities:
        found.setdefault(words[one[1]].line, []).append(one)
    return list(found.values())


def _contradicts(
    sheet: Sheet, words: Sequence[Word], row: _Row, line: Sequence[tuple[str, int, int]]
) -> bool:
    """Whether a line's quantity and price make another amount than the row has."""
    places = {name: list(range(start, end)) for name, start, end in line}
    if not {"quantity", "unit_price"} <= places.keys() or "net" in places:
        return False
    net = _number(sheet, words, row.places.get("net", ()))
    quantity, price = (_number(sheet, words, places[one]) for one in ("quantity", "unit_price"))
    if net is None or quantity is None or price is None:
        return False
    whole = Decimal(quantity.value) * Decimal(price.value)
    return abs(whole.quantize(CENT, ROUND_HALF_UP) - Decimal(net.value)) > CENT


def _item(sheet: Sheet, words: Sequence[Word], places: Mapping[str, Sequence[int]]) -> Item | None:
    values: dict[str, Value] = {}
    if own := places.get("description"):
        text = text_of([words[at].token for at in own])
        values["description"] = _value(words, own, text, text)
    for name in NUMBERS:
        if (value := _number(sheet, words, places.get(name, ()))) is not None:
            values[name] = value
    if own := places.get("unit"):
        text = text_of([words[at].token for at in own])
        values["unit"] = _value(words, own, sheet.lexicon.units.get(phrase_key(text), text), text)
    if "description" not in values or not {"net", "unit_price", "quantity"} & values.keys():
        return None
    return Item(values, _is_consistent(values))


def _number(sheet: Sheet, words: Sequence[Word], places: Sequence[int]) -> Value | None:
    found = numbers_in([words[at].token.text for at in places], sheet.style)
    if not found:
        return None
    one = found[0]
    return _value(words, places[one.first : one.last + 1], plain(one.value), one.raw)


def _value(words: Sequence[Word], places: Sequence[int], value: str, raw: str) -> Value:
    page = words[places[0]].page
    box = Box.around([words[at].token.box for at in places if words[at].page == page])
    return Value(value, raw, page, box)


def _is_consistent(values: Mapping[str, Value]) -> bool | None:
    """Whether quantity times price is the amount; None where that cannot be told."""
    if not {"quantity", "unit_price", "net"} <= values.keys():
        return None
    quantity, price, net = (Decimal(values[one].value) for one in ("quantity", "unit_price", "net"))
    return abs((quantity * price).quantize(CENT, ROUND_HALF_UP) - net) <= CENT
