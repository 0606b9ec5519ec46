"""A receipt is told by its words and read by the places of its four facts."""

from collections.abc import Sequence

import pytest

from ledgergraph.evidence import Box, Page, Reading, Word
from ledgergraph.extractions.readers.addresses import plain_name
from ledgergraph.extractions.readers.page import read_page

Row = tuple[str, ...]


def words_of(rows: Sequence[Row], engine: str, confidence: float) -> list[Word]:
    """Rows of cells, spread over a page of 400 px; the top ones with one cell are centred."""
    words = []
    for number, cells in enumerate(rows):
        starts = (120,) if len(cells) == 1 else (20, 260, 330)
        for start, text in zip(starts, cells, strict=False):
            at = float(start)
            for part in text.split():
                box = Box(at, 20.0 * number, at + 7 * len(part), 20.0 * number + 14)
                words.append(Word("d", 0, part, box, confidence, engine))
                at += 7 * (len(part) + 1)
    return words


def read(rows: Sequence[Row], engine: str = "text", confidence: float = 1.0) -> dict[str, Reading]:
    page = Page("d", 0, 400, 20 * len(rows) + 20, "px")
    found = read_page("d", [page], words_of(rows, engine, confidence)).readings
    return {one.field: one for one in found if one.line is None}


ENGLISH: list[Row] = [
    ("ann smith",),
    ("CORNER BAKERY LTD (123456-K)",),
    ("NO 12, High Street",),
    ("55100 Newtown",),
    ("Tel: 03-5551234",),
    ("RECEIPT",),
    ("Receipt no: A-77", "25/12/2023 14:05"),
    ("Bread", "3.50"),
    ("Cake", "12.00"),
    ("Total Qty", "2"),
    ("Sub total", "15.50"),
    ("Total", "15.50"),
    ("Cash", "20.00"),
    ("Change", "4.50"),
    ("Thank you",),
]
GERMAN: list[Row] = [
    ("Bäckerei Huber GmbH",),
    ("Lindenweg 4, Hinterhaus",),
    ("80331 München",),
    ("Bon-Nr. 4711",),
    ("Semmel", "1,20"),
    ("Brot", "4,30"),
    ("Summe", "5,50"),
    ("Bar", "10,00"),
    ("Rückgeld", "4,50"),
    ("05.03.2024 09:11",),
    ("Vielen Dank",),
]


def test_the_four_facts_of_a_receipt_are_read_without_labels():
    found = read(ENGLISH)
    assert {name: found[name].value for name in found if name in FACTS} == {
        "type": "receipt",
        "seller.name": "CORNER BAKERY LTD",
        "seller.address": "NO 12, High Street, 55100 Newtown",
        "issue_date": "2023-12-25",
        "totals.gross": "15.5",
    }
    assert found["seller.name"].raw == "CORNER BAKERY LTD (123456-K)"


FACTS = ("type", "seller.name", "seller.address", "issue_date", "totals.gross")


def test_a_receipt_in_another_language_is_read_alike():
    found = read(GERMAN)
    assert [found[name].value for name in FACTS] == [
        "receipt", "Bäckerei Huber GmbH", "Lindenweg 4, Hinterhaus, 80331 München",
        "2024-03-05", "5.5",
    ]  # fmt: skip


def test_an_invoice_to_a_buyer_is_no_receipt():
    rows = [*GERMAN[:3], ("Rechnung an:", "Jemand GmbH"), *GERMAN[3:]]
    assert "type" not in read(rows)


def test_what_is_paid_less_the_change_confirms_the_total():
    confirmed = read(ENGLISH)["totals.gross"].confidence
    alone = read([row for row in ENGLISH if row[0] not in ("Cash", "Change")])
    assert confirmed > alone["totals.gross"].confidence


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("A SDN BHD (123456-X)", "A SDN BHD"),
        ("GARDEN SDN BHD (139386 X)", "GARDEN SDN BHD"),
        ("OAK LTD(CO.REG: 860671-D)", "OAK LTD"),
        ("BIRCH TRADING 000965911-P", "BIRCH TRADING"),
        ("STUDIO 54", "STUDIO 54"),
        ("ELM (M) SDN BHD", "ELM (M) SDN BHD"),
    ],
)
def test_a_name_ends_before_its_number_in_a_register(printed: str, name: str):
    assert plain_name(printed) == name


def test_a_reading_is_no_surer_than_its_recognition():
    exact, recognised = read(ENGLISH), read(ENGLISH, "rapidocr", 0.8)
    for name in FACTS:
        assert exact[name].source == "text"
        assert recognised[name].source == "ocr:rapidocr"
        assert recognised[name].confidence == pytest.approx(0.8 * exact[name].confidence, abs=1e-3)
        assert recognised[name].box_unit == "px"
