# ruff: noqa: E501 - a table of words with one row an item
"""Receipts of tills: what shops sell over the counter, in six languages, and receipts made of it.

Prices contain the tax. Not here: how a receipt looks (sheets, layouts/till*.typ, slip*.typ).
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from ledgergraph.corpora.catalogue import (
    CITIES,
    CURRENCIES,
    LANGUAGES,
    STREETS,
    SURNAMES,
    VAT_RATES,
)
from ledgergraph.corpora.identifiers import vat_id
from ledgergraph.corpora.papers import NOTHING, Paper, PaperLine, PaperParty, PaperTax, rounded
from ledgergraph.corpora.rendering.variety import LOOKS

Six = tuple[str, str, str, str, str, str]


class Shop(NamedTuple):
    """A line of shops: its word, and what it sells: names, price, unit and rate."""

    word: Six
    goods: tuple[tuple[Six, tuple[float, float], str, str], ...]


COUNTRIES: Mapping[str, tuple[str, ...]] = {
    "de": ("DE",), "en": ("GB",), "fr": ("FR",), "es": ("ES",), "it": ("IT",), "pt": ("PT",),
}  # fmt: skip
"""Where a language's shops are: not in the US, whose prices are before sales tax."""
SHOPS: tuple[Shop, ...] = (
    Shop(("Markt", "Stores", "Marché", "Supermercado", "Alimentari", "Mercearia"), (
        (("Vollmilch 1 l", "Whole milk 1 l", "Lait entier 1 l", "Leche entera 1 l", "Latte intero 1 l", "Leite gordo 1 l"), (0.9, 1.6), "C62", "reduced"),
        (("Brot 750 g", "Loaf 800 g", "Pain de campagne", "Barra de pan", "Pane casereccio", "Pão de forma"), (1.1, 4.2), "C62", "reduced"),
        (("Butter 250 g", "Butter 250 g", "Beurre 250 g", "Mantequilla 250 g", "Burro 250 g", "Manteiga 250 g"), (1.6, 3.4), "C62", "reduced"),
        (("Kaffee 500 g", "Ground coffee", "Café moulu", "Café molido", "Caffè macinato", "Café moído"), (4.2, 8.9), "C62", "reduced"),
        (("Äpfel lose", "Apples loose", "Pommes vrac", "Manzanas granel", "Mele sfuse", "Maçãs granel"), (1.6, 3.6), "KGM", "reduced"),
        (("Tomaten", "Tomatoes", "Tomates", "Tomates", "Pomodori", "Tomate"), (1.9, 4.4), "KGM", "reduced"),
        (("Mineralwasser 6 x 1,5 l", "Mineral water 6 pk", "Eau minérale pack 6", "Agua mineral pack 6", "Acqua minerale 6 pz", "Água mineral pack 6"), (1.9, 4.8), "C62", "standard"),
        (("Spülmittel", "Washing-up liquid", "Liquide vaisselle", "Lavavajillas", "Detersivo piatti", "Detergente loiça"), (0.9, 2.8), "C62", "standard"),
        (("Küchenrolle 4 St.", "Kitchen roll x4", "Essuie-tout x4", "Papel de cocina", "Carta cucina x4", "Rolo de cozinha"), (2.1, 4.5), "C62", "standard"),
        (("Tragetasche", "Carrier bag", "Sac cabas", "Bolsa", "Shopper", "Saco"), (0.1, 0.5), "C62", "standard"),
    )),
    Shop(("Baumarkt", "Hardware", "Bricolage", "Ferretería", "Ferramenta", "Ferragens"), (
        (("Holzschrauben 100 St.", "Wood screws box", "Vis à bois boîte", "Tornillos caja", "Viti legno scatola", "Parafusos caixa"), (3.9, 14.0), "C62", "standard"),
        (("Dübel 8 mm", "Wall plugs 8 mm", "Chevilles 8 mm", "Tacos 8 mm", "Tasselli 8 mm", "Buchas 8 mm"), (1.9, 7.5), "C62", "standard"),
        (("Wandfarbe 10 l", "Emulsion paint 10 l", "Peinture 10 l", "Pintura 10 l", "Pittura 10 l", "Tinta 10 l"), (24.0, 79.0), "C62", "standard"),
        (("Malerrolle", "Paint roller", "Rouleau peinture", "Rodillo", "Rullo", "Rolo de pintura"), (3.2, 12.0), "C62", "standard"),
        (("Kabel 3 x 1,5", "Cable 3 x 1.5", "Câble 3 x 1,5", "Cable 3 x 1,5", "Cavo 3 x 1,5", "Cabo 3 x 1,5"), (0.8, 2.6), "MTR", "standard"),
        (("LED-Lampe E27", "LED bulb E27", "Ampoule LED E27", "Bombilla LED E27", "Lampadina LED E27", "Lâmpada LED E27"), (2.5, 9.9), "C62", "standard"),
        (("Arbeitshandschuhe", "Work gloves", "Gants de travail", "Guantes de trabajo", "Guanti da lavoro", "Luvas de trabalho"), (2.9, 15.0), "C62", "standard"),
    )),
    Shop(("Café", "Café", "Brasserie", "Cafetería", "Bar", "Pastelaria"), (
        (("Espresso", "Espresso", "Expresso", "Café solo", "Espresso", "Café"), (0.8, 2.9), "C62", "standard"),
        (("Cappuccino", "Cappuccino", "Cappuccino", "Capuchino", "Cappuccino", "Galão"), (1.4, 4.4), "C62", "standard"),
        (("Tagesgericht", "Dish of the day", "Plat du jour", "Menú del día", "Piatto del giorno", "Prato do dia"), (7.5, 18.5), "C62", "standard"),
        (("Belegtes Brötchen", "Sandwich", "Sandwich", "Bocadillo", "Panino", "Sandes"), (2.9, 7.4), "C62", "standard"),
        (("Apfelschorle 0,4 l", "Apple juice", "Jus de pomme", "Zumo de naranja", "Succo di frutta", "Sumo de laranja"), (2.2, 4.8), "C62", "standard"),
        (("Kuchen", "Slice of cake", "Part de tarte", "Ración de tarta", "Fetta di torta", "Fatia de bolo"), (2.4, 5.9), "C62", "standard"),
    )),
    Shop(("Tankstelle", "Service Station", "Station-service", "Estación de servicio", "Stazione di servizio", "Posto de abastecimento"), (
        (("Super E10", "Unleaded", "SP95-E10", "Gasolina 95", "Benzina", "Gasolina 95"), (1.45, 1.95), "LTR", "standard"),
        (("Diesel", "Diesel", "Gazole", "Gasóleo A", "Gasolio", "Gasóleo"), (1.4, 1.9), "LTR", "standard"),
        (("AdBlue", "AdBlue", "AdBlue", "AdBlue", "AdBlue", "AdBlue"), (0.7, 1.3), "LTR", "standard"),
        (("Autowäsche", "Car wash", "Lavage auto", "Lavado de coche", "Lavaggio auto", "Lavagem auto"), (7.9, 18.9), "C62", "standard"),
        (("Scheibenreiniger", "Screenwash", "Lave-glace", "Limpiaparabrisas", "Lavavetri", "Limpa-vidros"), (3.5, 8.9), "C62", "standard"),
    )),
    Shop(("Schreibwaren", "Stationers", "Papeterie", "Papelería", "Cartoleria", "Papelaria"), (
        (("Kugelschreiber", "Ballpoint pen", "Stylo bille", "Bolígrafo", "Penna a sfera", "Esferográfica"), (0.6, 3.9), "C62", "standard"),
        (("Collegeblock A4", "Refill pad A4", "Bloc A4", "Cuaderno A4", "Quaderno A4", "Bloco A4"), (1.5, 4.4), "C62", "standard"),
        (("Ordner breit", "Lever arch file", "Classeur à levier", "Archivador", "Raccoglitore", "Pasta de arquivo"), (1.9, 5.5), "C62", "standard"),
        (("Briefumschläge DL", "Envelopes DL", "Enveloppes DL", "Sobres", "Buste", "Envelopes"), (2.4, 8.5), "C62", "standard"),
        (("Druckerpapier 500 Bl.", "Copier paper ream", "Ramette papier", "Paquete de folios", "Risma carta", "Resma de papel"), (3.9, 8.9), "C62", "standard"),
    )),
)  # fmt: skip
CASH_SHARE = 0.5


def till_receipts(count: int, seed: int, languages: tuple[str, ...] = LANGUAGES) -> Iterator[Paper]:
    """So many receipts; each shop gives several. The same arguments give the same receipts."""
    for at in range(count):
        language = languages[at % len(languages)]
        shop = np.random.default_rng([seed, 43, at // 24, LANGUAGES.index(language)])
        yield _receipt(language, shop, np.random.default_rng([seed, 47, at]), f"T{seed}-{at:06d}")


def _receipt(
    language: str, shop: np.random.Generator, rng: np.random.Generator, name: str
) -> Paper:
    """A receipt of a shop, which one generator draws, bought by a customer, whom the other draws."""
    place = LANGUAGES.index(language)
    country = COUNTRIES[language][int(shop.integers(len(COUNTRIES[language])))]
    kind = SHOPS[int(shop.integers(len(SHOPS)))]
    postcode, city = CITIES[country][int(shop.integers(len(CITIES[country])))]
    street = STREETS[country][int(shop.integers(len(STREETS[country])))]
    owner = SURNAMES[country][int(shop.integers(len(SURNAMES[country])))]
    word = kind.word[place]
    title = f"{word} {owner}" if country in ("FR", "ES", "IT", "PT") else f"{owner} {word}"
    number = int(shop.integers(1, 180))
    seller = PaperParty(
        title, f"{number} {street}" if country in ("GB", "FR") else f"{street} {number}",
        postcode, city, country, vat_id(shop, country),
    )  # fmt: skip
    look, rates = int(shop.integers(LOOKS)), VAT_RATES[country]
    chosen = rng.permutation(len(kind.goods))[: int(rng.integers(1, len(kind.goods) + 1))]
    lines = [_line(kind.goods[one], place, rates, rng) for one in chosen]
    gross = sum((line.net for line in lines), NOTHING)
    taxes = _contained(lines)
    tax = sum((one.tax for one in taxes), NOTHING)
    day = date(2021, 1, 4) + timedelta(days=int(rng.integers(0, 1700)))
    note = (5, 10, 20, 50)[int(rng.integers(4))]
    paid = Decimal(math.ceil(gross / note) * note) if rng.random() < CASH_SHARE else None
    paper = Paper(
        invoice_id=name, language=language, type="receipt",
        number=f"{rng.integers(1, 99_999):0{int(look % 3) + 4}d}", issue_date=day, due_date=None,
        period_start=None, period_end=None, currency=CURRENCIES.get(country, "EUR"),
        order_reference=None, contract_reference=None, preceding_invoice=None, seller=seller,
        buyer=None, iban=None, lines=tuple(lines), net=gross - tax, tax=tax, gross=gross,
        tax_rate=lines[0].tax_rate or NOTHING, look=look, taxes=taxes,
    )  # fmt: skip
    return replace(paper, paid=paid, at=f"{rng.integers(7, 21):02d}:{rng.integers(0, 60):02d}")


def _line(
    good: tuple[Six, tuple[float, float], str, str], place: int, rates: Mapping[str, str],
    rng: np.random.Generator,
) -> PaperLine:  # fmt: skip
    names, (low, high), unit, vat = good
    price = Decimal(str(round(low + (high - low) * float(rng.random()), 3 if unit == "LTR" else 2)))
    quantity = Decimal(1 if rng.random() < 0.7 else int(rng.integers(2, 6)))
    if unit == "LTR":
        quantity = Decimal(int(rng.integers(1200, 6800))) / 100
    elif unit != "C62":
        quantity = Decimal(int(rng.integers(180, 2600))) / 1000
    rate = Decimal(rates[vat])
    return PaperLine(names[place], quantity, unit, price, rounded(quantity * price), tax_rate=rate)


def _contained(lines: list[PaperLine]) -> tuple[PaperTax, ...]:
    """The tax that prices contain, by rate, the highest first."""
    sums: dict[Decimal, Decimal] = {}
    for line in lines:
        rate = line.tax_rate or NOTHING
        sums[rate] = sums.get(rate, NOTHING) + line.net
    found = []
    for rate in sorted(sums, reverse=True):
        base = rounded(sums[rate] / (1 + rate / 100))
        found.append(PaperTax(rate, base, sums[rate] - base))
    return tuple(found)
