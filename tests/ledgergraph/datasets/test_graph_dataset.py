"""Made ledgers as graphs: names of the ontology, nothing of the future, splits and baselines."""

from dataclasses import replace
from functools import cache

import numpy as np
import pyarrow.compute as pc
import pytest

from ledgergraph.corpora.settings import COMPLETE
from ledgergraph.corpora.training import TrainingLedger, made_ledger
from ledgergraph.datasets.features import OWN
from ledgergraph.datasets.graph_dataset import (
    AT_RANDOM,
    BY_TIME,
    FOUND,
    GNN_INVOICES,
    INVOICE,
    ISSUE,
    MOST_OWN,
    NODE_LABELS,
    UNSEEN,
    WITH_HINDSIGHT,
    examples_in,
    graph_of,
    invoice_rows,
    leaks,
    own_attributes,
    trivial,
)
from ledgergraph.datasets.labels import labels_of
from ledgergraph.datasets.made_ledgers import snapshot_of_books
from ledgergraph.graph.ontology import EDGES, LABELS
from ledgergraph.models.graphs import Edges, Graph, Relation, from_the_future


@cache
def ledger(seed: int) -> TrainingLedger:
    return made_ledger(seed, 400, COMPLETE)


@cache
def graph(seed: int = 3) -> Graph:
    made = ledger(seed)
    return graph_of(made.name, snapshot_of_books(made.tables), labels_of(made.truth))


def test_nodes_and_stated_relations_have_the_names_of_the_ontology() -> None:
    assert set(graph().nodes) == set(NODE_LABELS) <= set(LABELS)
    types = {key[1] for key in EDGES}
    stated = [key for key in graph().edges if key[1].removeprefix("rev_") in types]
    for source, type_, target in stated:
        ends = (target, source) if type_.startswith("rev_") else (source, target)
        if (ends[0], type_.removeprefix("rev_"), ends[1]) not in EDGES:
            pytest.fail(f"{source} {type_} {target}")
    assert ("Vendor", "rev_ISSUED_BY", INVOICE) in graph().edges


def test_no_message_comes_from_the_future() -> None:
    assert from_the_future(graph()) == {}
    between = [one for key, one in graph().edges.items() if key[0] == key[2] == INVOICE]
    assert between
    assert all((one.source < one.target).all() for one in between)


def test_receipts_reach_the_invoices_of_their_order_only_once_they_came() -> None:
    told = graph().edges["GoodsReceipt", "FULFILS_FOR_ORDER", INVOICE]
    receipts, invoices = graph().nodes["GoodsReceipt"].known, graph().nodes[INVOICE].known
    assert len(told.source)
    assert (receipts[told.source] <= invoices[told.target]).all()


def told(graph: Graph, key: Relation, edges: Edges) -> dict[tuple[str, int], bytes]:
    """What each message of a relation says, by the id of its source and the place of its target."""
    ids = graph.nodes[key[0]].keys
    return {
        (ids[source], int(target)): said.tobytes()
        for source, target, said in zip(
            edges.source, edges.target, edges.matrix.round(3), strict=True
        )
    }


def test_later_invoices_change_no_message_between_earlier_ones() -> None:
    made = ledger(3)
    whole = graph()
    invoices = made.tables["invoices"]
    day = float(np.median(whole.nodes[INVOICE].known))
    early = invoices.filter(pc.less_equal(invoices["received_on"].cast("int32"), int(day)))
    cut = graph_of("cut", snapshot_of_books({**made.tables, "invoices": early}),
                   labels_of(made.truth))  # fmt: skip
    keys = list(cut.keys)
    assert keys == list(whole.keys)[: len(keys)]
    early_rows = whole.nodes[INVOICE].matrix[: len(keys)]
    assert np.allclose(cut.nodes[INVOICE].matrix, early_rows, atol=1e-4, equal_nan=True)
    for key, other in whole.edges.items():
        kept = other.kept(other.target < len(keys))
        if key[2] == INVOICE and len(kept.source):
            assert told(cut, key, cut.edges[key]) == told(whole, key, kept), key


def test_pairs_are_described_without_hindsight() -> None:
    names = graph().edges[INVOICE, "SIMILAR", INVOICE].names
    assert names
    assert not set(names) & set(WITH_HINDSIGHT)


def test_both_splits_have_three_sides_and_vendors_not_learned_from_are_marked() -> None:
    for name in (BY_TIME, AT_RANDOM):
        shares = np.bincount(graph().splits[name], minlength=3) / len(graph().keys)
        assert np.allclose(shares, [0.7, 0.15, 0.15], atol=0.07)
    side, known = graph().splits[BY_TIME], graph().nodes[INVOICE].known
    assert known[side == 0].max() < known[side == 1].min()
    assert known[side == 1].max() < known[side == 2].min()
    assert not graph().flags[UNSEEN][side == 0].any()


def test_rows_name_the_node_of_each_invoice() -> None:
    rows = GNN_INVOICES.rows(invoice_rows([graph()])).to_pylist()
    assert [graph().keys[row["node"]] for row in rows] == [row["invoice_id"] for row in rows]
    planted = {row["invoice_id"] for row in rows if row["is_issue"]}
    truth = ledger(3).truth.to_pylist()
    assert planted == {row["invoice_id"] for row in truth if row["is_issue"] and row["scored"]}


def test_neither_single_invoices_nor_trivial_scores_tell_issues() -> None:
    graphs = [graph(3), graph(4)]
    assert np.isnan(own_attributes(graphs[:1], 1))
    assert not [name for name, (value, most) in leaks(graphs, 1).items() if value > most]
    rate = examples_in(graphs, OWN).target.mean()
    assert trivial(graphs)["constant"] == pytest.approx(rate)
    assert max(trivial(graphs).values()) < 3 * rate


def test_a_label_that_one_row_gives_away_is_told() -> None:
    planted = []
    for one in (graph(3), graph(4)):
        own = one.nodes[INVOICE]
        matrix = own.matrix.copy()
        matrix[:, own.names.index("net_zeros")] = np.nan_to_num(one.outcomes[ISSUE])
        planted.append(replace(one, nodes={**one.nodes, INVOICE: replace(own, matrix=matrix)}))
    assert own_attributes(planted, 1) > MOST_OWN


def test_audits_miss_whole_cases_and_what_they_miss_stands_among_the_honest() -> None:
    made = ledger(3)
    half = graph_of(made.name, snapshot_of_books(made.tables), labels_of(made.truth), 0.5)
    whole = graph(3).outcomes
    assert np.array_equal(whole[FOUND], whole[ISSUE], equal_nan=True)
    truth, found = half.outcomes[ISSUE], half.outcomes[FOUND]
    assert np.array_equal(truth, whole[ISSUE], equal_nan=True)
    assert np.array_equal(np.isnan(found), np.isnan(truth))
    assert (found[truth == 0] == 0).all()
    assert 0.2 < found[truth > 0].mean() < 0.8
