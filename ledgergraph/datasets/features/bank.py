"""Where the money is to go: the account on the invoice against what is known of the vendor."""

from collections import defaultdict

import numpy as np

from ledgergraph.datasets.declared import Feature, log_days, ratio
from ledgergraph.graph.asof import (
    count_before,
    distinct_before,
    first_of,
    latest_row,
    previous,
    rows_upto,
)
from ledgergraph.graph.frames import (
    Flags,
    Floats,
    Ints,
    Ledger,
    account_of,
    country_of_vendors,
    known_by,
)
from ledgergraph.graph.parts import carried
from ledgergraph.issues import Kind

FAMILY = "bank"


def _feature(name: str, sentence: str, unit: str, *kinds: Kind) -> Feature:
    return Feature(name, sentence, unit, FAMILY, kinds)


FEATURES = (
    _feature("account_seen", "earlier invoices of the vendor on this account, log10(1 + n)",
             "log10", Kind.IBAN_NOT_OF_VENDOR),
    _feature("account_share", "share of the vendor's earlier invoices on this account", "share",
             Kind.IBAN_NOT_OF_VENDOR, Kind.BANK_CHANGED_BEFORE_INVOICE),
    _feature("account_age", "days since the vendor first used this account, log10(1 + days)",
             "log10", Kind.IBAN_NOT_OF_VENDOR),
    _feature("account_new", "whether the vendor billed before, but never to this account", "flag",
             Kind.IBAN_NOT_OF_VENDOR, Kind.BANK_CHANGED_BEFORE_INVOICE),
    _feature("account_of_master", "whether it is the account in the master on that day", "flag",
             Kind.IBAN_NOT_OF_VENDOR),
    _feature("account_recorded", "whether master or recorded changes ever named it until then",
             "flag", Kind.IBAN_NOT_OF_VENDOR),
    _feature("account_foreign", "whether neither books nor earlier invoices know it for the vendor",
             "flag", Kind.IBAN_NOT_OF_VENDOR),
    _feature("days_since_bank_change", "days since the vendor's last recorded change of account",
             "days", Kind.BANK_CHANGED_BEFORE_INVOICE),
    _feature("days_since_own_change", "days since this account was recorded for the vendor",
             "days", Kind.BANK_CHANGED_BEFORE_INVOICE),
    _feature("change_verified", "whether the recorded change to this account was verified", "flag",
             Kind.BANK_CHANGED_BEFORE_INVOICE),
    _feature("unverified_fresh", "closeness of an unverified change to this account: 1 on the day, "
             "halved every 30 days", "ratio", Kind.BANK_CHANGED_BEFORE_INVOICE),
    _feature("account_switch", "whether the vendor's invoice before went to another account",
             "flag", Kind.BANK_CHANGED_BEFORE_INVOICE),
    _feature("accounts_of_vendor", "different accounts that the vendor has used", "count",
             Kind.IBAN_NOT_OF_VENDOR),
    _feature("account_parties", "other parties that used this account on earlier invoices",
             "count", Kind.IBAN_SHARED, Kind.GHOST_VENDOR),
    _feature("account_owners", "other parties that have this account in the master", "count",
             Kind.IBAN_SHARED, Kind.GHOST_VENDOR),
    _feature("account_first_of_other", "other parties that have had this account from their first "
             "invoice on, while the vendor began with another", "count", Kind.IBAN_SHARED),
    _feature("account_of_employee", "whether an employee has this account", "flag",
             Kind.CONFLICT_OF_INTEREST, Kind.GHOST_VENDOR),
    _feature("master_parties", "other parties with the vendor's account of the master", "count",
             Kind.IBAN_SHARED, Kind.GHOST_VENDOR),
    _feature("master_of_employee", "whether an employee has the vendor's account of the master",
             "flag", Kind.CONFLICT_OF_INTEREST, Kind.GHOST_VENDOR),
    _feature("account_abroad", "whether the account's country is not the vendor's", "flag",
             Kind.IBAN_COUNTRY_MISMATCH),
    _feature("account_moved_abroad", "whether its country differs from the vendor's first one",
             "flag", Kind.IBAN_COUNTRY_MISMATCH, Kind.IBAN_NOT_OF_VENDOR),
    _feature("account_near", "similarity of a new account to the vendor's last one", "ratio",
             Kind.IBAN_NOT_OF_VENDOR),
)  # fmt: skip


def compute(ledger: Ledger) -> dict[str, Floats]:
    """The values in order of arrival."""
    row, at = ledger.values, ledger.asked
    known, stated = row("known"), ledger.is_stated("iban")
    vendor = ledger.codes("seller")
    pair = ledger.codes("seller", "iban")
    account, of_master, of_change, of_employee = ledger.shared(
        ("invoices", "iban"), ("vendors", "account"), ("bank_changes", "account"),
        ("employees", "account"),
    )  # fmt: skip
    paying = np.where(stated, vendor, -1)
    seen, invoices = count_before(pair, at=at), count_before(paying, at=at)
    master = _Master(ledger, account, of_master, of_change)
    new = stated & (seen == 0) & (invoices > 0)
    last = previous(paying, account.astype(np.float64), at)
    since_own = known - master.own_change_day
    country = ledger.codes("country").astype(np.float64)
    home = first_of(paying, np.where(stated, country, np.nan), at)
    foreign = stated & master.is_kept & ~master.is_recorded & (seen == 0)
    return {
        "account_seen": np.log10(1.0 + seen),
        "account_share": ratio(seen, invoices),
        "account_age": log_days(known - first_of(pair, known, at)),
        "account_new": _flag(new, stated),
        "account_of_master": _flag(master.is_current, stated & master.is_kept),
        "account_recorded": _flag(master.is_recorded, stated & master.is_kept),
        "account_foreign": _flag(foreign, stated & master.is_kept),
        "days_since_bank_change": known - master.last_change_day,
        "days_since_own_change": since_own,
        "change_verified": master.own_change_verified,
        "unverified_fresh": np.where(
            stated, np.nan_to_num((1.0 - master.own_change_verified) * 0.5 ** (since_own / 30.0)),
            np.nan,
        ),
        "account_switch": _flag(account != last, stated & ~np.isnan(last)),
        "accounts_of_vendor": distinct_before(paying, account, at),
        "account_parties": _other_parties(ledger, account),
        "account_owners": _other_owners(ledger, account, of_master),
        "account_first_of_other": _first_of_other(ledger, vendor),
        "account_of_employee": _of_employee(ledger, account, of_employee),
        "master_parties": _other_owners(ledger, master.current, of_master),
        "master_of_employee": _of_employee(ledger, master.current, of_employee),
        "account_abroad": _abroad(ledger),
        "account_moved_abroad": _flag(country != home, stated & ~np.isnan(home)),
        "account_near": _nearness(ledger, paying, new),
    }  # fmt: skip


def witnesses(ledger: Ledger, at: int, feature: str) -> list[str]:
    """The invoice, its vendor and bank changes known by then, and who else has the account."""
    row = ledger.invoices.iloc[at]
    found = ledger.records("invoices", np.array([at]))
    if feature in ("account_parties", "account_owners", "account_first_of_other",
                   "account_of_employee"):  # fmt: skip
        found += ledger.records("invoices", ledger.earlier(at, "iban"))
        return found + _holders(ledger, {row["iban"]})
    listed = ledger.having("vendors", "vendor_id", row["vendor_id"])
    found += ledger.records("vendors", listed)
    if feature in ("master_parties", "master_of_employee"):
        stated = ledger["vendors"]["iban"].iloc[listed]
        return found + _holders(ledger, set(account_of(stated).dropna()))
    mine = known_by(ledger, "bank_changes", "vendor_id", row)
    return (
        found
        + ledger.records("bank_changes", mine)
        + ledger.records("invoices", ledger.earlier(at, "seller"))
    )


def _holders(ledger: Ledger, accounts: set[str]) -> list[str]:
    """Vendors and employees that have one of some accounts in the books."""
    found = []
    for table in ("vendors", "employees"):
        found += ledger.records(table, account_of(ledger[table]["iban"]).isin(accounts))
    return found


class _Master:
    """The account that the master named on each invoice's day, and what was recorded of it.

    An export holds today's account in `vendors.iban`; where a later change
    brought it in, it was not yet known: then the account is the one of the last
    change before the day, or unknown.
    """

    def __init__(self, ledger: Ledger, account: Ints, of_master: Ints, of_change: Ints) -> None:
        known = ledger.values("known")
        asked, base, changed = ledger.shared(
            ("invoices", "vendor_id"), ("vendors", "vendor_id"), ("bank_changes", "vendor_id")
        )
        when = ledger.values("known", "bank_changes")
        last = latest_row(changed, when, asked, known)
        first_in = latest_row(base, ledger.values("known", "vendors"), asked, known)
        listed = _at(of_master, first_in, -1)
        own = shared_pairs(asked, account, changed, of_change)
        change = latest_row(own[1], when, own[0], known)
        listed_pair = shared_pairs(asked, listed, changed, of_change)
        # Whether any change, at whatever time, brought in the account that the master lists.
        brought_in = np.isin(listed_pair[0], listed_pair[1]) & (listed >= 0)
        brought_by_now = latest_row(listed_pair[1], when, listed_pair[0], known) >= 0
        usable = (listed >= 0) & (~brought_in | brought_by_now)
        current = np.where(last >= 0, _at(of_change, last, -1), np.where(usable, listed, -1))
        self.current: Ints = current
        self.is_kept: Flags = (current >= 0) | usable
        self.is_current: Flags = (account == current) & (account >= 0)
        self.is_recorded: Flags = (account >= 0) & ((usable & (account == listed)) | (change >= 0))
        self.last_change_day = _at_float(when, last)
        self.own_change_day = _at_float(when, change)
        self.own_change_verified = _at_float(ledger.values("verified", "bank_changes"), change)


def shared_pairs(left: Ints, left_member: Ints, right: Ints, right_member: Ints) -> list[Ints]:
    """Codes of (group, member) pairs in two tables, equal where both are; -1 where one is null."""
    width = int(max(left_member.max(initial=0), right_member.max(initial=0))) + 2
    return [
        np.where((group < 0) | (member < 0), -1, group * width + member)
        for group, member in ((left, left_member), (right, right_member))
    ]


def _at(values: Ints, place: Ints, otherwise: int) -> Ints:
    if not len(values):
        return np.full(len(place), otherwise)
    return np.where(place >= 0, values[np.maximum(place, 0)], otherwise)


def _at_float(values: Floats, place: Ints) -> Floats:
    if not len(values):
        return np.full(len(place), np.nan)
    return np.where(place >= 0, values[np.maximum(place, 0)], np.nan)


def _flag(flag: Flags, where: Flags) -> Floats:
    return np.where(where, flag.astype(np.float64), np.nan)


def _other_parties(ledger: Ledger, account: Ints) -> Floats:
    """Parties on earlier invoices with this account, the invoice's own not counted."""
    party = ledger.codes("party")
    total = distinct_before(account, party, ledger.asked)
    return np.where(party >= 0, total - 1.0, np.nan)


def _first_of_other(ledger: Ledger, vendor: Ints) -> Floats:
    """Parties that began with an account, or that the master has with no other, where the vendor
    began with another account."""
    columns = (ledger.values(name, "bank_changes").tolist() for name in ("vendor_id", "account"))
    brought_in = set(zip(*columns, strict=True))
    of_master: dict[str, list[tuple[float, str]]] = defaultdict(list)
    names = ("vendor_id", "account", "party", "known")
    columns = (ledger.values(name, "vendors").tolist() for name in names)
    for vendor_id, account, party, since in zip(*columns, strict=True):
        if account is not None and (vendor_id, account) not in brought_in:
            of_master[account].append((since, party))
    began: dict[int, str] = {}
    owners: dict[str, set[str]] = {}
    paying = np.where(ledger.is_stated("iban"), vendor, -1)
    result = np.full(len(paying), np.nan)
    first = count_before(paying, at=ledger.asked) == 0
    is_first = carried(ledger, "first_account", first)
    places = np.flatnonzero(paying >= 0)
    if ledger.asked is not None:  # others tell only of where a vendor or an account began
        places = np.flatnonzero((paying >= 0) & (is_first | np.isin(paying, paying[ledger.asked])))
    names = ("vendor_id", "iban", "party", "known")
    rows = zip(
        places.tolist(), paying[places].tolist(),
        *(ledger.values(name)[places].tolist() for name in names), strict=True,
    )  # fmt: skip
    for at, own, vendor_id, account, party, known in rows:
        if is_first[at] or own not in began:  # a part need not hold the first of other vendors
            began[own] = account
        if is_first[at]:
            if (vendor_id, account) in brought_in:
                continue
            owners.setdefault(account, set()).add(party)
        result[at] = 0.0
        if began[own] != account:
            others = {one for since, one in of_master.get(account, ()) if not since > known}
            result[at] = len((owners.get(account, set()) | others) - {party})
    return result


def _other_owners(ledger: Ledger, account: Ints, of_master: Ints) -> Floats:
    """Vendor records of other parties, known by then, that have this account in the master."""
    own, theirs = ledger.shared(("invoices", "party"), ("vendors", "party"))
    known, days = ledger.values("known"), ledger.values("known", "vendors")
    asked, listed = shared_pairs(account, own, of_master, theirs)
    total = rows_upto(of_master, days, account, known).count
    mine = rows_upto(listed, days, asked, known).count
    return np.where(account >= 0, (total - mine).astype(np.float64), np.nan)


def _of_employee(ledger: Ledger, account: Ints, of_employee: Ints) -> Floats:
    if not ledger.size("employees"):
        return np.full(len(account), np.nan)
    return _flag(np.isin(account, of_employee[of_employee >= 0]), account >= 0)


def _abroad(ledger: Ledger) -> Floats:
    countries = ledger.fixed("countries", country_of_vendors)
    rows = zip(*(ledger.values(name).tolist() for name in ("vendor_id", "country")), strict=True)
    pairs = [(countries.get(vendor), country) for vendor, country in rows]
    both = np.array([None not in pair for pair in pairs], dtype=bool)
    return _flag(np.array([one != two for one, two in pairs], dtype=bool), both)


def _nearness(ledger: Ledger, paying: Ints, new: Flags) -> Floats:
    """Similarity in [0, 1] of an account new to the vendor to the one on its invoice before."""
    from rapidfuzz.distance import Levenshtein

    accounts = ledger.values("iban")
    place = previous(paying, np.arange(len(paying), dtype=np.float64), ledger.asked)
    result = np.full(len(paying), np.nan)
    for at in np.flatnonzero(new & ~np.isnan(place)):
        result[at] = Levenshtein.normalized_similarity(accounts[at], accounts[int(place[at])])
    return result
