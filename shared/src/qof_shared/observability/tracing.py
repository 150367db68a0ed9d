"""Where did one extract spend its time? Spans that follow it through HTTP, outbox, broker, workers and its report.

Off unless a process is told of a collector. What carries a trace on is the event's `traceparent` (W3C Trace Context):
an event has one where, and only where, its trace is sampled, so everything else costs a look at a variable. Workers
handle events of many traces in one transaction: each event gets a span in its own trace, and the batch's span links to
all of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from datetime import datetime
from time import time_ns

import msgspec
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qof_shared.contracts import Event
from qof_shared.http.measuring import route_of

_PROPAGATOR = TraceContextTextMapPropagator()
_NOTHING: AbstractContextManager[None] = nullcontext()
_tracer: trace.Tracer | None = None
_parents: ContextVar[Mapping[str, str] | None] = ContextVar("parents", default=None)
"""Message id or correlation id of what is in hand -> the traceparent that its consequences carry."""

HEAD_BYTES = 400
"""Of an envelope that lies encoded: all that stands before its data."""


def start_tracing(service: str, process: str, *, endpoint: str | None, ratio: float) -> None:
    """Send spans to the collector at `endpoint` (OTLP over HTTP), of `ratio` of all traces; without one, do nothing.

    The same traces are chosen in every process: the trace's id decides, so a caller's wish does not.
    """
    global _tracer
    if endpoint is None:
        return
    # Slow to import, and only this needs them.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import TraceIdRatioBased

    resource = Resource.create({"service.name": f"openqof-{service}", "openqof.process": process})
    provider = TracerProvider(sampler=TraceIdRatioBased(ratio), resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")))
    _tracer = provider.get_tracer("qof_shared.observability.tracing")


def is_tracing() -> bool:
    return _tracer is not None


def trace_id() -> str | None:
    """The trace in hand, for a log line."""
    if _tracer is None:
        return None
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None


def traceparent() -> str | None:
    """What carries the span in hand on; None where none is sampled."""
    return _traceparent_of(trace.get_current_span()) if _tracer is not None else None


def _traceparent_of(span: Span) -> str | None:
    context = span.get_span_context()
    if not context.trace_flags.sampled:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-01"


def _context_of(carried: str) -> Context:
    return _PROPAGATOR.extract({"traceparent": carried}, Context())


def _link_to(carried: str) -> Link:
    return Link(trace.get_current_span(_context_of(carried)).get_span_context())


def carried(event: Event) -> Event:
    """The event with its trace: that of the message that caused it, of the same extract, or of what is in hand."""
    if _tracer is None:
        return event
    parents = _parents.get() or {}
    found = (
        parents.get(str(event.causation_id)) or parents.get(event.correlation_id) or parents.get("") or traceparent()
    )
    return msgspec.structs.replace(event, traceparent=found) if found else event


@contextmanager
def carrying(parents: Mapping[str, str | None]) -> Iterator[None]:
    """Events told in this block carry on the traces of what has these ids."""
    token = _parents.set({key: value for key, value in parents.items() if value})
    try:
        yield
    finally:
        _parents.reset(token)


def handling(queue: str, events: Sequence[Event]) -> AbstractContextManager[None]:
    """A worker handles a batch: a span for each event whose trace is sampled, and one for the batch of many."""
    if _tracer is None:
        return _NOTHING
    sampled = [(event, event.traceparent) for event in events if event.traceparent]
    return _handling(_tracer, queue, len(events), sampled) if sampled else _NOTHING


@contextmanager
def _handling(tracer: trace.Tracer, queue: str, size: int, sampled: Sequence[tuple[Event, str]]) -> Iterator[None]:
    spans = [
        tracer.start_span(
            f"handle {event.name}",
            _context_of(parent),
            SpanKind.CONSUMER,
            {
                "messaging.destination.name": queue,
                "messaging.message.id": str(event.message_id),
                "messaging.batch.message_count": size,
                "openqof.correlation_id": event.correlation_id,
            },
        )
        for event, parent in sampled
    ]
    batch = None
    if size > 1:
        links = [Link(span.get_span_context()) for span in spans]
        batch = tracer.start_span(f"batch of {queue}", trace.set_span_in_context(spans[0]), links=links)
        batch.set_attribute("messaging.batch.message_count", size)
    parents: dict[str, str | None] = {}
    for (event, _), span in zip(sampled, spans, strict=True):
        parents[event.correlation_id] = parents[str(event.message_id)] = _traceparent_of(span)
    if size == 1:
        parents[""] = _traceparent_of(spans[0])
    opened = [*spans, *([batch] if batch else [])]
    try:
        with (
            carrying(parents),
            trace.use_span(batch or spans[0], record_exception=False, set_status_on_exception=False),
        ):
            yield
    except BaseException as error:
        for span in opened:
            span.set_status(StatusCode.ERROR, type(error).__name__)  # never its text: that may hold what was sent
        raise
    finally:
        for span in reversed(opened):
            span.end()


class _Head(msgspec.Struct):
    name: str
    occurred_at: datetime
    correlation_id: str
    traceparent: str = ""


_head_decoder = msgspec.json.Decoder(_Head)


def relaying(bodies: Sequence[bytes]) -> AbstractContextManager[None]:
    """A relay publishes these encoded events: a traced one shows how long it lay in the outbox, and the publishing."""
    if _tracer is None:
        return _NOTHING
    heads = [_head_decoder.decode(body) for body in bodies if b'"traceparent":' in body[:HEAD_BYTES]]
    return _relaying(_tracer, heads) if heads else _NOTHING


@contextmanager
def _relaying(tracer: trace.Tracer, heads: Sequence[_Head]) -> Iterator[None]:
    taken = time_ns()
    spans = []
    for head in heads:
        context = _context_of(head.traceparent)
        told = min(int(head.occurred_at.timestamp() * 1e9), taken)
        about = {"openqof.correlation_id": head.correlation_id}
        tracer.start_span(f"outbox {head.name}", context, start_time=told, attributes=about).end(taken)
        spans.append(tracer.start_span(f"publish {head.name}", context, SpanKind.PRODUCER, about, start_time=taken))
    try:
        yield
    finally:
        for span in spans:
            span.end()


@contextmanager
def of_its_own(name: str) -> Iterator[None]:
    """A trace of its own for one of many that came together, linked to the request that brought them."""
    if _tracer is None:
        yield
        return
    around = traceparent()
    span = _tracer.start_span(name, Context(), links=[_link_to(around)] if around else None)
    with trace.use_span(span, end_on_exit=True, record_exception=False):
        yield


class Traced:
    """Middleware: a span for each request, in its caller's trace where it names one (`traceparent`)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _tracer is None:
            await self.app(scope, receive, send)
            return
        sent = next((value for name, value in scope["headers"] if name == b"traceparent"), b"")
        parent = _context_of(sent.decode("latin-1")) if sent else Context()
        span = _tracer.start_span(scope["method"], parent, SpanKind.SERVER)

        async def send_seen(message: Message) -> None:
            if message["type"] == "http.response.start":
                span.set_attribute("http.response.status_code", message["status"])
                if message["status"] >= 500:
                    span.set_status(StatusCode.ERROR)
            await send(message)

        with trace.use_span(span, end_on_exit=True, record_exception=False):
            try:
                await self.app(scope, receive, send_seen)
            finally:
                span.update_name(f"{scope['method']} {route_of(scope)}")
