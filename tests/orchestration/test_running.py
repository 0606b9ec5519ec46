"""What a run does before it reads: the models of the package that is installed now come in."""

from pathlib import Path

import dagster as dg
import pytest

from assets.policies import CHAMPIONS
from ledgergraph.artifacts import WHOLE, Manifest
from ledgergraph.errors import BadSetting, StaleInput
from orchestration.commands.doctor import champion
from orchestration.definitions import build_definitions
from orchestration.environments import Environment
from orchestration.running import in_turn, prepared, wanted
from resources.doors import StoreResource
from resources.intake import Listing, Taken
from resources.store import Store
from sensors.healing import failing

COMPLIANCE, DUPLICATE, _ = CHAMPIONS


class Home:
    """A store in a folder, and what a run does with it first."""

    def __init__(self, instance: dg.DagsterInstance, folder: str) -> None:
        self.instance = instance
        self.store = Store(folder)
        self.definitions = build_definitions(
            Environment.read({}, home=folder), store=StoreResource(url=folder)
        )

    def prepare(self) -> dict[str, str]:
        """The versions of the champions that count afterwards."""
        assert prepared(self.definitions, self.instance, self.store) == []
        heads = {name: self.store.head(name, WHOLE) for name in CHAMPIONS}
        return {name: head.version for name, head in heads.items() if head}

    def put(self, name: str, origin: str) -> str:
        """Another champion of some origin; returns its version."""
        other = self.store.put_file("model.txt", b"another model")
        return self.store.commit(Manifest(name, WHOLE, "1", (other,), {"origin": origin}))


@pytest.fixture
def home(instance: dg.DagsterInstance, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(instance, str(tmp_path_factory.mktemp("store")))


def test_a_new_package_replaces_its_own_champion_and_leaves_a_trained_one(home: Home) -> None:
    shipped = home.prepare()
    assert set(shipped) == set(CHAMPIONS)

    home.put(COMPLIANCE, origin="package")
    trained = home.put(DUPLICATE, origin="training")
    assert home.prepare() == {**shipped, DUPLICATE: trained}

    runs = home.instance.get_runs_count()
    home.prepare()
    assert home.instance.get_runs_count() == runs


def test_runs_of_a_killed_holder_are_ended_and_those_to_come_go_on(home: Home) -> None:
    home.prepare()
    status = dg.DagsterRunStatus
    after = {
        status.STARTING: status.FAILURE,
        status.STARTED: status.FAILURE,
        status.CANCELING: status.CANCELED,
        status.NOT_STARTED: status.NOT_STARTED,
        status.SUCCESS: status.SUCCESS,
    }
    home.instance.add_dynamic_partitions("intake_batches", ["b1"])
    intake = home.definitions.resolve_job_def("intake")
    tags = {"dagster/sensor_name": "inbox", "dagster/partition": "b1"}  # as the sensors of `dev`
    runs = {
        home.instance.create_run_for_job(intake, status=one, tags=tags).run_id: one for one in after
    }
    home.prepare()
    ended = [(one, home.instance.get_run_by_id(run_id)) for run_id, one in runs.items()]
    assert {one: run.status for one, run in ended if run} == after


def test_a_batch_whose_run_was_killed_is_healed(home: Home) -> None:
    home.instance.add_dynamic_partitions("intake_batches", ["b1"])
    home.instance.create_run_for_job(
        home.definitions.resolve_job_def("intake"),
        status=dg.DagsterRunStatus.STARTED,
        tags={"dagster/partition": "b1"},
    )
    assert list(failing(home.instance, ["b1"])) == []
    home.prepare()
    assert [one.times for one in failing(home.instance, ["b1"])] == [1]


def test_a_graph_of_another_ledger_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"LEDGERGRAPH_GRAPH.*another ledger"):
        wanted(Store(str(tmp_path)), {"a batch that the store does not know": "0" * 64})


def test_people_are_served_first_then_what_is_urgent_then_what_waits_longest() -> None:
    def came(day: int, name: str = "a.pdf") -> Listing:
        return Listing(f"2026-01-0{day}T00:00:00", (Taken(name, "sha256:0", 1, "", False),))

    listings = {"c": came(2), "d": came(1), "b": came(3), "f": came(4, "urgent/a.pdf")}
    turns = in_turn(["a", "b", "c", "d", "e", "f"], {"e", "b"}, listings)
    assert turns == ["b", "e", "f", "d", "c", "a"]


def test_doctor_says_when_the_champion_of_a_home_is_older_than_the_package(home: Home) -> None:
    home.prepare()
    home.put(COMPLIANCE, origin="package")
    home.put(DUPLICATE, origin="training")
    with pytest.raises(StaleInput, match="publish_champions"):
        champion("compliance", home.store.url)
    assert "trained here" in champion("duplicate", home.store.url)
    home.prepare()
    assert champion("compliance", home.store.url).startswith("packaged")
