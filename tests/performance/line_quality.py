"""How well lines are held against their orders: what was planted in lines, and look-alikes."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ranking_quality import INVOICES, SEEDS
from sections import BENCHMARKS, Row, Section

from ledgergraph.corpora.company import make_company
from ledgergraph.corpora.settings import COMPLETE, SHIFTED_COMPLETE
from ledgergraph.datasets.features import table_of
from ledgergraph.datasets.line_rules import with_lines
from ledgergraph.datasets.made_ledgers import with_provenance
from ledgergraph.datasets.rules import fires
from ledgergraph.datasets.standing import standing
from ledgergraph.datasets.three_way.matching import line_matches
from ledgergraph.datasets.three_way.schemas import BREACHES, breaching
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.extractions.schemas import EXTRACTIONS
from ledgergraph.graph.frames import ledger_of
from ledgergraph.graph.parties import resolve_parties
from ledgergraph.graph.schemas import BOOKINGS
from ledgergraph.graph.snapshot import snapshot_of
from ledgergraph.identity import document_id_of
from ledgergraph.issues import Kind
from ledgergraph.tables import AMOUNT

Rows = list[dict[str, Any]]
CENT, THOUSANDTH = Decimal("0.01"), Decimal("0.001")


@dataclass
class Bill:
    """An invoice for an order of several items, with its lines as its paper states them."""

    invoice: dict[str, Any]
    order: Rows
    receipts: Rows
    lines: Rows
    sort: str = ""
    kind: Kind | None = None
    line: int = -1
    others: Rows = field(default_factory=list)


def line_matching() -> list[Section]:
    """What is found of cases planted in single lines, and what fires on look-alikes."""
    found: Counter[tuple[str, str]] = Counter()
    for seed, settings in product(SEEDS, (COMPLETE, SHIFTED_COMPLETE)):
        company = make_company(seed, invoices=INVOICES, settings=settings)
        tables, truth = dict(company.tables), company.truth
        honest = set(truth.filter(pc.invert(truth["is_issue"]))["invoice_id"].to_pylist())
        bills = [one for one in _bills(tables) if one.invoice["invoice_id"] in honest]
        bills = _planted(bills, np.random.default_rng([seed, 71]))
        found.update(_counted(tables, bills))
    sentence = (
        f"Made companies of {INVOICES:,} invoices, three with every kind and three with other "
        "habits. Of orders of several items, which the books bill without lines, one line each is "
        "changed in one of these ways; half of the vendors describe their items in other words "
        "than the order. Found: an invoice on which the kind fires, from the whole invoice as "
        "the books have it, and from the lines of its paper; and that it is the right line. On "
        "look-alikes, which have no kind, and on invoices left alone, nothing should fire."
    )
    rows: list[Row] = []
    for sort, (kind, _) in {**CASES, **ALIKE, "left alone": (None, _nothing)}.items():
        count = found[sort, "bills"]
        shares = (found[sort, name] / count for name in ("whole", "lines", "line"))
        rows.append((sort, kind.value if kind else "", count, *shares))
    columns = ("in the line", "kind", "invoices", "whole invoice", "lines", "right line")
    return [Section(BENCHMARKS, "Lines against their orders", sentence, columns, rows)]


def _bills(tables: dict[str, pa.Table]) -> list[Bill]:
    """The only invoices of orders of several items."""
    orders, receipts, invoices = (_by_order(tables[name]) for name in
                                  ("purchase_orders", "goods_receipts", "invoices"))  # fmt: skip
    made = []
    for order_id, own in invoices.items():
        lines, came = orders.get(order_id, []), receipts.get(order_id, [])
        is_plain = len(own) == 1 and own[0]["type"] == "invoice"
        is_plain &= len({row["description"] for row in lines}) == len(lines)
        is_plain &= {row["line"] for row in lines} == {row["line"] for row in came}
        in_full = sum(row["quantity"] * row["unit_price"] for row in lines)
        if is_plain and len(lines) > 1 and abs(own[0]["net"] - in_full) < 1:
            made.append(Bill(own[0], lines, came, [_line(row) for row in lines]))
    return made


def _by_order(table: pa.Table) -> dict[str, Rows]:
    found: dict[str, Rows] = defaultdict(list)
    for row in table.to_pylist():
        found[row["order_id"]].append(row)
    return found


def _line(row: dict[str, Any]) -> dict[str, Any]:
    stated = {name: row[name] for name in ("description", "quantity", "unit_price")}
    return stated | {"net": (row["quantity"] * row["unit_price"]).quantize(CENT)}


def _planted(bills: list[Bill], rng: np.random.Generator) -> list[Bill]:
    """Two in three of the bills with one of the cases or look-alikes, the rest as they were."""
    ways = [*CASES.items(), *ALIKE.items()]
    order = rng.permutation(len(bills))
    for place, at in enumerate(order.tolist()):
        bill = bills[at]
        bill.sort, bill.line = "left alone", int(rng.integers(len(bill.lines)))
        if place % 3 < 2:
            bill.sort, (bill.kind, change) = ways[(place // 3 * 2 + place % 3) % len(ways)]
            change(bill, rng)
        if int(str(bill.invoice["vendor_id"])[1:]) % 2:
            for number, line in enumerate(bill.lines):
                line["description"] = f"Pos. {number + 1}"
    return bills


def _between(rng: np.random.Generator, low: float, high: float) -> Decimal:
    return Decimal(str(round(float(rng.uniform(low, high)), 4)))


def _dearer(bill: Bill, rng: np.random.Generator) -> None:
    _price(bill, 1 + _between(rng, 0.02, 0.2))


def _cents(bill: Bill, rng: np.random.Generator) -> None:
    _price(bill, 1 + _between(rng, 0.0005, 0.008))


def _price(bill: Bill, factor: Decimal) -> None:
    line = bill.lines[bill.line]
    line["unit_price"] = (line["unit_price"] * factor).quantize(Decimal("0.0001"))
    line["net"] = (line["quantity"] * line["unit_price"]).quantize(CENT)


def _quantity(line: dict[str, Any], factor: Decimal) -> None:
    line["quantity"] = (line["quantity"] * factor).quantize(THOUSANDTH)
    line["net"] = (line["quantity"] * line["unit_price"]).quantize(CENT)


def _more(bill: Bill, rng: np.random.Generator) -> None:
    """More of one item than was ordered, and as much came in."""
    factor = 1 + _between(rng, 0.05, 0.5)
    _quantity(bill.lines[bill.line], factor)
    for row in _came(bill):
        row["quantity"] = (row["quantity"] * factor).quantize(THOUSANDTH)


def _swapped(bill: Bill, rng: np.random.Generator) -> None:
    """More of one item and less of another: the sum of the invoice stays."""
    line, other = bill.lines[bill.line], bill.lines[bill.line - 1]
    moved = min(line["net"], other["net"]) * _between(rng, 0.1, 0.5)
    _quantity(line, 1 + moved / line["net"])
    _quantity(other, 1 - moved / other["net"])


def _short(bill: Bill, rng: np.random.Generator) -> None:
    factor = 1 - _between(rng, 0.05, 0.5)
    for row in _came(bill):
        row["quantity"] = (row["quantity"] * factor).quantize(THOUSANDTH)


def _missing(bill: Bill, rng: np.random.Generator) -> None:
    del rng
    for row in _came(bill):
        row["quantity"] = Decimal(0)


def _late(bill: Bill, rng: np.random.Generator) -> None:
    for row in _came(bill):
        row["received_on"] = bill.invoice["received_on"] + timedelta(days=int(rng.integers(1, 16)))


def _pieces(bill: Bill, rng: np.random.Generator) -> None:
    """The order has boxes, the invoice bills what is in them."""
    line, pack = bill.lines[bill.line], Decimal(int(rng.choice([6, 12, 24, 50])))
    line["quantity"] *= pack
    line["unit_price"] /= pack


def _part(bill: Bill, rng: np.random.Generator) -> None:
    factor = _between(rng, 0.2, 0.8)
    _quantity(bill.lines[bill.line], factor)
    for row in _came(bill):
        row["quantity"] = (row["quantity"] * factor + THOUSANDTH).quantize(THOUSANDTH)


def _called_off(bill: Bill, rng: np.random.Generator) -> None:
    row = bill.order[bill.line]
    part = (row["quantity"] * _between(rng, 0.2, 0.8)).quantize(THOUSANDTH)
    rest = {**row, "quantity": row["quantity"] - part, "line": len(bill.order) + 1}
    row["quantity"] = part
    bill.others.append(rest)


def _freight(bill: Bill, rng: np.random.Generator) -> None:
    cost = (10 + 40 * _between(rng, 0, 1)).quantize(CENT)
    bill.lines.append({"description": "Freight and packing", "quantity": Decimal(1),
                       "unit_price": cost, "net": cost})  # fmt: skip


def _discount(bill: Bill, rng: np.random.Generator) -> None:
    """A list price with a discount on the line that leads back to the ordered price."""
    line = bill.lines[bill.line]
    line["unit_price"] = line["unit_price"] * (1 + _between(rng, 0.05, 0.3))


def _nothing(bill: Bill, rng: np.random.Generator) -> None:
    """Left alone."""


def _came(bill: Bill) -> Iterator[dict[str, Any]]:
    number = bill.order[bill.line]["line"]
    return (row for row in bill.receipts if row["line"] == number)


Way = tuple[Kind | None, Callable[[Bill, np.random.Generator], None]]
CASES: dict[str, Way] = {
    "price above the order's": (Kind.PRICE_ABOVE_ORDER, _dearer),
    "more than was ordered": (Kind.ORDER_OVERBILLED, _more),
    "one item for another": (Kind.ORDER_OVERBILLED, _swapped),
    "less came in": (Kind.QTY_ABOVE_RECEIPT, _short),
    "one item never came": (Kind.QTY_ABOVE_RECEIPT, _missing),
}
ALIKE: dict[str, Way] = {
    "price within tolerance": (None, _cents),
    "receipt booked late": (None, _late),
    "boxes ordered, pieces billed": (None, _pieces),
    "part delivery": (None, _part),
    "order called off in two lines": (None, _called_off),
    "freight on a line of its own": (None, _freight),
    "discount on the line": (None, _discount),
}


def _counted(tables: dict[str, pa.Table], bills: list[Bill]) -> Counter[tuple[str, str]]:
    """How many bills of each sort there are, and on how many the kind fires."""
    changed = {bill.invoice["invoice_id"]: bill for bill in bills}
    ledger, snapshot, readings = _ledger(tables, changed)
    features = table_of(ledger)
    whole = standing(fires(features), ledger)
    matches = line_matches(snapshot, readings)
    lines: dict[str, Rows] = defaultdict(list)
    for row in matches.to_pylist():
        lines[row["invoice_id"]].append(row)
    on = {name: _kinds(fired) for name, fired in
          (("whole", whole), ("lines", with_lines(whole, matches).fired))}  # fmt: skip
    found: Counter[tuple[str, str]] = Counter()
    for key, bill in changed.items():
        wanted = {bill.kind} if bill.kind else set(BREACHES)
        found[bill.sort, "bills"] += 1
        for name, kinds in on.items():
            found[bill.sort, name] += bool(kinds[key] & wanted)
        named = {row["line"] for kind in wanted & on["lines"][key]
                 for row in breaching(lines[key], kind)}  # fmt: skip
        found[bill.sort, "line"] += bill.line in named if bill.kind else bool(named)
    return found


def _kinds(fired: pa.Table) -> dict[str, set[Kind]]:
    kinds: dict[str, set[Kind]] = defaultdict(set)
    for row in fired.select(["invoice_id", "kind"]).to_pylist():
        kinds[row["invoice_id"]].add(Kind(row["kind"]))
    return kinds


def _ledger(tables: dict[str, pa.Table], changed: dict[str, Bill]) -> Any:
    """The books with what was changed, and a paper for each changed bill."""
    for name, own in (("purchase_orders", lambda bill: [*bill.order, *bill.others]),
                      ("goods_receipts", lambda bill: bill.receipts)):  # fmt: skip
        orders = {bill.invoice["order_id"] for bill in changed.values()}
        kept = [row for row in tables[name].to_pylist() if row["order_id"] not in orders]
        rows = [*kept, *(row for bill in changed.values() for row in own(bill))]
        rows = [row for row in rows if row["quantity"]]
        tables[name] = pa.Table.from_pylist(rows, schema=tables[name].schema)
    nets = [
        sum(line["net"] for line in changed[key].lines) if key in changed else net
        for key, net in zip(tables["invoices"]["invoice_id"].to_pylist(),
                            tables["invoices"]["net"].to_pylist(), strict=True)
    ]  # fmt: skip
    at = tables["invoices"].schema.get_field_index("net")
    tables["invoices"] = tables["invoices"].set_column(at, "net", pa.array(nets, AMOUNT))
    records, documents = {}, []
    for name, table in tables.items():
        document = document_id_of(name.encode())
        documents.append({"document_id": document, "name": f"{name}.csv", "type": name})
        records[name] = with_provenance(name, table, document)
    papers, readings, bookings = [], [], []
    for key, bill in changed.items():
        document = document_id_of(key.encode())
        documents.append({"document_id": document, "name": f"{key}.pdf", "type": "invoice"})
        papers.append({"record_id": f"paper {key}", "document_id": document, "part": 0,
                       "invoice_id": f"{document}#0"})  # fmt: skip
        bookings.append({"paper_id": f"{document}#0", "booked_id": key, "score": 1.0})
        readings += [
            {"document_id": document, "part": 0, "reading": "page", "line": number, "field": name,
             "value": str(value), "confidence": 0.97, "chosen": True}
            for number, line in enumerate(bill.lines) for name, value in line.items()
        ]  # fmt: skip
    schema = records["invoices"].schema
    printed = pa.Table.from_pylist(papers, schema=schema)
    records["invoices"] = pa.concat_tables([records["invoices"], printed])
    stated = DOCUMENTS.rows(documents)
    derived = {"bookings": BOOKINGS.rows(bookings)}
    derived["parties"] = resolve_parties(snapshot_of(records, stated))
    snapshot = snapshot_of(records, stated, derived=derived)
    return ledger_of(snapshot), snapshot, EXTRACTIONS.rows(readings)
