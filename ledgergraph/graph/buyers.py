"""Who buys: one's own companies, and customers. From what papers print of their buyer.

Not here: vendors and sellers (parties), and how likely two descriptions are one (likeness).
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence

from ledgergraph.graph.likeness import Description, described
from ledgergraph.graph.snapshot import Snapshot

CUSTOMER, ENTITY, VENDOR = "customer", "entity", "vendor"
"""Kinds of party: who buys from us, who we are, who sells to us."""
Printed = Mapping[str, Mapping[str, str]]
"""What papers print beside the columns of an invoice, by the id of their record."""


def buyers_of(snapshot: Snapshot, printed: Printed) -> dict[Description, list[str]]:
    """The buyers of papers, each with its invoices, in the order of their keys.

    Papers that print the same name and VAT id share a description; its key is that of
    the smallest invoice with `>buyer` after it, as the invoice alone names its seller.
    """
    invoices = snapshot.rows("Invoice")
    grouped: defaultdict[Hashable, list[tuple[str, Description]]] = defaultdict(list)
    rows = zip(*(invoices[name].to_pylist() for name in ("key", "record_id")), strict=True)
    for invoice, record in sorted(rows):
        said = printed.get(record, {})
        name, vat_id, address = (
            said.get(f"buyer.{part}") for part in ("name", "vat_id", "address")
        )
        one = described(f"{invoice}>buyer", name, vat_id, None, address)
        if one.name or one.vat_id:
            grouped[one.name, one.vat_id].append((invoice, one))
    return {same[0][1]: [invoice for invoice, _ in same] for same in grouped.values()}


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
