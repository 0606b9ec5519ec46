"""What the value of a measure says where it is a sign of something, as a clause.

A feature speaks for its kinds only where its value holds against a test: seven
earlier invoices on an account are no sign of a new one, however much they moved
a model. Features that are not named here are never a sign by themselves. Not
here: what a kind states from the records (statements), how numbers are written
(wording).
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from ledgergraph.anomalies.wording import against, counted, days, percent, repeatedly

Test = Callable[[float], bool]


class Phrase(NamedTuple):
    """When a value is a sign, and what it then says; the clause follows a colon."""

    is_sign: Test
    says: Callable[[float], str]


def above(least: float) -> Test:
    """Whether a value lies above a bound."""
    return lambda value: value > least


def below(most: float) -> Test:
    """Whether a value lies below a bound."""
    return lambda value: value < most


def beyond(size: float) -> Test:
    """Whether a value lies further from zero than a bound, either way."""
    return lambda value: abs(value) > size


def _yes(clause: str) -> Phrase:
    return Phrase(bool, lambda value: clause)


def _no(clause: str) -> Phrase:
    return Phrase(lambda value: not value, lambda value: clause)


def _ratio(subject: str, other: str, is_sign: Test) -> Phrase:
    """A logarithm of one thing over another."""
    return Phrase(is_sign, lambda value: f"{subject} is {against(10**value, other)}")


def _some(noun: str, plural: str, rest: str) -> Phrase:
    """A count that is a sign from one on."""
    return Phrase(above(0.5), lambda value: f"{counted(round(value), noun, plural)} {rest}")


def _share(is_sign: Test, of: str) -> Phrase:
    return Phrase(is_sign, lambda value: f"{percent(value)} of {of}")


def _invoices(rest: str) -> Phrase:
    return _some("earlier invoice", "earlier invoices", rest)


def _vendors(rest: str) -> Phrase:
    return _some("other vendor has", "other vendors have", rest)


def _alike(least: float, rest: str) -> Phrase:
    """A similarity in [0, 1]."""
    return Phrase(
        lambda value: value >= least,
        lambda value: f"{rest} {'the same' if value > ALL_BUT else f'{percent(value)} alike'}",
    )


ALL_BUT = 0.9995
"""From this similarity on, two things are the same."""


def _past(least: float, subject: str) -> Phrase:
    return Phrase(above(least), lambda value: f"{subject} {days(value)}")


def count_of(log_count: float) -> int:
    """The count whose logarithm is kept: log10(1 + n)."""
    return round(10**log_count - 1)


def seldom(log_rarity: float) -> str:
    """Once in how many, of log10 of that; beyond a million nobody can tell, nor cares."""
    return f"one in {10**log_rarity:,.0f}" if log_rarity < 6 else "fewer than one in a million"


def _rise(log_rise: float) -> str:
    return percent(10**log_rise - 1)


PRICE = "its unit price"
A_NUMBER = "the vendor's invoice numbers"

PHRASES: Mapping[str, Phrase] = {
    # The invoice alone
    "net_zeros": Phrase(above(3.5), lambda v: f"its net amount ends in {round(v)} zeros"),
    "net_digits_share": _share(above(0.6), "its net amount's digits are zeros at the end"),
    "zeros_change": Phrase(above(2), lambda v: f"its net amount ends in {v:.0f} zeros more than "
                           "the vendor's do on average"),
    "zeros_usual": Phrase(above(2), lambda v: "the vendor's net amounts end in "
                          f"{v:.0f} zeros on average"),
    "arrival_lag": _past(45, "it arrived late: after"),
    "service_lag": _past(45, "it was issued late: after the service period by"),
    "product_gap": _ratio("its net amount", "quantity times unit price", beyond(0.05)),
    "number_suffix": _yes("its number ends in a letter or mark of its own"),
    "total_gap": _share(above(0.005), "net is what gross differs by from net and tax"),
    # The vendor's own history
    "vendor_age": Phrase(below(2.26), lambda v: "the vendor's first invoice came only "
                         f"{days(count_of(v))} before"),
    "vendor_silence": _ratio("the time since the vendor's last invoice", "its usual spacing",
                             above(0.6)),
    "vendor_gap_days": Phrase(above(180), lambda v: f"the vendor had been silent for {days(v)}"),
    "amount_deviation": Phrase(above(3), lambda v: f"it lies {v:.0f} times the usual spread above "
                               "the vendor's median amount"),
    "amount_to_median": _ratio("its amount", "the vendor's median", above(0.3)),
    "amount_to_largest": _ratio("its amount", "the vendor's largest until then", above(0.02)),
    "vendor_amount_rank": _share(above(0.98), "the vendor's earlier amounts are smaller"),
    "price_to_median": _ratio(PRICE, "the median of the vendor's earlier ones", above(0.01)),
    "price_to_previous": _ratio(PRICE, "the one before", above(0.004)),
    "price_to_first": _ratio(PRICE, "the first in the series", above(0.01)),
    "price_to_year_ago": _ratio(PRICE, "that of a year before", above(0.01)),
    "price_rises": _share(above(0.25), "the steps in the vendor's prices are rises"),
    "price_rises_in_a_row": Phrase(above(2.5), lambda v: f"the price rose {repeatedly(round(v))} "
                                   "in a row"),
    "price_trend": Phrase(above(4), lambda v: "the price rises steadily, "
                          f"{v:.0f} times what chance would give"),
    "price_drift": Phrase(above(0.01), lambda v: f"over the series the price rose by {_rise(v)}"),
    "item_step": _ratio(PRICE, "the last one for the item", above(0.004)),
    "item_creep": Phrase(above(0.01), lambda v: "over the item's last ten invoices its price rose "
                         f"by {_rise(v)}"),
    "item_creep_to_peers": Phrase(above(0.01), lambda v: "its price rose by "
                                  f"{_rise(v)} more than items of its category did"),
    "item_creep_steps": Phrase(above(2.5), lambda v: f"it rose {repeatedly(round(v))} in these ten "
                               "invoices"),
    "item_largest_step": Phrase(lambda v: 0 < v < 0.5, lambda v: "its largest step is "
                                f"{percent(v)} of the rise"),
    "item_rise": Phrase(above(0.01), lambda v: "since its first invoice the item's price rose by "
                        f"{_rise(v)}"),
    "item_rise_share": _share(above(0.3), "the steps in the item's price are rises"),
    "quantity_to_median": _ratio("its quantity", "the vendor's median", beyond(0.6)),
    "currency_share": Phrase(below(0.2), lambda v: "hardly any earlier invoice of the vendor is in "
                             "this currency"),
    "recent_pace": _ratio("the number of the vendor's invoices within 30 days", "the usual one",
                          above(0.4)),
    "equal_amount_days": Phrase(below(40), lambda v: "the vendor billed this amount "
                                f"{days(v)} before"),
    "equal_amount_share": _share(below(0.1), "the vendor's earlier invoices have this amount"),
    "equal_amount_pace": _ratio("the time since the vendor billed this amount", "the usual one",
                                below(-0.3)),
    "repeated_amounts": _share(below(0.1), "the vendor's amounts had come before"),
    "terms_change": Phrase(below(-6), lambda v: f"it is due {days(-v)} sooner after its issue than "
                           "the vendor's invoices usually are"),
    "tax_rate_change": Phrase(beyond(0.5), lambda v: f"its tax rate lies {abs(v):.1f} points off "
                              "the vendor's usual"),
    "terms_recent": _share(below(0.26), "the vendor's last invoices were due as soon"),
    "tax_rate_share": _share(below(0.05), "the vendor's earlier invoices have its tax rate"),
    "tax_of_abroad": Phrase(above(0.5), lambda v: f"a vendor of another country charges {v:.1f} % "
                            "tax, a rate that none of the company's own country has charged"),
    "corrects_uncredited": _yes("no credit note takes back the invoice that it corrects"),
    "run_gap": Phrase(lambda v: 0 < v < 0.8, lambda v: f"it came {percent(v)} of a run's usual "
                      "time from another bill of it"),
    "run_offbeat": Phrase(above(0.15), lambda v: "it lies between the days on which the bills of "
                          "its run fall"),
    # Numbers
    "number_gap_per_day": Phrase(below(-0.5), lambda v: f"{A_NUMBER} advance by less than one a "
                                 "day"),
    "unit_step_share": _share(above(0.45), f"{A_NUMBER} followed the one before by one"),
    "unit_steps": Phrase(above(0.45), lambda v: f"{A_NUMBER} followed by one "
                         f"{repeatedly(count_of(v))}"),
    "usual_gap": Phrase(below(0.35), lambda v: f"{A_NUMBER} hardly leave a gap: they advance by "
                        f"{10**v:.1f} on average"),
    "gap_to_category": _ratio(f"the step of {A_NUMBER}", "that of others of its category",
                              below(-0.5)),
    "number_size": Phrase(below(2), lambda v: f"its number counts only to {10**v:.0f}"),
    "number_shape_share": Phrase(below(0.5), lambda v: "its number has another form than most of "
                                 "the vendor's"),
    "number_backwards": _yes("its number lies below the vendor's last one"),
    "number_seen": _invoices("of the vendor has its number"),
    # Claims made twice
    "twin_number": _alike(0.85, "its number and that of an earlier invoice with this amount are"),
    "near_twin": _alike(0.85, "its number and that of an earlier invoice with nearly this amount "
                        "are"),
    "twin_exact": Phrase(above(0.5), lambda v: "an earlier invoice has the same number and "
                         "amount"),
    "twin_exact_days": Phrase(below(150), lambda v: "the one with the same number was issued "
                              f"{days(v)} apart" if round(v) else
                              "the one with the same number was issued on the same day"),
    "twin_same_number": Phrase(above(0.5), lambda v: "an earlier invoice has the same number"),
    "twin_days": Phrase(below(40), lambda v: "an earlier invoice with this amount was issued "
                        f"{days(v)} apart" if round(v) else
                        "another invoice with this amount was issued on the same day"),
    "twin_pace": _ratio("the time between the two", "the usual one for this amount", below(-0.3)),
    "twin_agreement": _share(above(0.7), "order, contract, company, quantity, price, day and "
                             "account agree with an earlier invoice"),
    "twin_of_vendor": Phrase(above(0.5), lambda v: "another vendor billed this amount under a near "
                             "number"),
    "twin_of_record": Phrase(above(0.5), lambda v: "another record of the vendor has an invoice "
                             "with this amount and a near number"),
    "twin_of_entity": Phrase(above(0.5), lambda v: "another company of the group was billed this "
                             "amount under a near number"),
    "twin_of_entity_exact": Phrase(above(0.5), lambda v: "another company of the group was billed "
                                   "this amount under this number"),
    "split_sum": _yes("this and another invoice add up to an earlier one"),
    "split_number": _alike(0.8, "the numbers of an earlier invoice and of the two parts of it are"),
    "split_rarity": Phrase(above(0.5), lambda v: "this and another invoice add up to an earlier "
                           f"one; by chance {seldom(v)} sums does"),
    # Agreements
    "contract_use": Phrase(above(1), lambda v: f"{percent(v)} of the contract's value is billed "
                           "with it"),
    "contract_excess": Phrase(above(0), lambda v: "the contract's value and tolerance are exceeded "
                              f"by {percent(v)}"),
    "days_after_end": _past(0, "the service lies after the contract's end, by"),
    "days_before_start": _past(0, "the service lies before the contract's start, by"),
    "days_outside": _past(0, "the service lies outside the contract's term, by"),
    "price_to_contract": _ratio(PRICE, "the contract's first one", above(0.002)),
    "price_to_escalated": _ratio(PRICE, "the contract's with its yearly increases", above(0.002)),
    "price_excess": Phrase(above(0.002), lambda v: f"{PRICE} exceeds the contract's and its "
                           f"tolerance by {percent(v)}"),
    "price_slip": Phrase(beyond(0.5), lambda v: f"{PRICE} is a power of ten off the contract's"),
    "order_use": Phrase(above(1.001), lambda v: f"{percent(v)} of the order's value is billed with "
                        "it"),
    "order_quantity_slip": Phrase(above(0.5), lambda v: f"its quantity is {10**v:.0f} times one "
                                  "that was ordered or received"),
    "order_quantity_use": Phrase(above(1.001), lambda v: f"{percent(v)} of the quantity ordered is "
                                 "billed with it"),
    "receipt_use": Phrase(above(1.001), lambda v: f"{percent(v)} of the quantity received is "
                          "billed with it"),
    "received_value_use": Phrase(above(1.001), lambda v: f"{percent(v)} of the value received is "
                                 "billed with it"),
    "receipt_short": _share(above(0.005), "the quantity billed had not been received"),
    "receipt_short_unusual": Phrase(above(0.005), lambda v: "the vendor's earlier invoices were "
                                    "covered by receipts"),
    "no_receipt": _yes("nothing had been received for its order"),
    "no_receipt_unusual": Phrase(above(0.5), lambda v: f"{percent(v)} of the vendor's earlier "
                                 "orders had a receipt by then"),
    "days_since_order": Phrase(below(0), lambda v: f"its order was written {days(-v)} after it"),
    "price_to_order": _ratio(PRICE, "the order's", above(0.002)),
    "order_price_slip": Phrase(beyond(0.5), lambda v: f"{PRICE} is a power of ten off the "
                               "order's"),
    "order_lacking": _share(above(0.5), "the vendor's earlier invoices name an order, this one "
                            "none"),
    # Where the money goes
    "account_seen": Phrase(below(0.1), lambda v: "no earlier invoice of the vendor went to its "
                           "account"),
    "account_share": _share(lambda v: 0 < v < 0.5, "the vendor's earlier invoices went to its "
                            "account"),
    "account_new": _yes("the vendor billed before, but never to its account"),
    "account_of_master": _no("its account is not the one in the vendor's record"),
    "account_recorded": _no("neither the vendor's record nor a recorded change names its account"),
    "account_foreign": _yes("neither the books nor earlier invoices know its account for the "
                            "vendor"),
    "account_near": _alike(0.8, "its account and the vendor's last one are"),
    "account_moved_abroad": _yes("its account is in another country than the vendor's first one"),
    "account_abroad": _yes("its account is not in the vendor's country"),
    "account_switch": _yes("the vendor's invoice before went to another account"),
    "days_since_own_change": Phrase(below(60), lambda v: "its account was recorded for the vendor "
                                    f"{days(v)} before"),
    "change_verified": _no("the change to its account was not verified"),
    "unverified_fresh": Phrase(above(0.1), lambda v: "an unverified change brought its account in "
                               "shortly before"),
    "account_parties": _some("other party was", "other parties were", "paid on its account before"),
    "account_owners": _vendors("the vendor's account"),
    "account_first_of_other": _some("other party has", "other parties have", "had its account all "
                                    "along, while the vendor began with another"),
    "account_of_employee": _yes("an employee has the vendor's account"),
    "master_parties": _vendors("the vendor's account"),
    "master_of_employee": _yes("an employee has the vendor's account"),
    # Approvals
    "authority_use": _ratio("its net amount", "the highest limit of those who approved it",
                            above(0.0001)),
    "authority_use_gross": _ratio("its gross amount", "the highest limit of those who approved it",
                                  above(0.0001)),
    "authority_excess": _ratio("its amount", "the highest limit of those who approved it",
                               above(0.0001)),
    "below_limit": Phrase(below(0.05), lambda v: f"its amount lies {percent(v)} below an approval "
                          "limit"),
    "just_below_vendor": _share(above(0.35), "the vendor's earlier amounts lie just below an "
                                "approval limit"),
    "just_below_approver": _share(above(0.2), "the approver's earlier amounts lie just below an "
                                  "approval limit"),
    "window_sum_3": _ratio("what the vendor billed this company within 3 days",
                           "the limit above this amount", above(0.01)),
    "window_sum_14": _ratio("what the vendor billed this company within 14 days",
                            "the limit above this amount", above(0.01)),
    "parts_sum": _ratio("what the vendor billed under this approver within 14 days",
                        "the approver's limit", above(0.01)),
    "parts_unusual": _ratio("the number of these parts", "the usual one of 14 days", above(0.2)),
    "window_count_3": _some("other invoice", "other invoices", "of the vendor came within 3 days, "
                            "each below the limit"),
    "approver_share": _share(above(0.9), "the vendor's invoices had this approver"),
    "approver_lift": _ratio("the number of times that approver and vendor met",
                            "what chance would give", above(0.5)),
    "pile_below": Phrase(above(2.5), lambda v: f"{round(v)} different amounts of the vendor lie "
                         "just below the limit of one approver"),
    "pile_chance": Phrase(below(-1.6), lambda v: "the amounts around that limit bring so many "
                          f"below it by chance in {seldom(-v)}"),
    "signed_by_others": _no("nobody else with the authority approved it"),
    "created_by_approver": _yes("who approved it had created the vendor, the order or the invoice"),
    # Vendors on paper only
    "registered_at_first": Phrase(below(90), lambda v: "the vendor was registered "
                                  f"{days(v)} before its first invoice" if v > 0 else
                                  "the vendor was registered after its first invoice"),
    "registered_days": Phrase(below(2.26), lambda v: "the vendor had been registered for "
                              f"{days(count_of(v))}"),
    "order_share": Phrase(below(0.02), lambda v: "none of the vendor's invoices names an order"),
    "receipt_share": Phrase(below(0.02), lambda v: "nothing was received for any invoice of the "
                            "vendor"),
    "backed_share": Phrase(below(-0.5), lambda v: "hardly any invoice of the vendor has an order "
                           "or a contract"),
    "address_parties": _vendors("the vendor's address"),
    "vat_id_parties": _vendors("the vendor's VAT id"),
    "vat_id_missing": Phrase(above(0.5), lambda v: "the vendor has no VAT id though most have"),
    "employee_address": _yes("an employee lives at the vendor's address"),
    "employee_name": _yes("an employee has the vendor's name"),
    "vendor_unlisted": _yes("the vendor was not in the master on that day"),
    "name_twin": _alike(0.9, "the vendor's name and that of another are"),
}  # fmt: skip
"""The phrase of each feature that can be a sign."""
