"""Papers with more on them: longer, with discounts, several rates, and the papers around an order.

Belongs here: how a plain invoice of a made company becomes one of the many that vendors send,
and which papers go before it. Not here: invoices as the books have them (papers), which agree
with their rows; what is made here has no row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from zlib import crc32

import numpy as np

from ledgergraph.corpora.catalogue import CATEGORIES, LANGUAGES, VAT_RATES, Item
from ledgergraph.corpora.papers import (
    NOTHING,
    Paper,
    PaperAllowance,
    PaperLine,
    rounded,
    taxes_of,
)  # fmt: skip

LOOKS = 997_003
LONG_SHARE, MORE_SHARE = 0.08, 0.5
"""Shares of invoices with lines over several pages, and with a few more lines."""
DISCOUNT_SHARE, RATES_SHARE, WHOLE_SHARE, PREPAID_SHARE = 0.25, 0.2, 0.25, 0.08
"""Shares with discounts on lines, several rates, allowances or charges on the whole, prepaid."""
PERCENTS = (
    Decimal(2),
    Decimal(3),
    Decimal(5),
    Decimal("7.5"),
    Decimal(10),
    Decimal(15),
    Decimal(20),
)
SIZES = (
    "M6 × 40", "M8 × 60", "M10 × 80", "DN 15", "DN 25", "DN 40", "1,5 mm", "2 mm", "3 mm",
    "600 × 400", "1200 × 800", "A4", "A3", "Typ B", "XL", "24 V", "230 V", "IP 65", "No. 3", "N 12",
)  # fmt: skip
GOODS = ("C62", "KGM", "MTR", "MTQ")
DETAILS = ("d_serial", "d_note", "d_batch", "d_project", "d_site")


def varied(papers: Sequence[Paper], seed: int) -> Iterator[Paper]:
    """Each paper with more on it, and before some of them the papers of their order.

    The same paper at the same place gives the same papers. Credit notes stay as they are.
    """
    for at, paper in enumerate(papers):
        rng = np.random.default_rng([seed, 41, at])
        richer = _enriched(paper, rng) if paper.type == "invoice" else paper
        yield richer
        if richer.order_reference and paper.type == "invoice":
            around = order_of(richer), confirmation_of(richer), delivery_of(richer)
            yield from (one for one in around if rng.random() < 0.6)


def _enriched(paper: Paper, rng: np.random.Generator) -> Paper:
    """An invoice with more lines, details, discounts, rates and charges, its sums made anew."""
    lines = _lines(paper, rng)
    rate = paper.tax_rate
    if rng.random() < DISCOUNT_SHARE:
        lines = [_discounted(line, rate, rng) for line in lines]
    lines = _rated(paper, lines, rng)
    allowances = _allowances(lines, rate, rng)
    taxes = taxes_of(lines, allowances, rate)
    net = sum((one.base for one in taxes), NOTHING)
    tax = sum((one.tax for one in taxes), NOTHING)
    gross = net + tax
    part = Decimal(int(rng.integers(1, 6))) / 10
    prepaid = rounded(gross * part) if rng.random() < PREPAID_SHARE else NOTHING
    delivered = paper.issue_date - timedelta(days=int(rng.integers(0, 9)))
    return replace(
        paper, lines=tuple(lines), net=net, tax=tax, gross=gross, taxes=taxes,
        allowances=tuple(allowances), prepaid=prepaid,
        delivered_on=delivered if paper.period_start is None and rng.random() < 0.6 else None,
    )  # fmt: skip


def _lines(paper: Paper, rng: np.random.Generator) -> list[PaperLine]:
    """The lines of the paper and more of the same trade, some with details below."""
    draw, first = rng.random(), paper.lines[0]
    more = 0
    if draw < LONG_SHARE:
        more = int(rng.integers(14, 75))
    elif draw < LONG_SHARE + MORE_SHARE:
        more = int(rng.integers(1, 9))
    is_goods = first.unit in GOODS
    has_articles = is_goods and rng.random() < 0.5
    items = _siblings(paper)
    made = [_another(paper, items[int(rng.integers(len(items)))], is_goods, rng)
            for _ in range(more)] if items else []  # fmt: skip
    detailed = 0.6 if rng.random() < 0.3 else 0.05
    return [
        replace(
            line,
            article=_article(rng) if has_articles else None,
            details=_details(rng) if rng.random() < detailed else (),
        )
        for line in (*paper.lines, *made)
    ]  # fmt: skip


def _article(rng: np.random.Generator) -> str:
    return f"{rng.integers(100, 999)}-{rng.integers(1000, 99999)}"


def _siblings(paper: Paper) -> list[Item]:
    """What is sold in the trade of the paper's first line."""
    language, described = LANGUAGES.index(paper.language), paper.lines[0].description
    for category in CATEGORIES.values():
        if any(item.names[language] == described for item in category.items):
            return list(category.items)
    return []


def _another(paper: Paper, item: Item, is_goods: bool, rng: np.random.Generator) -> PaperLine:
    name = item.names[LANGUAGES.index(paper.language)]
    if is_goods and rng.random() < 0.85:
        name = f"{name} {SIZES[int(rng.integers(len(SIZES)))]}"
    low, high = item.price
    price = rounded(Decimal(str(round(low * (high / low) ** float(rng.random()), 2))))
    price = max(price, Decimal("0.05"))
    least, most = item.quantity
    count = max(1, round(least + (most - least) * float(rng.random()) ** 3 / 4))
    quantity = Decimal(count)
    return PaperLine(name, quantity, item.unit, price, rounded(quantity * price))


def _details(rng: np.random.Generator) -> tuple[tuple[str, str], ...]:
    keys = rng.permutation(len(DETAILS))[: int(rng.integers(1, 4))]
    return tuple(
        (DETAILS[key], f"{'ABKLPSX'[int(rng.integers(7))]}{rng.integers(1000, 999_999)}")
        for key in sorted(keys)
    )


def _discounted(line: PaperLine, rate: Decimal, rng: np.random.Generator) -> PaperLine:
    """The line with a discount, or as it was."""
    percent = PERCENTS[int(rng.integers(len(PERCENTS)))]
    amount = rounded(line.net * percent / 100)
    if rng.random() < 0.4 or amount <= 0:
        return line
    allowance = PaperAllowance(amount, "a_discount", rate, percent, line.net)
    return replace(line, net=line.net - amount, allowance=allowance)


def _rated(paper: Paper, lines: list[PaperLine], rng: np.random.Generator) -> list[PaperLine]:
    """The lines with rates of their own where the seller sells at several."""
    rates = VAT_RATES.get(paper.seller.country, {})
    usual = {Decimal(one) for one in rates.values()} - {paper.tax_rate, Decimal(0)}
    if len(lines) < 2 or not usual or paper.tax_rate == 0 or rng.random() > RATES_SHARE:
        return lines
    other = sorted(usual)[0]
    return [
        replace(line, tax_rate=other if at and rng.random() < 0.4 else paper.tax_rate)
        for at, line in enumerate(lines)
    ]


def _allowances(
    lines: Sequence[PaperLine], rate: Decimal, rng: np.random.Generator
) -> list[PaperAllowance]:
    """Discounts and charges on the whole; smaller than what is sold at the main rate."""
    found: list[PaperAllowance] = []
    if rng.random() > WHOLE_SHARE:
        return found
    base = sum((line.net for line in lines if line.tax_rate in (None, rate)), NOTHING)
    if rng.random() < 0.5 and base > 20:
        percent = PERCENTS[int(rng.integers(4))]
        reason = ("a_discount", "a_loyalty", "a_quantity")[int(rng.integers(3))]
        found.append(PaperAllowance(rounded(base * percent / 100), reason, rate, percent, base))
    if not found or rng.random() < 0.5:
        amount = Decimal(int(rng.integers(9, 260))) / 2 + Decimal("0.40")
        reason = ("a_freight", "a_packing")[int(rng.integers(2))]
        found.append(PaperAllowance(rounded(amount), reason, rate, is_charge=True))
    return found


def _before(paper: Paper, type_: str, number: str, days: int, until: int) -> Paper:
    """A paper of the same order, so many days before the invoice."""
    day = paper.issue_date - timedelta(days=days)
    return replace(
        paper, invoice_id=f"{paper.invoice_id}-{type_}", type=type_, number=number, issue_date=day,
        due_date=None, period_start=None, period_end=None, preceding_invoice=None, prepaid=NOTHING,
        delivered_on=day + timedelta(days=until),
    )  # fmt: skip


def order_of(paper: Paper) -> Paper:
    """The purchase order that an invoice names, in the look of its buyer."""
    assert paper.order_reference is not None
    assert paper.buyer is not None
    look = crc32(paper.buyer.name.encode()) % LOOKS
    order = _before(paper, "purchase_order", paper.order_reference, 28, 21)
    lines = tuple(replace(line, delivered_on=None) for line in order.lines)
    return replace(order, order_reference=None, look=look, lines=lines)


def confirmation_of(paper: Paper) -> Paper:
    """The confirmation of the order that an invoice names."""
    return _before(
        paper, "sales_order", f"AB{crc32(paper.number.encode()) % 900_000 + 100_000}", 25, 18
    )


def delivery_of(paper: Paper) -> Paper:
    """The delivery note of the order that an invoice names: quantities without prices."""
    number = f"{crc32(paper.number.encode()) % 9_000_000 + 1_000_000}"
    note = _before(paper, "goods_receipt", number, 7, 0)
    return replace(note, delivered_on=None)
