"""Traces: a span for each run, each of its steps, and each document that a step read.

A run's id, without its dashes, is the id of its trace, and the id of a step's span follows from
both: so runs, steps in other pods and whoever reads the log name the same trace without passing
anything on. Runs and steps are told after they ended, from what Dagster recorded, also of pods
that were killed; documents where they are read.

`LEDGERGRAPH_TRACES` is empty (nothing is imported, nothing costs), the URL of an OTLP collector
(`http://collector:4318`), `otlp` (the address and all else by the OTEL_ variables of
OpenTelemetry, which are respected in any case), or `file:` and a path. Spans carry ids, names that
code gives and counts, no values.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ledgergraph.errors import BadSetting

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
    from opentelemetry.trace import Span, Tracer

VARIABLE = "LEDGERGRAPH_TRACES"
OFF, OTLP, FILE = "", "otlp", "file:"
SERVICE = "ledgergraph"
NANO = 10**9


@dataclass
class Reading:
    """The document that a step reads now: the span lasts until the next one is asked for."""

    tracer: "Tracer"
    run_id: str
    step: str
    document_id: str | None = None
    span: "Span | None" = None
    documents: int = 0

    def of(self, document_id: str) -> None:
        """A document's bytes were asked for."""
        if document_id == self.document_id:
            return
        self.end()
        self.document_id, self.documents = document_id, self.documents + 1
        parent = within(self.run_id, span_id(self.run_id, self.step))
        facts = {"ledgergraph.document_id": document_id}
        self.span = self.tracer.start_span("document", parent, attributes=facts)

    def end(self) -> None:
        """No document is read any more."""
        if self.span is not None:
            self.span.end()
            self.span = None


_SETTING = OFF
_READING: ContextVar[Reading | None] = ContextVar("the document that is read", default=None)


def checked(setting: str) -> str:
    """A setting; BadSetting if it names no way out."""
    is_way = setting in (OFF, OTLP) or setting.startswith(("http://", "https://"))
    if not (is_way or (setting.startswith(FILE) and setting != FILE)):
        raise BadSetting(
            VARIABLE, f"must be http://…, https://…, {OTLP}, or {FILE} and a path; or be left out."
        )
    return setting


def set_up(setting: str) -> None:
    """Where spans of this process go from now on; may be called often."""
    global _SETTING
    _SETTING = setting


def is_on() -> bool:
    """Whether spans go anywhere."""
    return _SETTING != OFF


def trace_id(run_id: str) -> str:
    """The id of a run's trace: 32 hexadecimal digits."""
    return UUID(run_id).hex


def span_id(run_id: str, step: str = "") -> int:
    """The id of a run's span, or of one of its steps: 64 bits that are not all 0."""
    digest = hashlib.sha256(f"{run_id} {step}".encode()).digest()
    return int.from_bytes(digest[:8], "big") or 1


@contextmanager
def step(run_id: str, name: str) -> Iterator[None]:
    """Inside, each document that is asked for is a span of a step."""
    if not is_on():
        yield
        return
    reading = Reading(provider(_SETTING).get_tracer(SERVICE), run_id, name)
    token = _READING.set(reading)
    try:
        yield
    finally:
        reading.end()
        _READING.reset(token)


def reads(document_id: str) -> None:
    """The bytes of a document are asked for: inside a step that is a span."""
    reading = _READING.get()
    if reading is not None:
        reading.of(document_id)


@dataclass(frozen=True)
class Ended:
    """A run or a step that ended: seconds of the epoch, and what is said of it."""

    name: str
    started: float
    ended: float
    is_well: bool
    facts: Mapping[str, Any]


def tell(run_id: str, run: Ended, steps: Iterable[Ended]) -> None:
    """Write the spans of a run that ended."""
    if not is_on():
        return
    out = provider(_SETTING)
    _write(out, run_id, run, span_id(run_id), None)
    for one in steps:
        _write(out, run_id, one, span_id(run_id, one.name), span_id(run_id))
    out.force_flush()


def _write(
    out: "TracerProvider", run_id: str, what: Ended, number: int, parent: int | None
) -> None:
    """One span with a given id; the SDK gives ids itself where it starts spans."""
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope
    from opentelemetry.trace import SpanKind, Status, StatusCode

    span = ReadableSpan(
        name=what.name,
        context=context_of(run_id, number),
        parent=None if parent is None else context_of(run_id, parent),
        resource=out.resource,
        attributes=dict(what.facts),
        kind=SpanKind.INTERNAL,
        instrumentation_scope=InstrumentationScope(SERVICE),
        status=Status(StatusCode.OK if what.is_well else StatusCode.ERROR),
        start_time=int(what.started * NANO),
        end_time=int(what.ended * NANO),
    )
    processor(_SETTING).on_end(span)


def context_of(run_id: str, number: int) -> Any:
    """A span's context: its trace and its id."""
    from opentelemetry.trace import SpanContext, TraceFlags

    sampled = TraceFlags(TraceFlags.SAMPLED)
    return SpanContext(int(trace_id(run_id), 16), number, is_remote=True, trace_flags=sampled)


def within(run_id: str, number: int) -> Any:
    """The context in which a span begins that has another as its parent."""
    from opentelemetry.trace import NonRecordingSpan, set_span_in_context

    return set_span_in_context(NonRecordingSpan(context_of(run_id, number)))


@lru_cache(maxsize=1)
def provider(setting: str) -> "TracerProvider":
    """What makes and sends spans; flushed when this process ends."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    resource = Resource.create()
    if str(resource.attributes["service.name"]).startswith("unknown_service"):
        resource = resource.merge(Resource({"service.name": SERVICE}))
    out = TracerProvider(resource=resource)
    out.add_span_processor(processor(setting))
    return out


@lru_cache(maxsize=1)
def processor(setting: str) -> "SpanProcessor":
    """The way that spans go out."""
    from opentelemetry.sdk.trace.export import (
        BatchSpanProcessor,
        ConsoleSpanExporter,
        SimpleSpanProcessor,
    )

    if setting.startswith(FILE):
        path = Path(setting.removeprefix(FILE))
        path.parent.mkdir(parents=True, exist_ok=True)
        out = path.open("a", encoding="utf-8", buffering=1)
        return SimpleSpanProcessor(ConsoleSpanExporter(out=out, formatter=_line))
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError as error:
        raise BadSetting(
            VARIABLE, "needs the exporter: install ledgergraph[k8s], or name a file."
        ) from error
    if setting == OTLP:
        return BatchSpanProcessor(OTLPSpanExporter())
    return BatchSpanProcessor(OTLPSpanExporter(endpoint=setting.rstrip("/") + "/v1/traces"))


def _line(span: "ReadableSpan") -> str:
    return f"{span.to_json(indent=None)}\n"
