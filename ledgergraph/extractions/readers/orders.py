"""Purchase orders: who prints one buys, and the number of the order is its own.

All else of a page is read as that of an invoice, whose printer sells.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ledgergraph.extractions.readers.candidates import Candidate
from ledgergraph.extractions.readers.regions import Region

ORDER = "220"
"""UNTDID 1001's code of a purchase order."""
OTHER = {"seller": "buyer", "buyer": "seller"}
NOBODYS = frozenset({"seller.iban"})
"""A buyer's account is no field: no order is paid to it."""
OWN = frozenset(
    {"number", "order_reference"}
    | {f"{party}.{what}" for party in OTHER for what in ("name", "address", "vat_id", "iban")}
)
"""The fields of an order that are told in another way than those of an invoice."""


def is_order(kinds: Iterable[Candidate]) -> bool:
    """Whether the likeliest kind among some candidates is a purchase order."""
    best = max(
        (one for one in kinds if one.field == "type"), key=lambda one: one.evidence, default=None
    )
    return best is not None and best.value == ORDER


def other_regions(regions: Sequence[Region]) -> list[Region]:
    """The regions with seller and buyer exchanged."""
    return [replace(one, party=OTHER.get(one.party, one.party)) for one in regions]


def of_order(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """What was read as of an invoice, seller and buyer exchanged, as what an order states."""
    for one in candidates:
        party, _, what = one.field.partition(".")
        if one.field == "order_reference":
            yield replace(one, field="number")
        elif one.field not in NOBODYS:
            yield replace(one, field=f"{OTHER[party]}.{what}") if party in OTHER else one
