from collections.abc import Sequence

import pytest

from ledgergraph.evidence import Box, Page, Word
from ledgergraph.extractions.readers.page import read_page

Line = tuple[float, float, float, str]
"""Left edge, top edge and height of a line, and its text."""
LETTER: Sequence[Line] = (
    (60, 60, 9, "Muster & Co. GmbH"), (60, 74, 9, "Hauptstr. 5"), (60, 88, 9, "50667 Köln"),
    (60, 150, 9, "Kunde AG"), (60, 164, 9, "Ring 1"), (60, 178, 9, "10115 Berlin"),
)  # fmt: skip
TOTALS: Sequence[Line] = (
    (60, 400, 9, "Bezeichnung"), (400, 400, 9, "Betrag"),
    (60, 420, 9, "Schrauben"), (400, 420, 9, "100,00"),
    (60, 460, 9, "Gesamtbetrag"), (400, 460, 9, "119,00 EUR"),
)  # fmt: skip


def kind_of(*lines: Line, width: float = 595, height: float = 842) -> str | None:
    words = [
        Word("sha256:00", 0, text, Box(x + 5.5 * at, y, x + 5.5 * (at + len(text)), y + size))
        for x, y, size, line in lines
        for at, text in _words(line)
    ]
    page = Page("sha256:00", 0, width, height, "pt")
    return next((r.value for r in read_page("sha256:00", [page], words).readings
                 if r.field == "type"), None)  # fmt: skip


def _words(line: str) -> Sequence[tuple[int, str]]:
    found, at = [], 0
    for word in line.split(" "):
        found.append((at, word))
        at += len(word) + 1
    return found


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Rechnung", "380"), ("Gutschrift", "381"), ("Stornorechnung", "384"),
        ("Anzahlungsrechnung", "386"), ("Auftragsbestätigung", "231"), ("Lieferschein", "270"),
        ("2. Mahnung", "reminder"), ("Sollecito di pagamento", "reminder"),
        ("Autofacture", "389"), ("Kontoauszug", "statement"), ("Rahmenvertrag", "contract"),
    ],
)  # fmt: skip
def test_the_title_says_what_a_paper_is(title: str, code: str) -> None:
    assert kind_of(*LETTER, (60, 240, 14, title), *TOTALS) == code


def test_a_reminder_is_not_the_invoice_that_it_names() -> None:
    facts = ((60, 270, 9, "Rechnung Nr. 4711"), (60, 284, 9, "Rechnungsdatum: 03.02.2025"))
    assert kind_of(*LETTER, (60, 240, 14, "Zahlungserinnerung"), *facts, *TOTALS) == "reminder"


def test_an_invoice_is_not_the_delivery_note_that_it_names() -> None:
    facts = ((60, 270, 9, "Lieferschein: 4711"), (60, 284, 9, "Bestellung: B-55"))
    assert kind_of(*LETTER, (60, 240, 14, "Rechnung"), *facts, *TOTALS) == "380"


def test_whom_an_invoice_goes_to_makes_no_invoice() -> None:
    to = (
        (60, 240, 14, "Order confirmation"),
        (60, 270, 9, "Invoice to"),
        (60, 284, 9, "Buyer Ltd"),
    )
    assert kind_of(*LETTER, *to, *TOTALS) == "231"


@pytest.mark.parametrize("title", ["Auftragsbestatigunq", "Zahlungserinnerunq", "Lieferschem"])
def test_a_misread_letter_hides_no_title(title: str) -> None:
    truth = {"A": "231", "Z": "reminder", "L": "270"}[title[0]]
    assert kind_of(*LETTER, (60, 240, 14, title), *TOTALS) == truth


def test_without_a_title_the_labels_of_its_own_facts_tell() -> None:
    facts = ((60, 270, 9, "Rechnungsnummer: R-1"), (60, 284, 9, "Rechnungsdatum: 03.02.2025"))
    assert kind_of(*LETTER, *facts, *TOTALS) == "380"


def test_a_strip_from_a_till_is_a_receipt_however_it_is_headed() -> None:
    strip = (
        (20, 20, 9, "Café Sommer"), (20, 34, 9, "Ring 1, 10115 Berlin"), (20, 60, 11, "Rechnung"),
        (20, 90, 9, "Kaffee"), (160, 90, 9, "3,20"), (20, 110, 9, "Summe"), (160, 110, 9, "3,20"),
    )  # fmt: skip
    assert kind_of(*strip, width=226, height=420) == "receipt"


def test_labels_that_name_an_invoice_often_do_not_outvote_the_title_of_a_prepayment() -> None:
    facts = (
        (60, 200, 9, "Invoice #: INV-77"), (60, 214, 9, "Invoice date: 20 January 2021"),
        (60, 228, 9, "Invoice to: Buyer Ltd"), (60, 242, 9, "Prepayment invoice"),
        (60, 700, 9, "Please quote the invoice number."),
    )  # fmt: skip
    assert kind_of(*LETTER[:3], *facts, *TOTALS) == "386"


def test_a_title_that_the_name_beside_it_was_printed_over_is_told() -> None:
    title = (60, 20, 16, "AnzahlungsrechnungMuster")
    assert kind_of(title, *LETTER, (60, 240, 9, "Rechnung Nr. 4711"), *TOTALS) == "386"


@pytest.mark.parametrize(
    ("title", "code"),
    [("Fatura-recibo", "380"), ("Fatura simplificada", "receipt"),
     ("Autofacture rectificative", "471"), ("Avoir d'acompte", "503")],
)  # fmt: skip
def test_titles_of_portuguese_and_french_law_are_told(title: str, code: str) -> None:
    assert kind_of(*LETTER, (60, 240, 14, title), *TOTALS) == code


def test_codes_of_corrections_in_brackets_are_those_of_the_standard() -> None:
    for code in ("471", "472", "473"):
        assert kind_of(*LETTER, (60, 240, 14, f"Rechnung ({code})"), *TOTALS) == code


def test_a_stamp_below_the_table_is_no_title() -> None:
    stamp = ((300, 480, 22, "RECU"), (300, 506, 12, "24.08.2021"))
    table = (
        (60, 400, 9, "Désignation"), (400, 400, 9, "Montant"),
        (60, 420, 9, "Course"), (400, 420, 9, "100,00"), (60, 460, 9, "Total TTC"),
        (400, 460, 9, "100,00 EUR"),
    )  # fmt: skip
    assert kind_of(*LETTER, (60, 240, 9, "Avoir"), *table, *stamp) == "381"


def test_a_correction_with_a_misread_letter_is_not_the_invoice_that_its_title_begins_with() -> None:
    assert kind_of(*LETTER, (60, 240, 14, "Factura rectificatiya"), *TOTALS) == "384"
