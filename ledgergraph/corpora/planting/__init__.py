"""Issues planted in an honest company, and the honest look-alikes of each.

A planted invoice is a draft like any other: it gets its price, tax, number,
approver and id in the same way as honest ones, so that nothing but the relation
to other records tells it. Belongs here: what is wrong. Not here: how honest
companies trade (trade), how drafts become rows (company).
"""

from collections.abc import Mapping

import numpy as np

from ledgergraph.corpora.firm import Firm
from ledgergraph.corpora.planting import (
    accounts,
    agreements,
    amounts,
    duplicates,
    orders,
    schemes,
)  # fmt: skip
from ledgergraph.corpora.planting.choosing import Planter
from ledgergraph.issues import Kind

PLANTERS: Mapping[Kind, Planter] = {
    Kind.GHOST_VENDOR: schemes.ghost_ring,
    Kind.SEQUENTIAL_NUMBERS: schemes.sequential,
    Kind.BANK_CHANGED_BEFORE_INVOICE: accounts.changed_before,
    Kind.IBAN_NOT_OF_VENDOR: accounts.not_of_vendor,
    Kind.PRICE_DRIFT: amounts.drift,
    Kind.OUTSIDE_CONTRACT_TERM: agreements.outside_term,
    Kind.ESCALATION_EXCEEDED: agreements.escalated,
    Kind.PRICE_ABOVE_CONTRACT: agreements.price_above,
    Kind.PRICE_ABOVE_ORDER: orders.price_above,
    Kind.QTY_ABOVE_RECEIPT: orders.above_receipt,
    Kind.ORDER_OVERBILLED: orders.overbilled,
    Kind.UNIT_OR_CURRENCY_SLIP: amounts.slip,
    Kind.ROUND_AMOUNTS: amounts.round_sum,
    Kind.AMOUNT_OUTLIER: amounts.outlier,
    Kind.SPLIT_UNDER_LIMIT: schemes.split_purchase,
    Kind.OVER_APPROVAL_LIMIT: schemes.over_limit,
    Kind.DUP_CROSS_VENDOR: duplicates.cross_vendor,
    Kind.DUP_CROSS_ENTITY: duplicates.cross_entity,
    Kind.DUP_EXACT: duplicates.exact,
    Kind.DUP_RENUMBERED: duplicates.renumbered,
    Kind.DUP_SPLIT: duplicates.split,
    Kind.OVER_CONTRACT_VALUE: agreements.over_value,
}
"""How one case of each kind is planted, in this order: the last ones need all amounts."""

RESEMBLERS: Mapping[Kind, Planter] = {
    Kind.GHOST_VENDOR: schemes.small_vendors,
    Kind.SEQUENTIAL_NUMBERS: schemes.few_customers,
    Kind.BANK_CHANGED_BEFORE_INVOICE: accounts.changed,
    Kind.IBAN_NOT_OF_VENDOR: accounts.unlogged,
    Kind.PRICE_DRIFT: amounts.list_rise,
    Kind.OUTSIDE_CONTRACT_TERM: agreements.prolonged,
    Kind.ESCALATION_EXCEEDED: agreements.escalated_by_clause,
    Kind.PRICE_ABOVE_CONTRACT: agreements.within_tolerance,
    Kind.PRICE_ABOVE_ORDER: orders.cents_above,
    Kind.QTY_ABOVE_RECEIPT: orders.late_receipt,
    Kind.ORDER_OVERBILLED: orders.changed_order,
    Kind.UNIT_OR_CURRENCY_SLIP: orders.bulk_order,
    Kind.ROUND_AMOUNTS: amounts.fees,
    Kind.AMOUNT_OUTLIER: amounts.yearly_bill,
    Kind.SPLIT_UNDER_LIMIT: schemes.several_sites,
    Kind.OVER_APPROVAL_LIMIT: schemes.second_signature,
    Kind.DUP_CROSS_VENDOR: duplicates.branches,
    Kind.DUP_EXACT: duplicates.twice_in_order,
    Kind.DUP_SPLIT: duplicates.part_deliveries,
}
"""How more look-alikes of a kind are made where honest trade has not enough of them."""

MISSES = 12
"""So often in a row a kind may find no room in a company before it is given up."""


def plant(firm: Firm) -> None:
    """Plant issues and look-alikes of every kind until each has its share of the invoices.

    Contracts get their values last, because everything billed counts against them.
    """
    total, weights = len(firm.drafts), firm.settings.weights
    share = firm.settings.issue_share * total / (sum(weights.values()) or 1.0)
    for place, kind in enumerate(PLANTERS):
        wanted = share * weights.get(kind, 0.0)
        _plant_kind(firm, np.random.default_rng([firm.seed, 11, place]), kind, wanted)
        if kind in RESEMBLERS:
            alike = wanted * firm.settings.look_alikes_per_case
            _resemble_kind(firm, np.random.default_rng([firm.seed, 14, place]), kind, alike)
    agreements.fix_values(firm, np.random.default_rng([firm.seed, 12]))


def _plant_kind(firm: Firm, rng: np.random.Generator, kind: Kind, wanted: float) -> None:
    planted = misses = 0
    while planted + 0.5 < wanted and misses < MISSES:
        case = PLANTERS[kind](firm, rng)
        misses = 0 if case else misses + 1
        planted += len(case)
        for draft in case:
            draft.kinds.add(kind)


def _resemble_kind(firm: Firm, rng: np.random.Generator, kind: Kind, wanted: float) -> None:
    existing = sum(kind in draft.resembles for draft in firm.drafts)
    misses = 0
    while existing + 0.5 < wanted and misses < MISSES:
        alike = RESEMBLERS[kind](firm, rng)
        misses = 0 if alike else misses + 1
        existing += len(alike)
        for draft in alike:
            draft.resembles.add(kind)
