"""One event, one finding: which kinds are effects of which, and what one event of a kind is.

Data and two lookups. Not here: how findings are made (findings).
"""

from collections.abc import Mapping
from typing import NamedTuple

from ledgergraph.issues import Kind

DUPLICATE_KINDS = frozenset(
    {
        Kind.DUP_EXACT,
        Kind.DUP_RENUMBERED,
        Kind.DUP_SPLIT,
        Kind.DUP_CROSS_VENDOR,
        Kind.DUP_CROSS_ENTITY,
        Kind.DUP_REREAD,
    }
)
"""Kinds of a claim recorded twice, as pairs of invoices show them."""

WEAK = frozenset(
    {
        Kind.IBAN_COUNTRY_MISMATCH,
        Kind.VENDOR_REACTIVATED,
        Kind.SEQUENTIAL_NUMBERS,
        Kind.APPROVER_CONCENTRATION,
        Kind.ROUND_AMOUNTS,
        Kind.ACTIVITY_FLURRY,
        Kind.NO_ORDER,
    }
)
"""Kinds that say little alone: a rule of theirs adds a reason to a finding, and makes none."""

# A second claim for one delivery exceeds whatever limited the first.
_OF_A_CLAIM_MADE_TWICE = frozenset(
    {
        Kind.AMOUNT_OUTLIER,
        Kind.OVER_CONTRACT_VALUE,
        Kind.ORDER_OVERBILLED,
        Kind.QTY_ABOVE_RECEIPT,
        Kind.NO_RECEIPT,
        Kind.RECURRING_MISSED_OR_EXTRA,
        Kind.ACTIVITY_FLURRY,
        Kind.SPLIT_UNDER_LIMIT,
    }
)
_OF_A_PRICE = frozenset(
    {Kind.INFLATED_PRICE, Kind.PRICE_DRIFT, Kind.AMOUNT_OUTLIER, Kind.PRICE_ABOVE_ORDER}
)
_OF_A_PAPER_VENDOR = frozenset(
    {
        Kind.SEQUENTIAL_NUMBERS,
        Kind.IBAN_SHARED,
        Kind.CONFLICT_OF_INTEREST,
        Kind.ROUND_AMOUNTS,
        Kind.APPROVER_CONCENTRATION,
        Kind.AMOUNT_OUTLIER,
        Kind.NO_ORDER,
        Kind.VENDOR_REACTIVATED,
    }
)

EFFECTS: Mapping[Kind, frozenset[Kind]] = {
    Kind.HYBRID_MISMATCH: frozenset({Kind.ARITHMETIC_ERROR, Kind.EINVOICE_RULE_BROKEN}),
    Kind.ARITHMETIC_ERROR: frozenset({Kind.EINVOICE_RULE_BROKEN}),
    **dict.fromkeys(DUPLICATE_KINDS, _OF_A_CLAIM_MADE_TWICE),
    # Two records of one party share its account.
    Kind.DUP_CROSS_VENDOR: _OF_A_CLAIM_MADE_TWICE | {Kind.IBAN_SHARED},
    Kind.DUP_REREAD: _OF_A_CLAIM_MADE_TWICE | {Kind.DUP_EXACT, Kind.DUP_RENUMBERED},
    Kind.BANK_CHANGED_BEFORE_INVOICE: frozenset(
        {Kind.IBAN_NOT_OF_VENDOR, Kind.IBAN_COUNTRY_MISMATCH}
    ),
    Kind.IBAN_NOT_OF_VENDOR: frozenset({Kind.IBAN_COUNTRY_MISMATCH}),
    Kind.VENDOR_IMPERSONATED: frozenset(
        {Kind.IBAN_NOT_OF_VENDOR, Kind.IBAN_COUNTRY_MISMATCH, Kind.VENDOR_UNKNOWN}
    ),
    Kind.GHOST_VENDOR: _OF_A_PAPER_VENDOR,
    Kind.UNIT_OR_CURRENCY_SLIP: _OF_A_PRICE
    | {
        Kind.PRICE_ABOVE_CONTRACT,
        Kind.ESCALATION_EXCEEDED,
        Kind.OVER_CONTRACT_VALUE,
        Kind.ORDER_OVERBILLED,
        Kind.QTY_ABOVE_RECEIPT,
        Kind.OVER_APPROVAL_LIMIT,
    },
    Kind.PRICE_ABOVE_CONTRACT: _OF_A_PRICE | {Kind.ESCALATION_EXCEEDED},
    Kind.ESCALATION_EXCEEDED: _OF_A_PRICE,
    Kind.PRICE_ABOVE_ORDER: frozenset({Kind.INFLATED_PRICE, Kind.AMOUNT_OUTLIER}),
    Kind.INFLATED_PRICE: frozenset({Kind.PRICE_DRIFT, Kind.AMOUNT_OUTLIER}),
    Kind.PRICE_DRIFT: frozenset({Kind.AMOUNT_OUTLIER}),
    Kind.OVER_CONTRACT_VALUE: frozenset({Kind.AMOUNT_OUTLIER}),
    Kind.ORDER_OVERBILLED: frozenset({Kind.AMOUNT_OUTLIER, Kind.NO_RECEIPT}),
    Kind.QTY_ABOVE_RECEIPT: frozenset(
        {Kind.AMOUNT_OUTLIER, Kind.NO_RECEIPT, Kind.ORDER_OVERBILLED}
    ),
    Kind.SPLIT_UNDER_LIMIT: frozenset({Kind.JUST_BELOW_LIMIT, Kind.ACTIVITY_FLURRY}),
}
"""The kinds that a finding of a kind explains on the same invoice or paper."""


class Event(NamedTuple):
    """What one event of a kind is about: the table of its subject, and the columns of an
    invoice that name it. Invoices that agree in them, no more than `window_days` from one to
    the next, are one event."""

    table: str
    columns: tuple[str, ...]
    window_days: int | None = None


OF_AN_INVOICE = Event("invoices", ("invoice_id",))
_OF_A_VENDOR = Event("vendors", ("vendor_id",))
_OF_AN_ACCOUNT = Event("vendors", ("vendor_id", "iban"))
_OF_A_CONTRACT = Event("contracts", ("contract_id",))
_OF_AN_ORDER = Event("purchase_orders", ("order_id",))

EVENTS: Mapping[Kind, Event] = {
    Kind.OVER_CONTRACT_VALUE: _OF_A_CONTRACT,
    Kind.ESCALATION_EXCEEDED: _OF_A_CONTRACT,
    Kind.ORDER_OVERBILLED: _OF_AN_ORDER,
    Kind.QTY_ABOVE_RECEIPT: _OF_AN_ORDER,
    Kind.BANK_CHANGED_BEFORE_INVOICE: _OF_AN_ACCOUNT,
    Kind.IBAN_NOT_OF_VENDOR: _OF_AN_ACCOUNT,
    Kind.IBAN_SHARED: _OF_A_VENDOR,
    Kind.IBAN_COUNTRY_MISMATCH: _OF_A_VENDOR,
    Kind.VENDOR_IMPERSONATED: _OF_A_VENDOR,
    Kind.VENDOR_REACTIVATED: _OF_A_VENDOR,
    Kind.GHOST_VENDOR: _OF_A_VENDOR,
    Kind.CONFLICT_OF_INTEREST: _OF_A_VENDOR,
    Kind.SEQUENTIAL_NUMBERS: _OF_A_VENDOR,
    Kind.APPROVER_CONCENTRATION: _OF_A_VENDOR,
    Kind.ROUND_AMOUNTS: _OF_A_VENDOR,
    Kind.PRICE_DRIFT: _OF_A_VENDOR,
    Kind.SPLIT_UNDER_LIMIT: Event("vendors", ("vendor_id", "approver"), window_days=30),
    Kind.JUST_BELOW_LIMIT: Event("vendors", ("vendor_id", "approver")),
}
"""Kinds whose event may span several invoices; all others are about one invoice."""


def explains(cause: Kind, effect: Kind) -> bool:
    """Whether a finding of one kind makes one of the other needless on the same subject."""
    return effect in EFFECTS.get(cause, frozenset())
