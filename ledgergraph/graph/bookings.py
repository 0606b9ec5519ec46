"""Which row of the books a paper invoice is: one to one, by number, party, amount and date.

The number decides, written as it may be; the others confirm it and forgive a
misread one. An invoice under another number is another claim, however alike it
is: joined, it would hide the duplicate that it may be. A second paper of a row
stays an invoice of its own.
"""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.books import CREDIT_NOTE
from ledgergraph.graph.schemas import BOOKINGS
from ledgergraph.graph.snapshot import Snapshot
from ledgergraph.identity import number_key

CENT = Decimal("0.01")
NEAR_DAYS = 3
"""Days between the dates of paper and row that still confirm a number in another form."""
WEIGHTS = {"number": 0.4, "party": 0.25, "gross": 0.25, "date": 0.1}


@dataclass(frozen=True)
class Claim:
    """An invoice as far as it tells claims apart; null where it is not stated."""

    key: str
    number: str | None
    digits: str | None
    party_id: str | None
    gross: Decimal | None
    issued_on: date | None
    currency: str | None
    is_credit: bool


def match_bookings(snapshot: Snapshot, parties: pa.Table) -> pa.Table:
    """The row in the books of each paper that has one: table BOOKINGS.

    `parties` is what `resolve_parties` makes of the snapshot.
    """
    invoices = snapshot.rows("Invoice")
    party_of = _parties(invoices, parties)
    is_booked = pc.is_valid(invoices["row"])
    rows = _claims(invoices.filter(is_booked), party_of)
    papers = _claims(invoices.filter(pc.invert(is_booked)), party_of)
    index: defaultdict[Hashable, list[Claim]] = defaultdict(list)
    for row in rows:
        for block in _blocks(row):
            index[block].append(row)
    candidates = []
    for paper in papers:
        near = {row.key: row for block in _blocks(paper) for row in index.get(block, ())}
        for row in near.values():
            agreeing = _agreement(paper, row)
            if _is_same_claim(agreeing, paper, row):
                score = sum(WEIGHTS[fact] for fact in agreeing)
                candidates.append((-score, row.issued_on or date.max, row.key, paper.key, agreeing))
    taken: set[str] = set()
    found = []
    for negative, _, row_key, paper_key, agreeing in sorted(candidates):
        if row_key in taken or paper_key in taken:
            continue
        taken |= {row_key, paper_key}
        found.append(
            {
                "paper_id": paper_key, "booked_id": row_key, "score": -negative,
                "reason": ", ".join(agreeing),
            }
        )  # fmt: skip
    return BOOKINGS.conform(BOOKINGS.rows(found))


def _parties(invoices: pa.Table, parties: pa.Table) -> dict[str, str]:
    """The party of each invoice: its seller's, or that of the vendor it names."""
    of: dict[tuple[str, str], str] = {
        (member, key): party_id
        for member, key, party_id in zip(
            *(parties[name].to_pylist() for name in ("member", "key", "party_id")), strict=True
        )
    }
    found = {}
    keys, vendors = invoices["key"].to_pylist(), invoices["vendor_id"].to_pylist()
    for key, vendor_id in zip(keys, vendors, strict=True):
        party_id = of.get(("Invoice", key)) or of.get(("Vendor", vendor_id))
        if party_id is not None:
            found[key] = party_id
    return found


def _claims(invoices: pa.Table, party_of: dict[str, str]) -> list[Claim]:
    names = ("key", "number", "gross", "issue_date", "currency", "type")
    return [
        Claim(
            key, number_key(number), re.sub(r"\D", "", number or "") or None, party_of.get(key),
            None if gross is None else abs(gross), issued_on, currency,
            type_ == CREDIT_NOTE or (gross is not None and gross < 0),
        )
        for key, number, gross, issued_on, currency, type_ in zip(
            *(invoices[name].to_pylist() for name in names), strict=True
        )
    ]  # fmt: skip


def _blocks(claim: Claim) -> Iterator[Hashable]:
    """Under what a claim is looked for."""
    if claim.number is not None:
        yield ("number", claim.number)
    if claim.digits is not None and len(claim.digits) >= 4:
        yield ("digits", claim.digits)
    if claim.party_id is not None and claim.gross is not None:
        yield ("amount", claim.party_id, claim.gross)


def _agreement(paper: Claim, row: Claim) -> list[str]:
    """Which of number, party, gross and date are the same and set, in this order."""
    is_near = (
        paper.gross is not None and row.gross is not None and abs(paper.gross - row.gross) <= CENT
    )
    facts = {
        "number": paper.number is not None and paper.number == row.number,
        "party": paper.party_id is not None and paper.party_id == row.party_id,
        "gross": is_near,
        "date": paper.issued_on is not None and paper.issued_on == row.issued_on,
    }
    return [fact for fact, agrees in facts.items() if agrees]


def _is_same_claim(agreeing: list[str], paper: Claim, row: Claim) -> bool:
    """Whether what agrees makes paper and row one claim; one of the others may be misread."""
    if paper.is_credit != row.is_credit:
        return False
    if paper.currency and row.currency and paper.currency != row.currency:
        return False
    if "number" in agreeing:
        return len(agreeing) >= 3
    if not {"party", "gross"} <= set(agreeing):
        return False
    if paper.number is None or row.number is None:
        return "date" in agreeing
    days = _days_between(paper.issued_on, row.issued_on)
    is_near = days is not None and days <= NEAR_DAYS
    return is_near and _is_without_prefix(paper.number, row.number)


def _is_without_prefix(one: str, other: str) -> bool:
    """Whether one number is the other without what stands before it: `1001` and `RE-1001`.

    A suffix makes another number: `1001A` is how a claim is sent twice.
    """
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= 4 and longer.endswith(shorter)


def _days_between(one: date | None, other: date | None) -> int | None:
    return None if one is None or other is None else abs((one - other).days)
