"""Loading, withdrawing, deriving and exporting: the graph is what its rows make, nothing else."""

from datetime import UTC, datetime

import pytest

from ledgergraph.graph.bookings import match_bookings
from ledgergraph.graph.parties import resolved
from ledgergraph.graph.schemas import PROCESS_MEMORY, SIMILAR_DOCUMENTS
from ledgergraph.graph.snapshot import snapshot_of


def expected(tables, **derived):
    memory = {name: tables[name] for name in ("readings", "judgements")}
    records = {name: one for name, one in tables.items() if name not in {*memory, "documents"}}
    return snapshot_of(records, tables["documents"], memory=memory, derived=derived)


def assert_same(found, wanted):
    """Equal tables, and the names of those that are not."""
    assert [name for name in wanted.nodes if found.nodes[name] != wanted.nodes[name]] == []
    assert [name for name in wanted.edges if found.edges[name] != wanted.edges[name]] == []


@pytest.mark.parametrize("seed", range(3))
def test_batches_in_any_order_and_again_export_as_the_snapshot(seed, graph, ledgers, tables):
    source = ledgers(seed)
    batches = source.batches()
    order = [*range(len(batches))] * 2
    source.rng.shuffle(order)
    loaded = []
    with graph.held() as held:
        for at in order:
            loaded.append(at)
            there = [batches[one] for one in dict.fromkeys(loaded)]
            held.load_batch(str(at), tables(batches[at]), lambda there=there: tables(*there))
        assert_same(held.export(), expected(tables(*batches)))


@pytest.mark.parametrize("seed", range(4, 7))
def test_a_batch_read_again_leaves_nothing_of_what_it_stated_before(seed, graph, ledgers, tables):
    source = ledgers(seed)
    batches = source.batches()
    with graph.held() as held:
        for at, batch in enumerate(batches):
            held.load_batch(str(at), tables(batch), lambda: tables(*batches))
        for at, batch in enumerate(batches):
            batches[at] = source.altered(batch)
            held.load_batch(str(at), tables(batches[at]), lambda: tables(*batches))
            if at == 0:
                assert_same(held.export(), expected(tables(*batches)))
        assert_same(held.export(), expected(tables(*batches)))


def test_withdrawing_all_batches_leaves_an_empty_graph(graph, session, ledgers, tables):
    batches = ledgers(8).batches(2)
    with graph.held() as held:
        for at, batch in enumerate(batches):
            held.load_batch(str(at), tables(batch), lambda: tables(*batches))
        for at in range(2):
            batches[at] = ()
            held.load_batch(str(at), tables(()), lambda: tables(*batches))
    rows = session.run("MATCH (n) RETURN DISTINCT labels(n)[0]").value()
    assert set(rows) <= {"Version", "Lease", "Stamp"}


def test_loading_the_same_again_writes_nothing(graph, ledgers, tables):
    batch = ledgers(9).batches(1)[0]
    with graph.held() as held:
        first = held.load_batch("b", tables(batch), lambda: tables(batch))
        again = held.load_batch("b", tables(batch), lambda: tables(batch))
    assert first.nodes > 0
    assert (again.nodes, again.edges, again.withdrawn) == (0, 0, 0)


@pytest.mark.parametrize("seed", range(10, 12))
def test_derived_sets_are_replaced_as_a_whole(seed, graph, ledgers, tables):
    source = ledgers(seed)
    batches = source.batches(2)
    with graph.held() as held:
        for _ in range(2):
            everything = tables(*batches)
            for at, batch in enumerate(batches):
                held.load_batch(str(at), tables(batch), lambda all_=everything: all_)
            printed = everything["invoices"]
            parties = resolved(expected(everything), printed=printed).parties
            assert "Buyer" in parties["member"].to_pylist()
            bookings = match_bookings(expected(everything), parties)
            held.write_derived("bookings", bookings)
            held.write_derived("parties", parties)
            again = held.write_derived("parties", parties)
            assert (again.edges, again.withdrawn) == (0, 0)
            wanted = expected(everything, parties=parties, bookings=bookings)
            assert_same(held.export(), wanted)
            batches = [source.altered(batch) for batch in batches]


def test_similar_documents_are_related_and_let_go(graph, ledgers, tables):
    everything = tables(ledgers(15).batches(1)[0])
    ids = everything["documents"]["document_id"].to_pylist()
    pairs = SIMILAR_DOCUMENTS.conform(
        SIMILAR_DOCUMENTS.rows(
            {"document_id": one, "other_id": other, "score": 0.8 + at / 100}
            for at, (one, other) in enumerate(zip(ids, ids[1:] + ids[:1], strict=True))
        )
    )
    with graph.held() as held:
        held.load_batch("b", everything, lambda: everything)
        for similar in (pairs, pairs.slice(2), SIMILAR_DOCUMENTS.empty()):
            held.write_derived("similar_documents", similar)
            assert_same(held.export(), expected(everything, similar_documents=similar))


def test_a_load_that_changes_something_takes_the_stamps_of_derived_sets(graph, ledgers, tables):
    one, other = ledgers(12).batches(2)
    with graph.held() as held:
        held.load_batch("one", tables(one), lambda: tables(one))
        held.set_stamp("ledger_graph", "one", "m1")
        held.set_stamp("parties", "_", "m2")
        held.load_batch("other", tables(other), lambda: tables(one, other))
        assert held.stamp("ledger_graph", "one") == "m1"
        assert held.stamp("parties") is None
    assert graph.stamp("ledger_graph", "one") == "m1"
    assert graph.stamp("ledger_graph", "other") is None


def test_rows_of_great_length_travel_in_several_messages(graph, tables, ledgers):
    batch = ledgers(13).batches(1)[0]
    long = [{"vendor_id": f"V{n}", "address": "x" * 900_000} for n in range(20)]
    whole = tables(batch, (type(batch[0])("z/vendors.csv", "vendors", tuple(long)),))
    with graph.held() as held:
        held.load_batch("b", whole, lambda: whole)
        assert_same(held.export(), expected(whole))


def test_what_people_said_is_loaded_replaced_and_gone_with_its_documents(
    graph, session, ledgers, tables
):
    batch = ledgers(14).batches(1)[0]
    everything = tables(batch)
    papers = everything["readings"].to_pylist()
    rows = [
        {
            "feedback_id": f"f{number}", "document_id": paper["document_id"], "part": 0,
            "at": datetime(2026, 3, 1, number, tzinfo=UTC), "author": "ann", "target": "field",
            "verdict": "correction", "field": "number", "stands": number % 2 == 0,
            "reading": "page" if number % 2 == 0 else None,
        }
        for number, paper in enumerate(papers * 2)
    ]  # fmt: skip
    whole, part = PROCESS_MEMORY.rows(rows), PROCESS_MEMORY.rows(rows[3:])
    with graph.held() as held:
        held.load_batch("b", everything, lambda: everything)
        for memory in (whole, part, whole):
            held.write_derived("process_memory", memory)
            again = held.write_derived("process_memory", memory)
            assert (again.nodes, again.edges, again.withdrawn) == (0, 0, 0)
            assert_same(held.export(), expected(everything, process_memory=memory))
        held.load_batch("b", tables(()), lambda: tables(()))
        held.write_derived("process_memory", PROCESS_MEMORY.empty())
    labels = set(session.run("MATCH (n) RETURN DISTINCT labels(n)[0]").value())
    assert labels <= {"Version", "Lease", "Stamp"}
