"""What may differ between synthetic companies: ranges that a seed draws its constants from.

No constant of a company stands in the code that plants or simulates: a model
that learned one company's limits, steps or rates must fail on the next.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from ledgergraph.issues import Kind

Range = tuple[float, float]

WEIGHTS: Mapping[Kind, float] = MappingProxyType(
    {
        Kind.DUP_EXACT: 1.0, Kind.DUP_RENUMBERED: 1.6, Kind.DUP_SPLIT: 1.0,
        Kind.DUP_CROSS_VENDOR: 0.8, Kind.DUP_CROSS_ENTITY: 0.6,
        Kind.OVER_CONTRACT_VALUE: 1.0, Kind.OUTSIDE_CONTRACT_TERM: 1.0,
        Kind.PRICE_ABOVE_CONTRACT: 1.0, Kind.ESCALATION_EXCEEDED: 0.8,
        Kind.PRICE_ABOVE_ORDER: 0.8, Kind.QTY_ABOVE_RECEIPT: 1.0, Kind.ORDER_OVERBILLED: 0.8,
        Kind.UNIT_OR_CURRENCY_SLIP: 0.6, Kind.BANK_CHANGED_BEFORE_INVOICE: 1.0,
        Kind.IBAN_NOT_OF_VENDOR: 1.0, Kind.GHOST_VENDOR: 1.6, Kind.SEQUENTIAL_NUMBERS: 1.0,
        Kind.SPLIT_UNDER_LIMIT: 1.2, Kind.OVER_APPROVAL_LIMIT: 1.0, Kind.ROUND_AMOUNTS: 0.5,
        Kind.AMOUNT_OUTLIER: 0.7, Kind.PRICE_DRIFT: 1.2,
    }
)  # fmt: skip
"""The 22 kinds that a company has by default, and how much of the planted share each gets."""
EVERY_WEIGHT: Mapping[Kind, float] = MappingProxyType(
    {
        **WEIGHTS,
        Kind.NO_RECEIPT: 0.6, Kind.ORDER_AFTER_INVOICE: 0.6, Kind.TERMS_WORSE_THAN_AGREED: 0.6,
        Kind.VENDOR_IMPERSONATED: 0.7, Kind.VENDOR_REACTIVATED: 0.5, Kind.VENDOR_UNKNOWN: 0.5,
        Kind.IBAN_SHARED: 0.8, Kind.CONFLICT_OF_INTEREST: 1.0, Kind.INFLATED_PRICE: 0.8,
        Kind.JUST_BELOW_LIMIT: 0.9, Kind.SEGREGATION_OF_DUTIES: 0.7, Kind.VAT_RATE_WRONG: 0.6,
        Kind.VAT_ON_REVERSE_CHARGE: 0.5, Kind.CREDIT_NOT_APPLIED: 0.5,
        Kind.RECURRING_MISSED_OR_EXTRA: 0.7, Kind.NO_ORDER: 0.5,
    }
)  # fmt: skip
"""Every kind of which invoices are planted, each with its part of the planted share."""
CASES: Mapping[Kind, float] = MappingProxyType(
    {
        Kind.VENDOR_DUPLICATE: 0.7, Kind.VAT_ID_INVALID: 0.7, Kind.DUP_PAYMENT: 1.2,
        Kind.CUTOFF_ERROR: 1.2, Kind.UNUSUAL_JOURNAL_ENTRY: 1.2, Kind.ACCOUNT_OUTLIER: 0.7,
        Kind.STATEMENT_INCONSISTENT: 0.7, Kind.ARITHMETIC_ERROR: 0.9, Kind.HYBRID_MISMATCH: 0.9,
        Kind.WRONG_ADDRESSEE: 0.7, Kind.MANDATORY_FIELD_MISSING: 0.9,
        Kind.REFERENCE_UNMATCHED: 0.7, Kind.IBAN_NOT_OF_VENDOR: 0.7,
        Kind.BANK_CHANGED_BEFORE_INVOICE: 0.7,
    }
)  # fmt: skip
"""Kinds of what is no invoice in the books (vendors, payments, entries, pages): cases for each
thousand invoices."""


@dataclass(frozen=True)
class CompanySettings:
    """Ranges (low, high) of the constants of a company; shares are of one, percentages of 100.

    `hardness` near 1 plants issues that barely differ from what is honest.
    `amount_level` multiplies prices; limits are in whole home currency. `weights` share out
    the planted invoices, `cases` are for each thousand invoices. `keeps_journal` is whether
    there are journal entries, statements, and a record of who entered vendors and orders.
    """

    issue_share: float = 0.055
    look_alikes_per_case: float = 3.0
    weights: Mapping[Kind, float] = field(default_factory=lambda: WEIGHTS)
    cases: Mapping[Kind, float] = field(default_factory=lambda: MappingProxyType({}))
    homes: tuple[str, ...] = ("DE", "FR", "ES", "IT", "PT", "GB")
    hardness: Range = (0.2, 0.8)
    sites: tuple[int, int] = (3, 9)
    foreign_share: Range = (0.05, 0.35)
    amount_level: Range = (0.6, 1.7)
    lowest_limit: Range = (400.0, 5000.0)
    limit_ratio: Range = (1.7, 4.0)
    limit_levels: tuple[int, int] = (3, 5)
    approvers_per_level: tuple[int, int] = (2, 5)
    clerk_noise: Range = (0.0, 0.06)
    late_share: Range = (0.02, 0.10)
    lag_days: Range = (0.5, 7.0)
    receipt_lag_days: Range = (0.2, 5.0)
    step_pct: Range = (0.5, 8.0)
    escalation_pct: Range = (1.0, 5.0)
    tolerance_pct: Range = (1.0, 6.0)
    contract_slack: Range = (1.02, 1.8)
    bank_change_share: Range = (0.10, 0.30)
    credit_share: Range = (0.004, 0.02)
    occasional_share: Range = (0.3, 0.5)
    young_share: Range = (0.08, 0.25)
    terms_days: tuple[int, ...] = (0, 7, 8, 10, 14, 15, 21, 30, 30, 30, 45, 60)
    has_company_levels: float = 0.6
    countries: tuple[str, ...] = ("DE", "FR", "ES", "IT", "PT", "GB")
    framework_share: Range = (0.0, 0.0)
    keeps_journal: bool = False


COMPLETE = replace(
    CompanySettings(),
    issue_share=0.08,
    weights=EVERY_WEIGHT,
    cases=CASES,
    homes=("DE", "FR", "ES", "IT", "PT", "GB", "US"),
    countries=("DE", "FR", "ES", "IT", "PT", "GB", "US"),
    framework_share=(0.1, 0.5),
    keeps_journal=True,
)
"""A company with every kind, of seven countries, that keeps a journal, statements and who entered
what."""
SHIFTED = replace(
    CompanySettings(),
    hardness=(0.55, 0.95),
    sites=(2, 14),
    foreign_share=(0.3, 0.6),
    amount_level=(2.0, 5.0),
    lowest_limit=(5000.0, 25000.0),
    limit_ratio=(3.0, 8.0),
    limit_levels=(2, 4),
    approvers_per_level=(1, 3),
    clerk_noise=(0.05, 0.15),
    late_share=(0.08, 0.25),
    lag_days=(3.0, 18.0),
    receipt_lag_days=(3.0, 14.0),
    step_pct=(4.0, 16.0),
    escalation_pct=(2.0, 12.0),
    tolerance_pct=(2.0, 12.0),
    contract_slack=(1.005, 1.2),
    bank_change_share=(0.3, 0.5),
    occasional_share=(0.15, 0.6),
    young_share=(0.25, 0.5),
    look_alikes_per_case=5.0,
)
"""A company with other habits: longer lags, higher limits, steeper prices, more look-alikes."""
SHIFTED_COMPLETE = replace(
    SHIFTED,
    issue_share=COMPLETE.issue_share,
    weights=COMPLETE.weights,
    cases=COMPLETE.cases,
    homes=COMPLETE.homes,
    countries=COMPLETE.countries,
    framework_share=COMPLETE.framework_share,
    keeps_journal=True,
)
"""The same with every kind."""
