"""SQL over the tables of all heads, read-only and without any service."""

from collections import defaultdict
from pathlib import PurePosixPath

import duckdb
import fsspec

from ledgergraph.errors import BadSetting
from resources.store import Store


def connect(store: Store) -> duckdb.DuckDBPyConnection:
    """An in-memory database with one view for each table that some head holds."""
    connection = duckdb.connect(":memory:")
    if store.local_path("") is None:
        scheme = store.url.split("://")[0]
        connection.register_filesystem(fsspec.filesystem(scheme))
    for table, uris in tables(store).items():
        places = ", ".join(_quoted(str(store.local_path(uri) or store.path(uri))) for uri in uris)
        connection.execute(
            f'CREATE VIEW "{table}" AS '  # noqa: S608 - names of our own tables, quoted paths
            f"SELECT * FROM read_parquet([{places}], union_by_name = true)"
        )
    return connection


def tables(store: Store) -> dict[str, list[str]]:
    """The files of every table that some head holds: table name, then uris."""
    found: dict[str, list[str]] = defaultdict(list)
    assets = {PurePosixPath(uri).parent.name for uri in store.names("heads/")}
    for asset in sorted(assets):
        for manifest in store.heads(asset).values():
            for file in manifest.files:
                if file.rows is not None and file.uri not in found[file.table]:
                    found[file.table].append(file.uri)
    return {table: uris for table, uris in sorted(found.items()) if uris}


def require_select(sql: str) -> str:
    """The statement, if it only reads; BadSetting otherwise."""
    kinds = {statement.type for statement in duckdb.extract_statements(sql)}
    if kinds != {duckdb.StatementType.SELECT}:
        raise BadSetting("SQL", "must be one SELECT; stored tables are never changed by SQL.")
    return sql


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
