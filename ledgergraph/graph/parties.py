"""Who is who: vendors that are one party, and the vendor that a paper's seller is.

Identifiers decide first; what they leave open is scored by likeness of name, legal form,
address and account. A shared bank account is a mark of fraud, so it joins nothing by
itself. A party has one VAT id: two of them tell apart what likeness would join, also
through a third that has none, and what could be several parties is none of them. What
people decided comes before all of it. Pure, the same in any order of rows, and close to
linear: only candidates that share something are compared (likeness).
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.graph.buyers import ENTITY, VENDOR, Printed, buyers_of, kinds_of
from ledgergraph.graph.decisions import UNDECIDED, Decisions, Pair
from ledgergraph.graph.likeness import (
    COMPARED,
    Description,
    Likeness,
    described,
    is_one_id,
    likenesses,
    open_pairs,
)
from ledgergraph.graph.schemas import PARTIES, PARTY_COMPARISONS
from ledgergraph.graph.snapshot import Snapshot

if TYPE_CHECKING:
    from splink.internals.database_api import DatabaseAPI

JOINED = (0.99, 0.85)
"""Likenesses from which two are one, the surest first: what a surer one joins stays joined."""
OPEN = 0.5
"""A pair at least so likely one is shown to people, joined or not."""

VAT_ID, LIKENESS, ALONE, DECIDED = "vat_id", "likeness", "alone", "decided"


@dataclass(frozen=True)
class Match:
    """Which other identity one is, how surely (0 to 1), and why."""

    other: str
    score: float
    reason: str


class Resolution(NamedTuple):
    """Tables PARTIES, and PARTY_COMPARISONS: what likeness proposed, joined or not."""

    parties: pa.Table
    comparisons: pa.Table


Engine = Callable[[], "DatabaseAPI[Any]"]
"""Makes Splink's door to the database that compares."""


Proposal = tuple[float, Sequence[Description]]
"""Descriptions that may be one party, and how likely."""
Near = Mapping[str, Sequence[tuple[float, str]]]
"""For each key those that are likely one with it, the likeliest first."""


def resolve_parties(snapshot: Snapshot, decisions: Decisions = UNDECIDED) -> pa.Table:
    """The parties of a ledger, table PARTIES, from what its graph says alone (see `resolved`)."""
    return resolved(snapshot, decisions).parties


def resolved(
    snapshot: Snapshot,
    decisions: Decisions = UNDECIDED,
    printed: pa.Table | None = None,
    engine: Engine | None = None,
) -> Resolution:
    """Who is who: a row of PARTIES for each vendor and each paper's seller, and why.

    `decisions` name vendors, and the sellers of papers by one of their invoices: what
    people joined is one party, what they told apart never is, whatever identifiers say.
    `printed` are the records of invoices, whose `extra` holds what else papers print of
    their seller and buyer. `engine` compares where a ledger outgrows one machine.

    A party is named by its smallest vendor_id; one without a vendor in the books
    by the smallest invoice_id of its papers; one that only buys by that and `>buyer`.
    Invoices that name their vendor_id have no row as such: their party is their vendor's.
    """
    said = _printed(printed)
    vendors, sellers = _vendors(snapshot), _sellers(snapshot, said)
    buyers = buyers_of(snapshot, said)
    decided = decisions.renamed(_names(snapshot, vendors, sellers))
    alike = _alike([*vendors, *sellers], decided)
    vendors = [_with_alike(one, alike) for one in vendors]
    sellers = {_with_alike(one, alike): papers for one, papers in sellers.items()}
    everybody = [*vendors, *sellers, *buyers]
    pairs = [
        pair
        for pair in open_pairs(vendors, list(sellers), list(buyers))
        if pair not in decided.apart
    ]
    scored = likenesses(everybody, pairs, engine)
    near = _near(scored)
    joined = _joined(vendors, decided, near)
    rows = [
        {
            "member": "Vendor", "key": one.key, "party_id": joined[one.key].other,
            "score": joined[one.key].score, "reason": joined[one.key].reason,
        }
        for one in vendors
    ]  # fmt: skip
    party_of = {key: match.other for key, match in joined.items()}
    found = _listed(sellers, vendors, party_of, decided, near)
    unlisted = [one for one in sellers if one not in found]
    among_papers = _joined(unlisted, decided, near)
    for seller, papers in sellers.items():
        listed = found.get(seller)
        match = listed or among_papers[seller.key]
        vendor_id = listed.other if listed else None
        party_of[seller.key] = joined[listed.other].other if listed else match.other
        rows += [
            {
                "member": "Invoice", "key": paper, "party_id": party_of[seller.key],
                "vendor_id": vendor_id, "score": match.score, "reason": match.reason,
            }
            for paper in papers
        ]  # fmt: skip
    rows += _buying(buyers, [*vendors, *sellers], party_of, near)
    parties = PARTIES.rows(_with_kinds(rows, snapshot))
    return Resolution(PARTIES.conform(parties), _compared(scored, party_of))


def vendors_of(
    sellers: Sequence[Description], vendors: Sequence[Description], party_of: Mapping[str, str]
) -> dict[str, str]:
    """The vendor of each seller that is one, by the sellers' keys, as `resolved` finds it.

    For sellers that come after a ledger was resolved: `party_of` is what it found of the
    vendors. What is decided of papers is not looked at, nor what other papers print.
    """
    alone = {one: [one.key] for one in sellers}
    found = _listed(alone, vendors, party_of, UNDECIDED, {})
    unsure = {one: papers for one, papers in alone.items() if one not in found}
    if unsure and vendors:
        keys = {one.key for one in unsure}
        pairs = [pair for pair in open_pairs(vendors, list(unsure)) if len(keys & {*pair}) == 1]
        near = _near(likenesses([*vendors, *unsure], pairs))
        found |= _listed(unsure, vendors, party_of, UNDECIDED, near)
    return {one.key: match.other for one, match in found.items()}


def _buying(
    buyers: Mapping[Description, Sequence[str]],
    sellers: Sequence[Description],
    party_of: dict[str, str],
    near: Near,
) -> list[dict[str, Any]]:
    """The rows of buyers: the party of a vendor or seller that one is, or one of their own.

    Adds the parties of buyers to `party_of`.
    """
    matches, rows = _joined(buyers, UNDECIDED, near), list[dict[str, Any]]()
    by_vat_id = _by_vat_id(sellers)
    known: defaultdict[str, set[str]] = defaultdict(set)
    for buyer in buyers:
        same = [one.key for one in by_vat_id.get(buyer.vat_id or "", ())]
        alike = [key for _, key in near.get(buyer.key, ()) if key in party_of]
        known[matches[buyer.key].other].update(party_of[key] for key in same or alike)
    for buyer, papers in buyers.items():
        match, others = matches[buyer.key], known[matches[buyer.key].other]
        party_of[buyer.key] = min(others) if len(others) == 1 else match.other
        rows += [
            {
                "member": "Buyer", "key": paper, "party_id": party_of[buyer.key],
                "score": match.score, "reason": match.reason,
            }
            for paper in papers
        ]  # fmt: skip
    return rows


def _with_kinds(rows: Sequence[dict[str, Any]], snapshot: Snapshot) -> list[dict[str, Any]]:
    """The rows with the kind of their party; who sells and is one of our own is that."""
    vendors = {row["key"]: row["party_id"] for row in rows if row["member"] == "Vendor"}
    invoices = snapshot.rows("Invoice")
    booked = zip(*(invoices[name].to_pylist() for name in ("key", "vendor_id")), strict=True)
    sold = {key: vendors[vendor] for key, vendor in booked if vendor in vendors}
    sold |= {row["key"]: row["party_id"] for row in rows if row["member"] == "Invoice"}
    bought: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["member"] == "Buyer":
            bought[row["party_id"]].append(row["key"])
    kinds = kinds_of(bought, sold)
    return [
        {**row, "kind": kind if row["member"] == "Buyer" or kind == ENTITY else VENDOR}
        for row in rows
        for kind in [kinds.get(row["party_id"], VENDOR)]
    ]


def join(
    descriptions: Sequence[Description], decided: Decisions, scored: Mapping[Pair, Likeness]
) -> dict[str, str]:
    """For each key the smallest key of its party, by VAT ids, decisions and likeness."""
    joined = _joined(descriptions, decided, _near(scored))
    return {key: match.other for key, match in joined.items()}


def _compared(scored: Mapping[Pair, Likeness], party_of: Mapping[str, str]) -> pa.Table:
    """What people are shown of the pairs that are likely one, or came to be."""
    rows = (
        {
            "key": key, "other_key": other, "score": likeness.score,
            "joined": party_of[key] == party_of[other],
            **{name: likeness.levels.get(name) for name in COMPARED},
            **{f"{name}_bits": likeness.weights.get(name) for name in COMPARED},
        }
        for (key, other), likeness in scored.items()
        if likeness.score >= OPEN
    )  # fmt: skip
    return PARTY_COMPARISONS.conform(PARTY_COMPARISONS.rows(rows))


def _near(scored: Mapping[Pair, Likeness]) -> Near:
    near: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
    for (one, other), likeness in scored.items():
        if likeness.score >= min(JOINED) and not likeness.is_for_people:
            near[one].append((likeness.score, other))
            near[other].append((likeness.score, one))
    return {key: sorted(found, key=lambda at: (-at[0], at[1])) for key, found in near.items()}


def _printed(records: pa.Table | None) -> Printed:
    """What papers print of their parties beside the columns of an invoice."""
    if records is None:
        return {}
    stated = records.filter(pc.match_substring_regex(records["extra"], '"(seller|buyer)[.]'))
    columns = (stated[name].to_pylist() for name in ("record_id", "extra"))
    return {key: json.loads(extra) for key, extra in zip(*columns, strict=True)}


def _names(
    snapshot: Snapshot,
    vendors: Iterable[Description],
    sellers: Mapping[Description, Sequence[str]],
) -> dict[str, str]:
    """The identity that people mean by a vendor_id or an invoice_id."""
    invoices = snapshot.rows("Invoice")
    columns = (invoices[name].to_pylist() for name in ("key", "vendor_id"))
    booked = {key: vendor for key, vendor in zip(*columns, strict=True) if vendor is not None}
    papers = {paper: one.key for one, listed in sellers.items() for paper in listed}
    return {**booked, **papers, **{one.key: one.key for one in vendors}}


def _alike(identities: Iterable[Description], decided: Decisions) -> dict[str, str]:
    """For each VAT id of what people joined one that stands for all of theirs."""
    vat_ids = {one.key: one.vat_id for one in identities}
    groups = [
        [Description(vat_id, vat_id=vat_id) for key in pair if (vat_id := vat_ids.get(key))]
        for pair in decided.one
    ]
    named = {one.key: one.key for group in groups for one in group}
    return dict(_connected(named, [group for group in groups if group]))


def _with_alike(one: Description, alike: Mapping[str, str]) -> Description:
    return replace(one, vat_id=alike.get(one.vat_id or "", one.vat_id))


def _vendors(snapshot: Snapshot) -> list[Description]:
    """All vendors: those of the list, and those that only invoices name.

    Of the latter, everything is what most of their invoices say.
    """
    listed = snapshot.rows("Vendor")
    found = _descriptions(listed, listed["key"].to_pylist(), "name", listed["address"].to_pylist())
    invoices = snapshot.rows("Invoice")
    is_stated = pc.and_(
        pc.is_valid(invoices["vendor_id"]), pc.is_null(invoices["resolved_vendor_id"])
    )
    invoices = invoices.filter(is_stated)
    known = {one.key for one in found}
    others: defaultdict[str, list[Description]] = defaultdict(list)
    for one in _descriptions(invoices, invoices["vendor_id"].to_pylist(), "vendor_name"):
        if one.key not in known:
            others[one.key].append(one)
    usual = (
        replace(
            _with_usual(Description(key), seen),
            name=_usual(one.name for one in seen),
            vat_id=_usual(one.vat_id for one in seen),
            account=_usual(one.account for one in seen),
        )
        for key, seen in others.items()
    )
    silent = set(snapshot.nodes["Vendor"]["key"].to_pylist()) - known - others.keys()
    return sorted([*found, *usual, *map(Description, silent)], key=lambda one: one.key)


def _with_usual(one: Description, seen: Sequence[Description]) -> Description:
    """A description with the legal form and the address that it is mostly stated with."""
    address = _usual(other.address for other in seen)
    numbers = next((other.numbers for other in seen if other.address == address), ())
    form = _usual(other.legal_form for other in seen)
    return replace(one, legal_form=form, address=address, numbers=numbers if address else ())


def _usual(values: Iterable[str | None]) -> str | None:
    """The value seen most often, the smallest of several; null if none is set."""
    return _most_frequent(Counter(value for value in values if value is not None))


def _most_frequent(counted: Mapping[str, int]) -> str | None:
    return min(counted, key=lambda value: (-counted[value], value), default=None)


def _sellers(snapshot: Snapshot, printed: Printed) -> dict[Description, list[str]]:
    """The sellers of invoices that name no vendor_id, each with its invoices.

    Papers that say the same name, VAT id and account of their seller share a description,
    named by the smallest of them; a seller of which nothing is said is one of its own.
    """
    invoices = snapshot.rows("Invoice")
    is_derived = pc.is_valid(invoices["resolved_vendor_id"])
    papers = invoices.filter(pc.or_(pc.is_null(invoices["vendor_id"]), is_derived))
    records = papers["record_id"].to_pylist()
    places = [printed.get(record, {}).get("seller.address") for record in records]
    grouped: defaultdict[Hashable, list[Description]] = defaultdict(list)
    for one in _descriptions(papers, papers["key"].to_pylist(), "vendor_name", places):
        said = (one.name, one.vat_id, one.account)
        grouped[said if any(said) else one.key].append(one)
    alike_by_key = (sorted(alike, key=lambda one: one.key) for alike in grouped.values())
    ordered = sorted(alike_by_key, key=lambda alike: alike[0].key)
    return {_with_usual(alike[0], alike): [one.key for one in alike] for alike in ordered}


def _descriptions(
    rows: pa.Table,
    keys: Sequence[str],
    name: str,
    addresses: Sequence[str | None] | None = None,
) -> list[Description]:
    columns = (rows[column].to_pylist() for column in (name, "vat_id", "iban"))
    return [
        described(*said)
        for said in zip(keys, *columns, addresses or [None] * len(rows), strict=True)
    ]


def _by_vat_id(descriptions: Iterable[Description]) -> Mapping[str, list[Description]]:
    found: defaultdict[str, list[Description]] = defaultdict(list)
    for one in descriptions:
        if one.vat_id:
            found[one.vat_id].append(one)
    return found


def _listed(
    sellers: Mapping[Description, Sequence[str]],
    vendors: Sequence[Description],
    party_of: Mapping[str, str],
    decided: Decisions,
    near: Near,
) -> dict[Description, Match]:
    """The vendor of each seller that is a vendor; `party_of` is by the vendors' keys.

    Where the books know no VAT id of a party, the one that most of its papers
    print is its own, and a seller with another one is not that party.
    """
    known: defaultdict[str, set[str]] = defaultdict(set)
    for one in vendors:
        if one.vat_id:
            known[party_of[one.key]].add(one.vat_id)
    barred = _barred(decided, party_of)
    by_vat_id, by_key = _by_vat_id(vendors), {one.key: one for one in vendors}
    found = {}
    for seller in sellers:
        same = [(1.0, one) for one in by_vat_id.get(seller.vat_id or "", ())]
        alike = [(score, by_key[key]) for score, key in near.get(seller.key, ()) if key in by_key]
        stages = [(VAT_ID, same)]
        stages += [(LIKENESS, [one for one in alike if one[0] >= least]) for least in JOINED]
        match = _vendor_of(seller, stages, party_of, known, barred[seller.key])
        if match is not None:
            found[seller] = match
    printed: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for seller, match in found.items():
        party = party_of[match.other]
        if seller.vat_id and party not in known:
            printed[party][seller.vat_id] += len(sellers[seller])
    usual = {party: _most_frequent(counted) for party, counted in printed.items()}
    sure = {
        seller: match
        for seller, match in found.items()
        if is_one_id({seller.vat_id or "", usual.get(party_of[match.other]) or ""} - {""})
    }
    return _as_decided(sure, sellers, party_of, decided)


def _barred(decided: Decisions, party_of: Mapping[str, str]) -> defaultdict[str, set[str]]:
    """For each seller the parties of the vendors that people told apart from it."""
    barred: defaultdict[str, set[str]] = defaultdict(set)
    for pair in decided.apart:
        for one, other in (pair, pair[::-1]):
            if other in party_of and one not in party_of:
                barred[one].add(party_of[other])
    return barred


def _as_decided(
    found: Mapping[Description, Match],
    sellers: Iterable[Description],
    party_of: Mapping[str, str],
    decided: Decisions,
) -> dict[Description, Match]:
    """The vendors of sellers, with what people said of two sellers, or of a seller and a vendor.

    Of two sellers that are not one and have one vendor, the surer one keeps it.
    """
    by_key = {one.key: one for one in sellers}
    barred = _barred(decided, party_of)
    settled = {seller.key: match for seller, match in found.items()}
    for pair in sorted(decided.apart):
        matches = [(settled[key].score, key) for key in pair if key in settled]
        parties = {party_of[settled[key].other] for _, key in matches}
        if len(matches) == 2 and len(parties) == 1:
            del settled[min(matches, key=lambda one: (one[0], one[1] == pair[1]))[1]]
    for _ in decided.one:  # a chain of decisions is as long as there are decisions
        for pair in decided.one:
            for key, other in (pair, pair[::-1]):
                vendor = other if other in party_of else None
                vendor = settled[other].other if other in settled else vendor
                if key in by_key and vendor and party_of[vendor] not in barred[key]:
                    settled.setdefault(key, Match(vendor, 1.0, DECIDED))
                    if vendor == other:
                        settled[key] = Match(vendor, 1.0, DECIDED)
    return {by_key[key]: match for key, match in settled.items()}


def _vendor_of(
    seller: Description,
    stages: Iterable[tuple[str, Sequence[tuple[float, Description]]]],
    party_of: Mapping[str, str],
    known: Mapping[str, Set[str]],
    barred: Set[str],
) -> Match | None:
    """The vendor that a seller is, or none; of several records of one party the likest.

    Of the stages, each a reason and the vendors that it proposes with their scores, the
    first counts that proposes any; several parties are none, unless the name tells.
    `known` are the VAT ids of the parties that have any, `barred` the parties that
    people told apart from the seller.
    """

    def can_be(one: Description) -> bool:
        if party_of[one.key] in barred:
            return False
        of_party = known.get(party_of[one.key], frozenset())
        return seller.vat_id is None or is_one_id({seller.vat_id, *of_party})

    for reason, proposed in stages:
        candidates = [(score, one) for score, one in proposed if can_be(one)]
        if len({party_of[one.key] for _, one in candidates}) > 1:
            candidates = [(score, one) for score, one in candidates if one.name == seller.name]
            if len({party_of[one.key] for _, one in candidates}) != 1:
                return None
        if candidates:
            best = max(score for score, _ in candidates)
            return Match(_likest(seller, [one for _, one in candidates]).key, best, reason)
    return None


def _likest(seller: Description, candidates: Sequence[Description]) -> Description:
    """Of several records of one party the one that a seller resembles most."""
    return min(
        candidates,
        key=lambda one: (one.account != seller.account, one.name != seller.name, one.key),
    )


def _joined(
    descriptions: Iterable[Description], decided: Decisions, near: Near
) -> Mapping[str, Match]:
    """For each key the smallest of those that are one with it, and the first reason.

    By stages, from the surest reason to the weakest: of what a stage proposes, all
    that hangs together is joined, or nothing of it where its VAT ids conflict.
    Which two of three to join would be a guess. What people joined comes first; what
    they told apart is left out of a stage that would join it.
    """
    ordered = sorted(descriptions, key=lambda one: one.key)
    by_key = {one.key: one for one in ordered}
    alike: list[Proposal] = [
        (score, (one, by_key[other]))
        for one in ordered
        for score, other in near.get(one.key, ())
        if one.key < other and other in by_key
    ]
    stages: list[tuple[str, list[Proposal]]] = [
        (VAT_ID, [(1.0, same) for same in _by_vat_id(ordered).values()]),
        *[(LIKENESS, [one for one in alike if one[0] >= least]) for least in JOINED],
    ]
    first = _decided({one.key: one.key for one in ordered}, decided)
    together = Counter(first.values())
    named = {key for pair in decided.one for key in pair if key in first}
    why = {key: (1.0, DECIDED) for key in named if together[first[key]] > 1}
    apart = [pair for pair in decided.apart if pair[0] in first and pair[1] in first]
    for reason, proposals in stages:
        allowed = _allowed(first, proposals, apart)
        proposed = _connected(first, [group for _, group in allowed])
        members: defaultdict[str, list[Description]] = defaultdict(list)
        for one in ordered:
            members[proposed[one.key]].append(one)
        is_one = {key: is_one_id(_vat_ids(several)) for key, several in members.items()}
        first = {key: proposed[key] if is_one[proposed[key]] else own for key, own in first.items()}
        for score, group in sorted(allowed, key=lambda one: -one[0]):
            if len(group) > 1 and is_one[proposed[group[0].key]]:
                for one in group:
                    why.setdefault(one.key, (score, reason))
    return {key: Match(first[key], *why.get(key, (1.0, ALONE))) for key in first}


def _decided(first: Mapping[str, str], decided: Decisions) -> Mapping[str, str]:
    """What people joined, in the order in which they did; not what would join what is apart."""
    apart = [pair for pair in decided.apart if pair[0] in first and pair[1] in first]
    for one, other in decided.one:
        if one in first and other in first:
            joined = _connected(first, [[Description(one), Description(other)]])
            if all(joined[a] != joined[b] for a, b in apart):
                first = joined
    return first


def _allowed(
    first: Mapping[str, str],
    proposals: Sequence[Proposal],
    apart: Sequence[Pair],
) -> list[Proposal]:
    """What a stage proposes, without those parties that it would join against a decision."""
    if not apart:
        return list(proposals)
    proposed = _connected(first, [group for _, group in proposals])
    against = {
        first[key] for pair in apart for key in pair if proposed[pair[0]] == proposed[pair[1]]
    }
    kept = (
        (score, [one for one in group if first[one.key] not in against])
        for score, group in proposals
    )
    return [(score, group) for score, group in kept if group]


def _connected(
    first: Mapping[str, str], groups: Iterable[Sequence[Description]]
) -> Mapping[str, str]:
    """The smallest key of all that hangs together: what `first` joins already, and the groups."""
    above = dict(first)

    def top(key: str) -> str:
        while above[key] != key:
            above[key] = above[above[key]]
            key = above[key]
        return key

    for group in groups:
        for other in group[1:]:
            smaller, larger = sorted((top(group[0].key), top(other.key)))
            above[larger] = smaller
    return {key: top(key) for key in above}


def _vat_ids(identities: Iterable[Description]) -> frozenset[str]:
    return frozenset(one.vat_id for one in identities if one.vat_id)
