"""Who is who: vendors that are one party, and the vendor that a paper's seller is.

Identifiers decide first, VAT ids before numbers of registers; what they leave open is scored
by likeness of name, legal form, address and account. A shared bank account is a mark of
fraud, so it joins nothing by itself. A party has one VAT id and one number in a register: two
of them tell apart what likeness would join, also through a third that has none, and what could
be several parties is none of them. What people decided comes before all of it. Pure, the same
in any order of rows, and close to linear: only candidates that share something are compared
(likeness). Not here: what hangs together (clusters), and who buys (buyers).
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.graph.bookings import match_bookings
from ledgergraph.graph.buyers import (
    BUYER,
    ENTITY,
    VENDOR,
    Printed,
    bought,
    buyers_of,
    entities_of,
    kinds_of,
)
from ledgergraph.graph.clusters import (
    DECIDED,
    JOINED,
    LIKENESS,
    REGISTER,
    VAT_ID,
    Match,
    Near,
    by_register,
    by_vat_id,
    joined,
    near_of,
    with_alike,
)
from ledgergraph.graph.decisions import UNDECIDED, Decisions, Pair
from ledgergraph.graph.likeness import (
    COMPARED,
    Description,
    Likeness,
    agree,
    described,
    is_one_id,
    likenesses,
    open_pairs,
)
from ledgergraph.graph.schemas import PARTIES, PARTY_COMPARISONS
from ledgergraph.graph.snapshot import Snapshot

if TYPE_CHECKING:
    from splink.internals.database_api import DatabaseAPI

OPEN = 0.5
"""A pair at least so likely one is shown to people, joined or not."""
FIRST = ("Vendor", "Invoice", "Buyer")
"""Which members name a party, if it has them: records of the books before papers."""


@dataclass(frozen=True)
class Resolution:
    """Tables PARTIES, and PARTY_COMPARISONS: what likeness proposed, joined or not.

    `members` are what was resolved, each with the papers that state it (none of a vendor);
    `names` say which of their keys people mean by a vendor_id, an invoice_id or a buyer's.
    """

    parties: pa.Table
    comparisons: pa.Table
    members: Mapping[Description, Sequence[str]]
    names: Mapping[str, str]


Engine = Callable[[], "DatabaseAPI[Any]"]
"""Makes Splink's door to the database that compares."""


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

    `decisions` name vendors, the sellers of papers by one of their invoices, and their buyers
    by that and `>buyer`: what people joined is one party, what they told apart never is,
    whatever identifiers say. `printed` are the records of invoices, whose `extra` holds what
    else papers print of their seller and buyer. `engine` compares where a ledger outgrows one
    machine.

    A party is named by the vendor that was registered first; one without a vendor in the books
    by the invoice_id of its first paper; one that only buys by that and `>buyer`. So what comes
    later joins it, and its name stays. Invoices that name their vendor_id have no row as such:
    their party is their vendor's.
    """
    said = _printed(printed)
    found_vendors, found_sellers = _vendors(snapshot), _sellers(snapshot, said)
    found_buyers = buyers_of(snapshot, said)
    names = _names(snapshot, found_vendors, found_sellers, found_buyers)
    decided = decisions.renamed(names)
    everybody = with_alike([*found_vendors, *found_sellers, *found_buyers], decided)
    vendors = everybody[: len(found_vendors)]
    papers = everybody[len(found_vendors) :]
    sellers = dict(zip(papers, found_sellers.values(), strict=False))
    buyers = dict(zip(papers[len(sellers) :], found_buyers.values(), strict=True))
    pairs = [
        pair
        for pair in open_pairs(vendors, list(sellers), list(buyers))
        if pair not in decided.apart
    ]
    scored = likenesses(everybody, pairs, engine)
    near = near_of(scored)
    of_vendors = joined(vendors, decided, near)
    rows = [
        {
            "member": "Vendor", "key": one.key, "party_id": of_vendors[one.key].other,
            "score": of_vendors[one.key].score, "reason": of_vendors[one.key].reason,
        }
        for one in vendors
    ]  # fmt: skip
    party_of = {key: match.other for key, match in of_vendors.items()}
    found = _listed(sellers, vendors, party_of, decided, near)
    unlisted = [one for one in sellers if one not in found]
    among_papers = joined(unlisted, decided, near)
    for seller, invoices in sellers.items():
        listed = found.get(seller)
        match = listed or among_papers[seller.key]
        vendor_id = listed.other if listed else None
        party_of[seller.key] = of_vendors[listed.other].other if listed else match.other
        rows += [
            {
                "member": "Invoice", "key": invoice, "party_id": party_of[seller.key],
                "vendor_id": vendor_id, "score": match.score, "reason": match.reason,
            }
            for invoice in invoices
        ]  # fmt: skip
    booked = _booked_for(snapshot, rows) if buyers else {}
    of_buyers = bought(buyers, [*vendors, *sellers], party_of, decided, near)
    for buyer, invoices in buyers.items():
        match = of_buyers[buyer.key]
        party_of[buyer.key] = match.other
        rows += [
            {
                "member": "Buyer", "key": invoice, "party_id": match.other,
                "score": match.score, "reason": match.reason,
            }
            for invoice in invoices
        ]  # fmt: skip
    parties = PARTIES.rows(_with_kinds(_named(rows, snapshot), snapshot, booked))
    return Resolution(
        PARTIES.conform(parties),
        _compared(scored, party_of),
        {**dict.fromkeys(vendors, ()), **sellers, **buyers},
        names,
    )


def _booked_for(snapshot: Snapshot, rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """For each paper the entity of the row in the books that it is booked as, if that names one."""
    invoices = snapshot.rows("Invoice")
    named = invoices.filter(pc.is_valid(invoices["entity_id"]))
    if not named.num_rows:
        return {}
    entity_of = dict(zip(named["key"].to_pylist(), named["entity_id"].to_pylist(), strict=True))
    bookings = match_bookings(snapshot, PARTIES.conform(PARTIES.rows(rows)))
    pairs = zip(*(bookings[name].to_pylist() for name in ("paper_id", "booked_id")), strict=True)
    return {paper: entity_of[row] for paper, row in pairs if row in entity_of}


def _named(rows: Sequence[dict[str, Any]], snapshot: Snapshot) -> list[dict[str, Any]]:
    """The rows with the names of their parties: the member that was known first.

    Not the smallest: ids of papers are hashes, so a new paper would often give its party
    another name.
    """
    known: dict[tuple[str, str], date] = {}
    for label in ("Vendor", "Invoice"):
        own = [row["key"] for row in rows if (row["member"] == "Vendor") == (label == "Vendor")]
        nodes = snapshot.nodes[label]
        nodes = nodes.filter(pc.is_in(nodes["key"], value_set=pa.array(own, pa.string())))
        days = zip(nodes["key"].to_pylist(), nodes["known_from"].to_pylist(), strict=True)
        known |= {(label, key): day for key, day in days if day is not None}
    first: dict[str, tuple[int, date, str]] = {}
    for row in rows:
        member, key = row["member"], row["key"]
        label = "Vendor" if member == "Vendor" else "Invoice"
        rank = (FIRST.index(member), known.get((label, key), date.max), key)
        first[row["party_id"]] = min(rank, first.get(row["party_id"], rank))
    names = {
        party: key + BUYER if FIRST[member] == "Buyer" else key
        for party, (member, _, key) in first.items()
    }
    return [{**row, "party_id": names[row["party_id"]]} for row in rows]


def vendors_of(
    sellers: Sequence[Description], vendors: Sequence[Description], party_of: Mapping[str, str]
) -> dict[str, str]:
    """The vendor of each seller that is one, by the sellers' keys, as `resolved` finds it.

    For sellers, and vendors that are new, that come after a ledger was resolved: `party_of` is
    what it found of the vendors. What is decided of papers is not looked at, nor what other
    papers print. A shared account alone makes nobody one.
    """
    alone = {one: [one.key] for one in sellers}
    found = _listed(alone, vendors, party_of, UNDECIDED, {})
    unsure = {one: papers for one, papers in alone.items() if one not in found}
    if unsure and vendors:
        keys = {one.key for one in unsure}
        pairs = [pair for pair in open_pairs(vendors, list(unsure)) if len(keys & {*pair}) == 1]
        near = near_of(likenesses([*vendors, *unsure], pairs))
        found |= _listed(unsure, vendors, party_of, UNDECIDED, near)
    return {one.key: match.other for one, match in found.items()}


def _with_kinds(
    rows: Sequence[dict[str, Any]], snapshot: Snapshot, booked: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The rows with the kind of their party, and buyers with the entity that they are.

    Who sells and is one of our own is that. `booked` are the entities that papers are booked for;
    where the books name none of a party, it is one by its own name. An invoice that names its
    entity itself needs none.
    """
    by_party: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["member"] == "Buyer":
            by_party[row["party_id"]].append(row["key"])
    if not by_party:
        return [{**row, "kind": VENDOR} for row in rows]
    vendors = {row["key"]: row["party_id"] for row in rows if row["member"] == "Vendor"}
    invoices = snapshot.rows("Invoice")
    stated = zip(*(invoices[name].to_pylist() for name in ("key", "vendor_id")), strict=True)
    sold = {key: vendors[vendor] for key, vendor in stated if vendor in vendors}
    sold |= {row["key"]: row["party_id"] for row in rows if row["member"] == "Invoice"}
    kinds, entities = kinds_of(by_party, sold), entities_of(by_party, booked)
    named = set(invoices.filter(pc.is_valid(invoices["entity_id"]))["key"].to_pylist())
    complete = []
    for row in rows:
        party, is_buyer = row["party_id"], row["member"] == "Buyer"
        kind = kinds.get(party, VENDOR)
        is_entity = is_buyer and kind == ENTITY and row["key"] not in named
        own = entities.get(party, party) if is_entity else None
        kind = kind if is_buyer or kind == ENTITY else VENDOR
        complete.append({**row, "kind": kind, "entity_id": own})
    return complete


def join(
    descriptions: Sequence[Description], decided: Decisions, scored: Mapping[Pair, Likeness]
) -> dict[str, str]:
    """For each key the smallest key of its party, by identifiers, decisions and likeness."""
    found = joined(descriptions, decided, near_of(scored))
    return {key: match.other for key, match in found.items()}


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
    buyers: Mapping[Description, Sequence[str]],
) -> dict[str, str]:
    """The identity that people mean by a vendor_id, an invoice_id, or that of a buyer."""
    invoices = snapshot.rows("Invoice")
    columns = (invoices[name].to_pylist() for name in ("key", "vendor_id"))
    booked = {key: vendor for key, vendor in zip(*columns, strict=True) if vendor is not None}
    papers = {paper: one.key for one, listed in sellers.items() for paper in listed}
    bought = {f"{paper}{BUYER}": one.key for one, listed in buyers.items() for paper in listed}
    return {**booked, **papers, **bought, **{one.key: one.key for one in vendors}}


def _vendors(snapshot: Snapshot) -> list[Description]:
    """All vendors: those of the list, and those that only invoices name.

    Of the latter, everything is what most of their invoices say.
    """
    listed = snapshot.rows("Vendor")
    columns = ("key", "name", "vat_id", "iban", "address", "register_id", "country")
    found = [
        described(*said)
        for said in zip(*(listed[name].to_pylist() for name in columns), strict=True)
    ]
    invoices = snapshot.rows("Invoice")
    is_stated = pc.and_(
        pc.is_valid(invoices["vendor_id"]), pc.is_null(invoices["resolved_vendor_id"])
    )
    invoices = invoices.filter(is_stated)
    known = {one.key for one in found}
    others: defaultdict[str, list[Description]] = defaultdict(list)
    for one in _of_invoices(invoices, invoices["vendor_id"].to_pylist()):
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
    there = next((other for other in seen if other.address == address), seen[0])
    form = _usual(other.legal_form for other in seen)
    said = seen[0].said._replace(address=there.said.address)
    return replace(one, legal_form=form, address=address, numbers=there.numbers, said=said)


def _usual(values: Iterable[str | None]) -> str | None:
    """The value seen most often, the smallest of several; null if none is set."""
    return _most_frequent(Counter(value for value in values if value is not None))


def _most_frequent(counted: Mapping[str, int]) -> str | None:
    return min(counted, key=lambda value: (-counted[value], value), default=None)


def _sellers(snapshot: Snapshot, printed: Printed) -> dict[Description, list[str]]:
    """The sellers of invoices that name no vendor_id, each with its invoices.

    Papers that say the same name, VAT id, account and number of a register share a description,
    named by the smallest of them; a seller of which nothing is said is one of its own.
    """
    invoices = snapshot.rows("Invoice")
    is_derived = pc.is_valid(invoices["resolved_vendor_id"])
    papers = invoices.filter(pc.or_(pc.is_null(invoices["vendor_id"]), is_derived))
    records = papers["record_id"].to_pylist()
    beside = [
        (said.get("seller.address"), said.get("seller.register_id"))
        for said in (printed.get(record, {}) for record in records)
    ]
    grouped: defaultdict[Hashable, list[Description]] = defaultdict(list)
    for one in _of_invoices(papers, papers["key"].to_pylist(), beside):
        said = (one.name, one.vat_id, one.account, one.register)
        grouped[said if any(said) else one.key].append(one)
    alike_by_key = (sorted(alike, key=lambda one: one.key) for alike in grouped.values())
    ordered = sorted(alike_by_key, key=lambda alike: alike[0].key)
    return {_with_usual(alike[0], alike): [one.key for one in alike] for alike in ordered}


def _of_invoices(
    rows: pa.Table,
    keys: Sequence[str],
    beside: Sequence[tuple[str | None, str | None]] | None = None,
) -> list[Description]:
    """What invoices say of their sellers; `beside` are addresses and numbers of registers."""
    columns = (rows[column].to_pylist() for column in ("vendor_name", "vat_id", "iban"))
    more = beside or [(None, None)] * len(rows)
    return [
        described(key, name, vat_id, iban, address, register)
        for key, name, vat_id, iban, (address, register) in zip(keys, *columns, more, strict=True)
    ]


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
    numbers: defaultdict[str, set[str]] = defaultdict(set)
    for one in vendors:
        if one.vat_id:
            known[party_of[one.key]].add(one.vat_id)
        numbers[party_of[one.key]].update(one.registers)
    barred = _barred(decided, party_of)
    vat_ids, registers = by_vat_id(vendors), by_register(vendors)
    by_key = {one.key: one for one in vendors}
    found = {}
    for seller in sellers:
        alike = [(score, by_key[key]) for score, key in near.get(seller.key, ()) if key in by_key]
        stages = [
            (VAT_ID, [(1.0, one) for one in vat_ids.get(seller.vat_id or "", ())]),
            (REGISTER, [(1.0, one) for it in seller.registers for one in registers.get(it, ())]),
            *((LIKENESS, [one for one in alike if one[0] >= least]) for least in JOINED),
        ]
        match = _vendor_of(seller, stages, party_of, known, numbers, barred[seller.key])
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
    numbers: Mapping[str, Set[str]],
    barred: Set[str],
) -> Match | None:
    """The vendor that a seller is, or none; of several records of one party the likest.

    Of the stages, each a reason and the vendors that it proposes with their scores, the
    first counts that proposes any; several parties are none, unless the name tells.
    `known` are the VAT ids of the parties that have any, `numbers` theirs in registers,
    `barred` the parties that people told apart from the seller.
    """

    def can_be(one: Description, reason: str) -> bool:
        party = party_of[one.key]
        if party in barred:
            return False
        if seller.vat_id and not is_one_id({seller.vat_id, *known.get(party, ())}):
            return False
        return reason == VAT_ID or agree(seller.registers, numbers.get(party, ()))

    for reason, proposed in stages:
        candidates = [(score, one) for score, one in proposed if can_be(one, reason)]
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
