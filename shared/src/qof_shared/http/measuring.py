"""How many requests come, how long does each take, and how does it end? By its route's template, never by its path."""

import time

from prometheus_client import Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qof_shared.observability.metrics import gauge, histogram

DURATION = histogram(
    "openqof_http_request_seconds",
    "Requests, and the time from a request's head to its answer's last byte",
    ("method", "route", "status"),
)
IN_HAND = gauge("openqof_http_requests_in_hand", "Requests that are being answered")

ROUTE = "openqof.route"
"""Where a middleware that answers by itself says for which route it does, in the request's scope."""
UNKNOWN_ROUTE = "(none)"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})


def route_of(scope: Scope) -> str:
    """The template of the route that a request was led to: `/v1/extracts/{extract_id}`."""
    if answered := scope.get(ROUTE):
        return str(answered)
    if template := getattr(scope.get("route"), "path", None):
        return str(template)
    return "(static)" if scope.get("root_path") else UNKNOWN_ROUTE


class Measured:
    """Middleware: observes every request once its answer has left."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        # A label is found here in a tenth of the time that the metric takes for it.
        self._known: dict[tuple[str, str, str], Histogram] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 500  # an error that nobody answered here is answered behind us, as a fault of ours

        async def send_seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        IN_HAND.inc()
        began = time.perf_counter()
        try:
            await self.app(scope, receive, send_seen)
        finally:
            IN_HAND.dec()
            self._duration(scope, status).observe(time.perf_counter() - began)

    def _duration(self, scope: Scope, status: int) -> Histogram:
        method = scope["method"]
        # 503 is told apart: it asks to come back, and the other fives are faults of ours.
        kind = "503" if status == 503 else f"{status // 100}xx"
        key = (method if method in METHODS else "other", route_of(scope), kind)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = DURATION.labels(*key)
        return found
