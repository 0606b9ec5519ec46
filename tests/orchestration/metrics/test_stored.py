"""Figures of a store: what waits, what was read, what was found, and the audit log as it grows."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from ledgergraph.artifacts import Manifest
from ledgergraph.identity import canonical_json
from orchestration.metrics.stored import Stored, scores_of
from resources.store import Store, audit_uri
from tests.builders.days import Home, bad, good

NOW = datetime(2026, 3, 9, 6, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=2)


@pytest.fixture
def home(tmp_path: Path, instance: dg.DagsterInstance) -> Home:
    return Home(tmp_path, instance)


def figures(store: Store | Stored, failed: Sequence[str] = ()) -> dict[tuple[str, ...], float]:
    stored = store if isinstance(store, Stored) else Stored(store)
    return {(one.metric, *one.labels): one.value for one in stored.figures(NOW, failed)}


def test_a_batch_waits_until_it_is_read_to_the_end(home: Home) -> None:
    key = home.take(good(3), EARLIER)
    seen = figures(home.store, failed=[key, "another"])
    assert seen["batches_total",] == seen["batches_waiting",] == seen["batches_failed",] == 1
    assert seen["batch_oldest_waiting_seconds",] == 2 * 3600
    assert seen["files_total", "new"] == 3
    assert seen["day_files", "accepted"] == 0


def test_documents_and_rejections_are_counted_by_what_code_names(home: Home) -> None:
    home.read(home.take({**good(3), **bad(2)}, EARLIER))
    seen = figures(home.store)
    assert seen["documents", "ubl"] == seen["day_files", "accepted"] == 3
    assert seen["day_files", "rejected"] == 2
    refused = {key[1:]: count for key, count in seen.items() if key[0] == "rejections"}
    assert sum(refused.values()) == 2
    assert all(of == "document" for _, of in refused)
    assert not any("n0.txt" in label for key in seen for label in key)


def test_a_second_look_reads_only_what_is_new_and_says_the_same_as_a_first(home: Home) -> None:
    home.read(home.take(good(2), EARLIER))
    stored = Stored(home.store)
    figures(stored)
    home.read(home.take(good(2, first=2), EARLIER))
    assert figures(stored) == figures(Store(home.store.url))


def test_what_came_more_than_a_day_ago_is_of_no_day(home: Home) -> None:
    home.read(home.take(good(2), NOW - timedelta(hours=25)))
    seen = figures(home.store)
    assert seen["day_files", "accepted"] == 0
    assert seen["documents", "ubl"] == 2


def commit(store: Store, count: int) -> None:
    for number in range(count):
        store.commit(Manifest("findings", "_", str(number), ()), at="2026-03-09T05:00:00+00:00")


def test_the_audit_log_is_followed_as_it_grows(store: Store) -> None:
    stored = Stored(store)
    for entries in (0, 3, 3, 10):
        commit(store, entries - int(figures(stored)["audit_entries_total",]))
        seen = figures(stored)
        assert seen["audit_entries_total",] == entries
        assert seen["audit_faults",] == 0


@pytest.mark.parametrize("gone", [2, 5])
def test_an_entry_that_is_gone_is_a_fault_in_the_middle_and_at_the_end(
    tmp_path: Path, gone: int
) -> None:
    store = Store(str(tmp_path))
    commit(store, 5)
    (tmp_path / audit_uri(gone)).unlink()
    assert figures(Store(str(tmp_path)))["audit_faults",] >= 1


def test_a_log_that_is_cut_between_two_looks_is_a_fault(tmp_path: Path) -> None:
    """And no part that does not answer: who looks must learn what happened."""
    store = Store(str(tmp_path))
    commit(store, 5)
    stored = Stored(store)
    assert figures(stored)["audit_faults",] == 0
    (tmp_path / audit_uri(5)).unlink()
    assert figures(stored)["audit_faults",] >= 1
    (tmp_path / "heads" / "findings" / "_.json").unlink()
    assert figures(stored)["audit_faults",] >= 1


def test_an_entry_that_was_changed_is_a_fault(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    commit(store, 5)
    entry = tmp_path / audit_uri(2)
    entry.write_bytes(entry.read_bytes().replace(b"05:00", b"06:00"))
    assert figures(Store(str(tmp_path)))["audit_faults",] == 1


def test_scores_are_the_few_that_a_card_is_known_by() -> None:
    metrics = {
        "same": {"average_precision": 0.9, "recall_at_p95": 0.5},
        "number": {"accuracy": 0.8, "items": 30},
        "f1": 0.7,
        "threshold": 3.5,
    }
    assert list(scores_of(metrics)) == [
        ("same", "average_precision", 0.9),
        ("number", "accuracy", 0.8),
        ("all", "f1", 0.7),
    ]


def test_what_champion_and_challenger_came_to_is_told(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    decision = canonical_json({"numbers": {"champion": 0.81, "challenger": 0.84, "low": 0.01}})
    made = Manifest("duplicate_benchmark", "_", "1", (store.put_file("decision.json", decision),))
    champion = Manifest("duplicate_champion", "_", "1", (), {"origin": "training"})
    for one in (champion, made):
        store.commit(one, at="2026-03-09T05:00:00+00:00")
    seen = figures(store)
    assert seen["benchmark_score", "duplicate", "champion"] == 0.81
    assert seen["benchmark_score", "duplicate", "challenger"] == 0.84
    assert seen["champion_timestamp_seconds", "duplicate"] == (NOW - timedelta(hours=1)).timestamp()
    assert seen["champion_info", "duplicate", champion.version[:12], "training"] == 1
