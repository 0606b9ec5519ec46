"""Papers with more on them: longer, with discounts, several rates, and the papers around an order.

Belongs here: how a plain invoice of a made company becomes one of the many that vendors send,
and which papers go before it. Not here: invoices as the books have them (papers), which agree
with their rows; what is made here has no row.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any
from zlib import crc32

import numpy as np

from ledgergraph.corpora.calendars import working_day_before
from ledgergraph.corpora.catalogue import ALSO_SOLD, CATEGORIES, LANGUAGES, VAT_RATES, Item
from ledgergraph.corpora.papers import (
    NOTHING,
    Paper,
    PaperAllowance,
    PaperLine,
    Reminded,
    positive,
    rounded,
    taxes_of,
)  # fmt: skip
from ledgergraph.corpora.rendering.labels import SEPARATORS

LOOKS = 997_003
LONG_SHARE, MORE_SHARE = 0.08, 0.5
"""Shares of invoices with lines over several pages, and with a few more lines."""
DISCOUNT_SHARE, RATES_SHARE, WHOLE_SHARE, PREPAID_SHARE = 0.25, 0.7, 0.25, 0.08
"""Shares with discounts on lines, allowances or charges on the whole, prepaid; and with several
rates, of those whose trade sells at several."""
PERCENTS = (
    Decimal(2),
    Decimal(3),
    Decimal(5),
    Decimal("7.5"),
    Decimal(10),
    Decimal(15),
    Decimal(20),
)
AT_SITES = ("rent", "telecom", "software", "leasing", "energy", "water")
"""Trades that bill the same thing for several sites; others bill it on several days."""
STAGED = ("construction",)
"""Trades that bill one payment at a time."""
GOODS = ("C62", "KGM", "MTR", "MTQ")
GOODS_DETAILS = ("d_serial", "d_note", "d_batch", "d_project")
SERVICE_DETAILS = ("d_project", "d_site")
ONE_A_PAPER = ("d_site",)
"""Details that are the same on all lines of a paper."""
DETAILS: Mapping[str, tuple[str, ...]] = {
    "legal": ("d_matter",), "consulting": ("d_matter",), "freelance": ("d_matter",),
    "catering": ("d_note",), "logistics": ("d_note", "d_matter"),
}  # fmt: skip
"""What is printed below a line: by trade, else as it is goods or service."""


def varied(
    papers: Sequence[Paper], seed: int, reminders: Sequence[Mapping[str, Any]] = ()
) -> Iterator[Paper]:
    """Each paper with more on it, after some of them those of their order and their reminders.

    `reminders` are rows of a company's table of that name. The same papers give the same ones.
    Of credit notes only the sign changes, in half of them.
    Several invoices of one order share its order and confirmation, which come before the first
    and have its lines; each has a delivery note of its own.
    """
    ordered: set[str] = set()
    reminded: dict[str, list[Mapping[str, Any]]] = {}
    for row in reminders:
        reminded.setdefault(row["invoice_id"], []).append(row)
    for at, paper in enumerate(papers):
        rng = np.random.default_rng([seed, 41, at])
        richer = _enriched(paper, rng) if paper.type == "invoice" else paper
        if paper.type == "credit_note" and rng.random() < 0.5:
            richer = positive(paper)
        yield richer
        if richer.order_reference and paper.type == "invoice":
            around = order_of(richer), confirmation_of(richer), delivery_of(richer)
            chosen = [one for one in around if rng.random() < 0.6]
            is_further = richer.order_reference in ordered
            yield from (one for one in chosen if one.type == "goods_receipt" or not is_further)
            ordered.add(richer.order_reference)
        if richer.type == "invoice" and richer.iban:  # else it is collected
            yield from (reminder_of(richer, row) for row in reminded.get(paper.invoice_id, ()))


def _enriched(paper: Paper, rng: np.random.Generator) -> Paper:
    """An invoice with more lines, details, discounts, rates and charges, its sums made anew."""
    lines = _lines(paper, rng)
    rate = paper.tax_rate
    if rng.random() < DISCOUNT_SHARE and _trade(paper) not in AT_SITES:
        lines = [_discounted(line, rate, rng) for line in lines]
    lines = _rated(paper, lines, rng)
    allowances = _allowances(lines, rate, rng)
    taxes = taxes_of(lines, allowances, rate)
    net = sum((one.base for one in taxes), NOTHING)
    tax = sum((one.tax for one in taxes), NOTHING)
    gross = net + tax
    part = Decimal(int(rng.integers(1, 6))) / 10
    prepaid = rounded(gross * part) if rng.random() < PREPAID_SHARE else NOTHING
    delivered = _working(paper, paper.issue_date - timedelta(days=int(rng.integers(0, 9))))
    is_undated = paper.period_start is None and not any(line.delivered_on for line in lines)
    return replace(
        paper, lines=tuple(lines), net=net, tax=tax, gross=gross, taxes=taxes,
        allowances=tuple(allowances), prepaid=prepaid,
        delivered_on=delivered if is_undated and rng.random() < 0.6 else None,
    )  # fmt: skip


def _lines(paper: Paper, rng: np.random.Generator) -> list[PaperLine]:
    """The lines of the paper and more of the same trade, some with details below."""
    draw, first = rng.random(), paper.lines[0]
    more = 0
    if draw < LONG_SHARE:
        more = int(rng.integers(14, 75))
    elif draw < LONG_SHARE + MORE_SHARE:
        more = int(rng.integers(1, 9))
    trade = _trade(paper)
    usual = DETAILS.get(trade, GOODS_DETAILS if first.unit in GOODS else SERVICE_DETAILS)
    if trade in AT_SITES:  # the lines name their sites: "Chantier" beside "Site" would be two
        usual = ()
    has_sizes = trade in sizes_by_item()
    has_articles = has_sizes and rng.random() < 0.5
    items = () if trade in STAGED or not trade else CATEGORIES[trade].items
    prices = {line.description: line.unit_price for line in paper.lines}
    made = [
        _another(paper, trade, items[int(rng.integers(len(items)))], rng, prices)
        for _ in range(more if items else 0)
    ]
    lines = [*paper.lines, *made]
    if made and not has_sizes and trade not in AT_SITES:
        lines = _dated(paper, lines)
    sites = [("d_place", f"{n:03d}")
             for n in sorted(rng.choice(900, len(lines), replace=False) + 1)]  # fmt: skip
    detailed = 0.6 if rng.random() < 0.3 else 0.05
    of_all = {key: _reference(rng) for key in ONE_A_PAPER}
    return [
        replace(
            line,
            article=_article(paper, line.description) if has_articles else None,
            details=(
                *([site] if made and trade in AT_SITES else ()),
                *(_details(line, rng, usual, of_all) if rng.random() < detailed else ()),
            ),
        )
        for line, site in zip(lines, sites, strict=True)
    ]  # fmt: skip


def _article(paper: Paper, name: str) -> str:
    """The vendor's number of what is called so, the same on all of its papers."""
    rng = np.random.default_rng([paper.look, crc32(name.encode())])
    return f"{rng.integers(100, 999)}-{rng.integers(1000, 99999)}"


@cache
def sizes_by_item() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Sizes by trade and the English name of an item; with a decimal point."""
    import yaml

    text = resources.files(__package__).joinpath("sizes.yaml").read_text("utf-8")
    found: Mapping[str, Mapping[str, Sequence[str]]] = yaml.safe_load(text)
    return found


def _trade(paper: Paper) -> str:
    """The trade of the paper's first line; empty where it is of none."""
    language, described = LANGUAGES.index(paper.language), paper.lines[0].description
    for trade, category in CATEGORIES.items():
        if any(item.names[language] == described for item in category.items):
            return trade
    return ""


def _another(
    paper: Paper, trade: str, item: Item, rng: np.random.Generator, prices: dict[str, Decimal]
) -> PaperLine:  # fmt: skip
    """Another line of the trade; what is on the paper twice has one price."""
    name = item.names[LANGUAGES.index(paper.language)]
    sizes = sizes_by_item().get(trade, {}).get(item.names[LANGUAGES.index("en")], ())
    if sizes and rng.random() < 0.9:
        size = sizes[int(rng.integers(len(sizes)))]
        name = f"{name} {size.replace('.', SEPARATORS[paper.language][1])}"
    low, high = item.price
    price = rounded(Decimal(str(round(low * (high / low) ** float(rng.random()), 2))))
    price = prices.setdefault(name, max(price, Decimal("0.05")))
    least, most = item.quantity
    count = max(1, round(least + (most - least) * float(rng.random()) ** 3 / 4))
    quantity = Decimal(count)
    return PaperLine(name, quantity, item.unit, price, rounded(quantity * price))


def _dated(paper: Paper, lines: list[PaperLine]) -> list[PaperLine]:
    """Services on the days before the invoice, so that two of a kind differ."""
    last = paper.period_end or paper.issue_date - timedelta(days=1)
    first = paper.period_start or last - timedelta(days=59)
    days, count = (last - first).days + 1, len(lines)
    return [
        replace(line, delivered_on=first + timedelta(days=at * days // count))
        for at, line in enumerate(lines)
    ]


def _details(
    line: PaperLine, rng: np.random.Generator, usual: Sequence[str], of_all: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """One to three details of a line; `of_all` are those that the paper's lines share.

    Only a single piece has a serial number.
    """
    is_single = line.unit == "C62" and line.quantity == 1
    known = [key for key in usual if key != "d_serial" or is_single]
    chosen = sorted(rng.permutation(len(known))[: int(rng.integers(1, 4))])
    return tuple((known[at], of_all.get(known[at]) or _reference(rng)) for at in chosen)


def _reference(rng: np.random.Generator) -> str:
    return f"{'ABKLPSX'[int(rng.integers(7))]}{rng.integers(1000, 999_999)}"


def _discounted(line: PaperLine, rate: Decimal, rng: np.random.Generator) -> PaperLine:
    """The line with a discount, or as it was."""
    percent = PERCENTS[int(rng.integers(len(PERCENTS)))]
    amount = rounded(line.net * percent / 100)
    if rng.random() < 0.4 or amount <= 0:
        return line
    allowance = PaperAllowance(amount, "a_discount", rate, percent, line.net)
    return replace(line, net=line.net - amount, allowance=allowance)


def _rated(paper: Paper, lines: list[PaperLine], rng: np.random.Generator) -> list[PaperLine]:
    """The lines, and what the seller also sells at another rate where its trade does so.

    Only what the law of its country taxes so: a rate is never drawn for a thing.
    """
    country, trade = paper.seller.country, _trade(paper)
    usual = CATEGORIES[trade].vat if trade else ""
    if not usual or paper.tax_rate != Decimal(VAT_RATES[country][usual]):
        return lines  # exempt, abroad, or the sales tax of a state
    others = [
        (item, Decimal(VAT_RATES[country][level]))
        for level, countries, item in ALSO_SOLD.get(trade, ())
        if country in countries
    ]
    if not others or rng.random() > RATES_SHARE:
        return lines
    own = [replace(line, tax_rate=paper.tax_rate) for line in lines]
    return own + [
        replace(_another(paper, "", item, rng, {}), tax_rate=rate)
        for item, rate in others[: int(rng.integers(1, 3))]
    ]


def _allowances(
    lines: Sequence[PaperLine], rate: Decimal, rng: np.random.Generator
) -> list[PaperAllowance]:
    """Discounts and charges on the whole; smaller than what is sold at the main rate.

    A percentage is one of the sum of the lines, so there is none where they have several rates.
    """
    found: list[PaperAllowance] = []
    if rng.random() > WHOLE_SHARE:
        return found
    base = sum((line.net for line in lines), NOTHING)
    has_one_rate = all(line.tax_rate in (None, rate) for line in lines)
    if rng.random() < 0.5 and base > 20 and has_one_rate:
        percent = PERCENTS[int(rng.integers(4))]
        reason = ("a_discount", "a_loyalty", "a_quantity")[int(rng.integers(3))]
        found.append(PaperAllowance(rounded(base * percent / 100), reason, rate, percent, base))
    if not found or rng.random() < 0.5:
        amount = Decimal(int(rng.integers(9, 260))) / 2 + Decimal("0.40")
        reason = ("a_freight", "a_packing")[int(rng.integers(2))]
        found.append(PaperAllowance(rounded(amount), reason, rate, is_charge=True))
    return found


def _working(paper: Paper, day: date) -> date:
    """The day itself, or the last one before it on which the seller's country works."""
    return date.fromordinal(working_day_before(day.toordinal(), paper.seller.country))


def _first_delivery(paper: Paper) -> date:
    """The day of delivery that the invoice states, the first of several; else a week before."""
    days = [line.delivered_on for line in paper.lines if line.delivered_on]
    if paper.delivered_on:
        return paper.delivered_on
    return min(days) if days else _working(paper, paper.issue_date - timedelta(days=7))


def _before(paper: Paper, type_: str, number: str, day: date, wanted: date | None) -> Paper:
    """A paper of the same order on a day before the invoice.

    Its lines do not name what was known only later: days of service, serial numbers, notes.
    """
    lines = tuple(replace(line, delivered_on=None, details=()) for line in paper.lines)
    return replace(
        paper, invoice_id=f"{paper.invoice_id}-{type_}", type=type_, number=number, issue_date=day,
        due_date=None, period_start=None, period_end=None, preceding_invoice=None, prepaid=NOTHING,
        delivered_on=wanted, lines=lines,
    )  # fmt: skip


def order_of(paper: Paper) -> Paper:
    """The purchase order that an invoice names, in the look of its buyer."""
    assert paper.order_reference is not None
    assert paper.buyer is not None
    look = crc32(paper.buyer.name.encode()) % LOOKS
    wanted = _first_delivery(paper)
    day = _working(paper, wanted - timedelta(days=21))
    order = _before(paper, "purchase_order", paper.order_reference, day, wanted)
    return replace(order, order_reference=None, look=look)


def confirmation_of(paper: Paper) -> Paper:
    """The confirmation of the order that an invoice names, some days after it."""
    number = f"AB{crc32(paper.number.encode()) % 900_000 + 100_000}"
    wanted = _first_delivery(paper)
    day = _working(paper, wanted - timedelta(days=17))
    return _before(paper, "sales_order", number, day, wanted)


def delivery_of(paper: Paper) -> Paper:
    """The delivery note of the order that an invoice names: quantities without prices.

    It has the day of delivery that the invoice states. Where lines name days of their own, it is
    the note of the first of them, with the lines of that day.
    """
    number = f"{crc32(paper.number.encode()) % 9_000_000 + 1_000_000}"
    day = _first_delivery(paper)
    of_day = tuple(line for line in paper.lines if line.delivered_on in (None, day))
    lines = of_day or paper.lines
    taxes = taxes_of(lines, (), paper.tax_rate)
    net = sum((one.base for one in taxes), NOTHING)
    tax = sum((one.tax for one in taxes), NOTHING)
    delivered = replace(
        paper, lines=lines, allowances=(), taxes=taxes, net=net, tax=tax, gross=net + tax
    )
    return _before(delivered, "goods_receipt", number, day, None)


def reminder_of(paper: Paper, row: Mapping[str, Any]) -> Paper:
    """The reminder that asks for an invoice, by its row of a company's `reminders`."""
    assert paper.due_date is not None  # nothing else is reminded of
    level, sent, fee = row["level"], row["sent_on"], row["fee"]
    number = f"{crc32(f'{paper.number} {level}'.encode()) % 90_000 + 10_000}"
    open_ = paper.gross - paper.prepaid
    charged = (PaperAllowance(fee, "a_dunning", NOTHING, is_charge=True),) if fee else ()
    return replace(
        paper, invoice_id=f"{paper.invoice_id}-reminder-{level}", type="reminder", number=number,
        issue_date=sent, due_date=sent + timedelta(days=(7, 8, 10, 14)[paper.look % 4]),
        period_start=None, period_end=None, order_reference=None, contract_reference=None,
        preceding_invoice=paper.number, lines=(), net=open_, tax=NOTHING, gross=open_,
        tax_rate=NOTHING, allowances=charged, taxes=(), prepaid=NOTHING, delivered_on=None,
        reminded=Reminded(level, paper.issue_date, paper.due_date),
    )  # fmt: skip
