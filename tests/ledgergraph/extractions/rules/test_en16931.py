"""EN 16931's business rules: a sound invoice breaks none, and each breach is told by its id."""

from pathlib import Path

import pytest

from ledgergraph.documents.limits import Limits
from ledgergraph.documents.markup import parse_xml
from ledgergraph.extractions.choosing import choose
from ledgergraph.extractions.einvoices import read_einvoice
from ledgergraph.extractions.rules import validate
from ledgergraph.extractions.rules.en16931 import IDS, broken_rules
from ledgergraph.extractions.rules.en16931.checks import CHECKS, business_rules
from ledgergraph.extractions.rules.en16931.terms import binding_of

LIMITS = Limits()
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
CATEGORY = "<ID>S</ID><Percent>19</Percent><TaxScheme><ID>VAT</ID></TaxScheme>"
SPECIFICATION = "urn:cen.eu:en16931:2017"


def party(name: str) -> str:
    return f"""<Party><PostalAddress><CityName>Erfurt</CityName>
    <Country><IdentificationCode>DE</IdentificationCode></Country></PostalAddress><PartyTaxScheme>
    <CompanyID>DE136695976</CompanyID><TaxScheme><ID>VAT</ID></TaxScheme></PartyTaxScheme>
    <PartyLegalEntity><RegistrationName>{name}</RegistrationName></PartyLegalEntity></Party>"""


SOUND = f"""<Invoice xmlns="{UBL}Invoice-2"><CustomizationID>{SPECIFICATION}</CustomizationID>
<ID>R-1</ID><IssueDate>2026-02-03</IssueDate><DueDate>2026-03-03</DueDate>
<InvoiceTypeCode>380</InvoiceTypeCode><DocumentCurrencyCode>EUR</DocumentCurrencyCode>
<AccountingSupplierParty>{party("Acme GmbH")}</AccountingSupplierParty>
<AccountingCustomerParty>{party("Buyer AG")}</AccountingCustomerParty>
<PaymentMeans><PaymentMeansCode>58</PaymentMeansCode>
<PayeeFinancialAccount><ID>DE89370400440532013000</ID></PayeeFinancialAccount></PaymentMeans>
<TaxTotal><TaxAmount currencyID="EUR">19.00</TaxAmount><TaxSubtotal>
<TaxableAmount currencyID="EUR">100.00</TaxableAmount><TaxAmount currencyID="EUR">19.00</TaxAmount>
<TaxCategory>{CATEGORY}</TaxCategory></TaxSubtotal></TaxTotal><LegalMonetaryTotal>
<LineExtensionAmount currencyID="EUR">100.00</LineExtensionAmount>
<TaxExclusiveAmount currencyID="EUR">100.00</TaxExclusiveAmount>
<TaxInclusiveAmount currencyID="EUR">119.00</TaxInclusiveAmount>
<PayableAmount currencyID="EUR">119.00</PayableAmount></LegalMonetaryTotal>
<InvoiceLine><ID>1</ID><InvoicedQuantity unitCode="C62">2</InvoicedQuantity>
<LineExtensionAmount currencyID="EUR">100.00</LineExtensionAmount>
<Item><Name>Bolt</Name><ClassifiedTaxCategory>{CATEGORY}</ClassifiedTaxCategory></Item>
<Price><PriceAmount currencyID="EUR">50.00</PriceAmount></Price></InvoiceLine></Invoice>"""


def broken(xml: str) -> set[str]:
    return {one.id for one in broken_rules(parse_xml(xml.encode(), LIMITS), "ubl")}


def rows(xml: str) -> list[dict]:
    root = parse_xml(xml.encode(), LIMITS)
    table = choose(read_einvoice("id", "ubl", xml.encode()))
    return validate(table, einvoices=[("id", root, "ubl")]).to_pylist()


def test_a_sound_invoice_breaks_no_rule():
    assert broken(SOUND) == set()
    assert rows(SOUND) == []


EXEMPT = SOUND.replace("<ID>S</ID><Percent>19", "<ID>{}</ID><Percent>0").replace(
    ">19.00<", ">0.00<"
).replace("119.00", "100.00")  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("<ID>R-1</ID>", "", {"BR-02"}),
        ("<PostalAddress>", "<OtherAddress>", None),
        ("Acme GmbH", " ", {"BR-06"}),
        ('unitCode="C62"', "", {"BR-23"}),
        ("<DueDate>2026-03-03</DueDate>", "", {"BR-CO-25"}),
        ("DE89370400440532013000", "", {"BR-50", "BR-61"}),
        ("50.00", "-50.00", {"BR-27"}),
        ("50.00", "50.12345", set()),
        ("119.00</TaxIncl", "119.01</TaxIncl", {"BR-CO-15", "BR-CO-16"}),
        ("119.00</Payable", "119.001</Payable", {"BR-DEC-18"}),
        (">DE136695976<", ">136695976<", {"BR-CO-09"}),
        (">380<", ">999<", {"BR-CL-01"}),
        ("<ID>S</ID>", "<ID>X</ID>", {"BR-CL-17", "BR-CL-18"}),
        ("<ID>S</ID>", "<ID>AE</ID>", {"BR-AE-05", "BR-AE-09", "BR-AE-10"}),
        ("<Percent>19", "<Percent>0", {"BR-S-05", "BR-S-09", "BR-CO-17"}),
        ("<InvoiceLine>", "<InvoicePeriod><StartDate>2026-02-01</StartDate><EndDate>2026-01-01"
         "</EndDate></InvoicePeriod><InvoiceLine>", {"BR-29"}),
    ],
)  # fmt: skip
def test_a_breach_is_told_by_its_id(old: str, new: str, expected: set[str] | None):
    changed = SOUND.replace(old, new)
    if expected is None:
        changed = changed.replace("</PostalAddress>", "</OtherAddress>")
        expected = {"BR-08", "BR-10"}
    assert broken(changed) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("Z", set()),
        ("E", {"BR-E-10"}),
        ("AE", {"BR-AE-10"}),
        ("K", {"BR-IC-10", "BR-IC-11", "BR-IC-12"}),
        ("G", {"BR-G-10"}),
        ("O", {"BR-O-02", "BR-O-05", "BR-O-10"}),
    ],
)
def test_categories_without_tax_say_why(code: str, expected: set[str]):
    assert broken(EXEMPT.replace("{}", code)) == expected


def test_a_validation_has_the_id_and_severity_of_its_rule_and_says_nothing_twice():
    [row] = rows(SOUND.replace('unitCode="C62"', ""))
    assert (row["rule"], row["kind"], row["line"]) == ("BR-23", "einvoice_rule_broken", 0)
    assert row["sentence"].endswith("(EN 16931, BR-23).")
    wrong = rows(SOUND.replace("119.00</TaxIncl", "119.01</TaxIncl"))
    assert {row["rule"] for row in wrong} == {"gross_is_net_plus_tax", "due_is_gross_less_prepaid"}


def test_an_invoice_that_does_not_claim_the_standard_is_not_held_to_it():
    assert rows(SOUND.replace(SPECIFICATION, "urn:other").replace('unitCode="C62"', "")) == []


def test_a_profile_is_held_to_what_it_asks_for():
    small = SOUND.replace(SPECIFICATION, "urn:factur-x.eu:1p0:basicwl")
    without_lines = small[: small.index("<InvoiceLine>")] + "</Invoice>"
    assert {"BR-16", "BR-CO-10"} <= broken(without_lines)
    assert rows(without_lines) == []


def test_every_rule_names_a_check_and_terms_that_both_syntaxes_state():
    for rule in business_rules():
        assert rule.id in IDS
        assert rule.test in CHECKS
        for syntax in ("ubl", "cii"):
            terms = binding_of(syntax).terms
            groups = {*binding_of(syntax).groups, "document"}
            known = {*terms["document"], *terms[rule.on], *groups, "S"}
            known |= {term for group in terms.values() for term in group}
            assert set(rule.terms) <= known
            assert rule.on in groups


def test_real_invoices_break_only_what_they_are_known_to_break(public_data: Path):
    found = {}
    for syntax in ("ubl", "cii"):
        for path in sorted((public_data / "zugferd" / "XML-Rechnung").glob(f"*/*.{syntax}.xml")):
            ids = {one.id for one in broken_rules(parse_xml(path.read_bytes(), LIMITS), syntax)}
            if ids:
                found[path.name] = ids
    assert found == {
        "not_validating_full_invoice_based_onTest_EeISI_300_CENfullmodel.ubl.xml": {
            "BR-CO-10", "BR-CO-15",
        },
    }  # fmt: skip
