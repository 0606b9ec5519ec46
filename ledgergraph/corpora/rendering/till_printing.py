"""How a till prints: letters, words, numbers, dates and amounts, by the habits of its shop.

Belongs here: a single word or value as one shop writes it. Not here: what stands on a receipt
and in which order (tills).

A shop's habits are numbers drawn from its look and the name of the habit, so that a new habit
changes no other one.
"""

from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal
from functools import cached_property
from hashlib import blake2b
from typing import Any

import numpy as np

from ledgergraph.corpora.papers import Till
from ledgergraph.corpora.rendering.countries import stated, till_words
from ledgergraph.corpora.rendering.labels import MONTHS
from ledgergraph.corpora.rendering.marks import Piece, Sheet
from ledgergraph.money import plain

NARROW = ("till58", "slip58")
"""Rolls of 58 mm."""


class Habits:
    """Choices of one shop, or of one receipt: the same for the same names."""

    def __init__(self, of: object) -> None:
        """The habits of whoever is named."""
        self._of = of

    def number(self, name: str) -> float:
        """At least 0 and less than 1."""
        digest = blake2b(f"{self._of}/{name}".encode(), digest_size=7).digest()
        return int.from_bytes(digest) / 256**7

    def has(self, name: str, share: float) -> bool:
        """Whether so many of a hundred do."""
        return self.number(name) < share

    def one(self, name: str, choices: Sequence[Any]) -> Any:
        """One of several."""
        return choices[int(self.number(name) * len(choices))]

    def rng(self, name: str) -> np.random.Generator:
        """For what takes more than one number."""
        return np.random.default_rng(int(self.number(name) * 2**53))


class TillPrinter:
    """How one till prints; its shop's habits choose among the words of its language."""

    def __init__(self, sheet: Sheet) -> None:
        """The till of the receipt that a sheet is to hold."""
        self.sheet, self.paper = sheet, sheet.paper
        table, paper = stated("tills.yaml"), sheet.paper
        self.land = table["countries"][paper.seller.country]
        self.words = till_words(paper.language, paper.seller.country)
        self.table = table
        self.shop, self.sale = Habits(paper.look), Habits(paper.invoice_id)
        self.till: Till = paper.till or Till("grocery")
        self.is_narrow = sheet.look.layout in NARROW
        self.is_upper = self.shop.has("upper", 0.45)

    def say(self, text: str) -> str:
        """As this till prints letters."""
        return text.upper().replace("ß", "SS") if self.is_upper else text

    def word(self, key: str, *, ends: bool = False) -> str:
        """The shop's word; `ends` with the sign that it puts behind labels."""
        text: str = self.shop.one(key, self.words[key])
        text = self.say(text.replace("{tax}", self.land["tax"]))
        return text + self.colon if ends and not text.endswith((":", "#")) else text

    @cached_property
    def colon(self) -> str:
        """What stands behind a label."""
        sign: str = self.shop.one("colon", (":", ":", ":", " :", "", ""))
        return sign

    def number(self, value: Decimal, least: int = 2, most: int = 2) -> str:
        """A number as the country writes it."""
        head, _, tail = f"{abs(value):,.{most}f}".partition(".")
        tail = tail[:least] + tail[least:].rstrip("0")
        thousands = self.land["thousands"] if self.shop.has("thousands", 0.7) else ""
        written = head.replace(",", thousands.replace(" ", "\u00a0"))
        written += self.land["decimal"] + tail if tail else ""
        if value >= 0:
            return written
        way: str = self.shop.one("minus", ("-{}", "-{}", "-{}", "{}-", "({})"))
        return str(way.format(written))

    def rate(self, rate: Decimal) -> str:
        """A percentage, with or without a space."""
        return self.number(rate, 0, 2) + str(self.shop.one("percent", ("%", "%", " %")))

    def day(self, day: date) -> str:
        """A date in the shop's way."""
        ways = self.table["dates"]
        way = self.shop.one("day", ways.get(self.paper.seller.country) or ways[self.paper.language])
        month = MONTHS[self.paper.language][day.month - 1]
        return self.say(way.format(
            d=day.day, m=day.month, y=day.year, s=day.year % 100, month=month, mon=month[:3],
            MON=month[:3].upper(), day=self.words["days"][day.weekday()],
        ))  # fmt: skip

    def clock(self) -> str:
        """The time in the shop's way."""
        at = time.fromisoformat(self.paper.at or "12:00:00")
        is_english = self.paper.language == "en"
        way = self.shop.one("time", self.table["english_times" if is_english else "times"])
        written: str = way.format(
            H=at.hour, M=at.minute, S=at.second, h=(at.hour - 1) % 12 + 1,
            ap="AM" if at.hour < 12 else "PM",
        )  # fmt: skip
        return written

    def amount(
        self, name: str, value: Decimal, at: int | None = None, sign: str = ""
    ) -> list[Piece]:
        """An amount that states a field; a sign that stands apart from it states the currency."""
        shown = -value if name == "totals.allowances" else value
        written = self.number(shown)
        if not sign:
            return [self.sheet.mark(name, plain(value), written, at)]
        before, _, after = sign.partition("{}")
        if after and written.endswith("-"):  # a minus before a currency would read as a dash
            written = f"-{written[:-1]}"
        if before.endswith(" ") or after.startswith(" "):
            currency = (before + after).strip()
            known = self.paper.currency
            apart = self.sheet.mark("currency", known, currency)
            mark = self.sheet.mark(name, plain(value), written, at)
            return [apart, (0, " "), mark] if before else [mark, (0, " "), apart]
        return [self.sheet.mark(name, plain(value), f"{before}{written}{after}", at)]

    @cached_property
    def sign(self) -> str:
        """How totals show their currency: a pattern, or nothing."""
        sign: str = self.shop.one("sign", self.land["signs"])
        return sign
