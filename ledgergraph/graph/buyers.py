"""Who buys: one's own companies, and customers. From what papers print of their buyer.

Not here: vendors and sellers (parties), what hangs together (clusters), and how likely two
descriptions are one (likeness).
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence, Set
from functools import cache

from ledgergraph.graph.clusters import (
    DECIDED,
    LIKENESS,
    REGISTER,
    VAT_ID,
    Match,
    Near,
    by_register,
    by_vat_id,
    can_hang_together,
    joined,
)
from ledgergraph.graph.decisions import Decisions
from ledgergraph.graph.likeness import Description, described
from ledgergraph.graph.snapshot import Snapshot

CUSTOMER, ENTITY, VENDOR = "customer", "entity", "vendor"
"""Kinds of party: who buys from us, who we are, who sells to us."""
BUYER = ">buyer"
"""After an invoice_id it names the invoice's buyer, as the invoice_id alone names its seller."""
Printed = Mapping[str, Mapping[str, str]]
"""What papers print beside the columns of an invoice, by the id of their record."""


def buyers_of(snapshot: Snapshot, printed: Printed) -> dict[Description, list[str]]:
    """The buyers of papers, each with its invoices, in the order of their keys.

    Papers that print the same name, VAT id and number of a register share a description; its
    key is that of the smallest invoice with BUYER after it.
    """
    invoices = snapshot.rows("Invoice")
    grouped: defaultdict[Hashable, list[tuple[str, Description]]] = defaultdict(list)
    rows = zip(*(invoices[name].to_pylist() for name in ("key", "record_id")), strict=True)
    for invoice, record in sorted(rows):
        said = printed.get(record, {})
        name, vat_id, address, register = (
            said.get(f"buyer.{part}") for part in ("name", "vat_id", "address", "register_id")
        )
        one = described(f"{invoice}{BUYER}", name, vat_id, None, address, register)
        if one.name or one.vat_id or one.register:
            grouped[one.name, one.vat_id, one.register].append((invoice, one))
    return {same[0][1]: [invoice for invoice, _ in same] for same in grouped.values()}


def bought(
    buyers: Iterable[Description],
    others: Sequence[Description],
    party_of: Mapping[str, str],
    decided: Decisions,
    near: Near,
) -> dict[str, Match]:
    """For each buyer by its key the party that it is, and why.

    `others` are vendors and sellers, `party_of` their parties by their keys. Buyers that are
    one are joined first. Together they are the party of a vendor or seller that people, an
    identifier or likeness name, if that is a single one; else a party of their own. They are
    none whose identifiers are others, unless people say so.
    """
    given = list(buyers)
    among = joined(given, decided, near)
    named = _named_by_people(party_of, decided.one)
    barred = _named_by_people(party_of, decided.apart)
    vat_ids, registers = by_vat_id(others), by_register(others)
    direct: dict[str, Match] = {}
    parties: defaultdict[str, set[str]] = defaultdict(set)
    excluded: defaultdict[str, set[str]] = defaultdict(set)
    group_of = {key: match.other for key, match in among.items()}
    ours, theirs = _members(given, group_of), _members(others, party_of)

    @cache
    def can_be(group: str, party: str, reason: str) -> bool:
        together = [*ours[group], *theirs[party]]
        return reason == DECIDED or can_hang_together(together, reason)

    for one in given:
        excluded[among[one.key].other] |= barred[one.key]
    for one in given:
        own, never = among[one.key].other, excluded[among[one.key].other]
        same_number = [other for each in one.registers for other in registers.get(each, ())]
        stages = [
            (DECIDED, [(1.0, party) for party in sorted(named[one.key])]),
            (VAT_ID, [(1.0, party_of[other.key]) for other in vat_ids.get(one.vat_id or "", ())]),
            (REGISTER, [(1.0, party_of[other.key]) for other in same_number]),
            (LIKENESS, [(s, party_of[key]) for s, key in near.get(one.key, ()) if key in party_of]),
        ]
        for reason, proposed in stages:
            possible = [
                (score, party)
                for score, party in proposed
                if party not in never and can_be(own, party, reason)
            ]
            if possible:
                parties[own] |= {party for _, party in possible}
                score, party = max(possible)
                direct[one.key] = Match(party, score, reason)
                break
    return {
        one.key: _settled(among[one.key], direct.get(one.key), parties[among[one.key].other])
        for one in given
    }


def _members(
    several: Iterable[Description], party_of: Mapping[str, str]
) -> defaultdict[str, list[Description]]:
    """Descriptions by their party."""
    found: defaultdict[str, list[Description]] = defaultdict(list)
    for one in several:
        found[party_of[one.key]].append(one)
    return found


def _settled(among: Match, direct: Match | None, parties: Set[str]) -> Match:
    """The party of a buyer that is one with others of `among`, of which some are `parties`."""
    if len(parties) != 1:
        return among
    return direct or Match(next(iter(parties)), among.score, among.reason)


def _named_by_people(
    party_of: Mapping[str, str], pairs: Iterable[tuple[str, str]]
) -> defaultdict[str, set[str]]:
    """For each key without a party those of the keys that it is paired with."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for pair in pairs:
        for one, other in (pair, pair[::-1]):
            if other in party_of and one not in party_of:
                found[one].add(party_of[other])
    return found


def kinds_of(bought: Mapping[str, Sequence[str]], sold: Mapping[str, str]) -> dict[str, str]:
    """For each party that buys its kind; `bought` are its invoices, `sold` who sells each.

    We are who buys most. Who buys from us alone is a customer, all others are companies
    of our own.
    """
    most = max(sorted(bought), key=lambda party: len(bought[party]), default=None)
    return {
        party: CUSTOMER
        if party != most and all(sold.get(invoice) == most for invoice in invoices)
        else ENTITY
        for party, invoices in bought.items()
    }


def entities_of(
    bought: Mapping[str, Sequence[str]], entity_of: Mapping[str, str]
) -> dict[str, str]:
    """The entity of the books that parties are, where most of their booked papers name it.

    `bought` are the invoices of each party that buys, `entity_of` the entities that the
    rows name which papers are booked as. A paper that is booked for another company than it
    is addressed to is outvoted by the others.
    """
    found = {}
    for party, invoices in bought.items():
        votes = Counter(entity_of[one] for one in invoices if one in entity_of)
        for entity, count in votes.most_common(1):
            if 2 * count > votes.total():
                found[party] = entity
    return found
