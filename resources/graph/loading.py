"""What a writer does with the graph: load a batch, replace a derived set, read, put back.

Each transaction leaves a graph that loading again completes, so a process may be
killed at any point: nodes are written together with their edges, what is no
longer stated goes last, and the stamp that says a batch is loaded is set by the
caller at the end. Not here: what a batch changes (ledgergraph.graph.changes),
Cypher (statements), files of a copy (copies).
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.artifacts import WHOLE
from ledgergraph.errors import Busy
from ledgergraph.graph.changes import HELD, Change, altered, change
from ledgergraph.graph.ontology import DERIVED, EDGES, LABELS, Edge, EdgeKey, Label
from ledgergraph.graph.projection import (
    Tables,
    as_text,
    claims,
    current,
    derived_edges,
    derived_nodes,
    others_of,
)
from ledgergraph.graph.snapshot import Snapshot, assembled
from ledgergraph.tables import TEXT
from resources.graph import dialect, statements

if TYPE_CHECKING:
    import neo4j

ROWS = 2000
"""Most rows in one message."""
CHARACTERS = 4_000_000
"""Most text in one message, more only for a single row; servers refuse 16 MiB."""
PIECE = 5000
"""Most nodes that are read at a time."""
LOADED = "ledger_graph"
"""The asset whose partitions are loaded batches."""
RESTORING = "restoring"
"""What stands in place of an asset in the stamp of a copy that is not all there yet."""
TAKEN = (
    "Another process took over the graph, since this one was silent for longer than its lease. "
    "Try again."
)
T = TypeVar("T")
Row = Sequence[Any]
Ends = Mapping[EdgeKey, Sequence[str | None]]
Keys = dict[str, set[str]]
"""Keys of nodes by label."""


@dataclass
class Counts:
    """What a change did: nodes and edges written, nodes (or derived edges) taken back."""

    nodes: int = 0
    edges: int = 0
    withdrawn: int = 0


class Graph:
    """The graph while this process holds its lease (`GraphResource.held`)."""

    def __init__(
        self,
        session: "neo4j.Session",
        beside: "neo4j.Session",
        holder: str,
        lease_seconds: float,
    ) -> None:
        self._session = session
        self._beside = beside
        self._seconds = lease_seconds
        self._lease: dict[str, Any] = {"holder": holder, "milliseconds": int(lease_seconds * 1000)}
        self._renewed = time.monotonic()

    def stamp(self, asset: str, partition: str = WHOLE) -> str | None:
        """The hash of the manifest that the graph holds for an asset's partition, if it does."""
        row = self._session.run(statements.STAMP, key=stamp_key(asset, partition)).single()
        return None if row is None else row[0]

    def stamps(self, asset: str) -> dict[str, str | None]:
        """What `stamp` says of every partition of an asset that the graph knows."""
        return stamps_in(self._session, asset)

    def set_stamp(self, asset: str, partition: str, manifest: str) -> None:
        """Says that the graph now holds what a manifest describes: the last step of a load."""
        self._write(
            lambda tx: _run(
                tx, statements.SET_STAMP, key=stamp_key(asset, partition), asset=asset,
                manifest=manifest,
            )
        )  # fmt: skip

    def load_batch(
        self, partition: str, tables: Tables, everything: Callable[[], Tables]
    ) -> Counts:
        """Makes the graph hold what a batch states, and no longer what it stated before.

        `tables` are the batch's records, `documents`, `readings` and `judgements`;
        `everything` gives the same of all batches together, this one included: it
        is asked only where the batch no longer states what it did. Writes only
        what differs. Takes away the stamp of the batch, and those of the derived
        sets if anything differs.
        """
        now = tables["documents"]["document_id"].to_pylist()
        ours = sorted({*now, *self._documents_of(partition)})
        self._remember(partition, ours)
        known: Keys = defaultdict(set)
        changes = self._changes(tables, ours, everything, known)
        if any(len(one.written) or len(one.withdrawn) for one in changes.values()):
            self._write(lambda tx: _run(tx, statements.CLEAR_STAMPS, assets=list(DERIVED)))
        counts = Counts()
        for name, one in changes.items():
            for nodes in _chunks(one.written):
                counts.edges += self._write_nodes(LABELS[name], nodes, known)
            counts.nodes += len(one.written)
        for name, one in reversed(changes.items()):
            for keys in _parts(one.withdrawn.to_pylist(), ROWS):
                self._withdraw(name, keys)
            counts.withdrawn += len(one.withdrawn)
        self._remember(partition, now)
        return counts

    def write_derived(self, name: str, table: pa.Table) -> Counts:
        """Makes a derived set what a table says, as a whole: its edges, and nodes if it makes any.

        The sets are those of `ontology.DERIVED`. Writes only what differs, and takes
        away the set's stamp.
        """
        self._write(lambda tx: _run(tx, statements.CLEAR_STAMPS, assets=[name]))
        wanted = derived_edges(name, table)
        counts = Counts()
        gone = {
            label: self._replace_nodes(LABELS[label], nodes, counts)
            for label, nodes in derived_nodes(name, table).items()
        }
        for edge in DERIVED[name]:
            rows = _rows(wanted[edge.key].select(["source", "target", *edge.properties]))
            held: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
            for row in self._session.run(statements.read_derived(edge)).values():
                held[(row[0], row[1])].append(row)
            new = {(row[0], row[1]): row for row in rows}
            stale = [pair for pair, found in held.items() if found != [new.get(pair)]]
            for pairs in _parts(stale, ROWS):
                self._unrelate(edge, pairs)
            again = set(stale)
            fresh = [row for pair, row in new.items() if pair not in held or pair in again]
            for part in _parts(fresh, ROWS):
                self._relate(edge, part)
            counts.edges += len(fresh)
            counts.withdrawn += len(stale)
        self._write(lambda tx: _sweep(tx, gone))
        return counts

    def write_vectors(self, partition: str, table: pa.Table) -> None:
        """Makes the index of vectors hold those of a batch, and no others of that batch.

        `table` has the schema `document_embeddings`; only for servers with such an index.
        """
        rows = list(zip(table["document_id"].to_pylist(), table["vector"].to_pylist(), strict=True))

        def work(tx: "neo4j.ManagedTransaction") -> None:
            keys = [key for key, _ in rows]
            _run(tx, statements.DROP_VECTORS, batch=partition, keys=keys)
            for part in _parts([list(row) for row in rows], ROWS):
                _run(tx, statements.WRITE_VECTORS, batch=partition, rows=part)

        self._write(work)

    def export(self) -> Snapshot:
        """The whole graph as tables: what `snapshot_of` makes of the same rows.

        Raises Busy if another process took the lease meanwhile, and may have written.
        """
        nodes: dict[str, pa.Table] = {}
        edges: dict[EdgeKey, list[pa.Table]] = {key: [] for key in EDGES}
        for name, label in LABELS.items():
            found = [pa.schema(label.stored).empty_table()]
            for piece, ends in self.pieces(name):
                found.append(piece)
                for key, some in ends.items():
                    edges[key].append(some)
            nodes[name] = pa.concat_tables(found).combine_chunks()
        return assembled(nodes, edges)

    # Copies: what is read piece by piece, and put back so (resources.graph.copies).

    def pieces(self, name: str) -> Iterator[tuple[pa.Table, dict[EdgeKey, pa.Table]]]:
        """The nodes of a label as they are stored, and the edges that belong to them.

        Some thousand at a time. Raises Busy if another process took the lease meanwhile,
        and may have written.
        """
        label = LABELS[name]
        width = len(label.stored)
        result = self._session.run(statements.read(label))
        while rows := [one.values() for one in result.fetch(PIECE)]:
            columns = list(zip(*rows, strict=True))
            nodes = _table(columns[:width], label.stored)
            owned = zip(statements.owned(name), columns[width:], strict=True)
            yield nodes, {edge.key: _edges(edge, nodes["key"], others) for edge, others in owned}
            if time.monotonic() - self._renewed > self._seconds / 3:
                self._keep()
        self._keep()

    def stamps_to_copy(self) -> list[Row]:
        """Key, asset, manifest and documents of the stamps of what a copy holds."""
        assets = [LOADED, *DERIVED]
        return list(self._session.run(statements.COPY_STAMPS, assets=assets).values())

    def begin_restoring(self, version: str) -> None:
        """Says that a copy is not all there yet: until `end_restoring` nobody else may write."""
        self.set_stamp(RESTORING, WHOLE, version)

    def put_nodes(self, name: str, nodes: pa.Table) -> None:
        """Writes nodes as `pieces` gave them and the edges that they state, where not there yet."""
        label = LABELS[name]
        is_stated = pc.is_valid(nodes["document_id"])
        stated = nodes.filter(is_stated)
        held = self._held(name, stated["key"].to_pylist(), [])
        known: Keys = defaultdict(set)
        known[name].update(held["key"].to_pylist())
        for part in _chunks(altered(label, stated, held)):
            self._write_nodes(label, part, known)
        for keys in _parts(nodes.filter(pc.invert(is_stated))["key"].to_pylist(), ROWS):
            self._write(partial(_run, statement=statements.refer(name), keys=keys))

    def put_edges(self, edge: Edge, edges: pa.Table) -> None:
        """Writes derived edges as `pieces` gave them, in place of those that are there."""
        for part in _parts(_rows(edges.select(["source", "target", *edge.properties])), ROWS):
            self._unrelate(edge, [(row[0], row[1]) for row in part])
            self._relate(edge, part)

    def end_restoring(self, stamps: Sequence[Row]) -> None:
        """Says that a copy is all there, and what it holds as `stamps_to_copy` gave it."""
        for part in _parts(stamps, ROWS):
            self._write(partial(_run, statement=statements.PUT_STAMPS, rows=part))
        self._write(partial(_run, statement=statements.DROP_STAMP, key=stamp_key(RESTORING, WHOLE)))

    def sizes(self) -> dict[str, int]:
        """How many nodes and edges there are, by the names of their tables."""
        asked = {label.nodes.name: statements.count(name) for name, label in LABELS.items()}
        asked |= {edge.edges.name: statements.count_edges(key) for key, edge in EDGES.items()}
        return {
            table: self._session.run(statement).single(strict=True)[0]
            for table, statement in asked.items()
        }

    # Reading.

    def _documents_of(self, partition: str) -> list[str]:
        """The documents of a batch when it was last loaded, or begun to be."""
        row = self._session.run(statements.STAMP, key=stamp_key(LOADED, partition)).single()
        return [] if row is None else row[1] or []

    def _changes(
        self, tables: Tables, ours: Sequence[str], everything: Callable[[], Tables], known: Keys
    ) -> dict[str, Change]:
        """What the batch changes, by label in the order of loading; notes the keys it met."""
        all_nodes: dict[str, pa.Table] = {}

        def successors(name: str) -> pa.Table:
            if not all_nodes:
                all_nodes.update(current(everything()))
            return all_nodes.get(name, pa.schema(LABELS[name].stored).empty_table())

        changes = {}
        for name, label in LABELS.items():
            if label.table is None:
                continue
            empty = pa.schema(label.stored).empty_table()
            stated = claims(label, tables[label.table]) if label.table in tables else empty
            held = self._held(name, stated["key"].unique().to_pylist(), ours)
            known[name].update(held["key"].to_pylist())
            documents = self._named(tables["documents"], ours, held)
            changes[name] = change(label, stated, held, documents, lambda: successors(name))  # noqa: B023 - called at once
        return changes

    def _held(self, label: str, keys: Sequence[str], documents: Sequence[str]) -> pa.Table:
        """What the graph has under some keys and from some documents (HELD)."""
        found: dict[str, Row] = {}
        if self._session.run(statements.count(label)).single(strict=True)[0]:
            for part in _parts(documents, 5 * ROWS):
                rows = self._session.run(statements.held_by_document(label), keys=part).values()
                found |= {row[0]: row for row in rows}
            for part in _parts([key for key in keys if key not in found], 5 * ROWS):
                rows = self._session.run(statements.held_by_key(label), keys=part).values()
                found |= {row[0]: row for row in rows}
        columns = list(zip(*found.values(), strict=True))
        return _table(columns, {one.name: one.type for one in HELD})

    def _named(self, documents: pa.Table, ours: Sequence[str], held: pa.Table) -> pa.Table:
        """Documents of the batch and of what the graph holds: id, name, and whether it is ours."""
        ids, called = (documents[name].to_pylist() for name in ("document_id", "name"))
        known: dict[str, str | None] = dict(zip(ids, called, strict=True))
        known |= {one: None for one in ours if one not in known}
        others = [
            one for one in held["document_id"].unique().to_pylist() if one and one not in known
        ]
        names: dict[str, str | None] = dict.fromkeys(others)
        for part in _parts(others, 5 * ROWS):
            names |= dict(self._session.run(statements.DOCUMENT_NAMES, keys=part).values())
        everyone = {**known, **names}
        return pa.table(
            {
                "document_id": pa.array(everyone, TEXT),
                "name": pa.array(everyone.values(), TEXT),
                "is_ours": pa.array([one in known for one in everyone], pa.bool_()),
            }
        )

    # Writing: each of these is one transaction.

    def _remember(self, partition: str, documents: Sequence[str]) -> None:
        """Notes which documents a batch has, and that what it states is not all there yet."""
        self._write(
            lambda tx: _run(
                tx, statements.SET_DOCUMENTS, key=stamp_key(LOADED, partition), asset=LOADED,
                documents=sorted(documents),
            )
        )  # fmt: skip

    def _write_nodes(self, label: Label, nodes: pa.Table, known: Keys) -> int:
        """Writes nodes with the edges that belong to them; gives the number of edges."""
        keys = nodes["key"].to_pylist()
        is_old = pa.array([key in known[label.name] for key in keys], pa.bool_())
        old, new = nodes.filter(is_old), nodes.filter(pc.invert(is_old))
        existing, columns = old["key"].to_pylist(), _used(new)
        ends, new_ends = _ends(label, old), _ends(label, new)
        absent = _absent((ends, new_ends), known)
        related = _by_edges([[key] for key in existing], ends)
        created = _by_edges(_rows(new.select(columns)), new_ends)

        def work(tx: "neo4j.ManagedTransaction") -> Keys:
            freed = _release(tx, label.name, existing)
            for name, missing in absent.items():
                for part in _parts(sorted(missing), ROWS):
                    _run(tx, statements.refer(name), keys=part)
            for edges, rows in created.items():
                _run(tx, statements.create(label.name, columns, edges), rows=rows)
            _write_rows(tx, statements.overwrite, label.name, old)
            for edges, rows in related.items():
                if edges:
                    _run(tx, statements.state(edges), rows=rows)
            _sweep(tx, freed)
            return freed

        freed = self._write(work)
        for name, found in absent.items():
            known[name] |= found
        known[label.name].update(keys)
        for name, found in freed.items():
            known[name] -= found  # swept, perhaps
        return sum(
            len(edges) * len(rows)
            for groups in (created, related)
            for edges, rows in groups.items()
        )

    def _withdraw(self, label: str, keys: Sequence[str]) -> None:
        """Nodes become mere references, or go if nothing refers to them."""

        def work(tx: "neo4j.ManagedTransaction") -> None:
            freed = _release(tx, label, keys)
            _run(tx, statements.withdraw(label), keys=keys)
            freed[label].update(keys)
            _sweep(tx, freed)

        self._write(work)

    def _replace_nodes(self, label: Label, nodes: pa.Table, counts: Counts) -> set[str]:
        """Makes the nodes of a label those of a derived set; gives the keys of what is gone.

        Those stay as mere keys until their edges are gone as well.
        """
        rows = self._session.run(statements.held(label.name)).values()
        held = _table(list(zip(*rows, strict=True)), {one.name: one.type for one in HELD})
        known, changed = set(held["key"].to_pylist()), altered(label, nodes, held)
        gone = known - set(nodes["key"].to_pylist())
        counts.nodes += len(changed)
        counts.withdrawn += len(gone)
        for part in _chunks(changed):
            is_new = pa.array([key not in known for key in part["key"].to_pylist()], pa.bool_())

            def work(
                tx: "neo4j.ManagedTransaction", part: pa.Table = part, is_new: pa.Array = is_new
            ) -> None:
                old = part.filter(pc.invert(is_new))
                _write_rows(tx, statements.create, label.name, part.filter(is_new))
                _write_rows(tx, statements.overwrite, label.name, old)

            self._write(work)
        withdraw = statements.withdraw(label.name)
        for keys in _parts(sorted(gone), ROWS):
            self._write(partial(_run, statement=withdraw, keys=keys))
        return gone

    def _relate(self, edge: Edge, rows: Sequence[Row]) -> None:
        """Writes derived edges, and their ends where nothing states them."""

        def work(tx: "neo4j.ManagedTransaction") -> None:
            for at, name in enumerate((edge.source, edge.target)):
                _run(tx, statements.refer(name), keys=sorted({row[at] for row in rows}))
            _run(tx, statements.relate(edge.key, edge.properties), rows=rows)

        self._write(work)

    def _unrelate(self, edge: Edge, pairs: Sequence[tuple[str, str]]) -> None:
        """Deletes derived edges, and their ends where nothing else holds them."""

        def work(tx: "neo4j.ManagedTransaction") -> None:
            _run(tx, statements.unrelate(edge), rows=[list(pair) for pair in pairs])
            freed: Keys = defaultdict(set)
            freed[edge.source] |= {source for source, _ in pairs}
            freed[edge.target] |= {target for _, target in pairs}
            _sweep(tx, freed)

        self._write(work)

    def _keep(self) -> None:
        """Renews the lease, also while something is read."""
        self._transact(self._beside, lambda _: None)

    def _write(self, work: Callable[["neo4j.ManagedTransaction"], T]) -> T:
        """One transaction, tried again after errors that pass, and only while the lease is held.

        Raises Busy if another process took the lease of this one, which was silent too long.
        The server ends a transaction that lasts longer than the lease: one whose owner stands
        still would keep others out.
        """
        return self._transact(self._session, work)

    def _transact(
        self, session: "neo4j.Session", work: Callable[["neo4j.ManagedTransaction"], T]
    ) -> T:
        import neo4j
        from neo4j.exceptions import ClientError

        @neo4j.unit_of_work(timeout=self._seconds)
        def held(tx: "neo4j.ManagedTransaction") -> T:
            if not self._is_kept(tx):
                raise Busy(TAKEN)
            return work(tx)

        try:
            done = session.execute_write(held)
        except ClientError as error:
            # The embedded server locks nothing: it may refuse what another wrote meanwhile.
            if dialect.is_late(error) or not self._is_kept(session):
                raise Busy(TAKEN) from error
            raise
        self._renewed = time.monotonic()
        return done

    def _is_kept(self, place: "neo4j.Session | neo4j.ManagedTransaction") -> bool:
        """Renews the lease, if this process still has it."""
        return place.run(statements.KEEP_LEASE, self._lease).single() is not None


def stamps_in(session: "neo4j.Session", asset: str) -> dict[str, str | None]:
    """The manifests that the graph holds of an asset by partition, null while one is loaded."""
    rows = session.run(statements.STAMPS, asset=asset).values()
    return {key.rpartition("/")[2]: manifest for key, manifest in rows}


def stamp_key(asset: str, partition: str) -> str:
    """The key of the stamp of an asset's partition."""
    return f"{asset}/{partition}"


def _run(tx: "neo4j.ManagedTransaction", statement: str, **values: Any) -> list[list[Any]]:
    return tx.run(statement, values).values()


def _release(tx: "neo4j.ManagedTransaction", label: str, keys: Sequence[str]) -> Keys:
    """Deletes the edges that belong to some nodes; gives what nothing may refer to now."""
    freed: Keys = defaultdict(set)
    if keys:
        for statement in statements.release(label):
            for other, found in _run(tx, statement, keys=keys):
                freed[other].add(found)
    return freed


def _sweep(tx: "neo4j.ManagedTransaction", freed: Mapping[str, set[str]]) -> None:
    for label, found in freed.items():
        for part in _parts(sorted(found), ROWS):
            _run(tx, statements.sweep(label), keys=part)


def _write_rows(
    tx: "neo4j.ManagedTransaction",
    statement: Callable[[str, Sequence[str]], str],
    label: str,
    nodes: pa.Table,
) -> None:
    """Sends nodes without the columns that none of them has."""
    if not len(nodes):
        return
    used = _used(nodes)
    _run(tx, statement(label, used), rows=_rows(nodes.select(used)))


def _used(nodes: pa.Table) -> list[str]:
    """The columns that some of the nodes have."""
    return [name for name in nodes.column_names if nodes[name].null_count < len(nodes)]


def _ends(label: Label, nodes: pa.Table) -> Ends:
    """The other ends of the edges that nodes state: for each relation a key or null, by node."""
    return {key: found.to_pylist() for key, found in others_of(label, nodes).items()}


def _absent(stated: Iterable[Ends], known: Keys) -> Keys:
    """The other ends of some edges, as far as they may not exist yet."""
    absent: Keys = defaultdict(set)
    for ends in stated:
        for key, found in ends.items():
            name = key[0] if EDGES[key].is_incoming else key[2]
            absent[name] |= {other for other in found if other is not None} - known[name]
    return absent


def _by_edges(starts: Sequence[Row], others: Ends) -> dict[tuple[EdgeKey, ...], list[Row]]:
    """Nodes by the edges that they have: what says which node, then keys of the other ends."""
    found: dict[tuple[EdgeKey, ...], list[Row]] = defaultdict(list)
    for at, start in enumerate(starts):
        held = {key: end for key, ends in others.items() if (end := ends[at]) is not None}
        found[tuple(held)].append([*start, *held.values()])
    return found


def _rows(table: pa.Table) -> list[Row]:
    """The rows of a table as lists of what Bolt carries exactly."""
    columns = [_values(table[name]) for name in table.column_names]
    return [list(row) for row in zip(*columns, strict=True)]


def _values(column: pa.ChunkedArray) -> list[Any]:
    kind = column.type
    is_plain = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
    values: list[Any] = (column if is_plain else as_text(column)).to_pylist()
    return values


def _table(columns: Sequence[Sequence[Any]], kinds: Mapping[str, pa.DataType]) -> pa.Table:
    """A table of columns that Bolt carried, in their declared types; of none, an empty one."""
    if not columns:
        return pa.schema(kinds).empty_table()
    arrays = []
    for values, kind in zip(columns, kinds.values(), strict=True):
        is_text = any(isinstance(value, str) for value in values)
        arrays.append(pa.array(values, TEXT).cast(kind) if is_text else pa.array(values, kind))
    return pa.Table.from_arrays(arrays, schema=pa.schema(kinds))


def _edges(edge: Edge, keys: pa.ChunkedArray, others: Sequence[Sequence[Any]]) -> pa.Table:
    """The edges of the nodes under `keys`, from what `statements.read` lists for each."""
    own = keys.take(pa.array([at for at, listed in enumerate(others) for _ in listed], pa.int64()))
    rows = [one for listed in others for one in listed]
    columns = list(zip(*rows, strict=True)) if edge.properties else [rows]
    found = _table(columns if rows else [], {"other": TEXT, **edge.properties})
    source, target = (found["other"], own) if edge.is_incoming else (own, found["other"])
    ends = pa.table({"source": source, "target": target})
    for name in edge.properties:
        ends = ends.append_column(name, found[name])
    return ends


def _parts(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _chunks(nodes: pa.Table) -> Iterator[pa.Table]:
    """The nodes in pieces that fit into one message each."""
    lengths = pa.array([0] * len(nodes))
    for name in nodes.column_names:
        if nodes[name].type == TEXT:
            lengths = pc.add(lengths, pc.fill_null(pc.binary_length(nodes[name]), 0))
    start, text = 0, 0
    for at, length in enumerate(lengths.to_pylist()):
        if at > start and (at - start == ROWS or text + length > CHARACTERS):
            yield nodes.slice(start, at - start)
            start, text = at, 0
        text += length
    if start < len(nodes):
        yield nodes.slice(start)
