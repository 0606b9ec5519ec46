"""The index of vectors: what it finds of what there is, and nothing of what went."""

import numpy as np
import pytest

from ledgergraph.graph.schemas import DIMENSIONS, DOCUMENT_EMBEDDINGS
from ledgergraph.graph.similarity import Vectors, nearest

COUNT = 10


def embeddings(names, seed):
    rng = np.random.default_rng(seed)
    middles = rng.normal(size=(12, DIMENSIONS))
    drawn = middles[rng.integers(12, size=len(names))] + rng.normal(size=(len(names), DIMENSIONS))
    numbers = np.rint(drawn / np.linalg.norm(drawn, axis=1, keepdims=True) * 320).astype(int)
    rows = [{"document_id": key, "vector": one} for key, one in zip(names, numbers, strict=True)]
    return DOCUMENT_EMBEDDINGS.conform(DOCUMENT_EMBEDDINGS.rows(rows))


def found_of(graph, asked, vector):
    """The best of what the index gives, compared exactly."""
    return nearest([Vectors.of(graph.like(vector.tolist(), asked))], vector, COUNT)


@pytest.fixture
def indexed(graph):
    with graph.held():
        pass
    if not graph.indexes_vectors():
        pytest.skip("The embedded server keeps no index of vectors: all are compared")
    return graph


def test_the_index_finds_what_comparing_all_finds(indexed):
    table = embeddings([f"d{at:04}" for at in range(1500)], seed=1)
    with indexed.held() as held:
        held.write_vectors("one", table)
    there, right = Vectors.of(table), 0
    for at in range(0, 1500, 50):
        truth = nearest([there], there.numbers[at], COUNT)
        right += len({*truth} & {*found_of(indexed, 4 * COUNT, there.numbers[at])})
    assert right / (30 * COUNT) > 0.95


def test_a_batch_read_again_leaves_none_of_its_old_vectors(indexed):
    first, other = embeddings(["a", "b", "c"], seed=2), embeddings(["x", "y"], seed=3)
    again = embeddings(["b", "d"], seed=4)
    with indexed.held() as held:
        held.write_vectors("one", first)
        held.write_vectors("two", other)
        held.write_vectors("one", again)
        held.write_vectors("one", again)
    there = Vectors.of(again)
    found = dict(found_of(indexed, 20, there.numbers[0]))
    assert found.keys() == {"b", "d", "x", "y"}
    assert found["b"] == pytest.approx(1)
