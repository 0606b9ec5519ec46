"""Reaching the database, being alone with it, and what is said where that fails."""

import subprocess
import sys

import pytest
from neo4j.exceptions import ConstraintError

from ledgergraph.errors import BadSetting, Busy, ServiceMissing, StaleInput
from ledgergraph.graph.schemas import DIMENSIONS
from resources.graph import migrations
from resources.graph.connection import GraphResource


def test_a_second_writer_is_told_who_holds_the_graph(graph):
    with graph.held(), pytest.raises(Busy, match=r"held by .+ for another \d+ s"), graph.held():
        pass


def test_the_graph_is_free_again_after_a_failure(graph):
    with pytest.raises(ZeroDivisionError), graph.held():
        raise ZeroDivisionError
    with graph.held():
        pass


def test_a_lease_that_ran_out_is_taken_and_its_late_holder_stopped(graph):
    quick = graph.model_copy(update={"lease_seconds": 0.0})
    with quick.held() as late:
        with graph.held() as held:
            held.set_stamp("parties", "_", "new")
            with pytest.raises(Busy, match="took over"):
                late.set_stamp("parties", "_", "late")
            with pytest.raises(Busy, match="took over"):
                late.export()
        assert graph.stamp("parties", "_") == "new"


def test_the_lease_of_a_process_that_is_gone_is_free_at_once(graph):
    script = (
        "import os, sys; from resources.graph.connection import GraphResource;"
        "graph = GraphResource(url=sys.argv[1], root=sys.argv[2]).held();"
        "graph.__enter__(); os._exit(9)"
    )
    done = subprocess.run([sys.executable, "-c", script, graph.url, graph.root], check=False)
    assert done.returncode == 9
    with graph.held():
        pass


def test_a_graph_of_a_later_release_is_refused(graph, session):
    with graph.held():
        pass
    session.run("MATCH (v:Version) SET v.version = 99").consume()
    try:
        with pytest.raises(StaleInput, match=r"version 99.*newer release"), graph.held():
            pass
    finally:
        session.run("MATCH (v:Version) SET v.version = $v", v=migrations.VERSION).consume()


FIRST_WITH_VECTORS = 3
"""The version of a graph whose vectors are indexed on Neo4j."""


@pytest.mark.parametrize("version", range(migrations.VERSION))
def test_a_graph_of_an_earlier_release_is_brought_to_this_one(version, graph, session):
    with graph.held():
        pass
    if graph.indexes_vectors() and version < FIRST_WITH_VECTORS:
        session.run("DROP INDEX Embedding_vector IF EXISTS").consume()
    session.run("MATCH (v:Version) SET v.version = $v", v=version).consume()
    with graph.held():
        pass
    assert session.run("MATCH (v:Version) RETURN v.version").single()[0] == migrations.VERSION
    if graph.indexes_vectors():
        assert len(graph.like([1] * DIMENSIONS, 3)) == 0


def test_migrations_are_numbered_without_gaps_and_applied_once():
    versions = [one.version for one in migrations.MIGRATIONS]
    assert versions == list(range(1, len(versions) + 1))
    assert migrations.pending(0) == migrations.MIGRATIONS
    assert migrations.pending(migrations.VERSION) == ()


def test_keys_are_unique(graph, session):
    with graph.held():
        pass
    with pytest.raises(ConstraintError):
        session.run("CREATE (:Vendor {key: 'V1'}) CREATE (:Vendor {key: 'V1'})").consume()


def test_where_nothing_listens_the_url_and_the_remedy_are_named():
    nobody = GraphResource(url="bolt://someone:secret@127.0.0.1:1")
    with pytest.raises(ServiceMissing) as caught, nobody.held():
        pass
    assert str(caught.value).startswith("bolt://127.0.0.1:1 does not answer. Start Neo4j there")
    assert "secret" not in str(caught.value)
    assert caught.value.is_retryable


def test_without_an_embedded_server_the_command_that_starts_it_is_named(tmp_path):
    with pytest.raises(ServiceMissing, match="`ledgergraph graph up`"):
        GraphResource(root=str(tmp_path)).stamp("parties", "_")


def test_a_wrong_password_is_named_as_a_setting(embedded):
    url, _, _, _ = embedded._address()
    wrong = GraphResource(url=url.replace("bolt://", "bolt://root:wrong@"))
    with pytest.raises(BadSetting, match=r"LEDGERGRAPH_GRAPH: .*refuses"), wrong.held():
        pass


@pytest.mark.parametrize("url", ["http://127.0.0.1:7474", "bolt://", "Embedded"])
def test_a_url_that_is_none_is_named_as_a_setting(url):
    with pytest.raises(BadSetting, match="LEDGERGRAPH_GRAPH: must be"):
        GraphResource(url=url).stamp("parties", "_")


@pytest.mark.parametrize(
    "rest",
    ["bolt://u:sec@h:99999", "bolt://u:sec/ret@h:1", "bolt://[::1", "neo4j://h:1/db",
     "neo4j://h:1#db", "bolt://h:1?region=eu", "neo4j://h:1?region=eu&region=us"],
)  # fmt: skip
def test_what_a_url_says_is_refused_and_not_dropped(rest):
    with pytest.raises(BadSetting, match="LEDGERGRAPH_GRAPH: ") as caught:
        GraphResource(url=rest).stamp("parties", "_")
    assert "sec" not in str(caught.value)


def test_a_url_keeps_its_brackets_and_how_to_route():
    url, auth, shown, _ = GraphResource(url="neo4j://a:b%2Fc@[::1]:7687?region=eu")._address()
    assert (url, auth) == ("neo4j://[::1]:7687?region=eu", ("a", "b/c"))
    assert shown == "neo4j://[::1]:7687"
    with pytest.raises(ServiceMissing, match=r"bolt://\[::1\]:1 does not answer"):
        GraphResource(url="bolt://[::1]:1").agent()
