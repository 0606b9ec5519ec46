"""Vendors and their habits: trade, prices, rhythm, numbering, each drawn from wide ranges."""

from collections.abc import Mapping

import numpy as np

from ledgergraph.corpora.actors import Account, NumberSeries, Step, Vendor
from ledgergraph.corpora.catalogue import (
    CATEGORIES,
    CURRENCIES,
    FIRST_NAMES,
    LANGUAGE_OF,
    LANGUAGES,
    LEGAL_FORMS,
    SALES_TAX,
    SURNAMES,
    VAT_RATES,
    Item,
)  # fmt: skip
from ledgergraph.corpora.firm import Firm, by_magnitude, one_of, place, within
from ledgergraph.corpora.identifiers import digits, iban, vat_id

COARSE_UNITS = ("HUR", "DAY")
PATTERNS = (
    "{n}", "{n:05d}", "{n:06d}", "RE{n:05d}", "RE-{y}-{n:05d}", "R-{n}", "{y}-{n:04d}",
    "{y}{n:05d}", "{n}/{y}", "{n:04d}/{yy}", "INV{n:06d}", "INV-{n:05d}", "FA{yy}{m}-{n:04d}",
    "F-{y}/{n:04d}", "{yy}{n:06d}", "{c}-{n:03d}", "{c}/{y}/{n}", "FT {y}A/{n}", "FV/{n:06d}",
    "{yy}-{m}-{n:04d}", "NR{n}", "S{yy}{n:05d}",
)  # fmt: skip


def a_vendor(firm: Firm, rng: np.random.Generator, trade: str | None = None) -> Vendor:
    """A vendor with habits of its own, drawn from the whole range; not yet a vendor of the firm."""
    manners = firm.manners
    trade = trade or one_of(rng, tuple(CATEGORIES))
    category = CATEGORIES[trade]
    country = manners.home
    if rng.random() < manners.foreign_share and trade not in ("rent", "water", "energy"):
        country = one_of(rng, firm.settings.countries)
    is_local = country == manners.home
    street, postcode, city = place(rng, country)
    mode = _weighted(rng, category.modes)
    items = list(rng.permutation(len(category.items)))[: int(rng.integers(1, 4))]
    chosen = [category.items[i] for i in items]
    active = _active_days(firm, rng)
    is_exempt = trade == "rent" and rng.random() < 0.4
    rate = "0" if not is_local or is_exempt else rate_at(country, category.vat, city)
    sites = int(min(len(firm.entities), 1 + rng.geometric(0.42 if mode != "flat" else 0.3)))
    served = [firm.entities[i] for i in rng.permutation(len(firm.entities))[:sites]]
    return Vendor(
        name=vendor_name(rng, country, trade),
        vat_id=vat_id(rng, country), is_vat_recorded=bool(rng.random() > 0.06),
        country=country, language=LANGUAGE_OF[country],
        street=street, postcode=postcode, city=city,
        registered_on=_registered(firm, rng, active[0]),
        trade=trade, category=category, mode=mode,
        currency=_currency(rng, country, manners.currency),
        tax_rate=round(float(rate) * 100),
        items=chosen,
        prices=[_list_price(rng, item, manners.amount_level) for item in chosen],
        steps=_price_steps(firm, rng, trade, active),
        noise=float(rng.choice([0.0, 0.0, 0.01, 0.04])) if mode in ("adhoc", "orders") else 0.0,
        cadence_days=_cadence(rng, mode),
        per_month=by_magnitude(rng, {"orders": (0.6, 9.0), "adhoc": (0.15, 3.0)}.get(mode, (1, 1))),
        quantity_level=by_magnitude(rng, (0.5, 1.4)),
        quantity_sigma=within(rng, (0.03, 0.15) if mode == "deliveries" else (0.1, 0.7)),
        season=(within(rng, (0, 0.45 if mode == "metered" else 0.2)), within(rng, (0, 365))),
        rounding=_rounding(rng, chosen[0], mode),
        terms=one_of(rng, firm.settings.terms_days) if rng.random() > 0.04 else None,
        lag=by_magnitude(rng, (0.4, 2.2)) * manners.lag_days,
        late_share=min(0.5, by_magnitude(rng, (0.3, 3.0)) * manners.late_share),
        weekend=bool(rng.random() < 0.25),
        series=number_series(rng, mode, trade),
        accounts=[Account(0, iban(rng, country if rng.random() > 0.04 else "LT"))],
        prints_iban=bool(rng.random() > 0.07),
        states_period=mode in ("flat", "metered", "hours") and bool(rng.random() < 0.75),
        entities=served, active=active,
        most_lines=int(rng.integers(1, 6)),
        seed=int(rng.integers(2**40)),
    )  # fmt: skip


def rate_at(country: str, level: str, city: str) -> str:
    """The rate in percent that a seller charges at home; sales tax is its state's."""
    if country == "US" and level in ("standard", "meal"):
        return SALES_TAX[city[-2:]]
    return VAT_RATES[country][level]


def _currency(rng: np.random.Generator, country: str, home: str) -> str:
    """What a vendor bills in: sometimes its own currency."""
    return CURRENCIES[country] if country in CURRENCIES and rng.random() < 0.4 else home


def an_occasional_vendor(firm: Firm, rng: np.random.Generator) -> Vendor:
    """One of the many that bill a few times a year, for one site or two, without a contract."""
    trade = one_of(rng, [name for name, own in CATEGORIES.items() if "adhoc" in own.modes])
    vendor = a_vendor(firm, rng, trade)
    vendor.mode, vendor.states_period = "adhoc", False
    vendor.per_month, vendor.entities = by_magnitude(rng, (0.08, 0.7)), vendor.entities[:2]
    return vendor


def _weighted(rng: np.random.Generator, weights: Mapping[str, float]) -> str:
    names = tuple(weights)
    return names[int(rng.choice(len(names), p=[weights[name] for name in names]))]


def vendor_name(rng: np.random.Generator, country: str, trade: str) -> str:
    """A trade name as one reads it in that country."""
    word = CATEGORIES[trade].trade[LANGUAGES.index(LANGUAGE_OF[country])]
    stem, form = one_of(rng, SURNAMES[country]), one_of(rng, LEGAL_FORMS[country])
    if trade in ("freelance", "craft") and rng.random() < 0.6:
        return f"{one_of(rng, FIRST_NAMES[country])} {stem} {word}"
    second = one_of(rng, SURNAMES[country])
    styles = {
        "DE": (
            f"{stem} {word} {form}",
            f"{stem} & {second} {word} {form}",
            f"{word} {stem} {form}",
        ),
        "GB": (
            f"{stem} {word} {form}",
            f"{stem} & {second} {word} {form}",
            f"{stem} {word} {form}",
        ),
    }
    styles["US"] = styles["GB"]
    style = styles.get(
        country,
        (f"{word} {stem} {form}", f"{stem} {word} {form}", f"{word} {stem} & {second} {form}"),
    )
    return one_of(rng, style)


def _active_days(firm: Firm, rng: np.random.Generator) -> tuple[int, int]:
    """First and last day of business with us; most vendors were there before and stay."""
    span = firm.last - firm.first
    start = firm.first - int(rng.integers(30, 400))
    if rng.random() < firm.manners.young_share:
        start = firm.first + int(span * rng.random() * 0.85)
    end = firm.last + 1
    if rng.random() < 0.12:
        end = min(end, max(start, firm.first) + int(span * (0.2 + 0.8 * rng.random())))
    return start, end


def _registered(firm: Firm, rng: np.random.Generator, start: int) -> int:
    if start > firm.first:
        return start - int(rng.integers(1, 40))
    return firm.first - int(by_magnitude(rng, (40, 5000)))


def _list_price(rng: np.random.Generator, item: Item, level: float) -> int:
    low, high = item.price
    price = by_magnitude(rng, (low, high)) * (level if item.unit != "MON" else level**0.5)
    if price < 1:
        return max(1, round(price * 10_000))
    if price > 100 and rng.random() < 0.6:
        step = one_of(rng, (5, 10, 50)) if price > 500 else one_of(rng, (1, 5))
        return max(step, round(price / step) * step) * 10_000
    return max(1, round(price * 100)) * 100


def _price_steps(
    firm: Firm, rng: np.random.Generator, trade: str, active: tuple[int, int]
) -> list[Step]:
    """List price changes: yearly for some, small and often for what follows a market."""
    steps: list[Step] = []
    first = max(active[0], firm.first)
    if trade in ("energy", "materials", "logistics") and rng.random() < 0.6:
        trend = float(rng.normal(0.001, 0.006))
        days = range(first + 30, active[1], 30)
        return [Step(day, 1 + trend + float(rng.normal(0, 0.004))) for day in days]
    if rng.random() < 0.65:
        day = first + int(rng.integers(20, 365))
        while day < active[1]:
            steps.append(Step(day, 1 + within(rng, firm.settings.step_pct) / 100))
            day += 365
    return steps


def _cadence(rng: np.random.Generator, mode: str) -> int:
    match mode:
        case "flat":
            return int(rng.choice([30, 30, 30, 30, 91, 91, 365]))
        case "metered":
            return int(rng.choice([30, 30, 61, 91]))
        case "deliveries":
            return int(rng.choice([7, 7, 14, 30]))
    return 30


def _rounding(rng: np.random.Generator, item: Item, mode: str) -> int:
    """Steps of quantity in thousandths: quarter hours, whole pieces, boxes of ten."""
    if item.unit in COARSE_UNITS:
        return int(rng.choice([250, 250, 500, 1000]))
    if mode in ("deliveries", "orders") and item.quantity[1] > 100:
        return int(rng.choice([1_000, 5_000, 10_000, 25_000]))
    return 1_000


def number_series(rng: np.random.Generator, mode: str, trade: str) -> NumberSeries:
    """A way of numbering; those who work for few customers fill their series slowly."""
    pattern = one_of(rng, PATTERNS)
    others = by_magnitude(rng, (0.15, 40.0))
    if trade == "freelance" or "{c}" in pattern:
        others = by_magnitude(rng, (0.001, 0.1))
    restarts = ("{y" in pattern or rng.random() < 0.12) and rng.random() < 0.75
    start = int(by_magnitude(rng, (2, 60_000)))
    return NumberSeries(pattern, start, others, bool(restarts), digits(rng, 5, first=1))
