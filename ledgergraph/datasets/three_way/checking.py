"""What must hold of matched lines, whatever the books: used by the check of their asset.

Not here: variances and verdicts (matching).
"""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.tables import NUMBER

SAME = Decimal(1).scaleb(-6)
"""Sums of rounded quantities differ by less."""


def faults_of_matches(
    matches: pa.Table, order_lines: pa.Table, invoices: pa.Table
) -> Iterator[str]:
    """What is wrong with LINE_MATCHES, one sentence each; nothing if all is in order.

    Each match is of an invoice, and names lines of its own order; and of no item is more
    billed than the lines of its order bill together, or a quantity was matched twice.
    `order_lines` and `invoices` are the nodes of the snapshot.
    """
    strange = matches.filter(pc.invert(pc.is_in(matches["invoice_id"], invoices["key"])))
    for invoice_id in sorted(set(strange["invoice_id"].to_pylist())):
        yield f"{invoice_id} is no invoice of the books."
    order_of = dict(
        zip(*(order_lines[name].to_pylist() for name in ("record_id", "order_id")), strict=True)
    )
    found = matches.filter(pc.is_valid(matches["order_records"]))
    columns = (found[name].to_pylist() for name in ("invoice_id", "line", "order_id",
                                                    "order_records"))  # fmt: skip
    for invoice_id, line, order_id, records in zip(*columns, strict=True):
        if {order_of.get(one) for one in records.split("|")} != {order_id}:
            yield f"Line {line + 1} of {invoice_id} names lines that are not of order {order_id}."
    yield from _matched_twice(found)


def _matched_twice(matches: pa.Table) -> Iterator[str]:
    billed: dict[str, Decimal] = defaultdict(Decimal)
    most: dict[str, Decimal] = defaultdict(Decimal)
    zero = pa.scalar(Decimal(0), NUMBER)
    columns = (pc.fill_null(matches[name], zero).to_pylist()
               for name in ("quantity", "billed_quantity"))  # fmt: skip
    for order_id, own, total in zip(matches["order_id"].to_pylist(), *columns, strict=True):
        billed[order_id] += max(own, Decimal(0))
        most[order_id] = max(most[order_id], total)
    for order_id, total in most.items():
        if total > billed[order_id] + SAME * max(total, Decimal(1)):
            yield (
                f"Of order {order_id} {total.normalize():f} of one item count as billed, "
                f"but its invoices bill {billed[order_id].normalize():f} in all."
            )
