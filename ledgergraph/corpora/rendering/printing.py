"""Values as a vendor prints them: numbers, dates, amounts and labels of its language."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from ledgergraph.corpora.papers import Paper, PaperLine, PaperParty
from ledgergraph.corpora.rendering.labels import (
    AMERICAN,
    AMERICAN_DATES,
    COUNTRIES,
    DATES,
    LABELS,
    MONTHS,
    MORE,
    REMINDERS,
    SEPARATORS,
    UNITS,
)  # fmt: skip

SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}
POSTCODE_LAST = ("GB", "US")


class Printer:
    """How one vendor prints; its look chooses among the variants of its language."""

    def __init__(self, paper: Paper) -> None:
        """The printer of the vendor of this paper."""
        self.paper = paper
        self.is_american = paper.language == "en" and paper.seller.country == "US"
        self.labels: Mapping[str, tuple[str, ...]] = {
            **LABELS[paper.language],
            **MORE[paper.language],
            **REMINDERS[paper.language],
            **(AMERICAN if self.is_american else {}),
        }

    def label(self, name: str) -> str:
        """The vendor's word for something."""
        variants = self.labels[name]
        return variants[(self.paper.look // (1 + len(name))) % len(variants)]

    def number(self, value: Decimal, least: int = 0, most: int = 4) -> str:
        """A number with the language's separators and between `least` and `most` decimals."""
        thousands, point = SEPARATORS[self.paper.language]
        text = f"{abs(value):,.{most}f}"
        head, _, tail = text.partition(".")
        tail = tail[:least] + tail[least:].rstrip("0")
        written = head.replace(",", thousands) + (point + tail if tail else "")
        return f"-{written}" if value < 0 else written

    def amount(self, value: Decimal) -> str:
        """An amount of money with its currency."""
        written, look = self.number(value, 2, 2), self.paper.look
        symbol = SYMBOLS.get(self.paper.currency) if look % 3 else None
        if symbol is None:
            return (
                f"{written} {self.paper.currency}"
                if look % 2
                else f"{self.paper.currency} {written}"
            )
        if self.paper.language == "en":
            return f"-{symbol}{written[1:]}" if value < 0 else f"{symbol}{written}"
        return f"{written} {symbol}"

    def day(self, day: date) -> str:
        """A date in the vendor's way."""
        ways = AMERICAN_DATES if self.is_american else DATES[self.paper.language]
        month = MONTHS[self.paper.language][day.month - 1]
        way = ways[self.paper.look % len(ways)]
        return way.format(d=day.day, m=day.month, y=day.year, month=month)

    def span(self, start: date, end: date) -> str:
        """A period from one day to another."""
        return f"{self.day(start)} – {self.day(end)}"

    def rate(self, rate: Decimal) -> str:
        """A percentage; English puts no space before the sign."""
        return self.number(rate, 0, 2) + ("%" if self.paper.language == "en" else " %")

    def address(self, party: PaperParty, *, abroad: bool) -> list[str]:
        """The lines below a name."""
        town = f"{party.postcode} {party.city}"
        if party.country in POSTCODE_LAST:
            town = f"{party.city} {party.postcode}"
        country = [COUNTRIES[self.paper.language][party.country]] if abroad else []
        return [party.street, town, *country]

    def account(self) -> list[str]:
        """The IBAN in groups of four; on American papers routing number and account number."""
        known = self.paper.iban or ""
        if self.is_american and " " in known:
            return known.split(" ")
        return [" ".join(known[i : i + 4] for i in range(0, len(known), 4))]


def described(printer: Printer, line: PaperLine) -> str:
    """The text of a line, with the day of delivery where several are billed."""
    if line.delivered_on is None:
        return line.description
    way = printer.label("performed" if line.unit in ("HUR", "DAY", "MON") else "delivered")
    return way.format(item=line.description, day=printer.day(line.delivered_on))


def unit_of(printer: Printer, line: PaperLine) -> str:
    """The printed unit of a line."""
    return UNITS[printer.paper.language][line.unit]
