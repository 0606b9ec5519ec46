"""Parts of graphs: whole groups, all that reaches them, and the same scores as on the whole."""

from collections.abc import Mapping
from functools import cache

import numpy as np
import pytest

from ledgergraph.benchmarks.graph_contest import graph_of_made
from ledgergraph.corpora.settings import COMPLETE
from ledgergraph.corpora.training import made_ledger
from ledgergraph.datasets.features import OWN
from ledgergraph.datasets.graph_dataset import BY_TIME, OF_VENDOR
from ledgergraph.models.calibration import Platt
from ledgergraph.models.contract import Ints
from ledgergraph.models.graph_network import KINDS, GraphNetwork, Shape, network_of, scales_of
from ledgergraph.models.graph_parts import Drawn, Surroundings, batches
from ledgergraph.models.graphs import Graph, from_the_future

torch = pytest.importorskip("torch", reason="the extra `networks` is not installed")

INVOICES, SIZE = 260, 60


@cache
def a_ledger() -> Graph:
    return graph_of_made(made_ledger(12, INVOICES, COMPLETE))


def vendors(graph: Graph) -> Mapping[int, Ints]:
    """The invoices of each vendor."""
    one = graph.edges["Vendor", OF_VENDOR, "Invoice"]
    return {int(vendor): one.target[one.source == vendor] for vendor in np.unique(one.source)}


@pytest.mark.parametrize("kind", KINDS)
def test_batches_are_scored_as_the_whole(kind: str) -> None:
    graph = a_ledger()
    shape = Shape(kind, OWN, width=16, heads=2)
    scales = scales_of([graph], [graph.splits[BY_TIME]], shape)
    torch.set_num_threads(1)
    torch.manual_seed(1)
    network = network_of(shape, scales)
    model = GraphNetwork(network, shape, scales, graph.judged, Platt(), "cpu")
    whole = model.score(graph)
    assert whole.std() > 0.01
    assert np.abs(model.score(graph, whole=0, batch=SIZE) - whole).max() < 1e-6


def test_every_invoice_is_in_one_batch_with_all_of_its_vendor() -> None:
    graph = a_ledger()
    every = np.arange(len(graph.keys))
    found = batches(graph, every, SIZE, seed=3)
    assert np.array_equal(np.sort(np.concatenate(found)), every)
    assert max(len(one) for one in found) < 2 * SIZE
    for invoices in vendors(graph).values():
        touched = [one for one in found if np.isin(invoices, one).any()]
        assert len(touched) == 1 or len(invoices) > SIZE
    again = batches(graph, every, SIZE, seed=3)
    assert all(np.array_equal(one, other) for one, other in zip(found, again, strict=True))


def test_a_vendor_larger_than_a_batch_is_parted_by_time() -> None:
    graph = a_ledger()
    invoices = max(vendors(graph).values(), key=len)
    found = batches(graph, invoices, 3)
    assert np.array_equal(np.sort(np.concatenate(found)), np.sort(invoices))
    assert 1 < len(invoices) / 6 < len(found)
    for one in found:
        if len(one) == 3:
            assert np.diff(np.searchsorted(np.sort(invoices), one)).tolist() == [1, 1]


def test_hubs_tell_everybody_and_hear_of_few() -> None:
    """What reaches an invoice is small, whatever the entities and approvers have in common."""
    graph = a_ledger()
    entity = graph.edges["Entity", "rev_BILLED_TO", "Invoice"]
    assert np.bincount(entity.source).max() > 50
    for (_, _, target), one in graph.edges.items():
        if target != graph.judged:
            assert np.bincount(one.target).max() < 20
    part = Surroundings(graph).of(np.array([len(graph.keys) - 1]), 2)
    assert len(part.graph.keys) < len(graph.keys) / 2
    assert from_the_future(part.graph) == {}


def test_neighbours_that_are_drawn_are_few_and_of_the_past() -> None:
    pytest.importorskip("pyg_lib", reason="pyg-lib, which draws neighbours, is on no index")
    graph = a_ledger()
    nodes = list(range(len(graph.keys) - 40, len(graph.keys)))
    part = Drawn(graph, 2).of(np.array(nodes), 2)
    assert [part.graph.keys[int(at)] for at in part.asked] == [graph.keys[at] for at in nodes]
    assert all(np.bincount(one.target).max() <= 2 for one in part.graph.edges.values())
    assert from_the_future(part.graph) == {}
    assert len(part.graph.keys) < len(Surroundings(graph).of(np.array(nodes), 2).graph.keys)
