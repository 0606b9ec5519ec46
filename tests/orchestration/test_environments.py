from dataclasses import fields, replace

import pytest

from ledgergraph.datasets.three_way.tolerances import Tolerances
from ledgergraph.documents.limits import Limits, over
from ledgergraph.errors import BadSetting
from ledgergraph.extractions.routing import Routes
from orchestration.environments import Environment
from resources.doors import LimitsResource, MatchingResource
from resources.routes import RoutesResource


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


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("FAST_HISTORY", "0.5", "a whole number from 0"),
        ("FAST_PAGES", "inf", "a whole number from 0"),
        ("FAST_TEXT", "80", "a share from 0 to 1"),
        ("FAST_RISK", "3", "a share from 0 to 1"),
        ("FAST_RISK", "-0.1", "a share from 0 to 1"),
        ("FAST_CORRECTED", "nan", "a share from 0 to 1"),
    ],
)
def test_a_limit_of_routes_that_cannot_be_names_its_rule_and_default(
    name: str, value: str, rule: str
) -> None:
    with pytest.raises(BadSetting, match=f"LEDGERGRAPH_ROUTE_{name}: .*{rule}.*leave it out for"):
        Environment.read({f"LEDGERGRAPH_ROUTE_{name}": value})


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("PRICE_PCT", "-1", "a number from 0"),
        ("PRICE_AMOUNT", "cheap", "a number from 0"),
        ("QUANTITY_PCT", "inf", "a number from 0"),
        ("RECEIPT_DAYS", "2.5", "a whole number from 0"),
        ("RECEIPT_DAYS", "1000000000", "a whole number from 0 to 3650"),
    ],
)
def test_a_tolerance_that_cannot_be_names_its_rule_and_default(
    name: str, value: str, rule: str
) -> None:
    with pytest.raises(BadSetting, match=f"LEDGERGRAPH_MATCH_{name}: .*{rule}.*leave it out for"):
        Environment.read({f"LEDGERGRAPH_MATCH_{name}": value})


def test_a_tolerance_reaches_the_lines_and_nothing_may_be_tolerated() -> None:
    given = {"LEDGERGRAPH_MATCH_PRICE_PCT": "2.5", "LEDGERGRAPH_MATCH_RECEIPT_DAYS": "0"}
    environment = Environment.read(given)
    assert given.items() <= environment.variables().items()
    tolerances = MatchingResource(changed=dict(environment.tolerances)).value()
    assert tolerances == replace(Tolerances(), price_pct=2.5, receipt_days=0)


@pytest.mark.parametrize("name", [one.name for one in fields(Routes)])
def test_nothing_is_a_limit_of_routes_too(name: str) -> None:
    variable = f"LEDGERGRAPH_ROUTE_{name.upper()}"
    environment = Environment.read({variable: "0"})
    assert environment.variables()[variable] == "0"
    limits = RoutesResource(changed=dict(environment.routes)).value()
    assert limits == replace(Routes(), **{name: 0})


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
