"""UBL 2 orders and what answers them: Order, OrderResponse, DespatchAdvice, ReceiptAdvice.

Their headers are read as those of invoices, with the parties and totals under their own
names (the table in ubl). An order's number is its `number`; what answers it or delivers
on it names it in `order_reference`. Order-X is read by the table of CII.
"""

from ledgergraph.extractions.einvoices.fields import Field, Syntax, attribute
from ledgergraph.extractions.einvoices.ubl import ALLOWANCES, HEADER, TAXES
from ledgergraph.extractions.einvoices.values import number

REFERENCED = (
    Field("order_reference", "DespatchLine|ReceiptLine/OrderLineReference/OrderReference/ID"),
    Field("contract_reference", "Contract/ID"),
)
PRODUCT = (
    Field("description", "Item/Name"),
    Field("description", "Item/Description"),
)
UBL_ORDER = Syntax(
    (*HEADER, *REFERENCED),
    "OrderLine/LineItem",
    (
        Field("line_id", "ID"),
        *PRODUCT,
        Field("quantity", "Quantity", number),
        Field("unit", "Quantity", pick=attribute("unitCode")),
        Field("unit_price", "Price/PriceAmount", number),
        Field("price_base_quantity", "Price/BaseQuantity", number),
        Field("net", "LineExtensionAmount", number),
        Field("tax_rate", "Item/ClassifiedTaxCategory/Percent", number),
    ),
    groups=(TAXES, ALLOWANCES),
    line_groups=(ALLOWANCES,),
)
DELIVERED = "DeliveredQuantity|ReceivedQuantity"
UBL_ADVICE = Syntax(
    (*HEADER, *REFERENCED),
    "DespatchLine|ReceiptLine",
    (
        Field("line_id", "ID"),
        Field("order_line", "OrderLineReference/LineID"),
        *PRODUCT,
        Field("quantity", DELIVERED, number),
        Field("unit", DELIVERED, pick=attribute("unitCode")),
    ),
)
