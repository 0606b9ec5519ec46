"""Tax by rate on pages made of words: tables, sentences, lines of the totals."""

from collections.abc import Sequence

import pytest

from ledgergraph.evidence import Box, Page, Reading, Word
from ledgergraph.extractions.readers.page import read_page

Row = tuple[float, Sequence[tuple[float, str]]]


def taxes_of(rows: Sequence[Row]) -> dict[str, Reading]:
    """The fields of tax by rate; rows are (y, [(x, text), ...]), 5 pt a character."""
    words = []
    for y, texts in rows:
        for x, text in texts:
            at = x
            for part in text.split():
                words.append(Word("sha256:0", 0, part, Box(at, y, at + 5 * len(part), y + 10)))
                at += 5 * (len(part) + 1)
    found = read_page("sha256:0", [Page("sha256:0", 0, 595, 842)], words).readings
    return {one.field: one for one in found if one.field.startswith("taxes.")}


def values_of(rows: Sequence[Row]) -> dict[str, str]:
    return {name.removeprefix("taxes."): one.value for name, one in taxes_of(rows).items()}


ONE = {"0.base": "1000", "0.rate": "19", "0.tax": "190"}
SUMS = {
    "de": ("Nettobetrag", "Rechnungsbetrag"), "en": ("Net amount", "Invoice total"),
    "fr": ("Total HT", "Total TTC"), "es": ("Base imponible", "Total factura"),
    "it": ("Totale imponibile", "Totale fattura"), "pt": ("Total líquido", "Total com IVA"),
}  # fmt: skip


def sums(language: str, *between: str) -> list[Row]:
    net, gross = SUMS[language]
    rows: list[Row] = [(300, [(60, f"{net}: 1.000,00 EUR")])]
    rows += [(320 + 20 * at, [(60, text)]) for at, text in enumerate(between)]
    return [*rows, (400, [(60, f"{gross}: 1.190,00 EUR")])]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("de", "zzgl. 19 % USt.: 190,00 EUR"),
        ("de", "19,00% MwSt. auf 1.000,00 EUR: 190,00 EUR"),
        ("en", "VAT 19 % on 1.000,00 EUR: 190,00 EUR"),
        ("en", "VAT @ 19%: 190,00 EUR"),
        ("fr", "TVA 19,0 % sur 1.000,00 EUR : 190,00 EUR"),
        ("fr", "TVA (19 %) : 190,00 EUR"),
        ("es", "IVA 19 % sobre 1.000,00 EUR: 190,00 EUR"),
        ("it", "IVA 19% su 1.000,00 EUR: 190,00 EUR"),
        ("it", "IVA (19%): 190,00 EUR"),
        ("pt", "IVA à taxa de 19 %: 190,00 EUR"),
    ],
)
def test_a_sentence_states_the_tax_at_its_rate(language: str, sentence: str):
    assert values_of(sums(language, sentence)) == ONE


TABLE: list[Row] = [
    (280, [(60, "Steuersatz"), (160, "Netto"), (260, "Steuer"), (360, "Brutto")]),
    (300, [(60, "7 %"), (160, "100,00"), (260, "7,00"), (360, "107,00")]),
    (320, [(60, "19 %"), (160, "1.000,00"), (260, "190,00"), (360, "1.190,00")]),
    (340, [(60, "Summe"), (160, "1.100,00"), (260, "197,00"), (360, "1.297,00")]),
    (400, [(60, "Rechnungsbetrag"), (360, "1.297,00 EUR")]),
]


def test_a_table_states_each_rate_in_its_order_and_its_sum_is_none():
    assert values_of(TABLE) == {
        "0.base": "100", "0.rate": "7", "0.tax": "7",
        "1.base": "1000", "1.rate": "19", "1.tax": "190",
    }  # fmt: skip


def test_each_part_says_where_it_stands():
    found = taxes_of(TABLE)
    assert found["taxes.1.rate"].raw == "19 %"
    assert found["taxes.1.tax"].box == Box(260, 320, 290, 330)


def test_rows_that_make_the_totals_are_surer_than_others():
    torn = [(y, cells[:3]) for y, cells in TABLE[:3]]
    torn.append((400, [(60, "Rechnungsbetrag"), (360, "990,00 EUR")]))
    assert taxes_of(TABLE)["taxes.0.base"].confidence > 0.9
    assert all(one.confidence < 0.7 for one in taxes_of(torn).values())


def test_base_and_tax_may_stand_on_two_lines_of_their_rate():
    rows = [
        (280, [(60, "Netto 7 %"), (360, "100,00")]),
        (300, [(60, "Netto 19 %"), (360, "1.000,00")]),
        (320, [(60, "MwSt. 7 %"), (360, "7,00")]),
        (340, [(60, "MwSt. 19 %"), (360, "190,00")]),
        (360, [(60, "Nettobetrag"), (360, "1.100,00")]),
        (380, [(60, "Gesamtbetrag"), (360, "1.297,00 EUR")]),
    ]
    assert values_of(rows) == values_of(TABLE)


def test_a_discount_in_per_cent_is_no_tax():
    rows = [
        (300, [(60, "Summe"), (360, "1.000,00")]),
        (320, [(60, "Rabatt 5 % auf 1.000,00"), (360, "50,00")]),
        (340, [(60, "Nettobetrag"), (360, "950,00")]),
        (360, [(60, "USt. 19 %"), (360, "180,50")]),
        (380, [(60, "Rechnungsbetrag"), (360, "1.130,50 EUR")]),
    ]
    assert values_of(rows) == {"0.base": "950", "0.rate": "19", "0.tax": "180.5"}


def test_no_tax_is_a_rate_of_nought():
    rows = [
        (300, [(60, "Nettobetrag"), (360, "950,00 EUR")]),
        (320, [(60, "zzgl. 0 % USt."), (360, "0,00 EUR")]),
        (340, [(60, "Rechnungsbetrag"), (360, "950,00 EUR")]),
    ]
    assert values_of(rows) == {"0.base": "950", "0.rate": "0", "0.tax": "0"}
