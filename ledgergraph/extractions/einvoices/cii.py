"""Cross Industry Invoice: Factur-X, XRechnung and ZUGFeRD 2 (D16B), ZUGFeRD 1, Order-X orders.

Paths are those of EN 16931's binding to CII (CEN/TS 16931-3-3).
"""

from collections.abc import Mapping

from ledgergraph.extractions.einvoices.fields import (
    Field,
    Group,
    Syntax,
    address,
    attribute,
    coded,
    in_invoice_currency,
    with_scheme,
)  # fmt: skip
from ledgergraph.extractions.einvoices.values import currency, day, identifier, number, type_code

DOCUMENT = "ExchangedDocument|HeaderExchangedDocument"
TRANSACTION = "SupplyChainTradeTransaction|SpecifiedSupplyChainTradeTransaction"
AGREEMENT = TRANSACTION + "/ApplicableHeaderTradeAgreement|ApplicableSupplyChainTradeAgreement"
SETTLEMENT = TRANSACTION + "/ApplicableHeaderTradeSettlement|ApplicableSupplyChainTradeSettlement"
SELLER, BUYER = AGREEMENT + "/SellerTradeParty", AGREEMENT + "/BuyerTradeParty"
PERIOD = SETTLEMENT + "/BillingSpecifiedPeriod"
ACCOUNT = SETTLEMENT + "/SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount"
TERMS = SETTLEMENT + "/SpecifiedTradePaymentTerms"
SUMMATION = SETTLEMENT + (
    "/SpecifiedTradeSettlementHeaderMonetarySummation|SpecifiedTradeSettlementMonetarySummation"
)
REFERENCE = "IssuerAssignedID|ID"
ADDRESS = address(("LineOne", "LineTwo", "LineThree"), "PostcodeCode", "CityName", "CountryID")
REGISTER = "/SpecifiedLegalOrganization/ID"
VAT = with_scheme("VA")  # FC is a tax number, BT-32

HEADER = (
    Field("number", DOCUMENT + "/ID"),
    Field("type", DOCUMENT + "/TypeCode", type_code),
    Field("issue_date", DOCUMENT + "/IssueDateTime/DateTimeString", day),
    Field("issue_date", DOCUMENT + "/IssueDateTime", day),  # ZUGFeRD's release candidate
    Field("due_date", TERMS + "/DueDateDateTime/DateTimeString", day),
    Field("due_date", TERMS + "/DueDateDateTime", day),
    Field("currency", SETTLEMENT + "/InvoiceCurrencyCode|OrderCurrencyCode", currency),
    Field("order_reference", AGREEMENT + "/BuyerOrderReferencedDocument/" + REFERENCE),
    Field("contract_reference", AGREEMENT + "/ContractReferencedDocument/" + REFERENCE),
    Field("preceding_invoice", SETTLEMENT + "/InvoiceReferencedDocument/" + REFERENCE),
    Field("period_start", PERIOD + "/StartDateTime/DateTimeString", day),
    Field("period_end", PERIOD + "/EndDateTime/DateTimeString", day),
    Field("seller.name", SELLER + "/Name"),
    Field("seller.address", SELLER + "/PostalTradeAddress", pick=ADDRESS),
    Field("seller.vat_id", SELLER + "/SpecifiedTaxRegistration/ID", identifier, VAT),
    Field("seller.register_id", SELLER + REGISTER, pick=coded),
    Field("seller.iban", ACCOUNT + "/IBANID", identifier),
    Field("seller.iban", ACCOUNT + "/ProprietaryID", identifier),
    Field("payee.name", SETTLEMENT + "/PayeeTradeParty/Name"),
    Field("buyer.name", BUYER + "/Name"),
    Field("buyer.address", BUYER + "/PostalTradeAddress", pick=ADDRESS),
    Field("buyer.vat_id", BUYER + "/SpecifiedTaxRegistration/ID", identifier, VAT),
    Field("buyer.register_id", BUYER + REGISTER, pick=coded),
    Field("totals.lines", SUMMATION + "/LineTotalAmount", number),
    Field("totals.allowances", SUMMATION + "/AllowanceTotalAmount", number),
    Field("totals.charges", SUMMATION + "/ChargeTotalAmount", number),
    Field("totals.net", SUMMATION + "/TaxBasisTotalAmount", number, in_invoice_currency),
    Field("totals.tax", SUMMATION + "/TaxTotalAmount", number, in_invoice_currency),
    Field("totals.gross", SUMMATION + "/GrandTotalAmount", number, in_invoice_currency),
    Field("totals.prepaid", SUMMATION + "/TotalPrepaidAmount", number),
    Field("totals.rounding", SUMMATION + "/RoundingAmount", number),
    Field("totals.due", SUMMATION + "/DuePayableAmount", number),
)
PRODUCT = "SpecifiedTradeProduct"
AGREED = "SpecifiedLineTradeAgreement|SpecifiedSupplyChainTradeAgreement"
PRICE = AGREED + "/NetPriceProductTradePrice"
DELIVERY = "SpecifiedLineTradeDelivery|SpecifiedSupplyChainTradeDelivery"
QUANTITY = DELIVERY + "/BilledQuantity|RequestedQuantity"
CHARGED = "SpecifiedLineTradeSettlement|SpecifiedSupplyChainTradeSettlement"
LINE = (
    Field("order_line", AGREED + "/BuyerOrderReferencedDocument/LineID"),
    Field("article", PRODUCT + "/BuyerAssignedID"),
    Field("article", PRODUCT + "/SellerAssignedID"),
    Field("description", PRODUCT + "/Name"),
    Field("description", PRODUCT + "/Description"),
    Field("quantity", QUANTITY, number),
    Field("unit", QUANTITY, pick=attribute("unitCode")),
    Field("unit_price", PRICE + "/ChargeAmount", number),
    Field("price_base_quantity", PRICE + "/BasisQuantity", number),
    Field("price_base_quantity", AGREED + "/GrossPriceProductTradePrice/BasisQuantity", number),
    Field(
        "net",
        CHARGED + "/SpecifiedTradeSettlementLineMonetarySummation"
        "|SpecifiedTradeSettlementMonetarySummation/LineTotalAmount",
        number,
    ),
    Field(
        "tax_rate", CHARGED + "/ApplicableTradeTax/RateApplicablePercent|ApplicablePercent", number
    ),
)
RATE = "RateApplicablePercent|ApplicablePercent"
ALLOWANCE = (
    Field("amount", "ActualAmount", number, in_invoice_currency),
    Field("base", "BasisAmount", number, in_invoice_currency),
    Field("percentage", "CalculationPercent", number),
    Field("tax_rate", "CategoryTradeTax/" + RATE, number),
    Field("reason", "Reason"),
)
SIGN = "ChargeIndicator/Indicator"
SIGNS = {"false": "allowances", "true": "charges"}
GROUPS = (
    Group(
        SETTLEMENT + "/ApplicableTradeTax",
        {"": "taxes"},
        (
            Field("base", "BasisAmount", number, in_invoice_currency),
            Field("tax", "CalculatedAmount", number, in_invoice_currency),
            Field("rate", RATE, number),
            Field("category", "CategoryCode"),
        ),
    ),
    Group(SETTLEMENT + "/SpecifiedTradeAllowanceCharge", SIGNS, ALLOWANCE, SIGN),
    Group(  # freight and packing, in the profile EXTENDED
        SETTLEMENT + "/SpecifiedLogisticsServiceCharge",
        {"": "charges"},
        (
            Field("amount", "AppliedAmount", number, in_invoice_currency),
            Field("tax_rate", "AppliedTradeTax/" + RATE, number),
            Field("reason", "Description"),
        ),
    ),
)
LINE_GROUPS = (Group(CHARGED + "/SpecifiedTradeAllowanceCharge", SIGNS, ALLOWANCE, SIGN),)


def counts(line: Mapping[str, str]) -> bool:
    """Whether a line is one of those whose sum is the invoice's, by its texts.

    Not so what is grouped or only told (BT-X-8 in the profile EXTENDED), and parts of
    another line (XRechnung's extension), which hold no status of their own.
    """
    status = line.get("LineStatusReasonCode")
    return status == "DETAIL" if status else "ParentLineID" not in line


CII = Syntax(
    HEADER,
    TRANSACTION + "/IncludedSupplyChainTradeLineItem",
    LINE,
    groups=GROUPS,
    line_groups=LINE_GROUPS,
    is_line=counts,
)
CII_ORDER = Syntax(
    HEADER,
    CII.lines,
    (
        Field("line_id", "AssociatedDocumentLineDocument/LineID"),
        *LINE,
    ),
    groups=GROUPS,
    line_groups=LINE_GROUPS,
)
"""Order-X: the same header under an order's type code, and lines that have names."""
