"""The automation as a person would see it: what lands, and what is then asked for."""

from collections.abc import Iterable, Iterator

import dagster as dg
import pytest

from assets.policies import BATCH_ASSETS, CHAMPIONS, WHOLE_ASSETS
from jobs.rebuild import rebuild_ledger_nightly
from orchestration.definitions import build_definitions
from orchestration.environments import Environment

SNAPSHOT = "graph_snapshot"


class Platform:
    """The real graph of assets with empty bodies, run for real on a real instance.

    `broken` names the assets that fail, `is_snapshot_good` what its check says.
    """

    def __init__(self, instance: dg.DagsterInstance, home: str) -> None:
        self.instance = instance
        self.broken: set[str] = set()
        self.is_snapshot_good = True
        real = build_definitions(Environment.read({}, home=home))
        checks = [spec for one in real.asset_checks or [] for spec in one.check_specs]
        self.names = [spec.key.path[-1] for spec in real.resolve_all_asset_specs()]
        self.definitions = dg.Definitions(
            assets=[
                self.emptied(spec, [check for check in checks if check.asset_key == spec.key])
                for spec in real.resolve_all_asset_specs()
            ],
            jobs=[
                dg.define_asset_job("batch", dg.AssetSelection.assets(*BATCH_ASSETS)),
                dg.define_asset_job(
                    "rest",
                    dg.AssetSelection.assets(*(set(self.names) - set(BATCH_ASSETS))),
                ),
            ],
            executor=dg.in_process_executor,
        )
        self.cursor: object = None

    def emptied(self, spec: dg.AssetSpec, checks: list[dg.AssetCheckSpec]) -> dg.AssetsDefinition:
        """An asset with everything that its condition depends on, which does nothing."""
        name = spec.key.path[-1]

        @dg.multi_asset(name=name, specs=[spec], check_specs=checks)
        def body() -> dg.MaterializeResult:
            if name in self.broken:
                raise ValueError(name)
            is_good = name != SNAPSHOT or self.is_snapshot_good
            results = [dg.AssetCheckResult(check_name=one.name, passed=is_good) for one in checks]
            return dg.MaterializeResult(asset_key=spec.key, check_results=results)

        return body

    def tick(self) -> set[str]:
        """One look of the automation sensor: which assets it requests."""
        result = dg.evaluate_automation_conditions(
            self.definitions, self.instance, cursor=self.cursor
        )
        self.cursor = result.cursor
        return {name for name in self.names if result.get_num_requested(dg.AssetKey(name))}

    def run(self, names: Iterable[str]) -> None:
        """A run of some unpartitioned assets, from start to end."""
        self.launch("rest", names)

    def land(self, batch: str) -> None:
        """The intake job of one batch, from start to end."""
        self.instance.add_dynamic_partitions("intake_batches", [batch])
        self.launch("batch", BATCH_ASSETS, batch)

    def launch(self, job: str, names: Iterable[str], partition: str | None = None) -> None:
        """Run a job in this process; every launch names its assets."""
        self.definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance,
            partition_key=partition,
            asset_selection=[dg.AssetKey(name) for name in names],
            raise_on_error=False,
        )

    def settle(self) -> None:
        """Let everything requested run until nothing more is asked for."""
        for _ in range(6):
            requested = self.tick()
            if not requested:
                return
            self.run(requested)
        raise AssertionError("the automation never comes to rest")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with dg.DagsterInstance.ephemeral() as instance:
        platform = Platform(instance, str(tmp_path_factory.mktemp("home")))
        platform.tick()
        platform.run(CHAMPIONS)
        platform.land("first")
        yield platform


@pytest.fixture
def platform(shared: Platform) -> Platform:
    """The platform at rest, with nothing broken, whatever happened before."""
    shared.broken, shared.is_snapshot_good = set(), True
    shared.settle()
    return shared


def test_a_new_batch_makes_everything_after_it_anew(platform: Platform) -> None:
    platform.land("second")
    assert platform.tick() == set(WHOLE_ASSETS)


def test_a_second_tick_does_nothing(platform: Platform) -> None:
    platform.land("second")
    platform.run(platform.tick())
    assert platform.tick() == set()
    assert platform.tick() == set()


def test_a_night_with_nothing_new_is_one_run(platform: Platform) -> None:
    with dg.build_schedule_context(instance=platform.instance) as context:
        (request,) = rebuild_ledger_nightly.evaluate_tick(context).run_requests or []
    platform.run(key.path[-1] for key in request.asset_selection or [])
    assert platform.tick() == set()
    assert platform.tick() == set()


def test_a_batch_that_lands_while_the_graph_is_rebuilt_is_not_lost(platform: Platform) -> None:
    platform.land("second")
    requested = platform.tick()
    platform.land("third")
    platform.run(requested)
    assert platform.tick() == set(WHOLE_ASSETS)


def test_a_bad_batch_holds_up_nothing(platform: Platform) -> None:
    platform.broken = {"extractions"}
    platform.land("bad")
    assert platform.tick() == set()
    platform.broken = set()
    platform.land("good")
    assert platform.tick() == set(WHOLE_ASSETS)


def test_a_repaired_batch_comes_through(platform: Platform) -> None:
    platform.broken = {"extractions"}
    platform.land("bad")
    platform.tick()
    platform.broken = set()
    platform.land("bad")
    assert platform.tick() == set(WHOLE_ASSETS)


def test_a_new_champion_reads_nothing_again(platform: Platform) -> None:
    platform.run(CHAMPIONS)
    assert platform.tick() == set()


def test_a_failed_check_of_the_snapshot_holds_up_what_reads_it(platform: Platform) -> None:
    before = set(WHOLE_ASSETS[: WHOLE_ASSETS.index(SNAPSHOT) + 1])
    platform.is_snapshot_good = False
    platform.land("second")
    platform.run(platform.tick())
    assert platform.tick() == set()
    platform.is_snapshot_good = True
    platform.run([SNAPSHOT])
    assert platform.tick() == set(WHOLE_ASSETS) - before
