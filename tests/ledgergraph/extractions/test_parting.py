"""One invoice of several pages stays whole; several in one file become its parts."""

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ledgergraph.documents.limits import Limits
from ledgergraph.evidence import Box, Page, Word
from ledgergraph.extractions.choosing import choose
from ledgergraph.extractions.parting import page_groups, read_parts
from ledgergraph.extractions.records import invoice_records
from ledgergraph.extractions.transcripts import Transcript, transcribe

SELLER = ("Acme GmbH", "Hauptstr. 5, 99084 Erfurt", "")
TOTALS = ("", "Nettobetrag 100,00 EUR", "Umsatzsteuer 19 % 19,00 EUR", "Gesamtbetrag 119,00 EUR")


def head(number: str, title: str = "Rechnung", counter: str = "") -> tuple[str, ...]:
    return (*SELLER, title, f"Rechnungsnummer: {number}", "Rechnungsdatum: 03.02.2026", counter, "")


def paper(*pages: Sequence[str]) -> tuple[list[Page], list[Word]]:
    """Pages of A4 with these lines, one under another."""
    sheets = [Page("d", number, 595.0, 842.0) for number in range(len(pages))]
    words = []
    for number, lines in enumerate(pages):
        for row, line in enumerate(lines):
            x, y = 60.0, 60.0 + 18 * row
            for text in line.split():
                words.append(Word("d", number, text, Box(x, y, x + 6 * len(text), y + 12)))
                x += 6 * len(text) + 4
    return sheets, words


def grouped(*pages: Sequence[str]) -> list[list[int]]:
    return [[page.page for page in group] for group in page_groups("d", *paper(*pages))]


def test_invoices_with_numbers_of_their_own_are_parts():
    assert grouped(head("R-1") + TOTALS, head("R-2") + TOTALS, head("R-3") + TOTALS) == [
        [0], [1], [2],
    ]  # fmt: skip


def test_pages_between_belong_to_the_invoice_before_them():
    more = ("2 Schrauben 3,50 7,00", "1 Lieferung 12,00 12,00")
    pages = (head("R-1"), more, TOTALS, head("R-2") + TOTALS, ("Allgemeine Bedingungen", "1. ..."))
    assert grouped(*pages) == [[0, 1, 2], [3, 4]]


@pytest.mark.parametrize(
    "second",
    [
        TOTALS,
        head("R-1") + TOTALS,  # the head again
        head("R-I") + TOTALS,  # the head again, misread
        head("R-9", counter="Seite 2 von 2") + TOTALS,
        head("R-9"),  # which comes to no total
        ("Lieferschein", "Lieferscheinnummer: L-77", "Lieferdatum: 01.02.2026"),
        (*head("R-9"), "Gutschrift zu R-1", *TOTALS),  # which names the first
        ("Zeitnachweis", "Datum: 01.02.2026", "8 Stunden"),
    ],
)
def test_a_page_that_may_go_on_is_not_torn_off(second: Sequence[str]):
    assert grouped((*head("R-1"), *TOTALS), second) == [[0, 1]]


def test_an_invoice_that_is_not_complete_goes_on():
    assert grouped(head("R-1"), head("R-2") + TOTALS) == [[0, 1]]


def test_each_part_has_its_fields_with_the_pages_that_they_stand_on():
    first, second = head("R-1") + TOTALS, head("R-2") + TOTALS
    found = read_parts("d", *paper(first, TOTALS, second))
    numbers = {(one.part, one.page): one.value for one in found.readings if one.field == "number"}
    assert numbers == {(0, 0): "R-1", (1, 2): "R-2"}
    rows = invoice_records(choose(found.readings)).to_pylist()
    assert sorted((row["part"], row["number"], row["invoice_id"]) for row in rows) == [
        (0, "R-1", "d#0"), (1, "R-2", "d#1"),
    ]  # fmt: skip


def till(total: str, day: str = "03.02.2026") -> tuple[str, ...]:
    return ("MARKT 12", "Hauptstr. 5", "99084 Erfurt", "Kassenbon", "Brot 2,00",
            f"SUMME EUR {total}", f"Datum {day} 17:03", "Bar", "Vielen Dank")  # fmt: skip


def test_receipts_on_pages_of_their_own_are_parts():
    pages, words = paper(till("7,35"), till("19,20", "04.02.2026"))
    kinds = {one.value for one in read_parts("d", pages, words).readings if one.field == "type"}
    assert kinds == {"receipt"}
    assert len(page_groups("d", pages, words)) == 2
    assert len(page_groups("d", *paper(till("7,35"), till("7,35")))) == 1


def joined(one: Transcript, other: Transcript) -> tuple[list[Page], list[Word]]:
    """Two documents, one after the other in one file."""
    after = len(one.pages)
    pages = [*one.pages, *(replace(page, page=page.page + after) for page in other.pages)]
    words = [*one.words, *(replace(word, page=word.page + after) for word in other.words)]
    return pages, words


def test_real_invoices_stay_whole_and_two_in_a_file_are_told_apart(public_data: Path):
    paths = random.Random(3).sample(sorted((public_data / "zugferd").rglob("*.pdf")), 12)
    read = [transcribe("d", path.read_bytes(), Limits()) for path in paths]
    assert all(len(page_groups("d", one.pages, one.words)) == 1 for one in read)
    pairs = list(zip(read[::2], read[1::2], strict=True))
    found = [page_groups("d", *joined(*pair)) for pair in pairs]
    right = [len(one[0]) == len(pair[0].pages) and len(one) == 2
             for one, pair in zip(found, pairs, strict=True)]  # fmt: skip
    assert sum(right) >= 5
