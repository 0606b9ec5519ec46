"""Runs of a real, tiny job that fail or have failed checks, and the alerts that come of them."""

import dagster as dg
import pytest

from assets.lineage import domain_errors
from ledgergraph.errors import ServiceMissing
from resources.doors import AlertsResource
from sensors.failures import alert_on_failed_checks, alert_on_failure


@pytest.fixture
def alerts(webhook):
    return AlertsResource(webhook=f"http://127.0.0.1:{webhook.server_port}/")


@dg.asset
def unlucky():
    with domain_errors():
        raise ServiceMissing("bolt://graph:7687", "Start Neo4j there.")


@dg.asset
def surprised():
    raise RuntimeError("nobody expected this\nand more lines")


@dg.asset
def doubtful():
    return dg.MaterializeResult()


@dg.asset_check(asset=doubtful)
def is_plausible():
    return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN)


def run_of(*things):
    job = dg.define_asset_job("intake")
    checks = [one for one in things if isinstance(one, dg.AssetChecksDefinition)]
    assets = [one for one in things if not isinstance(one, dg.AssetChecksDefinition)]
    definitions = dg.Definitions(assets=assets, asset_checks=checks, jobs=[job])
    instance = dg.DagsterInstance.ephemeral()
    result = definitions.resolve_job_def("intake").execute_in_process(
        instance=instance, raise_on_error=False
    )
    return instance, result


def failed(instance, result):
    event = result.get_run_failure_event()
    return dg.build_run_status_sensor_context(
        "failures", event, instance, result.dagster_run
    ).for_run_failure()


def test_a_run_that_failed_is_told_with_its_reason_and_remedy(alerts, webhook):
    instance, result = run_of(unlucky)
    with instance:
        alert_on_failure(failed(instance, result), alerts=alerts)
    (alert,) = webhook.got
    assert alert["subject"] == "intake failed"
    assert alert["sentence"] == "bolt://graph:7687 does not answer. Start Neo4j there."
    assert alert["remedy"].startswith("Start the service")
    assert alert["facts"] == {"steps": "unlucky", "run": result.run_id}


def test_an_error_that_nobody_foresaw_is_told_in_one_line(alerts, webhook):
    instance, result = run_of(surprised)
    with instance:
        alert_on_failure(failed(instance, result), alerts=alerts)
    (alert,) = webhook.got
    assert alert["sentence"] == "RuntimeError: nobody expected this"
    assert "Open the run in Dagster" in alert["remedy"]


@pytest.mark.parametrize(("things", "count"), [((doubtful, is_plausible), 1), ((doubtful,), 0)])
def test_a_check_that_failed_in_a_good_run_is_told_and_nothing_else(alerts, webhook, things, count):
    instance, result = run_of(*things)
    with instance:
        event = result.get_run_success_event()
        context = dg.build_run_status_sensor_context(
            "failed_checks", event, instance, result.dagster_run
        )
        alert_on_failed_checks(context, alerts=alerts)
    assert [alert["sentence"] for alert in webhook.got] == ["doubtful: is_plausible"] * count
