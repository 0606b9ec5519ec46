"""Which item of an order each line of an invoice bills.

An item is what an order states under one description and price, on one line or several:
orders are called off, and raised. Lines of an invoice that say the same are one item too.
Items are paired one to one, the strongest sign first: the line of the order that is named
(BT-132), an article number, the description, the price, and that nothing else is left.
Of two that are equally strong the one counts whose description is more alike, of which
something is still to be billed, whose price and quantity are nearer, and whose line comes
first in the order. A line that is left joins an item that it names or describes.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import log10

from rapidfuzz.fuzz import token_sort_ratio

from ledgergraph.datasets.three_way.lines import Billed, Row

ZERO = Decimal(0)
ALIKE = 0.8
"""Descriptions so alike are of one item."""
NEAR_PRICE = 0.01
"""log10: prices within two or three per cent are one price."""
FAR_PRICE = 0.3
"""log10: what is left over is not paired if one price is twice the other."""
ARTICLE = re.compile(r"(?=[A-Z0-9./-]*[0-9])[A-Z0-9][A-Z0-9./-]{3,}[A-Z0-9]")
"""An article number: five or more letters, digits and signs between, one of them a digit."""
REFERENCE, BY_ARTICLE, DESCRIPTION, PRICE, ONLY = (
    "reference", "article", "description", "price", "only one left",
)  # fmt: skip
STRENGTH: Mapping[str, int] = {
    REFERENCE: 4, BY_ARTICLE: 3, DESCRIPTION: 2, PRICE: 1, ONLY: 0,
}  # fmt: skip

ItemKey = tuple[str, Decimal | None]


@dataclass(frozen=True)
class Item:
    """What an order states under one description and price; its lines in their order."""

    key: ItemKey
    lines: Sequence[Row]

    @property
    def price(self) -> Decimal | None:
        """The price of one unit."""
        return self.key[1]

    @property
    def quantity(self) -> Decimal | None:
        """The quantity of all its lines; null if one states none."""
        stated = [row["quantity"] for row in self.lines]
        return None if None in stated else sum(stated, ZERO)

    @property
    def numbers(self) -> list[int]:
        """The numbers of its lines in the order."""
        return [row["line"] for row in self.lines if row["line"] is not None]


def items_of(lines: Iterable[Row]) -> list[Item]:
    """The items of an order, by the first of their lines."""
    found: dict[ItemKey, list[Row]] = defaultdict(list)
    for row in sorted(lines, key=lambda row: (row["line"] is None, row["line"] or 0)):
        found[_key_of(row["description"]), row["unit_price"]].append(row)
    return [Item(key, rows) for key, rows in found.items()]


def _key_of(text: str | None) -> str:
    """Letters and digits of a description, of whatever script, without case."""
    return "".join(filter(str.isalnum, (text or "").casefold()))


def paired(
    lines: Sequence[Billed], items: Sequence[Item], open_quantity: Mapping[ItemKey, Decimal | None]
) -> dict[int, tuple[Item, str]]:
    """The item of each line, by the line's number, and what paired them; others are left out.

    `open_quantity` says how much of an item is still to be billed, null where that is unknown.
    """
    pools: dict[tuple[object, ...], list[Billed]] = defaultdict(list)
    for line in lines:
        key = (_key_of(line.description), line.article, line.order_line, line.price)
        pools[key].append(line)
    own = list(pools.values())
    codes = _own_codes(items)
    signs = [
        (_sign(pool, item, codes[place], open_quantity[item.key], len(own), len(items)), at, place)
        for at, pool in enumerate(own)
        for place, item in enumerate(items)
    ]
    ranked = sorted(
        ((sign, at, place) for sign, at, place in signs if sign is not None),
        key=lambda one: (one[0][1], one[1], one[2]),
    )
    chosen: dict[int, tuple[Item, str]] = {}
    taken: set[int] = set()
    for (by, _), at, place in ranked:
        if at not in chosen and place not in taken:
            chosen[at] = items[place], by
            taken.add(place)
    for (by, _), at, place in ranked:  # an item may be billed on lines that say different things
        if at not in chosen and STRENGTH[by] >= STRENGTH[DESCRIPTION]:
            chosen[at] = items[place], by
    return {line.line: found for at, found in chosen.items() for line in own[at]}


def _sign(
    pool: Sequence[Billed], item: Item, codes: Collection[str], still_open: Decimal | None,
    pools: int, items: int,
) -> tuple[str, tuple[float, ...]] | None:  # fmt: skip
    """What speaks for a pair, and its rank, the best the least; null if nothing does.

    That nothing else is left speaks for it where there are as many on either side.
    """
    line = pool[0]
    quantity = sum((one.quantity or ZERO for one in pool), ZERO)
    price_off = _distance(line.price, item.price)
    alike = _likeness(line, item)
    if line.order_line and _number(line.order_line) in item.numbers:
        by = REFERENCE
    elif not _codes(line.article, line.description).isdisjoint(codes):
        by = BY_ARTICLE
    elif alike >= ALIKE:
        by = DESCRIPTION
    elif price_off <= NEAR_PRICE:
        by = PRICE
    elif pools == items and (items == 1 or price_off <= FAR_PRICE):
        by = ONLY
    else:
        return None
    is_used_up = still_open is not None and still_open <= 0
    return by, (-STRENGTH[by], -round(alike, 2), is_used_up, price_off,
                _distance(quantity, still_open))  # fmt: skip


def _likeness(line: Billed, item: Item) -> float:
    if not line.description or not item.key[0]:
        return 0.0
    described = str(item.lines[0]["description"])
    return token_sort_ratio(line.description.lower(), described.lower()) / 100.0


def _own_codes(items: Sequence[Item]) -> list[set[str]]:
    """The article numbers of each item that no other item of the order has."""
    found = [
        {code for row in item.lines for code in _codes(row["article"], row["description"])}
        for item in items
    ]
    count = Counter(code for codes in found for code in codes)
    return [{code for code in codes if count[code] == 1} for codes in found]


def codes_in(text: str | None) -> set[str]:
    """What looks like an article number in a description."""
    return {found.group() for found in ARTICLE.finditer((text or "").upper())}


def _codes(article: str | None, description: str | None) -> set[str]:
    """The article number that a line states, and those in its description."""
    return ({article.strip().upper()} if article else set()) | codes_in(description)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _distance(one: Decimal | None, other: Decimal | None) -> float:
    """How many powers of ten lie between two numbers; 9 where one is not known or not positive."""
    if not one or not other or one <= 0 or other <= 0:
        return 9.0
    return abs(log10(one / other))
