"""A collector of OpenTelemetry's traces: takes OTLP over HTTP on loopback, and keeps the spans."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass(frozen=True, slots=True)
class SeenSpan:
    """What a test asks of a span."""

    trace_id: str
    span_id: str
    parent_id: str
    service: str
    """Such as `openqof-calculator`."""
    process: str
    name: str
    queue: str
    links: tuple[str, ...]
    """Ids of the spans that it links to."""
    started: int
    ended: int
    """Nanoseconds since 1970."""
    text: str
    """All of it, to look for what should not be there."""


class Collector:
    """Where to send spans, and those that came."""

    def __init__(self) -> None:
        self.spans: list[SeenSpan] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/v1/traces":
                    collector.spans += list(_spans(ExportTraceServiceRequest.FromString(body)))
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.end_headers()
                self.wfile.write(ExportTraceServiceResponse().SerializeToString())

            def log_message(self, format: str, *arguments: object) -> None:
                """Says nothing: the test's output is the test's."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"


def _spans(request: ExportTraceServiceRequest) -> Iterator[SeenSpan]:
    for of_process in request.resource_spans:
        about = {one.key: one.value.string_value for one in of_process.resource.attributes}
        for scope in of_process.scope_spans:
            for span in scope.spans:
                attributes = {one.key: one.value.string_value for one in span.attributes}
                yield SeenSpan(
                    trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(),
                    parent_id=span.parent_span_id.hex(),
                    service=about["service.name"],
                    process=about["openqof.process"],
                    name=span.name,
                    queue=attributes.get("messaging.destination.name", ""),
                    links=tuple(link.span_id.hex() for link in span.links),
                    started=span.start_time_unix_nano,
                    ended=span.end_time_unix_nano,
                    text=str(span),
                )


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector that answers while the block runs."""
    collector = Collector()
    thread = threading.Thread(target=collector.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        collector.server.shutdown()
        collector.server.server_close()
        thread.join(10)
