"""The report on quality from real batches: which it reads, when it is made again, what it shows."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.feedback import feedback
from assets.quality import PAGE, quality_report
from ledgergraph.anomalies.quality.limits import QUALITY_CROSSINGS
from ledgergraph.anomalies.quality.measures import (
    BEFORE,
    LAST,
    QUALITY_MEASURES,
    WEEK,
    Period,
    tally_in,
)
from ledgergraph.artifacts import WHOLE
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.feedback.events import event_of
from resources.doors import LedgerResource
from resources.feedback import add
from resources.quality import QualityResource, came_in
from tests.builders.days import Home, bad, good
from tests.stores import the_head

NOW = datetime(2026, 3, 9, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def home(tmp_path: Path, instance: dg.DagsterInstance) -> Home:
    return Home(tmp_path, instance)


def report(home: Home, until: datetime = NOW, **limits: float) -> dict[str, Any]:
    """Make the report; returns its metadata."""
    done = dg.materialize(
        [quality_report],
        instance=home.instance,
        resources={"store": home.door, "ledger": LedgerResource(name="Acme"),
                   "quality": QualityResource(changed=limits)},
        run_config={"ops": {"quality_report": {"config": {"until": until.isoformat()}}}},
    )  # fmt: skip
    (made,) = done.asset_materializations_for_node("quality_report")
    return {name: one.value for name, one in made.metadata.items()}


def measures(home: Home, period: str) -> Any:
    return tally_in(home.store.table(QUALITY_MEASURES, home.store.heads("quality_report")), period)


def page(home: Home) -> str:
    file = the_head(home.store, "quality_report").file(PAGE)
    assert file is not None
    return home.store.file(file).decode()


def test_what_came_in_is_counted_on_its_day(home: Home) -> None:
    home.read(home.take(good(3), NOW - HOUR))
    home.read(home.take({**good(1, 10), **bad(1)}, NOW - 25 * HOUR))
    home.read(home.take(bad(2, 10), NOW - 100 * HOUR))
    shown = report(home)
    assert measures(home, LAST).of("format") == {"ubl": 3}
    assert measures(home, BEFORE).of("documents") == {"all": 2, "judged": 1, "rejected": 1}
    assert measures(home, WEEK).count("documents", "rejected") == 3
    assert shown["documents"] == 3
    assert shown["limits crossed"] == 0


def test_batches_of_other_days_are_not_opened(home: Home) -> None:
    old = home.take(good(1), NOW - timedelta(days=30))
    new = home.take(good(1, 5), NOW - HOUR)
    for key in (old, new):
        home.read(key)
    listing = home.folder / "store" / "batches" / f"{old}.json"
    written = listing.stat().st_mtime
    listing.write_text("not to be read")
    os.utime(listing, (written, written))
    assert [key for key, _ in came_in(home.store, Period(NOW))] == [new]
    report(home)
    read = the_head(home.store, "quality_report").inputs
    assert {key for parts in read.values() for key in parts} == {new}


def test_a_home_that_was_copied_gives_the_same_counts(home: Home) -> None:
    home.read(home.take(good(2), NOW - HOUR))
    old = home.take(good(1, 5), NOW - timedelta(days=30))
    for uri in home.store.names("batches/"):
        (home.folder / "store" / uri).touch()
    assert len(list(came_in(home.store, Period(NOW)))) == 1
    assert old not in dict(came_in(home.store, Period(NOW)))


def test_the_same_day_is_made_once_and_another_anew(home: Home) -> None:
    home.read(home.take(good(1), NOW - HOUR))
    assert report(home)["ledgergraph/computed"]
    assert not report(home)["ledgergraph/computed"]
    assert report(home, NOW + HOUR)["ledgergraph/computed"]
    assert report(home, NOW + HOUR, rejected_share=0.5)["ledgergraph/computed"]


def test_what_is_not_read_yet_is_counted_as_waiting(home: Home) -> None:
    home.take(good(2), NOW - HOUR)
    report(home)
    assert measures(home, LAST).of("unread") == {"waiting": 2}
    assert "documents that wait to be read" in page(home)


def test_a_batch_that_failed_waits_and_is_healed_once_it_came_through(home: Home) -> None:
    key = home.take(good(2), NOW - HOUR)
    home.instance.add_dynamic_partitions("intake_batches", [key])
    home.instance.add_run(
        dg.DagsterRun("intake", tags={"dagster/partition": key}, status=dg.DagsterRunStatus.FAILURE)
    )
    report(home)
    assert measures(home, LAST).of("unread") == {"failed": 2}
    home.read(key)
    report(home)
    assert measures(home, LAST).count("documents", "healed") == 2
    assert measures(home, LAST).of("unread") == {}


def test_a_crossed_limit_stands_in_its_table_on_the_page_and_beside_the_asset(home: Home) -> None:
    home.read(home.take({**good(17), **bad(3)}, NOW - HOUR))
    shown = report(home)
    crossings = home.store.table(QUALITY_CROSSINGS, home.store.heads("quality_report"))
    assert crossings["setting"].to_pylist() == ["rejected_share"]
    assert shown["limits crossed"] == 1
    assert "3 of 20 documents were rejected" in shown["crossed"]
    assert "3 of 20 documents were rejected" in page(home)
    assert "n0.txt" in page(home)
    assert "n0.txt" not in str(shown)
    assert "Rejections by reason" in shown


def test_what_people_said_that_day_is_counted_and_named_and_makes_the_day_anew(home: Home) -> None:
    key = home.take(good(1), NOW - HOUR)
    home.read(key)
    report(home)
    (document,) = home.store.table(DOCUMENTS, {key: the_head(home.store, "documents", key)})[
        "document_id"
    ].to_pylist()
    said = {"target": "field", "document_id": document, "field": "number", "verdict": "correction"}
    add(home.store, [event_of({**said, "value": "I-9"}, NOW - HOUR, "ann")])
    dg.materialize([feedback], instance=home.instance, resources={"store": home.door})
    assert report(home)["ledgergraph/computed"]
    assert measures(home, LAST).count("feedback", "number", "wrong") == 1
    assert "feedback" in the_head(home.store, "quality_report").through_time


def test_a_report_that_names_no_end_is_on_the_day_until_now(home: Home) -> None:
    home.read(home.take(good(2), datetime.now(UTC) - HOUR))
    done = dg.materialize(
        [quality_report],
        instance=home.instance,
        resources={
            "store": home.door,
            "ledger": LedgerResource(),
            "quality": QualityResource(),
        },
    )
    assert done.success
    assert measures(home, LAST).count("documents", "all") == 2


def test_a_moment_without_a_zone_is_no_end_of_a_day(home: Home) -> None:
    with pytest.raises(dg.Failure, match="with its zone"):
        report(home, NOW.replace(tzinfo=None))
    assert WHOLE not in home.store.heads("quality_report")
