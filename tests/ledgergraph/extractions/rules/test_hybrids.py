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
from ledgergraph.extractions.rules.hybrids import Printed
from ledgergraph.extractions.schemas import WORDS
from ledgergraph.extractions.transcripts import transcribe
from ledgergraph.issues import Kind

INVOICE = {
    "number": "R-2026-7", "type": "380", "issue_date": "2026-03-05", "currency": "EUR",
    "seller.name": "Acme GmbH", "seller.iban": "DE89370400440532013000",
    "buyer.name": "Buyer AG", "totals.net": "1234.5", "totals.tax": "234.56",
    "totals.gross": "1469.06", "totals.due": "1469.06",
}  # fmt: skip
PAGE = (
    "Acme GmbH Rechnung R-2026-7 vom 05.03.2026 an Buyer AG Netto 1.234,50 € USt 234,56 € "
    "Gesamt 1.469,06 € IBAN DE89 3704 0044 0532 0130 00"
)


def read(
    fields: dict[str, str], reading: str, line: int | None = None, sure: float = 0.95
) -> list[Reading]:
    return [
        Reading("sha256:1", 0, reading, line, field, value, value, sure, "test")
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
        {"seller.iban": "DE02120300000000202051"}, {"seller.name": "Zeta Holding Ltd"},
        {"buyer.name": "Somebody Else SE"}, {"totals.net": "1334.5"}, {"totals.gross": "1569.06"},
        {"totals.tax": "334.56"}, {"totals.due": "99.00"},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_a_changed_field_of_the_xml_is_found(change):
    assert differing(change) == list(change)


def test_an_unsure_page_accuses_nobody():
    assert differing({"totals.gross": "1569.06"}, sure=0.85) == []


@pytest.mark.parametrize(
    ("xml", "page", "text"),
    [
        ({"totals.prepaid": "1000", "totals.due": "469.06"}, {"totals.gross": "469.06"},
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


SEEN_BY_EYE = {
    "MustangGnuaccountingBeispielRE-20140519_499.pdf": {"seller.name"},
    "MustangGnuaccountingBeispielRE-20150613_503.pdf": {
        "totals.net", "totals.tax", "totals.gross", "totals.due", "net",
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
