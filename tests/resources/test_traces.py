"""Traces: what a collector receives of real runs, and that nothing is paid where they are off."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from ledgergraph.errors import BadSetting
from resources import traces
from sensors.traces import trace_of
from tests.builders.days import Home, bad, good

NOW = datetime(2026, 3, 9, 6, tzinfo=UTC)
BATCH_STEPS = {"documents", "transcripts", "extractions", "records", "validations"}


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    traces.set_up(traces.OFF)
    traces.provider.cache_clear()
    traces.processor.cache_clear()


def ran(folder: Path, instance: dg.DagsterInstance) -> str:
    """Read a batch of three documents, and tell its run; returns the id of the run."""
    home = Home(folder, instance)
    home.read(home.take({**good(3), **bad(1)}, NOW))
    (run,) = instance.get_runs()
    traces.tell(run.run_id, *trace_of(instance, run.run_id))
    return run.run_id


def test_a_run_is_one_trace_of_its_steps_and_the_documents_that_they_read(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    out = tmp_path / "traces" / "spans.jsonl"
    traces.set_up(f"file:{out}")
    run_id = ran(tmp_path, instance)
    spans = [json.loads(line) for line in out.read_text().splitlines()]
    ids = {one["context"]["trace_id"] for one in spans}
    assert ids == {"0x" + traces.trace_id(run_id)} == {"0x" + run_id.replace("-", "")}
    (run,) = [one for one in spans if one["parent_id"] is None]
    assert run["attributes"]["dagster.status"] == "SUCCESS"
    steps = {one["name"]: one for one in spans if one["parent_id"] == run["context"]["span_id"]}
    assert steps.keys() >= BATCH_STEPS
    documents = [one for one in spans if one["name"] == "document"]
    known = {one["context"]["span_id"]: name for name, one in steps.items()}
    read_by = [known[one["parent_id"]] for one in documents]
    assert read_by.count("documents") == 4
    assert set(read_by) <= BATCH_STEPS
    for one in documents:
        step = steps[known[one["parent_id"]]]
        assert step["start_time"] <= one["start_time"] <= one["end_time"]
        assert one["attributes"]["ledgergraph.document_id"].startswith("sha256:")
    assert "i0.xml" not in out.read_text()


def test_a_step_that_failed_is_an_error_in_its_trace(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    @dg.asset
    def broken() -> None:
        raise ValueError("a name")

    out = tmp_path / "spans.jsonl"
    traces.set_up(f"file:{out}")
    run = dg.materialize([broken], instance=instance, raise_on_error=False)
    traces.tell(run.run_id, *trace_of(instance, run.run_id))
    told = [json.loads(line) for line in out.read_text().splitlines()]
    assert [one["status"]["status_code"] for one in told] == ["ERROR", "ERROR"]
    assert "a name" not in out.read_text()


class _Collector(BaseHTTPRequestHandler):
    got: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        self.got.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


def test_a_collector_receives_spans_by_otlp(
    tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    monkeypatch.setenv("OTEL_SERVICE_NAME", "the ledger of a test")
    _Collector.got = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        traces.set_up(f"http://127.0.0.1:{server.server_port}")
        run_id = ran(tmp_path, instance)
        traces.provider(f"http://127.0.0.1:{server.server_port}").shutdown()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert {path for path, _ in _Collector.got} == {"/v1/traces"}
    names, services, ids = set(), set(), set()
    for _, body in _Collector.got:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            facts = {one.key: one.value.string_value for one in resource.resource.attributes}
            services.add(facts["service.name"])
            for scope in resource.scope_spans:
                names |= {span.name for span in scope.spans}
                ids |= {span.trace_id.hex() for span in scope.spans}
    assert names >= {*BATCH_STEPS, "document"}
    assert services == {"the ledger of a test"}
    assert ids == {traces.trace_id(run_id)}


def test_where_traces_are_off_nothing_is_imported() -> None:
    code = (
        "import sys, orchestration.definitions\n"
        "from resources import traces\n"
        "with traces.step('r', 's'): traces.reads('sha256:0')\n"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("setting", ["file:", "udp://host", "collector:4318"])
def test_a_way_that_is_none_is_refused(setting: str) -> None:
    with pytest.raises(BadSetting, match="LEDGERGRAPH_TRACES"):
        traces.checked(setting)
