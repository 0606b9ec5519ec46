"""Which documents are like which: exact, the same in any order, kept up to date as if anew."""

import numpy as np
import pytest

from ledgergraph.graph import similarity
from ledgergraph.graph.schemas import DIMENSIONS, DOCUMENT_EMBEDDINGS, SIMILAR_DOCUMENTS
from ledgergraph.graph.similarity import MOST, THRESHOLD, Vectors, nearest, similar_of

NOTHING = SIMILAR_DOCUMENTS.empty()


def made(count, kinds, seed):
    """Vectors of some documents of a few kinds."""
    rng = np.random.default_rng(seed)
    middles = rng.normal(size=(kinds, DIMENSIONS))
    drawn = middles[rng.integers(kinds, size=count)] + 0.4 * rng.normal(size=(count, DIMENSIONS))
    lengths = np.linalg.norm(drawn, axis=1, keepdims=True)
    return dict(
        zip(map("d{:04}".format, range(count)), np.rint(drawn / lengths * 320), strict=True)
    )


def vectors(of):
    rows = [{"document_id": key, "vector": one.astype(int)} for key, one in of.items()]
    return Vectors.of(DOCUMENT_EMBEDDINGS.conform(DOCUMENT_EMBEDDINGS.rows(rows)))


def score(one, other):
    return one @ other / np.linalg.norm(one) / np.linalg.norm(other)


def test_pairs_are_the_best_of_each_document_above_the_threshold():
    of = made(60, 3, seed=1)
    wanted = {}
    for key, one in of.items():
        scores = {other: score(one, there) for other, there in of.items() if other != key}
        best = sorted(scores, key=lambda other: (-scores[other], other))[:MOST]
        wanted |= {(key, other): scores[other] for other in best if scores[other] >= THRESHOLD}
    found = similar_of(vectors(of), NOTHING, set()).to_pylist()
    assert len(found) > 400
    assert {(row["document_id"], row["other_id"]): row["score"] for row in found} == pytest.approx(
        wanted
    )


def test_what_comes_in_steps_is_what_comes_at_once(monkeypatch):
    of = made(160, 5, seed=2)
    at_once = similar_of(vectors(of), NOTHING, set())
    for name, value in (("ROWS", 7), ("COLUMNS", 33), ("WAITING", 50)):
        monkeypatch.setattr(similarity, name, value)
    found, known = NOTHING, set()
    for stop in (1, 60, 61, 160):
        part = dict(list(of.items())[:stop])
        found, known = similar_of(vectors(part), found, known), set(part)
    assert found == at_once


def test_what_was_read_anew_or_went_leaves_what_comes_at_once():
    of = made(160, 5, seed=3)
    before = similar_of(vectors(of), NOTHING, set())
    gone, changed = list(of)[::9], list(of)[1::7]
    now = {**of, **dict(zip(changed, made(len(changed), 2, seed=4).values(), strict=True))}
    now = {key: one for key, one in now.items() if key not in gone}
    known = set(of) - set(gone) - set(changed)
    found = similar_of(vectors(now), before, known)
    assert found == similar_of(vectors(now), NOTHING, set())
    assert found != before


def test_nothing_is_like_nothing():
    assert len(similar_of(vectors({}), NOTHING, set())) == 0
    assert nearest([vectors({})], np.ones(DIMENSIONS, np.int8), 3) == []


@pytest.mark.parametrize("parts", [1, 3])
def test_the_nearest_are_the_best_scores_without_the_document_itself(parts, monkeypatch):
    monkeypatch.setattr(similarity, "COLUMNS", 33)
    of = made(80, 4, seed=5)
    split = [dict(list(of.items())[at::parts]) for at in range(parts)]
    asked = of["d0007"].astype(np.int8)
    found = nearest(map(vectors, split), asked, 5, besides="d0007")
    scores = {key: score(of["d0007"], one) for key, one in of.items() if key != "d0007"}
    assert [key for key, _ in found] == sorted(scores, key=lambda key: -scores[key])[:5]
    assert dict(found) == pytest.approx({key: scores[key] for key, _ in found})
