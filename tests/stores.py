"""Changes to a store that no asset would make: for tests of what notices them."""

import pyarrow as pa

from assets.policies import BATCH_ASSETS, WHOLE_ASSETS
from ledgergraph.artifacts import WHOLE, Manifest
from ledgergraph.tables import Table
from resources.store import Store


def the_head(store: Store, asset: str, partition: str = WHOLE) -> Manifest:
    """The manifest that counts."""
    head = store.head(asset, partition)
    assert head is not None, asset
    return head


def the_partition(store: Store, asset: str) -> str:
    """The only batch of an asset."""
    (partition,) = store.heads(asset)
    return partition


def put_rows(store: Store, asset: str, table: Table, rows: pa.Table) -> None:
    """Make a head of an asset, of the only one that it has, with other rows of one table."""
    partition = the_partition(store, asset)
    head = the_head(store, asset, partition)
    kept = [file for file in head.files if file.table != table.name]
    facts = (head.settings, head.inputs, head.through_time)
    files = (*kept, store.put_table(table, rows))
    store.commit(Manifest(asset, partition, head.code_version, files, *facts))


def rows_of(store: Store, asset: str, table: Table) -> pa.Table:
    """The rows of one table of an asset."""
    return store.table(table, store.heads(asset))


def differing(one: Store, other: Store, *assets: str) -> list[str]:
    """Those of some assets, of all by default, that two stores hold differently.

    With the settings of the first, which mostly are the reason.
    """
    return [
        f"{asset}: {[dict(head.settings) for head in one.heads(asset).values()]}"
        for asset in assets or (*BATCH_ASSETS, *WHOLE_ASSETS)
        if one.heads(asset) != other.heads(asset)
    ]
