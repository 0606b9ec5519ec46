"""Values as a vendor prints them: numbers, dates, amounts and labels of its language."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from ledgergraph.corpora.papers import Paper, PaperLine, PaperParty
from ledgergraph.corpora.rendering.labels import (
    COUNTRIES,
    DATES,
    LABELS,
    MONTHS,
    SEPARATORS,
    UNITS,
)  # fmt: skip
from ledgergraph.money import plain

SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}
ACCENTS = ("#1f4e79", "#7a1f2b", "#2f6b3a", "#4a4a4a", "#8a5a00", "#3d2f6b", "#005f6b", "#b3471d")
POSTCODE_LAST = ("GB",)


class Printer:
    """How one vendor prints; its look chooses among the variants of its language."""

    def __init__(self, paper: Paper) -> None:
        """The printer of the vendor of this paper."""
        self.paper = paper
        self.labels = LABELS[paper.language]

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
        ways = DATES[self.paper.language]
        month = MONTHS[self.paper.language][day.month - 1]
        way = ways[self.paper.look % len(ways)]
        return way.format(d=day.day, m=day.month, y=day.year, month=month)

    def span(self, start: date, end: date) -> str:
        """A period from one day to another."""
        return f"{self.day(start)} – {self.day(end)}"

    def address(self, party: PaperParty, *, abroad: bool) -> list[str]:
        """The lines below a name."""
        town = f"{party.postcode} {party.city}"
        if party.country in POSTCODE_LAST:
            town = f"{party.city} {party.postcode}"
        country = [COUNTRIES[self.paper.language][party.country]] if abroad else []
        return [party.street, town, *country]

    def iban(self) -> str:
        """The account in groups of four."""
        iban = self.paper.iban or ""
        return " ".join(iban[i : i + 4] for i in range(0, len(iban), 4))


def described(printer: Printer, line: PaperLine) -> str:
    """The text of a line, with the day of delivery where several are billed."""
    if line.delivered_on is None:
        return line.description
    way = printer.label("performed" if line.unit in ("HUR", "DAY") else "delivered")
    return way.format(item=line.description, day=printer.day(line.delivered_on))


def page_data(paper: Paper) -> Mapping[str, Any]:
    """Everything that the layout places, as printed."""
    printer = Printer(paper)
    label, is_credit = printer.label, paper.type == "credit_note"
    abroad = paper.seller.country != paper.buyer.country
    return {
        "language": paper.language,
        "title": label("credit_note" if is_credit else "invoice"),
        "accent": ACCENTS[paper.look % len(ACCENTS)],
        "initials": "".join(word[0] for word in paper.seller.name.split() if word[0].isalpha())[:2],
        "seller": paper.seller.name,
        "seller_address": printer.address(paper.seller, abroad=abroad),
        "to": label("to"),
        "buyer": paper.buyer.name,
        "buyer_address": printer.address(paper.buyer, abroad=abroad),
        "facts": _facts(printer, is_credit),
        "head": [label(n) for n in ("position", "description", "quantity", "unit_price", "amount")],
        "rows": [_row(printer, n, line) for n, line in enumerate(paper.lines, 1)],
        "totals": _totals(printer, is_credit),
        "notes": _notes(printer, abroad),
        "footer": _footer(printer, abroad),
    }


def _facts(printer: Printer, is_credit: bool) -> list[tuple[str, str]]:
    paper, label = printer.paper, printer.label
    facts = [(label("credit_number" if is_credit else "number"), paper.number)]
    dated = "credit_date" if is_credit else "issue_date"
    facts.append((label(dated), printer.day(paper.issue_date)))
    if paper.due_date is not None:
        facts.append((label("due_date"), printer.day(paper.due_date)))
    if paper.period_start is not None and paper.period_end is not None:
        facts.append((label("period"), printer.span(paper.period_start, paper.period_end)))
    for name, value in (
        ("order", paper.order_reference), ("contract", paper.contract_reference),
        ("preceding", paper.preceding_invoice), ("buyer_vat_id", paper.buyer.vat_id),
    ):  # fmt: skip
        if value:
            facts.append((label(name), value))
    return facts


def _row(printer: Printer, number: int, line: PaperLine) -> list[str]:
    unit = UNITS[printer.paper.language][line.unit]
    return [
        str(number), described(printer, line), f"{printer.number(line.quantity, 0, 3)} {unit}",
        printer.number(line.unit_price, 2, 4), printer.number(line.net, 2, 2),
    ]  # fmt: skip


def _totals(printer: Printer, is_credit: bool) -> list[tuple[str, str]]:
    paper = printer.paper
    rate = printer.number(paper.tax_rate, 0, 1)
    return [
        (printer.label("net"), printer.amount(paper.net)),
        (printer.label("tax").format(rate=rate), printer.amount(paper.tax)),
        (printer.label("credit_gross" if is_credit else "gross"), printer.amount(paper.gross)),
    ]


def _notes(printer: Printer, abroad: bool) -> list[str]:
    paper, notes = printer.paper, []
    if paper.tax_rate == 0:
        notes.append(printer.label("reverse" if abroad else "exempt"))
    if paper.type == "invoice":
        if paper.iban is None:
            notes.append(printer.label("direct_debit"))
        elif paper.due_date is not None:
            notes.append(printer.label("pay").format(date=printer.day(paper.due_date)))
        else:
            notes.append(printer.label("pay_later"))
    return notes


def _footer(printer: Printer, abroad: bool) -> list[list[str]]:
    paper = printer.paper
    columns = [[paper.seller.name, *printer.address(paper.seller, abroad=abroad)]]
    if paper.seller.vat_id:
        columns.append([f"{printer.label('vat_id')}: {paper.seller.vat_id}"])
    if paper.iban:
        columns.append([printer.label("bank"), f"{printer.label('iban')}: {printer.iban()}"])
    return columns


def fields_of(paper: Paper) -> list[dict[str, Any]]:
    """The truth of a page: rows of line, field, canonical value and the text as printed."""
    printer = Printer(paper)
    abroad = paper.seller.country != paper.buyer.country
    rows: list[tuple[int | None, str, str | None, str | None]] = [
        (None, "number", paper.number, paper.number),
        (None, "type", "381" if paper.type == "credit_note" else "380", None),
        (None, "currency", paper.currency, None),
        (None, "order_reference", paper.order_reference, paper.order_reference),
        (None, "contract_reference", paper.contract_reference, paper.contract_reference),
        (None, "preceding_invoice", paper.preceding_invoice, paper.preceding_invoice),
        (None, "seller.iban", paper.iban, printer.iban()),
        (None, "totals.net", plain(paper.net), printer.amount(paper.net)),
        (None, "totals.tax", plain(paper.tax), printer.amount(paper.tax)),
        (None, "totals.gross", plain(paper.gross), printer.amount(paper.gross)),
    ]
    for name in ("issue_date", "due_date", "period_start", "period_end"):
        day = getattr(paper, name)
        rows.append((None, name, day and day.isoformat(), day and printer.day(day)))
    for side, party in (("seller", paper.seller), ("buyer", paper.buyer)):
        address = ", ".join(printer.address(party, abroad=abroad))
        rows += [
            (None, f"{side}.name", party.name, party.name),
            (None, f"{side}.address", address, address),
            (None, f"{side}.vat_id", party.vat_id, party.vat_id),
        ]
    for place, line in enumerate(paper.lines):
        text = described(printer, line)
        rows += [
            (place, "description", text, text),
            (place, "quantity", plain(line.quantity), printer.number(line.quantity, 0, 3)),
            (place, "unit", line.unit, UNITS[paper.language][line.unit]),
            (place, "unit_price", plain(line.unit_price), printer.number(line.unit_price, 2, 4)),
            (place, "net", plain(line.net), printer.number(line.net, 2, 2)),
        ]
    return [
        {"line": line, "field": field, "value": value, "raw": raw if raw is not None else value}
        for line, field, value, raw in rows
        if value
    ]
