"""OpenTelemetry: spans of this process to a collector, and their context over to the workers.

Off unless OUTREACH_TRACES_URL is set; then the extra `outreach[tracing]` has to be installed. The
ready-made instrumentations are not used: they write down paths (ours carry tokens), the network
address of visitors and the words of errors, which may quote a row. Here nothing is written that
is not in `core.spans.Fact`, of an error its type alone, and what comes from outside decides
nothing: a trace begins with us.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any

from outreach.config.environment import Environment
from outreach.core import spans
from outreach.core.errors import BadInput

if TYPE_CHECKING:
    from celery import Task
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Span as OtelSpan
    from opentelemetry.trace import Tracer as OtelTracer

_SERVICE = "outreach"
_EXPORT_SECONDS = 3.0
_TRACEPARENT = "traceparent"


def install_tracing(env: Environment) -> None:
    """Begins to trace when a collector is set. Once for each process; children that are forked
    have it too. Raises BadInput when the extra is not installed."""
    if not env.traces_url or spans.is_on():
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise BadInput(
            "OUTREACH_TRACES_URL is set, and what writes traces is not installed.",
            remedy="Install outreach[tracing], or leave the setting empty.",
        ) from error
    address = f"{env.traces_url.rstrip('/')}/v1/traces"
    begin(BatchSpanProcessor(OTLPSpanExporter(endpoint=address, timeout=_EXPORT_SECONDS)))


def begin(processor: SpanProcessor) -> None:
    """From now on spans go to `processor`, and tasks carry their context."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    name = os.environ.get("OTEL_SERVICE_NAME") or _SERVICE
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(processor)
    tracer = provider.get_tracer(_SERVICE)
    spans.install(_Tracer(tracer))
    _Tasks(tracer).watch()


class _Tracer:
    """A `core.spans.Tracer`."""

    def __init__(self, tracer: OtelTracer) -> None:
        self._tracer = tracer

    def span(self, name: str, facts: spans.Facts) -> AbstractContextManager[spans.Span]:
        return _Span(self._tracer, name, facts)


class _Span:
    """One span, current while its block runs. Of an error its type is kept, never its words."""

    def __init__(
        self, tracer: OtelTracer, name: str, facts: spans.Facts, context: Any = None
    ) -> None:
        self._make = (tracer, name, facts, context)

    def __enter__(self) -> _Span:
        from opentelemetry.trace import use_span

        tracer, name, facts, context = self._make
        self._span: OtelSpan = tracer.start_span(name, context, attributes=_attributes(facts))
        self._use = use_span(
            self._span, end_on_exit=True, record_exception=False, set_status_on_exception=False
        )
        self._use.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.fail(kind.__name__)
        # Not told of the error: it would write its words down.
        self._use.__exit__(None, None, None)

    def fail(self, type_name: str) -> None:
        from opentelemetry.trace import Status, StatusCode

        self._span.set_attribute("error.type", type_name)
        self._span.set_status(Status(StatusCode.ERROR))

    def note(self, facts: spans.Facts, *, name: str = "") -> None:
        if name:
            self._span.update_name(name)
        self._span.set_attributes(_attributes(facts))


def _attributes(facts: spans.Facts) -> Mapping[str, int | str]:
    return {f"outreach.{name}": value for name, value in facts.items()}


class _Tasks:
    """One span for each task, in the trace of whoever asked for it."""

    def __init__(self, tracer: OtelTracer) -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._tracer = tracer
        self._words = TraceContextTextMapPropagator()
        self._open: dict[str, _Span] = {}

    def watch(self) -> None:
        from celery import signals

        # By name and strongly: this object is kept by nobody else.
        signals.before_task_publish.connect(self._publish, weak=False, dispatch_uid="traces")
        signals.task_prerun.connect(self._begin, weak=False, dispatch_uid="traces")
        signals.task_postrun.connect(self._end, weak=False, dispatch_uid="traces")
        signals.task_failure.connect(self._fail, weak=False, dispatch_uid="traces")

    def _publish(self, headers: dict[str, Any] | None = None, **_: object) -> None:
        if headers is not None:
            self._words.inject(headers)

    def _begin(self, task_id: str, task: Task[Any, Any], **_: object) -> None:
        request = task.request
        facts: spans.Facts = {"task": str(task.name)}
        ids = [each for each in request.args or () if isinstance(each, int)]
        if ids:
            facts["ids"] = ",".join(map(str, ids))
        queue = (request.delivery_info or {}).get("routing_key")
        if queue:
            facts["queue"] = str(queue)
        context = self._words.extract({_TRACEPARENT: _carried(request)})
        self._open[task_id] = _Span(self._tracer, f"task {task.name}", facts, context).__enter__()

    def _fail(self, task_id: str, exception: BaseException, **_: object) -> None:
        if task_id in self._open:
            self._open[task_id].fail(type(exception).__name__)

    def _end(self, task_id: str, **_: object) -> None:
        found = self._open.pop(task_id, None)
        if found is not None:
            found.__exit__(None, None, None)


def _carried(request: Any) -> str:
    """The trace that the message names: beside its other headers, or among those of a direct
    call."""
    own = getattr(request, _TRACEPARENT, None)
    return str(own or (getattr(request, "headers", None) or {}).get(_TRACEPARENT) or "")
