"""Parties compared on Spark. A module of its own: a process has one Spark at a time."""

import pytest

from ledgergraph.benchmarks.party_protocol import descriptions_of
from ledgergraph.corpora.party_cases import party_cases
from ledgergraph.graph.likeness import likenesses, open_pairs
from resources.comparing import DUCKDB, SPARK, engine_of
from resources.doors import SparkResource


@pytest.mark.slow
def test_spark_gives_each_pair_the_score_that_duckdb_gives() -> None:
    rows = descriptions_of(party_cases(25, 88))
    pairs = open_pairs(rows)
    with engine_of(DUCKDB, SparkResource(url="local[2]")) as here:
        expected = likenesses(rows, pairs, here)
    with engine_of(SPARK, SparkResource(url="local[2]")) as there:
        found = likenesses(rows, pairs, there)
    assert len(pairs) > 20
    assert found == expected
