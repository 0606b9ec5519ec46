"""Figures of runs, on a real instance with runs that came through, failed and wait."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from orchestration.environments import Environment
from orchestration.metrics.runs import Names, Runs
from orchestration.running import dagster_instance


@dg.asset
def sound() -> None:
    """Comes through."""


@dg.asset_check(asset=sound)
def it_is_sound() -> dg.AssetCheckResult:
    """Fails."""
    return dg.AssetCheckResult(passed=False)


@dg.asset
def broken() -> None:
    """Fails."""
    raise ValueError("a name that no label shows")


DEFINITIONS = dg.Definitions(
    assets=[sound, broken],
    asset_checks=[it_is_sound],
    jobs=[
        dg.define_asset_job("good", dg.AssetSelection.assets("sound")),
        dg.define_asset_job("bad", dg.AssetSelection.assets("broken")),
    ],
)
NAMES = Names.of(DEFINITIONS)


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dagster_instance(Environment.read({}, home=str(tmp_path))) as instance:
        yield instance


def ran(job: str, instance: dg.DagsterInstance) -> None:
    DEFINITIONS.resolve_job_def(job).execute_in_process(instance=instance, raise_on_error=False)


def figures(runs: Runs) -> dict[tuple[str, ...], float]:
    return {(one.metric, *one.labels): one.value for one in runs.figures(datetime.now(UTC))}


def test_jobs_that_never_ran_are_zero_so_that_a_first_failure_is_a_rise(
    instance: dg.DagsterInstance,
) -> None:
    before = figures(Runs(instance, NAMES))
    assert before["runs_total", "bad", "failure"] == 0
    ran("bad", instance)
    after = figures(Runs(instance, NAMES))
    assert after["runs_total", "bad", "failure"] == 1
    assert after["runs_total", "bad", "success"] == 0
    assert ("job_failure_timestamp_seconds", "bad") in after


def test_counters_never_fall_whoever_counts(instance: dg.DagsterInstance) -> None:
    last: dict[tuple[str, ...], float] = {}
    for job in ("good", "bad", "good"):
        ran(job, instance)
        seen = {
            key: value
            for key, value in figures(Runs(instance, NAMES)).items()
            if key[0] == "runs_total"
        }
        assert all(seen[key] >= value for key, value in last.items())
        last = seen
    assert last["runs_total", "good", "success"] == 2


def test_a_run_is_told_by_its_assets_durations_and_checks(instance: dg.DagsterInstance) -> None:
    ran("good", instance)
    ran("bad", instance)
    runs = Runs(instance, NAMES)
    seen = figures(runs)
    assert seen["day_steps", "sound", "success"] == seen["day_steps", "broken", "failure"] == 1
    assert 0 < seen["day_step_seconds", "sound", "median"] < seen["day_run_seconds", "good", "sum"]
    assert seen["check_failing", "sound", "it_is_sound"] == 1
    assert seen["asset_timestamp_seconds", "sound"] > 0
    assert ("asset_timestamp_seconds", "broken") not in seen
    assert not any("it_is_sound" in key for key in seen if key[0].startswith("day_step"))
    assert figures(runs)["day_steps", "sound", "success"] == 1


def test_a_run_that_has_not_ended_is_seen(instance: dg.DagsterInstance) -> None:
    job = DEFINITIONS.resolve_job_def("good")
    instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    seen = figures(Runs(instance, NAMES))
    assert (seen["runs_unended", "started"], seen["runs_unended", "queued"]) == (1, 0)
    assert seen["run_longest_seconds",] >= 0
    assert seen["run_oldest_queued_seconds",] == 0


def test_runs_of_jobs_that_are_not_defined_make_no_label(instance: dg.DagsterInstance) -> None:
    other = dg.Definitions(assets=[sound], jobs=[dg.define_asset_job("other", "*")])
    other.resolve_job_def("other").execute_in_process(instance=instance)
    assert not any("other" in key for key in figures(Runs(instance, NAMES)))


def test_a_sensor_whose_last_look_failed_is_failing(instance: dg.DagsterInstance) -> None:
    """Ticks are what the daemon writes: there is no other way to have one."""
    from dagster._core.definitions.run_request import InstigatorType
    from dagster._core.scheduler.instigation import (
        InstigatorState,
        InstigatorStatus,
        TickData,
        TickStatus,
    )
    from dagster_shared.error import SerializableErrorInfo

    origin = _origin("repository", "inbox")
    state = InstigatorState(origin, InstigatorType.SENSOR, InstigatorStatus.RUNNING)
    instance.add_instigator_state(state)
    error = SerializableErrorInfo("the inbox does not answer", [], None)
    ticks = (
        (1000.0, TickStatus.SUCCESS, None),
        (2000.0, TickStatus.FAILURE, error),
        (3000.0, TickStatus.STARTED, None),  # it looks again, and nobody knows yet how it goes
    )
    for at, status, fault in ticks:
        data = TickData(
            origin.get_id(), "inbox", InstigatorType.SENSOR, status, at,
            selector_id=state.selector_id, run_ids=[], error=fault,
        )  # fmt: skip
        instance.create_tick(data)
    seen = figures(Runs(instance, NAMES))
    assert seen["tick_timestamp_seconds", "inbox"] == 2000
    assert seen["tick_failing", "inbox"] == 1
    instance.update_instigator_state(state.with_status(InstigatorStatus.STOPPED))
    assert figures(Runs(instance, NAMES))["tick_failing", "inbox"] == 0


def _origin(repository: str, sensor: str) -> Any:
    from dagster._core.remote_origin import (
        InProcessCodeLocationOrigin,
        RemoteInstigatorOrigin,
        RemoteRepositoryOrigin,
    )
    from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

    location = InProcessCodeLocationOrigin(LoadableTargetOrigin(module_name="orchestration"))
    return RemoteInstigatorOrigin(RemoteRepositoryOrigin(location, repository), sensor)
