"""The graph's snapshot as the assets after it read it."""

from assets.lineage import Inputs
from ledgergraph.graph.snapshot import Snapshot, snapshot_tables


def snapshot_in(inputs: Inputs) -> Snapshot:
    """The snapshot that `graph_snapshot` exported, put together from its tables."""
    return Snapshot.of_stored({table.name: inputs.table(table) for table in snapshot_tables()})
