"""Versions of the graph database: what each one adds, applied once and in order.

A graph of a later version than this code knows is refused. Not here: what is in
the graph (ledgergraph.graph.ontology).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ledgergraph.errors import StaleInput
from ledgergraph.graph.ontology import LABELS
from ledgergraph.graph.schemas import DIMENSIONS
from resources.graph import dialect


@dataclass(frozen=True)
class Migration:
    """A step from one version to the next: what it is for, and its statements by the server."""

    version: int
    sentence: str
    statements: Callable[[str], Iterator[str]]


def _keys(_: str) -> Iterator[str]:
    for name in ("Version", "Lease", "Stamp", *LABELS):
        yield from dialect.unique_keys(name)
    for name, label in LABELS.items():
        if label.table is not None:
            yield from dialect.index(name, "document_id")


def _keys_of_feedback(_: str) -> Iterator[str]:
    yield from dialect.unique_keys("Feedback")


def _vectors(agent: str) -> Iterator[str]:
    yield from dialect.unique_keys("Embedding")
    yield from dialect.index("Embedding", "batch")
    yield from dialect.vector_index(agent, "Embedding", "vector", DIMENSIONS)


def _keys_of_lines(_: str) -> Iterator[str]:
    yield from dialect.unique_keys("InvoiceLine")
    yield from dialect.index("InvoiceLine", "document_id")


MIGRATIONS = (
    Migration(1, "Nodes are found by key, and by the document that states them.", _keys),
    Migration(2, "What people said is found by key.", _keys_of_feedback),
    Migration(3, "Documents are found by what they look like.", _vectors),
    Migration(4, "Lines of invoices are found by key.", _keys_of_lines),
)
VERSION = MIGRATIONS[-1].version


def pending(version: int) -> tuple[Migration, ...]:
    """The migrations that a graph of some version lacks; 0 is an empty database.

    Raises StaleInput if the graph is of a later version than this code.
    """
    if version > VERSION:
        raise StaleInput(
            f"The graph database is of version {version}, this code knows up to {VERSION}. "
            "Use the newer release of Ledgergraph that wrote it."
        )
    return tuple(one for one in MIGRATIONS if one.version > version)
