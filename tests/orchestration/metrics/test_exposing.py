"""Figures that no other part tells: how long a ledger has been without a backup."""

from datetime import UTC, datetime
from pathlib import Path

from ledgergraph.artifacts import Manifest
from orchestration.metrics.exposing import backed_up
from resources.backups import back_up
from resources.store import Store

MORNING = datetime(2026, 3, 9, 6, tzinfo=UTC)


def since(store: Store, place: Store) -> list[datetime]:
    return [datetime.fromtimestamp(one.value, UTC) for one in backed_up(store, place)]


def test_without_a_backup_time_runs_from_the_first_entry_that_tells_it(tmp_path: Path) -> None:
    store, place = Store(str(tmp_path / "store")), Store(str(tmp_path / "place"))
    assert since(store, place) == []
    store.commit(Manifest("arrivals", "a", "1", ()))
    assert since(store, place) == []
    for hour in (6, 7):
        store.append_audit({"action": "erase", "at": MORNING.replace(hour=hour).isoformat()})
    assert since(store, place) == [MORNING]
    back_up(store, place, {}, MORNING.replace(day=10))
    assert since(store, place) == [MORNING.replace(day=10)]
