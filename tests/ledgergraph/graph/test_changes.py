"""What a batch changes in a graph that holds others."""

import pyarrow as pa
import pytest

from ledgergraph.books import BOOK_TABLES
from ledgergraph.graph.changes import HELD, change, digests
from ledgergraph.graph.ontology import LABELS
from ledgergraph.graph.projection import claims

VENDOR = LABELS["Vendor"]
DOCUMENTS = pa.table(
    {
        "document_id": ["mine", "earlier", "later"],
        "name": ["b", "a", "c"],
        "is_ours": [True, False, False],
    }
)


def stated(document_id, *vendor_ids, name="Alpha"):
    rows = [
        {"vendor_id": one, "name": name, "document_id": document_id, "part": 0, "row": at}
        for at, one in enumerate(vendor_ids, start=1)
    ]
    return claims(VENDOR, BOOK_TABLES["vendors"].records.rows(rows))


def held(*nodes):
    """The graph as it is after these nodes were written."""
    tables = [
        one.select(["key", "document_id", "row"]).append_column("digest", digests(one))
        for one in nodes
    ]
    return pa.concat_tables([HELD.empty_table(), *tables])


def nobody_asks():
    pytest.fail("nothing was withdrawn, so no other batch need be asked")


def changed(statements, graph, successors=nobody_asks):
    found = change(VENDOR, statements, graph, DOCUMENTS, successors)
    return found.written["key"].to_pylist(), found.withdrawn.to_pylist()


def test_what_is_new_is_written():
    assert changed(stated("mine", "V1"), held()) == (["V1"], [])


def test_what_is_unchanged_is_not_written():
    assert changed(stated("mine", "V1"), held(stated("mine", "V1"))) == ([], [])


def test_what_differs_is_written():
    graph = held(stated("mine", "V1", name="Before"))
    assert changed(stated("mine", "V1"), graph) == (["V1"], [])


def test_a_stronger_document_keeps_its_node():
    assert changed(stated("mine", "V1"), held(stated("later", "V1"))) == ([], [])


def test_a_weaker_document_gives_its_node_up():
    graph = held(stated("earlier", "V1", name="Before"))
    assert changed(stated("mine", "V1"), graph) == (["V1"], [])


def test_what_nobody_states_any_more_is_withdrawn():
    graph = held(stated("mine", "V1", "V2"))
    nothing = stated("mine").slice(0, 0)
    assert changed(stated("mine", "V1"), graph, lambda: nothing) == ([], ["V2"])


def test_what_another_document_still_states_is_written_as_it_states_it():
    graph = held(stated("mine", "V1"))
    others = stated("earlier", "V1", name="Before")
    assert changed(stated("mine"), graph, lambda: others) == (["V1"], [])
