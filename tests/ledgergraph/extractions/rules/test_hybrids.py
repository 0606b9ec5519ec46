from decimal import Decimal
from pathlib import Path

import pytest

from ledgergraph.documents.hybrids import embedded_invoice
from ledgergraph.documents.limits import Limits
from ledgergraph.evidence import Reading
from ledgergraph.extractions.choosing import choose
from ledgergraph.extractions.einvoices import read_einvoice
from ledgergraph.extractions.readers.page import read_page
from ledgergraph.extractions.rules import disagreements, validate
from ledgergraph.extractions.rules.printed import Printed
from ledgergraph.extractions.schemas import WORDS
from ledgergraph.extractions.transcripts import transcribe
from ledgergraph.issues import Kind

INVOICE = {
    "number": "R-2026-7", "type": "380", "issue_date": "2026-03-05", "currency": "EUR",
    "seller.name": "Acme GmbH", "seller.iban": "DE89370400440532013000",
    "seller.vat_id": "DE136695976", "seller.address": "Hauptstr. 5, 99084 Erfurt, DE",
    "buyer.name": "Buyer AG", "buyer.vat_id": "ATU63611700", "order_reference": "PO-7134",
    "contract_reference": "C-20334", "period_start": "2026-02-01", "totals.prepaid": "100",
    "totals.net": "1234.5", "totals.tax": "234.56",
    "totals.gross": "1469.06", "totals.due": "1369.06",
}  # fmt: skip
PAGE = (
    "Acme GmbH Rechnung R-2026-7 vom 05.03.2026 an Buyer AG Netto 1.234,50 € USt 234,56 € "
    "Gesamt 1.469,06 € angezahlt 100,00 IBAN DE89 3704 0044 0532 0130 00 DE136695976 ATU63611700 "
    "Hauptstr. 5 99084 Erfurt PO-7134 C-20334 ab 01.02.2026"
)


def read(
    fields: dict[str, str],
    reading: str,
    line: int | None = None,
    sure: float = 0.95,
    source: str = "text",
) -> list[Reading]:
    return [
        Reading("sha256:1", 0, reading, line, field, value, value, sure, source)
        for field, value in fields.items()
    ]


def differing(
    xml: dict[str, str],
    page: dict[str, str] | None = None,
    text: str = PAGE,
    sure: float = 0.95,
) -> list[str]:
    """Fields that differ between an invoice with changes and its page with changes."""
    ours = read(INVOICE | xml, "xml")
    theirs = read(INVOICE | (page or {}), "page", sure=sure)
    return [str(one.field) for one in disagreements(ours, theirs, Printed(text.split()))]


def test_a_page_that_says_what_its_xml_says_is_no_mismatch():
    assert differing({}) == []


@pytest.mark.parametrize(
    "change",
    [
        {"number": "R-2026-8"}, {"issue_date": "2026-03-06"}, {"currency": "USD"},
        {"seller.iban": "DE02120300000000202051"},
        {"seller.name": "Zeta Holding Ltd", "seller.vat_id": "DE811569869"},
        {"buyer.name": "Somebody Else SE"}, {"totals.net": "1334.5"}, {"totals.gross": "1569.06"},
        {"totals.tax": "334.56"}, {"totals.due": "99.00"}, {"totals.prepaid": "500"},
        {"seller.vat_id": "DE811569869"}, {"buyer.vat_id": "ATU57780814"},
        {"order_reference": "PO-99817"}, {"contract_reference": "C-20771"},
        {"period_start": "2026-01-11"}, {"seller.address": "Ringstr. 99, 20095 Hamburg, DE"},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_a_changed_field_of_the_xml_is_found(change):
    assert sorted(differing(change)) == sorted(change)


def test_an_unsure_page_accuses_nobody():
    assert differing({"issue_date": "2026-03-06"}, sure=0.65) == []
    assert differing({"due_date": "2026-03-06"}, {"due_date": "2026-03-07"}, sure=0.85) == []
    assert differing({"totals.gross": "1569.06"}, sure=0.45) == []


def test_what_proves_itself_is_believed_sooner():
    assert differing({"totals.gross": "1569.06"}, sure=0.6) == ["totals.gross"]
    assert differing({"totals.gross": "1569.06"}, {"totals.tax": "1"}, sure=0.6) == []
    assert differing({"seller.iban": "DE02120300000000202051"}, sure=0.6) == ["seller.iban"]
    assert differing({"seller.vat_id": "DE811569869"}, sure=0.6) == ["seller.vat_id"]


def recognised(
    xml: dict[str, str], page: dict[str, str] | None = None, text: str = PAGE, sure: float = 0.95
) -> list[str]:
    """The same of a page that an engine read."""
    ours = read(INVOICE | xml, "xml")
    theirs = read(INVOICE | (page or {}), "page", sure=sure, source="ocr:rapidocr")
    printed = Printed(text.split(), is_recognised=True)
    return [str(one.field) for one in disagreements(ours, theirs, printed)]


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ({"number": "R-2O26-7"}, PAGE.replace("R-2026-7", "R-2O26-7")),
        ({"number": "R-2026-1"}, PAGE.replace("R-2026-7", "R-2026-1")),
        ({"seller.iban": "DE89370400440532O13000"}, PAGE.replace("0130 00", "O130 00")),
        ({"totals.net": "1234.6"}, PAGE.replace("1.234,50", "1.234.50")),
        ({"due_date": "2026-03-07"}, PAGE),
    ],
)
def test_a_misreading_is_no_difference(page: dict[str, str], text: str):
    assert recognised({}, page, text) == []


@pytest.mark.parametrize(
    "change",
    [{"number": "R-2026-7715"}, {"seller.iban": "DE02120300000000202051"},
     {"totals.gross": "1569.06"}, {"issue_date": "2026-07-19"}, {"buyer.name": "Somebody Else SE"}],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_a_scan_tells_what_differs_by_more_than_a_misreading(change: dict[str, str]):
    assert recognised(change) == list(change)


@pytest.mark.parametrize(
    ("xml", "page", "text"),
    [
        ({"totals.prepaid": "1000", "totals.due": "469.06"},
         {"totals.gross": "469.06", "totals.prepaid": "1000"},
         PAGE.replace("1.469,06", "469,06")),
        ({"seller.iban": "DE02120300000000202051"}, {}, PAGE + " oder DE02 1203 0000 0000 2020 51"),
        ({"totals.gross": "1469.07"}, {"totals.gross": "1469.06"}, PAGE),
        ({"currency": "CHF"}, {"totals.gross": "1500.00"}, PAGE + " entspricht CHF 1'469.06"),
        ({}, {"issue_date": "2026-03-06"}, PAGE),
        ({}, {"seller.iban": "DE89370400440532013"}, "Acme"),
        ({"type": "384"}, {"type": "381"}, PAGE),
        ({"seller.name": "Acme Produktions GmbH", "seller.vat_id": "DE136695976"},
         {"seller.name": "BrandShop", "seller.vat_id": "DE136695976"}, "BrandShop"),
        ({"due_date": "2026-04-04"}, {}, PAGE),
    ],
    ids=["prepaid", "two accounts", "rounding", "two currencies", "another date", "a cut account",
         "a correction", "a trade name", "terms not printed"],
)  # fmt: skip
def test_look_alikes_stay_quiet(xml, page, text):
    assert differing(xml, page, text) == []


@pytest.mark.parametrize(
    "form",
    [
        "1.469,06",
        "1,469.06",
        "1469.06",
        "1469,06 €",
        "1 469,06",
        "1'469.06",
        "EUR1469,06",
        "-1.469,06",
    ],
)
def test_an_amount_is_found_however_it_is_written(form):
    assert Printed(f"Total {form} to pay".split()).has_amount(Decimal("1469.06"), "EUR")
    assert not Printed(f"Total 9{form} to pay".split()).has_amount(Decimal("9.06"), "EUR")


@pytest.mark.parametrize(
    "form", ["05.03.2026", "5.3.26", "2026-03-05", "05/03/2026", "03/05/2026", "5. März 2026",
             "March 5, 2026"],
)  # fmt: skip
def test_a_day_is_found_however_it_is_written(form):
    printed = Printed(f"Date {form} to pay".split())
    assert "2026-03-05" in {day.isoformat() for day in printed.days}


def test_lines_with_the_same_words_must_have_the_same_amount():
    def lines(reading: str, net: str) -> list[Reading]:
        return read({"description": "Red paint", "net": net, "tax_rate": "19"}, reading, line=0)

    printed = Printed(["Red", "paint", "100,00"])
    assert disagreements(lines("xml", "100"), lines("page", "100"), printed) == []
    assert disagreements(lines("xml", "119"), lines("page", "100"), printed) == []  # with tax
    [breach] = disagreements(lines("xml", "400"), lines("page", "100"), printed)
    assert (breach.field, breach.line) == ("net", 0)


def test_a_line_that_only_the_xml_has_is_found():
    there = read({"description": "Red paint", "net": "100"}, "page", line=0)
    ours = read({"description": "Red paint", "net": "100"}, "xml", line=0)
    more = read({"description": "Consulting abroad", "net": "713.19"}, "xml", line=1)
    printed = Printed(["Red", "paint", "100,00"])
    assert disagreements(ours, there, printed) == []
    [breach] = disagreements([*ours, *more], there, printed)
    assert (breach.field, breach.line) == ("description", 1)
    assert disagreements([*ours, *more], [], printed) == []  # the page's table was not read
    words = Printed(["Red", "paint", "100,00", "Consulting", "abroad"])
    assert disagreements([*ours, *more], there, words) == []


def test_the_same_amount_of_other_things_is_found_unless_units_differ():
    def line(reading: str, **fields: str) -> list[Reading]:
        base = {"description": "Red paint", "net": "100", "quantity": "2", "unit_price": "50"}
        return read(base | fields, reading, line=0)

    printed = Printed(["2", "Red", "paint", "50,00", "100,00"])
    changed = line("xml", quantity="4", unit_price="25")
    [breach] = disagreements(changed, line("page"), printed)
    assert (breach.field, breach.line) == ("quantity", 0)
    boxes = [*changed, *read({"unit": "XBX"}, "xml", line=0)]
    pieces = [*line("page"), *read({"unit": "C62"}, "page", line=0)]
    assert disagreements(boxes, pieces, printed) == []
    hundred = line("xml", quantity="2", unit_price="5000", price_base_quantity="100")
    assert disagreements(hundred, line("page"), printed) == []


def test_a_rate_with_another_tax_is_found():
    def taxes(reading: str, tax: str) -> list[Reading]:
        fields = {"taxes.0.rate": "19", "taxes.0.base": "100", "taxes.0.tax": tax}
        return read(fields, reading)

    printed = Printed(["19", "%", "von", "100,00", "sind", "19,00"])
    assert disagreements(taxes("xml", "19"), taxes("page", "19"), printed) == []
    [breach] = disagreements(taxes("xml", "28"), taxes("page", "19"), printed)
    assert breach.field == "taxes.0.tax"


SEEN_BY_EYE = {
    "MustangGnuaccountingBeispielRE-20140519_499.pdf": {"seller.name"},
    "MustangGnuaccountingBeispielRE-20150613_503.pdf": {
        "totals.net", "totals.tax", "totals.gross", "totals.due", "net", "taxes.1.base",
        "taxes.1.tax",
    },
    "MustangGnuaccountingBeispielRE-20151008_504.pdf": {"issue_date", "due_date"},
    "MustangGnuaccountingBeispielRE-20151008_504new.pdf": {"issue_date", "due_date"},
}  # fmt: skip
"""What page and XML of the real hybrids state differently."""
DECISIVE = {"totals.gross", "issue_date"}


@pytest.mark.public_data
def test_every_difference_reported_on_real_hybrids_is_true(public_data: Path):
    found: dict[str, set[str]] = {}
    for path in sorted((public_data / "zugferd").rglob("*.pdf")):
        pdf = path.read_bytes()
        embedded = embedded_invoice(pdf, Limits())
        assert embedded, path.name
        transcript = transcribe(path.name, pdf, Limits())
        page = read_page(path.name, transcript.pages, transcript.words)
        readings = [*read_einvoice(path.name, embedded.format, embedded.xml), *page.readings]
        words = WORDS.rows(
            {"document_id": path.name, "page": one.page, "word": at, "text": one.text}
            for at, one in enumerate(transcript.words)
        )
        for row in validate(choose(readings), words).to_pylist():
            if row["kind"] == Kind.HYBRID_MISMATCH:
                found.setdefault(path.name, set()).add(row["field"])
    assert all(fields <= SEEN_BY_EYE.get(name, set()) for name, fields in found.items()), found
    decisive = {name for name, fields in SEEN_BY_EYE.items() if fields & DECISIVE}
    assert {name for name, fields in found.items() if fields & DECISIVE} == decisive


def test_a_number_that_goes_on_on_the_page_is_another_one():
    text = PAGE.replace("R-2026-7", "R-2026-71")
    assert differing({}, {"number": "R-2026-71"}, text) == ["number"]
    assert differing({}, {"number": "R-2026-71"}, text + " R 2026 7") == []


def test_a_credit_note_whose_page_is_headed_as_an_invoice_is_a_mismatch():
    assert differing({"type": "381"}) == ["type"]
    assert differing({"type": "381"}, text=PAGE + " Gutschrift") == []
    below_zero = {"totals.gross": "-1469.06"}
    assert "type" not in differing({"type": "381"} | below_zero, below_zero)


def lines_differing(ours: str, theirs: str, text: str) -> list[str]:
    xml = read(INVOICE, "xml") + read({"description": ours, "net": "500"}, "xml", 1)
    page = read(INVOICE, "page") + read({"description": theirs, "net": "500"}, "page", 1)
    printed = Printed((PAGE + " " + text + " 500,00").split())
    return [str(one.field) for one in disagreements(xml, page, printed)]


def test_another_thing_at_the_amount_of_a_line_is_a_mismatch_and_other_words_for_it_are_none():
    assert lines_differing("Fine gold bars", "Office chair grey", "Office chair grey") == [
        "description"
    ]
    assert lines_differing("Grey chair", "Office chair grey", "Office chair grey") == []
    assert lines_differing("Chaise", "Office chair grey", "Office chair grey") == []
