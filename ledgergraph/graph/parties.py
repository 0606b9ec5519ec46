"""Who is who: vendors that are one party, and the vendor that a paper's seller is.

Identifiers decide first, then names without their legal form. A shared bank
account is a mark of fraud, so it joins only what also has a similar name. A
party has one VAT id: two of them tell apart what account or name would join,
also through a third that has none, and what could be several parties is none of
them. What people decided comes before all of it. Pure, the same in any order of
rows, and close to linear: only candidates that share a word or an end of their name
are compared.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import combinations

import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from ledgergraph.extractions.names import name_key
from ledgergraph.graph.decisions import UNDECIDED, Decisions, Pair
from ledgergraph.graph.schemas import PARTIES
from ledgergraph.graph.snapshot import Snapshot
from ledgergraph.identity import account_key, vat_key

SIMILAR_BESIDE_ACCOUNT = 80.0
"""How alike two names must be (0 to 100) for a shared account to make them one."""
SIMILAR_ALONE = 92.0
"""How alike two names must be where nothing else speaks, with the same digits in them."""
COMMON_WORD = 40
"""A word that so many names contain proposes no candidates."""
MOST_ON_ACCOUNT = 50
"""How many holders of one account are compared with one another."""
SHORTEST_NAME = 4

VAT_ID, ACCOUNT, NAME, ALONE = "vat_id", "iban_and_name", "name", "alone"
DECIDED = "decided"


@dataclass(frozen=True)
class Identity:
    """What is known of a vendor or seller, in comparable form; null where it is not."""

    key: str
    name: str | None
    vat_id: str | None
    account: str | None


@dataclass(frozen=True)
class Match:
    """Which other identity one is, how surely (0 to 1), and why."""

    other: str
    score: float
    reason: str


def resolve_parties(snapshot: Snapshot, decisions: Decisions = UNDECIDED) -> pa.Table:
    """The parties of a ledger: table PARTIES, a row for each vendor and each paper's seller.

    `decisions` name vendors, and the sellers of papers by one of their invoices: what
    people joined is one party, what they told apart never is, whatever identifiers say.

    A party is named by its smallest vendor_id; one without a vendor in the books
    by the smallest invoice_id of its papers. Invoices that name their vendor_id
    have no row: their party is their vendor's.
    """
    vendors, sellers = _vendors(snapshot), _sellers(snapshot)
    decided = decisions.renamed(_names(snapshot, vendors, sellers))
    alike = _alike([*vendors, *sellers], decided)
    vendors = [_with_alike(one, alike) for one in vendors]
    sellers = {_with_alike(one, alike): papers for one, papers in sellers.items()}
    joined = _joined(vendors, decided)
    rows = [
        {
            "member": "Vendor", "key": one.key, "party_id": joined[one.key].other,
            "score": joined[one.key].score, "reason": joined[one.key].reason,
        }
        for one in vendors
    ]  # fmt: skip
    party_of = {key: match.other for key, match in joined.items()}
    found = _listed(sellers, vendors, party_of, decided)
    unlisted = [one for one in sellers if one not in found]
    among_papers = _joined(unlisted, decided)
    for seller, papers in sellers.items():
        listed = found.get(seller)
        match = listed or among_papers[seller.key]
        vendor_id = listed.other if listed else None
        party_id = joined[listed.other].other if listed else match.other
        rows += [
            {
                "member": "Invoice", "key": paper, "party_id": party_id, "vendor_id": vendor_id,
                "score": match.score, "reason": match.reason,
            }
            for paper in papers
        ]  # fmt: skip
    return PARTIES.conform(PARTIES.rows(rows))


def _names(
    snapshot: Snapshot,
    vendors: Iterable[Identity],
    sellers: Mapping[Identity, Sequence[str]],
) -> dict[str, str]:
    """The identity that people mean by a vendor_id or an invoice_id."""
    invoices = snapshot.rows("Invoice")
    columns = (invoices[name].to_pylist() for name in ("key", "vendor_id"))
    booked = {key: vendor for key, vendor in zip(*columns, strict=True) if vendor is not None}
    papers = {paper: one.key for one, listed in sellers.items() for paper in listed}
    return {**booked, **papers, **{one.key: one.key for one in vendors}}


def _alike(identities: Iterable[Identity], decided: Decisions) -> dict[str, str]:
    """For each VAT id of what people joined one that stands for all of theirs."""
    vat_ids = {one.key: one.vat_id for one in identities}
    groups = [
        [Identity(vat_id, None, vat_id, None) for key in pair if (vat_id := vat_ids.get(key))]
        for pair in decided.one
    ]
    named = {one.key: one.key for group in groups for one in group}
    return dict(_connected(named, [group for group in groups if group]))


def _with_alike(one: Identity, alike: Mapping[str, str]) -> Identity:
    return replace(one, vat_id=alike.get(one.vat_id or "", one.vat_id))


def _vendors(snapshot: Snapshot) -> list[Identity]:
    """All vendors: those of the list, and those that only invoices name.

    Of the latter, name, VAT id and account are what most of their invoices say.
    """
    listed = snapshot.rows("Vendor")
    found = _identities(listed, listed["key"].to_pylist(), "name")
    invoices = snapshot.rows("Invoice")
    is_stated = pc.and_(
        pc.is_valid(invoices["vendor_id"]), pc.is_null(invoices["resolved_vendor_id"])
    )
    invoices = invoices.filter(is_stated)
    known = {one.key for one in found}
    others: defaultdict[str, list[Identity]] = defaultdict(list)
    for one in _identities(invoices, invoices["vendor_id"].to_pylist(), "vendor_name"):
        if one.key not in known:
            others[one.key].append(one)
    usual = (
        Identity(
            key,
            _usual(one.name for one in seen),
            _usual(one.vat_id for one in seen),
            _usual(one.account for one in seen),
        )
        for key, seen in others.items()
    )
    silent = set(snapshot.nodes["Vendor"]["key"].to_pylist()) - known - others.keys()
    return sorted([*found, *usual, *(Identity(key, None, None, None) for key in silent)],
                  key=lambda one: one.key)  # fmt: skip


def _usual(values: Iterable[str | None]) -> str | None:
    """The value seen most often, the smallest of several; null if none is set."""
    return _most_frequent(Counter(value for value in values if value is not None))


def _most_frequent(counted: Mapping[str, int]) -> str | None:
    return min(counted, key=lambda value: (-counted[value], value), default=None)


def _sellers(snapshot: Snapshot) -> dict[Identity, list[str]]:
    """The sellers of invoices that name no vendor_id, each with its invoices.

    Papers that say the same of their seller share an identity, named by the
    smallest of them; a seller of which nothing is said is one of its own.
    """
    invoices = snapshot.rows("Invoice")
    is_derived = pc.is_valid(invoices["resolved_vendor_id"])
    papers = invoices.filter(pc.or_(pc.is_null(invoices["vendor_id"]), is_derived))
    grouped: defaultdict[Hashable, list[Identity]] = defaultdict(list)
    for one in _identities(papers, papers["key"].to_pylist(), "vendor_name"):
        said = (one.name, one.vat_id, one.account)
        grouped[said if any(said) else one.key].append(one)
    return {
        min(alike, key=lambda one: one.key): sorted(one.key for one in alike)
        for _, alike in sorted(grouped.items(), key=lambda item: min(one.key for one in item[1]))
    }


def _identities(rows: pa.Table, keys: Sequence[str], name: str) -> list[Identity]:
    columns = (rows[name], rows["vat_id"], rows["iban"])
    return [
        Identity(key, name_key(called), vat_key(vat_id), account_key(iban))
        for key, called, vat_id, iban in zip(
            keys, *(column.to_pylist() for column in columns), strict=True
        )
    ]


class _Index:
    """Finds the identities that one could be."""

    def __init__(self, identities: Sequence[Identity]) -> None:
        self.by_vat_id: defaultdict[str, list[Identity]] = defaultdict(list)
        self.by_account: defaultdict[str, list[Identity]] = defaultdict(list)
        self.by_name: defaultdict[str, list[Identity]] = defaultdict(list)
        self._by_part: defaultdict[str, list[Identity]] = defaultdict(list)
        for one in identities:
            if one.vat_id:
                self.by_vat_id[one.vat_id].append(one)
            if one.account:
                self.by_account[one.account].append(one)
            if one.name:
                self.by_name[one.name].append(one)
                for part in _parts(one.name):
                    self._by_part[part].append(one)

    def near(self, name: str) -> list[tuple[float, Identity]]:
        """Identities with a name much like this one, and how much (0 to 100)."""
        candidates = {
            one.key: one
            for part in _parts(name)
            for one in self._by_part.get(part, ())
            if len(self._by_part[part]) <= COMMON_WORD
        }
        scored = ((_similarity(name, one.name or ""), one) for one in candidates.values())
        return [(score, one) for score, one in scored if score >= SIMILAR_ALONE]


def _parts(name: str) -> set[str]:
    """Words and ends of a name, by which candidates are proposed."""
    whole = name.replace(" ", "")
    return {*(word for word in name.split() if len(word) > 2), "^" + whole[:5], whole[-5:] + "$"}


def _similarity(one: str, other: str) -> float:
    """How alike two name keys are, from 0 to 100; names with different digits are not."""
    if re.findall(r"\d+", one) != re.findall(r"\d+", other):
        return 0.0
    return fuzz.ratio(one, other)


def _is_one(vat_ids: Collection[str]) -> bool:
    """Whether VAT ids can be those of one party: no two differ by more than a misread character."""
    return all(Levenshtein.distance(one, other) <= 1 for one, other in combinations(vat_ids, 2))


def _share_account(one: Identity, other: Identity) -> bool:
    """Whether a shared account and similar names propose that these are one."""
    if one.account is None or one.account != other.account:
        return False
    return fuzz.token_set_ratio(one.name or "", other.name or "") >= SIMILAR_BESIDE_ACCOUNT


def _listed(
    sellers: Mapping[Identity, Sequence[str]],
    vendors: Sequence[Identity],
    party_of: Mapping[str, str],
    decided: Decisions,
) -> dict[Identity, Match]:
    """The vendor of each seller that is a vendor; `party_of` is by the vendors' keys.

    Where the books know no VAT id of a party, the one that most of its papers
    print is its own, and a seller with another one is not that party.
    """
    known: defaultdict[str, set[str]] = defaultdict(set)
    for one in vendors:
        if one.vat_id:
            known[party_of[one.key]].add(one.vat_id)
    index, barred = _Index(vendors), _barred(decided, party_of)
    found = {
        seller: match
        for seller in sellers
        if (match := _vendor_of(seller, index, party_of, known, barred[seller.key])) is not None
    }
    printed: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for seller, match in found.items():
        party = party_of[match.other]
        if seller.vat_id and party not in known:
            printed[party][seller.vat_id] += len(sellers[seller])
    usual = {party: _most_frequent(counted) for party, counted in printed.items()}
    sure = {
        seller: match
        for seller, match in found.items()
        if _is_one({seller.vat_id or "", usual.get(party_of[match.other]) or ""} - {""})
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
    found: Mapping[Identity, Match],
    sellers: Iterable[Identity],
    party_of: Mapping[str, str],
    decided: Decisions,
) -> dict[Identity, Match]:
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
    seller: Identity,
    index: "_Index",
    party_of: Mapping[str, str],
    known: Mapping[str, Set[str]],
    barred: Set[str] = frozenset(),
) -> Match | None:
    """The vendor that a seller is, or none; of several records of one party the likest.

    `known` are the VAT ids of the parties that have any, `barred` the parties that
    people told apart from the seller.
    """

    def can_be(one: Identity) -> bool:
        if party_of[one.key] in barred:
            return False
        of_party = known.get(party_of[one.key], frozenset())
        return seller.vat_id is None or _is_one({seller.vat_id, *of_party})

    steps: tuple[tuple[str, float, Iterable[Identity]], ...] = (
        (VAT_ID, 1.0, index.by_vat_id.get(seller.vat_id or "", ())),
        (ACCOUNT, 0.95, (
            one for one in index.by_account.get(seller.account or "", ())
            if _share_account(seller, one)
        )),
        (NAME, 0.9, index.by_name.get(seller.name or "", ())),
    )  # fmt: skip
    for reason, score, proposed in steps:
        candidates = [one for one in proposed if can_be(one)]
        if len({party_of[one.key] for one in candidates}) == 1:
            return Match(_likest(seller, candidates).key, score, reason)
        if candidates:  # several parties: the name and the account may still tell
            exact = [one for one in candidates if one.name == seller.name]
            if seller.name and len({party_of[one.key] for one in exact}) == 1:
                return Match(_likest(seller, exact).key, score, reason)
            return None
    if seller.name is None or len(seller.name) < SHORTEST_NAME:
        return None
    near = [(score, one) for score, one in index.near(seller.name) if can_be(one)]
    if len({party_of[one.key] for _, one in near}) != 1:
        return None
    score = max(score for score, _ in near)
    return Match(_likest(seller, [one for _, one in near]).key, 0.9 * score / 100, NAME)


def _likest(seller: Identity, candidates: Sequence[Identity]) -> Identity:
    """Of several records of one party the one that a seller resembles most."""
    return min(
        candidates,
        key=lambda one: (one.account != seller.account, one.name != seller.name, one.key),
    )


def _joined(identities: Iterable[Identity], decided: Decisions) -> Mapping[str, Match]:
    """For each identity the smallest key of those that are one with it, and the first reason.

    By stages, from the surest reason to the weakest: of what a stage proposes, all
    that hangs together is joined, or nothing of it where its VAT ids conflict.
    Which two of three to join would be a guess. What people joined comes first; what
    they told apart is left out of a stage that would join it.
    """
    ordered = sorted(identities, key=lambda one: one.key)
    index = _Index(ordered)
    stages: tuple[tuple[float, str, list[Sequence[Identity]]], ...] = (
        (1.0, VAT_ID, list(index.by_vat_id.values())),
        (0.95, ACCOUNT, [
            (one, other)
            for alike in index.by_account.values()
            for one, other in combinations(alike[:MOST_ON_ACCOUNT], 2)
            if _share_account(one, other) and _is_one(_vat_ids((one, other)))
        ]),
        (0.9, NAME, [
            alike for name, alike in index.by_name.items()
            if len(name) >= SHORTEST_NAME and len(_vat_ids(alike)) < 2
        ]),
    )  # fmt: skip
    first = _decided({one.key: one.key for one in ordered}, decided)
    together = Counter(first.values())
    named = {key for pair in decided.one for key in pair if key in first}
    why = {key: (1.0, DECIDED) for key in named if together[first[key]] > 1}
    apart = [pair for pair in decided.apart if pair[0] in first and pair[1] in first]
    for score, reason, proposals in stages:
        groups = _allowed(first, proposals, apart)
        proposed = _connected(first, groups)
        members: defaultdict[str, list[Identity]] = defaultdict(list)
        for one in ordered:
            members[proposed[one.key]].append(one)
        is_one = {key: _is_one(_vat_ids(several)) for key, several in members.items()}
        first = {key: proposed[key] if is_one[proposed[key]] else own for key, own in first.items()}
        for group in groups:
            if len(group) > 1 and is_one[proposed[group[0].key]]:
                for one in group:
                    why.setdefault(one.key, (score, reason))
    return {key: Match(first[key], *why.get(key, (1.0, ALONE))) for key in first}


def _decided(first: Mapping[str, str], decided: Decisions) -> Mapping[str, str]:
    """What people joined, in the order in which they did; not what would join what is apart."""
    apart = [pair for pair in decided.apart if pair[0] in first and pair[1] in first]
    for one, other in decided.one:
        if one in first and other in first:
            pair = [Identity(one, None, None, None), Identity(other, None, None, None)]
            joined = _connected(first, [pair])
            if all(joined[a] != joined[b] for a, b in apart):
                first = joined
    return first


def _allowed(
    first: Mapping[str, str], groups: Sequence[Sequence[Identity]], apart: Sequence[Pair]
) -> list[Sequence[Identity]]:
    """What a stage proposes, without those parties that it would join against a decision."""
    if not apart:
        return list(groups)
    proposed = _connected(first, groups)
    against = {
        first[key] for pair in apart for key in pair if proposed[pair[0]] == proposed[pair[1]]
    }
    kept = ([one for one in group if first[one.key] not in against] for group in groups)
    return [group for group in kept if group]


def _connected(first: Mapping[str, str], groups: Iterable[Sequence[Identity]]) -> Mapping[str, str]:
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


def _vat_ids(identities: Iterable[Identity]) -> frozenset[str]:
    return frozenset(one.vat_id for one in identities if one.vat_id)
