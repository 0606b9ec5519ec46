"""Cypher, generated from the ontology: one text for Neo4j and for the embedded server.

Rows travel as lists, in the order of the columns: names would double their size.
What Bolt cannot carry exactly travels as text: decimals in plain form, dates and
times in ISO 8601. Times are the database's own, in milliseconds.
"""

from collections.abc import Iterable, Sequence

from ledgergraph.graph.ontology import EDGES, Edge, EdgeKey, Label

# The state of the database itself.

VERSION = "MATCH (v:Version {key: 'graph'}) RETURN v.version"
SET_VERSION = "MERGE (v:Version {key: 'graph'}) SET v.version = $version"
TAKE_LEASE = """
MERGE (l:Lease {key: 'graph'})
SET l.asked = $holder
WITH l, l.holder IS NULL OR l.holder IN [$holder, $gone] OR l.until < timestamp() AS is_free
SET l.holder = CASE WHEN is_free THEN $holder ELSE l.holder END,
    l.until = CASE WHEN is_free THEN timestamp() + $milliseconds ELSE l.until END
RETURN l.holder, l.until - timestamp()
"""
"""Writes before it reads, so that of two at once one waits or is tried again."""
KEEP_LEASE = """
MATCH (l:Lease {key: 'graph'}) WHERE l.holder = $holder
SET l.until = timestamp() + $milliseconds
RETURN l.holder
"""
GIVE_LEASE = """
MATCH (l:Lease {key: 'graph'}) WHERE l.holder = $holder REMOVE l.holder, l.until
"""
STAMP = "MATCH (s:Stamp {key: $key}) RETURN s.manifest, s.documents"
STAMPS = "MATCH (s:Stamp {asset: $asset}) RETURN s.key, s.manifest"
SET_STAMP = "MERGE (s:Stamp {key: $key}) SET s.asset = $asset, s.manifest = $manifest"
SET_DOCUMENTS = """
MERGE (s:Stamp {key: $key}) SET s.asset = $asset, s.documents = $documents REMOVE s.manifest
"""
CLEAR_STAMPS = "MATCH (s:Stamp) WHERE s.asset IN $assets REMOVE s.manifest"
COPY_STAMPS = """
MATCH (s:Stamp) WHERE s.asset IN $assets RETURN s.key, s.asset, s.manifest, s.documents
"""
PUT_STAMPS = """
UNWIND $rows AS row MERGE (s:Stamp {key: row[0]})
SET s.asset = row[1], s.manifest = row[2], s.documents = row[3]
"""
DROP_STAMP = "MATCH (s:Stamp {key: $key}) DELETE s"
ANY = "MATCH (n) WHERE NOT (n:Version OR n:Lease) RETURN labels(n)[0] LIMIT 1"
"""A label that something in the database has, if anything is in it."""

# Nodes.


def count(label: str) -> str:
    """How many nodes a label has."""
    return f"MATCH (n:{label}) RETURN count(n)"


def count_edges(key: EdgeKey) -> str:
    """How many edges a relation has."""
    source, type_, target = key
    return f"MATCH (:{source})-[e:{type_}]->(:{target}) RETURN count(e)"


def held(label: str) -> str:
    """Key, document, row and digest of all nodes of a label."""
    return f"MATCH (n:{label}) {_HELD}"


def held_by_key(label: str) -> str:
    """Key, document, row and digest of the nodes under `$keys`."""
    return f"UNWIND $keys AS key MATCH (n:{label} {{key: key}}) {_HELD}"


def held_by_document(label: str) -> str:
    """Key, document, row and digest of the nodes that documents `$keys` state."""
    return f"UNWIND $keys AS key MATCH (n:{label} {{document_id: key}}) {_HELD}"


_HELD = "RETURN n.key, n.document_id, n.row, n.digest"
DOCUMENT_NAMES = "UNWIND $keys AS key MATCH (n:Document {key: key}) RETURN n.key, n.name"


def refer(label: str) -> str:
    """Makes sure that nodes under `$keys` exist, if only as something referred to."""
    return f"UNWIND $keys AS key MERGE (:{label} {{key: key}})"


def create(label: str, columns: Sequence[str], edges: Sequence[EdgeKey] = ()) -> str:
    """New nodes from `$rows` with edges that belong to them: columns, each edge's other end.

    In one statement: a node that is written is not looked up to be related.
    """
    matches, patterns = _related(edges, len(columns))
    found = " ".join(["UNWIND $rows AS row", *matches])
    return f"{found} CREATE {', '.join([f'(n:{label} {_map(columns)})', *patterns])}"


def overwrite(label: str, columns: Iterable[str]) -> str:
    """Existing nodes take the values of `$rows`; the first column is the key."""
    values = _map(columns)
    return f"UNWIND $rows AS row MATCH (n:{label} {{key: row[0]}}) SET n = {values}"


def withdraw(label: str) -> str:
    """Nodes under `$keys` keep their key only."""
    return f"UNWIND $keys AS key MATCH (n:{label} {{key: key}}) SET n = {{key: key}}"


def sweep(label: str) -> str:
    """Deletes those nodes under `$keys` that nothing states and nothing refers to."""
    return (
        f"UNWIND $keys AS key MATCH (n:{label} {{key: key}}) "
        "WHERE n.document_id IS NULL AND NOT EXISTS { (n)--() } DELETE n"
    )


def read(label: Label) -> str:
    """All nodes of a label: its stored columns, then a list for each edge that belongs to it.

    A list holds the other end's key, or key and properties. One row a node costs
    a fraction of one row an edge.
    """
    values = [f"n.`{name}`" for name in label.stored]
    values += [_others(edge) for edge in owned(label.name)]
    return f"MATCH (n:{label.name}) RETURN {', '.join(values)}"


def owned(label: str) -> list[Edge]:
    """The edges that belong to nodes of a label."""
    return [edge for edge in EDGES.values() if edge.owner == label]


def _others(edge: Edge) -> str:
    held = ", ".join(f"e.`{name}`" for name in edge.properties)
    value = f"[t.key, {held}]" if held else "t.key"
    if edge.is_incoming:
        return f"[(n)<-[e:{edge.type}]-(t:{edge.source}) | {value}]"
    return f"[(n)-[e:{edge.type}]->(t:{edge.target}) | {value}]"


# Vectors: an index of what documents look like, no part of the ledger's graph.

WRITE_VECTORS = """
UNWIND $rows AS row MERGE (e:Embedding {key: row[0]}) SET e.batch = $batch, e.vector = row[1]
"""
DROP_VECTORS = "MATCH (e:Embedding {batch: $batch}) WHERE NOT e.key IN $keys DELETE e"
SEARCH_VECTORS = """
CALL db.index.vector.queryNodes('Embedding_vector', $count, $vector) YIELD node
RETURN node.key, node.vector
"""

# Edges.


def relate(key: EdgeKey, properties: Iterable[str] = ()) -> str:
    """New edges from `$rows`: key of the source, key of the target, properties."""
    source, type_, target = key
    held = ", ".join(f"`{name}`: row[{at}]" for at, name in enumerate(properties, start=2))
    return (
        f"UNWIND $rows AS row MATCH (a:{source} {{key: row[0]}}) "
        f"MATCH (b:{target} {{key: row[1]}}) CREATE (a)-[:{type_} {{{held}}}]->(b)"
    )


def state(edges: Sequence[EdgeKey]) -> str:
    """New edges that belong to nodes from `$rows`: key of the node, then of each edge's other end.

    All edges of a node in one statement: its key is looked up once, not once an edge.
    """
    matches, patterns = _related(edges, 1)
    found = f"UNWIND $rows AS row MATCH (n:{EDGES[edges[0]].owner} {{key: row[0]}})"
    return f"{found} {' '.join(matches)} CREATE {', '.join(patterns)}"


def _related(edges: Sequence[EdgeKey], first: int) -> tuple[list[str], list[str]]:
    """What finds the other ends of edges by `row`, from column `first` on, and relates `n`."""
    matches, patterns = [], []
    for at, edge in enumerate(EDGES[key] for key in edges):
        other = edge.source if edge.is_incoming else edge.target
        matches.append(f"MATCH (t{at}:{other} {{key: row[{first + at}]}})")
        ends = (f"(t{at})", "(n)") if edge.is_incoming else ("(n)", f"(t{at})")
        patterns.append(f"{ends[0]}-[:{edge.type}]->{ends[1]}")
    return matches, patterns


def release(label: str) -> list[str]:
    """Deletes the edges that belong to nodes under `$keys`; gives what they led to.

    Rows of label and key, of nodes that no document states: nothing may hold them now.
    """
    outgoing = sorted({edge.type for edge in owned(label) if not edge.is_incoming})
    incoming = sorted({edge.type for edge in owned(label) if edge.is_incoming})
    patterns = [f"-[e:{'|'.join(outgoing)}]->"] if outgoing else []
    patterns += [f"<-[e:{'|'.join(incoming)}]-"] if incoming else []
    return [
        f"UNWIND $keys AS key MATCH (n:{label} {{key: key}}){pattern}(t) "
        "WITH e, t DELETE e WITH DISTINCT t WHERE t.document_id IS NULL "
        "RETURN labels(t)[0], t.key"
        for pattern in patterns
    ]


def read_derived(edge: Edge) -> str:
    """The edges of a kind that a derived set made: key of source and target, properties."""
    source, type_, target = edge.key
    values = ", ".join(["a.key", "b.key", *(f"e.`{name}`" for name in edge.properties)])
    first = next(iter(edge.properties))
    return (
        f"MATCH (a:{source})-[e:{type_}]->(b:{target}) "
        f"WHERE e.`{first}` IS NOT NULL RETURN {values}"
    )


def unrelate(edge: Edge) -> str:
    """Deletes the derived edges from `$rows` of source key and target key."""
    source, type_, target = edge.key
    first = next(iter(edge.properties))
    return (
        f"UNWIND $rows AS row MATCH (a:{source} {{key: row[0]}})-[e:{type_}]->"
        f"(b:{target} {{key: row[1]}}) WHERE e.`{first}` IS NOT NULL DELETE e"
    )


def _map(columns: Iterable[str]) -> str:
    return "{" + ", ".join(f"`{name}`: row[{at}]" for at, name in enumerate(columns)) + "}"
