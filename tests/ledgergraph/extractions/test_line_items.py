"""Line items of pages made of words: the styles of tables that programs print."""

from collections.abc import Sequence

import pytest

from ledgergraph.evidence import Box, Page, Word
from ledgergraph.extractions.line_items import Item, read_items
from ledgergraph.extractions.readers.labels import sheet_of
from ledgergraph.extractions.readers.layout import layout_of

Row = tuple[float, Sequence[tuple[float, str]]]


def read(*pages: Sequence[Row], strokes: Sequence[Box] = ()) -> list[Item]:
    """The items of pages; rows are (y, [(x, text), ...]), 5 pt a character and 10 pt high."""
    words = []
    for number, rows in enumerate(pages):
        for y, texts in rows:
            for x, text in texts:
                at = x
                for part in text.split():
                    box = Box(at, y, at + 5 * len(part), y + 10)
                    words.append(Word("sha256:0", number, part, box))
                    at += 5 * (len(part) + 1)
    sheets = [
        Page("sha256:0", number, 595, 842, strokes=tuple(strokes)) for number in range(len(pages))
    ]
    return list(read_items(sheet_of(layout_of("sha256:0", sheets, words))).items)


def cells(items: Sequence[Item], *names: str) -> list[tuple[str | None, ...]]:
    return [
        tuple(one.values[name].value if name in one.values else None for name in names)
        for one in items
    ]


def right(x: float, text: str) -> tuple[float, str]:
    return (x - 5 * len(text), text)


def line(y: float, *texts: tuple[float, str]) -> Row:
    return (y, list(texts))


HEAD = line(200, (50, "Pos."), (80, "Beschreibung"), right(330, "Menge"), right(420, "Preis"),
            right(520, "Betrag"))  # fmt: skip
SUMS = [
    line(400, (330, "Nettobetrag"), right(520, "275,00")),
    line(415, (330, "USt. 20 %"), right(520, "55,00")),
    line(430, (330, "Rechnungsbetrag"), right(520, "330,00")),
]
HEAD_AND_SUM = [HEAD, line(400, (330, "Gesamt"), right(520, "200,00"))]
NUMBERS = ("quantity", "unit_price", "net")


def rows_of(shift: float, lines: int) -> list[Row]:
    """Two rows of some lines of text each, 12 pt apart, the amounts `shift` below the first."""
    rows: list[Row] = []
    for at, (name, quantity, price, net) in enumerate(
        [("Wartung Heizung", "2", "100,00", "200,00"), ("Kupferrohr", "3", "25,00", "75,00")]
    ):
        y = 220 + at * (lines * 12 + 14)
        texts = [name, "mit Zubehör", "frei Haus"][:lines]
        rows += [line(y + 12 * number, (80, text)) for number, text in enumerate(texts)]
        rows.append(
            line(y + shift, (50, str(at + 1)), right(330, quantity), right(420, price),
                 right(520, net))
        )  # fmt: skip
    return rows


@pytest.mark.parametrize(
    ("lines", "shift"), [(1, 0), (2, 0), (2, 6), (2, 12), (3, 0), (3, 12), (3, 24)]
)
def test_a_row_has_its_text_wherever_its_amounts_stand(lines: int, shift: float):
    found = read([HEAD, *rows_of(shift, lines), *SUMS])
    more = " ".join(["", "mit Zubehör", "frei Haus"][:lines])
    assert cells(found, "description", *NUMBERS) == [
        ("Wartung Heizung" + more, "2", "100", "200"),
        ("Kupferrohr" + more, "3", "25", "75"),
    ]


def test_text_that_runs_below_its_amounts_is_whole():
    rows = [
        line(220, (50, "10"), right(330, "2"), right(420, "100,00"), right(520, "200,00")),
        line(234, (80, "Wartung der Heizung im Haus des Kunden nach Plan und Absprache")),
        line(248, (50, "20"), right(330, "3"), right(420, "25,00"), right(520, "75,00")),
        line(262, (80, "Kupferrohr")),
    ]
    found = read([HEAD, *rows, *SUMS])
    assert cells(found, "description", "net") == [
        ("Wartung der Heizung im Haus des Kunden nach Plan und Absprache", "200"),
        ("Kupferrohr", "75"),
    ]


def test_headings_may_have_several_lines():
    head = [
        line(190, right(420, "Einzelpreis"), right(520, "Gesamtpreis")),
        line(201, (50, "Pos."), (80, "Artikel"), right(330, "Menge")),
        line(202, right(420, "netto"), right(520, "netto")),
    ]
    found = read([*head, *rows_of(0, 1), *SUMS])
    assert cells(found, *NUMBERS) == [("2", "100", "200"), ("3", "25", "75")]


def test_columns_closer_than_words_are_told_by_all_rows():
    head = line(200, (50, "#"), (58, "Ref."), (100, "Concepto"), (250, "Cantidad"), (300, "Precio"),
                (340, "Importe"))  # fmt: skip
    rows = [
        line(220 + 14 * at, (50, str(at + 1)), (58, f"A{at}77"), (100, name), right(290, "2"),
             right(330, "10,00"), right(375, "20,00"))
        for at, name in enumerate(["Montaje", "Tubo de cobre", "Papel A4 blanco", "Café"])
    ]  # fmt: skip
    found = read([head, *rows])
    assert cells(found, "description", *NUMBERS)[1] == ("Tubo de cobre", "2", "10", "20")
    assert len(found) == 4


def level(y: float) -> Box:
    return Box(45, y - 0.1, 525, y + 0.1)


def upright(x: float) -> Box:
    return Box(x - 0.1, 195, x + 0.1, 300)


def test_strokes_tell_rows_whose_lines_stand_evenly():
    rows = [
        line(220, (80, "Wartung der")),
        line(232, (80, "Heizung im Keller"), right(330, "2"), right(420, "100,00"),
             right(520, "200,00")),
        line(244, (80, "und im Bad")),
        line(256, (80, "Kupferrohr"), right(330, "3"), right(420, "25,00"), right(520, "75,00")),
        line(268, (80, "blank")),
    ]  # fmt: skip
    drawn = [level(y) for y in (198, 215, 255, 280)]
    found = read([HEAD, *rows, *SUMS], strokes=drawn)
    assert cells(found, "description", "net") == [
        ("Wartung der Heizung im Keller und im Bad", "200"),
        ("Kupferrohr blank", "75"),
    ]


def test_strokes_tell_columns_as_close_as_words():
    head = line(200, (80, "Beschreibung"), (145, "Menge"), (175, "Preis"), right(240, "Betrag"))
    row = line(220, (80, "Kupferrohr 15"), (150, "2"), (175, "137,50"), right(240, "275,00"))
    found = read([head, row, *SUMS], strokes=[upright(x) for x in (78, 147, 173, 207, 242)])
    assert cells(found, "description", *NUMBERS) == [("Kupferrohr 15", "2", "137.5", "275")]


def test_lines_of_a_recognised_cell_may_differ_in_height():
    texts = [(80, 220, "Wartung Heizung", 10), (80, 232, "im Keller", 12), (300, 220, "2", 10),
             (380, 220, "100,00", 10), (480, 220, "200,00", 10)]  # fmt: skip
    texts += [(x, y, text, 10) for y, row in HEAD_AND_SUM for x, text in row]
    words = [
        Word("sha256:0", 0, part, Box(x + 60 * at, y, x + 60 * at + 5 * len(part), y + height))
        for x, y, text, height in texts
        for at, part in enumerate(text.split())
    ]
    drawn = tuple(level(y) for y in (198, 215, 250))
    page = Page("sha256:0", 0, 595, 842, turned_degrees=0.0, strokes=drawn)
    found = read_items(sheet_of(layout_of("sha256:0", [page], words))).items
    assert cells(found, "description") == [("Wartung Heizung im Keller",)]


@pytest.mark.parametrize("quantity", ["2Std.", "2 Std.", "2,00 Std", "2x"])
def test_a_unit_may_touch_its_quantity(quantity: str):
    row = line(220, (80, "Beratung"), right(330, quantity), right(420, "137,50"),
               right(520, "275,00"))  # fmt: skip
    assert cells(read([HEAD, row, *SUMS]), *NUMBERS) == [("2", "137.5", "275")]


def test_quantity_and_price_may_stand_in_the_text():
    head = line(200, (80, "Beschreibung"), right(520, "Betrag"))
    rows = [
        line(220, (80, "Beratung"), right(520, "275,00")),
        line(232, (80, "2 x 137,50 €")),
    ]
    found = read([head, *rows, *SUMS])
    assert cells(found, "description", *NUMBERS) == [("Beratung", "2", "137.5", "275")]


def test_sums_of_groups_are_no_items():
    rows = [
        line(220, (80, "Titel 1: Vorbereitung")),
        line(236, (80, "Wartung"), right(330, "2"), right(420, "100,00"), right(520, "200,00")),
        line(252, (80, "Zwischensumme Titel 1"), right(520, "200,00")),
        line(268, (80, "Titel 2: Ausführung")),
        line(284, (80, "Rohr"), right(330, "3"), right(420, "25,00"), right(520, "75,00")),
        line(300, (80, "Summe Titel 2"), right(520, "75,00")),
    ]
    assert cells(read([HEAD, *rows, *SUMS]), "net") == [("200",), ("75",)]


def test_a_discount_below_a_row_is_taken_off_where_that_makes_the_total():
    rows = [
        line(220, (80, "Wartung"), right(330, "2"), right(420, "110,00"), right(520, "220,00")),
        line(234, (80, "Rabatt 10 %"), right(520, "-22,00")),
        line(248, (80, "Rohr"), right(330, "3"), right(420, "25,00"), right(520, "75,00")),
    ]
    sums = [line(400, (330, "Nettobetrag"), right(520, "273,00"))]
    found = read([HEAD, *rows, *sums])
    names = ("net", "allowances.0.amount", "allowances.0.percentage", "allowances.0.reason")
    assert cells(found, *names) == [("198", "22", "10", "Rabatt"), ("75", None, None, None)]


def test_amounts_that_contain_the_tax_are_told_by_the_totals():
    head = line(200, (50, "Description"), right(230, "Qty"), right(300, "Unit price"),
                right(360, "VAT rate"), right(440, "Unit price incl. VAT"),
                right(520, "Total"))  # fmt: skip
    row = line(220, (50, "Boiler service"), right(230, "2"), right(300, "137.50"),
               right(360, "20%"), right(440, "165.00"), right(520, "330.00"))  # fmt: skip
    sums = [
        line(400, (330, "Net total"), right(520, "275.00")),
        line(415, (330, "VAT 20%"), right(520, "55.00")),
        line(430, (330, "Invoice total"), right(520, "330.00")),
    ]
    assert cells(read([head, row, *sums]), *NUMBERS) == [("2", "137.5", "275")]


def test_the_only_amount_of_a_row_is_its_amount():
    head = line(200, (80, "Product"), right(330, "Quantity"), right(520, "Price"))
    rows = [
        line(220, (80, "Boiler service"), right(330, "2"), right(520, "200.00")),
        line(236, (80, "Copper pipe"), right(330, "3"), right(520, "75.00")),
    ]
    sums = [line(400, (330, "Subtotal"), right(520, "275.00"))]
    assert cells(read([head, *rows, *sums]), "quantity", "net") == [("2", "200"), ("3", "75")]


def test_columns_in_another_order_and_of_unknown_names_are_told_by_their_product():
    head = line(200, (50, "Bez."), right(330, "Anzahl/Std"), right(420, "à"), right(520, "EUR"))
    rows = [
        line(220, (50, "Wartung Heizung"), right(330, "2"), right(420, "100,00"),
             right(520, "200,00")),
        line(236, (50, "Kupferrohr"), right(330, "3"), right(420, "25,00"), right(520, "75,00")),
    ]  # fmt: skip
    assert cells(read([head, *rows, *SUMS]), *NUMBERS) == [("2", "100", "200"), ("3", "25", "75")]


def test_a_price_may_be_for_a_hundred():
    row = line(220, (80, "Schrauben"), right(330, "500"), right(420, "55,00 / 100"),
               right(520, "275,00"))  # fmt: skip
    names = ("quantity", "unit_price", "price_base_quantity", "net")
    assert cells(read([HEAD, row, *SUMS]), *names) == [("500", "55", "100", "275")]


def test_a_credit_note_has_negative_amounts():
    row = line(220, (80, "Rückgabe"), right(330, "-2"), right(420, "137,50"), right(520, "-275,00"))
    assert cells(read([HEAD, row]), *NUMBERS) == [("-2", "137.5", "-275")]


def test_a_discount_in_its_column_is_a_percentage_where_that_makes_the_amount():
    head = line(200, (50, "Artikel"), right(250, "Menge"), right(330, "Preis"),
                right(420, "Rabatt"), right(520, "Betrag"))  # fmt: skip
    row = line(220, (50, "Wartung"), right(250, "2"), right(330, "152,78"), right(420, "10"),
               right(520, "275,00"))  # fmt: skip
    (item,) = read([head, row, *SUMS])
    assert item.values["allowances.0.percentage"].value == "10"
    assert item.is_consistent


def test_heads_and_feet_of_pages_are_no_items():
    foot = line(800, (50, "Muster GmbH"), (200, "HRB 1234"), right(520, "DE02 1203 0000"))
    first = [HEAD, *rows_of(0, 1), line(300, (80, "Übertrag"), right(520, "275,00")), foot]
    second = [
        HEAD,
        line(215, (80, "Übertrag"), right(520, "275,00")),
        line(235, (80, "Anfahrt"), right(330, "1"), right(420, "25,00"), right(520, "25,00")),
        line(400, (330, "Nettobetrag"), right(520, "300,00")),
        foot,
    ]
    assert cells(read(first, second), "net") == [("200",), ("75",), ("25",)]


def test_a_row_that_breaks_the_total_is_left_out():
    rows = [*rows_of(0, 1), line(300, (80, "Bisher geleistet"), right(520, "99,00"))]
    assert cells(read([HEAD, *rows, *SUMS]), "net") == [("200",), ("75",)]


def test_details_further_below_are_no_part_of_the_description():
    rows = [
        line(
            220, (80, "Joghurt Banane"), right(330, "50"), right(420, "5,50"), right(520, "275,00")
        ),
        line(250, (80, "Bruttopreis : 5,50")),
    ]
    assert cells(read([HEAD, *rows, *SUMS]), "description") == [("Joghurt Banane",)]
