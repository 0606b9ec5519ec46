"""SQL sees what the heads name, all of it and nothing else, and changes nothing."""

import pyarrow as pa
import pytest

from ledgergraph.artifacts import Manifest
from ledgergraph.errors import BadSetting
from ledgergraph.tables import AMOUNT, TEXT, Table
from resources.sql import connect, require_select, tables
from resources.store import Store

VENDORS = Table("vendors", pa.schema([("vendor_id", TEXT), ("owed", AMOUNT)]), key=("vendor_id",))
WIDER = Table("vendors", VENDORS.schema.append(pa.field("country", TEXT)), key=("vendor_id",))


def commit(
    store: Store, asset: str, partition: str, table: Table, *rows: dict[str, object]
) -> None:
    file = store.put_table(table, table.rows(rows))
    store.commit(Manifest(asset, partition, "1", (file,), {"of": asset}))


def ask(store: Store, sql: str) -> list[tuple[object, ...]]:
    return connect(store).execute(sql).fetchall()


def test_a_table_is_all_partitions_of_all_assets_that_write_it(store: Store) -> None:
    commit(store, "records", "a", VENDORS, {"vendor_id": "1"})
    commit(store, "records", "b", VENDORS, {"vendor_id": "2"})
    commit(store, "imports", "a", VENDORS, {"vendor_id": "3"})
    assert ask(store, "select vendor_id from vendors order by 1") == [("1",), ("2",), ("3",)]


def test_what_a_head_names_no_longer_is_not_seen(store: Store) -> None:
    commit(store, "records", "a", VENDORS, {"vendor_id": "1"})
    commit(store, "records", "a", VENDORS, {"vendor_id": "2"})
    assert ask(store, "select vendor_id from vendors") == [("2",)]


def test_rows_from_before_a_column_was_added_have_null_in_it(store: Store) -> None:
    commit(store, "records", "a", VENDORS, {"vendor_id": "1"})
    commit(store, "records", "b", WIDER, {"vendor_id": "2", "country": "DE"})
    assert ask(store, "select country from vendors order by vendor_id") == [(None,), ("DE",)]


def test_files_that_are_no_tables_are_no_tables(store: Store) -> None:
    store.commit(Manifest("anomaly_report", "_", "1", (store.put_file("report.html", b"<p>"),)))
    assert tables(store) == {}


def test_an_empty_store_has_no_tables(store: Store) -> None:
    assert tables(store) == {}
    assert ask(store, "select 1") == [(1,)]


def test_odd_names_of_places_are_quoted(tmp_path_factory: pytest.TempPathFactory) -> None:
    store = Store(str(tmp_path_factory.mktemp("it's; a --folder [1] *?")))
    commit(store, "records", "a", VENDORS, {"vendor_id": "1"})
    assert ask(store, "select vendor_id from vendors") == [("1",)]


@pytest.mark.parametrize(
    "sql",
    [
        "drop view vendors",
        "insert into vendors values (1)",
        "select 1; drop view vendors",
        "copy (select 1) to '/tmp/x.csv'",
        "attach '/tmp/x.db'",
        "install httpfs",
        "set memory_limit = '1GB'",
        "",
    ],
)
def test_only_one_select_is_taken(sql: str) -> None:
    with pytest.raises(BadSetting, match="SELECT"):
        require_select(sql)


@pytest.mark.parametrize(
    "sql",
    ["select 1", "with a as (select 1) select * from a", "from vendors", "select 1;", "values (1)"],
)
def test_every_way_to_read_is_taken(sql: str) -> None:
    assert require_select(sql) == sql
