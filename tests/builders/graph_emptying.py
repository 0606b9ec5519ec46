"""An empty graph database, on whatever server and however much it held."""

import neo4j

from resources.graph import dialect

PASSES = (
    "MATCH ()-[e]->() CALL (e) { DELETE e } IN TRANSACTIONS OF 20000 ROWS",
    "MATCH (n) WHERE NOT n:Version CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 20000 ROWS",
)
"""Relations first: a node that all others refer to would go with a million of them at once."""


def emptied(session: neo4j.Session, agent: str) -> None:
    """Deletes all but the version, so that nothing is migrated anew.

    Neo4j holds in memory what one transaction deletes, so there it is done in pieces.
    """
    if dialect.database_of(agent) is None:
        for statement in PASSES:
            session.run(statement).consume()
    else:
        session.run("MATCH (n) WHERE NOT n:Version DETACH DELETE n").consume()
