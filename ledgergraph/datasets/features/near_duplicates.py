"""The nearest earlier invoices: what the best candidate pair of each invoice looks like."""

import numpy as np

from ledgergraph.datasets.declared import Feature
from ledgergraph.graph.duplicates import Pairs, candidate_pairs
from ledgergraph.graph.frames import Floats, Ledger
from ledgergraph.issues import Kind

FAMILY = "near_duplicates"


def _feature(name: str, sentence: str, unit: str, *kinds: Kind) -> Feature:
    return Feature(name, sentence, unit, FAMILY, kinds)


FEATURES = (
    _feature("twin_number", "similarity of the number to the nearest one of an earlier invoice of "
             "the party with the same amount", "ratio", Kind.DUP_EXACT, Kind.DUP_RENUMBERED),
    _feature("twin_exact", "earlier invoices of the party with the same amount and cleaned number",
             "count", Kind.DUP_EXACT),
    _feature("twin_exact_days", "days between issue of this and the nearest of those", "days",
             Kind.DUP_EXACT),
    _feature("twin_same_number", "earlier invoices of the party with the same cleaned number and "
             "another amount", "count", Kind.DUP_RENUMBERED),
    _feature("twin_days", "days between issue of this and the nearest earlier one of the party "
             "with the same amount", "days", Kind.DUP_EXACT, Kind.DUP_RENUMBERED),
    _feature("twin_pace", "those days over the usual spacing of this amount", "log10",
             Kind.DUP_RENUMBERED),
    _feature("twin_surprise", "how unusual it is for the vendor to bill an amount again so soon, "
             "for the most unusual one with this amount", "share",
             Kind.DUP_EXACT, Kind.DUP_RENUMBERED),
    _feature("twin_agreement", "share of order, contract, entity, quantity, price, day and account "
             "that the best one with this amount agrees in, times how unusual it is", "share",
             Kind.DUP_EXACT, Kind.DUP_RENUMBERED),
    _feature("twin_steps", "distance of the numbers over what the vendor's pace would give",
             "log10", Kind.DUP_RENUMBERED),
    _feature("near_twin", "similarity of the number to the nearest one of an earlier invoice of "
             "the party with an amount within 12 %", "ratio", Kind.DUP_RENUMBERED),
    _feature("twin_of_vendor", "earlier invoices of other parties with this amount and a near "
             "number", "count", Kind.DUP_CROSS_VENDOR),
    _feature("twin_of_record", "earlier invoices of the party under another vendor record with "
             "this amount and a near number", "count", Kind.DUP_CROSS_VENDOR),
    _feature("twin_of_entity", "earlier invoices of the party to another entity with this amount "
             "and a near number", "count", Kind.DUP_CROSS_ENTITY),
    _feature("twin_of_entity_exact", "earlier invoices of the party to another entity with this "
             "amount and cleaned number", "count", Kind.DUP_CROSS_ENTITY),
    _feature("split_sum", "whether this and another one add up to an earlier one of the party",
             "flag", Kind.DUP_SPLIT),
    _feature("split_number", "how alike the numbers of those three are", "ratio", Kind.DUP_SPLIT),
    _feature("split_rarity", "steps between nothing and the whole that the parts add up to at one "
             "site and price, for each pair that could do so by chance", "log10", Kind.DUP_SPLIT),
    _feature("split_near_number", "similarity of the number to one of the party with a quarter to "
             "three quarters more or less within 60 days", "ratio", Kind.DUP_SPLIT),
    _feature("twin_corrects", "whether it names such an invoice as the one it corrects, or that "
             "one was credited", "flag", Kind.DUP_EXACT, Kind.DUP_RENUMBERED),
    _feature("twin_candidates", "earlier invoices that resemble it", "count"),
)  # fmt: skip
AGREEMENTS = ("same_order", "same_contract", "same_entity", "same_quantity", "same_price",
              "same_issue_date", "same_account")  # fmt: skip
NEAR = 0.7
"""Similarity of numbers from which they count as near."""


def compute(ledger: Ledger) -> dict[str, Floats]:
    """The values in order of arrival."""
    values = aggregated(candidate_pairs(ledger), len(ledger.values("known")))
    return values | {"split_rarity": _rarity(ledger, values["split_sum"])}


SPLIT_DAYS = 60.0
"""So many days may lie between a claim and the parts in which it comes again."""


def _rarity(ledger: Ledger, split_sum: Floats) -> Floats:
    """Where parts add up at one site and price: the steps in the whole over the pairs near it.

    A vendor that bills whole hours has few amounts, and some of them add up always.
    """
    known, site, credit = (ledger.values(name) for name in ("known", "site", "is_credit"))
    price = np.nan_to_num(ledger.values("unit_price"), nan=-1.0)
    with np.errstate(invalid="ignore"):
        net = np.nan_to_num(np.round(np.abs(ledger.values("value")) * 100.0))
    cents = np.minimum(net, 1e15).astype(np.int64)
    result = np.full(len(known), np.nan)
    for at in np.flatnonzero(split_sum == 1).tolist():
        mine = ledger.earlier(at, "seller")
        mine = mine[(site[mine] == site[at]) & ~credit[mine].astype(bool)]
        alike = mine[np.abs(price[mine] - price[at]) <= 1e-4 * np.abs(price[at])]
        near = alike[known[at] - known[alike] <= SPLIT_DAYS]
        rest = cents[near] - cents[at]
        wholes = cents[near[(rest > 0) & np.isin(rest, cents[near])]]
        step = int(np.gcd.reduce(np.append(cents[alike], cents[at])))
        if len(wholes) and step:
            pairs = 1.0 + len(near) * (len(near) - 1.0) / 2.0
            result[at] = np.log10(float(wholes.max()) / step / pairs)
    return result


def aggregated(found: Pairs, size: int) -> dict[str, Floats]:
    """For each invoice the best or the number of its candidates when it arrived."""
    later = found.later[found.in_time]
    f = {name: values[found.in_time] for name, values in found.features.items()}
    similarity = np.nan_to_num(f["number_similarity"])
    party, record = f["same_party"] == 1, f["same_vendor"] == 1
    equal = f["same_amount"] == 1
    twin = party & equal
    part = (f["part_ratio"] >= 0.25) & (f["part_ratio"] <= 0.75)
    signs = np.vstack([f[name] for name in AGREEMENTS])
    agreement = np.nansum(signs, axis=0) / np.maximum((~np.isnan(signs)).sum(axis=0), 1)
    near = similarity >= NEAR
    corrects = (f["cites_other"] == 1) | (f["reversed"] == 1)

    def best(values: Floats, where: "np.typing.NDArray[np.bool_]", how: str = "max") -> Floats:
        result = np.full(size, np.nan)
        (np.fmax if how == "max" else np.fmin).at(result, later[where], values[where])
        return result

    def count(where: "np.typing.NDArray[np.bool_]") -> Floats:
        return np.bincount(later[where], minlength=size).astype(np.float64)

    return {
        "twin_number": best(similarity, twin),
        "twin_exact": count(twin & (f["same_clean_number"] == 1)),
        "twin_exact_days": best(f["issue_days"], twin & (f["same_clean_number"] == 1), "min"),
        "twin_same_number": count(party & ~equal & (f["same_clean_number"] == 1)),
        "twin_days": best(f["issue_days"], twin, "min"),
        "twin_pace": best(f["pace_ratio"], twin, "min"),
        "twin_surprise": best(f["surprise"], twin),
        "twin_agreement": best(agreement * np.nan_to_num(f["surprise"], nan=1.0), twin),
        "twin_steps": best(f["number_steps"], twin, "min"),
        "near_twin": best(similarity, party & ~part),
        "twin_of_vendor": count(~party & equal & near),
        "twin_of_record": count(party & ~record & equal & near),
        "twin_of_entity": count(party & equal & near & (f["same_entity"] == 0)),
        "twin_of_entity_exact": count(
            twin & (f["same_clean_number"] == 1) & (f["same_entity"] == 0)
        ),
        "split_sum": np.nan_to_num(best(f["sum_known"], party)),
        "split_number": best(f["sum_number_similarity"], party & (f["sum_known"] == 1)),
        "split_near_number": best(similarity, party & part),
        "twin_corrects": np.nan_to_num(best(corrects.astype(np.float64), party)),
        "twin_candidates": count(np.ones(len(similarity), dtype=bool)),
    }


def witnesses(ledger: Ledger, at: int, feature: str) -> list[str]:
    """The invoice and the earlier ones that it resembles."""
    pairs = candidate_pairs(ledger)
    mine = (pairs.later == at) & pairs.in_time
    f = {name: values[mine] for name, values in pairs.features.items()}
    others = pairs.other[mine]
    if feature.startswith("split"):
        keep = (f["sum_known"] == 1) if feature != "split_near_number" else f["part_ratio"] <= 0.75
    elif feature in ("twin_same_number", "near_twin", "twin_corrects", "twin_candidates"):
        keep = np.ones(len(others), dtype=bool)
    else:
        keep = f["same_amount"] == 1
    return ledger.records("invoices", np.append(others[keep], at))
