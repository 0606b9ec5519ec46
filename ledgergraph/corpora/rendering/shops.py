"""Receipts of tills: shops of many trades in many countries, and what they sell and charge.

Belongs here: who the shop is, what is bought, and the sums of it. Not here: what the receipt says
beside that and how (tills), how it looks (layouts/till*.typ, slip*.typ). Goods, words and
countries are data: shops.yaml, tills.yaml.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import NamedTuple
from zlib import crc32

import numpy as np

from ledgergraph.corpora.catalogue import (
    CITIES,
    LANGUAGES,
    LEGAL_FORMS,
    SALES_TAX,
    STREETS,
)
from ledgergraph.corpora.identifiers import vat_id
from ledgergraph.corpora.papers import (
    NOTHING,
    Paper,
    PaperAllowance,
    PaperLine,
    PaperParty,
    PaperTax,
    Till,
    rounded,
)  # fmt: skip
from ledgergraph.corpora.rendering.countries import (
    filled,
    one_of,
    phone,
    stated,
    surnames,
    till_words,
)  # fmt: skip
from ledgergraph.corpora.rendering.variety import LOOKS

OF_A_SHOP = 3
"""Receipts of one shop in each language."""
FIRST_DAY, DAYS = date(2021, 1, 4), 1700
CARD_SHARE, VOUCHER_SHARE = 0.42, 0.04
DISCOUNT_SHARE, LINE_DISCOUNT_SHARE = 0.13, 0.22
FOREIGN_MONEY = {"MXN": 18, "SGD": 2, "AUD": 2, "NZD": 2}
"""About how much of a currency is what costs one euro, where that is far from one."""
NOTES = (5, 10, 20, 50, 100)
ENDINGS = (("99", "49", "95", "29", "79"), ("00", "50"), ("90", "50", "00", "20"), ())
"""Cents of the prices of a shop; without any its prices are any."""
REFERENCES = ("######", "@####", "####-######", "^-#####", "##-####", "^^######", "#######", "@###",
              "0000#####", "##########", "###/@###", "^##^#######")  # fmt: skip
ARTICLES = ("", "", "", "#############", "#####", "####", "^^-####", "@#######", "^####", "00###")


COLOURED = ("wear", "shoes", "cable")
"""Classes of sizes whose goods come in colours."""


class Good(NamedTuple):
    """Something sold: its names in the order of languages; prices with tax, in euros."""

    level: str
    unit: str
    low: float
    high: float
    sizes: tuple[str, ...]
    names: tuple[str, ...]
    is_coloured: bool


class Trade(NamedTuple):
    """A line of trade: how many lines a sale has, what its shops are called, what they sell."""

    basket: tuple[int, int]
    words: Mapping[str, Sequence[str]]
    goods: tuple[Good, ...]


@dataclass(frozen=True)
class Shop:
    """One shop: who it is, and the habits that all of its receipts share."""

    language: str
    country: str
    trade: str
    seller: PaperParty
    till: Till
    look: int
    reference: str
    article: str
    endings: tuple[str, ...]
    has_sizes: bool
    brand: str | None
    rounds: bool
    sales_tax: Decimal


@cache
def trades() -> Mapping[str, Trade]:
    """The lines of trade by their names."""
    table = stated("shops.yaml")
    found = {}
    for name, one in table["trades"].items():
        goods = []
        for line in one["goods"]:
            head, *names = (part.strip() for part in line.split("|"))
            level, unit, low, high, sizes = head.split()
            of = tuple(table["sizes"][sizes])
            goods.append(
                Good(level, unit, float(low), float(high), of, tuple(names), sizes in COLOURED)
            )
        low, high = one["basket"]
        found[name] = Trade((low, high), one["words"], tuple(goods))
    return found


def till_receipts(count: int, seed: int, languages: tuple[str, ...] = LANGUAGES) -> Iterator[Paper]:
    """So many receipts; each shop gives several. The same arguments give the same receipts."""
    for at in range(count):
        language = languages[at % len(languages)]
        number = at // len(languages) // OF_A_SHOP
        shop = shop_of(
            language, np.random.default_rng([seed, 43, number, LANGUAGES.index(language)])
        )
        yield receipt(shop, np.random.default_rng([seed, 47, at]), f"T{seed}-{at:06d}")


def shop_of(language: str, rng: np.random.Generator) -> Shop:
    """A shop where a language is spoken."""
    table = stated("tills.yaml")
    homes = [code for code, one in table["countries"].items() if one["language"] == language]
    country = homes[0] if rng.random() < 0.35 else one_of(rng, homes)
    land = table["countries"][country]
    name = one_of(rng, list(trades()))
    word = one_of(rng, trades()[name].words[language])
    code, city = _town(country, rng)
    street = one_of(rng, table["streets"].get(country) or STREETS[country])
    behind = one_of(rng, ("", "", "", "", "a", f"-{rng.integers(2, 9)}"))
    number = f"{rng.integers(1, 240)}{behind}"
    seller = PaperParty(
        _name(language, country, word, rng), land["street"].format(street=street, no=number),
        code, city, country, vat_id(rng, country),
    )  # fmt: skip
    place = None
    if rng.random() < 0.22:
        unit = f"{one_of(rng, table['floors'][language])} {rng.integers(1, 60)}"
        if country == "SG":
            unit = f"#{rng.integers(1, 6):02d}-{rng.integers(1, 99):02d}"
        centre = f"{_invented(rng)} {one_of(rng, table['centres'][language])}"
        place = one_of(rng, (unit, f"{unit}, {centre}", centre))
    registrations = land["registrations"]
    till = Till(
        trade=name,
        brand=_brand(language, word, rng) if rng.random() < 0.15 else None,
        place=place,
        registration=filled(one_of(rng, registrations), rng)
        if registrations and rng.random() < 0.45 else None,
        phone=phone(country, rng) if rng.random() < 0.75 else None,
        fax=phone(country, rng) if rng.random() < 0.18 else None,
        site=f"{_invented(rng).lower()}.example" if rng.random() < 0.25 else None,
        is_exclusive=bool(rng.random() < float(land.get("exclusive", 0))),
    )  # fmt: skip
    return Shop(
        language, country, name, seller, till, int(rng.integers(LOOKS)), one_of(rng, REFERENCES),
        one_of(rng, ARTICLES), one_of(rng, ENDINGS), bool(rng.random() < 0.7),
        _invented(rng) if rng.random() < 0.35 else None, bool(rng.random() < 0.8),
        Decimal(SALES_TAX.get(city[-2:], "6")),
    )  # fmt: skip


def _town(country: str, rng: np.random.Generator) -> tuple[str, str]:
    own = stated("tills.yaml")["cities"].get(country)
    if own is None:
        code, city = one_of(rng, CITIES[country])
        return code, city
    city = one_of(rng, list(own))
    return (one_of(rng, own[city]) if isinstance(own[city], list) else own[city]), city


def _invented(rng: np.random.Generator) -> str:
    parts = stated("tills.yaml")["syllables"]
    return "".join(one_of(rng, parts) for _ in range(int(rng.integers(2, 4)))).capitalize()


def _brand(language: str, word: str, rng: np.random.Generator) -> str:
    adjective = one_of(rng, stated("tills.yaml")["adjectives"][language])
    brands = (_invented(rng), f"{adjective} {word}", f"{_invented(rng)} {word}")
    return brands[int(rng.integers(len(brands)))]


def _name(language: str, country: str, word: str, rng: np.random.Generator) -> str:
    """What a shop is called in full: of its owner, invented, of letters, with a legal form."""
    table = stated("tills.yaml")
    owners = surnames(country)
    owner, other = one_of(rng, owners), one_of(rng, owners)
    letters = [one_of(rng, table["initials"]) for _ in range(3)]
    adjective = one_of(rng, table["adjectives"][language])
    first: str = one_of(rng, (
        owner, owner, _invented(rng), _invented(rng), adjective, "".join(letters),
        f"{letters[0]} & {letters[1]}", f"{owner} & {other}" if other != owner else owner,
    ))  # fmt: skip
    comes_first = language in ("fr", "es", "it", "pt")
    name = f"{word} {first}" if comes_first else f"{first} {word}"
    draw = rng.random()
    if draw < 0.15:
        name = first
    elif draw < 0.45:
        name = f"{name} {one_of(rng, table['more'][language])}"
    form = one_of(rng, table["forms"].get(country) or LEGAL_FORMS[country])
    if rng.random() < 0.55 or name in (adjective, "".join(letters)):
        name = f"{name} {form}"
    return name


def receipt(shop: Shop, rng: np.random.Generator, name: str) -> Paper:
    """What one customer bought: lines, discounts, tax, rounding, and how it was paid."""
    land = stated("tills.yaml")["countries"][shop.country]
    day = FIRST_DAY + timedelta(days=int(rng.integers(0, DAYS)))
    rates = rates_of(shop, day)
    lines = _lines(shop, rates, land["currency"], rng)
    is_exclusive = shop.till.is_exclusive
    allowances = _whole(shop, lines, rng)
    taxes = _taxes(lines, allowances, is_exclusive)
    net = sum((one.base for one in taxes), NOTHING)
    tax = sum((one.tax for one in taxes), NOTHING)
    draw = rng.random()
    payment = "card" if draw < CARD_SHARE else "voucher" if draw > 1 - VOUCHER_SHARE else "cash"
    gross = net + tax
    if payment == "cash" and shop.rounds and "rounding" in land:
        step = Decimal(land["rounding"])
        gross = (gross / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step
        gross = gross.quantize(Decimal("0.01"))
    note = one_of(rng, NOTES) * (10 if land["currency"] == "MXN" else 1)
    exact = rng.random() < 0.12
    given = gross if exact else Decimal(math.ceil(gross / note) * note)
    clock = f"{rng.integers(7, 22):02d}:{rng.integers(0, 60):02d}:{rng.integers(0, 60):02d}"
    return Paper(
        invoice_id=name, language=shop.language, type="receipt",
        number=filled(shop.reference, rng), issue_date=day, due_date=None,
        period_start=None, period_end=None, currency=land["currency"],
        order_reference=None, contract_reference=None, preceding_invoice=None, seller=shop.seller,
        buyer=None, iban=None, lines=tuple(lines), net=net, tax=tax, gross=gross,
        tax_rate=lines[0].tax_rate or NOTHING, look=shop.look, taxes=taxes,
        allowances=tuple(allowances), at=clock, paid=given if payment == "cash" else None,
        rounding=gross - net - tax, till=replace(shop.till, payment=payment),
    )  # fmt: skip


def rates_of(shop: Shop, day: date) -> Mapping[str, Decimal]:
    """The rates in percent by level on a day; in the United States those of one state."""
    if shop.country == "US":
        usual = shop.sales_tax
        return {"standard": usual, "meal": usual, "press": usual, "food": NOTHING,
                "medicine": NOTHING}  # fmt: skip
    since = stated("tills.yaml")["rates"][shop.country]
    year = max(year for year in since if year <= day.year)
    return {level: Decimal(rate) for level, rate in since[year].items()}


def _lines(
    shop: Shop, rates: Mapping[str, Decimal], currency: str, rng: np.random.Generator
) -> list[PaperLine]:
    trade = trades()[shop.trade]
    low, high = trade.basket
    count = low + int((high - low + 1) * float(rng.random()) ** 1.8)
    found: list[PaperLine] = []
    discounts = LINE_DISCOUNT_SHARE if rng.random() < 0.35 else 0.0
    for _ in range(count):
        line = _line(shop, one_of(rng, trade.goods), rates, FOREIGN_MONEY.get(currency, 1), rng)
        found.append(line)
        if rng.random() < discounts and line.net > 1:
            found.append(_discount(shop, line, rng))
    return found


def _line(
    shop: Shop, good: Good, rates: Mapping[str, Decimal], dear: int, rng: np.random.Generator
) -> PaperLine:
    quantity = Decimal(1 if rng.random() < 0.72 else int(rng.integers(2, 7)))
    if good.unit == "LTR":
        quantity = Decimal(int(rng.integers(500, 6800))) / 100
    elif good.unit != "C62":
        quantity = Decimal(int(rng.integers(120, 2600))) / 1000
    name = good.names[LANGUAGES.index(shop.language)]
    if shop.has_sizes and good.sizes and rng.random() < 0.75:
        name = f"{name} {one_of(rng, good.sizes)}"
    if good.is_coloured and rng.random() < 0.3:
        name = f"{name} {one_of(rng, stated('shops.yaml')['colours'][shop.language])}"
    if shop.brand and good.sizes and rng.random() < 0.4:
        name = f"{shop.brand} {name}"
    # A shop asks one price for a thing and gives it one number, on all of its receipts.
    of_thing = np.random.default_rng([shop.look, crc32(name.encode())])
    price = _price(shop, good, dear, of_thing)
    return PaperLine(
        name, quantity, good.unit, price, max(rounded(quantity * price), Decimal("0.01")),
        tax_rate=rates[good.level], article=filled(shop.article, of_thing) or None,
    )  # fmt: skip


def _price(shop: Shop, good: Good, dear: int, rng: np.random.Generator) -> Decimal:
    price = (good.low + (good.high - good.low) * float(rng.random()) ** 1.5) * dear
    if good.unit == "LTR":
        return Decimal(str(round(price, 3)))
    exact = Decimal(str(round(price, 2)))
    if shop.endings and price >= 2:
        return Decimal(f"{int(exact)}.{one_of(rng, shop.endings)}")
    return max(exact, Decimal("0.05"))


def _discount(shop: Shop, line: PaperLine, rng: np.random.Generator) -> PaperLine:
    """A line of its own that takes something off the one before."""
    word = one_of(rng, till_words(shop.language, shop.country)["line_discount"])
    percent = one_of(rng, (5, 10, 15, 20, 25, 30, 50))
    amount = -rounded(line.net * percent / 100)
    if rng.random() < 0.4:
        amount = -min(Decimal(one_of(rng, ("0.50", "1.00", "0.20"))), line.net)
    elif rng.random() < 0.8:
        word = f"{word} {percent}%"
    return PaperLine(word, Decimal(1), "C62", amount, amount, tax_rate=line.tax_rate)


def _whole(
    shop: Shop, lines: Sequence[PaperLine], rng: np.random.Generator
) -> list[PaperAllowance]:
    """A discount, and a charge for service, on all of it."""
    total = sum((line.net for line in lines), NOTHING)
    rate = max(line.tax_rate or NOTHING for line in lines)
    found = []
    if rng.random() < DISCOUNT_SHARE and total > 5:
        percent = Decimal(one_of(rng, (2, 3, 5, 10, 15, 20)))
        amount = rounded(total * percent / 100)
        found.append(PaperAllowance(amount, "discount", rate, percent, total))
    service = stated("tills.yaml")["countries"][shop.country].get("service")
    if service and shop.till.is_exclusive and shop.trade == "restaurant":
        base = total - sum((one.amount for one in found), NOTHING)
        amount = rounded(base * Decimal(service) / 100)
        found.append(PaperAllowance(amount, "service", rate, Decimal(service), base, True))
    return found


def _taxes(
    lines: Sequence[PaperLine], allowances: Sequence[PaperAllowance], is_exclusive: bool
) -> tuple[PaperTax, ...]:
    """The tax by rate, the highest first; what is on the whole is shared out among the rates."""
    sums: dict[Decimal, Decimal] = {}
    for line in lines:
        rate = line.tax_rate or NOTHING
        sums[rate] = sums.get(rate, NOTHING) + line.net
    of_all = sum(sums.values(), NOTHING)
    more = sum((one.amount if one.is_charge else -one.amount for one in allowances), NOTHING)
    left, found = more, list[PaperTax]()
    order = sorted(sums, reverse=True)
    for at, rate in enumerate(order):
        part = left if at == len(order) - 1 else rounded(more * sums[rate] / of_all)
        left -= part
        sum_ = sums[rate] + part
        if is_exclusive:
            found.append(PaperTax(rate, sum_, rounded(sum_ * rate / 100)))
        else:
            base = rounded(sum_ / (1 + rate / 100))
            found.append(PaperTax(rate, base, sum_ - base))
    return tuple(found)
