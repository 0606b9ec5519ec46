"""Ledgers as graphs in time: what graph networks learn from.

Belongs here: which labels and relations of the ontology become nodes and messages, what each
says of itself, candidate edges between invoices, labels, splits, and what a data set must not
give away. Not here: the arrays themselves (models.graphs), how a network learns.

Nodes and edges are named as the ontology names them; a message against the direction of its
relation is called `rev_` and the relation's type. Invoices stand in the order of their arrival
and carry their features as of that day. Entities, accounts and orders that are only referred to
are known since the first row that names them.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.datasets.declared import log_days, log_ratio
from ledgergraph.datasets.features import FEATURES, OWN, compute
from ledgergraph.datasets.labels import targets
from ledgergraph.graph.duplicates import OF_SUMS, PAIR_FEATURES, candidate_pairs, within
from ledgergraph.graph.frames import Flags, Floats, Ints, Ledger, account_of, codes_of, ledger_of
from ledgergraph.graph.ontology import EDGES, LABELS, Edge
from ledgergraph.graph.snapshot import Snapshot
from ledgergraph.models.boosting import BoostingSettings, fit
from ledgergraph.models.contract import Examples
from ledgergraph.models.graphs import (
    SIDES,
    Edges,
    Graph,
    Matrix,
    Nodes,
    Relation,
    degrees,
    in_time,
    norms,
)
from ledgergraph.models.metrics import average_precision
from ledgergraph.tables import DATE, TEXT, Table

INVOICE = "Invoice"
NODE_LABELS = (
    INVOICE, "Vendor", "Contract", "ContractAmendment", "PurchaseOrder", "PurchaseOrderLine",
    "GoodsReceipt", "Entity", "BankAccount", "BankChange", "Approver", "Employee",
)  # fmt: skip
"""Labels of the ontology that become nodes."""
SIMILAR, OF_VENDOR = "SIMILAR", "rev_ISSUED_BY"
SHARED: Mapping[str, str] = {
    "SAME_VENDOR": "party", "SAME_ACCOUNT": "iban", "SAME_ADDRESS": "address",
    "SAME_ORDER": "order_id", "SAME_CONTRACT": "contract_id", "SAME_APPROVER": "approver",
}  # fmt: skip
"""Candidate edges between invoices that agree in something, by their type."""
MOST_SHARED, SHARED_DAYS = 4, 800.0
"""Each invoice hears of so many earlier ones of a kind at most, and of none longer ago."""
CONCERNING = (
    ("GoodsReceipt", "FULFILS", "PurchaseOrder", "FOR_ORDER"),
    ("PurchaseOrderLine", "OF_ORDER", "PurchaseOrder", "FOR_ORDER"),
    ("ContractAmendment", "AMENDS", "Contract", "UNDER_CONTRACT"),
    ("Contract", "WITH_VENDOR", "Vendor", "ISSUED_BY"),
    ("BankChange", "OF_VENDOR", "Vendor", "ISSUED_BY"),
    ("BankChange", "TO_ACCOUNT", "BankAccount", "PAID_TO"),
    ("Employee", "HAS_ACCOUNT", "BankAccount", "PAID_TO"),
    ("Vendor", "HAS_ACCOUNT", "BankAccount", "PAID_TO"),
)  # fmt: skip
"""Rows that concern an invoice by what both name: label, relation, what it leads to, and the
invoice's relation to it. A receipt is later than its order: through the order, which never hears
of it, it would reach no invoice; so it is told to the invoices themselves that came after it."""
MOST_CONCERNING = 12
"""The latest so many rows of each sort are told to an invoice."""
WITH_HINDSIGHT = ("sum_found", *OF_SUMS, "rivals", "is_nearest_number")
"""What a pair is described by that later rows may change: no edge carries it."""
SIMILAR_FEATURES = tuple(name for name in PAIR_FEATURES if name not in WITH_HINDSIGHT)
SHARED_FEATURES = (
    "days", "amount_ratio", "same_amount", "same_party", "same_entity", "same_account",
    "same_approver", "same_order", "same_contract",
)  # fmt: skip
"""What an edge between invoices that agree in something says of the two."""
ISSUE, AGREEMENT, FOUND = "is_issue", "has_compliance_issues", "is_found"
OUTCOMES = (ISSUE, AGREEMENT, FOUND)
"""What is known of invoices. What audits found of the issues is learned from, those that they
missed are taken for honest as in life; what is an issue is judged by. Beside them a graph states
for each kind whether an invoice is of it."""
BY_TIME, AT_RANDOM, UNSEEN = "by_time", "at_random", "is_vendor_unseen"
GNN_INVOICES = Table(
    "gnn_invoices",
    pa.schema(
        [
            ("ledger", TEXT), ("invoice_id", TEXT),
            ("node", pa.int64()),  # its position among the nodes of label Invoice
            ("known_from", DATE), (BY_TIME, TEXT), (AT_RANDOM, TEXT), (UNSEEN, pa.bool_()),
            *((name, pa.bool_()) for name in OUTCOMES),  # null where nobody knows
        ]
    ),
    key=("ledger", "invoice_id"),
)  # fmt: skip
"""The invoices of all graphs: which node each is, on which side of the splits, what is known."""
SHARES = (0.7, 0.15)
"""Of the invoices to learn from, and of those that end the learning; the rest is judged."""


def graph_of(
    name: str, snapshot: Snapshot, labels: pa.Table, audit_recall: float = 1.0
) -> Graph:  # fmt: skip
    """The graph of a snapshot, with what is known of its invoices (LABELS).

    `audit_recall` is the share of the issues that audits found, in [0, 1].
    """
    ledger = ledger_of(snapshot)
    ids = ledger.invoices["invoice_id"].tolist()
    nodes = {label: _nodes(label, snapshot) for label in NODE_LABELS if label != INVOICE}
    nodes[INVOICE] = _invoices(ledger, ids)
    stated = _stated(snapshot, nodes)
    edges = {**stated, **_concerning(stated, nodes), **_candidates(ledger)}
    kept: dict[Relation, Edges] = {}
    for key, one in edges.items():
        source, _, target = key
        judged = (source == INVOICE, target == INVOICE)
        passing = one.kept(in_time(nodes[source], nodes[target], one, is_judged=judged))
        if len(passing.source):
            kept[key] = passing
    asked = pa.table({"invoice_id": pa.array(ids, pa.string())})
    outcomes = {column: targets(asked, labels, column) for column in (ISSUE, AGREEMENT)}
    outcomes[FOUND] = _found(name, ledger, labels, outcomes[ISSUE], audit_recall)
    outcomes |= {kind: targets(asked, rows, "is_kind") for kind, rows in _by_kind(labels)}
    by_time = _sides_by_time(ledger)
    return Graph(
        name, INVOICE, {label: nodes[label] for label in NODE_LABELS}, kept, outcomes,
        {BY_TIME: by_time, AT_RANDOM: _sides_at_random(ids)},
        {UNSEEN: _unseen(ledger, by_time)}, OF_VENDOR,
    )  # fmt: skip


def _by_kind(labels: pa.Table) -> list[tuple[str, pa.Table]]:
    """For each kind that is there the labels, with whether they are of it."""
    kinds = [set((one or "").split("|")) - {""} for one in labels["kinds"].to_pylist()]
    return [
        (kind, labels.append_column("is_kind", pa.array([kind in own for own in kinds])))
        for kind in sorted(set().union(*kinds))
    ]


def _found(name: str, ledger: Ledger, labels: pa.Table, truth: Floats, recall: float) -> Floats:
    """What audits found of the issues: of one party all of some kinds, or none of them."""
    rows = ledger.invoices
    kinds = dict(zip(labels["invoice_id"].to_pylist(), labels["kinds"].to_pylist(), strict=True))
    cases = [
        f"{name} {party} {kinds.get(one)}"
        for one, party in zip(rows["invoice_id"], rows["party"], strict=True)
    ]
    return np.where(truth > 0, (_drawn(cases) < recall).astype(np.float64), truth)


# Nodes


def _invoices(ledger: Ledger, ids: Sequence[str]) -> Nodes:
    """Invoices with all their features, in the order of their arrival."""
    values = compute(ledger)  # in the order of invoice_id
    matrix = np.full((len(ids), len(FEATURES)), np.nan, dtype=np.float32)
    for at, column in enumerate(values.values()):
        matrix[ledger.by_id, at] = np.clip(column, -1e9, 1e9)
    return Nodes(ids, ledger.invoices["known"].to_numpy(dtype=np.float64), tuple(FEATURES), matrix)


def _nodes(label: str, snapshot: Snapshot) -> Nodes:
    """The nodes of another label: what their rows say as plain numbers, by the columns' types.

    Amounts and numbers as signed logarithms, dates as days since the row was known, texts by
    whether there is one.
    """
    table = snapshot.nodes[label]
    known = _days(table["known_from"])
    undated = np.isnan(known)
    referred = undated & table["document_id"].is_null().to_numpy()
    first = _first_named(label, table["key"], snapshot)
    known = np.where(referred, first, np.where(undated, -np.inf, known))
    columns: dict[str, Floats] = {}
    for name, kind in LABELS[label].columns.items():
        if name in LABELS[label].key:
            continue
        if pa.types.is_string(kind):
            columns[f"has_{name}"] = table[name].is_valid().to_numpy().astype(np.float64)
        elif pa.types.is_date32(kind):
            with np.errstate(invalid="ignore"):
                since = _days(table[name]) - np.where(np.isinf(known), np.nan, known)
                columns[name] = np.sign(since) * log_days(np.abs(since))
        elif not pa.types.is_timestamp(kind):
            value = table[name].cast(pa.float64()).to_numpy().astype(np.float64)
            columns[name] = np.sign(value) * np.log10(1.0 + np.abs(value))
    matrix = np.ones((table.num_rows, 1), dtype=np.float32)
    if columns:
        matrix = np.column_stack(list(columns.values())).astype(np.float32)
    return Nodes(table["key"].to_pylist(), known, tuple(columns) or ("is_there",), matrix)


def _first_named(label: str, keys: pa.ChunkedArray, snapshot: Snapshot) -> Floats:
    """The first day on which an edge names each node; always, if that edge has no day."""
    first = np.full(len(keys), np.inf)
    for (source, _, target), table in snapshot.edges.items():
        days = np.nan_to_num(_days(table["known_from"]), nan=-np.inf)
        for end, name in (("source", source), ("target", target)):
            if name == label and table.num_rows:
                place = pc.index_in(table[end], keys.combine_chunks()).to_numpy()
                np.minimum.at(first, place, days)
    return np.where(np.isposinf(first), -np.inf, first)


def _days(column: pa.ChunkedArray) -> Floats:
    return np.asarray(
        column.cast(pa.int32()).cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64
    )


# Edges


def _stated(snapshot: Snapshot, nodes: Mapping[str, Nodes]) -> dict[Relation, Edges]:
    """The relations of the ontology between these labels, as messages in both directions."""
    found: dict[Relation, Edges] = {}
    place = {label: pd.Index(one.keys) for label, one in nodes.items()}
    for (source, type_, target), edge in EDGES.items():
        if source not in nodes or target not in nodes:
            continue
        one, two, known, names, matrix = _ends(edge, snapshot, place)
        found[source, type_, target] = Edges(one, two, known, names, matrix)
        found[target, f"rev_{type_}", source] = Edges(two, one, known, names, matrix)
    return found


def _ends(
    edge: Edge, snapshot: Snapshot, place: Mapping[str, "pd.Index[str]"]
) -> tuple[Ints, Ints, Floats, tuple[str, ...], Matrix]:
    """Positions of both ends, days, and the numbers that the relation itself has."""
    table = snapshot.edges[edge.key]
    one = place[edge.source].get_indexer(table["source"].to_pandas()).astype(np.int64)
    two = place[edge.target].get_indexer(table["target"].to_pandas()).astype(np.int64)
    there = (one >= 0) & (two >= 0)  # papers that are booked are no nodes
    known = np.nan_to_num(_days(table["known_from"]), nan=-np.inf)
    names = tuple(name for name, kind in edge.properties.items() if pa.types.is_floating(kind))
    matrix = np.empty((table.num_rows, len(names)), dtype=np.float32)
    for at, name in enumerate(names):
        matrix[:, at] = table[name].to_numpy()
    return one[there], two[there], known[there], names, matrix[there]


def _concerning(
    stated: Mapping[Relation, Edges], nodes: Mapping[str, Nodes]
) -> dict[Relation, Edges]:
    """Messages straight to invoices of what they share an order, contract, vendor, account with."""
    found: dict[Relation, Edges] = {}
    for label, type_, hub, own in CONCERNING:
        rows, invoices = stated[label, type_, hub], stated[INVOICE, own, hub]
        one = pd.DataFrame({"row": rows.source, "hub": rows.target, "since": rows.known})
        two = pd.DataFrame({"invoice": invoices.source, "hub": invoices.target})
        both = two.merge(one, on="hub")
        sent, day = nodes[label].known[both["row"]], nodes[INVOICE].known[both["invoice"]]
        both = both[(sent <= day) & (both["since"].to_numpy() <= day)]
        both = both.iloc[np.lexsort((-nodes[label].known[both["row"]], both["invoice"]))]
        both = both[both.groupby("invoice").cumcount() < MOST_CONCERNING]
        source = both["row"].to_numpy(np.int64)
        found[label, f"{type_}_{own}", INVOICE] = Edges(
            source, both["invoice"].to_numpy(np.int64), both["since"].to_numpy(np.float64), (),
            np.empty((len(source), 0), dtype=np.float32),
        )  # fmt: skip
    return found


def _candidates(ledger: Ledger) -> dict[Relation, Edges]:
    """Edges between invoices that may have to do with one another, from the earlier on."""
    pairs = candidate_pairs(ledger)
    keep = pairs.in_time
    known = ledger.invoices["known"].to_numpy(dtype=np.float64)
    matrix = np.column_stack([pairs.features[name][keep] for name in SIMILAR_FEATURES])
    found: dict[Relation, Edges] = {
        (INVOICE, SIMILAR, INVOICE): Edges(
            pairs.other[keep], pairs.later[keep], known[pairs.later[keep]], SIMILAR_FEATURES,
            matrix.astype(np.float32),
        )
    }  # fmt: skip
    codes = _codes(ledger)
    for type_, column in SHARED.items():
        later, earlier = within(codes[column], known, SHARED_DAYS, MOST_SHARED)
        if type_ == "SAME_ADDRESS":  # of one vendor all invoices have one address
            other = codes["party"][later] != codes["party"][earlier]
            later, earlier = later[other], earlier[other]
        found[INVOICE, type_, INVOICE] = Edges(
            earlier, later, known[later], SHARED_FEATURES,
            _compared(ledger, codes, later, earlier),
        )  # fmt: skip
    return found


def _codes(ledger: Ledger) -> dict[str, Ints]:
    """What invoices share as whole numbers, -1 where an invoice has none."""
    rows, vendors = ledger.invoices, ledger["vendors"]
    codes = {column: codes_of(rows[column]) for column in SHARED.values() if column in rows}
    known = vendors.dropna(subset=["vendor_id"]).drop_duplicates("vendor_id")
    address = (
        known.set_index("vendor_id")["address"].str.casefold().str.replace(r"\W", "", regex=True)
    )
    codes["address"] = codes_of(rows["vendor_id"].map(address).astype("str"))
    codes["iban"] = codes_of(account_of(rows["iban"]))
    codes["entity_id"] = codes_of(rows["entity_id"])
    codes["amount"] = codes_of(rows["amount"].round(2))
    return codes


def _compared(ledger: Ledger, codes: Mapping[str, Ints], later: Ints, earlier: Ints) -> Matrix:
    known = ledger.invoices["known"].to_numpy(dtype=np.float64)
    amount = np.abs(ledger.invoices["amount"].to_numpy(dtype=np.float64))

    def same(column: str) -> Floats:
        one, two = codes[column][later], codes[column][earlier]
        return np.where((one < 0) | (two < 0), np.nan, one == two)

    with np.errstate(invalid="ignore"):
        columns = {
            "days": log_days(known[later] - known[earlier]),
            "amount_ratio": log_ratio(amount[later], amount[earlier]),
            "same_amount": same("amount"), "same_party": same("party"),
            "same_entity": same("entity_id"), "same_account": same("iban"),
            "same_approver": same("approver"), "same_order": same("order_id"),
            "same_contract": same("contract_id"),
        }  # fmt: skip
    return np.column_stack([columns[name] for name in SHARED_FEATURES]).astype(np.float32)


# Splits


def _sides_by_time(ledger: Ledger) -> Ints:
    """Sides by the day of arrival: no day is on two sides."""
    known = ledger.invoices["known"].to_numpy(dtype=np.float64)
    sides = np.zeros(len(known), dtype=np.int64)
    if len(known):
        for share in np.cumsum(SHARES):
            sides += known > known[min(int(share * len(known)), len(known) - 1)]
    return sides


def _sides_at_random(ids: Sequence[str]) -> Ints:
    """Sides by a hash of the invoice's id: the same whatever else a ledger holds."""
    return np.searchsorted(np.cumsum(SHARES), _drawn(ids), side="right").astype(np.int64)


def _drawn(texts: Iterable[str]) -> Floats:
    """A number in [0, 1) for each text, by its hash."""
    drawn = [int.from_bytes(hashlib.sha256(one.encode()).digest()[:8]) / 2**64 for one in texts]
    return np.minimum(np.array(drawn, dtype=np.float64), np.nextafter(1.0, 0.0))


def _unseen(ledger: Ledger, sides: Ints) -> Flags:
    """Invoices of parties of which none is learned from, split by time."""
    party = codes_of(ledger.invoices["party"])
    flags: Flags = ~np.isin(party, np.unique(party[sides == 0])) & (sides > 0)
    return flags


def invoice_rows(graphs: Iterable[Graph]) -> Iterator[dict[str, object]]:
    """Rows of GNN_INVOICES."""
    for graph in graphs:
        known = graph.nodes[INVOICE].known
        for node, invoice_id in enumerate(graph.keys):
            outcomes = {name: graph.outcomes[name][node] for name in OUTCOMES}
            yield {
                "ledger": graph.name, "invoice_id": invoice_id, "node": node,
                "known_from": int(known[node]) if np.isfinite(known[node]) else None,
                **{name: SIDES[own[node]] for name, own in graph.splits.items()},
                UNSEEN: bool(graph.flags[UNSEEN][node]),
                **{name: None if np.isnan(one) else one > 0 for name, one in outcomes.items()},
            }  # fmt: skip


# What a data set must not give away

MOST_OWN, MOST_TRIVIAL = 0.45, 3.0
"""Average precision that boosting on single invoices may reach, and of scores that know nothing
in multiples of a constant's."""
FEW_TREES = BoostingSettings(rounds=200, folds=1)


def leaks(graphs: Sequence[Graph], seed: int) -> dict[str, tuple[float, float]]:
    """Average precision of each baseline that must fail on made ledgers, and the most it may be.

    NaN where it cannot be told.
    """
    known = trivial(graphs)
    most = MOST_TRIVIAL * known["constant"]
    return {
        "constant": (known["constant"], MOST_OWN),
        "degrees": (known["degrees"], most),
        "norms": (known["norms"], most),
        "boosting on own attributes": (own_attributes(graphs, seed), MOST_OWN),
        "the same, of agreements broken": (own_attributes(graphs, seed, AGREEMENT), MOST_OWN),
    }


def trivial(graphs: Sequence[Graph], outcome: str = ISSUE) -> dict[str, float]:
    """Average precision of scores that know nothing: a constant, degrees, norms of own values.

    The better of much and little counts. NaN if no invoice has an issue.
    """
    truth = np.concatenate([one.outcomes[outcome] for one in graphs])
    known = ~np.isnan(truth)
    scores = {
        "constant": np.zeros(len(truth)),
        "degrees": np.concatenate([degrees(one) for one in graphs]),
        "norms": np.concatenate([norms(one, OWN) for one in graphs]),
    }
    return {
        name: max(average_precision(turned * one[known], truth[known]) for turned in (1, -1))
        for name, one in scores.items()
    }


def own_attributes(graphs: Sequence[Graph], seed: int, outcome: str = ISSUE) -> float:
    """Average precision of boosted trees that see single invoices, on ledgers that they did not.

    Every second ledger teaches, the others are judged, and the other way round; the larger
    figure counts. NaN where there are fewer than two, or nothing to learn or to find.
    """
    if len(graphs) < 2:
        return float("nan")
    one, two = (examples_in(graphs[start::2], OWN, outcome) for start in (0, 1))
    found = [
        average_precision(fit(learn, FEW_TREES, seed).predict_matrix(judge.matrix), judge.target)
        for learn, judge in ((one, two), (two, one))
        if len(np.unique(learn.target)) == 2 and judge.target.any()
    ]
    return max(found, default=float("nan"))


def examples_in(graphs: Sequence[Graph], names: Sequence[str], outcome: str = ISSUE) -> Examples:
    """The labelled invoices of some graphs with some of their features; a graph is a group."""
    matrices, outcomes, groups = [], [], []
    for number, graph in enumerate(graphs):
        own, said = graph.nodes[INVOICE], graph.outcomes[outcome]
        known = ~np.isnan(said)
        at = [own.names.index(name) for name in names]
        matrices.append(own.matrix[known][:, at].astype(np.float64))
        outcomes.append(said[known])
        groups.append(np.full(int(known.sum()), number, dtype=np.int64))
    return Examples(
        tuple(names), np.concatenate(matrices), np.concatenate(outcomes), np.concatenate(groups)
    )
