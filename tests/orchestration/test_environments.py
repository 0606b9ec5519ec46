from dataclasses import replace

import pytest

from ledgergraph.documents.limits import Limits, over
from ledgergraph.errors import BadSetting
from orchestration.environments import Environment
from resources.doors import LimitsResource


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"LEDGERGRAPH_ENV": "cloud"}, "LEDGERGRAPH_ENV"),
        ({"LEDGERGRAPH_GRAPH": "http://graph"}, "LEDGERGRAPH_GRAPH"),
        ({"LEDGERGRAPH_LEDGER": " "}, "LEDGERGRAPH_LEDGER"),
        ({"LEDGERGRAPH_OCR": "eyes"}, "LEDGERGRAPH_OCR"),
        ({"LEDGERGRAPH_VENDOR_MEMORY": "perhaps"}, "LEDGERGRAPH_VENDOR_MEMORY"),
        ({"LEDGERGRAPH_ROUTE_FAST_RISK": "none"}, "LEDGERGRAPH_ROUTE_FAST_RISK"),
        ({"LEDGERGRAPH_SPARK": "http://spark"}, "LEDGERGRAPH_SPARK"),
        ({"LEDGERGRAPH_ENV": "k8s"}, "LEDGERGRAPH_STORE"),
        ({"LEDGERGRAPH_RETRAIN_LABELS": "few"}, "LEDGERGRAPH_RETRAIN_LABELS"),
        ({"LEDGERGRAPH_QUALITY_DOCUMENTS": "-1"}, "LEDGERGRAPH_QUALITY_DOCUMENTS"),
        ({"LEDGERGRAPH_ALERT_MAIL": "me"}, "LEDGERGRAPH_ALERT_MAIL"),
        ({"LEDGERGRAPH_KINDS_OFF": "dup_exact, boredom"}, "LEDGERGRAPH_KINDS_OFF: names boredom;"),
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


def test_a_limit_is_set_by_the_variable_that_its_rejection_names() -> None:
    environment = Environment.read({"LEDGERGRAPH_MAX_PAGES": "3"})
    limits = LimitsResource(changed=dict(environment.limits)).value()
    assert limits == replace(Limits(), max_pages=3)
    assert environment.variables()["LEDGERGRAPH_MAX_PAGES"] == "3"
    assert "LEDGERGRAPH_MAX_PAGES" in over(limits, "max_pages", "x", 4, "pages").sentence


@pytest.mark.parametrize("value", ["many", "-1", "0", "nan"])
def test_a_limit_that_is_no_number_above_zero_names_its_variable(value: str) -> None:
    with pytest.raises(BadSetting, match="LEDGERGRAPH_MAX_PAGES"):
        Environment.read({"LEDGERGRAPH_MAX_PAGES": value})


def test_every_setting_reaches_the_processes_that_are_started() -> None:
    given = {
        "LEDGERGRAPH_RETRAIN_LABELS": "40",
        "LEDGERGRAPH_QUALITY_REJECTED_SHARE": "0.2",
        "LEDGERGRAPH_KINDS_OFF": "dup_exact,round_amounts",
        "LEDGERGRAPH_ALERT_WEBHOOK": "https://example.com/hook",
        "LEDGERGRAPH_MAX_PAGES": "3",
        "LEDGERGRAPH_REGISTRY": "http://models:5000",
    }
    started = Environment.read(given).variables()
    assert {name: started[name] for name in given} == given
