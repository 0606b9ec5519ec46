"""The daily report and its alert, on a real instance with a webhook of this machine."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from jobs.quality import quality, quality_daily
from orchestration.definitions import build_definitions
from orchestration.environments import Environment
from resources.doors import AlertsResource
from sensors.quality import alert_on_quality
from tests.builders.days import Home, bad, good

SIX = datetime(2026, 3, 9, 6, tzinfo=UTC)


class Morning:
    """A home, its schedule, and the sensor that looks at what the schedule ran."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance, port: int) -> None:
        self.home = Home(folder, instance)
        self.instance = instance
        self.alerts = AlertsResource(webhook=f"http://127.0.0.1:{port}/")
        self.job = build_definitions(Environment.read({}, home=str(folder))).resolve_job_def(
            quality.name
        )

    def asked(self, at: datetime) -> dg.RunRequest:
        context = dg.build_schedule_context(instance=self.instance, scheduled_execution_time=at)
        request = quality_daily(context)
        assert isinstance(request, dg.RunRequest)
        return request

    def run(self, request: dg.RunRequest, tags: Mapping[str, str] | None = None) -> None:
        result = self.job.execute_in_process(
            instance=self.instance,
            run_config=request.run_config,
            tags=request.tags if tags is None else tags,
            asset_selection=request.asset_selection,
        )
        context = dg.build_run_status_sensor_context(
            "quality_alerts", result.get_run_success_event(), self.instance, result.dagster_run
        )
        alert_on_quality(context, store=self.home.door, alerts=self.alerts)


@pytest.fixture
def morning(tmp_path: Path, instance: dg.DagsterInstance, webhook: Any) -> Morning:
    return Morning(tmp_path, instance, webhook.server_port)


def test_the_schedule_asks_each_day_for_the_day_before_it(morning: Morning) -> None:
    first, second = morning.asked(SIX), morning.asked(SIX + timedelta(days=1))
    assert first.run_key != second.run_key
    config = first.run_config["ops"]["quality_report"]["config"]
    assert config == {"until": "2026-03-09T06:00:00+00:00"}
    assert first.asset_selection == [dg.AssetKey("quality_report")]


def test_a_crossed_limit_of_a_morning_is_told_once_with_what_to_do(
    morning: Morning, webhook: Any
) -> None:
    morning.home.read(morning.home.take({**good(2), **bad(18)}, SIX - timedelta(hours=2)))
    morning.run(morning.asked(SIX))
    (alert,) = webhook.got
    assert alert["subject"] == "1 limit of quality crossed"
    assert alert["sentence"].startswith("18 of 20 documents were rejected (90%): ")
    assert "LEDGERGRAPH_QUALITY_REJECTED_SHARE" in alert["remedy"]
    assert alert["facts"]["24 hours to"] == "2026-03-09T06:00:00+00:00"
    assert "n0.txt" not in str(alert)
    morning.run(morning.asked(SIX))
    assert len(webhook.got) == 1


def test_a_good_morning_and_a_report_by_hand_alert_nobody(morning: Morning, webhook: Any) -> None:
    morning.home.read(morning.home.take(good(20), SIX - timedelta(hours=2)))
    morning.run(morning.asked(SIX))
    morning.home.read(morning.home.take(bad(20), SIX + timedelta(hours=2)))
    morning.run(morning.asked(SIX + timedelta(days=1)), tags={})
    assert webhook.got == []


def test_a_rise_over_the_days_before_is_told_below_the_limit_too(
    morning: Morning, webhook: Any
) -> None:
    morning.home.read(morning.home.take(good(80), SIX - timedelta(hours=30)))
    morning.home.read(morning.home.take({**good(46, 200), **bad(5)}, SIX - timedelta(hours=3)))
    morning.run(morning.asked(SIX))
    (alert,) = webhook.got
    assert "it was 0.0% in the seven days before" in alert["sentence"]
    assert "LEDGERGRAPH_QUALITY_TIMES_BEFORE" in alert["remedy"]
