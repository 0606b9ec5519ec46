"""Issues planted in an honest company, and the honest look-alikes of each.

A planted invoice is a draft like any other: it gets its price, tax, number,
approver and id in the same way as honest ones, so that nothing but the relation
to other records tells it. Belongs here: what is wrong. Not here: how honest
companies trade (trade), how drafts become rows (company).
"""

from collections.abc import Mapping

import numpy as np

from ledgergraph.corpora.actors import Case
from ledgergraph.corpora.firm import Firm
from ledgergraph.corpora.planting import (
    accounts,
    agreements,
    amounts,
    authority,
    duplicates,
    orders,
    pages,
    parties,
    payments,
    rhythm,
    schemes,
    tax,
)  # fmt: skip
from ledgergraph.corpora.planting.choosing import Planter, SubjectPlanter
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
    Kind.NO_RECEIPT: orders.nothing_received,
    Kind.ORDER_AFTER_INVOICE: orders.ordered_afterwards,
    Kind.TERMS_WORSE_THAN_AGREED: rhythm.sooner_due,
    Kind.VENDOR_IMPERSONATED: parties.impersonated,
    Kind.VENDOR_REACTIVATED: parties.reactivated,
    Kind.VENDOR_UNKNOWN: parties.unknown,
    Kind.IBAN_SHARED: parties.account_of_another,
    Kind.CONFLICT_OF_INTEREST: parties.of_employee,
    Kind.INFLATED_PRICE: amounts.inflated,
    Kind.JUST_BELOW_LIMIT: authority.just_below,
    Kind.SEGREGATION_OF_DUTIES: authority.both_hands,
    Kind.VAT_RATE_WRONG: tax.wrong_rate,
    Kind.VAT_ON_REVERSE_CHARGE: tax.charged_across_border,
    Kind.CREDIT_NOT_APPLIED: rhythm.credit_as_invoice,
    Kind.RECURRING_MISSED_OR_EXTRA: rhythm.once_more,
    Kind.NO_ORDER: orders.without_order,
}
"""How one case of each kind is planted. The place of a kind seeds it: new ones come last."""
NEED_ALL_AMOUNTS = frozenset(
    {
        Kind.DUP_CROSS_VENDOR, Kind.DUP_CROSS_ENTITY, Kind.DUP_EXACT, Kind.DUP_RENUMBERED,
        Kind.DUP_SPLIT, Kind.OVER_CONTRACT_VALUE,
    }
)  # fmt: skip
"""Planted after the others."""

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
    Kind.UNIT_OR_CURRENCY_SLIP: amounts.much_at_once,
    Kind.ROUND_AMOUNTS: amounts.fees,
    Kind.AMOUNT_OUTLIER: amounts.yearly_bill,
    Kind.SPLIT_UNDER_LIMIT: schemes.several_sites,
    Kind.OVER_APPROVAL_LIMIT: schemes.second_signature,
    Kind.DUP_CROSS_VENDOR: duplicates.branches,
    Kind.DUP_EXACT: duplicates.twice_in_order,
    Kind.DUP_SPLIT: duplicates.part_deliveries,
    Kind.NO_RECEIPT: orders.received_elsewhere,
    Kind.ORDER_AFTER_INVOICE: orders.called_off,
    Kind.TERMS_WORSE_THAN_AGREED: rhythm.new_terms,
    Kind.VENDOR_IMPERSONATED: parties.namesake,
    Kind.VENDOR_REACTIVATED: parties.seasonal,
    Kind.VENDOR_UNKNOWN: parties.awaiting,
    Kind.IBAN_SHARED: parties.account_of_factor,
    Kind.CONFLICT_OF_INTEREST: parties.of_neighbour,
    Kind.INFLATED_PRICE: amounts.dearer_for_good,
    Kind.JUST_BELOW_LIMIT: authority.list_price_below,
    Kind.SEGREGATION_OF_DUTIES: authority.compensated,
    Kind.VAT_RATE_WRONG: tax.mixed_rates,
    Kind.VAT_ON_REVERSE_CHARGE: tax.registered_here,
    Kind.CREDIT_NOT_APPLIED: rhythm.corrected,
    Kind.RECURRING_MISSED_OR_EXTRA: rhythm.caught_up,
    Kind.NO_ORDER: orders.small_purchases,
}
"""How more look-alikes of a kind are made where honest trade has not enough of them."""

MISSES = 30
"""So often in a row a kind may find no room in a company before it is given up."""


def plant(firm: Firm) -> None:
    """Plant issues of every kind until each has its share of the invoices, and look-alikes of each.

    What is planted later may use up a look-alike, so that some are made anew at the end.
    Contracts get their values last, because everything billed counts against them.
    """
    total, weights = len(firm.drafts), firm.settings.weights
    share = firm.settings.issue_share * total / (sum(weights.values()) or 1.0)
    places = {kind: place for place, kind in enumerate(PLANTERS)}
    for kind in sorted(PLANTERS, key=lambda kind: kind in NEED_ALL_AMOUNTS):
        _plant_kind(firm, places[kind], kind, share * weights.get(kind, 0.0))
    for kind, place in places.items():
        _resemble_kind(firm, np.random.default_rng([firm.seed, 19, place]), kind)
    agreements.fix_values(firm, np.random.default_rng([firm.seed, 12]))
    _plant_subjects(firm, VENDOR_PLANTERS, "vendors", 16)


def plant_late(firm: Firm) -> None:
    """Plant what follows from books that stand already: ids are given, invoices are paid."""
    _plant_subjects(firm, PAYMENT_PLANTERS, "payments", 17)


def _plant_kind(firm: Firm, place: int, kind: Kind, wanted: float) -> None:
    """Plant cases, each with its look-alikes, until there are enough of them or no room is left.

    Look-alikes are made beside each case: were all cases planted first, a small company would
    have no room left for what only looks like them.
    """
    rng = np.random.default_rng([firm.seed, 11, place])
    alike = np.random.default_rng([firm.seed, 14, place])
    existing = _resembling(firm, kind)
    planted = misses = 0
    while planted + 0.5 < wanted and misses < MISSES:
        firm.reach = None
        case = PLANTERS[kind](firm, rng)
        misses = 0 if case else misses + 1
        planted += len(case)
        for draft in case:
            draft.kinds.add(kind)
        if case:
            firm.cases.append(Case(kind, "invoices", tuple(case), difficulty(firm)))
            existing, has_room = _resemble(firm, alike, kind, planted, existing)
            if not has_room:
                return


def difficulty(firm: Firm) -> float:
    """How hard the case just made is to see: by its size, else by the company's hardness."""
    return round(1 - firm.reach if firm.reach is not None else firm.manners.hardness, 3)


def _resemble_kind(firm: Firm, rng: np.random.Generator, kind: Kind) -> None:
    """Make look-alikes until there are as many for each planted invoice as the settings say."""
    planted = sum(kind in draft.kinds for draft in firm.drafts)
    _resemble(firm, rng, kind, planted, _resembling(firm, kind))


def _resembling(firm: Firm, kind: Kind) -> int:
    return sum(kind in draft.resembles and not draft.kinds for draft in firm.drafts)


def _resemble(
    firm: Firm, rng: np.random.Generator, kind: Kind, planted: int, existing: int
) -> tuple[int, bool]:
    """Make look-alikes of so many planted invoices: how many there are then, and whether the
    company had room for them."""
    wanted = planted * firm.settings.look_alikes_per_case if kind in RESEMBLERS else 0.0
    misses = 0
    while existing + 0.5 < wanted and misses < MISSES:
        alike = [d for d in RESEMBLERS[kind](firm, rng) if kind not in d.resembles]
        misses = 0 if alike else misses + 1
        existing += len(alike)
        for draft in alike:
            draft.resembles.add(kind)
    return existing, misses < MISSES


def wanted_cases(firm: Firm, kind: Kind) -> int:
    """How many cases a company of this size has of a kind that is counted by cases, at least one
    where there is any."""
    rate = firm.settings.cases.get(kind, 0.0)
    return max(1, round(rate * len(firm.drafts) / 1000)) if rate else 0


def _plant_subjects(
    firm: Firm,
    planters: Mapping[Kind, tuple[SubjectPlanter, SubjectPlanter]],
    table: str,
    part: int,
) -> None:
    """Plant cases about what is no invoice, and so many look-alikes of each."""
    for place, (kind, (planter, resembler)) in enumerate(planters.items()):
        rng = np.random.default_rng([firm.seed, part, place])
        wanted, planted = wanted_cases(firm, kind), 0
        for _ in range(wanted + MISSES if wanted else 0):
            firm.reach = None
            if planted < wanted and (case := planter(firm, rng)):
                firm.cases.append(Case(kind, table, tuple(case), difficulty(firm)))
                planted += 1
        alike = round(planted * firm.settings.look_alikes_per_case)
        for _ in range(alike + MISSES if alike else 0):
            if alike > 0 and (case := resembler(firm, rng)):
                firm.cases.append(Case(kind, table, tuple(case), None, True))
                alike -= len(case)


def plant_pages(sheaf: pages.Sheaf) -> None:
    """Plant on papers; their cases are named by invoice."""
    firm = sheaf.firm
    for place, (kind, (planter, resembler)) in enumerate(pages.PAGE_PLANTERS.items()):
        rng = np.random.default_rng([firm.seed, 18, place])
        wanted = wanted_cases(firm, kind)
        for _ in range(wanted):
            firm.reach = None
            if case := planter(sheaf, rng):
                firm.cases.append(Case(kind, "documents", tuple(case), difficulty(firm)))
        for _ in range(round(wanted * firm.settings.look_alikes_per_case)):
            if case := resembler(sheaf, rng):
                firm.cases.append(Case(kind, "documents", tuple(case), None, True))


VENDOR_PLANTERS: Mapping[Kind, tuple[SubjectPlanter, SubjectPlanter]] = {
    Kind.VENDOR_DUPLICATE: (parties.second_record, parties.other_branch),
    Kind.VAT_ID_INVALID: (parties.bad_vat_id, parties.odd_vat_id),
}
PAYMENT_PLANTERS: Mapping[Kind, tuple[SubjectPlanter, SubjectPlanter]] = {
    Kind.DUP_PAYMENT: (payments.paid_twice, payments.paid_in_two),
    Kind.IBAN_NOT_OF_VENDOR: (payments.to_stranger, payments.to_former_account),
    Kind.BANK_CHANGED_BEFORE_INVOICE: (payments.to_fresh_account, payments.to_verified_account),
}
"""Kinds whose cases are no invoices: how one is planted, and how a look-alike is made."""
