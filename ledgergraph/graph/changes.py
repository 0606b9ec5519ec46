"""What a batch changes in a graph that holds others already.

Pure: it compares what the batch states with what the graph holds for the same
keys, and tells which nodes to write and which to withdraw. A node is named by
its key and told apart by its digest, so that what is unchanged is not written.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.graph.ontology import ONTOLOGY_VERSION, Label
from ledgergraph.graph.projection import as_text, strongest
from ledgergraph.tables import TEXT

HELD = pa.schema({"key": TEXT, "document_id": TEXT, "row": pa.int64(), "digest": TEXT})
"""What is asked of the graph: the nodes under some keys, or of some documents."""


@dataclass(frozen=True)
class Change:
    """What to do to the nodes of one label.

    `written` are nodes of the label with their `digest`; `withdrawn` the keys
    of those that no document states any more.
    """

    written: pa.Table
    withdrawn: pa.ChunkedArray


def change(
    label: Label,
    claims: pa.Table,
    held: pa.Table,
    documents: pa.Table,
    successors: Callable[[], pa.Table],
) -> Change:
    """What a batch changes for one label.

    `claims` are the nodes that its documents state; `held` (HELD) what the graph
    has under their keys and from its documents; `documents` (document_id, name,
    is_ours) the batch's documents and those of `held`. `successors` gives the
    nodes that all batches together state; it is asked only where a document of
    the batch no longer states what it stated before, and another may.
    """
    ours = documents.filter(documents["is_ours"])["document_id"].combine_chunks()
    is_ours = pc.is_in(held["document_id"], ours)
    mine = held.filter(is_ours)
    rivals = held.filter(pc.and_(pc.invert(is_ours), pc.is_valid(held["document_id"])))
    stated = pa.concat_tables(
        [claims, rivals.select(["key", "document_id", "row"])], promote_options="default"
    )
    winners = strongest(stated, documents)
    at = pc.index_in(mine["key"], winners["key"].combine_chunks())
    stays = pc.fill_null(pc.equal(winners["document_id"].take(at), mine["document_id"]), False)
    lost = mine["key"].filter(pc.invert(stays)).combine_chunks()
    winners = winners.filter(pc.is_in(winners["document_id"], ours))
    if len(lost):
        following = successors()
        following = following.filter(pc.is_in(following["key"], lost))
        is_settled = pc.is_in(winners["key"], lost)
        winners = pa.concat_tables([winners.filter(pc.invert(is_settled)), following])
    withdrawn = lost.filter(pc.invert(pc.is_in(lost, winners["key"].combine_chunks())))
    return Change(altered(label, winners, held), pa.chunked_array([withdrawn], TEXT))


def digests(nodes: pa.Table) -> pa.Array:
    """For each row a name of its content: 24 hexadecimal digits."""
    columns = [as_text(nodes[name]) for name in nodes.column_names]
    joined = pc.binary_join_element_wise(
        *columns, "\x1f", null_handling="replace", null_replacement="\x00"
    )
    seed = f"ontology {ONTOLOGY_VERSION}\x1f".encode()
    return pa.array(
        [
            hashlib.blake2b(seed + text.encode(), digest_size=12).hexdigest()
            for text in joined.to_pylist()
        ],
        TEXT,
    )


def altered(label: Label, nodes: pa.Table, held: pa.Table) -> pa.Table:
    """The nodes that the graph does not hold as they are, with their digests."""
    nodes = nodes.select(list(label.stored))
    named = nodes.append_column("digest", digests(nodes))
    at = pc.index_in(named["key"], held["key"].combine_chunks())
    is_same = pc.equal(named["digest"], held["digest"].take(at))
    return named.filter(pc.invert(pc.fill_null(is_same, False)))
