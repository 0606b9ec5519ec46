"""What beside the store belongs to a home, there and back."""

import os
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import create_engine, make_url, text

from ledgergraph.artifacts import Manifest, head_uri
from ledgergraph.errors import BadSetting
from orchestration.backups import backed_up, restored
from orchestration.commands.verify import verified
from orchestration.environments import Environment
from orchestration.running import dagster_instance
from resources.registry import Registered, Registry
from resources.store import RESTORING, audit_uri

POSTGRES = "LEDGERGRAPH_TEST_POSTGRES"
Homes = Callable[[str], Environment]


@dg.op
def nothing_at_all() -> None:
    """A step."""


@dg.job
def a_job() -> None:
    nothing_at_all()


@pytest.fixture
def homes(tmp_path: Path) -> Homes:
    """Homes by name, with nothing but settings of their own."""
    return lambda name: Environment.read({}, home=str(tmp_path / name))


def in_use(environment: Environment) -> Environment:
    """A home with a commit and a run."""
    environment.opened_store().commit(Manifest("documents", "_", "1", ()))
    run_once(environment)
    return environment


def run_once(environment: Environment) -> None:
    with dagster_instance(environment) as instance:
        assert a_job.execute_in_process(instance=instance).success


def runs_of(environment: Environment) -> set[str]:
    with dagster_instance(environment) as instance:
        runs = {run.run_id for run in instance.get_runs()}
        assert all(instance.all_logs(run) for run in runs)
        return runs


@pytest.fixture
def one(homes: Homes) -> Environment:
    return in_use(homes("one"))


def test_runs_come_back_in_another_home(one: Environment, homes: Homes, tmp_path: Path) -> None:
    with dagster_instance(one) as instance:  # a run goes on while the copy is taken
        assert a_job.execute_in_process(instance=instance).success
        backed_up(one, str(tmp_path / "backups"), graph=False)
    other = homes("other")
    done = restored(other, str(tmp_path / "backups"), graph=False)
    assert done.copied.damaged == []
    assert runs_of(other) == runs_of(one) != set()


@pytest.mark.slow
def test_a_registry_says_whether_it_holds_models(tmp_path: Path) -> None:
    """Restoring into a database asks: a dump replaces what there is."""
    registry = Registry(f"sqlite:///{tmp_path}/registry.db", "main")
    assert not registry.holds_models()
    registry.mirror("compliance", Registered("0" * 64, str(tmp_path), "of a test", {}, {}))
    assert registry.holds_models()
    assert Registry(registry.url, "another").holds_models()


@pytest.mark.slow
def test_the_registry_comes_back_and_knows_the_newest_entry_of_the_log(
    homes: Homes, tmp_path: Path
) -> None:
    one, other, place = homes("one"), homes("other"), str(tmp_path / "backups")
    store = one.opened_store()
    champion = Manifest("compliance_champion", "_", "1", ())
    store.commit(champion)
    model = Registered(champion.version, store.path(champion.uri), "Better.", {}, {})
    Registry(one.registry, one.ledger).mirror("compliance", model)
    backed_up(one, place, graph=False)
    restored(other, place, graph=False)
    registry = Registry(other.registry, other.ledger)
    assert registry.champion("compliance") == champion.version
    assert registry.noted_log() == other.opened_store().last_entry(0)
    assert verified(other) == 0
    other.opened_store().remove(audit_uri(1))
    other.opened_store().remove(head_uri("compliance_champion", "_"))
    assert verified(other) == 1


def test_a_home_in_use_is_not_replaced(one: Environment, homes: Homes, tmp_path: Path) -> None:
    place = str(tmp_path / "backups")
    backed_up(one, place, graph=False)
    for name, wrong in (("dagster", "DAGSTER_HOME"), ("registry", "LEDGERGRAPH_REGISTRY")):
        other = homes(f"other {name}")
        if name == "dagster":
            run_once(other)
        else:
            other.home.mkdir()
            (other.home / "registry.db").write_bytes(b"")
        with pytest.raises(BadSetting, match=wrong):
            restored(other, place, graph=False)
        assert other.opened_store().names("") == []


def test_a_restore_that_ended_among_the_databases_goes_on(
    one: Environment, homes: Homes, tmp_path: Path
) -> None:
    place, other = str(tmp_path / "backups"), homes("other")
    held = backed_up(one, place, graph=False).backup
    other.opened_store().put(RESTORING, held.uri.encode())
    run_once(other)  # stands for databases that are there in part
    restored(other, place, graph=False)
    assert runs_of(other) == runs_of(one)


def test_what_no_backup_holds_is_said(one: Environment, homes: Homes, tmp_path: Path) -> None:
    place = str(tmp_path / "backups")
    with pytest.raises(BadSetting, match="ledgergraph backup"):
        restored(homes("other"), place, graph=False)
    assert any("graph" in said for said in backed_up(one, place, graph=False).left_out)
    with pytest.raises(BadSetting, match="--graph"):
        restored(homes("other"), place, graph=True)


@pytest.mark.service
def test_runs_in_postgres_come_back_in_another_database(homes: Homes, tmp_path: Path) -> None:
    url = os.environ.get(POSTGRES)
    if not url:
        pytest.skip(f"{POSTGRES} names no database server")
    names = ("backed_up", "restored")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name in names:
            connection.execute(text(f"drop database if exists {name}"))
            connection.execute(text(f"create database {name}"))
    engine.dispose()
    one, other = (in_postgres(homes(name), url, name) for name in names)
    one.opened_store().commit(Manifest("documents", "_", "1", ()))
    run_once(one)
    backed_up(one, str(tmp_path / "backups"), graph=False)
    restored(other, str(tmp_path / "backups"), graph=False)
    assert runs_of(other) == runs_of(one) != set()
    with pytest.raises(BadSetting, match="holds runs already"):
        restored(
            Environment.read({"DAGSTER_HOME": str(other.dagster_home)}, home=str(tmp_path / "3")),
            str(tmp_path / "backups"), graph=False,
        )  # fmt: skip


def in_postgres(environment: Environment, url: str, database: str) -> Environment:
    """A home whose Dagster keeps its storage in a database of a server."""
    place = make_url(url).set(database=database).render_as_string(hide_password=False)
    environment.dagster_home.mkdir(parents=True)
    (environment.dagster_home / "dagster.yaml").write_text(
        f"storage:\n  postgres:\n    postgres_url: {place}\ntelemetry:\n  enabled: false\n"
    )
    return environment
