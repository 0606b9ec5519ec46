"""What a finding of a kind states of an invoice, in numbers that the records show.

One function per kind, from the records as known on the invoice's day; null where
they do not show it, so that no finding states what a reader cannot check. Clauses
follow the name of the invoice and a colon. Not here: the words of features
(phrases), which drafts become findings (findings).
"""

from collections.abc import Callable, Mapping

from ledgergraph.anomalies.statements import agreements, approvals, parties, series
from ledgergraph.anomalies.statements.pairs import pair_sentence, parts_sentence
from ledgergraph.anomalies.subjects import Measures, Row, Subjects
from ledgergraph.issues import Kind

Statement = Callable[[Row, Subjects, Measures], str | None]

STATEMENTS: Mapping[Kind, Statement] = {
    Kind.OVER_CONTRACT_VALUE: agreements.over_contract_value,
    Kind.OUTSIDE_CONTRACT_TERM: agreements.outside_contract_term,
    Kind.PRICE_ABOVE_CONTRACT: agreements.price_above_contract,
    Kind.ESCALATION_EXCEEDED: agreements.price_above_contract,
    Kind.PRICE_ABOVE_ORDER: agreements.price_above_order,
    Kind.QTY_ABOVE_RECEIPT: agreements.quantity_above_receipt,
    Kind.NO_RECEIPT: agreements.no_receipt,
    Kind.ORDER_OVERBILLED: agreements.order_overbilled,
    Kind.ORDER_AFTER_INVOICE: agreements.order_after_invoice,
    Kind.UNIT_OR_CURRENCY_SLIP: series.unit_or_currency_slip,
    Kind.BANK_CHANGED_BEFORE_INVOICE: parties.bank_changed,
    Kind.IBAN_NOT_OF_VENDOR: parties.account_not_of_vendor,
    Kind.IBAN_SHARED: parties.account_shared,
    Kind.VENDOR_REACTIVATED: parties.vendor_reactivated,
    Kind.SPLIT_UNDER_LIMIT: approvals.split_under_limit,
    Kind.OVER_APPROVAL_LIMIT: approvals.over_approval_limit,
    Kind.INFLATED_PRICE: series.inflated_price,
    Kind.AMOUNT_OUTLIER: series.amount_outlier,
    Kind.PRICE_DRIFT: series.price_drift,
}
"""The kinds that the records themselves show; all others speak through features."""

__all__ = ["STATEMENTS", "Statement", "pair_sentence", "parts_sentence"]
