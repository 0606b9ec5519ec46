"""The door to the graph database: Neo4j, or the embedded server, by one Cypher text."""
