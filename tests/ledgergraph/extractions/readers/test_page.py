"""The page reader on pages made of words, one character 5 pt wide and 10 pt high."""

import json
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgergraph.documents.limits import Limits
from ledgergraph.evidence import Box, Page, Reading, Word
from ledgergraph.extractions.readers.page import PageReading, read_page
from ledgergraph.extractions.transcripts import transcribe

Row = tuple[float, Sequence[tuple[float, str]]]


def words_on(page: int, rows: Sequence[Row]) -> list[Word]:
    """Rows of (y, [(x, text), ...]); words within a text are one space apart."""
    words = []
    for y, texts in rows:
        for x, text in texts:
            at = x
            for part in text.split():
                words.append(Word("sha256:0", page, part, Box(at, y, at + 5 * len(part), y + 10)))
                at += 5 * (len(part) + 1)
    return words


def reading_of(*pages: Sequence[Row]) -> PageReading:
    sheets = [Page("sha256:0", number, 595, 842) for number in range(len(pages))]
    words = [word for number, rows in enumerate(pages) for word in words_on(number, rows)]
    return read_page("sha256:0", sheets, words)


def header_of(*pages: Sequence[Row]) -> dict[str, Reading]:
    return {one.field: one for one in reading_of(*pages).readings if one.line is None}


def items_of(*pages: Sequence[Row]) -> list[dict[str, str]]:
    items: dict[int, dict[str, str]] = defaultdict(dict)
    for one in reading_of(*pages).readings:
        if one.line is not None:
            items[one.line][one.field] = one.value
    return [items[number] for number in sorted(items)]


LETTER: list[Row] = [
    (100, [(60, "Muster GmbH · Hauptstraße 1 · 10115 Berlin")]),
    (115, [(60, "Kunden AG")]),
    (128, [(60, "Am Hafen 7")]),
    (141, [(60, "20095 Hamburg")]),
    (200, [(60, "Rechnung Nr. R-2024-17"), (400, "Berlin, 05.03.2024")]),
    (220, [(60, "Fällig am: 04.04.2024")]),
    (233, [(60, "Ihre Bestellung: B-99")]),
]
TABLE: list[Row] = [
    (280, [(60, "Pos."), (100, "Bezeichnung"), (300, "Menge"), (380, "Preis"), (490, "Betrag")]),
    (300, [(60, "1"), (100, "Schrauben M8"), (305, "10 Stk"), (400, "1,50"), (495, "15,00")]),
    (313, [(100, "verzinkt")]),
    (330, [(60, "2"), (100, "Beratung"), (310, "2 Std"), (395, "90,00"), (490, "180,00")]),
]  # fmt: skip
SUMS: list[Row] = [
    (370, [(380, "Nettobetrag"), (490, "195,00 €")]),
    (385, [(380, "zzgl. 19 % USt."), (490, "37,05 €")]),
    (400, [(380, "Rechnungsbetrag"), (490, "232,05 €")]),
    (780, [(60, "USt-IdNr. DE136695976"), (250, "IBAN DE02 1203 0000 0000 2020 51")]),
]


BILINGUAL = (
    ("Rechnungsnr. / Invoice No.:", "Datum / Date:", "Fällig am / Due date:",
     "Nettobetrag / Net amount", "MwSt. / VAT 8,1 %", "Gesamtbetrag / Total amount"),
    ("Facture n° / Rechnung Nr.:", "Date / Datum:", "Échéance / Fällig am:",
     "Montant net / Nettobetrag", "TVA / MwSt. 8,1 %", "Total TTC / Gesamtbetrag"),
    ("Fattura n. / Rechnungsnummer", "Data fattura / Rechnungsdatum", "Scadenza / Fällig am",
     "Imponibile / Nettobetrag", "IVA / MwSt. 8,1 %", "Totale fattura / Rechnungsbetrag"),
    ("N.º factura / Invoice number", "Fecha factura / Invoice date", "Vencimiento / Due date",
     "Base imponible / Net amount", "IVA / VAT 8,1 %", "Total factura / Total amount"),
)  # fmt: skip


@pytest.mark.parametrize("labels", BILINGUAL, ids=lambda labels: labels[0])
def test_labels_in_two_languages_side_by_side_are_read(labels):
    number, issued, due, net, tax, gross = labels
    fields = header_of([
        (60, [(60, "Muster Handel SA")]), (74, [(60, "Rue du Lac 5")]),
        (88, [(60, "1003 Lausanne")]), (150, [(60, "Kunde AG")]), (164, [(60, "Ring 1")]),
        (178, [(60, "8001 Zürich")]), (260, [(60, f"{number} R-10045")]),
        (274, [(60, f"{issued} 03.02.2025")]), (288, [(60, f"{due} 05.03.2025")]),
        (340, [(60, "Pos"), (120, "Vis / Schrauben"), (400, "CHF")]),
        (355, [(60, "1"), (120, "M8"), (400, "100,00")]), (440, [(60, net), (400, "100,00")]),
        (455, [(60, tax), (400, "8,10")]), (470, [(60, gross), (400, "108,10")]),
    ])  # fmt: skip
    names = ("number", "issue_date", "due_date", "totals.net", "totals.tax", "totals.gross")
    assert [fields[name].value for name in names] == [
        "R-10045", "2025-02-03", "2025-03-05", "100", "8.1", "108.1"
    ]  # fmt: skip


def test_a_letter_is_read_whole():
    header = header_of([*LETTER, *TABLE, *SUMS])
    assert {name: one.value for name, one in header.items()} == {
        "number": "R-2024-17",
        "type": "380",
        "issue_date": "2024-03-05",
        "due_date": "2024-04-04",
        "order_reference": "B-99",
        "currency": "EUR",
        "seller.name": "Muster GmbH",
        "seller.address": "Hauptstraße 1, 10115 Berlin",
        "seller.vat_id": "DE136695976",
        "seller.iban": "DE02120300000000202051",
        "buyer.name": "Kunden AG",
        "buyer.address": "Am Hafen 7, 20095 Hamburg",
        "totals.net": "195",
        "totals.tax": "37.05",
        "totals.gross": "232.05",
        "taxes.0.base": "195",
        "taxes.0.rate": "19",
        "taxes.0.tax": "37.05",
    }


def test_each_reading_says_where_it_stands_and_as_what_it_is_printed():
    gross = header_of([*LETTER, *TABLE, *SUMS])["totals.gross"]
    assert gross.raw == "232,05 €"
    assert (gross.page, gross.box_unit, gross.reading, gross.source) == (0, "pt", "page", "text")
    assert gross.box == Box(490, 400, 530, 410)


def test_rows_are_items_with_their_whole_description():
    assert items_of([*LETTER, *TABLE, *SUMS]) == [
        {
            "description": "Schrauben M8 verzinkt", "quantity": "10", "unit": "H87",
            "unit_price": "1.5", "net": "15",
        },
        {
            "description": "Beratung", "quantity": "2", "unit": "HUR", "unit_price": "90",
            "net": "180",
        },
    ]  # fmt: skip


def test_a_table_goes_on_over_the_page_and_carried_totals_are_no_items():
    carried: list[Row] = [(350, [(100, "Übertrag"), (490, "195,00")])]
    second: list[Row] = [
        (60, [(100, "Übertrag von Seite 1"), (490, "195,00")]),
        (80, [(60, "3"), (100, "Reise"), (310, "1"), (395, "50,00"), (495, "50,00")]),
        (110, [(380, "Nettobetrag"), (490, "245,00 €")]),
        (125, [(380, "zzgl. 19 % USt."), (490, "46,55 €")]),
        (140, [(380, "Rechnungsbetrag"), (490, "291,55 €")]),
    ]
    items = items_of([*LETTER, *TABLE, *carried], second)
    assert [item["net"] for item in items] == ["15", "180", "50"]


def test_rows_without_a_heading_show_their_columns_by_their_product():
    items = items_of([*LETTER, *TABLE[1:], *SUMS])
    assert [(item["quantity"], item["unit_price"], item["net"]) for item in items] == [
        ("10", "1.5", "15"),
        ("2", "90", "180"),
    ]
    assert [item["description"] for item in items] == ["Schrauben M8 verzinkt", "Beratung"]


def test_a_discount_below_a_row_is_no_item():
    discount: list[Row] = [(346, [(100, "Rabatt 10 %"), (490, "-18,00")])]
    assert len(items_of([*LETTER, *TABLE, *discount, *SUMS])) == 2


def test_a_tax_table_is_no_item_table():
    breakdown: list[Row] = [
        (430, [(60, "Steuersatz"), (150, "Bemessungsgrundlage"), (300, "Steuerbetrag")]),
        (445, [(60, "19 %"), (150, "195,00"), (300, "37,05")]),
    ]
    assert len(items_of([*LETTER, *TABLE, *SUMS, *breakdown])) == 2


def test_several_rates_add_up_to_the_tax():
    header = header_of(
        [
            (100, [(60, "Rechnung 7")]),
            (200, [(60, "USt. 7 % auf 100,00"), (300, "7,00 €")]),
            (215, [(60, "USt. 19 % auf 200,00"), (300, "38,00 €")]),
            (230, [(60, "Gesamtbetrag"), (300, "345,00 €")]),
        ]
    )
    assert header["totals.tax"].value == "45"
    assert header["totals.tax"].raw == "7,00 € + 38,00 €"
    assert header["totals.net"].value == "300"


def test_what_was_paid_before_is_not_taken_for_the_gross_amount():
    paid: list[Row] = [
        (420, [(380, "Anzahlung"), (490, "-100,00 €")]),
        (435, [(380, "Zahlbetrag"), (490, "132,05 €")]),
    ]
    header = header_of([*LETTER, *TABLE, *SUMS, *paid])
    assert header["totals.gross"].value == "232.05"
    assert header["totals.prepaid"].value == "100"
    assert header["totals.due"].value == "132.05"


def test_labels_above_their_values_are_read_like_labels_beside_them():
    header = header_of(
        [
            (60, [(60, "INVOICE")]),
            (100, [(60, "Invoice no."), (200, "Invoice date"), (340, "Due date")]),
            (112, [(60, "INV-1"), (200, "5 March 2024"), (340, "4 April 2024")]),
            (200, [(380, "Total"), (490, "£120.00")]),
        ]
    )
    assert header["number"].value == "INV-1"
    assert header["issue_date"].value == "2024-03-05"
    assert header["due_date"].value == "2024-04-04"
    assert header["currency"].value == "GBP"


def test_seller_and_buyer_are_told_apart_by_their_headings():
    header = header_of(
        [
            (60, [(60, "Facture n° F-1 du 05/03/2024")]),
            (100, [(60, "Vendeur"), (320, "Facturé à")]),
            (113, [(60, "Atelier Blanc SARL"), (320, "Client Noir SA")]),
            (126, [(60, "3 rue Pasteur"), (320, "9 avenue Foch")]),
            (139, [(60, "69003 Lyon"), (320, "33000 Bordeaux")]),
            (152, [(60, "N° TVA FR40303265045"), (320, "N° TVA FR83404833048")]),
        ]
    )
    assert header["seller.name"].value == "Atelier Blanc SARL"
    assert header["buyer.name"].value == "Client Noir SA"
    assert header["seller.vat_id"].value == "FR40303265045"
    assert header["buyer.vat_id"].value == "FR83404833048"
    assert header["buyer.address"].value == "9 avenue Foch, 33000 Bordeaux"


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Gutschrift Nr. 7", "381"), ("Rechnungskorrektur (384) Nr. 7", "384"),
        ("Credit note no. 7", "381"), ("Facture d'acompte n° 7", "386"),
        ("Nota di credito n. 7", "381"), ("Factura rectificativa nº 7", "384"),
        ("Fatura n.º 7", "380"), ("Handelsrechnung (380) Nr. 7", "380"),
    ],
)  # fmt: skip
def test_the_title_says_what_the_document_is(title: str, code: str):
    header = header_of([(60, [(60, title)]), (100, [(60, "Total TTC 12,00 €")])])
    assert header["type"].value == code
    assert header["number"].value == "7"


@pytest.mark.parametrize("heading", ["", "Supplier", "Vendor"])
def test_who_prints_a_purchase_order_buys(heading: str):
    header = header_of([
        (40, [(60, "Fox Leeds Ltd")]), (52, [(60, "1 Mill Road")]), (64, [(60, "Leeds LS1 4DY")]),
        (76, [(60, "Tel. 0113 496 0000")]), (128, [(60, heading)]),
        (140, [(60, "Acorn Supplies Ltd")]), (152, [(60, "9 High Street")]),
        (164, [(60, "Bristol BS1 5TR")]), (140, [(350, "PO number"), (450, "4500-17")]),
        (154, [(350, "Date"), (450, "10 August 2021")]), (230, [(60, "Purchase order")]),
        (260, [(60, "Description"), (300, "Qty"), (380, "Unit price"), (480, "Amount")]),
        (274, [(60, "Folding boxes"), (300, "20"), (380, "2.50"), (480, "50.00")]),
        (300, [(380, "Total"), (480, "50.00")]), (780, [(60, "VAT no. GB257677708")]),
    ])  # fmt: skip
    stated = {name: header[name].value for name in header}
    assert stated["type"] == "220"
    assert (stated["seller.name"], stated["buyer.name"]) == ("Acorn Supplies Ltd", "Fox Leeds Ltd")
    assert stated["buyer.vat_id"] == "GB257677708"
    assert stated["number"] == "4500-17"
    assert not {"order_reference", "seller.vat_id"} & stated.keys()


def test_the_number_of_an_order_is_not_the_number_of_the_invoice():
    header = header_of([(60, [(60, "Rechnung")]), (80, [(60, "Bestellung: B-1")])])
    assert header["order_reference"].value == "B-1"
    assert "number" not in header


def test_a_vat_number_is_not_the_number_of_the_invoice():
    header = header_of([(60, [(60, "Rechnung NL820471616B01")])])
    assert "number" not in header


def test_a_sign_for_number_is_not_part_of_it():
    header = header_of([(60, [(60, "Facture n°5620-44 du 05/03/2024")])])
    assert header["number"].value == "5620-44"
    assert header["issue_date"].value == "2024-03-05"


def test_a_vat_number_below_an_address_is_that_partys():
    header = header_of(
        [
            (
                60,
                [
                    (60, "Atelier Blanc SARL"),
                    (320, "Monsieur"),
                ],
            ),
            (73, [(60, "3 rue Pasteur"), (320, "Paul Noir")]),
            (86, [(60, "69003 Lyon"), (320, "9 avenue Foch")]),
            (99, [(60, "Tél. 04 78 00 00 00"), (320, "33000 Bordeaux")]),
            (112, [(60, "N° TVA FR40303265045"), (320, "N° TVA FR83404833048")]),
            (200, [(60, "Facture n° F-1")]),
        ]
    )
    assert header["seller.vat_id"].value == "FR40303265045"
    assert header["buyer.vat_id"].value == "FR83404833048"


def test_a_page_without_words_is_read_as_nothing():
    assert reading_of([]).readings == []


def test_other_values_are_kept_by_rank():
    rows: list[Row] = [
        (60, [(60, "Rechnungsnummer: R-1")]),
        (75, [(60, "Belegnummer: B-2")]),
    ]
    found = [one for one in reading_of(rows).candidates if one.reading.field == "number"]
    assert [(one.rank, one.reading.value) for one in found] == [(1, "B-2")]


def test_the_same_words_give_the_same_reading():
    assert reading_of([*LETTER, *TABLE, *SUMS]) == reading_of([*LETTER, *TABLE, *SUMS])


@pytest.fixture(scope="module")
def hybrids(public_data: Path) -> dict[str, tuple[dict, PageReading, list[Page]]]:
    """Real hybrid invoices: what their XML states, and what their pages say."""
    truth = json.loads((public_data / "zugferd" / "truth.json").read_text())
    read = {}
    for name, stated in truth.items():
        if stated.get("hybrid") and stated["number"]:
            pdf = (public_data / "zugferd" / name).read_bytes()
            transcript = transcribe(name, pdf, Limits())
            page_reading = read_page(name, transcript.pages, transcript.words)
            read[name] = stated, page_reading, transcript.pages
    return read


@pytest.mark.public_data
def test_every_box_lies_on_its_page(hybrids: dict):
    for _, reading, pages in hybrids.values():
        for one in reading.readings:
            page = pages[one.page]
            assert 0 <= one.box.x0 < one.box.x1 <= page.width
            assert 0 <= one.box.y0 < one.box.y1 <= page.height
            assert 0 <= one.confidence <= 1


@pytest.mark.public_data
@pytest.mark.parametrize(
    ("field", "floor"),
    [("number", 31), ("issue_date", 29), ("seller.vat_id", 31), ("seller.name", 31),
     ("buyer.name", 31), ("totals.gross", 30), ("totals.net", 30), ("totals.tax", 30)],
)  # fmt: skip
def test_real_invoices_say_on_paper_what_their_xml_states(hybrids: dict, field: str, floor: int):
    right = 0
    for stated, reading, _ in hybrids.values():
        values = {one.field: one.value for one in reading.readings if one.line is None}
        right += _same(values.get(field), stated[field])
    assert right >= floor


def _same(value: str | None, stated: str | None) -> bool:
    if value is None or stated is None:
        return False
    if value.replace(".", "").lstrip("-").isdigit() and "." in stated:
        return Decimal(value) == Decimal(stated)
    return value == " ".join(stated.split())


@pytest.mark.public_data
def test_real_item_rows_are_found(hybrids: dict):
    found = right = true = 0
    for stated, reading, _ in hybrids.values():
        nets = [
            Decimal(r.value) for r in reading.readings if r.line is not None and r.field == "net"
        ]
        expected = [Decimal(line["net"]) for line in stated["lines"]]
        found, true = found + len(nets), true + len(expected)
        for net in expected:
            if net in nets:
                nets.remove(net)
                right += 1
    assert 2 * right / (found + true) >= 0.9


SOME_WORDS = st.sampled_from(
    ["Rechnung", "Nr.", "INV-7", "Total", "1.234,56", "€", "19", "%", "MwSt.", "GmbH", "10115",
     "Berlin", "IBAN", "DE02", "1203", "05.03.2024", "Menge", "Preis", "Betrag", ":", "Käufer:",
     "Qty", "x", "1", "12,00-", "(5.00)", "Summe", "USt-IdNr.", "DE136695976", ",", "\u00b7,",
     "\u2022", "a" * 300]
) | st.text(min_size=1, max_size=8).filter(lambda text: text.strip() == text)  # fmt: skip


def test_a_comma_that_stands_alone_is_no_word():
    assert header_of([*LETTER, (300, [(60, ","), (200, "Berlin ,"), (400, ", ,")])])["number"]


def test_a_page_with_rows_through_its_whole_length_has_them_all():
    rows = [(300 + 14 * n, [(60, str(n)), (100, "Schraube"), (300, "2"), (380, "5,00"),
                            (490, "10,00")]) for n in range(400)]  # fmt: skip
    items = items_of([*LETTER, *TABLE[:1], *rows])
    assert items == [{"description": "Schraube", "quantity": "2", "unit_price": "5",
                      "net": "10"}] * 400  # fmt: skip


def test_many_accounts_and_vat_ids_in_one_line_are_read():
    line = " ".join(["DE811111111 DE02120300000000202051"] * 150)
    assert header_of([*LETTER, (300, [(60, line)])])["seller.iban"].value == (
        "DE02120300000000202051"
    )


@given(
    st.lists(
        st.tuples(
            st.integers(0, 1), SOME_WORDS, st.floats(0, 500), st.floats(0, 800),
            st.floats(1, 90), st.floats(1, 40),
        ),
        max_size=40,
    )
)  # fmt: skip
@settings(max_examples=150)
def test_any_words_give_a_reading_whose_boxes_lie_on_the_page(placed: list):
    pages = [Page("sha256:0", number, 595, 842) for number in (0, 1)]
    words = [
        Word("sha256:0", page, text, Box(x, y, x + width, y + height))
        for page, text, x, y, width, height in placed
    ]
    for one in read_page("sha256:0", pages, words).readings:
        assert 0 <= one.box.x0 <= one.box.x1 <= 595
        assert 0 <= one.box.y0 <= one.box.y1 <= 842
        assert 0 <= one.confidence <= 1
        assert one.value


def test_labels_and_values_that_go_on_below_are_read_whole():
    header = header_of(
        [
            *LETTER[:4],
            (200, [(60, "Rechnung Nr. R-17")]),
            (220, [(60, "Rechnungs-"), (160, "5. März")]),
            (232, [(60, "datum"), (160, "2024")]),
            (250, [(60, "Leistungs-"), (160, "01.02.2024 –")]),
            (262, [(60, "zeitraum"), (160, "29.02.2024")]),
            *SUMS,
        ]
    )
    assert header["issue_date"].value == "2024-03-05"
    assert (header["period_start"].value, header["period_end"].value) == (
        "2024-02-01",
        "2024-02-29",
    )


def test_two_labels_below_each_other_stay_two():
    header = header_of(
        [
            *LETTER[:4],
            (200, [(60, "Rechnung Nr. R-17")]),
            (220, [(60, "Datum"), (160, "05.03.2024")]),
            (232, [(60, "Fällig am"), (160, "04.04.2024")]),
            *SUMS,
        ]
    )
    assert (header["issue_date"].value, header["due_date"].value) == ("2024-03-05", "2024-04-04")


def test_an_address_finds_the_name_that_stands_beside_it():
    band: list[Row] = [
        (20, [(420, "Hauptstraße 1")]),
        (33, [(420, "10115 Berlin")]),
        (39, [(60, "Muster GmbH")]),
        (46, [(420, "Tel. +49 30 123456")]),
    ]
    header = header_of([*band, *LETTER[1:], *TABLE, *SUMS])
    assert header["seller.name"].value == "Muster GmbH"
    assert header["seller.address"].value == "Hauptstraße 1, 10115 Berlin"


def test_the_date_behind_a_number_is_no_part_of_it():
    header = header_of([(60, [(60, "Fattura R-17 / 05.03.2024")]), *LETTER[1:4], *SUMS])
    assert header["number"].value == "R-17"
    assert header["issue_date"].value == "2024-03-05"


def test_tax_numbers_and_accounts_of_the_united_states_are_read():
    header = header_of(
        [
            (40, [(60, "Invoice # 17")]),
            (60, [(60, "Federal tax ID: 36-4613183"), (300, "Customer tax ID: 74-2184978")]),
            (80, [(60, "Account: 1238 0086 0 88 1734 3151")]),
        ]
    )
    assert header["seller.vat_id"].value == "36-4613183"
    assert header["buyer.vat_id"].value == "74-2184978"
    assert header["seller.iban"].value == "1238008608817343151"


def test_a_label_between_two_lines_finds_its_amount():
    header = header_of(
        [
            *LETTER,
            *TABLE,
            (370, [(380, "Nettobetrag"), (490, "195,00 €")]),
            (385, [(380, "zzgl. 19 % USt."), (490, "37,05 €")]),
            (406, [(490, "232,05")]),
            (412, [(380, "Rechnungsbetrag")]),
            (418, [(520, "EUR")]),
        ]
    )
    assert header["totals.gross"].value == "232.05"


def test_a_name_ends_with_its_legal_form_on_whatever_line_that_stands():
    foot: list[Row] = [
        (760, [(60, "Pohl & Möller")]),
        (772, [(60, "Gebäudetechnik UG")]),
        (784, [(60, "(haftungsbeschränkt)")]),
        (796, [(60, "Werkstraße 78")]),
        (808, [(60, "04109 Leipzig")]),
    ]
    header = header_of([*LETTER[1:], *TABLE, *SUMS[:3], *foot])
    assert header["seller.name"].value == "Pohl & Möller Gebäudetechnik UG (haftungsbeschränkt)"
    assert header["seller.address"].value == "Werkstraße 78, 04109 Leipzig"


@pytest.mark.parametrize(
    ("footer", "number"),
    [
        (["Amtsgericht Köln, HRB 4711"], "Amtsgericht Köln, HRB 4711"),
        (["Amtsgericht Köln", "HRB 4711"], "Amtsgericht Köln HRB 4711"),
        (["RCS Paris B 552 081 317"], "RCS Paris B 552 081 317"),
        (["Registered in England No. 01234567"], "Registered in England No. 01234567"),
        (["HRA 4711 Köln, HRB 815 Köln"], None),  # the company's own, and its partner's
        (["Company car 12345678"], None),
    ],
)
def test_the_number_of_a_register_is_the_sellers_if_there_is_but_one(footer, number):
    lines = [
        (60, [(60, "Rechnung Nr. R-7 vom 05.03.2024")]),
        (100, [(60, "Brandt Logistik GmbH")]),
        (113, [(60, "Ringstraße 4, 50667 Köln")]),
    ]
    lines += [(700 + 13 * at, [(60, text)]) for at, text in enumerate(footer)]
    found = header_of(lines).get("seller.register_id")
    assert (found.value if found else None) == number
