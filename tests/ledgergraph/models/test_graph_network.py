"""Networks on typed graphs: nothing of the future, the same again, and what relations teach."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ledgergraph.errors import BadInput, BadSetting, StaleInput
from ledgergraph.models.contract import Ints
from ledgergraph.models.graph_explaining import explained
from ledgergraph.models.graph_network import KINDS, GraphNetwork, Shape, load, scales_of
from ledgergraph.models.graph_parts import around
from ledgergraph.models.graph_training import Epoch, Learned, Training, fit
from ledgergraph.models.graphs import (
    SIDES,
    TENSORS,
    Edges,
    Graph,
    Nodes,
    from_the_future,
    hetero_data,
    restored,
    stored,
)
from ledgergraph.models.metrics import average_precision

BILL, SHOP = "Bill", "Shop"
QUICK = Training(rate=0.01, epochs=12, patience=12, threads=1, kept_every=1)
SMALL = Shape(width=16, layers=2, heads=2, dropout=0.1)


def a_graph(seed: int, bills: int = 160) -> Graph:
    """Bills of shops; one is wrong if the bill before it of its shop says so: no own value does."""
    rng = np.random.default_rng(seed)
    known = np.sort(rng.integers(0, 400, bills)).astype(float)
    shop = rng.integers(0, 8, bills)
    own = rng.normal(size=(bills, 3)).astype(np.float32)
    own[rng.random(own.shape) < 0.1] = np.nan
    own[:, 0] = rng.random(bills) < 0.4
    first = np.array([known[shop == one].min() if (shop == one).any() else 0 for one in range(8)])
    pairs = [
        (earlier[-1], at) for at in range(bills)
        if len(earlier := np.flatnonzero(shop[:at] == shop[at]))
    ]  # fmt: skip
    source, target = (np.array(one, dtype=np.int64) for one in zip(*pairs, strict=True))
    wrong = np.zeros(bills)
    wrong[target] = own[source, 0]
    said = (known[target] - known[source])[:, None].astype(np.float32)
    places = np.arange(bills, dtype=np.int64)
    return Graph(
        f"graph {seed}", BILL,
        {
            BILL: Nodes([f"b{at}" for at in range(bills)], known, ("mark", "one", "two"), own),
            SHOP: Nodes([f"s{at}" for at in range(8)], first, ("is_there",),
                        np.ones((8, 1), dtype=np.float32)),
        },
        {
            (BILL, "BEFORE", BILL): Edges(source, target, known[target], ("days",), said),
            (SHOP, "rev_OF", BILL): Edges(shop.astype(np.int64), places, known, (),
                                          np.empty((bills, 0), dtype=np.float32)),
        },
        {"is_issue": wrong}, {"by_time": (places > 0.7 * bills).astype(np.int64)},
        {"is_new": known > 300}, "rev_OF",
    )  # fmt: skip


def until(graph: Graph, count: int) -> Graph:
    """What the graph was when its first so many bills had come."""
    keep = np.arange(len(graph.keys)) < count
    own = graph.nodes[BILL]
    bills = replace(
        own, keys=list(own.keys)[:count], known=own.known[keep], matrix=own.matrix[keep]
    )
    nodes = {**graph.nodes, BILL: bills}
    edges = {key: one.kept(one.target < count) for key, one in graph.edges.items()}
    return replace(graph, nodes=nodes, edges=edges)


GRAPHS = [a_graph(seed) for seed in range(4)]
BY_GRAPH: list[Ints] = [np.full(160, int(at == 3)) for at in range(4)]


@pytest.fixture(scope="module")
def learned() -> Learned:
    return fit(GRAPHS, BY_GRAPH, SMALL, QUICK, device="cpu")


def is_same(one: GraphNetwork, other: GraphNetwork) -> bool:
    first, second = one.network.state_dict(), other.network.state_dict()
    return all(np.array_equal(first[name].numpy(), second[name].numpy()) for name in first)


def test_a_relation_teaches_what_no_own_value_says(learned: Learned) -> None:
    unseen = a_graph(77)
    truth = unseen.outcomes["is_issue"]
    alone = fit(GRAPHS, BY_GRAPH, replace(SMALL, without=("BEFORE", "OF")), QUICK, device="cpu")
    assert average_precision(learned.model.predict(unseen), truth) > 0.8
    assert average_precision(alone.model.predict(unseen), truth) < 0.6


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_later_changes_nothing_that_a_network_says(kind: str) -> None:
    made = fit(GRAPHS, BY_GRAPH, replace(SMALL, kind=kind), replace(QUICK, epochs=1), device="cpu")
    whole = made.model.predict(GRAPHS[0])
    for count in (40, 100):
        early = made.model.predict(until(GRAPHS[0], count))
        assert np.allclose(early, whole[:count], atol=1e-6)


def test_a_message_from_the_future_is_told() -> None:
    graph = GRAPHS[0]
    assert from_the_future(graph) == {}
    key = (BILL, "BEFORE", BILL)
    own = graph.edges[key]
    turned = replace(own, source=own.target, target=own.source)
    late = replace(graph, edges={**graph.edges, key: turned})
    assert from_the_future(late) == {"Bill BEFORE Bill": len(own.source)}


def test_scales_rest_on_what_is_learned_from_alone() -> None:
    graph, side = GRAPHS[0], GRAPHS[0].splits["by_time"]
    own = graph.nodes[BILL]
    changed = own.matrix.copy()
    changed[side > 0] *= 1e6
    others = replace(graph, nodes={**graph.nodes, BILL: replace(own, matrix=changed)})
    assert scales_of([graph], [side], SMALL) == scales_of([others], [side], SMALL)
    held_out = np.ones(160, dtype=np.int64)
    always = replace(others.nodes[SHOP], known=np.full(8, -np.inf),
                     matrix=np.full((8, 1), 9.0, dtype=np.float32))  # fmt: skip
    apart = replace(others, nodes={**others.nodes, SHOP: always})
    assert scales_of([graph, apart], [side, held_out], SMALL) == scales_of([graph], [side], SMALL)


def test_a_hopeless_training_ends_early() -> None:
    ended = fit(GRAPHS, BY_GRAPH, SMALL, QUICK, device="cpu",
                is_hopeless=lambda own: len(own) == 2)  # fmt: skip
    assert len(ended.history) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_what_reaches_a_node_is_all_that_counts_for_it(kind: str) -> None:
    made = fit(GRAPHS, BY_GRAPH, replace(SMALL, kind=kind), replace(QUICK, epochs=1), device="cpu")
    whole = made.model.score(GRAPHS[0])
    for node in (3, 90, 159):
        part = around(GRAPHS[0], node, SMALL.layers)
        [place] = part.asked
        assert part.graph.keys[place] == f"b{node}"
        assert len(part.graph.keys) <= SMALL.layers + 1
        assert made.model.score(part.graph)[place] == pytest.approx(whole[node], abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_reasons_come_to_what_a_network_says(kind: str) -> None:
    made = fit(GRAPHS, BY_GRAPH, replace(SMALL, kind=kind), replace(QUICK, epochs=3), device="cpu")
    said = made.model.predict(GRAPHS[0])
    for node in (90, 159):
        found = explained(made.model, GRAPHS[0], node, steps=200)
        odds = np.log(said[node] / (1 - said[node]))
        assert found.log_odds == pytest.approx(odds, abs=0.05)
        assert set(found.features) == {"mark", "one", "two"}


def test_the_neighbour_that_makes_a_bill_wrong_is_named_first(learned: Learned) -> None:
    graph = GRAPHS[0]
    one = graph.edges[BILL, "BEFORE", BILL]
    likely = learned.model.predict(graph)
    at = int(np.argmax(np.where(graph.outcomes["is_issue"] > 0, likely, -1)))
    found = explained(learned.model, graph, at)
    first = max(found.neighbours, key=lambda key: found.neighbours[key])
    assert first == (BILL, f"b{one.source[one.target == at][0]}")
    assert found.neighbours[first] > max(abs(value) for value in found.features.values())


def test_the_same_again_and_after_an_interruption(learned: Learned, tmp_path: Path) -> None:
    class Stopped(Exception):
        pass

    def stop(_: Path) -> None:
        if len(told) == 5:
            raise Stopped

    told: list[Epoch] = []
    with pytest.raises(Stopped):
        fit(GRAPHS, BY_GRAPH, SMALL, QUICK, kept=tmp_path, told=told.append, device="cpu",
            after=stop)  # fmt: skip
    again: list[Epoch] = []
    after = fit(GRAPHS, BY_GRAPH, SMALL, QUICK, kept=tmp_path, told=again.append, device="cpu")
    assert len(again) == len(after.history) - 5
    assert after.history == learned.history
    assert is_same(after.model, learned.model)
    with pytest.raises(StaleInput, match="other documents or settings"):
        fit(GRAPHS[1:], BY_GRAPH[1:], SMALL, QUICK, kept=tmp_path, device="cpu")


@pytest.mark.parametrize("kind", KINDS)
def test_it_says_the_same_from_a_folder_without_anything_pickled(kind: str, tmp_path: Path) -> None:
    shape = replace(SMALL, kind=kind, columns=("two", "mark"))
    made = fit(GRAPHS, BY_GRAPH, shape, replace(QUICK, epochs=1), device="cpu").model
    made.save(tmp_path)
    assert {one.suffix for one in tmp_path.iterdir()} == {".safetensors", ".json"}
    read = load(tmp_path, "cpu")
    assert read.names == ("two", "mark")
    assert np.array_equal(read.predict(GRAPHS[0]), made.predict(GRAPHS[0]))


IN_BATCHES = replace(QUICK, whole=100, batch=40, kept_steps=4)
"""Graphs of 160 bills are larger than a whole."""


def test_batches_teach_what_the_whole_teaches() -> None:
    unseen = a_graph(77)
    made = fit(GRAPHS, BY_GRAPH, SMALL, replace(IN_BATCHES, epochs=4), device="cpu")
    assert average_precision(made.model.predict(unseen), unseen.outcomes["is_issue"]) > 0.8


def test_learning_in_batches_goes_on_in_the_middle_of_an_epoch(tmp_path: Path) -> None:
    class Stopped(Exception):
        pass

    kept: list[Path] = []

    def stop(latest: Path) -> None:
        kept.append(latest)
        if len(kept) == 2:
            raise Stopped

    told: list[Epoch] = []
    how = replace(IN_BATCHES, epochs=2)
    with pytest.raises(Stopped):
        fit(GRAPHS, BY_GRAPH, SMALL, how, kept=tmp_path, told=told.append, device="cpu", after=stop)
    assert told == []  # no epoch was over
    after = fit(GRAPHS, BY_GRAPH, SMALL, how, kept=tmp_path, device="cpu")
    undisturbed = fit(GRAPHS, BY_GRAPH, SMALL, how, device="cpu")
    assert after.history == undisturbed.history
    assert is_same(after.model, undisturbed.model)


def test_attention_to_all_that_a_node_hears_sums_to_one() -> None:
    shape = replace(SMALL, kind="attention")
    model = fit(GRAPHS, BY_GRAPH, shape, replace(QUICK, epochs=1), device="cpu").model
    for layer in model.attention(GRAPHS[0]):
        total = np.zeros((160, shape.heads))
        for key, share in layer.items():
            np.add.at(total, GRAPHS[0].edges[key].target, share)
        assert np.allclose(total, 1.0, atol=1e-5)  # every bill hears of its shop


def test_only_attention_tells_weights(learned: Learned) -> None:
    with pytest.raises(BadSetting, match="only attention"):
        learned.model.attention(GRAPHS[0])


def test_a_relation_that_a_graph_lacks_is_passed_over(learned: Learned) -> None:
    said = learned.model.predict(GRAPHS[0].without(("BEFORE",)))
    assert np.isfinite(said).all()


def test_nothing_held_out_and_one_outcome_are_told() -> None:
    with pytest.raises(BadInput, match="Give more graphs"):
        fit(GRAPHS, [np.zeros(160, dtype=np.int64)] * 4, SMALL, QUICK)
    fine = [replace(one, outcomes={"is_issue": np.zeros(160)}) for one in GRAPHS]
    with pytest.raises(BadInput, match="same outcome"):
        fit(fine, BY_GRAPH, SMALL, QUICK)


def test_a_graph_is_read_back_as_it_was_stored(tmp_path: Path) -> None:
    files = stored(GRAPHS[0])
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    again = restored(tmp_path)
    assert stored(again) == files
    assert list(again.keys) == list(GRAPHS[0].keys)
    other = stored(GRAPHS[0].without(("OF",)))
    (tmp_path / TENSORS).write_bytes(other[TENSORS])
    with pytest.raises(StaleInput, match="do not belong together"):
        restored(tmp_path)


def test_hetero_data_has_all_masks_and_messages() -> None:
    data = hetero_data(GRAPHS[0])
    assert data.node_types == [BILL, SHOP]
    assert data[BILL, "BEFORE", BILL].edge_attr.shape[1] == 1
    masks = [data[BILL][f"{side}_mask_by_time"].numpy() for side in SIDES]
    assert np.array_equal(np.sum(masks, axis=0), np.ones(160))


def test_without_torch_the_error_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(BadSetting, match=r"pip install 'ledgergraph\[networks\]'"):
        fit(GRAPHS, BY_GRAPH, SMALL, QUICK)
