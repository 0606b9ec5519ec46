"""Discounts, charges, prepayments and rounding on pages made of words."""

from collections.abc import Sequence

import pytest

from ledgergraph.evidence import Box, Page, Word
from ledgergraph.extractions.readers.page import read_page


def read(rows: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The header fields of rows of label and amount, one below the other."""
    words = []
    for number, (label, amount) in enumerate(rows):
        for x, text in ((60, label), (400, amount)):
            at: float = x
            for part in text.split():
                y = 300 + 20 * number
                words.append(Word("sha256:0", 0, part, Box(at, y, at + 5 * len(part), y + 10)))
                at += 5 * (len(part) + 1)
    found = read_page("sha256:0", [Page("sha256:0", 0, 595, 842)], words).readings
    return {one.field: one.value for one in found if one.line is None}


WORDS = {
    "de": ("Summe Positionen", "Rabatt 5 %", "Frachtkosten", "Nettobetrag", "USt. 20 %",
           "Rechnungsbetrag", "Abzgl. Anzahlung", "Zahlbetrag"),
    "en": ("Goods total", "Discount 5 %", "Carriage", "Net amount", "VAT 20 %",
           "Invoice total", "Less deposit", "Balance due"),
    "fr": ("Total des lignes", "Remise 5 %", "Frais de port", "Total HT", "TVA 20 %",
           "Total TTC", "Acompte versé", "Reste à payer"),
    "es": ("Suma de líneas", "Descuento 5 %", "Portes", "Base imponible", "IVA 20 %",
           "Total factura", "Anticipo", "Pendiente de pago"),
    "it": ("Totale merce", "Sconto 5 %", "Spese di trasporto", "Totale imponibile", "IVA 20 %",
           "Totale fattura", "Acconto", "Netto a pagare"),
    "pt": ("Total das linhas", "Desconto 5 %", "Portes", "Total líquido", "IVA 20 %",
           "Total com IVA", "Adiantamento", "Valor em dívida"),
}  # fmt: skip


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("sign", ["", "-"])
def test_what_lies_between_lines_and_due_is_read_in_every_language(language: str, sign: str):
    amounts = ("1.000,00", f"{sign}50,00", "10,00", "960,00", "192,00", "1.152,00",
               f"{sign}152,00", "1.000,00")  # fmt: skip
    found = read(list(zip(WORDS[language], amounts, strict=True)))
    reason = WORDS[language][1].removesuffix(" 5 %")
    wanted = {
        "totals.lines": "1000", "totals.allowances": "50", "totals.charges": "10",
        "totals.net": "960", "totals.tax": "192", "totals.gross": "1152",
        "totals.prepaid": "152", "totals.due": "1000",
        "allowances.0.amount": "50", "allowances.0.percentage": "5", "allowances.0.reason": reason,
        "charges.0.amount": "10", "charges.0.reason": WORDS[language][2],
    }  # fmt: skip
    assert {name: found.get(name) for name in wanted} == wanted


def test_an_amount_without_a_known_name_is_what_makes_the_sum():
    found = read(
        [
            ("Summe Positionen", "1.000,00"),
            ("Wintermonate", "-30,00"),
            ("Sperrgut", "12,50"),
            ("Nettobetrag", "982,50"),
            ("USt. 20 %", "196,50"),
            ("Rechnungsbetrag", "1.179,00"),
        ]
    )
    assert (found["allowances.0.amount"], found["allowances.0.reason"]) == ("30", "Wintermonate")
    assert (found["charges.0.amount"], found["charges.0.reason"]) == ("12.5", "Sperrgut")


def test_what_is_due_is_rounded():
    found = read(
        [
            ("Net amount", "100.00"),
            ("VAT 7.7 %", "7.70"),
            ("Invoice total", "107.70"),
            ("Rounding", "0.05"),
            ("Amount due", "107.75"),
        ]
    )
    assert (found["totals.rounding"], found["totals.due"]) == ("0.05", "107.75")


def test_several_prepayments_are_one_sum():
    found = read(
        [
            ("Nettobetrag", "1.000,00"),
            ("USt. 20 %", "200,00"),
            ("Rechnungsbetrag", "1.200,00"),
            ("Abschlagszahlung 1", "300,00"),
            ("Abschlagszahlung 2", "400,00"),
            ("Restbetrag", "500,00"),
        ]
    )
    assert (found["totals.prepaid"], found["totals.due"]) == ("700", "500")
