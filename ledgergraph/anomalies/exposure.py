"""The amount at risk of a finding: one measure per kind, in one table.

It is what could be lost or has to be claimed back if the finding is right, in
the currency of the invoice (of the contract, where its value is exceeded); null
where a kind puts no amount at risk. Amounts of findings may overlap: two
findings on one invoice each state theirs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from statistics import median

from ledgergraph.anomalies.agreed import (
    ZERO,
    billed,
    billed_under,
    contract_of,
    contract_price,
    contract_value,
    earlier_of_vendor,
    order_price,
    ordered_value,
    received_quantity,
)
from ledgergraph.anomalies.subjects import Paper, Row, Subjects, decimal_of, known_on
from ledgergraph.datasets.three_way.schemas import breaching, cost_of
from ledgergraph.extractions.fields import fitted
from ledgergraph.issues import Kind
from ledgergraph.tables import AMOUNT

WHO_IS_PAID = frozenset({"seller.iban", "payee.name", "seller.name", "seller.vat_id"})
"""Fields of a paper that decide where the money goes."""


@dataclass(frozen=True)
class Case:
    """What a finding concerns: invoices (the last is the newest), a paper, and fields of it."""

    invoices: Sequence[Row] = ()
    paper: Paper | None = None
    fields: Sequence[str] = ()


Measure = Callable[[Case, Subjects], Decimal | None]


def gross_of_all(case: Case, subjects: Subjects) -> Decimal | None:
    """The gross of every invoice concerned; of the paper, where no invoice is known."""
    known = [row["gross"] for row in case.invoices if row["gross"] is not None]
    if known:
        return sum((abs(gross) for gross in known), ZERO)
    return _stated(case, subjects, "totals.gross")


def tax(case: Case, subjects: Subjects) -> Decimal | None:
    """The tax that is charged."""
    known = [row["tax"] for row in case.invoices if row["tax"] is not None]
    if known:
        return sum((abs(amount) for amount in known), ZERO)
    return _stated(case, subjects, "totals.tax")


def over_contract(case: Case, subjects: Subjects) -> Decimal | None:
    """Net billed under the contract up to the newest invoice, less the value then in force."""
    newest = case.invoices[-1]
    contract = contract_of(newest, subjects)
    value = contract_value(contract, known_on(newest), subjects) if contract else None
    if contract is None or value is None:
        return gross_of_all(case, subjects)
    return max(billed_under(contract, newest, subjects) - value, ZERO)


def over_order(case: Case, subjects: Subjects) -> Decimal | None:
    """What lines bill above their order; else net billed up to the newest invoice, less ordered."""
    if (lines := _over_lines(Kind.ORDER_OVERBILLED, case, subjects)) is not None:
        return lines
    newest = case.invoices[-1]
    value = ordered_value(newest, subjects)
    if value is None:
        return gross_of_all(case, subjects)
    return max(billed(subjects.invoices_of_order[newest["order_id"]], newest, "net") - value, ZERO)


def over_receipt(case: Case, subjects: Subjects) -> Decimal | None:
    """Quantity billed less the quantity received by then, times the price; by line where known."""
    if (lines := _over_lines(Kind.QTY_ABOVE_RECEIPT, case, subjects)) is not None:
        return lines
    newest = case.invoices[-1]
    price: Decimal | None = newest["unit_price"]
    if price is None or known_on(newest) is None:
        return gross_of_all(case, subjects)
    for_order = subjects.invoices_of_order.get(newest["order_id"] or "", [])
    quantity = billed(for_order, newest, "quantity")
    return max(quantity - received_quantity(newest, subjects), ZERO) * price


def over_contract_price(case: Case, subjects: Subjects) -> Decimal | None:
    """Price above the contract's, times the quantity, of all invoices concerned."""
    return _over_price(case, lambda row: contract_price(row, subjects))


def over_order_price(case: Case, subjects: Subjects) -> Decimal | None:
    """Price above the order's, times the quantity, of all invoices concerned, line by line."""
    if (lines := _over_lines(Kind.PRICE_ABOVE_ORDER, case, subjects)) is not None:
        return lines
    return _over_price(case, lambda row: order_price(row, subjects))


def over_usual(case: Case, subjects: Subjects) -> Decimal | None:
    """Net above the median of what the vendor billed before in the currency, of all invoices.

    What lines are above their order where the unit of their price slipped.
    """
    if (lines := _over_lines(Kind.UNIT_OR_CURRENCY_SLIP, case, subjects)) is not None:
        return lines
    total = ZERO
    for invoice in case.invoices:
        earlier = earlier_of_vendor(invoice, subjects)
        before = [
            row["net"]
            for row in earlier
            if row["net"] is not None and row["currency"] == invoice["currency"]
        ]
        usual = median(before) if before else ZERO
        total += max((invoice["net"] or ZERO) - usual, ZERO)
    return total


def over_usual_price(case: Case, subjects: Subjects) -> Decimal | None:
    """Price above the median price of the vendor's earlier invoices, times the quantity."""

    def usual(invoice: Row) -> Decimal | None:
        earlier = earlier_of_vendor(invoice, subjects)
        prices = [row["unit_price"] for row in earlier if row["unit_price"] is not None]
        return median(prices) if prices else None

    return _over_price(case, usual)


def disagreement(case: Case, subjects: Subjects) -> Decimal | None:
    """What print and XML disagree by; the whole gross where they name other accounts or payees."""
    if case.paper is None or WHO_IS_PAID & set(case.fields):
        return gross_of_all(case, subjects)
    totals = [name for name in case.fields if name.startswith("totals.")]
    found = [_spread(case.paper, name, subjects) for name in totals]
    return max((amount for amount in found if amount is not None), default=None)


def imbalance(case: Case, subjects: Subjects) -> Decimal | None:
    """What net and tax, or lines and their total, differ by from what is stated."""
    if case.paper is None:
        sums = [row for row in case.invoices if None not in (row["net"], row["tax"], row["gross"])]
        return sum((abs(row["net"] + row["tax"] - row["gross"]) for row in sums), ZERO) or None
    stated = {
        name: decimal_of(subjects.chosen(case.paper, f"totals.{name}"))
        for name in ("lines", "allowances", "charges", "net", "tax", "gross")
    }
    gaps = []
    net, vat, gross, lines = (stated[name] for name in ("net", "tax", "gross", "lines"))
    if net is not None and vat is not None and gross is not None:
        gaps.append(abs(net + vat - gross))
    if net is not None and lines is not None:
        less, more = stated["allowances"] or ZERO, stated["charges"] or ZERO
        gaps.append(abs(lines - less + more - net))
    return max(gaps, default=ZERO) or None


def nothing(case: Case, subjects: Subjects) -> Decimal | None:
    """No amount: the kind is a matter of hygiene or of the trend."""
    del case, subjects
    return None


AT_RISK: Mapping[Kind, Measure] = {
    Kind.HYBRID_MISMATCH: disagreement,
    Kind.ARITHMETIC_ERROR: imbalance,
    Kind.MANDATORY_FIELD_MISSING: tax,  # input tax that cannot be claimed
    Kind.NOT_AN_INVOICE: gross_of_all,
    Kind.DUP_EXACT: gross_of_all,  # of the later invoices alone
    Kind.DUP_RENUMBERED: gross_of_all,
    Kind.DUP_SPLIT: gross_of_all,
    Kind.DUP_CROSS_VENDOR: gross_of_all,
    Kind.DUP_CROSS_ENTITY: gross_of_all,
    Kind.DUP_REREAD: gross_of_all,
    Kind.OVER_CONTRACT_VALUE: over_contract,
    Kind.OUTSIDE_CONTRACT_TERM: gross_of_all,
    Kind.PRICE_ABOVE_CONTRACT: over_contract_price,
    Kind.ESCALATION_EXCEEDED: over_contract_price,
    Kind.PRICE_ABOVE_ORDER: over_order_price,
    Kind.QTY_ABOVE_RECEIPT: over_receipt,
    Kind.NO_RECEIPT: gross_of_all,
    Kind.ORDER_OVERBILLED: over_order,
    Kind.NO_ORDER: gross_of_all,
    Kind.ORDER_AFTER_INVOICE: gross_of_all,
    Kind.UNIT_OR_CURRENCY_SLIP: over_usual,
    Kind.BANK_CHANGED_BEFORE_INVOICE: gross_of_all,
    Kind.IBAN_NOT_OF_VENDOR: gross_of_all,
    Kind.IBAN_SHARED: gross_of_all,
    Kind.IBAN_COUNTRY_MISMATCH: gross_of_all,
    Kind.VENDOR_UNKNOWN: gross_of_all,
    Kind.VENDOR_IMPERSONATED: gross_of_all,
    Kind.VENDOR_REACTIVATED: gross_of_all,
    Kind.GHOST_VENDOR: gross_of_all,
    Kind.SEQUENTIAL_NUMBERS: gross_of_all,
    Kind.SPLIT_UNDER_LIMIT: gross_of_all,
    Kind.JUST_BELOW_LIMIT: gross_of_all,
    Kind.OVER_APPROVAL_LIMIT: gross_of_all,
    Kind.SEGREGATION_OF_DUTIES: gross_of_all,
    Kind.CONFLICT_OF_INTEREST: gross_of_all,
    Kind.INFLATED_PRICE: over_usual_price,
    Kind.VAT_ID_INVALID: tax,
    Kind.VAT_RATE_WRONG: tax,
    Kind.VAT_ON_REVERSE_CHARGE: tax,
    Kind.AMOUNT_OUTLIER: over_usual,
    Kind.PRICE_DRIFT: over_usual_price,
    Kind.RECURRING_MISSED_OR_EXTRA: gross_of_all,
}
"""The measure of each kind; a kind that is not named puts no amount at risk."""


def amount_at_risk(kind: Kind, case: Case, subjects: Subjects) -> Decimal | None:
    """What a finding of this kind could cost, never negative; null if it cannot be said."""
    if not case.invoices and case.paper is None:
        return None
    amount = AT_RISK.get(kind, nothing)(case, subjects)
    return None if amount is None else fitted(amount, AMOUNT)


def _stated(case: Case, subjects: Subjects, name: str) -> Decimal | None:
    amount = decimal_of(subjects.chosen(case.paper, name)) if case.paper else None
    return None if amount is None else abs(amount)


def _over_lines(kind: Kind, case: Case, subjects: Subjects) -> Decimal | None:
    """The variance of the lines that break what a kind is about; null where none is known."""
    column = cost_of(kind)
    found = [
        line[column]
        for invoice in case.invoices
        for line in breaching(subjects.matched_lines.get(invoice["invoice_id"], []), kind)
        if line[column] is not None
    ]
    return sum(found, ZERO) if found else None


def _over_price(case: Case, agreed: Callable[[Row], Decimal | None]) -> Decimal | None:
    excess = []
    for row in case.invoices:
        price = agreed(row)
        if price is not None and row["unit_price"] is not None and row["quantity"] is not None:
            excess.append(max(row["unit_price"] - price, ZERO) * row["quantity"])
    return sum(excess, ZERO) if excess else None


def _spread(paper: Paper, name: str, subjects: Subjects) -> Decimal | None:
    """The difference between the readings of one header field."""
    amounts = []
    for row in subjects.readings(paper):
        if row["field"] == name and row["line"] is None:
            try:
                amounts.append(Decimal(row["value"]))
            except InvalidOperation:
                return None
    return max(amounts) - min(amounts) if len(amounts) > 1 else None
