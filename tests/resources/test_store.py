import io
import json
import os
import threading
import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ledgergraph.artifacts import Manifest, head_uri
from ledgergraph.errors import Corrupt, StaleInput
from ledgergraph.identity import canonical_json
from ledgergraph.tables import TEXT, Table
from resources.intake import Listing, Taken, keys_of
from resources.store import Store, audit_uri, blob_uri
from resources.verification import verify

VENDORS = Table("vendors", pa.schema([("vendor_id", TEXT), ("name", TEXT)]), key=("vendor_id",))


def vendors(*ids: str) -> pa.Table:
    return VENDORS.rows({"vendor_id": one, "name": f"Vendor {one}"} for one in ids)


def commit(store: Store, *ids: str, partition: str = "a", code_version: str = "1") -> Manifest:
    file = store.put_table(VENDORS, vendors(*ids))
    manifest = Manifest("records", partition, code_version, (file,))
    store.commit(manifest)
    return manifest


def test_a_document_comes_back_as_it_was_put(store: Store) -> None:
    sha256, size = store.take(io.BytesIO(b"%PDF-1.7 ..."))
    assert size == 12
    assert store.blob(f"sha256:{sha256}") == b"%PDF-1.7 ..."


def test_rows_in_any_order_make_the_same_file(store: Store) -> None:
    assert store.put_table(VENDORS, vendors("1", "2")) == store.put_table(
        VENDORS, vendors("2", "1")
    )


def test_a_head_names_the_newest_manifest_of_its_partition(store: Store) -> None:
    assert store.head("records", "a") is None
    commit(store, "1")
    newest = commit(store, "1", "2")
    other = commit(store, "3", partition="b")
    assert store.head("records", "a") == newest
    assert store.heads("records") == {"a": newest, "b": other}


def test_heads_of_some_partitions_are_those_of_a_whole_look(store: Store) -> None:
    kept = {one: commit(store, one, partition=one) for one in "abc"}
    assert store.heads("records", ["c", "a", "never"]) == {"a": kept["a"], "c": kept["c"]}
    newer = commit(store, "1", "2", partition="a")
    assert store.heads("records", ["a"]) == {"a": newer}
    assert store.heads("records", []) == {}


def test_what_was_written_since_a_moment_is_listed_and_nothing_older(store: Store) -> None:
    store.put("batches/a.json", b"1")
    now = datetime.now(UTC)
    assert store.written_since("batches/", now - timedelta(hours=1)) == ["batches/a.json"]
    assert store.written_since("batches/", now + timedelta(hours=1)) == []
    assert store.written_since("nothing/", now) == []


def test_a_table_is_read_across_partitions_in_key_order(store: Store) -> None:
    commit(store, "2", partition="a")
    commit(store, "1", "3", partition="b")
    rows = store.table(VENDORS, store.heads("records"))
    assert rows["vendor_id"].to_pylist() == ["1", "2", "3"]


def test_a_column_added_later_reads_as_null(store: Store) -> None:
    manifest = commit(store, "1")
    wider = Table("vendors", VENDORS.schema.append(pa.field("country", TEXT)), key=("vendor_id",))
    assert store.table(wider, {"a": manifest})["country"].to_pylist() == [None]


def test_rows_of_a_newer_version_are_refused(store: Store) -> None:
    newer = Table("vendors", VENDORS.schema, key=("vendor_id",), version=2)
    manifest = Manifest("records", "a", "1", (store.put_table(newer, vendors("1")),))
    with pytest.raises(StaleInput, match="version 2"):
        store.table(VENDORS, {"a": manifest})


def test_rows_of_an_older_version_are_upgraded(store: Store) -> None:
    manifest = commit(store, "1")

    def shout(rows: pa.Table) -> pa.Table:
        return rows.set_column(1, "name", pa.array(["VENDOR 1"]))

    newer = Table("vendors", VENDORS.schema, key=("vendor_id",), version=2, upgrades={1: shout})
    assert store.table(newer, {"a": manifest})["name"].to_pylist() == ["VENDOR 1"]


def test_a_manifest_without_the_table_names_what_to_materialize(store: Store) -> None:
    manifest = Manifest("records", "a", "1", ())
    with pytest.raises(StaleInput, match="Materialize records"):
        store.table(VENDORS, {"a": manifest})


def test_a_file_of_the_right_hash_that_is_no_table_is_named(store: Store) -> None:
    whole = VENDORS.to_parquet(vendors("1", "2"))
    other = Table("vendors", pa.schema([("vendor_id", TEXT)]), key=("vendor_id",))
    repeated = io.BytesIO()
    pq.write_table(pa.table({"vendor_id": ["1", "1"]}), repeated)
    for data in (b"", b"PAR1", whole[:-9], whole[:40] + whole[60:], repeated.getvalue()):
        file = store.put_file("vendors.parquet", data)
        with pytest.raises(Corrupt, match=r"vendors/.*parquet is what was stored.*backup"):
            store.rows(other, file)


def test_an_object_is_created_once(store: Store) -> None:
    assert store.create("audit/x.json", b"first")
    assert not store.create("audit/x.json", b"second")
    assert store.read("audit/x.json") == b"first"


def test_two_writers_never_share_an_audit_number(store: Store) -> None:
    writers = [
        threading.Thread(target=lambda: [store.append_audit({"by": "w"}) for _ in range(5)])
        for _ in range(2)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [number for number, _ in store.audit_entries()] == list(range(1, 11))
    assert verify(store) == []


def test_a_store_that_nobody_touched_verifies(store: Store) -> None:
    store.take(io.BytesIO(b"document"))
    for n in range(5):
        commit(store, str(n), partition=str(n))
    assert verify(store) == []


def test_verify_names_a_flipped_byte(store: Store) -> None:
    uri = commit(store, "1").files[0].uri
    data = bytearray(store.read(uri))
    data[len(data) // 2] ^= 1
    store.put(uri, bytes(data))
    assert [uri in sentence for sentence in verify(store)] == [True]


def test_verify_names_a_flipped_byte_of_a_document(store: Store) -> None:
    sha256, _ = store.take(io.BytesIO(b"document"))
    store.put(blob_uri(sha256), b"documenu")
    assert [blob_uri(sha256) in sentence for sentence in verify(store)] == [True]


def test_verify_names_a_missing_table(store: Store) -> None:
    uri = commit(store, "1").files[0].uri
    remove(store, uri)
    assert [uri in sentence and "missing" in sentence for sentence in verify(store)] == [True]


def test_verify_names_a_removed_log_entry(store: Store) -> None:
    for n in range(3):
        commit(store, str(n), partition=str(n))
    remove(store, audit_uri(2))
    assert any(audit_uri(2) in sentence and "missing" in sentence for sentence in verify(store))


def test_verify_names_a_cut_off_log(store: Store) -> None:
    for n in range(3):
        commit(store, str(n), partition=str(n))
    remove(store, audit_uri(3))
    assert any(audit_uri(3) in sentence for sentence in verify(store))


def test_verify_names_a_cut_off_log_whose_heads_were_put_back(store: Store) -> None:
    commit(store, "1")
    earlier = store.read(head_uri("records", "a"))
    commit(store, "2")
    noted = store.last_entry(0)
    assert verify(store, noted) == []
    remove(store, audit_uri(2))
    store.put(head_uri("records", "a"), earlier)
    assert verify(store) == []
    assert [audit_uri(2) in sentence for sentence in verify(store, noted)] == [True]


def test_verify_names_a_head_whose_manifest_is_missing(store: Store) -> None:
    manifest = commit(store, "1")
    remove(store, manifest.uri)
    assert [manifest.uri in sentence for sentence in verify(store)] == [True]


def test_verify_names_a_head_that_names_a_manifest_which_never_was(store: Store) -> None:
    commit(store, "1")
    uri = head_uri("records", "a")
    head = json.loads(store.read(uri))
    store.put(uri, canonical_json({**head, "manifest": "0" * 64}))
    said = verify(store)
    assert any(uri in sentence and "no entry" in sentence for sentence in said)
    assert any("0" * 64 in sentence and "missing" in sentence for sentence in said)


def test_verify_names_a_flipped_byte_of_a_manifest(store: Store) -> None:
    uri = commit(store, "1").uri
    data = bytearray(store.read(uri))
    data[len(data) // 2] ^= 1
    store.put(uri, bytes(data))
    assert [uri in sentence for sentence in verify(store)] == [True]


def test_verify_names_a_rewritten_log_entry(store: Store) -> None:
    for n in range(3):
        commit(store, str(n), partition=str(n))
    entry = json.loads(store.read(audit_uri(2)))
    store.put(audit_uri(2), json.dumps({**entry, "asset": "other"}).encode())
    assert any(audit_uri(3) in sentence for sentence in verify(store))


def test_a_changed_table_is_not_read(store: Store) -> None:
    manifest = commit(store, "1")
    store.put(manifest.files[0].uri, b"something else")
    with pytest.raises(Corrupt, match="was changed"):
        store.table(VENDORS, {"a": manifest})


def test_a_reader_never_sees_half_a_head(store: Store) -> None:
    made = [commit(store, "0")]
    writer = threading.Thread(target=lambda: made.extend(commit(store, str(n)) for n in range(20)))
    found = []
    writer.start()
    while writer.is_alive():
        found.append(Store(store.url).head("records", "a"))
    writer.join()
    assert all(head in made for head in found)
    assert store.head("records", "a") == made[-1]


def test_heads_follow_what_other_processes_commit(store: Store) -> None:
    other = Store(store.url)
    for n in range(6):
        newest = commit(other, str(n), partition=str(n % 3))
        assert store.heads("records") == Store(store.url).heads("records")
        assert store.heads("records")[str(n % 3)] == newest
    remove(store, head_uri("records", "1"))
    assert set(store.heads("records")) == {"0", "2"}
    assert store.head("records", "1") is None


def test_what_a_killed_writer_leaves_is_no_object_and_is_removed_a_day_later(
    tmp_path: Path,
) -> None:
    Store(str(tmp_path)).put("heads/records/a.json", b"whole")
    (parts,) = [path for path in tmp_path.iterdir() if path.name != "heads"]
    assert list(parts.iterdir()) == []
    for name, hours in (("of a killed writer", 25), ("of one at work", 1)):
        (parts / name).write_bytes(b"half")
        then = time.time() - hours * 3600
        os.utime(parts / name, (then, then))
    store = Store(str(tmp_path))
    store.put("heads/records/b.json", b"whole")
    assert [path.name for path in parts.iterdir()] == ["of one at work"]
    assert store.names("heads/") == ["heads/records/a.json", "heads/records/b.json"]


def remove(store: Store, uri: str) -> None:
    store._fs.rm_file(store._at(uri))


@pytest.mark.parametrize("prefix", ["audit/", "heads/", "manifests/", "tables/", "batches/"])
def test_verify_names_any_object_that_is_no_longer_what_it_was(store: Store, prefix: str) -> None:
    document_id = "sha256:" + store.take(io.BytesIO(b"document"))[0]
    taken = Taken("a.pdf", document_id, 8, "now", False)
    store.put(
        f"batches/{keys_of([taken])[0]}.json",
        canonical_json(asdict(Listing("2026-01-01T00:00:00+00:00", (taken,)))),
    )
    commit(store, "1")
    commit(store, "2")
    assert verify(store) == []
    uri = store.names(prefix)[0]
    store.put(uri, b"#" + store.read(uri)[1:])
    assert verify(store) != []


def test_verify_names_a_document_that_is_gone(store: Store) -> None:
    taken = Taken("a.pdf", "sha256:" + store.take(io.BytesIO(b"document"))[0], 8, "now", False)
    store.put(
        f"batches/{keys_of([taken])[0]}.json",
        canonical_json(asdict(Listing("2026-01-01T00:00:00+00:00", (taken,)))),
    )
    remove(store, store.names("blobs/")[0])
    assert any("a.pdf" in sentence for sentence in verify(store))


def test_verify_names_a_head_that_is_gone(store: Store) -> None:
    commit(store, "1")
    remove(store, head_uri("records", "a"))
    assert any(head_uri("records", "a") in sentence for sentence in verify(store))
