from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgergraph.documents.hybrids import embedded_invoice
from ledgergraph.documents.limits import Limits
from ledgergraph.evidence import Reading
from ledgergraph.extractions.choosing import choose
from ledgergraph.extractions.einvoices import read_einvoice
from ledgergraph.extractions.rules import RULES, validate
from ledgergraph.extractions.rules.identifiers import is_vat_id
from ledgergraph.extractions.schemas import EXTRACTIONS, VALIDATIONS
from ledgergraph.issues import Kind
from ledgergraph.tables import concat

SOUND = {
    "number": "R-1", "type": "380", "issue_date": "2026-01-02", "due_date": "2026-02-01",
    "currency": "EUR", "seller.name": "Acme GmbH", "seller.vat_id": "DE136695976",
    "seller.iban": "DE89370400440532013000", "buyer.name": "Buyer AG", "totals.lines": "1000",
    "totals.net": "1000", "totals.tax": "190", "totals.gross": "1190", "totals.due": "1190",
}  # fmt: skip
LINE = {"quantity": "10", "unit_price": "100", "net": "1000", "tax_rate": "19"}


def readings(
    fields: dict[str, str | None],
    *lines: dict[str, str],
    reading: str = "xml",
    unsure: tuple[str, ...] = (),
    number: int = 0,
) -> list[Reading]:
    def one(line: int | None, field: str, value: str) -> Reading:
        confidence = 0.5 if field in unsure else 1.0
        return Reading(
            f"sha256:{number}", 0, reading, line, field, value, value, confidence, "test"
        )

    stated = [(None, field, value) for field, value in fields.items() if value is not None]
    for number_, line in enumerate(lines or (LINE,)):
        stated += [(number_, field, value) for field, value in line.items()]
    return [one(*item) for item in stated]


def broken(
    changes: dict[str, str | None] | None = None, *lines: dict[str, str], **how: object
) -> dict[str, str]:
    """Rules that a sound invoice with some changes breaks, and the kind of each."""
    table = validate(choose(readings(SOUND | (changes or {}), *lines, **how)))
    assert table.schema.equals(VALIDATIONS.schema)
    return {row["rule"]: row["kind"] for row in table.to_pylist()}


def test_nothing_is_wrong_with_a_sound_invoice():
    assert broken() == {}
    assert broken(reading="page") == {}


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"totals.lines": "1100", "totals.allowances": "100"}, "lines_add_up"),
        ({"totals.net": "900", "totals.tax": "171", "totals.gross": "1071", "totals.due": "1071"},
         "net_follows_from_lines"),
        ({"totals.gross": "1190.01", "totals.due": "1190.01"}, "gross_is_net_plus_tax"),
        ({"totals.due": "1090"}, "due_is_gross_less_prepaid"),
        ({"totals.tax": "70", "totals.gross": "1070", "totals.due": "1070"},
         "tax_follows_from_rates"),
        ({"totals.rounding": "0.10"}, "due_is_gross_less_prepaid"),
        ({"totals.due": "1190.02"}, "due_is_gross_less_prepaid"),
        ({"taxes.0.tax": "180", "taxes.1.tax": "9"}, "taxes_add_up"),
        ({"taxes.0.base": "900", "taxes.0.rate": "19", "taxes.0.tax": "190"},
         "tax_is_base_times_rate"),
        ({"totals.allowances": "100", "totals.charges": "100", "allowances.0.amount": "60",
          "allowances.1.amount": "41"}, "allowances_add_up"),
        ({"totals.allowances": "100", "totals.charges": "100", "charges.0.amount": "99"},
         "charges_add_up"),
        ({"seller.vat_id": "DE136695977"}, "vat_id_check_digits"),
        ({"seller.iban": "DE89370400440532013001"}, "iban_check_digits"),
        ({"due_date": "2026-01-01"}, "due_after_issue"),
        ({"period_start": "2026-01-31", "period_end": "2026-01-01"}, "period_in_order"),
        ({"period_start": "2020-01-01", "period_end": "2020-12-31"}, "issued_near_period"),
        ({"buyer.name": None}, "mandatory_contents"),
        ({"type": "325"}, "is_an_invoice"),
        ({"type": "381"}, "credit_note_reference"),
        ({"seller.vat_id": None, "seller.address": "Weg 1, 6691 Jungholz, AT"}, "seller_vat_id"),
        ({"buyer.vat_id": "ATU13585627"}, "no_tax_across_borders"),
        ({"due_date": "tomorrow"}, "unusable_value"),
    ],
)  # fmt: skip
def test_each_rule_finds_what_it_is_for_and_no_other_does(changes, rule):
    assert list(broken(changes)) == [rule]


@pytest.mark.parametrize(
    "changes",
    [
        {"totals.prepaid": "1190", "totals.due": "0"},
        {"totals.rounding": "0.02", "totals.due": "1190.02"},
        {"totals.allowances": "100", "totals.net": "900", "totals.tax": "171",
         "totals.gross": "1071", "totals.due": "1071"},
        {"totals.tax": "190.50", "totals.gross": "1190.50", "totals.due": "1190.50"},
        {"seller.vat_id": None, "seller.address": "Weg 1, 10115 Berlin, DE"},  # has a tax number
        {"buyer.vat_id": "ATU13585627", "totals.tax": "0", "totals.gross": "1000",
         "totals.due": "1000"},
        {"period_start": "2025-01-01", "period_end": "2025-12-31"},
        {"taxes.0.base": "1000", "taxes.0.rate": "19", "taxes.0.tax": "190.00",
         "taxes.1.base": "0", "taxes.1.rate": "0", "taxes.1.tax": "0"},
        {"taxes.0.base": "1004", "taxes.0.rate": "19", "taxes.0.tax": "190"},
        {"totals.allowances": "100", "totals.charges": "100", "allowances.0.amount": "60.00",
         "allowances.1.amount": "40", "charges.0.amount": "100"},
    ],
    ids=["prepaid", "rounding", "allowance", "tolerance", "tax number", "reverse charge", "year",
         "breakdown", "unit of a rate", "one by one"],
)  # fmt: skip
def test_look_alikes_stay_quiet(changes):
    rates = {**LINE, "tax_rate": "0"} if changes.get("totals.tax") == "0" else LINE
    assert broken(changes, rates) == {}


def test_a_currency_without_cents_is_compared_in_whole_units():
    yen = {"currency": "JPY", "totals.tax": "190.4", "totals.gross": "1190.2"}
    assert "gross_is_net_plus_tax" not in broken(yen)


def test_a_picture_is_not_enough_where_the_law_wants_a_structured_invoice():
    domestic = {"seller.vat_id": "IT00743110157", "buyer.vat_id": "IT00743110157"}
    italian = {**LINE, "tax_rate": "22", "net": "1000"}
    totals = {"totals.tax": "220", "totals.gross": "1220", "totals.due": "1220"}
    assert broken(domestic | totals, italian, reading="page") == {
        "structured_invoice": Kind.EINVOICE_MISSING
    }
    assert broken(domestic | totals, italian) == {}
    before = {"issue_date": "2018-06-01", "due_date": "2018-07-01"}
    assert broken(domestic | totals | before, italian, reading="page") == {}


def test_a_small_invoice_needs_no_buyer():
    small = {"totals.lines": "100", "totals.net": "100", "totals.tax": "19",
             "totals.gross": "119", "totals.due": "119", "buyer.name": None}  # fmt: skip
    assert broken(small, {**LINE, "quantity": "1", "net": "100"}) == {}


@pytest.mark.parametrize(
    ("rate", "day", "is_known"),
    [("19", "2020-06-30", True), ("16", "2020-08-01", True), ("16", "2021-02-01", False),
     ("19", "2006-01-01", False), ("5", "2020-08-01", True), ("20", "2026-01-02", False)],
)  # fmt: skip
def test_vat_rates_are_those_of_the_day(rate, day, is_known):
    found = broken({"issue_date": day}, {**LINE, "tax_rate": rate})
    assert ("vat_rate_exists" not in found) == is_known


def test_a_rule_is_muted_where_it_rests_on_an_unsure_field():
    found = broken({"totals.gross": "1290", "totals.due": "1290"}, reading="page",
                   unsure=("totals.gross",))  # fmt: skip
    assert found["gross_is_net_plus_tax"] == Kind.READING_UNSURE
    assert found["decisive_fields_sure"] == Kind.READING_UNSURE


def test_what_is_missing_on_a_page_may_just_not_have_been_read():
    assert broken({"buyer.name": None})["mandatory_contents"] == Kind.MANDATORY_FIELD_MISSING
    assert broken({"buyer.name": None}, reading="page") == {
        "mandatory_contents": Kind.READING_UNSURE
    }


def test_what_a_page_does_not_explain_may_just_not_have_been_read():
    unexplained = {"totals.due": "1090"}  # a payment in advance, somewhere on the page
    assert broken(unexplained)["due_is_gross_less_prepaid"] == Kind.ARITHMETIC_ERROR
    assert broken(unexplained, reading="page") == {"due_is_gross_less_prepaid": Kind.READING_UNSURE}


def test_a_page_may_round_what_is_due_without_a_word():
    assert broken({"totals.due": "1190.02"}, reading="page") == {}


def test_a_line_on_a_page_is_at_most_quantity_times_price():
    line = {**LINE, "quantity": "9"}
    assert "line_net_within_price" in broken({}, line, reading="page")
    assert broken({}, {**LINE, "unit_price": "840.34"}, reading="page") == {}  # an allowance
    assert broken({}, {**LINE, "unit_price": "10000", "price_base_quantity": "100"}) == {}


def test_other_documents_are_not_judged_as_invoices():
    assert broken({"type": "220", "totals.gross": "5", "buyer.name": None}) == {}


@pytest.mark.parametrize(
    ("vat_id", "expected"),
    [("DE136695976", True), ("ATU13585627", True), ("EL094259216", True), ("IT00743110157", True),
     ("FR40303265045", True), ("GB980780684", True), ("DE123", False), ("ATU13585628", False),
     ("CHE107787577", None), ("US123456", None), ("12345678", None)],
)  # fmt: skip
def test_vat_ids_are_held_to_the_form_of_their_country(vat_id, expected):
    assert is_vat_id(vat_id) is expected


def test_rules_have_names_of_their_own_and_a_sentence():
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all(rule.sentence[0].isupper() and rule.sentence[-1] not in ".:" for rule in RULES)


@given(st.dictionaries(st.sampled_from(sorted(SOUND)), st.text(max_size=10)))
def test_no_value_whatever_breaks_the_rules_themselves(changes):
    broken(changes)


def einvoices(folder: Path) -> Iterator[tuple[str, str, bytes]]:
    """Name, syntax and XML of every e-invoice below a folder."""
    for path in sorted(folder.rglob("*.*")):
        if path.suffix == ".xml":
            syntax = "fatturapa" if "fatturaPA" in path.parts else path.parent.name.lower()
            yield path.name, syntax, path.read_bytes()
        elif path.suffix == ".pdf":
            embedded = embedded_invoice(path.read_bytes(), Limits())
            assert embedded, path.name
            yield path.name, embedded.format, embedded.xml


GROSS_ON_LINES = ("20140519_499", "20140522_501", "20140703_502", "20150613_503")
"""Real invoices that state gross amounts as the net of a line; seen by eye."""


@pytest.mark.public_data
def test_valid_einvoices_raise_no_false_arithmetic_alarm(public_data):
    found = einvoices(public_data / "zugferd")
    tables = [choose(read_einvoice(name, syntax, xml)) for name, syntax, xml in found]
    rows = validate(concat(EXTRACTIONS, tables)).to_pylist()
    wrong = {row["document_id"] for row in rows if row["kind"] == Kind.ARITHMETIC_ERROR}
    true = {name for name in wrong if name.removesuffix(".pdf").endswith(GROSS_ON_LINES)}
    assert all(name.startswith("not_validating") for name in wrong - true)
