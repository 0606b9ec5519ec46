"""Which invoices may be the same claim: blocking, and what a pair of them looks like.

A pair is unordered; its `invoice_id` is the one that arrived later, `other_id`
the earlier. A pair is described as of the arrival of the later one, but for what
rests on invoices that may come after both: a third one that completes a split
(`sum_found`, and with it all of OF_SUMS, as `sum_rarity` and `sums`), by which the
later one gets another candidate (`rivals`, `is_nearest_number`). Models were fitted
on these as they stand.
What is likely a duplicate, and of which kind, is decided by a model
(anomalies.scoring); what people confirmed are labels (datasets.labelled_pairs).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import fsum

import numpy as np
import pandas as pd
import pyarrow as pa

from ledgergraph.graph.asof import (
    COUNT,
    count_before,
    median_before,
    nearest_below,
    previous,
    share_before,
    told,
)
from ledgergraph.graph.frames import (
    Flags,
    Floats,
    Ints,
    Ledger,
    day_of_month,
    filled,
    floats_of,
    ledger_of,
)
from ledgergraph.graph.parts import across, carried
from ledgergraph.graph.snapshot import Snapshot
from ledgergraph.issues import Kind

EQUAL_DAYS = 120.0
"""Equal amounts of one party are compared over so many days."""
NEAR_DAYS = 400.0
"""Near numbers with near amounts are compared over so many days."""
SPLIT_DAYS = 90.0
NEAR_AMOUNT = 0.12
AT_A_TIME = 10_000
"""Invoices whose candidates are described at a time: it bounds memory."""
MOST_BACK = 80
"""How many earlier rows of one block are looked at for each row: it bounds the work."""
KEPT_PER_INVOICE, KEPT_WITH_HINDSIGHT = 6, 3
"""How many candidates of one invoice are kept, the likeliest first: when it arrived, and now."""


@dataclass(frozen=True)
class Pairs:
    """Candidate pairs as positions in the order of arrival (later, other), and their features.

    `in_time` tells which of them were candidates when the later one arrived; the
    others only became so with the third invoice of a split.
    """

    later: Ints
    other: Ints
    in_time: Flags
    features: Mapping[str, Floats]

    def table(self, ledger: Ledger) -> pa.Table:
        """The pairs by invoice_id, with a column for each feature, sorted by their key."""
        ids = ledger.values("invoice_id")
        columns = {"invoice_id": pa.array(ids[self.later], pa.string()),
                   "other_id": pa.array(ids[self.other], pa.string())}  # fmt: skip
        columns |= {name: pa.array(values) for name, values in self.features.items()}
        return pa.table(columns).sort_by([("invoice_id", "ascending"), ("other_id", "ascending")])


def pairs(snapshot: Snapshot) -> pa.Table:
    """Candidate pairs with their features: columns invoice_id, other_id, then PAIR_FEATURES."""
    ledger = ledger_of(snapshot)
    return candidate_pairs(ledger).table(ledger)


@lru_cache(maxsize=1)  # features, witnesses and scores of one ledger ask for the same pairs
def candidate_pairs(ledger: Ledger, at_a_time: int = AT_A_TIME) -> Pairs:
    """The pairs that blocking proposes, described, the likeliest few for each later one.

    `at_a_time` bounds the later ones that are described together: memory follows what is kept.
    """
    asked = ledger.asked
    if asked is None:
        asked = np.arange(len(ledger.values("known")), dtype=np.int64)
    found = []
    with np.errstate(invalid="ignore", divide="ignore"):  # what is not known gives NaN
        propose, describe = proposer(ledger), describer(ledger)
        for start in range(0, max(len(asked), 1), at_a_time):
            later, other, in_time = propose(asked[start : start + at_a_time])
            found.append(_likeliest(later, other, in_time, describe(later, other)))
    return Pairs(
        np.concatenate([one.later for one in found]),
        np.concatenate([one.other for one in found]),
        np.concatenate([one.in_time for one in found]),
        {name: np.concatenate([one.features[name] for one in found]) for name in PAIR_FEATURES},
    )


Proposer = Callable[[Ints], tuple[Ints, Ints, Flags]]
Describer = Callable[[Ints, Ints], dict[str, Floats]]


def proposer(ledger: Ledger) -> Proposer:
    """What gives, for some rows, the pairs (later, other) of them as the later one.

    Each pair once, sorted, and which of them were worth a look when the later one came: only
    when the second part of a split has arrived do parts and whole add up.
    Within a party: an equal amount within 120 days; the same cleaned number; a
    near number with an amount within 12 %; a near number with a quarter to three
    quarters of the amount within 60 days; amounts that add up to an earlier one.
    Across parties: the same or a near number with the same amount.
    """
    row = ledger.values
    party = np.where(row("is_credit"), -1, ledger.codes("party"))  # a credit note claims nothing
    known = row("known")
    amount = np.where(row("is_credit") | (row("amount") == 0), -1, ledger.codes("cents"))
    clean = ledger.codes("clean")
    blocks = [
        (_Block.of(_joint(party, amount)), EQUAL_DAYS, 40),
        (_Block.of(_joint(party, clean)), 800.0, 6),
        (_Block.of(_joint(amount, clean)), NEAR_DAYS, 6),
    ]
    near = [
        _near_amounts(ledger, party, known), _parts(ledger, party, known),
        _near_numbers_of_others(ledger, amount, known),
    ]  # fmt: skip
    adding_up = triples(ledger, party, known)
    size = np.int64(len(known))

    def proposed(asked: Ints) -> tuple[Ints, Ints, Flags]:
        found = [block.within(known, days, most, asked=asked) for block, days, most in blocks]
        found += [one(asked) for one in near]
        part, whole, third = adding_up(asked)
        one, two = np.maximum(part, whole), np.minimum(part, whole)
        is_known = known[third] <= known[one]
        found.append((one[is_known], two[is_known]))
        in_time = _distinct(np.concatenate([a * size + b for a, b in found]))
        keys = _distinct(np.concatenate([in_time, one * size + two]))
        return keys // size, keys % size, _among(keys, in_time)

    return proposed


def _distinct(keys: Ints) -> Ints:
    """Keys sorted, each once: `numpy.unique` hashes them, which takes several times as long."""
    ranked = np.sort(keys)
    again = np.zeros(len(ranked), dtype=bool)
    again[1:] = ranked[1:] == ranked[:-1]
    return np.asarray(ranked[~again], dtype=np.int64)


def _among(keys: Ints, ranked: Ints) -> Flags:
    """Which keys are among some that are sorted."""
    if not len(ranked):
        return np.zeros(len(keys), dtype=bool)
    place = np.minimum(np.searchsorted(ranked, keys), len(ranked) - 1)
    return np.asarray(ranked[place] == keys, dtype=bool)


def within(
    group: Ints,
    known: Floats,
    days: float,
    most: int,
    fits: Callable[[Ints, Ints], Flags] | None = None,
) -> tuple[Ints, Ints]:
    """Pairs (later, earlier) of one group that arrived at most some days apart, and fit.

    Each row is paired with at most `most` rows before it: what comes later changes nothing
    for it.
    """
    return _Block.of(group).within(known, days, most, fits)


@dataclass(frozen=True)
class _Block:
    """Rows by their group, those of one together in the order of arrival; -1 is no group."""

    group: Ints
    order: Ints

    @staticmethod
    def of(group: Ints) -> "_Block":
        order = np.argsort(group, kind="stable")
        return _Block(group, order[group[order] >= 0])

    def within(
        self,
        known: Floats,
        days: float,
        most: int,
        fits: Callable[[Ints, Ints], Flags] | None = None,
        asked: Ints | None = None,
    ) -> tuple[Ints, Ints]:
        """As the function; with `asked` only the pairs of these as the later one."""
        order, places = self.order, np.arange(len(self.order))
        if asked is not None:
            wanted = np.zeros(len(self.group), dtype=bool)
            wanted[asked] = True
            places = np.flatnonzero(wanted[order])
        later, earlier = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for step in range(1, most + 1):
            places = places[places >= step]
            one, two = order[places], order[places - step]
            same = self.group[one] == self.group[two]
            if not same.any():
                break
            with np.errstate(invalid="ignore"):
                near = same & ~(known[one] - known[two] > days)
            if not near.any():
                break
            one, two = one[near], two[near]
            keep = slice(None) if fits is None else fits(one, two)
            later.append(one[keep])
            earlier.append(two[keep])
        return np.concatenate(later), np.concatenate(earlier)


def _joint(one: Ints, two: Ints) -> Ints:
    width = np.int64(two.max(initial=0) + 1)
    return np.where((one < 0) | (two < 0), -1, one * width + two)


Nearby = Callable[[Ints], tuple[Ints, Ints]]


def _near_amounts(ledger: Ledger, party: Ints, known: Floats) -> Nearby:
    """Amounts within 12 % whose cleaned numbers are two edits or a suffix apart."""
    amount = np.abs(ledger.values("amount"))

    def is_near(one: Ints, two: Ints) -> Flags:
        flag: Flags = np.abs(amount[one] - amount[two]) <= NEAR_AMOUNT * amount[two]
        return flag

    block = _Block.of(np.where(amount > 0, party, -1))
    numbers = _near_numbers(ledger)
    return lambda asked: numbers(*block.within(known, NEAR_DAYS, 2 * MOST_BACK, is_near, asked))


def _parts(ledger: Ledger, party: Ints, known: Floats) -> Nearby:
    """A quarter to three quarters of an amount, or the reverse, with a near number."""
    amount = np.abs(ledger.values("amount"))

    def is_part(one: Ints, two: Ints) -> Flags:
        part = np.minimum(amount[one], amount[two]) / np.maximum(amount[one], amount[two])
        flag: Flags = (part >= 0.25) & (part <= 0.75)
        return flag

    block, numbers = _Block.of(party), _near_numbers(ledger)
    return lambda asked: numbers(*block.within(known, 60.0, MOST_BACK, is_part, asked))


def _near_numbers_of_others(ledger: Ledger, amount: Ints, known: Floats) -> Nearby:
    """The same amount at another party within 60 days, with a number at most two edits apart."""
    party, block, numbers = ledger.codes("party"), _Block.of(amount), _near_numbers(ledger)

    def is_other(one: Ints, two: Ints) -> Flags:
        flag: Flags = party[one] != party[two]
        return flag

    return lambda asked: numbers(*block.within(known, 60.0, 12, is_other, asked))


def _near_numbers(ledger: Ledger) -> Callable[[Ints, Ints], tuple[Ints, Ints]]:
    """What keeps of some pairs those whose cleaned numbers are two edits or a suffix apart."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    clean = filled(ledger.values("clean"))
    length = _lengths(clean)

    def near(later: Ints, earlier: Ints) -> tuple[Ints, Ints]:
        stated = (length[later] > 0) & (length[earlier] > 0)
        later, earlier = later[stated], earlier[stated]
        one, two = clean[later], clean[earlier]
        if not len(one):
            return later, earlier
        apart = process.cpdist(one, two, scorer=OSA.distance, score_cutoff=2, dtype=np.int32)
        is_near = apart <= 2
        far = np.flatnonzero(~is_near)
        is_near[far] = _contained(clean, length, later[far], earlier[far])
        return later[is_near], earlier[is_near]

    return near


Texts = np.typing.NDArray[np.object_]


def _lengths(texts: Texts) -> Ints:
    return np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))


def _contained(texts: Texts, length: Ints, later: Ints, other: Ints) -> Flags:
    """Whether one of two texts, at least three signs long, is part of the other."""
    shorter = np.minimum(length[later], length[other])
    found = (shorter >= 3) & (texts[later] == texts[other])
    # Texts of one length are equal or not; only the others have to be searched.
    unlike = np.flatnonzero((shorter >= 3) & (length[later] != length[other]))
    for at, one, two in zip(unlike, texts[later[unlike]], texts[other[unlike]], strict=True):
        found[at] = one in two or two in one
    return np.asarray(found, dtype=bool)


def triples(
    ledger: Ledger, party: Ints, known: Floats
) -> Callable[[Ints], tuple[Ints, Ints, Ints]]:
    """What gives positions (part, whole, other part) with part + other = whole to two cents.

    All three of one party within 90 days of the whole, the parts different and each at least
    a tenth of the whole; of part and whole the later one is asked for.
    """
    cents = np.round(ledger.values("amount") * 100.0)
    cents = np.where(np.isnan(cents), -1.0, cents)
    block = _Block.of(np.where(cents > 0, party, -1))
    # Parties as blocks of the axis of amounts, so that one search finds party and amount.
    width = np.nanmax(cents, initial=0.0) + 10.0
    axis = np.where((party >= 0) & (cents > 0), party * width + cents, np.inf)
    order = np.argsort(axis, kind="stable")
    ranked = axis[order]

    def is_part(one: Ints, two: Ints) -> Flags:
        ratio = np.minimum(cents[one], cents[two]) / np.maximum(cents[one], cents[two])
        flag: Flags = (ratio > 0.1) & (ratio < 0.9)
        return flag

    def adding_up(asked: Ints) -> tuple[Ints, Ints, Ints]:
        later, earlier = block.within(known, SPLIT_DAYS, MOST_BACK, is_part, asked)
        is_smaller = cents[later] < cents[earlier]
        part, whole = np.where(is_smaller, later, earlier), np.where(is_smaller, earlier, later)
        rest = party[part] * width + cents[whole] - cents[part]
        first = np.searchsorted(ranked, rest - 2.0, side="left")
        last = np.searchsorted(ranked, rest + 2.0, side="right")
        found: list[tuple[Ints, Ints, Ints]] = [(np.empty(0, np.int64),) * 3]
        for step in range(int(min((last - first).max(initial=0), 12))):
            inside = first + step < last
            third = order[np.minimum(first + step, len(order) - 1)]
            with np.errstate(invalid="ignore"):
                near = np.abs(known[third] - known[whole]) <= SPLIT_DAYS
            fits = inside & near & (third != part) & (third != whole)
            found.append((part[fits], whole[fits], third[fits]))
        one, all_, two = (np.concatenate(columns) for columns in zip(*found, strict=True))
        return one, all_, two

    return adding_up


PAIR_FEATURES: Mapping[str, str] = {
    "same_number": "the numbers are written alike",
    "same_clean_number": "the numbers are equal once cleaned",
    "number_edits": "edits between the cleaned numbers",
    "number_similarity": "similarity of the cleaned numbers",
    "number_contained": "one number is part of the other",
    "number_prefix": "share of the numbers that is equal from the start",
    "number_distance": "log10 of 1 and the distance of the running parts",
    "number_steps": "distance of the running parts over what the vendor's pace would give",
    "number_digits_sorted": "the numbers have the same signs in another order",
    "amount_ratio": "log10 of later over other amount",
    "same_amount": "the gross amounts are equal",
    "same_net": "the net amounts are equal",
    "amount_rarity": "share of the party's earlier invoices with the later amount",
    "habit": "share of the party's earlier invoices with an equal one about as near",
    "surprise": "1 less the larger of habit and rarity: the party does not usually do this",
    "equal_amounts": "log10 of 1 and the party's earlier invoices with the later amount",
    "issue_days": "days between the dates of issue",
    "arrival_days": "days between the arrivals",
    "same_issue_date": "issued on the same day",
    "same_day_of_month": "issued on the same day of different months",
    "pace_ratio": "log10 of the days apart over the usual spacing of this amount",
    "vendor_pace": "log10 of the days apart over the vendor's usual spacing",
    "same_vendor": "the same vendor record",
    "same_party": "the same party",
    "same_entity": "billed to the same entity",
    "same_order": "the same order; null if neither names one",
    "same_contract": "the same contract; null if neither names one",
    "same_account": "paid to the same account",
    "same_approver": "the same approver",
    "same_quantity": "the same quantity",
    "same_price": "the same unit price",
    "same_period": "the same service period",
    "between": "log10 of 1 and the party's invoices that arrived between",
    "sum_found": "a third invoice, whenever it came, makes the parts add up",
    "sum_known": "it had come when the later of the pair came",
    "sum_number_similarity": "how alike the third number is to this pair's",
    "sum_rarity": "log10 of the steps in the whole over the pairs near it that could add up to it",
    "sum_agreement": "share of site, price, order and contract in which all three agree",
    "sum_parts_days": "days between the issue of the two parts",
    "sum_parts_after": "share of the parts that were issued after the whole",
    "sums": "log10 of 1 and the ways in which parts add up to the whole",
    "part_ratio": "smaller over larger amount",
    "reversed": "a credit note of the amount came between",
    "cites_other": "the later one names the other as the invoice it corrects",
    "rivals": "candidates of the later invoice",
    "is_nearest_number": "no other candidate has a nearer number",
    "suffix_added": "one number is the other and a letter or a short mark",
    "order_room": "billed for the order by both over the order's value",
    "same_lines": "the same count of lines",
    "site_equal": "log10 of 1 and the site's earlier invoices of the amount, but for the other",
    "site_rarity": "share of the site's earlier invoices that they are",
    "site_habit": "share of the site's earlier invoices with an equal one about as near",
    "site_pace": "log10 of the days since the site's last one of the amount over their usual "
    "spacing",
    "repeats": "share of the party's earlier invoices whose amount it had billed before",
    "out_of_order": "share of the vendor's last invoices that the later one's number and date "
    "stand in another order to",
}
"""What each pair feature says."""
LIKENESS = (
    "same_number", "same_clean_number", "number_similarity", "number_contained", "number_prefix",
    "number_digits_sorted", "suffix_added", "is_nearest_number", "same_amount", "same_net",
    "surprise", "same_issue_date", "same_vendor", "same_party", "same_entity", "same_order",
    "same_quantity", "same_price", "same_period", "sum_found", "sum_known",
    "sum_number_similarity",
)  # fmt: skip
UNLIKENESS = (
    "number_edits", "number_distance", "amount_rarity", "habit", "equal_amounts", "issue_days",
    "arrival_days", "between", "reversed", "cites_other",
)  # fmt: skip
PAIR_DIRECTIONS: Mapping[str, int] = dict.fromkeys(LIKENESS, 1) | dict.fromkeys(UNLIKENESS, -1)
"""More of it never makes a duplicate less (1) or more (-1) likely: so a matcher does not take
one generator's or company's accidents for a law (F1 .77 -> .87 on ledgers made by another)."""


FLAGS = frozenset(
    {name for name in PAIR_FEATURES if name.startswith("same_")}
    | {"number_contained", "number_digits_sorted", "suffix_added", "is_nearest_number",
       "sum_found", "sum_known", "reversed", "cites_other"}
)  # fmt: skip
"""The features that are 0 or 1."""


def pair_sign(name: str, value: float) -> str:
    """What a value of a pair feature says, as part of a sentence."""
    said = PAIR_FEATURES[name]
    if value != value:
        return f"{said}: not stated"
    if name in FLAGS:
        return said if value == 1 else f"{said}: no"
    return f"{said}: {value:.3g}"


def describer(ledger: Ledger) -> Describer:
    """What gives the features of some pairs (positions in the order of arrival), PAIR_FEATURES.

    What is told of single invoices is computed once, whatever pairs are asked for.
    """
    parts = [_numbers(ledger), _amounts(ledger), _agreements(ledger), _sites(ledger),
             _splits(ledger)]  # fmt: skip

    def described(later: Ints, other: Ints) -> dict[str, Floats]:
        features: dict[str, Floats] = {}
        for part in parts:
            features |= part(later, other)
        similarity = features["number_similarity"]
        _, own = np.unique(later, return_inverse=True)
        best = np.full(int(own.max(initial=-1)) + 1, np.nan)
        np.fmax.at(best, own, similarity)
        best = best[own]
        features["rivals"] = np.bincount(own)[own].astype(np.float64) if len(own) else best
        features["is_nearest_number"] = (similarity >= best).astype(np.float64)
        return {name: features[name] for name in PAIR_FEATURES}

    return described


def place_in_party(ledger: Ledger) -> Floats:
    """How many invoices the party of each had sent before it."""
    stated = ledger.is_stated("party")
    return across(ledger, "place_in_party", "party", COUNT, stated)


def _numbers(ledger: Ledger) -> Describer:
    from rapidfuzz import process
    from rapidfuzz.distance import OSA, Prefix

    clean, raw = filled(ledger.values("clean")), filled(ledger.values("number"))
    length = _lengths(clean)
    value = ledger.values("running")
    pace = median_before(ledger.codes("seller"), number_gap(ledger), ledger.asked)
    place = place_in_party(ledger)

    def described(later: Ints, other: Ints) -> dict[str, Floats]:
        one, two = clean[later], clean[other]
        stated = (length[later] > 0) & (length[other] > 0)
        far = np.abs(value[later] - value[other])
        expected = pace[later] * np.maximum(np.abs(place[later] - place[other]), 1.0)
        longer = np.maximum(np.maximum(length[later], length[other]), 1)
        if len(later):
            edits = process.cpdist(one, two, scorer=OSA.distance, dtype=np.float64)
            prefix = process.cpdist(one, two, scorer=Prefix.normalized_similarity, dtype=np.float64)
        else:
            edits = prefix = np.empty(0)
        contained = _contained(clean, length, later, other)
        with np.errstate(invalid="ignore", divide="ignore"):
            features = {
                "same_number": raw[later] == raw[other],
                "same_clean_number": one == two,
                "number_edits": edits,
                "number_similarity": 1.0 - edits / longer,
                "number_contained": contained,
                "number_prefix": prefix,
                "number_distance": np.log10(1.0 + far),
                "number_steps": np.log10((far + 0.5) / (expected + 0.5)),
                "number_digits_sorted": _rearranged(one, two) & (one != two),
                "suffix_added": contained & (edits >= 1) & (edits <= 3) & (prefix > 0.5),
            }
        return {
            name: np.where(stated, np.asarray(values, dtype=np.float64), np.nan)
            for name, values in features.items()
        }

    return described


def _rearranged(one: Texts, two: Texts) -> Flags:
    """Which texts have the same signs, in whatever order."""
    pairs = zip(one.tolist(), two.tolist(), strict=True)
    return np.array([sorted(a) == sorted(b) for a, b in pairs], dtype=bool)


def number_gap(ledger: Ledger) -> Floats:
    """How far the running part of each number lies above the vendor's nearest smaller one."""
    value = ledger.values("running")
    below = nearest_below(ledger.codes("seller"), value, ledger.asked)
    return carried(ledger, "number_gap", value - below)


def _amounts(ledger: Ledger) -> Describer:
    row, at = ledger.values, ledger.asked
    party = ledger.codes("party")
    amount = np.abs(row("amount"))
    known, day = row("known"), row("day")
    equal_group = _joint(party, ledger.codes("cents"))
    equal, count = count_before(equal_group, at=at), place_in_party(ledger)
    since = carried(ledger, "equal_gap", known - previous(equal_group, known, at))
    own_spacing = median_before(equal_group, since, at)
    apart = carried(ledger, "party_gap", known - previous(party, known, at))
    spacing = median_before(party, apart, at)
    usual = np.where(np.isnan(own_spacing), spacing, own_spacing)
    habit_of = _habit(party, since, at)
    of_month = day_of_month(day)

    def described(later: Ints, other: Ints) -> dict[str, Floats]:
        issued = np.abs(day[later] - day[other])
        habit = habit_of(later, issued)
        on_same_day = _same(of_month, later, other)
        with np.errstate(invalid="ignore", divide="ignore"):
            rarity = equal[later] / count[later]
            smaller = np.minimum(amount[later], amount[other])
            return {
                "amount_ratio": np.log10(amount[later] / amount[other]),
                "same_amount": _same(row("size"), later, other),
                "same_net": _same(row("net_cents"), later, other),
                "amount_rarity": rarity,
                "habit": habit,
                "surprise": 1.0 - np.fmax(habit, rarity),
                "equal_amounts": np.log10(1.0 + equal[later]),
                "issue_days": issued,
                "arrival_days": known[later] - known[other],
                "same_issue_date": _same(day, later, other),
                "same_day_of_month": np.where(issued > 20, on_same_day, 0.0),
                "pace_ratio": np.log10((issued + 1.0) / (usual[later] + 1.0)),
                "vendor_pace": np.log10((issued + 1.0) / (spacing[later] + 1.0)),
                "between": np.log10(1.0 + np.maximum(count[later] - count[other] - 1.0, 0.0)),
                "part_ratio": smaller / np.maximum(amount[later], amount[other]),
            }

    return described


NEARNESS = (1.0, 5.0, 15.0, 40.0)
"""Days apart up to which pairs count as equally near when a party's habit is told."""


def _habit(party: Ints, since: Floats, at: Ints | None) -> Callable[[Ints, Floats], Floats]:
    """How often the party billed an amount again about as soon as in each pair.

    Twin meters and several sites do so all the time, a claim billed again does not.
    """
    steps = [
        (below, upto, share_before(party, since <= upto, 0.0, 1.0, at))
        for below, upto in zip((-1.0, *NEARNESS), (*NEARNESS, np.inf), strict=True)
    ]

    def habit(later: Ints, apart: Floats) -> Floats:
        result = np.full(len(later), np.nan)
        for below, upto, usual in steps:
            inside = (apart > below) & (apart <= upto)
            result[inside] = usual[later[inside]]
        return result

    return habit


def _agreements(ledger: Ledger) -> Describer:
    own, cited = ledger.shared(("invoices", "clean"), ("invoices", "named"))
    codes = {
        f"same_{name}": ledger.codes(column)
        for name, column in {
            "vendor": "seller", "party": "party", "entity": "site", "order": "order_id",
            "contract": "contract_id", "account": "iban", "approver": "approver",
        }.items()
    }  # fmt: skip
    values = {
        f"same_{name}": ledger.values(column)
        for name, column in {
            "quantity": "quantity", "price": "unit_price", "period": "period_start",
            "lines": "lines",
        }.items()
    }  # fmt: skip
    reversed_, room = _reversed(ledger), _order_room(ledger)

    def described(later: Ints, other: Ints) -> dict[str, Floats]:
        features = {name: _same_code(one, later, other) for name, one in codes.items()}
        features |= {name: _same(one, later, other) for name, one in values.items()}
        cites = (cited[later] == own[other]) & (own[other] >= 0)
        features["cites_other"] = cites.astype(np.float64)
        features["reversed"] = reversed_(later, other)
        features["order_room"] = room(later, other)
        return features

    return described


def _same(values: Floats, later: Ints, other: Ints) -> Floats:
    one, two = values[later], values[other]
    return np.where(np.isnan(one) | np.isnan(two), np.nan, (one == two).astype(np.float64))


def _same_code(codes: Ints, later: Ints, other: Ints) -> Floats:
    """1 if equal, 0 if different or only one is stated, NaN if neither is."""
    one, two = codes[later], codes[other]
    return np.where((one < 0) & (two < 0), np.nan, (one == two).astype(np.float64))


def _reversed(ledger: Ledger) -> Callable[[Ints, Ints], Floats]:
    """Whether a credit note of the other's amount came from the party before the later arrived."""
    group = ledger.codes("party", "size")
    credits = count_before(group, ledger.values("is_credit"), ledger.asked)
    credits = carried(ledger, "credited", credits)

    def reversed_(later: Ints, other: Ints) -> Floats:
        grown = credits[later] - credits[other] > 0
        found: Floats = ((group[later] == group[other]) & grown).astype(np.float64)
        return found

    return reversed_


def _order_room(ledger: Ledger) -> Callable[[Ints, Ints], Floats]:
    """What both invoices bill over the value of the order that they share; NaN without one."""
    order, ordered = ledger.shared(("invoices", "order_id"), ("purchase_orders", "order_id"))
    lines = [ledger.values(name, "purchase_orders") for name in ("quantity", "unit_price")]
    worth: dict[int, list[float]] = defaultdict(list)
    for one, amount in zip(ordered.tolist(), np.nan_to_num(lines[0] * lines[1]), strict=True):
        worth[one].append(amount)
    total = {one: fsum(amounts) for one, amounts in worth.items() if one >= 0}
    value = np.array([total.get(one, np.nan) for one in order.tolist()], dtype=np.float64)
    billed = np.abs(ledger.values("value"))

    def room(later: Ints, other: Ints) -> Floats:
        shared = (order[later] == order[other]) & (order[later] >= 0) & (value[later] > 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            share: Floats = np.where(shared, (billed[later] + billed[other]) / value[later], np.nan)
        return share

    return room


def _sites(ledger: Ledger) -> Describer:
    """Whether the later one's site is billed the amount as a rule, and in the vendor's order.

    A party with many sites bills equal amounts all the time, and each site once a term.
    """
    at = ledger.asked
    party, amount = ledger.codes("party"), ledger.codes("cents")
    site = ledger.codes("party", "site")
    equal = _joint(site, amount)
    known, day = ledger.values("known"), ledger.values("day")
    since = carried(ledger, "site_equal_gap", day - previous(equal, day, at))
    apart = carried(ledger, "site_gap", day - previous(site, day, at))
    usual = median_before(equal, np.abs(since), at)
    usual = np.where(np.isnan(usual), median_before(site, apart, at), usual)
    equal_before, billed_before = count_before(equal, at=at), count_before(site, at=at)
    again = carried(ledger, "again", count_before(_joint(party, amount), at=at) > 0)
    repeats = share_before(party, again, 0.0, 1.0, at)
    out_of_order = _out_of_order(ledger.codes("seller"), ledger.values("running"), day, at)
    arrived = carried(ledger, "site_equal_days", known - previous(equal, known, at))
    habit = _habit(site, arrived, at)

    def described(later: Ints, other: Ints) -> dict[str, Floats]:
        is_here = (equal[later] == equal[other]).astype(np.float64)
        others = np.maximum(equal_before[later] - is_here, 0.0)
        billed = np.maximum(billed_before[later] - is_here, 1.0)
        return {
            "site_equal": np.log10(1.0 + others),
            "site_rarity": others / billed,
            "site_habit": habit(later, np.abs(day[later] - day[other])),
            "site_pace": np.log10((np.abs(since[later]) + 1.0) / (usual[later] + 1.0)),
            "repeats": repeats[later],
            "out_of_order": out_of_order[later],
        }

    return described


LAST_NUMBERS = 20
"""A number is held against so many of its vendor's last ones."""


def _out_of_order(vendor: Ints, value: Floats, day: Floats, at: Ints | None) -> Floats:
    """The share of each vendor's last numbers that rise where the days fall, or the reverse."""
    if at is not None:
        return told(vendor, at, _out_of_order_of, value, day)
    against, seen = np.zeros(len(vendor)), np.zeros(len(vendor))
    order = np.argsort(vendor, kind="stable")
    order = order[vendor[order] >= 0]
    for step in range(1, LAST_NUMBERS + 1):
        one, two = order[step:], order[:-step]
        same = vendor[one] == vendor[two]
        product = (value[one] - value[two]) * (day[one] - day[two])
        seen[one] += same & ~np.isnan(product)
        against[one] += same & (product < 0)
    return np.where(seen > 0, against / np.maximum(seen, 1.0), np.nan)


def _out_of_order_of(values: Floats, value: float, days: Floats, day: float) -> float:
    product = (value - values[-LAST_NUMBERS:]) * (day - days[-LAST_NUMBERS:])
    seen = np.count_nonzero(~np.isnan(product))
    return np.count_nonzero(product < 0) / seen if seen else np.nan


OF_SUMS = ("sum_number_similarity", "sum_rarity", "sum_agreement", "sum_parts_days",
           "sum_parts_after", "sums")  # fmt: skip
"""The pair features that tell of the third invoice of a split, which may come after the pair."""


def _splits(ledger: Ledger) -> Describer:
    """Whether a third invoice makes two parts and a whole of a pair, and how oddly it does.

    Of several third ones the one counts that had come in time and agrees best.
    """
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    party = np.where(ledger.values("is_credit"), -1, ledger.codes("party"))
    known, day = ledger.values("known"), ledger.values("day")
    clean = filled(ledger.values("clean"))
    size = np.int64(len(known))
    adding_up, rarity_of = triples(ledger, party, known), _rarity_of_sums(ledger)
    all_ways: list[Floats] = []

    def ways(whole: Ints) -> Floats:
        """In how many ways parts add up to each: all count, whichever pairs are asked for."""
        if not all_ways and len(whole):
            counts = np.zeros(len(known))
            for start in range(0, len(known), AT_A_TIME):
                asked = np.arange(start, min(start + AT_A_TIME, len(known)))
                counts += np.bincount(adding_up(asked)[1], minlength=len(known))
            all_ways.append(counts)
        return all_ways[0][whole] if all_ways else np.empty(0)

    def described(later: Ints, other: Ints) -> dict[str, Floats]:
        part, whole, third = adding_up(_distinct(later))
        keys = np.maximum(part, whole) * size + np.minimum(part, whole)
        asked = later * size + other
        wanted = _among(keys, np.sort(asked))
        part, whole, third, keys = part[wanted], whole[wanted], third[wanted], keys[wanted]
        near = np.zeros(len(part))
        if len(part):
            # The third belongs to the split when its number is like the part's or the whole's.
            near = np.maximum(*(
                process.cpdist(clean[third], clean[end], scorer=OSA.normalized_similarity,
                               dtype=np.float64)
                for end in (part, whole)
            ))  # fmt: skip
        in_time = known[third] <= known[np.maximum(part, whole)]
        parts_after = ((day[part] >= day[whole]) + (day[third] >= day[whole]) * 1.0) / 2
        frame = pd.DataFrame(
            {
                "key": keys, "in_time": in_time, "sum_number_similarity": near,
                "sum_rarity": rarity_of(whole),
                "sum_agreement": _agreement_of_three(ledger, part, whole, third),
                "sum_parts_days": np.abs(day[part] - day[third]),
                "sum_parts_after": parts_after,
                "sums": np.log10(1.0 + ways(whole)),
            }
        )  # fmt: skip
        frame["rank"] = frame["sum_agreement"] + frame["sum_parts_after"] + near
        best = frame.sort_values(["in_time", "rank"], ascending=False, kind="stable")
        best = best.drop_duplicates("key").set_index("key").reindex(asked)
        features = {name: floats_of(best[name]) for name in OF_SUMS}
        found = ~np.isnan(features["sum_number_similarity"])
        return {
            **features,
            "sum_found": found.astype(np.float64),
            "sum_known": _among(asked, np.sort(keys[in_time])).astype(np.float64),
            "sum_number_similarity": np.where(found, features["sum_number_similarity"], 0.0),
        }

    return described


def _agreement_of_three(ledger: Ledger, part: Ints, whole: Ints, third: Ints) -> Floats:
    """Of site, price, order and contract, as far as one names them, in how many all agree."""
    stated, equal = np.zeros(len(part)), np.zeros(len(part))
    for name in ("site", "unit_price", "order_id", "contract_id"):
        code = ledger.codes(name)
        stated += np.maximum(np.maximum(code[part], code[whole]), code[third]) >= 0
        equal += (code[whole] >= 0) & (code[part] == code[whole]) & (code[third] == code[whole])
    return equal / np.maximum(stated, 1.0)


def _rarity_of_sums(ledger: Ledger) -> Callable[[Ints], Floats]:
    """The steps in each whole over the pairs near it at one site and price, as log10.

    A vendor that bills whole hours has few amounts, and some of them add up always.
    """
    known, price = ledger.values("known"), ledger.values("unit_price")
    with np.errstate(invalid="ignore"):
        net = np.nan_to_num(np.round(np.abs(ledger.values("value")) * 100.0))
    cents = np.minimum(net, 1e15).astype(np.int64)
    group = ledger.codes("seller", "site")
    order = np.argsort(group, kind="stable")  # each group by arrival
    ranked = group[order]

    def rarity(at: int) -> float:
        first, last = np.searchsorted(ranked, [group[at], group[at] + 1])
        mine = order[first:last]
        days = known[mine]
        mine = mine[
            np.searchsorted(days, known[at] - SPLIT_DAYS) :
            np.searchsorted(days, known[at] + SPLIT_DAYS, side="right")
        ]  # fmt: skip
        alike = mine[np.abs(price[mine] - price[at]) <= 1e-4 * np.abs(price[at])]
        near = alike if len(alike) > 1 else mine
        step = int(np.gcd.reduce(np.append(cents[near], cents[at])))
        chances = 1.0 + len(near) * (len(near) - 1.0) / 2.0
        return float(np.log10(cents[at] / step / chances)) if step else np.nan

    def rarities(whole: Ints) -> Floats:
        found = {at: rarity(at) for at in _distinct(whole).tolist()}
        return np.array([found[at] for at in whole.tolist()], dtype=np.float64)

    return rarities


def _likeliest(later: Ints, other: Ints, in_time: Flags, features: Mapping[str, Floats]) -> Pairs:
    """The pairs to keep, and which of them were among the likeliest when the later one came.

    For each later invoice those that looked most alike then, and the few that look most
    alike now that the third of a split may have come.
    """
    alike = (
        features["same_amount"] * (2.0 + np.nan_to_num(features["surprise"]))
        + 2.0 * np.nan_to_num(features["number_similarity"])
        + np.nan_to_num(features["same_clean_number"])
        - 0.5 * np.nan_to_num(np.log10(1.0 + features["issue_days"]))
    )
    agreed = 2.0 * features["sum_agreement"]
    odd = 1.0 + np.nan_to_num(agreed + 0.5 * features["sum_rarity"])
    known = features["sum_known"] * (1.0 + np.nan_to_num(agreed))  # rarity counts what came later
    then = _rank(later, np.where(in_time, alike + known, -np.inf))
    kept_then = in_time & (then <= KEPT_PER_INVOICE)
    now = _rank(later, alike + features["sum_found"] * odd)
    keep = np.flatnonzero(kept_then | (now <= KEPT_WITH_HINDSIGHT))
    described = {name: values[keep] for name, values in features.items()}
    return Pairs(later[keep], other[keep], kept_then[keep], described)


def _rank(later: Ints, score: Floats) -> Floats:
    """The place of each pair among those of its later invoice, the best first, from 1."""
    order = np.lexsort((-np.nan_to_num(score, neginf=-1e9), later))
    ranked = later[order]
    first = np.searchsorted(ranked, ranked)
    place = np.empty(len(later))
    place[order] = np.arange(len(later)) - first + 1.0
    return place


PAIR_KINDS = frozenset(
    {
        Kind.DUP_EXACT,
        Kind.DUP_RENUMBERED,
        Kind.DUP_SPLIT,
        Kind.DUP_CROSS_VENDOR,
        Kind.DUP_CROSS_ENTITY,
        Kind.DUP_REREAD,
    }
)
"""The kinds that a pair can be of."""


def described_pairs(ledger: Ledger, asked: Iterable[tuple[str, str]]) -> pa.Table:
    """Pairs of invoices, each named in any order, with their features: columns as `pairs`.

    One that blocking does not propose is described as if it did. A pair is left
    out if one of its invoices is not there, or is the paper of another.
    """
    place = ledger.position
    found = {(max(ends), min(ends)) for one, two in asked if one in place and two in place
             and len(ends := {place[one], place[two]}) == 2}  # fmt: skip
    known = candidate_pairs(ledger)
    proposed = known.table(ledger)
    ids = ledger.invoices["invoice_id"].to_numpy(dtype=object)
    wanted = {(ids[later], ids[other]) for later, other in found}
    rows = zip(proposed["invoice_id"].to_pylist(), proposed["other_id"].to_pylist(), strict=True)
    mask = [pair in wanted for pair in rows]
    there = proposed.filter(pa.array(mask, pa.bool_()))
    strange = sorted(found - set(zip(known.later.tolist(), known.other.tolist(), strict=True)))
    if not strange:
        return there
    later, other = (np.array(ends, dtype=np.int64) for ends in zip(*strange, strict=True))
    beside = np.isin(known.later, later)  # its rivals are counted with it
    with np.errstate(invalid="ignore", divide="ignore"):
        features = describer(ledger)(
            np.concatenate([known.later[beside], later]),
            np.concatenate([known.other[beside], other]),
        )
    own = {name: values[-len(strange) :] for name, values in features.items()}
    more = Pairs(later, other, np.ones(len(strange), dtype=bool), own).table(ledger)
    return pa.concat_tables([there, more]).sort_by(
        [("invoice_id", "ascending"), ("other_id", "ascending")]
    )


def kind_of(pairs: pa.Table) -> list[str]:
    """The kind of duplicate that each pair would be, from its features."""
    columns = {
        name: np.asarray(pairs[name].to_numpy(zero_copy_only=False), dtype=np.float64)
        for name in ("same_party", "same_vendor", "same_entity", "same_clean_number",
                     "part_ratio", "sum_found")
    }  # fmt: skip
    part = columns["part_ratio"]
    is_split = (part < 0.88) & ((columns["sum_found"] == 1) | (part < 0.8))
    kinds = np.select(
        [
            is_split,
            columns["same_vendor"] == 0,
            columns["same_entity"] == 0,
            columns["same_clean_number"] == 1,
        ],
        [Kind.DUP_SPLIT, Kind.DUP_CROSS_VENDOR, Kind.DUP_CROSS_ENTITY, Kind.DUP_EXACT],
        default=Kind.DUP_RENUMBERED,
    )
    return [str(kind) for kind in kinds]
