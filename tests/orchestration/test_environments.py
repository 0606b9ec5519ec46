import pytest

from ledgergraph.errors import BadSetting
from orchestration.environments import Environment


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"LEDGERGRAPH_ENV": "cloud"}, "LEDGERGRAPH_ENV"),
        ({"LEDGERGRAPH_GRAPH": "http://graph"}, "LEDGERGRAPH_GRAPH"),
        ({"LEDGERGRAPH_LEDGER": " "}, "LEDGERGRAPH_LEDGER"),
        ({"LEDGERGRAPH_ENV": "k8s"}, "LEDGERGRAPH_STORE"),
    ],
)
def test_a_wrong_setting_names_its_variable(variables: dict[str, str], named: str) -> None:
    with pytest.raises(BadSetting, match=named):
        Environment.read(variables)


def test_an_option_wins_over_its_variable() -> None:
    environment = Environment.read({"LEDGERGRAPH_INBOX": "a"}, inbox="b")
    assert environment.inbox == "b"


def test_paths_are_absolute_whatever_the_folder() -> None:
    environment = Environment.read({"LEDGERGRAPH_HOME": "somewhere", "DAGSTER_HOME": "else"})
    assert environment.home.is_absolute()
    assert environment.dagster_home.is_absolute()
