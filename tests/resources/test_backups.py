import base64
import io
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from ledgergraph.artifacts import Manifest, head_uri
from ledgergraph.errors import BadSetting, Busy, Corrupt
from ledgergraph.tables import TEXT, Table
from resources.backups import Backup, Fetch, back_up, newest, restore
from resources.sealing import KEY_BYTES
from resources.store import RESTORING, Store, audit_uri, blob_uri
from resources.verification import verify

NOW = datetime(2026, 1, 5, tzinfo=UTC)
ROWS = Table("rows", pa.schema([("key", TEXT)]), key=("key",))


def commit(store: Store, *keys: str, partition: str = "a") -> Manifest:
    file = store.put_table(ROWS, ROWS.rows({"key": key} for key in keys))
    manifest = Manifest("records", partition, "1", (file,))
    store.commit(manifest)
    return manifest


def filled(store: Store, commits: int = 4) -> Store:
    store.take(io.BytesIO(b"document"))
    for n in range(commits):
        commit(store, str(n), partition=str(n % 3))
    return store


NOTHING: tuple[Callable[[Backup], None], Callable[[Backup, Fetch], None]] = (
    lambda backup: None,
    lambda backup, fetch: None,
)
"""No files beside the store."""


def content(store: Store) -> dict[str, bytes]:
    return {uri: store.read(uri) for uri in store.names("") if not uri.startswith("parts/")}


class Ended(RuntimeError):
    """What a process that is killed raises here."""


class Mortal(Store):
    """A store whose process ends after some writes."""

    def __init__(self, url: str, writes: int) -> None:
        super().__init__(url)
        self.left = writes

    def put(self, uri: str, data: bytes) -> None:
        self.left -= 1
        if self.left < 0:
            raise Ended
        super().put(uri, data)


@pytest.fixture
def place(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "backups"))


@pytest.fixture
def empty(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "elsewhere"))


def test_a_restored_store_is_the_one_that_was_backed_up(
    store: Store, place: Store, empty: Store
) -> None:
    filled(store)
    backup, copied = back_up(store, place, {}, NOW)
    assert (backup.number, copied.damaged) == (4, [])
    restore(place, empty, *NOTHING)
    assert content(empty) == content(store)
    assert verify(empty) == []


def test_a_bucket_restores_what_a_folder_held(place: Store, store: Store, tmp_path: Path) -> None:
    one = filled(Store(str(tmp_path / "one")))
    back_up(one, place, {}, NOW)
    restore(place, store, *NOTHING)
    assert content(store) == content(one)


def test_what_a_backup_holds_is_not_copied_again(store: Store, place: Store, empty: Store) -> None:
    filled(store)
    back_up(store, place, {}, NOW)
    assert back_up(store, place, {}, NOW)[1].objects == 0
    commit(store, "new")
    assert back_up(store, place, {}, NOW)[1].objects == 2  # its table and its manifest
    restore(place, empty, *NOTHING)
    assert content(empty) == content(store)


def test_a_backup_taken_while_others_commit_is_whole(tmp_path: Path, place: Store) -> None:
    store = filled(Store(str(tmp_path / "store")))
    is_over = threading.Event()

    def write() -> None:
        other, n = Store(store.url), 0
        while not is_over.is_set():
            commit(other, str(n), partition=str(n % 5))
            n += 1
            is_over.wait(0.01)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    for n in range(3):
        back_up(store, place, {}, NOW.replace(hour=n))
        copy = Store(str(tmp_path / f"copy {n}"))
        restore(place, copy, *NOTHING)
        assert verify(copy) == []
    is_over.set()
    for writer in writers:
        writer.join()


@pytest.mark.parametrize("writes", [0, 7, 18])
def test_a_killed_backup_leaves_the_earlier_one_and_is_completed(
    tmp_path: Path, place: Store, writes: int
) -> None:
    store = filled(Store(str(tmp_path / "store")))
    back_up(store, place, {}, NOW)
    before = content(store)
    for n in range(6):
        commit(store, f"later {n}", partition=str(n))
    with pytest.raises(Ended):
        back_up(store, Mortal(place.url, writes), {}, NOW.replace(hour=1))
    one, two = (Store(str(tmp_path / name)) for name in ("one", "two"))
    restore(place, one, *NOTHING)
    assert verify(one) == []
    assert {uri: one.read(uri) for uri in before} == before
    back_up(store, place, {}, NOW.replace(hour=2))
    restore(place, two, *NOTHING)
    assert content(two) == content(store)


@pytest.mark.parametrize("writes", [1, 8, 16])
def test_a_killed_restore_lets_nobody_commit_and_is_completed(
    tmp_path: Path, place: Store, empty: Store, writes: int
) -> None:
    store = filled(Store(str(tmp_path / "store")))
    back_up(store, place, {}, NOW)
    with pytest.raises(Ended):
        restore(place, Mortal(empty.url, writes), *NOTHING)
    with pytest.raises(Busy, match="restore"):
        commit(Store(empty.url), "new")
    restore(place, empty, *NOTHING)
    assert content(store).items() <= content(empty).items()
    assert empty.names("heads/") == store.names("heads/")
    commit(Store(empty.url), "new")
    assert verify(empty) == []


def test_a_store_that_is_not_empty_is_not_restored_into(store: Store, place: Store) -> None:
    filled(store)
    back_up(store, place, {}, NOW)
    before = content(store)
    with pytest.raises(BadSetting, match="not empty"):
        restore(place, store, *NOTHING)
    assert content(store) == before
    store.put(RESTORING, b"backups/another.json")
    with pytest.raises(BadSetting, match="another backup"):
        restore(place, store, *NOTHING)


def test_a_place_without_a_backup_says_so(place: Store, empty: Store) -> None:
    assert newest(place) is None
    with pytest.raises(BadSetting, match="ledgergraph backup"):
        restore(place, empty, *NOTHING)


def test_a_ledger_that_holds_nothing_yet_has_an_empty_backup(place: Store, empty: Store) -> None:
    """The first night comes before the first document."""
    backup, copied = back_up(empty, place, {}, NOW)
    assert (backup.number, dict(backup.heads), copied.objects) == (0, {}, 0)
    filled(empty)
    assert back_up(empty, place, {}, NOW)[0].number == 4


def test_a_store_that_was_emptied_does_not_replace_its_backup(place: Store, empty: Store) -> None:
    back_up(filled(empty), place, {}, NOW)
    held = content(place)
    for uri in empty.names(""):
        empty.remove(uri)
    with pytest.raises(BadSetting, match="restore"):
        back_up(Store(empty.url), place, {}, NOW)
    assert content(place) == held


def test_two_ledgers_do_not_share_a_place(tmp_path: Path, place: Store) -> None:
    one, other = (filled(Store(str(tmp_path / name)), n) for name, n in (("1", 2), ("2", 3)))
    one.append_audit({"by": "one"})
    commit(other, "x")
    back_up(one, place, {}, NOW)
    other.put(audit_uri(1), other.read(audit_uri(1)).replace(b"records", b"recordz"))
    with pytest.raises(BadSetting, match="another ledger"):
        back_up(other, place, {}, NOW)


def cut(store: Store) -> None:
    store.remove(audit_uri(4))


def cut_with_its_head(store: Store) -> None:
    store.remove(audit_uri(4))
    store.remove(head_uri("records", "0"))


def rewrite(store: Store) -> None:
    entry = json.loads(store.read(audit_uri(2)))
    store.put(audit_uri(2), json.dumps({**entry, "by": "nobody"}).encode())


@pytest.mark.parametrize("harm", [cut, rewrite])
def test_a_log_that_is_not_whole_is_not_backed_up(
    tmp_path: Path, place: Store, harm: Callable[[Store], None]
) -> None:
    store = filled(Store(str(tmp_path / "store")))
    harm(store)
    with pytest.raises(Corrupt, match="ledgergraph verify"):
        back_up(store, place, {}, NOW)
    assert newest(place) is None


def test_a_log_that_was_cut_after_a_backup_is_not_backed_up_again(
    tmp_path: Path, place: Store
) -> None:
    store = filled(Store(str(tmp_path / "store")))
    kept, _ = back_up(store, place, {}, NOW)
    cut_with_its_head(store)
    with pytest.raises(Corrupt, match=audit_uri(4)):
        back_up(store, place, {}, NOW.replace(hour=1))
    assert newest(place) == kept


def test_what_is_damaged_is_named_and_does_not_replace_what_was_whole(
    tmp_path: Path, place: Store, empty: Store
) -> None:
    store = filled(Store(str(tmp_path / "store")))
    back_up(store, place, {}, NOW)
    held = store.names("blobs/")[0]
    store.put(held, b"something else")
    fresh = commit(store, "fresh").files[0].uri
    store.put(fresh, b"something else")
    damaged = back_up(store, place, {}, NOW.replace(hour=1))[1].damaged
    assert [fresh in one for one in damaged] == [True]
    restore(place, empty, *NOTHING)
    assert empty.blob("sha256:" + held.removeprefix("blobs/sha256/").replace("/", "")) == (
        b"document"
    )
    assert any(fresh in one for one in verify(empty))


def test_files_come_back_and_those_of_earlier_backups_go(
    tmp_path: Path, place: Store, empty: Store
) -> None:
    store, file = filled(Store(str(tmp_path / "store"))), tmp_path / "runs.db"
    for n in range(3):
        file.write_bytes(b"state %d" % n)
        back_up(store, place, {"dagster/runs.db": file, "same": file}, NOW.replace(hour=n))
    assert len(place.names("files/")) == 1
    assert len(place.names("backups/")) == 1

    def put(backup: Backup, fetch: Fetch) -> None:
        fetch("dagster/runs.db", tmp_path / "new" / "runs.db")

    restore(place, empty, NOTHING[0], put)
    assert (tmp_path / "new" / "runs.db").read_bytes() == b"state 2"


def test_of_two_backups_at_once_the_one_that_began_later_counts(
    tmp_path: Path, place: Store, empty: Store
) -> None:
    store, file = filled(Store(str(tmp_path / "store"))), tmp_path / "runs.db"
    slow, ended = tmp_path / "slow.db", NOW.replace(hour=2)
    file.write_bytes(b"first")
    back_up(store, place, {"runs.db": file}, NOW)

    class Slow(Store):
        """While its backup is written, another begins and ends."""

        def put(self, uri: str, data: bytes) -> None:
            if uri.startswith("backups/"):
                back_up(store, place, {"runs.db": file}, ended)
            super().put(uri, data)

    slow.write_bytes(b"slow")
    file.write_bytes(b"later")
    back_up(store, Slow(place.url), {"runs.db": slow}, NOW.replace(hour=1))
    restore(place, empty, NOTHING[0], lambda _, fetch: fetch("runs.db", tmp_path / "back.db"))
    assert (tmp_path / "back.db").read_bytes() == b"later"


def test_a_backup_of_a_clock_that_was_ahead_does_not_hide_later_ones(
    tmp_path: Path, place: Store
) -> None:
    store = filled(Store(str(tmp_path / "store")))
    back_up(store, place, {}, NOW.replace(year=2030))
    commit(store, "later")
    backup, _ = back_up(store, place, {}, NOW)
    assert newest(place) == backup
    assert len(place.names("backups/")) == 1


def test_a_sealed_document_that_changed_is_not_copied(tmp_path: Path, place: Store) -> None:
    keys = tmp_path / "master.key"
    keys.write_bytes(base64.b64encode(b"k" * KEY_BYTES))
    store = Store(str(tmp_path / "store"), str(keys))
    sha256, _ = store.take(io.BytesIO(b"document"))
    commit(store, "1")
    whole = store.read(blob_uri(sha256))
    store.put(blob_uri(sha256), whole[:-1] + bytes([whole[-1] ^ 1]))
    _, copied = back_up(store, place, {}, NOW)
    assert [blob_uri(sha256) in one for one in copied.damaged] == [True]
    store.put(blob_uri(sha256), whole)
    _, copied = back_up(store, place, {}, NOW.replace(hour=1))
    assert (place.read(blob_uri(sha256)), copied.damaged) == (whole, [])


def test_a_changed_file_of_a_backup_is_named(tmp_path: Path, place: Store, empty: Store) -> None:
    store, file = filled(Store(str(tmp_path / "store"))), tmp_path / "runs.db"
    file.write_bytes(b"state")
    back_up(store, place, {"runs.db": file}, NOW)
    place.put(place.names("files/")[0], b"other")

    def put(backup: Backup, fetch: Fetch) -> None:
        fetch("runs.db", tmp_path / "back.db")

    with pytest.raises(Corrupt, match="was changed"):
        restore(place, empty, NOTHING[0], put)


def test_a_document_that_changed_in_the_backup_is_not_restored(
    tmp_path: Path, place: Store, empty: Store
) -> None:
    store = Store(str(tmp_path / "store"))
    sha256, _ = store.take(io.BytesIO(b"document"))
    commit(store, "1")
    back_up(store, place, {}, NOW)
    place.put(blob_uri(sha256), b"documenu")
    damaged = restore(place, empty, *NOTHING)[1].damaged
    assert [blob_uri(sha256) in one for one in damaged] == [True]
    assert empty.names("blobs/") == []
