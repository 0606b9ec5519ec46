"""Who approved, and how the amount lies to the limits. Limits come from the books, never from here.

The approvals of an invoice belong to it as its approver does, whenever they
were given: before they are, there is nothing to hold against a limit.
"""

from collections.abc import Mapping
from math import comb

import numpy as np
import pandas as pd

from ledgergraph.datasets.declared import Feature, log_ratio, ratio
from ledgergraph.graph.asof import COUNT, LARGEST, count_before, first_of, share, share_before
from ledgergraph.graph.frames import Flags, Floats, Ints, Ledger
from ledgergraph.graph.parts import across
from ledgergraph.issues import Kind

FAMILY = "approvals"
JUST_BELOW = 0.1
"""Amounts in this relative distance below a limit count as just below it."""
WINDOW_DAYS = (3.0, 14.0, 30.0)


def _feature(name: str, sentence: str, unit: str, *kinds: Kind) -> Feature:
    return Feature(name, sentence, unit, FAMILY, kinds)


FEATURES = (
    _feature("authority_use", "net amount over the highest limit of those who approved it",
             "log10", Kind.OVER_APPROVAL_LIMIT),
    _feature("authority_use_gross", "gross amount over the highest limit of those who approved it",
             "log10", Kind.OVER_APPROVAL_LIMIT),
    _feature("authority_excess", "amount over that limit, net or gross as the company is seen to "
             "apply it", "log10", Kind.OVER_APPROVAL_LIMIT),
    _feature("below_limit", "distance below the nearest limit above the amount, relative", "ratio",
             Kind.JUST_BELOW_LIMIT, Kind.SPLIT_UNDER_LIMIT),
    _feature("below_limit_gross", "the same for the gross amount", "ratio",
             Kind.JUST_BELOW_LIMIT, Kind.SPLIT_UNDER_LIMIT),
    _feature("below_own_limit", "distance below the approver's own limit, relative", "ratio",
             Kind.JUST_BELOW_LIMIT),
    _feature("just_below_vendor", "share of the vendor's earlier amounts just below a limit",
             "share", Kind.JUST_BELOW_LIMIT, Kind.SPLIT_UNDER_LIMIT),
    _feature("just_below_approver", "share of the approver's earlier amounts just below a limit",
             "share", Kind.JUST_BELOW_LIMIT),
    _feature("just_below_lift", "the approver's earlier amounts just below a limit over those "
             "just above it", "log10", Kind.JUST_BELOW_LIMIT),
    *(
        _feature(f"window_sum_{int(days)}", "billed by the vendor to the entity within "
                 f"{int(days)} days, over the nearest limit above this amount", "log10",
                 Kind.SPLIT_UNDER_LIMIT)
        for days in WINDOW_DAYS
    ),
    _feature("window_count_3", "invoices of the vendor to the entity within 3 days that each lie "
             "below the limit", "count", Kind.SPLIT_UNDER_LIMIT),
    _feature("window_count_14", "the same within 14 days", "count", Kind.SPLIT_UNDER_LIMIT),
    _feature("window_below_14", "those of them that lie within a half below the limit", "count",
             Kind.SPLIT_UNDER_LIMIT),
    _feature("parts_sum", "billed by the vendor to the entity within 14 days under the same "
             "approver, each within the approver's limit, over that limit", "log10",
             Kind.SPLIT_UNDER_LIMIT),
    _feature("parts_count", "how many invoices that sum has", "count", Kind.SPLIT_UNDER_LIMIT),
    _feature("parts_unusual", "those parts over what 14 days of this vendor and entity "
             "usually bring", "log10", Kind.SPLIT_UNDER_LIMIT),
    _feature("parts_smallest", "the smallest part of that sum over the limit", "ratio",
             Kind.SPLIT_UNDER_LIMIT),
    _feature("window_order", "share of them that name one order", "share",
             Kind.SPLIT_UNDER_LIMIT),
    _feature("approver_share", "share of the vendor's earlier invoices by this approver", "share",
             Kind.APPROVER_CONCENTRATION, Kind.GHOST_VENDOR),
    _feature("approver_lift", "meetings of approver and vendor over what chance would give",
             "log10", Kind.APPROVER_CONCENTRATION),
    _feature("approver_largest", "amount over the approver's largest until then", "log10",
             Kind.OVER_APPROVAL_LIMIT),
    _feature("pile_below", "the vendor's different amounts in the tenth below the approver's own "
             "limit that this approver released, this one included", "count",
             Kind.JUST_BELOW_LIMIT),
    _feature("pile_chance", "how likely so many there are by chance, given the vendor's amounts "
             "around them", "log10", Kind.JUST_BELOW_LIMIT),
    _feature("signed_by_others", "others with the authority who approved it too", "count",
             Kind.SEGREGATION_OF_DUTIES, Kind.OVER_APPROVAL_LIMIT),
    _feature("created_by_approver", "whether the approver had created the vendor or the order",
             "flag", Kind.SEGREGATION_OF_DUTIES),
)  # fmt: skip


def compute(ledger: Ledger) -> dict[str, Floats]:
    """The values in order of arrival."""
    net, gross = np.abs(ledger.values("value")), np.abs(ledger.values("amount"))
    at = ledger.asked
    vendor, approver = ledger.codes("seller"), ledger.codes("approver")
    limits = Limits(ledger)
    next_net, next_gross = limits.above(net), limits.above(gross)
    below, below_gross = _below(net, next_net), _below(gross, next_gross)
    is_below = (below < JUST_BELOW) | (below_gross < JUST_BELOW)
    just_above = limits.is_just_above(net)
    approvals_below = across(ledger, "approved_below", "approver", COUNT, is_below) + 1.0
    approvals_above = across(ledger, "approved_above", "approver", COUNT, just_above) + 1.0
    known = len(limits.steps) > 0
    meetings = count_before(ledger.codes("seller", "approver"), at=at)
    of_vendor = count_before(np.where(approver >= 0, vendor, -1), at=at)
    of_approver = across(ledger, "of_approver", "approver", COUNT, approver >= 0)
    total = across(ledger, "approved", None, COUNT, approver >= 0)
    own, signed = limits.own, np.fmax(limits.own, limits.of_signers)
    policy = _applied(ledger, net, gross, own)
    values = {
        "authority_use": log_ratio(net, signed),
        "authority_use_gross": log_ratio(gross, signed),
        "authority_excess": log_ratio(np.where(policy, gross, net), signed),
        "below_limit": below,
        "below_limit_gross": below_gross,
        "below_own_limit": np.where(net <= own, _below(net, own), np.nan),
        "just_below_vendor": _where(share_before(vendor, is_below, 0.05, 2.0, at), known),
        "just_below_approver": _where(
            across(ledger, "just_below_approver", "approver", share(0.05, 5.0), is_below * 1.0),
            known,
        ),
        "just_below_lift": _where(log_ratio(approvals_below, approvals_above), known),
        "approver_share": ratio(meetings, of_vendor),
        "approver_lift": log_ratio((meetings + 0.5) * (total + 1.0),
                                   (of_vendor + 1.0) * (of_approver + 1.0)),
        "approver_largest": log_ratio(
            net, across(ledger, "approver_largest", "approver", LARGEST, net)
        ),
        "signed_by_others": _others_signed(ledger, limits, net),
        "created_by_approver": _created_by_approver(ledger),
    }  # fmt: skip
    limited = np.where(policy, gross, net)
    return (
        values
        | _windows(ledger, net, next_net)
        | _parts(ledger, limited, own)
        | _piles(ledger, (net, gross), own)
    )


def witnesses(ledger: Ledger, at: int, feature: str) -> list[str]:
    """The invoice, the limits, and the vendor's or approver's invoices that it is summed with."""
    rows, limits = ledger.invoices, ledger["approval_limits"]
    row = rows.iloc[at]
    if feature == "created_by_approver":
        given = ledger["approvals"]
        about = given["object_id"].isin([row["vendor_id"], row["order_id"], row["invoice_id"]])
        return ledger.records("invoices", np.array([at])) + ledger.records("approvals", about)
    if feature.startswith(("window", "parts")):
        found = _window_members(ledger, at, _window_days(feature))
    elif feature.startswith("pile"):
        found = np.append(ledger.earlier(at, "seller"), at)
    elif feature.startswith("just_below") or feature.startswith("approver"):
        column = "seller" if feature in ("just_below_vendor", "approver_share") else "approver"
        found = np.append(ledger.earlier(at, column), at)
    else:
        found = np.array([at])
    approvals = ledger.having("approvals", "object_id", row["invoice_id"])
    signed = ledger["approvals"].iloc[approvals]
    signers = [row["approver"], "*", *signed["user"].dropna()]
    return (
        ledger.records("invoices", found)
        + ledger.records("approval_limits", limits["approver"].isin(signers))
        + [str(one) for one in signed["record_id"].dropna()]
    )


class Limits:
    """The approval limits of a company, in the currency that most of them have."""

    def __init__(self, ledger: Ledger) -> None:
        self.steps, self.of_user, currency = ledger.fixed("limits", _policy)
        stated = ledger.values("currency")
        self._comparable: Flags = np.ones(len(stated), dtype=bool)
        if currency is not None:
            self._comparable = np.array([one in (None, currency) for one in stated.tolist()], bool)
        own = [self.of_user.get(one, np.nan) for one in ledger.values("approver").tolist()]
        self.own: Floats = np.where(self._comparable, np.array(own, dtype=np.float64), np.nan)
        strongest: dict[str, float] = {}
        for about, user in given_by(ledger, "approv"):
            limit = self.of_user.get(user)
            if limit is not None:
                strongest[about] = max(limit, strongest.get(about, limit))
        signed = [strongest.get(one, np.nan) for one in ledger.values("invoice_id").tolist()]
        self.of_signers: Floats = np.where(
            self._comparable, np.array(signed, dtype=np.float64), np.nan
        )

    def above(self, amounts: Floats) -> Floats:
        """The lowest limit that is not below each amount; NaN where there is none."""
        if not len(self.steps):
            return np.full(len(amounts), np.nan)
        place = np.searchsorted(self.steps, amounts, side="left")
        found = self.steps[np.minimum(place, len(self.steps) - 1)]
        return np.where((place < len(self.steps)) & self._comparable, found, np.nan)

    def is_just_above(self, amounts: Floats) -> Flags:
        """Whether an amount exceeds some limit by at most the width of `just below`."""
        if not len(self.steps):
            return np.zeros(len(amounts), dtype=bool)
        place = np.searchsorted(self.steps, amounts, side="left") - 1
        limit = self.steps[np.maximum(place, 0)]
        flag: Flags = (place >= 0) & (amounts <= limit * (1.0 + JUST_BELOW)) & self._comparable
        return flag


def _policy(ledger: Ledger) -> tuple[Floats, Mapping[str, float], str | None]:
    """The limits that there are, that of each user, and the currency that most of them have."""
    limits = ledger["approval_limits"].dropna(subset=["max_amount"])
    limits = limits[limits["max_amount"] > 0]
    currencies = limits["currency"].dropna().mode()
    currency = str(currencies.iloc[0]) if len(currencies) else None
    if currency is not None:
        limits = limits[limits["currency"].isna() | (limits["currency"] == currency)]
    steps = np.unique(limits["max_amount"].to_numpy())
    own = limits[limits["approver"] != "*"].groupby("approver")["max_amount"].max()
    of_user = {str(user): float(limit) for user, limit in own.items()}
    # The highest level of all often stands for "no limit"; nobody hides below it.
    return steps[steps < 1e8], of_user, currency


def given_by(ledger: Ledger, *acts: str) -> list[tuple[str, str]]:
    """What was acted on and by whom, of the approvals whose action begins so."""
    columns = (ledger.values(name, "approvals").tolist() for name in ("act", "object_id", "user"))
    return [
        (about, user)
        for act, about, user in zip(*columns, strict=True)
        if act is not None and act.startswith(acts)
    ]


def _applied(ledger: Ledger, net: Floats, gross: Floats, own: Floats) -> Flags:
    """Whether limits have been applied to gross amounts until then.

    Where they are applied to net, a good part of the amounts near a limit lie
    above it with their tax; where to gross, hardly any.
    """
    near = (net <= own) & (gross > net) & (gross > 0.85 * own)
    over = across(ledger, "over_limit_gross", None, COUNT, near & (gross > own))
    near_before = across(ledger, "near_limit", None, COUNT, near)
    is_approved = ledger.is_stated("approver")
    flag: Flags = is_approved & (near_before >= 5) & (over <= 0.35 * near_before)
    return flag


def _parts(ledger: Ledger, limited: Floats, own: Floats) -> dict[str, Floats]:
    """What one vendor billed one entity under one approver within 14 days, against the limit."""
    credit, at = ledger.values("is_credit"), ledger.asked
    group = ledger.codes("seller", "site", "approver")
    group = np.where(credit | np.isnan(own) | ~(limited <= own), -1, group)
    known, day = ledger.values("known"), ledger.values("day")
    total, count, smallest = limited.copy(), np.ones(len(known)), limited.copy()
    for one, other in neighbours(group, known, 21.0, at):
        near = np.abs(day[one] - day[other]) <= 14.0
        np.add.at(total, one[near], limited[other[near]])
        np.add.at(count, one[near], 1.0)
        np.minimum.at(smallest, one[near], limited[other[near]])
    outside = np.where(group < 0, np.nan, 0.0)
    site = ledger.codes("seller", "site")
    age = np.nan_to_num(known - first_of(ledger.codes("seller"), known, at))
    earlier = np.maximum(count_before(site, at=at) - count + 1.0, 0.0)
    usual = (earlier + 1.0) * 14.0 / np.maximum(age, 14.0)
    return {
        "parts_sum": log_ratio(total, own) + outside,
        "parts_count": count + outside,
        "parts_unusual": log_ratio(count, usual) + outside,
        "parts_smallest": ratio(smallest, own) + outside,
    }


def _below(amounts: Floats, limits: Floats) -> Floats:
    return ratio(limits - amounts, limits)


def _where(values: Floats, is_known: bool) -> Floats:
    return values if is_known else np.full(len(values), np.nan)


def _window_days(feature: str) -> float:
    last = feature.rsplit("_", 1)[1]
    return float(last) if last.isdigit() else 14.0


def _window_members(ledger: Ledger, at: int, days: float) -> Ints:
    """The invoices of the same vendor and entity within some days, as of the day of arrival."""
    rows = ledger.invoices
    row = rows.iloc[at]
    place = ledger.having("invoices", "seller", row["seller"])
    rows = rows.iloc[place]
    same = (rows["entity_id"] == row["entity_id"]) | (
        rows["entity_id"].isna() & pd.isna(row["entity_id"])
    )
    near = (rows["known"] <= row["known"]) & (rows["known"] >= row["known"] - days)
    near &= (rows["day"] - row["day"]).abs() <= days
    members: Ints = place[(same & near & ~rows["is_credit"]).to_numpy(dtype=bool)]
    return members


BESIDE = (0.75, 1.2)
"""Between these parts of a limit lie the amounts that those just below it are held against."""


def _piles(ledger: Ledger, amounts: tuple[Floats, Floats], own: Floats) -> dict[str, Floats]:
    """How the vendor's amounts, net or gross, pile up in the tenth below the approver's limit.

    Equal amounts count once: a list price may lie anywhere. The chance is that of a
    binomial: amounts near a limit are as likely on each logarithmic step.
    """
    credit = ledger.values("is_credit")
    below, chance = np.where(np.isnan(own), np.nan, 0.0), np.where(np.isnan(own), np.nan, 0.0)
    share = -np.log(1.0 - JUST_BELOW) / np.log(BESIDE[1] / BESIDE[0])
    approver = ledger.codes("approver")
    for values in amounts:
        near = ~credit & (values <= own) & (values > (1.0 - JUST_BELOW) * own)
        asked = np.flatnonzero(near)
        if ledger.asked is not None:
            asked = np.intersect1d(asked, ledger.asked)
        for at in asked.tolist():
            earlier = ledger.earlier(at, "seller")
            earlier = earlier[~credit[earlier]]
            part = values[earlier] / own[at]
            in_pile = (part <= 1.0) & (part > 1.0 - JUST_BELOW)
            mine = in_pile & (approver[earlier] == approver[at])
            found = len({round(float(one), 2) for one in (*values[earlier[mine]], values[at])})
            around = len({
                round(float(one), 2)
                for one in values[earlier[~mine & (part > BESIDE[0]) & (part <= BESIDE[1])]]
            })  # fmt: skip
            likely = float(np.log10(_at_least(found, found + around, float(share))))
            if likely < chance[at]:
                below[at], chance[at] = found, likely
    return {"pile_below": below, "pile_chance": chance}


def _at_least(hits: int, trials: int, share: float) -> float:
    """How likely a binomial brings so many hits, or more."""
    return sum(
        comb(trials, one) * share**one * (1.0 - share) ** (trials - one)
        for one in range(hits, trials + 1)
    )


def _windows(ledger: Ledger, net: Floats, limit: Floats) -> dict[str, Floats]:
    """Sums and counts over the vendor's invoices to the entity around one invoice.

    As of the day of arrival: all that arrived on the same day belongs to it,
    whichever came first, because parts of one purchase often arrive together.
    """
    group = ledger.codes("seller", "site")
    credit = ledger.values("is_credit")
    order_code = ledger.codes("order_id")
    known, day = ledger.values("known"), ledger.values("day")
    size = len(known)
    sums = {days: np.zeros(size) for days in WINDOW_DAYS}
    counts = {days: np.zeros(size) for days in WINDOW_DAYS}
    near_limit, one_order = np.zeros(size), np.zeros(size)
    for one, other in neighbours(group, known, max(WINDOW_DAYS), ledger.asked):
        apart = np.abs(day[one] - day[other])
        fits = ~credit[one] & ~credit[other] & (net[other] <= limit[one])
        for days in WINDOW_DAYS:
            inside = fits & (apart <= days) & (known[one] - known[other] <= days)
            np.add.at(sums[days], one[inside], net[other[inside]])
            np.add.at(counts[days], one[inside], 1.0)
        close = fits & (apart <= 14.0) & (known[one] - known[other] <= 14.0)
        np.add.at(near_limit, one[close & (net[other] > 0.5 * limit[one])], 1.0)
        same = close & (order_code[one] == order_code[other]) & (order_code[one] >= 0)
        np.add.at(one_order, one[same], 1.0)
    absent = np.where(np.isnan(limit) | credit | (group < 0), np.nan, 0.0)
    result = {
        f"window_sum_{int(days)}": log_ratio(sums[days] + net, limit) + absent
        for days in WINDOW_DAYS
    }
    result["window_count_3"] = counts[3.0] + absent
    result["window_count_14"] = counts[14.0] + absent
    result["window_below_14"] = near_limit + absent
    result["window_order"] = ratio(one_order, counts[14.0]) + absent
    return result


REACH = 60
"""So many rows of a group before and behind one are looked at."""


def neighbours(
    group: Ints, known: Floats, days: float, at: Ints | None = None
) -> "list[tuple[Ints, Ints]]":
    """Pairs (row, other) of one group with the other known on the same day or some days before.

    Both directions within a day. In pieces by the distance in the group's order;
    at most REACH steps back and forward. With `at` only pairs of these rows.
    """
    if at is not None:
        return [_beside(group, known, days, one) for one in at[group[at] >= 0].tolist()]
    order = np.lexsort((np.arange(len(group)), group))
    order = order[group[order] >= 0]
    pieces = []
    for step in range(1, REACH + 1):
        later, earlier = order[step:], order[:-step]
        same = group[later] == group[earlier]
        with np.errstate(invalid="ignore"):
            gap = known[later] - known[earlier]
        back = same & (gap <= days)
        if not back.any():
            break
        pieces.append((later[back], earlier[back]))
        together = same & (gap == 0)
        pieces.append((earlier[together], later[together]))
    return pieces


def _beside(group: Ints, known: Floats, days: float, one: int) -> tuple[Ints, Ints]:
    """The pairs of one row."""
    together = np.flatnonzero(group == group[one])
    place = int(np.searchsorted(together, one))
    before = together[max(place - REACH, 0) : place]
    behind = together[place + 1 : place + 1 + REACH]
    with np.errstate(invalid="ignore"):
        near = before[known[one] - known[before] <= days]
        same = behind[known[behind] - known[one] == 0]
    others = np.concatenate([near, same])
    return np.full(len(others), one), others


def _others_signed(ledger: Ledger, limits: Limits, net: Floats) -> Floats:
    """Other users whose limit covers an invoice and who approved it; NaN without approvals."""
    approved = given_by(ledger, "approv")
    if not approved:
        return np.full(len(net), np.nan)
    approvers = ledger.values("approver")
    found = np.zeros(len(net))
    for about, user in approved:
        at, limit = ledger.position.get(about), limits.of_user.get(user)
        if at is not None and limit is not None and limit >= net[at] and user != approvers[at]:
            found[at] += 1.0
    return found


def _created_by_approver(ledger: Ledger) -> Floats:
    """Whether the approver of an invoice had created its vendor, its order or itself by then."""
    names = ("act", "object_id", "user", "known")
    columns = (ledger.values(name, "approvals").tolist() for name in names)
    since: dict[tuple[str, str], float] = {}
    for act, about, user, day in zip(*columns, strict=True):
        if act is not None and act.startswith(("creat", "enter")):
            first = -np.inf if day != day else day
            since[about, user] = min(first, since.get((about, user), first))
    known = ledger.values("known")
    if not since:
        return np.full(len(known), np.nan)
    approvers = ledger.values("approver").tolist()
    result = np.zeros(len(known))
    for column in ("invoice_id", "vendor_id", "order_id"):
        keys = zip(ledger.values(column).tolist(), approvers, strict=True)
        days = np.array([since.get(key, np.nan) for key in keys], dtype=np.float64)
        result = np.maximum(result, days <= known)
    return np.where(ledger.is_stated("approver"), result, np.nan)
