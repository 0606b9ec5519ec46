"""What one invoice says by itself. Alone, this family is the baseline for all others."""

import numpy as np

from ledgergraph.datasets.declared import Feature, log_ratio, ratio
from ledgergraph.graph.asof import EVER, RANK
from ledgergraph.graph.frames import Floats, Ledger, day_of_month
from ledgergraph.graph.parts import across
from ledgergraph.issues import Kind

FAMILY = "own"
LIMIT_STEPS = np.array([1.0, 2.0, 2.5, 3.0, 4.0, 5.0, 7.5, 10.0])
"""Leading figures of amounts that people choose as limits."""


LOCAL = frozenset({
    "amount_rank", "issue_weekday", "issue_day", "tax_rate", "line_count", "quantity_fraction",
    "number_length", "number_letters", "has_quantity", "service_days",
})  # fmt: skip
"""Features that mean something within one company only."""


def _feature(name: str, sentence: str, unit: str, *kinds: Kind) -> Feature:
    return Feature(name, sentence, unit, FAMILY, kinds, name not in LOCAL)


FEATURES = (
    _feature("amount_rank", "share of earlier invoices with a smaller amount", "share"),
    _feature("is_credit_note", "whether it is a credit note", "flag"),
    _feature("net_zeros", "zeros at the end of the net amount, counted from the cents", "count",
             Kind.ROUND_AMOUNTS),
    _feature("gross_zeros", "zeros at the end of the gross amount, counted from the cents",
             "count", Kind.ROUND_AMOUNTS),
    _feature("net_digits_share", "share of the net amount's digits that are zeros at its end",
             "share", Kind.ROUND_AMOUNTS),
    _feature("below_round_net", "distance of net to the next round figure above it, relative",
             "ratio", Kind.JUST_BELOW_LIMIT),
    _feature("below_round_gross", "distance of gross to the next round figure above it, relative",
             "ratio", Kind.JUST_BELOW_LIMIT),
    _feature("terms_days", "days from issue to due date", "days", Kind.TERMS_WORSE_THAN_AGREED),
    _feature("arrival_lag", "days from issue to arrival", "days", Kind.CUTOFF_ERROR),
    _feature("issue_weekday", "day of the week of issue, Monday 0", "weekday"),
    _feature("issue_day", "day of the month of issue", "day"),
    _feature("tax_rate", "tax rate stated", "percent", Kind.VAT_RATE_WRONG),
    _feature("tax_gap", "tax minus net times rate, relative to net", "ratio",
             Kind.ARITHMETIC_ERROR, Kind.VAT_RATE_WRONG),
    _feature("total_gap", "gross minus net and tax, relative to net", "ratio",
             Kind.ARITHMETIC_ERROR),
    _feature("product_gap", "log of net over quantity times unit price", "log10",
             Kind.ARITHMETIC_ERROR, Kind.UNIT_OR_CURRENCY_SLIP),
    _feature("line_count", "lines on the invoice", "count"),
    _feature("quantity_fraction", "part of the quantity after the decimal point", "ratio"),
    _feature("number_length", "characters of the invoice number", "count"),
    _feature("number_letters", "share of letters in the invoice number", "share"),
    _feature("number_suffix", "whether the number ends in a letter or in a mark and one sign",
             "flag", Kind.DUP_RENUMBERED, Kind.DUP_SPLIT),
    _feature("has_order", "whether it names an order", "flag", Kind.NO_ORDER),
    _feature("has_contract", "whether it names a contract", "flag"),
    _feature("has_quantity", "whether it states a quantity", "flag"),
    _feature("service_lag", "days from the end of the service period to issue", "days",
             Kind.CUTOFF_ERROR),
    _feature("service_days", "days of the service period", "days"),
)  # fmt: skip


def compute(ledger: Ledger) -> dict[str, Floats]:
    """The values in order of arrival."""
    row = ledger.values
    net, gross, tax = row("net"), row("gross"), row("tax")
    length, day, rate = row("number_length"), row("day"), row("tax_rate")
    product = row("quantity") * row("unit_price")
    service_end = row("period_end")
    return {
        "amount_rank": across(ledger, "amount_rank", None, RANK, np.abs(row("amount"))),
        "is_credit_note": row("is_credit").astype(np.float64),
        "net_zeros": trailing_zeros(net),
        "gross_zeros": trailing_zeros(gross),
        "net_digits_share": ratio(trailing_zeros(net), _digits(net)),
        "below_round_net": below_round(net),
        "below_round_gross": below_round(gross),
        "terms_days": row("due_date") - day,
        "arrival_lag": row("received_on") - row("issue_date"),
        "issue_weekday": np.mod(day + 3.0, 7.0),  # 1 January 1970 was a Thursday
        "issue_day": day_of_month(day),
        "tax_rate": rate,
        "tax_gap": ratio(np.abs(tax - net * rate / 100.0), np.abs(net)),
        "total_gap": ratio(np.abs(gross - net - tax), np.abs(net)),
        "product_gap": log_ratio(np.abs(net), np.abs(product)),
        "line_count": row("lines"),
        "quantity_fraction": np.mod(row("quantity"), 1.0),
        "number_length": length,
        "number_letters": ratio(row("number_letters"), length),
        "number_suffix": row("number_suffix"),
        "has_order": _stated(ledger, "order_id"),
        "has_contract": _stated(ledger, "contract_id"),
        "has_quantity": _stated(ledger, "quantity"),
        "service_lag": day - service_end,
        "service_days": service_end - row("period_start"),
    }


def witnesses(ledger: Ledger, at: int, feature: str) -> list[str]:
    """The invoice alone; for a rank it is compared with all that came before."""
    return ledger.records("invoices", np.array([at]))


def trailing_zeros(amounts: Floats) -> Floats:
    """Zeros at the end of an amount in cents, 0 to 8: 1200.00 has 4, 99.95 has none."""
    with np.errstate(invalid="ignore"):
        cents = np.round(np.abs(amounts) * 100.0)
        zeros = np.zeros(len(cents))
        for power in range(1, 9):
            zeros += (np.mod(cents, 10.0**power) == 0) & (cents > 0)
    return np.where(np.isnan(amounts), np.nan, zeros)


def _digits(amounts: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.floor(np.log10(np.round(np.abs(amounts) * 100.0))) + 1.0


def below_round(amounts: Floats) -> Floats:
    """How far the next round figure lies above, relative to it: 4,950 is .01 below 5,000."""
    with np.errstate(invalid="ignore", divide="ignore"):
        size = np.abs(amounts)
        scale = 10.0 ** np.floor(np.log10(size))
        lead = size / scale
        place = np.searchsorted(LIMIT_STEPS, lead, side="right")
        step = LIMIT_STEPS[np.minimum(place, len(LIMIT_STEPS) - 1)]
        return np.where(size > 0, (step - lead) / step, np.nan)


def _stated(ledger: Ledger, column: str) -> Floats:
    """Whether a column is filled; NaN as long as this company has never filled it."""
    flag = ledger.is_stated(column).astype(np.float64)
    return np.where(across(ledger, f"{column}_ever", None, EVER, flag) > 0, flag, np.nan)
