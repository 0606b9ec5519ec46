"""Figures of Dagster's instance: runs, steps, assets, checks, daemons, sensors and schedules.

Each look costs a few dozen bounded queries: counts by job and status, and the runs of a day,
whose steps are read once each.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median

import dagster as dg
from dagster._core.scheduler.instigation import TickStatus

from orchestration.metrics.declared import Figure

DAY = timedelta(hours=24)
MOST_RUNS = 500
"""Runs of a day that durations are taken of: the latest ones."""
RUN = dg.DagsterRunStatus
ENDED = {RUN.SUCCESS: "success", RUN.FAILURE: "failure", RUN.CANCELED: "canceled"}
UNENDED = {
    RUN.QUEUED: "queued",
    RUN.NOT_STARTED: "not_started",
    RUN.STARTING: "starting",
    RUN.STARTED: "started",
    RUN.CANCELING: "canceling",
}
LOOKED = [TickStatus.SUCCESS, TickStatus.SKIPPED, TickStatus.FAILURE]
"""How a sensor's or schedule's look ends."""
ASSET_JOB = "__ASSET_JOB"
"""The job of runs that automation or a person asks for asset by asset."""


@dataclass(frozen=True)
class Names:
    """What the definitions define: these are the values of labels, and no others."""

    jobs: tuple[str, ...]
    assets: tuple[dg.AssetKey, ...]
    checks: tuple[dg.AssetCheckKey, ...]

    @staticmethod
    def of(definitions: dg.Definitions) -> "Names":
        """The names of some definitions."""
        graph = definitions.resolve_asset_graph()
        return Names(
            (*sorted(job.name for job in definitions.jobs or ()), ASSET_JOB),
            tuple(sorted(graph.materializable_asset_keys)),
            tuple(sorted(graph.asset_check_keys)),
        )


@dataclass(frozen=True)
class Step:
    """One step of a run that ended."""

    name: str
    status: str
    seconds: float | None


@dataclass
class Runs:
    """Looks at an instance; remembers the steps of runs that ended, which never change."""

    instance: dg.DagsterInstance
    names: Names
    _steps: OrderedDict[str, tuple[Step, ...]] = field(default_factory=OrderedDict)

    def figures(self, now: datetime) -> Iterator[Figure]:
        """All figures of the instance."""
        yield from self._counts()
        yield from self._queue(now)
        yield from self._day(now)
        yield from self._assets()
        yield from self._checks()
        yield from self._watchers()

    def _counts(self) -> Iterator[Figure]:
        """How runs ended; jobs without a run are 0, so that the first failure is a rise."""
        for job in self.names.jobs:
            for status, said in ENDED.items():
                some = dg.RunsFilter(job_name=job, statuses=[status])
                count = self.instance.get_runs_count(some)
                yield Figure("runs_total", count, (job, said))
                if count and status is not RUN.CANCELED:
                    (last,) = self.instance.get_run_records(some, limit=1)
                    if last.end_time is not None:
                        yield Figure(f"job_{said}_timestamp_seconds", last.end_time, (job,))

    def _queue(self, now: datetime) -> Iterator[Figure]:
        for status, said in UNENDED.items():
            count = self.instance.get_runs_count(dg.RunsFilter(statuses=[status]))
            yield Figure("runs_unended", count, (said,))
        queued, started = (
            self.instance.get_run_records(dg.RunsFilter(statuses=[status]), limit=1, ascending=True)
            for status in (RUN.QUEUED, RUN.STARTED)
        )
        waits = [_aware(one.create_timestamp).timestamp() for one in queued]
        works = [one.start_time or now.timestamp() for one in started]
        yield Figure("run_oldest_queued_seconds", _since(waits, now))
        yield Figure("run_longest_seconds", _since(works, now))

    def _day(self, now: datetime) -> Iterator[Figure]:
        records = self.instance.get_run_records(
            dg.RunsFilter(statuses=list(ENDED), updated_after=now - DAY), limit=MOST_RUNS
        )
        runs: dict[str, list[float]] = {}
        steps: dict[str, list[float]] = {}
        assets = {key.path[-1] for key in self.names.assets}
        counts: Counter[tuple[str, str]] = Counter()
        for record in records:
            run = record.dagster_run
            if run.job_name in self.names.jobs and record.start_time and record.end_time:
                runs.setdefault(run.job_name, []).append(record.end_time - record.start_time)
            for step in self._steps_of(run.run_id):
                if step.name not in assets:  # a check, or what is defined no more
                    continue
                counts[step.name, step.status] += 1
                if step.seconds is not None and step.status == "success":
                    steps.setdefault(step.name, []).append(step.seconds)
        yield from _spread("day_run_seconds", runs)
        yield from _spread("day_step_seconds", steps)
        for (name, status), count in sorted(counts.items()):
            yield Figure("day_steps", count, (name, status))

    def _steps_of(self, run_id: str) -> tuple[Step, ...]:
        found = self._steps.get(run_id)
        if found is None:
            found = tuple(
                Step(
                    one.step_key.partition("[")[0],
                    one.status.value.lower(),
                    one.end_time - one.start_time if one.start_time and one.end_time else None,
                )
                for one in self.instance.get_run_step_stats(run_id)
                if one.status is not None
            )
            self._steps[run_id] = found
            while len(self._steps) > 2 * MOST_RUNS:
                self._steps.popitem(last=False)
        return found

    def _assets(self) -> Iterator[Figure]:
        for record in self.instance.get_asset_records(self.names.assets):
            entry = record.asset_entry
            if entry.last_materialization is not None:
                at = entry.last_materialization.timestamp
                yield Figure("asset_timestamp_seconds", at, (entry.asset_key.to_user_string(),))

    def _checks(self) -> Iterator[Figure]:
        latest = self.instance.event_log_storage.get_latest_asset_check_execution_by_key(
            self.names.checks
        )
        for key, record in sorted(latest.items()):
            failing = float("FAILED" in record.status.name)
            yield Figure("check_failing", failing, (key.asset_key.to_user_string(), key.name))

    def _watchers(self) -> Iterator[Figure]:
        for daemon, status in self.instance.get_daemon_statuses().items():
            yield Figure("daemon_healthy", float(bool(status.healthy)), (daemon.lower(),))
        for state in self.instance.all_instigator_state():
            # One that looks now has not come through yet: else each look would end an alert.
            for tick in self.instance.get_ticks(
                state.instigator_origin_id, state.selector_id, limit=1, statuses=LOOKED
            ):
                name, is_failing = state.instigator_name, tick.status is TickStatus.FAILURE
                yield Figure("tick_timestamp_seconds", tick.timestamp, (name,))
                yield Figure("tick_failing", float(is_failing and state.is_running), (name,))


def _aware(moment: datetime) -> datetime:
    """A moment of the instance's database, which names no zone where it means UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _since(moments: Sequence[float], now: datetime) -> float:
    return max((now.timestamp() - one for one in moments), default=0.0)


def _spread(metric: str, durations: dict[str, list[float]]) -> Iterator[Figure]:
    for name, seconds in sorted(durations.items()):
        for of, value in _of(seconds):
            yield Figure(metric, value, (name, of))


def _of(seconds: Iterable[float]) -> Iterator[tuple[str, float]]:
    known = list(seconds)
    yield "median", median(known)
    yield "longest", max(known)
    yield "sum", sum(known)
