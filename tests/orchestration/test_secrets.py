"""No password reaches what the UI shows of the definitions, nor an error that is logged."""

import dagster as dg
import pytest
from dagster._core.remote_representation.external_data import RepositorySnap
from dagster._serdes import serialize_value

from ledgergraph.errors import BadSetting, ServiceMissing
from orchestration.commands.doctor import settings
from orchestration.definitions import build_definitions, resources_for
from orchestration.environments import Environment

SECRET = "hunter2"
VARIABLES = {
    "LEDGERGRAPH_GRAPH": f"neo4j://reader:{SECRET}@graph:7687",
    "LEDGERGRAPH_REGISTRY": f"https://mlflow:{SECRET}@registry/",
    "LEDGERGRAPH_STORE": f"s3://key:{SECRET}@bucket/store",
    "LEDGERGRAPH_SPARK": f"sc://spark:443/;use_ssl=true;token={SECRET}",
    "LEDGERGRAPH_ALERT_WEBHOOK": f"https://hooks.example.com/services/{SECRET}",
    "LEDGERGRAPH_ALERT_MAIL": f"smtp://me:{SECRET}@mail/?from=a@example.com&to=b@example.com",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory) -> Environment:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    return Environment.read(home=str(tmp_path_factory.mktemp("home")))


# Dagster reads a property of its own schedules that it deprecates.
@pytest.mark.filterwarnings("ignore:Property `ScheduleDefinition.environment_vars`")
def test_what_the_ui_is_told_names_variables_and_no_secret(environment: Environment) -> None:
    own = build_definitions(environment).get_repository_def()
    told = serialize_value(RepositorySnap.from_def(own))
    assert SECRET not in told
    assert all(name in told for name in VARIABLES)


def test_a_resource_reads_its_secret_from_the_variable(environment: Environment) -> None:
    resources = resources_for(environment)
    with dg.build_resources({name: resources[name] for name in ("alerts", "graph")}) as opened:
        assert opened.alerts.webhook == VARIABLES["LEDGERGRAPH_ALERT_WEBHOOK"]
        assert opened.graph.url == VARIABLES["LEDGERGRAPH_GRAPH"]


def test_what_holds_no_secret_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGERGRAPH_STORE", "s3://bucket/store")
    assert resources_for(Environment.read())["store"].url == "s3://bucket/store"


def test_doctor_shows_no_secret(environment: Environment) -> None:
    shown = dict(settings(environment))
    assert not any(SECRET in value for value in shown.values())
    assert shown["LEDGERGRAPH_GRAPH"] == "neo4j://graph:7687"
    assert shown["LEDGERGRAPH_ALERT_WEBHOOK"] == "https://hooks.example.com/…"


def test_errors_conceal_user_and_password() -> None:
    url = VARIABLES["LEDGERGRAPH_STORE"]
    assert SECRET not in f"{ServiceMissing(url, f'Start it: {url}')} {BadSetting('X', url)}"
