"""The automation as a person would see it: what lands, and what is then asked for."""

from collections.abc import Iterable

import dagster as dg
import pytest

from assets.policies import BATCH_ASSETS, WHOLE_ASSETS
from orchestration.definitions import build_definitions
from orchestration.environments import Environment

CHECKED = "graph_snapshot"


class Platform:
    """The real definitions on a real instance; events stand for runs that came to their end."""

    def __init__(self, instance: dg.DagsterInstance, home: str) -> None:
        self.instance = instance
        self.definitions = build_definitions(Environment.read({}, home=home))
        self.cursor: dg.AutomationContext | None = None

    def tick(self) -> set[str]:
        """One look of the automation sensor: which assets it requests."""
        result = dg.evaluate_automation_conditions(
            self.definitions, self.instance, cursor=self.cursor
        )
        self.cursor = result.cursor
        names = {
            key.path[-1] for key in self.definitions.resolve_asset_graph().get_all_asset_keys()
        }
        return {name for name in names if result.get_num_requested(dg.AssetKey(name))}

    def ran(self, names: Iterable[str], partition: str | None = None) -> None:
        """A run that materialized some assets ended."""
        for name in names:
            self.instance.report_runless_asset_event(
                dg.AssetMaterialization(dg.AssetKey(name), partition=partition)
            )
            if name == CHECKED:
                self.checked(passed=True)

    def checked(self, *, passed: bool) -> None:
        """The blocking checks of the snapshot ended."""
        for spec in self.definitions.resolve_all_asset_check_specs():
            if spec.blocking and spec.asset_key == dg.AssetKey(CHECKED):
                self.instance.report_runless_asset_event(
                    dg.AssetCheckEvaluation(
                        asset_key=spec.asset_key, check_name=spec.name, passed=passed, metadata={}
                    )
                )

    def landed(self, batch: str, names: Iterable[str] = BATCH_ASSETS) -> None:
        """The intake job of a batch ended, having materialized some assets."""
        self.instance.add_dynamic_partitions("intake_batches", [batch])
        self.ran(names, batch)

    def settle(self) -> None:
        """Let everything requested run until nothing more is asked for."""
        for _ in range(6):
            requested = self.tick()
            if not requested:
                return
            self.ran([name for name in WHOLE_ASSETS if name in requested])
        raise AssertionError("the automation never comes to rest")


@pytest.fixture
def platform(instance: dg.DagsterInstance, tmp_path_factory: pytest.TempPathFactory) -> Platform:
    platform = Platform(instance, str(tmp_path_factory.mktemp("home")))
    platform.tick()
    platform.ran(["compliance_champion", "duplicate_champion"])
    platform.landed("first")
    platform.settle()
    return platform


def test_a_new_batch_makes_everything_after_it_anew(platform: Platform) -> None:
    platform.landed("second")
    assert platform.tick() == set(WHOLE_ASSETS)


def test_a_second_tick_does_nothing(platform: Platform) -> None:
    platform.landed("second")
    platform.ran([name for name in WHOLE_ASSETS if name in platform.tick()])
    assert platform.tick() == set()
    assert platform.tick() == set()


def test_a_batch_that_lands_while_the_graph_is_rebuilt_is_not_lost(platform: Platform) -> None:
    platform.landed("second")
    requested = platform.tick()
    platform.landed("third")
    platform.ran([name for name in WHOLE_ASSETS if name in requested])
    assert "parties" in platform.tick()


def test_a_bad_batch_holds_up_nothing(platform: Platform) -> None:
    platform.landed("bad", ["documents"])
    assert platform.tick() == set()
    platform.landed("good")
    assert platform.tick() == set(WHOLE_ASSETS)


def test_a_repaired_batch_comes_through(platform: Platform) -> None:
    platform.landed("bad", ["documents"])
    platform.tick()
    platform.landed("bad")
    assert platform.tick() == set(WHOLE_ASSETS)


def test_a_new_champion_reads_nothing_again(platform: Platform) -> None:
    platform.ran(["compliance_champion", "duplicate_champion"])
    assert platform.tick() == set()


def test_a_failed_check_of_the_snapshot_holds_up_what_reads_it(platform: Platform) -> None:
    platform.landed("second")
    platform.tick()
    before = WHOLE_ASSETS[: WHOLE_ASSETS.index(CHECKED) + 1]
    platform.ran(before)
    platform.checked(passed=False)
    assert platform.tick() == set()
    platform.ran([CHECKED])
    assert platform.tick() == set(WHOLE_ASSETS) - set(before)
