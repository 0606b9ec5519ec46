"""Orders, their answers, deliveries and receipts are read as exactly as invoices, and recorded."""

from datetime import date
from decimal import Decimal

import pytest
from broken_files import a_pdf

from ledgergraph.documents.hybrids import embedded_invoice
from ledgergraph.documents.limits import Limits
from ledgergraph.documents.sniffing import sniff
from ledgergraph.evidence import Reading
from ledgergraph.extractions.choosing import choose
from ledgergraph.extractions.einvoices import read_einvoice
from ledgergraph.extractions.records import invoice_records, order_records
from ledgergraph.extractions.rules import validate

LIMITS = Limits()
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
SCRDM = "SCRDMCCBDACIOMessageStructure"
PARTY = "<Party><PartyName><Name>{}</Name></PartyName></Party>"
ITEM = "<Item><Name>Bolt M8</Name></Item>"


def a_ubl_order(root: str = "Order") -> bytes:
    buyer, seller = PARTY.format("Buyer AG"), PARTY.format("Acme GmbH")
    return f"""<{root} xmlns="{UBL}{root}-2"><ID>PO-7</ID><IssueDate>2026-02-03</IssueDate>
    <DocumentCurrencyCode>EUR</DocumentCurrencyCode><Contract><ID>C-1</ID></Contract>
    <BuyerCustomerParty>{buyer}</BuyerCustomerParty>
    <SellerSupplierParty>{seller}</SellerSupplierParty>
    <AnticipatedMonetaryTotal><LineExtensionAmount currencyID="EUR">50.00</LineExtensionAmount>
    <PayableAmount currencyID="EUR">59.50</PayableAmount></AnticipatedMonetaryTotal>
    <OrderLine><LineItem><ID>10</ID><Quantity unitCode="C62">200</Quantity>
    <LineExtensionAmount currencyID="EUR">50.00</LineExtensionAmount>
    <Price><PriceAmount>25.00</PriceAmount><BaseQuantity>100</BaseQuantity></Price>{ITEM}</LineItem>
    </OrderLine></{root}>""".encode()


def a_cii_order() -> bytes:
    return f"""<a:{SCRDM} xmlns:a="urn:un:unece:uncefact:data:{SCRDM}:100"
    xmlns="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:128">
    <ExchangedDocument><ID>PO-8</ID><TypeCode>220</TypeCode>
    <IssueDateTime><DateTimeString format="102">20260203</DateTimeString></IssueDateTime>
    </ExchangedDocument><SupplyChainTradeTransaction>
    <IncludedSupplyChainTradeLineItem><AssociatedDocumentLineDocument><LineID>A</LineID>
    </AssociatedDocumentLineDocument><SpecifiedTradeProduct><Name>Nut M8</Name>
    </SpecifiedTradeProduct><SpecifiedLineTradeAgreement><NetPriceProductTradePrice>
    <ChargeAmount>0.10</ChargeAmount></NetPriceProductTradePrice></SpecifiedLineTradeAgreement>
    <SpecifiedLineTradeDelivery><RequestedQuantity unitCode="C62">40</RequestedQuantity>
    </SpecifiedLineTradeDelivery></IncludedSupplyChainTradeLineItem>
    <ApplicableHeaderTradeAgreement><SellerTradeParty><Name>Acme GmbH</Name></SellerTradeParty>
    </ApplicableHeaderTradeAgreement><ApplicableHeaderTradeSettlement>
    <OrderCurrencyCode>EUR</OrderCurrencyCode></ApplicableHeaderTradeSettlement>
    </SupplyChainTradeTransaction></a:{SCRDM}>""".encode()


def an_advice(root: str, line: str, quantity: str) -> bytes:
    return f"""<{root} xmlns="{UBL}{root}-2"><ID>N-1</ID><IssueDate>2026-02-20</IssueDate>
    <OrderReference><ID>PO-7</ID></OrderReference>
    <DespatchSupplierParty>{PARTY.format("Acme GmbH")}</DespatchSupplierParty>
    <{line}><ID>1</ID><{quantity}>150</{quantity}>
    <OrderLineReference><LineID>10</LineID></OrderLineReference>{ITEM}</{line}></{root}>""".encode()


DESPATCH = an_advice("DespatchAdvice", "DespatchLine", "DeliveredQuantity")
RECEIPT = an_advice("ReceiptAdvice", "ReceiptLine", "ReceivedQuantity")


def header(readings: list[Reading]) -> dict[str, str]:
    return {one.field: one.value for one in readings if one.line is None}


@pytest.mark.parametrize(
    ("data", "format_", "type_"),
    [
        (a_ubl_order(), "ubl", "purchase_order"),
        (a_ubl_order("OrderResponse"), "ubl", "sales_order"),
        (a_cii_order(), "cii", "purchase_order"),
        (DESPATCH, "ubl", "goods_receipt"),
        (RECEIPT, "ubl", "goods_receipt"),
    ],
)
def test_each_kind_is_told_and_read(data: bytes, format_: str, type_: str):
    found = sniff("a.xml", data, LIMITS)
    assert (found.format, found.type) == (format_, type_)
    readings = read_einvoice("id", format_, data)
    assert header(readings)["seller.name"] == "Acme GmbH"
    assert any(one.line == 0 and one.field == "quantity" for one in readings)


def test_an_order_is_a_record_for_each_line_with_the_price_of_one_unit():
    table = choose(read_einvoice("id", "ubl", a_ubl_order()))
    [row] = order_records(table)["purchase_orders"].to_pylist()
    assert (row["order_id"], row["line"], row["contract_id"]) == ("PO-7", 10, "C-1")
    assert (row["quantity"], row["unit_price"]) == (Decimal(200), Decimal("0.25"))
    assert (row["ordered_on"], row["row"]) == (date(2026, 2, 3), None)
    assert invoice_records(table).num_rows == 0
    assert validate(table).num_rows == 0


def test_a_line_whose_name_is_no_number_is_counted():
    table = choose(read_einvoice("id", "cii", a_cii_order()))
    [row] = order_records(table)["purchase_orders"].to_pylist()
    assert (row["order_id"], row["line"], row["description"]) == ("PO-8", 1, "Nut M8")
    assert row["unit_price"] == Decimal("0.10")


def test_only_the_receiver_says_what_was_received():
    table = choose(read_einvoice("id", "ubl", RECEIPT))
    [row] = order_records(table)["goods_receipts"].to_pylist()
    assert (row["receipt_id"], row["order_id"], row["line"]) == ("N-1", "PO-7", 10)
    assert (row["quantity"], row["received_on"]) == (Decimal(150), date(2026, 2, 20))
    table = choose(read_einvoice("id", "ubl", DESPATCH))
    assert order_records(table)["goods_receipts"].num_rows == 0


def test_an_order_inside_a_pdf_is_read_from_its_xml():
    pdf = a_pdf(files={"order-x.xml": a_cii_order()})
    found = sniff("order.pdf", pdf, LIMITS)
    assert (found.format, found.type, found.problems) == ("hybrid", "purchase_order", ())
    embedded = embedded_invoice(pdf, LIMITS)
    assert embedded is not None
    assert header(read_einvoice("id", embedded.format, embedded.xml))["number"] == "PO-8"
