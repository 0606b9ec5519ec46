"""UBL 2 Invoice and CreditNote.

Paths are those of EN 16931's binding to UBL (CEN/TS 16931-3-2). Names are
registration names; a trading name stands in where there is none.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ledgergraph.extractions.einvoices.fields import (
    Field,
    Group,
    Syntax,
    address,
    attribute,
    coded,
    first,
    in_invoice_currency,
    local_name,
    name_of_root,
)  # fmt: skip
from ledgergraph.extractions.einvoices.values import (
    currency,
    day,
    identifier,
    implied_type,
    number,
    type_code,
)  # fmt: skip

if TYPE_CHECKING:
    from lxml.etree import _Element

SELLER = "AccountingSupplierParty|SellerSupplierParty|DespatchSupplierParty/Party"
BUYER = "AccountingCustomerParty|BuyerCustomerParty|DeliveryCustomerParty/Party"
PAYMENT = "PaymentMeans"
TOTAL = "LegalMonetaryTotal|AnticipatedMonetaryTotal"
ADDRESS = address(
    ("StreetName BuildingNumber", "AdditionalStreetName", "Line"),
    "PostalZone", "CityName", "IdentificationCode",
)  # fmt: skip


def vat_registration(elements: "list[_Element]", read: Mapping[str, str]) -> str:
    """Pick the CompanyID of the first tax scheme that is VAT, not another tax number."""
    for scheme in elements:
        parts = {local_name(child): child for child in scheme}
        tax = parts.get("TaxScheme")
        if tax is not None and "CompanyID" in parts:
            identifiers = [child for child in tax if local_name(child) == "ID"]
            if first(identifiers, read).upper() == "VAT":
                return first([parts["CompanyID"]], read)
    return ""


HEADER = (
    Field("number", "ID"),
    Field("type", "InvoiceTypeCode|CreditNoteTypeCode|OrderTypeCode", type_code),
    Field("type", ".", implied_type, name_of_root),
    Field("issue_date", "IssueDate", day),
    Field("due_date", "DueDate", day),
    Field("due_date", PAYMENT + "/PaymentDueDate", day),
    Field("currency", "DocumentCurrencyCode", currency),
    Field("order_reference", "OrderReference/ID"),
    Field("contract_reference", "ContractDocumentReference/ID"),
    Field("preceding_invoice", "BillingReference/InvoiceDocumentReference/ID"),
    Field("preceding_invoice", "BillingReference/CreditNoteDocumentReference/ID"),
    Field("period_start", "InvoicePeriod/StartDate", day),
    Field("period_end", "InvoicePeriod/EndDate", day),
    Field("seller.name", SELLER + "/PartyLegalEntity/RegistrationName"),
    Field("seller.name", SELLER + "/PartyName/Name"),
    Field("seller.address", SELLER + "/PostalAddress", pick=ADDRESS),
    Field("seller.vat_id", SELLER + "/PartyTaxScheme", identifier, vat_registration),
    Field("seller.register_id", SELLER + "/PartyLegalEntity/CompanyID", pick=coded),
    Field("seller.iban", PAYMENT + "/PayeeFinancialAccount/ID", identifier),
    Field("payee.name", "PayeeParty/PartyName/Name"),
    Field("buyer.name", BUYER + "/PartyLegalEntity/RegistrationName"),
    Field("buyer.name", BUYER + "/PartyName/Name"),
    Field("buyer.address", BUYER + "/PostalAddress", pick=ADDRESS),
    Field("buyer.vat_id", BUYER + "/PartyTaxScheme", identifier, vat_registration),
    Field("buyer.register_id", BUYER + "/PartyLegalEntity/CompanyID", pick=coded),
    Field("totals.lines", TOTAL + "/LineExtensionAmount", number),
    Field("totals.allowances", TOTAL + "/AllowanceTotalAmount", number),
    Field("totals.charges", TOTAL + "/ChargeTotalAmount", number),
    Field("totals.net", TOTAL + "/TaxExclusiveAmount", number),
    Field("totals.tax", "TaxTotal/TaxAmount", number, in_invoice_currency),
    Field("totals.gross", TOTAL + "/TaxInclusiveAmount", number),
    Field("totals.prepaid", TOTAL + "/PrepaidAmount", number),
    Field("totals.rounding", TOTAL + "/PayableRoundingAmount", number),
    Field("totals.due", TOTAL + "/PayableAmount", number),
)
QUANTITY = "InvoicedQuantity|CreditedQuantity"
LINE = (
    Field("order_line", "OrderLineReference/LineID"),
    Field("article", "Item/BuyersItemIdentification/ID"),
    Field("article", "Item/SellersItemIdentification/ID"),
    Field("description", "Item/Name"),
    Field("description", "Item/Description"),
    Field("quantity", QUANTITY, number),
    Field("unit", QUANTITY, pick=attribute("unitCode")),
    Field("unit_price", "Price/PriceAmount", number),
    Field("price_base_quantity", "Price/BaseQuantity", number),
    Field("net", "LineExtensionAmount", number),
    Field("tax_rate", "Item/ClassifiedTaxCategory/Percent", number),
)
TAXES = Group(
    "TaxTotal/TaxSubtotal",
    {"": "taxes"},
    (
        Field("base", "TaxableAmount", number, in_invoice_currency),
        Field("tax", "TaxAmount", number, in_invoice_currency),
        Field("rate", "TaxCategory/Percent", number),
        Field("category", "TaxCategory/ID"),
    ),
)
ALLOWANCES = Group(
    "AllowanceCharge",
    {"false": "allowances", "true": "charges"},
    (
        Field("amount", "Amount", number, in_invoice_currency),
        Field("base", "BaseAmount", number, in_invoice_currency),
        Field("percentage", "MultiplierFactorNumeric", number),
        Field("tax_rate", "TaxCategory/Percent", number),
        Field("reason", "AllowanceChargeReason"),
    ),
    "ChargeIndicator",
)
UBL = Syntax(
    HEADER,
    "InvoiceLine|CreditNoteLine",
    LINE,
    groups=(TAXES, ALLOWANCES),
    line_groups=(ALLOWANCES,),
)
