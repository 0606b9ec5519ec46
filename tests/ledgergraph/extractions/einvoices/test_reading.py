"""E-invoices are read exactly, in every syntax, and nothing else is read into them."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from broken_files import a_ubl_invoice
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgergraph.documents.hybrids import embedded_invoice
from ledgergraph.documents.limits import Limits
from ledgergraph.documents.sniffing import sniff
from ledgergraph.errors import BadInput
from ledgergraph.evidence import Reading
from ledgergraph.extractions.einvoices import read_einvoice

LIMITS = Limits()
DOCUMENT = "DatiGenerali/DatiGeneraliDocumento"
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
CII = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
FATTURA = "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2"


def header(readings: list[Reading], part: int = 0) -> dict[str, str]:
    return {r.field: r.value for r in readings if r.line is None and r.part == part}


def lines(readings: list[Reading], part: int = 0) -> list[dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for r in readings:
        if r.line is not None and r.part == part:
            found.setdefault(r.line, {})[r.field] = r.value
    return [found[line] for line in sorted(found)]


def inside(path: str, text: object) -> str:
    """`inside("A/B", 1)` is `<A><B>1</B></A>`."""
    for name in reversed(path.split("/")):
        text = f"<{name}>{text}</{name}>"
    return str(text)


def ubl(content: str, root: str = "Invoice") -> list[Reading]:
    return read_einvoice("id", "ubl", f'<{root} xmlns="{UBL}{root}-2">{content}</{root}>'.encode())


def cii(settlement: str = "", agreement: str = "", line: str = "") -> list[Reading]:
    xml = f"""<CrossIndustryInvoice xmlns="{CII}"><SupplyChainTradeTransaction>{line}
    <ApplicableHeaderTradeAgreement>{agreement}</ApplicableHeaderTradeAgreement>
    <ApplicableHeaderTradeSettlement>{settlement}</ApplicableHeaderTradeSettlement>
    </SupplyChainTradeTransaction></CrossIndustryInvoice>"""
    return read_einvoice("id", "cii", xml.encode())


def fattura(*bodies: str, seller: str = "") -> list[Reading]:
    xml = (
        f'<p:FatturaElettronica xmlns:p="{FATTURA}"><FatturaElettronicaHeader><CedentePrestatore>'
        f"{seller}</CedentePrestatore></FatturaElettronicaHeader>"
        + "".join(f"<FatturaElettronicaBody>{body}</FatturaElettronicaBody>" for body in bodies)
        + "</p:FatturaElettronica>"
    )
    return read_einvoice("id", "fatturapa", xml.encode())


def test_a_reading_says_where_it_comes_from():
    (reading,) = ubl("<ID> R 7\n</ID>")[:1]
    assert reading == Reading("id", 0, "xml", None, "number", "R 7", "R 7", 1.0, "xml")


def test_value_is_canonical_and_raw_is_as_written():
    readings = ubl(
        "<IssueDate>2024-01-31Z</IssueDate><DocumentCurrencyCode>eur</DocumentCurrencyCode>"
    )
    written = {r.field: (r.value, r.raw) for r in readings}
    assert written["issue_date"] == ("2024-01-31", "2024-01-31Z")
    assert written["currency"] == ("EUR", "eur")


def test_what_is_not_canonical_is_not_read():
    assert header(ubl("<IssueDate>yesterday</IssueDate><DueDate/>")).keys() == {"type"}


def test_a_vat_id_is_not_another_tax_number():
    schemes = "".join(
        f"<PartyTaxScheme><CompanyID>{number}</CompanyID><TaxScheme><ID>{scheme}</ID></TaxScheme>"
        "</PartyTaxScheme>"
        for number, scheme in (("22/815", "FC"), ("DE 123", "VAT"))
    )
    seller = f"<AccountingSupplierParty><Party>{schemes}</Party></AccountingSupplierParty>"
    assert header(ubl(seller))["seller.vat_id"] == "DE123"
    numbers = '<ID schemeID="FC">22/815</ID><ID schemeID="VA">DE 123</ID>'
    party = (
        f"<SellerTradeParty><SpecifiedTaxRegistration>{numbers}</SpecifiedTaxRegistration>"
        "</SellerTradeParty>"
    )
    assert header(cii(agreement=party))["seller.vat_id"] == "DE123"


def test_tax_is_that_in_the_currency_of_the_invoice():
    other = '<TaxTotalAmount currencyID="NOK">46</TaxTotalAmount>'
    own = '<TaxTotalAmount currencyID="EUR">5</TaxTotalAmount>'
    summation = "SpecifiedTradeSettlementHeaderMonetarySummation"
    currency = "<InvoiceCurrencyCode>EUR</InvoiceCurrencyCode>"
    assert header(cii(currency + inside(summation, other + own)))["totals.tax"] == "5"
    assert "totals.tax" not in header(cii(currency + inside(summation, other)))


def test_an_address_is_one_line():
    address = (
        "<PostcodeCode>99084</PostcodeCode><LineOne>Am Markt 1</LineOne><LineTwo>Hof B</LineTwo>"
        "<CityName>Erfurt</CityName><CountryID>DE</CountryID>"
    )
    party = inside("BuyerTradeParty/PostalTradeAddress", address)
    assert header(cii(agreement=party))["buyer.address"] == "Am Markt 1, Hof B, 99084 Erfurt, DE"
    place = (
        "<Indirizzo>Via Roma</Indirizzo><NumeroCivico>5</NumeroCivico><CAP>07100</CAP>"
        "<Comune>Sassari</Comune><Nazione>IT</Nazione>"
    )
    assert (
        header(fattura("", seller=inside("Sede", place)))["seller.address"]
        == "Via Roma 5, 07100 Sassari, IT"
    )


def test_the_registered_name_comes_before_the_trading_name():
    trading = "<PartyName><Name>Shop</Name></PartyName>"
    registered = (
        "<PartyLegalEntity><RegistrationName>Shop Ltd</RegistrationName></PartyLegalEntity>"
    )
    for names, name in ((trading + registered, "Shop Ltd"), (trading, "Shop")):
        party = inside("AccountingSupplierParty/Party", names)
        assert header(ubl(party))["seller.name"] == name


def test_a_credit_note_without_a_code_is_one_by_its_root():
    assert header(ubl("<ID>1</ID>", root="CreditNote"))["type"] == "381"
    assert header(ubl("<InvoiceTypeCode>384</InvoiceTypeCode>"))["type"] == "384"


def test_lines_are_counted_from_zero_even_where_one_is_empty():
    readings = ubl(
        "<InvoiceLine><Item><Name>A</Name></Item></InvoiceLine><InvoiceLine/>"
        '<InvoiceLine><InvoicedQuantity unitCode="HUR">2.50</InvoicedQuantity></InvoiceLine>'
    )
    assert [(r.line, r.field, r.value) for r in readings if r.line is not None] == [
        (0, "description", "A"),
        (2, "quantity", "2.5"),
        (2, "unit", "HUR"),
    ]


def test_a_line_names_what_it_is_and_which_line_of_the_order_it_bills():
    named = (
        "<OrderLineReference><LineID>20</LineID></OrderLineReference><Item><Name>Bolt</Name>"
        "<BuyersItemIdentification><ID>M-7</ID></BuyersItemIdentification>"
        "<SellersItemIdentification><ID>4711</ID></SellersItemIdentification></Item>"
    )
    (of_ubl,) = lines(ubl(inside("InvoiceLine", named)))
    assert (of_ubl["order_line"], of_ubl["article"]) == ("20", "M-7")
    product = "<SpecifiedTradeProduct><SellerAssignedID>4711</SellerAssignedID>"
    line = (
        f"<IncludedSupplyChainTradeLineItem>{product}<Name>Bolt</Name></SpecifiedTradeProduct>"
        "<SpecifiedLineTradeAgreement><BuyerOrderReferencedDocument><LineID>20</LineID>"
        "</BuyerOrderReferencedDocument></SpecifiedLineTradeAgreement>"
        "</IncludedSupplyChainTradeLineItem>"
    )
    (of_cii,) = lines(cii(line=line))
    assert (of_cii["order_line"], of_cii["article"]) == ("20", "4711")


def test_names_of_zugferd_1_mean_the_same():
    xml = b"""<r:CrossIndustryDocument xmlns:r="urn:ferd:CrossIndustryDocument:invoice:1p0">
    <r:HeaderExchangedDocument><ID>R1</ID></r:HeaderExchangedDocument>
    <r:SpecifiedSupplyChainTradeTransaction><ApplicableSupplyChainTradeSettlement>
    <SpecifiedTradeSettlementMonetarySummation><GrandTotalAmount>5.10</GrandTotalAmount>
    </SpecifiedTradeSettlementMonetarySummation></ApplicableSupplyChainTradeSettlement>
    <IncludedSupplyChainTradeLineItem><SpecifiedSupplyChainTradeSettlement>
    <SpecifiedTradeSettlementMonetarySummation><LineTotalAmount>5</LineTotalAmount>
    </SpecifiedTradeSettlementMonetarySummation></SpecifiedSupplyChainTradeSettlement>
    </IncludedSupplyChainTradeLineItem></r:SpecifiedSupplyChainTradeTransaction>
    </r:CrossIndustryDocument>"""
    readings = read_einvoice("id", "cii", xml)
    assert header(readings) == {"number": "R1", "totals.gross": "5.1"}
    assert lines(readings) == [{"net": "5"}]


def test_each_body_of_a_fattura_is_a_part_with_the_common_header():
    def body(number: int) -> str:
        return inside(f"{DOCUMENT}/Numero", number)

    name = inside("DatiAnagrafici/Anagrafica", "<Nome>Ada</Nome><Cognome>Rossi</Cognome>")
    readings = fattura(body(7), body(8), seller=name)
    assert header(readings, 0) == {"number": "7", "seller.name": "Ada Rossi"}
    assert header(readings, 1) == {"number": "8", "seller.name": "Ada Rossi"}


def test_totals_of_a_fattura_are_sums_over_its_rates():
    rates = "".join(
        f"<DatiRiepilogo>{inside('ImponibileImporto', net)}{inside('Imposta', tax)}</DatiRiepilogo>"
        for net, tax in (("100.00", "22.00"), ("10.50", "0.42"))
    )
    readings = fattura(f"<DatiBeniServizi>{rates}</DatiBeniServizi>")
    assert header(readings) == {
        "totals.net": "110.5",
        "totals.tax": "22.42",
        "totals.gross": "132.92",
        "taxes.0.base": "100",
        "taxes.0.tax": "22",
        "taxes.1.base": "10.5",
        "taxes.1.tax": "0.42",
    }
    assert {r.raw for r in readings if r.field == "totals.net"} == {"100.00 + 10.50"}


ALLOWED = {
    "allowances.0.amount": "5", "allowances.0.base": "50", "allowances.0.percentage": "10",
    "allowances.0.tax_rate": "19", "allowances.0.reason": "Rebate",
    "charges.0.amount": "3", "allowances.1.amount": "1",
}  # fmt: skip


def test_allowances_and_charges_of_cii_are_numbered_apart():
    def one(is_charge: str, text: str) -> str:
        sign = inside("ChargeIndicator/Indicator", is_charge)
        return inside("SpecifiedTradeAllowanceCharge", sign + text)

    rebate = (
        "<CalculationPercent>10</CalculationPercent><BasisAmount>50</BasisAmount>"
        "<ActualAmount>5.00</ActualAmount><Reason>Rebate</Reason>"
        + inside("CategoryTradeTax/RateApplicablePercent", "19.00")
    )
    amounts = one("true", "<ActualAmount>3</ActualAmount>") + one(
        "false", "<ActualAmount>1</ActualAmount>"
    )
    freight = inside("SpecifiedLogisticsServiceCharge/AppliedAmount", "7.5")
    found = header(cii(one("false", rebate) + amounts + freight))
    assert found == ALLOWED | {"charges.1.amount": "7.5"}


def test_allowances_and_charges_of_ubl_are_those_of_cii():
    def one(is_charge: str, text: str) -> str:
        return inside("AllowanceCharge", f"<ChargeIndicator>{is_charge}</ChargeIndicator>" + text)

    rebate = (
        "<AllowanceChargeReason>Rebate</AllowanceChargeReason><Amount>5.00</Amount>"
        "<MultiplierFactorNumeric>10</MultiplierFactorNumeric><BaseAmount>50</BaseAmount>"
        + inside("TaxCategory/Percent", "19.00")
    )
    three = (
        one("false", rebate)
        + one("true", "<Amount>3</Amount>")
        + one("false", "<Amount>1</Amount>")
        + one("maybe", "<Amount>9</Amount>")
    )
    (line,) = lines(ubl(inside("InvoiceLine", three)))
    assert header(ubl(three)) == {**ALLOWED, "type": "380"}
    assert line == ALLOWED


def test_the_breakdown_of_tax_and_the_rounding_are_read():
    total = inside("LegalMonetaryTotal/PayableRoundingAmount", "-0.02")
    category = "<TaxCategory><ID>S</ID><Percent>19</Percent></TaxCategory>"
    amounts = "<TaxableAmount>100.00</TaxableAmount><TaxAmount>19.00</TaxAmount>"
    found = header(ubl(inside("TaxTotal/TaxSubtotal", amounts + category) + total))
    expected = {
        "taxes.0.base": "100", "taxes.0.tax": "19", "taxes.0.rate": "19", "taxes.0.category": "S",
    }  # fmt: skip
    assert found == expected | {"totals.rounding": "-0.02", "type": "380"}
    stated = (
        "<CalculatedAmount>19.00</CalculatedAmount><BasisAmount>100.00</BasisAmount>"
        "<CategoryCode>S</CategoryCode><RateApplicablePercent>19</RateApplicablePercent>"
    )
    assert header(cii(inside("ApplicableTradeTax", stated))) == expected


def test_the_type_of_a_fattura_is_a_code_of_untdid_1001():
    (reading,) = fattura(inside(f"{DOCUMENT}/TipoDocumento", "TD04"))
    assert (reading.value, reading.raw) == ("381", "TD04")


def test_another_root_is_a_rejection():
    with pytest.raises(BadInput) as caught:
        read_einvoice("id", "cii", a_ubl_invoice("1"))
    assert caught.value.reason == "unknown_format"
    assert header(read_einvoice("id", "hybrid", a_ubl_invoice("1")))["number"] == "1"


@given(st.data())
@settings(max_examples=300)
def test_altered_xml_is_read_or_rejected(data):
    seed = a_ubl_invoice("1")
    start = data.draw(st.integers(0, len(seed)))
    stop = data.draw(st.integers(start, min(start + 40, len(seed))))
    xml = seed[:start] + data.draw(st.binary(max_size=20)) + seed[stop:]
    try:
        readings = read_einvoice("id", "ubl", xml)
    except BadInput:
        return
    keys = [(r.part, r.line, r.field) for r in readings]
    assert len(set(keys)) == len(keys)
    assert all(r.value and r.raw for r in readings)


# Against the truth of real files

FIELDS = (
    "number", "issue_date", "due_date", "currency", "seller.name", "seller.vat_id", "seller.iban",
    "buyer.name", "buyer.vat_id", "order_reference", "totals.net", "totals.tax", "totals.gross",
)  # fmt: skip


def bare(value: object) -> object:
    """A value without what may differ in writing: spaces, trailing zeros."""
    text = "".join(str(value).split())
    try:
        return Decimal(text).normalize()
    except ArithmeticError:
        return text


def read_file(path: Path) -> list[Reading]:
    data = path.read_bytes()
    found = sniff(path.name, data, LIMITS)
    if found.format == "hybrid":
        embedded = embedded_invoice(data, LIMITS)
        assert embedded is not None
        return read_einvoice("id", embedded.format, embedded.xml)
    readings = read_einvoice("id", found.format, data)
    assert {r.part for r in readings} == set(range(found.parts))
    return readings


@pytest.mark.public_data
def test_every_field_and_line_of_real_invoices_is_right(public_data: Path):
    folder = public_data / "zugferd"
    truth: Mapping[str, dict] = json.loads((folder / "truth.json").read_text())
    with_truth = {name: stated for name, stated in truth.items() if stated["number"]}
    assert len(with_truth) > 0
    for name, stated in with_truth.items():
        readings = read_file(folder / name)
        read = header(readings)
        for field in FIELDS:
            if stated[field] is not None:
                assert bare(read.get(field)) == bare(stated[field]), (name, field)
        for found, line in zip(lines(readings), stated["lines"], strict=True):
            for field, value in line.items():
                if value is not None:
                    assert bare(found.get(field)) == bare(value), (name, field)


@pytest.mark.public_data
def test_the_three_files_of_one_invoice_read_alike(public_data: Path):
    """The corpus states 22 invoices in two syntaxes and as a hybrid: one truth, three files."""
    folder = public_data / "zugferd" / "XML-Rechnung"
    compared = 0
    for path in sorted((folder / "CII").glob("EN16931_*.xml")):
        stem = path.name.removesuffix(".cii.xml")
        by_cii, by_ubl = (
            header(read_file(path)),
            header(read_file(folder / "UBL" / f"{stem}.ubl.xml")),
        )
        shared = by_cii.keys() & by_ubl.keys()
        assert len(shared) >= 10
        for field in shared:
            assert bare(by_cii[field]) == bare(by_ubl[field]), (stem, field)
        compared += 1
    assert compared > 0


def semplificata(*sold: str) -> dict[str, str]:
    """The header of a simplified FatturaPA (FSM10) of a person, with these things sold."""
    space = "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.0"
    seller = (
        "<IdFiscaleIVA><IdPaese>IT</IdPaese><IdCodice>01234567890</IdCodice></IdFiscaleIVA>"
        "<Nome>Ada</Nome><Cognome>Rossi</Cognome>"
    )
    buyer = inside("AltriDatiIdentificativi/Denominazione", "Compratore Srl")
    general = (
        "<TipoDocumento>TD07</TipoDocumento><Divisa>EUR</Divisa><Data>2024-05-06</Data>"
        "<Numero>7</Numero>"
    )
    xml = (
        f'<p:FatturaElettronicaSemplificata xmlns:p="{space}" versione="FSM10">'
        f"<FatturaElettronicaHeader><CedentePrestatore>{seller}</CedentePrestatore>"
        f"<CessionarioCommittente>{buyer}</CessionarioCommittente></FatturaElettronicaHeader>"
        f"<FatturaElettronicaBody>{inside(DOCUMENT, general)}"
        + "".join(inside("DatiBeniServizi", one) for one in sold)
        + "</FatturaElettronicaBody></p:FatturaElettronicaSemplificata>"
    )
    assert sniff("a", xml.encode(), LIMITS).format == "fatturapa"
    return header(read_einvoice("id", "fatturapa", xml.encode()))


def test_a_simplified_italian_invoice_states_prices_with_their_tax():
    by_rate = "<Importo>122.00</Importo>" + inside("DatiIVA/Aliquota", "22.00")
    by_tax = "<Importo>110.00</Importo>" + inside("DatiIVA/Imposta", "10.00")
    free = "<Importo>5.00</Importo><DatiIVA/><Natura>N4</Natura>"
    found = semplificata(by_rate, by_tax, free)
    totals = [found[f"totals.{name}"] for name in ("net", "tax", "gross")]
    assert totals == ["205", "32", "237"]
    assert (found["seller.name"], found["buyer.name"]) == ("Ada Rossi", "Compratore Srl")
    assert (found["seller.vat_id"], found["type"]) == ("IT01234567890", "380")


def test_a_simplified_one_that_does_not_tell_its_tax_has_only_a_gross_total():
    found = semplificata("<Importo>122.00</Importo>")
    assert found["totals.gross"] == "122"
    assert not {"totals.net", "totals.tax"} & found.keys()


def test_lines_that_group_or_explain_others_are_not_billed_again():
    def line(name: str, **about: str) -> str:
        texts = "".join(f"<{tag}>{text}</{tag}>" for tag, text in about.items())
        product = inside("SpecifiedTradeProduct/Name", name)
        return inside(
            "IncludedSupplyChainTradeLineItem",
            f"<AssociatedDocumentLineDocument>{texts}</AssociatedDocumentLineDocument>{product}",
        )

    written = (
        line("Set", LineStatusReasonCode="GROUP")
        + line("Bolt", ParentLineID="1", LineStatusReasonCode="DETAIL")
        + line("See leaflet", LineStatusReasonCode="INFORMATION")
        + line("Work")
        + line("of which travel", ParentLineID="4")
    )
    xml = f"""<CrossIndustryInvoice xmlns="{CII}"><SupplyChainTradeTransaction>{written}
    </SupplyChainTradeTransaction></CrossIndustryInvoice>"""
    found = lines(read_einvoice("id", "cii", xml.encode()))
    assert [one["description"] for one in found] == ["Bolt", "Work"]


REGISTERED = {
    "ubl": ubl(
        inside("AccountingSupplierParty/Party/PartyLegalEntity",
               '<CompanyID schemeID="0002">552081317</CompanyID>')
        + inside("AccountingCustomerParty/Party/PartyLegalEntity/CompanyID", "HRB 4711")
    ),
    "cii": cii(
        agreement=inside("SellerTradeParty/SpecifiedLegalOrganization",
                         '<ID schemeID="0002">552081317</ID>')
        + inside("BuyerTradeParty/SpecifiedLegalOrganization/ID", "HRB 4711")
    ),
}  # fmt: skip


@pytest.mark.parametrize("syntax", REGISTERED)
def test_numbers_of_registers_keep_their_scheme(syntax):
    found = header(REGISTERED[syntax])
    assert found["seller.register_id"] == "0002:552081317"
    assert found["buyer.register_id"] == "HRB 4711"


def test_italian_parties_have_a_tax_code_and_else_a_number_of_their_office():
    rea = inside("IscrizioneREA", "<Ufficio>MI</Ufficio><NumeroREA>1234567</NumeroREA>")
    assert header(fattura("", seller=rea))["seller.register_id"] == "REA MI-1234567"
    code = inside("DatiAnagrafici/CodiceFiscale", "00743110157")
    assert header(fattura("", seller=code + rea))["seller.register_id"] == "0210:00743110157"
