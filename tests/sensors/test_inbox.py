"""The inbox sensor, tick by tick on a real instance, as a daemon would evaluate it."""

from pathlib import Path

import dagster as dg
import pytest

from assets.policies import BATCH_ASSETS
from ledgergraph.artifacts import Manifest
from ledgergraph.documents.schemas import REJECTIONS
from ledgergraph.identity import document_id_of
from resources.doors import InboxResource, LimitsResource, StoreResource
from resources.intake import listed, listing
from resources.store import Store
from sensors import inbox as sensor
from sensors.looks import Looks


class Watch:
    """An inbox, a store, and the sensor over them; what it asks for is done at once."""

    def __init__(self, instance: dg.DagsterInstance, folder: Path) -> None:
        self.instance = instance
        self.inbox = folder / "inbox"
        self.inbox.mkdir()
        self.store = Store(str(folder / "store"))
        self.cursor: str | None = None
        self.run_keys: set[str] = set()
        self.tags: dict[str, dict[str, str]] = {}

    def put(self, **files: bytes) -> None:
        for name, data in files.items():
            (self.inbox / name).write_bytes(data)

    def tick(self) -> list[str]:
        """One look; returns the partitions that runs are requested for."""
        with dg.build_sensor_context(instance=self.instance, cursor=self.cursor) as context:
            result = sensor.watch_inbox(
                context,
                store=StoreResource(url=self.store.url),
                inbox=InboxResource(url=str(self.inbox)),
                limits=LimitsResource(),
            )
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        for request in result.dynamic_partitions_requests or []:
            self.instance.add_dynamic_partitions(
                request.partitions_def_name, request.partition_keys
            )
        known = self.instance.get_dynamic_partitions("intake_batches")
        requests = [one for one in result.run_requests or [] if one.run_key not in self.run_keys]
        for request in requests:
            assert request.partition_key in known, "a run would have no partition"
            assert request.asset_selection == [dg.AssetKey(name) for name in BATCH_ASSETS]
            self.run_keys.add(request.run_key)
            self.tags[str(request.partition_key)] = dict(request.tags)
        return [request.partition_key for request in requests]

    def settle(self) -> list[str]:
        """Two looks, so that what does not grow is taken in."""
        self.tick()
        return self.tick()

    def names(self) -> list[str]:
        return sorted(
            one.name for key in listed(self.store) for one in listing(self.store, key).files
        )


@pytest.fixture
def watch(instance: dg.DagsterInstance, tmp_path: Path) -> Watch:
    return Watch(instance, tmp_path)


def test_a_file_that_grows_is_not_taken(watch: Watch) -> None:
    for size in range(1, 4):
        watch.put(a=b"x" * size)
        assert watch.tick() == []
    assert watch.names() == []


def test_a_settled_file_becomes_a_batch_with_its_run(watch: Watch) -> None:
    watch.put(a=b"1")
    (key,) = watch.settle()
    assert listed(watch.store) == [key]
    assert watch.names() == ["a"]


def test_a_growing_file_does_not_hold_up_one_that_has_settled(watch: Watch) -> None:
    watch.put(grows=b"1", still=b"2")
    watch.tick()
    watch.put(grows=b"11")
    assert len(watch.tick()) == 1
    assert watch.names() == ["still"]
    assert len(watch.tick()) == 1
    assert watch.names() == ["grows", "still"]


def test_a_further_tick_asks_for_nothing(watch: Watch) -> None:
    watch.put(a=b"1")
    watch.settle()
    assert watch.settle() == []


def test_a_batch_that_another_process_took_in_is_asked_for(watch: Watch) -> None:
    watch.put(a=b"1")
    watch.settle()
    with dg.DagsterInstance.ephemeral() as another:
        watch.instance = another
        watch.run_keys.clear()
        assert watch.tick() == listed(watch.store)


def test_the_same_bytes_under_another_name_are_an_arrival_and_no_new_document(
    watch: Watch,
) -> None:
    watch.put(a=b"1")
    watch.settle()
    watch.put(b=b"1")
    (key,) = watch.settle()
    (taken,) = listing(watch.store, key).files
    assert (taken.name, taken.is_known) == ("b", True)
    assert taken.document_id == document_id_of(b"1")


def test_a_touched_file_is_nothing_and_is_read_once(watch: Watch) -> None:
    watch.put(a=b"1")
    watch.settle()
    (watch.inbox / "a").touch()
    assert watch.settle() == []
    assert set(Looks.from_cursor(watch.cursor).touched) == {"a"}
    watch.put(a=b"2")
    assert len(watch.settle()) == 1
    assert Looks.from_cursor(watch.cursor).touched == {}


def test_many_files_come_in_batches_of_five_hundred(watch: Watch) -> None:
    watch.put(**{f"f{n:04}": str(n).encode() for n in range(1200)})
    keys = watch.settle()
    assert len(keys) == 3
    sizes = [len(listing(watch.store, key).files) for key in keys]
    assert sorted(sizes) == [200, 500, 500]


def test_urgent_files_make_a_batch_that_leaves_the_queue_first(watch: Watch) -> None:
    (watch.inbox / "urgent").mkdir()
    watch.put(**{"a": b"1", "urgent/b": b"2", "c": b"3"})
    keys = watch.settle()
    names = {key: [one.name for one in listing(watch.store, key).files] for key in keys}
    priorities = {tuple(names[key]): watch.tags[key].get("dagster/priority") for key in keys}
    assert priorities == {("a", "c"): None, ("urgent/b",): "10"}


def test_a_look_that_lasts_too_long_goes_on_with_the_next(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensor, "FILES", 2)
    monkeypatch.setattr(sensor, "SECONDS", 0)
    watch.put(a=b"1", b=b"2", c=b"3", d=b"4")
    counts = []
    for _ in range(8):
        watch.tick()
        counts.append(len(watch.names()))
    assert counts[-1] == 4
    assert counts == sorted(counts)


def test_a_file_removed_after_it_was_taken_in_is_read_all_the_same(watch: Watch) -> None:
    watch.put(a=b"1")
    (key,) = watch.settle()
    (watch.inbox / "a").unlink()
    assert watch.settle() == []
    (taken,) = listing(watch.store, key).files
    assert watch.store.blob(taken.document_id) == b"1"


def test_a_file_that_may_not_be_read_holds_up_no_other_and_is_tried_again(watch: Watch) -> None:
    watch.put(a=b"1")
    (watch.inbox / "loop").symlink_to(watch.inbox / "loop")
    assert len(watch.settle()) == 1
    assert watch.names() == ["a"]
    (watch.inbox / "loop").unlink()
    watch.put(loop=b"2")
    assert len(watch.settle()) == 1


def test_what_an_earlier_sniffing_did_not_support_is_asked_for_once_again(watch: Watch) -> None:
    watch.put(a=b"1")
    (key,) = watch.settle()
    row = {"name": "a", "document_id": "sha256:1", "reason": "unsupported", "tried_with": "old"}
    file = watch.store.put_table(REJECTIONS, REJECTIONS.rows([row]))
    watch.store.commit(Manifest("documents", key, "1.old", (file,)))
    assert watch.tick() == []
    watch.cursor = watch.cursor.replace(f'"{sensor.SNIFFING_VERSION}"', '"old"')
    assert watch.tick() == [key]
    assert watch.tick() == []
