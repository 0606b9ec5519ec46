"""What is remembered of vendors: learned from what is sure, corrections first, and bounded."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from ledgergraph.evidence import Box, Page, Reading, Word
from ledgergraph.extractions.choosing import choose
from ledgergraph.extractions.readers.page import Alternative, PageReading
from ledgergraph.extractions.schemas import PAGES, WORDS
from ledgergraph.extractions.transcripts import pages_table, words_table
from ledgergraph.extractions.vendor_dates import with_habits
from ledgergraph.extractions.vendor_hints import hints_of
from ledgergraph.extractions.vendor_memory import (
    NOTHING,
    VendorMemory,
    memory_of,
    remembered,
    traits_of,
    vendors_in,
)
from ledgergraph.tables import concat

SELLER = {"seller.name": "Fresh Fields Ltd", "seller.vat_id": "GB123456789"}
VENDORS = vendors_in(SELLER)
BOX = Box(400, 60, 460, 72)


def reading(document: str, field: str, value: str, raw: str = "", **given: Any) -> Reading:
    usual = Reading(document, 0, "page", None, field, value, raw or value, 0.95, "text", 0, BOX)
    return replace(usual, **given)


def document(name: str, fields: Mapping[str, str], **said: str) -> list[Reading]:
    """The readings of a document; `said` are corrections."""
    read = [reading(name, field, value) for field, value in {**SELLER, **fields}.items()]
    by_anna: Any = {"reading": "feedback", "confidence": 1.0, "source": "anna"}
    return [*read, *(reading(name, field, value, **by_anna) for field, value in said.items())]


def memory(*documents: list[Reading], words: list[Word] | None = None) -> VendorMemory:
    names = {one.document_id for own in documents for one in own}
    pages = concat(PAGES, [pages_table([Page(name, 0, 600, 800)]) for name in sorted(names)])
    return memory_of(*remembered(traits(documents, pages, words)))


def traits(
    documents: tuple[list[Reading], ...], pages: pa.Table, words: list[Word] | None
) -> pa.Table:
    table = words_table(words) if words else WORDS.rows([])
    return traits_of(pa.concat_tables([choose(own) for own in documents]), pages, table)


def a_year(order: str) -> list[list[Reading]]:
    """Three documents whose dates tell their order."""
    raws = ("03/14/2024", "05/25/2024", "11/30/2024")
    if order == "day_first":
        raws = ("14/03/2024", "25/05/2024", "30/11/2024")
    values = ("2024-03-14", "2024-05-25", "2024-11-30")
    return [
        [*document(f"d{at}", {"number": f"INV-2024-000{at}"}),
         reading(f"d{at}", "issue_date", value, raw)]
        for at, (value, raw) in enumerate(zip(values, raws, strict=True))
    ]  # fmt: skip


def test_three_documents_make_a_habit_and_two_do_not() -> None:
    all_of_them = a_year("day_first")
    habit = memory(*all_of_them).usual(VENDORS, "number")
    assert habit is not None
    assert (habit.value, habit.documents) == ("INV-0-0", 3)
    assert habit.example == "INV-2024-0002"
    assert memory(*all_of_them[:2]).usual(VENDORS, "number") is None


def test_a_vendor_is_known_by_its_name_where_its_vat_id_is_missing() -> None:
    known = memory(*a_year("day_first"))
    by_name = vendors_in({"seller.name": "FRESH FIELDS LIMITED"})
    assert known.usual(by_name, "date_order") or known.usual(
        vendors_in({"seller.name": "Fresh Fields Ltd."}), "date_order"
    )
    assert known.usual(vendors_in({"seller.name": "Someone else"}), "date_order") is None


def test_unsure_values_are_not_remembered() -> None:
    unsure = [
        [*document(f"d{at}", {}), reading(f"d{at}", "currency", "USD", confidence=0.6)]
        for at in range(4)
    ]
    assert memory(*unsure).usual(VENDORS, "currency") is None


def test_a_person_outweighs_what_was_read() -> None:
    read = [document(f"d{at}", {"currency": "USD"}) for at in range(2)]
    said = [document(f"e{at}", {"currency": "USD"}, currency="CAD") for at in range(3)]
    habit = memory(*read, *said).usual(VENDORS, "currency")
    assert habit is not None
    assert habit.value == "CAD"


def test_history_counts_documents_whose_decisive_fields_people_corrected() -> None:
    fine = [document(f"d{at}", {"currency": "USD", "number": str(at)}) for at in range(3)]
    wrong = document("e", {"currency": "USD", "number": "7"}, number="17")
    confirmed = document("f", {"currency": "USD", "number": "8"}, number="8")
    known = memory(*fine, wrong, confirmed)
    [layout] = {layout for vendor, layout in known.history if vendor == VENDORS[0]}
    assert known.past(VENDORS, layout) == (5, 1)
    assert known.past(VENDORS, "another") == (0, 0)


def test_labels_and_places_are_remembered() -> None:
    words = [
        Word(f"d{at}", 0, text, Box(x, 60, x + 40, 72))
        for at in range(3)
        for x, text in ((300, "Invoice"), (345, "no.:"))
    ]
    documents = [document(f"d{at}", {"number": f"R{at}"}) for at in range(3)]
    known = memory(*documents, words=words)
    place, label = (known.usual(VENDORS, f"{what}:number") for what in ("place", "label"))
    assert place is not None
    assert label is not None
    assert (place.value, label.example) == ("top right", "Invoice no")


@pytest.mark.parametrize(("order", "day"), [("day_first", "2024-04-03"),
                                             ("month_first", "2024-03-04")])  # fmt: skip
def test_an_ambiguous_date_is_read_as_its_vendor_writes_dates(order: str, day: str) -> None:
    page = PageReading(
        [*document("new", {}), reading("new", "issue_date", "2024-04-03", "03/04/2024")], []
    )
    read = with_habits(page, words_of("Total 12.50", "03/04/2024"), memory(*a_year(order)))
    [date] = [one for one in read.readings if one.field == "issue_date"]
    assert date.value == day
    assert ("habit" in (date.reader or "")) == (day != "2024-04-03")


def test_what_a_paper_says_by_itself_is_not_changed_by_habits() -> None:
    page = PageReading(
        [*document("new", {}), reading("new", "issue_date", "2024-04-03", "03/04/2024")], []
    )
    known = memory(*a_year("month_first"))
    told = words_of("Total 12.50", "03/04/2024", "delivered 23/03/2024")
    assert with_habits(page, told, known) == page
    in_german = words_of("Gesamt 12,50", "03/04/2024")
    assert with_habits(page, in_german, known) == page


def test_a_date_that_would_be_due_before_it_was_issued_is_turned_without_a_habit() -> None:
    dates = [reading("new", "issue_date", "2024-04-03", "03/04/2024"),
             reading("new", "due_date", "2024-02-05", "05/02/2024")]  # fmt: skip
    page = PageReading([*document("new", {}), *dates], [])
    read = with_habits(page, words_of("Total 12.50", "03/04/2024", "05/02/2024"), NOTHING)
    found = {one.field: one.value for one in read.readings}
    assert (found["issue_date"], found["due_date"]) == ("2024-03-04", "2024-05-02")


def test_a_reviewer_hears_what_a_vendor_usually_does() -> None:
    usual = {"currency": "USD", "seller.iban": "DE89370400440532013000"}
    known = memory(*[document(f"d{at}", {**usual, "number": f"INV-{at}"}) for at in range(4)])
    other = {"currency": "EUR", "number": "INV-77"}
    hints = {one.field: one for one in hints_of(choose(document("new", other)), known)}
    assert set(hints) == {"currency", "seller.iban"}
    assert "usually is USD" in hints["currency"].sentence
    assert hints["seller.iban"].is_missing
    assert list(hints_of(choose(document("new", {**usual, "number": "INV-5"})), known)) == []
    assert list(hints_of(choose(document("new", other)), NOTHING)) == []


def test_the_same_documents_in_another_order_are_remembered_alike() -> None:
    documents = (*a_year("month_first"), document("x", {"currency": "USD"}, currency="EUR"))
    pages = concat(PAGES, [])
    one = remembered(traits(documents, pages, None))
    other = remembered(traits(documents[::-1], pages, None))
    assert one[0].equals(other[0])
    assert one[1].equals(other[1])


def words_of(*texts: str) -> list[Word]:
    return [
        Word("new", 0, word, Box(20 + 60 * at, 20 * row, 70 + 60 * at, 20 * row + 10))
        for row, text in enumerate(texts)
        for at, word in enumerate(text.split())
    ]


@pytest.mark.parametrize("kind", ["381", "receipt", "220"])
def test_habits_of_invoices_are_no_measure_of_other_papers(kind: str) -> None:
    dates = {"issue_date": "2024-03-01", "due_date": "2024-03-31"}
    invoices = [document(f"d{at}", {**dates, "number": f"INV-{at}"}) for at in range(4)]
    other = choose(document("new", {"type": kind, "number": "X7", "issue_date": "2024-05-01"}))
    assert list(hints_of(other, memory(*invoices))) == []
    alike = [document(f"e{at}", {**dates, "type": kind, "number": f"C/{at}"}) for at in range(4)]
    known = memory(*invoices, *alike)
    [hint] = hints_of(other, known)
    assert (hint.field, hint.is_missing) == ("number", False)
    assert "usually reads C/3" in hint.sentence
    assert known.usual(VENDORS, f"terms of {kind}") is None
    of_invoices = known.usual(VENDORS, "number")
    assert of_invoices is not None
    assert (of_invoices.value, of_invoices.documents) == ("INV-0", 4)


def test_the_day_that_gave_way_to_a_habit_is_still_offered() -> None:
    before = reading("new", "issue_date", "2024-04-03", "03/04/2024")
    other = reading("new", "issue_date", "2024-03-04", "03/04/2024")
    third = reading("new", "issue_date", "2024-04-09", "9 April 2024")
    words, known = words_of("Total 12.50", "03/04/2024"), memory(*a_year("month_first"))
    for offered, rank in (([], 1), ([other], 1), ([third], 2), ([other, third], 1)):
        candidates = [Alternative(one, at) for at, one in enumerate(offered, start=1)]
        page = PageReading([*document("new", {}), before], candidates)
        read = with_habits(page, words, known)
        [date] = [one for one in read.readings if one.field == "issue_date"]
        assert date.value == other.value
        assert Alternative(before, rank) in read.candidates
        assert other not in [one.reading for one in read.candidates]
        assert len({one.rank for one in read.candidates}) == len(read.candidates)


def test_each_vendor_of_many_is_found_among_all() -> None:
    names = [f"Vendor {at}" for at in range(60)]
    papers = [
        [*document(f"{name} {at}", {}), reading(f"{name} {at}", "seller.name", name),
         reading(f"{name} {at}", "number", f"{name[7:]}-{at}")]
        for name in names for at in range(3)
    ]  # fmt: skip
    papers = [[one for one in own if one.value not in SELLER.values()] for own in papers]
    known = memory(*papers)
    assert len(known.habits) == len(known.history) == len(names)
    for name in names:
        habit = known.usual(vendors_in({"seller.name": name}), "number")
        assert habit is not None
        assert habit.example == f"{name[7:]}-2"
    assert not known.knows(vendors_in({"seller.name": "Vendor 60"}))
    assert set(known.habits) == {vendor for vendor, _ in known.history}
