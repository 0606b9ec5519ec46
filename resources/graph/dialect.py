"""Where Neo4j and the embedded server differ: the database's name, indexes of vectors, refusals.

All other Cypher is one text for both (statements).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from resources.graph.embedded import DATABASE

if TYPE_CHECKING:
    from neo4j.exceptions import Neo4jError

REFUSALS = ("Security.Forbidden", "Statement.AccessMode")
"""How the codes end with which a server refuses to write."""


def database_of(agent: str) -> str | None:
    """The database to use on a server that calls itself `agent`; null is the server's default."""
    return DATABASE if "ArcadeDB" in agent else None


def unique_keys(label: str) -> Iterator[str]:
    """Makes the key of a label unique, and so quick to find; may be run again."""
    yield f"CREATE CONSTRAINT {label}_key IF NOT EXISTS FOR (n:{label}) REQUIRE n.key IS UNIQUE"


def index(label: str, column: str) -> Iterator[str]:
    """Makes nodes of a label quick to find by a column; may be run again."""
    yield f"CREATE INDEX {label}_{column} IF NOT EXISTS FOR (n:{label}) ON (n.{column})"


def indexes_vectors(agent: str) -> bool:
    """Whether a server keeps an index of vectors; where not, all are compared (decision 0018)."""
    return "ArcadeDB" not in agent


def vector_index(agent: str, label: str, column: str, dimensions: int) -> Iterator[str]:
    """Makes nodes of a label quick to find by a vector like theirs; may be run again."""
    if indexes_vectors(agent):
        yield (
            f"CREATE VECTOR INDEX {label}_{column} IF NOT EXISTS FOR (n:{label}) ON (n.{column}) "
            f"OPTIONS {{indexConfig: {{`vector.dimensions`: {dimensions}, "
            "`vector.similarity_function`: 'cosine'}}"
        )
        yield "CALL db.awaitIndexes(60)"


def is_late(error: "Neo4jError") -> bool:
    """Whether a server ended a transaction that lasted longer than it may."""
    return "TransactionTimedOut" in (error.code or "")


def is_refusal(error: "Neo4jError") -> bool:
    """Whether a server refused to write: its user may only read, or was to be asked only."""
    return (error.code or "").endswith(REFUSALS)
