from pathlib import Path

import dagster as dg
import pytest

from assets.policies import BATCH_ASSETS, WHOLE_ASSETS
from orchestration.definitions import build_definitions
from orchestration.environments import Environment


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    return build_definitions(Environment.read({}, home=str(tmp_path_factory.mktemp("home"))))


def specs(definitions: dg.Definitions) -> list[dg.AssetSpec]:
    return list(definitions.resolve_all_asset_specs())


def checks(definitions: dg.Definitions) -> list[dg.AssetCheckSpec]:
    found = [spec for one in definitions.asset_checks or [] for spec in one.check_specs]
    assert found
    return found


def test_the_definitions_load(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)


def test_every_asset_can_be_audited(definitions: dg.Definitions) -> None:
    for spec in specs(definitions):
        said = [spec.owners, spec.kinds, spec.description, spec.code_version]
        assert all(said), spec.key
        assert spec.group_name != "default", spec.key


def test_every_dependency_is_an_asset(definitions: dg.Definitions) -> None:
    keys = {spec.key for spec in specs(definitions)}
    for spec in specs(definitions):
        for dependency in spec.deps:
            assert dependency.asset_key in keys, (spec.key, dependency.asset_key)


def test_every_check_stands_beside_an_asset_and_says_what_breaks(
    definitions: dg.Definitions,
) -> None:
    keys = {spec.key for spec in specs(definitions)}
    for check in checks(definitions):
        assert check.asset_key in keys
        assert check.description, check.name


def test_no_check_on_a_batch_asset_blocks(definitions: dg.Definitions) -> None:
    for check in checks(definitions):
        if check.asset_key.path[-1] in BATCH_ASSETS:
            assert not check.blocking, check.name


def test_every_job_selects_assets_that_exist(definitions: dg.Definitions) -> None:
    keys = {spec.key for spec in specs(definitions)}
    for name in ("intake", "rebuild_ledger"):
        selected = definitions.resolve_job_def(name).asset_layer.selected_asset_keys
        assert selected
        assert selected <= keys


def test_batch_assets_carry_no_condition_and_the_others_do(definitions: dg.Definitions) -> None:
    for spec in specs(definitions):
        name = spec.key.path[-1]
        if name in BATCH_ASSETS:
            assert spec.automation_condition is None
        if name in WHOLE_ASSETS:
            assert spec.automation_condition is not None


def test_schedules_and_sensors_are_stopped_by_default(definitions: dg.Definitions) -> None:
    stopped = dg.DefaultScheduleStatus.STOPPED
    for schedule in definitions.schedules or []:
        assert schedule.default_status == stopped
    for sensor in definitions.sensors or []:
        assert sensor.default_status == dg.DefaultSensorStatus.STOPPED


def test_descriptions_are_sentences(definitions: dg.Definitions) -> None:
    for spec in specs(definitions):
        assert (spec.description or "").rstrip().endswith("."), spec.key


def test_a_home_of_its_own_gives_every_default(tmp_path: Path) -> None:
    environment = Environment.read({}, home=str(tmp_path))
    assert Path(environment.store).is_relative_to(tmp_path)
    assert Path(environment.inbox).is_relative_to(tmp_path)
    assert environment.graph == "embedded"
