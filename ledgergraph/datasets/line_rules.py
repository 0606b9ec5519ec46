"""What fires on the lines of invoices, and how it goes together with rules on whole invoices.

Where every line of an invoice was found in its order, the lines decide what is said of its
prices and quantities: with the tolerances of the company, and item by item, where sums hide
that one item is billed for another. Elsewhere the rules on whole invoices (rules) count as
well. Not here: variances and verdicts (three_way).
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from math import log10
from typing import Any, NamedTuple

import pyarrow as pa

from ledgergraph.datasets.schemas import FIRED
from ledgergraph.datasets.three_way.schemas import NOT_RECEIVED, OPEN, breaching
from ledgergraph.issues import Kind

Row = Mapping[str, Any]
OF_PRICE = frozenset({Kind.PRICE_ABOVE_ORDER})
OF_QUANTITY = frozenset({Kind.QTY_ABOVE_RECEIPT, Kind.NO_RECEIPT, Kind.ORDER_OVERBILLED})
USUALLY, NEARLY_ALWAYS = 0.5, 0.75
"""That something did not come in says something where more than this share of the vendor's lines
did; that nothing did, where nearly all of them did."""


class LineSigns(NamedTuple):
    """`fired` in the schema FIRED; `unseen` are the invoices and kinds of it that only lines show.

    A model that reads whole invoices cannot have found those risky.
    """

    fired: pa.Table
    unseen: Collection[tuple[str, Kind]]


def with_lines(fired: pa.Table, matches: pa.Table) -> LineSigns:
    """What fires, once the lines have had their say.

    `fired` is what rules on whole invoices say, `matches` are LINE_MATCHES.
    """
    lines: dict[str, list[Row]] = defaultdict(list)
    for row in matches.to_pylist():
        lines[row["invoice_id"]].append(row)
    said = {(key, kind): row for key, own in lines.items() for kind, row in _of_invoice(own)}
    decided = {key: _decided(own) for key, own in lines.items()}
    kept = [
        row
        for row in fired.to_pylist()
        if Kind(row["kind"]) not in decided.get(row["invoice_id"], ())
        or (row["invoice_id"], Kind(row["kind"])) in said
    ]
    held = {(row["invoice_id"], Kind(row["kind"])) for row in kept}
    new = {name: row for name, row in said.items() if name not in held}
    unseen = {(key, kind) for (key, kind) in new if len(lines[key]) > 1}
    return LineSigns(FIRED.conform(FIRED.rows([*kept, *new.values()])), unseen)


def _decided(lines: Sequence[Row]) -> frozenset[Kind]:
    """The kinds of which the lines of an invoice tell all that there is to tell."""
    price = not any(row["price_verdict"] in OPEN for row in lines)
    quantity = not any(row["quantity_verdict"] in OPEN for row in lines)
    return (OF_PRICE if price else frozenset()) | (OF_QUANTITY if quantity else frozenset())


def _of_invoice(lines: Sequence[Row]) -> Iterator[tuple[Kind, dict[str, Any]]]:
    if above := breaching(lines, Kind.PRICE_ABOVE_ORDER):
        worst = max(above, key=lambda row: (row["price_variance"], -row["line"]))
        over = log10(1 + float(worst["price_variance_pct"]) / 100)
        said = f"the unit price is {worst['price_variance_pct']:.1f} % above the order's"
        yield _fired(Kind.PRICE_ABOVE_ORDER, worst, "price_to_order", over, over / 0.08, said)
    if slipped := breaching(lines, Kind.UNIT_OR_CURRENCY_SLIP):
        worst = max(slipped, key=lambda row: (row["price_variance"], -row["line"]))
        times = 1 + float(worst["price_variance_pct"]) / 100
        said = f"the unit price is {times:.0f} times the order's"
        slip = round(log10(times))
        yield _fired(Kind.UNIT_OR_CURRENCY_SLIP, worst, "order_price_slip", slip, slip, said)
    if above := breaching(lines, Kind.ORDER_OVERBILLED):
        worst = max(above, key=lambda row: (row["quantity_variance"], -row["line"]))
        use = float(worst["billed_quantity"] / worst["ordered_quantity"])
        said = f"with it {100 * use:.1f} % of what was ordered is billed"
        yield _fired(Kind.ORDER_OVERBILLED, worst, "order_quantity_use", use, 2 * use - 2, said)
    short = breaching(lines, Kind.QTY_ABOVE_RECEIPT)
    if not short:
        return
    worst = max(short, key=lambda row: (row["quantity_variance"], -row["line"]))
    usually = worst["usually_received"]
    if all(row["quantity_verdict"] == NOT_RECEIVED for row in lines):
        if usually > NEARLY_ALWAYS:
            grown = 4 * (usually - NEARLY_ALWAYS)
            said = "nothing has been received of what it bills"
            yield _fired(Kind.NO_RECEIPT, worst, "no_receipt", 1.0, grown, said)
    elif usually > USUALLY:
        part = float(worst["quantity_variance"] / worst["quantity"])
        said = f"{100 * part:.1f} % of what it bills has not been received"
        yield _fired(Kind.QTY_ABOVE_RECEIPT, worst, "receipt_short", part, 2 * part * usually, said)


def _fired(
    kind: Kind, line: Row, feature: str, value: float, grown: float, said: str
) -> tuple[Kind, dict[str, Any]]:
    """A row of FIRED; `grown` in [0, 1] says how far its strength lies from .5 to .95."""
    return kind, {
        "invoice_id": line["invoice_id"],
        "kind": kind.value,
        "strength": 0.5 + 0.45 * min(max(grown, 0.0), 1.0),
        "feature": feature,
        "value": value,
        "sentence": f"Line {line['line'] + 1}: {said}.",
    }
